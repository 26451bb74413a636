#include "service/queue/spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <variant>

#include "base/overloaded.h"
#include "base/strings.h"

namespace culprit::service {
namespace {

using base::ErrorKind;
using base::fail;
using nlohmann::json;

using Text = std::string JobSpec::*;
using TextList = std::vector<std::string> JobSpec::*;
using Flag = bool JobSpec::*;
using Whole = int JobSpec::*;
using Number = double JobSpec::*;

struct Field {
  std::string_view name;
  std::string_view option;  // of `culprit bisect`; empty: for the queue, or placed by hand
  std::variant<Text, TextList, Flag, Whole, Number> member;
  double least = 0;
  double most = 0;
};

constexpr double k_most_seconds = 1e7;      // as `culprit bisect` has it
constexpr double k_last_time = 4102444800;  // 2100-01-01: milliseconds by mistake are above it

const Field k_fields[] = {
    {"repository", "", &JobSpec::repository},
    {"cwd", "", &JobSpec::cwd},
    {"bad", "--bad", &JobSpec::bad},
    {"good", "--good", &JobSpec::good},
    {"skip", "--skip", &JobSpec::skip},
    {"oldest", "--oldest", &JobSpec::oldest},
    {"fix", "--fix", &JobSpec::fix},
    {"first_parent", "--first-parent", &JobSpec::first_parent},
    {"release_candidates", "--release-candidates", &JobSpec::release_candidates},
    {"command", "", &JobSpec::command},
    {"config", "", &JobSpec::config},
    {"config_text", "", &JobSpec::config_text},
    {"build", "--build", &JobSpec::build},
    {"artifacts", "--artifact", &JobSpec::artifacts},
    {"paths", "--path", &JobSpec::paths},
    {"clean", "--clean", &JobSpec::clean},
    {"no_verify", "--no-verify", &JobSpec::no_verify},
    {"runs", "--runs", &JobSpec::runs, 1, 100'000},
    {"jobs", "--jobs", &JobSpec::jobs, 1, 1024},
    {"timeout", "--timeout", &JobSpec::timeout, 0.01, k_most_seconds},
    {"build_timeout", "--build-timeout", &JobSpec::build_timeout, 0.01, k_most_seconds},
    {"confidence", "--confidence", &JobSpec::confidence, 0.5, 0.9999},
    {"strategy", "--strategy", &JobSpec::strategy},
    {"title", "", &JobSpec::title},
    {"owner", "", &JobSpec::owner},
    {"bug", "", &JobSpec::bug},
    {"labels", "", &JobSpec::labels},
    {"priority", "", &JobSpec::priority, -1000, 1000},
    {"deadline", "", &JobSpec::deadline, 1, k_last_time},
    {"machine_hours", "", &JobSpec::machine_hours, 0.0001, 1e6},
    {"money", "", &JobSpec::money, 0.0001, 1e9},
    {"held", "", &JobSpec::held},
    {"key", "", &JobSpec::key},
};

std::unexpected<base::Error> wrong(const Field& field, std::string_view wanted) {
  return fail(ErrorKind::usage, fmt::format("'{}' is not {}", field.name, wanted),
              "docs/service.md has the fields of a job");
}

base::Result<std::string> text_in(const Field& field, const json& value) {
  if (!value.is_string()) return wrong(field, "a text");
  auto text = value.get<std::string>();
  if (text.contains('\0')) return wrong(field, "free of zero bytes");
  return text;
}

base::Result<double> number_in(const Field& field, const json& value) {
  const double number = value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
  if (std::isnan(number) || number < field.least || number > field.most)
    return wrong(field, fmt::format("a number from {} to {}", field.least, field.most));
  return number;
}

base::Result<void> read(const Field& field, const json& value, JobSpec& spec) {
  return std::visit(base::Overloaded{
                        [&](Text member) -> base::Result<void> {
                          spec.*member = CULPRIT_TRY(text_in(field, value));
                          return {};
                        },
                        [&](TextList member) -> base::Result<void> {
                          // One text stands for a list of one, but a command is words: a shell's line would be one word of it.
                          if (value.is_string() && field.name != "command") {
                            spec.*member = {CULPRIT_TRY(text_in(field, value))};
                            return {};
                          }
                          if (!value.is_array()) return wrong(field, "a list of texts");
                          for (const json& item : value)
                            (spec.*member).push_back(CULPRIT_TRY(text_in(field, item)));
                          return {};
                        },
                        [&](Flag member) -> base::Result<void> {
                          if (!value.is_boolean()) return wrong(field, "true or false");
                          spec.*member = value.get<bool>();
                          return {};
                        },
                        [&](Whole member) -> base::Result<void> {
                          const double number = CULPRIT_TRY(number_in(field, value));
                          if (number != std::floor(number)) return wrong(field, "a whole number");
                          spec.*member = static_cast<int>(number);
                          return {};
                        },
                        [&](Number member) -> base::Result<void> {
                          spec.*member = CULPRIT_TRY(number_in(field, value));
                          return {};
                        },
                    },
                    field.member);
}

// A revision or a tag must not be taken for an option where it is handed on to git.
base::Result<void> check_revisions(const JobSpec& spec) {
  std::vector<std::string> all = {spec.bad, spec.oldest};
  all.insert(all.end(), spec.good.begin(), spec.good.end());
  all.insert(all.end(), spec.skip.begin(), spec.skip.end());
  for (const std::string& revision : all)
    if (revision.starts_with('-'))
      return fail(ErrorKind::usage, "'" + base::printable(revision) + "' is no revision",
                  "a revision does not begin with a dash");
  return {};
}

base::Result<void> check(const JobSpec& spec) {
  if (!spec.repository.starts_with('/'))
    return fail(ErrorKind::usage,
                spec.repository.empty()
                    ? "a job needs a repository"
                    : "the repository '" + base::printable(spec.repository) + "' is no absolute path",
                "\"repository\": the absolute path of a git repository on the service's machine");
  for (const std::string* path : {&spec.cwd, &spec.config})
    if (!path->empty() && !path->starts_with('/'))
      return fail(ErrorKind::usage, "'" + base::printable(*path) + "' is no absolute path",
                  "cwd and config are paths on the service's machine");
  const bool program = !spec.command.empty();
  const bool kernel = !spec.config.empty() || !spec.config_text.empty();
  if (program == kernel)
    return fail(ErrorKind::usage,
                program ? "command and config exclude each other" : "a job needs something to run",
                R"("command": ["./test.sh"] for a program; "config" or "config_text" for a kernel)");
  if (!spec.config.empty() && !spec.config_text.empty())
    return fail(ErrorKind::usage, "config and config_text exclude each other",
                "name the file, or send what is in it");
  if (program && spec.command.front().empty())
    return fail(ErrorKind::usage, "the command's first word is empty", "it names the program to run");
  return check_revisions(spec);
}

}  // namespace

base::Result<JobSpec> spec_from_json(const json& object) {
  if (!object.is_object())
    return fail(ErrorKind::usage, "a job is a JSON object", "docs/service.md has an example");
  JobSpec spec;
  for (const auto& [name, value] : object.items()) {
    const auto field = std::ranges::find(k_fields, std::string_view(name), &Field::name);
    if (field == std::end(k_fields)) {
      std::vector<std::string> names;
      for (const Field& known : k_fields) names.emplace_back(known.name);
      const auto near = base::nearest_names(name, names, 1);
      return fail(
          ErrorKind::usage, "a job has no field '" + base::printable(name) + "'",
          near.empty() ? "docs/service.md has the fields of a job" : "did you mean '" + near[0] + "'?");
    }
    if (!value.is_null()) CULPRIT_TRY(read(*field, value, spec));
  }
  CULPRIT_TRY(check(spec));
  return spec;
}

base::Result<JobSpec> spec_from_text(std::string_view text) {
  const json parsed = json::parse(text, nullptr, false);
  if (parsed.is_discarded())
    return fail(ErrorKind::usage, "this is no JSON", "docs/service.md has an example of a job");
  return spec_from_json(parsed);
}

nlohmann::ordered_json to_json(const JobSpec& spec) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  const JobSpec defaults;
  for (const Field& field : k_fields)
    std::visit(
        [&](auto member) {
          if (spec.*member != defaults.*member) out[std::string(field.name)] = spec.*member;
        },
        field.member);
  return out;
}

std::vector<std::string> arguments_of(const JobSpec& spec, const std::filesystem::path& config) {
  std::vector<std::string> out;
  // In one word with its option: a value that begins with a dash is never taken for another option.
  const auto add = [&](std::string_view option, std::string_view value) {
    out.push_back(fmt::format("{}={}", option, value));
  };
  for (const Field& field : k_fields) {
    if (field.option.empty()) continue;
    std::visit(base::Overloaded{
                   [&](Text member) {
                     if (!(spec.*member).empty()) add(field.option, spec.*member);
                   },
                   [&](TextList member) {
                     for (const std::string& value : spec.*member) add(field.option, value);
                   },
                   [&](Flag member) {
                     if (spec.*member) out.emplace_back(field.option);
                   },
                   [&](auto member) {
                     if (spec.*member != 0) add(field.option, fmt::format("{}", spec.*member));
                   },
               },
               field.member);
  }
  if (!config.empty()) add("--config", config.string());
  if (!spec.command.empty()) {
    out.emplace_back("--");
    out.insert(out.end(), spec.command.begin(), spec.command.end());
  }
  return out;
}

}  // namespace culprit::service
