#include <fmt/format.h>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>
#include "search/bayes.h"
#include "search/noisebisect/dags.h"
#include "search/noisebisect/trial.h"
using namespace culprit::search;
using namespace culprit::search::noisebisect;
double lb1(double n, const Point& p) {
  const double h = -.01 * std::log2(.01) - .99 * std::log2(.99);
  const double L = .99 * std::log2(n) - h;
  const double C = p.p >= 1 ? 1 : std::log2(1 + p.p * std::pow(1 - p.p, (1 - p.p) / p.p));
  return L * (360 + 48 / ((1 - p.infra) * (1 - p.foreign) * C));
}
int main(int argc, char** argv) {
  const int trials = argc > 1 ? atoi(argv[1]) : 200;
  const double unknown = getenv("UNK") ? atof(getenv("UNK")) : .35;
  std::string only = argc > 2 ? argv[2] : "";
  std::size_t n = argc > 3 ? atoi(argv[3]) : 1024;
  std::vector<culprit::model::CommitGraph> graphs;
  for (int s = 1001; s <= 1008; ++s) graphs.push_back(make_dag(n, s));
  std::vector<Point> points;
  for (double p : {1., .9, .7, .5, .3, .1}) points.push_back({.name = "P" + fmt::format("{}", p), .p = p});
  for (double p : {.9, .7, .5}) points.push_back({.name = "V" + fmt::format("{}", p), .p = p, .kappa = 3});
  for (double p : {.9, .3}) points.push_back({.name = "I" + fmt::format("{}", p), .p = p, .infra = .3});
  for (double p : {.9, .3}) points.push_back({.name = "Q" + fmt::format("{}", p), .p = p, .foreign = .1});
  for (double p : {.05, .2})
    points.push_back({.name = "U" + fmt::format("{}", p), .p = .9, .unbuildable = p});
  points.push_back({.name = "M", .p = .7, .infra = .1, .foreign = .02, .unbuildable = .05, .kappa = 4});
  for (double p : {.9, .3}) points.push_back({.name = "R" + fmt::format("{}", p), .p = p, .regional = true});
  for (double p : {.9, .3}) {
    points.push_back({.name = "D" + fmt::format("{}", p), .p = p, .drift = true});
    points.push_back({.name = "DF" + fmt::format("{}", p), .p = p, .foreign = .05, .drift = true});
    points.push_back({.name = "X" + fmt::format("{}", p), .p = p, .regional = true, .drift = true});
  }
  for (int k : {2, 4, 8}) points.push_back({.name = "K" + fmt::format("{}", k), .p = .9, .machines = k});
  for (const auto& pt : points) {
    if (!only.empty() && pt.name.find(only) == std::string::npos) continue;
    std::vector<Result> rs(trials);
    std::atomic<int> at{0};
    auto work = [&] {
      for (int t; (t = at++) < trials;) {
        if (getenv("TRIAL") && atoi(getenv("TRIAL")) != t) continue;
        const World w(graphs[t % 8], pt, 777000 + t);
        rs[t] = run_trial(w, BayesSearch(w.graph(), problem_of(w)), {unknown});
      }
    };
    std::thread a(work), b(work);
    a.join();
    b.join();
    int ok = 0, wrong = 0;
    double cost = 0, stated = 0, builds = 0, runs = 0, sel = 0, wall = 0;
    long nsel = 0;
    int named = 0;
    std::vector<double> cs;
    for (auto& r : rs) {
      ok += r.kind == Result::Kind::correct;
      wrong += r.kind == Result::Kind::wrong;
      cost += r.cost;
      wall += r.wall;
      builds += r.builds;
      runs += r.runs;
      sel += r.selecting;
      nsel += r.selections;
      cs.push_back(r.cost);
      if (r.kind != Result::Kind::none) stated += r.stated, ++named;
    }
    std::sort(cs.begin(), cs.end());
    fmt::print(
        "{:6} ok {:5.1f}% wrong {:4.1f}% stated {:.4f} builds {:5.2f} runs {:6.1f} cost {:7.0f} p90 {:6.0f} "
        "/LB1 {:.3f}  {:.3f} ms none {:.1f}% wall {:.0f}\n",
        pt.name, 100. * ok / trials, 100. * wrong / trials, stated / std::max(1, named), builds / trials,
        runs / trials, cost / trials, cs[cs.size() * 9 / 10], cost / trials / lb1(n, pt), 1e3 * sel / nsel, 100. * (trials - ok - wrong) / trials, wall/trials);
    if (getenv("WORST")) {
      std::vector<int> ix(trials);
      for (int i = 0; i < trials; ++i) ix[i] = i;
      std::sort(ix.begin(), ix.end(), [&](int a, int b) { return rs[a].cost > rs[b].cost; });
      for (int i = 0; i < 6 && i < trials; ++i)
        fmt::print("   worst trial {} cost {:.0f} kind {} stated {:.3f}\n", ix[i], rs[ix[i]].cost,
                   (int)rs[ix[i]].kind, rs[ix[i]].stated);
      for (int i = 0; i < trials; ++i)
        if (rs[i].kind == Result::Kind::wrong)
          fmt::print("   wrong trial {} cost {:.0f} stated {:.3f}\n", i, rs[i].cost, rs[i].stated);
    }
    std::fflush(stdout);
  }
}
