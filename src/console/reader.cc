// The console is read as a stream of blocks of whole lines. The scanner finds the few lines that can begin a
// report; everything else is never looked at. A report stays open until another one begins in the same
// context, or it has grown to its limit, or the console ends; then its lines are analyzed at once. Nothing
// depends on how the stream was cut, because every decision is made on whole lines and on absolute offsets.
//
// Lines of different printk callers interleave, so a report of another context does not close the ones that
// are open; each analysis picks its own lines out of the shared window. The number of open reports is
// bounded, so the work is linear in the console however many reports begin in it.
#include <algorithm>
#include <cctype>
#include <cstring>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "console/analyze.h"
#include "console/console.h"
#include "console/dress/wide.h"
#include "console/match/matcher.h"
#include "console/programs/session.h"
#include "console/text/line.h"
#include "console/text/stamp.h"

namespace culprit::console {
namespace {

constexpr std::size_t k_block = std::size_t{128}
                                << 10;   // bytes scanned at a time: stays in the second-level cache
constexpr std::size_t k_behind = 2048;   // bytes behind a line that may say how it is to be read
constexpr std::size_t k_heading = 1024;  // bytes in front of a line that is set in
constexpr std::size_t k_between_questions =
    256;  // bytes for each question what the lines behind one say, over time
constexpr std::size_t k_questions_at_once = 8;
constexpr std::size_t k_context = 4096;  // bytes in front of a report that are kept for its context
constexpr std::size_t k_open = 3;        // reports open at a time
// Failures of tests may be expected, and a dozen tests run at a time; what says so comes soon.
constexpr std::size_t k_open_expected = 12;
constexpr std::size_t k_expected_within = std::size_t{64} << 10;
constexpr std::size_t k_none = SIZE_MAX;
constexpr std::size_t k_near = 4096;         // a continuation this near is not questioned
constexpr std::size_t k_few_lines = 4;       // in one raw line: all of them meet the rules
constexpr std::size_t k_max_front = 512;     // bytes that transports put in front of two lines at most
constexpr std::size_t k_line_end = 6;        // bytes that end a line at most: "<br/>\n"
constexpr int k_questions = 8;               // and no report is questioned more often
constexpr std::size_t k_consequence = 8192;  // a complaint's stack, and the words of another
constexpr std::size_t k_preamble = 512;      // a preamble and its head are a few lines apart

struct Open {
  std::size_t begin = 0;    // of its context, absolute
  std::size_t head = 0;     // of its head line, absolute
  std::string context;      // printk caller id
  std::string writer;       // as the transport names it
  std::string head_body;    // of a rule that holds others: the head line's message
  std::size_t reading = 0;  // of the head's line
  bool stamped = false;     // printed by the kernel
  const Rule* rule = nullptr;
  std::size_t end = k_none;   // of its own lines, absolute, where others were looked at behind them
  std::size_t last_head = 0;  // end of the last line that repeats the head with another inlined function
  std::size_t last_part = 0;  // end of the last line that was found to continue it
  std::size_t kernels = 0;    // where the last line in front begins that a kernel's rule fits
  int continuations = 0;
  bool done = false;
  std::optional<model::CrashReport> report;  // once done
};

// Could the line be of the writer that the open report is of? A line that lost bytes lost what its transport said, too.
bool may_be_same_writer(const Open& open, const Line& line) {
  if (open.stamped != line.stamped || (open.writer != line.writer && !line.writer.empty())) return false;
  return open.context.empty() || line.context.empty() || open.context == line.context;
}

bool same_writer(const Open& open, const Line& line) {
  return open.writer == line.writer && may_be_same_writer(open, line);
}

// PowerPC's debugger writes past printk, without a stamp: what it says is of the kernel's report that stands open.
bool is_past_printk(const Rule& rule, const Open& open) {
  return rule.id.starts_with("oops/xmon") && !open.rule->user;
}

}  // namespace

class Reader::Impl {
 public:
  Impl(const ReadOptions& options, std::function<void(model::CrashReport)> on_report)
      : m_options(options), m_session(std::move(on_report)) {}

  void feed(std::string_view chunk) {
    m_wide.feed(chunk, [this](std::string_view text) { take(text); });
  }

  void finish() {
    m_wide.finish([this](std::string_view text) { take(text); });
    process(window_end());
    for (Open& open : m_open) close(open, window_end());
    deliver();
    m_session.finish();
  }

  bool panicked() const { return m_panicked; }

 private:
  void take(std::string_view chunk) {
    while (!chunk.empty()) {
      const std::size_t n = std::min(chunk.size(), k_block);
      m_window.append(chunk.substr(0, n));
      chunk.remove_prefix(n);
      process(complete_end());
      trim();
    }
  }

