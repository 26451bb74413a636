// Answers are checked before they are given: worlds in which something else than a commit decides, on one line of
// commits, under the whole of what is around a strategy.
#include "search/verification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "base/rng.h"
#include "model/run/report.h"
#include "model/run_says.h"
#include "search/check/controls.h"
#include "search/check/outage.h"
#include "search/strategy.h"
#include "tests/unit/search/evidence_builder.h"

namespace culprit::search::testing {
namespace {

struct Moment {
  int commit = 0;
  int run = 0;          // of the whole bisection, from 0
  int in_checkout = 0;  // since the revision was built last
  bool from_clean = false;
  bool taken_back = false;  // the commit that is named, on the start
  int which = -1;           // that commit
  int applied = -1;         // the commit that is applied to it
  int slot = 0;
  double at = 0;  // seconds since the beginning; a run takes a tenth
};
using Shows = std::function<bool(const Moment&)>;
// How surely a crash there is the bug; under another title where that is not certain.
using Looks = std::function<double(const Moment&)>;
using Slots =
    std::function<int(int commit)>;  // that a commit keeps to, where it is not asked to go elsewhere

struct Told {
  model::Conclusion conclusion;
  model::Evidence evidence;
  int runs = 0;
  int builds = 0;

  int culprit() const { return conclusion.culprit ? number_of(*conclusion.culprit) : -1; }
};

model::Problem problem_of(int commits) {
  model::Problem problem{.start = id_of(commits - 1), .good = {id_of(0)}};
  problem.verify = true;
  return problem;
}

// Bisects `graph`, one experiment at a time. Each visit to another revision is a build.
Told ask(const model::CommitGraph& graph, const model::Problem& problem, const Shows& shows,
         double seconds = 0.02, TakenBackBy taken_back_by = {}, const Slots& slots = {},
         const Looks& looks = {}) {
  Told told;
  const auto search = make_strategy("", graph, problem, std::move(taken_back_by));
  std::pair<model::CommitId, std::string> held;
  int in_checkout = 0;
  bool from_clean = false;
  double waited = 0;
  for (int step = 0; step < 3000; ++step) {
    told.evidence.gone.clear();
    for (const model::BuildRecord& build : told.evidence.builds)
      if (build.variant.empty() && held != std::pair(build.commit, build.variant))
        told.evidence.gone.push_back(build.commit);
    const model::Decision decision = (*search)->next(told.evidence);
    if (decision.conclusion) {
      told.conclusion = *decision.conclusion;
      return told;
    }
    if (decision.experiments.empty()) break;
    const model::Experiment& e = decision.experiments.front();
    const bool again = held == std::pair(e.commit, e.variant) && !e.from_clean;
    if (!again) {
      held = {e.commit, e.variant};
      in_checkout = 0;
      from_clean = e.from_clean;
      ++told.builds;
      told.evidence.builds.push_back(
          {.commit = e.commit, .variant = e.variant, .seconds = 0.1, .from_clean = e.from_clean});
    }
    waited += e.pause_s;
    for (int i = 0; i < e.runs; ++i) {
      const auto reverted = model::revert_variant_from_name(e.variant);
      const auto applied = model::apply_variant_from_name(e.variant);
      const Moment now{number_of(e.commit),
                       told.runs,
                       in_checkout++,
                       from_clean,
                       reverted.has_value(),
                       reverted ? number_of(reverted->commit) : -1,
                       applied ? number_of(applied->commit) : -1,
                       e.slot >= 0 ? e.slot
                       : slots     ? slots(number_of(e.commit))
                                   : 0,
                       0.1 * told.runs + waited};
      model::RunRecord run{
          .id = static_cast<std::uint64_t>(++told.runs), .commit = e.commit, .variant = e.variant};
      const bool shown = shows(now);
      const double sure = looks ? looks(now) : 1;
      run.outcome = shown ? model::RunOutcome(model::Crashed{sure < 1 ? "SIGSEGV in old" : "SIGSEGV"})
                          : model::RunOutcome(model::Ok{});
      run.completed = !shown;
      run.p_target = shown ? sure : 0;
      run.seconds = seconds;
      run.slot = now.slot;
      run.in_checkout = now.in_checkout;
      run.from_clean = from_clean;
      run.began = 1e9 + now.at;
      told.evidence.runs.push_back(run);
    }
  }
  ADD_FAILURE() << "no end";
  return told;
}

Told ask_line(int commits, const Shows& shows) { return ask(line_of(commits), problem_of(commits), shows); }

Told ask_kept(int commits, const Shows& shows) {
  model::Problem problem = problem_of(commits);
  problem.keeps_leftovers = true;
  return ask(line_of(commits), problem, shows);
}

TEST(Controls, ASureAnswerCostsThreeRunsMore) {
  const auto world = [](const Moment& m) { return m.commit >= 19 && !m.taken_back; };
  const Told told = ask(line_of(32), problem_of(32), world, 1000);
  EXPECT_EQ(told.culprit(), 19);
  EXPECT_EQ(told.conclusion.verification->kind, model::Verification::Kind::reverted);
  EXPECT_GE(told.conclusion.probability, 0.99);
  model::Problem unchecked = problem_of(32);
  unchecked.verify = false;
  const Told plain = ask(line_of(32), unchecked, world);
  EXPECT_EQ(plain.culprit(), 19);
  // Without time to spare for a rarer bug: here each run takes as long as all others allow for it.
  const int taken_back = told.conclusion.verification->runs;
  EXPECT_LE(told.runs - taken_back, plain.runs + 5);
}

TEST(Controls, WhatShowsInTheFirstRunsOnlyIsNoCommits) {
  for (const int first : {4, 5, 6, 7}) {
    const Told told = ask_line(24, [&](const Moment& m) { return m.run < first; });
    EXPECT_EQ(told.conclusion.kind, model::ResultKind::inconclusive) << first;
    EXPECT_TRUE(told.conclusion.explanation.contains("when it is run")) << told.conclusion.explanation;
  }
}

// So seldom that it may be a rare bug: the start tells, before a search is made of it.
TEST(Controls, WhatShowsInTheVeryFirstRunsOnlyIsSettledOnTheStart) {
  for (const int first : {1, 2, 3}) {
    const Told told = ask_line(24, [&](const Moment& m) { return m.run < first; });
    EXPECT_EQ(told.conclusion.kind, model::ResultKind::inconclusive) << first;
    EXPECT_TRUE(told.conclusion.explanation.contains("when it is run")) << told.conclusion.explanation;
    EXPECT_LE(told.runs, 250) << first;
  }
}

// A crash in the first run, and then seldom, is a rare bug all the same.
TEST(Controls, ARareBugThatShowsAtFirstIsFound) {
  int right = 0, wrong = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    base::Rng rng(seed);
    const Told told = ask_line(16, [&](const Moment& m) {
      return m.commit >= 7 && !m.taken_back && (m.run < 2 || rng.uniform() < 0.15);
    });
    right += told.culprit() == 7;
    wrong += told.culprit() != 7 && told.culprit() != -1;
  }
  EXPECT_GE(right, 17);
  EXPECT_LE(wrong, 1);
}

TEST(Controls, WhatFailsFromSomeRunOnIsNoCommits) {
  for (int from = 6; from < 16; ++from) {
    const Told told =
        ask_line(32, [&](const Moment& m) { return m.run >= from || (m.commit >= 20 && !m.taken_back); });
    EXPECT_TRUE(told.culprit() == -1 || told.culprit() == 20) << from << told.conclusion.explanation;
  }
}

TEST(Controls, ARateThatFallsWithTimeIsNoCommits) {
  int named = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    base::Rng rng(seed);
    const Told told = ask_line(24, [&](const Moment& m) { return rng.uniform() < std::exp(-m.run / 5.0); });
    named += told.culprit() != -1;
  }
  EXPECT_LE(named, 1);
}

