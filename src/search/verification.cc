// Around a search: controls, older and newer questions, and the check by a revert (altered/revert.h).
#include "search/verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <ranges>

#include "model/build/build_facts.h"
#include "model/run_says.h"
#include "search/altered/build_flip.h"
#include "search/altered/mend.h"
#include "search/altered/revert.h"
#include "search/check/build_chance.h"
#include "search/check/controls.h"
#include "search/check/ends.h"
#include "search/check/outage.h"
#include "search/check/shared_rate.h"
#include "search/check/tuning.h"
#include "search/evidence/inquiry.h"
#include "search/evidence/look.h"

namespace culprit::search {
namespace {

using model::CommitId;
using model::Conclusion;
using model::Verification;

bool is_revert(const std::string& variant) { return model::is_check_variant(variant); }

model::Evidence without_reverts(const model::Evidence& evidence) {
  const auto counts = [](const auto& record) { return !is_revert(record.variant); };
  model::Evidence out;
  std::ranges::copy_if(evidence.builds, std::back_inserter(out.builds), counts);
  std::ranges::copy_if(evidence.runs, std::back_inserter(out.runs), counts);
  std::ranges::copy_if(evidence.pending, std::back_inserter(out.pending), counts);
  out.verdicts = evidence.verdicts;
  out.gone = evidence.gone;
  return out;
}

// Revisions with runs of which none is left in `plain`, and how many there were.
std::map<CommitId, int> uncounted(const model::Evidence& all, const model::Evidence& plain) {
  std::map<CommitId, int> out;
  for (const model::RunRecord& run : all.runs)
    if (!is_revert(run.variant)) ++out[run.commit];
  for (const model::RunRecord& run : plain.runs) out.erase(run.commit);
  return out;
}

// Ancestry::ancestor_sum()'s prefix of masses that are given by node.
std::vector<double> mass_below(const std::vector<double>& by_node, const Ancestry& ancestry) {
  std::vector<double> below(by_node.size() + 1, 0);
  for (Position at = 0; at < by_node.size(); ++at) below[at + 1] = below[at] + by_node[ancestry.node(at)];
  return below;
}

// What is at hand of this revision was built from clean. Of variants nobody says what is at hand.
bool is_clean_at_hand(const model::Evidence& evidence, const model::Experiment& wanted) {
  if (!wanted.variant.empty()) return false;
  if (std::ranges::find(evidence.gone, wanted.commit) != evidence.gone.end()) return false;
  if (wanted.slot >= 0) {
    const auto there = std::views::reverse(evidence.runs);
    const auto run = std::ranges::find(there, wanted.slot, &model::RunRecord::slot);
    return run != there.end() && run->commit == wanted.commit && run->variant.empty() && run->from_clean;
  }
  // A slot may hold another build of it, in which it would be run.
  const auto runs = std::views::reverse(evidence.runs);
  const auto newest = std::ranges::find_if(
      runs, [&](const auto& run) { return run.commit == wanted.commit && run.variant.empty(); });
  if (newest != runs.end() && !newest->from_clean) return false;
  const auto newest_first = std::views::reverse(evidence.builds);
  const auto last = std::ranges::find_if(newest_first, [&](const auto& build) {
    return build.commit == wanted.commit && build.variant.empty();
  });
  return last != newest_first.end() && last->status == model::BuildStatus::ok && last->from_clean;
}

}  // namespace

struct VerifiedSearch::Question {
  model::Problem problem;
  model::Problem asked;  // what the inner search is given
  std::unique_ptr<Search> search;
};

// One look at all evidence. Borrows both.
class VerifiedSearch::Examination {
 public:
  Examination(const VerifiedSearch& search, const model::Evidence& evidence)
      : m_search(search), m_all(evidence), m_believed(evidence) {
    const model::Problem& problem = search.m_main->problem;
    const Scene believed{search.m_graph, search.m_ancestry, problem, m_believed};
    if (problem.verify) m_chance = builds_by_chance(believed, std::nullopt);
    if (m_chance.words) {
      m_notes.push_back(*m_chance.words);
      m_believed = one_run_a_build(problem.keeps_leftovers ? only_from_clean(evidence) : evidence);
    } else if (!m_chance.open) {
      believe(believed);
    }
    if (problem.verify) m_told = told_by_circumstances(believed, k_circumstances);
    m_plain = without_reverts(m_believed);
  }

  const model::Evidence& plain() const { return m_plain; }
  model::Decision next();
  // The question that the latest next() came to: the main one, or one below or beside it.
  const Question& asked() const { return *m_asked; }

