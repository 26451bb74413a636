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
#include "model/report.h"

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
  // Is there any function of that name?
  bool has_function(std::string_view function) const;

 private:
  class Impl;
  explicit Symbols(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> m_impl;
};

// Fills in files and lines of a report's frames and inserts the frames of inlined functions, each in front of
// the one it is inlined into. `modules` are keyed by name ("ext4"). `source` is cut from the front of file
// names. The guilty file is found anew. Frames of functions that `kernel` does not know stay as they are;
// returns how many frames got a place.
struct SymbolSources {
  Symbols* kernel = nullptr;
  std::vector<std::pair<std::string, Symbols*>> modules;
  std::string source;
};
std::size_t symbolize(model::CrashReport& report, const SymbolSources& sources);

}  // namespace culprit::console
