// `culprit bench`: hands over to culprit-bench, a program of its own (bench/noisebisect).

#include <unistd.h>

#include <filesystem>

#include "cli/commands/commands.h"
#include "cli/session/session.h"

namespace culprit::cli {
namespace {

// Returns only where the program is not there.
int bench(std::vector<std::string> words) {
  std::error_code ignored;
  const auto program =
      std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "culprit-bench";
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

void add_bench(CommandLine& line) {
  Options command = line.add("bench", "Measure the search against simulated noise (noisebisect-v1)");
  command.take_everything();
  command.run([command] { return bench(command.rest()); });
}

}  // namespace culprit::cli
