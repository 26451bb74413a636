// Every scenario, and bisections of random histories, played, written as a log, and read back by `culprit
// replay`: it comes to the same answer or says why it does not. And whoever gives git the log's lines is led
// to the answer.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <sstream>

#include "base/rng.h"
#include "engine/engine.h"
#include "engine/journal.h"
#include "model/event.h"
#include "model/graph/kinship.h"
#include "output/syzbot_log.h"
#include "replay/replay.h"
#include "search/strategy.h"
#include "store/store.h"
#include "tests/scenarios/world.h"

namespace culprit::scenario {
namespace {

namespace fs = std::filesystem;

const std::string k_folder = std::string(CULPRIT_SOURCE_DIR) + "/tests/scenarios";

struct Logged {
  model::CommitGraph graph;
  model::Conclusion conclusion;
  std::string log;
};

// Plays a bisection to its end and writes its log. `with_graph`: as where the repository is at hand.
Logged play(const Scenario& scenario, const std::string& strategy, bool with_graph = true) {
  World world(scenario);
  const model::Problem problem = world.problem();
  Logged out{.graph = world.graph(), .conclusion = {}, .log = {}};
  const auto search = search::make_strategy(strategy, out.graph, problem);
  auto store = store::Store::open_in_memory();
  const std::int64_t id = *store->begin(world.wall());
  EXPECT_TRUE(store->append(id, world.wall(),
                            model::Started{problem, scenario.subject, "", "{}", "1.0", out.graph.size()}));
  engine::Journal journal(*store, id, world, {});
  EXPECT_TRUE(journal.catch_up());
  const engine::Parts parts{journal, **search, world, world, world, problem, scenario.subject};
  const auto conclusion = engine::bisect(parts, base::CancelToken());
  EXPECT_TRUE(conclusion) << base::render(conclusion.error());
  if (conclusion) out.conclusion = *conclusion;
  output::CommitTexts texts;
  texts.info = [&](const model::CommitId& commit) { return std::optional(*world.describe(commit)); };
  if (with_graph) texts.graph = [&] { return &out.graph; };
  output::write_syzbot_log(*store->events(id), [&](std::string_view text) { out.log += text; }, texts);
  return out;
}

// What the words after the last "# git bisect start" leave, as git reads them.
std::vector<model::CommitId> left_by_git(const Logged& logged) {
  std::vector<std::string> words;
  std::istringstream lines(logged.log);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# git bisect start ")) {
      words = {"bad " + line.substr(19, 40)};
      if (line.size() > 60) words.push_back("good " + line.substr(60));
    } else if (line.starts_with("# git bisect ")) {
      words.push_back(line.substr(13));
    }
  }
  std::optional<model::CommitId> bad;
  std::vector<model::CommitId> good;
  for (const std::string& word : words) {
    const auto id = model::CommitId::from_hex(word.substr(word.find(' ') + 1));
    if (!id) continue;
    if (word.starts_with("bad")) bad = id;
    if (word.starts_with("good")) good.push_back(*id);
  }
  std::vector<model::CommitId> left;
  if (bad)
    for (const model::NodeIndex node : model::Kinship(&logged.graph, false).range(*bad, good))
      left.push_back(logged.graph.id(node));
  return left;
}

// Why a reader of the log comes to something else than the bisection; empty where it does not.
std::string disagreement(const Logged& logged, const replay::Replay& replay) {
  const model::Conclusion& want = logged.conclusion;
  const replay::ReplayConclusion& got = replay.conclusion;
  if (want.kind == model::ResultKind::culprit) {
    if (got.culprit == want.culprit) return {};
    return "another culprit: " + (got.against.empty() ? "nobody says why" : got.against);
  }
  if (got.culprit) return "a culprit where there is none";
  if (replay.derailed_at) return "it left its bug: " + replay.derailed_why;
  const model::Kinship kin(&logged.graph, false);
  const auto& newer = replay.goal == model::Goal::fix ? got.good : got.bad;
  const auto& older = replay.goal == model::Goal::fix ? got.bad : got.good;
  for (const model::Candidate& candidate : want.candidates) {
    if (candidate.probability < 0.02) continue;
    if (newer && !kin.is_ancestor(candidate.commit, replay.revisions[*newer].commit))
      return "a candidate is not behind the newer end";
    if (older && kin.is_ancestor(candidate.commit, replay.revisions[*older].commit))
      return "a candidate is behind the older end";
  }
  if (want.kind == model::ResultKind::horizon && got.good) return "a good revision behind the horizon";
  return {};
}

// So many agreed, so many said why not: printed at the end, since a test that passes shows neither.
struct Count {
  int all = 0, agree = 0, culprits = 0;
  ~Count() {
    std::printf("replay of %d logs: %d agree (%d of them name a culprit), %d say why not\n", all, agree,
                culprits, all - agree);
  }
};