  std::size_t window_end() const { return m_window_begin + m_window.size(); }
  std::string_view text(std::size_t begin, std::size_t end) const {
    return std::string_view(m_window).substr(begin - m_window_begin, end - begin);
  }

  // The end of the last line that is complete, at a newline or where a line is cut, and behind which enough
  // follows to ask how it is to be read.
  std::size_t complete_end() const {
    const std::string_view rest = text(m_processed, window_end());
    if (rest.size() <= k_behind) return m_processed;
    const std::size_t limit = rest.size() - k_behind;
    const void* newline = ::memrchr(rest.data(), '\n', limit);
    std::size_t whole = newline == nullptr
                            ? 0
                            : static_cast<std::size_t>(static_cast<const char*>(newline) - rest.data()) + 1;
    while (limit - whole >= k_max_line) whole += line_length(rest.substr(whole));
    return m_processed + whole;
  }

  // Looks at the lines from m_processed to `end`, both line boundaries.
  void process(std::size_t end) {
    if (end <= m_processed) return;
    const std::string_view block = text(m_processed, end);
    look_for_stamp(block);
    m_ends.clear();
    m_scanner.find(block, m_ends);
    std::size_t line_begin = 0;  // a line boundary at or before the next hit
    std::size_t line_end = 0;    // of the line looked at last
    for (const std::size_t hit : m_ends) {
      if (hit <= line_end) continue;
      line_begin = std::max(line_begin, line_end);
      const std::size_t newline = block.substr(line_begin, hit - line_begin).rfind('\n');
      if (newline != std::string_view::npos) line_begin += newline + 1;
      line_end = line_begin + line_length(block.substr(line_begin));
      while (line_end < hit && block[line_end] != '\n') {  // a line that is cut
        line_begin = line_end;
        line_end += line_length(block.substr(line_begin));
      }
      line(m_processed + line_begin, block.substr(line_begin, line_end - line_begin));
    }
    m_processed = end;
  }

  // Where the first time stamp of `text` is; npos for none.
  static std::size_t find_stamp(std::string_view text) {
    std::string_view context;
    std::size_t at = text.find('[');
    while (at != std::string_view::npos && stamp_length(text, at, &context) == 0) at = text.find('[', at + 1);
    return at;
  }

  // The latest time since a boot that `text` names, in seconds.
  static std::optional<double> latest_time(std::string_view text) {
    std::optional<double> latest;
    for (std::size_t at = find_stamp(text); at != std::string_view::npos;) {
      std::string_view context;
      double seconds = -1;
      const std::size_t n = stamp_length(text, at, &context, &seconds);
      latest = std::max(latest.value_or(0), seconds);
      const std::size_t next = find_stamp(text.substr(at + n));
      at = next == std::string_view::npos ? next : at + n + next;
    }
    return latest;
  }

  // Notes the console's first time stamp; but a journal, whose lines name their writers, says itself which are the
  // kernel's. Line by line, as a line that is too long is cut.
  void look_for_stamp(std::string_view block) {
    std::size_t begin = 0;
    while (m_first_stamp == k_none && !m_is_journal && begin < block.size()) {
      const std::string_view rest = block.substr(begin, k_max_line);
      const std::size_t newline = rest.find('\n');
      const std::string_view line = rest.substr(0, newline);
      if (const std::size_t stamp = find_stamp(line); stamp != std::string_view::npos) {
        m_is_journal = !undress(line, nullptr).writer.empty();
        if (!m_is_journal) m_first_stamp = m_processed + begin + stamp;
      }
      begin += newline == std::string_view::npos ? rest.size() : newline + 1;
    }
  }

  // Does the line begin like an object of JSON or an element of XML?
  static bool may_be_a_format(std::string_view raw) {
    const std::size_t at = raw.find_first_not_of(" \t");
    if (at == std::string_view::npos || at + 1 >= raw.size()) return false;
    return raw[at] == '{' || (raw[at] == '<' && std::isalpha(static_cast<unsigned char>(raw[at + 1])) != 0);
  }

