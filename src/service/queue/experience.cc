#include "service/queue/experience.h"

#include <algorithm>

namespace culprit::service {
namespace {

bool is_contradicted(const Job& job) { return !job.words.empty() && job.words.back().verdict != "right"; }

}  // namespace

std::vector<model::Lesson> lessons_of(const Queue& queue) {
  std::vector<model::Lesson> out = queue.imported();
  std::vector<const Job*> taught;
  for (const auto& [id, job] : queue.jobs())
    if (job.lesson && is_final(job.state) && !is_contradicted(job)) taught.push_back(&job);
  std::ranges::stable_sort(taught, {}, &Job::changed);
  for (const Job* job : taught) out.push_back(*job->lesson);
  return out;
}

store::Experience experience_for(const Queue& queue, const std::string& tree) {
  std::vector<model::Lesson> all = lessons_of(queue);
  store::Experience out{.tree = tree, .lessons = {}};
  std::size_t own = 0;
  std::size_t others = 0;
  for (auto lesson = all.rbegin(); lesson != all.rend(); ++lesson)
    if (std::size_t& count = lesson->tree == tree ? own : others; count < k_most_lessons) {
      ++count;
      out.lessons.push_back(std::move(*lesson));
    }
  std::ranges::reverse(out.lessons);
  return out;
}

bool takes_experience(const JobSpec& spec) { return spec.strategy.empty() || spec.strategy == "bayes"; }

}  // namespace culprit::service