 private:
  void believe(const Scene& believed);
  std::optional<model::Decision> run_start_again(const Question& question);
  model::Decision told_instead(const Explained& told) const;
  model::Decision with_room(model::Decision decision) const;
  // The answer to a question, checked; `depth`: how many questions led to it.
  model::Decision answer(const Question& question, int depth);
  model::Decision check_culprit(const Question& question, model::Decision answer, int depth);
  model::Decision taken_back(const Question& question, model::Decision answer, const Controls& controls,
                             int depth);
  model::Decision parent_bad(const Question& question, model::Decision answer, const Controls& controls,
                             int depth);
  model::Decision began_again(const Question& question, model::Decision answer, int depth);
  std::optional<model::Decision> told_apart(const Question& question, const model::Decision& undecided);
  std::optional<model::Decision> told_by_revert(const Question& question, const model::Decision& decision,
                                                int depth);
  std::optional<model::Decision> gone_in_between(const Question& question, const model::Decision& answer,
                                                 const std::vector<CommitId>& probes, int depth);
  int quiet_needed(const Question& question) const;
  std::optional<model::Decision> lost_again(const Question& question, const model::Decision& answer,
                                            int depth);
  std::optional<model::Decision> run_parents(const Question& question, const Conclusion& conclusion);
  model::Decision confident(const Question& question, model::Decision answer) const;

  Scene scene(const Question& question) const {
    return {m_search.m_graph, m_search.m_ancestry, question.problem, m_believed};
  }

  const VerifiedSearch& m_search;
  const Question* m_asked = m_search.m_main;
  const model::Evidence& m_all;
  model::Evidence m_believed;
  model::Evidence m_plain;
  std::optional<Explained> m_told;
  bool m_distrusted = false;
  bool m_first_lost = false;
  BuildChance m_chance;
  std::vector<std::string> m_notes;
};

namespace {

// Some revisions on the first-parent line from `start` down to `culprit`, evenly spread, both left out; the ones
// that were run before, first.
std::vector<CommitId> revisions_between(const Scene& scene, const CommitId& culprit, const CommitId& start) {
  std::vector<CommitId> line;
  for (auto node = scene.graph.find(start); node;) {
    const auto parents = scene.graph.parents(*node);
    if (parents.empty()) break;
    node = parents.front();
    const CommitId id = scene.graph.id(*node);
    if (id == culprit || !scene.contains(id, culprit)) break;
    if (std::ranges::find(scene.problem.skip, id) == scene.problem.skip.end()) line.push_back(id);
  }
  std::vector<CommitId> out;
  for (const CommitId& id : line)
    if (const Look look = look_at(scene.evidence, id, ""); look.runs.quiet > 0 && look.runs.shown == 0)
      out.push_back(id);
  for (std::size_t i = 1; i <= k_probes && !line.empty(); ++i) {
    const CommitId& id = line[line.size() * i / (k_probes + 1)];
    if (std::ranges::find(out, id) == out.end()) out.push_back(id);
  }
  return out;
}

// Nothing within reach tells the first candidate from one below it, since both show the bug: one of them so much oftener that
// it is the commit with which the bug became frequent. Whether the rarer one is the bug or a crash of the same look, the
// controls ask.
bool became_frequent(const Scene& scene, const model::Evidence& plain, const Conclusion& conclusion) {
  if (conclusion.kind != model::ResultKind::inconclusive || conclusion.candidates.empty() || scene.fix())
    return false;
  const CommitId& first = conclusion.candidates.front().commit;
  const auto node = scene.graph.find(first);
  if (!node) return false;
  const Counts often = look_at(plain, first, telling_variant(plain, first)).runs;
  return std::ranges::any_of(scene.graph.parents(*node), [&](NodeIndex parent) {
    const CommitId& id = scene.graph.id(parent);
    const Counts seldom = look_at(plain, id, telling_variant(plain, id)).runs;
    return seldom.shown > 0 && 2 * seldom.shown <= seldom.valid() &&
           log_odds_of_two_rates({often.shown, often.valid()}, {seldom.shown, seldom.valid()}) >=
               std::log(k_two_rates_odds);
  });
}

void name_first_candidate(Conclusion& conclusion) {
  conclusion.kind = model::ResultKind::culprit;
  conclusion.culprit = conclusion.candidates.front().commit;
  conclusion.probability = conclusion.candidates.front().probability;
  conclusion.explanation.clear();
}

constexpr int k_most_questions = 2;  // below or beside the first one

// An answer that is none; `worth`: what the checks leave of its probability.
model::Decision not_known(model::Decision answer, double worth, std::string why) {
  Conclusion& c = *answer.conclusion;
  c.kind = model::ResultKind::inconclusive;
  c.tested = c.culprit;
  for (model::Candidate& candidate : c.candidates)
    if (candidate.commit == c.culprit) candidate.probability *= worth;
  std::erase_if(c.candidates, [](const model::Candidate& candidate) { return candidate.probability <= 0; });
  std::ranges::stable_sort(c.candidates, std::ranges::greater(), &model::Candidate::probability);
  c.probability = 0;
  for (const model::Candidate& candidate : c.candidates) c.probability += candidate.probability;
  c.culprit.reset();
  c.explanation = std::move(why);
  return answer;
}

model::Decision ask(const model::Decision& answer, std::vector<model::Experiment> experiments) {
  return {.experiments = std::move(experiments), .standing = answer.standing, .notes = answer.notes};
}

// Something was in the way of runs, or builds failed.
bool has_hidden(const model::Evidence& evidence) {
  return std::ranges::any_of(evidence.builds,
                             [](const auto& build) { return build.status == model::BuildStatus::broken; }) ||
         std::ranges::any_of(evidence.runs, [](const model::RunRecord& run) {
           return model::what_says(run) == model::RunSays::hidden;
         });
}

std::string sentence(std::string words) {
  if (!words.empty())
    words.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(words.front())));
  return words + ".";
}

}  // namespace

