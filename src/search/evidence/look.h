// What is known of one revision in one configuration variant: what the searches that wrap another one need to
// see.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/evidence.h"
#include "search/evidence/tally.h"

namespace culprit::search {

struct Look {
  Counts runs;
  bool built = false;
  bool broken = false;  // a build was broken and none was fine
  int lost_builds = 0;
  std::string signature;  // of its latest build that has one
  std::string text;       // of a broken build
  std::string kept;       // files with lines that could not be taken back, where that is what the variant is
  int pending_runs = 0;
  bool building = false;
  std::vector<std::string> hiders;        // titles of what hid the bug, each once, most frequent first
  std::vector<std::string> hider_types;   // the types of all reports in hidden runs, each once
  std::vector<std::string> target_types;  // of the reports that at least half of the showing runs have

  // Something was in the bug's way: another crash, a failed boot, a detector that had spoken.
  int hidden() const { return runs.hidden + runs.silenced + runs.not_started; }
  bool pending() const { return building || pending_runs > 0; }
  bool known() const { return built || broken || lost_builds > 0 || runs.all() > 0; }
  // Nothing but hidden runs.
  bool only_hidden() const { return hidden() > 0 && runs.valid() + runs.open == 0; }
};

Look look_at(const model::Evidence& evidence, const model::CommitId& commit, std::string_view variant);

}  // namespace culprit::search
