// Identical code folding in linkers (mold's icf.cc) compares sections by bytes and by what their relocations point to; the
// same here, for functions. No disassembler is used: what has to be found in code is found by more than its bytes.
//  - A call within the section has no relocation. Its displacement counts as a call if it hits the very beginning of
//    another function.
//  - A line number counts as one if it is moved into the register in which the function that is called next takes it.
// Whatever is missed makes equal functions unequal, never the other way round.

#include "build/binary/functions.h"

#include <gelf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/strings.h"
#include "build/binary/elf.h"

namespace culprit::build {
namespace {

using base::ErrorKind;

// Functions that print where they were called from, and the opcode that fills the argument of the line (x86-64: 0xbe is
// mov $imm32,%esi, the second argument; 0xba %edx, the third).
struct LineTaker {
  std::string_view function;
  unsigned char opcode;
};
constexpr std::array<LineTaker, 11> k_line_takers = {{{"__might_sleep", 0xbe},
                                                      {"__might_resched", 0xbe},
                                                      {"___might_sleep", 0xbe},
                                                      {"lockdep_rcu_suspicious", 0xbe},
                                                      {"warn_slowpath_fmt", 0xbe},
                                                      {"warn_slowpath_null", 0xbe},
                                                      {"__cant_sleep", 0xbe},
                                                      {"__cant_migrate", 0xbe},
                                                      {"__assert_fail", 0xba},
                                                      {"__assert_perror_fail", 0xba},
                                                      {"_ZSt21__glibcxx_assert_failPKciS0_S0_", 0xbe}}};
constexpr std::size_t k_look_back = 40;  // bytes before a call in which its arguments are filled
constexpr std::uint32_t k_most_lines = 0xffff;
// The kernel's table of bugs: relative pointers of 32 bits to the code, since v6.19 to a format, and to the file; line and flags
// of 16 bits each, behind the file's.
constexpr std::string_view k_bug_table = "__bug_table";
constexpr std::size_t k_bug_pointer = 4, k_bug_most = 32;
constexpr std::size_t k_bug_file = 8, k_bug_line = 4, k_bug_flags = 2;  // from the end of an entry

struct Symbol {
  std::string name;
  std::string file;  // of a local one
  std::size_t section = 0;
  std::uint64_t value = 0, size = 0;
  int type = 0;
  bool is_local = false;
};
struct Relocation {
  std::uint64_t offset = 0;
  std::uint32_t type = 0;
  std::size_t symbol = 0;
  std::int64_t addend = 0;
};
struct Section {
  std::string name;
  std::uint64_t flags = 0;
  std::uint32_t type = 0;
  std::string bytes;
  std::uint64_t size = 0;
  std::vector<Relocation> relocations;  // sorted by offset
};

// Sections that say where code is and not what it does.
bool is_left_out(std::string_view name) {
  constexpr std::array<std::string_view, 9> k_starts = {".eh_frame", ".orc_unwind", ".debug",
                                                        ".note",     ".comment",    ".discard",
                                                        ".modinfo",  ".BTF",        ".return_sites"};
  return std::ranges::any_of(k_starts, [&](std::string_view start) { return name.starts_with(start); });
}

std::uint32_t word_at(std::string_view bytes, std::size_t at) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof word);
  return word;
}

class Object {
 public:
  static base::Result<Object> read(const std::filesystem::path& path);
  FunctionHashes hashes() const;

