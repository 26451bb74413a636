// What the user wants laid over every revision: from options to what a builder takes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"
#include "build/lay_over.h"
#include "cli/settings/settings.h"
#include "history/git_history.h"

namespace culprit::cli {

// Makes what --overlay, --apply and --only-with name independent of where the user stands. ErrorKind::usage for files
// that are not there, places outside of the repository and ranges that name nothing.
base::Result<void> settle_laid_over(Settings& settings, const history::GitHistory& history);

// Writes what is uncommitted in the user's checkout to `patch`, and adds it to the patches of every revision. Nothing
// where nothing is.
base::Result<void> carry_changes(Settings& settings, const history::GitHistory& history,
                                 const std::filesystem::path& patch);

base::Result<build::LaidOver> laid_over_of(const Settings& settings, const history::GitHistory& history);

// The files that words of the command name, that git tracks, and that differ from what is committed: as the user wrote
// them.
base::Result<std::vector<std::string>> uncommitted_words(const Settings& settings,
                                                         const history::GitHistory& history);

}  // namespace culprit::cli
