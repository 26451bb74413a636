// What Slurm says of a job.

#include "service/work/slurm.h"

#include <gtest/gtest.h>

namespace culprit::service {
namespace {

TEST(Slurm, TheStateIsReadFromALineOfScontrol) {
  EXPECT_EQ(state_in("JobId=7 JobName=culprit-1 UserId=root(0) Priority=1 JobState=NODE_FAIL Reason=None\n"),
            "NODE_FAIL");
  EXPECT_EQ(state_in("JobState=RUNNING\n"), "RUNNING");
  EXPECT_EQ(state_in("slurm_load_jobs error: Invalid job id specified\n"), "");
}

TEST(Slurm, AJobThatMayRunOnIsNotOver) {
  for (const char* state : {"PENDING", "RUNNING", "COMPLETING", "SUSPENDED", "CONFIGURING", ""})
    EXPECT_FALSE(is_over(state)) << state;
  for (const char* state : {"COMPLETED", "PREEMPTED", "NODE_FAIL", "TIMEOUT", "CANCELLED", "OUT_OF_MEMORY"})
    EXPECT_TRUE(is_over(state)) << state;
}

}  // namespace
}  // namespace culprit::service