 private:
  static std::unexpected<base::Error> unreadable(const std::filesystem::path& path) {
    const int error = elf_errno();
    return base::fail(ErrorKind::usage,
                      fmt::format("{}: not a readable ELF file{}{}", path.string(), error ? ": " : "",
                                  error ? elf_errmsg(error) : ""),
                      "name objects: FILE.o, or a kernel's vmlinux.o");
  }
  bool read_sections(Elf* elf);
  void read_symbols(Elf_Scn* scn, const GElf_Shdr& head, Elf* elf);
  void read_relocations(Elf_Scn* scn, const GElf_Shdr& head);
  std::string target(const Section& from, const Relocation& relocation) const;
  std::size_t bug_entry(const Section& section) const;
  std::string bug_at(const Section& section, std::size_t at, std::size_t entry) const;
  std::string canonical(const Section& section, std::uint64_t begin, std::uint64_t end, bool is_code,
                        std::size_t index) const;
  std::string between(std::size_t index) const;
  void mask_calls(std::string& bytes, std::uint64_t begin, std::size_t index, std::string& told) const;
  void mask_lines(std::string& bytes, std::uint64_t call, std::uint64_t begin, std::string_view callee) const;
  std::string name_of(const Symbol& symbol) const {
    return symbol.is_local && m_twice.contains(symbol.name) ? fmt::format("{} ({})", symbol.name, symbol.file)
                                                            : symbol.name;
  }

  std::vector<Section> m_sections;
  std::vector<Symbol> m_symbols;
  std::set<std::string> m_twice;  // names of several functions
  std::map<std::pair<std::size_t, std::uint64_t>, const Symbol*> m_starts;
  bool m_is_x86 = false;
};

base::Result<Object> Object::read(const std::filesystem::path& path) {
  auto opened = open_elf(path);
  if (!opened) {
    opened.error().kind = ErrorKind::usage;
    return std::unexpected(std::move(opened.error()));
  }
  const std::unique_ptr<Elf, EndElf>& elf = opened->elf;
  GElf_Ehdr header;
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF || !gelf_getehdr(elf.get(), &header)) return unreadable(path);
  if (header.e_type != ET_REL)
    return base::fail(
        ErrorKind::usage,
        fmt::format("{}: it is linked already, so that every address in it moves", path.string()),
        "name objects: FILE.o, or a kernel's vmlinux.o");
  Object object;
  object.m_is_x86 = header.e_machine == EM_X86_64;
  if (!object.read_sections(elf.get())) return unreadable(path);
  return object;
}

bool Object::read_sections(Elf* elf) {
  std::size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) return false;
  m_sections.emplace_back();  // the null one
  for (Elf_Scn* scn = elf_nextscn(elf, nullptr); scn; scn = elf_nextscn(elf, scn)) {
    GElf_Shdr head;
    if (!gelf_getshdr(scn, &head)) return false;
    const char* name = elf_strptr(elf, names, head.sh_name);
    Section section{.name = name ? name : "",
                    .flags = head.sh_flags,
                    .type = head.sh_type,
                    .bytes = {},
                    .size = head.sh_size};
    if ((head.sh_flags & SHF_ALLOC) && head.sh_type != SHT_NOBITS && head.sh_size > 0) {
      const Elf_Data* data = elf_rawdata(scn, nullptr);
      if (!data || data->d_size != head.sh_size) return false;
      section.bytes.assign(static_cast<const char*>(data->d_buf), data->d_size);
    }
    m_sections.push_back(std::move(section));
  }
  for (Elf_Scn* scn = elf_nextscn(elf, nullptr); scn; scn = elf_nextscn(elf, scn)) {
    GElf_Shdr head;
    if (!gelf_getshdr(scn, &head)) return false;
    if (head.sh_type == SHT_SYMTAB) read_symbols(scn, head, elf);
    if (head.sh_type == SHT_RELA) read_relocations(scn, head);
  }
  std::map<std::string, int> count;
  for (const Symbol& symbol : m_symbols)
    if (symbol.type == STT_FUNC && ++count[symbol.name] > 1) m_twice.insert(symbol.name);
  for (const Symbol& symbol : m_symbols)
    if (symbol.type == STT_FUNC) m_starts.emplace(std::pair(symbol.section, symbol.value), &symbol);
  return true;
}

