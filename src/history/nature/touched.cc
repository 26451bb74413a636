#include "history/nature/touched.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "base/strings.h"
#include "history/nature/stripped.h"

namespace culprit::history {
namespace {

constexpr std::size_t k_most_compared = 64;                       // files whose two versions are read
constexpr std::size_t k_longest_compared = std::size_t{4} << 20;  // bytes
constexpr std::size_t k_most_named = 3;

std::string_view name_of_file(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool has_folder(std::string_view path, std::span<const std::string_view> folders) {
  const auto parts = base::split(path, '/');
  return std::any_of(parts.begin(), parts.end() - 1, [&](std::string_view part) {
    return std::ranges::find(folders, part) != folders.end();
  });
}

template <std::size_t N>
bool ends_like(std::string_view name, const std::array<std::string_view, N>& endings) {
  return std::ranges::any_of(endings, [&](std::string_view ending) { return name.ends_with(ending); });
}
template <std::size_t N>
bool begins_like(std::string_view name, const std::array<std::string_view, N>& starts) {
  return std::ranges::any_of(starts, [&](std::string_view start) { return name.starts_with(start); });
}

// ARCH and the folder that it builds from, where they differ (the top Makefile's SRCARCH).
struct ArchRow {
  std::string_view arch, folder;
};
constexpr std::array<ArchRow, 6> k_architectures = {{{"x86_64", "x86"},
                                                     {"i386", "x86"},
                                                     {"sparc32", "sparc"},
                                                     {"sparc64", "sparc"},
                                                     {"parisc64", "parisc"},
                                                     {"um", "um"}}};

base::Result<std::optional<std::string>> content_of(const Git& git, const model::CommitId& commit,
                                                    const std::string& path) {
  const auto end = CULPRIT_TRY(git.run({"cat-file", "blob", commit.hex() + ":" + path}));
  if (!end.ok() || end.output.size() > k_longest_compared) return std::optional<std::string>{};
  return std::optional(end.output);
}

base::Result<bool> changes_comments_only(const Git& git, const model::CommitId& parent,
                                         const model::CommitId& commit, const FilePatch& file) {
  if (!file.is_modified || file.is_binary || file.path.empty()) return false;
  const auto before = CULPRIT_TRY(content_of(git, parent, file.path));
  const auto after = CULPRIT_TRY(content_of(git, commit, file.path));
  if (!before || !after) return false;
  const auto language = language_of(file.path, *after);
  return language && language_of(file.path, *before) == language &&
         without_comments(*before, *language) == without_comments(*after, *language);
}

std::string named(const std::vector<std::string>& files) {
  std::vector<std::string> some(
      files.begin(), files.begin() + static_cast<std::ptrdiff_t>(std::min(files.size(), k_most_named)));
  std::string text = base::join(some, ", ");
  if (files.size() > k_most_named) text += fmt::format(" and {} more", files.size() - k_most_named);
  return text;
}

struct KindWords {
  std::string_view kind, what, therefore;
};
constexpr std::array<KindWords, 4> k_kinds = {
    {{"documentation", "documentation", "what was built does not depend on it"},
     {"tests", "tests", "what they test is as it was"},
     {"comments", "comments and blanks", "the code is as it was"},
     {"other_architecture", "what is built for other architectures", "what was built has none of it"}}};

std::string why_of(const KindWords& words, const std::vector<std::string>& files, bool is_all) {
  if (is_all)
    return fmt::format("it changes nothing but {} ({}): {}", words.what, named(files), words.therefore);
  return fmt::format("a part of what it changes is {} ({}); the rest has no effect either", words.what,
                     named(files));
}

}  // namespace

bool is_documentation(std::string_view path) {
  constexpr std::array<std::string_view, 5> k_folders = {"Documentation", "doc", "docs", "man", "manual"};
  constexpr std::array<std::string_view, 10> k_document_endings = {
      ".md", ".rst", ".adoc", ".asciidoc", ".texi", ".tex", ".pod", ".markdown", ".org", ".txt"};
  constexpr std::array<std::string_view, 11> k_names = {
      "README", "COPYING",   "LICENSE",   "LICENCE",     "AUTHORS",     "CREDITS",
      "NEWS",   "ChangeLog", "CHANGELOG", "MAINTAINERS", "CONTRIBUTING"};
  const std::string_view name = name_of_file(path);
  if (name == "CMakeLists.txt" || name.starts_with("requirements") || name == "Makefile") return false;
  if (begins_like(name, k_names) && !language_of(path, {})) return true;
  if (has_folder(path, k_folders)) return !language_of(path, {});
  // What programs read is often called .txt too: such a file counts at the top alone.
  if (name.ends_with(".txt")) return !path.contains('/') && name != "requirements.txt";
  return ends_like(name, k_document_endings);
}

bool is_test(std::string_view path) {
  constexpr std::array<std::string_view, 7> k_folders = {"test",     "tests",     "testing", "selftests",
                                                         "testdata", "__tests__", "spec"};
  constexpr std::array<std::string_view, 8> k_test_endings = {
      "_test.c", "_test.cc", "_test.cpp", "_test.go", "_test.py", ".test.js", ".spec.ts", "_kunit.c"};
  return has_folder(path, k_folders) || ends_like(name_of_file(path), k_test_endings) ||
         (name_of_file(path).starts_with("test_") && path.ends_with(".py"));
}

std::string_view architecture_folder(std::string_view arch) {
  for (const ArchRow& row : k_architectures)
    if (row.arch == arch) return row.folder;
  return arch;
}

std::string_view architecture_of(std::string_view path) {
  auto rest = base::strip_prefix(path, "arch/");
  if (!rest) rest = base::strip_prefix(path, "tools/arch/");
  const std::size_t slash = rest ? rest->find('/') : std::string_view::npos;
  return slash == std::string_view::npos ? std::string_view() : rest->substr(0, slash);
}

base::Result<std::vector<model::Classified>> without_effect(const Git& git, const model::CommitId& parent,
                                                            const model::CommitId& commit,
                                                            const std::vector<FilePatch>& patch,
                                                            std::string_view arch,
                                                            const std::vector<std::string>& run) {
  std::vector<model::Classified> out;
  if (patch.empty() || patch.size() > 10 * k_most_compared) return out;
  std::array<std::vector<std::string>, k_kinds.size()> files;
  std::size_t compared = 0;
  for (const FilePatch& file : patch) {
    const bool is_run = std::ranges::find(run, file.path) != run.end();
    const std::string_view of = arch.empty() ? std::string_view() : architecture_of(file.path);
    if (is_run && file.is_binary) return out;
    if (!is_run && is_documentation(file.path))
      files[0].push_back(file.path);
    else if (!is_run && is_test(file.path))
      files[1].push_back(file.path);
    else if (!of.empty() && of != architecture_folder(arch))
      files[3].push_back(file.path);
    else if (++compared <= k_most_compared && CULPRIT_TRY(changes_comments_only(git, parent, commit, file)))
      files[2].push_back(file.path);
    else
      return out;
  }
  for (std::size_t i = 0; i < files.size(); ++i)
    if (!files[i].empty())
      out.push_back(
          {std::string(k_kinds[i].kind), why_of(k_kinds[i], files[i], files[i].size() == patch.size())});
  return out;
}

}  // namespace culprit::history
