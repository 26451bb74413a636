#include "engine/ahead.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>

#include "model/run_says.h"

namespace culprit::engine {
namespace {

using model::CommitId;
using model::UserVerdict;

// Builds of less are not worth a second checkout: git makes one in about as much.
constexpr double k_worth_it_s = 0.05;
// Idle cores are a mean over a moment that is gone, and a build of one process keeps 0.9 to 1.1 cores busy: one may take a third more
// than was left.
constexpr double k_nearly = 0.75;

// A way on: what was found so far, what is asked for then, how likely it comes to that.
struct Way {
  model::Evidence evidence;
  CommitId asked;
  int runs = 1;  // that are asked for
  double probability = 1;
};

bool is_built(const model::Evidence& evidence, const CommitId& commit) {
  return std::ranges::find(evidence.builds, commit, &model::BuildRecord::commit) != evidence.builds.end();
}

// What a run is taken to come to: to the bug as the start showed it, or to nothing. Null where the start has not shown it.
const model::RunRecord* run_that_shows(const model::Evidence& evidence, const CommitId& start) {
  const auto at = std::ranges::find_if(evidence.runs, [&](const model::RunRecord& run) {
    return run.commit == start && run.identity == model::Identity::target;
  });
  return at == evidence.runs.end() ? nullptr : &*at;
}

model::RunRecord quiet_run(const model::Evidence& evidence) {
  const auto at = std::ranges::find_if(evidence.runs, [](const model::RunRecord& run) {
    return model::kind_of(run.outcome) == model::OutcomeKind::ok;
  });
  if (at != evidence.runs.end()) return *at;
  model::RunRecord run;
  run.outcome = model::Ok{};
  run.completed = true;
  if (!evidence.runs.empty()) run.seconds = evidence.runs.front().seconds;
  return run;
}

// As if `way.asked` had been built and run, with this end. A word is another kind of evidence, after which another revision
// may tell most: it stands in only where nobody knows what a run looks like.
void suppose(const model::Problem& problem, const Way& way, UserVerdict verdict, model::Evidence& evidence) {
  const model::RunRecord* shows = run_that_shows(evidence, problem.start);
  if (shows == nullptr) {
    evidence.verdicts.push_back({way.asked, verdict});
    return;
  }
  model::RunRecord run = verdict == UserVerdict::bad ? *shows : quiet_run(evidence);
  run.commit = way.asked;
  run.variant.clear();
  run.signature = way.asked.hex();
  model::BuildRecord build{.commit = way.asked, .signature = run.signature};
  if (!evidence.builds.empty()) build.seconds = evidence.builds.back().seconds;
  if (!is_built(evidence, way.asked)) evidence.builds.push_back(std::move(build));
  for (int left = way.runs; left > 0; --left) {
    run.id = evidence.runs.empty() ? 1 : evidence.runs.back().id + 1;
    evidence.runs.push_back(run);
  }
}

// That `commit` shows the bug: what was run does what it did, the ends are as the user says, the others are halves of what is left.
double shows(const model::Problem& problem, const model::Evidence& evidence, const CommitId& commit) {
  constexpr double k_as_told = 0.97;
  const auto did = [&](model::RunSays what) {
    return std::ranges::any_of(evidence.runs, [&](const model::RunRecord& run) {
      return run.commit == commit && run.variant.empty() && model::what_says(run) == what;
    });
  };
  if (did(model::RunSays::shown)) return k_as_told;
  if (did(model::RunSays::quiet)) return 1 - k_as_told;
  if (commit == problem.start) return k_as_told;
  if (commit == problem.head || std::ranges::find(problem.good, commit) != problem.good.end())
    return 1 - k_as_told;
  return 0.5;
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Seconds that all cores of the machine together were idle, or waited for a disk, since it was started.
double idle_seconds() {
  std::ifstream stat("/proc/stat");
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, waiting = 0;
  if (!(stat >> cpu >> user >> nice >> system >> idle >> waiting)) return 0;
  return (idle + waiting) / static_cast<double>(std::max(1L, ::sysconf(_SC_CLK_TCK)));
}

double usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

}  // namespace

std::vector<CommitId> foresee(const search::Search& search, const model::Problem& problem,
                              model::Evidence evidence, const CommitId& current, int runs, std::size_t most) {
  std::vector<CommitId> found;
  if (most == 0) return found;
  evidence.pending.clear();
  std::vector<Way> ways;
  ways.push_back({std::move(evidence), current, runs, 1});
  std::size_t questions = 6 * most;
  while (!ways.empty() && found.size() < most) {
    const auto likeliest = std::ranges::max_element(ways, {}, &Way::probability);
    Way way = std::move(*likeliest);
    ways.erase(likeliest);
    if (way.asked != current && !is_built(way.evidence, way.asked)) found.push_back(way.asked);
    const double bad = shows(problem, way.evidence, way.asked);
    for (const UserVerdict verdict : {UserVerdict::bad, UserVerdict::good}) {
      const double p = verdict == UserVerdict::bad ? bad : 1 - bad;
      if (p < 0.1 || questions == 0) continue;
      --questions;
      Way next{.evidence = way.evidence, .asked = {}, .probability = way.probability * p};
      suppose(problem, way, verdict, next.evidence);
      const model::Decision decision = search.next(next.evidence);
      if (decision.conclusion || decision.experiments.empty()) continue;
      const model::Experiment& experiment = decision.experiments.front();
      if (!experiment.variant.empty() || experiment.from_clean) continue;
      const auto is_next = [&](const Way& other) { return other.asked == experiment.commit; };
      const bool is_new =
          std::ranges::find(found, experiment.commit) == found.end() && std::ranges::none_of(ways, is_next);
      if (!is_new && !is_built(next.evidence, experiment.commit)) continue;
      next.asked = experiment.commit;
      next.runs = experiment.runs;
      ways.push_back(std::move(next));
    }
  }
  return found;
}

int room_ahead(const BuildLoad& load) {
  if (load.seconds < k_worth_it_s) return 0;
  const double each = std::max(load.cores, 0.05);
  const int room = static_cast<int>(std::min<double>(k_most_ahead, load.idle / (k_nearly * each)));
  return std::max(0, room);
}

void IdleMeter::start() {
  m_idle = idle_seconds();
  m_at = now();
}

double IdleMeter::idle_cores() const {
  const double seconds = now() - m_at;
  return seconds <= 0 ? 0 : std::clamp((idle_seconds() - m_idle) / seconds, 0.0, usable_cores());
}

void AheadBuilds::learn(const BuildLoad& load) {
  m_room = room_ahead(load);
  m_expected = false;
}

void AheadBuilds::expect(double idle_cores) {
  if (!wants_load()) return;
  m_room = room_ahead({.cores = 1, .idle = idle_cores, .seconds = k_worth_it_s});
  m_expected = true;
}

void AheadBuilds::give_up() {
  m_limits = {};
  m_room = 0;
}

AheadBuild* AheadBuilds::of(const CommitId& commit) {
  const auto at = std::ranges::find(m_builds, commit, &AheadBuild::commit);
  return at == m_builds.end() ? nullptr : &*at;
}

AheadBuild* AheadBuilds::on(int slot) {
  const auto at = std::ranges::find_if(
      m_builds, [&](const AheadBuild& build) { return build.slot == slot && !build.is_aside; });
  return at == m_builds.end() ? nullptr : &*at;
}

AheadBuild& AheadBuilds::begin(const CommitId& commit, int slot, double now) {
  m_builds.push_back({.commit = commit, .slot = slot, .began = now});
  return m_builds.back();
}

void AheadBuilds::drop(const AheadBuild& build) {
  m_builds.remove_if([&](const AheadBuild& other) { return &other == &build; });
}

int AheadBuilds::building_but(int slot) const {
  return static_cast<int>(std::ranges::count_if(
      m_builds, [&](const AheadBuild& build) { return !build.product && build.slot != slot; }));
}

}  // namespace culprit::engine
