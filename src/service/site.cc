#include "service/site.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/strings.h"
#include "service/core/record.h"

namespace culprit::service {
namespace {

bool changes_something(const Request& request) { return request.method != "GET" && request.method != "HEAD"; }
bool is_api(const Request& request) { return request.path.starts_with("/api/"); }

// No inline script, nothing from elsewhere, no frame around the page. A report of culprit's is a page of its own that
// works offline: its response says what it needs itself.
void harden(Response& response) {
  const auto has = [&](std::string_view name) {
    return std::ranges::any_of(response.headers, [&](const auto& header) { return header.first == name; });
  };
  const auto add = [&](const char* name, const char* value) {
    if (!has(name)) response.headers.emplace_back(name, value);
  };
  add("Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
      "form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
  add("X-Content-Type-Options", "nosniff");
  add("Referrer-Policy", "same-origin");
  add("Cross-Origin-Opener-Policy", "same-origin");
  add("Cross-Origin-Resource-Policy", "same-origin");
  add("Cache-Control", "no-store");
}

bool contains(std::string_view text, std::string_view word) {
  return !std::ranges::search(text, word, [](unsigned char a, unsigned char b) {
            return std::tolower(a) == std::tolower(b);
          }).empty();
}

bool has_words(const Job& job, const std::string& words) {
  const std::string number = std::to_string(job.id);
  const std::string title = title_of(job);
  for (const std::string_view word : base::split(words, ' ')) {
    if (word.empty()) continue;
    const bool found =
        word == number || contains(title, word) || contains(job.spec.repository, word) ||
        contains(job.spec.owner, word) ||
        (job.answer && (contains(job.answer->title, word) || contains(job.answer->crash, word) ||
                        contains(job.answer->commit, word)));
    if (!found) return false;
  }
  return true;
}

}  // namespace

std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  const auto wanted = base::split(pattern, '/');
  const auto given = base::split(path, '/');
  if (wanted.size() != given.size()) return std::nullopt;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "{}" && !given[i].empty())
      parts.emplace_back(given[i]);
    else if (wanted[i] != given[i])
      return std::nullopt;
  }
  return parts;
}

Response json_response(int status, const std::string& body) {
  return {.status = status, .type = "application/json", .body = body + "\n"};
}