void Object::read_symbols(Elf_Scn* scn, const GElf_Shdr& head, Elf* elf) {
  Elf_Data* data = elf_getdata(scn, nullptr);
  std::string file;
  const int count = head.sh_entsize == 0 ? 0 : static_cast<int>(head.sh_size / head.sh_entsize);
  for (int i = 0; data && i < count; ++i) {
    GElf_Sym sym;
    if (!gelf_getsym(data, i, &sym)) continue;
    const char* name = elf_strptr(elf, head.sh_link, sym.st_name);
    const int type = GELF_ST_TYPE(sym.st_info);
    if (type == STT_FILE) file = name ? name : "";
    const bool is_local = GELF_ST_BIND(sym.st_info) == STB_LOCAL;
    m_symbols.push_back({.name = name ? name : "",
                         .file = is_local ? file : "",
                         .section = static_cast<std::size_t>(sym.st_shndx < SHN_LORESERVE ? sym.st_shndx : 0),
                         .value = sym.st_value,
                         .size = sym.st_size,
                         .type = type,
                         .is_local = is_local});
  }
}

void Object::read_relocations(Elf_Scn* scn, const GElf_Shdr& head) {
  if (head.sh_info >= m_sections.size()) return;
  Elf_Data* data = elf_getdata(scn, nullptr);
  const int count = head.sh_entsize == 0 ? 0 : static_cast<int>(head.sh_size / head.sh_entsize);
  auto& out = m_sections[head.sh_info].relocations;
  for (int i = 0; data && i < count; ++i) {
    GElf_Rela rela;
    if (!gelf_getrela(data, i, &rela)) continue;
    out.push_back({rela.r_offset, static_cast<std::uint32_t>(GELF_R_TYPE(rela.r_info)),
                   static_cast<std::size_t>(GELF_R_SYM(rela.r_info)), rela.r_addend});
  }
  std::ranges::sort(out, {}, &Relocation::offset);
}

// What a relocation in `from` points to: a string by its words, a function or a datum by its name, else section and offset.
std::string Object::target(const Section& from, const Relocation& relocation) const {
  if (relocation.symbol >= m_symbols.size()) return "?";
  const Symbol& symbol = m_symbols[relocation.symbol];
  if (symbol.section == 0 || symbol.section >= m_sections.size() ||
      (symbol.type != STT_SECTION && !symbol.name.empty() && !symbol.name.starts_with(".L")))
    return fmt::format("{}{:+}", name_of(symbol), relocation.addend);
  const Section& section = m_sections[symbol.section];
  // Code counts from its next instruction, which begins behind the displacement, data from where the displacement is.
  const bool is_relative = m_is_x86 && (from.flags & SHF_EXECINSTR) != 0 &&
                           (relocation.type == R_X86_64_PC32 || relocation.type == R_X86_64_PLT32);
  const std::int64_t at = static_cast<std::int64_t>(symbol.value) + relocation.addend + (is_relative ? 4 : 0);
  if ((section.flags & SHF_STRINGS) && at >= 0 && static_cast<std::size_t>(at) < section.bytes.size())
    return "\"" +
           section.bytes.substr(
               static_cast<std::size_t>(at),
               section.bytes.find('\0', static_cast<std::size_t>(at)) - static_cast<std::size_t>(at)) +
           "\"";
  if (section.name == k_bug_table && at >= 0)
    if (const std::size_t entry = bug_entry(section); entry > 0)
      return "bug " + bug_at(section, static_cast<std::size_t>(at) / entry * entry, entry);
  // The function that holds the place, and how far within.
  auto after = m_starts.upper_bound({symbol.section, static_cast<std::uint64_t>(at)});
  if (after != m_starts.begin()) {
    const Symbol& function = *std::prev(after)->second;
    if (function.section == symbol.section && static_cast<std::uint64_t>(at) < function.value + function.size)
      return fmt::format("{}@{:x}", name_of(function), static_cast<std::uint64_t>(at) - function.value);
  }
  return fmt::format("{}{:+}", section.name, at);
}

// The bytes of an entry of the table of bugs, which has one pointer to code in each; 0 where that cannot be told.
std::size_t Object::bug_entry(const Section& section) const {
  const auto entries =
      static_cast<std::size_t>(std::ranges::count_if(section.relocations, [&](const Relocation& r) {
        if (r.symbol >= m_symbols.size()) return false;
        const std::size_t to = m_symbols[r.symbol].section;
        return to < m_sections.size() && (m_sections[to].flags & SHF_EXECINSTR) != 0;
      }));
  if (entries == 0 || section.bytes.size() % entries != 0) return 0;
  const std::size_t entry = section.bytes.size() / entries;
  return entry > k_bug_file && entry <= k_bug_most && entry % k_bug_pointer == 0 ? entry : 0;
}

