#include "study/tests.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/files.h"
#include "base/strings.h"
#include "identity/identity.h"
#include "model/run/report.h"
#include "model/usual_end.h"
#include "search/evidence/tally.h"

namespace culprit::study {
namespace {

constexpr std::string_view k_test_prefix = "test:";

// What a builder is told.
std::string inner_of(const std::string& variant) {
  const auto test = test_variant_from_name(variant);
  return test ? test->variant : variant;
}

// Identity knows revisions and takes variants of the start for attempts to see past another bug. Here each is compared
// with the others in its own right.
model::CommitId own_revision(const model::RunRecord& run) {
  return *model::CommitId::from_hex(base::sha256(run.commit.hex() + "\n" + run.variant));
}

// Where the bug is known to show: the first run that failed as the user's words or `title` have it, else the first that
// failed at all. Null: none did.
const model::RunRecord* first_failure(const std::vector<model::RunRecord>& runs, const std::string& title) {
  const model::RunRecord* first = nullptr;
  const auto rank = [&](const model::RunRecord& run) {
    const model::OutcomeKind kind = kind_of(run.outcome);
    if (!title.empty()) return search::crash_title(run) == title ? 1 : 0;
    if (run.printed.told == model::Told::bug) return 3;
    if (run.printed.told == model::Told::other) return 0;
    return kind == model::OutcomeKind::crashed ? 2 : kind == model::OutcomeKind::timed_out ? 1 : 0;
  };
  for (const model::RunRecord& run : runs)
    if (rank(run) > 0 &&
        (first == nullptr || rank(run) > rank(*first) || (rank(run) == rank(*first) && run.id < first->id)))
      first = &run;
  return first;
}

// `runs` are those of one test.
void judge(std::vector<model::RunRecord>& runs, const std::string& title, identity::Memory& memory) {
  for (model::RunRecord& run : runs) {
    run.commit = own_revision(run);
    run.variant.clear();
  }
  const model::RunRecord* first = first_failure(runs, title);
  const model::CommitId start = first != nullptr ? first->commit : runs.front().commit;
  model::accept_usual_end(runs, start);
  if (first == nullptr && !title.empty()) {
    for (model::RunRecord& run : runs)
      run.p_target = 0, run.p_alike = 0, run.identity = model::Identity::foreign;
    return;
  }
  identity::Context context;
  context.title = title;
  identity::assess(runs, start, context, &memory);
}

}  // namespace

std::string name_of(const TestVariant& test) {
  return std::string(k_test_prefix) + test.key + "|" + test.variant;
}

std::optional<TestVariant> test_variant_from_name(std::string_view name) {
  const auto rest = base::strip_prefix(name, k_test_prefix);
  const std::size_t bar = rest ? rest->find('|') : std::string_view::npos;
  if (bar == std::string_view::npos) return std::nullopt;
  return TestVariant{std::string(rest->substr(0, bar)), std::string(rest->substr(bar + 1))};
}

base::Result<build::BuildProduct> TestedBuilder::build(const model::CommitId& commit,
                                                       const std::string& variant, int slot,
                                                       const base::CancelToken& cancel) {
  build::BuildProduct product = CULPRIT_TRY(m_inner.build(commit, inner_of(variant), slot, cancel));
  product.record.variant = variant;
  return product;
}

bool TestedBuilder::holds(const model::CommitId& commit, const std::string& variant, int slot) const {
  return m_inner.holds(commit, inner_of(variant), slot);
}

model::Evidence judged_by_test(const engine::Journal& journal, const std::string& title) {
  model::Evidence evidence = journal.evidence();
  std::map<std::string, std::vector<std::size_t>> by_test;
  for (std::size_t i = 0; i < evidence.runs.size(); ++i)
    if (const auto test = test_variant_from_name(evidence.runs[i].variant)) by_test[test->key].push_back(i);
  for (const auto& [key, places] : by_test) {
    std::vector<model::RunRecord> runs;
    for (const std::size_t i : places) runs.push_back(evidence.runs[i]);
    judge(runs, title, journal.memory());
    for (std::size_t n = 0; n < places.size(); ++n) {
      model::RunRecord& run = evidence.runs[places[n]];
      run.completed = runs[n].completed;
      run.p_target = runs[n].p_target;
      run.p_alike = runs[n].p_alike;
      run.identity = runs[n].identity;
    }
  }
  return evidence;
}

}  // namespace culprit::study
