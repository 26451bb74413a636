// The walk back over releases.
//
// A bug is a few releases old as a rule and now and then ancient, and a test of a release costs a build. So
// the walk takes small steps first and larger ones later: an old bug costs few tests more, and a young one
// leaves a narrow range to bisect. Two rules, both found from what the reference system of this field does in
// practice:
//
//   Main releases (the first release of each series, X.Y or X.Y.0, 2.6.N of old Linux): from a distance of 0,
//   2, 12, 72, ... releases the steps are 1, 2, 3, 4, ...: the step grows by one when the distance has grown
//   six-fold. From v6.5: 6.5 6.4 6.3 6.1 5.19 5.17 5.15 5.13 | 5.10 5.7 5.4 ("|" is at a distance of 12).
//   The oldest release is always taken, however short the last step.
//
//   Point releases of the series that the walk starts in (5.15.10 and its like) are a straight line without
//   merges, which a bisection halves cheaply, so the distance from the start grows four-fold: 0, 1, 5,
//   21, 85. From v5.15.10: 5.15.10 5.15.9 5.15.5, then the main releases from 5.15 down. Point releases of
//   older series never stand in the way of the main line of Linux; in a history that has them on its line
//   (most projects), each such series is tested at its first release alone.
//
// The order is history's, not the numbers': "the release before" is an ancestor. Versions only order what
// ancestry leaves open, and their order is corrected where a tag of a lower version descends from one of a
// higher (a maintenance line that was merged).

#include "history/releases/releases.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

#include "history/releases/release_name.h"

