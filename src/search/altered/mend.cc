// A person who meets a range that does not build, or dies of something else, looks for the commit that mended that, and takes it along
// through the range (`git cherry-pick --no-commit` in each step). So does this.
//
// The hypotheses are the candidates. With the mender applied, a revision has the bug where it contains the candidate; where the mender
// itself brought the bug too, wherever it is applied. An outcome counts with the rate of the bug, and is another one's with
// k_mended_differs, since what is built is neither revision.
#include "search/altered/mend.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "search/altered/revert.h"
#include "search/check/controls.h"
#include "search/check/tuning.h"
#include "search/evidence/look.h"

namespace culprit::search {
namespace {

using model::CommitId;
using model::Conclusion;

bool is_in_the_way(const Look& look) { return look.broken || (look.only_hidden() && look.runs.hidden > 0); }

class Mending {
 public:
  Mending(const Scene& scene, const model::Decision& undecided, const CommitId& mender)
      : m_scene(scene), m_undecided(undecided), m_mender(mender) {
    const std::string telling = telling_variant(scene.evidence, scene.problem.start);
    m_variant = model::name_of(model::ApplyVariant{mender, telling});
    const Look start = look_at(scene.evidence, scene.problem.start, telling);
    // With half a run of each kind on top: ten crashes of ten are no proof of 100 %.
    m_rate = (start.runs.shown + 0.5) / (start.runs.valid() + 1.0);
    m_false_rate = Controls(scene, mender).false_rate();
    m_needed = quiet_runs_needed(m_rate, k_left_to_chance,
                                 std::max(k_most_check_runs * scene.problem.runs_per_revision, 30));
    for (const model::Candidate& candidate : undecided.conclusion->candidates) {
      m_share.push_back(candidate.probability);
      m_none -= candidate.probability;
      if (!is_brought_along(candidate.commit)) m_places.push_back({.commit = candidate.commit});
    }
    // Below them, where the bug is known to be absent without it.
    for (const model::Candidate& candidate : undecided.conclusion->candidates)
      for (const NodeIndex parent : scene.graph.parents(*scene.graph.find(candidate.commit)))
        if (const CommitId& id = scene.graph.id(parent);
            !is_brought_along(id) && std::ranges::find(m_places, id, &Place::commit) == m_places.end())
          m_places.push_back({.commit = id});
    for (Place& place : m_places) take_in(place);
  }

  std::optional<model::Decision> next();

 private:
  // A revision that the mender is applied to.
  struct Place {
    CommitId commit;
    Look look{};
    bool failed = false;          // it says nothing
    bool said = false;            // it has said enough
    std::vector<bool> has_bug{};  // by hypothesis
  };

  // The mender itself, or of the side that it merges.
  bool is_brought_along(const CommitId& commit) const {
    const auto parents = m_scene.graph.parents(*m_scene.graph.find(m_mender));
    return m_scene.contains(m_mender, commit) && !m_scene.contains(m_scene.graph.id(parents.front()), commit);
  }
  void take_in(Place& place);
  double log_likelihood(const Counts& runs, double rate) const {
    rate = std::clamp(rate, 0.001, 0.999);
    return runs.shown * std::log(rate) + runs.quiet * std::log(1 - rate);
  }
  double mass_with_bug(const Place& place) const {
    double sum = 0;
    for (std::size_t i = 0; i < m_share.size(); ++i) sum += place.has_bug[i] ? m_share[i] : 0;
    return sum;
  }
  void weigh();
  model::Decision ask(const Place& place) const;
  model::Decision told() const;

