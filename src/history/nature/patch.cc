#include "history/nature/patch.h"

#include <algorithm>

#include "base/strings.h"

namespace culprit::history {
namespace {

constexpr std::size_t k_longest_line = 4096;

// "@@ -12,3 +14,0 @@ int f(void)"
struct HunkHead {
  std::size_t before = 0, after = 0;
  std::string function;
};

HunkHead hunk_head(std::string_view line) {
  HunkHead head;
  const auto number = [&](char sign) {
    const std::size_t at = line.find(sign);
    if (at == std::string_view::npos) return std::size_t{0};
    std::string_view rest = line.substr(at + 1);
    rest = rest.substr(0, rest.find_first_not_of("0123456789"));
    return base::parse_number<std::size_t>(rest).value_or(0);
  };
  head.before = number('-');
  head.after = number('+');
  const std::size_t end = line.find("@@", 2);
  if (end != std::string_view::npos) head.function = std::string(base::trim(line.substr(end + 2)));
  return head;
}

class Reader {
 public:
  void take(std::string_view line) {
    if (m_left_before == 0 && m_left_after == 0 && line.starts_with("diff --git ")) {
      m_files.emplace_back();
      m_files.back().path = same_name(line);
      return;
    }
    if (m_files.empty()) return;
    FilePatch& file = m_files.back();
    if (line.starts_with("@@ ")) return begin_hunk(line);
    if (m_left_before > 0 && line.starts_with('-')) {
      --m_left_before;
      file.removed.push_back({m_head.before++, cut(line), m_head.function});
    } else if (m_left_after > 0 && line.starts_with('+')) {
      --m_left_after;
      file.added.push_back({m_head.after++, cut(line), m_head.function});
    } else {
      head_line(file, line);
    }
  }
  std::vector<FilePatch> finish() && { return std::move(m_files); }

 private:
  static std::string cut(std::string_view line) { return std::string(line.substr(1, k_longest_line)); }

  void begin_hunk(std::string_view line) {
    m_head = hunk_head(line);
    m_left_before = count(line, '-');
    m_left_after = count(line, '+');
  }

  // "-12,3" has three lines, "-12" one.
  static std::size_t count(std::string_view line, char sign) {
    std::string_view range = line.substr(line.find(sign) + 1);
    range = range.substr(0, range.find(' '));
    const std::size_t comma = range.find(',');
    return comma == std::string_view::npos
               ? 1
               : base::parse_number<std::size_t>(range.substr(comma + 1)).value_or(0);
  }

  static void head_line(FilePatch& file, std::string_view line) {
    if (line.starts_with("new file mode")) file.is_new = true, file.is_modified = false;
    if (line.starts_with("deleted file mode")) file.is_deleted = true, file.is_modified = false;
    if (line.starts_with("old mode") || line.starts_with("rename from")) file.is_modified = false;
    if (line.starts_with("Binary files ")) file.is_binary = true;
    if (const auto to = base::strip_prefix(line, "rename to ")) file.path = std::string(*to);
    if (const auto path = base::strip_prefix(line, "--- a/")) file.path = named(*path);
    if (const auto path = base::strip_prefix(line, "+++ b/")) file.path = named(*path);
  }
  // "diff --git a/X b/X": all there is of a binary file's name. Of two names the longer half is wrong, and is
  // corrected by what follows.
  static std::string same_name(std::string_view line) {
    constexpr std::string_view k_start = "diff --git a/";
    constexpr std::size_t k_between = 3;  // " b/"
    line = line.substr(std::min(k_start.size(), line.size()));
    return line.size() < k_between ? std::string()
                                   : std::string(line.substr(0, (line.size() - k_between) / 2));
  }
  // git ends the name with a tab where it has blanks.
  static std::string named(std::string_view path) { return std::string(path.substr(0, path.find('\t'))); }

  std::vector<FilePatch> m_files;
  HunkHead m_head;
  std::size_t m_left_before = 0, m_left_after = 0;
};

}  // namespace

std::vector<FilePatch> parse_patch(std::string_view text) {
  Reader reader;
  for (const std::string_view line : base::split(text, '\n')) reader.take(line);
  return std::move(reader).finish();
}

base::Result<std::vector<FilePatch>> patch_of(const Git& git, const model::CommitId& parent,
                                              const model::CommitId& commit) {
  return parse_patch(CULPRIT_TRY(git.output(
      {"-c", "core.quotepath=false", "-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false",
       "diff-tree", "-r", "-p", "-M", "--unified=0", "--src-prefix=a/", "--dst-prefix=b/", "--no-color",
       "--no-ext-diff", "--no-textconv", parent.hex(), commit.hex(), "--"})));
}

}  // namespace culprit::history
