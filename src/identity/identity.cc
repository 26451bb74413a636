#include "identity/identity.h"

// A crash is compared with every face of the bug, feature by feature, and takes the best match. Comparing
// titles alone is what makes bisections derail: a rename changes the title of one bug, and one title can hold
// two bugs.

#include <algorithm>
#include <string_view>

namespace culprit::identity {
namespace {

using model::CrashReport;
using model::RunRecord;

// Degrees of likeness, as the probability that two crashes seen by one reproducer are one bug.
constexpr double k_same_title = 0.98;
constexpr double k_same_type_and_frame = 0.9;
constexpr double k_same_frame = 0.6;
constexpr double k_same_type = 0.35;
constexpr double k_nothing_alike = 0.05;
constexpr double k_plain_failure = 0.9;  // "exit code N": says that it failed, not how

constexpr double k_surely_target = 0.75;
constexpr double k_surely_foreign = 0.25;

// What is compared of a crash: its first report, or only a title ("SIGSEGV", "exit code 1", "timed out").
struct Face {
  std::string_view title;
  const CrashReport* report = nullptr;
};

bool is_plain_failure(std::string_view title) { return title.starts_with("exit code "); }

std::vector<Face> faces_of(const RunRecord& run) {
  std::vector<Face> faces;
  for (const CrashReport& report : run.reports)
    if (!report.suppressed) faces.push_back({report.title, &report});
  if (!faces.empty()) return faces;
  if (const auto kind = kind_of(run.outcome); kind == model::OutcomeKind::crashed)
    faces.push_back({text_of(run.outcome), nullptr});
  else if (kind == model::OutcomeKind::timed_out)
    faces.push_back({"timed out", nullptr});
  return faces;
}

bool share_a_title(const Face& a, const Face& b) {
  if (a.title == b.title) return true;
  if (!a.report || !b.report) return false;
  const auto names = [](const CrashReport& r, std::string_view title) {
    return std::ranges::find(r.alt_titles, title) != r.alt_titles.end();
  };
  if (names(*a.report, b.title) || names(*b.report, a.title)) return true;
  return std::ranges::any_of(a.report->alt_titles, [&](const std::string& t) { return names(*b.report, t); });
}

double likeness(const Face& a, const Face& b) {
  if (share_a_title(a, b)) return k_same_title;
  if (is_plain_failure(a.title) || is_plain_failure(b.title)) return k_plain_failure;
  if (!a.report || !b.report) return k_nothing_alike;
  const bool same_type =
      a.report->type == b.report->type && a.report->type != "UNKNOWN" && !a.report->type.empty();
  const bool same_frame = a.report->frame == b.report->frame && !a.report->frame.empty();
  if (same_type && same_frame) return k_same_type_and_frame;
  if (same_frame) return k_same_frame;
  return same_type ? k_same_type : k_nothing_alike;
}

}  // namespace

void assess(std::vector<RunRecord>& runs, const model::CommitId& start) {
  std::vector<Face> target;
  for (const RunRecord& run : runs)
    if (run.commit == start)
      for (const Face& face : faces_of(run)) target.push_back(face);

  for (RunRecord& run : runs) {
    run.p_target = 0;
    for (const Face& face : faces_of(run))
      for (const Face& known : target) run.p_target = std::max(run.p_target, likeness(face, known));
    run.identity = run.p_target >= k_surely_target    ? model::Identity::target
                   : run.p_target <= k_surely_foreign ? model::Identity::foreign
                                                      : model::Identity::unknown;
  }
}

}  // namespace culprit::identity
