// An answer rests on runs that the search chose by their outcomes; whatever else changed meanwhile hides in that
// choice. So before it is given, both sides of it are run again, after all the others: a bug that now shows on
// either side, or on neither, is no commit's.
#include "search/check/controls.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <ranges>

#include "base/log_space.h"
#include "model/build/build_facts.h"
#include "model/run_says.h"
#include "search/check/shared_rate.h"
#include "search/check/tuning.h"
#include "search/evidence/sameness.h"

namespace culprit::search {

namespace {

using model::CommitId;
using model::RunRecord;
using model::RunSays;

bool is_revert(const std::string& variant) { return model::is_check_variant(variant); }

// `seen`: runs of each revision so far.
ControlledRun controlled(const RunRecord& run, std::map<CommitId, int>& seen) {
  return {.shown = model::what_says(run) == RunSays::shown,
          .slot = run.slot,
          .in_checkout = run.in_checkout,
          .of_revision = seen[run.commit]++,
          .began = run.began};
}

model::Evidence filtered(const model::Evidence& evidence, bool from_clean) {
  const auto counts = [&](const auto& record) { return record.from_clean == from_clean; };
  model::Evidence out;
  std::ranges::copy_if(evidence.builds, std::back_inserter(out.builds), counts);
  std::ranges::copy_if(evidence.runs, std::back_inserter(out.runs), counts);
  out.verdicts = evidence.verdicts;
  out.pending = evidence.pending;
  out.gone = evidence.gone;
  out.related = evidence.related;
  return out;
}

// ln P(k of n | a revision that has the bug at `rate`, or not).
double log_state(const Counts& counts, double rate) {
  return counts.shown * std::log(rate) + counts.quiet * std::log1p(-rate);
}

// ln P(k of n) at the rate k / n.
double log_of_best_rate(int k, int n) {
  return k == 0 || k == n
             ? 0
             : k * std::log(static_cast<double>(k) / n) + (n - k) * std::log1p(-static_cast<double>(k) / n);
}

// Before, all that was run may have the bug.
bool good_ends_were_run(const Scene& scene) {
  return !scene.problem.good.empty() && std::ranges::all_of(scene.problem.good, [&](const CommitId& good) {
    return look_at(scene.evidence, good, "").runs.valid() >= 3;
  });
}

// How much likelier it is that the two are in different states than in the same one. How often a revision without the bug looks
// like it is not known; `free` are runs of such revisions.
double odds_of_difference(const Counts& a, const Counts& b, double rate, const Counts& free) {
  double different = -1e300, same = -1e300;
  for (const FalseRate& quiet : k_looks_like_it) {
    if (quiet.rate > rate / 2) continue;
    const double known = std::log(quiet.weight) + log_state(free, quiet.rate);
    const double bad_a = log_state(a, rate), bad_b = log_state(b, rate);
    const double good_a = log_state(a, quiet.rate), good_b = log_state(b, quiet.rate);
    different = base::log_add(different, known + base::log_add(bad_a + good_b, good_a + bad_b));
    same = base::log_add(same, known + base::log_add(bad_a + bad_b, good_a + good_b));
  }
  return std::exp(different - same);
}

double seconds_spent(const model::Evidence& evidence, const CommitId& but) {
  double sum = 0;
  for (const auto& build : evidence.builds) sum += build.seconds;
  for (const auto& run : evidence.runs) sum += run.commit == but ? 0 : run.seconds;
  return sum;
}

// How many commits as likely as `culprit` the answer was chosen from.
double rivals(const Scene& scene, const CommitId& culprit) {
  const model::Problem& problem = scene.problem;
  const auto tip = scene.graph.find(scene.fix() ? problem.head : problem.start);
  const auto own = scene.graph.find(culprit);
  if (!tip || !own) return 1;
  auto marks = scene.graph.ancestors(*tip);
  std::vector<CommitId> without = scene.fix() ? std::vector{problem.start} : problem.good;
  for (const CommitId& id : without)
    if (const auto node = scene.graph.find(id)) {
      const auto old = scene.graph.ancestors(*node);
      for (std::size_t i = 0; i < marks.size(); ++i)
        if (old[i]) marks[i] = 0;
    }
  double sum = 0;
  for (NodeIndex node = 0; node < marks.size(); ++node)
    if (marks[node]) sum += problem.prior.empty() ? 1 : problem.prior[node];
  return sum / (problem.prior.empty() ? 1 : problem.prior[*own]);
}

// A build of its own was made, and run, since `commit` last showed the bug; or nobody can say.
bool is_built_since_shown(const Scene& scene, const CommitId& commit) {
  bool built = true;
  for (const RunRecord& run : scene.evidence.runs) {
    if (run.commit != commit || !run.variant.empty()) continue;
    if (model::what_says(run) == RunSays::shown) built = false;
    built = built || run.in_checkout < 0 ||
            (run.in_checkout == 0 && (run.from_clean || !scene.problem.keeps_leftovers));
  }
  return built;
}

// Revisions where the bug showed.
std::vector<CommitId> where_it_showed(const model::Evidence& evidence) {
  std::vector<CommitId> out;
  for (const RunRecord& run : evidence.runs)
    if (run.variant.empty() && model::what_says(run) == RunSays::shown &&
        std::ranges::find(out, run.commit) == out.end())
      out.push_back(run.commit);
  return out;
}

// Lines of `commit` stayed where it was taken back: they may be what brought the bug.
bool stayed_in_part(const Scene& scene, const CommitId& commit) {
  return std::ranges::any_of(scene.evidence.builds, [&](const model::BuildRecord& build) {
    const auto revert = model::revert_variant_from_name(build.variant);
    return revert && revert->commit == commit && build.text.starts_with(model::k_revert_partly);
  });
}

// Whether a run's revision has the bug if `culprit` brought it (fix: removed it); nothing where that cannot be
// said. `showed`: where it showed; the start may be in another tree. `stayed`: stayed_in_part() of the culprit.
std::optional<bool> holds_bug(const Scene& scene, const RunRecord& run, const CommitId& culprit,
                              const std::vector<CommitId>& showed, bool stayed) {
  if (run.variant.starts_with(model::k_with_prefix)) return std::nullopt;
  if (const auto revert = model::revert_variant_from_name(run.variant))
    return revert->commit == culprit && !stayed ? std::optional(scene.fix()) : std::nullopt;
  const auto apply = model::apply_variant_from_name(run.variant);
  const bool has = scene.contains(run.commit, culprit) || (apply && apply->commit == culprit);
  if (!scene.fix()) return has;
  const bool had_it =
      scene.contains(run.commit, scene.problem.start) ||
      std::ranges::any_of(showed, [&](const CommitId& bad) { return scene.contains(run.commit, bad); });
  if (!had_it) return std::nullopt;
  return !has;
}

}  // namespace

bool Scene::contains(const CommitId& commit, const CommitId& ancestor) const {
  const auto node = graph.find(commit);
  const auto other = graph.find(ancestor);
  return node && other && ancestry.contains(*node, *other);
}

std::string Scene::name(const CommitId& commit) const {
  const auto tag = std::ranges::find(problem.releases, commit, &model::ReleaseTag::commit);
  return tag == problem.releases.end() ? commit.short_hex() : tag->name;
}

model::Evidence only_from_clean(const model::Evidence& evidence) { return filtered(evidence, true); }

namespace {

// What one revision's runs said, by what they were built on.
struct ByBuild {
  Counts clean, used;
  std::vector<Counts> visits;  // of `used`, by the build that was run
  bool by_chance = false;  // one build said both, run after run: that is no matter of what it was built on
};

struct Builds {
  std::map<CommitId, ByBuild> of;
  Counts start;  // from clean, once that has been run so
  Counts good_ends;
  // The bug shows in every run of the start, and no revision has said both from clean: a test that is no matter of chance.
  bool sure = false;
};

bool is_mixed(const Counts& counts) { return counts.shown > 0 && counts.quiet > 0; }

Builds builds_of(const Scene& scene) {
  Builds builds;
  std::map<int, std::pair<CommitId, RunSays>>
      visits;  // by slot: the build that is there, and what it said first
  for (const RunRecord& run : scene.evidence.runs) {
    const RunSays says = model::what_says(run);
    if (!run.variant.empty()) {
      visits.erase(run.slot);
      continue;
    }
    ByBuild& both = builds.of[run.commit];
    (run.from_clean ? both.clean : both.used).add(says);
    if (model::tells(says)) {
      const auto there = visits.find(run.slot);
      const bool is_new = run.in_checkout <= 0 || there == visits.end() || there->second.first != run.commit;
      if (is_new) visits[run.slot] = {run.commit, says};
      both.by_chance = both.by_chance || visits[run.slot].second != says;
      if (!run.from_clean && (is_new || both.visits.empty())) both.visits.emplace_back();
      if (!run.from_clean) both.visits.back().add(says);
    }
    if (std::ranges::find(scene.problem.good, run.commit) != scene.problem.good.end())
      builds.good_ends.add(says);
  }
  const ByBuild& start = builds.of[scene.problem.start];
  builds.start = start.clean;
  if (start.clean.valid() < k_least_sure)
    for (const RunRecord& run : scene.evidence.runs)
      if (run.variant.empty() && run.commit == scene.problem.start && !run.from_clean)
        builds.start.add(model::what_says(run));
  builds.sure = builds.start.shown >= k_least_sure && builds.start.quiet == 0 &&
                std::ranges::none_of(builds.of, [](const auto& one) { return is_mixed(one.second.clean); });
  return builds;
}

// Of one mind from clean, of two minds on top of what was there before, and that is no matter of chance: at a rate like that
// of the latter so many runs would hardly agree.
bool is_of_two_minds(const ByBuild& both) {
  if (both.by_chance || !is_mixed(both.used) || is_mixed(both.clean) || both.clean.valid() < k_clean_runs)
    return false;
  const double log_chance = base::log_beta_binomial(both.used.shown + 0.5, both.used.quiet + 0.5,
                                                    both.clean.shown, both.clean.quiet);
  return -log_chance >= std::log(k_two_minds_odds);
}

// A revision that has always said the opposite of what `commit` says from clean: while it still does, that is no matter of
// the moment. The start, or a good end.
std::optional<CommitId> opposite_of(const Scene& scene, const Builds& builds, const CommitId& commit) {
  const bool shows = builds.of.at(commit).clean.shown > 0;
  if (!shows) return scene.problem.start;
  std::optional<CommitId> quietest;
  int most = 0;
  for (const auto& [other, both] : builds.of) {
    const int quiet = both.used.quiet + both.clean.quiet;
    if (other == commit || both.used.shown + both.clean.shown > 0 || quiet <= most) continue;
    quietest = other;
    most = quiet;
  }
  return quietest;
}

// What was run by turns with a revision that behaves otherwise from clean, so that it is no matter of the moment.
struct Turns {
  bool opposite = false;  // a revision of the opposite mind was run after it
  bool as_ever = true;    // and did what it always does
  bool again = false;     // and the revision itself from clean after that
  bool done() const { return opposite && again; }
};

Turns turns_of(const Scene& scene, const CommitId& commit, const CommitId& opposite, bool opposite_shows) {
  Turns turns;
  bool begun = false;
  for (const RunRecord& run : scene.evidence.runs) {
    if (!run.variant.empty() || !model::tells(model::what_says(run))) continue;
    if (run.commit == commit && run.from_clean) {
      begun = true;
      turns.again = turns.opposite;
    } else if (run.commit == opposite && begun) {
      const bool as_ever = (model::what_says(run) == RunSays::shown) == opposite_shows;
      if (!as_ever && !run.from_clean) continue;  // it may be what an earlier build left
      turns.opposite = true;
      turns.as_ever = turns.as_ever && as_ever;
    }
  }
  return turns;
}

double rate_of(const Counts& start) {
  return std::clamp((start.shown + 0.5) / (start.valid() + 1.0), 0.02, 0.98);
}

bool behaves_otherwise(const Builds& builds, const ByBuild& both) {
  const bool differs =
      both.clean.valid() > 0 && both.used.valid() > 0 &&
      odds_of_difference(both.clean, both.used, rate_of(builds.start), builds.good_ends) >= k_stale_odds;
  // One build of several may have had what another revision left.
  const auto is_stale = [&](const Counts& visit) {
    return odds_of_difference(both.clean, visit, rate_of(builds.start), builds.good_ends) >=
           k_stale_odds * static_cast<double>(both.visits.size());
  };
  return differs || (builds.sure && is_of_two_minds(both)) ||
         (both.clean.valid() > 0 && std::ranges::any_of(both.visits, is_stale));
}

}  // namespace

std::optional<model::Decision> wanted_from_clean(const Scene& scene) {
  if (!scene.problem.keeps_leftovers) return std::nullopt;
  const Builds builds = builds_of(scene);
  const auto experiment = [&](const CommitId& commit, int runs,
                              bool from_clean) -> std::optional<model::Decision> {
    const Look look = look_at(scene.evidence, commit, "");
    if (look.broken || look.lost_builds >= 3 || look.runs.all() >= k_most_end_runs + k_most_start_runs)
      return std::nullopt;
    if (look.pending()) return model::Decision{};
    return model::Decision{
        .experiments = {
            {.commit = commit,
             .runs = runs,
             .stage = "control",
             .reason = fmt::format("control: does {} do from clean what it does?", scene.name(commit)),
             .from_clean = from_clean}}};
  };
  for (const auto& [commit, both] : builds.of) {
    if (behaves_otherwise(builds, both)) {
      const auto opposite = opposite_of(scene, builds, commit);
      if (!opposite) continue;
      const Turns turns = turns_of(scene, commit, *opposite, both.clean.shown == 0);
      if (turns.done()) continue;
      return turns.opposite ? experiment(commit, 1, true) : experiment(*opposite, 1, false);
    }
    if (!builds.sure || both.by_chance || !is_mixed(both.used) || both.clean.valid() >= k_clean_runs)
      continue;
    const Look clean = look_at(only_from_clean(scene.evidence), commit, "");
    if (!clean.broken && clean.lost_builds < 3 && clean.runs.all() < 2 * k_clean_runs)
      return experiment(commit, k_clean_runs - both.clean.valid(), true);
  }
  return std::nullopt;
}

std::optional<StaleBuild> stale_build(const Scene& scene) {
  if (!scene.problem.keeps_leftovers) return std::nullopt;
  const Builds builds = builds_of(scene);
  for (const auto& [commit, both] : builds.of) {
    if (!behaves_otherwise(builds, both)) continue;
    const auto opposite = opposite_of(scene, builds, commit);
    if (opposite) {
      const Turns turns = turns_of(scene, commit, *opposite, both.clean.shown == 0);
      if (!turns.done() || !turns.as_ever) continue;
    }
    return StaleBuild{
        .commit = commit,
        .words = fmt::format("{} does not do from clean what it does on top of what earlier builds and runs "
                             "left: such builds are "
                             "not believed any more, and every revision is built from clean from here on",
                             scene.name(commit))};
  }
  return std::nullopt;
}

bool first_runs_tell_nothing(const Scene& scene) {
  struct Visit {
    bool first_tells = false;
    bool counted = false;
  };
  std::map<int, Visit> visits;  // by slot: the one under way
  int alone = 0;                // whose first run alone showed the bug, or alone said nothing
  int untold = 0;               // first runs that said nothing
  bool later_untold = false;
  for (const RunRecord& run : scene.evidence.runs) {
    if (run.in_checkout < 0) continue;
    const model::RunSays says = model::what_says(run);
    Visit& visit = visits[run.slot];
    if (run.in_checkout == 0) {
      if (says == RunSays::quiet) return false;
      visit = {.first_tells = model::tells(says)};
      untold += !visit.first_tells;
      continue;
    }
    later_untold = later_untold || !model::tells(says);
    const bool differs = visit.first_tells ? says == RunSays::quiet : model::tells(says);
    alone += differs && !visit.counted;
    visit.counted = visit.counted || differs;
  }
  // One visit that went on is enough where no other first run said anything, and later ones all did.
  return alone >= k_least_first_runs || (alone > 0 && untold >= 2 * k_least_first_runs && !later_untold);
}

model::Evidence without_first_runs(model::Evidence evidence) {
  std::erase_if(evidence.runs, [](const RunRecord& run) { return run.in_checkout == 0; });
  return evidence;
}

std::optional<Explained> told_by_circumstances(const Scene& scene, double probability) {
  if (scene.fix()) return std::nullopt;
  std::vector<ControlledRun> runs;
  std::vector<NodeIndex> nodes, tested;
  std::map<CommitId, int> seen;
  for (const RunRecord& run : scene.evidence.runs) {
    const auto node = scene.graph.find(run.commit);
    if (!node || !run.variant.empty() || !model::tells(model::what_says(run))) continue;
    runs.push_back(controlled(run, seen));
    nodes.push_back(*node);
    if (std::ranges::find(tested, *node) == tested.end()) tested.push_back(*node);
  }
  if (runs.size() < k_least_circumstances || tested.size() < 2) return std::nullopt;
  // The best that any tested revision can do as the culprit, or as the one below which it lies.
  double best = -1e300, best_fit = -1e300;
  int shown = 0;
  for (const ControlledRun& run : runs) shown += run.shown;
  for (const NodeIndex culprit : tested) {
    Sides at, above;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const bool has = scene.ancestry.contains(nodes[i], culprit);
      at.add(has, runs[i].shown);
      above.add(has && nodes[i] != culprit, runs[i].shown);
    }
    for (const Sides& sides : {at, above}) {
      best = std::max(best, log_of_commit(sides, static_cast<double>(tested.size())));
      best_fit = std::max(best_fit, log_of_best_rate(sides.holds_shown, sides.holds_runs) +
                                        log_of_best_rate(sides.rest_shown, sides.rest_runs));
    }
  }
  Explained explained = explain(runs, best);
  const bool sure = explained.probability[static_cast<std::size_t>(explained.other)] >= probability;
  if (sure && explained.other != Explanation::always) return explained;
  // A test that fails at one rate everywhere is not told from a rare bug before it has failed often.
  const double plain = log_of_best_rate(shown, static_cast<int>(runs.size()));
  if (shown < k_enough_to_stand_out || 2 * shown >= static_cast<int>(runs.size()) ||
      best_fit - plain > std::log(k_stands_out) || !good_ends_were_run(scene))
    return std::nullopt;
  explained.other = Explanation::always;
  explained.words = fmt::format(
      "the test fails now and then whatever it is given: it shows in {} of {} runs, and no revision stands "
      "out",
      shown, runs.size());
  return explained;
}

