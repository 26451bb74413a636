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
  // `image`: what put() was given as the signature of its files, where that is not the record's.
  base::Result<void> remember(const std::string& key, const model::BuildRecord& record,
                              const std::string& image = {}) const;
  // That of an earlier build; the record's signature where they are one.
  std::string image_of(const std::string& key) const;
  // The functions of the kernels of one (normalised) signature, as build::to_text writes them. The newest 200 are kept.
  base::Result<void> keep_functions(const std::string& signature, const std::string& text) const;
  // The files that its build read, a line each; kept likewise.
  base::Result<void> keep_inputs(const std::string& signature, const std::string& text) const;
  static std::filesystem::path inputs_file(const std::filesystem::path& root, const std::string& signature) {
    return root / "inputs" / signature;
  }
  static std::filesystem::path functions_file(const std::filesystem::path& root,
                                              const std::string& signature) {
    return root / "functions" / signature;
  }
  // Forgets every remembered build that failed.
  base::Result<void> forget_failures() const;
  // Removes all kernels and all that is remembered of them. Whoever uses the folder meanwhile builds again.
  base::Result<void> forget_everything() const;

 private:
  base::Result<void> keep_beside(const std::filesystem::path& file, const std::string& text) const;
  std::filesystem::path kernel(const std::string& signature) const { return m_root / "kernels" / signature; }
  void make_room() const;

  std::filesystem::path m_root;
  std::uint64_t m_limit;
};

}  // namespace culprit::build
