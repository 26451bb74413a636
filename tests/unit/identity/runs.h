// Runs for tests, as an engine would have recorded them.
#pragma once

#include <string>
#include <vector>

#include "model/evidence.h"
#include "model/run/report.h"

namespace culprit::identity::testing {

// Commit 7 is 0000...0007.
model::CommitId commit(int number);

model::RunRecord ok(int commit_number);
// A crash of which only the title is known.
model::RunRecord crash(int commit_number, const std::string& title);
// A run with these reports; `completed` if it went on to its end.
model::RunRecord reported(int commit_number, std::vector<model::CrashReport> reports, bool completed = false);
model::RunRecord boot_failed(int commit_number, const std::string& title);
model::RunRecord infra(int commit_number);

// A report with its title, type and blamed function only.
model::CrashReport report(const std::string& title);
// A report of the lock validator.
model::CrashReport lockdep(const std::string& title, model::LockdepKind kind,
                           std::vector<std::string> classes);
// The same report with a crash stack, innermost first.
model::CrashReport with_stack(model::CrashReport report, const std::vector<std::string>& functions);

// `count` times `run`, appended.
void add(std::vector<model::RunRecord>& runs, int count, const model::RunRecord& run);

// p_target of the first run of `commit_number` whose first title is `title`; -1 where there is none.
double p_of(const std::vector<model::RunRecord>& runs, int commit_number, const std::string& title);

}  // namespace culprit::identity::testing