namespace culprit::history {
namespace {

using model::CommitGraph;
using model::NodeIndex;
using model::ReleaseTag;

struct Release {
  const ReleaseTag* tag = nullptr;
  ReleaseName name;
  NodeIndex node = 0;
  std::uint32_t rank = 0;  // by version, 1 is the lowest
};

// Parsed releases among `tags` that lie behind a commit: marked in `reached`.
std::vector<Release> releases_within(const CommitGraph& graph, std::span<const ReleaseTag> tags,
                                     const std::vector<std::uint8_t>& reached, bool candidates) {
  std::vector<Release> found;
  for (const ReleaseTag& tag : tags) {
    auto name = parse_release_name(tag.name);
    if (!name || (name->is_candidate() && !candidates)) continue;
    const auto node = graph.find(tag.commit);
    if (node && reached[*node]) found.push_back({.tag = &tag, .name = std::move(*name), .node = *node});
  }
  return found;
}

std::string largest_family(const std::vector<Release>& releases) {
  std::map<std::string, std::size_t> sizes;
  for (const Release& release : releases) ++sizes[release.name.family];
  // The first of equals.
  const auto largest = std::ranges::max_element(sizes, {}, [](const auto& entry) { return entry.second; });
  return largest == sizes.end() ? std::string() : largest->first;
}

// By version, the highest first; then the shorter name, then the name.
bool higher(const Release& a, const Release& b) {
  if (const auto order = compare_versions(a.name, b.name); order != 0) return order > 0;
  if (a.tag->name.size() != b.tag->name.size()) return a.tag->name.size() < b.tag->name.size();
  return a.tag->name < b.tag->name;
}

void keep_one_per_commit(std::vector<Release>& releases) {
  std::set<NodeIndex> seen;
  std::erase_if(releases, [&](const Release& release) { return !seen.insert(release.node).second; });
}

// Sorts a list that is sorted by version into walking order. A release counts as no higher than the lowest
// release above it in history; equal ones go by node, descendants first. One sweep over the graph.
void sort_by_history(const CommitGraph& graph, NodeIndex commit, std::vector<Release>& releases) {
  for (std::size_t i = 0; i < releases.size(); ++i)
    releases[i].rank = static_cast<std::uint32_t>(releases.size() - i);
  std::vector<std::uint32_t> lowest_above(std::size_t{commit} + 1, std::numeric_limits<std::uint32_t>::max());
  std::unordered_map<NodeIndex, Release*> tagged;
  for (Release& release : releases) tagged[release.node] = &release;
  std::vector<std::uint8_t> is_tagged(lowest_above.size(), 0);
  for (const Release& release : releases) is_tagged[release.node] = 1;
  for (std::size_t i = lowest_above.size(); i-- > 0;) {
    if (is_tagged[i]) {
      Release& release = *tagged[static_cast<NodeIndex>(i)];
      release.rank = lowest_above[i] = std::min(release.rank, lowest_above[i]);
    }
    for (const NodeIndex parent : graph.parents(static_cast<NodeIndex>(i)))
      lowest_above[parent] = std::min(lowest_above[parent], lowest_above[i]);
  }
  std::ranges::sort(releases, [](const Release& a, const Release& b) {
    return a.rank != b.rank ? a.rank > b.rank : a.node > b.node;
  });
}

// Distances 0, 1, 5, 21, 85, ... below `count`.
std::vector<std::size_t> point_steps(std::size_t count) {
  std::vector<std::size_t> picked;
  for (std::size_t at = 0, step = 1; at < count; at += step, step *= 4) picked.push_back(at);
  return picked;
}

// Steps of 1 from 0, of 2 from 2, of 3 from 12, of 4 from 72, ...; the last of `count` always.
std::vector<std::size_t> main_steps(std::size_t count) {
  std::vector<std::size_t> picked;
  std::size_t step = 1, next_growth = 2;
  for (std::size_t at = 0; at < count; at += step) {
    picked.push_back(at);
    while (at >= next_growth) {
      ++step;
      next_growth *= 6;
    }
  }
  if (!picked.empty() && picked.back() != count - 1) picked.push_back(count - 1);
  return picked;
}

}  // namespace

std::vector<ReleaseTag> release_ancestors(const CommitGraph& graph, std::span<const ReleaseTag> tags,
                                          NodeIndex commit, const ReleaseOptions& options) {
  std::vector<Release> releases = releases_within(graph, tags, graph.ancestors(commit), options.candidates);
  const std::string family = options.family ? *options.family : largest_family(releases);
  std::erase_if(releases, [&](const Release& release) { return release.name.family != family; });
  std::ranges::sort(releases, higher);
  keep_one_per_commit(releases);
  sort_by_history(graph, commit, releases);
  std::vector<ReleaseTag> result;
  for (const Release& release : releases) result.push_back(*release.tag);
  return result;
}

base::Result<std::vector<ReleaseTag>> pick_releases(std::span<const ReleaseTag> releases,
                                                    std::string_view limit) {
  std::size_t end = releases.size();
  if (!limit.empty()) {
    const auto at = std::ranges::find(releases, limit, &ReleaseTag::name);
    if (at == releases.end())
      return base::fail(base::ErrorKind::usage,
                        "'" + std::string(limit) + "' is not a release before the start of the bisection",
                        "name a release tag that is an ancestor of the start");
    end = static_cast<std::size_t>(at - releases.begin()) + 1;
  }

  // The first (oldest) full release of each series stands for it.
  std::map<std::vector<std::uint32_t>, std::size_t> first_of_series;
  std::vector<ReleaseName> names;
  for (std::size_t i = 0; i < end; ++i) {
    names.push_back(parse_release_name(releases[i].name).value_or(ReleaseName{}));
    if (!names[i].is_candidate()) first_of_series[names[i].series()] = i;
  }
  std::vector<std::size_t> points, mains;
  for (std::size_t i = 0; i < end; ++i) {
    const bool is_main = names[i].is_candidate() || first_of_series[names[i].series()] == i;
    if (is_main)
      mains.push_back(i);
    else if (mains.empty() && names[i].series() == names[0].series())
      points.push_back(i);
  }
  std::vector<ReleaseTag> picked;
  for (const std::size_t k : point_steps(points.size())) picked.push_back(releases[points[k]]);
  for (const std::size_t k : main_steps(mains.size())) picked.push_back(releases[mains[k]]);
  if (end > 0 && picked.back().commit != releases[end - 1].commit) picked.push_back(releases[end - 1]);
  return picked;
}

std::string describe_label(const CommitGraph& graph, std::span<const ReleaseTag> tags, NodeIndex commit) {
  // Only tags with no other tag above them can be the nearest: what is below another lacks more. One sweep
  // finds them, a second one counts, for up to 64 at once (the newest, should there ever be more), what each
  // lacks.
  std::unordered_map<NodeIndex, const ReleaseTag*> tagged;
  for (const ReleaseTag& tag : tags)
    if (const auto node = graph.find(tag.commit); node && *node <= commit) {
      const ReleaseTag*& at = tagged[*node];
      if (at == nullptr || tag.name < at->name) at = &tag;
    }
  if (const auto exact = tagged.find(commit); exact != tagged.end()) return exact->second->name;

  const std::vector<std::uint8_t> reached = graph.ancestors(commit);
  std::vector<std::uint8_t> below_tag(reached.size(), 0), is_tagged(reached.size(), 0);
  for (const auto& [node, tag] : tagged) is_tagged[node] = 1;
  std::vector<NodeIndex> nearest;
  for (NodeIndex i = commit + 1; i-- > 0;) {
    if (!reached[i]) continue;
    const bool is_tag = is_tagged[i];
    if (is_tag && !below_tag[i] && nearest.size() < 64) nearest.push_back(i);
    for (const NodeIndex parent : graph.parents(i))
      below_tag[parent] |= static_cast<std::uint8_t>(is_tag || below_tag[i]);
  }
  if (nearest.empty()) return graph.id(commit).short_hex(12);

  std::vector<std::uint64_t> covered(reached.size(), 0);
  std::vector<std::size_t> lacks(nearest.size(), 0);
  for (std::size_t k = 0; k < nearest.size(); ++k) covered[nearest[k]] |= std::uint64_t{1} << k;
  const std::uint64_t all =
      nearest.size() == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << nearest.size()) - 1;
  for (NodeIndex i = commit + 1; i-- > 0;) {
    if (!reached[i]) continue;
    for (std::uint64_t missing = all & ~covered[i]; missing != 0; missing &= missing - 1)
      ++lacks[static_cast<std::size_t>(std::countr_zero(missing))];
    for (const NodeIndex parent : graph.parents(i)) covered[parent] |= covered[i];
  }
  const auto best = static_cast<std::size_t>(std::ranges::min_element(lacks) - lacks.begin());
  return tagged[nearest[best]]->name + "-" + std::to_string(lacks[best]) + "-g" +
         graph.id(commit).short_hex(12);
}

}  // namespace culprit::history
