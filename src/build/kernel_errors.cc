// make -j goes on for a while after the first error, and ends with a cascade of "*** [...] Error 2": the
// reason stands somewhere in the middle of pages of warnings. So the lines that look like errors come first,
// then the end as it was.

#include "build/kernel_errors.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/strings.h"

namespace culprit::build {
namespace {

constexpr std::array<std::string_view, 3> k_disk_full = {"No space left on device", "Disk quota exceeded",
                                                         "final close failed: File truncated"};
constexpr std::array<std::string_view, 5> k_machine = {
    "Killed signal terminated program", "virtual memory exhausted", "Cannot allocate memory",
    "LLVM ERROR: out of memory", "collect2: fatal error: ld terminated with signal 9"};
constexpr std::array<std::string_view, 6> k_errors = {
    "error:", "Error:", "undefined reference to", "No rule to make target", "undefined!", "ERROR:"};

template <std::size_t N>
bool has_one_of(std::string_view text, const std::array<std::string_view, N>& needles) {
  return std::ranges::any_of(
      needles, [&](std::string_view needle) { return text.find(needle) != std::string_view::npos; });
}

}  // namespace

BuildFault blame(std::string_view output) {
  if (has_one_of(output, k_disk_full)) return BuildFault::disk_full;
  return has_one_of(output, k_machine) ? BuildFault::machine : BuildFault::subject;
}

std::string summarize_failure(std::string_view output, std::size_t errors, std::size_t tail) {
  const auto lines = base::split_lines(output);
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < lines.size() && wanted.size() < errors; i++)
    if (has_one_of(lines[i], k_errors)) wanted.push_back(i);
  const std::size_t tail_start = lines.size() > tail ? lines.size() - tail : 0;
  std::erase_if(wanted, [&](std::size_t i) { return i >= tail_start; });

  std::string text;
  for (const std::size_t i : wanted) text.append(lines[i]) += '\n';
  if (!wanted.empty() && wanted.back() + 1 < tail_start) text += "...\n";
  for (std::size_t i = tail_start; i < lines.size(); i++) text.append(lines[i]) += '\n';
  return text;
}

}  // namespace culprit::build