int quiet_runs_for(int shown, int told, double doubt, int most) {
  int runs = 1;
  while (runs < most && base::log_beta_binomial(shown + 0.5, told - shown + 0.5, 0, runs) > std::log(doubt))
    ++runs;
  return runs;
}

std::string telling_variant(const model::Evidence& evidence, const CommitId& commit) {
  std::map<std::string, int> said;
  for (const RunRecord& run : evidence.runs)
    if (run.commit == commit && !is_revert(run.variant))
      said[run.variant] += model::tells(model::what_says(run));
  std::string best;
  int most = 0;
  for (const auto& [variant, runs] : said)
    if (runs > most) best = variant, most = runs;
  return best;
}

Controls::Controls(const Scene& scene, const CommitId& culprit, bool from_clean)
    : m_scene(scene),
      m_culprit(culprit),
      m_from_clean(from_clean && scene.problem.keeps_leftovers),
      m_variant(telling_variant(scene.evidence, culprit)) {
  if (const auto node = scene.graph.find(culprit))
    for (const NodeIndex parent : scene.graph.parents(*node)) {
      const CommitId id = scene.graph.id(parent);
      if (std::ranges::find(scene.problem.skip, id) == scene.problem.skip.end()) m_parents.push_back(id);
      if (scene.problem.first_parent) break;
    }
  std::map<CommitId, int> seen;
  const std::vector<CommitId> showed = where_it_showed(scene.evidence);
  const bool stayed = stayed_in_part(scene, culprit);
  for (const RunRecord& run : scene.evidence.runs) {
    if (!scene.graph.find(run.commit) || !model::tells(model::what_says(run))) continue;
    // Beyond the start of a question that an answer led to, the bug may have another rate.
    if (!scene.fix() && !scene.contains(scene.problem.start, run.commit)) continue;
    const auto holds = holds_bug(scene, run, culprit, showed, stayed);
    if (!holds) continue;
    if (model::revert_variant_from_name(run.variant)) m_without.add(model::what_says(run));
    m_runs.push_back(controlled(run, seen));
    m_sides.add(*holds, m_runs.back().shown);
  }
  m_explained = explain(m_runs, log_of_commit(m_sides, rivals(scene, culprit)));
  decide();
}

