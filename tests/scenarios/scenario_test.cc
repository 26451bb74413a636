#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

#include "base/clock.h"
#include "engine/engine.h"
#include "model/event.h"
#include "model/run/report.h"
#include "search/classic.h"
#include "search/strategy.h"
#include "store/store.h"
#include "tests/scenarios/world.h"

namespace culprit::scenario {
namespace {

namespace fs = std::filesystem;

const std::string k_folder = std::string(CULPRIT_SOURCE_DIR) + "/tests/scenarios";

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(k_folder))
    if (entry.path().extension() == ".scenario") names.push_back(entry.path().stem());
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> strategy_names() { return {k_strategies.begin(), k_strategies.end()}; }

// Asks for a stop when it has seen so many events: a kill between two of them.
class StopAfter final : public model::EventSink {
 public:
  StopAfter(std::size_t events, base::CancelToken& token) : m_events(events), m_token(token) {}
  void on_event(const model::Event&) override {
    if (++m_seen >= m_events) m_token.cancel();
  }

 private:
  std::size_t m_events;
  std::size_t m_seen = 0;
  base::CancelToken& m_token;
};

// What the tools of the field do in place of identity.
enum class Naive {
  any_crash,    // whatever is on the console, a revision that crashes is bad
  equal_title,  // the bug is what has the title that the start shows first; every other run is a good one
};

// The same search, told what such a tool would have made of the runs.
class NaiveSearch final : public search::Search {
 public:
  NaiveSearch(std::unique_ptr<search::Search> inner, const model::Problem& problem, Naive naive)
      : m_inner(std::move(inner)), m_problem(problem), m_naive(naive) {}
  model::Decision next(const model::Evidence& evidence) const override {
    return m_inner->next(misread(evidence));
  }
  std::vector<model::RevisionVerdict> verdicts(const model::Evidence& evidence) const override {
    return m_inner->verdicts(misread(evidence));
  }

 private:
  static std::vector<std::string> titles_of(const model::RunRecord& run) {
    std::vector<std::string> titles;
    for (const auto* reports : {&run.boot_reports, &run.reports})
      for (const model::CrashReport& report : *reports) titles.push_back(report.title);
    if (titles.empty() && kind_of(run.outcome) == model::OutcomeKind::crashed)
      titles.emplace_back(text_of(run.outcome));
    return titles;
  }
  model::Evidence misread(model::Evidence evidence) const {
    std::string wanted;
    for (const model::RunRecord& run : evidence.runs)
      if (wanted.empty() && run.commit == m_problem.start && !run.reports.empty())
        wanted = run.reports.front().title;
    for (model::RunRecord& run : evidence.runs) {
      if (kind_of(run.outcome) != model::OutcomeKind::ok &&
          kind_of(run.outcome) != model::OutcomeKind::crashed)
        continue;
      const auto titles = titles_of(run);
      const bool bad = m_naive == Naive::any_crash ? !titles.empty() : std::ranges::count(titles, wanted) > 0;
      run.p_target = bad ? 1 : 0;
      run.completed = !bad;
    }
    return evidence;
  }

