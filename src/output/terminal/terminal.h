// Shows a bisection while it runs: a block drawn again in place on a terminal, plain lines everywhere else.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "output/terminal/live.h"

namespace culprit::output {

// All calls are safe from several threads.
class ProgressView : public model::EventSink {
 public:
  // An event of an earlier session: known from now on, not shown as news.
  virtual void catch_up(const model::Event& event) = 0;
  // Time has passed.
  virtual void tick() = 0;
  // Prints text that stays, above what is drawn again.
  virtual void print_above(std::string_view text) = 0;
  // Ends the view; the cursor is at the beginning of an empty line, and nothing is written any more. A block
  // stays on the screen, as one of an interrupted bisection, if there is no conclusion; else it gives way to
  // the answer. May be repeated.
  virtual void close() = 0;
};

using Write = std::function<void(std::string_view)>;

// A block of lines on a terminal. Draws at most every k_least_seconds on events, and on ticks.
class LiveView final : public ProgressView {
 public:
  static constexpr double k_least_seconds = 0.05;

  // `style` is asked before each drawing, so that a new size of the terminal needs no signal.
  LiveView(Write write, const base::Clock& clock, std::function<Style()> style, TitleOf title_of);
  ~LiveView() override;

  void on_event(const model::Event& event) override;
  void catch_up(const model::Event& event) override;
  void tick() override;
  void print_above(std::string_view text) override;
  void close() override;

 private:
  void draw() { draw(m_fold.summary()); }
  void draw(const Summary& summary);
  void look_at_size();
  std::size_t wrapped_rows() const;
  std::size_t rows() const;
  std::string to_first_line() const;
  std::string erased() const;
  std::string cached_title(const model::CommitId& commit);

  mutable std::mutex m_mutex;
  Write m_write;
  const base::Clock& m_clock;
  std::function<Style()> m_style_now;
  TitleOf m_title_of;
  std::unordered_map<model::CommitId, std::string> m_titles;
  SummaryFold m_fold;
  std::vector<std::size_t> m_widths;  // of the lines on the screen
  Style m_style;
  double m_drawn_at = -1;
  bool m_dirty = false;
  bool m_closed = false;
  bool m_has_spilled = false;   // a part of some block is above the screen, in the terminal's history
  bool m_draws_screen = false;  // the next drawing begins with an empty screen
};

// One line for each stage, revision, note and end, with the time since the start.
class PlainView final : public ProgressView {
 public:
  PlainView(Write write, Style style) : m_write(std::move(write)), m_style(style) {}

  void on_event(const model::Event& event) override;
  void catch_up(const model::Event& event) override;
  void tick() override {}
  void print_above(std::string_view text) override;
  void close() override;

 private:
  void line(std::string_view text);
  void revision_line(const RevisionSummary& revision);

  std::mutex m_mutex;
  Write m_write;
  Style m_style;
  SummaryFold m_fold;
  std::string m_stage;
  bool m_closed = false;
};

// The view that fits what `fd` is, writing there.
std::unique_ptr<ProgressView> make_progress_view(int fd, const Environment& environment,
                                                 const base::Clock& clock, TitleOf title_of);

// Ticks a view four times a second until destroyed.
class Ticker {
 public:
  explicit Ticker(ProgressView& view);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  std::mutex m_mutex;
  std::condition_variable m_wake;
  bool m_stop = false;
  std::thread m_thread;
};

}  // namespace culprit::output
