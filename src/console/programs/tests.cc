// What test frameworks say of a test that failed. People know such a failure by the test's name; beside it
// stands the kind of error where the output has one. Everything else there (expected and received values,
// excerpts of the source) differs from run to run.
#include <algorithm>
#include <cctype>

#include "base/strings.h"
#include "console/programs/interpreters.h"
#include "console/stack/managed_frames.h"
#include "console/stack/program_stack.h"

namespace culprit::console {
namespace {

constexpr std::size_t k_most_lines = 200;  // of one test that are looked at

std::string_view attribute(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const std::size_t value = at + name.size();
    if (!text.substr(value).starts_with("=\"")) continue;
    if (at > 0 && text[at - 1] != ' ') continue;
    return text.substr(value + 2, text.find('"', value + 2) - value - 2);
  }
  return {};
}

std::string without_entities(std::string_view text) {
  struct Entity {
    std::string_view name;
    char character;
  };
  static constexpr Entity k_entities[] = {
      {"&quot;", '"'}, {"&apos;", '\''}, {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}};
  std::string out;
  while (!text.empty()) {
    const auto* const entity =
        std::ranges::find_if(k_entities, [&](const Entity& e) { return text.starts_with(e.name); });
    const bool found = entity != std::end(k_entities);
    out += found ? entity->character : text.front();
    text.remove_prefix(found ? entity->name.size() : 1);
  }
  return out;
}

// The error's name that the first lines of a test's output hold.
std::string error_of(std::span<const Line> lines) {
  for (const Line& l : lines.subspan(0, std::min(lines.size(), k_most_lines))) {
    const std::string_view name = exception_in(base::trim(l.body));
    if (!name.empty() && !name.ends_with("Warning")) return std::string(name);
  }
  return {};
}

// Is what follows an item of a list a failure? Prose has numbered lists, too.
bool names_error_soon(std::span<const Line> lines) {
  static constexpr std::size_t k_soon = 30;  // lines: a message that compares two values is long
  return std::any_of(lines.begin(),
                     lines.begin() + static_cast<std::ptrdiff_t>(std::min(lines.size(), k_soon)),
                     [](const Line& l) {
                       std::string_view text = base::trim(l.body);
                       if (text.starts_with("Uncaught ")) text.remove_prefix(9);
                       return !exception_in(text).empty() || parse_at_frame(l.body);
                     });
}

std::vector<model::Frame> at_frames(std::span<const Line> lines) {
  std::vector<model::Frame> frames;
  for (const Line& l : lines)
    if (const auto frame = parse_at_frame(l.body)) frames.push_back(*frame);
  return frames;
}

std::span<const Line> behind(std::span<const Line> lines) {
  return lines.subspan(1, std::min(lines.size() - 1, k_most_lines));
}

}  // namespace

void take_error(std::span<const Line> lines, Said& said) {
  said.what = error_of(lines);
  if (said.what.empty()) said.what = k_test_failure;
  blame_frames(at_frames(lines.subspan(0, std::min(lines.size(), k_most_lines))), said);
  if (said.file.empty()) find_place(lines.subspan(0, std::min(lines.size(), k_most_lines)), said);
}

bool read_test(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  said.where = test_name(match.function);
  if (said.where.empty()) return false;
  take_error(behind(lines), said);
  return true;
}

bool read_name(std::span<const Line>, std::span<const Line>, const Match& match, Said& said) {
  said.where = test_name(match.function);
  said.what = match.rule->id.ends_with("-timeout") ? "test timeout" : k_test_failure;
  said.lines = 1;
  return true;
}

bool read_located(std::span<const Line>, std::span<const Line>, const Match& match, Said& said) {
  said.where = test_name(match.function);
  said.what = k_test_failure;
  said.lines = 1;
  const std::string_view head = match.head[0];
  const std::size_t line = head.find(':');
  model::Frame place;
  if (take_place(head.substr(0, head.find(':', line + 1)), place)) {
    said.file = place.file;
    said.line = place.line;
  }
  if (said.where == said.file) said.where = std::string(base_of_path(said.file));
  return true;
}

bool read_qtest(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  said.where = test_name(match.function);
  said.what = k_test_failure;
  for (const Line& l : lines.subspan(1, std::min<std::size_t>(lines.size() - 1, 6))) {
    const std::string_view text = base::trim(l.body);
    const std::size_t open = text.rfind('(');
    if (!text.starts_with("Loc: [") || open == std::string_view::npos) continue;
    said.file = text.substr(6, open - 6);
    said.line =
        base::parse_number<std::uint32_t>(text.substr(open + 1, text.find(')', open) - open - 1)).value_or(0);
  }
  return true;
}

