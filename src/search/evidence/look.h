// What is known of one revision in one configuration variant, counted: what the searches that wrap another
// one need to see.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/evidence.h"

namespace culprit::search {

struct Look {
  int shown = 0;  // runs that showed the bug
  int quiet = 0;  // that ran their course without it
  int open = 0;   // ended in a crash that may be the bug
  int hidden =
      0;  // ended by another crash, or before the reproducer, or with the detector silenced: no evidence
  int failed = 0;  // timed out
  int infra = 0;   // lost by the machine
  bool built = false;
  bool broken = false;  // a build was broken and none was fine
  int lost_builds = 0;
  std::string signature;  // of its latest build that has one
  std::string text;       // of a broken build
  int pending_runs = 0;
  bool building = false;
  std::vector<std::string> hiders;        // titles of what hid the bug, each once, most frequent first
  std::vector<std::string> hider_types;   // the types of all reports in hidden runs, each once
  std::vector<std::string> target_types;  // of the reports that at least half of the showing runs have

  int attempts() const { return shown + quiet + open + hidden + failed; }
  int valid() const { return shown + quiet; }
  bool pending() const { return building || pending_runs > 0; }
  bool known() const { return built || broken || lost_builds > 0 || attempts() + infra > 0; }
  // Other crashes get in the way: further runs would say little. `runs`: that a revision gets. `elsewhere`:
  // hidden runs of other revisions that showed nothing else; a search that avoids such revisions sees few
  // runs on each.
  bool is_masked(int runs, int elsewhere = 0) const;
  // Nothing but hidden runs.
  bool only_hidden() const { return hidden > 0 && shown + quiet + open == 0; }
  double rate() const { return valid() > 0 ? static_cast<double>(shown) / valid() : 0; }
};

Look look_at(const model::Evidence& evidence, const model::CommitId& commit, std::string_view variant);

}  // namespace culprit::search
