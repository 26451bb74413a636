// Was what the reproducer calls there before the commit?
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "history/git/git.h"
#include "history/nature/asked.h"
#include "history/nature/patch.h"
#include "model/classified.h"

namespace culprit::history {

// Kind "new_interface": before the commit, what makes the bug show had nothing to call, so that the parent says nothing
// about the bug. Found where the reproducer uses a name that the commit adds and the parent has nowhere, or where the
// report's stack comes in through a function that the commit adds and makes callable.
base::Result<std::vector<model::Classified>> brings_interface(const Git& git, const model::CommitId& parent,
                                                              const std::vector<FilePatch>& patch,
                                                              const BugFacts& bug);

// The functions of a report's stacks, innermost first.
std::vector<std::string> functions_on_stack(const std::string& report);

}  // namespace culprit::history
