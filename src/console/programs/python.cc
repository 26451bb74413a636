// A traceback is printed outermost call first, and its name comes last: the first line that is not indented.
// Chained ones stand one behind the other with a sentence between them. What a test framework prints around
// them names the test, which is what people know the failure by.
#include <algorithm>

#include "base/strings.h"
#include "console/programs/interpreters.h"
#include "console/stack/managed_frames.h"

namespace culprit::console {
namespace {

using model::Frame;

constexpr std::string_view k_head = "Traceback (most recent call last):";
constexpr std::string_view k_while = "During handling of the above exception, another exception occurred:";
constexpr std::string_view k_cause = "The above exception was the direct cause of the following exception:";

struct Segment {
  std::vector<Frame> frames;  // outermost first
  std::string name;           // of the exception; empty where it is lost
  bool caused = false;        // by the one before it, as the program says
  std::size_t end = 0;        // lines up to and with the exception
};

// What a line says behind the marks of an exception group ("  | ").
std::string_view without_group(std::string_view body) {
  const std::string_view s = base::trim(body);
  if (s.starts_with("| ")) return s.substr(2);
  return s.starts_with("+ ") ? s.substr(2) : body;
}

// "ValueError: text", "pkg.errors.NotFound"; not "some words".
std::string_view python_exception(std::string_view body) {
  std::size_t n = 0;
  while (n < body.size() &&
         (std::isalnum(static_cast<unsigned char>(body[n])) != 0 || body[n] == '_' || body[n] == '.'))
    ++n;
  if (n == 0 || (n < body.size() && body[n] != ':') || std::isdigit(static_cast<unsigned char>(body[0])) != 0)
    return {};
  return body.substr(0, n);
}

std::vector<Segment> segments_of(std::span<const Line> lines) {
  std::vector<Segment> segments;
  bool open = false;
  bool caused = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view body = without_group(lines[i].body);
    if (body == k_cause) caused = true;
    if (body == k_while) caused = false;
    if (body.ends_with(k_head) || (i == 0 && parse_python_frame(body))) {
      segments.push_back({.frames = {}, .name = {}, .caused = caused, .end = i + 1});
      open = true;
      if (body.ends_with(k_head)) continue;
    }
    if (!open) continue;
    Segment& segment = segments.back();
    if (const auto frame = parse_python_frame(body)) {
      segment.frames.push_back(*frame);
      segment.end = i + 1;
    } else if (!body.empty() && body.front() != ' ' && body.front() != '\t') {
      segment.name = python_exception(body);
      if (!segment.name.empty()) segment.end = i + 1;
      open = false;
      caused = false;
    }
  }
  return segments;
}

// The exception that explains the last one. One that is cut off before its name explains nothing.
const Segment* deciding(const std::vector<Segment>& segments) {
  if (segments.empty()) return nullptr;
  std::size_t at = segments.size() - 1;
  while (at > 0 && segments[at].name.empty()) --at;
  while (at > 0 && segments[at].caused && !segments[at - 1].name.empty()) --at;
  return &segments[at];
}

// Innermost first, as all stacks are.
model::Stack stack_of(const Segment& segment) {
  model::Stack stack;
  stack.frames.assign(segment.frames.rbegin(), segment.frames.rend());
  return stack;
}

// The function that `stack` is blamed on, its file and line.
void blame_stack(const model::Stack& stack, Said& said) {
  const Frame* first = nullptr;
  for (const Frame& f : stack.frames) {
    const bool comprehension = f.function.starts_with('<') && f.function != "<module>";
    if (comprehension && &f != &stack.frames.back()) continue;
    if (first == nullptr) first = &f;
    if (!is_own_frame(f)) continue;
    first = &f;
    break;
  }
  if (first == nullptr) return;
  if (said.where.empty()) said.where = place_of_frame(*first);
  said.file = first->file;
  said.line = first->line;
}

void take_chain(const std::vector<Segment>& segments, const Segment& main, Said& said) {
  for (const Segment& s : segments)
    if (&s != &main && !s.name.empty() && s.name != said.what) said.other.push_back(s.name);
  said.stacks.push_back(stack_of(main));
  blame_stack(said.stacks.back(), said);
  for (const Segment& s : segments) {
    if (&s == &main || s.frames.empty()) continue;
    said.stacks.push_back(stack_of(s));
    said.stacks.back().kind = model::StackKind::other;
  }
}

}  // namespace

bool read_python_traceback(std::span<const Line> before, std::span<const Line> lines, const Match&,
                           Said& said) {
  // One that a destructor or a callback swallowed: the program went on.
  if (!before.empty() && before.back().body.starts_with("Exception ignored ")) return false;
  const std::vector<Segment> segments = segments_of(lines);
  const Segment* main = deciding(segments);
  if (main == nullptr || main->name.empty() || main->name == "KeyboardInterrupt") return false;
  said.what = main->name;
  said.lines = segments.back().end;
  take_chain(segments, *main, said);
  return !main->frames.empty();
}

