// The contract with programs that read us. Fields are added, never renamed or removed; "| null" says when a
// field is there but empty.
//
// result: null while there is no answer
//   kind           "culprit" | "inconclusive" | "horizon" | "not_reproduced" | "good_end_crashes" |
//                  "infrastructure"
//   commit         the culprit | null
//   probability    of the culprit, or of all candidates together
//   candidates     [{commit, probability}], most probable first
//   tested         the commit that the kind is about | null
//   last_good      commit | null
//   no_op          the culprit's binary equals its parent's
//   is_release     the culprit is a release's own commit
//   crash          the bug's title | null
//   explanation    in words
//   next_steps     [words]
//   verification   what taking the culprit back showed | null:
//     kind         a word of Verification::Kind (model/words.cc)
//     on           the commit on top of which it was taken back
//     runs         that say something
//     crashes      of them showed the bug
//     why          in words
//   of the culprit, each null where unknown:
//   title, author, email, date, diffstat
//   recipients     [{name, email, role}]
//   classified     what kind of change the culprit is, each with its ground: [{kind, why}], kind one of
//                  "same_binary" | "release" | "merge" | "documentation" | "tests" | "comments" |
//                  "other_architecture" | "exposed_by" | "default" | "new_interface" | "rewritten"
//
// revisions: in order of first test
//   commit
//   label          a release tag | null
//   title, stage
//   verdict        "bad" | "good" | "unknown"
//   p_bad          how likely the bug is there
//   why            in words
//   signature      of the binary | null
//   compiler       its version line | null
//   build_s, run_s seconds
//   builds         [{status "ok" | "broken" | "infra", variant, seconds}]
//   runs           a broken build without runs counts as one run "build_broken":
//     outcome      "ok" | "crashed" | "build_broken" | "boot_failed" | "test_failed" | "timed_out" | "infra"
//     title        the crash's | null
//     identity     "target" | "foreign" | "unknown"; null of a run that says nothing of the bug
//     p_target     how likely it showed the bug
//     text         what else the outcome says | null
//     seconds
//   said           what a person called it, in order: ["good" | "bad" | "skip"]
//
// stats            builds, runs, build_s, run_s, wall_s
// goal             "cause" | "fix"
// start, head      commit | null
// subject, version, stage
// interrupted      why | null
#include "output/json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "output/summary/classified.h"
#include "output/summary/happening.h"
#include "output/words/text.h"

