// Time and agreement of looking up code addresses in an object file with DWARF.
// usage: bench_symbols FILE [COUNT] [--print]
// Spreads COUNT (10000) addresses over all functions of the file's symbol table, evenly by bytes of code,
// opens the file and looks all of them up. Says how long opening and looking up took and how much memory the
// process used at most. With --print also writes each address and its frames as `eu-addr2line -afi` does, for
// symbols_agree.sh.
#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "console/symbols/symbols.h"

namespace {

using namespace culprit;

struct Code {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
};

// The functions of the symbol table, by address, each range once.
std::vector<Code> functions_of(const char* path) {
  std::vector<Code> functions;
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  elf_version(EV_CURRENT);
  Elf* elf = fd < 0 ? nullptr : elf_begin(fd, ELF_C_READ_MMAP, nullptr);
  Elf_Scn* section = nullptr;
  while (elf != nullptr && (section = elf_nextscn(elf, section)) != nullptr) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_SYMTAB) continue;
    Elf_Data* data = elf_getdata(section, nullptr);
    for (std::size_t i = 0; data != nullptr && i < header.sh_size / header.sh_entsize; ++i) {
      GElf_Sym symbol;
      if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) continue;
      if (GELF_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_size > 0 && symbol.st_shndx != SHN_UNDEF)
        functions.push_back({symbol.st_value, symbol.st_size});
    }
  }
  if (elf != nullptr) elf_end(elf);
  if (fd >= 0) ::close(fd);
  std::sort(functions.begin(), functions.end(), [](const Code& a, const Code& b) {
    return std::pair(a.address, a.size) < std::pair(b.address, b.size);
  });
  const auto same = [](const Code& a, const Code& b) { return a.address == b.address; };
  functions.erase(std::unique(functions.begin(), functions.end(), same), functions.end());
  return functions;
}

std::vector<std::uint64_t> sample(const std::vector<Code>& functions, std::size_t count) {
  std::uint64_t bytes = 0;
  for (const Code& c : functions) bytes += c.size;
  std::vector<std::uint64_t> addresses;
  std::uint64_t passed = 0;  // bytes of code before the function at hand
  for (const Code& c : functions) {
    while (addresses.size() < count && bytes * addresses.size() / count < passed + c.size) {
      const std::uint64_t at = bytes * addresses.size() / count;
      addresses.push_back(c.address + (at - std::min(at, passed)));
    }
    passed += c.size;
  }
  // In an order that no console has, but far from ascending: each look-up lands in another unit.
  std::vector<std::uint64_t> mixed;
  for (std::size_t i = 0; i < addresses.size(); ++i)
    mixed.push_back(addresses[(i * 7919) % addresses.size()]);
  return mixed;
}

void print(std::uint64_t address, const std::vector<console::SymbolFrame>& frames) {
  fmt::print("{:#018x}\n", address);
  for (const console::SymbolFrame& f : frames) {
    fmt::print("{} {}:{}\n", f.function.empty() ? "??" : f.function, f.file.empty() ? "??" : f.file, f.line);
  }
}

}  // namespace

int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  if (argc < 2) {
    std::fputs("usage: bench_symbols FILE [COUNT] [--print]\n", stderr);
    return 2;
  }
  std::size_t count = 10000;
  bool prints = false;
  for (int i = 2; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--print")
      prints = true;
    else
      count = static_cast<std::size_t>(std::atoi(argv[i]));
  }
  const std::vector<std::uint64_t> addresses = sample(functions_of(argv[1]), count);
  const auto begun = Clock::now();
  auto symbols = console::Symbols::open(argv[1]);
  if (!symbols) {
    std::fputs(base::render(symbols.error()).c_str(), stderr);
    return 1;
  }
  const auto opened = Clock::now();
  std::size_t frames = 0, inlined = 0, places = 0;
  for (const std::uint64_t address : addresses) {
    const auto found = symbols->lookup(address);
    frames += found.size();
    for (const console::SymbolFrame& f : found) {
      inlined += f.inlined ? 1 : 0;
      places += f.line != 0 ? 1 : 0;
    }
    if (prints) print(address, found);
  }
  const auto done = Clock::now();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](auto d) { return std::chrono::duration<double>(d).count(); };
  fmt::print(stderr,
             "{} addresses, {} frames ({} inlined, {} with a place): open {:.3f} s, look-ups {:.3f} s, peak "
             "{} MiB\n",
             addresses.size(), frames, inlined, places, seconds(opened - begun), seconds(done - opened),
             usage.ru_maxrss / 1024);
}
