// libdw answers "which scopes contain this address" by walking a unit's whole tree of debugging entries: a
// millisecond for each address of a kernel. The same library is used here to read the entries, but each once:
//
//  1. Opening reads the symbol table and the address ranges of all units, a few thousand root entries.
//  2. The first address in a unit lists its functions: the unit's top level is walked (types are skipped over
//     by their sibling references), and the line table is decoded by libdw.
//  3. The first address in a function builds the tree of what is inlined into it.
//
// Each of the three is a sorted array of disjoint intervals, so a look-up is three binary searches and a walk
// down the inline tree. A global index of all inlined calls would be faster still for millions of addresses,
// but costs seconds and 300 MB before the first of them; a console asks for a few thousand.
#include "console/symbols/symbols.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>
#include <unordered_map>

#include "console/blame/guilty.h"
#include "console/stack/frame.h"

namespace culprit::console {
namespace {

using base::ErrorKind;
using base::Result;

constexpr int k_max_inline_depth = 64;

struct Range {
  Dwarf_Addr low = 0;
  Dwarf_Addr high = 0;  // behind the last
};

// The address ranges of an entry: from low_pc and high_pc, or from its range list.
std::vector<Range> ranges_of(Dwarf_Die* die) {
  std::vector<Range> ranges;
  Dwarf_Addr base = 0;
  Range r;
  std::ptrdiff_t offset = 0;
  while ((offset = dwarf_ranges(die, offset, &base, &r.low, &r.high)) > 0) {
    if (r.high > r.low) ranges.push_back(r);
  }
  return ranges;
}

// The name of a function, followed through abstract origins and specifications; the linkage name, which the
// symbol table and a stack have too, where there is one.
const char* name_of(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  for (const unsigned name : {static_cast<unsigned>(DW_AT_MIPS_linkage_name),
                              static_cast<unsigned>(DW_AT_linkage_name), static_cast<unsigned>(DW_AT_name)}) {
    const char* text = dwarf_formstring(dwarf_attr_integrate(die, name, &attribute));
    if (text != nullptr) return text;
  }
  return nullptr;
}

// A function inlined into another, or a function: the node of an inline tree.
struct Scope {
  std::vector<Range> ranges;
  const char* name = nullptr;
  const char* call_file = nullptr;  // where it was inlined
  std::uint32_t call_line = 0;
  std::vector<Scope> inlined;
};

struct Function {
  Range range;
  Dwarf_Off die = 0;
  std::uint32_t tree = UINT32_MAX;  // index in Unit::trees once built
};

struct Unit {
  Dwarf_Off die = 0;
  bool listed = false;
  std::vector<Function> functions;  // sorted, once listed; one for each range
  std::vector<Scope> trees;
};

struct UnitRange {
  Range range;
  std::uint32_t unit = 0;
};

bool contains(const std::vector<Range>& ranges, Dwarf_Addr address) {
  return std::ranges::any_of(ranges, [&](const Range& r) { return address >= r.low && address < r.high; });
}

struct ElfSymbol {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  int rank = 0;  // among symbols of one address: global before weak before local
};

}  // namespace

class Symbols::Impl {
 public:
  ~Impl() {
    if (m_dwfl != nullptr) {
      dwfl_end(m_dwfl);  // owns the rest
    } else {
      if (m_dwarf != nullptr) dwarf_end(m_dwarf);
      if (m_elf != nullptr) elf_end(m_elf);
    }
    if (m_fd >= 0) ::close(m_fd);
  }

