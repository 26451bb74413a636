#include "cli/settings.h"

#include <nlohmann/json.hpp>

namespace culprit::cli {
namespace {

using nlohmann::json;

// Calls visit(name, field) for every field: the one list of them.
template <class S, class Visit>
void each_field(S& s, Visit&& visit) {
  visit("repository", s.repository);
  visit("bad", s.bad);
  visit("good", s.good);
  visit("fix", s.fix);
  visit("skip", s.skip);
  visit("oldest", s.oldest);
  visit("first_parent", s.first_parent);
  visit("release_candidates", s.release_candidates);
  visit("allow_shallow", s.allow_shallow);
  visit("strategy", s.strategy);
  visit("runs", s.runs);
  visit("jobs", s.jobs);
  visit("confidence", s.confidence);
  visit("verify", s.verify);
  visit("keep_checkouts", s.keep_checkouts);
  visit("command", s.command);
  visit("build", s.build);
  visit("artifacts", s.artifacts);
  visit("build_timeout", s.build_timeout);
  visit("clean", s.clean);
  visit("subdirectory", s.subdirectory);
  visit("user_cwd", s.user_cwd);
  visit("config_path", s.config_path);
  visit("config_text", s.config_text);
  visit("log_file", s.log_file);
  visit("json_file", s.json_file);
}

}  // namespace

std::string to_json(const Settings& settings) {
  json j;
  each_field(settings, [&](const char* name, const auto& field) { j[name] = field; });
  if (settings.timeout) j["timeout"] = *settings.timeout;
  return j.dump(-1, ' ', false, json::error_handler_t::replace);
}

base::Result<Settings> settings_from_json(const std::string& text) {
  try {
    const json j = json::parse(text);
    Settings settings;
    each_field(settings, [&](const char* name, auto& field) {
      if (j.contains(name)) j[name].get_to(field);
    });
    if (j.contains("timeout")) settings.timeout = j["timeout"].get<double>();
    return settings;
  } catch (const json::exception& e) {
    return base::fail(base::ErrorKind::store,
                      std::string("the bisection's settings are damaged: ") + e.what());
  }
}

}  // namespace culprit::cli
