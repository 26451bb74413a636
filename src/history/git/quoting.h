// Text as git's files hold it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culprit::history {

// As a string in C between double quotes, for lists of paths that are read line by line (alternates).
std::string quote_c_style(std::string_view text);
// The text that `line`, wholly a string in C's style, stands for; nothing if it is none.
std::optional<std::string> unquote_c_style(std::string_view line);
// One entry of a configuration file as lines of it: key "remote.origin.url" gives section, subsection, name.
std::string config_entry(std::string_view key, std::string_view value);
// `git bisect log` quotes words as a shell does: 'v1' 'it'\''s'. The words of a line; nothing if a quote is
// open.
std::optional<std::vector<std::string>> split_shell_words(std::string_view line);

}  // namespace culprit::history
