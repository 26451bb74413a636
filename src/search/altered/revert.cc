// A bisection says which commit the crashes begin with. Taking that commit back asks the question from the
// other end, on the revision where the bug was reported: a wrong answer hardly ever passes both.
//
// What an outcome says is not symmetric. That the bug is gone is strong evidence: a revert of some other
// commit would have to stop it by accident. That it still shows is weak evidence against: the commit may have
// brought the bug while a later one brought it again, or moved the code; so the commit may be right and not
// the whole story, and the answer says that in these words. A revert that conflicts or does not build says
// nothing, and least of all against the commit: old commits rarely revert cleanly.
//
// For a fix the commit is taken back on top of the head, and the bug should come back.
//
// The weights, as P(outcome | the commit is right) against P(outcome | it is not):
//   gone:  0.9 against the chance of that many quiet runs at the measured rate, but not below 0.02, since a
//          revert can stop the reproducer in other ways than by removing the bug
//   still: 0.15 against 0.98; where lines of it had to stay, 0.3 against 0.98, if it is doubted that the bug is what shows at it
//
// The same table tells candidates apart that no revision does: of those, one that is gone and another that still shows are 300 times
// as likely as the other way round.
#include "search/altered/revert.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/process/build_output.h"
#include "model/run_says.h"
#include "search/check/controls.h"
#include "search/check/tuning.h"
#include "search/evidence/look.h"

namespace culprit::search {
namespace {

using model::CommitId;
using model::Conclusion;
using model::Verification;

// How likely it is that the bug is gone from `on` without a commit that did not bring it: a guess, and the commits that were taken
// back there in vain, `but` aside.
double gone_by_accident(const model::Evidence& evidence, const CommitId& on, const CommitId& but) {
  std::set<CommitId> in_vain;
  for (const model::RunRecord& run : evidence.runs) {
    const auto revert = model::revert_variant_from_name(run.variant);
    if (revert && run.commit == on && revert->commit != but && model::what_says(run) == model::RunSays::shown)
      in_vain.insert(revert->commit);
  }
  return k_gone_by_accident * k_accidents_known / (k_accidents_known + static_cast<double>(in_vain.size()));
}

class Check {
 public:
  Check(const model::Problem& problem, const model::Evidence& evidence, model::Decision answer,
        double false_rate, int worth)
      : m_problem(problem),
        m_evidence(evidence),
        m_answer(std::move(answer)),
        m_culprit(*m_answer.conclusion->culprit),
        m_false_rate(false_rate) {
    m_result.on = fix() ? problem.head : problem.start;
    m_variant = model::name_of(model::RevertVariant{m_culprit, telling_variant(evidence, m_culprit)});
    const Look start = look_at(evidence, problem.start, telling_variant(evidence, m_culprit));
    // With half a run of each kind on top: ten crashes of ten are no proof of 100 %.
    m_rate = (start.runs.shown + 0.5) / (start.runs.valid() + 1.0);
    m_needed =
        std::max(worth, quiet_runs_needed(m_rate, k_left_to_chance,
                                          std::max(k_most_check_runs * problem.runs_per_revision, 30)));
  }

  model::Decision next() {
    Conclusion& c = *m_answer.conclusion;
    if (c.no_op)
      return finish(Verification::Kind::not_tried,
                    "its binary equals its parent's: there is nothing to take back");
    const bool was_tried = look_at(m_evidence, m_result.on, m_variant).known();
    if (c.probability < k_worth_a_check && !was_tried)
      return finish(Verification::Kind::not_tried, "it is not probable enough to be worth a build");
    Look look = look_at(m_evidence, m_result.on, m_variant);
    const int lost_builds = look.lost_builds;
    // What shows or is gone may be what an earlier build left. A builder that says of no build that it was from clean is not
    // asked for ever; what does not build was tried from clean, or never begun.
    if (m_problem.keeps_leftovers && !look.broken && look.runs.all() < 4 * m_needed + 6)
      look = look_at(only_from_clean(m_evidence), m_result.on, m_variant);
    m_result.runs = look.runs.valid();
    m_result.crashes = look.runs.shown;
    m_kept = look.kept;
    if (look.broken) return broken(look);
    if (lost_builds >= 3) return finish(Verification::Kind::unclear, "the machine failed to build it");
    if (const bool is_shown = shows(look.runs); is_shown || is_gone(look.runs)) {
      if (is_shown == fix()) return confirmed();
      if (m_kept.empty()) return refuted();
      // What stays of it may be what brought the bug; or what shows at the commit is another one.
      if (is_doubted()) weigh(k_still_in_part, k_still_if_wrong);
      return conflict(", and the bug still shows without the rest of it");
    }
    const int attempts = look.runs.attempts() + look.runs.lost;
    if (look.runs.quiet == 0 && attempts >= 3 && look.hidden() + look.runs.unfinished == attempts &&
        !look.pending())
      return finish(Verification::Kind::broken,
                    fmt::format("without it, {} does not come through a run{}", name(m_result.on),
                                look.hiders.empty() ? "" : ": " + look.hiders.front()));
    if (attempts >= 2 * m_needed + 3)
      return finish(Verification::Kind::unclear,
                    fmt::format("of {} runs without it only {} say something", attempts, look.runs.quiet));
    return ask(look);
  }

