// The interpreters that the rules of programs name: each reads one family's format.
#pragma once

#include <span>
#include <string_view>

#include "console/match/rule.h"
#include "console/programs/said.h"

namespace culprit::console {

// Python's traceback, chained ones and those of a SyntaxError. Where one exception is the stated cause of
// another, it is the cause that counts; of one raised while another was handled, the later.
bool read_python_traceback(std::span<const Line> before, std::span<const Line> lines, const Match& match,
                           Said& said);
bool holds_python_chain(const Rule& next, std::string_view head, std::string_view text,
                        std::string_view body);
// faulthandler's stacks: innermost first. Group 1 is what happened.
bool read_python_fatal(std::span<const Line> before, std::span<const Line> lines, const Match& match,
                       Said& said);
// unittest: a test's name in group f, its class in group g.
bool read_unittest(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// pytest: one test of its section of failures (its name is group f), or a line of its summary.
bool read_pytest(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
bool read_pytest_summary(std::span<const Line> before, std::span<const Line> lines, const Match& match,
                         Said& said);

// An exception whose name is group 1, with a stack of "at" lines behind it, and its causes: JVM, .NET, JavaScript.
// What caused the others counts.
bool read_exception(std::span<const Line> before, std::span<const Line> lines, const Match& match,
                    Said& said);
// Android: the exception stands on the detail line.
bool read_android(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// Node's "/srv/store.js:42", the line's text, and the exception behind it.
bool read_node(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// Bun: its own name stands behind the exception.
bool read_bun(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// Ruby: the first frame is group f, the exception's name group 1; the exceptions that caused it follow.
bool read_ruby(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
bool holds_ruby(const Rule& next, std::string_view head, std::string_view text, std::string_view body);
// PHP: what happened is group 1, where is group f or on a line behind.
bool read_php(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
bool holds_php(const Rule& next, std::string_view head, std::string_view text, std::string_view body);
// Perl: the message is group 1, "FILE line N" group f; more of the same follow from the first.
bool read_perl(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
bool holds_perl(const Rule& next, std::string_view head, std::string_view text, std::string_view body);

// Languages whose frames an expression can read (foreign.cc): the last group of the head is what happened; group f is the
// place or the function.
bool read_foreign(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);

// Erlang: what happened is a term on the lines behind.
bool read_erlang_term(std::span<const Line> before, std::span<const Line> lines, const Match& match,
                      Said& said);
// Clojure's own words: group 1 is the exception, group f the function, group g its place.
bool read_clojure(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);

// A JVM that died: group 1 is the signal or error; the function is on the line behind "Problematic frame".
bool read_hs_err(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);

// A test that failed: its name is group f; why, and where, as far as the lines say. Group 1, if not empty, is
// what failed in it.
bool read_test(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// The same of a format that names the test in front of the failure.
bool read_catch2(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
bool read_junit_xml(std::span<const Line> before, std::span<const Line> lines, const Match& match,
                    Said& said);
// A line that has the name and nothing else.
bool read_name(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// One whose head begins with "file:12:".
bool read_located(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// Qt Test: the place is on a line "Loc: [file(12)]".
bool read_qtest(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// Go's test: what it logged stands behind the line that names it or, where tests are told one by one, in front.
bool read_go_test(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// Boost.Test: group 1 is "file(12)".
bool read_boost(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// EUnit: what and where stand behind the line that names the test.
bool read_eunit(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// clojure.test: group 1 is "FAIL" or "ERROR", group f the test, group g the place.
bool read_clojure_test(std::span<const Line> before, std::span<const Line> lines, const Match& match,
                       Said& said);
// vitest: group 1 is the file of a test, or of a suite that did not load.
bool read_vitest(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// Go's panic at the deadline: the test that a goroutine is in.
bool read_go_timeout(std::span<const Line> before, std::span<const Line> lines, const Match& match,
                     Said& said);
// TAP's "not ok" with the block behind it.
bool read_tap(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// jest: a failure after its bullet. mocha, minitest and rspec: an item of a numbered list.
bool read_jest(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
bool read_numbered(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// Maven and JUnit 4: "test(com.example.CacheTest)" and the exception behind it.
bool read_surefire(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// Group 2 is how the test ended.
bool read_ctest(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// What a test printed, with its panic.
bool read_rust_test(std::span<const Line> before, std::span<const Line> lines, const Match& match,
                    Said& said);
// gtest: file and line are groups 1 and 2; the name is behind it.
bool read_gtest(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);

// A compiler's or build tool's error: group f is the file, group 2 what is wrong.
bool read_build_error(std::span<const Line> before, std::span<const Line> lines, const Match& match,
                      Said& said);
// The same of one that is about no file: what the head matches is the title.
bool read_make(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
bool read_plain(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// lld and mold: a place may stand behind it.
bool read_lld(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
bool read_macos_linker(std::span<const Line> before, std::span<const Line> lines, const Match& match,
                       Said& said);
// Clojure: what is wrong is the line behind.
bool read_clojure_syntax(std::span<const Line> before, std::span<const Line> lines, const Match& match,
                         Said& said);
bool read_go_build(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// rustc and Miri: group 1 is what is wrong; the file is on a line "  --> src/main.rs:4:5" behind it.
bool read_rustc(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
bool read_miri(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);
// CMake: what is wrong is on the lines behind it.
bool read_cmake(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said);

// What a test prints while it fails is of that test.
bool holds_all_but_tests(const Rule& next, std::string_view head, std::string_view text,
                         std::string_view body);
// gtest: more failures of the same test.
bool holds_gtest(const Rule& next, std::string_view head, std::string_view text, std::string_view body);
// More errors in the same file follow from the first.
bool holds_same_file(const Rule& next, std::string_view head, std::string_view text, std::string_view body);

}  // namespace culprit::console
