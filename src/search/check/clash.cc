// A flaky bug and a clash both make runs of one revision end in several ways. They differ in a run that has the machine to itself: for
// the bug it is a run like any other, for a clash it is not. So a handful of runs alone decides, and with it whether the other slots
// are of use at all: what two runs do to each other cannot be taken off their outcomes afterwards.
#include "search/check/clash.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "model/run_says.h"
#include "search/check/tuning.h"

namespace culprit::search {
namespace {

using model::CommitId;
using model::OutcomeKind;
using model::RunRecord;

// How runs of one revision ended: the titles of failures, "" for quiet ones; the first so many of each kind.
struct Endings {
  std::vector<std::string_view> beside;
  std::vector<std::string_view> alone;
  int attempts = 0;

  bool fails_in_several_ways() const {
    std::set<std::string_view> looks(beside.begin(), beside.end());
    looks.erase("");
    return looks.size() > 1;
  }
  bool is_of_two_minds() const {
    const auto quiet = std::ranges::count(beside, "");
    return quiet > 0 && quiet < std::ssize(beside);
  }
  bool always_fails() const {
    return beside.size() + alone.size() > 0 &&
           std::ranges::count(beside, "") + std::ranges::count(alone, "") == 0;
  }
  bool is_one_way_alone() const {
    return std::ranges::all_of(alone, [&](std::string_view end) { return end == alone.front(); });
  }
  std::size_t others_beside() const {
    return beside.size() - static_cast<std::size_t>(std::ranges::count(beside, alone.front()));
  }
};

std::map<CommitId, Endings> endings(const model::Evidence& evidence) {
  const std::vector<bool> beside = model::ran_beside_others(evidence.runs);
  std::map<CommitId, Endings> out;
  for (std::size_t i = 0; i < evidence.runs.size(); ++i) {
    const RunRecord& run = evidence.runs[i];
    if (!run.variant.empty() || run.began == 0) continue;
    Endings& ends = out[run.commit];
    ++ends.attempts;
    const OutcomeKind kind = kind_of(run.outcome);
    if (kind != OutcomeKind::ok && kind != OutcomeKind::crashed && kind != OutcomeKind::timed_out) continue;
    auto& list = beside[i] ? ends.beside : ends.alone;
    const std::size_t most = beside[i] ? k_most_beside : k_runs_alone;
    if (list.size() < most)
      list.push_back(kind == OutcomeKind::ok ? std::string_view() : model::text_of(run.outcome));
  }
  return out;
}

// Revisions whose runs want an explanation, the start first, then those with the most runs beside others.
std::vector<std::pair<CommitId, Endings>> doubtful_ones(const model::Problem& problem,
                                                        const model::Evidence& evidence) {
  std::vector<std::pair<CommitId, Endings>> out;
  const std::map<CommitId, Endings> all = endings(evidence);
  const auto start = all.find(problem.start);
  if (start == all.end()) return out;
  if (start->second.fails_in_several_ways()) out.push_back(*start);
  if (!start->second.always_fails()) return out;
  const std::size_t first = out.size();
  for (const auto& entry : all)
    if (entry.first != problem.start && entry.second.is_of_two_minds()) out.push_back(entry);
  std::stable_sort(
      out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
      [](const auto& a, const auto& b) { return a.second.beside.size() > b.second.beside.size(); });
  return out;
}

enum class Told { no, yes, by_one_alone, by_some_beside };

// Fisher's exact test, one-sided: that all runs with another end than the common one of those alone fall among those beside others.
Told judge(const Endings& ends) {
  if (ends.beside.empty()) return Told::no;
  if (ends.alone.empty()) return ends.attempts < k_most_end_runs ? Told::by_one_alone : Told::no;
  if (!ends.is_one_way_alone()) return Told::no;
  const std::size_t others = ends.others_beside();
  if (others == 0) return Told::no;
  if (ends.alone.size() < k_runs_alone)
    return ends.attempts < k_most_end_runs ? Told::by_one_alone : Told::no;
  double chance = 1;
  for (std::size_t i = 0; i < others; ++i)
    chance *= static_cast<double>(ends.beside.size() - i) /
              static_cast<double>(ends.beside.size() + ends.alone.size() - i);
  if (chance <= k_clash_by_chance) return Told::yes;
  return ends.beside.size() < k_most_beside && ends.attempts < k_most_end_runs ? Told::by_some_beside
                                                                               : Told::no;
}

std::string words_of(const CommitId& commit, const Endings& ends, int slots) {
  return fmt::format(
      "runs disturb one another: of {}, {} of {} that had others beside them ended otherwise than all {} "
      "that were alone. From here on they "
      "run one at a time instead of {}, and those that had others beside them count for nothing",
      commit.short_hex(), ends.others_beside(), ends.beside.size(), ends.alone.size(), slots);
}

model::Decision wanted_at(const model::Problem& problem, const model::Evidence& evidence,
                          const CommitId& commit, bool alone) {
  model::Decision decision;
  decision.standing.bad_end = problem.start;
  if (!evidence.pending.empty()) return decision;
  decision.experiments.push_back({.commit = commit,
                                  .runs = alone ? 1 : problem.run_slots,
                                  .stage = commit == problem.start ? "start" : "control",
                                  .reason = alone
                                                ? "control: how does it end while no other run is beside it?"
                                                : "control: how does it end beside other runs?"});
  return decision;
}

}  // namespace

Clash clash_of_runs(const model::Problem& problem, const model::Evidence& evidence,
                    const model::Conclusion* told) {
  if (!problem.runs_meet || problem.run_slots <= 1) return {};
  const auto doubtful = doubtful_ones(problem, evidence);
  for (const auto& [commit, ends] : doubtful)
    if (judge(ends) == Told::yes) return {.words = words_of(commit, ends, problem.run_slots)};
  const bool names_nothing = told != nullptr && told->kind != model::ResultKind::culprit;
  std::size_t asked = 0;
  for (const auto& [commit, ends] : doubtful) {
    if ((commit != problem.start && !names_nothing) || asked++ == k_most_doubtful) break;
    const Told by = judge(ends);
    if (by == Told::by_one_alone || by == Told::by_some_beside)
      return {.words = {}, .wanted = wanted_at(problem, evidence, commit, by == Told::by_one_alone)};
  }
  return {};
}

model::Evidence without_runs_beside(const model::Evidence& evidence) {
  model::Evidence out = evidence;
  const std::vector<bool> beside = model::ran_beside_others(evidence.runs);
  out.runs.clear();
  for (std::size_t i = 0; i < evidence.runs.size(); ++i)
    if (!beside[i]) out.runs.push_back(evidence.runs[i]);
  return out;
}

model::Decision one_at_a_time(const model::Evidence& evidence, model::Decision decision) {
  auto& wanted = decision.experiments;
  const auto runs = [](const auto& experiment) { return experiment.runs > 0; };
  if (std::ranges::any_of(evidence.pending, runs)) std::erase_if(wanted, runs);
  const auto first = std::ranges::find_if(wanted, runs);
  if (first == wanted.end()) return decision;
  first->runs = 1;
  wanted.erase(std::remove_if(first + 1, wanted.end(), runs), wanted.end());
  return decision;
}

}  // namespace culprit::search
