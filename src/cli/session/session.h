// A bisection from its settings to its answer: opens everything, runs the engine, tells what came of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/exit_code.h"
#include "base/result.h"
#include "cli/settings/state.h"
#include "model/event_fwd.h"

namespace culprit::store {
class Store;
}

namespace culprit::cli {

struct DeskRequest;
struct Settings;

struct SessionOptions {
  std::string state_dir;  // empty: the repository's default one
  bool fresh = false;     // begin although an unfinished bisection is there
  bool quiet = false;
  std::string import_file;  // begin with the verdicts of this `git bisect log`; empty: none
};

// Begins a bisection in `repository` and brings it to its answer. The exit code says what came of it.
base::Result<base::ExitCode> begin_session(Settings settings, const std::string& repository,
                                           const SessionOptions& options);

// Goes on with the newest bisection of the state folder; one that has its answer is only shown again.
base::Result<base::ExitCode> resume_session(const std::string& repository, const SessionOptions& options);

// A person at their desk: records what they say of some revisions, if anything, in the newest bisection, and
// tells what to test next, or the answer.
base::Result<base::ExitCode> desk_session(const std::string& repository, const SessionOptions& options,
                                          const DeskRequest& request);

// The state folder that a reading command (status, show, ...) means.
base::Result<StatePaths> find_state(const std::string& repository, const std::string& state_dir);

// The newest bisection of a store; ErrorKind::usage where it has none.
base::Result<std::int64_t> newest_bisection(const store::Store& store);

// Tells, once, what of the store is damaged and left out. ErrorKind::store where that is the beginning of `bisection`,
// whose events are `events`.
base::Result<void> tell_damage(const store::Store& store, std::int64_t bisection,
                               const std::vector<model::Event>& events);

// Prints an error for a person and yields its exit code.
int report_error(const base::Error& error);
// The exit code of either.
int finish(const base::Result<base::ExitCode>& result);

}  // namespace culprit::cli