Response error_response(int status, const std::string& what, const std::string& hint) {
  nlohmann::ordered_json body = {{"error", what}};
  if (!hint.empty()) body["hint"] = hint;
  return json_response(status, body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

Response error_response(const base::Error& error) {
  const bool theirs = error.kind == base::ErrorKind::usage || error.kind == base::ErrorKind::repository;
  return error_response(theirs ? 400 : 503, error.what, error.hint);
}

std::vector<const Job*> selected(const Queue& queue, const Request& request) {
  const std::string state = request.parameter("state");
  const std::string owner = request.parameter("owner");
  const std::string label = request.parameter("label");
  const std::string repository = request.parameter("repository");
  const std::string bug = request.parameter("bug");
  const std::string words = request.parameter("q");
  std::vector<const Job*> out;
  for (const auto& [id, job] : queue.jobs()) {
    const bool open = !is_final(job.state);
    const bool fits = (state.empty() || state == name_of(job.state) || (state == "open" && open) ||
                       (state == "done" && !open)) &&
                      (owner.empty() || owner == job.spec.owner) &&
                      (label.empty() || std::ranges::find(job.spec.labels, label) != job.spec.labels.end()) &&
                      (repository.empty() || repository == job.spec.repository) &&
                      (bug.empty() || bug == std::to_string(job.bug)) && has_words(job, words);
    if (fits) out.push_back(&job);
  }
  std::ranges::reverse(out);
  return out;
}

Site::Site(Core& core, std::vector<TokenRow> tokens)
    : m_core(core),
      m_access(std::move(tokens), core.options().anyone),
      m_rate(core.options().requests_per_second) {}

std::span<const Site::Route> Site::routes() {
  static const std::vector<Route> all = [] {
    std::vector<Route> out(api_routes().begin(), api_routes().end());
    out.insert(out.end(), page_routes().begin(), page_routes().end());
    return out;
  }();
  return all;
}

Response Site::dispatch(const Request& request, const Caller& caller, double now) {
  bool is_path = false;
  const std::string_view method = request.method == "HEAD" ? "GET" : std::string_view(request.method);
  for (const Route& route : routes()) {
    auto parts = match(route.pattern, request.path);
    if (!parts) continue;
    is_path = true;
    if (route.method != method) continue;
    if (caller.role < route.role) {
      if (!is_api(request) && caller.name.empty() && method == "GET")
        return {.status = 303, .headers = {{"Location", "/login?to=" + percent_encoded(request.path)}}};
      return error_response(caller.name.empty() ? 401 : 403,
                            fmt::format("this wants the role '{}'", name_of(route.role)),
                            "send a token that has it: Authorization: Bearer TOKEN");
    }
    return (this->*route.answer)(Ask{request, caller, std::move(*parts), now});
  }
  if (is_path) return error_response(405, "not by " + request.method);
  return error_response(404, "there is no " + base::printable(request.path).substr(0, 200));
}

Response Site::handle(const Request& request) {
  const double now = base::SystemClock().wall();
  Caller caller;
  const auto answer = [&]() -> Response {
    if (!is_known_host(request, m_core.options().hosts))
      return error_response(421, "this service is not known by the name that was asked for",
                            "`hosts` in the service's file lists its names");
    if (!m_rate.admit(request.peer, now)) {
      Response slow = error_response(429, "too many requests from one address");
      slow.headers.emplace_back("Retry-After", "1");
      return slow;
    }
    auto known = m_access.caller(request, now);
    if (!known) return error_response(401, "there is no such token");
    caller = std::move(*known);
    // A form must come from one of our pages: with the session's own number, and from this site.
    if (changes_something(request) && !is_api(request)) {
      if (is_cross_site(request)) return error_response(403, "this form came from another site");
      const auto fields = form_fields(request.body);
      const auto csrf = fields.find("csrf");
      if (request.path != "/login" &&
          (caller.csrf.empty() || csrf == fields.end() || csrf->second != caller.csrf))
        return error_response(caller.name.empty() ? 401 : 403,
                              "this form is of no session, or of an older one",
                              "log in and load the page again");
    }
    // The API is for tokens: a browser's cookie would let any page write with it.
    if (is_api(request) && changes_something(request) && !caller.csrf.empty())
      return error_response(403, "the API wants a token, not a session");
    return dispatch(request, caller, now);
  };
  Response response = answer();
  if (response.later)
    return {.later = [this, request, caller, later = std::move(response.later), now] {
      return finished(request, caller, later(), now);
    }};
  return finished(request, caller, std::move(response), now);
}

Response Site::finished(const Request& request, const Caller& caller, Response response, double now) {
  harden(response);
  audit(request, caller, response, now);
  return response;
}

// What changes something is on record, and so is what was refused.
void Site::audit(const Request& request, const Caller& caller, const Response& response, double now) {
  std::lock_guard lock(m_core.mutex());
  Counters& counters = m_core.counters();
  ++counters.requests;
  ++counters.by_status[response.status];
  const bool refused = response.status == 401 || response.status == 403 || response.status == 421;
  if (refused) ++counters.refused;
  if (!changes_something(request) && !refused) return;
  const std::string path = base::printable(request.path.substr(0, 300));
  log(refused ? "warning" : "info", "request",
      {{"actor", caller.name},
       {"peer", request.peer},
       {"method", request.method},
       {"path", path},
       {"status", std::to_string(response.status)}});
  (void)m_core.queue().database().audit({.time = now,
                                         .actor = caller.name,
                                         .peer = request.peer,
                                         .method = request.method,
                                         .path = path,
                                         .status = response.status});
}

}  // namespace culprit::service