// What an entry says, but for the code's place and the line: code that hands on its address means that.
std::string Object::bug_at(const Section& section, std::size_t at, std::size_t entry) const {
  std::string told;
  auto relocation =
      std::ranges::lower_bound(section.relocations, at + k_bug_pointer, {}, &Relocation::offset);
  for (; relocation != section.relocations.end() && relocation->offset < at + entry; ++relocation)
    told += target(section, *relocation) + " ";
  return at + entry > section.bytes.size()
             ? told
             : told + section.bytes.substr(at + entry - k_bug_flags, k_bug_flags);
}

// A text that is a source file's name, as target() tells it.
bool is_source(std::string_view target) {
  constexpr std::array<std::string_view, 5> k_ends = {".c\"", ".h\"", ".S\"", ".rs\"", ".inc\""};
  return std::ranges::any_of(k_ends, [&](std::string_view end) { return target.ends_with(end); });
}

// `bytes` is code that begins at `begin` of its section: displacements that hit the beginning of another function are named.
void Object::mask_calls(std::string& bytes, std::uint64_t begin, std::size_t index, std::string& told) const {
  for (std::size_t at = 0; at + 5 <= bytes.size(); ++at) {
    const auto opcode = static_cast<unsigned char>(bytes[at]);
    if (opcode != 0xe8 && opcode != 0xe9) continue;
    const std::uint64_t to = begin + at + 5 +
                             static_cast<std::uint64_t>(static_cast<std::int64_t>(
                                 static_cast<std::int32_t>(word_at(bytes, at + 1))));
    const auto found = m_starts.find({index, to});
    if (found == m_starts.end() || to == begin) continue;
    told += fmt::format("{:x} call {}\n", at, name_of(*found->second));
    bytes.replace(at + 1, 4, 4, '\0');
  }
}

void Object::mask_lines(std::string& bytes, std::uint64_t call, std::uint64_t begin,
                        std::string_view callee) const {
  const auto taker = std::ranges::find(k_line_takers, callee, &LineTaker::function);
  if (taker == k_line_takers.end()) return;
  const std::size_t end = call - begin;
  for (std::size_t at = end; at-- > (end > k_look_back ? end - k_look_back : 0);) {
    if (static_cast<unsigned char>(bytes[at]) != taker->opcode || at + 5 > end) continue;
    if (word_at(bytes, at + 1) == 0 || word_at(bytes, at + 1) > k_most_lines) continue;
    bytes.replace(at + 1, 4, 4, '\0');
    return;
  }
}

std::string Object::canonical(const Section& section, std::uint64_t begin, std::uint64_t end, bool is_code,
                              std::size_t index) const {
  end = std::min<std::uint64_t>(end, section.bytes.size());
  if (begin >= end) return fmt::format("size {}", section.size);
  std::string bytes = section.bytes.substr(begin, end - begin), told;
  const std::size_t bug = section.name == k_bug_table ? bug_entry(section) : 0;
  auto relocation = std::ranges::lower_bound(section.relocations, begin, {}, &Relocation::offset);
  for (; relocation != section.relocations.end() && relocation->offset < end; ++relocation) {
    const std::size_t at = relocation->offset - begin;
    const bool is_wide = m_is_x86 && (relocation->type == R_X86_64_64 || relocation->type == R_X86_64_PC64);
    const std::size_t width = std::min<std::size_t>(is_wide ? 8 : 4, bytes.size() - at);
    const std::string to = target(section, *relocation);
    told += fmt::format("{:x} {} {}\n", at, relocation->type, to);
    if (bug > 0 && (at + k_bug_file) % bug == 0 && at + k_bug_file <= bytes.size() && is_source(to))
      bytes.replace(at + k_bug_file - k_bug_line, 2, 2, '\0');
    if (is_code && m_is_x86 && relocation->symbol < m_symbols.size())
      mask_lines(bytes, relocation->offset, begin, m_symbols[relocation->symbol].name);
    bytes.replace(at, width, width, '\0');
  }
  if (is_code && m_is_x86) mask_calls(bytes, begin, index, told);
  return told + bytes;
}

