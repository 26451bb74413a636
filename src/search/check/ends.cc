#include "search/check/ends.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "model/run_says.h"
#include "search/check/tuning.h"

namespace culprit::search {
namespace {

using model::CommitId;
using model::Conclusion;
using Asked = std::optional<model::Decision>;

// An end that has the bug, but perhaps not for what it is: some more runs tell.
Asked run_end_again(const Scene& scene, const model::Evidence& plain, const Conclusion& conclusion) {
  if (conclusion.kind != model::ResultKind::good_end_crashes && conclusion.kind != model::ResultKind::horizon)
    return std::nullopt;
  if (!conclusion.tested || !told_by_circumstances(scene, k_worth_a_look)) return std::nullopt;
  const Look look = look_at(plain, *conclusion.tested, "");
  if (look.runs.attempts() + look.runs.lost >= k_most_end_runs || look.broken) return std::nullopt;
  if (look.pending()) return model::Decision{};
  return model::Decision{.experiments = {{.commit = *conclusion.tested,
                                          .runs = 3,
                                          .stage = "control",
                                          .reason = "control: does it depend on the revision at all?"}}};
}

// An end that has the bug just behind runs of another revision that showed it: what those left (a busy port, the holder of a lock, a
// server that turns its client away) may be gone some seconds later.
Asked run_end_later(const model::Evidence& plain, const Conclusion& conclusion) {
  if (conclusion.kind != model::ResultKind::good_end_crashes || !conclusion.tested) return std::nullopt;
  const CommitId& end = *conclusion.tested;
  double other = 0, own = 0;
  for (const model::RunRecord& run : plain.runs) {
    if (run.commit == end)
      own = std::max(own, run.began);
    else if (model::what_says(run) == model::RunSays::shown)
      other = std::max(other, run.began + run.seconds);
  }
  const Look look = look_at(plain, end, "");
  if (other == 0 || own == 0 || own >= other + k_rest_seconds || look.broken ||
      look.runs.attempts() + look.runs.lost >= k_most_end_runs)
    return std::nullopt;
  if (look.pending()) return model::Decision{};
  return model::Decision{.experiments = {{.commit = end,
                                          .runs = 2,
                                          .stage = "control",
                                          .reason = "control: does it show some seconds later too?",
                                          .pause_s = k_rest_seconds}}};
}

// A good end that is of two minds, where the bug always shows at the start: not its own, but of what was run before it, say.
Asked of_the_moment(const Scene& scene, const model::Evidence& plain, const Conclusion& conclusion) {
  if (conclusion.kind != model::ResultKind::good_end_crashes || !conclusion.tested) return std::nullopt;
  const Counts start = look_at(plain, scene.problem.start, "").runs;
  const Counts end = look_at(plain, *conclusion.tested, "").runs;
  if (start.quiet > 0 || start.shown < k_least_sure || end.quiet < 2) return std::nullopt;
  model::Decision told{.conclusion = conclusion};
  told.conclusion->kind = model::ResultKind::inconclusive;
  told.conclusion->explanation = fmt::format(
      "The bug shows in {} of {} runs of {}, which was named good, and in all of {}: there it depends on "
      "something else than the "
      "revision, on what an earlier run left, perhaps.",
      end.shown, end.valid(), scene.name(*conclusion.tested), scene.name(scene.problem.start));
  told.conclusion->next_steps = {
      "make the test independent of the runs before it (or wait before it begins), and start anew"};
  told.standing.bad_end = scene.problem.start;
  return told;
}

// In a sure test, the revision that an answer is about changed its mind once: did it, or the world? It is run again until it changes
// back (outage.h), or has not for long.
Asked run_two_minded(const Scene& scene, const model::Evidence& plain, const Conclusion& conclusion) {
  const std::optional<CommitId>& about = conclusion.culprit ? conclusion.culprit : conclusion.tested;
  const Counts start = look_at(plain, scene.problem.start, "").runs;
  if (!about || *about == scene.problem.start || start.quiet > 0 || start.shown < k_least_sure)
    return std::nullopt;
  const std::string variant = telling_variant(plain, *about);
  std::vector<bool> shown;
  for (const model::RunRecord& run : plain.runs)
    if (run.commit == *about && run.variant == variant && model::tells(model::what_says(run)))
      shown.push_back(model::what_says(run) == model::RunSays::shown);
  const auto changes = std::ranges::adjacent_find(shown, std::ranges::not_equal_to());
  if (changes == shown.end() ||
      std::adjacent_find(changes + 1, shown.end(), std::not_equal_to()) != shown.end())
    return std::nullopt;
  const Look look = look_at(plain, *about, variant);
  if (look.runs.attempts() + look.runs.lost >= k_most_end_runs || look.broken) return std::nullopt;
  if (look.pending()) return model::Decision{};
  return model::Decision{.experiments = {{.commit = *about,
                                          .variant = variant,
                                          .runs = 3,
                                          .stage = "control",
                                          .reason = fmt::format("control: {} was of two minds; is it still?",
                                                                scene.name(*about))}}};
}

// A start that was always quiet: was its build unlucky? Another one tells, in a place where runs are known by their builds.
Asked build_start_again(const Scene& scene, const model::Evidence& plain) {
  const CommitId& start = scene.problem.start;
  const Look look = look_at(plain, start, "");
  double seconds = 0;
  std::size_t builds = 0;
  for (const model::BuildRecord& build : plain.builds)
    if (build.commit == start && build.variant.empty() && build.status == model::BuildStatus::ok)
      seconds += build.seconds, ++builds;
  // A build that was made again is known by its first run.
  builds = std::max(builds, static_cast<std::size_t>(std::ranges::count_if(plain.runs, [&](const auto& run) {
                      return run.commit == start && run.variant.empty() && run.in_checkout == 0;
                    })));
  const bool known = std::ranges::any_of(
      plain.runs, [&](const auto& run) { return run.commit == start && run.in_checkout >= 0; });
  const bool is_quick = seconds > 0 && seconds * (1 + 1.0 / static_cast<double>(builds)) <= k_unlucky_seconds;
  const bool is_quiet = look.runs.quiet > 0 && look.runs.quiet == look.runs.attempts();
  if (!known || !is_quick || !is_quiet || builds >= k_builds_of_a_surprise || look.broken ||
      look.lost_builds >= 3)
    return std::nullopt;
  if (look.pending()) return model::Decision{};
  return model::Decision{
      .experiments = {
          {.commit = start,
           .runs = k_runs_of_a_doubted_build,
           .stage = "start",
           .reason = fmt::format("control: does another build of {} show the bug?", scene.name(start)),
           .from_clean = true}}};
}

// An end that surprises, or the first of several candidates, was built on top of something else: once from clean.
Asked doubt_ends(const Scene& scene, const model::Evidence& plain, const Conclusion& conclusion) {
  if (auto more = run_end_again(scene, plain, conclusion)) return more;
  if (auto later = run_end_later(plain, conclusion)) return later;
  if (conclusion.kind == model::ResultKind::not_reproduced) return build_start_again(scene, plain);
  if (!scene.problem.keeps_leftovers) return std::nullopt;
  std::optional<CommitId> doubted;
  if (conclusion.kind == model::ResultKind::good_end_crashes || conclusion.kind == model::ResultKind::horizon)
    doubted = conclusion.tested;
  else if (conclusion.kind == model::ResultKind::inconclusive && !conclusion.candidates.empty())
    doubted = conclusion.candidates.front().commit;
  if (!doubted) return std::nullopt;
  const Look used = look_at(plain, *doubted, "");
  const Look clean = look_at(only_from_clean(plain), *doubted, "");
  if (used.runs.valid() == 0 || clean.broken || clean.lost_builds >= 3) return std::nullopt;
  // Until it shows the bug as it did, or is quiet so often that the two differ.
  const int enough = std::min(used.runs.valid(), 4);
  if (clean.runs.shown > 0 || clean.runs.valid() >= enough || clean.runs.all() >= 2 * enough + 3)
    return std::nullopt;
  if (used.pending()) return model::Decision{};
  const bool built = clean.built;
  return model::Decision{
      .experiments = {
          {.commit = *doubted,
           .runs = built ? enough - clean.runs.valid() : 1,
           .stage = "control",
           .reason = fmt::format("control: does {} behave like that from clean?", scene.name(*doubted)),
           .from_clean = !built}}};
}

// Candidates of which one shows the bug now and then: is that how often it shows everywhere? The good end tells.
Asked run_good_end(const Scene& scene, const model::Evidence& plain, const Conclusion& conclusion) {
  if (conclusion.kind != model::ResultKind::inconclusive || conclusion.candidates.empty() ||
      plain.runs.empty())
    return std::nullopt;
  for (const model::Candidate& candidate : conclusion.candidates) {
    const Look look = look_at(plain, candidate.commit, "");
    if (look.runs.shown == 0 || 2 * look.runs.shown > look.runs.valid()) continue;
    const int needed =
        std::min(quiet_runs_for(look.runs.shown, look.runs.valid(), 2 * k_left_to_chance, 150), 150);
    for (const CommitId& good : scene.problem.good) {
      const Look end = look_at(plain, good, "");
      if (!scene.contains(candidate.commit, good) || end.broken || end.runs.valid() >= needed ||
          end.runs.attempts() + end.runs.lost >= 2 * needed + 3)
        continue;
      if (end.pending()) return model::Decision{};
      return model::Decision{
          .experiments = {{.commit = good,
                           .runs = std::min(needed - end.runs.valid(), 10),
                           .stage = "control",
                           .reason = fmt::format("control: the bug shows on {} now and then; here too?",
                                                 scene.name(candidate.commit))}}};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<model::Decision> asked_before_told(const Scene& scene, const model::Evidence& plain,
                                                 const Conclusion& conclusion) {
  if (auto again = run_two_minded(scene, plain, conclusion)) return again;
  if (auto doubt = doubt_ends(scene, plain, conclusion)) return doubt;
  if (auto background = run_good_end(scene, plain, conclusion)) return background;
  return of_the_moment(scene, plain, conclusion);
}

}  // namespace culprit::search
