// A made-up world for the engine: a history, a builder, a runner and a search that do as a test says.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "model/event.h"
#include "model/run/report.h"
#include "store/store.h"

namespace culprit::engine::testing {

// Commits are numbers from 1 to 9999; their ids spell them.
model::CommitId id_of(int number);
int number_of(const model::CommitId& id);

// Each call is one second later than the one before.
class CountingClock final : public base::Clock {
 public:
  double wall() const override { return m_now++; }
  double monotonic() const override { return m_now; }

 private:
  mutable double m_now = 1.7e9;
};

// "commit 7" is the title of 7. Nothing else is asked.
class FakeHistory final : public history::History {
 public:
  base::Result<model::CommitId> resolve(std::string_view revision) const override;
  base::Result<model::CommitGraph> load(std::span<const model::CommitId> tips) const override;
  base::Result<std::vector<model::ReleaseTag>> tags() const override;
  base::Result<model::CommitInfo> describe(const model::CommitId& commit) const override;
  base::Result<std::string> diffstat(const model::CommitId& commit) const override;
  base::Result<std::vector<history::Recipient>> recipients(const model::CommitId& commit) const override;
};

// A call of a builder or runner, as it was made.
struct Call {
  int commit = 0;
  int number = 0;  // of the run
  int slot = 0;
  std::string what;  // builder: the variant; runner: the artifact
};

// Who is at work at one time. Calls come from several threads.
class Traffic {
 public:
  void enter(const Call& call);
  void leave(const Call& call);
  std::vector<Call> calls() const;
  std::size_t most_at_once() const;
  // Two calls were under way on one slot.
  bool shared_a_slot() const;
  bool busy() const;

 private:
  mutable std::mutex m_mutex;
  std::vector<Call> m_calls;
  std::multiset<int> m_slots;  // of those under way
  std::size_t m_most = 0;
  bool m_shared = false;
};

// Builds everything, unless told otherwise; the artifact of 7 is "artifact of 7".
class FakeBuilder final : public build::Builder {
 public:
  bool keeps = false;  // its slot
  // What becomes of a build, in the place of a product without fault.
  std::map<int, std::function<base::Result<build::BuildProduct>(const base::CancelToken&)>> scripted;
  Traffic traffic;

  base::Result<build::BuildProduct> build(const model::CommitId& commit, const std::string& variant, int slot,
                                          const base::CancelToken& cancel) override;
  bool keeps_slot() const override { return keeps; }

  static build::BuildProduct product(int commit, const std::string& variant = {});
  static build::BuildProduct broken(int commit, std::string text);
};

// Every run is quiet, unless told otherwise.
class FakeRunner final : public run::Runner {
 public:
  std::function<base::Result<model::RawRun>(const Call&, const base::CancelToken&)> scripted;
  Traffic traffic;

  base::Result<model::RawRun> run(const model::CommitId& commit, const std::filesystem::path& artifact,
                                  int number, int slot, const base::CancelToken& cancel) override;

  static model::RawRun quiet();
  static model::RawRun crash();  // by SIGSEGV, with a console that says so
};

// Blocks until so many are there at once; whoever waits longer than any machine would take is let go.
class Gathering {
 public:
  explicit Gathering(int wanted) : m_wanted(wanted) {}
  // Whether they came.
  bool arrive();

 private:
  std::mutex m_mutex;
  std::condition_variable m_changed;
  int m_wanted;
  int m_there = 0;
};

// Asks for batch after batch, each when the one before is done, and concludes after the last. What is done is
// seen in the evidence alone: a batch's experiment has its runs, or its build did not work. `runs` counts
// from the first run of the commit on.
class ScriptedSearch final : public search::Search {
 public:
  explicit ScriptedSearch(std::vector<std::vector<model::Experiment>> batches)
      : m_batches(std::move(batches)) {}
  model::Decision next(const model::Evidence& evidence) const override;
  std::vector<model::RevisionVerdict> verdicts(const model::Evidence& evidence) const override;

  // All evidence that it was shown, call by call.
  const std::vector<model::Evidence>& shown() const { return m_shown; }
  // Sentences that every decision repeats.
  std::vector<std::string> notes;

 private:
  std::vector<std::vector<model::Experiment>> m_batches;
  mutable std::vector<model::Evidence> m_shown;
};

// `commit`, run `runs` times; release tag "v<commit>".
model::Experiment experiment(int commit, int runs, std::string variant = {});

// One bisection in a store of its own, which outlives every attempt at it.
class Bench {
 public:
  FakeHistory history;
  FakeBuilder builder;
  FakeRunner runner;
  model::Problem problem;
  std::function<std::vector<std::string>()> take_notes;
  model::EventSink* sink = nullptr;  // that watches the next attempt
  base::CancelToken cancel;

  Bench();
  // Begins, or goes on from what the store holds.
  base::Result<model::Conclusion> bisect(const search::Search& search);
  base::Result<model::Conclusion> bisect(const search::Search& search, const base::CancelToken& token);
  void record(model::EventBody body);

  std::vector<model::Event> events() const;
  template <class Kind>
  std::vector<Kind> events_of() const {
    std::vector<Kind> out;
    for (model::Event& event : events())
      if (auto* body = std::get_if<Kind>(&event.body)) out.push_back(std::move(*body));
    return out;
  }
  // "Decided 1x2", "BuildStarted 1", "RunFinished 1 ok": a line for each event.
  std::vector<std::string> story() const;
  std::string console_of(std::uint64_t run) const { return *m_store.console(m_id, run); }

 private:
  CountingClock m_clock;
  store::Store m_store;
  std::int64_t m_id = 0;
};

}  // namespace culprit::engine::testing