// Fills up to the next function: nothing but bytes of which assemblers make nops.
bool is_padding(std::string_view bytes) {
  constexpr std::string_view k_nops("\x90\xcc\x66\x0f\x1f\x2e\x84\x44\x40\x80\x48\x8d\x76\xb4\x26\x00", 16);
  return bytes.size() < 32 && bytes.find_first_not_of(k_nops) == std::string_view::npos;
}

// The code of a section that is in no function: assembly without sizes.
std::string Object::between(std::size_t index) const {
  const Section& section = m_sections[index];
  std::string all;
  std::uint64_t at = 0;
  const auto gap = [&](std::uint64_t to) {
    to = std::min<std::uint64_t>(to, section.bytes.size());
    if (to > at && !is_padding(std::string_view(section.bytes).substr(at, to - at)))
      all += canonical(section, at, to, true, index);
  };
  for (auto start = m_starts.lower_bound({index, 0}); start != m_starts.end() && start->first.first == index;
       ++start) {
    gap(start->first.second);
    at = std::max(at, start->first.second + std::max<std::uint64_t>(start->second->size, 1));
  }
  gap(section.bytes.size());
  return all;
}

FunctionHashes Object::hashes() const {
  FunctionHashes out;
  const auto put = [&](const std::string& name, const std::string& what) {
    std::string& hash = out[name];
    const std::string own = base::sha256(what).substr(0, 24);
    hash = hash.empty() ? own : base::sha256(hash + own).substr(0, 24);
  };
  std::set<std::size_t> with_functions;
  for (const auto& [place, symbol] : m_starts) {
    if (place.first == 0 || place.first >= m_sections.size()) continue;
    const Section& section = m_sections[place.first];
    if (is_left_out(section.name)) continue;
    put(name_of(*symbol),
        canonical(section, symbol->value, symbol->value + std::max<std::uint64_t>(symbol->size, 1), true,
                  place.first));
    with_functions.insert(place.first);
  }
  for (const std::size_t index : with_functions)
    if (const std::string rest = between(index); !rest.empty()) put("[" + m_sections[index].name + "]", rest);
  for (std::size_t i = 1; i < m_sections.size(); ++i) {
    const Section& section = m_sections[i];
    const bool is_strings = (section.flags & SHF_STRINGS) != 0;  // counted where they are used
    if (!(section.flags & SHF_ALLOC) || section.size == 0 || is_strings || is_left_out(section.name) ||
        with_functions.contains(i))
      continue;
    put("[" + section.name + "]", canonical(section, 0, section.size, false, i));
  }
  return out;
}

}  // namespace

base::Result<FunctionHashes> function_hashes(const std::filesystem::path& path) {
  const Object object = CULPRIT_TRY(Object::read(path));
  return object.hashes();
}

std::string normalised_signature(const FunctionHashes& functions) { return base::sha256(to_text(functions)); }

std::vector<std::string> differing(const FunctionHashes& a, const FunctionHashes& b) {
  std::set<std::string> names;
  for (const auto& [name, hash] : a)
    if (const auto other = b.find(name); other == b.end() || other->second != hash) names.insert(name);
  for (const auto& [name, hash] : b)
    if (!a.contains(name)) names.insert(name);
  return {names.begin(), names.end()};
}

std::string to_text(const FunctionHashes& functions) {
  std::string text;
  for (const auto& [name, hash] : functions) text += hash + " " + name + "\n";
  return text;
}

FunctionHashes functions_from_text(std::string_view text) {
  FunctionHashes functions;
  for (const std::string_view line : base::split_lines(text))
    if (const std::size_t blank = line.find(' '); blank != std::string_view::npos)
      functions[std::string(line.substr(blank + 1))] = std::string(line.substr(0, blank));
  return functions;
}

}  // namespace culprit::build
