// Changes to old sources that they need to be built or booted by today's tools.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"
#include "build/recipe/toolchain.h"

namespace culprit::build {

// A patch (as `git diff` writes it) for the releases from `from` to `to`; bounds as in Tweak.
struct Fixup {
  std::string name;   // of its file, for people
  std::string patch;  // its text
  std::string from;
  std::string to;
};

struct FixedUp {
  std::vector<std::string> words;  // what was applied and why, a line each
  std::string conflict;            // why one does not apply; empty: all do
};
// Mends the sources in `tree`, a checkout of `version`: the shipped table (a text that is known to be wrong, and what its fix
// made of it: where it is not there, nothing is done), then `own`. A patch that the tree has already is left out. What
// is changed are tracked files, and files that a patch makes: the next checkout takes the first back, and
// remove_made() the others.
base::Result<FixedUp> fix_up(const std::filesystem::path& tree, KernelVersion version,
                             std::span<const Fixup> own, const base::CancelToken& cancel);
// Removes the files that the patches of `own` make, where they are there and the commit has none.
void remove_made(const std::filesystem::path& tree, std::span<const Fixup> own);

}  // namespace culprit::build