  Result<void> open(const std::filesystem::path& path) {
    const std::string hint = "give an unstripped vmlinux built with CONFIG_DEBUG_INFO";
    m_fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (m_fd < 0)
      return base::fail(ErrorKind::usage, fmt::format("{}: {}", path.string(), std::strerror(errno)), hint);
    struct stat status{};
    if (::fstat(m_fd, &status) == 0 && S_ISDIR(status.st_mode))
      return base::fail(ErrorKind::usage, fmt::format("{}: {}", path.string(), std::strerror(EISDIR)), hint);
    elf_version(EV_CURRENT);
    m_elf = elf_begin(m_fd, ELF_C_READ_MMAP, nullptr);
    GElf_Ehdr header;
    if (m_elf == nullptr || elf_kind(m_elf) != ELF_K_ELF || gelf_getehdr(m_elf, &header) == nullptr) {
      return base::fail(ErrorKind::usage, fmt::format("{}: not an ELF file", path.string()), hint);
    }
    if (header.e_type == ET_REL) {
      if (auto opened = open_module(path); !opened) return opened;
    } else {
      m_dwarf = dwarf_begin_elf(m_elf, DWARF_C_READ, nullptr);
    }
    if (m_dwarf == nullptr)
      return base::fail(ErrorKind::usage, fmt::format("{}: no DWARF debug information", path.string()), hint);
    read_units();
    if (m_ranges.empty())
      return base::fail(ErrorKind::usage, fmt::format("{}: no DWARF debug information", path.string()), hint);
    read_symbols();
    return {};
  }

  std::vector<SymbolFrame> lookup(std::uint64_t address) {
    std::vector<SymbolFrame> frames;
    SymbolFrame innermost;
    Unit* unit = unit_at(address);
    Dwarf_Die unit_die;
    if (unit == nullptr || dwarf_offdie(m_dwarf, unit->die, &unit_die) == nullptr) {
      innermost.function = symbol_at(address);  // code that a macro or the linker made
      if (!innermost.function.empty()) frames.push_back(std::move(innermost));
      return frames;
    }
    list_functions(*unit, &unit_die);
    place_at(&unit_die, address, innermost);
    if (Scope* scope = function_at(*unit, address); scope != nullptr) {
      std::vector<const Scope*> chain;  // outermost first
      descend(*scope, address, chain);
      for (std::size_t i = chain.size(); i-- > 0;) {
        SymbolFrame frame;
        if (i + 1 == chain.size()) {
          frame = innermost;
        } else {
          if (chain[i + 1]->call_file != nullptr) frame.file = chain[i + 1]->call_file;
          frame.line = chain[i + 1]->call_line;
        }
        if (chain[i]->name != nullptr) frame.function = chain[i]->name;
        frame.inlined = i > 0;
        frames.push_back(std::move(frame));
      }
      return frames;
    }
    // Code without a function entry: assembly, or one nested where list_children() does not look.
    innermost.function = symbol_at(address);
    if (!innermost.file.empty() || !innermost.function.empty()) frames.push_back(std::move(innermost));
    return frames;
  }

  std::optional<std::uint64_t> address_of(std::string_view function, std::uint64_t size) const {
    const auto it = m_symbols.find(function);
    if (it == m_symbols.end()) return std::nullopt;
    for (const ElfSymbol& s : it->second) {
      if (size == 0 || s.size == size) return s.address;
    }
    // The console's size is up to the next symbol, padding included; the table's is without.
    const ElfSymbol* best = nullptr;
    for (const ElfSymbol& s : it->second) {
      if (s.size <= size && size - s.size < 64 && (best == nullptr || s.size > best->size)) best = &s;
    }
    if (best != nullptr) return best->address;
    if (it->second.size() == 1 && it->second[0].size == 0) return it->second[0].address;  // assembly
    return std::nullopt;
  }

  const std::string& source_root() const { return m_source_root; }

 private:
  // A module is relocatable: libdwfl applies its relocations.
  Result<void> open_module(const std::filesystem::path& path) {
    static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_build_id_find_elf,
                                             .find_debuginfo = dwfl_standard_find_debuginfo,
                                             .section_address = dwfl_offline_section_address,
                                             .debuginfo_path = nullptr};
    elf_end(m_elf);
    m_elf = nullptr;
    m_dwfl = dwfl_begin(&callbacks);
    if (m_dwfl == nullptr)
      return base::fail(ErrorKind::usage, fmt::format("{}: {}", path.string(), dwfl_errmsg(-1)));
    dwfl_report_begin(m_dwfl);
    m_module = dwfl_report_offline(m_dwfl, "module", path.c_str(), -1);
    dwfl_report_end(m_dwfl, nullptr, nullptr);
    Dwarf_Addr bias = 0;
    if (m_module != nullptr) m_dwarf = dwfl_module_getdwarf(m_module, &bias);
    m_bias = bias;
    return {};
  }

