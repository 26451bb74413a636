#include "identity/looks/likeness.h"

#include <gtest/gtest.h>

#include "identity/looks/tuning.h"
#include "tests/unit/identity/runs.h"

namespace culprit::identity {
namespace {

using namespace testing;
using enum model::LockdepKind;

double p(const Face& a, const Face& b) { return probability_of(likeness(a, b).log_odds); }
double p(const char* a, const char* b) {
  return p(face_of(std::string_view(a)), face_of(std::string_view(b)));
}

TEST(Likeness, IsSymmetricAndBounded) {
  const char* titles[] = {"WARNING in foo",
                          "kernel BUG in foo",
                          "possible deadlock in foo_lock",
                          "KASAN: use-after-free Read in foo",
                          "exit code 1",
                          "SIGSEGV",
                          "no output from test machine",
                          "some new words",
                          ""};
  for (const char* a : titles)
    for (const char* b : titles) {
      EXPECT_DOUBLE_EQ(p(a, b), p(b, a)) << a << " / " << b;
      EXPECT_GT(p(a, b), 0.001);
      EXPECT_LT(p(a, b), 0.999);
    }
}

TEST(Likeness, TheSameTitleIsTheSameBugUnlessTheReportsDisagree) {
  const std::string title = "possible deadlock in rtnl_lock";
  const Face one = face_of(
      with_stack(lockdep(title, circular, {"rtnl_mutex", "&dev->lock"}), {"a_set", "a_ioctl", "a_top"}));
  const Face other =
      face_of(with_stack(lockdep(title, recursive, {"&q->lock"}), {"b_poll", "b_wake", "b_bottom"}));
  EXPECT_GT(p(title.c_str(), title.c_str()), 0.97);
  EXPECT_GT(p(one, one), 0.99);
  EXPECT_LT(p(one, other), 0.5);
}

TEST(Likeness, LocksTellDeadlocksApart) {
  const auto deadlock = [](const std::string& function, std::vector<std::string> classes) {
    return face_of(lockdep("possible deadlock in " + function, circular, std::move(classes)));
  };
  const Face known = deadlock("foo_mmap", {"&mm->mmap_sem", "&foo->lock"});
  EXPECT_GT(p(known, deadlock("bar_read", {"&mm->mmap_lock", "&foo->lock"})),
            p(known, deadlock("bar_read", {"&bar->lock", "&baz->lock"})) + 0.2);
}

TEST(Likeness, StacksBelowTheBlamedFrameAreCompared) {
  const auto warning = [](const std::string& function, std::vector<std::string> stack) {
    stack.insert(stack.begin(), function);
    return face_of(with_stack(report("WARNING in " + function), stack));
  };
  const Face known = warning("foo_check", {"foo_update", "foo_commit", "foo_ioctl", "foo_dispatch"});
  // Blamed on its caller, for the check was inlined there.
  EXPECT_GT(p(known, warning("foo_update", {"foo_commit", "foo_ioctl", "foo_dispatch"})), 0.5);
  EXPECT_LT(p(known, warning("bar_update", {"bar_commit", "bar_ioctl", "bar_dispatch"})), 0.05);
}

TEST(Likeness, ARenamedFunctionWithinTheStackIsNoDifference) {
  const auto crash = [](const std::vector<std::string>& stack) {
    return face_of(with_stack(report("general protection fault in foo_find"), stack));
  };
  const Face known = crash({"foo_find", "foo_resolve_path", "foo_open_file", "foo_top"});
  EXPECT_NEAR(p(known, crash({"foo_find", "foo_resolve_path.isra.0", "foo_open_file_checked", "foo_top"})),
              p(known, known), 0.01);
}

TEST(Likeness, CorruptedReportsAreComparedByTitleAlone) {
  model::CrashReport cut = with_stack(report("WARNING in foo_check"), {"x_a", "x_b", "x_c"});
  cut.corrupted = true;
  const Face known =
      face_of(with_stack(report("WARNING in foo_check"), {"foo_check", "foo_update", "foo_ioctl"}));
  EXPECT_GT(p(known, face_of(cut)), 0.97);
}

TEST(Likeness, AlternativeTitlesCount) {
  model::CrashReport stall = report("BUG: soft lockup in foo_poll");
  stall.alt_titles = {"stall in foo_poll"};
  model::CrashReport rcu = report("INFO: rcu detected stall in foo_poll");
  rcu.alt_titles = {"stall in foo_poll"};
  EXPECT_GT(p(face_of(stall), face_of(rcu)), 0.97);
}

TEST(Likeness, TwoWaysToEndAreTwoFailures) {
  EXPECT_LT(p("exit code 1", "exit code 2"), 0.05);
  EXPECT_LT(p("SIGSEGV", "exit code 1"), 0.05);
  EXPECT_LT(p("timed out", "exit code 1"), 0.05);
}

TEST(Likeness, AnExitCodeIsKnownByItsMessage) {
  EXPECT_LT(p("exit code 1: cannot connect to port N", "exit code 1: FATAL: table corrupt at row N"), 0.05);
  EXPECT_GT(p("exit code 1: FATAL: table is corrupt (row N)", "exit code 1: FATAL: table corrupt at row N"),
            0.9);
  EXPECT_GT(p("exit code 1", "exit code 1"), 0.98);
}

TEST(Likeness, ReasonsAddUpToTheLogOdds) {
  const Face a = face_of(with_stack(lockdep("possible deadlock in foo_lock", circular, {"&a->lock"}),
                                    {"foo_lock", "foo_b", "foo_c"}));
  const Face b = face_of(with_stack(lockdep("possible deadlock in foo_other", circular, {"&b->lock"}),
                                    {"foo_other", "foo_b", "foo_c"}));
  const Likeness got = likeness(a, b);
  double sum = k_prior;
  for (const Reason& reason : got.reasons) {
    sum += reason.weight;
    EXPECT_FALSE(reason.text.empty());
  }
  EXPECT_NEAR(sum, got.log_odds, 1e-9);
}

}  // namespace
}  // namespace culprit::identity
