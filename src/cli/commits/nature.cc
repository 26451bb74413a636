#include "cli/commits/nature.h"

#include <filesystem>
#include <map>
#include <memory>
#include <tuple>

#include "base/files.h"
#include "base/strings.h"
#include "cli/settings/kernel_config.h"
#include "history/nature/nature.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t k_longest_script = std::uintmax_t{1} << 20;  // bytes; what is longer is no script

// The text of a small file; empty for what is none.
std::string text_of(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error) || fs::file_size(path, error) > k_longest_script) return {};
  std::string text = base::read_file(path).value_or(std::string());
  return text.contains('\0') ? std::string() : text;
}

void add_kernel(history::BugFacts& facts, const Settings& settings) {
  const auto config = parse_kernel_config(settings.config_text, settings.config_path);
  if (!config) return;
  facts.arch = config->build.arch;
  const run::ReproducerSource& reproducer = config->vm.reproducer;
  facts.reproducer = base::join(reproducer.args, " ") + "\n" +
                     text_of(reproducer.source.empty() ? reproducer.script : reproducer.source);
}

void add_program(history::BugFacts& facts, const Settings& settings) {
  facts.reproducer = base::join(settings.command, " ") + "\n";
  for (const std::string& word : settings.command) {
    const fs::path below = (fs::path(settings.subdirectory) / word).lexically_normal();
    if (fs::path(word).is_relative() && !below.empty() && *below.begin() != "..")
      facts.run.push_back(below.string());
    facts.reproducer += text_of(fs::path(settings.user_cwd) / word) + "\n";
  }
}

history::BugFacts facts_of(const Settings& settings, const output::ShownBug& bug) {
  history::BugFacts facts{
      .title = bug.title, .report = bug.report, .is_culprits = bug.is_culprits, .is_fix = bug.is_fix};
  if (settings.is_kernel())
    add_kernel(facts, settings);
  else if (!settings.is_by_hand())
    add_program(facts, settings);
  return facts;
}

}  // namespace

std::function<std::vector<model::Classified>(const model::CommitId&, const output::ShownBug&)> classifier(
    const Settings& settings, const history::GitHistory& history) {
  using Key = std::tuple<model::CommitId, std::string, bool>;
  const auto known = std::make_shared<std::map<Key, std::vector<model::Classified>>>();
  return [settings, &history, known](const model::CommitId& commit, const output::ShownBug& bug) {
    const auto [at, is_new] = known->try_emplace(Key{commit, bug.report, bug.is_culprits});
    if (!is_new) return at->second;
    if (const auto info = history.describe(commit))
      at->second = history::classify(history.git(), *info, facts_of(settings, bug))
                       .value_or(std::vector<model::Classified>{});
    return at->second;
  };
}

}  // namespace culprit::cli