  void read_units() {
    Dwarf_Off offset = 0, next = 0;
    std::size_t header_size = 0;
    while (dwarf_nextcu(m_dwarf, offset, &next, &header_size, nullptr, nullptr, nullptr) == 0) {
      Dwarf_Die die;
      if (dwarf_offdie(m_dwarf, offset + header_size, &die) != nullptr) {
        Unit unit;
        unit.die = offset + header_size;
        find_source_root(&die);
        for (const Range& r : ranges_of(&die))
          m_ranges.push_back({r, static_cast<std::uint32_t>(m_units.size())});
        m_units.push_back(std::move(unit));
      }
      offset = next;
    }
    std::ranges::sort(m_ranges,
                      [](const UnitRange& a, const UnitRange& b) { return a.range.low < b.range.low; });
  }

  // Every kernel has init/main.c: what stands in front of it is where the sources were.
  void find_source_root(Dwarf_Die* unit_die) {
    if (!m_source_root.empty()) return;
    const char* name = dwarf_diename(unit_die);
    if (name == nullptr || !std::string_view(name).ends_with("init/main.c")) return;
    const std::string path = with_directory(unit_die, name);
    if (path.ends_with("/init/main.c"))
      m_source_root = path.substr(0, path.size() - std::strlen("/init/main.c"));
  }

