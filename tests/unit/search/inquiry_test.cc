// What is asked before and after a search, and the words in which it ends there.
#include "search/evidence/inquiry.h"

#include <gtest/gtest.h>

#include "tests/unit/search/evidence_builder.h"

namespace culprit::search::testing {
namespace {

using model::ResultKind;
using model::UserVerdict;
using model::Verdict;

// Twenty commits: 19 is bad and "v19", 5 is good and "v5".
model::Problem plain() {
  model::Problem problem = between(5, 19);
  problem.releases = {{"v19", id_of(19)}, {"v5", id_of(5)}};
  return problem;
}
model::Problem fix() {
  model::Problem problem = plain();
  problem.goal = model::Goal::fix;
  problem.start = id_of(5);
  problem.head = id_of(19);
  problem.good.clear();
  return problem;
}

struct Asked {
  model::CommitGraph graph;
  model::Problem problem;
  Facts facts;
  Ancestry ancestry;
  Inquiry inquiry;

  explicit Asked(Facts f, model::Problem p = plain(), model::CommitGraph g = line_of(20))
      : graph(std::move(g)),
        problem(std::move(p)),
        facts(std::move(f)),
        ancestry(graph, tips_of(graph, problem)),
        inquiry(graph, problem, ancestry, facts.evidence, 10, 8) {}
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;
  Inquiry* operator->() { return &inquiry; }
  NodeIndex node(int commit) const { return *graph.find(id_of(commit)); }
};

// "build and run 19 x10 (start, v19)", "wait", "settled", or "kind at commit: the explanation".
std::string words_of(const Inquiry::Answer& answer) {
  if (!answer) return "settled";
  if (answer->conclusion) {
    const model::Conclusion& c = *answer->conclusion;
    return std::string(name_of(c.kind)) + " at " + std::to_string(number_of(*c.tested)) + ": " +
           c.explanation;
  }
  if (answer->experiments.empty()) return "wait";
  std::string out;
  for (const model::Experiment& e : answer->experiments)
    out += (out.empty() ? "" : "; ") + std::to_string(number_of(e.commit)) + " x" + std::to_string(e.runs) +
           " (" + e.stage + (e.label.empty() ? "" : ", " + e.label) + ": " + e.reason + ")";
  return out;
}

TEST(Inquiry, TheStartIsTriedFirst) {
  Asked asked{Facts()};
  const auto answer = asked->check_start();
  EXPECT_EQ(words_of(answer), "19 x10 (start, v19: does the bug show where it was seen?)");
  EXPECT_EQ(answer->experiments[0].cost, 360 + 10 * 48) << "a build and ten runs, by the usual durations";
  EXPECT_EQ(answer->standing.bad_end, id_of(19));
}

TEST(Inquiry, NoMoreIsAskedThanABatch) {
  Asked none{Facts()}, two{Facts().pending(19, 2)}, three{Facts().pending(19, 3)};
  for (Asked* asked : {&none, &two, &three}) (*asked)->set_batch(3);
  EXPECT_EQ(none->check_start()->experiments[0].runs, 3);
  EXPECT_EQ(two->check_start()->experiments[0].runs, 1);
  EXPECT_EQ(words_of(three->check_start()), "wait");
}

TEST(Inquiry, WhileItIsBuiltNothingIsAskedTwice) {
  EXPECT_EQ(words_of(Asked { Facts().pending(19, 4, true) } -> check_start()), "wait");
}

// The build may tell by its signature that there is nothing to run.
TEST(Inquiry, WhereBinariesHaveSignaturesTheBuildComesFirst) {
  const Facts facts = Facts().built(5, "s");
  EXPECT_EQ(Asked { facts } -> check_start()->experiments[0].runs, 0);
  Asked built{Facts(facts).built(19, "t")};
  EXPECT_EQ(built->check_start()->experiments[0].runs, 10);
  EXPECT_EQ(built->check_start()->experiments[0].cost, 10 * 48);
}

TEST(Inquiry, AStartThatDoesNotCrashEndsTheSearch) {
  EXPECT_EQ(words_of(Asked { Facts().built(19).shown(19, 1) } -> check_start()), "settled");
  EXPECT_EQ(words_of(Asked { Facts().built(19).quiet(19, 10) } -> check_start()),
            "5 x8 (end, v5: it does not show at the bad end: does it at the good one?)");
  EXPECT_EQ(words_of(Asked { Facts().built(19).quiet(19, 10).built(5).quiet(5, 10) } -> check_start()),
            "not_reproduced at 19: The bug does not reproduce at v19: 10 OK.");
  EXPECT_EQ(words_of(Asked { Facts().broken(19) } -> check_start()),
            "not_reproduced at 19: The bug cannot be tested at v19: does not build.");
}

TEST(Inquiry, AMachineThatFailsAtAnEndEndsTheSearch) {
  EXPECT_EQ(
      words_of(Asked { Facts().built(19).lost(19, 23) } -> check_start()),
      "infrastructure at 19: The machine failed in most runs at 1 of the 1 revisions tried, v19 the last of "
      "them: 23 lost to the machine. Nothing is lost; resume when the machine works.");
}

TEST(Inquiry, InTheMiddleItMustFailThriceAndAtMostRevisions) {
  const auto settle10 = [](const Facts& facts) {
    Asked asked{facts};
    return asked->settle(asked.node(10), "bisect", "");
  };
  Facts facts = Facts().built(10).lost(10, 19).built(11).lost(11, 19);
  EXPECT_EQ(words_of(settle10(facts)), "settled");
  facts.built(12).lost(12, 19);
  ASSERT_TRUE(settle10(facts));
  EXPECT_EQ(settle10(facts)->conclusion->kind, ResultKind::infrastructure);
  for (const int commit : {1, 2, 3, 4}) facts.built(commit).quiet(commit, 8);
  EXPECT_EQ(words_of(settle10(facts)), "settled") << "the machine works elsewhere";
}

TEST(Inquiry, AGoodEndIsTried) {
  EXPECT_EQ(words_of(Asked { Facts() } -> check_good_ends(true)),
            "5 x8 (end, v5: is the revision named good free of the bug?)");
  EXPECT_EQ(words_of(Asked { Facts().built(5).quiet(5, 8) } -> check_good_ends(true)), "settled");
}

TEST(Inquiry, AGoodEndThatCrashesIsToldToWhoWantsToKnow) {
  const Facts facts = Facts().built(5).quiet(5, 2).shown(5, 1);
  EXPECT_EQ(words_of(Asked { facts } -> check_good_ends(true)),
            "good_end_crashes at 5: v5 was named good, but the bug shows there: 1 showed the bug, 2 OK.");
  EXPECT_EQ(words_of(Asked { facts } -> check_good_ends(false)), "settled");
}

TEST(Inquiry, AGoodEndThatCannotBeTestedIsTrusted) {
  Asked asked{Facts().broken(5)};
  EXPECT_EQ(words_of(asked->check_good_ends(true)), "settled");
  EXPECT_EQ(asked->trusted(), Nodes{asked.node(5)});
  model::Conclusion conclusion{.explanation = "Found."};
  asked->describe(asked.node(10), conclusion);
  EXPECT_EQ(conclusion.explanation, "Found. v5 could not be tested and is taken for good, as named.");
}

TEST(Inquiry, WhatIsOnTheSkipListIsJudgedByWhatIsKnownAlready) {
  model::Problem problem = plain();
  problem.skip = {id_of(10)};
  Asked nothing(Facts(), problem), ran(Facts().built(10).quiet(10, 8), problem),
      spoken(Facts().said(10, UserVerdict::bad), problem);
  EXPECT_TRUE(nothing->judge(10).decided);
  EXPECT_EQ(nothing->judge(10).why, "on the skip list");
  EXPECT_EQ(ran->judge(10).verdict, Verdict::good);
  EXPECT_EQ(spoken->judge(10).verdict, Verdict::bad);
}

// 1 - 2 - 3 is the line to the start, 4 beside it on 2 is named good.
struct GoodOnTheSide : Asked {
  explicit GoodOnTheSide(const Facts& known)
      : Asked(known, problem_of_it(), graph_of({{1, {}}, {2, {1}}, {3, {2}}, {4, {2}}})) {}
  static model::Problem problem_of_it() {
    model::Problem problem = between(4, 3);
    for (const int commit : {3, 2, 1})
      problem.releases.push_back({"v" + std::to_string(commit), id_of(commit)});
    problem.releases.push_back({"good", id_of(4)});
    return problem;
  }
};

TEST(Inquiry, BesideTheLineTheMergeBaseIsAsked) {
  EXPECT_EQ(
      words_of(GoodOnTheSide(Facts())->check_good_ends(true)),
      "2 x8 (merge-base, v2: good, named good, is not an ancestor of v3: is their merge base free of the "
      "bug?)");
  EXPECT_EQ(
      words_of(GoodOnTheSide(Facts().broken(2))->check_good_ends(true)),
      "inconclusive at 2: good, named good, is not an ancestor of v3, and their merge base v2 cannot be "
      "tested (does not build).");
  GoodOnTheSide free(Facts().built(2).quiet(2, 8));
  EXPECT_EQ(words_of(free->check_good_ends(true)), "settled");
  model::Conclusion conclusion;
  free->describe(free.node(3), conclusion);
  EXPECT_EQ(conclusion.explanation,
            " good, named good, is not an ancestor of v3; their merge base v2 is free of it.");
}

TEST(Inquiry, AMergeBaseThatCrashesMeansAFixBesideTheLine) {
  const Facts facts = Facts().built(2).shown(2, 3);
  EXPECT_EQ(words_of(GoodOnTheSide(facts)->check_good_ends(true)),
            "4 x8 (end, good: the merge base has the bug: is the revision named good free of it?)");
  const auto answer = GoodOnTheSide(Facts(facts).built(4).quiet(4, 8))->check_good_ends(true);
  EXPECT_EQ(
      words_of(answer),
      "horizon at 2: good, named good, is not an ancestor of v3, and their merge base v2 has the bug already "
      "(3 showed the bug): the bug was fixed between v2 and good, and its cause is older.");
  EXPECT_EQ(answer->conclusion->next_steps,
            (std::vector<std::string>{"search the cause before v2: give an older --good",
                                      "search the fix: --fix from v2 to good"}));
  EXPECT_EQ(words_of(GoodOnTheSide(Facts(facts).built(4).shown(4, 1))->check_good_ends(false)),
            "good_end_crashes at 4: good was named good, but the bug shows there: 1 showed the bug.");
}

TEST(Inquiry, WithoutCommonHistoryThereIsNoPath) {
  model::Problem problem = between(3, 2);
  problem.releases = {{"v2", id_of(2)}, {"v3", id_of(3)}};
  EXPECT_EQ(
      words_of(Asked(Facts(), problem, graph_of({{1, {}}, {2, {1}}, {3, {}}}))->check_good_ends(true)),
      "inconclusive at 3: v3, named good, and v2 have no common history: there is no path between them.");
}

TEST(Inquiry, AHeadThatCrashesHasNoFix) {
  EXPECT_EQ(words_of(Asked(Facts(), fix())->check_head()),
            "19 x8 (end, v19: is the newest revision free of the bug?)");
  EXPECT_EQ(words_of(Asked(Facts().built(19).shown(19, 1), fix())->check_head()),
            "good_end_crashes at 19: v19 still has the bug (1 showed the bug): there is no fix yet.");
  EXPECT_EQ(words_of(Asked(Facts().broken(19), fix())->check_head()),
            "inconclusive at 19: v19 cannot be tested (does not build), so it is not known to be fixed.");
  EXPECT_EQ(words_of(Asked(Facts().built(19).quiet(19, 8), fix())->check_head()), "settled");
}

// The fix is sought on 1 - 2 - 3; the bug was seen on 4, beside it on 2.
TEST(Inquiry, AStartOnAnotherTreeIsComparedWhereTheTwoPart) {
  const auto graph = [] { return graph_of({{1, {}}, {2, {1}}, {3, {2}}, {4, {2}}}); };
  model::Problem problem{.goal = model::Goal::fix, .start = id_of(4), .head = id_of(3)};
  problem.releases = {{"v3", id_of(3)}, {"v2", id_of(2)}, {"other", id_of(4)}};
  EXPECT_EQ(words_of(Asked(Facts(), problem, graph())->check_fix_base()),
            "2 x8 (merge-base, v2: the start is not in the head's history: does the bug show where the two "
            "part?)");
  EXPECT_EQ(words_of(Asked(Facts().built(2).shown(2, 1), problem, graph())->check_fix_base()), "settled");
  EXPECT_EQ(words_of(Asked(Facts().built(2).quiet(2, 8), problem, graph())->check_fix_base()),
            "not_reproduced at 2: other is not in the history of v3, and their merge base v2 is free of it: "
            "the bug is only in the other tree, which v3 never contained.");
  EXPECT_EQ(
      words_of(Asked(Facts().broken(2), problem, graph())->check_fix_base()),
      "inconclusive at 2: other is not in the history of v3, and their merge base v2 cannot be tested (does "
      "not build).");
  EXPECT_EQ(words_of(Asked(Facts(), fix())->check_fix_base()), "settled") << "one line";
}

TEST(Inquiry, TheCulpritsParentIsBuiltToSeeWhetherTheBinaryChanges) {
  const Facts facts = Facts().built(10, "s").shown(10, 1);
  Asked asked{facts};
  EXPECT_EQ(words_of(asked->build_parents(10)), "9 x0 (parent: does 000000000000 change the binary?)");
  EXPECT_EQ(words_of(Asked { Facts(facts).pending(9, 0, true) } -> build_parents(10)), "wait");
  EXPECT_EQ(words_of(Asked { Facts(facts).built(9, "t") } -> build_parents(10)), "settled");
  EXPECT_EQ(words_of(Asked { Facts(facts).broken(9) } -> build_parents(10)), "settled");
  EXPECT_EQ(words_of(Asked { Facts(facts).lost_build(9, 1) } -> build_parents(10)), "settled");
  EXPECT_EQ(words_of(Asked { Facts().built(10).shown(10, 1) } -> build_parents(10)), "settled")
      << "no signatures";
  model::Problem problem = plain();
  problem.skip = {id_of(9)};
  EXPECT_EQ(words_of(Asked(facts, problem)->build_parents(10)), "settled");
}

TEST(Inquiry, ACulpritIsDescribedByItsParents) {
  Asked asked{Facts().built(10, "s").shown(10, 1).built(9, "t").quiet(9, 8)};
  model::Conclusion conclusion;
  asked->describe(10, conclusion);
  EXPECT_EQ(conclusion.tested, id_of(10));
  EXPECT_EQ(conclusion.last_good, id_of(9));
  EXPECT_FALSE(conclusion.no_op);
  EXPECT_FALSE(conclusion.is_release);
  EXPECT_EQ(conclusion.explanation, "");
  // Where the parent is not known, the newest good revision below.
  Asked gap{Facts().built(10).shown(10, 1).built(3).quiet(3, 8).built(7).quiet(7, 8).broken(9)};
  model::Conclusion other;
  gap->describe(10, other);
  EXPECT_EQ(other.last_good, id_of(7));
}

TEST(Inquiry, ACulpritThatChangesNothingIsTold) {
  Asked asked{Facts().built(5, "s").shown(5, 1).built(4, "s")};
  model::Conclusion conclusion;
  asked->describe(5, conclusion);
  EXPECT_TRUE(conclusion.no_op);
  EXPECT_TRUE(conclusion.is_release);
  EXPECT_EQ(conclusion.explanation,
            " Its binary equals its parent's: the difference lies outside the binary, or the bug is flaky.");
  EXPECT_EQ(conclusion.next_steps, std::vector<std::string>{"run the commit and its parent more often"});
}

TEST(Inquiry, CandidatesShareTheProbability) {
  Asked asked{Facts()};
  const auto decision = asked->inconclusive("Why.", 10, {8, 9, 10, 11});
  EXPECT_EQ(decision.conclusion->kind, ResultKind::inconclusive);
  EXPECT_EQ(decision.conclusion->probability, 1);
  ASSERT_EQ(decision.conclusion->candidates.size(), 4U);
  EXPECT_EQ(decision.conclusion->candidates[0].probability, 0.25);
  EXPECT_EQ(asked->inconclusive("Why.", 10, {}).conclusion->probability, 0);
}

TEST(Inquiry, TheTipThatIsSearchedComesFirst) {
  const auto graph = line_of(20);
  EXPECT_EQ(tips_of(graph, plain()), (Nodes{19, 5}));
  EXPECT_EQ(tips_of(graph, fix()), (Nodes{19, 5}));
}

}  // namespace
}  // namespace culprit::search::testing
