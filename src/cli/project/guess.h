// What the user's project lets one guess, to be proposed and never done unasked.
#pragma once

#include <filesystem>
#include <string>

#include "cli/settings/settings.h"
#include "history/git_history.h"
#include "model/graph/commit.h"

namespace culprit::cli {

// How a project is built whose top folder holds a file that says so: "--build 'make' (there is a Makefile)". Empty where
// nothing says it.
std::string proposed_build(const std::filesystem::path& folder);

// Where the command runs a program that was built in the user's folder and not on the revision that is tested: what to
// do. Empty where --build is given or it runs something else.
std::string told_of_unbuilt(const Settings& settings, const history::GitHistory& history);

// Where `culprit` moves submodules to other commits: how to search in the first of them. Empty where it moves none.
std::string inside_submodule(const Settings& settings, const history::GitHistory& history,
                             const model::CommitId& culprit);

}  // namespace culprit::cli