bool read_tap(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  said.where = test_name(match.function);
  said.what = k_test_failure;
  bool diagnosis = false;  // the YAML block behind the line
  for (const Line& l : lines.subspan(1, std::min<std::size_t>(lines.size() - 1, 40))) {
    const std::string_view text = base::trim(l.body);
    if (text == "---") diagnosis = true;
    if (!diagnosis || text == "...") break;
    if (text == "failureType: 'subtestsFailed'") return false;  // they have their own reports
    if (text.starts_with("name: '") && !exception_in(text.substr(7, text.find('\'', 7) - 7)).empty())
      said.what = text.substr(7, text.find('\'', 7) - 7);
    model::Frame place;
    if (text.starts_with("location: '") && take_place(text.substr(11, text.find('\'', 11) - 11), place)) {
      said.file = place.file;
      said.line = place.line;
    }
  }
  return true;
}

bool read_jest(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said) {
  // systemd has this bullet too.
  if (lines.size() < 2 || !is_blank(lines[1].body) || indent_of(lines[0].body) != 2) return false;
  const std::string_view name = match.function;
  if (name == "Console") return false;
  said.where = test_name(name);
  if (name == "Test suite failed to run") {
    for (std::size_t i = before.size(); i-- > 0 && said.where == name;)
      if (before[i].body.starts_with("FAIL ")) said.where = test_name(before[i].body.substr(5));
    said.what = "test suite failed to run";
    find_place(behind(lines), said);
    return true;
  }
  take_error(behind(lines), said);
  return true;
}

bool read_vitest(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  said.where = test_name(match.function);
  std::size_t end = 1;  // the next test, or what is said of all
  while (end < lines.size() && !lines[end].body.starts_with(" FAIL  ") &&
         !lines[end].body.starts_with("\u23af\u23af"))
    ++end;
  const std::span<const Line> own = lines.subspan(1, end - 1);
  if (match.rule->id.ends_with("-suite")) {
    said.what = "test suite failed to run";
    if (!find_place(own, said)) said.file = match.head[1];
    return true;
  }
  take_error(own, said);
  if (said.file.empty()) said.file = match.head[1];
  return true;
}

bool read_numbered(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  const std::string_view name = match.function;
  const auto line = [&](std::size_t i) {
    return i < lines.size() ? base::trim(lines[i].body) : std::string_view();
  };
  std::size_t at = 1;
  if (name == "Failure:" || name == "Error:") {  // minitest: "StoreTest#test_get [store_test.rb:4]:"
    const std::string_view test = line(1);
    if (!test.contains('#') || !test.ends_with(':')) return false;
    said.where = test.substr(0, test.find_first_of(" :", test.find('#')));
  } else if (line(1).starts_with("Failure/Error:") ||
             (name.starts_with("test ") && line(1).contains(".exs:"))) {
    said.where = test_name(name);
  } else {  // mocha: the suites and the test, each on a line, the last with a colon
    std::string full(name);
    while (!full.ends_with(':') && at < 8 && !line(at).empty()) full += " " + std::string(line(at++));
    if (!full.ends_with(':') || !names_error_soon(lines.subspan(std::min(at, lines.size())))) return false;
    said.where = test_name(full);
  }
  take_error(lines.subspan(std::min(at, lines.size())), said);
  return true;
}

bool read_surefire(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  const std::string_view name = match.function;
  const std::size_t open = name.find('(');
  said.where = open == std::string_view::npos ? std::string(name)
                                              : std::string(name.substr(open + 1, name.size() - open - 2)) +
                                                    "." + std::string(name.substr(0, open));
  take_error(behind(lines), said);
  return true;
}

bool read_ctest(std::span<const Line>, std::span<const Line>, const Match& match, Said& said) {
  const std::string_view end = match.head[2];
  said.where = match.function;
  said.what = end == "Failed"    ? k_test_failure
              : end == "Timeout" ? "test timeout"
              : end == "Not Run" ? "test not run"
                                 : "test crash";
  return true;
}

bool read_rust_test(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  said.where = test_name(match.function);
  said.what = k_test_failure;
  for (const Line& l : behind(lines)) {
    const std::size_t at = l.body.find("panicked at ");
    if (at == std::string_view::npos || !l.body.starts_with("thread '")) continue;
    said.what = "Rust panic";
    std::string_view place = base::trim(l.body.substr(at + 12));
    if (const std::size_t message = place.rfind("', "); message != std::string_view::npos)
      place = place.substr(message + 3);  // until 2023
    if (place.ends_with(':')) place.remove_suffix(1);
    model::Frame frame;
    if (take_place(place, frame)) {
      said.file = frame.file;
      said.line = frame.line;
    }
    break;
  }
  return true;
}