// Leaves in m_believed, which `believed` shows, what is no outage's, no stale build's and no first run's.
void VerifiedSearch::Examination::believe(const Scene& believed) {
  const bool verify = believed.problem.verify;
  if (verify)
    if (const auto stretch = outage(believed)) {
      m_notes.push_back(stretch->words);
      m_believed = without_outage(m_all, *stretch);
    }
  const bool first_lost = verify && first_runs_tell_nothing(believed);
  if (const auto stale = stale_build(believed)) {
    m_notes.push_back(stale->words);
    m_believed = only_from_clean(m_believed);
    m_distrusted = true;
    if (verify) m_chance = builds_by_chance(believed, stale->commit);
  }
  if (!first_lost) return;
  model::Evidence later = without_first_runs(m_believed);
  // Where later runs show it too, there is a bug besides.
  m_first_lost = std::ranges::any_of(
      later.runs, [](const model::RunRecord& run) { return model::what_says(run) == model::RunSays::shown; });
  if (!m_first_lost) return;
  m_notes.emplace_back(
      "the first run of a checkout that was just made or built fails whatever the revision: such runs "
      "count for nothing");
  m_believed = std::move(later);
}

model::Decision VerifiedSearch::Examination::next() {
  const Question& main = *m_search.m_main;
  if (m_chance.open)
    return m_chance.wanted ? with_room(model::Decision{.experiments = {*m_chance.wanted}})
                           : model::Decision{};
  if (m_told) {
    // Each slot has a checkout of its own, with what was left there.
    if (m_told->other == Explanation::slot && !m_distrusted)
      if (auto doubted = wanted_from_clean(scene(main))) return with_room(std::move(*doubted));
    return told_instead(*m_told);
  }
  if (main.problem.verify)
    if (auto start = run_start_again(main)) return with_room(*start);
  if (main.problem.verify && !m_distrusted)
    if (auto doubted = wanted_from_clean(scene(main))) return with_room(std::move(*doubted));
  model::Decision decision = answer(main, 0);
  for (std::string& note : m_notes) decision.notes.push_back(std::move(note));
  if (m_distrusted)
    for (model::Experiment& e : decision.experiments)
      e.from_clean = e.from_clean || !is_clean_at_hand(m_all, e);
  return with_room(std::move(decision));
}

// The end of a search whose runs something other than the revision explains.
model::Decision VerifiedSearch::Examination::told_instead(const Explained& told) const {
  const CommitId& start = m_search.m_main->problem.start;
  model::Decision end{.conclusion =
                          Conclusion{.tested = start,
                                     .explanation = sentence(told.words) + " No commit explains that.",
                                     .next_steps = {"make the test independent of that, and start anew"}}};
  end.standing.bad_end = start;
  return end;
}

// A first run that counts for nothing comes on top. Where builds are matters of chance, each run is one of a build of its own.
model::Decision VerifiedSearch::Examination::with_room(model::Decision decision) const {
  if (m_chance.words)
    for (model::Experiment& e : decision.experiments) {
      e.from_clean = true;
      e.runs = std::clamp(e.runs, 1, k_runs_of_a_chance_build);
    }
  if (m_first_lost)
    for (model::Experiment& e : decision.experiments)
      if (e.runs > 0) e.runs = e.from_clean ? e.runs + 1 : std::max(e.runs, 2);
  return decision;
}

