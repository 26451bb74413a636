#include "tests/unit/search/world.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace culprit::search::testing {

model::CommitId id_of(int number) { return *model::CommitId::from_hex(fmt::format("{:040d}", number)); }

int number_of(const model::CommitId& id) { return std::stoi(id.hex()); }

model::CommitGraph graph_of(const std::vector<std::pair<int, std::vector<int>>>& commits) {
  std::vector<model::CommitId> ids;
  std::vector<std::uint32_t> offsets{0};
  std::vector<model::NodeIndex> parents;
  std::map<int, model::NodeIndex> index;
  for (const auto& [commit, of] : commits) {
    index[commit] = static_cast<model::NodeIndex>(ids.size());
    ids.push_back(id_of(commit));
    for (const int parent : of) parents.push_back(index.at(parent));
    offsets.push_back(static_cast<std::uint32_t>(parents.size()));
  }
  auto graph = model::CommitGraph::create(std::move(ids), std::move(offsets), std::move(parents));
  EXPECT_TRUE(graph.has_value());
  return std::move(*graph);
}

model::CommitGraph release_history() {
  std::vector<std::pair<int, std::vector<int>>> commits;
  int last = -1;
  for (int release = 4; release <= 9; ++release) {
    for (int patch = 0; patch <= 5; ++patch) {
      const int commit = release * 100 + patch;
      std::vector<int> parents;
      if (last >= 0) parents.push_back(last);
      if (commit == 700) parents.push_back(650);
      if (commit == 804) parents.push_back(792);
      commits.push_back({commit, parents});
      last = commit;
      if (commit == 500) commits.push_back({650, {500}});
      if (commit == 700)
        for (int side = 790; side <= 792; ++side) commits.push_back({side, {side == 790 ? 700 : side - 1}});
      if (commit == 800)
        for (int other = 850; other <= 852; ++other)
          commits.push_back({other, {other == 850 ? 800 : other - 1}});
    }
  }
  return graph_of(commits);
}

std::vector<model::ReleaseTag> releases_before(int start) {
  std::vector<model::ReleaseTag> tags;
  for (int release = 9; release >= 4; --release)
    if (release * 100 < start) tags.push_back({fmt::format("v{}.0", release), id_of(release * 100)});
  return tags;
}

bool World::bad(int commit) const {
  const auto marks = graph.ancestors(*graph.find(id_of(commit)));
  const auto has = [&](int other) { return other >= 0 && marks[*graph.find(id_of(other))] != 0; };
  return (introduced < 0 || has(introduced)) && !has(fixed);
}

model::BuildRecord World::build(int commit) const {
  model::BuildRecord record{.commit = id_of(commit)};
  record.seconds = build_seconds;
  if (broken.contains(commit)) {
    record.status = model::BuildStatus::broken;
  } else if (signatures) {
    record.signature = same.contains(commit) ? "same" : fmt::format("binary {}", commit);
  }
  return record;
}

model::RunRecord World::run(int commit) {
  model::RunRecord record{.commit = id_of(commit), .signature = build(commit).signature};
  record.seconds = 40;
  if (lost.contains(commit) || rng.chance(infra)) {
    record.outcome = model::Infra{"lost connection"};
  } else if (masked && rng.chance(masked(commit))) {
    record.outcome = model::Crashed{"WARNING in something_else"};
    record.identity = model::Identity::foreign;
  } else if (bad(commit) && rng.chance(rate)) {
    record.outcome = model::Crashed{"KASAN: use-after-free in frob"};
    record.identity = model::Identity::target;
    record.p_target = 1;
  } else {
    record.outcome = model::Ok{};
    record.completed = true;
  }
  if (seen) seen(record);
  return record;
}

Trace drive(const Search& search, World& world) {
  Trace trace;
  std::set<int> built;
  for (; trace.steps < 500; ++trace.steps) {
    const model::Decision decision = search.next(trace.evidence);
    if (decision.conclusion) {
      trace.conclusion = *decision.conclusion;
      return trace;
    }
    if (decision.experiments.empty()) {
      ADD_FAILURE() << "the search waits for nothing";
      return trace;
    }
    for (const auto& experiment : decision.experiments) {
      trace.experiments.push_back(experiment);
      const int commit = number_of(experiment.commit);
      if (built.insert(commit).second) trace.evidence.builds.push_back(world.build(commit));
      if (world.broken.contains(commit)) continue;
      for (int i = 0; i < experiment.runs; ++i) {
        trace.evidence.runs.push_back(world.run(commit));
        trace.evidence.runs.back().id = trace.evidence.runs.size();
      }
    }
  }
  ADD_FAILURE() << "no conclusion after 500 steps";
  return trace;
}

}  // namespace culprit::search::testing