 private:
  bool fix() const { return m_problem.goal == model::Goal::fix; }
  // What shows at the commit is taken for the bug, and less surely than the answer has to be: a bare exit code is.
  bool is_doubted() const {
    return std::ranges::any_of(m_evidence.runs, [&](const model::RunRecord& run) {
      const model::RunSays says = model::what_says(run);
      return run.commit == m_culprit &&
             (says == model::RunSays::open ||
              (says == model::RunSays::shown && run.p_target < m_problem.confidence));
    });
  }

  // ln of how much likelier these runs are at the bug's rate than at that of crashes which only look like it.
  double log_odds(const Counts& runs) const {
    return runs.shown * std::log(m_rate / m_false_rate) +
           runs.quiet * std::log((1 - std::min(m_rate, 0.999)) / (1 - m_false_rate));
  }
  bool shows(const Counts& runs) const {
    if (runs.shown == 0) return false;
    return runs.shown >= 2 * m_needed || m_rate <= 2 * m_false_rate ||
           log_odds(runs) >= -std::log(k_left_to_chance);
  }
  bool is_gone(const Counts& runs) const {
    if (runs.shown == 0) return runs.quiet >= m_needed;
    return runs.quiet >= m_needed && log_odds(runs) <= std::log(k_left_to_chance);
  }

  model::Decision ask(const Look& look) {
    model::Decision decision{.standing = m_answer.standing, .notes = m_answer.notes};
    decision.notes.push_back(fmt::format("checking the answer: {} is taken back on top of {}",
                                         m_culprit.short_hex(), name(m_result.on)));
    if (look.pending()) return decision;
    const int runs =
        look.runs.shown > 0 ? 1 : std::min(m_needed - look.runs.quiet, m_problem.runs_per_revision);
    decision.experiments.push_back(
        {.commit = m_result.on,
         .variant = m_variant,
         .runs = std::max(1, runs),
         .stage = "verify",
         .reason = fmt::format("{} {} without {}?", fix() ? "is the bug back on" : "is the bug gone from",
                               name(m_result.on), m_culprit.short_hex()),
         .from_clean = m_problem.keeps_leftovers && !look.built});
    return decision;
  }

  model::Decision conflict(std::string_view rest) {
    return finish(Verification::Kind::conflict,
                  fmt::format("taking it back on top of {}: {}{}{}", name(m_result.on),
                              model::k_revert_conflict, m_kept, rest));
  }

  model::Decision broken(const Look& look) {
    if (!m_kept.empty()) return conflict(", and the rest of it alone does not build");
    const std::string first = look.text.substr(0, look.text.find('\n'));
    if (first.starts_with(model::k_revert_conflict))
      return finish(Verification::Kind::conflict,
                    fmt::format("taking it back on top of {}: {}", name(m_result.on), first));
    // It is taken back already, and the bug shows all the same.
    if (first.starts_with(model::k_revert_nothing) && is_doubted()) weigh(k_still_in_part, k_still_if_wrong);
    if (first.starts_with(model::k_revert_nothing))
      return finish(Verification::Kind::conflict,
                    fmt::format("on {}, {}: later commits replaced it", name(m_result.on), first));
    const std::string_view why = base::telling_line(look.text);
    return finish(Verification::Kind::broken, fmt::format("without it, {} does not build{}{}",
                                                          name(m_result.on), why.empty() ? "" : ": ", why));
  }