  // A line that holds one of the literals.
  void line(std::size_t begin, std::string_view raw) {
    if (may_be_a_format(raw)) {
      m_arena.clear();
      m_lines.clear();
      parse_line(raw, begin, m_arena, m_lines, k_as_it_is);
      const Rule* rule = Matcher::instance().head_rule(m_lines.front().body);
      m_reading = k_as_it_is;
      if (rule != nullptr && rule->as_it_is) return known_message(m_lines.front(), rule);
    }
    // A line may be read in more than one way: "10:11:45 invalid opcode: 0" names no host "invalid".
    for (m_reading = 0; m_reading < k_readings; ++m_reading) {
      m_arena.clear();
      m_lines.clear();
      if (!parse_line(raw, begin, m_arena, m_lines, m_reading)) break;
      // Where a line holds terminal escapes, they may be all that was found, or stand in the middle of a
      // literal. Of a coded line, each line in it is looked at.
      const bool sure = m_lines.size() < k_few_lines && raw.find('\x1b') == std::string_view::npos;
      if (!sure) std::erase_if(m_lines, [&](const Line& l) { return !m_scanner.finds(l.body); });
      if (m_lines.empty()) return;
      bool known = false;
      for (const Line& parsed : m_lines) known |= message(parsed);
      if (known) return;
    }
    m_reading = 0;
    // What is not known at once is dear: not asked of every line.
    if (m_next_question > begin + k_questions_at_once * k_between_questions) return;
    m_next_question = std::max(m_next_question, begin) + k_between_questions;
    const std::size_t from = raw.starts_with(' ') ? heading_of(begin) : begin;
    const std::string_view around = text(from, std::min(window_end(), begin + raw.size() + k_behind));
    find_head(around, begin - from, m_reading, [&](Line line, const Rule* rule) {
      line.begin += from;
      line.end += from;
      if (rule->needs_stack || rule->user) known_message(line, rule);
    });
  }

  // Where the lines begin that may say what the line at `begin`, which is set in, belongs to.
  std::size_t heading_of(std::size_t begin) const {
    const std::size_t reach = std::max(m_window_begin, begin - std::min(begin, k_heading));
    const std::size_t newline = text(reach, begin).find('\n');
    return reach == 0 || newline == std::string_view::npos ? reach : reach + newline + 1;
  }

  // False where no rule knows the line.
  bool message(const Line& parsed) {
    if (parsed.stamped && parsed.voice == Voice::unknown)
      m_first_stamp = std::min(m_first_stamp, parsed.begin);
    const std::size_t panic = parsed.body.find("Kernel panic - not syncing");
    if (panic != std::string_view::npos && begins_message(parsed.body, panic))
      m_panicked = m_reboot_asked = true;  // what starts then was told to
    const Rule* rule = Matcher::instance().head_rule(parsed.body);
    if (rule != nullptr) known_message(parsed, rule);
    return rule != nullptr;
  }

  // A line that `rule` fits.
  void known_message(const Line& parsed, const Rule* rule) {
    // A journal goes on over reboots, wanted ones too.
    if (rule->boot && (parsed.voice != Voice::unknown || !unexpected_boot(*rule, parsed))) return;
    // Pages say "Warning:" too, and tell of programs that crash.
    if (parsed.prose && (rule->user || !rule->needs_stack)) return;
    if (rule->ignore || (rule->user ? !user_reports(parsed) : is_programs(parsed, *rule))) return;
    begin_report(parsed, rule);
  }

  // A head of `rule`.
  void begin_report(const Line& parsed, const Rule* rule) {
    const std::size_t begin = parsed.begin;
    bool absorbed = false;
    if (rule->one_line) {
      open_report(parsed, rule);
      close(m_open.back(), parsed.end);
      return deliver();
    }
    for (Open& open : m_open) {
      const bool past_printk = is_past_printk(*rule, open);
      if (!open.done && is_consequence(open, *rule, begin)) open.done = true;
      if (open.done || (!past_printk && !may_be_same_writer(open, parsed))) continue;
      if (printed_again(open, begin)) {
        open.done = true;
        continue;
      }
      if (!past_printk && !same_writer(open, parsed)) continue;
      if (is_preamble(open, *rule, begin)) {
        open.done = true;  // the head, and nothing of the report yet
        continue;
      }
      const bool repeats = rule->read == nullptr && rule == open.rule && begin <= open.last_head + k_line_end;
      if (repeats) open.last_head = parsed.end;
      if (repeats || holds(open, *rule, parsed) ||
          (begin - open.head < k_max_report && rule->follows && !is_about_tests(*open.rule) &&
           continues(open, begin))) {
        absorbed = true;
        open.last_part = parsed.end;
        continue;
      }
      if (rule->weak && begin - open.head <= k_near) {  // words that may be nobody's end no report
        absorbed = true;
        continue;
      }
      if (!open.rule->expected.empty() && begin - open.head <= k_near) {
        open.end = std::min(open.end, begin);  // what takes it back may stand behind the next one
        continue;
      }
      if (open.rule->patient && begin - open.head <= k_near && rule != open.rule) continue;
      close(open, begin);
    }
    if (!absorbed) open_report(parsed, rule);
    if (!rule->user) m_last_kernels = begin;
    deliver();
  }