  const Scene& m_scene;
  const model::Decision& m_undecided;
  CommitId m_mender;
  std::string m_variant;
  std::vector<Place> m_places;
  std::vector<double> m_share;  // of each hypothesis, in the order of the candidates
  double m_none = 1;            // of none of them
  double m_rate = 1;
  double m_false_rate = 0;
  int m_needed = 1;
};

void Mending::take_in(Place& place) {
  place.look = look_at(m_scene.evidence, place.commit, m_variant);
  const Look& look = place.look;
  for (const model::Candidate& candidate : m_undecided.conclusion->candidates)
    place.has_bug.push_back(is_brought_along(candidate.commit) ||
                            m_scene.contains(place.commit, candidate.commit));
  const bool skipped = std::ranges::find(m_scene.problem.skip, place.commit) != m_scene.problem.skip.end();
  const int in_vain = look.runs.mute() + look.runs.open + look.runs.lost;
  place.failed = skipped || look.broken || look.lost_builds >= 3 ||
                 (look.runs.valid() == 0 && in_vain >= k_hidden_still) || in_vain > 2 * m_needed + 3;
  const double odds = log_likelihood(look.runs, m_rate) - log_likelihood(look.runs, m_false_rate);
  place.said = !place.failed && look.runs.valid() > 0 && std::abs(odds) >= -std::log(k_left_to_chance);
  // At a rate that is hardly told from the false one, as many quiet runs as there are to be had.
  place.said |= !place.failed && look.runs.quiet >= m_needed;
}

// Bayes' rule over the candidates and what is none of them, of which nothing is known.
void Mending::weigh() {
  for (const Place& place : m_places) {
    if (place.look.runs.valid() == 0 || place.failed) continue;
    const double with = log_likelihood(place.look.runs, m_rate);
    const double without = log_likelihood(place.look.runs, m_false_rate);
    const double most = std::max(with, without);
    const auto weight = [&](double expected, double other) {
      return (1 - k_mended_differs) * std::exp(expected - most) + k_mended_differs * std::exp(other - most);
    };
    double sum = m_none *= (weight(with, without) + weight(without, with)) / 2;
    for (std::size_t i = 0; i < m_share.size(); ++i)
      sum += m_share[i] *= place.has_bug[i] ? weight(with, without) : weight(without, with);
    for (double& share : m_share) share /= sum;
    m_none /= sum;
  }
}

model::Decision Mending::ask(const Place& place) const {
  model::Decision decision{.standing = m_undecided.standing, .notes = m_undecided.notes};
  decision.notes.push_back(fmt::format("{} commits are hidden by what {} ended: it is applied to them",
                                       m_share.size(), m_scene.name(m_mender)));
  if (place.look.pending()) return decision;
  const int left = m_needed - place.look.runs.quiet;
  decision.experiments.push_back(
      {.commit = place.commit,
       .variant = m_variant,
       .runs = place.look.runs.shown > 0 ? 1 : std::clamp(left, 1, m_scene.problem.runs_per_revision),
       .stage = "control",
       .reason = fmt::format("does the bug show on {} with {}, which ended what hides it there?",
                             m_scene.name(place.commit), m_scene.name(m_mender)),
       .from_clean = m_scene.problem.keeps_leftovers && !place.look.built});
  return decision;
}

model::Decision Mending::told() const {
  model::Decision out = m_undecided;
  Conclusion& c = *out.conclusion;
  for (std::size_t i = 0; i < m_share.size(); ++i) c.candidates[i].probability = m_share[i];
  std::ranges::stable_sort(c.candidates, std::ranges::greater(), &model::Candidate::probability);
  const auto said = std::ranges::count_if(m_places, &Place::said);
  const auto shown = std::ranges::count_if(
      m_places, [](const Place& place) { return place.said && place.look.runs.shown > 0; });
  const std::string mender = m_scene.name(m_mender);
  const std::string words = fmt::format(
      "Below {} something else is in the way. With it applied, which ended that, {} of {} revisions show the "
      "bug.",
      mender, shown, said);
  if (c.candidates.front().probability < k_mended_tells) {
    c.explanation += (c.explanation.empty() ? "" : " ") + words;
    return out;
  }
  c.kind = model::ResultKind::culprit;
  c.culprit = c.candidates.front().commit;
  c.probability = c.candidates.front().probability;
  c.tested.reset();
  c.next_steps.clear();
  c.explanation = words;
  return out;
}

std::optional<model::Decision> Mending::next() {
  weigh();
  const auto failed =
      std::ranges::count_if(m_places, [](const Place& place) { return place.failed && place.look.known(); });
  if (std::ranges::none_of(m_places, &Place::said) && failed >= k_mended_in_vain) return std::nullopt;
  const auto open = std::ranges::find_if(m_places, [](const Place& place) {
    return !place.failed && !place.said && (place.look.known() || place.look.pending());
  });
  if (open != m_places.end()) return ask(*open);
  if (failed >= 2 * k_mended_in_vain) return told();
  // The place that halves what is left.
  const Place* best = nullptr;
  double most = 0;
  for (const Place& place : m_places) {
    if (place.failed || place.said) continue;
    const double with = mass_with_bug(place);
    if (const double less = std::min(with, 1 - with - m_none); less > most) {
      most = less;
      best = &place;
    }
  }
  if (best == nullptr || most < k_mended_worth)
    return std::ranges::any_of(m_places, &Place::said) ? std::optional(told()) : std::nullopt;
  return ask(*best);
}

// The candidate at which the bug shows, and what is in the way at its first parent does not.
std::optional<CommitId> mender_of(const Scene& scene, const std::vector<model::Candidate>& candidates) {
  for (const model::Candidate& candidate : candidates) {
    const auto node = scene.graph.find(candidate.commit);
    if (!node || scene.graph.parents(*node).empty()) continue;
    if (look_at(scene.evidence, candidate.commit, "").runs.shown == 0) continue;
    const CommitId& parent = scene.graph.id(scene.graph.parents(*node).front());
    if (is_in_the_way(look_at(scene.evidence, parent, ""))) return candidate.commit;
  }
  return std::nullopt;
}

}  // namespace

std::optional<model::Decision> tell_apart_by_mending(const Scene& scene, const model::Decision& undecided) {
  const Conclusion& before = *undecided.conclusion;
  double sum = 0;
  for (const model::Candidate& candidate : before.candidates) sum += candidate.probability;
  if (before.candidates.size() < 2 || sum < k_set_worth_a_check ||
      look_at(scene.evidence, scene.problem.start, "").runs.shown == 0)
    return std::nullopt;
  const auto mender = mender_of(scene, before.candidates);
  return mender ? Mending(scene, undecided, *mender).next() : std::nullopt;
}

namespace {

// From the start down to `commit` by first parents; empty where it is not there.
std::vector<CommitId> line_down_to(const Scene& scene, const CommitId& commit) {
  std::vector<CommitId> line;
  for (auto node = scene.graph.find(scene.problem.start); node;) {
    line.push_back(scene.graph.id(*node));
    if (line.back() == commit) return line;
    const auto parents = scene.graph.parents(*node);
    if (parents.empty() || !scene.contains(line.back(), commit)) break;
    node = parents.front();
  }
  return {};
}

// What is nearest to the middle of `line` and was not tested yet.
std::optional<CommitId> untested_between(const Scene& scene, std::span<const CommitId> line) {
  std::optional<CommitId> nearest;
  std::size_t least = line.size() + 1;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const std::size_t middle = line.size() / 2;
    const std::size_t distance = std::max(at, middle) - std::min(at, middle);
    const bool skipped = std::ranges::find(scene.problem.skip, line[at]) != scene.problem.skip.end();
    if (skipped || distance >= least || look_at(scene.evidence, line[at], "").known()) continue;
    nearest = line[at];
    least = distance;
  }
  return nearest;
}

}  // namespace