double Controls::false_rate() const {
  return (m_sides.rest_shown + k_false_alpha) / (m_sides.rest_runs + k_false_alpha + k_false_beta);
}

void Controls::decide() {
  const CommitId& start = m_scene.problem.start;
  if (m_scene.fix()) {
    if (check_parent(m_culprit)) return;
    if (m_parents.size() == 1 && check_shows(m_parents.front(), false)) return;
  } else {
    for (const CommitId& parent : m_parents)
      if (check_parent(parent)) return;
    if (check_shows(m_culprit, false)) return;
  }
  if (check_shows(start, true)) return;
  if (settle_explanation()) return;
}

Look Controls::plain(const CommitId& commit) const { return look_at(m_scene.evidence, commit, m_variant); }
Look Controls::clean(const CommitId& commit) const {
  return look_at(only_from_clean(m_scene.evidence), commit, m_variant);
}

// Not yet run from clean, and not known to be impossible there.
bool Controls::wants_clean(const CommitId& commit) const {
  if (!m_from_clean) return false;
  const Look look = clean(commit);
  // A builder that says of no build that it was from clean is not asked for ever.
  const bool in_vain = plain(commit).runs.all() > 2 * quiet_needed() + k_rarer_runs + k_most_control_runs;
  return look.runs.valid() == 0 && !look.broken && look.lost_builds < 3 && look.runs.all() < 3 && !in_vain;
}

