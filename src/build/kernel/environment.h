// What a kernel's make sees of the environment: culprit's own values, and little of the user's.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culprit::build {

using Environment = std::vector<std::pair<std::string, std::string>>;

// The file of the temporary folder in which ccache notes what it did.
inline constexpr std::string_view k_ccache_log = "ccache-statistics";

// What every call of make gets, whatever the user exports: fixed words for all that would end up in the image,
// `temporary` as the folder for temporary files.
Environment fixed_environment(const std::filesystem::path& source, const std::filesystem::path& temporary);

// "env -u NAME ...": the start of a command that hides from it each variable of this process's environment that
// make and compilers must not see. Those of `fixed` stay, with the values that the command gets.
std::vector<std::string> hide_environment(const Environment& fixed);

// Variables of this process's environment by which a user means to change a kernel's build (ARCH, KCFLAGS,
// KBUILD_BUILD_TIMESTAMP, ...), sorted: none reaches make.
std::vector<std::string> ignored_build_variables();

}  // namespace culprit::build
