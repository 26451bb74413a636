// The block is drawn over itself: up to its first line, each line written and its rest erased, what is below
// erased. No alternate screen, no hidden cursor, no scroll region: whatever way the process ends, the
// terminal needs nothing undone, and what was on the screen stays in its history.
//
// When the terminal gets narrower, most terminals break the lines that are on the screen already, so the
// block is taller than it was written; the way up is counted in rows of the new width. A block that does not
// fit then has its beginning pushed into the terminal's history, and a terminal that grows again brings that
// back on the screen, somewhere above: from then on each new size begins with an empty screen.
#include "output/terminal/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <utility>

#include "base/overloaded.h"
#include "model/event.h"
#include "output/summary/happening.h"
#include "output/summary/marks.h"
#include "output/words/duration.h"
#include "output/words/text.h"

namespace culprit::output {
namespace {

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // a closed terminal must not end the bisection
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

// Columns that a line with colour sequences takes.
std::size_t visible_width(std::string_view line) {
  std::string plain;
  while (!line.empty()) {
    const std::size_t escape = line.find('\x1b');
    plain += line.substr(0, escape);
    if (escape == std::string_view::npos) break;
    const std::size_t end = line.find('m', escape);
    if (end == std::string_view::npos) break;
    line.remove_prefix(end + 1);
  }
  return width(plain);
}

std::string clock_time(double seconds) {
  const auto s = static_cast<long>(std::max(0.0, seconds));
  return fmt::format("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

}  // namespace

LiveView::LiveView(const SummaryFold& fold, Write write, const base::Clock& clock,
                   std::function<Style()> style, TitleOf title_of)
    : m_fold(fold),
      m_write(std::move(write)),
      m_clock(clock),
      m_style_now(std::move(style)),
      m_title_of(std::move(title_of)) {}

LiveView::~LiveView() { close(); }

std::string LiveView::cached_title(const model::CommitId& commit) {
  if (!m_title_of) return {};
  const auto [at, is_new] = m_titles.try_emplace(commit);
  if (is_new) at->second = m_title_of(commit);
  return at->second;
}

// Rows that the block takes on a screen of today's width.
std::size_t LiveView::rows() const {
  constexpr double k_news_delay = 0.4;  // seconds; tmux waits 0.25
  return m_clock.monotonic() - m_drawn_at < k_news_delay ? m_widths.size() : wrapped_rows();
}

// Takes the size of the terminal as it is now.
void LiveView::look_at_size() {
  const Style before = std::exchange(m_style, m_style_now());
  if (m_widths.empty() || (m_style.columns == before.columns && m_style.rows == before.rows)) return;
  m_has_spilled |= wrapped_rows() >= m_style.rows;
  m_draws_screen |= m_has_spilled;
}

std::size_t LiveView::wrapped_rows() const {
  std::size_t out = 0;
  for (const std::size_t width : m_widths)
    out += std::max<std::size_t>(1, (width + m_style.columns - 1) / m_style.columns);
  return out;
}

// Moves to the block's first line. A block that a narrower terminal made taller than the screen has lost its
// beginning to the history; then the whole screen is drawn over.
std::string LiveView::to_first_line() const {
  const std::size_t up = rows();
  if (up == 0) return "\r";
  return up >= m_style.rows ? "\x1b[H" : fmt::format("\r\x1b[{}A", up);
}

// Line by line: tmux takes an erasure from the first corner on for a page to be kept in its history.
std::string LiveView::erased() const {
  if (m_draws_screen) {
    std::string out = "\x1b[H";
    for (std::size_t i = 1; i < m_style.rows; ++i) out += "\x1b[K\n";
    return out + "\x1b[K\x1b[H";
  }
  const std::size_t count = std::min(rows(), m_style.rows - 1);
  std::string out = to_first_line();
  for (std::size_t i = 0; i < count; ++i) out += "\x1b[K\n";
  if (count > 0) out += fmt::format("\x1b[{}A", count);
  return out;
}

void LiveView::draw(const Summary& summary) {
  look_at_size();
  const std::vector<std::string> lines =
      render_live(summary, m_style, m_clock.wall(),
                  [this](const model::CommitId& commit) { return cached_title(commit); });
  std::string out = (m_draws_screen ? erased() : to_first_line()) + "\x1b[?7l";
  m_draws_screen = false;
  m_widths.clear();
  for (const std::string& line : lines) {
    out += line + "\x1b[K\n";
    m_widths.push_back(visible_width(line));
  }
  out += "\x1b[J\x1b[?7h";
  m_write(out);
  m_drawn_at = m_clock.monotonic();
  m_dirty = false;
}

// Whatever happened: the block is made from the fold, which knows what it comes to.
void LiveView::on_event(const model::Event& /*event*/) {
  if (m_closed) return;
  m_dirty = true;
  if (m_drawn_at < 0 || m_clock.monotonic() - m_drawn_at >= k_least_seconds) draw();
}

void LiveView::tick() {
  if (m_closed || !m_fold.summary().started) return;
  constexpr double k_second = 1;
  if (m_dirty || m_clock.monotonic() - m_drawn_at >= k_second) draw();
}

void LiveView::close() {
  if (m_closed) return;
  m_closed = true;
  if (m_widths.empty()) return;
  if (m_fold.summary().conclusion) {
    look_at_size();
    m_write(erased());
    return;
  }
  Summary last = m_fold.summary();
  last.under_way.clear();
  if (!last.interrupted) last.interrupted = "interrupted";
  draw(last);
}

void PlainView::line(std::string_view text) {
  const Summary& s = m_fold.summary();
  m_write(fmt::format("{} {}\n", clock_time(s.stats.wall_s), one_line(text, m_style.unicode)));
}

// The parts that a person tells apart: the ends, the way there, the search, and the check of what it found.
void PlainView::stage_line(std::string_view stage) {
  const Summary& s = m_fold.summary();
  constexpr std::string_view k_silent[] = {"again", "confirm"};  // of what is searched: now this, now that
  constexpr std::string_view k_checks[] = {"control", "parent", "verify"};
  if (std::ranges::find(k_silent, stage) != std::end(k_silent)) return;
  const bool fix = s.problem.goal == model::Goal::fix;
  std::string words(stage_words(stage));
  if (stage == "start") {
    words += " at " + s.name_of(s.problem.start);
  } else if (stage == "end") {
    if (fix || s.problem.good.size() == 1)
      words = "checking that it does not at " + s.name_of(fix ? s.problem.head : s.problem.good.front());
  } else if (stage == "bisect") {
    if (const std::string range = range_words(s); !range.empty()) words += " " + range;
  } else if (std::ranges::find(k_checks, stage) != std::end(k_checks)) {
    const model::CommitId& found = fix ? s.standing.good_end : s.standing.bad_end;
    if (found.is_null() || found == s.problem.start) return;  // an end is run once more
    words = fmt::format("checking whether {} {} it", s.name_of(found), fix ? "mended" : "brought");
  }
  if (m_told.insert(stage == "bisect" ? std::string(stage) : words).second) line(words);
}

void PlainView::revision_line(const RevisionSummary& revision) {
  constexpr std::size_t k_wide = 1000;  // a file has no right margin
  constexpr std::size_t k_marks = 40;
  const auto [at, is_new] = m_revisions.try_emplace(revision.commit);
  Told& told = at->second;
  const std::string verdict(verdict_text(revision));
  if (told.runs > revision.runs.size()) told.runs = 0;  // some were taken back
  const std::span<const RunSummary> runs = std::span(revision.runs).subspan(told.runs);
  if (!is_new && runs.empty() && verdict == told.verdict && revision.build_s <= told.build_s) return;
  StyledLine out(m_style, k_wide);
  out.put(revision.commit.short_hex());
  const std::string name = m_fold.summary().name_of(revision.commit);
  if (name != revision.commit.short_hex()) out.put(" ").put(name);
  if (!is_new) out.put(verdict == told.verdict ? " still" : " now");
  out.put(" ").put(verdict);
  if (!runs.empty()) put_marks(out.put(" "), runs, k_marks);
  for (const CrashExcerpt& crash : revision.crashes)
    if (told.titles.insert(crash.title).second) out.put(" [").put(crash.title).put("]");
  if (revision.build_s > told.build_s)
    out.put(", build ").put(short_duration(revision.build_s - told.build_s));
  constexpr double k_worth_telling = 0.05;  // seconds; less is "0.0s"
  if (revision.run_s > told.run_s + k_worth_telling)
    out.put(", runs ").put(short_duration(revision.run_s - told.run_s));
  if (is_new && !revision.title.empty()) out.put(": ").put(revision.title);
  line(out.str());
  told.runs = revision.runs.size();
  told.build_s = revision.build_s;
  told.run_s = revision.run_s;
  told.verdict = verdict;
}

void PlainView::on_event(const model::Event& event) {
  if (m_closed) return;
  const Summary& s = m_fold.summary();
  std::visit(
      base::Overloaded{
          [&](const model::Started& e) {
            line(fmt::format("searching the {} of a {} at {} in {} ({} commits)",
                             s.problem.goal == model::Goal::fix ? "fix" : "cause", happening_of(s).noun,
                             s.name_of(s.problem.start), e.repository, e.commits));
          },
          [&](const model::Resumed&) { line("resumed"); },
          [&](const model::Interrupted& e) { line("interrupted: " + e.reason); },
          [&](const model::Decided&) {
            if (s.stage == m_stage) return;
            m_stage = s.stage;
            stage_line(m_stage);
          },
          [&](const model::Judged& e) { revision_line(*s.find(e.verdict.commit)); },
          [&](const model::Note& e) { line("note: " + e.text); },
          [&](const model::Finished& e) {
            const auto& culprit = e.conclusion.culprit;
            line(fmt::format("finished: {}{}", kind_words(e.conclusion.kind),
                             culprit ? " " + culprit->hex() : std::string()));
          },
          // They are told when the revision is judged.
          base::Ignores<model::BuildStarted, model::BuildFinished, model::RunStarted, model::RunFinished>{},
          base::Ignores<model::PersonJudged, model::TakenBack>{},  // by hand there is no view
          base::Ignores<model::Posted>{},                          // after the answer there is none
      },
      event.body);
}

void PlainView::close() { m_closed = true; }

std::unique_ptr<ProgressView> make_progress_view(const SummaryFold& fold, int fd,
                                                 const Environment& environment, const base::Clock& clock,
                                                 TitleOf title_of) {
  const Style style = detect_style(fd, environment);
  Write write = [fd](std::string_view text) { write_all(fd, text); };
  if (!style.live) return std::make_unique<PlainView>(fold, std::move(write), style);
  return std::make_unique<LiveView>(
      fold, std::move(write), clock, [fd, environment] { return detect_style(fd, environment); },
      std::move(title_of));
}

Ticker::Ticker(ProgressView& view, std::mutex& in_use)
    : m_thread([this, &view, &in_use] {
        std::unique_lock lock(m_mutex);
        while (!m_wake.wait_for(lock, std::chrono::milliseconds(250), [this] { return m_stop; })) {
          const std::lock_guard use(in_use);
          view.tick();
        }
      }) {}

Ticker::~Ticker() {
  {
    const std::lock_guard lock(m_mutex);
    m_stop = true;
  }
  m_wake.notify_all();
  m_thread.join();
}

}  // namespace culprit::output
