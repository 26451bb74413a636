// What culprit and culprit-guard say to each other; both are always of one build.
//
// The guard is started as `culprit-guard CWD PROGRAM ARGUMENT...` with the child's standard streams as 0, 1
// and 2, the lifeline as 3 and the status pipe as 4.
#pragma once

#include <cstdint>

namespace culprit::base::guard {

inline constexpr int k_lifeline_fd = 3;
inline constexpr int k_status_fd = 4;
// In the guard's environment, not in the child's: where the child may write, one path a line.
inline constexpr const char* k_writable_variable = "CULPRIT_WRITABLE";

// On the lifeline, culprit to guard: one byte that asks to end the child. End of file: culprit is dead.
// `killed` is never asked: the guard itself got a signal that ends programs, while the child ran or together
// with it (a service that is stopped, `pkill culprit`).
enum class Ask : char { none = 0, time_is_up = 't', cancel = 'c', stop = 's', killed = 'k' };

// On the status pipe, guard to culprit: the first record counts. Shorter than PIPE_BUF, thus never torn.
struct Report {
  enum class What : std::int32_t { ended, no_fork, no_directory, no_exec };
  What what = What::ended;
  std::int32_t error = 0;        // errno, for all but `ended`
  std::int32_t wait_status = 0;  // of the child, as waitpid gives it
  Ask obeyed = Ask::none;        // what the child was ended for before it ended by itself
  std::int32_t signal = 0;       // the guard's own, where it obeyed `killed`
  std::int32_t survivor = 0;     // a descendant that could not be killed
  double cpu_seconds = 0;
  std::uint64_t peak_memory = 0;  // bytes
};

}  // namespace culprit::base::guard
