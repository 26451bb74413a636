// A fake world made from a scenario file: history, builder, runner and clock. It emits consoles of real
// kernels, so that the true console reader, identity, search, engine and store run on top of it. FORMAT.md
// has the grammar.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/rng.h"
#include "build/builder.h"
#include "engine/classify.h"
#include "history/history.h"
#include "model/search.h"
#include "run/runner.h"

namespace culprit::scenario {

// The id of the commit that scenarios call by a number from 0 to 9999.
model::CommitId id_of(int number);
int number_of(const model::CommitId& id);

struct Range {
  int from = 0;
  int to = 0;
  bool holds(int number) const { return from <= number && number <= to; }
};

// A console file with words replaced, so that one real report can blame another function.
struct ConsoleTemplate {
  std::string file;
  std::vector<std::pair<std::string, std::string>> replace;
};

struct Foreign {
  double rate = 0;
  Range where;
  ConsoleTemplate console;
  bool at_boot = false;
};

// A configuration variant, and what it changes about the world.
struct WorldVariant {
  model::Variant variant;
  std::vector<std::string> past;  // consoles of the foreign crashes that are gone in it
  bool hides_bug = false;
  bool builds = true;
  bool boots = true;
  bool changes_nothing = false;
};

// Under each of which every scenario is played.
inline constexpr std::array<const char*, 2> k_strategies = {"bayes", "classic"};

// What must be true of the answer. Unset: whatever it is.
struct Expectation {
  std::optional<model::ResultKind> kind;
  std::optional<int> culprit;
  std::optional<int> tested;
  std::vector<int> candidates;
  std::vector<int> among;  // that must be candidates, whatever else is
  std::optional<bool> no_op, release;
  std::optional<int> most_builds, most_runs;
  double least_probability = 0;
  double most_probability = 1;
  std::vector<int> never_tested;
  std::vector<std::string> explanation;  // words that must be in it
  std::optional<model::Verification::Kind> verification;
};

struct Scenario {
  std::string name;
  std::map<int, std::vector<int>> parents;  // in git's order
  std::map<int, std::string> tags;
  model::Goal goal = model::Goal::cause;
  int start = -1;
  int head = -1;
  std::vector<int> good;
  model::Subject subject = model::Subject::kernel;
  int runs = 10;
  int slots = 1;
  bool bug_everywhere = false;
  std::vector<int> introduced;
  std::vector<int> fixed;
  double crash_rate = 1;
  ConsoleTemplate target;
  std::vector<ConsoleTemplate> faces;                    // further ways in which it shows, each as often
  std::vector<std::pair<Range, ConsoleTemplate>> drift;  // other wordings of the target in a range
  std::vector<Range> build_broken, boot_broken;
  std::vector<std::pair<Range, double>> infra;
  std::vector<Foreign> foreign;
  std::vector<std::vector<int>> same_binary;
  std::vector<WorldVariant> variants;
  bool verify = false;
  std::string revert = "works";  // what taking a commit back leads to
  std::uint64_t seed = 1;
  std::map<std::string, Expectation> expect;  // under each of k_strategies
};

// Reads a scenario; `include` lines are relative to its folder. Nonsense is refused: words that mean nothing,
// commits that are not in the history, a start that cannot show the bug unless that is what is expected.
base::Result<Scenario> read_scenario(const std::string& path);

class World final : public history::History, public build::Builder, public run::Runner, public base::Clock {
 public:
  explicit World(const Scenario& scenario);

  model::Problem problem() const;
  model::CommitGraph graph() const;
  bool has_bug(int number) const;
  const std::vector<int>& built() const { return m_built; }
  int runs_done() const { return m_runs_done; }
  // How often each (commit, number of the run) was run.
  const std::map<std::pair<int, int>, int>& times_run() const { return m_times_run; }

  // History
  base::Result<model::CommitId> resolve(std::string_view revision) const override;
  base::Result<model::CommitGraph> load(std::span<const model::CommitId> tips) const override;
  base::Result<std::vector<model::ReleaseTag>> tags() const override;
  base::Result<model::CommitInfo> describe(const model::CommitId& commit) const override;
  base::Result<std::string> diffstat(const model::CommitId& commit) const override;
  base::Result<std::vector<history::Recipient>> recipients(const model::CommitId& commit) const override;
  // Builder
  base::Result<build::BuildProduct> build(const model::CommitId& commit, const std::string& variant, int slot,
                                          const base::CancelToken& cancel) override;
  // Runner
  base::Result<model::RawRun> run(const model::CommitId& commit, const std::filesystem::path& artifact,
                                  int number, int slot, const base::CancelToken& cancel) override;
  // Clock
  double wall() const override { return now(); }
  double monotonic() const override { return now(); }

 private:
  std::set<int> ancestors_of(int number) const;
  const WorldVariant* variant_of(std::string_view name) const;
  bool shows_bug(int number, const WorldVariant* variant, std::string_view name) const;
  const ConsoleTemplate& target_console(int number, base::Rng& rng) const;

  double now() const {
    const std::scoped_lock lock(m_mutex);
    return m_now;
  }

  const Scenario& m_scenario;
  std::map<int, std::set<int>> m_ancestors;
  std::map<int, std::string> m_signatures;
  mutable std::mutex m_mutex;  // workers build and run, the engine reads the clock
  std::vector<int> m_built;
  int m_runs_done = 0;
  std::map<std::pair<int, int>, int> m_times_run;
  double m_now = 1.7e9;
};

}  // namespace culprit::scenario