TEST(Controls, TheFirstRunOfACheckoutIsRecognised) {
  const Told told = ask_line(24, [](const Moment& m) { return m.in_checkout == 0; });
  EXPECT_EQ(told.conclusion.kind, model::ResultKind::inconclusive);
  EXPECT_TRUE(told.conclusion.explanation.contains("first runs")) << told.conclusion.explanation;
  EXPECT_LE(told.runs, 25);
}

TEST(Controls, TheFirstRunOfEachRevisionIsRecognised) {
  std::set<int> known;
  const Told told = ask_line(24, [&](const Moment& m) { return known.insert(m.commit).second; });
  EXPECT_EQ(told.conclusion.kind, model::ResultKind::inconclusive);
  EXPECT_TRUE(told.conclusion.explanation.contains("first runs")) << told.conclusion.explanation;
  EXPECT_LE(told.runs, 40);
}

// Runs that all showed it, from an early one to a late one: an outage, unless all that was quiet since was built from clean and
// nothing in the stretch was.
TEST(Outages, AreNotToldWhereItMayBeTheBuilds) {
  for (const bool kept : {false, true})
    for (const bool clean_later : {false, true}) {
      Facts facts;
      facts.crashed(23, 4, 1).crashed(0, 4, 1).quiet(0, 4).crashed(23, 10, 1).quiet(0, 4);
      for (model::RunRecord& run : facts.evidence.runs)
        run.from_clean = clean_later && model::what_says(run) == model::RunSays::quiet;
      model::Problem problem = problem_of(24);
      problem.keeps_leftovers = kept;
      const model::CommitGraph graph = line_of(24);
      const Ancestry ancestry(graph, std::vector<NodeIndex>{23});
      const auto told = outage({graph, ancestry, problem, facts.evidence});
      EXPECT_EQ(told.has_value(), !(kept && clean_later)) << kept << clean_later;
    }
}

