#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "output/words/text.h"
#include "replay/telling/telling.h"

namespace culprit::replay {
namespace {

using nlohmann::ordered_json;

ordered_json text_or_null(const std::string& text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(output::valid_utf8(text));
}

ordered_json id_or_null(const std::optional<model::CommitId>& id) {
  return id && !id->is_null() ? ordered_json(id->hex()) : ordered_json(nullptr);
}

// The label, or the whole id.
ordered_json name_or_null(const Replay& replay, std::optional<std::size_t> index) {
  if (!index) return nullptr;
  const ReplayedRevision& revision = replay.revisions[*index];
  return revision.label.empty() ? ordered_json(revision.commit.hex()) : text_or_null(revision.label);
}

ordered_json identity_or_null(const std::optional<model::Identity>& identity) {
  if (!identity) return nullptr;
  switch (*identity) {
    case model::Identity::target:
      return "target";
    case model::Identity::foreign:
      return "foreign";
    case model::Identity::unknown:
      return "unknown";
  }
  return nullptr;
}

ordered_json run_json(const ReplayedRun& run) {
  return {{"outcome", name_of(run.outcome)},
          {"title", text_or_null(run.title)},
          {"identity", identity_or_null(run.identity)},
          {"p_target", run.p_target},
          {"why", text_or_null(run.why)}};
}

ordered_json revision_json(const ReplayedRevision& revision) {
  ordered_json out = {{"commit", revision.commit.hex()},
                      {"label", text_or_null(revision.label)},
                      {"title", text_or_null(revision.title)},
                      {"verdict", model::name_of(revision.verdict)},
                      {"p_bad", revision.p_bad},
                      {"why", output::valid_utf8(revision.why)},
                      {"signature", text_or_null(revision.signature)},
                      {"logged", nullptr},
                      {"runs", ordered_json::array()}};
  if (revision.logged_bad) out["logged"] = *revision.logged_bad ? "bad" : "good";
  for (const ReplayedRun& run : revision.runs) out["runs"].push_back(run_json(run));
  return out;
}

ordered_json face_json(const identity::FaceJudgement& face) {
  ordered_json out = {{"title", output::valid_utf8(face.title)},
                      {"p_target", face.probability},
                      {"identity", identity_or_null(face.identity)},
                      {"runs", face.runs},
                      {"runs_at_start", face.runs_at_start},
                      {"runs_before_test", face.runs_before_test},
                      {"reasons", ordered_json::array()}};
  for (const identity::Reason& reason : face.reasons)
    out["reasons"].push_back({{"weight", reason.weight}, {"text", output::valid_utf8(reason.text)}});
  return out;
}

}  // namespace

std::string replay_json(const Replay& replay, const BisectionLog& log) {
  const ReplayConclusion& c = replay.conclusion;
  ordered_json out = {{"goal", replay.goal == model::Goal::fix ? "fix" : "cause"},
                      {"start_commit", id_or_null(replay.start)},
                      {"target", text_or_null(replay.target)},
                      {"crash_rate", replay.crash_rate},
                      {"revisions", ordered_json::array()},
                      {"derailed_at", nullptr},
                      {"derailed_why", text_or_null(replay.derailed_why)},
                      {"logged_result",
                       {{"kind", name_of(replay.logged_result.kind)},
                        {"commit", id_or_null(replay.logged_result.commit)},
                        {"title", text_or_null(replay.logged_result.title)}}},
                      {"conclusion",
                       {{"culprit", id_or_null(c.culprit)},
                        {"good", name_or_null(replay, c.good)},
                        {"bad", name_or_null(replay, c.bad)},
                        {"last_confirmed", name_or_null(replay, c.last_confirmed)},
                        {"against", text_or_null(c.against)},
                        {"commits_left", nullptr},
                        {"text", output::valid_utf8(replay_paragraph(replay))}}},
                      {"same_binary", ordered_json::array()},
                      {"next_steps", ordered_json::array()},
                      {"crashes", ordered_json::array()},
                      {"lines_read", log.lines_read},
                      {"unread", ordered_json::array()}};
  if (c.commits_left) out["conclusion"]["commits_left"] = *c.commits_left;
  for (const auto& revision : replay.revisions) out["revisions"].push_back(revision_json(revision));
  if (replay.derailed_at) out["derailed_at"] = replay.revisions[*replay.derailed_at].commit.hex();
  for (const auto& group : replay.same_binary) {
    ordered_json commits = ordered_json::array();
    for (const std::size_t i : group) commits.push_back(replay.revisions[i].commit.hex());
    out["same_binary"].push_back(std::move(commits));
  }
  for (const std::string& step : replay.next_steps) out["next_steps"].push_back(output::valid_utf8(step));
  for (const identity::FaceJudgement& face : replay.faces) out["crashes"].push_back(face_json(face));
  for (const UnreadLine& line : log.unread)
    out["unread"].push_back({{"line", line.number}, {"text", output::valid_utf8(line.text)}});
  return base::printable_json(out.dump(1)) + "\n";
}

}  // namespace culprit::replay