std::optional<model::Decision> settle_doubt(const Scene& scene, const model::Decision& answer) {
  const CommitId culprit = *answer.conclusion->culprit;
  if (what_shows(scene.problem, scene.evidence, culprit) != Shows::doubted) return std::nullopt;
  const std::vector<CommitId> line = line_down_to(scene, culprit);
  // The oldest that surely shows it above the newest that may.
  std::size_t sure = line.size(), doubted = line.size();
  for (std::size_t at = 0; at < line.size() && doubted == line.size(); ++at) {
    const Shows shows = what_shows(scene.problem, scene.evidence, line[at]);
    if (shows == Shows::surely) sure = at;
    if (shows == Shows::doubted) doubted = at;
  }
  if (sure >= doubted || doubted >= line.size()) return std::nullopt;
  if (doubted > sure + 1) {
    const auto between = std::span(line).subspan(sure + 1, doubted - sure - 1);
    model::Decision ask{.standing = answer.standing, .notes = answer.notes};
    if (std::ranges::any_of(between,
                            [&](const CommitId& id) { return look_at(scene.evidence, id, "").pending(); }))
      return ask;
    const auto next = untested_between(scene, between);
    if (!next) return std::nullopt;
    ask.experiments.push_back(
        {.commit = *next,
         .runs = k_hidden_still,
         .stage = "control",
         .reason = fmt::format("control: does {} show what {} does, or what {} does?", scene.name(*next),
                               scene.name(scene.problem.start), scene.name(culprit))});
    return ask;
  }
  // Even odds: is it the bug, or in its way?
  model::Decision undecided = answer;
  Conclusion& c = *undecided.conclusion;
  c.kind = model::ResultKind::inconclusive;
  c.culprit.reset();
  c.candidates.clear();
  const std::size_t others = line.size() - 1 - sure;
  for (std::size_t at = sure; at + 1 < line.size(); ++at)
    c.candidates.push_back({line[at], 0.5 / static_cast<double>(others)});
  c.candidates.push_back({culprit, 0.5});
  return Mending(scene, undecided, line[sure]).next();
}

std::optional<model::Decision> mend_early(const Scene& scene, const std::vector<double>& masses,
                                          const model::Decision& decision) {
  // A configuration that gets past what is in the way serves the search itself.
  if (decision.conclusion || decision.experiments.empty() || !scene.problem.variants.empty())
    return std::nullopt;
  model::Decision undecided{
      .conclusion = Conclusion{}, .standing = decision.standing, .notes = decision.notes};
  auto& candidates = undecided.conclusion->candidates;
  for (NodeIndex node = 0; node < masses.size(); ++node)
    if (masses[node] > k_candidate_mass) candidates.push_back({scene.graph.id(node), masses[node]});
  std::ranges::stable_sort(candidates, std::ranges::greater(), &model::Candidate::probability);
  const auto hidden = std::ranges::count_if(candidates, [&](const model::Candidate& candidate) {
    const Look look = look_at(scene.evidence, candidate.commit, "");
    return is_in_the_way(look) && look.runs.all() != 1;
  });
  if (hidden < k_hidden_known) return std::nullopt;
  auto told = tell_apart_by_mending(scene, undecided);
  const bool serves = told && (!told->conclusion || told->conclusion->kind == model::ResultKind::culprit);
  return serves ? std::move(told) : std::nullopt;
}

}  // namespace culprit::search
