// An ELF file, open for reading.
#pragma once

#include <fcntl.h>
#include <libelf.h>

#include <cerrno>
#include <filesystem>
#include <memory>

#include "base/files.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace culprit::build {

struct EndElf {
  void operator()(Elf* elf) const { elf_end(elf); }
};

struct OpenElf {
  base::UniqueFd fd;                 // outlives `elf`
  std::unique_ptr<Elf, EndElf> elf;  // null: not one
};

// Errors: the file cannot be read (base::file_error).
inline base::Result<OpenElf> open_elf(const std::filesystem::path& path) {
  elf_version(EV_CURRENT);
  base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return std::unexpected(base::file_error("read", path, errno));
  std::unique_ptr<Elf, EndElf> elf(elf_begin(fd.get(), ELF_C_READ_MMAP, nullptr));
  return OpenElf{std::move(fd), std::move(elf)};
}

}  // namespace culprit::build
