// The JSON API, version 1, and what machines watch: /healthz and /metrics. docs/service.md describes it.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/strings.h"
#include "search/belief/experience.h"
#include "service/queue/experience.h"
#include "service/queue/spec.h"
#include "service/site.h"

namespace culprit::service {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t k_most_listed = 1000;

Response answer(const Json& body, int status = 200) {
  return json_response(status, body.dump(1, ' ', false, Json::error_handler_t::replace));
}

std::int64_t number_in(const std::string& text, std::int64_t otherwise) {
  return base::parse_number<std::int64_t>(text).value_or(otherwise);
}

Json job_json(const Core& core, const Job& job) {
  Json out = {{"id", job.id},
              {"title", title_of(job)},
              {"state", name_of(job.state)},
              {"reason", core.reason_of(job)},
              {"submitted", job.submitted},
              {"changed", job.changed},
              {"attempts", job.attempts},
              {"bug", job.bug},
              {"spec", to_json(job.spec)},
              {"machine_s", job.machine_s},
              {"builds", job.builds},
              {"runs", job.runs},
              {"lost", job.lost},
              {"answer", nullptr},
              {"words", Json::array()}};
  if (job.until > 0) out["until"] = job.until;
  if (job.answer)
    out["answer"] = {{"kind", job.answer->kind},
                     {"commit", job.answer->commit},
                     {"title", job.answer->title},
                     {"probability", job.answer->probability},
                     {"crash", job.answer->crash}};
  for (const Word& word : job.words)
    out["words"].push_back({{"verdict", word.verdict},
                            {"commit", word.commit},
                            {"note", word.note},
                            {"by", word.by},
                            {"time", word.time}});
  if (const auto running = core.running().find(job.id); running != core.running().end()) {
    const output::Summary& s = running->second->view->summary();
    out["live"] = {{"slot", running->second->slot},
                   {"since", running->second->since},
                   {"stage", s.stage},
                   {"builds", s.stats.builds},
                   {"runs", s.stats.runs},
                   {"machine_s", running->second->totals.machine_s},
                   {"revisions_left", s.standing.revisions_left},
                   {"steps_left", s.standing.steps_left}};
  }
  return out;
}

base::Result<Json> body_of(const Request& request) {
  if (base::trim(request.body).empty()) return Json::object();
  Json body = Json::parse(request.body, nullptr, false);
  if (!body.is_object()) return base::fail(base::ErrorKind::usage, "the body is no JSON object");
  return body;
}

Response no_job() { return error_response(404, "there is no such job", "`culprit jobs` lists them"); }

}  // namespace

std::span<const Site::Route> Site::api_routes() {
  static constexpr auto k_routes = std::to_array<Route>({
      {"GET", "/healthz", Role::none, &Site::health},
      {"GET", "/metrics", Role::read, &Site::metrics},
      {"GET", "/events", Role::read, &Site::stream},
      {"GET", "/api/v1", Role::read, &Site::api_index},
      {"GET", "/api/v1/jobs", Role::read, &Site::api_jobs},
      {"POST", "/api/v1/jobs", Role::submit, &Site::api_submit},
      {"GET", "/api/v1/jobs/{}", Role::read, &Site::api_job},
      {"GET", "/api/v1/jobs/{}/events", Role::read, &Site::api_events},
      {"POST", "/api/v1/jobs/{}/{}", Role::submit, &Site::api_act},
      {"GET", "/api/v1/bugs", Role::read, &Site::api_bugs},
      {"GET", "/api/v1/slots", Role::read, &Site::api_slots},
      {"POST", "/api/v1/brake/release", Role::operate, &Site::api_brake},
      {"GET", "/api/v1/experience", Role::read, &Site::api_experience},
      {"GET", "/api/v1/experience/file", Role::read, &Site::api_experience_file},
      {"POST", "/api/v1/experience", Role::operate, &Site::api_import_experience},
      {"GET", "/api/v1/tokens", Role::operate, &Site::api_tokens},
      {"POST", "/api/v1/tokens", Role::operate, &Site::api_add_token},
      {"DELETE", "/api/v1/tokens/{}", Role::operate, &Site::api_remove_token},
      {"GET", "/api/v1/audit", Role::operate, &Site::api_audit},
  });
  return k_routes;
}

