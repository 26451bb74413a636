// Runs the reproducer once against a built revision and reports what it saw; reading the console is not its
// job.
#pragma once

#include "base/process/cancel.h"
#include "base/result.h"
#include "model/graph/commit.h"
#include "model/run/outcome.h"
#include "run/stack/explanation.h"

#include <filesystem>

namespace culprit::run {

class Runner {
 public:
  virtual ~Runner() = default;
  // One run of the artifact of `commit` on run slot `slot` (0-based; calls with different slots may be
  // concurrent). `number` is the run's number within its revision, for the environment and for seeds. Errors
  // are interruptions and machinery that no other run would survive (the command cannot be started).
  virtual base::Result<model::RawRun> run(const model::CommitId& commit,
                                          const std::filesystem::path& artifact, int number, int slot,
                                          const base::CancelToken& cancel) = 0;
  // Where did `run`, the last one of that slot and of that artifact, crash, whose console does not say? May run the
  // reproducer again; that is no evidence. `signal` is what ended it, 0 where that is not known. Errors:
  // interruptions.
  virtual base::Result<Explanation> explain(const model::CommitId& /*commit*/,
                                            const std::filesystem::path& /*artifact*/,
                                            const model::RawRun& /*run*/, int /*signal*/, int /*number*/,
                                            int /*slot*/, const base::CancelToken& /*cancel*/) {
    return Explanation{};
  }
};

}  // namespace culprit::run
