// Everything is built on the report's own lines: which rule it is, the stacks, the blamed function, what it says of
// tasks, memory and locks.
#include "console/analyze.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <ranges>
#include <span>

#include "base/strings.h"
#include "console/blame/blame.h"
#include "console/blame/guilty.h"
#include "console/details.h"
#include "console/match/matcher.h"
#include "console/own_lines.h"
#include "console/programs/said.h"
#include "console/stack/frame.h"
#include "console/stack/managed_frames.h"
#include "console/stack/program_stack.h"
#include "console/stack/recursion.h"
#include "console/stack/stack.h"
#include "console/text/line.h"
#include "console/title.h"

namespace culprit::console {
namespace {

using model::CrashReport;

// Lines behind a doubtful head in which a dump must begin: its message, a file name, an empty line, no more.
constexpr std::size_t k_dump_lines = 16;
// So many lines below a stack's heading are no noise that happens to stand there.
constexpr std::size_t k_unread_lines = 3;
constexpr std::string_view k_corrupted = "corrupted";

std::string trim_right(std::string s) {
  while (!s.empty() && s.back() == ' ') s.pop_back();
  return s;
}

std::string text_of(const std::vector<Line>& before, const std::vector<Line>& lines) {
  std::string text;
  for (const Line& l : before) {
    text += l.body;
    text += '\n';
  }
  std::vector<model::Frame> frames;
  for (const Line& l : lines) {
    frames.clear();
    if (l.body.find("? ") != std::string_view::npos && parse_kernel_frame(l.body, frames) > 0 &&
        frames[0].uncertain)
      continue;
    text += l.body;
    text += '\n';
  }
  return text;
}

// "watchdog:", "[", "14:28:48", "=====": names end in punctuation, and what has no letter is no word. A lone "#"
// begins a comment of TAP: no kernel's report has one, and where a test's runner puts it in front of all that the
// test prints, it is on the lines behind the head, too, and off already.
bool may_precede(std::string_view word) {
  if (word == "#") return false;
  if (word.find_first_of("\"'`") != std::string_view::npos) return false;
  if (word.empty() || std::string_view(":])>|").find(word.back()) != std::string_view::npos) return true;
  return std::ranges::none_of(word, [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
}

class Analysis {
 public:
  Analysis(std::string_view text, std::size_t head, std::size_t reading, std::size_t own_end)
      : m_text(text), m_own(text, head, reading, own_end) {}

  // The head, and the rule that fits it.
  std::pair<Line, const Rule*> head() const {
    if (!m_own.has_head()) return {};
    return {m_own.head(), Matcher::instance().head_rule(m_own.head().body)};
  }

  bool goes_on() {
    if (!m_own.has_head()) return false;
    m_own.select();
    return !m_own.ended();
  }

  std::optional<CrashReport> run() {
    if (!m_own.has_head()) return std::nullopt;
    m_own.select();
    m_match = Matcher::instance().match(m_lines);
    if (m_match.rule == nullptr) return std::nullopt;
    const Rule& rule = *m_match.rule;
    m_report.rule = rule.id;
    m_report.suppressed = rule.suppressed;
    m_report.context = m_own.head().context;
    m_report.fatal = rule.fatal || has_panic();
    m_names_task = dumped_pid(m_lines) >= 0;
    cut_lines(rule);
    if (rule.read != nullptr) return interpreted(rule);
    m_told = std::span(m_lines).first(told_lines());
    m_stacks = rule.user ? walk_program_stacks(m_lines) : walk_stacks(m_told);
    drop_foreign_stacks(rule);
    if (is_expected(rule)) return std::nullopt;
    if (!rule.user && ((doubtful(rule) && !dumps()) || is_mere_head(rule))) return std::nullopt;
    name();
    set_extent();
    read_task(m_told, m_report);
    m_report.access = read_access(m_lines);
    if (rule.lockdep) m_report.lockdep = read_lockdep(m_lines, *rule.lockdep);
    std::size_t deciding = SIZE_MAX;
    for (std::size_t i = 0; i < m_stacks.size(); ++i) {
      if (m_stacks[i].stack.frames.empty()) continue;
      if (i == m_blamed_stack) deciding = m_report.stacks.size();
      m_report.stacks.push_back(std::move(m_stacks[i].stack));
    }
    m_report.blamed_stack = deciding;
    if (rule.user) m_report.text = text_of({}, m_lines);  // what stands in front is another program's
    m_report.guilty_file = guilty_file(m_report, deciding, rule.user, said());
    if (rule.user) m_report.text = text_of(m_own.context(), m_lines);
    if (m_report.guilty_file.empty() &&
        (rule.blame == Blame::user_or_file || rule.blame == Blame::user_or_head))
      m_report.guilty_file = file_path(m_match.head);
    if (rule.user) place_in_head();
    return std::move(m_report);
  }

 private:
  // What the rule's interpreter makes of the lines.
  std::optional<CrashReport> interpreted(const Rule& rule) {
    Said said;
    const std::span<const Line> before = m_own.in_front();
    if (!rule.read(before, m_lines, m_match, said)) return std::nullopt;
    if (said.lines < m_lines.size()) m_lines.resize(std::max<std::size_t>(said.lines, 1));
    set_extent();
    if (said.from < before.size()) m_report.start = before[said.from].begin;
    tell(rule, std::move(said), m_report);
    return std::move(m_report);
  }

  void set_extent() {
    m_report.start = std::min(m_own.begin(), m_own.head().begin);
    m_report.end = m_lines.back().end;
    if (m_report.end < m_text.size() && m_text[m_report.end] == '\n') ++m_report.end;
    m_report.text = text_of(m_own.context(), m_lines);
  }

  // Cuts off what the rule says is not of the report.
  void cut_lines(const Rule& rule) {
    if (rule.one_line) m_lines.resize(1);
    if (!rule.boxed) return;
    for (std::size_t i = 1; i < m_lines.size(); ++i) {
      if (m_lines[i].body.starts_with("=================")) m_lines.resize(i + 1);
    }
  }

  // Lines up to the end mark of the report. What comes behind it is of nobody before it. A mark in front of
  // which no stack stands is of another report, whose lines are mixed with this one's.
  std::size_t told_lines() const {
    std::vector<model::Frame> frames;
    for (std::size_t i = 1; i < m_lines.size(); ++i) {
      const std::string_view body = m_lines[i].body;
      if (base::trim(body).starts_with("---[ end trace") && frames.size() > 1) return i + 1;
      if (frames.size() < 2 && parse_kernel_frame(body, frames) > 0 && frames.back().uncertain)
        frames.pop_back();
    }
    return m_lines.size();
  }

  // What the report says in front of its first stack.
  std::string said() const {
    std::size_t end = m_told.size();
    for (const WalkedStack& s : m_stacks) end = std::min(end, s.first_line);
    std::string text;
    for (const Line& l : m_told.first(std::max<std::size_t>(end, 1))) {
      text += l.body;
      text += '\n';
    }
    return text;
  }

  // A test that is to fail says so: in a line of its own behind the failure, or, where tests run one by one, in
  // front of it, and "ok" behind it.
  bool is_expected(const Rule& rule) {
    if (rule.expected.empty()) return false;
    const std::string words = expand_as_is(rule.expected, m_match);
    const std::span<const Line> behind = m_own.from_head();
    if (std::ranges::any_of(
            behind, [&](const Line& l) { return l.body.starts_with(words) && l.body.ends_with("ok"); }))
      return true;
    const auto first = words.substr(0, words.find(' ') + 1);
    const auto of_test = [&](const Line& l) { return l.body.starts_with(first); };
    const auto before = std::views::reverse(m_own.in_front());
    const auto announced = std::ranges::find_if(before, of_test);
    if (announced == before.end() || !announced->body.starts_with(words)) return false;
    return std::any_of(behind.begin(), std::ranges::find_if(behind, of_test),
                       [](const Line& l) { return l.body == "ok"; });
  }

  // Are the head's words alone no proof that a kernel said them?
  bool doubtful(const Rule& rule) const {
    const std::string_view body = m_lines[0].body;
    return rule.weak || (rule.needs_dump && !m_lines[0].stamped) ||
           !begins_message(body, static_cast<std::size_t>(m_match.head[0].data() - body.data()));
  }

  // Lists of reports and documentation have heads alone, without time stamps, tasks and addresses: is that all that
  // is here of a report that has a stack?
  bool is_mere_head(const Rule& rule) const {
    if (m_lines[0].stamped || rule.one_line || rule.blame == Blame::none || !rule.needs_stack) return false;
    const std::string_view head = m_lines[0].body;
    if (!rule.detail.empty() || head.contains(" PID: ") || head.contains("[<")) return false;
    return !dumps_within(m_told.size());
  }

  // Does the head stand behind a quotation mark?
  bool is_string() const {
    const std::string_view body = m_lines[0].body;
    const std::string_view before =
        body.substr(0, static_cast<std::size_t>(m_match.head[0].data() - body.data()));
    return !before.empty() && (before.back() == '"' || before.back() == '\'');
  }

  // Does the kernel dump anything soon behind the head: a stack, registers, the task?
  bool dumps() const { return dumps_within(k_dump_lines); }

  bool dumps_within(std::size_t lines) const {
    if (std::ranges::any_of(m_stacks, [&](const WalkedStack& s) {
          return s.first_line <= lines && (s.certain_frames > 0 || s.program_counter);
        }))
      return true;
    if (is_string()) return false;  // of a program that prints reports, or looks for them
    const std::span<const Line> behind = m_told.first(std::min(m_told.size(), lines + 1)).subspan(1);
    if (dumped_pid(behind) >= 0) return true;
    static constexpr std::string_view k_signs[] = {
        "Call Trace:",   "Call trace:",    "Modules linked in:",
        " by task ",  // of KASAN and KCSAN
        "lock held by ", "locks held by ", "unreferenced object 0x",
        "}, at: "};  // a lock, and where it is taken
    return std::ranges::any_of(behind, [](const Line& l) {
      return std::ranges::any_of(
          k_signs, [&](std::string_view s) { return l.body.find(s) != std::string_view::npos; });
    });
  }

  // A warning names its task, and dumps it in front of its stack: what stands before is of another one, whose
  // heading, if it has one, leaves none for its own.
  void drop_foreign_stacks(const Rule& rule) {
    if (!rule.one_task || !m_lines[0].body.contains(" PID: ")) return;
    const std::size_t dump = dump_line_of(m_told, named_pid(m_told));
    if (dump == std::string_view::npos) return;
    const auto foreign = [&](const WalkedStack& s) {
      return s.stack.kind == model::StackKind::crash && s.first_line < dump;
    };
    m_mixed = std::ranges::any_of(m_stacks, [&](const WalkedStack& s) { return s.headed && foreign(s); });
    if (!m_mixed) std::erase_if(m_stacks, foreign);
  }

  // Did an assertion in a header fail? "kernel BUG at ./include/linux/skbuff.h:2069!"
  bool in_header() const {
    const std::string_view body = m_lines[0].body;
    const std::size_t end = body.find(".h:");
    return end != std::string_view::npos && end + 3 < body.size() &&
           std::isdigit(static_cast<unsigned char>(body[end + 3])) != 0;
  }

  Circumstance circumstance(const Rule& rule) const {
    if (rule.user) return says_overflow(m_lines[0].body) ? Circumstance::overflow : Circumstance::none;
    return rule.type != "ATOMIC_SLEEP" && in_header() ? Circumstance::in_header : Circumstance::none;
  }

  bool has_panic() const {
    return std::ranges::any_of(m_lines, [](const Line& l) {
      return l.body.find("Kernel panic - not syncing") != std::string_view::npos;
    });
  }

  // "Call Trace:" with nothing certain below it.
  bool trace_without_frames() const {
    for (const WalkedStack& s : m_stacks) {
      if (s.headed && s.stack.kind == model::StackKind::crash) return s.certain_frames == 0;
    }
    return false;
  }

  // Does a stack without a heading precede one with it, or a heading follow a heading?
  bool interleaved() const {
    const WalkedStack* bare = nullptr;
    for (const WalkedStack& s : m_stacks) {
      if (s.stack.kind != model::StackKind::crash) continue;
      if (s.headed_before) return true;
      if (s.headed) return bare != nullptr;
      if (!s.program_counter && s.certain_frames > 1) bare = &s;
    }
    return false;
  }

  void name() {
    const Rule& rule = *m_match.rule;
    const bool by_site = rule.blame == Blame::lock || rule.blame == Blame::first_stack;
    const std::string site = by_site ? lock_site(m_told, rule.generic) : std::string();
    Blamed blamed = blame(rule, m_stacks,
                          by_site                                 ? std::string_view(site)
                          : m_match.function.empty() && rule.user ? m_match.other_function
                                                                  : m_match.function,
                          circumstance(rule));
    const bool of_one_task = rule.blame == Blame::stack || rule.blame == Blame::stack_or_head;
    if (const std::int64_t named = named_pid(m_told), dumped = dumped_pid(m_told);
        named >= 0 && of_one_task && dumped >= 0 && named != dumped) {
      corrupt("the stack is of another task");
      if (rule.blame == Blame::stack) blamed.function.clear();
    }
    if (m_mixed || (rule.one_task && dumps_two_tasks(m_told))) {
      corrupt("the stacks of two tasks are mixed");
      blamed.function.clear();
    }
    if (of_one_task && interleaved()) corrupt("its stack is mixed with another one");
    if (rule.needs_task && !m_names_task) corrupt("it ends before it names its task");
    if (rule.fragment) corrupt("its head or its body is lost");
    m_blamed_stack = blamed.stack;
    std::string frame = blamed.function;
    if (rule.blame == Blame::user_or_file && frame.empty()) frame = file_name(m_match.head);
    if (rule.blame == Blame::user_if_any && frame.empty()) return name_without_function(rule);
    if (rule.blame != Blame::none) {
      if (frame.empty()) {
        frame = k_corrupted;
        corrupt("no function explains it");
      } else if (!blamed.has_stack && rule.needs_stack) {
        corrupt("it has no stack");
      }
    } else if (rule.needs_stack && !blamed.has_stack && !rule.one_line) {
      corrupt("it has no stack");
    }
    if (rule.needs_stack && !rule.user && trace_without_frames()) corrupt("a stack is empty");
    if (rule.id == "program/rust-panic") m_report.task = m_match.head[1];
    if (m_report.corrupted && !rule.user) tell_unread();
    if (rule.user && m_report.pid < 0) m_report.pid = program_pid(m_lines);
    if (!rule.user && !m_match.other_function.empty()) {
      frame = pair(m_match.function, m_match.other_function);
    }
    std::vector<std::string> names = rule.user ? std::vector<std::string>() : common_names(frame);
    names.push_back(frame);
    m_report.title = trim_right(expand(rule.title, m_match, names.front()));
    for (const std::string& name : names) {
      if (rule.title.find("{frame}") != std::string_view::npos) add_alt(expand(rule.title, m_match, name));
      if (!rule.alt.empty()) add_alt(expand(rule.alt, m_match, name));
    }
    if (rule.blame != Blame::none) m_report.frame = names.front();
    m_report.type = expand(rule.type, m_match, frame);
  }

  void name_without_function(const Rule& rule) {
    const std::string_view title = rule.title.substr(0, rule.title.find(" in {frame}"));
    m_report.title = trim_right(expand(title, m_match, {}));
    m_report.type = expand(rule.type, m_match, {});
  }

  // The base name of the source file among the head's groups.
  static std::string file_name(const std::vector<std::string_view>& groups) {
    const std::string_view path = file_path(groups);
    return std::string(path.substr(path.find_last_of("/\\") + 1));
  }

  static std::string_view file_path(const std::vector<std::string_view>& groups) {
    for (std::size_t i = 1; i < groups.size(); ++i) {
      const std::size_t dot = groups[i].rfind('.');
      const bool named = dot != std::string_view::npos && dot + 1 < groups[i].size();
      if (named || groups[i].contains('/')) return groups[i];
    }
    return {};
  }

  // The place that the head names stands for a stack where there is none: "ring.c:77: ", "File: "ring.c", Line: 77".
  void place_in_head() {
    if (!m_report.stacks.empty() || m_report.guilty_file.empty()) return;
    const std::string_view head = m_lines[0].body;
    const std::size_t at = head.find(m_report.guilty_file);
    if (at == std::string_view::npos) return;
    std::string_view behind = head.substr(at + m_report.guilty_file.size());
    behind.remove_prefix(std::min(behind.find_first_not_of(":(\", "), behind.size()));
    for (const std::string_view word : {"line ", "Line: "})
      if (behind.starts_with(word)) behind.remove_prefix(word.size());
    const auto line =
        base::parse_number<std::uint32_t>(behind.substr(0, behind.find_first_not_of("0123456789")));
    if (!line) return;
    model::Frame place;
    if (m_report.frame != base_of_path(m_report.guilty_file)) place.function = m_report.frame;
    place.file = m_report.guilty_file;
    place.line = *line;
    m_report.stacks.push_back({.kind = model::StackKind::crash, .heading = {}, .frames = {place}});
    m_report.blamed_stack = 0;
  }

  // "a / b", in an order that does not depend on which CPU came first.
  static std::string pair(std::string_view a, std::string_view b) {
    if (b < a) std::swap(a, b);
    return std::string(a) + " / " + std::string(b);
  }

  void add_alt(std::string title) {
    if (title != m_report.title &&
        std::ranges::find(m_report.alt_titles, title) == m_report.alt_titles.end()) {
      m_report.alt_titles.push_back(std::move(title));
    }
  }

  // A stack in a form that is not known is no fault of the console's.
  void tell_unread() {
    for (const WalkedStack& s : m_stacks) {
      if (s.certain_frames > 0 || s.unread < k_unread_lines) continue;
      m_report.corrupted_reason += fmt::format("; {} lines of \"{}\" unread", s.unread, s.stack.heading);
      return;
    }
  }

  void corrupt(std::string_view reason) {
    if (!m_report.corrupted) m_report.corrupted_reason = reason;
    m_report.corrupted = true;
  }

  std::string_view m_text;
  OwnLines m_own;
  std::vector<Line>& m_lines = m_own.lines();  // of the report, from its head
  std::span<const Line> m_told;                // of m_lines, up to the report's end mark
  bool m_mixed = false;                        // a stack of another task stands among them
  bool m_names_task = false;                   // one of the lines is "CPU: ... PID: ... Comm: ..."
  Match m_match;
  std::vector<WalkedStack> m_stacks;
  std::size_t m_blamed_stack = SIZE_MAX;
  CrashReport m_report;
};

}  // namespace

bool begins_message(std::string_view body, std::size_t at) {
  std::string_view before = body.substr(0, at);
  while (!before.empty()) {
    before.remove_prefix(std::min(before.find_first_not_of(' '), before.size()));
    const std::string_view word = before.substr(0, before.find(' '));
    if (!may_precede(word)) return false;
    before.remove_prefix(word.size());
  }
  return true;
}

bool find_head(std::string_view text, std::size_t head, std::size_t reading,
               const std::function<void(const Line&, const Rule*)>& found) {
  const Analysis analysis(text, head, reading, SIZE_MAX);
  const auto [line, rule] = analysis.head();
  if (rule == nullptr || line.begin != head) return false;
  found(line, rule);
  return true;
}

bool goes_on(std::string_view text, std::size_t head, std::size_t reading) {
  return Analysis(text, head, reading, SIZE_MAX).goes_on();
}

std::optional<CrashReport> analyze(std::string_view text, std::size_t head, std::size_t reading,
                                   std::size_t own_end) {
  return Analysis(text, head, reading, own_end).run();
}

}  // namespace culprit::console
