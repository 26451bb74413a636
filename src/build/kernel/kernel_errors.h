// What a failed kernel build says, cut down to what a person wants to read, and whose fault it was.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace culprit::build {

enum class BuildFault {
  subject,    // the revision does not compile, link or configure
  disk_full,  // nothing will build before somebody makes room
  machine,    // a tool was killed, memory or files ran out, ...: another try may succeed
};

BuildFault blame(std::string_view output);

// A tool or header that every kernel build needs and this machine does not have.
struct MissingTool {
  std::string_view name;     // "flex"
  std::string_view package;  // Debian's
};
// Nullopt where nothing of that kind is missed. A tool that only some revision calls is that revision's
// affair.
std::optional<MissingTool> missing_tool(std::string_view output);

// Whether make says that it does not know `goal`, a target that configures.
bool has_no_target(std::string_view output, std::string_view goal);

// The first `errors` error messages of compiler, linker and make, and, where other lines follow, the last
// `tail` lines.
std::string summarize_failure(std::string_view output, std::size_t errors = 5, std::size_t tail = 12);

}  // namespace culprit::build
