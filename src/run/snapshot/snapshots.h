// Snapshots of guests that are ready to run the reproducer: which run boots its guest, which one restores it, and when
// neither may be believed.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "model/run/outcome.h"
#include "run/snapshot/agreement.h"

namespace culprit::run {

// A saved guest: files in a folder of the kernel's own, with which they vanish, and when the last run has let go.
struct Snapshot {
  explicit Snapshot(base::TempDir dir) : folder(std::move(dir)) {}

  std::filesystem::path state() const { return folder.path() / "state"; }
  std::filesystem::path initrd() const { return folder.path() / "initrd"; }

  base::TempDir folder;
  std::string token;    // of its marks
  std::string console;  // what the kernel had printed
};

// How a run gets its guest. At most one of the two is set; neither: it is booted, and that is all.
struct Turn {
  std::shared_ptr<const Snapshot> restored;  // from that
  std::shared_ptr<Snapshot> saved;           // it is booted, and saved into that, which has a folder only
};

// Safe for several threads. Snapshots are of this process, so that none of another QEMU, CPU or memory can be taken.
class Snapshots {
 public:
  // `outcome_of` says in words how a run ended: equal words, equal ends. `note` tells the user something.
  Snapshots(std::function<std::string(const model::RawRun&)> outcome_of,
            std::function<void(const std::string&)> note)
      : m_outcome_of(std::move(outcome_of)), m_note(std::move(note)) {}

  // Of the next run of the kernel in the folder `artifact`. The first run of each is booted; on the first kernel
  // they take turns until either kind has had four; later every tenth is booted, and saved anew.
  Turn next(const std::filesystem::path& artifact);
  // The guest of `turn` was saved. Other runs restore it from now on.
  void saved(const std::filesystem::path& artifact, const Turn& turn);
  // A guest could not be saved or restored. After three times in a row all guests are booted.
  void failed(const std::filesystem::path& artifact, const Turn& turn, const std::string& why);
  // A run came to its end. Where those of restored guests and of booted ones differ beyond chance, all are booted from
  // now on.
  void ended(const std::filesystem::path& artifact, const Turn& turn, const model::RawRun& run);

 private:
  struct Image {
    std::shared_ptr<const Snapshot> snapshot;
    bool saving = false;
    int restored = 0, booted = 0;  // turns
    int since_saved = 0;           // turns that restored `snapshot`
    std::size_t used = 0;
  };
  bool is_booted_next(const std::filesystem::path& artifact, const Image& image) const;
  void drop_old();
  void give_up(const std::string& why);

  std::function<std::string(const model::RawRun&)> m_outcome_of;
  std::function<void(const std::string&)> m_note;
  std::mutex m_mutex;  // guards all below
  std::map<std::filesystem::path, Image> m_images;
  std::filesystem::path m_first;  // the kernel that ran first
  Agreement m_agreement;
  bool m_suspicious = false;
  bool m_given_up = false;
  int m_failures = 0;  // in a row
  std::size_t m_turns = 0;
};

}  // namespace culprit::run
