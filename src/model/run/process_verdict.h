// What a run of a user's command means: the exit codes of `git bisect run`, and signals as crashes.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/run/outcome.h"

namespace culprit::model {

// "SIGSEGV"; "SIGRTMIN+3"; "signal 77" for what is no signal of this system.
std::string signal_name(int signal);

// 0 is Ok, 125 TestFailed, 1-124, 126 and 127 Crashed{"exit code N"}, a deadline TimedOut. Death by a signal,
// and the code 128+N with which a shell reports it, is Crashed{signal_name}. Any other code above 127 asks
// for the bisection to end: an Error of kind usage. The console is not read here.
base::Result<RunOutcome> process_verdict(const RawRun& run);

// How the titles and texts of runs begin in which a runner of tests ran none, and how that of one ends that ran others than
// those which the user named.
inline constexpr std::string_view k_no_test_ran = "no test ran";
inline constexpr std::string_view k_did_not_run = " did not run";

// Whether a TestFailed with this text is a command's word that it cannot or did not test the revision.
bool is_skip(std::string_view text);

// Whether `title` is such a crash's, and so tells nothing but how a process ended.
bool is_process_death(std::string_view title);

}  // namespace culprit::model