// What may depend on the moment is settled on the start, before a search takes crashes that stopped for rare ones. What is not
// settled by then is so rare that its commit is out of reach, and likelier no commit at all.
std::optional<model::Decision> VerifiedSearch::Examination::run_start_again(const Question& question) {
  const CommitId& start = question.problem.start;
  const Look look = look_at(m_plain, start, "");
  if (look.broken || look.runs.shown == 0) return std::nullopt;
  const auto told = told_by_circumstances(scene(question), k_worth_settling);
  if (!told || told->other != Explanation::time) return std::nullopt;
  if (look.pending()) return model::Decision{};
  if (look.runs.attempts() + look.runs.lost < k_most_start_runs)
    return model::Decision{.experiments = {{.commit = start,
                                            .runs = 10,
                                            .stage = "control",
                                            .reason = fmt::format("control: does the bug show on {} still?",
                                                                  scene(question).name(start)),
                                            .from_clean = question.problem.keeps_leftovers}}};
  const bool likely = told->probability[static_cast<std::size_t>(Explanation::time)] >= k_likelier;
  if (!likely || look.runs.shown > k_too_rare * look.runs.valid()) return std::nullopt;
  return told_instead(*told);
}

model::Decision VerifiedSearch::Examination::answer(const Question& question, int depth) {
  m_asked = &question;
  model::Decision decision = question.search->next(m_plain);
  if (auto told = told_by_revert(question, decision, depth)) return *told;
  if (!decision.conclusion && depth == 0 && question.problem.verify &&
      question.problem.goal == model::Goal::cause && has_hidden(m_plain))
    if (auto early = mend_early(scene(question), question.search->posterior(m_plain), decision)) {
      if (!early->conclusion) return *early;
      return check_culprit(question, std::move(*early), depth);
    }
  if (!decision.conclusion) return decision;
  const Conclusion& c = *decision.conclusion;
  if (!question.problem.verify) {
    if (auto parents = run_parents(question, c)) return *parents;
    return confident(question, std::move(decision));
  }
  if (auto first = asked_before_told(scene(question), m_plain, c)) return std::move(*first);
  if (became_frequent(scene(question), m_plain, c)) name_first_candidate(*decision.conclusion);
  if (c.kind == model::ResultKind::inconclusive && question.problem.goal == model::Goal::cause && depth == 0)
    if (auto single = told_apart(question, decision)) {
      if (!single->conclusion || single->conclusion->kind != model::ResultKind::culprit) return *single;
      return check_culprit(question, std::move(*single), depth);
    }
  if (c.kind != model::ResultKind::culprit || !c.culprit) return decision;
  if (question.problem.goal == model::Goal::cause && depth == 0)
    if (auto settled = settle_doubt(scene(question), decision)) {
      if (!settled->conclusion) return std::move(*settled);
      if (settled->conclusion->kind == model::ResultKind::culprit &&
          settled->conclusion->culprit != c.culprit)
        decision = std::move(*settled);
    }
  return check_culprit(question, std::move(decision), depth);
}

// Candidates that no revision tells apart: with what ended the other failure applied to them, or else by taking each back.
std::optional<model::Decision> VerifiedSearch::Examination::told_apart(const Question& question,
                                                                       const model::Decision& undecided) {
  auto mended = tell_apart_by_mending(scene(question), undecided);
  if (mended && (!mended->conclusion || mended->conclusion->kind == model::ResultKind::culprit))
    return mended;
  auto single = single_out_by_reverts(scene(question), mended ? *mended : undecided);
  return single ? std::move(single) : std::move(mended);
}