Response Site::api_index(const Ask& ask) {
  Json paths = Json::array();
  for (const Route& route : api_routes())
    paths.push_back({{"method", route.method}, {"path", route.pattern}, {"role", name_of(route.role)}});
  return answer({{"version", 1},
                 {"culprit", m_core.options().version},
                 {"you", {{"name", ask.caller.name}, {"role", name_of(ask.caller.role)}}},
                 {"routes", paths}});
}

Response Site::api_jobs(const Ask& ask) {
  const std::int64_t limit =
      std::clamp<std::int64_t>(number_in(ask.request.parameter("limit"), 100), 1, k_most_listed);
  const std::int64_t before = number_in(ask.request.parameter("before"), 0);
  std::lock_guard lock(m_core.mutex());
  Json jobs = Json::array();
  const auto all = selected(m_core.queue(), ask.request);
  std::int64_t next = 0;
  for (const Job* job : all) {
    if (before > 0 && job->id >= before) continue;
    if (static_cast<std::int64_t>(jobs.size()) == limit) {
      next = jobs.back()["id"].get<std::int64_t>();
      break;
    }
    jobs.push_back(job_json(m_core, *job));
  }
  Json body = {{"total", all.size()}, {"jobs", jobs}};
  if (next > 0) body["before"] = next;
  if (!m_core.plan().brake.empty()) body["brake"] = m_core.plan().brake;
  return answer(body);
}

Response Site::api_submit(const Ask& ask) {
  auto spec = spec_from_text(ask.request.body);
  if (!spec) return error_response(spec.error());
  // Another's name may be used by an operator only: budgets and limits go by it.
  if (spec->owner.empty() || ask.caller.role < Role::operate) spec->owner = ask.caller.name;
  std::lock_guard lock(m_core.mutex());
  const auto before = m_core.queue().jobs().size();
  const auto id = m_core.queue().submit(*spec, ask.caller.name, ask.now);
  if (!id) return error_response(id.error());
  m_core.changed(*id);
  Response out =
      answer(job_json(m_core, *m_core.queue().find(*id)), m_core.queue().jobs().size() > before ? 201 : 200);
  out.headers.emplace_back("Location", fmt::format("/api/v1/jobs/{}", *id));
  return out;
}

Response Site::api_job(const Ask& ask) {
  std::lock_guard lock(m_core.mutex());
  const Job* job = m_core.queue().find(number_in(ask.parts[0], 0));
  return job == nullptr ? no_job() : answer(job_json(m_core, *job));
}

