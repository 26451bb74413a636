#include "engine/engine.h"

#include <fmt/format.h>

// An experiment passes through build and runs; several may be under way, as slots allow. The engine decides
// nothing about the bug: after every completion it asks the search again, telling it what is pending, so that
// a parallel search never waits for a batch. A builder whose artifact lives in its slot (a worktree) keeps
// the slot until the experiment's runs are done; a kernel's artifact is free of its slot as soon as it is
// built.

#include <algorithm>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <optional>

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
// The machine failed to build or run one revision so often in a row: no search asks for that (classic gives up at
// 2 x runs + 3, bayes at 20 of all), so whatever asks is going round in circles.
constexpr int k_most_in_vain = 100;
// The same for a revision that does not build: it is built as it is, and once from clean.
constexpr int k_most_broken = 20;

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
  double began = 0;
  int in_checkout = -1;
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
  } catch (const std::bad_alloc&) {
    return base::fail(ErrorKind::infra, "out of memory", k_resume_hint);
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
      CULPRIT_TRY(check_progress(decision));
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

  // A search is a function of the evidence: a second question on the same evidence, with nothing under way, has
  // the same answer for ever.
  Result<void> check_progress(const model::Decision& decision) {
    if (decision.experiments.empty() || !m_actives.empty()) return {};
    if (m_asked_at == m_parts.journal.facts())
      return base::fail(ErrorKind::internal,
                        "the search asked for " + decision.experiments.front().commit.short_hex() + " (" +
                            decision.experiments.front().stage +
                            ") again, although that taught nothing the first time",
                        "nothing is lost: please report this, with `culprit log`");
    m_asked_at = m_parts.journal.facts();
    return {};
  }

  // Something was tried for `active` and the machine failed (`text`), or not.
  Result<void> count_vain(const Active& active, bool in_vain, const std::string& text) {
    int& count = m_in_vain[{active.experiment.commit, active.experiment.variant}];
    count = in_vain ? count + 1 : 0;
    if (count < k_most_in_vain) return {};
    std::string first = text.substr(0, text.find('\n'));
    return base::fail(ErrorKind::infra,
                      active.experiment.commit.short_hex() + " was tried " + std::to_string(count) +
                          " times in a row, and the machine failed each time" +
                          (first.empty() ? "" : ": " + first),
                      k_resume_hint);
  }

  // A build that fails is that revision's answer. A search that does not take it asks for ever.
  Result<void> count_broken(const Active& active, bool broken) {
    int& count = m_broken[{active.experiment.commit, active.experiment.variant}];
    count = broken ? count + 1 : 0;
    if (count < k_most_broken) return {};
    return base::fail(ErrorKind::internal,
                      fmt::format("the search asked {} times for {}, which does not build", count,
                                  active.experiment.commit.short_hex()),
                      "nothing is lost: please report this, with `culprit log`");
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
    m_build_slots[static_cast<std::size_t>(slot)].busy = true;
    m_build_slots[static_cast<std::size_t>(slot)].last = commit;
    m_workers.submit([this, &active, commit, variant, slot, from_clean = active.experiment.from_clean] {
      if (from_clean) m_parts.builder.start_clean(slot);
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
    int in_checkout = -1;
    if (m_parts.builder.keeps_slot())
      in_checkout = m_build_slots[static_cast<std::size_t>(slot)].runs++;
    else
      m_run_slots[static_cast<std::size_t>(slot)] = true;
    const double began = m_parts.journal.now();
    m_workers.submit([this, &active, commit, artifact = active.product.artifact, number, slot, began,
                      in_checkout] {
      auto raw =
          guarded<model::RawRun>([&] { return m_parts.runner.run(commit, artifact, number, slot, m_stop); });
      Result<RunReading> reading = RunReading{};
      if (raw)
        reading = guarded<RunReading>([&] {
          return classify(m_parts.subject, *raw, console::read(raw->console, {.subject = m_parts.subject}));
        });
      return Completion{&active, RunDone{slot, began, in_checkout, std::move(raw), std::move(reading)}};
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
    if (!active.product.held && active.build_slot >= 0)
      m_build_slots[static_cast<std::size_t>(active.build_slot)].runs = 0;
    // A build that was on record and now fails is the machine's doing, and told as such; unless it is the first
    // one from clean, which may fail where one on top of another revision's does not.
    const bool news = active.experiment.from_clean && !active.product.held;
    if (!active.recorded_build || news || record.status != model::BuildStatus::ok) {
      model::BuildRecord told = record;
      if (active.recorded_build && !news && told.status == model::BuildStatus::broken)
        told.status = model::BuildStatus::infra;
      CULPRIT_TRY(m_parts.journal.record(model::BuildFinished{told}));
      CULPRIT_TRY(count_vain(active, told.status == model::BuildStatus::infra, told.text));
      CULPRIT_TRY(count_broken(active, told.status == model::BuildStatus::broken));
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
    event.run.began = done.began;
    event.run.slot = done.slot;
    event.run.in_checkout = done.in_checkout;
    event.run.from_clean = active.product.record.from_clean;
    const auto of_ends = identify(event.run);
    event.console = std::move(done.raw->console);
    const bool lost = kind_of(event.run.outcome) == model::OutcomeKind::infra;
    const std::string text(lost ? text_of(event.run.outcome) : std::string_view());
    CULPRIT_TRY(m_parts.journal.record(std::move(event)));
    CULPRIT_TRY(count_vain(active, lost, text));
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
    int runs = 0;  // since what it holds was built
  };

  const Parts& m_parts;
  const base::CancelToken& m_cancel;
  base::CancelToken m_stop{m_cancel};
  std::list<Active> m_actives;  // a list: tasks hold pointers
  std::vector<BuildSlot> m_build_slots;
  std::vector<bool> m_run_slots;
  std::map<std::pair<CommitId, std::string>, int> m_broken;   // builds that failed, in a row
  std::map<std::pair<CommitId, std::string>, int> m_in_vain;  // failures of the machine in a row
  std::optional<std::size_t> m_asked_at;                      // facts when experiments were asked for last
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
