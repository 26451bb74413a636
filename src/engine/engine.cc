#include "engine/engine.h"

// An experiment passes through build and runs; several may be under way, as slots allow. The engine decides
// nothing about the bug: after every completion it asks the search again, telling it what is pending, so that
// a parallel search never waits for a batch. A builder whose artifact lives in its slot (a worktree) keeps
// the slot until the experiment's runs are done; a kernel's artifact is free of its slot as soon as it is
// built.

#include <algorithm>
#include <list>
#include <map>
#include <memory>

#include "base/check.h"
#include "console/console.h"
#include "engine/workers.h"
#include "identity/identity.h"
#include "model/event.h"
#include "model/run/report.h"
#include "model/usual_end.h"

namespace culprit::engine {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using model::CommitId;

constexpr const char* k_resume_hint = "`culprit resume` continues; no finished run is repeated";

enum class Step { waiting, building, running };

// An experiment under way.
struct Active {
  model::Experiment experiment;
  Step step = Step::waiting;
  int build_slot = -1;
  bool recorded_build = false;  // this bisection had it built already: nothing to record again
  build::BuildProduct product;
  int started = 0;
  int finished = 0;
  int running = 0;
};

struct BuildDone {
  Result<build::BuildProduct> product;
};
struct RunDone {
  int slot = 0;
  Result<model::RawRun> raw;
  Result<RunReading> reading;
};
struct Completion {
  Active* active = nullptr;
  std::variant<BuildDone, RunDone> what;
};

// A library's exception on a worker's thread (out of memory, a file system that fails) as an error.
template <class T, class Task>
Result<T> guarded(Task&& task) {
  try {
    return task();
  } catch (const std::exception& e) {
    return base::fail(ErrorKind::infra, e.what(), k_resume_hint);
  }
}

class Bisection {
 public:
  Bisection(const Parts& parts, const base::CancelToken& cancel)
      : m_parts(parts),
        m_cancel(cancel),
        m_build_slots(static_cast<std::size_t>(std::max(1, parts.problem.build_slots))),
        m_run_slots(static_cast<std::size_t>(std::max(1, parts.problem.run_slots))),
        m_workers(static_cast<int>(m_build_slots.size() + m_run_slots.size())) {}

  Result<model::Conclusion> run() {
    auto conclusion = loop();
    if (conclusion) return conclusion;
    settle();
    Error error = std::move(conclusion).error();
    if (error.kind == ErrorKind::interrupted && m_cancel.cancelled())
      error = Error{ErrorKind::interrupted, "interrupted", {}, k_resume_hint};
    // Best effort: a full disk may have been the reason.
    (void)m_parts.journal.record(model::Interrupted{error.what});
    return std::unexpected(std::move(error));
  }

 private:
  Result<model::Conclusion> loop() {
    for (;;) {
      if (m_cancel.cancelled()) return base::fail(ErrorKind::interrupted, "interrupted", k_resume_hint);
      CULPRIT_TRY(record_notes());
      model::Decision decision = m_parts.search.next(evidence());
      for (std::string& text : decision.notes) CULPRIT_TRY(note(std::move(text)));
      if (decision.conclusion) {
        settle();
        m_actives.clear();
        CULPRIT_TRY(judge_idle());
        CULPRIT_TRY(m_parts.journal.record(model::Finished{*decision.conclusion}));
        return *decision.conclusion;
      }
      CULPRIT_TRY(accept(std::move(decision)));
      CULPRIT_TRY(judge_idle());
      CULPRIT_TRY(dispatch());
      auto completion = m_workers.take();
      CULPRIT_CHECK(completion, "the search waits although nothing is pending");
      CULPRIT_TRY(handle(std::move(*completion)));
    }
  }

  model::Evidence evidence() const {
    model::Evidence evidence = assessed(m_parts.journal, m_parts.problem, m_parts.related_to);
    for (const Active& a : m_actives)
      evidence.pending.push_back({a.experiment.commit, a.experiment.runs - a.finished,
                                  a.step != Step::running, a.experiment.variant});
    return evidence;
  }

  Result<void> accept(model::Decision decision) {
    if (decision.experiments.empty()) return {};
    for (const model::Experiment& experiment : decision.experiments) {
      m_actives.push_back({.experiment = experiment});
    }
    return m_parts.journal.record(
        model::Decided{std::move(decision.experiments), std::move(decision.standing)});
  }

