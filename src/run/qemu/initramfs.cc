// The newc format (Documentation/driver-api/early-userspace/buffer-format.rst of the kernel): for each entry
// a header of 110 ASCII bytes, the path with its final zero, the contents; header plus path and contents each
// padded to four bytes. Written here and not by cpio(1), because a device node needs no root in an archive,
// because the archive is made anew for each run, and because fixed inode numbers and times keep it the same
// for the same contents.

#include "run/qemu/initramfs.h"

#include <fmt/format.h>

namespace culprit::run {
namespace {

constexpr std::uint32_t k_directory = 0040000;
constexpr std::uint32_t k_regular = 0100000;
constexpr std::uint32_t k_symlink = 0120000;
constexpr std::uint32_t k_character_device = 0020000;

}  // namespace

void CpioWriter::pad_to(std::size_t multiple) {
  m_bytes.append((multiple - m_bytes.size() % multiple) % multiple, '\0');
}

void CpioWriter::add(std::string_view path, std::uint32_t mode, std::string_view contents,
                     std::uint32_t major, std::uint32_t minor) {
  // magic, inode, mode, uid, gid, links, mtime, size, device (2), device node (2), path size, checksum
  m_bytes +=
      fmt::format("070701{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}",
                  m_next_inode++, mode, 0, 0, 1, 0, contents.size(), 0, 0, major, minor, path.size() + 1, 0);
  m_bytes += path;
  m_bytes += '\0';
  pad_to(4);
  m_bytes += contents;
  pad_to(4);
}

void CpioWriter::add_directory(std::string_view path, std::uint32_t mode) {
  add(path, k_directory | mode, {});
}

void CpioWriter::add_file(std::string_view path, std::string_view contents, std::uint32_t mode) {
  add(path, k_regular | mode, contents);
}

void CpioWriter::add_symlink(std::string_view path, std::string_view target) {
  add(path, k_symlink | 0777, target);
}

void CpioWriter::add_character_device(std::string_view path, std::uint32_t major, std::uint32_t minor,
                                      std::uint32_t mode) {
  add(path, k_character_device | mode, {}, major, minor);
}

std::string CpioWriter::finish() && {
  add("TRAILER!!!", 0, {});
  pad_to(512);
  return std::move(m_bytes);
}

}  // namespace culprit::run
