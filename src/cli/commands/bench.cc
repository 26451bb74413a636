// `culprit bench`: hands over to culprit-bench, a program of its own (bench/noisebisect).

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "cli/commands/subcommands.h"
#include "cli/session/session.h"

namespace culprit::cli {
namespace {

// Returns only where the program is not there.
int bench(const CLI::App& command) {
  std::error_code ignored;
  const auto program =
      std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "culprit-bench";
  std::vector<std::string> words = command.remaining();
  words.insert(words.begin(), program);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
  return report_error(
      {.kind = base::ErrorKind::usage,
       .what = "culprit-bench is not beside this program, in " + program.parent_path().string(),
       .hint = "build it: cmake --build --preset release --target culprit-bench"});
}

}  // namespace

void add_bench(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("bench", "Measure the search against simulated noise (noisebisect-v1)");
  command->set_help_flag();
  command->allow_extras();
  command->callback([&invocation, command] { invocation.run = [command] { return bench(*command); }; });
}

}  // namespace culprit::cli
