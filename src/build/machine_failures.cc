#include "build/machine_failures.h"

#include <algorithm>
#include <array>
#include <span>

namespace culprit::build {
namespace {

constexpr auto k_disk_full = std::to_array<std::string_view>(
    {"No space left on device", "Disk quota exceeded", "final close failed: File truncated"});
constexpr auto k_out_of_memory = std::to_array<std::string_view>({
    "Killed signal terminated program",  // gcc's driver, of cc1
    "virtual memory exhausted",
    "Cannot allocate memory",
    "LLVM ERROR: out of memory",
    "collect2: fatal error: ld terminated with signal 9",
});

bool says_one_of(std::string_view output, std::span<const std::string_view> phrases) {
  return std::ranges::any_of(phrases, [&](std::string_view phrase) { return output.contains(phrase); });
}

}  // namespace

bool disk_was_full(std::string_view output) { return says_one_of(output, k_disk_full); }
bool memory_ran_out(std::string_view output) { return says_one_of(output, k_out_of_memory); }

}  // namespace culprit::build