// Builds stay in their slots: all that have the bug in one, the others in another.
TEST(Controls, ACommitIsToldFromItsSlotByARunOnAnother) {
  const Slots slots = [](int commit) { return commit >= 11 ? 0 : 1; };
  const Told commit = ask(
      line_of(24), problem_of(24), [](const Moment& m) { return m.commit >= 11 && !m.taken_back; }, 0.02, {},
      slots);
  EXPECT_EQ(commit.culprit(), 11) << commit.conclusion.explanation;
  const Told slot =
      ask(line_of(24), problem_of(24), [](const Moment& m) { return m.slot == 0; }, 0.02, {}, slots);
  EXPECT_EQ(slot.conclusion.kind, model::ResultKind::inconclusive);
  EXPECT_TRUE(slot.conclusion.explanation.contains("the slot of a run")) << slot.conclusion.explanation;
  EXPECT_LE(slot.runs, commit.runs + 20);
}

// The bug was told in other words below 20. That the start is free of it without 8 says that both are one; no further revision does.
TEST(Controls, WhatIsDoubtedToBeTheBugIsTakenBackFirst) {
  const auto world = [](const Moment& m) { return m.commit >= 8 && !m.taken_back; };
  const auto looks = [](const Moment& m) { return m.commit >= 20 ? 1 : 0.9; };
  const Told told = ask(line_of(32), problem_of(32), world, 0.02, {}, {}, looks);
  EXPECT_EQ(told.culprit(), 8) << told.conclusion.explanation;
  EXPECT_EQ(told.conclusion.verification->kind, model::Verification::Kind::reverted);
  EXPECT_LE(told.builds, 30) << told.runs;
  // The words were another bug's, which hid this one: it stays without 8.
  const auto stays = [](const Moment& m) { return m.commit >= 8; };
  const Told other = ask(line_of(32), problem_of(32), stays, 0.02, {}, {}, looks);
  EXPECT_NE(other.culprit(), 8);
}

// Another failure is in the way of seven commits below the 19th, with which the bug shows: it began with that one, or with one of those and
// that one mended the other. What is taken back says which.
Told ask_behind_another(int culprit) {
  const auto world = [culprit](const Moment& m) {
    if (!m.taken_back) return m.commit >= 12;
    return m.which != culprit;
  };
  return ask(line_of(32), problem_of(32), world, 0.02, {}, {},
             [](const Moment& m) { return m.commit < 19 ? 0.0025 : 1; });
}

TEST(Controls, WhatAnotherFailureHidesIsSingledOutByTakingBack) {
  const Told told = ask_behind_another(19);
  EXPECT_EQ(told.culprit(), 19) << told.conclusion.explanation;
  EXPECT_GE(told.conclusion.probability, 0.99);
  ASSERT_TRUE(told.conclusion.verification);
  EXPECT_EQ(told.conclusion.verification->kind, model::Verification::Kind::reverted);
}

