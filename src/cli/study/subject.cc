#include "cli/study/subject.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "base/files.h"
#include "base/strings.h"

namespace culprit::cli {

using base::ErrorKind;

base::Result<KernelConfig> take_kernel_file(Settings& settings, std::string& repository) {
  std::error_code ignored;
  settings.config_path = std::filesystem::absolute(settings.config_path, ignored);
  KernelConfig config = CULPRIT_TRY(load_kernel_config(settings.config_path));
  settings.config_text = base::decoded_text(CULPRIT_TRY(base::read_file(settings.config_path)));
  if (repository.empty()) repository = config.tree;
  if (repository.empty())
    return base::fail(
        ErrorKind::usage,
        "no kernel tree: neither --repo nor `tree` in " + settings.config_path + " says where it is",
        "tree = \"/path/to/linux\" in the file, or --repo");
  if (settings.jobs == 0) settings.jobs = config.guests;
  if (settings.jobs == 0) settings.jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  if (config.machine) settings.jobs = 1;
  return config;
}

std::string definition_of(Settings settings) {
  const Settings blank;
  settings.bad = blank.bad;
  settings.good = blank.good;
  settings.runs = blank.runs;
  settings.jobs = blank.jobs;
  settings.command = blank.command;
  settings.keep_checkouts = blank.keep_checkouts;
  settings.outputs.clear();
  return to_json(settings);
}

}  // namespace culprit::cli
