// A job as JSON and as a command line. One table says which field is which option (docs/service.md).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "service/queue/job.h"

namespace culprit::service {

// Usage errors for what is no object, an unknown field (with the nearest one), a wrong type, a number out of its
// range, and a question that `culprit bisect` would refuse (no command, two of them, no repository, a path that is
// not absolute).
base::Result<JobSpec> spec_from_json(const nlohmann::json& object);
base::Result<JobSpec> spec_from_text(std::string_view text);
// Fields at their defaults are left out.
nlohmann::ordered_json to_json(const JobSpec& spec);

// The options and the command for `culprit bisect`, without the name of the program, -C, --state and outputs.
// `config` is the kernel's file, where there is one.
std::vector<std::string> arguments_of(const JobSpec& spec, const std::filesystem::path& config);

}  // namespace culprit::service