int Controls::quiet_needed() const {
  return quiet_runs_for(m_sides.holds_shown, m_sides.holds_runs, k_left_to_chance,
                        std::max(k_most_check_runs * m_scene.problem.runs_per_revision, 30));
}

// `needed`, or more where more costs little.
int Controls::affordable(const CommitId& commit, int needed) const {
  const double spent = seconds_spent(m_scene.evidence, commit);
  const double allowed = std::min(spent, k_rarer_share * spent + k_rarer_seconds);
  const double each = std::max(measured_costs(m_scene.evidence).ok_run, 1e-4);
  const int most = is_deterministic(m_scene.evidence.runs) ? k_equal_runs_of_parent : k_rarer_runs;
  return std::max(needed, static_cast<int>(std::min<double>(allowed / each, most)));
}

// The bug's rate, or the rarer one at which it still shows where the commit was taken back: another cause, which the parent may have.
int Controls::quiet_needed_of_parent() const {
  const int needed = quiet_needed();
  // Where it shows as often as ever, the commit is not the cause, and the check by a revert says so.
  const bool is_rarer = m_without.shown > 0 && 4 * m_without.shown <= m_without.valid();
  if (m_scene.fix() || !is_rarer) return needed;
  return std::max(
      needed, quiet_runs_for(m_without.shown, m_without.valid(), 2 * k_left_to_chance, k_most_start_runs));
}

