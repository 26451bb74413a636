// Where attempts run: on this machine, or on nodes of a cluster.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/process/cancel.h"
#include "base/process/subprocess.h"
#include "base/result.h"

namespace culprit::service {

class Executor {
 public:
  struct Task {
    std::int64_t job = 0;
    int attempt = 0;  // counts up for each job, over restarts of the service: the generation of its lease
    std::vector<std::string> argv;
    std::filesystem::path cwd;
    std::filesystem::path folder;  // the job's own
  };

  virtual ~Executor() = default;
  // Blocks until the task is over. An error of kind infra: it was lost, and nobody can tell how it would have ended.
  virtual base::Result<base::ProcessEnd> run(const Task& task, const base::CancelToken& cancel) = 0;
  // Ends what an earlier attempt at the job left running, where the service was killed. Blocks for a while; what cannot
  // be ended has lost its lease.
  virtual void end_former(const Task& task, const base::CancelToken& cancel) = 0;
  // In a sentence, for the machines page.
  virtual std::string says() const = 0;
};

std::unique_ptr<Executor> make_local_executor();

}  // namespace culprit::service
