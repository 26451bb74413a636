// cpio archives in memory: how a Linux kernel takes its first root file system, without any disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace culprit::base {

// Writes the "newc" cpio format of the Linux initramfs. Entries appear in the order of the calls; folders
// must come before what is in them. Archives may be concatenated: the kernel unpacks one after the other.
class CpioWriter {
 public:
  // Paths are relative to the root, without a leading slash. `mode` holds the permission bits only.
  void add_directory(std::string_view path, std::uint32_t mode = 0755);
  void add_file(std::string_view path, std::string_view contents, std::uint32_t mode);
  void add_symlink(std::string_view path, std::string_view target);
  void add_character_device(std::string_view path, std::uint32_t major, std::uint32_t minor,
                            std::uint32_t mode = 0600);
  // The archive with its end mark, padded so that another may follow. The writer is spent.
  std::string finish() &&;

  // The folders that lead to `path`, which no earlier call has added.
  void add_parents_of(std::string_view path);
  // All that is below `folder`, as if it were below `prefix` (which is added too; without a final slash). Of files
  // with several names each is one; device nodes, pipes and sockets are left out, owners too. Errors: what cannot be
  // read.
  Result<void> add_tree(const std::filesystem::path& folder, std::string_view prefix);

 private:
  void add(std::string_view path, std::uint32_t mode, std::string_view contents, std::uint32_t major = 0,
           std::uint32_t minor = 0);
  void pad_to(std::size_t multiple);

  std::string m_bytes;
  std::uint32_t m_next_inode = 1;
  std::set<std::string, std::less<>> m_folders;
};

}  // namespace culprit::base
