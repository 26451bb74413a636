#include "cli/session/place.h"

#include <cctype>

#include "base/strings.h"
#include "cli/line/command_table.h"
#include "cli/session/signals.h"
#include "history/git/repository.h"

namespace culprit::cli {
namespace {

bool is_here(const std::string& repository) {
  if (repository.empty() || repository == ".") return true;
  const auto open = [](const std::string& path) {
    return history::open_repository(path, {.allow_shallow = true}, cancel_on_signals());
  };
  const auto here = open("."), there = open(repository);
  return here && there && here->common_dir == there->common_dir;
}

}  // namespace

void add_place_options(Options& command, std::string& repository, std::string& state_dir) {
  command.text("-C,--repo", repository, "the git repository (default: the one here)", "DIR");
  command.text("--state", state_dir, "state folder (default: one for each repository)", "DIR");
}

std::string place_options(const std::string& repository, const std::string& state_dir) {
  std::string options;
  if (!is_here(repository)) options += " -C " + base::printable(base::shell_quote(repository));
  if (!state_dir.empty()) options += " --state " + base::printable(base::shell_quote(state_dir));
  return options;
}

std::string at_place(std::string_view text, std::string_view options) {
  constexpr std::string_view k_program = "culprit ";
  std::string out;
  while (!options.empty()) {
    const std::size_t at = text.find(k_program);
    if (at == std::string_view::npos) break;
    std::size_t end = at + k_program.size();
    const std::size_t begin = end;
    while (end < text.size() && (std::islower(static_cast<unsigned char>(text[end])) || text[end] == '-'))
      ++end;
    out += text.substr(0, end);
    if (takes_place(text.substr(begin, end - begin))) out += options;
    text.remove_prefix(end);
  }
  return out += text;
}

base::Error at_place(base::Error error, const std::string& repository, const std::string& state_dir) {
  if (!error.hint.empty()) error.hint = at_place(error.hint, place_options(repository, state_dir));
  return error;
}

}  // namespace culprit::cli
