#include "search/check/build_chance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <ranges>
#include <tuple>

#include "base/log_space.h"
#include "model/run_says.h"
#include "search/check/tuning.h"

namespace culprit::search {
namespace {

using model::CommitId;
using model::RunRecord;
using model::RunSays;

// The runs of one build, in their order.
using Group = std::vector<const RunRecord*>;

// Runs that are not on record with their place are a build each.
std::vector<Group> groups_of(const model::Evidence& evidence) {
  std::vector<Group> groups;
  std::map<std::tuple<CommitId, std::string, int>, std::size_t> newest;
  for (const RunRecord& run : evidence.runs) {
    const std::tuple key{run.commit, run.variant, run.slot};
    const auto known = newest.find(key);
    if (run.in_checkout > 0 && known != newest.end()) {
      groups[known->second].push_back(&run);
      continue;
    }
    newest[key] = groups.size();
    groups.push_back({&run});
  }
  return groups;
}

Counts counts_of(const Group& group) {
  Counts counts;
  for (const RunRecord* run : group) counts.add(model::what_says(*run));
  return counts;
}

// The builds of one revision.
struct BuildsOfOne {
  std::vector<bool> shown;  // of each build, in their order
  std::vector<int> slots;   // where it was made
  Counts runs;
  bool agree = true;  // no build is of two minds

  // Builds at the end that agree.
  int agreeing() const {
    const auto last = std::ranges::find(std::views::reverse(shown), !shown.back());
    return static_cast<int>(last - std::views::reverse(shown).begin());
  }
  // In one place both kinds were made, so that it is not the place.
  bool is_mixed_in_one_slot() const {
    for (std::size_t i = 0; i < shown.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (slots[i] == slots[j] && shown[i] != shown[j]) return true;
    return false;
  }
  bool has(bool from, bool to) const {
    return std::ranges::adjacent_find(shown, [&](bool a, bool b) { return a == from && b == to; }) !=
           shown.end();
  }
  // ln of how much better the runs fit a rate of builds than a rate of runs.
  double log_odds() const {
    const int bad = static_cast<int>(std::ranges::count(shown, true));
    const int rest = static_cast<int>(shown.size()) - bad;
    return base::log_beta_binomial(0.5, 0.5, bad, rest) -
           base::log_beta_binomial(0.5, 0.5, runs.shown, runs.quiet);
  }
};

// Good ends beside the builds of other revisions that showed the bug.
struct Beside {
  bool shown = false;        // a good end did, once
  int quiet = 0;             // builds that showed it, behind which the next run was a quiet one of a good end
  bool showed_last = false;  // the last run that tells is one that showed it
};

Beside beside(const Scene& scene) {
  Beside out;
  const auto& good = scene.problem.good;
  for (const RunRecord& run : scene.evidence.runs) {
    const RunSays says = model::what_says(run);
    if (!run.variant.empty() || !model::tells(says)) continue;
    const bool is_good = std::ranges::find(good, run.commit) != good.end();
    out.shown = out.shown || (is_good && says == RunSays::shown);
    out.quiet += is_good && says == RunSays::quiet && out.showed_last;
    out.showed_last = !is_good && says == RunSays::shown;
  }
  return out;
}

// Where builds are said to decide, and not the moment.
bool is_settled(const Beside& beside) { return beside.quiet >= k_quiet_beside; }

}  // namespace

BuildChance builds_by_chance(const Scene& scene, const std::optional<CommitId>& surprised) {
  const Beside good_ends = beside(scene);
  if (scene.fix() || scene.problem.good.empty() || good_ends.shown) return {};
  std::map<CommitId, BuildsOfOne> builds;
  for (const Group& group : groups_of(scene.evidence)) {
    const RunRecord& first = *group.front();
    if (!first.variant.empty() || first.slot < 0 || first.in_checkout != 0) continue;
    if (scene.problem.keeps_leftovers && !first.from_clean) continue;
    const Counts counts = counts_of(group);
    if (counts.valid() == 0) continue;
    BuildsOfOne& of = builds[first.commit];
    of.agree = of.agree && (counts.shown == 0 || counts.quiet == 0);
    of.shown.push_back(counts.shown > 0);
    of.slots.push_back(first.slot);
    of.runs.shown += counts.shown;
    of.runs.quiet += counts.quiet;
  }
  double log_odds = 0;
  bool to_quiet = false, to_shown = false, in_one_slot = false;
  std::optional<CommitId> doubted;
  CommitId differs;
  for (const auto& [commit, of] : builds) {
    if (!of.agree) return {};
    const bool falls = of.has(true, false), rises = of.has(false, true);
    if (!falls && !rises) continue;
    log_odds += of.log_odds();
    differs = commit;
    to_quiet = to_quiet || falls;
    to_shown = to_shown || rises;
    in_one_slot = in_one_slot || of.is_mixed_in_one_slot();
    if ((of.agreeing() < k_agreeing_builds || (falls && rises)) &&
        (!doubted || of.shown.size() < builds[*doubted].shown.size()))
      doubted = commit;
  }
  const bool is_chance = to_quiet && to_shown && in_one_slot && log_odds >= std::log(k_chance_of_builds);
  if (is_chance && is_settled(good_ends))
    return {.words = fmt::format("two builds of {} do not agree, and each is of one mind: a build is a "
                                 "matter of chance, and every run has a build of its own from here on",
                                 scene.name(differs))};
  if (!doubted || log_odds < std::log(k_worth_another_build)) {
    if (!surprised || builds[*surprised].shown.size() >= k_builds_of_a_surprise) return {};
    doubted = surprised;
  }
  const int slot = builds[*doubted].slots.empty() ? -1 : builds[*doubted].slots.back();
  if (is_chance && good_ends.showed_last) doubted = scene.problem.good.front();
  const Look look = look_at(scene.evidence, *doubted, "");
  // Builds whose runs say nothing are counted as well.
  const auto made = static_cast<std::size_t>(
      std::ranges::count(scene.evidence.builds, *doubted, &model::BuildRecord::commit));
  const bool is_end = *doubted == scene.problem.good.front();
  if (look.broken || look.lost_builds >= 3 || builds[*doubted].shown.size() >= k_most_builds_of_one ||
      made >= 2 * k_most_builds_of_one)
    return {};
  BuildChance out{.open = true};
  if (!look.pending())
    out.wanted = model::Experiment{
        .commit = *doubted,
        .runs = is_end ? 1 : k_runs_of_a_doubted_build,
        .stage = "control",
        .reason = is_end
                      ? fmt::format("control: is {} quiet at this moment?", scene.name(*doubted))
                      : fmt::format("control: does another build of {} do the same?", scene.name(*doubted)),
        .from_clean = true,  // else its run is not believed where builds are not
        .slot = is_end ? -1 : slot};
  return out;
}

model::Evidence one_run_a_build(const model::Evidence& evidence) {
  model::Evidence out = evidence;
  out.runs.clear();
  for (const Group& group : groups_of(evidence)) {
    const auto first = [&](RunSays says) {
      return std::ranges::find_if(group,
                                  [&](const RunRecord* run) { return model::what_says(*run) == says; });
    };
    auto chosen = first(RunSays::shown);
    if (chosen == group.end()) chosen = first(RunSays::quiet);
    if (chosen == group.end()) chosen = group.begin();
    out.runs.push_back(**chosen);
  }
  for (const model::BuildRecord& build : evidence.builds) out.gone.push_back(build.commit);
  return out;
}

}  // namespace culprit::search