// Where further revisions tell little and the doubt is whether what shows at the start is what began with the first candidate, taking
// that back is asked before them. Only what is gone with it counts here.
std::optional<model::Decision> VerifiedSearch::Examination::told_by_revert(const Question& question,
                                                                           const model::Decision& decision,
                                                                           int depth) {
  if (!question.problem.verify || question.problem.goal != model::Goal::cause || depth > 0)
    return std::nullopt;
  if (decision.conclusion && decision.conclusion->kind != model::ResultKind::inconclusive)
    return std::nullopt;
  const auto& candidates = decision.conclusion ? decision.conclusion->candidates : decision.standing.top;
  if (candidates.empty() || candidates.front().probability < k_revert_tells ||
      candidates.front().probability >= question.problem.confidence)
    return std::nullopt;
  const model::Candidate& first = candidates.front();
  if (candidates.size() > 1 && candidates[1].probability > k_spread_share * (1 - first.probability))
    return std::nullopt;
  const bool sure_of_it = std::ranges::none_of(m_plain.runs, [&](const model::RunRecord& run) {
    return run.commit == first.commit && model::what_says(run) == model::RunSays::shown &&
           run.p_target < question.problem.confidence;
  });
  if (sure_of_it) return std::nullopt;
  model::Decision named{.standing = decision.standing, .notes = decision.notes};
  named.conclusion = Conclusion{.kind = model::ResultKind::culprit,
                                .culprit = first.commit,
                                .probability = first.probability,
                                .candidates = candidates};
  const Scene here = scene(question);
  const Controls beside(here, first.commit);
  model::Decision checked =
      check_by_revert(question.problem, m_believed, named, beside.false_rate(), beside.worth_without());
  if (!checked.conclusion) return checked;
  if (checked.conclusion->verification->kind != Verification::Kind::reverted) return std::nullopt;
  return check_culprit(question, std::move(named), depth);
}

// What is named has at least the confidence that was asked for.
model::Decision VerifiedSearch::Examination::confident(const Question& question,
                                                       model::Decision answer) const {
  Conclusion& c = *answer.conclusion;
  if (c.kind != model::ResultKind::culprit || c.probability >= question.problem.confidence) return answer;
  c.kind = model::ResultKind::inconclusive;
  c.tested = c.culprit;
  c.explanation += fmt::format(" That is {:.1f} %, less than the {:g} % that are asked for.",
                               100 * c.probability, 100 * question.problem.confidence);
  c.culprit.reset();
  return answer;
}

// A parent of the culprit that was never run: an ancestor of a good end is good by the user's word alone.
std::optional<model::Decision> VerifiedSearch::Examination::run_parents(const Question& question,
                                                                        const Conclusion& conclusion) {
  if (conclusion.kind != model::ResultKind::culprit || m_plain.runs.empty()) return std::nullopt;
  const auto node = m_search.m_graph.find(*conclusion.culprit);
  if (!node) return std::nullopt;
  for (const NodeIndex parent : m_search.m_graph.parents(*node)) {
    const CommitId id = m_search.m_graph.id(parent);
    const Look look = look_at(m_plain, id, "");
    const bool said = std::ranges::any_of(m_plain.verdicts, [&](const auto& v) { return v.commit == id; });
    const bool skipped = std::ranges::find(question.problem.skip, id) != question.problem.skip.end();
    if (!look.known() && !said && !skipped)
      return model::Decision{
          .experiments = {
              {.commit = id, .stage = "parent", .reason = "is the parent of the culprit free of the bug?"}}};
    if (!look.known() && look.pending()) return model::Decision{};
    if (question.problem.first_parent) break;
  }
  return std::nullopt;
}

// Where builds keep what was there before: that the start shows the bug from clean, and does not from clean without the commit, says
// all that builds from clean of the commit and its parents would.
model::Decision VerifiedSearch::Examination::check_culprit(const Question& question, model::Decision answer,
                                                           int depth) {
  const CommitId culprit = *answer.conclusion->culprit;
  const Scene here = scene(question);
  if (depth < k_most_questions && question.problem.goal == model::Goal::cause && m_search.m_taken_back_by) {
    std::vector<CommitId> probes = m_search.m_taken_back_by(culprit);
    std::erase_if(probes, [&](const CommitId& id) {
      return !here.contains(question.problem.start, id) || !here.contains(id, culprit) ||
             std::ranges::find(question.problem.skip, id) != question.problem.skip.end();
    });
    if (probes.size() > k_probes) probes.resize(k_probes);
    if (auto again = gone_in_between(question, answer, probes, depth)) return std::move(*again);
  }
  if (here.fix())
    if (auto later = lost_again(question, answer, depth)) return std::move(*later);
  bool from_clean = true;
  if (question.problem.keeps_leftovers && !here.fix()) {
    const Controls quick(here, culprit, false);
    if (quick.state() == Controls::State::ask) return ask(answer, quick.ask());
    if (quick.state() == Controls::State::passed) {
      model::Decision checked =
          check_by_revert(question.problem, m_believed, answer, quick.false_rate(), quick.worth_without());
      if (!checked.conclusion) return checked;
      from_clean = checked.conclusion->verification->kind != Verification::Kind::reverted ||
                   look_at(only_from_clean(m_plain), question.problem.start, "").runs.shown == 0;
    }
  }
  const Controls controls(here, culprit, from_clean);
  switch (controls.state()) {
    case Controls::State::ask:
      return ask(answer, controls.ask());
    case Controls::State::parent_bad:
      return parent_bad(question, std::move(answer), controls, depth);
    case Controls::State::not_it:
      return not_known(std::move(answer), controls.explains(), sentence(controls.words()));
    case Controls::State::passed:
      break;
  }
  answer.conclusion->probability *= controls.explains();
  for (model::Candidate& candidate : answer.conclusion->candidates)
    candidate.probability *= controls.explains();
  model::Decision built = check_by_build(here, std::move(answer), controls.false_rate());
  if (!built.conclusion || built.conclusion->kind != model::ResultKind::culprit) return built;
  return taken_back(question, std::move(built), controls, depth);
}

