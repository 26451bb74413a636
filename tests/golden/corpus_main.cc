// The invariants of re-reading (console/invariants.h) on consoles that are not the project's to copy.
// usage: corpus_console [DIR]...
// Reads every file below each DIR, or below $CULPRIT_CONSOLE_CORPUS (../shared/console-corpus): a head of
// "KEY: value" lines that is skipped, an empty line, the console, perhaps an expected report behind it. Exits
// 77 where no such directory is.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/golden/invariants.h"

namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The console of a corpus file. A file that begins with an empty line has no head.
std::string_view console_of(std::string_view file) {
  const std::size_t head = file.starts_with('\n') ? 0 : file.find("\n\n");
  if (head != std::string_view::npos) file.remove_prefix(file.starts_with('\n') ? 1 : head + 2);
  return file.substr(0, file.find("\n\nREPORT:\n"));
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<fs::path> directories(argv + 1, argv + argc);
  if (directories.empty()) {
    const char* corpus = std::getenv("CULPRIT_CONSOLE_CORPUS");
    directories.emplace_back(corpus != nullptr ? corpus : CULPRIT_CONSOLE_CORPUS);
  }
  int files = 0, failures = 0;
  for (const fs::path& directory : directories) {
    std::error_code error;
    if (!fs::is_directory(directory, error)) {
      fmt::print("skipped: {} is no directory\n", directory.string());
      return 77;
    }
    std::vector<fs::path> paths;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    for (const fs::path& path : paths) {
      ++files;
      const std::string file = slurp(path);
      if (const auto broken = culprit::console::broken_invariant(console_of(file))) {
        ++failures;
        fmt::print("{}: {}\n", path.string(), *broken);
      }
    }
  }
  fmt::print("{} files, {} failures\n", files, failures);
  return failures == 0 && files > 0 ? 0 : 1;
}
