// The newc format (Documentation/driver-api/early-userspace/buffer-format.rst of the kernel): for each entry
// a header of 110 ASCII bytes, the path with its final zero, the contents; header plus path and contents each
// padded to four bytes. Written here and not by cpio(1), because a device node needs no root in an archive,
// because the archive is made anew for each run, and because fixed inode numbers and times keep it the same
// for the same contents.

#include "base/archive/cpio.h"

#include <algorithm>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "base/files.h"

namespace culprit::base {
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
  if (m_folders.emplace(path).second) add(path, k_directory | mode, {});
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

void CpioWriter::add_parents_of(std::string_view path) {
  for (std::size_t at = path.find('/'); at != std::string_view::npos; at = path.find('/', at + 1))
    add_directory(path.substr(0, at));
}

Result<void> CpioWriter::add_tree(const std::filesystem::path& folder, std::string_view prefix) {
  namespace fs = std::filesystem;
  add_parents_of(prefix);
  add_directory(prefix);
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error))
    entries.push_back(*entry);
  if (error) return std::unexpected(file_error("read", folder, error.value()));
  std::ranges::sort(entries);
  for (const fs::directory_entry& entry : entries) {
    const std::string name = fmt::format("{}/{}", prefix, entry.path().filename().string());
    const auto status = entry.symlink_status(error);
    if (error) return std::unexpected(file_error("read", entry.path(), error.value()));
    const auto mode = static_cast<std::uint32_t>(status.permissions()) & 07777U;
    if (status.type() == fs::file_type::symlink) {
      const fs::path target = fs::read_symlink(entry.path(), error);
      if (error) return std::unexpected(file_error("read", entry.path(), error.value()));
      add_symlink(name, target.string());
    } else if (status.type() == fs::file_type::directory) {
      add_directory(name, mode);
      CULPRIT_TRY(add_tree(entry.path(), name));
    } else if (status.type() == fs::file_type::regular) {
      add_file(name, CULPRIT_TRY(read_file(entry.path())), mode);
    }
  }
  return {};
}

std::string CpioWriter::finish() && {
  add("TRAILER!!!", 0, {});
  pad_to(512);
  return std::move(m_bytes);
}

}  // namespace culprit::base
