#include "identity/identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "identity/learning.h"
#include "identity/sightings.h"
#include "model/evidence.h"

namespace culprit::identity {
namespace {

using model::Identity;

Identity identity_of(double probability) {
  if (probability >= k_surely_target) return Identity::target;
  return probability <= k_surely_foreign ? Identity::foreign : Identity::unknown;
}

std::vector<FaceJudgement> judgements(const Sightings& seen, Learned& learned) {
  std::vector<FaceJudgement> out;
  for (std::size_t i = 0; i < seen.faces.size(); ++i) {
    const SeenFace& face = seen.faces[i];
    FaceJudgement judgement;
    judgement.title = face.known->face.title;
    judgement.probability = learned.main ? probability_of(learned.log_odds[i]) : 0;
    judgement.identity = identity_of(judgement.probability);
    judgement.reasons = std::move(learned.why[i]);
    std::ranges::stable_sort(judgement.reasons, std::ranges::greater(),
                             [](const Reason& r) { return std::abs(r.weight); });
    judgement.runs = face.runs;
    judgement.runs_at_start = face.runs_at_start;
    judgement.runs_before_test = face.runs_before_test;
    out.push_back(std::move(judgement));
  }
  return out;
}

}  // namespace

const FaceJudgement* Assessment::face_of_run(std::size_t run) const {
  const FaceJudgement* best = nullptr;
  for (const std::size_t face : m_runs.at(run).faces)
    if (best == nullptr || m_faces[face].probability > best->probability) best = &m_faces[face];
  return best;
}

std::string Assessment::explain(std::size_t run) const {
  const RunView& view = m_runs.at(run);
  std::string out;
  const auto add = [&](std::string line) { out += (out.empty() ? "" : "\n") + std::move(line); };
  if (const FaceJudgement* face = face_of_run(run)) add(explain(*face));
  if (view.masked) add("it ended the run before the bug could show: no evidence either way");
  for (const std::size_t face : view.before_test)
    add(fmt::format("\"{}\" came before the reproducer ran, so it is not the bug's doing",
                    m_faces[face].title));
  if (view.silenced)
    add(fmt::format("\"{}\" came first and turned off the detector that shows the bug: this run says nothing",
                    view.silenced_by));
  return out;
}

std::string Assessment::explain(const FaceJudgement& face) {
  const std::string_view what = face.identity == Identity::target    ? "the bug"
                                : face.identity == Identity::foreign ? "another crash"
                                                                     : "perhaps the bug";
  std::string out = fmt::format("\"{}\" is {} ({:.0f} %)", face.title, what, 100 * face.probability);
  constexpr std::size_t k_reasons = 4;
  for (std::size_t i = 0; i < std::min(face.reasons.size(), k_reasons); ++i)
    out += fmt::format("{}{} ({:+.1f})", i == 0 ? ": " : "; ", face.reasons[i].text, face.reasons[i].weight);
  return out;
}

Assessment assess(std::vector<model::RunRecord>& runs, const model::CommitId& start, const Context& context,
                  Memory* memory) {
  Memory own(false);
  if (memory == nullptr) memory = &own;
  const Sightings seen = collect(runs, start, *memory);
  Learned learned = learn(seen, context, *memory);
  std::vector<FaceJudgement> faces = judgements(seen, learned);
  std::vector<Assessment::RunView> views(runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    model::RunRecord& run = runs[i];
    views[i].faces = seen.runs[i].test_faces;
    views[i].before_test = seen.runs[i].boot_faces;
    run.p_target = 0;
    run.p_alike = 0;
    for (const std::size_t face : views[i].faces) {
      run.p_target = std::max(run.p_target, faces[face].probability);
      if (learned.main) run.p_alike = std::max(*run.p_alike, probability_of(learned.alike[face]));
    }
    run.identity = identity_of(run.p_target);
    const bool foreign = run.identity == Identity::foreign && !run.completed &&
                         kind_of(run.outcome) == model::OutcomeKind::crashed;
    const auto beside = [&](std::size_t face) { return learned.beside[face]; };
    if (foreign && !views[i].faces.empty() && std::ranges::all_of(views[i].faces, beside))
      run.completed = true;
    views[i].masked = foreign && !run.completed;
    if (!learned.main || !learned.silencers[i] || run.identity == Identity::target || !run.completed)
      continue;
    views[i].silenced = true;
    views[i].silenced_by = seen.faces[*learned.silencers[i]].known->face.title;
    run.completed = false;
  }
  const std::string target = learned.main ? seen.faces[*learned.main].known->face.title : std::string();
  return {std::move(faces), std::move(views), target, std::move(learned.rates)};
}

}  // namespace culprit::identity
