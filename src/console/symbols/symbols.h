// Source places and inlined functions of code addresses, from an object file's DWARF.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/run/report.h"

namespace culprit::console {

// One function at an address: what was inlined there, or the function itself.
struct SymbolFrame {
  std::string function;    // as the debug information names it; empty where it does not
  std::string file;        // absolute where the debug information knows the directory; empty where unknown
  std::uint32_t line = 0;  // 0 where unknown
  bool inlined = false;    // into the frame that follows
};

// Everything in one object file. Functions are indexed when the first address of their unit is asked for, so
// opening is cheap and memory grows with what is looked at. Not safe for use by several threads at a time.
class Symbols {
 public:
  // Errors (usage): the file cannot be read, is no ELF file, or has no DWARF.
  static base::Result<Symbols> open(const std::filesystem::path& file);
  ~Symbols();
  Symbols(Symbols&&) noexcept;
  Symbols& operator=(Symbols&&) noexcept;

  // The frames at an address, innermost first: as `eu-addr2line -fi` prints them. Empty where there is no
  // code.
  std::vector<SymbolFrame> lookup(std::uint64_t address);
  // Where a function starts. Several local functions may share a name: then the one of that `size` (0: any).
  std::optional<std::uint64_t> address_of(std::string_view function, std::uint64_t size) const;
  // The directory that the kernel's sources were in when it was built ("/src/linux"); empty where it cannot
  // be told.
  const std::string& source_root() const;

 private:
  class Impl;
  explicit Symbols(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> m_impl;
};

struct SymbolSources {
  Symbols* kernel = nullptr;
  std::vector<std::pair<std::string, Symbols*>> modules;  // by name: "ext4"
  std::string source;  // cut from the front of file names; empty: the kernel's source_root()
};

// How well the symbols fit the reports symbolized with them.
struct SymbolFit {
  std::size_t frames = 0;   // with a function and its size, that the symbols should know
  std::size_t unknown = 0;  // of those: no such function, or none of that size

  // Most are unknown: the symbols are of another build.
  bool other_build() const { return frames >= 3 && 2 * unknown > frames; }
};

// Fills in files and lines of a report's frames, inserts the frames of inlined functions, each in front of
// the one it is inlined into, and finds the guilty file anew. Frames that the symbols do not know stay as
// they are.
void symbolize(model::CrashReport& report, const SymbolSources& sources, SymbolFit& fit);

}  // namespace culprit::console
