// bench_history_loading: how long it takes to load a history, beside git's own times in the same run.
//
// The repository is made anew (or taken from --repo), in the shape that make_history.h describes. Each figure
// is the best of --repeat runs, since the machine is rarely quiet; the files are in the page cache for both
// sides.

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/process/subprocess.h"
#include "bench/need.h"
#include "history/graph/load.h"

namespace {

namespace fs = std::filesystem;
using culprit::base::CancelToken;
using culprit::base::Command;
using culprit::bench::need;

const CancelToken k_never;

double best_of(int repeat, const std::function<void()>& action) {
  double best = std::numeric_limits<double>::max();
  for (int i = 0; i < repeat; ++i) {
    const auto start = std::chrono::steady_clock::now();
    action();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

std::string shell(const fs::path& repo, const std::string& script) {
  return need(culprit::base::run_tool({.argv = {"sh", "-ec", script}, .cwd = repo}, k_never));
}

void row(std::string_view what, double seconds, std::string_view remark = "") {
  fmt::print("{:<58} {:>9.3f} s  {}\n", what, seconds, remark);
  std::fflush(stdout);
}

void load_rows(const fs::path& repo, int repeat, std::string_view how) {
  const auto opened = need(culprit::history::open_repository(repo, {}, k_never));
  const auto tip = culprit::model::CommitId::from_hex(shell(repo, "git rev-parse main | tr -d '\\n'"));
  culprit::history::LoadReport report;
  std::size_t size = 0;
  const double ours = best_of(repeat, [&] {
    report = {};
    size = need(culprit::history::load_graph(opened, std::span(&*tip, 1), k_never, &report)).size();
  });
  row(fmt::format("culprit, {}", how), ours,
      fmt::format("{} commits, {} from files, {} from git", size, report.from_file, report.from_git));
  for (const std::string& note : report.notes) fmt::print("  note: {}\n", note);
  row(fmt::format("git rev-list --all --parents --topo-order, {}", how),
      best_of(repeat, [&] { shell(repo, "git rev-list --all --parents --topo-order >/dev/null"); }));
}

void bisect_rows(const fs::path& repo, std::size_t commits) {
  for (std::size_t back : {std::size_t{1'000}, std::size_t{14'000}}) {
    if (back >= commits) continue;
    const std::string base =
        shell(repo, fmt::format("git rev-list --topo-order main | sed -n '{}{{p;q}}' | tr -d '\\n'", back));
    const std::string count = shell(repo, fmt::format("git rev-list --count {}..main | tr -d '\\n'", base));
    row(fmt::format("git rev-list --bisect, {} commits left", count),
        best_of(1, [&] { shell(repo, fmt::format("git rev-list --bisect {}..main >/dev/null", base)); }));
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t commits = 1'300'000;
  std::uint64_t seed = 1;
  int repeat = 3;
  std::string repo;
  CLI::App app("Time of loading a history, beside git's");
  app.add_option("--commits", commits, "size of the generated history")->capture_default_str();
  app.add_option("--seed", seed, "its seed")->capture_default_str();
  app.add_option("--repeat", repeat, "runs of each measurement; the best counts")->capture_default_str();
  app.add_option("--repo", repo, "folder of the repository: made there if missing, and kept");
  CLI11_PARSE(app, argc, argv);

  const bool keep = !repo.empty();
  const fs::path folder =
      keep ? fs::absolute(repo) : fs::temp_directory_path() / fmt::format("culprit-bench-{}", getpid());
  const fs::path generator = fs::read_symlink("/proc/self/exe").parent_path() / "culprit-make-history";
  if (!fs::exists(folder / "HEAD")) {
    fs::create_directories(folder);
    row(fmt::format("making {} commits (git fast-import)", commits), best_of(1, [&] {
          shell(folder, fmt::format("git init -q --bare -b main . && '{}' {} {} | git fast-import --quiet",
                                    generator.string(), commits, seed));
        }));
  }
  const std::string shape =
      shell(folder,
            "echo $(git rev-list --count main) $(git rev-list --count --min-parents=2 main) "
            "$(git rev-list --count --min-parents=3 main) $(git tag | wc -l)");
  fmt::print("commits, merges, octopus merges, tags: {}", shape);
  shell(folder, "rm -rf objects/info/commit-graph objects/info/commit-graphs");
  load_rows(folder, 1, "without commit-graph");
  row("git commit-graph write --reachable",
      best_of(1, [&] { shell(folder, "git commit-graph write --reachable --no-progress"); }));
  load_rows(folder, repeat, "with commit-graph");
  bisect_rows(folder, commits);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("peak memory of culprit: {} MiB\n", usage.ru_maxrss / 1024);
  if (!keep) fs::remove_all(folder);
}
