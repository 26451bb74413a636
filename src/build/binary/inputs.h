// Which files a build read, by the dependency files that it leaves.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>

namespace culprit::build {

// The files of `source`, as paths from it, that some dependency file below `objects` names: kbuild's .FILE.o.cmd and
// compilers' FILE.d. Empty where there is none.
std::set<std::string> inputs_of(const std::filesystem::path& objects, const std::filesystem::path& source);

// The words of a dependency file that may be files of `source`; relative ones are taken from `objects`. Separate for tests.
std::set<std::string> inputs_in(std::string_view dependencies, const std::filesystem::path& objects,
                                const std::filesystem::path& source);

}  // namespace culprit::build
