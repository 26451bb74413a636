// Which of a commit's changes can have an effect on what was built and run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "history/git/git.h"
#include "history/nature/patch.h"
#include "model/classified.h"

namespace culprit::history {

bool is_documentation(std::string_view path);
bool is_test(std::string_view path);
// The folder under arch/ of a kernel's ARCH: "x86" of "x86_64"; empty for an empty one.
std::string_view architecture_folder(std::string_view arch);
// The architecture that a kernel's file belongs to, by its path; empty: to all.
std::string_view architecture_of(std::string_view path);

// What is said of a commit all of whose files are documentation, tests, changed in comments only, or another
// architecture's; empty where one of them is none of that. `arch`: a kernel's ARCH; empty: a program, whose arch/ is a
// folder like others. `run`: the files that the test command is, from the top folder: they are no mere tests.
base::Result<std::vector<model::Classified>> without_effect(const Git& git, const model::CommitId& parent,
                                                            const model::CommitId& commit,
                                                            const std::vector<FilePatch>& patch,
                                                            std::string_view arch,
                                                            const std::vector<std::string>& run);

}  // namespace culprit::history