int Controls::worth_without() const {
  return m_scene.fix() ? 1 : std::min(affordable(m_scene.problem.start, 1), k_equal_runs);
}

void Controls::run(const CommitId& commit, int runs, bool from_clean, std::string reason, int slot) {
  m_state = State::ask;
  if (plain(commit).pending()) return;
  const int most = std::max(m_scene.problem.run_slots, 5);
  const auto label = std::ranges::find(m_scene.problem.releases, commit, &model::ReleaseTag::commit);
  m_ask.push_back({.commit = commit,
                   .variant = m_variant,
                   .runs = std::clamp(runs, 1, most),
                   .stage = "control",
                   .label = label == m_scene.problem.releases.end() ? std::string() : label->name,
                   .reason = std::move(reason),
                   .from_clean = from_clean,
                   .slot = slot});
}

// A revision keeps to the slot that holds its build, so that its runs cannot tell it from its slot. Where a run of one that
// shows the bug, or does not, is not what the slot would have foretold; -1: on any.
int Controls::slot_that_tells(bool shows) const {
  if (m_explained.other != Explanation::slot) return -1;
  std::map<int, SharedRate> slots;
  for (const ControlledRun& run : m_runs) slots[run.slot].add(run.shown == shows);
  const auto as_expected = [](const auto& slot) { return slot.second.mean(); };
  return std::ranges::min_element(slots, {}, as_expected)->first;
}