  // A revision that nothing is being done about any more gets its verdict on record.
  Result<void> judge_idle() {
    std::vector<CommitId> idle;
    for (const CommitId& commit : m_parts.journal.unjudged())
      if (std::ranges::none_of(m_actives, [&](const Active& a) { return a.experiment.commit == commit; }))
        idle.push_back(commit);
    if (idle.empty()) return {};
    for (model::RevisionVerdict& verdict :
         m_parts.search.verdicts(assessed(m_parts.journal, m_parts.problem, m_parts.related_to))) {
      if (std::ranges::find(idle, verdict.commit) == idle.end()) continue;
      const std::string label = m_parts.journal.label_of(verdict.commit);
      CULPRIT_TRY(m_parts.journal.record(model::Judged{std::move(verdict), label}));
    }
    return {};
  }

  // What others noted while the engine was at work.
  Result<void> record_notes() {
    if (!m_parts.take_notes) return {};
    for (std::string& text : m_parts.take_notes())
      CULPRIT_TRY(m_parts.journal.record(model::Note{std::move(text)}));
    return {};
  }

  // The search says the same again and again.
  Result<void> note(std::string text) {
    if (m_parts.journal.has_noted(text)) return {};
    return m_parts.journal.record(model::Note{std::move(text)});
  }

  Result<void> dispatch() {
    for (Active& active : m_actives)
      if (active.step == Step::waiting) CULPRIT_TRY(start_build(active));
    for (Active& active : m_actives)
      while (active.step == Step::running && active.started < active.experiment.runs) {
        const int slot = slot_for_run(active);
        if (slot < 0) break;
        CULPRIT_TRY(start_run(active, slot));
      }
    return {};
  }

  // The free build slot that last held this commit, else any free one; -1: none.
  int slot_for_build(const CommitId& commit) const {
    int found = -1;
    for (std::size_t i = 0; i < m_build_slots.size(); ++i) {
      if (m_build_slots[i].busy) continue;
      if (m_build_slots[i].last == commit) return static_cast<int>(i);
      if (found < 0) found = static_cast<int>(i);
    }
    return found;
  }

  int slot_for_run(const Active& active) const {
    if (m_parts.builder.keeps_slot()) return active.running == 0 ? active.build_slot : -1;
    for (std::size_t i = 0; i < m_run_slots.size(); ++i)
      if (!m_run_slots[i]) return static_cast<int>(i);
    return -1;
  }

  Result<void> start_build(Active& active) {
    const CommitId commit = active.experiment.commit;
    const int slot = slot_for_build(commit);
    if (slot < 0) return {};
    const std::string& variant = active.experiment.variant;
    active.recorded_build = m_parts.journal.build_of(commit, variant) != nullptr;
    if (!active.recorded_build) {
      const auto info = CULPRIT_TRY(m_parts.history.describe(commit));
      CULPRIT_TRY(
          m_parts.journal.record(model::BuildStarted{commit, active.experiment.label, info.title, variant}));
    }
    active.step = Step::building;
    active.build_slot = slot;
    m_build_slots[static_cast<std::size_t>(slot)] = {true, commit};
    m_workers.submit([this, &active, commit, variant, slot] {
      return Completion{&active, BuildDone{guarded<build::BuildProduct>(
                                     [&] { return m_parts.builder.build(commit, variant, slot, m_stop); })}};
    });
    return {};
  }

  Result<void> start_run(Active& active, int slot) {
    const CommitId commit = active.experiment.commit;
    const int number = m_parts.journal.runs_of(commit) + active.running;
    CULPRIT_TRY(m_parts.journal.record(model::RunStarted{commit, number}));
    ++active.started;
    ++active.running;
    if (!m_parts.builder.keeps_slot()) m_run_slots[static_cast<std::size_t>(slot)] = true;
    m_workers.submit([this, &active, commit, artifact = active.product.artifact, number, slot] {
      auto raw =
          guarded<model::RawRun>([&] { return m_parts.runner.run(commit, artifact, number, slot, m_stop); });
      Result<RunReading> reading = RunReading{};
      if (raw)
        reading = classify(m_parts.subject, *raw, console::read(raw->console, {.subject = m_parts.subject}));
      return Completion{&active, RunDone{slot, std::move(raw), std::move(reading)}};
    });
    return {};
  }

  Result<void> handle(Completion completion) {
    Active& active = *completion.active;
    if (auto* build = std::get_if<BuildDone>(&completion.what))
      return handle_build(active, std::move(*build));
    return handle_run(active, std::move(std::get<RunDone>(completion.what)));
  }

