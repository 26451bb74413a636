#include "history/unseen.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/strings.h"
#include "history/nature/touched.h"

namespace culprit::history {
namespace {

bool is_source(std::string_view path) {
  constexpr std::array<std::string_view, 9> k_source_endings = {".c",  ".h",   ".S",   ".dts", ".dtsi",
                                                                ".cc", ".cpp", ".hpp", ".rs"};
  return !path.starts_with("scripts/") && std::ranges::any_of(k_source_endings, [&](std::string_view ending) {
    return path.ends_with(ending);
  });
}

}  // namespace

base::Result<Unseen> commits_unseen(const Git& git, const Span& span, const model::CommitId& built,
                                    const std::set<std::string>& inputs) {
  Unseen out;
  if (inputs.empty()) return out;
  const std::string listing = CULPRIT_TRY(git.output({"ls-tree", "-r", "-z", "--name-only", built.hex()}));
  std::set<std::string_view> there;
  for (const std::string_view path : nul_records(listing)) there.insert(path);
  const auto is_unseen = [&](const std::string& path) {
    if (is_documentation(path)) return true;
    return is_source(path) && there.contains(path) && !inputs.contains(path);
  };
  std::string input = span.tip.hex() + "\n";
  for (const model::CommitId& id : span.excluded) input += "^" + id.hex() + "\n";
  const std::string log =
      CULPRIT_TRY(git.output({"-c", "core.quotepath=false", "log", "--no-merges", "--format=%x01%H",
                              "--name-only", "--no-renames", "--no-show-signature", "--stdin", "--"},
                             input));
  std::optional<model::CommitId> commit;
  bool seen = false;
  std::size_t files = 0;
  const auto finish = [&] {
    if (commit && files > 0 && !seen) out.commits.push_back(*commit);
  };
  for (const std::string_view line : base::split_lines(log)) {
    if (line.starts_with('\x01')) {
      finish();
      commit = model::CommitId::from_hex(line.substr(1));
      seen = false;
      files = 0;
      ++out.all;
    } else if (!line.empty()) {
      ++files;
      seen = seen || !is_unseen(std::string(line));
    }
  }
  finish();
  return out;
}

}  // namespace culprit::history
