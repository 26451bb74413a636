// Shows a bisection while it runs: a block drawn again in place on a terminal, plain lines everywhere else.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "output/terminal/live.h"

namespace culprit::output {

// Views show a SummaryFold that outlives them. Events of earlier sessions are in it, and no news.
// One call at a time: a Ticker's are in a thread of its own, see there.
class ProgressView : public model::EventSink {
 public:
  // Shows news, which the fold holds already.
  void on_event(const model::Event& event) override = 0;
  // Time has passed.
  virtual void tick() = 0;
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
  LiveView(const SummaryFold& fold, Write write, const base::Clock& clock, std::function<Style()> style,
           TitleOf title_of);
  ~LiveView() override;

  void on_event(const model::Event& event) override;
  void tick() override;
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

  const SummaryFold& m_fold;
  Write m_write;
  const base::Clock& m_clock;
  std::function<Style()> m_style_now;
  TitleOf m_title_of;
  std::unordered_map<model::CommitId, std::string> m_titles;
  std::vector<std::size_t> m_widths;  // of the lines on the screen
  Style m_style;
  double m_drawn_at = -1;
  bool m_dirty = false;
  bool m_closed = false;
  bool m_has_spilled = false;   // a part of some block is above the screen, in the terminal's history
  bool m_draws_screen = false;  // the next drawing begins with an empty screen
};

// One line for each part of the search, revision, note and end, with the time since the start. What was said is not said
// again: of a revision that is tested once more, what is new.
class PlainView final : public ProgressView {
 public:
  PlainView(const SummaryFold& fold, Write write, Style style)
      : m_fold(fold), m_write(std::move(write)), m_style(style) {}

  void on_event(const model::Event& event) override;
  void tick() override {}
  void close() override;

 private:
  // What was told of a revision.
  struct Told {
    std::size_t runs = 0;
    double build_s = 0;
    double run_s = 0;
    std::string verdict;
    std::set<std::string> titles;
  };
  void line(std::string_view text);
  void stage_line(std::string_view stage);
  void revision_line(const RevisionSummary& revision);

  const SummaryFold& m_fold;
  Write m_write;
  Style m_style;
  std::string m_stage;
  std::set<std::string> m_told;  // of the stages
  std::unordered_map<model::CommitId, Told> m_revisions;
  bool m_closed = false;
};

// The view that fits what `fd` is, writing there.
std::unique_ptr<ProgressView> make_progress_view(const SummaryFold& fold, int fd,
                                                 const Environment& environment, const base::Clock& clock,
                                                 TitleOf title_of);

// Ticks a view four times a second until destroyed, from a thread of its own. It holds `in_use` then; so does
// whoever calls the view or changes the fold that it shows meanwhile.
class Ticker {
 public:
  Ticker(ProgressView& view, std::mutex& in_use);
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