// Something else hides the bug there, and it was run with what ended that (mend.h): of itself it tells nothing.
bool Controls::is_told_mended(const CommitId& commit) const {
  return plain(commit).runs.valid() == 0 &&
         std::ranges::any_of(m_scene.evidence.runs, [&](const RunRecord& run) {
           return run.commit == commit && model::apply_variant_from_name(run.variant) &&
                  model::tells(model::what_says(run));
         });
}

// The side without the bug. True: there is something to do, or something is wrong.
bool Controls::check_parent(const CommitId& parent) {
  const Look look = plain(parent);
  if (look.broken || look.lost_builds >= 3 || is_told_mended(parent)) return false;
  const std::string what =
      fmt::format("control: is {} free of the bug{}?", m_scene.name(parent),
                  parent == m_culprit ? "" : ", as the parent of " + m_scene.name(m_culprit));
  if (wants_clean(parent)) {
    run(parent, 1, true, what);
    return true;
  }
  if (look.runs.shown > 0) {
    if (m_explained.other == Explanation::slot && settle_explanation()) return true;
    m_parent = parent;
    m_state = State::parent_bad;
    return true;
  }
  const int wanted = affordable(parent, quiet_needed_of_parent());
  if (look.runs.quiet >= wanted) return false;
  const int attempts = look.runs.attempts() + look.runs.lost;
  if (attempts >= 2 * wanted + 3 || (look.runs.quiet == 0 && attempts >= 5))
    return false;  // it does not tell
  run(parent, wanted - look.runs.quiet, false, what);
  return true;
}