  std::unique_ptr<search::Search> m_inner;
  const model::Problem& m_problem;
  Naive m_naive;
};

// One bisection in `store`, stopped after `stop_after` further events (0: to its end).
base::Result<model::Conclusion> bisect_once(const Scenario& scenario, const std::string& strategy,
                                            World& world, store::Store& store, std::int64_t id,
                                            std::size_t stop_after,
                                            std::optional<Naive> naive = std::nullopt) {
  model::Problem problem = world.problem();
  if (naive) problem.confidence = 0;  // such a tool names what it finds, unchecked
  const model::CommitGraph graph = world.graph();
  auto search = search::make_strategy(strategy, graph, problem);
  EXPECT_TRUE(search) << strategy;
  if (naive)
    search = std::make_unique<NaiveSearch>(std::make_unique<search::ClassicSearch>(graph, problem), problem,
                                           *naive);
  base::CancelToken token;
  const std::size_t before = store.events(id)->size();
  StopAfter stop(before + stop_after, token);  // the sink sees the replayed events too
  std::vector<model::EventSink*> sinks;
  if (stop_after > 0) sinks.push_back(&stop);
  engine::Journal journal(store, id, world, sinks);
  if (auto replayed = journal.catch_up(); !replayed) return std::unexpected(replayed.error());
  const engine::Parts parts{journal, **search, world, world, world, problem, scenario.subject};
  return engine::bisect(parts, token);
}

std::string text_of_candidates(const model::Conclusion& conclusion) {
  std::vector<int> numbers;
  for (const model::Candidate& candidate : conclusion.candidates)
    numbers.push_back(number_of(candidate.commit));
  std::ranges::sort(numbers);
  std::string out;
  for (const int number : numbers) out += std::to_string(number) + " ";
  return out;
}

void check(const Expectation& want, const World& world, const model::Conclusion& got) {
  SCOPED_TRACE("kind " + std::string(name_of(got.kind)) + ", candidates " + text_of_candidates(got) + ", " +
               got.explanation);
  EXPECT_EQ(name_of(got.kind), name_of(*want.kind));
  if (want.culprit) {
    ASSERT_TRUE(got.culprit);
    EXPECT_EQ(number_of(*got.culprit), *want.culprit);
  } else {
    EXPECT_FALSE(got.culprit);
  }
  if (want.tested) {
    ASSERT_TRUE(got.tested);
    EXPECT_EQ(number_of(*got.tested), *want.tested);
  }
  if (!want.candidates.empty()) {
    std::string wanted;
    for (const int number : want.candidates) wanted += std::to_string(number) + " ";
    EXPECT_EQ(text_of_candidates(got), wanted);
  }
  for (const int number : want.among)
    EXPECT_EQ(std::ranges::count(got.candidates, id_of(number), &model::Candidate::commit), 1) << number;
  if (want.no_op) {
    EXPECT_EQ(got.no_op, *want.no_op);
  }
  if (want.release) {
    EXPECT_EQ(got.is_release, *want.release);
  }
  if (want.most_builds) {
    EXPECT_LE(world.built().size(), static_cast<std::size_t>(*want.most_builds));
  }
  if (want.most_runs) {
    EXPECT_LE(world.runs_done(), *want.most_runs);
  }
  EXPECT_GE(got.probability, want.least_probability);
  EXPECT_LE(got.probability, want.most_probability);
  for (const int number : want.never_tested)
    EXPECT_EQ(std::ranges::count(world.built(), number), 0) << number << " was built";
  for (const std::string& words : want.explanation)
    EXPECT_NE(got.explanation.find(words), std::string::npos) << words;
  if (want.verification) {
    ASSERT_TRUE(got.verification);
    EXPECT_EQ(name_of(got.verification->kind), name_of(*want.verification)) << got.verification->why;
  }
}

// A scenario played to its end without a stop, under one strategy.
struct Played {
  Scenario scenario;
  World world{scenario};
  base::Result<model::Conclusion> conclusion = base::fail(base::ErrorKind::internal, "never ran");
  explicit Played(Scenario read) : scenario(std::move(read)) {}
};

// Several tests ask for the same: it is played once.
const Played& played(const std::string& name, const std::string& strategy) {
  static std::map<std::pair<std::string, std::string>, std::unique_ptr<Played>> all;
  std::unique_ptr<Played>& here = all[{name, strategy}];
  if (here) return *here;
  auto read = read_scenario(k_folder + "/" + name + ".scenario");
  EXPECT_TRUE(read) << base::render(read.error());
  here = std::make_unique<Played>(std::move(*read));
  auto store = store::Store::open_in_memory();
  const std::int64_t id = *store->begin(here->world.wall());
  here->conclusion = bisect_once(here->scenario, strategy, here->world, *store, id, 0);
  return *here;
}

class Scenarios : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  const std::string name = std::get<0>(GetParam());
  const std::string strategy = std::get<1>(GetParam());
};

