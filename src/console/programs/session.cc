#include "console/programs/session.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

namespace culprit::console {
namespace {

constexpr std::size_t k_most_waiting = 256;  // reports; the oldest goes on as it is when there are more
constexpr std::size_t k_most_bytes = std::size_t{2} << 20;  // of the console that those hold
constexpr std::size_t k_most_places = 16384;  // remembered; a suite with more failures repeats some

constexpr std::size_t k_near = 4096;  // bytes between a death and what a system says of it

const Rule* rule_of(std::string_view id) {
  static const std::unordered_map<std::string_view, const Rule*> rules = [] {
    std::unordered_map<std::string_view, const Rule*> out;
    for (const std::span<const Rule> table : rule_tables())
      for (const Rule& rule : table) out.emplace(rule.id, &rule);
    return out;
  }();
  return rules.at(id);
}

// What culprit saw of the process that another report is of.
constexpr std::string_view k_own_stack = "program/own-stack";

bool has_stack(const model::CrashReport& report) {
  return std::ranges::any_of(report.stacks, [](const model::Stack& s) { return !s.frames.empty(); });
}

// Is it of how a process died?
bool is_death(const model::CrashReport& report) {
  return report.type == "SIGNAL" || report.type == "ABORT" || report.fatal;
}

// Who looks at a process that died says where: culprit, systemd, Android's debugger.
bool tells_of_death(std::string_view rule, const model::CrashReport& report) {
  return rule == k_own_stack ||
         (has_stack(report) && (rule.starts_with("program/coredump") || rule == "program/tombstone"));
}

bool is_test(const Rule& rule) { return rule.standing == Standing::test || rule.standing == Standing::names; }

bool is_build(const Rule& rule) { return rule.id.starts_with("program/build-"); }

// "TestX/a" is a part of "TestX".
bool is_part_of(std::string_view part, std::string_view whole) {
  return part.size() > whole.size() && part.starts_with(whole) && part[whole.size()] == '/';
}

// Does the stack of `report` run through the test?
bool runs_through(const model::CrashReport& report, std::string_view test) {
  const std::string name = "." + std::string(test.substr(0, test.find('/')));
  for (const model::Stack& s : report.stacks)
    for (const model::Frame& f : s.frames)
      if (f.function.ends_with(name) || f.function.contains(name + ".func")) return true;
  return false;
}

}  // namespace

Session::Session(std::function<void(model::CrashReport)> on_report) : m_on_report(std::move(on_report)) {}

void Session::take(model::CrashReport report) {
  const Rule* rule = rule_of(report.rule);
  Waiting next = {std::move(report), rule};
  if (!rule->user) {
    release();
    m_last_start = std::max(m_last_start, next.report.start);
    m_on_report(std::move(next.report));
    return;
  }
  switch (rule->standing) {
    case Standing::begins:
      return begins();
    case Standing::passed:
      return passed();
    case Standing::failed:
      return failed();
    default:
      break;
  }
  if (tells_of_death(next.rule->id, next.report)) explain_with(next);
  if (is_within_death(next)) return;
  drop_for(next);
  if (said_before(next)) return;
  if (m_places.size() < k_most_places) {
    if (is_test(*rule)) m_places.insert(next.report.frame);
    if (is_build(*rule)) m_places.insert(next.report.title);
  }
  // One that begins with lines in front of its head may have others in between.
  next.report.start = std::max(next.report.start, m_last_start);
  m_waiting.insert(std::ranges::upper_bound(
                       m_waiting, next,
                       [](const Waiting& a, const Waiting& b) { return a.report.start < b.report.start; }),
                   std::move(next));
  while (m_waiting.size() > k_most_waiting || (m_waiting.size() > 1 && bytes_waiting() > k_most_bytes)) {
    give(std::move(m_waiting.front()));
    m_waiting.pop_front();
  }
}

void Session::finish() { release(); }

std::size_t Session::bytes_waiting() const {
  std::size_t bytes = 0;
  for (const Waiting& w : m_waiting) bytes += w.report.end - std::min(w.report.start, w.report.end);
  return bytes;
}

void Session::drop_for(const Waiting& next) {
  std::erase_if(m_waiting, [&](const Waiting& w) {
    if (w.rule->standing == Standing::fallback && next.rule->standing != Standing::fallback) return true;
    if (!is_test(*w.rule)) return false;
    const std::string& test = w.report.frame;
    // CTest's line in front of what the test itself printed.
    if (w.rule->id == "program/ctest-name" && next.rule != w.rule && &w == &m_waiting.back()) return true;
    if (is_test(*next.rule)) {
      return is_part_of(next.report.frame, test) ||
             (w.rule->standing == Standing::names && next.rule->standing == Standing::test &&
              test == next.report.frame);
    }
    // The panic that a test died of.
    return w.rule->id == "program/go-test" && runs_through(next.report, test);
  });
}

// "Segmentation fault", "free(): invalid pointer" and "terminate called" say what, and the stack says where. The last of
// them is what the process died of.
void Session::explain_with(Waiting& stack) {
  std::string what;
  std::size_t start = 0;
  std::erase_if(m_waiting, [&](const Waiting& w) {
    if (!is_death(w.report) || has_stack(w.report) || !w.report.frame.empty() || w.rule->id == k_own_stack ||
        is_test(*w.rule))
      return false;
    // A system's log tells of many processes.
    if (stack.rule->id != k_own_stack && w.report.end + k_near < stack.report.start) return false;
    if (w.report.type != "SIGNAL") {
      what = w.report.title;
      start = w.report.start;
    }
    return true;
  });
  if (what.empty() || stack.report.frame.empty()) return;
  stack.report.alt_titles.insert(stack.report.alt_titles.begin(), {stack.report.title, what});
  stack.report.title = what + " in " + stack.report.frame;
  stack.report.start = start;
}

// A signal or a word of the C library amid what tells of a death, stack and all, is a part of it.
bool Session::is_within_death(const Waiting& next) const {
  if (!is_death(next.report) || has_stack(next.report) || !next.report.frame.empty()) return false;
  return std::ranges::any_of(m_waiting, [&](const Waiting& w) {
    return is_death(w.report) && has_stack(w.report) && w.report.start < next.report.start &&
           next.report.start < w.report.end;
  });
}

bool Session::said_before(const Waiting& next) const {
  // A second failure of the test, or the test that it is a part of. Tests of one name in two files are two.
  const auto again = [&](const Waiting& w) {
    if (!is_test(*w.rule)) return false;
    const std::string& file = w.report.guilty_file;
    const bool named = next.rule->standing == Standing::names || file.empty() ||
                       next.report.guilty_file.empty() || file == next.report.guilty_file;
    return (named && w.report.frame == next.report.frame) ||
           (w.rule == next.rule && is_part_of(w.report.frame, next.report.frame));
  };
  const auto same = [&](const Waiting& w) { return w.report.title == next.report.title; };
  switch (next.rule->standing) {
    case Standing::test:
      return std::ranges::any_of(m_waiting, again);
    case Standing::names:
      if (std::ranges::any_of(m_waiting, again)) return true;
      return m_places.contains(next.report.frame);
    case Standing::fallback:
      return m_any ||
             std::ranges::any_of(m_waiting,
                                 [](const Waiting& w) { return w.rule->standing != Standing::fallback; }) ||
             std::ranges::any_of(m_waiting, same);
    default:
      // An error in a header shows in each file that includes it, and a build tool says the first ones again.
      return is_build(*next.rule) && m_places.contains(next.report.title);
  }
}

void Session::begins() {
  // What CTest calls failed prints its output behind CTest's line.
  std::optional<Waiting> last;
  if (!m_waiting.empty() && m_waiting.back().rule->id == "program/ctest-name") {
    last = std::move(m_waiting.back());
    m_waiting.pop_back();
  }
  release();
  if (last) m_waiting.push_back(std::move(*last));
}

void Session::passed() {
  std::erase_if(m_waiting, [](const Waiting& w) { return w.rule->standing == Standing::bare; });
  release();
}

// Where a test's output was not kept apart its panic is the test's report.
void Session::join_panics() {
  for (Waiting& w : m_waiting) {
    if (w.rule->id != "program/rust-panic") continue;
    // Of a test that is told already: it is one report, however often it is named.
    if (std::ranges::any_of(m_waiting,
                            [&](const Waiting& n) {
                              return &n != &w && n.test && n.rule == w.rule &&
                                     n.report.frame == w.report.task;
                            }) &&
        !w.test) {
      w.told = true;
      continue;
    }
    const auto named = std::ranges::find_if(m_waiting, [&](const Waiting& n) {
      return (n.rule->id == "program/rust-test-line" || n.rule->id == "program/nextest") &&
             n.report.frame == w.report.task;
    });
    if (named != m_waiting.end()) {
      named->told = true;
    } else if (!m_places.contains(w.report.task)) {  // named before, and told
      continue;
    }
    w.report.title = "Rust panic in " + w.report.task;
    w.report.frame = w.report.task;
    w.report.type = "TEST";
    w.test = true;
  }
  std::erase_if(m_waiting, [](const Waiting& w) { return w.told; });
}

void Session::failed() {
  // nextest prints the verdict of a test's own program in front of what the test wrote to standard error.
  if (std::ranges::any_of(m_waiting, [](const Waiting& w) { return w.rule->id == "program/nextest"; }))
    return;
  join_panics();
  const bool named = std::ranges::any_of(m_waiting, [](const Waiting& w) { return is_test(*w.rule); });
  if (named) std::erase_if(m_waiting, [](const Waiting& w) { return w.rule->standing == Standing::bare; });
  release();
}

void Session::release() {
  join_panics();
  for (Waiting& w : m_waiting) give(std::move(w));
  m_waiting.clear();
}

void Session::give(Waiting waiting) {
  m_last_start = waiting.report.start;
  if (waiting.rule->standing != Standing::fallback) m_any = true;
  m_on_report(std::move(waiting.report));
}

}  // namespace culprit::console
