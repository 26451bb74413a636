// Generated consoles of any size, equal in every run: boot noise, with or without reports.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace culprit::bench {

enum class ConsoleKind {
  clean,         // nothing but noise
  one_at_end,    // one report, the last thing in it
  every_16_kib,  // a report each 16 KiB
};

// At least `size` bytes of console.
std::string make_console(ConsoleKind kind, std::size_t size);

}  // namespace culprit::bench