  // A kernel that starts where one was running, and nobody asked for a reboot. What was running shows by its
  // time stamps between the last start and this one. A kernel's clock starts with it, so where it has not gone
  // back, the lines in front are this kernel's own: many print some before they say who they are.
  bool unexpected_boot(const Rule& rule, const Line& line) {
    if (rule.ignore) {
      m_reboot_asked = true;
      return false;
    }
    const std::size_t near = line.begin - std::min(line.begin, k_context);
    const std::size_t from = std::max({m_window_begin, m_last_start, near});
    const std::optional<double> before = latest_time(text(from, line.begin));
    const std::optional<double> now = latest_time(text(line.begin, line.end));
    // A boot loader between two versions may have said more than is kept; a decompressor's words are of the
    // start that the next version is of.
    const bool again = std::exchange(m_started, now.has_value());
    if (!again && now && before && *now >= *before) return false;
    m_last_start = line.end;
    return (again || before) && !std::exchange(m_reboot_asked, false);
  }

  // Do programs' reports count at this line of the console?
  bool user_reports(const Line& line) const {
    return m_options.subject != model::Subject::kernel && !line.stamped && line.begin < m_first_stamp;
  }

  // Does the transport say that a program wrote the line, which a kernel's report is not? A stamp within says that
  // it passed on what a kernel wrote; the fuzzer is a program itself, and what leaks
  // a program reads in a file.
  static bool is_programs(const Line& line, const Rule& rule) {
    return line.voice == Voice::program && !line.stamped && !rule.id.starts_with("fuzzer/") &&
           !rule.id.starts_with("kmemleak/");
  }

  // Is the line at `begin` the head of `open` once more? Only what a console that lost bytes says between
  // them.
  bool printed_again(const Open& open, std::size_t begin) const {
    const std::string_view between = text(open.last_head, std::max(open.last_head, begin));
    return between.size() < k_replay.size() + k_max_front && std::ranges::count(between, '\n') <= 2 &&
           between.find(k_replay) != std::string_view::npos;
  }

  // Says the open report of a program that the line is a part of it? It is asked about the last k_context bytes
  // of what it has so far, so that many heads cost no more than one.
  bool holds(const Open& open, const Rule& rule, const Line& line) const {
    if (open.rule->holds == nullptr || line.begin - open.head >= k_max_report) return false;
    const std::size_t from = std::max(open.head, line.begin - std::min(line.begin, k_context));
    return open.rule->holds(rule, open.head_body, text(from, line.begin), line.body);
  }

  // Does the head at `begin` say in other words what the head of `open` did?
  static bool is_preamble(const Open& open, const Rule& rule, std::size_t begin) {
    return open.rule->preamble && !rule.follows && begin - open.head <= k_preamble;
  }

  // Does a kernel that complained crash soon, in whatever task?
  static bool is_consequence(const Open& open, const Rule& rule, std::size_t begin) {
    return open.rule->preamble && open.rule->weak && !rule.weak && !rule.user &&
           begin - open.head <= k_consequence;
  }

  // Does a continuation at `begin` still belong to `open`?
  bool continues(Open& open, std::size_t begin) {
    if (begin - open.head <= k_near || ++open.continuations > k_questions) return true;
    return goes_on(text(open.begin, begin), open.head - open.begin, open.reading);
  }

  void open_report(const Line& line, const Rule* rule) {
    const std::size_t head = line.begin;
    const bool expected = !rule->expected.empty();
    const auto competes = [&](const Open& o) { return !o.done && o.rule->expected.empty() != expected; };
    auto live = static_cast<std::size_t>(std::ranges::count_if(m_open, competes));
    for (Open& o : m_open) {
      if (live < (expected ? k_open_expected : k_open)) break;
      if (!competes(o)) continue;
      close(o, head);
      --live;
    }
    // The context starts at a newline within reach; without one there is none.
    const std::size_t reach = std::max(m_window_begin, head > k_context ? head - k_context : 0);
    std::size_t begin = reach;
    if (reach > 0) {
      const std::size_t newline = text(reach, head).find('\n');
      begin = newline == std::string_view::npos ? head : reach + newline + 1;
    }
    m_open.push_back({.begin = begin,
                      .head = head,
                      .context = std::string(line.context),
                      .writer = std::string(line.writer),
                      .head_body = std::string(rule->holds != nullptr ? line.body : std::string_view()),
                      .reading = m_reading,
                      .stamped = line.stamped,
                      .rule = rule,
                      .end = k_none,
                      .last_head = line.end,
                      .last_part = line.end,
                      .kernels = m_last_kernels,
                      .continuations = 0,
                      .done = false,
                      .report = std::nullopt});
  }

