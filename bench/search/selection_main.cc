// bench_search_selection: how long a choice of the next experiment takes on a repository, beside git's own.
//
// One simulated bisection of the whole repository (crash rate 0.9, 5 % of the runs lost), every choice timed.
// `git rev-list --bisect` is asked once, for the first middle, within a time limit.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "base/process/subprocess.h"
#include "bench/need.h"
#include "bench/noisebisect/trial.h"
#include "history/graph/load.h"
#include "search/bayes.h"

namespace {

namespace fs = std::filesystem;
namespace search = culprit::search;
using culprit::base::CancelToken;
using culprit::bench::need;

const CancelToken k_never;

class Clock {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - m_start).count();
  }

 private:
  std::chrono::steady_clock::time_point m_start = std::chrono::steady_clock::now();
};

// The search, with its dearest choice.
class Timed : public search::Search {
 public:
  explicit Timed(const search::Search& inner) : m_inner(inner) {}
  culprit::model::Decision next(const culprit::model::Evidence& evidence) const override {
    const Clock clock;
    auto decision = m_inner.next(evidence);
    m_most = std::max(m_most, clock.seconds());
    return decision;
  }
  std::vector<culprit::model::RevisionVerdict> verdicts(
      const culprit::model::Evidence& evidence) const override {
    return m_inner.verdicts(evidence);
  }
  double most() const { return m_most; }

 private:
  const search::Search& m_inner;
  mutable double m_most = 0;
};

void row(std::string_view what, double seconds, std::string_view remark = "") {
  fmt::print("{:<44} {:>12.4f} s  {}\n", what, seconds, remark);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  std::string repo;
  int git_limit = 60;
  CLI::App app("Time of choosing the next experiment, beside git's");
  app.add_option("--repo", repo, "a repository with a branch main, as bench_history_loading --repo makes it")
      ->required();
  app.add_option("--git-limit", git_limit, "seconds that git may take")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto opened = need(culprit::history::open_repository(fs::absolute(repo), {}, k_never));
  const auto git = [&](const std::string& script) {
    return need(culprit::base::run_tool({.argv = {"sh", "-c", script}, .cwd = repo}, k_never));
  };
  const auto tip = culprit::model::CommitId::from_hex(git("git rev-parse main | tr -d '\\n'"));
  const Clock loading;
  const auto graph = need(culprit::history::load_graph(opened, std::span(&*tip, 1), k_never));
  row("loading", loading.seconds(), fmt::format("{} commits", graph.size()));

  namespace nb = search::noisebisect;
  const nb::World world(graph, {.name = "P .9", .p = 0.9}, 1);
  const Clock preparing;
  const search::BayesSearch bayes(graph, nb::problem_of(world));
  row("who is whose ancestor, once", preparing.seconds());
  const Timed timed(bayes);
  const nb::Result result = nb::run_trial(world, timed, {});
  row("a choice, mean", result.selecting / std::max(1, result.selections),
      fmt::format("{} choices, {} builds, {} runs", result.selections, result.builds, result.runs));
  row("a choice, the dearest", timed.most());
  const std::string root = git("git rev-list --max-parents=0 main | tail -1 | tr -d '\\n'");
  const Clock bisecting;
  const std::string done = git(fmt::format(
      "timeout {} git rev-list --bisect {}..main >/dev/null && echo done || true", git_limit, root));
  row("git rev-list --bisect, the first middle", bisecting.seconds(),
      done.empty() ? "stopped, not finished" : "");
}
