// A console rule: how one kind of report announces itself, and what it is called. Rules are data; see
// docs/console.md for how to add one.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "console/stack/generic.h"
#include "console/text/line.h"
#include "model/run/report.h"

namespace culprit::console {

struct Match;
struct Rule;
struct Said;

// Reads what no expression can: what a program's report says, of the lines from its head on. `before` are the
// lines in front of it. False: it is none.
using Interpreter = bool (*)(std::span<const Line> before, std::span<const Line> lines, const Match& match,
                             Said& said);

// Is a head that fits `next` a part of the report that began in front of it? `head` and `body` are the lines of
// the two heads, `text` is what stands between, raw (of a long text only the end).
using Holder = bool (*)(const Rule& next, std::string_view head, std::string_view text,
                        std::string_view body);

// What a program's report is worth beside others of the same run.
enum class Standing {
  itself,  // says what went wrong
  bare,  // the same, but a test may want it: one that passes takes it back, one that fails has its own report
  test,  // a test that failed
  names,     // names what failed once more: counts only where no other report has the same place
  fallback,  // says that something failed: counts only where nothing else says what
  begins,    // no report: tests begin
  passed,    // no report: the tests since the last verdict passed
  failed,    // no report: some of them did not
};

// Where the blamed function comes from. "Explains" means: is in none of the rule's generic families.
enum class Blame {
  none,           // the title names no function
  stack,          // the first frame of the crash stack (the program counter first) that explains
  stack_or_head,  // the same; a report without any stack takes group `f` of the head or detail line
  head,           // group `f` of the head or detail line; where that is generic, the stack
  lock,           // the first ", at: function" of a lock line that explains; else the stack
  stall,          // the interrupted stack: what the outermost-but-one dispatcher called, see blame.cc
  hang,           // the hung task's stack, past scheduler and locks
  first_stack,    // the first stack of whatever kind
  lockup,         // the same of a CPU that prints its own stack: from the program counter on
  overflow,       // as for a stall, from the stack alone: where it overflows is chance
  // For programs: the first function of the crash stack that is not of a runtime library ...
  user,
  user_pair,     // ... and of the other access of a race, as "a / b"
  user_or_head,  // ... or group `f` or `g` of the head
  user_or_file,  // ... or the file that the head names
  user_if_any,   // ... or none: the title does without
};

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): rows read in this order
struct Rule {
  std::string_view id;       // "<family>/<name>", unique; golden files are named after it
  std::string_view literal;  // a text that every head line contains, for the scanner
  std::string_view head;     // RE2, searched for in the head line's message
  // RE2, searched for in the lines after it; the rule applies only if one matches.
  std::string_view detail = {};
  std::size_t detail_within = 24;  // lines behind the head in which the detail must come
  // The title. {1}..{9} are the head's groups, {d1}..{d9} the detail's, {frame} the blamed function, {access}
  // "Read" or "Write".
  std::string_view title = {};
  std::string_view alt = {};          // one more wording of the same, or empty
  std::string_view type = "UNKNOWN";  // {ACCESS} is "READ" or "WRITE"
  Blame blame = Blame::none;
  // How a line begins, that ends in "ok" and says that this was expected; {1} as in the title. The report is
  // none then.
  std::string_view expected = {};
  Families generic = k_generic;  // families that the blamed function may not be of
  std::string_view skip = {};    // more functions that may not be blamed, separated by blanks
  bool needs_stack = true;       // with `blame`: a report without a stack is corrupted
  bool one_task = false;    // prints one "CPU: ... PID: ..." line: those of two tasks are two reports, mixed
  bool boxed = false;       // a line of "=====" ends it
  bool patient = false;     // a report that begins soon after it does not end it
  bool needs_task = false;  // a report without a line "CPU: ... PID: ... Comm: ..." is corrupted
  bool fragment = false;    // the piece of a report whose head is lost: always corrupted
  bool suppressed = false;  // noise that says nothing about the code under test
  bool one_line = false;    // the head is all there is: the report around it goes on
  bool boot = false;  // a sign of a boot: a report only if a kernel ran before and did not reboot by request
  bool follows = false;  // inside an open report of the same context, it continues that one
  bool fatal = false;    // nothing runs on after it
  bool ignore = false;   // looks like a report and is none: stops the search for a rule
  // Its words may be prose: without a time stamp a report only where a kernel's dump follows.
  bool needs_dump = false;
  // Its words are anybody's: a report only where a dump follows, and they end no report that they stand in.
  bool weak = false;
  // The head of the same fault may follow, and takes its place; behind a weak rule's any head of a kernel's soon.
  bool preamble = false;
  bool user = false;           // printed by a user-space program: not looked for in a kernel's console
  Interpreter read = nullptr;  // of a program's report; fills in {what} and {frame}
  bool as_it_is = false;       // a line of JSON or XML is the format itself: nothing is taken off
  Holder holds = nullptr;      // more heads that are a part of the report
  Standing standing = Standing::itself;
  std::optional<model::LockdepKind> lockdep = {};
};

// Is what the rule finds no report, but what became of those before it?
constexpr bool is_verdict(const Rule& rule) {
  return rule.standing == Standing::begins || rule.standing == Standing::passed ||
         rule.standing == Standing::failed;
}

// Is it that, or a test that failed? What kills the test program is another matter.
constexpr bool is_about_tests(const Rule& rule) {
  return is_verdict(rule) || rule.standing == Standing::test || rule.standing == Standing::names;
}

// All rules, in the order in which they are tried. Rules with the same head differ in their detail.
std::span<const std::span<const Rule>> rule_tables();

}  // namespace culprit::console
