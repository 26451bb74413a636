// The commands of culprit: from this table come --help and its order, the hint for a misspelt one, the words
// that no term may be, and the advice that repeats -C and --state.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

// row(NAME, PLACE): add_NAME() of src/cli/commands adds the command; PLACE says whether it takes -C and
// --state, as every command does that works on a bisection.
// clang-format off
#define CULPRIT_COMMANDS(row) \
  row(bisect, true) \
  row(resume, true) \
  row(next, true) \
  row(good, true) \
  row(bad, true) \
  row(skip, true) \
  row(undo, true) \
  row(forget, true) \
  row(terms, true) \
  row(start, true) \
  row(run, true) \
  row(reset, true) \
  row(import, true) \
  row(status, true) \
  row(show, true) \
  row(log, true) \
  row(mail, true) \
  row(webhook, true) \
  row(console, true) \
  row(page, true) \
  row(signature, true) \
  row(branches, true) \
  row(matrix, true) \
  row(minimize_config, true) \
  row(report, false) \
  row(replay, false) \
  row(bench, false) \
  row(doctor, false) \
  row(init, false) \
  row(root, false) \
  row(serve, false) \
  row(submit, false) \
  row(jobs, false) \
  row(job, false) \
  row(cancel, false) \
  row(retry, false) \
  row(hold, false) \
  row(release, false) \
  row(seen, false) \
  row(experience, false) \
  row(token, false) \
  row(clean, true) \
  row(completion, false) \
  row(help, false)
// clang-format on

namespace culprit::cli {

struct CommandRow {
  std::string_view name;
  bool takes_place = false;
};

// A dash is no part of a C++ name.
constexpr std::string_view spelled(std::string_view name) {
  return name == "minimize_config" ? "minimize-config" : name;
}

#define CULPRIT_ROW(name, place) CommandRow{spelled(#name), place},
inline constexpr auto k_commands = std::to_array<CommandRow>({CULPRIT_COMMANDS(CULPRIT_ROW)});
#undef CULPRIT_ROW

// Other words for a command: git's.
struct AliasRow {
  std::string_view word;
  std::string_view command;
};
inline constexpr auto k_aliases = std::to_array<AliasRow>({{"visualize", "show"}, {"view", "show"}});

constexpr bool is_command(std::string_view word) {
  return std::ranges::find(k_commands, word, &CommandRow::name) != k_commands.end();
}
constexpr bool takes_place(std::string_view word) {
  const auto row = std::ranges::find(k_commands, word, &CommandRow::name);
  return row != k_commands.end() && row->takes_place;
}
// A term is typed in a command's place. "good" and "bad" are the terms that everybody has.
constexpr bool is_reserved(std::string_view word) {
  if (std::ranges::find(k_aliases, word, &AliasRow::word) != k_aliases.end()) return true;
  return is_command(word) && word != "good" && word != "bad";
}

}  // namespace culprit::cli
