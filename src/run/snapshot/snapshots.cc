// Runs of one snapshot share what the boot left to chance (where the kernel and its objects lie, which device came
// first), and a mistake in restoring would make every run alike: 38 good runs in a row were one mangled command, once. So
// guests are booted again and again among those that are restored, their outcomes are compared, and each booted one
// is saved in the place of the last. A snapshot lives as long as its process: one of another QEMU, CPU or memory
// cannot be met, and the first run of each kernel is a cold one also after a resume.

#include "run/snapshot/snapshots.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace culprit::run {
namespace {

namespace fs = std::filesystem;

// Of either kind on the first kernel, by turns: where every cold run crashes and no restored one does, that is a
// chance of 2 / C(8, 4) = 3 %, and the next runs are cold ones until it is clear.
constexpr int k_trial = 4;
constexpr int k_restores = 9;  // of one snapshot
constexpr double k_suspicious = 0.05;
// It is asked after each run: a limit for one look. A false alarm costs nothing but time.
constexpr double k_beyond_chance = 0.001;
constexpr int k_most_failures = 3;
// Kernels that keep a snapshot, each of the size of what the guest's memory holds.
constexpr std::size_t k_most_kept = 4;

}  // namespace

bool Snapshots::is_booted_next(const fs::path& artifact, const Image& image) const {
  if (m_given_up || !image.snapshot) return true;
  if (artifact == m_first && image.booted < k_trial) return image.booted <= image.restored;
  if (m_suspicious) return image.booted <= image.restored;
  return image.since_saved >= k_restores;
}

Turn Snapshots::next(const fs::path& artifact) {
  const std::lock_guard lock(m_mutex);
  if (m_given_up) return {};
  if (m_first.empty()) m_first = artifact;
  Image& image = m_images[artifact];
  image.used = ++m_turns;
  if (!is_booted_next(artifact, image)) {
    ++image.restored;
    ++image.since_saved;
    return {.restored = image.snapshot, .saved = {}};
  }
  ++image.booted;
  if (image.saving) return {};
  base::remove_stale_temp_dirs(artifact);  // of a culprit that was killed
  auto folder = base::TempDir::create(".new-", artifact);
  if (!folder) {
    give_up(folder.error().what);
    return {};
  }
  image.saving = true;
  return {.restored = {}, .saved = std::make_shared<Snapshot>(std::move(*folder))};
}

void Snapshots::saved(const fs::path& artifact, const Turn& turn) {
  const std::lock_guard lock(m_mutex);
  if (m_given_up) return;
  Image& image = m_images[artifact];
  image.snapshot = turn.saved;
  image.since_saved = 0;
  image.saving = false;
  drop_old();
}

void Snapshots::failed(const fs::path& artifact, const Turn& turn, const std::string& why) {
  const std::lock_guard lock(m_mutex);
  Image& image = m_images[artifact];
  if (turn.saved) image.saving = false;
  if (turn.restored && image.snapshot == turn.restored) image.snapshot.reset();
  if (++m_failures == k_most_failures) give_up(why);
}

void Snapshots::ended(const fs::path& artifact, const Turn& turn, const model::RawRun& run) {
  const std::string outcome = m_outcome_of(run);
  const std::lock_guard lock(m_mutex);
  if (turn.saved) m_images[artifact].saving = false;
  if (m_given_up || !run.test_started) return;
  if (turn.restored) m_failures = 0;
  m_agreement.add(artifact.string(), turn.restored != nullptr, outcome);
  const Agreement::Difference difference = m_agreement.greatest();
  m_suspicious = difference.p < k_suspicious;
  if (difference.p < k_beyond_chance)
    give_up(fmt::format(
        "restored guests end otherwise than booted ones, which chance does not explain (p = {:.1g}): "
        "\"{}\" in {} of {} runs of restored guests, in {} of {} of booted ones",
        difference.p, difference.outcome, difference.restored, difference.of_restored, difference.booted,
        difference.of_booted));
}

void Snapshots::drop_old() {
  for (;;) {
    std::size_t kept = 0;
    Image* oldest = nullptr;
    for (auto& [path, image] : m_images) {
      if (!image.snapshot) continue;
      ++kept;
      if (!oldest || image.used < oldest->used) oldest = &image;
    }
    if (kept <= k_most_kept) return;
    oldest->snapshot.reset();
  }
}

void Snapshots::give_up(const std::string& why) {
  if (std::exchange(m_given_up, true)) return;
  for (auto& [path, image] : m_images) image.snapshot.reset();
  m_note("from here on every guest is booted, none restored from a snapshot: " + why);
}

}  // namespace culprit::run
