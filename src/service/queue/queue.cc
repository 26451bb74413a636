#include "service/queue/queue.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "model/search.h"
#include "service/queue/spec.h"
#include "store/experience.h"

namespace culprit::service {
namespace {

using base::ErrorKind;
using base::fail;
using Json = nlohmann::ordered_json;

// What a test or a person wrote may be no UTF-8.
std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::unexpected<base::Error> not_in_this_state(const Job& job, std::string_view wanted) {
  return fail(ErrorKind::usage, fmt::format("job {} is {}: {}", job.id, name_of(job.state), job.reason),
              std::string(wanted));
}

std::string said(const std::string& actor, std::string_view did, const std::string& why) {
  return fmt::format("{} {}{}{}", actor, did, why.empty() ? "" : ": ", why);
}

Json to_json(const Answer& answer) {
  return {{"kind", answer.kind},
          {"commit", answer.commit},
          {"title", answer.title},
          {"probability", answer.probability},
          {"crash", answer.crash}};
}

Answer answer_in(const Json& json) {
  return {.kind = json.value("kind", ""),
          .commit = json.value("commit", ""),
          .title = json.value("title", ""),
          .probability = json.value("probability", 0.0),
          .crash = json.value("crash", "")};
}

// An older record does not say where its answers stand: a try that is asked for begins anew after any of them.
StorePlace concluded_in(const Json& body, const StorePlace& before) {
  constexpr auto k_any = std::numeric_limits<std::int64_t>::max();
  if (!body.contains("answer")) return before;
  const Json place = body.value("concluded", Json::object());
  if (!place.is_object()) return {k_any, k_any};
  return {place.value("bisection", k_any), place.value("sequence", k_any)};
}

// A person who asks for another try of what has ended wants another end. Where a wait is over, only what the machine itself
// was blamed for is not wanted: an attempt may have been lost after it had found its answer, which then stands.
bool is_to_begin_anew(const Job& job, std::string_view event) {
  if (event != "retried" && event != "woken") return false;
  const bool blames_machine =
      job.answer && job.answer->kind == model::name_of(model::ResultKind::infrastructure);
  return blames_machine || (event == "retried" && is_final(job.state));
}

void apply_totals(Job& job, const Json& body, double time, std::vector<Usage>& usage) {
  const double machine_s = body.value("machine_s", job.machine_s);
  const auto runs = body.value("runs", job.runs);
  const auto lost = body.value("lost", job.lost);
  usage.push_back({.time = time,
                   .repository = job.spec.repository,
                   // Less than before is a bisection that was begun anew.
                   .machine_s = machine_s < job.machine_s ? machine_s : machine_s - job.machine_s,
                   .runs = runs < job.runs ? runs : runs - job.runs,
                   .lost = lost < job.lost ? lost : lost - job.lost});
  job.machine_s = machine_s;
  job.runs = runs;
  job.lost = lost;
  job.builds = body.value("builds", job.builds);
}

}  // namespace

base::Result<Queue> Queue::open(const std::filesystem::path& path) {
  Queue queue(CULPRIT_TRY(Database::open(path)));
  const auto events = CULPRIT_TRY(queue.m_database.events(0, 0, std::numeric_limits<std::int64_t>::max()));
  for (const JobEvent& event : events) queue.apply(event);
  return queue;
}

const Job* Queue::find(std::int64_t id) const {
  const auto at = m_jobs.find(id);
  return at == m_jobs.end() ? nullptr : &at->second;
}

base::Result<Job*> Queue::job(std::int64_t id) {
  const auto at = m_jobs.find(id);
  if (at == m_jobs.end())
    return fail(ErrorKind::usage, fmt::format("there is no job {}", id), "`culprit jobs` lists them");
  return &at->second;
}

base::Result<void> Queue::record(JobEvent event) {
  CULPRIT_TRY(m_database.append(event));
  apply(event);
  return {};
}

void Queue::apply(const JobEvent& event) {
  const Json body = Json::parse(event.body, nullptr, false);
  if (!body.is_object()) return;  // damaged: what follows still counts
  if (event.job == 0) {
    if (event.type == "brake_released") m_brake_released = event.time;
    if (event.type == "experience_imported")
      for (const Json& lesson : body.value("lessons", Json::array()))
        if (auto read = store::lesson_from_json(nlohmann::json(lesson)))
          m_imported.push_back(std::move(*read));
    return;
  }
  Job& job = m_jobs[event.job];
  job.id = event.job;
  job.changed = event.time;
  if (event.type == "submitted") {
    if (auto spec = spec_from_json(nlohmann::json(body.value("spec", Json::object()))))
      job.spec = std::move(*spec);
    job.submitted = event.time;
    if (!job.spec.key.empty()) m_keys[job.spec.key] = job.id;
  }
  if (event.type == "started") {
    ++job.attempts;
    job.cancelling = job.cancel_holds = false;
  }
  if (event.type == "ended") {
    apply_totals(job, body, event.time, m_usage);
    if (body.contains("answer")) job.answer = answer_in(body["answer"]);
    job.concluded = concluded_in(body, job.concluded);
    // On the head that was to be free of it, too.
    const bool showed = job.answer && !job.answer->crash.empty() && job.answer->kind != "not_reproduced";
    if (showed && (!job.spec.fix || job.answer->kind == "good_end_crashes")) job.seen = event.time;
    if (body.contains("lesson"))
      if (auto lesson = store::lesson_from_json(nlohmann::json(body["lesson"])))
        job.lesson = std::move(*lesson);
    job.cancelling = job.cancel_holds = false;
  }
  if (event.type == "retried" || event.type == "released") job.retries = 0;
  if (is_to_begin_anew(job, event.type)) job.superseded = job.concluded;
  if (event.type == "asked_to_end") {
    job.cancelling = true;
    job.cancel_holds = body.value("hold", false);
    job.cancel_reason = body.value("why", "");
  }
  if (body.contains("bug")) {
    job.bug = body.value("bug", std::int64_t{0});
    job.bug_why = body.value("why", "");
  }
  if (event.type == "seen") job.seen = event.time;
  if (event.type == "prioritized") job.spec.priority = body.value("priority", 0);
  if (event.type == "word")
    job.words.push_back({.verdict = body.value("verdict", ""),
                         .commit = body.value("commit", ""),
                         .note = body.value("note", ""),
                         .by = event.actor,
                         .time = event.time});
  if (const auto state = state_from_name(body.value("state", ""))) {
    job.state = *state;
    job.reason = body.value("reason", "");
    job.until = body.value("until", 0.0);
    if (job.state == JobState::waiting) ++job.retries;
  }
}

base::Result<void> Queue::change(std::int64_t id, std::string_view type, JobState state,
                                 const std::string& reason, const std::string& actor, double now) {
  return record({.time = now,
                 .job = id,
                 .type = std::string(type),
                 .actor = actor,
                 .body = dump({{"state", name_of(state)}, {"reason", reason}})});
}

base::Result<std::int64_t> Queue::submit(const JobSpec& spec, const std::string& actor, double now) {
  if (const auto known = m_keys.find(spec.key); !spec.key.empty() && known != m_keys.end())
    return known->second;
  const std::int64_t id = m_jobs.empty() ? 1 : m_jobs.rbegin()->first + 1;
  const JobState state = spec.held ? JobState::held : JobState::queued;
  const std::string reason =
      spec.held ? said(actor, "submitted it held", "") : said(actor, "submitted it", "");
  CULPRIT_TRY(record(
      {.time = now,
       .job = id,
       .type = "submitted",
       .actor = actor,
       .body = dump({{"state", name_of(state)}, {"reason", reason}, {"spec", service::to_json(spec)}})}));
  return id;
}

// The bug stands in the event of the submission: a kill between the two would leave a try that nobody knows for one.
base::Result<std::int64_t> Queue::seek_fix(std::int64_t cause, const JobSpec& spec, double now) {
  const Job* job = CULPRIT_TRY(this->job(cause));
  const std::int64_t id = m_jobs.rbegin()->first + 1;
  const std::string why = fmt::format("its fix is sought for job {}", cause);
  CULPRIT_TRY(record({.time = now,
                      .job = id,
                      .type = "submitted",
                      .actor = "service",
                      .body = dump({{"state", name_of(JobState::queued)},
                                    {"reason", why},
                                    {"bug", job->bug},
                                    {"why", why},
                                    {"spec", service::to_json(spec)}})}));
  return id;
}

base::Result<void> Queue::saw(std::int64_t id, const std::string& note, const std::string& actor,
                              double now) {
  CULPRIT_TRY(job(id));
  return record({.time = now,
                 .job = id,
                 .type = "seen",
                 .actor = actor,
                 .body = dump({{"why", said(actor, "saw the bug again", note)}})});
}

base::Result<void> Queue::start(std::int64_t id, double now, std::size_t lessons) {
  const Job* job = CULPRIT_TRY(this->job(id));
  std::string reason = fmt::format("attempt {}", job->attempts + 1);
  if (lessons > 0)
    reason += fmt::format(", with what {} finished job{} showed", lessons, lessons == 1 ? "" : "s");
  return change(id, "started", JobState::running, reason, "service", now);
}

base::Result<void> Queue::end(std::int64_t id, const AttemptEnd& end, const Policy& policy, double now) {
  const Job* job = CULPRIT_TRY(this->job(id));
  const Next next = after(*job, end, policy, now);
  Json body = {{"state", name_of(next.state)}, {"reason", next.reason}};
  if (next.until > 0) body["until"] = next.until;
  if (end.exit_code)
    body["exit_code"] = *end.exit_code;
  else
    body["signal"] = end.signal;
  body["machine_s"] = end.machine_s;
  body["builds"] = end.builds;
  body["runs"] = end.runs;
  body["lost"] = end.lost;
  if (end.answer) {
    body["answer"] = to_json(*end.answer);
    body["concluded"] = {{"bisection", end.concluded.bisection}, {"sequence", end.concluded.sequence}};
  }
  if (end.lesson) {
    body["lesson"] = store::to_json(*end.lesson);
    body["lesson"]["tree"] = job->spec.repository;
  }
  return record({.time = now, .job = id, .type = "ended", .actor = "service", .body = dump(body)});
}

base::Result<void> Queue::place(std::int64_t id, std::int64_t bug, const std::string& why, double now) {
  const Job* job = CULPRIT_TRY(this->job(id));
  if (job->bug == bug) return {};
  return record({.time = now,
                 .job = id,
                 .type = "placed",
                 .actor = "service",
                 .body = dump({{"bug", bug}, {"why", why}})});
}

base::Result<void> Queue::wake(std::int64_t id, double now) {
  return change(id, "woken", JobState::queued, "its wait is over", "service", now);
}

base::Result<void> Queue::expire(std::int64_t id, double now) {
  return change(id, "expired", JobState::failed, "its deadline passed before there was an answer", "service",
                now);
}

base::Result<int> Queue::recover(double now) {
  std::vector<std::int64_t> running;
  for (const auto& [id, job] : m_jobs)
    if (job.state == JobState::running) running.push_back(id);
  for (const std::int64_t id : running) {
    const Job job = m_jobs.at(id);
    if (job.cancelling)
      CULPRIT_TRY(change(id, "recovered", job.cancel_holds ? JobState::held : JobState::cancelled,
                         job.cancel_reason, "service", now));
    else
      CULPRIT_TRY(change(id, "recovered", JobState::queued,
                         "the service was killed while it ran; it goes on where it was", "service", now));
  }
  return static_cast<int>(running.size());
}

base::Result<void> Queue::cancel(std::int64_t id, const std::string& why, const std::string& actor,
                                 double now) {
  const Job* job = CULPRIT_TRY(this->job(id));
  if (is_final(job->state)) return not_in_this_state(*job, "only what is not at its end can be cancelled");
  const std::string reason = said(actor, "cancelled it", why);
  if (job->state != JobState::running)
    return change(id, "cancelled", JobState::cancelled, reason, actor, now);
  return record({.time = now,
                 .job = id,
                 .type = "asked_to_end",
                 .actor = actor,
                 .body = dump({{"hold", false}, {"why", reason}})});
}

base::Result<void> Queue::hold(std::int64_t id, const std::string& why, const std::string& actor,
                               double now) {
  const Job* job = CULPRIT_TRY(this->job(id));
  if (is_final(job->state) || job->state == JobState::held)
    return not_in_this_state(*job, "only what waits or runs can be held");
  const std::string reason = said(actor, "holds it", why);
  if (job->state != JobState::running) return change(id, "held", JobState::held, reason, actor, now);
  return record({.time = now,
                 .job = id,
                 .type = "asked_to_end",
                 .actor = actor,
                 .body = dump({{"hold", true}, {"why", reason}})});
}

base::Result<void> Queue::release(std::int64_t id, const std::string& actor, double now) {
  const Job* job = CULPRIT_TRY(this->job(id));
  if (job->state != JobState::held) return not_in_this_state(*job, "only what is held can be released");
  return change(id, "released", JobState::queued, said(actor, "released it", ""), actor, now);
}

base::Result<void> Queue::retry(std::int64_t id, const std::string& actor, double now) {
  const Job* job = CULPRIT_TRY(this->job(id));
  if (!is_final(job->state) && job->state != JobState::waiting)
    return not_in_this_state(*job, "only what is at its end, or waits, can be retried");
  return change(id, "retried", JobState::queued, said(actor, "wants it tried again", ""), actor, now);
}

base::Result<void> Queue::prioritize(std::int64_t id, int priority, const std::string& actor, double now) {
  CULPRIT_TRY(job(id));
  return record({.time = now,
                 .job = id,
                 .type = "prioritized",
                 .actor = actor,
                 .body = dump({{"priority", priority}})});
}

base::Result<void> Queue::say(std::int64_t id, Word word, double now) {
  const Job* job = CULPRIT_TRY(this->job(id));
  if (!is_final(job->state)) return not_in_this_state(*job, "a word is about an answer: wait for it");
  Json body = {{"verdict", word.verdict}, {"note", word.note}};
  const std::string note = word.note.empty() ? "" : ": " + word.note;
  if (word.verdict == "wrong") {
    body["state"] = name_of(JobState::inconclusive);
    body["reason"] = word.by + " says that the answer is wrong" + note;
  } else if (word.verdict == "right") {
    if (!job->answer || job->answer->commit.empty())
      return not_in_this_state(*job, "there is no answer to confirm");
    body["state"] = name_of(JobState::answered);
    body["reason"] = word.by + " says that the answer is right" + note;
  } else if (word.verdict == "instead") {
    const bool digits = word.commit.size() >= 7 && word.commit.size() <= 64 &&
                        word.commit.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!digits)
      return fail(ErrorKind::usage, "'" + base::printable(word.commit) + "' is no commit",
                  "\"commit\": at least 7 lower-case hexadecimal digits of the commit that it is instead");
    body["commit"] = word.commit;
    body["state"] = name_of(JobState::answered);
    body["reason"] = word.by + " says that it is " + word.commit.substr(0, 12) + note;
  } else {
    return fail(ErrorKind::usage, "'" + base::printable(word.verdict) + "' is no word about an answer",
                R"("verdict": "right", "wrong" or "instead")");
  }
  return record({.time = now, .job = id, .type = "word", .actor = word.by, .body = dump(body)});
}

base::Result<void> Queue::import_lessons(const std::vector<model::Lesson>& lessons, const std::string& actor,
                                         double now) {
  Json list = Json::array();
  for (const model::Lesson& lesson : lessons) list.push_back(store::to_json(lesson));
  return record({.time = now,
                 .job = 0,
                 .type = "experience_imported",
                 .actor = actor,
                 .body = dump({{"lessons", std::move(list)}})});
}

base::Result<void> Queue::release_brake(const std::string& actor, double now) {
  return record({.time = now, .job = 0, .type = "brake_released", .actor = actor, .body = "{}"});
}

base::Result<void> Queue::note(const std::string& type, const std::string& text, const std::string& actor,
                               double now) {
  return record({.time = now, .job = 0, .type = type, .actor = actor, .body = dump({{"text", text}})});
}

}  // namespace culprit::service
