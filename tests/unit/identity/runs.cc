#include "tests/unit/identity/runs.h"

#include "identity/looks/kinds.h"

namespace culprit::identity::testing {

model::CommitId commit(int number) {
  std::string hex = std::to_string(number);
  hex.insert(0, 40 - hex.size(), '0');
  return *model::CommitId::from_hex(hex);
}

model::RunRecord ok(int commit_number) {
  model::RunRecord run;
  run.commit = commit(commit_number);
  run.outcome = model::Ok{};
  run.completed = true;
  return run;
}

model::RunRecord crash(int commit_number, const std::string& title) {
  model::RunRecord run;
  run.commit = commit(commit_number);
  run.outcome = model::Crashed{title};
  return run;
}

model::RunRecord reported(int commit_number, std::vector<model::CrashReport> reports, bool completed) {
  model::RunRecord run = crash(commit_number, reports.front().title);
  run.reports = std::move(reports);
  run.completed = completed;
  return run;
}

model::RunRecord boot_failed(int commit_number, const std::string& title) {
  model::RunRecord run;
  run.commit = commit(commit_number);
  run.outcome = model::BootFailed{title};
  return run;
}

model::RunRecord infra(int commit_number) {
  model::RunRecord run;
  run.commit = commit(commit_number);
  run.outcome = model::Infra{"the disk went away"};
  return run;
}

model::CrashReport report(const std::string& title) {
  model::CrashReport report;
  report.title = title;
  report.frame = parse_title(title).function;
  return report;
}

model::CrashReport lockdep(const std::string& title, model::LockdepKind kind,
                           std::vector<std::string> classes) {
  model::CrashReport out = report(title);
  out.lockdep = model::LockdepInfo{.kind = kind, .classes = std::move(classes)};
  return out;
}

model::CrashReport with_stack(model::CrashReport report, const std::vector<std::string>& functions) {
  model::Stack stack;
  for (const std::string& function : functions) stack.frames.push_back({.function = function});
  report.stacks.push_back(std::move(stack));
  return report;
}

void add(std::vector<model::RunRecord>& runs, int count, const model::RunRecord& run) {
  for (int i = 0; i < count; ++i) {
    runs.push_back(run);
    runs.back().id = runs.size();
  }
}

double p_of(const std::vector<model::RunRecord>& runs, int commit_number, const std::string& title) {
  for (const model::RunRecord& run : runs)
    if (run.commit == commit(commit_number) && text_of(run.outcome) == title) return run.p_target;
  return -1;
}

}  // namespace culprit::identity::testing
