// A runner that found nothing to run mostly says so and ends with 0, as if all were well; one that found nothing of the
// name that it was given says so and fails, as if it were the bug. Both are told by their summaries. Runners of several
// parts (cargo, go, Maven) print one for each, so that a single one that ran something outweighs all that ran nothing.
#include "console/programs/ran.h"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>

#include "base/strings.h"
#include "console/programs/said.h"
#include "console/programs/shape.h"

namespace culprit::console {
namespace {

// Expressions without groups that capture, for RE2's automaton; lines are as shown, without blanks at their ends.
// What no summary of a runner that ran nothing does without: looked for in the whole output at once.
constexpr const char* k_maybe_none =
    R"((?i)no tests? |no test(?:able)? |no (?:suitable )?tests|\b0 tests?\b|\b0 passed|\bTests=0\b|NOTESTS|\b0 passing|\b0 examples|\b0 runs|no examples|1\.\.0|TOTAL: 0|Tests run: 0|tests 0\b|skipped|deselected|_FailedTest|pass 0\b)";

constexpr const char* k_none =
    // pytest, unittest
    R"(^(?:=+ )?no tests ran\b|^(?:=+ )?\d+ (?:skipped|deselected)(?:, \d+ (?:skipped|deselected|warnings?))* in [\d.]+s|)"
    R"(^Ran 0 tests in |^NO TESTS RAN|)"
    // Go, Rust
    R"(\[no tests to run\]$|\[no test files\]$|^test result: ok\. 0 passed; 0 failed;|^error: no tests to run|^error: no (?:test|bin|example) target (?:named|matches)|)"
    // GoogleTest, Catch2, doctest, CTest, Boost, Meson
    R"(^\[  PASSED  \] 0 tests\.|^No test cases matched|^No tests ran\b|^\[doctest\] test cases: +0 \||^No tests were found!|no test cases matching filter|^No (?:suitable )?tests defined|)"
    // jest, vitest, mocha, node
    R"(^No tests found\b|^Tests: +(?:\d+ (?:skipped|todo), )+\d+ total$|No test files found|^Tests +(?:\d+ (?:skipped|todo)(?: \| )?)+ \(\d+\)$|^0 passing\b|^[#ℹ] tests \d+$|)"
    // TAP and prove, Automake
    R"(^1\.\.0\b|\bTests=0,|^Result: NOTESTS|^# TOTAL: +0$|)"
    // JVM, .NET
    R"(No tests were executed|[Nn]o tests to run\b|Tests run: 0,|No tests found for given includes|^OK \(0 tests\)|\[ +0 tests found|No test matches the given|No test is available in|)"
    // Ruby, PHP
    R"(^0 examples, 0 failures|^No examples found|^0 (?:runs|tests), 0 assertions|^No tests executed!)";

constexpr const char* k_some =
    R"(^(?:=+ )?(?:\d+ [a-z]+, )*\d+ (?:passed|failed|errors?|xfailed|xpassed)\b.* in [\d.]+s|^Ran [1-9]\d* tests? in |)"
    R"(^(?:ok  |FAIL)\s+\S+\s+(?:[\d.]+s|\(cached\))(?: +coverage: (?:[\d.]+% of statements(?: in \S+)?|\[no statements\]))?$|^\s*--- (?:PASS|FAIL): |^test result: .*\b[1-9]\d* (?:passed|failed)|Summary \[.*\] +[1-9]\d* tests? run|)"
    R"(^\[  PASSED  \] [1-9]|^\[  FAILED  \]|^All tests passed \(|^test cases: +[1-9]|^\[doctest\] test cases: +[1-9]|^\d+% tests passed|^\*\*\* (?:No errors|\d+ (?:failure|error))|^(?:Ok|Fail): +[1-9]|)"
    R"(^Tests: .*\d+ (?:passed|failed)|^Tests +\d+ (?:passed|failed)|^[1-9]\d* (?:passing|failing)\b|^[#ℹ] (?:pass|fail) [1-9]|)"
    R"(^(?:not )?ok \d+(?: [^#]*)?$|\bTests=[1-9]|^# (?:PASS|FAIL|ERROR): +[1-9]|)"
    R"(Tests run: [1-9]|^OK \([1-9]|[1-9]\d* tests (?:successful|failed)|(?:Passed|Failed)! +- |)"
    R"(^[1-9]\d* examples?,|^[1-9]\d* (?:runs|tests), |^Tests: [1-9])";

// A line behind it that only passes on that something ended badly, or that belongs to the same finding.
constexpr const char* k_passes_on =
    R"(^make(?:\[\d+\])?: |^npm (?:ERR|error)|^error Command failed|^ERROR: (?:not found|file or directory not found)|^\(no match in any|^error: (?:test failed|no )|^\[ERROR\])";

constexpr const char* k_nothing_there =
    R"(^\S+: (?:line )?\d+: \S+: (?:command )?not found$|^make(?:\[\d+\])?: \*\*\* No rule to make target '[^']*'\.  Stop|)"
    R"(^make(?:\[\d+\])?: \*\*\* .*Error 12[67]$|: can't open file '.*': \[Errno 2\]|^Can't open perl script |)"
    R"(^\S+: \d+: cannot open \S+: No such file|Missing script: |^env: .*: No such file or directory$)";

constexpr const char* k_no_memory =
    R"(\bMemoryError\b|\bbad_alloc\b|OutOfMemory|(?i:out of memory)|(?i:heap limit)|memory allocation of \w+ bytes failed|Cannot allocate memory|(?i:memory exhausted)|Allocation failed - JavaScript heap)";

// Runners that name the tests that passed.
constexpr const char* k_passed_test =
    R"( \.\.\. ok$|::.* PASSED(?: +\[ *\d+%\])?$|^PASSED \S+::|^ok \d+ |^--- PASS: |^\[       OK \] |^ *\d+/\d+ Test +#\d+: .* Passed +|^[✓✔√] |^PASS: |)"
    R"( > .* PASSED$|^ *\d+/\d+ \S.* OK +[\d.]+s|^PASS \[ *[\d.]+s\]|^Passed \S+ \[)";
constexpr const char* k_skipped_test =
    R"( \.\.\. (?:skipped|ignored)|SKIPPED|^ok \d+ .*# (?:SKIP|skip|TODO)|^--- SKIP: |^\[  SKIPPED \]|\*\*\*Skipped|^[○↓-] |^SKIP: )";

// A suite's summary in which tests passed.
constexpr const char* k_end_of_suite =
    R"(\b[1-9]\d* passed\b.* in [\d.]+s|^Ran [1-9]\d* tests? in |^FAIL\s+\S+\s+[\d.]+s$|^Tests: .*\b[1-9]\d* passed|^Tests .*\b[1-9]\d* passed|^[1-9]\d* passing\b|)"
    R"(^[1-9]\d* examples?, |^[1-9]\d* (?:runs|tests), |^Tests: [1-9]\d*, |Tests run: [1-9])";
constexpr const char* k_stopped_early =
    R"(stopping after \d+ failures?|^!+ .*Interrupted|^Test Suites: .*\b(?:\d+) of \d+ total|^panic: |^fatal error: |(?i:fail-?fast)|--bail|^[.sxuFE]*[FE]$)";

std::vector<std::string> shown_lines(std::string_view console) {
  const std::string shown = as_shown(console);
  std::vector<std::string> out;
  for (const std::string_view line : base::split_lines(shown)) out.emplace_back(base::trim(line));
  return out;
}

bool has(std::string_view text, const re2::RE2& expression) {
  return re2::RE2::PartialMatch(text, expression);
}

// unittest fails a test that is not there in the name of its loader. The last line of its block says why; one that names
// another module than the test's is a failure of the module.
bool is_absent_test(std::string_view head, std::string_view why) {
  if (why.starts_with("AttributeError: ")) return why.contains(" has no attribute ");
  static constexpr std::string_view k_no_module = "No module named '";
  const std::size_t at = why.find(k_no_module);
  if (at == std::string_view::npos) return false;
  std::string_view module = why.substr(at + k_no_module.size());
  module = module.substr(0, module.find('\''));
  module = module.substr(module.rfind('.') + 1);
  static constexpr std::string_view k_error = "ERROR: ";
  const std::string_view test = head.substr(k_error.size(), head.find(' ', k_error.size()) - k_error.size());
  return test == module;
}

// The last line by which unittest says that what it was to run is not there, if all that failed are such and no more ran.
std::string absent_in_unittest(const std::vector<std::string>& lines) {
  std::string out;
  int absent = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with("FAIL: ")) return {};
    if (lines[i].starts_with("Ran ") && !lines[i].starts_with("Ran " + std::to_string(absent) + " test"))
      return {};
    if (!lines[i].starts_with("ERROR: ")) continue;
    if (!lines[i].contains("_FailedTest")) return {};
    std::size_t end = i + 1;
    while (end < lines.size() && !lines[end].starts_with("ERROR: ") && !lines[end].starts_with("Ran ")) ++end;
    const auto why = std::find_if(lines.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                  lines.begin() + static_cast<std::ptrdiff_t>(end),
                                  [&](const std::string& line) { return is_absent_test(lines[i], line); });
    if (why == lines.begin() + static_cast<std::ptrdiff_t>(end)) return {};
    out = *why;
    ++absent;
  }
  return out;
}

