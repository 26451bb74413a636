#include "identity/looks/memory.h"

#include "model/evidence.h"

namespace culprit::identity {

const std::vector<Memory::Item>& Memory::of(const model::RunRecord& run) {
  if (run.id == 0 || !m_by_id) return m_unnamed = look_at(run);
  const auto [at, is_new] = m_runs.try_emplace(run.id);
  if (is_new) at->second = look_at(run);
  return at->second;
}

std::vector<Memory::Item> Memory::look_at(const model::RunRecord& run) {
  std::vector<Item> items;
  if (run.completed && run.printed.ended.empty())
    m_quiet.hashes.insert(run.printed.lines.begin(), run.printed.lines.end());
  for (Sighting& sighting : sightings_of(run)) {
    std::string key = sighting.face.key();
    auto& known = m_faces[key];
    if (!known) known = std::make_unique<KnownFace>(std::move(sighting.face), std::move(key));
    items.push_back({known.get(), sighting.before_test});
  }
  if (!run.completed && !run.printed.lines.empty() && !items.empty())
    m_steady.add(run.commit.hex() + run.variant + " " + items.front().face->face.title, run.printed.lines);
  return items;
}

const Likeness& Memory::compare(const KnownFace& a, const KnownFace& b, double places) {
  Compared& known = m_likeness[{&a, &b}];
  const bool prints = !a.face.printed.empty() || !b.face.printed.empty();
  const std::size_t lines = prints ? m_quiet.version() + m_steady.version() : 0;
  if (known.places != places || known.lines != lines)  // 0 at first
    known = {places, lines, likeness(a.face, b.face, places, m_quiet, m_steady)};
  return known.likeness;
}

}  // namespace culprit::identity
