#include "cli/project/laid_over.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/files.h"
#include "base/strings.h"
#include "history/changes.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::Result;

// git in the user's checkout, which it reads alone.
history::Git users_git(const history::GitHistory& history) {
  const history::Repository& repository = history.repository();
  return {repository.git_dir, repository.work_tree, history.git().cancel()};
}

// The words of the command, those of a shell's text by blanks.
std::vector<std::string> words_of(const std::vector<std::string>& command) {
  if (command.size() != 3 || command[0] != "sh" || command[1] != "-c") return command;
  std::vector<std::string> words;
  std::string word;
  for (const char c : command[2] + " ")
    if (std::string_view(" \t\n;|&()<>'\"").contains(c)) {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    } else {
      word += c;
    }
  return words;
}

// `text` up to a `separator` in front of which a file is named, and what stands behind it. All of it where that is a
// file.
std::pair<std::string, std::string> split_behind_file(const std::string& text, char separator,
                                                      const fs::path& folder) {
  if (base::is_there(folder / text)) return {text, {}};
  for (std::size_t at = 0; (at = text.find(separator, at)) != std::string::npos; ++at)
    if (at > 0 && base::is_there(folder / text.substr(0, at)))
      return {text.substr(0, at), text.substr(at + 1)};
  return {text, {}};
}

// A place in the repository, relative to its top, as named from where the user stands.
Result<std::string> place_of(const Settings& settings, const std::string& path, const char* option) {
  const fs::path below = (fs::path(settings.subdirectory) / path).lexically_normal();
  if (path.empty() || fs::path(path).is_absolute() || *below.begin() == ".." || *below.begin() == ".git")
    return fail(ErrorKind::usage,
                fmt::format("{} '{}' is no place in the repository", option, base::printable(path)),
                fmt::format("{} is relative to the folder you stand in", option));
  return below.string();
}

// Where a file of the user's goes that nobody gave a place: where it is, if that is in the repository, else beside
// where the command runs.
Result<std::string> own_place(const Settings& settings, const history::GitHistory& history,
                              const fs::path& file) {
  const fs::path top = history.repository().work_tree;
  const fs::path below = top.empty() ? fs::path() : file.lexically_relative(top);
  if (!below.empty() && *below.begin() != ".." && below != ".") return below.string();
  return place_of(settings, file.filename().string(), "--overlay");
}

Result<std::string> settled_overlay(const Settings& settings, const history::GitHistory& history,
                                    const std::string& text) {
  auto [path, place] = split_behind_file(text, '=', settings.user_cwd);
  std::error_code ignored;
  const fs::path file = fs::weakly_canonical(fs::path(settings.user_cwd) / path, ignored);
  if (!base::is_there(file))
    return fail(
        ErrorKind::usage, "--overlay names " + base::printable(path) + ", which is not there",
        "--overlay PATH[=DEST]: PATH is a file or a folder of yours, DEST its place in every revision");
  place = place.empty() ? CULPRIT_TRY(own_place(settings, history, file))
                        : CULPRIT_TRY(place_of(settings, place, "--overlay"));
  return file.string() + "=" + place;
}

Result<std::string> settled_patch(const Settings& settings, const history::GitHistory& history,
                                  const std::string& text) {
  const auto [path, range] = split_behind_file(text, '@', settings.user_cwd);
  std::error_code ignored;
  const fs::path file = fs::weakly_canonical(fs::path(settings.user_cwd) / path, ignored);
  if (!fs::is_regular_file(file, ignored))
    return fail(
        ErrorKind::usage, "--apply names " + base::printable(path) + ", which is not there",
        "--apply PATCH[@RANGE]: what `git diff` or `git format-patch` wrote, and the revisions that need it");
  if (const auto read = CULPRIT_TRY(history.git().run({"apply", "--numstat", file.string()})); !read.ok())
    return fail(ErrorKind::usage,
                "--apply names " + base::printable(path) + ", which is no patch that git can read: " +
                    base::printable(history::git_message(read.errors)),
                "make it with `git diff` or `git format-patch`");
  if (!range.empty())
    CULPRIT_TRY_IN(history::commits_of_range(history.git(), range), "--apply " + base::printable(text));
  return range.empty() ? file.string() : file.string() + "@" + range;
}

}  // namespace

Result<void> settle_laid_over(Settings& settings, const history::GitHistory& history) {
  for (std::string& text : settings.overlays) text = CULPRIT_TRY(settled_overlay(settings, history, text));
  for (std::string& text : settings.patches) text = CULPRIT_TRY(settled_patch(settings, history, text));
  for (std::string& path : settings.only_with) path = CULPRIT_TRY(place_of(settings, path, "--only-with"));
  return {};
}

Result<void> carry_changes(Settings& settings, const history::GitHistory& history, const fs::path& patch) {
  if (history.repository().work_tree.empty()) return {};
  const std::string text =
      CULPRIT_TRY(users_git(history).output({"diff", "--binary", "--no-ext-diff", "--no-color", "HEAD"}));
  if (text.empty()) return {};
  CULPRIT_TRY(base::write_file_atomically(patch, text));
  settings.patches.push_back(patch.string());
  return {};
}

Result<build::LaidOver> laid_over_of(const Settings& settings, const history::GitHistory& history) {
  build::LaidOver all{.only_with = settings.only_with};
  for (const std::string& text : settings.patches) {
    const auto [file, range] = split_behind_file(text, '@', "/");
    build::Patch patch{.file = file};
    if (!range.empty()) {
      const auto commits = CULPRIT_TRY(history::commits_of_range(history.git(), range));
      patch.on.emplace(commits.begin(), commits.end());
    }
    all.patches.push_back(std::move(patch));
  }
  for (const std::string& text : settings.overlays) {
    const std::size_t at = text.rfind('=');  // places are written last
    all.overlays.push_back({.source = text.substr(0, at), .place = text.substr(at + 1)});
  }
  return all;
}

Result<std::vector<std::string>> uncommitted_words(const Settings& settings,
                                                   const history::GitHistory& history) {
  std::vector<std::string> words;
  const fs::path top = history.repository().work_tree;
  if (top.empty()) return words;
  for (std::string word : words_of(settings.command)) {
    word = word.substr(0, word.find("::"));
    if (const std::size_t equals = word.find('='); word.starts_with('-') && equals != std::string::npos)
      word = word.substr(equals + 1);
    std::error_code ignored;
    const fs::path below = (fs::path(settings.user_cwd) / word).lexically_normal().lexically_relative(top);
    if (word.empty() || below.empty() || *below.begin() == ".." || below == "." ||
        !fs::is_regular_file(top / below, ignored))
      continue;
    const auto changed = CULPRIT_TRY(
        users_git(history).run({"--literal-pathspecs", "diff", "--quiet", "HEAD", "--", below.string()}));
    if (changed.how == base::ProcessEnd::How::exited && changed.exit_code == 1) words.push_back(word);
  }
  return words;
}

}  // namespace culprit::cli