bool is_all_skipped(const std::vector<std::string>& lines) {
  static const re2::RE2 ran(R"(^Ran (\d+) tests? in )"), skipped(R"(^OK \(skipped=(\d+)\)$)");
  int of = -1, n = -2;
  for (const std::string& line : lines) {
    re2::RE2::PartialMatch(line, ran, &of);
    re2::RE2::PartialMatch(line, skipped, &n);
  }
  return of == n;
}

// Without rules and times.
std::string in_short(std::string line) {
  static const re2::RE2 time(R"([;,]?(?: finished)? in [\d.]+ ?m?s.*$| +[\d.]+s\b)"), rule(R"(^=+ *| *=+$)");
  re2::RE2::GlobalReplace(&line, rule, "");
  re2::RE2::GlobalReplace(&line, time, "");
  return line;
}

}  // namespace

bool says_that_nothing_was_there(std::string_view console) {
  const std::vector<std::string> lines = shown_lines(console);
  bool found = false;
  for (const std::string& line : lines) {
    const bool says = tells_of_no_command(line);
    if (!says && tells_of_failure(shape_of(line)) && !line.starts_with("make")) return false;
    found = found || says;
  }
  return found;
}

NoTest no_test_ran(std::string_view console) {
  static const re2::RE2 maybe(k_maybe_none), none(k_none), some(k_some), passes_on(k_passes_on);
  if (!has(console, maybe)) return {};
  const std::vector<std::string> lines = shown_lines(console);
  if (std::string absent = absent_in_unittest(lines); !absent.empty()) return {std::move(absent), true, true};
  const bool skipped = is_all_skipped(lines);
  NoTest out;
  for (const std::string& line : lines) {
    const bool all_skipped = skipped && line.starts_with("OK (skipped=");
    if (!all_skipped && !(skipped && line.starts_with("Ran ")) && has(line, some)) return {};
    if (all_skipped || has(line, none))
      out = {in_short(line), true, line.starts_with("error: no ")};
    else if (out.last && tells_of_failure(shape_of(line)) && !has(line, passes_on))
      out.last = false;
  }
  return out;
}