  void read_symbols() {
    if (m_module != nullptr) {
      const int count = dwfl_module_getsymtab(m_module);
      for (int i = 0; i < count; ++i) {
        GElf_Sym symbol;
        GElf_Addr address = 0;
        const char* name = dwfl_module_getsym_info(m_module, i, &symbol, &address, nullptr, nullptr, nullptr);
        if (name != nullptr) add_symbol(name, symbol, address - m_bias);
      }
      return;
    }
    Elf_Scn* section = nullptr;
    while ((section = elf_nextscn(m_elf, section)) != nullptr) {
      GElf_Shdr header;
      if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_SYMTAB || header.sh_entsize == 0)
        continue;
      Elf_Data* data = elf_getdata(section, nullptr);
      if (data == nullptr) continue;
      const std::size_t count = header.sh_size / header.sh_entsize;
      m_symbols.reserve(count);
      for (std::size_t i = 0; i < count; ++i) {
        GElf_Sym symbol;
        if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) continue;
        const char* name = elf_strptr(m_elf, header.sh_link, symbol.st_name);
        if (name != nullptr) add_symbol(name, symbol, symbol.st_value);
      }
    }
  }

  void add_symbol(const char* name, const GElf_Sym& symbol, std::uint64_t address) {
    const int type = GELF_ST_TYPE(symbol.st_info);
    if (*name == '\0' || symbol.st_shndx == SHN_UNDEF ||
        (type != STT_FUNC && type != STT_NOTYPE && type != STT_GNU_IFUNC))
      return;
    const int binding = GELF_ST_BIND(symbol.st_info);
    const int rank = binding == STB_GLOBAL ? 2 : binding == STB_WEAK ? 1 : 0;
    m_symbols[name].push_back({address, symbol.st_size, rank});  // the name lives as long as the file is open
  }

  // The name of the symbol that covers an address; empty for none.
  std::string symbol_at(std::uint64_t address) {
    if (m_by_address.empty()) {
      for (const auto& [name, symbols] : m_symbols) {
        for (const ElfSymbol& s : symbols) {
          if (s.size > 0) m_by_address.emplace_back(s, name);
        }
      }
      std::ranges::sort(m_by_address, [](const auto& a, const auto& b) {
        return std::tuple(a.first.address, a.first.rank, a.second) <
               std::tuple(b.first.address, b.first.rank, b.second);
      });
    }
    auto it =
        std::ranges::upper_bound(m_by_address, address, {}, [](const auto& s) { return s.first.address; });
    if (it == m_by_address.begin()) return {};
    --it;
    return address < it->first.address + it->first.size ? std::string(it->second) : std::string();
  }

  Unit* unit_at(std::uint64_t address) {
    auto it = std::ranges::upper_bound(m_ranges, address, {}, [](const UnitRange& r) { return r.range.low; });
    // Ranges of units may overlap where a linker merged functions; the nearest start wins.
    for (int tries = 0; it != m_ranges.begin() && tries < 8; ++tries) {
      --it;
      if (address < it->range.high) return &m_units[it->unit];
    }
    return nullptr;
  }

  void place_at(Dwarf_Die* unit_die, std::uint64_t address, SymbolFrame& frame) {
    Dwarf_Line* line = dwarf_getsrc_die(unit_die, address);
    if (line == nullptr) return;
    const char* file = dwarf_linesrc(line, nullptr, nullptr);
    int number = 0;
    if (file == nullptr || dwarf_lineno(line, &number) != 0) return;
    frame.file = with_directory(unit_die, file);
    frame.line = static_cast<std::uint32_t>(number);
  }

  static std::string with_directory(Dwarf_Die* unit_die, const char* file) {
    if (*file == '/') return file;
    Dwarf_Attribute attribute;
    const char* directory = dwarf_formstring(dwarf_attr(unit_die, DW_AT_comp_dir, &attribute));
    return directory == nullptr ? std::string(file) : std::string(directory) + "/" + file;
  }

  // All functions of a unit that have code, with their ranges.
  void list_functions(Unit& unit, Dwarf_Die* unit_die) {
    if (unit.listed) return;
    unit.listed = true;
    list_children(unit, unit_die, 0);
    // Of names for the same code (an assembler's aliases), the first counts.
    std::ranges::stable_sort(unit.functions,
                             [](const Function& a, const Function& b) { return a.range.low < b.range.low; });
    const auto same = [](const Function& a, const Function& b) { return a.range.low == b.range.low; };
    const auto others = std::ranges::unique(unit.functions, same);
    unit.functions.erase(others.begin(), others.end());
  }

  void list_children(Unit& unit, Dwarf_Die* parent, int depth) {
    Dwarf_Die die;
    if (depth > k_max_inline_depth || dwarf_child(parent, &die) != 0) return;
    do {
      switch (dwarf_tag(&die)) {
        case DW_TAG_subprogram:
          for (const Range& r : ranges_of(&die))
            unit.functions.push_back({r, dwarf_dieoffset(&die), UINT32_MAX});
          break;
        case DW_TAG_namespace:
        case DW_TAG_class_type:
        case DW_TAG_structure_type:
        case DW_TAG_module:
          // C has no functions inside of types, so only other languages' are walked.
          if (is_nesting_language(unit)) list_children(unit, &die, depth + 1);
          break;
        default:
          break;
      }
    } while (dwarf_siblingof(&die, &die) == 0);
  }

  bool is_nesting_language(const Unit& unit) {
    Dwarf_Die die;
    if (dwarf_offdie(m_dwarf, unit.die, &die) == nullptr) return true;
    switch (dwarf_srclang(&die)) {
      case DW_LANG_C:
      case DW_LANG_C89:
      case DW_LANG_C99:
      case DW_LANG_C11:
      case DW_LANG_Mips_Assembler:
        return false;
      default:
        return true;
    }
  }

  Scope* function_at(Unit& unit, std::uint64_t address) {
    auto it =
        std::ranges::upper_bound(unit.functions, address, {}, [](const Function& f) { return f.range.low; });
    if (it == unit.functions.begin()) return nullptr;
    --it;
    if (address >= it->range.high) return nullptr;
    if (it->tree == UINT32_MAX) {
      Dwarf_Die die;
      if (dwarf_offdie(m_dwarf, it->die, &die) == nullptr) return nullptr;
      Scope scope;
      scope.ranges = ranges_of(&die);
      scope.name = name_of(&die);
      Dwarf_Files* files = nullptr;
      std::size_t count = 0;
      Dwarf_Die unit_die;
      if (dwarf_offdie(m_dwarf, unit.die, &unit_die) != nullptr) dwarf_getsrcfiles(&unit_die, &files, &count);
      read_inlined(&die, scope, files, count, &unit_die, 0);
      it->tree = static_cast<std::uint32_t>(unit.trees.size());
      unit.trees.push_back(std::move(scope));
    }
    return &unit.trees[it->tree];
  }

  // What is inlined below `parent`, lexical blocks looked through.
  void read_inlined(Dwarf_Die* parent, Scope& scope, Dwarf_Files* files, std::size_t count,
                    Dwarf_Die* unit_die, int depth) {
    Dwarf_Die die;
    if (depth > k_max_inline_depth || dwarf_child(parent, &die) != 0) return;
    do {
      const int tag = dwarf_tag(&die);
      if (tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block) {
        read_inlined(&die, scope, files, count, unit_die, depth + 1);
      } else if (tag == DW_TAG_inlined_subroutine) {
        Scope child;
        child.ranges = ranges_of(&die);
        if (child.ranges.empty()) continue;
        child.name = name_of(&die);
        Dwarf_Attribute attribute;
        Dwarf_Word value = 0;
        if (dwarf_formudata(dwarf_attr(&die, DW_AT_call_file, &attribute), &value) == 0 && files != nullptr &&
            value < count) {
          child.call_file = interned(with_directory(unit_die, dwarf_filesrc(files, value, nullptr, nullptr)));
        }
        if (dwarf_formudata(dwarf_attr(&die, DW_AT_call_line, &attribute), &value) == 0)
          child.call_line = static_cast<std::uint32_t>(value);
        read_inlined(&die, child, files, count, unit_die, depth + 1);
        scope.inlined.push_back(std::move(child));
      }
    } while (dwarf_siblingof(&die, &die) == 0);
  }

  const char* interned(std::string text) {
    return m_strings.emplace(std::move(text), 0).first->first.c_str();
  }

  static void descend(const Scope& scope, std::uint64_t address, std::vector<const Scope*>& chain) {
    chain.push_back(&scope);
    for (const Scope& child : scope.inlined) {
      if (contains(child.ranges, address)) return descend(child, address, chain);
    }
  }

  int m_fd = -1;
  Elf* m_elf = nullptr;
  Dwarf* m_dwarf = nullptr;
  Dwfl* m_dwfl = nullptr;           // modules only
  Dwfl_Module* m_module = nullptr;  // the same
  Dwarf_Addr m_bias = 0;            // of the module's symbols against its DWARF
  std::vector<Unit> m_units;
  std::vector<UnitRange> m_ranges;  // sorted
  std::unordered_map<std::string_view, std::vector<ElfSymbol>> m_symbols;
  std::vector<std::pair<ElfSymbol, std::string_view>> m_by_address;  // sorted; filled when first asked for
  std::unordered_map<std::string, int> m_strings;
  std::string m_source_root;
};

Symbols::Symbols(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Symbols::~Symbols() = default;
Symbols::Symbols(Symbols&&) noexcept = default;
Symbols& Symbols::operator=(Symbols&&) noexcept = default;

Result<Symbols> Symbols::open(const std::filesystem::path& file) {
  auto impl = std::make_unique<Impl>();
  if (auto opened = impl->open(file); !opened) return std::unexpected(std::move(opened).error());
  return Symbols(std::move(impl));
}

std::vector<SymbolFrame> Symbols::lookup(std::uint64_t address) { return m_impl->lookup(address); }

std::optional<std::uint64_t> Symbols::address_of(std::string_view function, std::uint64_t size) const {
  return m_impl->address_of(function, size);
}

const std::string& Symbols::source_root() const { return m_impl->source_root(); }

}  // namespace culprit::console