  // Bytes behind the head in which the report ends.
  static std::size_t reach(const Open& open) {
    return open.rule->expected.empty() ? k_max_report : k_expected_within;
  }

  void close(Open& open, std::size_t at) {
    if (open.done) return;
    open.done = true;
    std::size_t end = std::min(at, open.head + reach(open));
    if (end < at) {
      const std::size_t newline = text(open.head, end).rfind('\n');
      if (newline != std::string_view::npos) end = open.head + newline + 1;
    }
    open.report = analyze(text(open.begin, end), open.head - open.begin, open.reading, open.end - open.begin);
    if (!open.report) return;
    open.report->start += open.begin;
    // What stands in front of the head is not the report's where a kernel's stands between, which goes on at once.
    if (open.report->start < open.head && open.kernels > open.report->start && open.kernels < open.head)
      open.report->start = open.head;
    // A torn line may not wear what the head wears, and continue it nevertheless.
    open.report->end = std::max(open.report->end + open.begin, std::min(open.last_part, end));
    // The head was torn and printed again under another caller's id: that line has a report of its own.
    const std::size_t start = open.report->start;
    if (start != open.head && std::ranges::any_of(m_open, [&](const Open& other) {
          return &other != &open && other.head == start;
        }))
      open.report.reset();
  }

  void deliver() {
    while (!m_open.empty() && m_open.front().done) {
      std::optional<model::CrashReport> report = std::move(m_open.front().report);
      m_open.pop_front();
      if (!report) continue;
      report->start = m_wide.original(report->start);
      report->end = m_wide.original(report->end);
      m_session.take(std::move(*report));
    }
  }

  // Closes what has grown to its limit and forgets what nothing needs any more.
  void trim() {
    std::size_t needed = m_processed > k_context ? m_processed - k_context : 0;
    for (Open& open : m_open) {
      if (!open.done && m_processed - std::min(m_processed, open.head) > reach(open))
        close(open, m_processed);
      if (!open.done) needed = std::min(needed, open.begin);
    }
    deliver();
    // Moving what is left costs time, so it is done when it is the smaller part.
    if (needed - m_window_begin > m_window.size() / 2) {
      m_window.erase(0, needed - m_window_begin);
      m_window_begin = needed;
      m_wide.forget(needed);
    }
  }

  ReadOptions m_options;
  Session m_session;
  WideText m_wide;
  Scanner m_scanner;
  std::string m_window;                // the console from m_window_begin to what was fed last
  std::size_t m_window_begin = 0;      // absolute
  std::size_t m_processed = 0;         // absolute; a line boundary
  std::deque<Open> m_open;             // in the order of their heads
  std::vector<std::size_t> m_ends;     // scratch of process()
  std::deque<std::string> m_arena;     // scratch of line()
  std::vector<Line> m_lines;           // the same
  std::size_t m_reading = 0;           // of parse_line(), by which m_lines were read
  std::size_t m_last_kernels = 0;      // absolute: where the last line begins that a kernel's rule fits
  std::size_t m_next_question = 0;     // absolute: lines from here on may be asked about
  std::size_t m_first_stamp = k_none;  // where the first printk time stamp is that was seen
  bool m_is_journal = false;           // as the first line with a stamp says
  bool m_panicked = false;
  bool m_started = false;        // the last sign of a start was a kernel's version, with a time stamp
  bool m_reboot_asked = false;   // or explained, since the last start of a kernel
  std::size_t m_last_start = 0;  // end of the last line that says that a kernel starts
};

Reader::Reader(const ReadOptions& options, std::function<void(model::CrashReport)> on_report)
    : m_impl(std::make_unique<Impl>(options, std::move(on_report))) {}
Reader::~Reader() = default;
void Reader::feed(std::string_view chunk) { m_impl->feed(chunk); }
void Reader::finish() { m_impl->finish(); }
bool Reader::panicked() const { return m_impl->panicked(); }

model::ConsoleReading read(std::string_view console, const ReadOptions& options) {
  model::ConsoleReading reading;
  Reader reader(options, [&](model::CrashReport report) { reading.reports.push_back(std::move(report)); });
  reader.feed(console);
  reader.finish();
  reading.panicked = reader.panicked();
  return reading;
}

}  // namespace culprit::console
