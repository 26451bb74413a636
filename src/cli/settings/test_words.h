// The user's test command: as it is run, and as it is shown.
#pragma once

#include <string>
#include <vector>

namespace culprit::cli {

// Pipes and && are a shell's: a single word that holds such, and words among which one is "&&", "||" or "|", become
// {"sh", "-c", text}. A word that names a file stays what it is; so do all others. `folder` is where the user stands.
std::vector<std::string> test_command(std::vector<std::string> words, const std::string& folder);

// As a person would type it.
std::string shown_command(const std::vector<std::string>& command);

}  // namespace culprit::cli
