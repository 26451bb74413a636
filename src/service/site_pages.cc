// The pages' routes: forms in, pages and texts out.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/strings.h"
#include "service/pages/pages.h"
#include "service/queue/spec.h"
#include "service/site.h"

namespace culprit::service {
namespace {

constexpr std::string_view k_html = "text/html; charset=utf-8";
constexpr const char* k_icon =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\"><circle cx=\"8\" cy=\"8\" r=\"7\" "
    "fill=\"#0b57b0\"/><path d=\"M5 5l6 6M11 5l-6 6\" stroke=\"#fff\" stroke-width=\"2\"/></svg>";

Response page_response(const Page& page, const Caller& caller, double now, int status = 200) {
  return {.status = status, .type = std::string(k_html), .body = render_page(page, caller, now)};
}

Response see_other(const std::string& to) { return {.status = 303, .headers = {{"Location", to}}}; }

// Where a log-in leads: a page of ours.
std::string local_address(const std::string& to) {
  const bool ours =
      to.starts_with('/') && !to.starts_with("//") && to.find_first_of("\\\r\n") == std::string::npos;
  return ours ? to : "/";
}

Response not_there(const Caller& caller, double now, const std::string& what) {
  html::Node body = html::el("div", html::el("h1", "Not there"), html::el("p", what));
  return page_response({.title = "Not there", .body = std::move(body)}, caller, now, 404);
}

std::int64_t number_in(const std::string& text) { return base::parse_number<std::int64_t>(text).value_or(0); }

std::string reproducer_of(const Job& job) {
  const JobSpec& s = job.spec;
  std::vector<std::string> argv = {"culprit", "bisect", "-C", s.repository};
  for (std::string& argument : arguments_of(s, s.config_text.empty() ? s.config : "kernel.toml"))
    argv.push_back(std::move(argument));
  return base::shell_quote(argv) + "\n";
}

}  // namespace

// The forms in which `culprit` itself tells about a bisection.
struct Site::ToldText {
  std::string name;  // of the address
  std::vector<std::string> command;
  std::string type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers{};
  bool of_now = false;  // it tells how long ago things were: never kept
};

std::span<const Site::Route> Site::page_routes() {
  static constexpr auto k_routes = std::to_array<Route>({
      {"GET", "/", Role::read, &Site::dashboard},
      {"GET", "/job/{}", Role::read, &Site::job_page},
      {"GET", "/job/{}/report.html", Role::read, &Site::job_report},
      {"GET", "/job/{}/console/{}", Role::read, &Site::job_console},
      {"GET", "/job/{}/{}", Role::read, &Site::job_text},
      {"POST", "/job/{}/{}", Role::submit, &Site::job_form},
      {"GET", "/bugs", Role::read, &Site::bugs_page},
      {"GET", "/bug/{}", Role::read, &Site::bug_page},
      {"GET", "/machines", Role::read, &Site::machines_page},
      {"GET", "/experience", Role::read, &Site::experience_page},
      {"GET", "/trouble", Role::read, &Site::trouble_page},
      {"GET", "/submit", Role::submit, &Site::submit_page},
      {"POST", "/submit", Role::submit, &Site::submit_form},
      {"GET", "/login", Role::none, &Site::login_page},
      {"POST", "/login", Role::none, &Site::login_form},
      {"POST", "/logout", Role::none, &Site::logout_form},
      {"GET", "/feed.atom", Role::read, &Site::feed},
      {"GET", "/static/{}", Role::none, &Site::asset},
  });
  return k_routes;
}

Response Site::dashboard(const Ask& ask) {
  std::lock_guard lock(m_core.mutex());
  return page_response(jobs_page(m_core, selected(m_core.queue(), ask.request), ask.request, ask.now),
                       ask.caller, ask.now);
}

Response Site::job_page(const Ask& ask) {
  std::lock_guard lock(m_core.mutex());
  const Job* job = m_core.queue().find(number_in(ask.parts[0]));
  if (job == nullptr) return not_there(ask.caller, ask.now, "There is no such job.");
  const auto events = m_core.queue().database().events(job->id, 0, 1000);
  const auto view = m_core.view_of(*job);
  return page_response(one_job_page(m_core, *job, *view, events ? *events : std::vector<JobEvent>{},
                                    view->begun(), ask.caller, ask.now),
                       ask.caller, ask.now);
}

// Told by culprit itself where it is not kept, outside of the lock and of the server's threads: a log of a long history
// takes seconds.
Response Site::told(const Ask& ask, const Job& job, StorePlace place, const ToldText& text) {
  const Texts::Wanted wanted{job.id, text.name, place, job.state == JobState::running};
  const auto shown = [this, text, known = ask.request.header("if-none-match")](const Told& told) -> Response {
    const std::string tag =
        fmt::format("\"{}-{}-{}\"", m_core.options().version, told.place.bisection, told.place.sequence);
    Response out{.type = text.type, .headers = text.headers};
    out.headers.emplace_back("ETag", tag);
    out.headers.emplace_back("Cache-Control", "private, no-cache");
    if (known.contains(tag))
      out.status = 304;
    else
      out.body = *told.text;
    return out;
  };
  if (const auto kept = m_core.texts().kept(wanted)) return shown(*kept);
  return {.later = [this, job, wanted, text, shown, caller = ask.caller, now = ask.now]() -> Response {
    const auto tell = [&] { return told_by(m_core.place(), job, text.command, m_core.cancel()); };
    if (text.of_now) {
      auto said = tell();
      return said ? Response{.type = text.type, .body = std::move(*said)}
                  : error_response(404, said.error().what);
    }
    const auto told = m_core.texts().told(wanted, tell);
    if (told) return shown(*told);
    if (text.type == k_html) return not_there(caller, now, "There is no report: " + told.error().what);
    return error_response(404, told.error().what);
  }};
}

Response Site::job_text(const Ask& ask) {
  static const std::vector<ToldText> k_texts = {
      {"log", {"log"}},
      {"show", {"show"}},
      {"mail", {"mail"}},
      {.name = "status", .command = {"status"}, .of_now = true},
      {"result.json", {"status", "--json"}, "application/json"},
  };
  Job job;
  StorePlace place;
  std::string report;
  {
    std::lock_guard lock(m_core.mutex());
    const Job* found = m_core.queue().find(number_in(ask.parts[0]));
    if (found == nullptr) return error_response(404, "there is no such job");
    job = *found;
    const auto view = m_core.view_of(job);
    place = view->place();
    if (const auto* crash = output::shown_crash(view->summary())) report = crash->text + "\n";
  }
  const std::string& what = ask.parts[1];
  if (what == "report")
    return report.empty() ? error_response(404, "nothing has crashed yet") : Response{.body = report};
  if (what == "reproducer") return {.body = reproducer_of(job)};
  if (what == "config") {
    if (!job.spec.config_text.empty()) return {.body = job.spec.config_text};
    return json_response(
        200, to_json(job.spec).dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  }
  if (what == "kcidb.json") {
    const std::string& origin = m_core.options().kcidb_origin;
    if (origin.empty())
      return error_response(404, "this service has no name for KCIDB",
                            "`kcidb_origin` in its file gives it one");
    return told(ask, job, place, {what, {"page", "--kcidb=" + origin}, "application/json"});
  }
  const auto text = std::ranges::find(k_texts, what, &ToldText::name);
  if (text == k_texts.end())
    return error_response(404, "a job has no " + base::printable(what.substr(0, 100)));
  return told(ask, job, place, *text);
}

// As text, whatever a test printed: no browser takes it for a page (nosniff).
Response Site::job_console(const Ask& ask) {
  std::lock_guard lock(m_core.mutex());
  const Job* job = m_core.queue().find(number_in(ask.parts[0]));
  const auto run = base::parse_number<std::uint64_t>(ask.parts[1]);
  if (job == nullptr || !run) return error_response(404, "there is no such run");
  auto console = m_core.view_of(*job)->console(*run);
  if (!console) return error_response(404, console.error().what);
  return {.body = std::move(*console)};
}

// A page of its own that works offline: its style stands in it, and its scripts do not run here.
Response Site::job_report(const Ask& ask) {
  Job job;
  StorePlace place;
  {
    std::lock_guard lock(m_core.mutex());
    const Job* found = m_core.queue().find(number_in(ask.parts[0]));
    if (found == nullptr) return not_there(ask.caller, ask.now, "There is no such job.");
    job = *found;
    place = m_core.view_of(job)->place();
  }
  return told(ask, job, place,
              {"report.html",
               {"page"},
               std::string(k_html),
               {{"Content-Security-Policy",
                 "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
                 "form-action 'none'; frame-ancestors 'none'; sandbox allow-popups"}}});
}

Response Site::job_form(const Ask& ask) {
  std::lock_guard lock(m_core.mutex());
  const Job* job = m_core.queue().find(number_in(ask.parts[0]));
  if (job == nullptr) return not_there(ask.caller, ask.now, "There is no such job.");
  if (ask.caller.role < Role::operate && job->spec.owner != ask.caller.name)
    return error_response(403, "this job is another's", "its owner or an operator may do that");
  if (auto done = act(*job, ask.parts[1], form_fields(ask.request.body), ask); !done)
    return error_response(done.error());
  m_core.changed(job->id);
  return see_other(address_of(*job));
}

Response Site::bugs_page(const Ask& ask) {
  std::lock_guard lock(m_core.mutex());
  return page_response(all_bugs_page(m_core, ask.now), ask.caller, ask.now);
}

Response Site::bug_page(const Ask& ask) {
  std::lock_guard lock(m_core.mutex());
  const std::int64_t bug = number_in(ask.parts[0]);
  const Job* first = m_core.queue().find(bug);
  if (first == nullptr || first->bug != bug) return not_there(ask.caller, ask.now, "There is no such bug.");
  const auto branches =
      m_core.branches().ask(branch_questions(m_core.queue().jobs(), bug, m_core.options().trees));
  return page_response(one_bug_page(m_core, bug, branches, ask.now), ask.caller, ask.now);
}

Response Site::machines_page(const Ask& ask) {
  std::lock_guard lock(m_core.mutex());
  return page_response(slots_page(m_core, ask.now), ask.caller, ask.now);
}

Response Site::experience_page(const Ask& ask) {
  std::lock_guard lock(m_core.mutex());
  return page_response(service::experience_page(m_core), ask.caller, ask.now);
}

Response Site::trouble_page(const Ask& ask) {
  std::lock_guard lock(m_core.mutex());
  const auto events = m_core.queue().database().events(0, 0, 1'000'000);
  if (!events) return error_response(events.error());
  return page_response(service::trouble_page(m_core, *events, ask.now), ask.caller, ask.now);
}

Response Site::submit_page(const Ask& ask) {
  return page_response(submission_page(ask.caller, "", ask.request.query), ask.caller, ask.now);
}

Response Site::submit_form(const Ask& ask) {
  const auto fields = form_fields(ask.request.body);
  nlohmann::json json;
  for (const char* name : {"repository", "bad", "good", "build", "config_text", "title"})
    if (const auto at = fields.find(name); at != fields.end() && !base::trim(at->second).empty())
      json[name] = std::string(name == std::string_view("config_text") ? at->second : base::trim(at->second));
  if (const auto at = fields.find("command"); at != fields.end() && !base::trim(at->second).empty())
    json["command"] = {"sh", "-c", at->second};
  if (const auto at = fields.find("labels"); at != fields.end())
    for (const std::string_view label : base::split(at->second, ' '))
      if (!label.empty()) json["labels"].push_back(std::string(label));
  if (fields.contains("fix")) json["fix"] = true;
  auto spec = spec_from_json(json.is_null() ? nlohmann::json::object() : json);
  if (!spec)
    return page_response(submission_page(ask.caller, spec.error().what, fields), ask.caller, ask.now, 400);
  spec->owner = ask.caller.name;
  std::lock_guard lock(m_core.mutex());
  const auto id = m_core.queue().submit(*spec, ask.caller.name, ask.now);
  if (!id) return error_response(id.error());
  m_core.changed(*id);
  return see_other(fmt::format("/job/{}", *id));
}

Response Site::login_page(const Ask& ask) {
  return page_response(service::login_page(local_address(ask.request.parameter("to")), ""), ask.caller,
                       ask.now);
}

Response Site::login_form(const Ask& ask) {
  const auto fields = form_fields(ask.request.body);
  const auto token = fields.find("token");
  const auto to = fields.find("to");
  const std::string then = local_address(to == fields.end() ? "/" : to->second);
  const auto session =
      token == fields.end() ? std::nullopt : m_access.log_in(std::string(base::trim(token->second)), ask.now);
  if (!session)
    return page_response(service::login_page(then, "There is no such token."), ask.caller, ask.now, 401);
  // Behind a proxy that speaks HTTPS the cookie is for HTTPS only.
  const bool secure = ask.request.header("x-forwarded-proto") == "https";
  Response out = see_other(then);
  out.headers.emplace_back(
      "Set-Cookie", fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={:.0f}{}", Access::k_cookie,
                                *session, Access::k_session_s, secure ? "; Secure" : ""));
  return out;
}

Response Site::logout_form(const Ask& ask) {
  m_access.log_out(ask.request);
  Response out = see_other("/login");
  out.headers.emplace_back("Set-Cookie",
                           fmt::format("{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0", Access::k_cookie));
  return out;
}

Response Site::feed(const Ask& ask) {
  const std::string scheme = ask.request.header("x-forwarded-proto") == "https" ? "https" : "http";
  std::lock_guard lock(m_core.mutex());
  return {.type = "application/atom+xml; charset=utf-8",
          .body = atom_feed(m_core, scheme + "://" + ask.request.header("host"), ask.now)};
}

Response Site::asset(const Ask& ask) {
  const std::vector<std::pair<std::string, std::string>> cached = {{"Cache-Control", "max-age=300"}};
  if (ask.parts[0] == "style.css")
    return {.type = "text/css; charset=utf-8", .body = std::string(k_style), .headers = cached};
  if (ask.parts[0] == "live.js")
    return {.type = "text/javascript; charset=utf-8", .body = std::string(k_script), .headers = cached};
  if (ask.parts[0] == "icon.svg") return {.type = "image/svg+xml", .body = k_icon, .headers = cached};
  return error_response(404, "there is no such file");
}

}  // namespace culprit::service
