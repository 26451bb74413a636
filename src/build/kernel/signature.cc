// A revision whose binary equals its parent's cannot have introduced the bug, and its runs are its parent's
// runs; so the question is worth a careful answer. vmlinux's own digest will not do: it holds debug
// information with paths and line numbers, and a build id over all of it. The loaded sections are what runs.
// Whatever else varies between builds of equal sources (time, user, host, build number, the version's suffix)
// is fixed by the builder's environment instead of being masked here: a mask that is too wide would call
// different kernels equal.
//
// vmlinux is hashed also where the guest boots bzImage, which is the same kernel, compressed.

#include "build/kernel/signature.h"

#include <gelf.h>

#include <fmt/format.h>

#include "build/binary/elf.h"

namespace culprit::build {
namespace {

using base::ErrorKind;
using base::fail;

std::unexpected<base::Error> not_elf(const std::filesystem::path& image) {
  const int error = elf_errno();
  return fail(ErrorKind::infra, fmt::format("{}: not a readable ELF file: {}", image.string(),
                                            error ? elf_errmsg(error) : "no ELF header"));
}

}  // namespace

base::Result<std::string> image_signature(const std::filesystem::path& image) {
  const auto [fd, elf] = CULPRIT_TRY(open_elf(image));
  GElf_Ehdr header;
  std::size_t names = 0;
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF || !gelf_getehdr(elf.get(), &header) ||
      elf_getshdrstrndx(elf.get(), &names) != 0)
    return not_elf(image);

  base::Sha256 digest;
  digest.update(fmt::format("entry {:x}\n", header.e_entry));
  for (Elf_Scn* section = elf_nextscn(elf.get(), nullptr); section;
       section = elf_nextscn(elf.get(), section)) {
    GElf_Shdr info;
    if (!gelf_getshdr(section, &info)) return not_elf(image);
    if (!(info.sh_flags & SHF_ALLOC) || info.sh_type == SHT_NOTE) continue;
    const char* name = elf_strptr(elf.get(), names, info.sh_name);
    digest.update(
        fmt::format("{} {:x} {:x} {}\n", name ? name : "", info.sh_addr, info.sh_size, info.sh_type));
    if (info.sh_type == SHT_NOBITS || info.sh_size == 0) continue;
    const Elf_Data* data = elf_rawdata(section, nullptr);
    if (!data || data->d_size != info.sh_size) return not_elf(image);
    digest.update({static_cast<const char*>(data->d_buf), data->d_size});
  }
  return digest.hex();
}

}  // namespace culprit::build
