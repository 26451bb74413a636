// Test frameworks that name the place of a failure rather than an exception: those of C++, and Go's.
#include <algorithm>

#include "base/strings.h"
#include "console/programs/interpreters.h"
#include "console/stack/managed_frames.h"
#include "console/stack/program_stack.h"

namespace culprit::console {
namespace {

// The lines that Go's test printed in front of its result, where tests are told one by one: those behind the last
// line that names it.
std::span<const Line> told_before(std::span<const Line> before, std::string_view test) {
  static constexpr std::string_view k_marks[] = {"=== RUN   ", "=== CONT  ", "=== NAME  "};
  std::size_t end = before.size();
  for (std::size_t i = before.size(); i-- > 0;) {
    const std::string_view body = before[i].body;
    if (!body.starts_with("=== ")) continue;
    const bool own = std::ranges::any_of(k_marks, [&](std::string_view mark) {
      return body.starts_with(mark) && base::trim(body.substr(mark.size())) == test;
    });
    if (own && end > i + 1) return before.subspan(i + 1, end - i - 1);
    end = i;
  }
  return {};
}

// The lines behind a result that are its own: set in further, and no result themselves.
std::span<const Line> told_behind(std::span<const Line> lines) {
  const std::size_t indent = indent_of(lines[0].body);
  std::size_t end = 1;
  while (end < lines.size() && indent_of(lines[end].body) > indent &&
         !base::trim(lines[end].body).starts_with("--- "))
    ++end;
  return lines.subspan(1, end - 1);
}

}  // namespace

bool read_go_test(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said) {
  const std::string_view test = match.function;
  const std::span<const Line> behind = told_behind(lines);
  said.lines = behind.size() + 1;
  said.what = k_test_failure;
  said.where = test_name(test);
  if (!find_place(behind, said)) find_place(told_before(before, test), said);
  return true;
}

bool read_boost(std::span<const Line>, std::span<const Line>, const Match& match, Said& said) {
  said.where = test_name(match.function);
  said.what = k_test_failure;
  said.lines = 1;
  const std::string_view place = match.head[1];
  if (place.starts_with("unknown location")) return true;  // an exception
  const std::size_t open = place.rfind('(');
  said.file = place.substr(0, open);
  said.line = base::parse_number<std::uint32_t>(place.substr(open + 1, place.size() - open - 2)).value_or(0);
  return true;
}

bool read_go_timeout(std::span<const Line>, std::span<const Line> lines, const Match&, Said& said) {
  said.what = "test timeout";
  for (const WalkedStack& s : walk_program_stacks(lines)) {
    for (const model::Frame& f : s.stack.frames) {
      const std::size_t test = f.function.find(".Test");
      if (test == std::string::npos || !f.file.ends_with("_test.go") || !said.where.empty()) continue;
      said.where = f.function.substr(test + 1, f.function.find('.', test + 1) - test - 1);
      said.file = f.file;
      said.line = f.line;
    }
    said.stacks.push_back(s.stack);
  }
  return true;
}

bool read_gtest(std::span<const Line>, std::span<const Line>, const Match& match, Said& said) {
  said.what = k_test_failure;
  said.where = test_name(match.detail[1]);
  if (match.head[1] == "unknown file") return true;  // an exception
  said.file = match.head[1];
  said.line = base::parse_number<std::uint32_t>(match.head[2]).value_or(0);
  return true;
}

bool read_catch2(std::span<const Line> before, std::span<const Line>, const Match& match, Said& said) {
  said.what = k_test_failure;
  said.file = match.head[1];
  said.line = base::parse_number<std::uint32_t>(match.head[2]).value_or(0);
  // "-----", the test's name and its sections, "-----", "test.cc:9", "....."
  std::size_t rules = 0;
  for (std::size_t i = before.size(); i-- > 0;) {
    const std::string_view body = before[i].body;
    if (body.starts_with("=====") || body.starts_with("test cases: ")) break;  // another run's end
    const bool ruled = body.size() > 40 && body.find_first_not_of('-') == std::string_view::npos;
    if (ruled && ++rules == 2) {
      if (i + 1 < before.size()) said.where = test_name(before[i + 1].body);
      said.from = i;
      break;
    }
  }
  if (said.where.empty()) said.where = std::string(base_of_path(said.file));
  return true;
}

bool holds_gtest(const Rule& next, std::string_view, std::string_view text, std::string_view) {
  return next.id.starts_with("program/gtest-") && next.standing != Standing::passed &&
         !text.contains("[  FAILED  ]");
}

}  // namespace culprit::console
