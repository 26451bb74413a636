// The kernel's time stamps, as it prints them and as dmesg rewrites them.
#pragma once

#include <cstddef>
#include <string_view>

namespace culprit::console {

// The length of a time stamp "[   12.345678]" with what may stand in front ("<6>") and behind it ("[ T12]",
// one blank) at `at`, or 0. `context` receives the caller id, `seconds`, unless null, the time since the boot
// where it is one. `at` is within `text`.
std::size_t stamp_length(std::string_view text, std::size_t at, std::string_view* context,
                         double* seconds = nullptr);

// The length of what phones print behind a stamp ("[1:ip:  777] ", "-(0)[123:task]", "c1    777 "), or 0;
// `pid` receives the task that it names, empty where it names none.
std::size_t vendor_length(std::string_view body, std::string_view* pid);

}  // namespace culprit::console