bool read_junit_xml(std::span<const Line> before, std::span<const Line> lines, const Match& match,
                    Said& said) {
  if (!base::trim(lines[0].body).starts_with('<')) return false;  // a program that writes such
  std::string_view test = lines[0].body.substr(0, lines[0].body.find(match.head[0]));
  for (std::size_t i = before.size(); i-- > 0 && !test.contains("<testcase ");) {
    test = before[i].body;
    said.from = i;
  }
  if (!test.contains("<testcase ")) return false;
  test = test.substr(test.rfind("<testcase "));
  const std::string_view of = attribute(test, "classname");
  const std::string name =
      (of.empty() ? std::string() : std::string(of) + ".") + std::string(attribute(test, "name"));
  said.where = test_name(without_entities(name));
  if (said.where.empty()) return false;
  const std::string_view type = attribute(lines[0].body, "type");
  said.what = exception_in(type).empty() ? std::string(k_test_failure) : std::string(type);
  if (const std::string_view message = attribute(lines[0].body, "message");
      said.what == k_test_failure && !exception_in(message).empty())
    said.what = exception_in(message);
  const std::string_view file = attribute(test, "file");
  if (!file.empty()) {
    said.file = file;
    said.line = base::parse_number<std::uint32_t>(attribute(test, "line")).value_or(0);
  } else {
    const auto near = lines.subspan(0, std::min<std::size_t>(lines.size(), 12));
    blame_frames(at_frames(near), said);
    if (said.file.empty()) find_place(near, said);
  }
  return true;
}

bool holds_all_but_tests(const Rule& next, std::string_view, std::string_view, std::string_view) {
  return next.standing == Standing::bare || (next.standing == Standing::itself && !next.fatal) ||
         next.id.starts_with("program/assert") || next.id.contains("panic");
}

bool read_eunit(std::span<const Line>, std::span<const Line> lines, const Match&, Said& said) {
  if (lines.size() < 3) return false;
  std::string_view name = lines[1].body.substr(lines[1].body.find("in "));
  name = name.substr(name.starts_with("in function ") ? 12 : 13);  // "in call from "
  model::Frame frame;
  frame.function = name.substr(0, name.find(' '));
  if (const std::size_t open = name.find(" ("); open != std::string_view::npos) {
    const std::string_view place = name.substr(open + 2);
    frame.file = place.substr(0, place.find(", line "));
    if (const std::size_t line = place.find(", line "); line != std::string_view::npos)
      frame.line =
          base::parse_number<std::uint32_t>(place.substr(line + 7, place.find(')') - line - 7)).value_or(0);
  }
  said.where = test_name(frame.function);
  said.file = frame.file;
  said.line = frame.line;
  said.what = k_test_failure;
  for (std::size_t i = 2; i < std::min<std::size_t>(lines.size(), 20); ++i) {
    std::string_view text = lines[i].body;
    if (!text.starts_with("**") || !text.contains(':')) continue;
    text.remove_prefix(text.find(':') + 1);
    text.remove_prefix(std::min(text.find_first_not_of('{'), text.size()));
    if (const auto word =
            text.substr(0, text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"));
        !word.empty())
      said.what = word;
    said.lines = i + 1;
    break;
  }
  said.stacks.push_back({.kind = model::StackKind::crash, .heading = {}, .frames = {std::move(frame)}});
  return true;
}

bool read_clojure_test(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  said.where = test_name(match.function);
  said.what = k_test_failure;
  model::Frame frame;
  take_place(match.other_function, frame);
  frame.function = match.function;
  said.file = frame.file;
  said.line = frame.line;
  said.lines = 1;
  for (std::size_t i = 1; i < std::min(lines.size(), k_most_lines) && !is_blank(lines[i].body); ++i) {
    said.lines = i + 1;
    const std::string_view text = base::trim(lines[i].body);
    if (match.head[1] != "ERROR" || !text.starts_with("actual: ")) continue;
    if (const std::string_view name = exception_in(text.substr(8)); !name.empty()) said.what = name;
  }
  said.stacks.push_back({.kind = model::StackKind::crash, .heading = {}, .frames = {std::move(frame)}});
  return true;
}

}  // namespace culprit::console
