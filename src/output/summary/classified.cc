#include "output/summary/classified.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace culprit::output {
namespace {

// The crash as the culprit's own revision printed it, else as it is shown.
ShownBug shown_bug(const Summary& summary, const model::CommitId& culprit) {
  ShownBug bug{
      .title = chased_title(summary), .report = {}, .is_fix = summary.problem.goal == model::Goal::fix};
  const CrashExcerpt* crash = shown_crash(summary);
  if (crash == nullptr) return bug;
  bug.title = crash->title;
  bug.report = crash->text;
  const RevisionSummary* own = summary.find(culprit);
  bug.is_culprits = own != nullptr &&
                    std::ranges::any_of(own->crashes, [&](const CrashExcerpt& one) { return &one == crash; });
  return bug;
}

struct Opening {
  std::string_view kind, words;
};
constexpr std::array<Opening, 9> k_openings = {
    {{"exposed_by", "It exposes the bug rather than causing it: "},
     {"default", "The code may have been wrong before: "},
     {"new_interface", "The feature was absent before, not the bug alone: "},
     {"merge", ""},
     {"rewritten", ""},
     {"documentation", "This is to be doubted: "},
     {"tests", "This is to be doubted: "},
     {"comments", "This is to be doubted: "},
     {"other_architecture", "This is to be doubted: "}}};

}  // namespace

std::vector<model::Classified> classified_of(const Summary& summary, const CommitTexts& texts) {
  std::vector<model::Classified> out;
  if (!summary.conclusion || summary.conclusion->kind != model::ResultKind::culprit ||
      !summary.conclusion->culprit)
    return out;
  const model::Conclusion& c = *summary.conclusion;
  if (c.no_op) out.push_back({"same_binary", "its binary equals its parent's"});
  if (c.is_release) out.push_back({"release", "it is a release's own commit"});
  if (!texts.classified) return out;
  for (model::Classified& one : texts.classified(*c.culprit, shown_bug(summary, *c.culprit)))
    out.push_back(std::move(one));
  return out;
}

std::string sentence_of(const model::Classified& classified) {
  const auto opening = std::ranges::find(k_openings, classified.kind, &Opening::kind);
  if (opening == k_openings.end() || classified.why.empty()) return {};
  std::string sentence = std::string(opening->words) + classified.why + ".";
  if (sentence.front() >= 'a' && sentence.front() <= 'z')
    sentence.front() = static_cast<char>(sentence.front() - 'a' + 'A');
  return sentence;
}

}  // namespace culprit::output
