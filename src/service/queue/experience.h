// What a lab's finished jobs taught, and which of it a new job is given.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "service/queue/queue.h"
#include "store/experience.h"

namespace culprit::service {

// Of all finished jobs, then what was imported, newest last. A job whose answer a person called wrong teaches nothing.
std::vector<model::Lesson> lessons_of(const Queue& queue);

// For a job about `tree`: the newest lessons of the tree and of all others, at most k_most_lessons of each. What
// is older says little of today's machines and tests.
inline constexpr std::size_t k_most_lessons = 500;
store::Experience experience_for(const Queue& queue, const std::string& tree);

// Whether a job takes beliefs: the classic strategy has none.
bool takes_experience(const JobSpec& spec);

}  // namespace culprit::service
