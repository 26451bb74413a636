// Twenty equal outputs of one revision are no twenty observations: a test that has never varied does not begin to after
// the twelfth run, and a posterior that counts them as independent would ask for a hundred.
#include "search/evidence/sameness.h"

#include <algorithm>
#include <map>

#include "search/evidence/tuning.h"

namespace culprit::search {

bool is_deterministic(const std::vector<model::RunRecord>& runs) {
  std::map<std::pair<model::CommitId, std::string>, const model::RunRecord*> first;
  bool again = false;
  for (const model::RunRecord& run : runs) {
    const model::OutcomeKind kind = kind_of(run.outcome);
    if (kind == model::OutcomeKind::infra) continue;
    const auto [at, is_new] = first.try_emplace({run.commit, run.variant}, &run);
    if (is_new) continue;
    const model::RunRecord& one = *at->second;
    if (kind != kind_of(one.outcome) || run.printed.ended != one.printed.ended) return false;
    // A skip has no output that counts.
    if (kind == model::OutcomeKind::test_failed) continue;
    if (run.printed.digest.empty() || run.printed.digest != one.printed.digest) return false;
    again = true;
  }
  return again;
}

std::vector<NodeIndex> settled(const Tally& tally, const std::vector<model::RunRecord>& runs) {
  const bool same = is_deterministic(runs);
  const auto skips_of = [](const Revision& r) {
    return std::ranges::count_if(r.runs, [](const model::RunRecord* run) {
      return kind_of(run->outcome) == model::OutcomeKind::test_failed;
    });
  };
  // Where one revision skips now and then, two skips of another may be chance.
  const bool at_random = std::ranges::any_of(tally.revisions(), [&](const Revision& r) {
    return skips_of(r) > 0 && skips_of(r) < std::ranges::ssize(r.runs);
  });
  std::vector<NodeIndex> out;
  for (const Revision& r : tally.revisions()) {
    const auto skips = skips_of(r);
    const bool mute = std::ranges::none_of(r.runs, [](const model::RunRecord* run) {
      const model::RunSays says = model::what_says(*run);
      return model::tells(says) || says == model::RunSays::open;
    });
    const bool skipped = !at_random && skips >= k_equal_skips && skips == std::ranges::ssize(r.runs);
    if (skipped || (same && std::ranges::ssize(r.runs) >= (mute ? k_equal_skips : k_equal_runs)))
      out.push_back(r.node);
  }
  return out;
}

}  // namespace culprit::search
