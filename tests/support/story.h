// Made-up bisections as event streams: what the engine would have said, told in a few lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/event.h"
#include "model/run/report.h"
#include "output/words/commit_texts.h"

namespace culprit::output {

// A commit id that is made from a number.
model::CommitId id_of(std::uint64_t number);

class Story {
 public:
  explicit Story(double start_time = 1.7e9) : m_time(start_time) {}

  Story& started(const model::CommitId& start, model::Goal goal = model::Goal::cause,
                 model::Subject subject = model::Subject::kernel, const model::CommitId& head = {});
  Story& decided(std::string_view stage, const model::CommitId& commit, int runs, std::string_view label = {},
                 model::Standing standing = {});
  // Several experiments at once.
  Story& decided(std::vector<model::Experiment> experiments, model::Standing standing = {});
  Story& build_started(const model::CommitId& commit, std::string_view title, std::string_view label = {});
  Story& built(const model::CommitId& commit, double seconds, std::string_view signature = {});
  Story& broken(const model::CommitId& commit, double seconds, std::string_view text);
  // A mark a run: x the bug (`crash` is its title), ! `foreign`, . fine, b does not boot, t fails its check,
  // o out of time, i lost; `~` a crash whose identity is open.
  Story& runs(const model::CommitId& commit, std::string_view marks, double seconds_each,
              std::string_view crash = "possible deadlock in frob_flush",
              std::string_view foreign = "WARNING in tick_sched_timer");
  Story& run_started(const model::CommitId& commit, int number);
  Story& judged(const model::CommitId& commit, model::Verdict verdict, double p_bad,
                std::string_view label = {});
  Story& note(std::string_view text);
  Story& pause(double seconds);
  Story& event(model::EventBody body);

  const std::vector<model::Event>& events() const& { return m_events; }
  std::vector<model::Event> events() && { return std::move(m_events); }
  double time() const { return m_time; }

 private:
  std::vector<model::Event> m_events;
  double m_time;
  std::uint64_t m_run = 0;
};

model::Standing standing(std::size_t left, int steps, double cost_left = 0);

// The lockdep report that the made-up crashes print.
std::string report_text(std::string_view title);

// A kernel whose bug came with a change to the frob driver; found. One foreign crash, one broken build, two
// revisions of one binary, an infrastructure loss.
Story found_story();
// The same, cut off while the search goes on: two revisions under way.
Story running_story();
// A flaky program: the posterior says where the mass is, the answer is a set.
Story inconclusive_story();
// Crashes down to the oldest release.
Story horizon_story();
// The commit that made a crash go away.
Story fix_story();

// Authors, messages, diffstats and people for the commits of these stories.
CommitTexts story_texts();

}  // namespace culprit::output
