// The only place that names concrete backends: from settings to builders, runners, searches.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"
#include "build/builder.h"
#include "cli/settings/settings.h"
#include "cli/settings/state.h"
#include "history/git_history.h"
#include "model/search.h"
#include "run/runner.h"

namespace culprit::cli {

// What is run of a build in the place of what the settings say: a program's command, or a kernel's reproducer.
struct OtherTest {
  std::vector<std::string> command;
  std::filesystem::path reproducer;  // its kind is told by its name: .c, .sh, .syz; else by its first bytes
};

// A builder, a runner, and what they stand on.
struct Backends {
  virtual ~Backends() = default;
  virtual build::Builder& builder() = 0;
  virtual run::Runner& runner() = 0;
  // A runner of another test of the same builds; the backends outlive it. ErrorKind::usage where there is none of that kind.
  virtual base::Result<std::unique_ptr<run::Runner>> runner_of(const OtherTest& test) = 0;
  // Leaves what the runner used as it was found. Called once, when nothing runs any more, also where the bisection failed
  // or was interrupted.
  virtual base::Result<void> leave() = 0;
  // Removes the checkouts. Called once, when nothing runs any more.
  virtual base::Result<void> tear_down() = 0;
};

// The configuration variants that the subject has, as a search is told of them. Usage error where one changes
// what `start` does not know.
base::Result<std::vector<model::Variant>> variants_of(const Settings& settings,
                                                      const history::GitHistory& history,
                                                      const model::CommitId& start,
                                                      const base::CancelToken& cancel);

// How the consoles of runs are to be read: a kernel's failed build is a program's output.
model::Subject console_subject(const Settings& settings);

// Forgets which kernels did not build: the next bisection tries them again.
base::Result<void> forget_failed_builds(const StatePaths& paths);
// Drops all finished kernels and what is remembered of them, which all repositories share.
base::Result<void> forget_kernels(const StatePaths& paths);

// Makes the checkouts (or takes up those of a session that was killed) and whatever else `settings` needs.
// `note` is told what is not as asked but no obstacle (no KVM, submodules left out); it may be called from
// any thread.
base::Result<std::unique_ptr<Backends>> wire(const Settings& settings, const StatePaths& paths,
                                             const history::GitHistory& history,
                                             const base::CancelToken& cancel,
                                             const std::function<void(const std::string&)>& note);

}  // namespace culprit::cli
