#include "identity/sightings.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "model/binaries.h"
#include "model/evidence.h"
#include "model/run_says.h"

namespace culprit::identity {
namespace {

// What was built: a commit in a variant.
using Binary = std::pair<model::CommitId, std::string>;
Binary binary_of(const model::RunRecord& run) { return {run.commit, run.variant}; }

// The number of each binary's group: equal binaries have one.
std::map<Binary, std::size_t> group_binaries(const std::vector<model::RunRecord>& runs) {
  std::map<Binary, std::size_t> group;
  model::EqualBinaries equal;
  for (const model::RunRecord& run : runs) {
    const auto [own, is_new] = group.try_emplace(binary_of(run), 0);
    if (is_new) own->second = equal.add();
    equal.note(own->second, run.signature, run.variant);
  }
  for (auto& [binary, item] : group) item = equal.group(item);
  return group;
}

void add_once(std::vector<std::size_t>& list, std::size_t value) {
  if (std::ranges::find(list, value) == list.end()) list.push_back(value);
}

class Collector {
 public:
  Collector(const std::vector<model::RunRecord>& runs, const model::CommitId& start, Memory& memory)
      : m_start(start) {
    std::map<std::string_view, std::pair<const KnownFace*, std::vector<Place>>> by_key;
    m_out.runs.resize(runs.size());
    const std::vector<bool> beside = model::ran_beside_others(runs);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      m_out.runs[i].completed = runs[i].completed;
      m_out.runs[i].alone = runs[i].began > 0 && !beside[i];
      for (const Memory::Item& item : memory.of(runs[i])) {
        auto& entry = by_key[item.face->key];
        entry.second.push_back({i, m_order++, item.before_test});
        entry.first = item.face;
      }
    }
    place_in_groups(runs);
    std::vector<std::pair<Place, std::size_t>> places;
    for (auto& [key, entry] : by_key) {
      for (const Place& place : entry.second) places.emplace_back(place, m_out.faces.size());
      m_out.faces.push_back({.known = entry.first});
    }
    std::ranges::sort(places, {}, [](const auto& p) { return p.first.order; });
    for (const auto& [place, face] : places) note(place, face);
  }

  Sightings take() { return std::move(m_out); }

 private:
  struct Place {
    std::size_t run;
    std::size_t order;
    bool before_test;
  };

  void place_in_groups(const std::vector<model::RunRecord>& runs) {
    // In the order of their commits: sums of doubles over groups depend on it.
    std::map<Binary, std::size_t> index = group_binaries(runs);
    std::map<std::size_t, std::size_t> places;  // of the numbers of group_binaries, by their first binaries
    for (auto& [binary, g] : index) {
      const auto [place, is_new] = places.try_emplace(g, m_out.groups.size());
      if (is_new) m_out.groups.emplace_back();
      g = place->second;
      auto& commits = m_out.groups[g].commits;
      if (std::ranges::find(commits, binary.first) == commits.end()) commits.push_back(binary.first);
    }
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const std::size_t at = index.at(binary_of(runs[i]));
      (runs[i].variant.empty() ? m_out.groups[at].is_start : m_out.groups[at].is_trial) |=
          runs[i].commit == m_start;
      m_out.groups[at].runs.push_back(i);
      m_out.runs[i].group = at;
    }
  }

  void note(const Place& place, std::size_t face) {
    SeenRun& run = m_out.runs[place.run];
    SeenFace& seen = m_out.faces[face];
    auto& list = place.before_test ? run.boot_faces : run.test_faces;
    const std::size_t before = list.size();
    add_once(list, face);
    if (list.size() == before) return;
    if (place.before_test) {
      ++seen.runs_before_test;
    } else {
      ++seen.runs;
      seen.runs_at_start += m_out.groups[run.group].is_start;
      seen.runs_alone_at_start += m_out.groups[run.group].is_start && run.alone;
    }
  }

  model::CommitId m_start;
  Sightings m_out;
  std::size_t m_order = 0;
};

}  // namespace

bool SeenRun::shows(std::size_t face) const {
  return std::ranges::find(test_faces, face) != test_faces.end();
}

Sightings collect(const std::vector<model::RunRecord>& runs, const model::CommitId& start, Memory& memory) {
  return Collector(runs, start, memory).take();
}

}  // namespace culprit::identity