// The 40th mended what hides the bug on 30 revisions below it. Applied to them, it shows where the bug began.
TEST(Controls, WhatMendedTheOtherFailureIsTakenAlong) {
  for (const int culprit : {10, 17, 33, 39, 40}) {
    const auto has_bug = [culprit](int commit) { return commit >= culprit; };
    const auto world = [&](const Moment& m) {
      if (m.applied == 40) return has_bug(m.commit) || culprit == 40;
      return !m.taken_back ? m.commit >= 10 : m.which != culprit;
    };
    const auto looks = [](const Moment& m) {
      return (m.commit < 40 && m.applied != 40) || m.which == 40 ? 0.0025 : 1;
    };
    const Told told = ask(line_of(64), problem_of(64), world, 0.02, {}, {}, looks);
    if (culprit == 40) {
      EXPECT_TRUE(told.culprit() == 40 || told.culprit() == -1) << told.conclusion.explanation;
      continue;
    }
    EXPECT_EQ(told.culprit(), culprit) << told.conclusion.explanation;
    EXPECT_GE(told.conclusion.probability, 0.99);
    ASSERT_TRUE(told.conclusion.verification);
    EXPECT_EQ(told.conclusion.verification->kind, model::Verification::Kind::reverted);
  }
}

TEST(Controls, WhatNothingTakenBackMendsStaysOpen) {
  const Told told = ask_behind_another(-1);
  EXPECT_EQ(told.conclusion.kind, model::ResultKind::inconclusive);
  EXPECT_THAT(told.conclusion.explanation, ::testing::HasSubstr("still shows without 8 of them"));
}

TEST(Controls, TheFirstRunOfACheckoutHidesNoBug) {
  for (const int culprit : {3, 11, 20}) {
    const Told told = ask_line(
        24, [&](const Moment& m) { return m.in_checkout == 0 || (m.commit >= culprit && !m.taken_back); });
    EXPECT_EQ(told.culprit(), culprit) << told.conclusion.explanation;
  }
}

// It came with 5, was taken back by 9, and came again with 17. Bisecting alone names either.
TEST(Controls, ABugThatCameAgainIsSoughtWhereItCameAgain) {
  const auto world = [](const Moment& m) {
    return !m.taken_back && ((m.commit >= 5 && m.commit < 9) || m.commit >= 17);
  };
  const auto taken_back_by = [](const model::CommitId& id) {
    return number_of(id) == 5 ? std::vector<model::CommitId>{id_of(9)} : std::vector<model::CommitId>{};
  };
  const Told told = ask(line_of(24), problem_of(24), world, 0.02, taken_back_by);
  EXPECT_EQ(told.culprit(), 17) << told.conclusion.explanation;
  // What the history says is a hint: where the bug is there all the same, nothing changes.
  const auto still = [](const Moment& m) { return !m.taken_back && m.commit >= 5; };
  EXPECT_EQ(ask(line_of(24), problem_of(24), still, 0.02, taken_back_by).culprit(), 5);
}

// Each build keeps what the one before it made, unless that is older than its own change: as where a Makefile knows of
// no headers.
TEST(Controls, BuildsThatKeepWhatWasThereAreTakenBack) {
  for (const int culprit : {4, 9, 15, 21}) {
    int held = -1, visited = -1;
    const Told told = ask_kept(24, [&](const Moment& m) {
      if (m.in_checkout == 0) {
        const bool keeps = !m.from_clean && held >= 0 && m.commit % 3 != 0;
        visited = keeps ? held : m.which == culprit ? 0 : m.commit;
        held = visited;
      }
      return visited >= culprit;
    });
    EXPECT_EQ(told.culprit(), culprit) << told.conclusion.explanation;
    // One from clean that is at hand is not built again for each run.
    EXPECT_LT(3 * told.builds, 2 * told.runs);
  }
}

TEST(Controls, ATestThatFailsNowAndThenEverywhereNamesNothing) {
  int named = 0;
  constexpr int k_trials = 30;
  for (std::uint64_t seed = 1; seed <= k_trials; ++seed) {
    base::Rng rng(seed);
    const double rate = seed % 2 ? 1.0 / 8 : 1.0 / 12;
    const Told told = ask_line(24, [&](const Moment&) { return rng.uniform() < rate; });
    named += told.culprit() != -1;
  }
  EXPECT_LE(named, 1);  // by chance: 1 % of the trials
}

struct Score {
  int right = 0;
  int wrong = 0;
};

// Bisects once for each seed from 1 on. `play(seed, rng)` gives what was told and whether that is right.
template <class Play>
Score score_of(std::uint64_t trials, Play play) {
  Score score;
  for (std::uint64_t seed = 1; seed <= trials; ++seed) {
    base::Rng rng(seed);
    const std::pair<Told, bool> played = play(seed, rng);
    score.right += played.second;
    score.wrong += played.first.culprit() != -1 && !played.second;
  }
  return score;
}

