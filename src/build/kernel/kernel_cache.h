// Finished kernels on disk: kept by signature, found again by what they were made from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/result.h"
#include "model/build_record.h"

namespace culprit::build {

// Safe for several threads and several processes on one folder: every entry appears whole, by a rename, or
// not at all, so that a kill at any moment leaves nothing that could be taken for a finished kernel.
class KernelCache {
 public:
  // `limit` bounds the kernels' size in bytes; what was used least recently goes first, nothing that was used
  // within the last ten minutes does.
  KernelCache(std::filesystem::path root, std::uint64_t limit) : m_root(std::move(root)), m_limit(limit) {}

  // The folder of the kernel with this signature, which counts as used now; nullopt where there is none. One
  // whose files are not what was put there is removed: a disk or a person damaged it.
  std::optional<std::filesystem::path> find(const std::string& signature) const;
  // Copies files, given as name and source, into the folder of `signature` and yields it; a kernel that is
  // there already stays.
  base::Result<std::filesystem::path> put(
      const std::string& signature,
      std::span<const std::pair<std::string, std::filesystem::path>> files) const;

  // The outcome of an earlier build with this key (see KernelBuilder); nullopt for none or an unreadable one.
  std::optional<model::BuildRecord> recall(const std::string& key) const;
  base::Result<void> remember(const std::string& key, const model::BuildRecord& record) const;
  // Forgets every remembered build that failed.
  base::Result<void> forget_failures() const;

 private:
  std::filesystem::path kernel(const std::string& signature) const { return m_root / "kernels" / signature; }
  void make_room() const;

  std::filesystem::path m_root;
  std::uint64_t m_limit;
};

}  // namespace culprit::build
