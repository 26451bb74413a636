#include "store/experience.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace culprit::store {
namespace {

using base::ErrorKind;
using base::fail;
using model::Lesson;
using Json = nlohmann::ordered_json;

constexpr int k_version = 1;
constexpr int k_most = 1'000'000'000;  // of anything that is counted
constexpr double k_oldest = 1e6;       // releases

std::unexpected<base::Error> no_lesson(std::string_view why) {
  return fail(ErrorKind::usage, "not what finished bisections showed: " + std::string(why),
              "`culprit experience --export FILE` writes such a file");
}

std::string text_in(const nlohmann::json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

// -1: it is no count.
int count_in(const nlohmann::json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end()) return 0;
  if (!at->is_number_integer()) return -1;
  const auto value = at->get<std::int64_t>();
  return value >= 0 && value <= k_most ? static_cast<int>(value) : -1;
}

}  // namespace

Json to_json(const Lesson& lesson) {
  Json bad = Json::array();
  for (const Lesson::Sample& sample : lesson.bad) bad.push_back({sample.crashes, sample.runs});
  Json out = {{"tree", lesson.tree},     {"bad", bad},
              {"runs", lesson.runs},     {"lost", lesson.lost},
              {"ended", lesson.ended},   {"masked", lesson.masked},
              {"builds", lesson.builds}, {"broken", lesson.broken}};
  if (lesson.age) out["age"] = *lesson.age;
  if (lesson.older) out["older"] = true;
  if (!lesson.others.empty()) out["others"] = lesson.others;
  return out;
}

base::Result<Lesson> lesson_from_json(const nlohmann::json& object) {
  if (!object.is_object()) return no_lesson("a lesson is an object");
  Lesson out;
  out.tree = text_in(object, "tree");
  struct Count {
    const char* key;
    int Lesson::* member;
  };
  static constexpr Count k_counts[] = {{"runs", &Lesson::runs},     {"lost", &Lesson::lost},
                                       {"ended", &Lesson::ended},   {"masked", &Lesson::masked},
                                       {"builds", &Lesson::builds}, {"broken", &Lesson::broken}};
  for (const Count& count : k_counts) {
    out.*count.member = count_in(object, count.key);
    if (out.*count.member < 0) return no_lesson(std::string("'") + count.key + "' is no count");
  }
  if (out.lost > out.runs || out.masked > out.ended || out.broken > out.builds)
    return no_lesson("a part is more than the whole");
  if (const auto bad = object.find("bad"); bad != object.end()) {
    if (!bad->is_array()) return no_lesson("'bad' is a list of [CRASHES, RUNS]");
    for (const auto& pair : *bad) {
      const bool fits =
          pair.is_array() && pair.size() == 2 && pair[0].is_number_integer() && pair[1].is_number_integer();
      const auto crashes = fits ? pair[0].get<std::int64_t>() : -1;
      const auto runs = fits ? pair[1].get<std::int64_t>() : 0;
      if (crashes < 0 || runs < 1 || crashes > runs || runs > k_most)
        return no_lesson("'bad' is a list of [CRASHES, RUNS]");
      out.bad.push_back({.crashes = static_cast<int>(crashes), .runs = static_cast<int>(runs)});
    }
  }
  if (const auto age = object.find("age"); age != object.end()) {
    if (!age->is_number()) return no_lesson("'age' is no number of releases");
    const auto releases = age->get<double>();
    if (!(releases >= 0 && releases <= k_oldest)) return no_lesson("'age' is no number of releases");
    out.age = releases;
  }
  if (const auto older = object.find("older"); older != object.end() && older->is_boolean())
    out.older = older->get<bool>();
  if (const auto others = object.find("others"); others != object.end() && others->is_array())
    for (const auto& title : *others)
      if (title.is_string()) out.others.push_back(title.get<std::string>());
  return out;
}

std::string to_text(const Experience& experience) {
  Json lessons = Json::array();
  for (const Lesson& lesson : experience.lessons) lessons.push_back(to_json(lesson));
  Json out = {{"culprit_experience", k_version}};
  if (!experience.tree.empty()) out["tree"] = experience.tree;
  out["lessons"] = std::move(lessons);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

base::Result<Experience> experience_from_text(std::string_view text) {
  const auto object = nlohmann::json::parse(text, nullptr, false);
  if (!object.is_object() || !object.contains("lessons") || !object["lessons"].is_array())
    return no_lesson("an object with a list of 'lessons'");
  if (count_in(object, "culprit_experience") != k_version)
    return no_lesson("this culprit reads version " + std::to_string(k_version));
  Experience out;
  out.tree = text_in(object, "tree");
  for (const auto& lesson : object["lessons"]) out.lessons.push_back(CULPRIT_TRY(lesson_from_json(lesson)));
  return out;
}

}  // namespace culprit::store