TEST_P(Scenarios, EndAsTheyShould) {
  const Played& it = played(name, strategy);
  ASSERT_TRUE(it.conclusion) << base::render(it.conclusion.error());
  check(it.scenario.expect.at(strategy), it.world, *it.conclusion);
}

TEST_P(Scenarios, GoOnAfterAStopWithoutRepeatingARun) {
  const Played& whole = played(name, strategy);
  const Scenario& scenario = whole.scenario;
  ASSERT_TRUE(whole.conclusion) << base::render(whole.conclusion.error());
  if (whole.world.runs_done() > 200) GTEST_SKIP() << "too long to be stopped again and again";

  World world(scenario);
  auto broken = store::Store::open_in_memory();
  const std::int64_t broken_id = *broken->begin(world.wall());
  base::Rng rng(scenario.seed);
  base::Result<model::Conclusion> resumed = base::fail(base::ErrorKind::internal, "never ran");
  int stops = 0;
  for (; stops < 1000; ++stops) {
    resumed = bisect_once(scenario, strategy, world, *broken, broken_id, 1 + rng.below(25));
    if (resumed) break;
    ASSERT_EQ(resumed.error().kind, base::ErrorKind::interrupted) << base::render(resumed.error());
  }
  ASSERT_TRUE(resumed);
  EXPECT_EQ(name_of(resumed->kind), name_of(whole.conclusion->kind));
  EXPECT_EQ(resumed->culprit, whole.conclusion->culprit);
  // Each run has a number within its revision; a run that was lost or done twice would show here.
  std::size_t runs = 0;
  const auto events = broken->events(broken_id);
  for (const model::Event& event : *events) runs += std::holds_alternative<model::RunFinished>(event.body);
  // One run is under way at each stop. If it then ends in a crash, the stop may have been the cause: it is
  // done again.
  const auto done = static_cast<std::size_t>(world.runs_done());
  EXPECT_LE(runs, done);
  EXPECT_LE(done - runs, static_cast<std::size_t>(stops) + 1) << "finished runs were lost";
  std::size_t repeated = 0;
  for (const auto& [what, times] : world.times_run()) repeated += static_cast<std::size_t>(times - 1);
  EXPECT_LE(repeated, done - runs) << "a run on record was repeated";
  EXPECT_LE(runs, static_cast<std::size_t>(whole.world.runs_done())) << "a stop made the bisection longer";
}

INSTANTIATE_TEST_SUITE_P(All, Scenarios,
                         testing::Combine(testing::ValuesIn(scenario_names()),
                                          testing::ValuesIn(strategy_names())),
                         [](const auto& param) {
                           std::string name = std::get<0>(param.param) + "_" + std::get<1>(param.param);
                           std::ranges::replace_if(name, [](char c) { return !std::isalnum(c); }, '_');
                           return name;
                         });

// These scenarios are about identity: whoever takes every crash for the bug, or compares titles, gets them
// wrong. Such a tool counts to a fixed number of runs.
class IdentityScenarios : public testing::TestWithParam<std::string> {};

TEST_P(IdentityScenarios, DeceiveAToolThatCountsCrashesOrComparesTitles) {
  const auto scenario = read_scenario(k_folder + "/" + GetParam() + ".scenario");
  ASSERT_TRUE(scenario) << base::render(scenario.error());
  bool deceived = false;
  for (const Naive naive : {Naive::any_crash, Naive::equal_title}) {
    World world(*scenario);
    auto store = store::Store::open_in_memory();
    const auto got = bisect_once(*scenario, "classic", world, *store, *store->begin(world.wall()), 0, naive);
    ASSERT_TRUE(got) << base::render(got.error());
    const Expectation& want = scenario->expect.at("classic");
    const bool right = got->kind == *want.kind && (!want.culprit || id_of(*want.culprit) == got->culprit) &&
                       (!want.tested || id_of(*want.tested) == got->tested);
    deceived |= !right;
  }
  EXPECT_TRUE(deceived) << "the scenario tells nothing about identity";
}

