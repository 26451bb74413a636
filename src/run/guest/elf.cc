#include "run/guest/elf.h"

#include <elf.h>

#include <array>
#include <fstream>
#include <utility>

#include <fmt/format.h>

namespace culprit::run {
namespace {

namespace fs = std::filesystem;

constexpr auto k_elf_machines = std::to_array<std::pair<int, const char*>>(
    {{EM_X86_64, "x86_64"}, {EM_386, "i386"}, {EM_AARCH64, "arm64"}, {EM_ARM, "arm"}, {EM_RISCV, "riscv64"}});
// As many links as the kernel follows (MAXSYMLINKS).
constexpr int k_most_links = 40;

}  // namespace

std::optional<std::string> architecture_of(const fs::path& program) {
  std::array<unsigned char, 20> head{};
  std::ifstream in(program, std::ios::binary);
  if (!in.read(reinterpret_cast<char*>(head.data()), head.size())) return std::nullopt;
  if (head[0] != ELFMAG0 || head[1] != 'E' || head[2] != 'L' || head[3] != 'F') return std::nullopt;
  const bool big_endian = head[EI_DATA] == ELFDATA2MSB;
  const int machine = big_endian ? head[18] << 8 | head[19] : head[19] << 8 | head[18];
  for (const auto& [number, name] : k_elf_machines)
    if (number == machine) return name;
  return fmt::format("machine {}", machine);
}

bool runs_on(const std::string& program_arch, const std::string& arch) {
  if (program_arch == arch) return true;
  return (arch == "x86_64" || arch == "x86") && (program_arch == "x86_64" || program_arch == "i386");
}

std::optional<fs::path> find_within(const fs::path& root, fs::path path) {
  fs::path done = "/";
  for (int links = 0; links <= k_most_links;) {
    fs::path rest;
    bool followed = false;
    done = "/";
    for (auto part = path.begin(); part != path.end(); ++part) {
      if (part->empty() || *part == "/" || *part == ".") continue;
      if (*part == "..") {
        done = done.parent_path();
        continue;
      }
      const fs::path next = done / *part;
      std::error_code error;
      const auto status = fs::symlink_status(root / next.relative_path(), error);
      if (error || status.type() == fs::file_type::not_found) return std::nullopt;
      if (status.type() != fs::file_type::symlink) {
        done = next;
        continue;
      }
      const fs::path target = fs::read_symlink(root / next.relative_path(), error);
      if (error) return std::nullopt;
      rest = done / target;  // an absolute target replaces all of it
      for (auto later = std::next(part); later != path.end(); ++later) rest /= *later;
      followed = true;
      break;
    }
    if (!followed) return root / done.relative_path();
    path = rest;
    ++links;
  }
  return std::nullopt;
}

}  // namespace culprit::run