// The side with the bug. `again`: since something else was seen to be free of it.
bool Controls::check_shows(const CommitId& commit, bool again) {
  const Look look = plain(commit);
  if (look.broken || look.lost_builds >= 3 || is_told_mended(commit)) return false;
  const std::string what =
      fmt::format("control: does the bug show on {}{}?", m_scene.name(commit), again ? " still" : "");
  if (!again && wants_clean(commit)) {
    run(commit, 1, true, what);
    return true;
  }
  bool other_quiet = false;
  int shown = 0, quiet_since = 0;
  for (const RunRecord& r : m_scene.evidence.runs) {
    const RunSays says = model::what_says(r);
    if (!model::tells(says)) continue;
    if (r.commit != commit || is_revert(r.variant)) {
      other_quiet |= says == RunSays::quiet;
      continue;
    }
    if (again && !other_quiet) continue;
    shown += says == RunSays::shown;
    quiet_since += says == RunSays::quiet;
  }
  // A single crash may be another one's of the same look.
  if (shown >= (again ? 1 : 2) || (again && !other_quiet)) return false;
  const int needed = quiet_needed();
  if (quiet_since < needed) {
    if (look.runs.valid() == 0 && look.runs.attempts() + look.runs.lost >= 2 * needed + 3) return false;
    run(commit, again ? 1 : 2 - shown, false, what);
    return true;
  }
  // Its build may be another one than that which showed the bug.
  if (again && !is_built_since_shown(m_scene, commit)) {
    run(commit, k_runs_of_a_doubted_build, true, what);
    return true;
  }
  m_state = State::not_it;
  m_words = m_explained[Explanation::commit] < 0.5
                ? m_explained.words
                : fmt::format("the bug does not show on {} {}: {} quiet runs", m_scene.name(commit),
                              again ? "any more" : "itself", quiet_since);
  return true;
}

