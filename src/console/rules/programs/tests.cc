// Test frameworks: the tests that failed, and the verdict over all of them. A title is what failed and the
// test's name, so that it is the same whichever way the framework was told to print.
#include "console/rules/programs/tables.h"

namespace culprit::console::rules {
namespace {

// A test that failed, read by its name in group f.
constexpr Rule test(std::string_view id, std::string_view literal, std::string_view head,
                    Interpreter read = read_test) {
  return {.id = id,
          .literal = literal,
          .head = head,
          .title = "{what} in {frame}",
          .type = "TEST",
          .blame = Blame::user,
          .user = true,
          .read = read,
          .holds = holds_all_but_tests,
          .standing = Standing::test};
}

// A line that names one once more, or alone.
constexpr Rule named(std::string_view id, std::string_view literal, std::string_view head,
                     Interpreter read = read_test) {
  Rule rule = test(id, literal, head, read);
  rule.standing = Standing::names;
  return rule;
}

// Its lines are JSON or XML.
constexpr Rule of_format(Rule rule) {
  rule.as_it_is = true;
  return rule;
}

constexpr Rule verdict(std::string_view id, std::string_view literal, std::string_view head,
                       Standing standing, std::string_view detail = {}, std::size_t within = 4) {
  return {.id = id,
          .literal = literal,
          .head = head,
          .detail = detail,
          .detail_within = within,
          .title = "tests",
          .type = "TEST",
          .needs_stack = false,
          .user = true,
          .standing = standing};
}

constexpr Rule detailed(Rule rule, std::string_view detail, std::size_t within) {
  rule.detail = detail;
  rule.detail_within = within;
  return rule;
}

constexpr Rule holding(Rule rule, Holder holds) {
  rule.holds = holds;
  return rule;
}

constexpr Rule k_rules[] = {
    // EUnit, clojure.test
    detailed(test("program/eunit", "...*failed*", R"(^\s*\S.*\.\.\.\*failed\*$)", read_eunit),
             R"(^in (?:function|call from) )", 2),
    verdict("program/eunit-passed", " passed.", R"(^  (?:All \d+ tests|\d+ tests|Test) passed\.$)",
            Standing::passed),
    verdict("program/eunit-failed", "  Failed: ", R"(^  Failed: \d+\.  Skipped: \d+\.  Passed: \d+\.$)",
            Standing::failed),
    detailed(test("program/clojure-test", " in (", R"(^(FAIL|ERROR) in \((?P<f>\S+)\) \((?P<g>\S+?:\d+)\)$)",
                  read_clojure_test),
             R"(^expected: )", 8),
    verdict("program/clojure-passed", "0 failures, 0 errors.", R"(^0 failures, 0 errors\.$)",
            Standing::passed),
    verdict("program/clojure-failed", " errors.", R"(^\d+ failures, \d+ errors\.$)", Standing::failed),
    // pytest
    verdict("program/pytest-begins", " test session starts ", R"(^=+ test session starts =+$)",
            Standing::begins),
    verdict("program/pytest-failed", " failed",
            R"(^(?:=+ )?\d+ failed\b.* in [\d.]+s(?: \([^)]*\))?(?: =+)?$)", Standing::failed),
    verdict("program/pytest-broken", " error",
            R"(^(?:=+ )?(?:\d+ [a-z]+, )*\d+ errors? in [\d.]+s(?: \([^)]*\))?(?: =+)?$)", Standing::failed),
    verdict("program/pytest-passed", " passed",
            R"(^(?:=+ )?\d+ passed\b.* in [\d.]+s(?: \([\d:, a-z]+\))?(?: =+)?$)", Standing::passed),
    test("program/pytest-collection", " ERROR collecting ", R"(^_+ ERROR collecting (?P<f>\S.*?) _+$)",
         read_pytest),
    test("program/pytest-fixture", " ERROR at ", R"(^_+ ERROR at (?:setup|teardown) of (?P<f>\S.*?) _+$)",
         read_pytest),
    test("program/pytest-failure", "___ ", R"(^.*___ (?P<f>[\w.]+(?:\[.*\])?) _+$)", read_pytest),
    named("program/pytest-summary", "FAILED ", R"(^FAILED \S+\.py(?:::\S+|::[^\[]+\[.*\])?(?: - .*)?$)",
          read_pytest_summary),
    named("program/pytest-summary-error", "ERROR test", R"(^ERROR test\S*\.py(?:::\S+)?(?: - .*)?$)",
          read_pytest_summary),
    // unittest
    test("program/unittest-failure", "FAIL: ", R"(^FAIL: \w+ \([\w.]+\))", read_unittest),
    test("program/unittest-error", "ERROR: test", R"(^ERROR: test\w* \([\w.]+\))", read_unittest),
    test("program/unittest-set-up", "ERROR: setUp", R"(^ERROR: setUp\w* \([\w.]+\))", read_unittest),
    test("program/unittest-tear-down", "ERROR: tearDown", R"(^ERROR: tearDown\w* \([\w.]+\))", read_unittest),
    verdict("program/unittest-passed", "Ran ", R"(^Ran \d+ tests? in [\d.]+s$)", Standing::passed,
            R"(^OK\b)"),
    verdict("program/unittest-failed", "Ran ", R"(^Ran \d+ tests? in [\d.]+s$)", Standing::failed,
            R"(^FAILED\b)"),
    // Automake
    named("program/automake-failure", "FAIL: ", R"(^FAIL: (?P<f>[A-Za-z_./]\S*(?: :: \S+)?)(?: \(.*\))?$)",
          read_name),
    // Go
    holding(test("program/go-test", "--- FAIL: ", R"(^\s*--- FAIL: (?P<f>\S+) \([\d.]+s\)$)", read_go_test),
            nullptr),
    of_format(named("program/go-test-json", R"("Action":"fail")",
                    R"re("Action":"fail",.*"Test":"(?P<f>[^"]+)")re", read_name)),
    verdict("program/go-passed", "ok  \t", R"(^ok  \t\S+\t)", Standing::passed),
    verdict("program/go-failed", "FAIL\t", R"(^FAIL\t\S+\t)", Standing::failed),
    // Rust
    test("program/rust-test", " stdout ----", R"(^---- (?P<f>\S.*?) stdout ----$)", read_rust_test),
    named("program/rust-test-line", " ... FAILED", R"(^test (?P<f>\S.*?)(?: - should panic)? \.\.\. FAILED$)",
          read_name),
    verdict("program/rust-passed", "test result: ok", R"(^test result: ok\.)", Standing::passed),
    verdict("program/rust-failed", "test result: FAILED", R"(^test result: FAILED\.)", Standing::failed),
    // GoogleTest
    verdict("program/gtest-begins", "[==========] Running ", R"(^\[==========\] Running )", Standing::begins),
    holding(detailed(test("program/gtest-failure", ": Failure", R"(^(\S+?):(\d+): Failure$)", read_gtest),
                     R"(^\[  FAILED  \] ([^\s,]+))", 400),
            holds_gtest),
    holding(detailed(test("program/gtest-failure-nowhere", "unknown file: Failure",
                          R"(^(unknown file): (Failure)$)", read_gtest),
                     R"(^\[  FAILED  \] ([^\s,]+))", 400),
            holds_gtest),
    named("program/gtest-name", "[  FAILED  ] ",
          R"(^\[  FAILED  \] (?P<f>[A-Za-z_][\w/.]*)(?:, where .*)?(?: \(\d+ ms\))?$)", read_name),
    verdict("program/gtest-passed", "[  PASSED  ] ", R"(^\[  PASSED  \] \d+ tests?\.$)", Standing::passed),
    // XCTest: "File.swift:1: error: Suite.test : ", "File.m:1: error: -[Suite test] : "
    test("program/xctest-failure", ": error: ",
         R"(^\S+?:\d+: error: (?:-\[)?(?P<f>[A-Z_]\w*(?:\.[\w.]+|(?:\.\w+)? \w+))\]? : )", read_located),
    verdict("program/xctest-failed", "\t Executed ", R"(^\t Executed \d+ tests?, with [1-9]\d* failures?\b)",
            Standing::failed),
    verdict("program/xctest-passed", "\t Executed ", R"(^\t Executed \d+ tests?, with 0 failures\b)",
            Standing::passed),
    // Other frameworks of C and C++: Criterion, CppUnit, Check, Unity, Qt Test, LTP
    test("program/criterion-failure", "[FAIL] ", R"(^\[FAIL\] (?P<f>\w+::\w+): \()"),
    test("program/criterion-crash", "[----] Warning! The test ",
         R"(^\[----\] Warning! The test `(?P<f>\w+::\w+)` crashed)"),
    test("program/cppunit-failure", ") test: ", R"(^\d+\) test: (?P<f>\S+) \([FE]\))"),
    test("program/check-failure", ":F:", R"(^\S+?:\d+:F:[^:]*:(?P<f>[^:]+):\d+: )", read_located),
    test("program/check-error", ":E:", R"(^\S+?:\d+:E:[^:]*:(?P<f>[^:]+):\d+: )", read_located),
    test("program/unity-failure", ":FAIL", R"(^\S+?:\d+:(?P<f>\w+):FAIL(?:: .*)?$)", read_located),
    test("program/qtest-failure", "FAIL!  : ", R"(^FAIL!  : (?P<f>\w[\w:]*)\()", read_qtest),
    verdict("program/qtest-passed", " passed, 0 failed", R"(^Totals: \d+ passed, 0 failed)",
            Standing::passed),
    test("program/ltp-failure", ": TFAIL: ", R"(^(?P<f>\S+?):\d+: TFAIL: )", read_located),
    // What runs tests of any kind: Meson, Bazel, nextest, bats
    named("program/meson-test", " FAIL ", R"(^\s*\d+/\d+ (?P<f>\S.*?)\s* FAIL \s*[\d.]+s)", read_name),
    named("program/meson-timeout", " TIMEOUT ", R"(^\s*\d+/\d+ (?P<f>\S.*?)\s* TIMEOUT \s*[\d.]+s)",
          read_name),
    named("program/bazel-test", " FAILED in ", R"(^(?P<f>//\S+)\s* FAILED in )", read_name),
    named("program/nextest", " FAIL [", R"(^\s* FAIL \[ *[\d.]+s\](?: \([^)]*\))? \S+ (?P<f>\S+)$)",
          read_name),
    verdict("program/nextest-passed", "Summary [",
            R"(^\s+Summary \[ *[\d.]+s\] +\d+ tests? run: \d+ passed(?: \(.*\))?(?:, \d+ skipped)?$)",
            Standing::passed),
    test("program/bats-failure", "✗ ", R"(^ ✗ (?P<f>\S.*)$)"),
    // Boost.Test
    test("program/boost-test", "rror: in ",
         R"re(^((?:unknown location|\S+?)\(\d+\)): (?:fatal )?error: in "(?P<f>[^"]+)": )re", read_boost),
    verdict("program/boost-passed", "*** No errors detected", R"(^\*\*\* No errors detected$)",
            Standing::passed),
    verdict("program/boost-failed", " detected in ",
            R"(^\*\*\* \d+ (?:failures?|errors?) (?:is|are|was|were) detected in )", Standing::failed),
    // Catch2
    test("program/catch2-failure", ": FAILED:", R"(^(\S+?):(\d+): FAILED:$)", read_catch2),
    verdict("program/catch2-passed", "All tests passed (", R"(^All tests passed \()", Standing::passed),
    verdict("program/catch2-failed", "test cases: ", R"(^test cases: .*\bfailed\b)", Standing::failed),
    // doctest
    holding(detailed(test("program/doctest-failure", "TEST CASE:  ", R"(^TEST CASE:  (?P<f>.+)$)", read_test),
                     R"(: (?:FATAL )?ERROR: )", 60),
            holds_all_but_tests),
    verdict("program/doctest-passed", "[doctest] Status: SUCCESS!", R"(^\[doctest\] Status: SUCCESS!)",
            Standing::passed),
    verdict("program/doctest-failed", "[doctest] Status: FAILURE!", R"(^\[doctest\] Status: FAILURE!)",
            Standing::failed),
    // CTest
    named(
        "program/ctest-name", "***",
        R"(^\s*\d+/\d+ Test +#\d+: (?P<f>\S+) \.*\s*(?:[A-Z][a-z]+ [a-z]+)?\*\*\*((?:Exception: \w+|Exception|Failed|Timeout|Not Run))\b)",
        read_ctest),
    verdict("program/ctest-passed", "100% tests passed", R"(^100% tests passed)", Standing::passed),
    verdict("program/ctest-failed", "% tests passed, ", R"(^\d\d?% tests passed, )", Standing::failed),
    // TAP, Perl's Test::More, node:test
    test("program/tap-diagnosis", "#   Failed test", R"(^\s*#   Failed test '(?P<f>.+)'$)"),
    test("program/tap-diagnosis-unnamed", "#   Failed test at ",
         R"(^\s*#   Failed test at (?:\S*/)?(?P<f>\S+) line \d+)"),
    named("program/tap-not-ok", "not ok ",
          R"(^\s*not ok \d+ (?:- )?(?P<f>[^#\s](?:[^#\\]|\\#)*?)(?: # (?:exit=|TIMEOUT|FAIL).*)?$)",
          read_tap),
    verdict("program/tap-passed", "All tests successful", R"(^All tests successful\.)", Standing::passed),
    verdict("program/tap-result", "Result: FAIL", R"(^Result: FAIL$)", Standing::failed),
    test("program/node-test", "✖ ", R"(^✖ (?P<f>[^\s].*?) \([\d.]+ms\)$)"),
    // jest
    test("program/jest-failure", "● ", R"(^\s*● (?P<f>[^\s].*)$)", read_jest),
    verdict("program/jest-failed", "Tests: ", R"(^Tests: .*\b[1-9]\d* failed)", Standing::failed),
    verdict("program/jest-passed", "Tests: ", R"(^Tests: .*\d+ passed, \d+ total$)", Standing::passed),
    // vitest
    test("program/vitest-failure", " FAIL  ",
         R"(^ FAIL  (?:\|[\w@/-]+\| )?(\S+\.[cm]?[jt]sx?) > (?P<f>\S.*)$)", read_vitest),
    test("program/vitest-suite", " FAIL  ",
         R"(^ FAIL  (?:\|[\w@/-]+\| )?(\S+\.[cm]?[jt]sx?) \[ (?P<f>\S+) \]$)", read_vitest),
    verdict("program/vitest-failed", "Tests  ", R"(^ +Tests  \d+ failed\b)", Standing::failed),
    verdict("program/vitest-passed", "Tests  ",
            R"(^ +Tests  \d+ passed\b[^|]*(?:\| \d+ (?:skipped|todo) )*\(\d+\)$)", Standing::passed),
    // mocha, minitest, rspec: items of a numbered list
    test("program/numbered-1", "  1) ", R"(^  1\) (?P<f>\S.*)$)", read_numbered),
    test("program/numbered-2", "  2) ", R"(^  2\) (?P<f>\S.*)$)", read_numbered),
    test("program/numbered-3", "  3) ", R"(^  3\) (?P<f>\S.*)$)", read_numbered),
    test("program/numbered-4", "  4) ", R"(^  4\) (?P<f>\S.*)$)", read_numbered),
    test("program/numbered-5", "  5) ", R"(^  5\) (?P<f>\S.*)$)", read_numbered),
    test("program/numbered-6", "  6) ", R"(^  6\) (?P<f>\S.*)$)", read_numbered),
    test("program/numbered-7", "  7) ", R"(^  7\) (?P<f>\S.*)$)", read_numbered),
    test("program/numbered-8", "  8) ", R"(^  8\) (?P<f>\S.*)$)", read_numbered),
    test("program/numbered-9", "  9) ", R"(^  9\) (?P<f>\S.*)$)", read_numbered),
    verdict("program/mocha-failed", " failing", R"(^  \d+ failing$)", Standing::begins),
    verdict("program/mocha-passed", " passing (", R"(^  \d+ passing \([\w. ]+\)$)", Standing::passed),
    // JUnit, its XML, Maven, Gradle
    of_format(test("program/junit-xml-failure", "<failure", R"(<(failure)\b)", read_junit_xml)),
    of_format(test("program/junit-xml-error", "<error", R"(<(error)(?: type=| message=|>))", read_junit_xml)),
    test(
        "program/surefire-failure", "<<< ",
        R"(^(?:\[ERROR\] )?(?P<f>[\w.$]+(?:\([\w.$]+\)|\.\w+)).* (?:-- )?Time elapsed: .*<<< (?:FAILURE|ERROR)!$)",
        read_surefire),
    verdict("program/maven-passed", "BUILD SUCCESS", R"(^(?:\[INFO\] )?BUILD SUCCESS(?:FUL in .*)?$)",
            Standing::passed),
    verdict("program/maven-failed", "BUILD FAIL", R"(^(?:\[INFO\] )?BUILD FAIL(?:URE|ED in .*)$)",
            Standing::failed),
    test("program/gradle-failure", " FAILED", R"(^(?P<f>\w[\w.$]* > [^>].*?) FAILED$)"),
    verdict("program/junit-passed", "OK (", R"(^OK \(\d+ tests?(?:, \d+ assertions?)?\)$)", Standing::passed),
    test("program/junit-failure", "Test)", R"(^\d+\) (?P<f>\w+\([\w.$]+Test\))$)", read_surefire),
    test("program/phpunit-failure", "::test", R"(^\d+\) (?P<f>[\w\\]+::test\w*(?: with data set .*)?)$)"),
    verdict("program/junit-failed", "FAILURES!", R"(^FAILURES!(?:!!)?$)", Standing::failed),
    // .NET, Ruby
    test("program/dotnet-test", "  Failed ", R"(^  Failed (?P<f>[\w.]+(?:\(.*\))?) \[[^\]]+\]$)"),
    named("program/xunit-name", " [FAIL]",
          R"(^(?:\[xUnit\.net [\d:.]+\] +|    )(?P<f>\w\S*(?:\(.*\))?) \[FAIL\]$)", read_name),
    verdict("program/dotnet-passed", "Passed!  - ", R"(^Passed!  - Failed: +0)", Standing::passed),
    verdict("program/dotnet-failed", "Failed!  - ", R"(^Failed!  - Failed: )", Standing::failed),
    named("program/rspec-example", "rspec ", R"(^rspec \S+:\d+ # (?P<f>.+)$)"),
    verdict("program/minitest-passed", ", 0 failures",
            R"(^\d+ (?:runs|tests|examples?)\b.*, 0 failures(?:, 0 errors.*|, \d+ pending)?$)",
            Standing::passed),
};

}  // namespace

std::span<const Rule> program_tests() { return k_rules; }

}  // namespace culprit::console::rules
