// A kernel's modules: built, and packed for a guest.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace culprit::build {

// In the place of names: all of them.
inline constexpr std::string_view k_all_modules = "all";
// The file of an artifact that holds them: a cpio archive of lib/modules.
inline constexpr std::string_view k_modules_archive = "modules.cpio";

// Of the names in `wanted` and of all that they need, the files, as modules.dep (`dependencies`) names them; a name is
// the module's, with '-' or '_'. What is not there is left out: the guest says so.
std::vector<std::string> module_closure(std::string_view dependencies,
                                        const std::vector<std::string>& wanted);

// An archive of what `make modules_install` put below `installed`, for a guest that needs `wanted`. Error of the user's:
// nothing was installed (the configuration has no modules).
base::Result<std::string> pack_modules(const std::filesystem::path& installed,
                                       const std::vector<std::string>& wanted);

}  // namespace culprit::build
