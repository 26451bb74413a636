// Reads a finished bisection log: the reference system's, in any of its dialects since 2018, ours, or what
// `git bisect log` prints. Reads only; what the log is worth is for others to judge.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/graph/commit.h"
#include "model/search.h"
#include "model/verdict.h"

namespace culprit::replay {

enum class LoggedOutcome { ok, crashed, boot_failed, test_failed, infra, ignored };
// "ok", "crashed", "boot_failed", "test_failed", "infra", "ignored": the names in JSON.
std::string_view name_of(LoggedOutcome outcome);

// bug: the one that is chased; another: it hides that one; beside: it hides nothing, the run was quiet but for it.
enum class CrashIs { bug, another, beside };

struct LoggedRun {
  int number = 0;  // as logged; of "all runs:" 0, 1, ...
  LoggedOutcome outcome = LoggedOutcome::ok;
  std::string text;  // crashed, ignored: the title; else what is said, lines joined by line feeds; OK: empty
  std::optional<CrashIs> is{};  // a log of culprit's, where its bisection knew more than the title
  std::size_t line = 0;         // 1-based, in the log
};

enum class LoggedFailure { none, build_broken, infra };

struct LoggedRevision {
  model::CommitId commit;
  std::string label;      // the release tag; empty for none
  std::string title;      // the commit's; empty where the log does not say
  std::string compiler;   // "gcc (GCC) 8.1.0", "clang"; empty where the log does not say
  std::string signature;  // hex; empty where there is none
  std::vector<LoggedRun> runs;
  // The runs come from "all runs:", which does not say how many there were: ten are assumed.
  bool all_runs = false;
  LoggedFailure failure = LoggedFailure::none;  // of the whole revision, if no runs followed
  std::string failure_text;
  // Git's word in the log, the last one. In a bisection for a fix "bad" means that the fix is there.
  std::optional<model::UserVerdict> logged;
  // "N revisions left to test after this", as git said when it chose the revision.
  std::optional<int> left;
  // When the log first named it: had git begun, and the last revisions that it had called good and bad.
  bool git_begun = false;
  std::optional<model::CommitId> last_good;
  std::optional<model::CommitId> last_bad;
  bool older_than_bug =
      false;  // fix: free of the bug since it had not come yet; git has it with the old side
  // Its runs tell nothing: the log has no verdict on it, as another report hides the bug.
  bool masked = false;
  // A log of culprit's: its bisection had reasons not to count the crashes here that look like the bug.
  bool crashes_count = true;
  std::string representative;  // the crash that the log itself says to stand for the revision; may be empty
  std::size_t line = 0;        // where the log first tests it, or first names it
};

// One step of git: "good", "bad" (or the terms that stand for them) or "skip", in order.
struct LoggedStep {
  model::UserVerdict verdict = model::UserVerdict::skip;
  model::CommitId commit;
  std::size_t line = 0;
};

// What a log of culprit's says of who descends from whom. `commit` was new when it was said.
struct LoggedKin {
  model::CommitId commit;
  std::optional<model::CommitId> other;  // none: no relative was in the log by then
  bool is_ancestor = false;              // of `other`; else its descendant
};

enum class LoggedKind { none, culprit, horizon, inconclusive, error };
// "culprit", "horizon", "inconclusive", "error"; "none" where the log ends without a result.
std::string_view name_of(LoggedKind kind);

struct LoggedResult {
  LoggedKind kind = LoggedKind::none;
  std::optional<model::CommitId> commit;    // the culprit
  std::string title;                        // of the culprit, or of the horizon's commit
  std::vector<model::CommitId> candidates;  // inconclusive
  std::string text;                         // the line that says it
};

struct UnreadLine {
  std::size_t number = 0;
  std::string text;
};

struct BisectionLog {
  model::Goal goal = model::Goal::cause;
  std::optional<model::CommitId> start;
  std::optional<model::CommitId> head;    // fix: the revision tested as current HEAD
  std::vector<LoggedRevision> revisions;  // in order of first test; one that is tested again has all its runs
  std::vector<LoggedRevision> variants;   // tests of a revision in another configuration, kept apart
  std::string bisect_bad;                 // ends of "git bisect start", as logged: an id or a tag
  std::string bisect_good;
  std::vector<LoggedStep> steps;
  bool is_own = false;           // culprit wrote it
  bool states_ancestry = false;  // in `kin`, and by the order of the tests
  std::vector<LoggedKin> kin;
  std::string left_open;  // what the log says of commits that its words do not tell from the culprit
  std::vector<model::CommitId> merge_bases;  // tested as such: what two lines of history share
  LoggedResult result;

  std::optional<model::CommitInfo> shown;  // git's description of the culprit, as far as the log quotes it
  std::string diffstat;
  std::string culprit_signature;
  std::string parent_signature;
  std::optional<double> total_s;  // as far as the log says
  std::optional<double> build_s;
  std::optional<double> test_s;
  std::optional<int> revisions_tested;
  std::vector<std::string> recipients_to;
  std::vector<std::string> recipients_cc;
  std::string crash_title;
  std::string console;  // what follows the crash's title

  std::size_t lines_read = 0;      // that belong to a log
  std::vector<UnreadLine> unread;  // that do not, empty ones aside
  // The text ends within a line, which may have lost its end.
  bool cut = false;

  // The revision that `ref` (an id, a tag, an id's beginning of seven digits or more) names, else null.
  const LoggedRevision* find(std::string_view ref) const;
};

// Never fails: a text that is no log yields lines_read == 0 and every line unread.
BisectionLog read_bisection_log(std::string_view text);

}  // namespace culprit::replay