bool holds_python_chain(const Rule& next, std::string_view, std::string_view text, std::string_view) {
  if (next.id == "program/python-syntax") return true;  // its last frame
  if (next.id != "program/python-traceback") return false;
  // In front of the lines may stand what a journal or a container adds.
  const std::string_view end = text.substr(text.size() - std::min<std::size_t>(text.size(), 400));
  const std::size_t sentence = std::max(end.rfind(k_while) + 1, end.rfind(k_cause) + 1);  // 0 for none
  return sentence > 0 && !end.substr(sentence).contains("File \"");
}

bool read_python_fatal(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  said.what = plain_words(match.head[1]);
  model::Stack stack;
  std::size_t i = 1;
  for (; i < lines.size() && i < 2000; ++i) {
    if (const auto frame = parse_python_frame(lines[i].body))
      stack.frames.push_back(*frame);
    else if (!stack.frames.empty())
      break;
  }
  said.lines = stack.frames.empty() ? 1 : i;
  if (!stack.frames.empty()) {
    blame_stack(stack, said);
    said.stacks.push_back(std::move(stack));
  }
  return true;
}

bool read_unittest(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  // "FAIL: test_sum (test_x.TestX.test_sum)"
  const std::string_view head = match.head[0].substr(match.head[0].find(": ") + 2);
  const std::string_view test = head.substr(0, head.find(' '));
  std::string_view of = head.substr(
      test.size() + 2, head.size() - test.size() - 3);  // "test_x.TestX.test_sum"; before 3.11 "test_x.TestX"
  if (of.ends_with(test) && of.size() > test.size()) of = of.substr(0, of.size() - test.size() - 1);
  const std::string_view name = of.substr(of.rfind('.') + 1);
  if (name == "_FailedTest")
    said.where = test;
  else
    said.where = std::string(name) + "." + std::string(test);
  const std::vector<Segment> segments = segments_of(lines);
  said.what = "test failure";
  if (const Segment* main = deciding(segments); main != nullptr && !main->name.empty()) {
    said.what = main->name;
    said.lines = segments.back().end;
    take_chain(segments, *main, said);
  }
  return true;
}

bool read_pytest(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  if (lines[0].body.find_first_not_of('_') != lines[0].body.find(' ')) return false;
  if (match.function.find_first_not_of("_.") == std::string_view::npos) return false;
  said.where =
      match.function.ends_with(".py") ? std::string(base_of_path(match.function)) : test_name(match.function);
  std::string_view error;  // of the last line that says "E   "
  for (const Line& l : lines) {
    if (l.body.starts_with("E   ")) {
      const std::string_view text = base::trim(l.body.substr(1));
      if (const std::string_view name = python_exception(text); !name.empty() && !exception_in(text).empty())
        error = name;
      else if (text.starts_with("assert ") && error.empty())
        error = "AssertionError";
      else if (text.starts_with("Failed: "))
        error = "Failed";
    }
    Frame place;  // "test_a.py:5: AssertionError", "test_a.py:5: in test_sum"
    const std::size_t colon = l.body.find(": ");
    if (l.body.empty() || l.body.front() == ' ' || l.body.front() == 'E' || colon == std::string_view::npos ||
        !take_place(l.body.substr(0, colon), place))
      continue;
    const std::string_view tail = l.body.substr(colon + 2);
    if (is_own_frame(place) || said.file.empty()) {
      said.file = place.file;
      said.line = place.line;
    }
    if (!tail.starts_with("in ") && !python_exception(tail).empty() &&
        tail.find(' ') == std::string_view::npos)
      error = tail;
  }
  said.what = error.empty() ? "test failure" : std::string(error);
  return true;
}

bool read_pytest_summary(std::span<const Line>, std::span<const Line>, const Match& match, Said& said) {
  // "FAILED test_a.py::TestC::test_div - ZeroDivisionError: division by zero"
  std::string_view id = match.head[0].substr(match.head[0].find(' ') + 1);
  std::string_view why;
  const std::size_t parameters = id.find("] - ");  // which may hold anything
  if (const std::size_t dash = parameters != std::string_view::npos ? parameters + 1 : id.find(" - ");
      dash != std::string_view::npos) {
    why = id.substr(dash + 3);
    id = id.substr(0, dash);
  }
  const std::size_t name = id.find("::");
  said.file = id.substr(0, name);
  if (name == std::string_view::npos) {
    said.where = "ERROR collecting " + said.file;
  } else {
    std::string where(id.substr(name + 2));
    for (std::size_t at = where.find("::"); at != std::string::npos; at = where.find("::"))
      where.replace(at, 2, ".");
    said.where = test_name(where);
  }
  if (why.starts_with("assert"))
    said.what = "AssertionError";
  else if (!python_exception(why).empty() && !exception_in(why).empty())
    said.what = python_exception(why);
  else
    said.what = "test failure";
  if (name == std::string_view::npos) said.where = std::string(base_of_path(said.file));
  return true;
}

}  // namespace culprit::console
