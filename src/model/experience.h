// What finished bisections showed of what the next ones ask beforehand, and what is believed for it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace culprit::model {

// What one finished bisection showed.
struct Lesson {
  // Runs of one binary that say something of the bug.
  struct Sample {
    int crashes = 0;
    int runs = 0;
    friend bool operator==(const Sample&, const Sample&) = default;
  };

  std::string tree;         // whose history it was about: a name, or the repository's path
  std::vector<Sample> bad;  // of each binary that has the bug, by the answer: the quiet ones too
  int runs = 0;
  int lost = 0;                     // of `runs`, to the machine
  int ended = 0;                    // runs that were not lost
  int masked = 0;                   // of `ended`, said nothing of the bug: another crash, no boot, no end
  int builds = 0;                   // revisions that were built
  int broken = 0;                   // of `builds`, did not build
  std::optional<double> age;        // releases that have the bug; none where nothing was walked
  bool older = false;               // at least so many: the oldest one that was tried has it
  std::vector<std::string> others;  // titles of crashes that were another bug

  friend bool operator==(const Lesson&, const Lesson&) = default;
};

// What is believed before any run, where it is not what every search believes (search/belief/experience.h).
struct Beliefs {
  std::vector<double> rates;                // weights of search::rates(), in their order; empty: as shipped
  std::optional<double> lost;               // share of the runs
  std::optional<double> masked;             // share of the runs that were not lost
  std::optional<double> broken;             // share of the builds
  std::optional<double> half_age_releases;  // half of the bugs are younger
  std::map<std::string, int> others;        // titles that were another bug, in how many bisections
};

}  // namespace culprit::model