std::vector<std::string> identity_scenarios() {
  std::vector<std::string> names = scenario_names();
  std::erase_if(names, [](const std::string& name) { return !name.starts_with("identity-"); });
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, IdentityScenarios, testing::ValuesIn(identity_scenarios()),
                         [](const auto& param) {
                           std::string name = param.param;
                           std::ranges::replace_if(name, [](char c) { return !std::isalnum(c); }, '_');
                           return name;
                         });

TEST(ScenarioFormat, RefusesNonsense) {
  const fs::path dir = fs::temp_directory_path() / "culprit-scenario-nonsense";
  fs::create_directories(dir);
  const auto error_of = [&](const std::string& text) {
    std::ofstream(dir / "x.scenario") << "chain 1 2 3\ntarget lockdep-circular\n" << text;
    const auto read = read_scenario(dir / "x.scenario");
    return read ? std::string("accepted") : read.error().what;
  };
  EXPECT_EQ(error_of("start 3\nintroduced 2\nexpect culprit 2\n"), "accepted");
  EXPECT_EQ(error_of("start 3\nintroduced 2\nfrobnicate 1\n"), "unknown word 'frobnicate'");
  EXPECT_EQ(error_of("start 3\nintroduced 9\nexpect culprit 2\n"), "x: commit 9 is not in the history");
  EXPECT_EQ(error_of("start 1\nintroduced 2\nexpect culprit 2\n"),
            "x: the start revision and the expected result contradict each other");
  EXPECT_EQ(error_of("start 3\nintroduced 2\n"), "x: a scenario that expects nothing under bayes");
  EXPECT_EQ(error_of("start 3\nintroduced 2\nexpect bayes culprit 2\n"),
            "x: a scenario that expects nothing under classic");
  EXPECT_EQ(error_of("start 3\nintroduced 2\nexpect culprit 2\nexpect classic among-candidates 7\n"),
            "x: commit 7 is not in the history");
  EXPECT_EQ(error_of("start 3\nintroduced 2\nexpect guess culprit 2\n"), "unknown expectation 'guess'");
  fs::remove_all(dir);
}

TEST(ScenarioFormat, ALaterExpectationOfOneStrategyReplacesThatOfAll) {
  const fs::path dir = fs::temp_directory_path() / "culprit-scenario-strategies";
  fs::create_directories(dir);
  std::ofstream(dir / "x.scenario")
      << "chain 1 2 3\ntarget lockdep-circular\nstart 3\nintroduced 2\n"
         "expect culprit 2\nexpect builds 9\nexpect explanation two words\n"
         "expect classic kind inconclusive\nexpect classic among-candidates 2 3\n"
         "expect classic builds 7\nexpect classic explanation more\n";
  const auto read = read_scenario(dir / "x.scenario");
  fs::remove_all(dir);
  ASSERT_TRUE(read) << base::render(read.error());
  const Expectation& bayes = read->expect.at("bayes");
  const Expectation& classic = read->expect.at("classic");
  EXPECT_EQ(bayes.culprit, 2);
  EXPECT_EQ(bayes.most_builds, 9);
  EXPECT_TRUE(bayes.among.empty());
  EXPECT_EQ(bayes.explanation, std::vector<std::string>{"two words"});
  EXPECT_FALSE(classic.culprit);
  EXPECT_EQ(classic.kind, model::ResultKind::inconclusive);
  EXPECT_EQ(classic.most_builds, 7);
  EXPECT_EQ(classic.among, (std::vector<int>{2, 3}));
  EXPECT_EQ(classic.explanation, (std::vector<std::string>{"two words", "more"}));
}

}  // namespace
}  // namespace culprit::scenario