std::pair<Told, bool> judged(Told told, int culprit) {
  const bool right = told.culprit() == culprit;
  return {std::move(told), right};
}

TEST(Controls, CrashesOfTheSameLookElsewhereDoNotMislead) {
  const Score score = score_of(60, [](std::uint64_t, base::Rng& rng) {
    const int culprit = 1 + static_cast<int>(rng.uniform() * 31);
    return judged(ask_line(32,
                           [&](const Moment& m) {
                             return (m.commit >= culprit && !m.taken_back) || rng.uniform() < 0.08;
                           }),
                  culprit);
  });
  EXPECT_LE(score.wrong, 1);
  EXPECT_GE(score.right, 45);
}

// A race in the build: all runs of a build have the bug, or none has; two builds of one revision need not agree.
TEST(Controls, ABuildThatIsAMatterOfChanceIsNotBelievedAlone) {
  for (const bool kept : {true, false}) {
    const Score score = score_of(30, [&](std::uint64_t, base::Rng& rng) {
      const int culprit = 3 + static_cast<int>(rng.uniform() * 18);
      bool has = false;
      const auto world = [&](const Moment& m) {
        if (m.in_checkout == 0) has = m.commit >= culprit && m.which != culprit && rng.uniform() < .5;
        return has;
      };
      return judged(kept ? ask_kept(24, world) : ask_line(24, world), culprit);
    });
    EXPECT_LE(score.wrong, 1) << kept;
    EXPECT_GE(score.right, kept ? 10 : 20) << kept;
  }
}

// What a run that showed the bug leaves makes whatever comes within a second and a half fail as well.
TEST(Controls, AGoodEndIsNotBlamedForWhatAnotherRunLeft) {
  double until = -1;
  const Told told = ask_line(24, [&](const Moment& m) {
    if (m.at < until) return true;
    if (m.commit < 20) return false;
    until = m.at + 1.5;
    return true;
  });
  EXPECT_NE(told.conclusion.kind, model::ResultKind::good_end_crashes) << told.conclusion.explanation;
  // One that has the bug is told as that all the same.
  EXPECT_EQ(ask_line(24, [](const Moment&) { return true; }).conclusion.kind,
            model::ResultKind::good_end_crashes);
}

// 10 mended it, 19 took that back, 25 mended it for good; taking 10 back on top brings it back as well.
TEST(Controls, AFixThatWasTakenBackIsNotTheOne) {
  model::Problem problem{.goal = model::Goal::fix, .start = id_of(0), .head = id_of(29)};
  problem.verify = true;
  const auto taken_back_by = [](const model::CommitId& id) {
    return number_of(id) == 10 ? std::vector<model::CommitId>{id_of(19)} : std::vector<model::CommitId>{};
  };
  const auto world = [](const Moment& m) {
    const bool is_fixed = m.commit >= 25 || (m.commit >= 10 && m.commit < 19);
    return !is_fixed || m.which == 25 || m.which == 10;
  };
  EXPECT_EQ(ask(line_of(30), problem, world).culprit(), 10);  // nothing else tells them apart
  EXPECT_EQ(ask(line_of(30), problem, world, 0.02, taken_back_by).culprit(), 25);
}

// 8 brings the bug at a low rate, with 17 it shows always. With one cause, taking 8 back takes
// both away; with two, each takes its own.
std::pair<Told, bool> told_of_both(base::Rng& rng, double rate, bool one_cause) {
  Told told = ask_line(24, [&](const Moment& m) {
    const bool seldom = m.commit >= 8 && m.which != 8;
    const bool often = m.commit >= 17 && m.which != 17 && (seldom || !one_cause);
    return often || (seldom && rng.uniform() < rate);
  });
  const bool right = told.culprit() == 8 && told.conclusion.explanation.contains("became frequent");
  return {std::move(told), right};
}

// A rarer cause would show in the start without the commit: it is run on where that costs little, and a
// rate that shows there is looked for at the parent.
TEST(Controls, TheStartWithoutTheCommitIsRunOnWhereThatCostsLittle) {
  const auto world = [](const Moment& m) { return m.commit >= 17 && !m.taken_back; };
  const Told cheap = ask(line_of(24), problem_of(24), world, 0.02);
  EXPECT_GE(cheap.conclusion.verification->runs, 10);
  const Told dear = ask(line_of(24), problem_of(24), world, 1000);
  EXPECT_LE(dear.conclusion.verification->runs, 4);
}