model::Decision VerifiedSearch::Examination::taken_back(const Question& question, model::Decision answer,
                                                        const Controls& controls, int depth) {
  model::Decision checked = check_by_revert(question.problem, m_believed, std::move(answer),
                                            controls.false_rate(), controls.worth_without());
  if (!checked.conclusion) return checked;
  if (checked.conclusion->verification->kind == Verification::Kind::still_crashes && depth < k_most_questions)
    return began_again(question, std::move(checked), depth);
  return confident(question, std::move(checked));
}

// The bug shows on a parent of the named commit as well.
model::Decision VerifiedSearch::Examination::parent_bad(const Question& question, model::Decision answer,
                                                        const Controls& controls, int depth) {
  const Scene here = scene(question);
  const CommitId& parent = controls.parent();
  const CommitId culprit = *answer.conclusion->culprit;
  const Look at = look_at(m_plain, parent, "");
  const auto rate_of = [](const Look& look) {
    return fmt::format("{} of {} runs", look.runs.shown, look.runs.valid());
  };
  // The oldest revision below the parent that was named good, or found so.
  std::optional<CommitId> good;
  for (const CommitId& id : question.problem.good)
    if (here.contains(parent, id)) good = id;
  const bool is_end = good && *good == parent;
  if (!good)
    for (const auto& run : m_plain.runs)
      if (run.commit != parent && here.contains(parent, run.commit) &&
          (!good || here.contains(*good, run.commit)))
        good = run.commit;
  const bool known_good = std::ranges::any_of(
      question.problem.good, [&](const CommitId& id) { return id != parent && here.contains(id, parent); });
  if (known_good)
    return not_known(
        std::move(answer), 0,
        fmt::format(
            "{} is not it: its parent {} has the bug too ({}), although it is older than a revision that is "
            "free of it. The bug was fixed after {}, and came back on another way: by a merge that took this "
            "side, or by a second cause.",
            here.name(culprit), here.name(parent), rate_of(at), here.name(parent)));
  const int needed = quiet_runs_for(at.runs.shown, at.runs.valid(), 2 * k_left_to_chance,
                                    std::max(k_most_check_runs * question.problem.runs_per_revision, 30));
  // So rare that its beginning is out of reach, and as rare as crashes of the same look are.
  const bool too_rare = at.runs.valid() >= k_most_start_runs && at.runs.shown <= k_too_rare * at.runs.valid();
  if (good && !is_end && !too_rare) {
    const Look below = look_at(m_plain, *good, "");
    if (below.runs.shown == 0 && below.runs.quiet < needed && !below.broken && below.lost_builds < 3 &&
        below.runs.attempts() < 2 * needed + 3) {
      if (below.pending()) return ask(answer, {});
      return ask(answer, {{.commit = *good,
                           .runs = std::min(needed - below.runs.quiet, 10),
                           .stage = "control",
                           .reason = fmt::format("control: the bug shows on {} now and then; here too?",
                                                 here.name(parent))}});
    }
    if (below.runs.shown == 0 && depth < k_most_questions) {
      model::Problem older = question.problem;
      older.start = parent;
      model::Decision beginning = this->answer(m_search.question(std::move(older)), depth + 1);
      if (!beginning.conclusion) return beginning;
      Conclusion& c = *beginning.conclusion;
      c.explanation += fmt::format(
          " The bug became frequent with {}: it shows in {} there and in {} on its parent {}.",
          here.name(culprit), rate_of(look_at(m_plain, culprit, "")), rate_of(at), here.name(parent));
      if (c.kind != model::ResultKind::culprit) {
        c.kind = model::ResultKind::inconclusive;
        c.candidates.insert(c.candidates.begin(), {culprit, 0});
      }
      return beginning;
    }
  }
  // It shows, rarely, wherever it is looked for: crashes of the same look, with which the commit has nothing to do.
  const Explained& explained = controls.explained();
  const double commit = explained[Explanation::commit];
  if (1 - commit > k_doubt_of_controls * (1 - question.problem.confidence)) {
    const int told = at.runs.attempts() + look_at(m_plain, question.problem.start, "").runs.attempts();
    if (told < k_most_control_runs && at.runs.attempts() < 2 * needed + 3) {
      if (at.pending()) return ask(answer, {});
      return ask(answer,
                 {{.commit = parent,
                   .runs = 5,
                   .stage = "control",
                   .reason = fmt::format("control: how often does it show on {}?", here.name(parent))}});
    }
    return not_known(
        std::move(answer), commit,
        fmt::format("The bug shows on {} in {}, and on its parent {} in {}: it is not this commit alone. {}",
                    here.name(culprit), rate_of(look_at(m_plain, culprit, "")), here.name(parent),
                    rate_of(at), sentence(explained.words)));
  }
  answer.conclusion->explanation +=
      fmt::format(" Crashes of the same look also end {} of {} runs of revisions without it.",
                  controls.sides().rest_shown, controls.sides().rest_runs);
  return taken_back(question, std::move(answer), controls, depth);
}