  model::Decision confirmed() {
    const double accident = gone_by_accident(m_evidence, m_result.on, m_culprit);
    const double by_accident = fix() ? accident : std::max(accident, std::pow(1 - m_rate, m_result.runs));
    weigh(k_gone_if_right, by_accident);
    return finish(Verification::Kind::reverted,
                  fmt::format("with it taken back on top of {}{}, the bug is {}: {}{}", name(m_result.on),
                              m_kept.empty() ? "" : fmt::format(" (but for lines of {})", m_kept),
                              fix() ? "back" : "gone", runs_in_words(), fix() ? "" : left_to_chance()));
  }

  model::Decision refuted() {
    weigh(k_still_if_right, k_still_if_wrong);
    Conclusion& c = *m_answer.conclusion;
    if (fix()) {
      c.next_steps.push_back(
          fmt::format("look for a second fix between {} and {}", m_culprit.short_hex(), name(m_result.on)));
      return finish(
          Verification::Kind::still_absent,
          fmt::format("with it taken back on top of {}, the bug stays away ({}): another commit keeps it "
                      "away too",
                      name(m_result.on), runs_in_words()));
    }
    c.next_steps.push_back(
        fmt::format("look for another cause, or for a later commit that carries the bug on, "
                    "between {} and {}",
                    m_culprit.short_hex(), name(m_result.on)));
    return finish(
        Verification::Kind::still_crashes,
        fmt::format("with it taken back on top of {}, the bug still shows ({}): another cause remains, and "
                    "this commit may be one of several",
                    name(m_result.on), runs_in_words()));
  }

  std::string runs_in_words() const {
    return fmt::format("it shows in {} of {} runs", m_result.crashes, m_result.runs);
  }
  std::string left_to_chance() const {
    const double chance = std::pow(1 - m_rate, m_result.runs);
    return chance < k_left_to_chance ? "" : fmt::format(" (by chance: {:.0f} %)", 100 * chance);
  }

  // Bayes' rule for "the culprit is right"; the other candidates share what it leaves, as they did before.
  void weigh(double if_right, double if_wrong) {
    Conclusion& c = *m_answer.conclusion;
    const double before = c.probability;
    const double after =
        std::min(k_most_sure, before * if_right / (before * if_right + (1 - before) * if_wrong));
    const double others = before < 1 ? (1 - after) / (1 - before) : 0;
    for (model::Candidate& candidate : c.candidates)
      candidate.probability = candidate.commit == m_culprit ? after : candidate.probability * others;
    std::ranges::stable_sort(c.candidates, std::ranges::greater(), &model::Candidate::probability);
    c.probability = after;
  }

  model::Decision finish(Verification::Kind kind, std::string why) {
    m_result.kind = kind;
    m_result.why = std::move(why);
    Conclusion& c = *m_answer.conclusion;
    const std::string head =
        kind == Verification::Kind::reverted ? "Verified: "
        : kind == Verification::Kind::still_crashes || kind == Verification::Kind::still_absent
            ? "Checked: "
            : "Not verified: ";
    c.explanation += (c.explanation.empty() ? "" : " ") + head + m_result.why + ".";
    c.verification = std::move(m_result);
    return std::move(m_answer);
  }

  std::string name(const CommitId& commit) const {
    const auto tag = std::ranges::find(m_problem.releases, commit, &model::ReleaseTag::commit);
    return tag == m_problem.releases.end() ? commit.short_hex() : tag->name;
  }

  const model::Problem& m_problem;
  const model::Evidence& m_evidence;
  model::Decision m_answer;
  CommitId m_culprit;
  std::string m_variant;
  std::string m_kept;  // files with lines that could not be taken back
  Verification m_result;
  double m_rate = 1;
  double m_false_rate;
  int m_needed = 1;
};

}  // namespace

model::Decision check_by_revert(const model::Problem& problem, const model::Evidence& evidence,
                                model::Decision answer, double false_rate, int worth) {
  return Check(problem, evidence, std::move(answer), false_rate, worth).next();
}

namespace {

// What came of taking one candidate back.
struct TakenBack {
  model::Candidate candidate;
  double share = 0;                        // its prior among the candidates, no outcome counted
  std::optional<Verification::Kind> kind;  // nothing while it is not known
  bool shown_in_part = false;              // it could be taken back in part, and the bug shows without that
  bool mended_other = false;  // without it the start ends by what is in the way of the candidates
  double by_accident = k_gone_by_accident;
  std::optional<model::Decision> next;  // what is to be done for that

