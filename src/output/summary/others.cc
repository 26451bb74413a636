#include "output/summary/others.h"

#include <algorithm>
#include <functional>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace culprit::output {
namespace {

constexpr std::size_t k_named_revisions = 4;

bool is_other(const RunSummary& run) {
  return run.says == model::RunSays::hidden || run.says == model::RunSays::unfinished;
}

}  // namespace

std::vector<OtherFailure> other_failures(const Summary& summary) {
  if (summary.subject != model::Subject::program) return {};
  std::map<std::string, OtherFailure> by_title;
  for (const RevisionSummary& revision : summary.revisions) {
    const std::string name = revision.label.empty() ? revision.commit.short_hex() : revision.label;
    for (const RunSummary& run : revision.runs) {
      if (!is_other(run)) continue;
      OtherFailure& other = by_title[run.text];
      other.title = run.text.empty() ? "no end within its time" : run.text;
      ++other.runs;
      if (std::ranges::find(other.revisions, name) == other.revisions.end()) other.revisions.push_back(name);
    }
  }
  std::vector<OtherFailure> out;
  for (auto& [title, other] : by_title) out.push_back(std::move(other));
  std::ranges::stable_sort(out, std::ranges::greater(), &OtherFailure::runs);
  return out;
}

std::string line_of(const OtherFailure& failure) {
  std::vector<std::string> named = failure.revisions;
  if (named.size() > k_named_revisions) {
    named.resize(k_named_revisions);
    named.back() += fmt::format(" and {} more", failure.revisions.size() - k_named_revisions);
  }
  return fmt::format("{}, at {} ({} run{})", failure.title, fmt::join(named, ", "), failure.runs,
                     failure.runs == 1 ? "" : "s");
}

}  // namespace culprit::output
