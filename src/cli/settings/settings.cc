#include "cli/settings/settings.h"

#include <nlohmann/json.hpp>

namespace culprit::cli {
namespace {

using nlohmann::json;

constexpr const char* k_file = "_file";  // "json_file": where the output "json" is written

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
  visit("paths", s.paths);
  visit("prior_path", s.prior_path);
  visit("prior_text", s.prior_text);
  visit("prior_crash", s.prior_crash);
  visit("experience_path", s.experience_path);
  visit("experience_text", s.experience_text);
  visit("manual", s.manual);
  visit("checkout", s.checkout);
  visit("waits", s.waits);
  visit("term_new", s.term_new);
  visit("term_old", s.term_old);
  visit("user_head", s.user_head);
  visit("strategy", s.strategy);
  visit("runs", s.runs);
  visit("jobs", s.jobs);
  visit("jobs_given", s.jobs_given);
  visit("ahead", s.ahead);
  visit("confidence", s.confidence);
  visit("verify", s.verify);
  visit("keep_checkouts", s.keep_checkouts);
  visit("command", s.command);
  visit("build", s.build);
  visit("artifacts", s.artifacts);
  visit("messages", s.messages);
  visit("ignored", s.ignored);
  visit("tests", s.tests);
  visit("build_timeout", s.build_timeout);
  visit("clean", s.clean);
  visit("subdirectory", s.subdirectory);
  visit("user_cwd", s.user_cwd);
  visit("read_as", s.read_as);
  visit("overlays", s.overlays);
  visit("patches", s.patches);
  visit("only_with", s.only_with);
  visit("with_changes", s.with_changes);
  visit("measure", s.measure);
  visit("config_path", s.config_path);
  visit("config_text", s.config_text);
}

}  // namespace

double confidence_of(const Settings& settings) {
  if (settings.confidence > 0) return settings.confidence;
  return settings.is_by_hand() ? k_confidence_by_hand : k_confidence;
}

std::string to_json(const Settings& settings) {
  json j;
  each_field(settings, [&](const char* name, const auto& field) { j[name] = field; });
  for (const auto& [output, file] : settings.outputs) j[output + k_file] = file;
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
    for (const auto& [key, value] : j.items())
      if (key.ends_with(k_file))
        value.get_to(settings.outputs[key.substr(0, key.size() - std::string_view(k_file).size())]);
    if (j.contains("timeout")) settings.timeout = j["timeout"].get<double>();
    return settings;
  } catch (const json::exception& e) {
    return base::fail(base::ErrorKind::store,
                      std::string("the bisection's settings are damaged: ") + e.what());
  }
}

}  // namespace culprit::cli
