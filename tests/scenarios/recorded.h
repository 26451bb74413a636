// A world made of what real kernels did: the builds and runs that bench_kernel_record wrote down. Each seed
// draws other runs of the same binaries, with replacement.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "build/builder.h"
#include "history/history.h"
#include "model/search.h"
#include "run/runner.h"

namespace culprit::scenario {

struct Recording {
  struct Commit {
    model::CommitId id;
    std::vector<model::CommitId> parents;
    std::string tag;
    std::string title;
    model::BuildRecord build;
  };
  std::vector<Commit> commits;                             // parents first
  std::map<std::string, std::vector<model::RawRun>> runs;  // by signature

  // The commit with this title; null if there is none.
  const Commit* titled(std::string_view title) const;
};

base::Result<Recording> read_recording(const std::string& path);

class RecordedWorld final : public history::History,
                            public build::Builder,
                            public run::Runner,
                            public base::Clock {
 public:
  RecordedWorld(const Recording& recording, std::uint64_t seed) : m_recording(recording), m_seed(seed) {}

  // The cause of what the newest commit shows, found by walking back over the releases.
  model::Problem problem() const;
  model::CommitGraph graph() const;
  int revisions_built() const { return static_cast<int>(m_built.size()); }
  int runs_done() const { return m_runs_done; }

  base::Result<model::CommitId> resolve(std::string_view revision) const override;
  base::Result<model::CommitGraph> load(std::span<const model::CommitId>) const override { return graph(); }
  base::Result<std::vector<model::ReleaseTag>> tags() const override { return problem().releases; }
  base::Result<model::CommitInfo> describe(const model::CommitId& commit) const override;
  base::Result<std::string> diffstat(const model::CommitId&) const override { return std::string(); }
  base::Result<std::vector<history::Recipient>> recipients(const model::CommitId&) const override {
    return std::vector<history::Recipient>{};
  }
  base::Result<build::BuildProduct> build(const model::CommitId& commit, const std::string& variant, int slot,
                                          const base::CancelToken& cancel) override;
  base::Result<model::RawRun> run(const model::CommitId& commit, const std::filesystem::path& artifact,
                                  int number, int slot, const base::CancelToken& cancel) override;
  double wall() const override { return now(); }
  double monotonic() const override { return now(); }

 private:
  const Recording::Commit& at(const model::CommitId& commit) const;

  double now() const {
    const std::scoped_lock lock(m_mutex);
    return m_now;
  }

  const Recording& m_recording;
  std::uint64_t m_seed;
  mutable std::mutex m_mutex;  // workers build and run, the engine reads the clock
  std::set<model::CommitId> m_built;
  int m_runs_done = 0;
  double m_now = 1.7e9;
};

}  // namespace culprit::scenario
