#pragma once

namespace culprit::cli {

inline constexpr const char* k_version = "0.1.0";

// For --help and the manual page.
inline constexpr const char* k_exit_codes =
    "Exit codes: 0 culprit found (other commands: success), 1 inconclusive, 2 usage or configuration,\n"
    "3 infrastructure, 4 an endpoint fails its check, 5 the oldest tested revision has the bug,\n"
    "70 a bug of culprit, 130 interrupted.";

}  // namespace culprit::cli
