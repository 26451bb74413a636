// Attempts as jobs of Slurm: sbatch, scontrol, squeue, scancel (22.05 and later), and a folder that all nodes share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "service/work/executor.h"

namespace culprit::service {

struct SlurmOptions {
  bool wanted = false;
  std::string partition;             // empty: the cluster's default
  int cores = 1;                     // of an attempt
  std::vector<std::string> options;  // more for sbatch: "--time=12:00:00"
  double lease_s = 300;              // so long nobody may know of an attempt before it counts as lost
};

// `tag` tells this service's jobs from another's.
std::unique_ptr<Executor> make_slurm_executor(const SlurmOptions& options, const std::string& tag);

// What `scontrol show job --oneliner` says of the job's state: "RUNNING", "NODE_FAIL"; empty: nothing.
std::string state_in(std::string_view scontrol_output);
// It will not run any further in this state, whatever became of it.
bool is_over(std::string_view state);

}  // namespace culprit::service
