// A root file system for a guest, as an in-memory cpio archive: the kernel unpacks it at boot, no disk
// needed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace culprit::run {

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

 private:
  void add(std::string_view path, std::uint32_t mode, std::string_view contents, std::uint32_t major = 0,
           std::uint32_t minor = 0);
  void pad_to(std::size_t multiple);

  std::string m_bytes;
  std::uint32_t m_next_inode = 1;
};

}  // namespace culprit::run