  bool is_gone() const { return kind == Verification::Kind::reverted; }
  bool is_still() const { return kind == Verification::Kind::still_crashes; }
  bool shows() const { return is_still() || shown_in_part; }
  // P(its outcome | it is the commit).
  double if_right() const {
    return is_gone()       ? k_gone_if_right
           : is_still()    ? k_still_if_right
           : shown_in_part ? k_still_in_part
           : mended_other  ? k_mends_and_brings
                           : 1;
  }
  // The same if it is another one.
  double if_wrong() const { return is_gone() ? by_accident : shows() ? k_still_if_wrong : 1; }
};

// Where the bug shows and the runs of its parents end by another failure: if the bug came before that one in a run, it came with this
// commit; else this commit, of all, would have to have mended the other.
bool begins_beside_hidden(const Scene& scene, const CommitId& commit) {
  const auto node = scene.graph.find(commit);
  if (!node || look_at(scene.evidence, commit, "").runs.shown == 0) return false;
  const auto parents = scene.graph.parents(*node);
  return !parents.empty() && std::ranges::all_of(parents, [&](NodeIndex parent) {
    const Look look = look_at(scene.evidence, scene.graph.id(parent), "");
    return look.only_hidden() && look.runs.hidden > 0;
  });
}

// What is in the way of the bug at `commit` as built in `variant`: titles of other failures, or what the build that fails says.
std::set<std::string> obstacles(const Scene& scene, const CommitId& commit, std::string_view variant) {
  const Look look = look_at(scene.evidence, commit, variant);
  if (look.broken) return {std::string(base::telling_line(look.text))};
  if (!look.only_hidden()) return {};
  return {look.hiders.begin(), look.hiders.end()};
}

double mass_of(const std::vector<model::Candidate>& candidates) {
  double sum = 0;
  for (const model::Candidate& candidate : candidates) sum += candidate.probability;
  return sum;
}

std::vector<TakenBack> taken_back(const Scene& scene, const model::Decision& undecided) {
  const auto& candidates = undecided.conclusion->candidates;
  const Controls beside(scene, candidates.front().commit);
  const CommitId& start = scene.problem.start;
  std::set<std::string> in_the_way;
  for (const model::Candidate& candidate : candidates)
    for (const auto& parent : scene.graph.parents(*scene.graph.find(candidate.commit)))
      in_the_way.merge(obstacles(scene, scene.graph.id(parent), ""));
  in_the_way.erase("");
  std::vector<TakenBack> out;
  double sum = 1 - mass_of(candidates);  // what is on none of them
  for (const model::Candidate& candidate : candidates) {
    TakenBack one{.candidate = candidate, .share = candidate.probability};
    one.by_accident = gone_by_accident(scene.evidence, start, candidate.commit);
    const auto without_it =
        obstacles(scene, start,
                  model::name_of(model::RevertVariant{candidate.commit,
                                                      telling_variant(scene.evidence, candidate.commit)}));
    one.mended_other =
        std::ranges::any_of(without_it, [&](const std::string& title) { return in_the_way.contains(title); });
    if (!one.mended_other && begins_beside_hidden(scene, candidate.commit))
      one.share *= std::max(1.0, k_fails_first * (static_cast<double>(candidates.size()) + 1));
    sum += one.share;
    // What is asked for here is what came of it, whatever it is worth.
    model::Decision named{
        .conclusion =
            Conclusion{.kind = model::ResultKind::culprit, .culprit = candidate.commit, .probability = 1},
        .standing = undecided.standing};
    named = check_by_revert(scene.problem, scene.evidence, std::move(named), beside.false_rate(),
                            beside.worth_without());
    if (named.conclusion) {
      one.kind = named.conclusion->verification->kind;
      one.shown_in_part =
          one.kind == Verification::Kind::conflict && named.conclusion->verification->crashes > 0;
    } else {
      one.next = std::move(named);
    }
    out.push_back(std::move(one));
  }
  for (TakenBack& one : out) one.share /= sum;
  return out;
}

// Bayes' rule over the candidates and what is none of them. `but`: whose own outcome is left out.
void weigh_all(std::vector<TakenBack>& all, const TakenBack* but) {
  double none = 1, sum = 0;
  for (const TakenBack& one : all) none -= one.share;
  for (const TakenBack& outcome : all)
    if (&outcome != but) none *= outcome.if_wrong();
  for (TakenBack& one : all) {
    one.candidate.probability = one.share;
    for (const TakenBack& outcome : all)
      if (&outcome != but)
        one.candidate.probability *= &outcome == &one ? one.if_right() : outcome.if_wrong();
    sum += one.candidate.probability;
  }
  for (TakenBack& one : all) one.candidate.probability /= sum + std::max(0.0, none);
}

std::string outcomes_in_words(const std::vector<TakenBack>& all, const std::string& start) {
  const auto gone = std::ranges::count_if(all, &TakenBack::is_gone);
  const auto still = std::ranges::count_if(all, &TakenBack::shows);
  const auto tried = std::ranges::count_if(all, [](const TakenBack& one) { return one.kind.has_value(); });
  std::string out = fmt::format(
      "Of {} commits {} were taken back on top of {}, one by one: the bug is gone without {} and "
      "still shows without {} of them",
      all.size(), tried, start, gone, still);
  const auto mended = std::ranges::count_if(all, &TakenBack::mended_other);
  if (mended > 0) out += fmt::format(", without {} the other failure is back", mended);
  if (gone + still + mended < tried)
    out += fmt::format(", and {} cannot be taken back", tried - gone - still - mended);
  return out + ".";
}

}  // namespace

std::optional<model::Decision> single_out_by_reverts(const Scene& scene, const model::Decision& undecided) {
  const Conclusion& before = *undecided.conclusion;
  if (before.candidates.size() < 2 || before.candidates.size() > k_most_taken_back ||
      mass_of(before.candidates) < k_set_worth_a_check ||
      look_at(scene.evidence, scene.problem.start, "").runs.shown == 0)
    return std::nullopt;
  std::vector<TakenBack> all = taken_back(scene, undecided);
  const double enough = 1 - (1 - k_doubt_of_controls) * (1 - scene.problem.confidence);
  weigh_all(all, nullptr);
  std::ranges::stable_sort(all, std::ranges::greater(),
                           [](const TakenBack& one) { return one.candidate.probability; });
  model::Decision out = undecided;
  const bool stands_out = all.front().is_gone() && all.front().candidate.probability >= enough;
  const auto open = std::ranges::find_if(all, [](const TakenBack& one) { return !one.kind; });
  if (!stands_out && open != all.end()) {
    out = std::move(*open->next);
    out.notes.insert(out.notes.begin(),
                     fmt::format("no revision tells {} commits apart: each is taken back", all.size()));
    return out;
  }
  Conclusion& c = *out.conclusion;
  if (stands_out) {
    weigh_all(all, &all.front());
    c.kind = model::ResultKind::culprit;
    c.culprit = all.front().candidate.commit;
    c.probability = all.front().candidate.probability;
    c.tested.reset();
    c.next_steps.clear();
  }
  c.candidates.clear();
  for (const TakenBack& one : all) c.candidates.push_back(one.candidate);
  const auto tag = std::ranges::find(scene.problem.releases, scene.problem.start, &model::ReleaseTag::commit);
  c.explanation = fmt::format(
      "{}{}",
      stands_out ? "Another failure, or builds that fail, hide where it began. " : c.explanation + " ",
      outcomes_in_words(all,
                        tag == scene.problem.releases.end() ? scene.problem.start.short_hex() : tag->name));
  return out;
}

Shows what_shows(const model::Problem& problem, const model::Evidence& evidence, const CommitId& commit) {
  double sure = problem.confidence;
  const auto shown = [](const model::RunRecord& run) {
    return model::what_says(run) == model::RunSays::shown;
  };
  for (const model::RunRecord& run : evidence.runs)
    if (run.commit == problem.start && run.variant.empty() && shown(run)) sure = std::min(sure, run.p_target);
  Shows shows = Shows::nothing;
  for (const model::RunRecord& run : evidence.runs) {
    if (run.commit != commit || !run.variant.empty()) continue;
    if (shown(run) && run.p_target >= sure) return Shows::surely;
    if (shown(run) || model::what_says(run) == model::RunSays::open) shows = Shows::doubted;
  }
  return shows;
}

int quiet_runs_needed(double rate, double chance, int most) {
  if (rate >= 1) return 3;
  if (rate <= 0) return most;
  const double runs = std::ceil(std::log(chance) / std::log1p(-rate));
  return runs >= most ? most : std::max(3, static_cast<int>(runs));
}

}  // namespace culprit::search