namespace culprit::output {
namespace {

using json = nlohmann::ordered_json;

json text_json(std::string_view text) { return valid_utf8(text); }
json text_or_null(std::string_view text) { return text.empty() ? json() : text_json(text); }
json number(double value) { return std::isfinite(value) ? value : 0.0; }
json commit_or_null(const model::CommitId& commit) { return commit.is_null() ? json() : json(commit.hex()); }
json commit_or_null(const std::optional<model::CommitId>& commit) {
  return commit ? commit_or_null(*commit) : json();
}

bool has_title(model::OutcomeKind kind) {
  return kind == model::OutcomeKind::crashed || kind == model::OutcomeKind::boot_failed ||
         kind == model::OutcomeKind::test_failed;
}

json run_json(const RunSummary& run) {
  const bool says = run.outcome == model::OutcomeKind::crashed || run.identity != model::Identity::unknown;
  const bool titled = has_title(run.outcome);
  return {{"outcome", model::name_of(run.outcome)},
          {"title", titled ? text_or_null(run.text) : json()},
          {"identity", says ? json(model::name_of(run.identity)) : json()},
          {"p_target", number(run.p_target)},
          {"text", titled ? json() : text_or_null(run.text)},
          {"seconds", number(run.seconds)}};
}

// A broken build seen as the one run it stands for.
RunSummary build_broken_run(const BuildSummary& build) {
  RunSummary run;
  run.outcome = model::OutcomeKind::build_broken;
  run.text = build.text;
  run.seconds = 0;
  return run;
}

json runs_json(const RevisionSummary& revision) {
  json out = json::array();
  for (const RunSummary& run : revision.runs) out.push_back(run_json(run));
  if (revision.build_broken()) out.push_back(run_json(build_broken_run(revision.builds.back())));
  return out;
}

json revision_json(const RevisionSummary& revision) {
  json builds = json::array();
  for (const BuildSummary& build : revision.builds)
    builds.push_back({{"status", model::name_of(build.status)},
                      {"variant", text_json(build.variant)},
                      {"seconds", number(build.seconds)}});
  model::Verdict verdict = revision.verdict;
  if (!revision.judged && !revision.contradicted() && revision.person)
    verdict = *revision.person == model::UserVerdict::bad    ? model::Verdict::bad
              : *revision.person == model::UserVerdict::good ? model::Verdict::good
                                                             : model::Verdict::unknown;
  json said = json::array();
  for (const model::UserVerdict word : revision.said) said.push_back(model::name_of(word));
  return {{"commit", revision.commit.hex()},
          {"label", text_or_null(revision.label)},
          {"title", text_json(revision.title)},
          {"stage", text_json(revision.stage)},
          {"verdict", model::name_of(verdict)},
          {"p_bad", number(revision.p_bad)},
          {"why", text_json(revision.why)},
          {"signature", text_or_null(revision.signature)},
          {"compiler", text_or_null(revision.compiler)},
          {"build_s", number(revision.build_s)},
          {"run_s", number(revision.run_s)},
          {"builds", std::move(builds)},
          {"runs", runs_json(revision)},
          {"said", std::move(said)}};
}

// Adds what is known of the culprit itself.
void describe_culprit(json& result, const Summary& summary, const CommitTexts& texts) {
  const std::optional<model::CommitId>& culprit = summary.conclusion->culprit;
  const RevisionSummary* tested = culprit ? summary.find(*culprit) : nullptr;
  result["title"] = tested != nullptr ? text_or_null(tested->title) : json();
  for (const char* field : {"author", "email", "date", "diffstat", "recipients"}) result[field] = nullptr;
  if (!culprit) return;
  if (const auto info = texts.info_of(*culprit)) {
    result["title"] = text_json(info->title);
    result["author"] = text_json(info->author_name);
    result["email"] = text_json(info->author_email);
    result["date"] = text_json(info->author_date);
  }
  result["diffstat"] = text_or_null(texts.diffstat_of(*culprit));
  for (const Contact& contact : texts.contacts_of(*culprit))
    result["recipients"].push_back({{"name", text_json(contact.name)},
                                    {"email", text_json(contact.email)},
                                    {"role", text_json(contact.role)}});
}

// In a sentence, in the user's own terms: "First commit where `./size.sh` fails".
json what_json(const Summary& summary) {
  if (summary.conclusion->kind != model::ResultKind::culprit) return nullptr;
  return text_json(sentence_of(happening_of(summary)));
}

json result_json(const Summary& summary, const CommitTexts& texts) {
  if (!summary.conclusion) return nullptr;
  const model::Conclusion& c = *summary.conclusion;
  json candidates = json::array();
  for (const model::Candidate& candidate : c.candidates)
    candidates.push_back(
        {{"commit", candidate.commit.hex()}, {"probability", number(candidate.probability)}});
  json next_steps = json::array();
  for (const std::string& step : c.next_steps) next_steps.push_back(text_json(step));
  json result = {{"kind", model::name_of(c.kind)},
                 {"commit", commit_or_null(c.culprit)},
                 {"probability", number(c.probability)},
                 {"candidates", std::move(candidates)},
                 {"tested", commit_or_null(c.tested)},
                 {"last_good", commit_or_null(c.last_good)},
                 {"no_op", c.no_op},
                 {"is_release", c.is_release},
                 {"crash", text_or_null(chased_title(summary))},
                 {"what", what_json(summary)},
                 {"explanation", text_json(c.explanation)},
                 {"next_steps", std::move(next_steps)}};
  result["verification"] = nullptr;
  if (const auto& check = c.verification)
    result["verification"] = {{"kind", model::name_of(check->kind)},
                              {"on", commit_or_null(check->on)},
                              {"runs", check->runs},
                              {"crashes", check->crashes},
                              {"why", text_json(check->why)}};
  describe_culprit(result, summary, texts);
  result["classified"] = json::array();
  for (const model::Classified& one : classified_of(summary, texts))
    result["classified"].push_back({{"kind", text_json(one.kind)}, {"why", text_json(one.why)}});
  return result;
}

}  // namespace

json to_json(const Summary& known, const CommitTexts& texts) {
  const Summary summary = with_titles(known, texts);
  json revisions = json::array();
  for (const RevisionSummary& revision : summary.revisions)
    if (revision.answered()) revisions.push_back(revision_json(revision));
  return {{"result", result_json(summary, texts)},
          {"revisions", std::move(revisions)},
          {"stats",
           {{"builds", summary.stats.builds},
            {"builds_ahead", summary.stats.builds_ahead},
            {"runs", summary.stats.runs},
            {"build_s", number(summary.stats.build_s)},
            {"run_s", number(summary.stats.run_s)},
            {"wall_s", number(summary.stats.wall_s)}}},
          {"goal", model::name_of(summary.problem.goal)},
          {"start", commit_or_null(summary.problem.start)},
          {"head", commit_or_null(summary.problem.head)},
          {"subject", std::string(model::name_of(summary.subject))},
          {"version", text_json(summary.version)},
          {"stage", text_json(summary.stage)},
          {"interrupted", summary.interrupted ? text_json(*summary.interrupted) : json()}};
}

std::string render_json(const Summary& summary, const CommitTexts& texts) {
  return base::printable_json(to_json(summary, texts).dump(2, ' ', false, json::error_handler_t::replace)) +
         "\n";
}

}  // namespace culprit::output