// True: more runs are needed, or the commit is not what explains them.
bool Controls::settle_explanation() {
  const double enough = 1 - k_doubt_of_controls * (1 - m_scene.problem.confidence);
  if (explains() >= enough) return false;
  const double other = m_explained.probability[static_cast<std::size_t>(m_explained.other)];
  const CommitId& start = m_scene.problem.start;
  const CommitId* quiet_side = m_scene.fix() ? &m_culprit : m_parents.empty() ? nullptr : &m_parents.front();
  if (quiet_side && plain(*quiet_side).broken) quiet_side = nullptr;
  const int at_start = plain(start).runs.attempts();
  // By turns: what the quiet side was run beyond that was for a rarer bug.
  const int controls = at_start + (quiet_side ? std::min(at_start, plain(*quiet_side).runs.attempts()) : 0);
  if (other >= k_circumstances || controls >= 2 * quiet_needed() + k_most_control_runs) {
    m_state = State::not_it;
    m_words = other >= 0.5 ? m_explained.words
                           : fmt::format("the runs do not tell {} from chance; perhaps {}",
                                         m_scene.name(m_culprit), m_explained.words);
    return true;
  }
  const bool last_shown = !m_runs.empty() && m_runs.back().shown;
  const bool is_quiet_turn = quiet_side && !m_scene.evidence.runs.empty() &&
                             (last_shown || m_scene.evidence.runs.back().commit == *quiet_side);
  const int quiet_next = is_quiet_turn ? std::min(owed_to(*quiet_side), quiet_needed()) : 0;
  const CommitId& next = quiet_next > 0 ? *quiet_side : start;
  run(next, std::max(quiet_next, 1), false,
      fmt::format("control: is it the commit? {} once more", m_scene.name(next)),
      slot_that_tells(quiet_next == 0));
  return true;
}

// Runs of the quiet side until it has as many as the start had in its latest turn. What says nothing counts: it must not be asked for
// again and again.
int Controls::owed_to(const CommitId& quiet_side) const {
  int quiet = 0, start = 0;
  for (const RunRecord& run : std::views::reverse(m_scene.evidence.runs)) {
    if (start == 0 && run.commit == quiet_side)
      ++quiet;
    else if (run.commit == m_scene.problem.start && !is_revert(run.variant))
      ++start;
    else
      break;
  }
  return std::max(0, std::max(start, 1) - quiet);
}

}  // namespace culprit::search