// Quiet runs after which a revision is free of the bug, by how often the start shows it.
int VerifiedSearch::Examination::quiet_needed(const Question& question) const {
  const Counts start = look_at(m_plain, question.problem.start, "").runs;
  return quiet_runs_for(start.shown, start.valid(), k_left_to_chance,
                        std::max(k_most_check_runs * question.problem.runs_per_revision, 30));
}

// Is the bug gone at one of `probes`, which lie between the named commit and the start? Then it came twice, and the second
// beginning is sought. None where it is there in all that can be tested.
std::optional<model::Decision> VerifiedSearch::Examination::gone_in_between(
    const Question& question, const model::Decision& answer, const std::vector<CommitId>& probes, int depth) {
  const Scene here = scene(question);
  const CommitId culprit = *answer.conclusion->culprit;
  const CommitId& start = question.problem.start;
  const int needed = quiet_needed(question);
  for (const CommitId& probe : probes) {
    const Look look = look_at(m_plain, probe, "");
    if (look.runs.shown > 0 || look.broken || look.lost_builds >= 3) continue;
    if (look.runs.quiet >= needed) {
      model::Problem newer = question.problem;
      newer.good = {probe};
      model::Decision again = this->answer(m_search.question(std::move(newer)), depth + 1);
      if (again.conclusion)
        again.conclusion->explanation +=
            fmt::format(" The bug was there before: it came with {}, and was gone at {} ({} quiet runs).",
                        here.name(culprit), here.name(probe), look.runs.quiet);
      return again;
    }
    if (look.runs.attempts() + look.runs.lost >= 2 * needed + 3) continue;
    if (look.pending()) return ask(answer, {});
    return ask(answer, {{.commit = probe,
                         .runs = std::min(needed - look.runs.quiet, 10),
                         .stage = "control",
                         .reason = fmt::format("control: was the bug gone between {} and {}?",
                                               here.name(culprit), here.name(start))}});
  }
  return std::nullopt;
}

// A fix that a later commit took back, as git says: does the bug show there? Then the fix that stayed is sought above it.
std::optional<model::Decision> VerifiedSearch::Examination::lost_again(const Question& question,
                                                                       const model::Decision& answer,
                                                                       int depth) {
  if (depth >= k_most_questions || !m_search.m_taken_back_by) return std::nullopt;
  const Scene here = scene(question);
  const CommitId culprit = *answer.conclusion->culprit;
  const CommitId& head = question.problem.head;
  std::vector<CommitId> probes = m_search.m_taken_back_by(culprit);
  if (probes.size() > k_probes) probes.resize(k_probes);
  for (const CommitId& probe : probes) {
    if (!here.contains(head, probe) || !here.contains(probe, culprit) || probe == culprit || probe == head ||
        std::ranges::find(question.problem.skip, probe) != question.problem.skip.end())
      continue;
    const Look look = look_at(m_plain, probe, "");
    if (look.broken || look.lost_builds >= 3) continue;
    if (look.runs.shown > 0) {
      model::Problem newer = question.problem;
      newer.start = probe;
      model::Decision again = this->answer(m_search.question(std::move(newer)), depth + 1);
      if (again.conclusion)
        again.conclusion->explanation += fmt::format(" {} made it go away before; it was back at {}.",
                                                     here.name(culprit), here.name(probe));
      return again;
    }
    const int needed = quiet_needed(question);
    if (look.runs.quiet >= needed || look.runs.attempts() + look.runs.lost >= 2 * needed + 3) continue;
    if (look.pending()) return ask(answer, {});
    return ask(answer, {{.commit = probe,
                         .runs = std::min(needed - look.runs.quiet, 10),
                         .stage = "control",
                         .reason = fmt::format("control: is the bug back at {}, which takes {} back?",
                                               here.name(probe), here.name(culprit))}});
  }
  return std::nullopt;
}

