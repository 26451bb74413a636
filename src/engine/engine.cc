#include "engine/engine.h"

#include <fmt/format.h>

// An experiment passes through build and runs; several may be under way, as slots allow. The engine decides
// nothing about the bug: after every completion it asks the search again, telling it what is pending, so that
// a parallel search never waits for a batch. A builder whose artifact lives in its slot (a worktree) keeps
// the slot until the experiment's runs are done; a kernel's artifact is free of its slot as soon as it is
// built.
//
// Builds may be made ahead of what the search asks for (ahead.h): they have slots of their own, and the slot of one that
// is asked for after all becomes the experiment's.

#include <algorithm>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "base/check.h"
#include "console/programs/ran.h"
#include "engine/run_console.h"
#include "engine/stacks.h"
#include "engine/workers.h"
#include "identity/identity.h"
#include "model/build/build_facts.h"
#include "model/event.h"
#include "model/run/process_verdict.h"
#include "model/run/report.h"
#include "model/usual_end.h"
#include "search/evidence/tuning.h"

namespace culprit::engine {
namespace {

identity::Context context_of(const model::Problem& problem) {
  identity::Context context;
  if (problem.goal == model::Goal::cause) context.good = problem.good;
  return context;
}

using base::Error;
using base::ErrorKind;
using base::Result;
using model::CommitId;

constexpr const char* k_tests_are_not_all =
    "where the bug shows, the command's runner of tests says that it ran none: so it says nothing elsewhere";
constexpr const char* k_resume_hint = "`culprit resume` continues; no finished run is repeated";
// The machine failed to build or run one revision so often in a row: no search asks for that (classic gives up at
// 2 x runs + 3, bayes at 20 of all), so whatever asks is going round in circles.
constexpr int k_most_in_vain = 100;
// The same for a revision that does not build: it is built as it is, and once from clean.
constexpr int k_most_broken = 20;

// A build is looked at after so long: ten ticks of each core in /proc/stat. A shorter one is over before another is of use.
constexpr double k_look_s = 0.1;

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
  std::optional<std::vector<CommitId>> foreseen = {};  // what may come after it
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
struct AheadDone {
  AheadBuild* build = nullptr;
  Result<std::optional<build::BuildProduct>> product;
};
struct Completion {
  Active* active = nullptr;  // null for what is done ahead
  std::variant<BuildDone, RunDone, AheadDone> what;
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
        m_ahead(parts.builder.keeps_slot() ? parts.ahead : AheadLimits{}),
        m_build_slots(static_cast<std::size_t>(std::max(1, parts.problem.build_slots) + m_ahead.most())),
        m_run_slots(static_cast<std::size_t>(std::max(1, parts.problem.run_slots))),
        m_stacks(parts.journal.stacks(), parts.journal.notes()),
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
        CULPRIT_TRY(judge_otherwise());
        tell_of_words(*decision.conclusion);
        if (m_parts.lesson_of)
          decision.conclusion->lesson = m_parts.lesson_of(evidence(), *decision.conclusion);
        CULPRIT_TRY(m_parts.journal.record(model::Finished{*decision.conclusion}));
        return *decision.conclusion;
      }
      CULPRIT_TRY(check_progress(decision));
      CULPRIT_TRY(accept(std::move(decision)));
      CULPRIT_TRY(judge_idle());
      CULPRIT_TRY(dispatch());
      CULPRIT_TRY(build_ahead());
      CULPRIT_TRY(look_at_build());
      auto completion = m_workers.take();
      CULPRIT_CHECK(completion, "the search waits although nothing is pending");
      CULPRIT_TRY(handle(std::move(*completion)));
    }
  }

  model::Evidence judged() const {
    return m_parts.judged ? m_parts.judged(m_parts.journal)
                          : assessed(m_parts.journal, m_parts.problem, m_parts.related_to);
  }

  run::Runner& runner_of(const std::string& variant) const {
    return m_parts.runner_of ? m_parts.runner_of(variant) : m_parts.runner;
  }

  model::Evidence evidence() const {
    model::Evidence evidence = judged();
    evidence.gone = gone();
    for (const Active& a : m_actives)
      evidence.pending.push_back({a.experiment.commit, a.experiment.runs - a.finished,
                                  a.step != Step::running, a.experiment.variant});
    return evidence;
  }

  // The start failed, and not as the user described it.
  void tell_of_words(model::Conclusion& conclusion) const {
    const auto& runs = m_parts.journal.evidence().runs;
    const bool otherwise = std::ranges::any_of(runs, [&](const model::RunRecord& run) {
      return run.commit == m_parts.problem.start && run.printed.told == model::Told::other;
    });
    if (conclusion.kind == model::ResultKind::not_reproduced && otherwise)
      conclusion.explanation +=
          " It fails there, but prints nothing of what --message, --ignore or --test describe.";
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
    for (model::RevisionVerdict& verdict : m_parts.search.verdicts(judged())) {
      if (std::ranges::find(idle, verdict.commit) == idle.end()) continue;
      const std::string label = m_parts.journal.label_of(verdict.commit);
      CULPRIT_TRY(m_parts.journal.record(model::Judged{std::move(verdict), label}));
    }
    return {};
  }

  // At the end: what is held otherwise by now, as more is known.
  Result<void> judge_otherwise() {
    for (model::RevisionVerdict& verdict : m_parts.search.verdicts(judged())) {
      const auto before = m_parts.journal.judged(verdict.commit);
      if (!before || *before == verdict.verdict) continue;
      const std::string label = m_parts.journal.label_of(verdict.commit);
      CULPRIT_TRY(m_parts.journal.record(model::Judged{std::move(verdict), label}));
    }
    return {};
  }

  // What others noted while the engine was at work.
  Result<void> record_notes() {
    for (std::string& text : m_stacks.take_notes()) CULPRIT_TRY(note(std::move(text)));
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

  // The free build slot that was asked for, else one that has this commit at hand, else the one that held it last, else any
  // free one, rather without what was built ahead; -1: none, or one is worth waiting for.
  int slot_for_build(const model::Experiment& experiment) {
    const bool keeps_slot = m_parts.builder.keeps_slot();
    if (building_or_running() >= std::max(1, m_parts.problem.build_slots)) return -1;
    int found = -1, best = -1;
    for (std::size_t i = 0; i < m_build_slots.size(); ++i) {
      const int slot = static_cast<int>(i);
      const auto holds_it = [&] {
        return m_parts.builder.holds(experiment.commit, experiment.variant, slot);
      };
      // What is built there ahead is done before another build of this one would be.
      if (is_ahead(slot) && keeps_slot && !experiment.from_clean && holds_it()) return -1;
      if (m_build_slots[i].busy) continue;
      const int fits = keeps_slot && slot == experiment.slot        ? 4
                       : keeps_slot && holds_it()                   ? 3
                       : m_build_slots[i].last == experiment.commit ? 2
                       : m_ahead.on(slot) == nullptr                ? 1
                                                                    : 0;
      if (fits > best) found = slot, best = fits;
    }
    return found;
  }

  // Another revision is being built there, which nobody asked for yet.
  bool is_ahead(int slot) const {
    return m_build_slots[static_cast<std::size_t>(slot)].busy &&
           std::ranges::find(m_actives, slot, &Active::build_slot) == m_actives.end();
  }

  // What was built and would have to be built again.
  std::vector<CommitId> gone() const {
    std::vector<CommitId> commits;
    if (!m_parts.builder.keeps_slot()) return commits;
    for (const model::BuildRecord& build : m_parts.journal.evidence().builds) {
      if (build.status != model::BuildStatus::ok || !build.variant.empty()) continue;
      bool at_hand = false;
      for (std::size_t i = 0; i < m_build_slots.size() && !at_hand; ++i)
        at_hand = m_parts.builder.holds(build.commit, build.variant, static_cast<int>(i));
      if (!at_hand) commits.push_back(build.commit);
    }
    return commits;
  }

  int slot_for_run(const Active& active) const {
    if (m_parts.builder.keeps_slot()) return active.running == 0 ? active.build_slot : -1;
    const auto asked = static_cast<std::size_t>(active.experiment.slot);
    if (asked < m_run_slots.size() && !m_run_slots[asked]) return active.experiment.slot;
    for (std::size_t i = 0; i < m_run_slots.size(); ++i)
      if (!m_run_slots[i]) return static_cast<int>(i);
    return -1;
  }

  Result<void> start_build(Active& active) {
    const CommitId commit = active.experiment.commit;
    const std::string& variant = active.experiment.variant;
    const int asked = m_parts.builder.keeps_slot() ? active.experiment.slot : -1;
    AheadBuild* ahead = variant.empty() && !active.experiment.from_clean ? m_ahead.of(commit) : nullptr;
    if (ahead != nullptr && ahead->is_aside) ahead = nullptr;
    if (ahead != nullptr && asked >= 0 && ahead->slot != asked) ahead = nullptr;
    const int slot = slot_for_build(active.experiment);
    if (slot < 0) return {};
    if (ahead == nullptr) CULPRIT_TRY(clear_of_ahead(slot));
    active.recorded_build = m_parts.journal.build_of(commit, variant) != nullptr;
    if (!active.recorded_build) {
      const auto info = CULPRIT_TRY(m_parts.history.describe(commit));
      CULPRIT_TRY(
          m_parts.journal.record(model::BuildStarted{commit, active.experiment.label, info.title, variant}));
    }
    active.step = Step::building;
    if (ahead != nullptr) {
      take_over(active, *ahead);
      return {};
    }
    if (m_ahead.building_but(-1) == 0) {
      m_idle.start();
      m_idle_beside.reset();
    }
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

  int building_or_running() const {
    return static_cast<int>(
        std::ranges::count_if(m_actives, [](const Active& a) { return a.build_slot >= 0; }));
  }

  // What was built ahead for what is now asked for, or still is being built.
  void take_over(Active& active, AheadBuild& ahead) {
    active.build_slot = ahead.slot;
    m_build_slots[static_cast<std::size_t>(ahead.slot)].busy = true;
    if (!ahead.product) return;  // handle_ahead() hands it on
    m_workers.submit(
        [&active, product = std::move(*ahead.product)] { return Completion{&active, BuildDone{product}}; });
    m_ahead.drop(ahead);
  }

  // Of what is under way, the two ways on, as far as the machine has room.
  Result<void> build_ahead() {
    if (m_ahead.room() == 0 || m_actives.size() != 1 || m_cancel.cancelled()) return {};
    Active& active = m_actives.front();
    const Step step = active.step;
    if (step == Step::waiting || !active.experiment.variant.empty()) return {};
    if (m_ahead.building_but(active.build_slot) >= m_ahead.room()) return {};
    const auto room = static_cast<std::size_t>(m_ahead.room());
    if (!active.foreseen)
      active.foreseen = foresee(m_parts.search, m_parts.problem, evidence(), active.experiment.commit,
                                std::max(1, active.experiment.runs - active.finished), room);
    for (const CommitId& commit : *active.foreseen) {
      if (m_ahead.building_but(active.build_slot) >= m_ahead.room()) break;
      if (m_parts.journal.build_of(commit, {}) != nullptr) continue;
      if (AheadBuild* there = m_ahead.of(commit)) {
        if (!there->is_aside || m_parts.builder.holds(commit, {}, there->slot)) continue;
        CULPRIT_TRY(drop_in_vain(*there));
      }
      const int slot = slot_for_ahead(*active.foreseen);
      if (slot < 0) break;
      CULPRIT_TRY(clear_of_ahead(slot));
      start_ahead(commit, slot);
    }
    return {};
  }

  // While a build goes on alone: where it leaves a core idle, what comes next is built beside it.
  Result<void> look_at_build() {
    if (m_actives.size() != 1) return {};
    const Active& active = m_actives.front();
    if (active.step != Step::building || active.build_slot < 0) return {};
    bool compiles = false;
    double pause = k_look_s;
    while (m_ahead.wants_load() && !m_idle_beside && !m_workers.wait_for(pause)) {
      if (compiles) {
        m_idle_beside = m_idle.idle_cores();
        m_ahead.expect(*m_idle_beside);
      } else if (m_parts.builder.has_room_beside(active.build_slot)) {
        compiles = true;
        m_idle.start();
      } else {
        pause *= 2;  // it is checked out still, or has no room
      }
    }
    return build_ahead();
  }

  // A free slot that holds nothing that may be asked for next; -1: none.
  int slot_for_ahead(const std::vector<CommitId>& wanted) {
    int found = -1;
    for (std::size_t i = 0; i < m_build_slots.size(); ++i) {
      if (m_build_slots[i].busy) continue;
      const AheadBuild* there = m_ahead.on(static_cast<int>(i));
      if (there == nullptr) return static_cast<int>(i);
      if (std::ranges::find(wanted, there->commit) == wanted.end()) found = static_cast<int>(i);
    }
    return found;
  }

  void start_ahead(const CommitId& commit, int slot) {
    AheadBuild& ahead = m_ahead.begin(commit, slot, m_parts.journal.now());
    m_build_slots[static_cast<std::size_t>(slot)].busy = true;
    m_build_slots[static_cast<std::size_t>(slot)].last = commit;
    m_workers.submit([this, &ahead, commit, slot] {
      return Completion{nullptr, AheadDone{&ahead, guarded<std::optional<build::BuildProduct>>([&] {
                                             return m_parts.builder.build_ahead(commit, slot, m_stop);
                                           })}};
    });
  }

  // The slot goes on to another revision. What was built there ahead may be kept by the builder.
  Result<void> clear_of_ahead(int slot) {
    AheadBuild* there = m_ahead.on(slot);
    if (there == nullptr) return {};
    there->is_aside = there->product.has_value();
    return there->is_aside ? Result<void>() : drop_in_vain(*there);
  }

  Result<void> drop_in_vain(const AheadBuild& ahead) {
    const model::BuildFinished in_vain = built_in_vain(ahead);
    m_ahead.drop(ahead);
    return m_parts.journal.record(in_vain);
  }

  // `active` got its build: if it was made ahead and kept aside, it is that one.
  Result<void> take_from_aside(Active& active) {
    if (!active.product.record.variant.empty()) return {};
    AheadBuild* ahead = m_ahead.of(active.product.record.commit);
    if (ahead == nullptr || !ahead->is_aside) return {};
    if (!active.product.held || active.recorded_build) return drop_in_vain(*ahead);
    active.product = std::move(*ahead->product);
    m_ahead.drop(*ahead);
    return {};
  }

  model::BuildFinished built_in_vain(const AheadBuild& ahead) const {
    model::BuildRecord record{.commit = ahead.commit, .status = model::BuildStatus::infra};
    if (ahead.product) record = ahead.product->record;
    if (!ahead.product) record.seconds = m_parts.journal.now() - ahead.began;
    record.ahead = true;
    return {record};
  }

  Result<void> handle_ahead(AheadDone done) {
    AheadBuild& ahead = *done.build;
    const int slot = ahead.slot;
    const auto taker = std::ranges::find(m_actives, slot, &Active::build_slot);
    const bool is_taken = taker != m_actives.end();
    if (done.product && *done.product) {
      ahead.product = std::move(**done.product);
      m_build_slots[static_cast<std::size_t>(slot)].busy = is_taken;
      if (!is_taken) return {};
      BuildDone build{std::move(*ahead.product)};
      m_ahead.drop(ahead);
      return handle_build(*taker, std::move(build));
    }
    // Only a build that was asked for says what it means that one fails.
    const model::BuildFinished in_vain = built_in_vain(ahead);
    m_ahead.failed(ahead.commit);
    m_ahead.drop(ahead);
    if (!done.product) m_ahead.give_up();
    m_build_slots[static_cast<std::size_t>(slot)].busy = false;
    if (is_taken) {
      taker->step = Step::waiting;
      taker->build_slot = -1;
    }
    return m_parts.journal.record(in_vain);
  }

  // How much of the machine a build leaves, and whether one that was made ahead could have come out the same.
  Result<void> learn_from(const build::BuildProduct& product, int slot) {
    if (product.held || product.record.status != model::BuildStatus::ok) return {};
    if (m_ahead.has_failed(product.record.commit) && m_ahead.most() > 0) {
      m_ahead.give_up();
      return note(
          "nothing is built ahead: the build writes where others could notice, or needs rights for it");
    }
    if (!m_ahead.wants_load() || product.record.seconds <= 0) return {};
    if (!m_parts.builder.has_room_beside(slot)) {
      m_ahead.give_up();
      return {};
    }
    m_ahead.learn({.cores = product.cpu_seconds / product.record.seconds,
                   .idle = m_idle_beside.value_or(m_idle.idle_cores()),
                   .seconds = product.record.seconds});
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
      in_checkout = m_build_slots[static_cast<std::size_t>(slot)].runs[commit]++;
    else
      m_run_slots[static_cast<std::size_t>(slot)] = true;
    const double pause = active.started == 1 ? active.experiment.pause_s : 0;
    const double began = m_parts.journal.now() + pause;
    m_workers.submit([this, &active, commit, variant = active.product.record.variant,
                      artifact = active.product.artifact, number, slot, began, in_checkout, pause,
                      tests_are_all = !m_parts.journal.has_noted(k_tests_are_not_all)] {
      m_parts.journal.clock().rest(pause, [this] { return m_stop.cancelled(); });
      run::Runner& runner = runner_of(variant);
      auto raw = guarded<model::RawRun>([&] { return runner.run(commit, artifact, number, slot, m_stop); });
      Result<RunReading> reading = RunReading{};
      if (raw)
        reading = guarded<RunReading>([&] {
          return read(*raw, {commit, variant, {}}, tests_are_all, [&](int signal) {
            return runner.explain(commit, artifact, *raw, signal, number, slot, m_stop);
          });
        });
      return Completion{&active, RunDone{slot, began, in_checkout, std::move(raw), std::move(reading)}};
    });
    return {};
  }

  // What the run amounts to. Where its crash has no stack, one is looked for, which the console then has.
  Result<RunReading> read(model::RawRun& raw, StackKey key, bool tests_are_all,
                          const std::function<Result<run::Explanation>(int signal)>& look) {
    const auto read_console = [&] { return read_run_console(m_parts.subject, raw); };
    const model::ConsoleReading console = read_console();
    const auto judge = [&](const model::ConsoleReading& said) {
      return classify(m_parts.subject, raw, said, m_parts.sought, tests_are_all);
    };
    RunReading reading = CULPRIT_TRY(judge(console));
    const auto missing = missing_stack(m_parts.subject, raw, console, reading);
    if (!missing) return reading;
    key.ended = missing->ended;
    const std::string lines = CULPRIT_TRY(m_stacks.ask(key, [&] { return look(missing->signal); }, m_stop));
    if (lines.empty()) return reading;
    if (!raw.console.empty() && !raw.console.ends_with('\n')) raw.console += '\n';
    raw.console += lines;
    return judge(read_console());
  }

  Result<void> handle(Completion completion) {
    if (auto* ahead = std::get_if<AheadDone>(&completion.what)) return handle_ahead(std::move(*ahead));
    Active& active = *completion.active;
    if (auto* build = std::get_if<BuildDone>(&completion.what))
      return handle_build(active, std::move(*build));
    return handle_run(active, std::move(std::get<RunDone>(completion.what)));
  }

  // Who asks which commit broke the build names a start that does not build. A build command that is not there is none.
  bool is_broken_start(const model::BuildRecord& record) const {
    return m_parts.build_may_be_the_bug && record.commit == m_parts.problem.start && record.variant.empty() &&
           record.status == model::BuildStatus::broken && !record.text.contains("not found") &&
           !model::was_not_built(record.text) && m_parts.journal.runs_of(record.commit) == 0;
  }

  // The build as a run: its output as the console, what it failed of as the crash. It comes out the same each time, so
  // that one build is all the runs that a test which never varies is worth.
  Result<void> judge_build(Active& active) {
    model::BuildRecord& record = active.product.record;
    const model::RawRun raw{.end = model::RawRun::End::exited,
                            .exit_code = record.status == model::BuildStatus::broken ? 1 : 0,
                            .console = std::exchange(record.text, {})};
    record.status = model::BuildStatus::ok;
    if (!active.recorded_build) CULPRIT_TRY(m_parts.journal.record(model::BuildFinished{record}));
    int& runs = active.experiment.runs;
    if (runs == 0) {
      finish(active);
      return {};
    }
    const CommitId commit = active.experiment.commit;  // gone with `active` behind the last run
    runs = std::max(runs, search::k_equal_runs - m_parts.journal.runs_of(commit));
    const auto reading =
        classify(m_parts.subject, raw, read_run_console(m_parts.subject, raw), m_parts.sought);
    for (int left = runs; left > 0; --left) {
      CULPRIT_TRY(m_parts.journal.record(model::RunStarted{commit, m_parts.journal.runs_of(commit)}));
      ++active.started;
      ++active.running;
      RunDone done{.began = m_parts.journal.now(), .raw = raw, .reading = reading};
      CULPRIT_TRY(handle_run(active, std::move(done)));
    }
    return {};
  }

  Result<void> handle_build(Active& active, BuildDone done) {
    if (!done.product) return std::unexpected(std::move(done.product).error());
    active.product = std::move(*done.product);
    CULPRIT_TRY(take_from_aside(active));
    CULPRIT_TRY(learn_from(active.product, active.build_slot));
    if (is_broken_start(active.product.record)) CULPRIT_TRY(note(model::k_build_is_sought));
    if (m_parts.journal.has_noted(model::k_build_is_sought) &&
        active.product.record.status != model::BuildStatus::infra &&
        !model::was_not_built(active.product.record.text))
      return judge_build(active);
    const model::BuildRecord& record = active.product.record;
    if (!active.product.held && active.build_slot >= 0)
      m_build_slots[static_cast<std::size_t>(active.build_slot)].runs[active.experiment.commit] = 0;
    // A build that is done again is on record again (kernels come from a cache, which does not tell). One that was fine
    // and now fails is the machine's doing, and told as such; unless it is the first one from clean, which may fail
    // where one on top of another revision's does not.
    const bool news = active.experiment.from_clean && !active.product.held;
    const bool again = m_parts.builder.keeps_slot() && !active.product.held;
    if (!active.recorded_build || news || again || record.status != model::BuildStatus::ok) {
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

  // The command asked for the end: at which revision, and what it said last.
  static std::unexpected<base::Error> ended_by_command(const CommitId& commit, const model::RawRun& raw,
                                                       base::Error error) {
    if (error.kind == ErrorKind::usage) {
      const std::string last = base::printable(base::trim(base::last_lines(raw.console, 1)).substr(0, 200));
      error.what += fmt::format(", at {}{}", commit.short_hex(),
                                last.empty() ? "" : "; the last that it printed: " + last);
    }
    return std::unexpected(std::move(error));
  }

  Result<void> handle_run(Active& active, RunDone done) {
    if (!done.raw) return std::unexpected(std::move(done.raw).error());
    if (!done.reading) return ended_by_command(active.experiment.commit, *done.raw, done.reading.error());
    if (!m_parts.builder.keeps_slot()) m_run_slots[static_cast<std::size_t>(done.slot)] = false;
    --active.running;
    ++active.finished;
    active.foreseen.reset();  // one way is likelier now

    model::RunFinished event;
    event.run.id = m_parts.journal.next_run_id();
    event.run.commit = active.experiment.commit;
    event.run.variant = active.product.record.variant;
    event.run.signature = active.product.record.signature;
    event.run.outcome = std::move(done.reading->outcome);
    if (m_parts.measured && kind_of(event.run.outcome) == model::OutcomeKind::ok)
      event.run.number = last_number(done.raw->console);
    if (tests_are_not_all(event.run, *done.reading)) CULPRIT_TRY(note(k_tests_are_not_all));
    event.run.reports = std::move(done.reading->reports);
    event.run.boot_reports = std::move(done.reading->boot_reports);
    event.run.completed = done.reading->completed;
    event.run.end = std::move(done.reading->end);
    event.run.printed = std::move(done.reading->printed);
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
    if (lost && !text.empty())
      CULPRIT_TRY(note("a run was lost to the machine: " + text.substr(0, text.find('\n'))));
    if (of_ends) CULPRIT_TRY(note(*of_ends));
    if (active.finished == active.experiment.runs) finish(active);
    return {};
  }

  // A command that fails at the start though no test ran does more than to run tests.
  bool tests_are_not_all(const model::RunRecord& run, const RunReading& reading) const {
    return reading.ran_no_test && run.commit == m_parts.problem.start &&
           kind_of(run.outcome) == model::OutcomeKind::crashed &&
           !text_of(run.outcome).starts_with(model::k_no_test_ran);
  }

  // For those who watch: what the run looks like in the light of those before it, and what there is to say of
  // how they end.
  std::optional<std::string> identify(model::RunRecord& run) const {
    if (m_parts.judged) return std::nullopt;  // it is not one bug that all runs are judged by
    std::vector<model::RunRecord> runs = m_parts.journal.evidence().runs;
    runs.push_back(run);
    model::accept_usual_end(runs, m_parts.problem.start);
    run.completed = runs.back().completed;
    auto of_ends = model::told_of_ends(runs, m_parts.problem.start);
    identity::assess(runs, m_parts.problem.start, context_of(m_parts.problem), &m_parts.journal.memory());
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
      auto* ahead = std::get_if<AheadDone>(&completion->what);
      if (!ahead) continue;
      if (!ahead->product)
        m_ahead.drop(*ahead->build);  // nothing was begun
      else if (*ahead->product)
        ahead->build->product = std::move(**ahead->product);
    }
    for (const AheadBuild& ahead : m_ahead.all()) (void)m_parts.journal.record(built_in_vain(ahead));
    m_ahead.all().clear();
  }

  struct BuildSlot {
    bool busy = false;
    CommitId last;
    std::map<CommitId, int> runs;  // since what it held or holds was built
  };

  const Parts& m_parts;
  const base::CancelToken& m_cancel;
  base::CancelToken m_stop{m_cancel};
  std::list<Active> m_actives;  // a list: tasks hold pointers
  AheadBuilds m_ahead;
  IdleMeter m_idle;                          // since a build was begun with none ahead under way
  std::optional<double> m_idle_beside = {};  // cores, while a build went on alone
  std::vector<BuildSlot> m_build_slots;
  std::vector<bool> m_run_slots;
  std::map<std::pair<CommitId, std::string>, int> m_broken;   // builds that failed, in a row
  std::map<std::pair<CommitId, std::string>, int> m_in_vain;  // failures of the machine in a row
  std::optional<std::size_t> m_asked_at;                      // facts when experiments were asked for last
  Stacks m_stacks;
  Workers<Completion> m_workers;
};

}  // namespace

model::Evidence assessed(const Journal& journal, const model::Problem& problem, const RelatedTo& related_to) {
  model::Evidence evidence = journal.evidence();
  model::accept_usual_end(evidence.runs, problem.start);
  identity::assess(evidence.runs, problem.start, context_of(problem), &journal.memory());
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
