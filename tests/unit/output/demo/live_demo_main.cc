// Plays a made-up bisection on this terminal, to look at the live view with one's own eyes:
//   cmake --build --preset dev --target output_demo && build/dev/output_demo [found|inconclusive|horizon|fix]
//   [speed]
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>

#include "output/terminal/terminal.h"
#include "tests/support/story.h"

namespace culprit::output {
namespace {

// The story's time, which runs `speed` times as fast as ours.
class StoryClock final : public base::Clock {
 public:
  double wall() const override { return m_now; }
  double monotonic() const override { return m_real.monotonic(); }
  void set(double now) { m_now = now; }

 private:
  std::atomic<double> m_now{0};
  base::SystemClock m_real;
};

int play(const std::string& name, double speed) {
  const Story story = name == "inconclusive" ? inconclusive_story()
                      : name == "horizon"    ? horizon_story()
                      : name == "fix"        ? fix_story()
                                             : found_story();
  StoryClock clock;
  clock.set(story.events().front().time);
  const CommitTexts texts = story_texts();
  SummaryFold fold;
  const auto view = make_progress_view(
      fold, STDERR_FILENO, [](const char* n) { return std::getenv(n); }, clock,
      [&](const model::CommitId& c) {
        const auto info = texts.info_of(c);
        return info ? info->title : std::string();
      });
  {
    std::mutex in_use;
    const Ticker ticker(*view, in_use);
    for (const model::Event& event : story.events()) {
      while (clock.wall() < event.time) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        clock.set(std::min(event.time, clock.wall() + 0.02 * speed));
      }
      const std::lock_guard lock(in_use);
      if (fold.apply(event)) view->on_event(event);
    }
  }
  view->close();
  return 0;
}

}  // namespace
}  // namespace culprit::output

int main(int argc, char** argv) {
  return culprit::output::play(argc > 1 ? argv[1] : "found", argc > 2 ? std::atof(argv[2]) : 300);
}