// The bug shows without the named commit: perhaps it was gone in between, and another commit brought it back.
model::Decision VerifiedSearch::Examination::began_again(const Question& question, model::Decision answer,
                                                         int depth) {
  const CommitId culprit = *answer.conclusion->culprit;
  if (auto again = gone_in_between(
          question, answer, revisions_between(scene(question), culprit, question.problem.start), depth))
    return std::move(*again);
  // A culprit that is one of several: what it is worth is in its probability, and that it is not all in the words.
  Conclusion& c = *answer.conclusion;
  c.kind = model::ResultKind::inconclusive;
  c.tested = culprit;
  c.culprit.reset();
  return answer;
}

VerifiedSearch::VerifiedSearch(const model::CommitGraph& graph, const model::Problem& problem, Make make,
                               TakenBackBy taken_back_by)
    : m_graph(graph),
      m_ancestry(graph, tips_of(graph, problem)),
      m_make(std::move(make)),
      m_taken_back_by(std::move(taken_back_by)),
      m_main(&question(problem)) {}
VerifiedSearch::~VerifiedSearch() = default;

const VerifiedSearch::Question& VerifiedSearch::question(model::Problem problem) const {
  std::string key = problem.start.hex();
  for (const CommitId& good : problem.good) key += good.hex();
  std::unique_ptr<Question>& known = m_questions[key];
  if (!known) {
    known =
        std::make_unique<Question>(Question{.problem = problem, .asked = std::move(problem), .search = {}});
    // What the controls leave to doubt is on top.
    if (known->asked.verify)
      known->asked.confidence = 1 - (1 - k_doubt_of_controls) * (1 - known->problem.confidence);
    known->search = m_make(known->asked);
  }
  return *known;
}

model::Decision VerifiedSearch::next(const model::Evidence& evidence) const {
  m_has_asked = true;
  return Examination(*this, evidence).next();
}

// Of one that has only ever asked the main question there is nothing else to know.
const VerifiedSearch::Question& VerifiedSearch::asked(Examination& examination) const {
  if (!m_has_asked || m_questions.size() > 1) (void)examination.next();
  return examination.asked();
}

std::vector<model::RevisionVerdict> VerifiedSearch::verdicts(const model::Evidence& evidence) const {
  Examination examination(*this, evidence);
  const Question& question = asked(examination);
  const model::Evidence& plain = examination.plain();
  std::vector<model::RevisionVerdict> out = m_main->search->verdicts(plain);
  const auto of = [&](const CommitId& commit) {
    return std::ranges::find(out, commit, &model::RevisionVerdict::commit);
  };
  const Scene scene{m_graph, m_ancestry, question.problem, plain};
  const CommitId& newest = scene.fix() ? question.problem.head : question.problem.start;
  if (&question != m_main)
    for (model::RevisionVerdict& verdict : question.search->verdicts(plain)) {
      if (!m_graph.find(verdict.commit) || !scene.contains(newest, verdict.commit)) continue;
      if (const auto at = of(verdict.commit); at != out.end()) *at = std::move(verdict);
    }
  // Revisions of which no run counts any more are where the others' runs put them.
  std::vector<double> below;
  for (const auto& [commit, runs] : uncounted(evidence, plain)) {
    const auto node = m_graph.find(commit);
    if (!node || of(commit) != out.end()) continue;
    if (below.empty()) below = mass_below(question.search->posterior(plain), m_ancestry);
    const double reached = m_ancestry.ancestor_sum(below, *node);
    out.push_back(
        {.commit = commit,
         .p_bad = scene.fix() ? 1 - reached : reached,
         .why = fmt::format("{} {} not count", runs, runs == 1 ? "run that does" : "runs that do")});
  }
  return out;
}

std::vector<double> VerifiedSearch::posterior(const model::Evidence& evidence) const {
  Examination examination(*this, evidence);
  return asked(examination).search->posterior(examination.plain());
}

}  // namespace culprit::search