bool tells_of_no_command(std::string_view line) {
  static const re2::RE2 expression(k_nothing_there);
  return has(base::trim(line), expression);
}

bool tells_of_no_memory(std::string_view text) {
  static const re2::RE2 expression(k_no_memory);
  return has(text, expression);
}

bool names_test(std::string_view text, std::string_view name) {
  const auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || !is_part(text[at - 1])) && (end == text.size() || !is_part(text[end]))) return true;
  }
  return false;
}

Fate fate_of_tests(std::string_view console, const std::vector<std::string>& tests) {
  static const re2::RE2 passed(k_passed_test), skipped(k_skipped_test);
  std::vector<bool> did_pass(tests.size());
  bool lists = false;
  for (const std::string& line : shown_lines(console)) {
    const bool is_skipped = has(line, skipped);
    const bool is_passed = !is_skipped && has(line, passed);
    if (!is_passed && !is_skipped) continue;
    lists = lists || is_passed;
    for (std::size_t i = 0; i < tests.size(); ++i) {
      if (!names_test(line, tests[i])) continue;
      if (is_skipped) return Fate::unrun;
      did_pass[i] = true;
    }
  }
  if (!tests.empty() && std::ranges::all_of(did_pass, [](bool yes) { return yes; })) return Fate::passed;
  return lists && std::ranges::none_of(did_pass, [](bool yes) { return yes; }) ? Fate::unrun : Fate::unknown;
}

bool ran_to_its_end(std::string_view console) {
  static const re2::RE2 end(k_end_of_suite), stopped(k_stopped_early);
  bool ended = false;
  for (const std::string& line : shown_lines(console)) {
    if (!line.empty() && has(line, stopped)) return false;
    ended = ended || has(line, end);
  }
  return ended;
}

}  // namespace culprit::console