TEST(Controls, ARateThatJumpsIsToldAsThat) {
  const Score score =
      score_of(40, [](std::uint64_t, base::Rng& rng) { return told_of_both(rng, 0.1, true); });
  EXPECT_LE(score.wrong, 2);  // the rarer bug kept still in all the runs that were allowed for it
  EXPECT_GE(score.right, 34);
}

TEST(Controls, TwoCausesAreBothTold) {
  const Score score =
      score_of(12, [](std::uint64_t, base::Rng& rng) { return told_of_both(rng, 0.15, false); });
  EXPECT_EQ(score.wrong, 0);
  EXPECT_GE(score.right, 11);
}

TEST(Controls, ARateThatFallsHidesNoBug) {
  const Score score = score_of(40, [](std::uint64_t seed, base::Rng& rng) {
    const int fall = 8 + static_cast<int>(seed % 12);
    return judged(ask_line(24,
                           [&](const Moment& m) {
                             return m.commit >= 9 && m.which != 9 &&
                                    rng.uniform() < std::max(.25, .9 - m.run * fall / 1000.);
                           }),
                  9);
  });
  EXPECT_LE(score.wrong, 1);
  EXPECT_GE(score.right, 34);
}

TEST(Controls, WhatFailedForAWhileIsNoCommits) {
  const Score score = score_of(24, [](std::uint64_t seed, base::Rng& rng) {
    const int culprit = 3 + static_cast<int>(rng.uniform() * 18);
    const int from = 4 + static_cast<int>(rng.uniform() * 14);
    const int to = from + 2 + static_cast<int>(rng.uniform() * 8);
    const bool shown = seed % 4 != 0;  // else everything is quiet for a while
    const auto world = [&](const Moment& m) {
      return m.run >= from && m.run <= to ? shown : m.commit >= culprit && m.which != culprit;
    };
    return judged(seed % 2 ? ask_line(24, world) : ask_kept(24, world), culprit);
  });
  EXPECT_EQ(score.wrong, 0);
  EXPECT_GE(score.right, 22);
}

TEST(Controls, AParentThatIsGoodByWordAloneIsRun) {
  // 2 brought the bug, 7 fixed it; a branch from 4 is merged at 17, resolved to the buggy side.
  std::vector<std::pair<int, std::vector<int>>> commits;
  for (int i = 0; i <= 9; ++i) commits.emplace_back(i, i > 0 ? std::vector{i - 1} : std::vector<int>{});
  for (int i = 10; i <= 16; ++i) commits.emplace_back(i, std::vector{i == 10 ? 4 : i - 1});
  commits.emplace_back(17, std::vector{9, 16});
  for (int i = 18; i <= 21; ++i) commits.emplace_back(i, std::vector{i - 1});
  const model::CommitGraph graph = graph_of(commits);
  model::Problem problem{.start = id_of(21), .good = {id_of(8)}};
  problem.verify = true;
  const auto world = [](const Moment& m) { return m.commit >= 2 && !(m.commit >= 7 && m.commit <= 9); };
  const Told told = ask(graph, problem, world);
  EXPECT_TRUE(told.culprit() == -1 || told.culprit() == 17) << told.culprit();
  EXPECT_TRUE(told.conclusion.explanation.contains("its parent")) << told.conclusion.explanation;
  problem.verify = false;
  const Told unchecked = ask(graph, problem, world);
  EXPECT_TRUE(
      std::ranges::any_of(unchecked.evidence.runs, [](const auto& r) { return r.commit == id_of(4); }));
}

TEST(Controls, AnOccurrenceThatWasFixedInBetweenIsNotTheAnswer) {
  // The middle of the range has it: the search finds 10, and taking that back helps nothing at the start.
  const Told told =
      ask_line(32, [](const Moment& m) { return (m.commit >= 10 && m.commit <= 20) || m.commit >= 28; });
  EXPECT_NE(told.conclusion.kind, model::ResultKind::culprit) << told.culprit();
  EXPECT_FALSE(told.conclusion.candidates.empty()) << told.conclusion.explanation << told.runs;
}

