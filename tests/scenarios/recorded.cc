#include "tests/scenarios/recorded.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/rng.h"

namespace culprit::scenario {
namespace {

using End = model::RawRun::End;

constexpr std::pair<std::string_view, End> k_ends[] = {{"exited", End::exited},
                                                       {"signaled", End::signaled},
                                                       {"timed_out", End::timed_out},
                                                       {"died", End::died},
                                                       {"infra", End::infra}};

model::CommitId id_from(const nlohmann::json& hex) {
  return *model::CommitId::from_hex(hex.get<std::string>());
}

model::BuildRecord build_from(const nlohmann::json& line) {
  model::BuildRecord build;
  build.commit = id_from(line["build"]);
  build.status = line["fine"].get<bool>() ? model::BuildStatus::ok : model::BuildStatus::broken;
  build.signature = line["signature"];
  build.text = line["text"];
  build.seconds = line["seconds"];
  return build;
}

model::RawRun run_from(const nlohmann::json& line) {
  model::RawRun run;
  run.end =
      std::ranges::find(k_ends, line["end"].get<std::string>(), &std::pair<std::string_view, End>::first)
          ->second;
  run.exit_code = line["exit_code"];
  run.booted = line["booted"];
  run.test_started = line["test_started"];
  run.seconds = line["seconds"];
  run.console = line["console"];
  return run;
}

std::uint64_t seed_of(const model::CommitId& commit) {
  std::uint64_t seed = 0;
  for (std::size_t i = 0; i < 8; ++i) seed = seed << 8 | commit.bytes()[i];
  return seed;
}

}  // namespace

const Recording::Commit* Recording::titled(std::string_view title) const {
  const auto found = std::ranges::find(commits, title, &Commit::title);
  return found == commits.end() ? nullptr : &*found;
}

base::Result<Recording> read_recording(const std::string& path) {
  std::ifstream in(path);
  if (!in) return base::fail(base::ErrorKind::usage, "no recording at " + path);
  Recording recording;
  for (std::string text; std::getline(in, text);) {
    const auto line = nlohmann::json::parse(text);
    if (line.contains("commit")) {
      Recording::Commit commit{.id = id_from(line["commit"]), .tag = line["tag"], .title = line["title"]};
      for (const auto& parent : line["parents"])
        if (std::ranges::find(recording.commits, id_from(parent), &Recording::Commit::id) !=
            recording.commits.end())
          commit.parents.push_back(id_from(parent));
      recording.commits.push_back(std::move(commit));
    } else if (line.contains("build")) {
      const model::BuildRecord build = build_from(line);
      std::ranges::find(recording.commits, build.commit, &Recording::Commit::id)->build = build;
    } else {
      recording.runs[line["run"].get<std::string>()].push_back(run_from(line));
    }
  }
  return recording;
}

model::Problem RecordedWorld::problem() const {
  model::Problem problem;
  problem.start = m_recording.commits.back().id;
  for (auto commit = m_recording.commits.rbegin(); commit != m_recording.commits.rend(); ++commit)
    if (!commit->tag.empty() && commit->id != problem.start)
      problem.releases.push_back({commit->tag, commit->id});
  return problem;
}

model::CommitGraph RecordedWorld::graph() const {
  std::vector<model::CommitId> ids;
  std::vector<std::uint32_t> offsets = {0};
  std::vector<model::NodeIndex> parents;
  for (const Recording::Commit& commit : m_recording.commits) {
    for (const model::CommitId& parent : commit.parents)
      parents.push_back(static_cast<model::NodeIndex>(std::ranges::find(ids, parent) - ids.begin()));
    ids.push_back(commit.id);
    offsets.push_back(static_cast<std::uint32_t>(parents.size()));
  }
  return *model::CommitGraph::create(std::move(ids), std::move(offsets), std::move(parents));
}

const Recording::Commit& RecordedWorld::at(const model::CommitId& commit) const {
  return *std::ranges::find(m_recording.commits, commit, &Recording::Commit::id);
}

base::Result<model::CommitId> RecordedWorld::resolve(std::string_view revision) const {
  return *model::CommitId::from_hex(revision);
}

base::Result<model::CommitInfo> RecordedWorld::describe(const model::CommitId& commit) const {
  model::CommitInfo info;
  info.id = commit;
  info.title = at(commit).title;
  info.parents = at(commit).parents;
  return info;
}

base::Result<build::BuildProduct> RecordedWorld::build(const model::CommitId& commit, const std::string&, int,
                                                       const base::CancelToken&) {
  build::BuildProduct product{.record = at(commit).build, .artifact = commit.hex()};
  const std::scoped_lock lock(m_mutex);
  m_built.insert(commit);
  m_now += product.record.seconds;
  return product;
}

base::Result<model::RawRun> RecordedWorld::run(const model::CommitId& commit, const std::filesystem::path&,
                                               int number, int, const base::CancelToken&) {
  const auto& runs = m_recording.runs.at(at(commit).build.signature);
  base::Rng rng(m_seed * 1'000'003 + seed_of(commit) + static_cast<std::uint64_t>(number) * 101);
  rng.next();
  const model::RawRun& run = runs[rng.below(runs.size())];
  const std::scoped_lock lock(m_mutex);
  ++m_runs_done;
  m_now += run.seconds;
  return run;
}

}  // namespace culprit::scenario
