#include "engine/journal.h"

#include <algorithm>

#include "base/overloaded.h"
#include "model/event.h"
#include "model/run/report.h"
#include "store/store.h"

namespace culprit::engine {

using model::Event;
using model::EventBody;

namespace {

model::RunRecord slim(const model::RunRecord& run) {
  const auto title_and_type = [](const model::Reports& reports) {
    model::Reports out;
    for (const model::CrashReport& report : reports) {
      model::CrashReport& kept = out.emplace_back();
      kept.title = report.title;
      kept.type = report.type;
    }
    return out;
  };
  model::RunRecord out;
  out.id = run.id;
  out.end = run.end;
  out.printed.ended = run.printed.ended;
  out.printed.digest = run.printed.digest;
  out.printed.told = run.printed.told;
  out.commit = run.commit;
  out.variant = run.variant;
  out.signature = run.signature;
  out.outcome = run.outcome;
  out.reports = title_and_type(run.reports);
  out.boot_reports = title_and_type(run.boot_reports);
  out.completed = run.completed;
  out.number = run.number;
  out.seconds = run.seconds;
  out.began = run.began;
  out.slot = run.slot;
  out.in_checkout = run.in_checkout;
  out.from_clean = run.from_clean;
  return out;
}

}  // namespace

Journal::Journal(store::Store& store, std::int64_t bisection, const base::Clock& clock,
                 std::vector<model::EventSink*> sinks)
    : m_store(store), m_bisection(bisection), m_clock(clock), m_sinks(std::move(sinks)) {}

base::Result<void> Journal::catch_up() {
  for (const Event& event : CULPRIT_TRY(m_store.events(m_bisection, m_sequence))) {
    show(event);
    fold(event.body);
  }
  return {};
}

base::Result<void> Journal::record(EventBody body) {
  const Event event = CULPRIT_TRY(m_store.append(m_bisection, m_clock.wall(), std::move(body)));
  show(event);
  fold(event.body);
  return {};
}

void Journal::show(const Event& event) {
  m_sequence = std::max(m_sequence, event.sequence);
  for (model::EventSink* sink : m_sinks) sink->on_event(event);
}

void Journal::fold(const EventBody& body) {
  std::visit(base::Overloaded{
                 [&](const model::BuildFinished& e) {
                   if (e.build.ahead) return;
                   m_evidence.builds.push_back(e.build);
                   touch(e.build.commit);
                 },
                 [&](const model::RunFinished& e) {
                   m_memory.of(e.run);
                   m_stacks.merge(stacks_in(e.run));
                   m_evidence.runs.push_back(slim(e.run));
                   ++m_runs[e.run.commit];
                   touch(e.run.commit);
                   m_next_run_id = std::max(m_next_run_id, e.run.id + 1);
                 },
                 [&](const model::PersonJudged& e) {
                   m_evidence.verdicts.push_back(e.verdict);
                   touch(e.verdict.commit);
                   m_conclusion.reset();  // a word after the answer asks again
                 },
                 // What was taken back does not come out of the store; an answer rested on it.
                 [&](const model::TakenBack& e) {
                   m_next_run_id = std::max(m_next_run_id, e.next_run);
                   m_conclusion.reset();
                 },
                 [&](const model::Note& e) { m_notes.insert(e.text); },
                 [&](const model::Judged& e) {
                   std::erase(m_unjudged, e.verdict.commit);
                   m_judged[e.verdict.commit] = e.verdict.verdict;
                 },
                 [&](const model::Decided& e) {
                   for (const model::Experiment& experiment : e.experiments)
                     m_labels[experiment.commit] = experiment.label;
                 },
                 [&](const model::Finished& e) { m_conclusion = e.conclusion; },
                 base::Ignores<model::Started, model::Resumed, model::Interrupted, model::BuildStarted,
                               model::RunStarted, model::Posted>{},
             },
             body);
}

void Journal::touch(const model::CommitId& commit) {
  if (std::ranges::find(m_unjudged, commit) == m_unjudged.end()) m_unjudged.push_back(commit);
}

std::optional<model::Verdict> Journal::judged(const model::CommitId& commit) const {
  const auto at = m_judged.find(commit);
  return at == m_judged.end() ? std::nullopt : std::optional(at->second);
}

std::string Journal::label_of(const model::CommitId& commit) const {
  const auto at = m_labels.find(commit);
  return at == m_labels.end() ? std::string() : at->second;
}

const model::BuildRecord* Journal::build_of(const model::CommitId& commit, const std::string& variant) const {
  for (const model::BuildRecord& build : m_evidence.builds)
    if (build.commit == commit && build.variant == variant && build.status != model::BuildStatus::infra)
      return &build;
  return nullptr;
}

int Journal::runs_of(const model::CommitId& commit) const {
  const auto at = m_runs.find(commit);
  return at == m_runs.end() ? 0 : at->second;
}

}  // namespace culprit::engine
