// Evidence in the form that a posterior takes.
#include "search/belief/findings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/unit/search/evidence_builder.h"

namespace culprit::search::testing {
namespace {

using model::UserVerdict;

const model::CommitGraph& the_graph() {
  static const model::CommitGraph line = line_of(20);
  return line;
}

// The observation of one commit, out of all.
struct Seen {
  bool any = false;
  int quiet = 0, certain = 0;
  std::size_t binary = 0;
  double for_culprit = 0;  // ln of how much more likely a word is if the revision holds it
  double exposed = 1;
};
Seen seen(const Scene& s, int commit) {
  const auto i = s.findings.find(s.node(commit));
  if (!i) return {};
  const Observation& o = s.findings.observations[*i];
  return {.any = true,
          .quiet = s.findings.runs.quiet[*i],
          .certain = s.findings.runs.certain[*i],
          .binary = o.binary,
          .for_culprit = o.log_positive - o.log_negative,
          .exposed = o.exposed};
}
int crashes(const Scene& s, int commit, std::size_t title) {
  return s.findings.runs.open.at(title).crashes.at(*s.findings.find(s.node(commit)));
}

TEST(Findings, RunsAreQuietOrTheBugOrOpenOrSayNothing) {
  const Scene s(the_graph(), between(0, 19),
                Facts()
                    .built(10)
                    .quiet(10, 3)
                    .shown(10, 2)
                    .crashed(10, 4, 0.6, "maybe")
                    .foreign(10, 5)
                    .no_boot(10, 6)
                    .lost(10, 7));
  EXPECT_EQ(seen(s, 10).quiet, 3);
  EXPECT_EQ(seen(s, 10).certain, 2);
  ASSERT_EQ(s.findings.runs.open.size(), 1U);
  EXPECT_EQ(s.findings.runs.open[0].title, "maybe");
  EXPECT_EQ(crashes(s, 10, 0), 4);
  EXPECT_NEAR(s.findings.runs.open[0].prior, 0.6, 1e-12);
  EXPECT_NEAR(s.findings.runs.open[0].believed, 0.6, 1e-12);
}

TEST(Findings, AForeignCrashThatTheRunOutlivesIsQuiet) {
  Facts facts = Facts().built(10).foreign(10, 1);
  facts.last_run().completed = true;
  EXPECT_EQ(seen(Scene(the_graph(), between(0, 19), facts), 10).quiet, 1);
}

// By its looks it may be the bug, though by where it shows it is not believed to be.
TEST(Findings, LooksAreThePriorAndTheWholeIsTheBelief) {
  Facts facts = Facts().built(10).crashed(10, 1, 0.05, "renamed");
  facts.last_run().p_alike = 0.7;
  const Scene s(the_graph(), between(0, 19), facts);
  ASSERT_EQ(s.findings.runs.open.size(), 1U);
  EXPECT_NEAR(s.findings.runs.open[0].prior, 0.7, 1e-12);
  EXPECT_NEAR(s.findings.runs.open[0].believed, 0.05, 1e-12);
}

TEST(Findings, TitlesStandInTheirOrderWhateverWasSeenFirst) {
  const Scene s(
      the_graph(), between(0, 19),
      Facts().built(10).crashed(10, 1, 0.5, "b").built(12).crashed(12, 2, 0.5, "a").crashed(12, 3, 0.5, "b"));
  ASSERT_EQ(s.findings.runs.open.size(), 2U);
  EXPECT_EQ(s.findings.runs.open[0].title, "a");
  EXPECT_EQ(crashes(s, 10, 0), 0);
  EXPECT_EQ(crashes(s, 12, 0), 2);
  EXPECT_EQ(crashes(s, 10, 1), 1);
  EXPECT_EQ(crashes(s, 12, 1), 3);
}

TEST(Findings, EqualBinariesAreOne) {
  const Scene s(the_graph(), between(0, 19), Facts().built(10, "s").built(11, "s").built(12, "t"));
  EXPECT_EQ(seen(s, 10).binary, seen(s, 11).binary);
  EXPECT_NE(seen(s, 10).binary, seen(s, 12).binary);
  EXPECT_NE(seen(s, 0).binary, seen(s, 10).binary) << "the good end, which was not built";
}

TEST(Findings, TheGoodEndIsTakenOnTrust) {
  const Scene s(the_graph(), between(3, 19), Facts());
  EXPECT_NEAR(seen(s, 3).for_culprit, std::log(0.002 / 0.998), 1e-9);
  EXPECT_FALSE(seen(s, 10).any);
}

TEST(Findings, APersonsWordsAreWeighedAgainstEachOther) {
  const Scene s(the_graph(), between(0, 19),
                Facts()
                    .said(10, UserVerdict::bad)
                    .said(8, UserVerdict::good)
                    .said(9, UserVerdict::good)
                    .said(9, UserVerdict::bad)
                    .said(7, UserVerdict::good, 2)
                    .said(6, UserVerdict::skip));
  EXPECT_GT(seen(s, 10).for_culprit, 5);
  EXPECT_LT(seen(s, 8).for_culprit, -5);
  EXPECT_EQ(seen(s, 9).for_culprit, 0);
  EXPECT_NEAR(seen(s, 7).for_culprit, 2 * seen(s, 8).for_culprit, 1e-9);
  EXPECT_FALSE(seen(s, 6).any);
}

TEST(Findings, OnlyWhatIsBehindTheStartTells) {
  const Scene s(the_graph(), between(0, 15),
                Facts().built(16).quiet(16, 3).built(14).quiet(14, 2).broken(13));
  EXPECT_FALSE(seen(s, 16).any);
  EXPECT_TRUE(seen(s, 14).any);
  EXPECT_FALSE(seen(s, 13).any) << "a broken build says nothing";
}

TEST(Findings, WhatIsAboutToBeBuiltHasItsPlace) {
  const Scene s(the_graph(), between(0, 19), Facts().built(10), {12, 10});
  EXPECT_TRUE(seen(s, 12).any);
  EXPECT_EQ(std::ranges::count(s.findings.nodes, s.node(10)), 1);
  EXPECT_EQ(s.findings.nodes.size(), s.findings.observations.size());
  EXPECT_EQ(s.findings.nodes.size(), s.findings.runs.quiet.size());
}

// The fix is sought on 1 - 2 - 3 - 6; 4 - 5 is a branch from 1 that 6 merges; the bug is known on 2.
struct SideBranch : Scene {
  explicit SideBranch(const Facts& known)
      : Scene(history(), {.goal = model::Goal::fix, .start = id_of(2), .head = id_of(6)}, known) {}
  static const model::CommitGraph& history() {
    static const model::CommitGraph made =
        graph_of({{1, {}}, {2, {1}}, {3, {2}}, {4, {1}}, {5, {4}}, {6, {3, 5}}});
    return made;
  }
};

TEST(Findings, BesideTheStartABugMayNeverHaveBeen) {
  const Facts facts = Facts().built(5).quiet(5, 10).built(3).quiet(3, 10).built(2).shown(2, 10);
  const SideBranch unknown(facts), never(Facts(facts).built(1).quiet(1, 10)),
      had(Facts(facts).built(4).shown(4, 1));
  EXPECT_EQ(seen(unknown, 3).exposed, 1) << "contains the start";
  EXPECT_EQ(seen(unknown, 5).exposed, 0.5);
  EXPECT_EQ(seen(never, 5).exposed, 0.01);
  EXPECT_EQ(seen(had, 5).exposed, 1);
  EXPECT_TRUE(contains_crash(unknown.inquiry, unknown.node(3)));
  EXPECT_FALSE(contains_crash(unknown.inquiry, unknown.node(5)));
  EXPECT_TRUE(contains_crash(had.inquiry, had.node(5)));
  EXPECT_TRUE(never_had_it(never.inquiry, never.node(5)));
  EXPECT_FALSE(never_had_it(unknown.inquiry, unknown.node(5)));
}

TEST(Findings, BeforeTheStartOnlyACrashTellsOfAFix) {
  const Scene quiet(the_graph(), {.goal = model::Goal::fix, .start = id_of(5), .head = id_of(19)},
                    Facts().built(2).quiet(2, 10).built(3).shown(3, 1));
  EXPECT_FALSE(seen(quiet, 2).any) << "it may be older than the bug";
  EXPECT_TRUE(seen(quiet, 3).any);
}

}  // namespace
}  // namespace culprit::search::testing
