#include "output/terminal/live.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <unistd.h>

#include "base/strings.h"
#include "output/terminal/terminal.h"
#include "output/words/text.h"
#include "tests/support/golden.h"
#include "tests/support/story.h"

namespace culprit::output {
namespace {

std::string title_of(const model::CommitId& commit) {
  const auto info = story_texts().info_of(commit);
  return info ? info->title : std::string();
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

Style style_of(std::size_t columns, std::size_t rows, bool unicode = true) {
  Style style;
  style.columns = columns;
  style.rows = rows;
  style.unicode = unicode;
  style.live = true;
  return style;
}

TEST(Live, FitsItsScreen) {
  const Story story = running_story();
  const Summary s = fold(story.events());
  expect_golden("live-80x24.txt", joined(render_live(s, style_of(80, 24), story.time(), title_of)));
  expect_golden("live-200x50.txt", joined(render_live(s, style_of(200, 50), story.time(), title_of)));
  expect_golden("live-50x10.txt", joined(render_live(s, style_of(50, 10), story.time(), title_of)));
  expect_golden("live-30x5.txt", joined(render_live(s, style_of(30, 5), story.time(), title_of)));
  expect_golden("live-80x24-ascii.txt",
                joined(render_live(s, style_of(80, 24, false), story.time(), title_of)));
}

TEST(Live, NeverGrowsBeyondTheScreen) {
  const Story story = running_story();
  const Story odd = inconclusive_story();
  EXPECT_TRUE(rc::check([&] {
    const auto columns = *rc::gen::inRange<std::size_t>(1, 220);
    const auto rows = *rc::gen::inRange<std::size_t>(1, 60);
    const auto& events = *rc::gen::element(&story.events(), &odd.events());
    const auto size = *rc::gen::inRange<std::size_t>(1, events->size() + 1);
    const Summary s = fold(std::span(*events).first(size));
    for (const bool unicode : {true, false}) {
      const auto lines = render_live(s, style_of(columns, rows, unicode), story.time(), title_of);
      RC_ASSERT(!lines.empty());
      RC_ASSERT(lines.size() <= std::max<std::size_t>(1, rows - 1));
      for (const std::string& line : lines) {
        RC_ASSERT(width(line) <= std::max<std::size_t>(1, columns - 1));
        RC_ASSERT(line.find('\x1b') == std::string::npos);
      }
    }
  }));
}

TEST(Live, EstimatesFromTheSearchThenFromTheAverage) {
  Story story;
  story.started(id_of(1)).decided("start", id_of(1), 1, {}, standing(100, 7, 700)).pause(50);
  EXPECT_DOUBLE_EQ(seconds_left(fold(story.events()), story.time()), 650);
  EXPECT_DOUBLE_EQ(seconds_left(fold(story.events()), story.time() + 10000), 1)
      << "never nothing while it runs";
  Story plain;
  plain.started(id_of(1)).decided("start", id_of(1), 1, {}, standing(100, 7)).runs(id_of(1), "xx", 15);
  EXPECT_DOUBLE_EQ(seconds_left(fold(plain.events()), plain.time()), 0) << "nothing is known yet";
  plain.judged(id_of(1), model::Verdict::bad, 1);
  EXPECT_DOUBLE_EQ(seconds_left(fold(plain.events()), plain.time()), 7 * 30);
}

class FakeClock final : public base::Clock {
 public:
  double wall() const override { return m_now; }
  double monotonic() const override { return m_now; }
  double m_now = 1.7e9;
};

// The part of a terminal that the live view needs: a grid, its history, and the sequences that it may send.
class FakeTerminal {
 public:
  FakeTerminal(std::size_t columns, std::size_t rows) : m_columns(columns), m_screen(rows) {}

  void write(std::string_view text) {
    while (!text.empty()) {
      if (text[0] == '\x1b') {
        const std::size_t end = text.find_first_of("ABCDHJKlhm", 2);
        ASSERT_NE(end, std::string_view::npos);
        sequence(text.substr(2, end - 2), text[end]);
        text.remove_prefix(end + 1);
      } else if (text[0] == '\n' || text[0] == '\r') {
        m_column = 0;
        if (text[0] == '\n' && ++m_row == m_screen.size()) {
          m_history.push_back(m_screen.front());
          m_screen.erase(m_screen.begin());
          m_screen.emplace_back();
          --m_row;
        }
        text.remove_prefix(1);
      } else {
        ASSERT_GE(static_cast<unsigned char>(text[0]), 0x20u) << "a control character reached the terminal";
        put(text);
      }
    }
  }

  // As terminals do it: lines that are too wide now break, and the cursor's line stays on the screen, for
  // which lines come from the history or go there.
  void resize(std::size_t columns, std::size_t rows) {
    std::vector<std::string> all = std::exchange(m_history, {});
    all.insert(all.end(), m_screen.begin(), m_screen.begin() + static_cast<std::ptrdiff_t>(m_row));
    std::vector<std::string> broken;
    for (std::string_view line : all) {
      broken.emplace_back();
      while (!line.empty()) {
        std::size_t size = 1;
        while (size < line.size() && (static_cast<unsigned char>(line[size]) & 0xC0) == 0x80) ++size;
        if (width(broken.back()) + width(line.substr(0, size)) > columns) broken.emplace_back();
        broken.back() += line.substr(0, size);
        line.remove_prefix(size);
      }
    }
    m_columns = columns;
    m_row = std::min(broken.size(), rows - 1);
    const auto first = broken.end() - static_cast<std::ptrdiff_t>(m_row);
    m_history.assign(broken.begin(), first);
    m_screen.assign(first, broken.end());
    m_screen.resize(rows);
  }

  std::string screen() const {
    std::string out;
    for (const std::string& line : m_screen)
      out += std::string(line.substr(0, line.find_last_not_of(' ') + 1)) + "\n";
    while (out.ends_with("\n\n")) out.pop_back();
    return out == "\n" ? "" : out;
  }
  const std::vector<std::string>& history() const { return m_history; }
  bool wraps() const { return m_wraps; }

 private:
  void put(std::string_view& text) {
    std::size_t size = 1;
    while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
    const std::string_view character = text.substr(0, size);
    ASSERT_LT(m_column, m_columns) << "a line is wider than the screen";
    std::string& line = m_screen[m_row];
    if (m_column == 0 && !line.empty()) m_rest = std::exchange(line, {});
    line += character;
    m_column += width(character);
    text.remove_prefix(size);
  }
  void sequence(std::string_view arguments, char end) {
    if (end == 'm') return;
    if (end == 'l' || end == 'h') {
      ASSERT_EQ(arguments, "?7");
      m_wraps = end == 'h';
    } else if (end == 'A') {
      const auto up = static_cast<std::size_t>(std::stoi(std::string(arguments)));
      ASSERT_LE(up, m_row) << "the view went above the screen";
      m_row -= up;
    } else if (end == 'H') {
      m_row = m_column = 0;
    } else if (end == 'K') {
      if (m_column == 0) m_screen[m_row].clear();
    } else if (end == 'J') {
      ASSERT_EQ(m_column, 0u);
      for (std::size_t row = m_row; row < m_screen.size(); ++row) m_screen[row].clear();
    } else {
      FAIL() << "an unknown sequence: " << arguments << end;
    }
  }

  std::size_t m_columns;
  std::vector<std::string> m_screen;
  std::vector<std::string> m_history;
  std::string m_rest;
  std::size_t m_row = 0;
  std::size_t m_column = 0;
  bool m_wraps = true;
};

struct Played {
  FakeClock clock;
  FakeTerminal terminal;
  Style style;
  SummaryFold fold;
  LiveView view;

  Played(std::size_t columns, std::size_t rows, bool color = true)
      : terminal(columns, rows),
        style(style_of(columns, rows)),
        view(
            fold, [this](std::string_view text) { terminal.write(text); }, clock, [this] { return style; },
            title_of) {
    style.color = color;
  }
  void play(const Story& story) {
    for (const model::Event& event : story.events()) {
      clock.m_now = std::max(clock.m_now + 0.06, event.time);
      show(event);
      view.tick();
    }
  }
  void show(const model::Event& event) {
    if (fold.apply(event)) view.on_event(event);
  }
};

TEST(LiveView, DrawsOneBlockInPlace) {
  Played played(80, 24);
  played.terminal.write("$ culprit bisect\n");
  const Story story = running_story();
  played.play(story);
  played.clock.m_now = story.time();
  played.clock.m_now += 2;
  played.view.tick();
  const Summary s = fold(story.events());
  EXPECT_EQ(played.terminal.screen(),
            "$ culprit bisect\n" + joined(render_live(s, style_of(80, 24), played.clock.m_now, title_of)));
  EXPECT_TRUE(played.terminal.history().empty()) << "the screen must not scroll";
  EXPECT_TRUE(played.terminal.wraps());
}

TEST(LiveView, ScrollsOnceAtMostToMakeRoomAtTheBottom) {
  Played played(80, 24);
  std::string before;
  for (int i = 0; i < 23; ++i) before += "line\n";
  played.terminal.write(before);
  played.play(running_story());
  EXPECT_LE(played.terminal.history().size(), 24u);
  for (const std::string& line : played.terminal.history()) EXPECT_EQ(line, "line");
}

TEST(LiveView, GivesWayToTheAnswer) {
  Played played(80, 24);
  played.terminal.write("before\n");
  played.play(found_story());
  played.view.close();
  EXPECT_EQ(played.terminal.screen(), "before\n");
  played.terminal.write("after\n");
  EXPECT_EQ(played.terminal.screen(), "before\nafter\n");
  played.view.close();
  played.view.tick();
  played.show({.sequence = 0, .time = 0, .body = model::Note{"late"}});
  EXPECT_EQ(played.terminal.screen(), "before\nafter\n") << "a closed view is silent";
}

TEST(LiveView, StaysWhenInterrupted) {
  Played played(80, 24);
  Story story = running_story();
  story.event(model::Interrupted{"SIGINT"});
  played.play(story);
  played.view.close();
  const std::string screen = played.terminal.screen();
  EXPECT_NE(screen.find("now    interrupted: SIGINT\nleft   23 revisions hold 99%, roughly 4 steps"),
            std::string::npos)
      << screen;
}

TEST(LiveView, SaysThatItIsInterruptedAlsoWhenNobodyToldIt) {
  Played played(80, 24);
  played.play(running_story());
  played.view.close();
  const std::string screen = played.terminal.screen();
  EXPECT_NE(screen.find("\nnow    interrupted\nleft   23 revisions"), std::string::npos) << screen;
}

TEST(LiveView, LeavesNoHalfBlocksWhenTheTerminalShrinksAndGrows) {
  Played played(80, 24);
  for (int i = 0; i < 30; ++i) played.terminal.write("before\n");
  const Story story = running_story();
  played.play(story);
  for (const auto& [columns, rows] : {std::pair{40, 24}, {40, 5}, {80, 24}, {120, 40}}) {
    played.style.columns = static_cast<std::size_t>(columns);
    played.style.rows = static_cast<std::size_t>(rows);
    played.terminal.resize(played.style.columns, played.style.rows);
    played.clock.m_now += 2;
    played.view.tick();
  }
  const std::string block =
      joined(render_live(fold(story.events()), style_of(120, 40), played.clock.m_now, title_of));
  EXPECT_EQ(played.terminal.screen(), block);
}

TEST(LiveView, ANewSizeThatItFitsLeavesWhatIsAboveIt) {
  Played played(80, 24);
  played.terminal.write("$ culprit bisect\n");
  const Story story = running_story();
  played.play(story);
  for (const std::size_t columns : {70, 120}) {
    played.style.columns = columns;
    played.style.rows = 50;
    played.terminal.resize(columns, 50);
    played.clock.m_now += 2;
    played.view.tick();
  }
  EXPECT_EQ(played.terminal.screen(),
            "$ culprit bisect\n" +
                joined(render_live(fold(story.events()), style_of(120, 50), played.clock.m_now, title_of)));
}

TEST(LiveView, DrawsRarelyHoweverManyEventsThereAre) {
  FakeClock clock;
  int writes = 0;
  SummaryFold fold;
  LiveView view(fold, [&](std::string_view) { ++writes; }, clock, [] { return style_of(80, 24); }, {});
  Story story;
  story.started(id_of(1)).decided("start", id_of(1), 1000).runs(id_of(1), std::string(1000, '.'), 0);
  for (const model::Event& event : story.events())
    if (fold.apply(event)) view.on_event(event);
  EXPECT_EQ(writes, 1);
  view.tick();
  EXPECT_EQ(writes, 2) << "a tick shows what is new";
  view.tick();
  EXPECT_EQ(writes, 2) << "and is silent while nothing changes";
  clock.m_now += 1;
  view.tick();
  EXPECT_EQ(writes, 3) << "but for the time";
}

TEST(LiveView, EarlierSessionsAreKnownButNoNews) {
  FakeClock clock;
  std::string written;
  SummaryFold fold;
  LiveView view(
      fold, [&](std::string_view text) { written += text; }, clock, [] { return style_of(80, 24); }, {});
  for (const model::Event& event : running_story().events()) fold.apply(event);
  EXPECT_EQ(written, "");
  view.tick();
  EXPECT_NE(written.find("v6.1.40"), std::string::npos);
}

TEST(LiveView, ASmallerScreenIsUsedAtOnce) {
  Played played(80, 24);
  played.style.columns = 40;
  played.style.rows = 6;
  played.play(running_story());
  for (const std::string_view line : base::split_lines(played.terminal.screen()))
    EXPECT_LT(width(line), 40u) << line;
  EXPECT_LE(base::split_lines(played.terminal.screen()).size(), 5u);
}

std::string plain_of(std::span<const model::Event> events) {
  std::string out;
  Style style;
  style.unicode = false;
  SummaryFold fold;
  PlainView view(fold, [&](std::string_view text) { out += text; }, style);
  for (const model::Event& event : events)
    if (fold.apply(event)) view.on_event(event);
  return out;
}

TEST(PlainView, IsOneLineForEachStageAndRevision) {
  expect_golden("plain-found.txt", plain_of(found_story().events()));
  expect_golden("plain-inconclusive.txt", plain_of(inconclusive_story().events()));
}

TEST(PlainView, SaysOfARevisionThatIsTestedAgainWhatIsNew) {
  Story story;
  story.started(id_of(1))
      .decided("start", id_of(1), 1)
      .build_started(id_of(1), "a change")
      .built(id_of(1), 3)
      .runs(id_of(1), "x", 2);
  story.judged(id_of(1), model::Verdict::bad, 1);
  model::Standing told = standing(5, 2);
  told.good_end = id_of(3), told.bad_end = id_of(2);
  story.decided("control", id_of(2), 2, {}, told)
      .build_started(id_of(2), "b")
      .built(id_of(2), 2)
      .runs(id_of(2), ".", 1);
  story.judged(id_of(2), model::Verdict::good, 0.1);
  story.decided("bisect", id_of(2), 1).runs(id_of(2), "x.", 1).judged(id_of(2), model::Verdict::bad, 0.9);
  story.decided("control", id_of(2), 1, {}, told)
      .decided("confirm", id_of(2), 1, {}, told)
      .judged(id_of(2), model::Verdict::bad, 0.95);
  const std::string out = plain_of(story.events());
  const std::string id = id_of(2).short_hex();
  const std::string news = out.substr(out.find("checking whether"));
  EXPECT_EQ(news,
            fmt::format("checking whether {0} brought it\n00:00:08 {0} good ., build 2.0s, runs 1.0s: b\n"
                        "00:00:08 searching\n"
                        "00:00:10 {0} now bad x. [possible deadlock in frob_flush], runs 2.0s\n",
                        id))
      << out;
}

TEST(PlainView, SaysThatItStoppedAndGoesOn) {
  Story story;
  story.started(id_of(1)).event(model::Interrupted{"SIGINT"}).event(model::Resumed{});
  EXPECT_TRUE(plain_of(story.events()).ends_with("00:00:00 interrupted: SIGINT\n00:00:00 resumed\n"));
}

TEST(Progress, APipeGetsPlainLines) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  FakeClock clock;
  SummaryFold fold;
  const auto view =
      make_progress_view(fold, ends[1], [](const char*) -> const char* { return nullptr; }, clock, {});
  for (const model::Event& event : running_story().events())
    if (fold.apply(event)) view->on_event(event);
  view->close();
  char buffer[80] = {};
  ASSERT_GT(read(ends[0], buffer, sizeof buffer - 1), 0);
  EXPECT_TRUE(std::string_view(buffer).starts_with("00:00:00 searching the cause of a crash at ")) << buffer;
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(Progress, TheTickerEndsWithItsScope) {
  Played played(80, 24);
  std::mutex in_use;
  {
    const Ticker ticker(played.view, in_use);
    const std::lock_guard lock(in_use);
    played.play(running_story());
  }
  EXPECT_NE(played.terminal.screen(), "");
}

}  // namespace
}  // namespace culprit::output
