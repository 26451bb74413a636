// make -j goes on for a while after the first error, and ends with a cascade of "*** [...] Error 2": the
// reason stands somewhere in the middle of pages of warnings. So the lines that look like errors come first,
// then the end as it was.

#include "build/kernel/kernel_errors.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "base/strings.h"
#include "build/machine_failures.h"

namespace culprit::build {
namespace {

constexpr std::array<std::string_view, 6> k_error_words = {
    "error:", "Error:", "undefined reference to", "No rule to make target", "undefined!", "ERROR:"};

constexpr std::array<MissingTool, 9> k_tools = {{{"flex", "flex"},
                                                 {"bison", "bison"},
                                                 {"bc", "bc"},
                                                 {"perl", "perl"},
                                                 {"python3", "python3"},
                                                 {"make", "make"},
                                                 {"gcc", "gcc"},
                                                 {"gzip", "gzip"},
                                                 {"cpio", "cpio"}}};
constexpr std::array<MissingTool, 4> k_headers = {{{"gelf.h", "libelf-dev"},
                                                   {"libelf.h", "libelf-dev"},
                                                   {"openssl/", "libssl-dev"},
                                                   {"stdio.h", "libc6-dev"}}};

// "/bin/sh: 1: flex: not found", "make: flex: No such file or directory", "env: 'make': No such file or
// directory"
bool says_not_found(std::string_view line, std::string_view tool) {
  for (const std::string_view end : {": not found", ": Command not found", ": No such file or directory"}) {
    const auto start = base::strip_suffix(line, end);
    if (!start) continue;
    const std::size_t blank = start->rfind(' ');
    std::string_view name = blank == std::string_view::npos ? *start : start->substr(blank + 1);
    for (const std::string_view quote : {"'", "\xe2\x80\x98", "\xe2\x80\x99"}) {
      name = base::strip_prefix(name, quote).value_or(name);
      name = base::strip_suffix(name, quote).value_or(name);
    }
    if (name == tool) return true;
  }
  return false;
}

template <std::size_t N>
bool has_one_of(std::string_view text, const std::array<std::string_view, N>& needles) {
  return std::ranges::any_of(
      needles, [&](std::string_view needle) { return text.find(needle) != std::string_view::npos; });
}

}  // namespace

BuildFault blame(std::string_view output) {
  if (disk_was_full(output)) return BuildFault::disk_full;
  return machine_failure(output) ? BuildFault::machine : BuildFault::subject;
}

std::optional<MissingTool> missing_tool(std::string_view output) {
  for (const std::string_view line : base::split_lines(output)) {
    for (const MissingTool& tool : k_tools)
      if (says_not_found(line, tool.name)) return tool;
    for (const MissingTool& header : k_headers) {
      const std::size_t at = line.find("fatal error: " + std::string(header.name));
      if (at != std::string_view::npos && line.ends_with("No such file or directory")) return header;
    }
  }
  return std::nullopt;
}

bool has_no_target(std::string_view output, std::string_view goal) {
  return output.contains(fmt::format("No rule to make target '{}'", goal)) ||
         output.contains("Can't find default configuration") ||
         output.contains("can't find default configuration");
}

std::string summarize_failure(std::string_view output, std::size_t errors, std::size_t tail) {
  const auto lines = base::split_lines(output);
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < lines.size() && wanted.size() < errors; i++)
    if (has_one_of(lines[i], k_error_words)) wanted.push_back(i);
  const std::size_t tail_start = lines.size() > tail ? lines.size() - tail : 0;
  std::erase_if(wanted, [&](std::size_t i) { return i >= tail_start; });

  std::string text;
  for (const std::size_t i : wanted) text.append(lines[i]) += '\n';
  if (!wanted.empty() && wanted.back() + 1 < tail_start) text += "...\n";
  for (std::size_t i = tail_start; i < lines.size(); i++) text.append(lines[i]) += '\n';
  return text;
}

}  // namespace culprit::build
