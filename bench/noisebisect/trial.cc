#include "bench/noisebisect/trial.h"

#include <algorithm>
#include <chrono>

#include "search/belief/experience.h"

namespace culprit::search::noisebisect {

model::Problem problem_of(const World& world, model::Beliefs beliefs) {
  model::Problem problem;
  problem.start = world.graph().id(world.bad_end());
  problem.good = {world.graph().id(world.good_end())};
  problem.run_slots = problem.build_slots = world.point().machines;
  problem.beliefs = std::move(beliefs);
  return problem;
}

Result::Kind judge_answer(const World& world, const std::vector<NodeIndex>& answer, bool named) {
  const bool holds = std::ranges::find(answer, world.culprit()) != answer.end();
  if (named) return holds ? Result::Kind::correct : Result::Kind::wrong;
  if (answer.empty()) return Result::Kind::none;
  if (!holds || world.point().unbuildable <= 0) return Result::Kind::none;
  // A set is right where nothing better was possible, and not much better was.
  const std::size_t best = world.resolution().size();
  return best > 1 && answer.size() <= 2 * best ? Result::Kind::correct : Result::Kind::none;
}

namespace {

class Simulation {
 public:
  Simulation(const World& world, const Search& search, const IdentityModel& identity)
      : m_world(world), m_search(search), m_identity(identity) {}
  Result run();

 private:
  struct Job {
    double end = 0;
    NodeIndex node = 0;
    bool build = false;
  };
  void give(NodeIndex node, int runs);
  void finish(const Job& job);
  void start(const model::Experiment& experiment);
  void record_build(NodeIndex node, bool ok, double seconds);
  void record_run(NodeIndex node);

  const World& m_world;
  const Search& m_search;
  const IdentityModel& m_identity;
  model::Evidence m_evidence;
  std::vector<std::uint8_t> m_built;
  std::vector<int> m_runs;
  std::vector<Job> m_jobs;
  double m_now = 0;
  Result m_result;
};

void Simulation::record_build(NodeIndex node, bool ok, double seconds) {
  model::BuildRecord build{.commit = m_world.graph().id(node)};
  build.status = ok ? model::BuildStatus::ok : model::BuildStatus::broken;
  build.seconds = seconds;
  m_evidence.builds.push_back(std::move(build));
  m_built[node] = 1;
}

void Simulation::record_run(NodeIndex node) {
  model::RunRecord run{.commit = m_world.graph().id(node)};
  const Show show = m_world.run(node, m_runs[node]++);
  run.seconds = m_world.seconds(show);
  const auto crash = [&](const char* title, double p) {
    run.outcome = model::Crashed{title};
    run.p_target = p;
    run.identity = p >= 1 ? model::Identity::target : model::Identity::unknown;
  };
  switch (show) {
    case Show::ok:
      run.outcome = model::Ok{};
      run.completed = true;
      break;
    case Show::crash:
      crash("the bug", 1);
      break;
    case Show::crash_renamed:
      crash("the bug by its old name", m_identity.unknown_title);
      break;
    case Show::foreign:
      crash("another bug", m_identity.unknown_title);
      break;
    case Show::regional:
      crash("an old bug", m_identity.unknown_title);
      break;
    case Show::infra:
      run.outcome = model::Infra{};
      break;
  }
  m_evidence.runs.push_back(std::move(run));
}

void Simulation::give(NodeIndex node, int runs) {
  record_build(node, true, m_world.point().build_seconds * m_world.point().ends_build);
  for (int i = 0; i < runs; ++i) record_run(node);
}

void Simulation::start(const model::Experiment& experiment) {
  const NodeIndex node = *m_world.graph().find(experiment.commit);
  for (int i = 0; i < std::max(1, experiment.runs); ++i) {
    const bool build = m_built[node] == 0;
    const bool works = m_world.builds(node);
    // What it shows, and so takes, comes out at its end: until then a quiet run.
    const double cost =
        (build ? m_world.point().build_seconds : 0) + (works ? m_world.point().quiet_seconds : 0);
    m_jobs.push_back({m_now + cost, node, build});
    m_built[node] = 1;
    m_evidence.pending.push_back({.commit = experiment.commit, .runs = 1, .building = build});
    m_result.builds += build;
    m_result.runs += works;
    m_result.cost += cost;
    if (!works) break;
  }
}

void Simulation::finish(const Job& job) {
  const auto& id = m_world.graph().id(job.node);
  const auto pending = std::ranges::find_if(
      m_evidence.pending, [&](const auto& p) { return p.commit == id && p.building == job.build; });
  m_evidence.pending.erase(pending);
  if (job.build) record_build(job.node, m_world.builds(job.node), m_world.point().build_seconds);
  if (!m_world.builds(job.node)) return;
  record_run(job.node);
  const double longer = m_evidence.runs.back().seconds - m_world.point().quiet_seconds;
  m_result.cost += longer;
  m_now += longer;
}

Result Simulation::run() {
  using clock = std::chrono::steady_clock;
  m_built.assign(m_world.graph().size(), 0);
  m_runs.assign(m_world.graph().size(), 0);
  give(m_world.bad_end(), k_given_bad_runs);
  give(m_world.good_end(), k_given_good_runs);
  for (int steps = 0; steps < 5000; ++steps) {
    const auto before = clock::now();
    const model::Decision decision = m_search.next(m_evidence);
    m_result.selecting += std::chrono::duration<double>(clock::now() - before).count();
    ++m_result.selections;
    if (decision.conclusion) {
      const auto& c = *decision.conclusion;
      std::vector<NodeIndex> answer;
      for (const auto& candidate : c.candidates) answer.push_back(*m_world.graph().find(candidate.commit));
      if (c.culprit) answer = {*m_world.graph().find(*c.culprit)};
      m_result.kind = judge_answer(m_world, answer, c.culprit.has_value());
      m_result.stated = c.probability;
      m_result.lesson = lesson_of(m_world.graph(), problem_of(m_world), m_evidence, c);
      break;
    }
    for (const auto& experiment : decision.experiments) start(experiment);
    if (m_jobs.empty()) break;
    const auto next = std::ranges::min_element(m_jobs, {}, &Job::end);
    const Job job = *next;
    m_jobs.erase(next);
    m_now = job.end;
    finish(job);
  }
  m_result.wall = m_now;
  return m_result;
}

}  // namespace

Result run_trial(const World& world, const Search& search, const IdentityModel& identity) {
  return Simulation(world, search, identity).run();
}

}  // namespace culprit::search::noisebisect