// `may_differ`: for a reason that is told.
void check(const Logged& logged, bool may_differ) {
  static Count count;
  const replay::BisectionLog log = replay::read_bisection_log(logged.log);
  for (const replay::UnreadLine& line : log.unread)
    EXPECT_NE(line.text.find(" signature: "), std::string::npos) << line.text;  // of a made-up variant
  for (const model::CommitGraph* graph : {static_cast<const model::CommitGraph*>(nullptr), &logged.graph}) {
    const replay::Replay replay = replay::judge_again(log, graph);
    const std::string why = disagreement(logged, replay);
    ++count.all;
    count.agree += why.empty();
    count.culprits += why.empty() && logged.conclusion.culprit;
    if (!why.empty()) std::printf("  %s\n", why.c_str());
    const bool says_why = !replay.conclusion.against.empty() || !replay.derailed_why.empty();
    EXPECT_TRUE(why.empty() || (may_differ && says_why)) << why << "\n" << logged.log;
  }
  if (logged.conclusion.kind != model::ResultKind::culprit) return;
  const auto left = left_by_git(logged);
  if (logged.log.find("# culprit: git's words leave ") == std::string::npos)
    EXPECT_EQ(left, std::vector<model::CommitId>{*logged.conclusion.culprit}) << logged.log;
  else
    EXPECT_EQ(std::ranges::count(left, *logged.conclusion.culprit), 1) << logged.log;
}

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(k_folder))
    if (entry.path().extension() == ".scenario") names.push_back(entry.path().stem());
  std::ranges::sort(names);
  return names;
}

std::string as_test_name(std::string text) {
  std::ranges::replace_if(text, [](char c) { return !std::isalnum(c); }, '_');
  return text;
}

class Replayed : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(Replayed, ComesToTheAnswerOrSaysWhyNot) {
  const auto& [name, strategy] = GetParam();
  const auto scenario = read_scenario(k_folder + "/" + name + ".scenario");
  ASSERT_TRUE(scenario) << base::render(scenario.error());
  check(play(*scenario, strategy), true);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Replayed,
                         testing::Combine(testing::ValuesIn(scenario_names()),
                                          testing::Values("bayes", "classic")),
                         [](const auto& param) {
                           return as_test_name(std::get<0>(param.param) + "_" + std::get<1>(param.param));
                         });

// A history of commits 100, 101, ...: each has one of the last few as its parent, some have two.
Scenario random_history(base::Rng& rng) {
  Scenario s;
  const int last = 100 + 15 + static_cast<int>(rng.below(50));
  s.parents[100] = {};
  for (int n = 101; n <= last; ++n) {
    const auto recent = [&] {
      return n - 1 - static_cast<int>(rng.below(std::min<std::uint64_t>(6, n - 100)));
    };
    s.parents[n] = {rng.below(3) == 0 ? recent() : n - 1};
    if (const int other = recent(); rng.below(4) == 0 && other != s.parents[n].front())
      s.parents[n].push_back(other);
  }
  s.target = {"lockdep-circular.log", {}};
  s.start = last;
  s.slots = rng.below(3) == 0 ? 3 : 1;
  s.verify = rng.below(2) == 0;
  s.crash_rate = rng.below(2) == 0 ? 1 : 0.35;
  s.seed = rng.below(1'000'000);
  if (rng.below(3) == 0) s.build_broken.push_back({110, 112});
  if (rng.below(4) == 0) s.foreign.push_back({1, {105, 108}, {"general-protection-fault.log", {}}, false});
  return s;
}

Scenario random_bisection(std::uint64_t seed) {
  base::Rng rng(seed);
  Scenario s = random_history(rng);
  const World world(s);
  std::vector<int> behind;
  const model::CommitGraph graph = world.graph();
  const model::Kinship kin(&graph, false);
  for (int n = 101; n < s.start; ++n)
    if (kin.is_ancestor(id_of(n), id_of(s.start))) behind.push_back(n);
  const int changed = behind[rng.below(behind.size())];
  if (rng.below(3) == 0) {
    s.goal = model::Goal::fix;
    s.head = s.start;
    s.start = 100;
    s.bug_everywhere = true;
    s.fixed = {changed};
    return s;
  }
  s.introduced = {changed};
  if (rng.below(2) == 0)
    s.tags = {{100, "v1.0"}, {behind[behind.size() / 2], "v2.0"}};
  else
    s.good = {100};
  for (const int n : behind)
    if (s.good.size() == 1 && rng.below(9) == 0 && !kin.is_ancestor(id_of(changed), id_of(n)))
      s.good.push_back(n);
  return s;
}

class ReplayedAtRandom : public testing::TestWithParam<std::uint64_t> {};

TEST_P(ReplayedAtRandom, ComesToTheAnswerOrSaysWhyNot) {
  const Scenario scenario = random_bisection(GetParam());
  for (const char* strategy : {"bayes", "classic"}) {
    SCOPED_TRACE(strategy);
    check(play(scenario, strategy), true);
  }
}

INSTANTIATE_TEST_SUITE_P(Histories, ReplayedAtRandom, testing::Range<std::uint64_t>(1, 61));

// Without its repository a log says nothing of ancestry, and is read by its order.
TEST(ReplayedWithoutARepository, ALineOfCommitsIsReadByItsOrder) {
  for (const char* name : {"cause", "oldest-has-it", "verify-still-crashes"}) {
    const auto scenario = read_scenario(k_folder + "/" + name + ".scenario");
    ASSERT_TRUE(scenario);
    const Logged logged = play(*scenario, "classic", false);
    EXPECT_EQ(logged.log.find("is an ancestor of"), std::string::npos);
    const replay::Replay replay = replay::judge_again(replay::read_bisection_log(logged.log));
    EXPECT_EQ(disagreement(logged, replay), "") << logged.log;
  }
}

}  // namespace
}  // namespace culprit::scenario
