#include "cli/project/guess.h"

#include <array>
#include <fstream>
#include <string_view>

#include <fmt/format.h>

#include "base/strings.h"
#include "cli/settings/test_words.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;

struct Project {
  std::string_view file;
  std::string_view build;
};
// What the tools' own documents call the way to build. The first that is there: a project with a hand-written Makefile
// beside others is built by it.
constexpr auto k_projects = std::to_array<Project>({
    {"GNUmakefile", "make -j2"},
    {"makefile", "make -j2"},
    {"Makefile", "make -j2"},
    {"CMakeLists.txt", "cmake -S . -B build && cmake --build build"},
    {"meson.build", "meson setup --reconfigure build || meson setup build; ninja -C build"},
    {"configure", "./configure && make -j2"},
    {"Cargo.toml", "cargo build"},
    {"go.mod", "go build ./..."},
    {"package.json", "npm ci"},
});

// Neither a script nor a text: what a compiler made.
bool is_binary(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::array<char, 4> head{};
  in.read(head.data(), head.size());
  return in && std::string_view(head.data(), head.size()) ==
                   "\x7f"
                   "ELF";
}

bool is_tracked(const history::GitHistory& history, const std::string& path) {
  const auto end = history.git().run({"cat-file", "-e", "HEAD:" + path});
  return end && end->ok();
}

}  // namespace

std::string proposed_build(const fs::path& folder) {
  std::error_code ignored;
  for (const Project& project : k_projects)
    if (fs::is_regular_file(folder / project.file, ignored))
      return fmt::format("--build '{}' (there is a {})", project.build, project.file);
  return {};
}

std::string told_of_unbuilt(const Settings& settings, const history::GitHistory& history) {
  const fs::path top = history.repository().work_tree;
  if (!settings.build.empty() || settings.command.empty() || top.empty()) return {};
  const std::string& program = settings.command.front();
  const fs::path file = (fs::path(settings.user_cwd) / program).lexically_normal();
  const fs::path below = file.lexically_relative(top);
  if (!program.contains('/') || below.empty() || *below.begin() == ".." || !is_binary(file) ||
      is_tracked(history, below.string()))
    return {};
  const std::string build = proposed_build(top);
  return fmt::format(
      "{} is no file of the history: the one in your folder is run on every revision. If each revision is to "
      "be built, name how: {}",
      program, build.empty() ? "--build COMMAND" : build);
}

std::string inside_submodule(const Settings& settings, const history::GitHistory& history,
                             const model::CommitId& culprit) {
  const auto changes = history.git().output(
      {"diff-tree", "-r", "--no-renames", "--diff-filter=M", culprit.hex() + "^1", culprit.hex()});
  if (!changes) return {};
  for (const std::string_view line : base::split_lines(*changes)) {
    if (!line.starts_with(":160000 160000 ")) continue;
    const auto words = base::split(line.substr(0, line.find('\t')), ' ');
    if (words.size() < 4) continue;
    const std::string path(line.substr(line.find('\t') + 1));
    const bool fix = settings.fix;
    const std::string older(words[2].substr(0, 12)), newer(words[3].substr(0, 12));
    return fmt::format(
        "it moves the submodule {}: search inside it, culprit bisect -C {}{} --bad {} --good {} {}-- {}",
        path, base::shell_quote(path), fix ? " --fix" : "", fix ? older : newer, fix ? newer : older,
        settings.build.empty() ? "" : "--build BUILD ",
        settings.command.empty() ? std::string("COMMAND") : shown_command(settings.command));
  }
  return {};
}

}  // namespace culprit::cli
