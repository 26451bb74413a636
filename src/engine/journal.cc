#include "engine/journal.h"

#include <algorithm>

namespace culprit::engine {

using model::Event;
using model::EventBody;

namespace {

model::RunRecord slim(const model::RunRecord& run) {
  const auto title_and_type = [](const std::vector<model::CrashReport>& reports) {
    std::vector<model::CrashReport> out;
    for (const model::CrashReport& report : reports) {
      out.emplace_back().title = report.title;
      out.back().type = report.type;
    }
    return out;
  };
  model::RunRecord out;
  out.id = run.id;
  out.commit = run.commit;
  out.variant = run.variant;
  out.signature = run.signature;
  out.outcome = run.outcome;
  out.reports = title_and_type(run.reports);
  out.boot_reports = title_and_type(run.boot_reports);
  out.completed = run.completed;
  out.seconds = run.seconds;
  return out;
}

}  // namespace

Journal::Journal(store::Store& store, std::int64_t bisection, const base::Clock& clock,
                 std::vector<model::EventSink*> sinks)
    : m_store(store), m_bisection(bisection), m_clock(clock), m_sinks(std::move(sinks)) {}

base::Result<void> Journal::replay() { return catch_up(); }

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
  if (const auto* build = std::get_if<model::BuildFinished>(&body)) {
    m_evidence.builds.push_back(build->build);
    touch(build->build.commit);
  } else if (const auto* run = std::get_if<model::RunFinished>(&body)) {
    m_memory.of(run->run);
    m_evidence.runs.push_back(slim(run->run));
    ++m_runs[run->run.commit];
    touch(run->run.commit);
    m_next_run_id = std::max(m_next_run_id, run->run.id + 1);
  } else if (const auto* person = std::get_if<model::PersonJudged>(&body)) {
    m_evidence.verdicts.push_back(person->verdict);
    touch(person->verdict.commit);
    m_conclusion.reset();  // a word after the answer asks again
  } else if (const auto* note = std::get_if<model::Note>(&body)) {
    m_notes.insert(note->text);
  } else if (const auto* judged = std::get_if<model::Judged>(&body)) {
    std::erase(m_unjudged, judged->verdict.commit);
  } else if (const auto* decided = std::get_if<model::Decided>(&body)) {
    for (const model::Experiment& experiment : decided->experiments)
      m_labels[experiment.commit] = experiment.label;
  } else if (const auto* finished = std::get_if<model::Finished>(&body)) {
    m_conclusion = finished->conclusion;
  }
}

void Journal::touch(const model::CommitId& commit) {
  if (std::ranges::find(m_unjudged, commit) == m_unjudged.end()) m_unjudged.push_back(commit);
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
