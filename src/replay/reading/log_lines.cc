// A line is known by the words it begins with, so a table of beginnings tells the kinds apart; the longest
// beginning wins, whatever the order of rows. Only lines that begin with a commit's id or with the name of a
// host have code of their own. The dialects of all years share one table: a reader that first guessed the
// dialect would fail on every log that mixes two.
#include "replay/reading/log_lines.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "output/words/text.h"

namespace culprit::replay {
namespace {

using enum LineKind;

constexpr auto k_rows = std::to_array<LineRow>({
    {"bisecting cause commit starting from ", start_cause},
    {"searching for guilty commit starting from ", start_cause},
    {"bisecting fixing commit since ", start_fix},
    {"searching for fixing commit since ", start_fix},
    {"building syzkaller on ", tool},
    {"building culprit on ", own_tool},
    {"testing release ", release},
    {"testing current HEAD ", head},
    {"testing commit ", commit},
    {"compiler: ", compiler},
    {"kernel signature: ", signature},
    {"all runs: ", all_runs},
    {"run #", run},
    {"try #", run},
    {"failed: ", failed},
    {"failed building ", failed_building},
    {"representative crash: ", representative},
    // other configurations
    {"check whether we can drop unnecessary instrumentation", variant},
    {"disabling configs for ", variant},
    {"kconfig minimization: ", variant},
    {"split chunk", variant},
    {"testing without sub-chunk ", variant},
    {"minimized to ", variant},
    // culprit's own
    {"testing the variant ", variant},
    {"testing without commit ", variant},
    {"# culprit: ", own},
    // git bisect, as the reference quotes it and as `git bisect log` prints it
    {"# git bisect start", git_start},
    {"git bisect start", git_start},
    {"# git bisect ", git_word},
    {"git bisect ", git_word},
    {"# first bad commit: ", git_result},
    {"# first new commit: ", git_result},
    {"# possible first bad commit: ", git_possible},
    {"# possible first new commit: ", git_possible},
    {"# only skipped commits left to test", git_output},
    {"# only 'skip'ped commits left to test", git_output},
    {"# status: ", git_output},
    {"status: waiting for ", git_output},
    {"Bisecting: ", revisions_left},
    {"Some good revs are not ancestors of the bad rev", git_output},
    {"Some new revs are not ancestors of the old rev", git_output},
    {"git bisect cannot work properly in this case.", git_output},
    {"Maybe you mistook good and bad revs?", git_output},
    {"Maybe you mistook new and old revs?", git_output},
    {"Warning: the merge base between ", git_output},
    {"So we cannot be sure the first bad commit is between ", git_output},
    {"We continue anyway.", git_output},
    {"The merge base ", git_output},
    {"This means the bug has been fixed between ", git_output},
    {"This means the property has changed between ", git_output},
    {"There are only 'skip'ped commits left to test.", git_output},
    {"We cannot bisect more!", git_output},
    {"Previous HEAD position was ", git_output},
    {"HEAD is now at ", git_output},
    {"Switched to ", git_output},
    {"bisect run success", git_output},
    {"bisect found first bad commit", git_output},
    // endings
    {"culprit signature: ", culprit_signature},
    {"parent  signature: ", parent_signature},
    {"parent signature: ", parent_signature},
    {"revisions tested: ", totals},
    {"first bad commit: ", result},
    {"recipients (to): ", recipients_to},
    {"recipients (cc): ", recipients_cc},
    {"cc: [", recipients_cc},
    {"the crash already happened on the oldest tested release", horizon},
    {"the crash still happens on the oldest tested release", horizon},
    {"the crash still happens on HEAD", horizon},
    {"crash still not fixed/happens on the oldest tested release", horizon},
    {"crash still not fixed on HEAD", horizon},
    {"oldest tested release already had the bug or it had kernel test errors", horizon},
    {"commit msg: ", commit_msg},
    {"bisection is inconclusive, the first bad commit could be any of:", inconclusive},
    {"the bisection is inconclusive", inconclusive},
    {"The first bad commit could be any of:", inconclusive},
    {"The first new commit could be any of:", inconclusive},
    {"error: ", error},
    {"the crash wasn't reproduced on the original commit", error},
    {"reproducer does not crash the merge base, so there's no known bad commit", error},
    {"crash: ", crash},
    // how it was done
    {"ensuring issue is reproducible on original commit ", remark},
    {"rewritten commit ", remark},
    {"the bug reproduces without the instrumentation", remark},
    {"unable to determine the verdict: ", remark},
    {"false negative chance: ", remark},
    {"accumulated error probability: ", remark},
    {"reproducer is flaky", remark},
    {"reproducer seems to be flaky", remark},
    {"Reproducer flagged being flaky", remark},
    {"picked [", remark},
    {"determine whether the revision contains the guilty commit", remark},
    {"checking the merge base ", merge_base},
    {"no existing result, test the revision", remark},
    {"the bug was not introduced yet; pretend that kernel crashed", remark},
    {"determining the merge base between ", remark},
    {"too many neither good nor bad results, skipping this commit", remark},
    {"previous signature: ", remark},
    {"parent commit ", remark},
    {"revision ", remark},
});

bool begins(std::string_view line, std::string_view words) {
  // The blank at a row's end may be missing where the line ends: "kernel signature:" of a wrapped line.
  if (line.starts_with(words)) return true;
  return words.ends_with(' ') && line == words.substr(0, words.size() - 1);
}

// Lines that end with something known, or are known by where an id stands.
LogLine classify_by_shape(std::string_view line) {
  if (line.starts_with("# ")) {  // # good: [<hash>] <title>, with any term for "good"
    const std::size_t colon = line.find(": [");
    std::string_view rest = line.substr(colon == std::string_view::npos ? line.size() : colon + 3);
    if (line.find(' ', 2) == colon + 1 && take_hash(rest) && rest.starts_with(']'))
      return {git_named, line.substr(2)};
    return {};
  }
  if (line.starts_with('[')) {
    std::string_view rest = line.substr(1);
    if (take_hash(rest) && rest.starts_with(']')) return {checkout, line};
    return {};
  }
  std::string_view rest = line;
  if (take_hash(rest)) {
    if (rest.starts_with(" is the first ")) return {first_bad, line};
    if (rest.starts_with('/') &&
        rest.find(" is a merge base, check if it has the bug") != std::string_view::npos)
      return {merge_base, line};
    if (rest.empty() || rest.starts_with(' ')) return {hash, line};
    return {};
  }
  constexpr std::string_view k_starts = " starts bisection ";
  const std::size_t at = line.find(k_starts);
  if (at != std::string_view::npos && line.substr(0, at).find(' ') == std::string_view::npos)
    return {host, line};
  return {};
}

bool is_remark(std::string_view rest, std::string_view words) {
  if (words == "revision " || words == "parent commit ") return take_hash(rest).has_value();
  return true;
}

bool is_hex(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

}  // namespace

std::span<const LineRow> line_table() { return k_rows; }

std::optional<model::CommitId> take_hash(std::string_view& text) {
  std::size_t size = text.find_first_not_of("0123456789abcdefABCDEF");
  if (size == std::string_view::npos) size = text.size();
  if (size < text.size() && std::string_view(" \t]:/").find(text[size]) == std::string_view::npos)
    return std::nullopt;
  const auto id = model::CommitId::from_hex(text.substr(0, size));
  if (id) text.remove_prefix(size);
  return id;
}

LogLine classify(std::string_view line) {
  line = line.substr(0, line.find_last_not_of(" \t\r\n") + 1);
  if (line.empty()) return {};
  const LineRow* best = nullptr;
  for (const LineRow& row : k_rows)
    if (begins(line, row.words) && (best == nullptr || row.words.size() > best->words.size())) best = &row;
  if (best == nullptr) return classify_by_shape(line);
  std::string_view rest = line.substr(std::min(best->words.size(), line.size()));
  if (best->kind == recipients_cc && best->words.ends_with('[')) rest = line.substr(best->words.size() - 1);
  if (best->kind == remark && !is_remark(base::trim(rest), best->words)) return {};
  return {best->kind, base::trim(rest)};
}

bool is_incomplete(const LogLine& line) {
  std::string_view rest = line.rest;
  switch (line.kind) {
    case start_cause:
    case start_fix:
    case head:
    case commit:
    case result:
      return !take_hash(rest);
    case signature:
    case culprit_signature:
    case parent_signature:
      return !is_hex(rest);
    case tool:
    case own_tool:
    case release:
    case compiler:
    case failed:
    case error:
    case crash:
    case commit_msg:
    case git_possible:
    case git_result:
      return rest.empty();
    case all_runs:
      return rest.empty() || rest == "crashed:" || rest == "boot failed:" ||
             rest == "basic kernel testing failed:";
    case git_word:
      return rest.find(' ') == std::string_view::npos;
    case git_start:  // one revision and no option
      return !rest.empty() && rest.find_first_of(" '") == std::string_view::npos;
    case run:
      return rest.find(": ") == std::string_view::npos;
    case revisions_left:
      return rest.find("revision") != std::string_view::npos && !rest.ends_with(')');
    case first_bad:
      return !rest.ends_with(" commit");
    case totals:
      return !rest.ends_with(')');
    case recipients_to:
    case recipients_cc:
    case variant:
      return rest.find('[') != std::string_view::npos && rest.find(']') == std::string_view::npos;
    default:
      return false;
  }
}

}  // namespace culprit::replay
