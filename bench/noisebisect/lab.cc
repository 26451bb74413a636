#include "bench/noisebisect/lab.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "search/bayes.h"
#include "search/belief/experience.h"

namespace culprit::search::noisebisect {
namespace {

constexpr std::uint64_t k_first_job = 555000;

Point rate(double p, double kappa = 0) { return {.name = "", .p = p, .kappa = kappa}; }

struct Done {
  std::vector<Result> cold;
  std::vector<Result> learned;
};

Done work_through(const Histories& histories, const Lab& lab, int number, int jobs) {
  Done out;
  std::vector<model::Lesson> lessons;
  for (int job = 0; job < jobs; ++job) {
    const auto seed =
        k_first_job + static_cast<std::uint64_t>(number) * 100'000 + static_cast<std::uint64_t>(job);
    base::Rng rng(seed);
    const Point& point = lab.kinds[rng.below(lab.kinds.size())];
    const World world(histories.graph(job), point, seed);
    out.cold.push_back(run_trial(world, BayesSearch(world.graph(), problem_of(world)), {}));
    const std::string tree = job % 2 == 0 ? "one" : "other";
    Result& result = out.learned.emplace_back(
        run_trial(world, BayesSearch(world.graph(), problem_of(world, search::learned(lessons, tree))), {}));
    result.lesson.tree = tree;
    lessons.push_back(result.lesson);
  }
  return out;
}

}  // namespace

const std::vector<Lab>& all_labs() {
  static const std::vector<Lab> labs = {
      {"always crashing", {rate(1)}},
      {"steady, 1 to .3", {rate(1), rate(1), rate(.9), rate(.5), rate(.3)}},
      {"rare, .1 and .3", {rate(.1), rate(.3)}},
      {"swinging .9", {rate(.9, 3)}},
      {"swinging .7", {rate(.7, 3)}},
      {"swinging .5", {rate(.5, 3)}},
      {"half swinging", {rate(1), rate(.9), rate(.9, 3), rate(.7, 3)}},
      {"one in five broken", {{.name = "", .p = .9, .unbuildable = .2}}},
      {"machine loses half", {{.name = "", .p = .5, .infra = .5}}},
      {"other crashes", {{.name = "", .p = .9, .foreign = .1}, {.name = "", .p = .5, .foreign = .3}}},
  };
  return labs;
}

LabRows run_lab(const Setting& setting, const Histories& histories, const Lab& lab, int labs, int jobs) {
  std::vector<Done> done(static_cast<std::size_t>(labs));
  std::atomic<int> next = 0;
  const auto work = [&] {
    for (int number; (number = next++) < labs;)
      done[static_cast<std::size_t>(number)] = work_through(histories, lab, number, jobs);
  };
  std::vector<std::jthread> others;
  for (int i = 1; i < setting.threads; ++i) others.emplace_back(work);
  work();
  others.clear();
  std::vector<Result> cold, learned, cold_late, learned_late;
  for (const Done& one : done)
    for (std::size_t job = 0; job < one.cold.size(); ++job) {
      cold.push_back(one.cold[job]);
      learned.push_back(one.learned[job]);
      if (2 * job < one.cold.size()) continue;
      cold_late.push_back(one.cold[job]);
      learned_late.push_back(one.learned[job]);
    }
  return {.cold = sum_up(std::move(cold)),
          .learned = sum_up(std::move(learned)),
          .learned_late = sum_up(std::move(learned_late)),
          .cold_late = sum_up(std::move(cold_late))};
}

}  // namespace culprit::search::noisebisect