  Result<void> handle_build(Active& active, BuildDone done) {
    if (!done.product) return std::unexpected(std::move(done.product).error());
    active.product = std::move(*done.product);
    const model::BuildRecord& record = active.product.record;
    // A build that was on record and now fails is the machine's doing, and told as such.
    if (!active.recorded_build || record.status != model::BuildStatus::ok) {
      model::BuildRecord told = record;
      if (active.recorded_build) told.status = model::BuildStatus::infra;
      CULPRIT_TRY(m_parts.journal.record(model::BuildFinished{std::move(told)}));
    }
    if (!active.product.remark.empty()) CULPRIT_TRY(note(active.product.remark));
    if (record.status != model::BuildStatus::ok || active.experiment.runs == 0) {
      finish(active);
      return {};
    }
    active.step = Step::running;
    if (!m_parts.builder.keeps_slot()) release_build_slot(active);
    return {};
  }

  Result<void> handle_run(Active& active, RunDone done) {
    if (!done.raw) return std::unexpected(std::move(done.raw).error());
    if (!done.reading) return std::unexpected(std::move(done.reading).error());
    if (!m_parts.builder.keeps_slot()) m_run_slots[static_cast<std::size_t>(done.slot)] = false;
    --active.running;
    ++active.finished;

    model::RunFinished event;
    event.run.id = m_parts.journal.next_run_id();
    event.run.commit = active.experiment.commit;
    event.run.variant = active.product.record.variant;
    event.run.signature = active.product.record.signature;
    event.run.outcome = std::move(done.reading->outcome);
    event.run.reports = std::move(done.reading->reports);
    event.run.boot_reports = std::move(done.reading->boot_reports);
    event.run.completed = done.reading->completed;
    event.run.end = std::move(done.reading->end);
    event.run.seconds = done.raw->seconds;
    const auto of_ends = identify(event.run);
    event.console = std::move(done.raw->console);
    CULPRIT_TRY(m_parts.journal.record(std::move(event)));
    if (of_ends) CULPRIT_TRY(note(*of_ends));
    if (active.finished == active.experiment.runs) finish(active);
    return {};
  }

  // For those who watch: what the run looks like in the light of those before it, and what there is to say of
  // how they end.
  std::optional<std::string> identify(model::RunRecord& run) const {
    std::vector<model::RunRecord> runs = m_parts.journal.evidence().runs;
    runs.push_back(run);
    model::accept_usual_end(runs, m_parts.problem.start);
    run.completed = runs.back().completed;
    auto of_ends = model::told_of_ends(runs, m_parts.problem.start);
    identity::assess(runs, m_parts.problem.start, {}, &m_parts.journal.memory());
    run.p_target = runs.back().p_target;
    run.identity = runs.back().identity;
    return of_ends;
  }

  void release_build_slot(Active& active) {
    if (active.build_slot < 0) return;
    m_build_slots[static_cast<std::size_t>(active.build_slot)].busy = false;
    active.build_slot = -1;
  }

  void finish(Active& active) {
    release_build_slot(active);
    m_actives.remove_if([&](const Active& a) { return &a == &active; });
  }

  // Ends what still runs. What had finished well by then is recorded all the same; a crash or a broken build
  // may be the doing of whatever stops us (a shutdown signals every process), so it is not: it will be tried
  // again.
  void settle() {
    m_stop.cancel();
    while (auto completion = m_workers.take()) {
      const auto* build = std::get_if<BuildDone>(&completion->what);
      const auto* run = std::get_if<RunDone>(&completion->what);
      const bool built = build && build->product && build->product->record.status == model::BuildStatus::ok;
      const bool ran =
          run && run->raw && run->reading && kind_of(run->reading->outcome) == model::OutcomeKind::ok;
      if (built || ran) (void)handle(std::move(*completion));
    }
  }

  struct BuildSlot {
    bool busy = false;
    CommitId last;
  };

  const Parts& m_parts;
  const base::CancelToken& m_cancel;
  base::CancelToken m_stop{m_cancel};
  std::list<Active> m_actives;  // a list: tasks hold pointers
  std::vector<BuildSlot> m_build_slots;
  std::vector<bool> m_run_slots;
  Workers<Completion> m_workers;
};

}  // namespace

model::Evidence assessed(const Journal& journal, const model::Problem& problem, const RelatedTo& related_to) {
  model::Evidence evidence = journal.evidence();
  model::accept_usual_end(evidence.runs, problem.start);
  identity::assess(evidence.runs, problem.start, {}, &journal.memory());
  if (!related_to) return evidence;
  const model::RunRecord* first = nullptr;
  for (const model::RunRecord& run : evidence.runs)
    if (run.commit == problem.start && run.identity == model::Identity::target && !run.reports.empty() &&
        (first == nullptr || run.id < first->id))
      first = &run;
  if (first != nullptr) evidence.related = related_to(first->id);
  return evidence;
}

Result<model::Conclusion> bisect(const Parts& parts, const base::CancelToken& cancel) {
  return Bisection(parts, cancel).run();
}

}  // namespace culprit::engine
