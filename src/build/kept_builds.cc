// Which of the revisions that a slot has left are kept. What they cost is measured: the copy that leaving costs against
// a build, the room against what is free. The one that was left first goes first: a search comes back to its ends and to
// what it did last.
#include "build/kept_builds.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/clock.h"

namespace culprit::build {
namespace {

namespace fs = std::filesystem;
using base::Result;

// A disk's pace, in bytes a second, until a copy was timed.
constexpr double k_usual_pace = 300e6;

}  // namespace

std::uintmax_t bytes_below(const fs::path& folder) {
  std::uintmax_t sum = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator walk(folder, error), end; !error && walk != end;
       walk.increment(error)) {
    std::error_code gone;
    if (walk->is_regular_file(gone) && !walk->is_symlink(gone)) sum += walk->file_size(gone);
    sum += 512;  // an entry's own
  }
  return sum;
}

std::uintmax_t room_at(const fs::path& where, std::uintmax_t kept, const KeptBuildsLimits& limits) {
  std::error_code error;
  const fs::space_info space = fs::space(where, error);
  return error ? limits.bytes : std::min(limits.bytes, (space.available + kept) / 10);
}

bool KeptBuilds::has(const model::CommitId& commit, const std::string& variant, int slot) const {
  return std::ranges::any_of(m_kept, [&](const Kept& kept) {
    return kept.slot == slot && kept.product.record.commit == commit &&
           kept.product.record.variant == variant;
  });
}

void KeptBuilds::built(double seconds) {
  m_build_s += seconds;
  ++m_builds;
}

bool KeptBuilds::worth_copying(std::uintmax_t bytes) const {
  const double pace = m_copy_s > 0 ? static_cast<double>(m_copied) / m_copy_s : k_usual_pace;
  const double build = m_builds > 0 ? m_build_s / m_builds : 0;
  return static_cast<double>(bytes) / pace <= std::max(m_limits.unnoticed_s, m_limits.share_of_build * build);
}

// Drops the oldest until `bytes` fit.
Result<void> KeptBuilds::make_room(std::uintmax_t bytes, const fs::path& where) {
  const std::uintmax_t most = room_at(where, m_bytes, m_limits);
  while (!m_kept.empty() && (m_bytes + bytes > most || m_kept.size() >= m_limits.builds)) {
    CULPRIT_TRY(m_checkout.drop(m_kept.front().name));
    m_bytes -= m_kept.front().bytes;
    m_kept.pop_front();
  }
  return {};
}

Result<void> KeptBuilds::keep(int slot, const BuildProduct& product, bool copy) {
  const std::uintmax_t bytes = bytes_below(product.artifact);
  if (copy && !worth_copying(bytes)) return {};
  CULPRIT_TRY(forget(product.record.commit, slot));
  CULPRIT_TRY(make_room(bytes, product.artifact));
  if (bytes > room_at(product.artifact, 0, m_limits)) return {};
  const double start = base::SystemClock().monotonic();
  const std::string name = fmt::format("{}-{}", slot, m_names++);
  if (!CULPRIT_TRY(m_checkout.put_aside(slot, name, copy))) return {};
  if (copy) {
    m_copy_s += base::SystemClock().monotonic() - start;
    m_copied += bytes;
  }
  m_kept.push_back({.slot = slot, .name = name, .product = product, .bytes = bytes});
  m_bytes += bytes;
  return {};
}

Result<std::optional<BuildProduct>> KeptBuilds::take(const model::CommitId& commit,
                                                     const std::string& variant, int slot) {
  const auto found = std::ranges::find_if(m_kept, [&](const Kept& kept) {
    return kept.slot == slot && kept.product.record.commit == commit &&
           kept.product.record.variant == variant;
  });
  if (found == m_kept.end()) return std::nullopt;
  Kept kept = std::move(*found);
  m_kept.erase(found);
  m_bytes -= kept.bytes;
  if (!CULPRIT_TRY(m_checkout.bring_back(slot, kept.name, commit))) return std::nullopt;
  return std::move(kept.product);
}

Result<void> KeptBuilds::forget(const model::CommitId& commit, int slot) {
  for (auto at = m_kept.begin(); at != m_kept.end();) {
    if (at->slot != slot || at->product.record.commit != commit) {
      ++at;
      continue;
    }
    CULPRIT_TRY(m_checkout.drop(at->name));
    m_bytes -= at->bytes;
    at = m_kept.erase(at);
  }
  return {};
}

}  // namespace culprit::build
