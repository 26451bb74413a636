#include "cli/settings/test_words.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "base/strings.h"

namespace culprit::cli {
namespace {

constexpr std::string_view k_shell = "sh";

bool is_operator(std::string_view word) { return word == "&&" || word == "||" || word == "|"; }

// A space alone makes no shell's word of it: "./my test.sh" may be a file; "./test.sh -q" is none.
bool is_shell_text(const std::string& word, const std::string& folder) {
  if (word.find_first_of(" \t\n|&;<>()$`*?~") == std::string::npos) return false;
  std::error_code ignored;
  return !std::filesystem::exists(std::filesystem::path(folder) / word, ignored);
}

}  // namespace

std::vector<std::string> test_command(std::vector<std::string> words, const std::string& folder) {
  if (words.size() == 1 && is_shell_text(words.front(), folder))
    return {std::string(k_shell), "-c", words.front()};
  if (std::ranges::none_of(words, is_operator)) return words;
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : " ") + (is_operator(word) ? word : base::shell_quote(word));
  return {std::string(k_shell), "-c", text};
}

std::string shown_command(const std::vector<std::string>& command) {
  if (command.size() == 3 && command[0] == k_shell && command[1] == "-c") return command[2];
  return base::shell_quote(command);
}

}  // namespace culprit::cli
