// Lessons as JSON: in the events of a bisection, in the service's record, and as a file that labs exchange.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "model/experience.h"

namespace culprit::store {

nlohmann::ordered_json to_json(const model::Lesson& lesson);
// Usage errors for what is no lesson: counts that are negative or contradict each other, texts in the place of numbers.
base::Result<model::Lesson> lesson_from_json(const nlohmann::json& json);

// A file of lessons, and the tree that the bisection at hand is about: empty where the file does not say.
struct Experience {
  std::string tree;
  std::vector<model::Lesson> lessons;
};
std::string to_text(const Experience& experience);
// Unknown fields are left out; a newer version of the file is refused.
base::Result<Experience> experience_from_text(std::string_view text);

}  // namespace culprit::store
