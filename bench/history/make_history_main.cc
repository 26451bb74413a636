// culprit-make-history COMMITS [SEED]: writes a history like that of Linux to standard output:
//   git init repo && culprit-make-history 1300000 | git -C repo fast-import --quiet

#include <cstdio>
#include <cstdlib>

#include "base/exit_code.h"
#include "bench/history/make_history.h"

int main(int argc, char** argv) {
  using culprit::base::ExitCode;
  culprit::bench::HistoryShape shape;
  char* end = nullptr;
  if (argc > 1) shape.commits = std::strtoul(argv[1], &end, 10);
  const bool count_is_fine = argc > 1 && *end == '\0' && shape.commits > 0;
  if (argc > 2) shape.seed = std::strtoul(argv[2], &end, 10);
  if (argc > 3 || !count_is_fine || *end != '\0') {
    std::fputs("usage: culprit-make-history COMMITS [SEED]\n", stderr);
    return static_cast<int>(ExitCode::usage);
  }
  culprit::bench::write_history(
      shape, [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); });
  return std::fflush(stdout) == 0 ? 0 : static_cast<int>(ExitCode::infrastructure);
}
