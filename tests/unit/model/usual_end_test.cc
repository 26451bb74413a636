#include "model/usual_end.h"

#include <gtest/gtest.h>

#include "model/run/report.h"
#include "model/run_says.h"

namespace culprit::model {
namespace {

const CommitId k_start = *CommitId::from_hex(std::string(40, 'a'));
const CommitId k_other = *CommitId::from_hex(std::string(40, 'b'));

RunRecord run_of(const CommitId& commit, std::string end, bool crashed = false) {
  RunRecord run;
  run.commit = commit;
  run.completed = is_regular_end(end);
  run.outcome = Ok{};
  if (end == k_time_limit) run.outcome = TimedOut{};
  if (crashed) {
    run.outcome = Crashed{"possible deadlock in drain"};
    run.reports.emplace_back().title = "possible deadlock in drain";
    run.p_target = 1;
  }
  run.end = std::move(end);
  return run;
}

std::vector<bool> completed(std::vector<RunRecord> runs) {
  accept_usual_end(runs, k_start);
  std::vector<bool> out;
  for (const RunRecord& run : runs) out.push_back(run.completed);
  return out;
}
using Bools = std::vector<bool>;

TEST(UsualEnd, ASignalThatEndsTheStartsRunsIsTheirEnd) {
  const std::vector<RunRecord> runs = {run_of(k_start, "SIGSEGV", true), run_of(k_start, "SIGSEGV", true),
                                       run_of(k_other, "SIGSEGV"), run_of(k_other, "SIGBUS")};
  EXPECT_EQ(usual_end(runs, k_start), "SIGSEGV");
  EXPECT_EQ(completed(runs), (Bools{true, true, true, false}));
  EXPECT_EQ(told_of_ends(runs, k_start),
            "the reproducer ends with SIGSEGV in run after run: that counts as its end");
}

TEST(UsualEnd, ATimeLimitIsTheEndWhereTheStartEndsThere) {
  const std::vector<RunRecord> runs = {run_of(k_start, "time limit", true), run_of(k_other, "time limit")};
  EXPECT_EQ(completed(runs), (Bools{true, true}));
  EXPECT_NE(told_of_ends(runs, k_start)->find("`endless = true`"), std::string::npos);
}

TEST(UsualEnd, WhatOnlyTheBugDoesIsNoEnd) {
  // The deadlock that lockdep foretells happens at the start: elsewhere the reproducer exits.
  EXPECT_EQ(completed({run_of(k_start, "time limit", true), run_of(k_other, "exit code 0"),
                       run_of(k_other, "exit code 0"), run_of(k_other, "time limit")}),
            (Bools{false, true, true, false}));
}

TEST(UsualEnd, AnotherSignalThanTheStartsIsNoEnd) {
  EXPECT_EQ(completed({run_of(k_start, "exit code 0", true), run_of(k_other, "SIGSEGV")}),
            (Bools{true, false}));
}

TEST(UsualEnd, WhereTheKernelDiesAtTheStartTheOthersTell) {
  EXPECT_EQ(completed({run_of(k_start, "", true), run_of(k_other, "SIGABRT"), run_of(k_other, "SIGABRT")}),
            (Bools{false, true, true}));
  const std::vector<RunRecord> hangs = {run_of(k_start, "", true), run_of(k_other, "time limit")};
  EXPECT_EQ(completed(hangs), (Bools{false, false})) << "it may not have got to its work";
  EXPECT_NE(told_of_ends(hangs, k_start)->find("`endless = true`"), std::string::npos);
}

TEST(UsualEnd, IsWorkedOutAnewFromWhatIsKnown) {
  std::vector<RunRecord> runs = {run_of(k_start, "SIGSEGV", true), run_of(k_other, "SIGSEGV")};
  accept_usual_end(runs, k_start);
  runs.push_back(run_of(k_other, "exit code 0"));
  runs.push_back(run_of(k_other, "exit code 0"));
  EXPECT_EQ(completed(runs), (Bools{false, false, true, true}));
}

TEST(UsualEnd, WithoutOneThereIsNothingToTell) {
  EXPECT_EQ(told_of_ends({}, k_start), std::nullopt);
  EXPECT_EQ(told_of_ends({run_of(k_start, "exit code 1", true), run_of(k_other, "exit code 0")}, k_start),
            std::nullopt);
  RunRecord program = run_of(k_start, "");
  program.completed = true;
  EXPECT_EQ(completed({program}), Bools{true}) << "of a program nothing is known, nothing is changed";
}

TEST(UsualEnd, ARunThatASignalCutOffSaysNothing) {
  RunRecord run = run_of(k_other, "SIGSEGV");
  EXPECT_EQ(what_says(run), RunSays::unfinished);
  run.completed = true;
  EXPECT_EQ(what_says(run), RunSays::quiet);
}

}  // namespace
}  // namespace culprit::model
