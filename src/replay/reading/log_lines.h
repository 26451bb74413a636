// The lines of a finished bisection log, told apart: one table row a line kind.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "model/graph/commit.h"

namespace culprit::replay {

enum class LineKind {
  none,               // not a line of any log's grammar
  start_cause,        // bisecting cause commit starting from <hash>
  start_fix,          // bisecting fixing commit since <hash>
  tool,               // building syzkaller on <hash>
  host,               // <host> starts bisection <time>
  release,            // testing release <tag>
  head,               // testing current HEAD <hash>
  commit,             // testing commit <hash> [with <compiler> | gcc | clang]
  compiler,           // compiler: <version>
  signature,          // kernel signature: <hex>
  all_runs,           // all runs: <run>
  run,                // run #<n>: <run>
  failed,             // failed: <text>, for the whole revision
  failed_building,    // failed building <hash>: <text>
  representative,     // representative crash: <title>, types: [..]
  variant,            // what announces a test of a revision in another configuration
  git_start,          // # git bisect start <bad> <good>
  git_word,           // # git bisect good|bad|skip|.. <hash>
  git_named,          // # good: [<hash>] <title>, in git bisect log
  git_result,         // # first bad commit: [<hash>] <title>
  git_possible,       // # possible first bad commit: [<hash>] <title>
  git_output,         // what git prints on the way
  revisions_left,     // Bisecting: N revisions left ...
  checkout,           // [<hash>] <title>
  first_bad,          // <hash> is the first bad commit
  culprit_signature,  // culprit signature: <hex>
  parent_signature,   // parent  signature: <hex>
  totals,             // revisions tested: N, total time: ..
  result,             // first bad commit: <hash> <title>
  recipients_to,      // recipients (to): [..]
  recipients_cc,      // recipients (cc): [..], cc: [..]
  horizon,            // the crash already happened on the oldest tested release, and its likes
  commit_msg,         // commit msg: <title>
  inconclusive,       // ... the first bad commit could be any of:
  hash,               // <hash> alone, or <hash> <title>, in such a list
  error,              // error: <text>
  crash,              // crash: <title>; the rest is the console
  merge_base,         // checking the merge base <hash>, or <hash>/<title> is a merge base, ..
  own_tool,           // building culprit on <version>
  own,                // # culprit: <remark>, of which some say something of a revision
  remark,             // says how the bisection was done; nothing that is kept
};

struct LogLine {
  LineKind kind = LineKind::none;
  std::string_view rest;  // what follows the words that tell the kind, without leading blanks
};

// Tells what `line` is. Needs no context; trailing blanks do not matter.
LogLine classify(std::string_view line);

// The line is of its kind but lacks something that must follow: it was wrapped, or cut.
bool is_incomplete(const LogLine& line);

// A full id at the beginning of `text`, followed by its end, a blank or one of "]:/"; `text` loses it.
std::optional<model::CommitId> take_hash(std::string_view& text);

// The table behind `classify`, for the tests.
struct LineRow {
  std::string_view words;  // the line begins with them
  LineKind kind;
};
std::span<const LineRow> line_table();

}  // namespace culprit::replay
