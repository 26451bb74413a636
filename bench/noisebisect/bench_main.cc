// culprit-bench: the search against simulated noise, beside its peers (benchmark noisebisect-v1).
//
// The full tables take an hour or more; --quick is a check for every change: small, equal from run to run,
// its bounds several standard errors wide.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <thread>

#include "base/exit_code.h"
#include "base/strings.h"
#include "bench/noisebisect/lab.h"
#include "bench/noisebisect/table.h"

namespace culprit::search::noisebisect {
namespace {

struct BenchOptions {
  bool quick = false;
  bool peers = false;
  bool wrong = false;
  bool markdown = false;
  bool lab = false;
  int labs = 4;
  int jobs = 200;
  Setting setting;
  std::vector<std::string> points;
};

constexpr int k_quick_trials = 40;
// --quick fails where a row is worse than its target by more than this.
constexpr double k_quick_share = 0.12;
constexpr double k_quick_cost = 0.35;
constexpr double k_quick_wrong = 0.16;

int name_width(const BenchOptions& options) { return options.wrong ? 25 : 8; }

void print_head(const BenchOptions& options) {
  if (options.markdown)
    fmt::print(
        "| point | policy | correct | wrong | no answer | stated | builds | runs | cost (s) | p90 | cost / "
        "LB1 | "
        "target | speed-up | ms |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  else
    fmt::print("{:{}}{:26}{:>8}{:>7}{:>7}{:>8}{:>8}{:>8}{:>9}{:>9}{:>7}{:>8}{:>7}{:>8}\n", "point",
               name_width(options), "policy", "correct", "wrong", "none", "stated", "builds", "runs", "cost",
               "p90", "/LB1", "target", "speed", "ms");
}

// `one_wall`: seconds to the answer with one machine; 0: not asked for.
void print_row(const BenchOptions& options, const Aim& aim, std::string_view policy, const Row& row,
               double one_wall = 0) {
  const double least = least_cost(options.setting.commits, aim.point);
  const auto number = [](double value, const char* form) {
    return value > 0 ? fmt::format(fmt::runtime(form), value) : std::string();
  };
  const std::vector<std::string> cells = {
      aim.point.name,
      std::string(policy),
      fmt::format("{:.1f} %", 100 * row.correct),
      fmt::format("{:.1f} %", 100 * row.wrong),
      fmt::format("{:.1f} %", 100 * row.none),
      number(row.stated, "{:.4f}"),
      fmt::format("{:.1f}", row.builds),
      fmt::format("{:.1f}", row.runs),
      fmt::format("{:.0f}", row.cost),
      fmt::format("{:.0f}", row.cost_p90),
      fmt::format("{:.2f}", row.cost / least),
      number(aim.target.cost, "{:.2f}"),
      row.wall > 0 ? number(one_wall / row.wall, "{:.2f}") : std::string(),
      number(row.selection_ms, "{:.2f}")};
  static constexpr int k_widths[] = {8, 26, 8, 7, 7, 8, 8, 8, 9, 9, 7, 8, 7, 8};
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i)
    line += options.markdown ? fmt::format("| {} ", cells[i])
            : i == 0         ? fmt::format("{:{}}", cells[i], name_width(options))
            : i < 2          ? fmt::format("{:{}}", cells[i], k_widths[i])
                             : fmt::format("{:>{}}", cells[i], k_widths[i]);
  fmt::print("{}{}\n", line, options.markdown ? "|" : "");
  std::fflush(stdout);
}

// Whether a row of --quick is where it should be.
bool within_bounds(const BenchOptions& options, const Aim& aim, const Row& row) {
  const double least = least_cost(options.setting.commits, aim.point);
  if (row.wrong > k_quick_wrong) return false;
  if (aim.target.cost <= 0) return true;
  return row.correct >= aim.target.correct - k_quick_share &&
         row.cost / least <= aim.target.cost * (1 + k_quick_cost);
}

// A lab's jobs with the shipped beliefs beside those that its finished ones teach.
int run_labs(BenchOptions options) {
  options.setting.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  fmt::print("{} labs of {} jobs each, DAGs of {} commits\n\n", options.labs, options.jobs,
             options.setting.commits);
  const Histories histories(options.setting);
  fmt::print(
      "| lab | beliefs | correct | wrong | no answer | builds | runs | cost (s) |\n"
      "|---|---|---|---|---|---|---|---|\n");
  const auto print_one = [](const Lab& lab, std::string_view beliefs, const Row& row) {
    fmt::print("| {} | {} | {:.1f} % | {:.1f} % | {:.1f} % | {:.1f} | {:.1f} | {:.0f} |\n", lab.name, beliefs,
               100 * row.correct, 100 * row.wrong, 100 * row.none, row.builds, row.runs, row.cost);
    std::fflush(stdout);
  };
  for (const Lab& lab : all_labs()) {
    if (!options.points.empty() && std::ranges::find(options.points, lab.name) == options.points.end())
      continue;
    const LabRows rows = run_lab(options.setting, histories, lab, options.labs, options.jobs);
    print_one(lab, "shipped", rows.cold);
    print_one(lab, "learned", rows.learned);
    print_one(lab, "shipped, later half", rows.cold_late);
    print_one(lab, "learned, later half", rows.learned_late);
  }
  return 0;
}

int run_bench(BenchOptions options) {
  if (options.quick) options.setting.trials = k_quick_trials;
  options.setting.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const auto wanted = [&](const std::string& name) {
    return options.points.empty() || std::ranges::any_of(options.points, [&](const std::string& p) {
             return name == p || name.substr(0, name.find(' ')) == p;
           });
  };
  fmt::print("noisebisect-v1: {} of {} commits, {} trials a row\n\n",
             options.setting.line ? "a line" : "DAGs", options.setting.commits, options.setting.trials);
  print_head(options);
  const Histories histories(options.setting);
  if (options.wrong) {
    for (const Point& point : wrong_points())
      if (wanted(point.name))
        print_row(options, {.point = point}, "culprit",
                  run_point(options.setting, histories, point, std::nullopt));
    return 0;
  }
  std::vector<std::string> outside;
  double stated = 0, right = 0, named = 0, wrong = 0;
  int rows = 0;
  double one_wall = 0;  // of the K points, with one machine
  for (const Aim& aim : all_points()) {
    if (!wanted(aim.point.name)) continue;
    const Row row = run_point(options.setting, histories, aim.point, std::nullopt);
    if (aim.point.machines > 1 && one_wall <= 0) {
      Point alone = aim.point;
      alone.machines = 1;
      one_wall = run_point(options.setting, histories, alone, std::nullopt).wall;
    }
    print_row(options, aim, "culprit", row, aim.point.machines > 1 ? one_wall : 0);
    if (!within_bounds(options, aim, row)) outside.push_back(aim.point.name);
    const double share = row.correct + row.wrong;
    stated += row.stated * share;
    right += row.right * share;
    named += share;
    wrong += row.wrong;
    ++rows;
    if (options.peers && aim.point.machines == 1)
      for (const Peer peer : {Peer::git_one_run, Peer::syzbot_2018, Peer::syzkaller_today, Peer::bayesect})
        print_row(options, aim, name_of(peer), run_point(options.setting, histories, aim.point, peer));
  }
  if (rows == 0) {
    fmt::print(stderr, "culprit: error: no such point\nhint: the groups are P Q I U M V R D D+Q X K\n");
    return static_cast<int>(base::ExitCode::usage);
  }
  fmt::print(
      "\nculprit, all points: {:.2f} % of the answers stated at {:.2f} % are right; {:.2f} % of the trials "
      "end wrong\n",
      100 * right / std::max(1e-9, named), 100 * stated / std::max(1e-9, named), 100 * wrong / rows);
  if (!options.quick) return 0;
  for (const std::string& name : outside) fmt::print("out of bounds: {}\n", name);
  fmt::print("quick: {}\n", outside.empty() ? "all rows within their bounds" : "FAILED");
  return static_cast<int>(outside.empty() ? base::ExitCode::found : base::ExitCode::internal);
}

int main_of(int argc, char** argv) {
  CLI::App app("Measures the search against simulated noise (noisebisect-v1).", "culprit bench");
  BenchOptions options;
  CLI::Option* quick =
      app.add_flag("--quick", options.quick, "a short run that fails where a row is far from its target");
  CLI::Option* peers = app.add_flag("--peers", options.peers, "other tools' policies in the same worlds");
  app.add_flag("--wrong", options.wrong, "worlds in which the search's beliefs are wrong")
      ->excludes(peers)
      ->excludes(quick);
  app.add_option("--commits", options.setting.commits, "size of the histories (default: 1024)")
      ->check(CLI::Range(16, 2000000))
      ->type_name("N");
  app.add_flag("--line", options.setting.line, "linear histories instead of DAGs");
  app.add_option("--trials", options.setting.trials, "trials a row (default: 1000)")
      ->check(CLI::Range(1, 1000000))
      ->type_name("N");
  app.add_option("--points", options.points, "these points or groups only: P, Q, V, ...")
      ->delimiter(',')
      ->type_name("NAME");
  app.add_flag("--markdown", options.markdown, "the table in Markdown");
  CLI::Option* lab = app.add_flag("--lab", options.lab, "a lab's jobs, with shipped and with learned beliefs")
                         ->excludes(peers)
                         ->excludes(quick);
  app.add_option("--labs", options.labs, "so many labs of each kind (default: 4)")
      ->check(CLI::Range(1, 10000))
      ->needs(lab)
      ->type_name("N");
  app.add_option("--lab-jobs", options.jobs, "jobs of a lab (default: 200)")
      ->check(CLI::Range(1, 100000))
      ->needs(lab)
      ->type_name("N");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    fmt::print(stderr, "culprit: error: {}\nhint: see `culprit bench --help`\n", base::printable(e.what()));
    return static_cast<int>(base::ExitCode::usage);
  }
  return options.lab ? run_labs(options) : run_bench(options);
}

}  // namespace
}  // namespace culprit::search::noisebisect

int main(int argc, char** argv) { return culprit::search::noisebisect::main_of(argc, argv); }
