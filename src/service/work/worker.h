// One attempt at a job: a `culprit bisect` (or `culprit resume`) of its own, below culprit-guard and, where there is
// one, in a sandbox.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"
#include "service/queue/job.h"
#include "service/queue/policy.h"
#include "service/work/bisection.h"
#include "service/work/executor.h"

namespace culprit::service {

// bubblewrap: no network, nothing writable but the job's folder, the service's own files out of sight.
struct Sandbox {
  enum class Mode { automatic, off, required };
  Mode mode = Mode::automatic;
  bool network = false;
  std::vector<std::string> writable;  // more folders that jobs may write to
};

// Is there a bubblewrap, and may this user use it? Tries it. Empty: it works; else what it says.
std::string sandbox_obstacle(const base::CancelToken& cancel);

struct Workplace {
  std::filesystem::path program;  // culprit
  std::filesystem::path root;     // the service's folder
  Sandbox sandbox;
  bool sandboxed = false;  // it was tried, and works
  std::shared_ptr<Executor> executor;
};

JobFolder folder_of(const std::filesystem::path& root, std::int64_t job);

// The command line of an attempt. `resumes`: the bisection has begun; `fresh`: its answer is not the one wanted;
// `learns`: the job's folder has what finished jobs showed.
std::vector<std::string> command_of(const Workplace& place, const Job& job, bool resumes, bool fresh,
                                    bool learns = false);

// Blocks until the attempt is over, which is data: what cannot even be started ends with exit code 3. `experience`: the
// text of a file of what finished jobs showed; a bisection that goes on keeps the one that it began with. Empty: none.
AttemptEnd attempt(const Workplace& place, const Job& job, const std::string& experience,
                   const base::CancelToken& cancel);

// What `culprit COMMAND` prints about a job's bisection: "log", "show", ... Usage errors are culprit's own words.
base::Result<std::string> told_by(const Workplace& place, const Job& job,
                                  const std::vector<std::string>& command, const base::CancelToken& cancel);

}  // namespace culprit::service
