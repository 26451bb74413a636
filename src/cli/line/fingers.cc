#include "cli/line/fingers.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include "cli/line/command_table.h"

namespace culprit::cli {
namespace {

using Words = std::vector<std::string>;

// How many words name a place at `at`: 2 for "-C DIR", 1 for "-CDIR" and "--repo=DIR", else 0.
std::size_t place_words(const Words& words, std::size_t at) {
  static constexpr auto k_options = std::to_array<std::string_view>({"-C", "--repo", "--state"});
  for (const std::string_view option : k_options) {
    if (words[at] == option) return at + 1 < words.size() ? 2 : 0;
    if (!words[at].starts_with(option)) continue;
    if (option == "-C" || words[at][option.size()] == '=') return 1;
  }
  return 0;
}

// `culprit bisect good`, for who types `git bisect good`. Before a command it names an end: a branch may be called so.
bool is_word_of_git_bisect(std::string_view word) {
  static constexpr auto k_words =
      std::to_array<std::string_view>({"start", "bad", "new", "good", "old", "terms", "skip", "next", "reset",
                                       "visualize", "view", "log", "run", "help", "undo", "status"});
  return std::ranges::find(k_words, word) != k_words.end();
}

bool says_git_bisect(const Words& words) {
  if (words.size() < 2 || words.front() != "bisect" || !is_word_of_git_bisect(words[1])) return false;
  return words[1] == "run" || words[1] == "start" || std::ranges::find(words, "--") == words.end();
}

}  // namespace

Typed typed(Words words) {
  Words place;
  std::size_t first = 0;
  while (first < words.size()) {
    const std::size_t count = place_words(words, first);
    if (count == 0) break;
    place.insert(place.end(), words.begin() + static_cast<std::ptrdiff_t>(first),
                 words.begin() + static_cast<std::ptrdiff_t>(first + count));
    first += count;
  }
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(first));

  if (says_git_bisect(words)) {
    words.erase(words.begin());
    if (words == Words{"help"}) words.emplace_back("bisect");
  } else if (words.size() == 3 && words[0] == "bisect" && words[1] == "replay") {
    words = {"import", "--fresh", "--checkout",
             words[2]};  // a log taken up, where `culprit replay` judges one
  }
  if (!words.empty() && (words.front() == "-v" || words.front() == "version")) words.front() = "--version";

  Typed out;
  const bool is_run = !words.empty() && words.front() == "run";
  auto end = std::ranges::find(words, "--");
  if (is_run && std::ranges::find(words, "--help") != words.begin() + 1) end = words.begin() + 1;
  const auto behind = end == words.end() ? end : end + (*end == "--" ? 1 : 0);
  out.command.assign(behind, words.end());
  out.arguments.assign(words.begin(), end);
  if (!out.arguments.empty())
    for (const AliasRow& alias : k_aliases)
      if (out.arguments.front() == alias.word) out.arguments.front() = alias.command;
  const bool names_one = !out.arguments.empty() && is_command(out.arguments.front());
  if (!names_one && !out.command.empty()) out.arguments.insert(out.arguments.begin(), "bisect");
  if (!place.empty())
    out.arguments.insert(out.arguments.empty() ? out.arguments.end() : out.arguments.begin() + 1,
                         place.begin(), place.end());
  return out;
}

}  // namespace culprit::cli