TEST(Controls, BuildsThatDependOnWhatWasBuiltBeforeAreTakenBack) {
  model::Problem problem = problem_of(32);
  problem.keeps_leftovers = true;
  // Built on top of another revision's, a revision has what the first build had: the start's bug.
  for (const int culprit : {3, 11, 19, 30}) {
    const Told told = ask(line_of(32), problem, [&](const Moment& m) {
      if (m.from_clean) return m.commit >= culprit;
      return m.commit >= culprit || (m.commit > 0 && m.run < 14);
    });
    EXPECT_EQ(told.culprit() == -1 ? culprit : told.culprit(), culprit) << told.conclusion.explanation;
    // Also of revisions that were never built again there is a verdict, and it is not what the stale build showed.
    const model::CommitGraph graph = line_of(32);
    const auto verdicts = (*make_strategy("", graph, problem))->verdicts(told.evidence);
    for (const model::RunRecord& run : told.evidence.runs) {
      const auto at = std::ranges::find(verdicts, run.commit, &model::RevisionVerdict::commit);
      ASSERT_NE(at, verdicts.end()) << number_of(run.commit);
      if (told.culprit() == culprit && number_of(run.commit) < culprit) {
        EXPECT_NE(at->verdict, model::Verdict::bad) << number_of(run.commit) << at->why;
      }
    }
  }
}

// The search may be asked for more work while a control runs: it is waited for, and nothing is concluded.
TEST(Controls, WhatIsWantedFromCleanIsWaitedFor) {
  Facts facts;
  facts.shown(23, 6).quiet(4, 3).quiet(11, 40).shown(11, 1);
  facts.evidence.runs.back().from_clean = true;
  model::Problem problem = problem_of(24);
  problem.keeps_leftovers = true;
  const model::CommitGraph graph = line_of(24);
  const Ancestry ancestry(graph, std::vector<NodeIndex>{23});
  const auto wanted = wanted_from_clean({graph, ancestry, problem, facts.evidence});
  ASSERT_TRUE(wanted);
  ASSERT_EQ(wanted->experiments.size(), 1U);
  EXPECT_EQ(wanted->experiments.front().commit, id_of(4));
  facts.pending(4, 1);
  const auto waits = wanted_from_clean({graph, ancestry, problem, facts.evidence});
  ASSERT_TRUE(waits);
  EXPECT_TRUE(waits->experiments.empty() && !waits->conclusion);
}

TEST(Controls, AStaleParentIsFoundOut) {
  model::Problem problem = problem_of(32);
  problem.keeps_leftovers = true;
  // Only what is built from clean shows the truth; else nothing but the two newest shows it.
  const Told told = ask(line_of(32), problem, [&](const Moment& m) {
    return !m.taken_back && (m.from_clean ? m.commit >= 12 : m.commit >= 30);
  });
  EXPECT_EQ(told.culprit(), 12) << told.conclusion.explanation;
}

TEST(Controls, QuietRunsAreAsManyAsTheRateAsks) {
  EXPECT_EQ(quiet_runs_for(10, 10, 0.01, 100), 2);
  EXPECT_EQ(quiet_runs_for(4, 4, 0.01, 100), 3);
  EXPECT_GT(quiet_runs_for(2, 10, 0.01, 100), 20);
  EXPECT_EQ(quiet_runs_for(0, 50, 0.01, 100), 100);
}

TEST(Explanations, WeighTheOrderOfTheRuns) {
  const auto runs = [](std::string_view marks) {
    std::vector<ControlledRun> out;
    for (const char mark : marks) out.push_back({.shown = mark == 'x', .slot = 0, .in_checkout = 1});
    return out;
  };
  // Held against a commit that splits them in the same way: the first four.
  Sides sides{.holds_shown = 4, .holds_runs = 4, .rest_shown = 0, .rest_runs = 12};
  const Explained once = explain(runs("xxxx............"), log_of_commit(sides, 16));
  sides.holds_shown = sides.holds_runs = 6;
  const Explained again = explain(runs("xxxx............x.x"), log_of_commit(sides, 16));
  EXPECT_GT(once[Explanation::time], again[Explanation::time] * 10);
  EXPECT_GT(again[Explanation::commit], 0.99);
  double sum = 0;
  for (const double p : again.probability) sum += p;
  EXPECT_NEAR(sum, 1, 1e-12);
}

}  // namespace
}  // namespace culprit::search::testing
