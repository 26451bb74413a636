#include "build/recipe/fixups.h"

#include <array>

#include <fmt/format.h>

#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"

namespace culprit::build {
namespace {

// The mistake as it stood, and what the commit made of it.
struct Mend {
  std::string_view file, wrong, right, commit, why;
};
constexpr std::array<Mend, 2> k_mends = {{
    {"scripts/dtc/dtc-lexer.l", "\nYYLTYPE yylloc;\n", "\n", "e33a814e772c (v5.7)",
     "dtc defines yylloc twice, which the linker refuses with gcc 10 and newer"},
    {"tools/lib/subcmd/subcmd-util.h",
     "\tif (!ret) {\n\t\tret = realloc(ptr, size);\n\t\tif (!ret && !size)\n\t\t\tret = realloc(ptr, "
     "1);\n\t\tif (!ret)\n"
     "\t\t\tdie(\"Out of memory, realloc failed\");\n\t}\n",
     "\tif (!ret)\n\t\tdie(\"Out of memory, realloc failed\");\n", "52a9dab6d892 (v5.17)",
     "objtool uses memory that was freed, which gcc 12 and newer refuse"},
}};

base::Result<bool> mend(const std::filesystem::path& tree, const Mend& row) {
  const auto path = tree / row.file;
  std::error_code none;
  if (!std::filesystem::is_regular_file(path, none)) return false;
  std::string text = CULPRIT_TRY(base::read_file(path));
  const std::size_t at = text.find(row.wrong);
  if (at == std::string::npos) return false;
  text.replace(at, row.wrong.size(), row.right);
  CULPRIT_TRY(base::write_file_atomically(path, text));
  return true;
}

base::Result<base::ProcessEnd> git_apply(const std::filesystem::path& tree, const Fixup& fixup,
                                         std::vector<std::string> options, const base::CancelToken& cancel) {
  base::Command command{.argv = {"env", "-u", "GIT_DIR", "-u", "GIT_WORK_TREE", "-u", "GIT_INDEX_FILE", "git",
                                 "apply", "--whitespace=nowarn"},
                        .env = {{"LC_ALL", "C"}},
                        .timeout_s = 60};
  command.argv.insert(command.argv.end(), options.begin(), options.end());
  command.argv.emplace_back("-");
  command.cwd = tree;
  command.input = fixup.patch;
  return base::run_process(command, cancel);
}

std::vector<std::string> files_made(const Fixup& fixup) {
  std::vector<std::string> made;
  bool from_nothing = false;
  for (const std::string_view line : base::split_lines(fixup.patch)) {
    if (from_nothing)
      if (const auto path = base::strip_prefix(line, "+++ b/")) made.emplace_back(*path);
    from_nothing = line == "--- /dev/null";
  }
  return made;
}

}  // namespace

base::Result<FixedUp> fix_up(const std::filesystem::path& tree, KernelVersion version,
                             std::span<const Fixup> own, const base::CancelToken& cancel) {
  FixedUp out;
  for (const Mend& row : k_mends)
    if (CULPRIT_TRY(mend(tree, row)))
      out.words.push_back(fmt::format("{}: {}, as {} does", row.file, row.why, row.commit));
  for (const Fixup& fixup : own) {
    const Toolchain range{.since = fixup.from, .cc = {}, .llvm = {}, .make_args = {}, .until = fixup.to};
    if (!range.builds(version)) continue;
    if (CULPRIT_TRY(git_apply(tree, fixup, {"--reverse", "--check"}, cancel)).ok()) continue;  // it is there
    const auto end = CULPRIT_TRY(git_apply(tree, fixup, {}, cancel));
    if (base::came_of_interruption(end, cancel))
      return base::fail(base::ErrorKind::interrupted, "interrupted");
    if (!end.ok()) {
      const auto lines = base::split_lines(base::trim(end.errors.empty() ? end.output : end.errors));
      out.conflict = fmt::format("error: the fix-up {} does not apply: {}", fixup.name,
                                 lines.empty() ? "" : lines.front());
      return out;
    }
    out.words.push_back(fmt::format("{} applied", fixup.name));
  }
  return out;
}

void remove_made(const std::filesystem::path& tree, std::span<const Fixup> own) {
  std::error_code none;
  for (const Fixup& fixup : own)
    for (const std::string& file : files_made(fixup)) std::filesystem::remove(tree / file, none);
}

}  // namespace culprit::build