Response Site::api_events(const Ask& ask) {
  std::lock_guard lock(m_core.mutex());
  const Job* job = m_core.queue().find(number_in(ask.parts[0], 0));
  if (job == nullptr) return no_job();
  const auto events =
      m_core.queue().database().events(job->id, number_in(ask.request.parameter("after"), 0), 10'000);
  if (!events) return error_response(events.error());
  Json out = Json::array();
  for (const JobEvent& event : *events)
    out.push_back({{"sequence", event.sequence},
                   {"time", event.time},
                   {"type", event.type},
                   {"actor", event.actor},
                   {"body", Json::parse(event.body, nullptr, false)}});
  return answer({{"job", job->id}, {"events", out}});
}

// What may be done to a job, by its owner or an operator.
base::Result<void> Site::act(const Job& job, const std::string& what,
                             const std::map<std::string, std::string>& with, const Ask& ask) {
  Queue& queue = m_core.queue();
  const std::string& who = ask.caller.name;
  const auto field = [&](const std::string& name) {
    const auto at = with.find(name);
    return at == with.end() ? std::string() : at->second;
  };
  if (what == "cancel") return queue.cancel(job.id, field("reason"), who, ask.now);
  if (what == "hold") return queue.hold(job.id, field("reason"), who, ask.now);
  if (what == "release") return queue.release(job.id, who, ask.now);
  if (what == "retry") return queue.retry(job.id, who, ask.now);
  if (what == "seen") return queue.saw(job.id, field("reason"), who, ask.now);
  if (what == "word")
    return queue.say(
        job.id, {.verdict = field("verdict"), .commit = field("commit"), .note = field("note"), .by = who},
        ask.now);
  if (what == "priority") {
    const auto priority = base::parse_number<int>(field("priority"));
    if (!priority || std::abs(*priority) > 1000)
      return base::fail(base::ErrorKind::usage, "'priority' is not a whole number from -1000 to 1000");
    return queue.prioritize(job.id, *priority, who, ask.now);
  }
  return base::fail(base::ErrorKind::usage, "a job cannot be told to '" + base::printable(what) + "'",
                    "cancel, hold, release, retry, seen, word, priority");
}

Response Site::api_act(const Ask& ask) {
  auto body = body_of(ask.request);
  if (!body) return error_response(body.error());
  std::map<std::string, std::string> with;
  for (const auto& [name, value] : body->items())
    with[name] = value.is_string() ? value.get<std::string>() : value.dump();
  std::lock_guard lock(m_core.mutex());
  const Job* job = m_core.queue().find(number_in(ask.parts[0], 0));
  if (job == nullptr) return no_job();
  if (ask.caller.role < Role::operate && job->spec.owner != ask.caller.name)
    return error_response(403, "this job is another's", "its owner or an operator may do that");
  if (auto done = act(*job, ask.parts[1], with, ask); !done) {
    const bool conflict = done.error().what.starts_with("job ");
    return conflict ? error_response(409, done.error().what, done.error().hint)
                    : error_response(done.error());
  }
  m_core.changed(job->id);
  return answer(job_json(m_core, *job));
}

Response Site::api_bugs(const Ask&) {
  std::lock_guard lock(m_core.mutex());
  std::map<std::int64_t, Json> bugs;
  for (const auto& [id, job] : m_core.queue().jobs()) {
    if (job.bug == 0) continue;
    Json& bug = bugs[job.bug];
    if (bug.is_null()) bug = {{"bug", job.bug}, {"crash", ""}, {"jobs", Json::array()}};
    if (job.answer && bug["crash"].get_ref<const std::string&>().empty()) bug["crash"] = job.answer->crash;
    bug["jobs"].push_back({{"id", id},
                           {"state", name_of(job.state)},
                           {"fix", job.spec.fix},
                           {"why", job.bug_why},
                           {"commit", job.answer ? job.answer->commit : ""}});
  }
  Json out = Json::array();
  for (auto& [id, bug] : bugs) out.push_back(std::move(bug));
  return answer({{"bugs", out}});
}

Response Site::api_slots(const Ask&) {
  std::lock_guard lock(m_core.mutex());
  Json slots = Json::array();
  for (int slot = 0; slot < m_core.options().policy.slots; ++slot) {
    Json entry = {{"slot", slot}, {"job", nullptr}};
    for (const auto& [id, running] : m_core.running())
      if (running->slot == slot) entry = {{"slot", slot}, {"job", id}, {"since", running->since}};
    slots.push_back(entry);
  }
  return answer({{"slots", slots}, {"brake", m_core.plan().brake}, {"sandbox", m_core.sandbox_says()}});
}

Response Site::api_brake(const Ask& ask) {
  std::lock_guard lock(m_core.mutex());
  if (auto done = m_core.queue().release_brake(ask.caller.name, ask.now); !done)
    return error_response(done.error());
  m_core.changed(0);
  return answer({{"brake", ""}});
}

Response Site::api_experience(const Ask&) {
  std::lock_guard lock(m_core.mutex());
  const std::vector<model::Lesson> lessons = lessons_of(m_core.queue());
  std::map<std::string, std::size_t> counts;
  for (const model::Lesson& lesson : lessons) ++counts[lesson.tree];
  Json trees = Json::array();
  for (const auto& [tree, count] : counts) {
    const model::Beliefs beliefs = search::learned(experience_for(m_core.queue(), tree).lessons, tree);
    Json rows = Json::array();
    for (const search::BeliefRow& row : search::told(beliefs))
      rows.push_back({{"key", row.key},
                      {"what", row.what},
                      {"shipped", row.shipped},
                      {"learned", row.learned},
                      {"is_share", row.is_share}});
    trees.push_back({{"tree", tree}, {"lessons", count}, {"beliefs", rows}, {"other_bugs", beliefs.others}});
  }
  return answer({{"used", m_core.options().policy.learn},
                 {"lessons", lessons.size()},
                 {"imported", m_core.queue().imported().size()},
                 {"trees", trees}});
}

Response Site::api_experience_file(const Ask&) {
  std::lock_guard lock(m_core.mutex());
  return json_response(200, store::to_text({.tree = {}, .lessons = lessons_of(m_core.queue())}));
}

Response Site::api_import_experience(const Ask& ask) {
  const auto read = store::experience_from_text(ask.request.body);
  if (!read) return error_response(read.error());
  std::lock_guard lock(m_core.mutex());
  if (auto done = m_core.queue().import_lessons(read->lessons, ask.caller.name, ask.now); !done)
    return error_response(done.error());
  return answer({{"imported", read->lessons.size()}}, 201);
}

Response Site::api_tokens(const Ask&) {
  std::lock_guard lock(m_core.mutex());
  const auto tokens = m_core.queue().database().tokens();
  if (!tokens) return error_response(tokens.error());
  Json out = Json::array();
  for (const TokenRow& token : *tokens)
    out.push_back({{"name", token.name}, {"role", token.role}, {"created", token.created}});
  return answer({{"tokens", out}});
}

Response Site::api_add_token(const Ask& ask) {
  const auto body = body_of(ask.request);
  if (!body) return error_response(body.error());
  const auto text_of = [&](const char* field) {
    return body->contains(field) && (*body)[field].is_string() ? (*body)[field].get<std::string>()
                                                               : std::string();
  };
  const std::string name = text_of("name");
  const auto role = role_from_name(text_of("role"));
  const bool plain =
      !name.empty() && name.size() <= 64 && base::printable(name) == name && !name.contains('/');
  if (!plain || !role || *role == Role::none)
    return error_response(400, "a token has a name and a role",
                          R"({"name": "alice", "role": "submit"}; roles: read, submit, operate)");
  const auto token = random_token();
  if (!token) return error_response(token.error());
  std::lock_guard lock(m_core.mutex());
  Database& database = m_core.queue().database();
  const TokenRow row{name, std::string(name_of(*role)), base::sha256(*token), ask.now};
  if (auto kept = database.put_token(row); !kept) return error_response(kept.error());
  const auto all = database.tokens();
  if (!all) return error_response(all.error());
  m_access.replace_tokens(*all);
  return answer({{"name", name}, {"role", name_of(*role)}, {"token", *token}}, 201);
}

Response Site::api_remove_token(const Ask& ask) {
  std::lock_guard lock(m_core.mutex());
  Database& database = m_core.queue().database();
  const auto tokens = database.tokens();
  if (!tokens) return error_response(tokens.error());
  if (std::ranges::find(*tokens, ask.parts[0], &TokenRow::name) == tokens->end())
    return error_response(404, "there is no such token");
  if (auto gone = database.remove_token(ask.parts[0]); !gone) return error_response(gone.error());
  const auto left = database.tokens();
  if (!left) return error_response(left.error());
  m_access.replace_tokens(*left);
  return answer({{"removed", ask.parts[0]}});
}

Response Site::api_audit(const Ask& ask) {
  std::lock_guard lock(m_core.mutex());
  const auto rows = m_core.queue().database().audited(
      std::clamp<std::int64_t>(number_in(ask.request.parameter("limit"), 100), 1, k_most_listed));
  if (!rows) return error_response(rows.error());
  Json out = Json::array();
  for (const AuditRow& row : *rows)
    out.push_back({{"time", row.time},
                   {"actor", row.actor},
                   {"peer", row.peer},
                   {"method", row.method},
                   {"path", row.path},
                   {"status", row.status}});
  return answer({{"audit", out}});
}

Response Site::health(const Ask&) {
  std::lock_guard lock(m_core.mutex());
  const bool well = m_core.trouble().empty();
  return answer({{"status", well ? "ok" : "trouble"}, {"why", m_core.trouble()}}, well ? 200 : 503);
}

// https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4.
Response Site::metrics(const Ask& ask) {
  std::string out;
  const auto family = [&](std::string_view name, std::string_view type, std::string_view help) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  };
  std::lock_guard lock(m_core.mutex());
  std::array<std::size_t, 8> states{};
  double machine_s = 0;
  std::size_t runs = 0;
  std::size_t lost = 0;
  for (const auto& [id, job] : m_core.queue().jobs()) ++states[static_cast<std::size_t>(job.state)];
  for (const Usage& use : m_core.queue().usage()) {
    machine_s += use.machine_s;
    runs += use.runs;
    lost += use.lost;
  }
  family("culprit_jobs", "gauge", "Jobs by state.");
  for (std::size_t i = 0; i < states.size(); ++i)
    out += fmt::format("culprit_jobs{{state=\"{}\"}} {}\n", name_of(static_cast<JobState>(i)), states[i]);
  family("culprit_slots", "gauge", "Jobs that may run at a time.");
  out += fmt::format("culprit_slots {}\n", m_core.options().policy.slots);
  family("culprit_brake", "gauge", "1 while nothing is started since the machine loses runs.");
  out += fmt::format("culprit_brake {}\n", m_core.plan().brake.empty() ? 0 : 1);
  family("culprit_machine_seconds_total", "counter", "Builds and runs of attempts that ended.");
  out += fmt::format("culprit_machine_seconds_total {}\n", machine_s);
  family("culprit_runs_total", "counter", "Runs of attempts that ended.");
  out += fmt::format("culprit_runs_total {}\n", runs);
  family("culprit_lost_runs_total", "counter", "Runs that the machine lost.");
  out += fmt::format("culprit_lost_runs_total {}\n", lost);
  family("culprit_http_requests_total", "counter", "Requests by status.");
  for (const auto& [status, count] : m_core.counters().by_status)
    out += fmt::format("culprit_http_requests_total{{status=\"{}\"}} {}\n", status, count);
  family("culprit_http_refused_total", "counter", "Requests without the role or the token they want.");
  out += fmt::format("culprit_http_refused_total {}\n", m_core.counters().refused);
  family("culprit_watchers", "gauge", "Event streams that are open.");
  out += fmt::format("culprit_watchers {}\n", m_core.hub().watchers());
  family("culprit_trouble", "gauge", "1 while the service cannot write its record.");
  out += fmt::format("culprit_trouble {}\n", m_core.trouble().empty() ? 0 : 1);
  family("culprit_uptime_seconds", "gauge", "Since the service was started.");
  out += fmt::format("culprit_uptime_seconds {:.1f}\n", ask.now - m_core.started());
  return {.type = "text/plain; version=0.0.4; charset=utf-8", .body = out};
}

Response Site::stream(const Ask& ask) {
  const auto last = base::parse_number<std::uint64_t>(ask.request.header("last-event-id"));
  return {.type = "text/event-stream", .stream = m_core.hub().subscribe(last.value_or(0))};
}

}  // namespace culprit::service
