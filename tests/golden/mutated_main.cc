// Golden consoles, damaged: bytes changed, pieces cut out, repeated, or taken from another console. Whatever
// is read of them keeps the invariants of re-reading (console/invariants.h). The damage comes from a fixed
// seed and from nothing else, so that every machine tries the same consoles; tests/fuzz looks for others.
// usage: mutated_console [TRIES [SEED]]
// Damages every golden file TRIES times, half of them in the dress of one transport (tests/golden/dressing.h). A console that breaks an invariant is written to mutated-N.txt.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/strings.h"
#include "tests/golden/dressing.h"
#include "tests/golden/invariants.h"

namespace {

namespace fs = std::filesystem;
namespace base = culprit::base;

constexpr std::size_t k_max_console = 16384;  // bytes
constexpr std::size_t k_max_piece = 400;      // bytes

class Damage {
 public:
  Damage(const std::vector<std::string>& consoles, std::uint64_t seed)
      : m_consoles(consoles), m_random(seed) {}

  std::string damaged(const std::string& console) {
    std::string text = console;
    for (std::size_t left = 1 + below(6); left > 0; --left) damage(text);
    text.resize(std::min(text.size(), k_max_console));
    return text;
  }

 private:
  // The library's distributions are not the same everywhere; the engine is.
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : m_random() % bound; }

  std::string piece_of(std::string_view text) {
    const std::size_t length = 1 + below(k_max_piece);  // compilers draw arguments in orders of their own
    return std::string(text.substr(below(text.size()), length));
  }

  void damage(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    switch (below(5)) {
      case 0: {
        static constexpr std::string_view k_bytes("\n\r\0\x1b\xff[]:+ \t0", 12);
        if (at < text.size()) text[at] = k_bytes[below(k_bytes.size())];
        break;
      }
      case 1:
        text.erase(at, 1 + below(k_max_piece));
        break;
      case 2:
        text.insert(at, piece_of(text));
        break;
      case 3:
        text.insert(at, piece_of(m_consoles[below(m_consoles.size())]));
        break;
      default:
        text.insert(at, "\n** replaying previous printk message **\n");
        break;
    }
  }

  const std::vector<std::string>& m_consoles;
  std::mt19937_64 m_random;
};

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t tries = argc > 1 ? base::parse_number<std::uint64_t>(argv[1]).value_or(0) : 8;
  const std::uint64_t seed = argc > 2 ? base::parse_number<std::uint64_t>(argv[2]).value_or(0) : 1;
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(CULPRIT_GOLDEN_DIR)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> consoles;
  for (const fs::path& path : files) consoles.push_back(base::read_file(path).value());
  Damage damage(consoles, seed);
  std::uint64_t tried = 0;
  int failures = 0;
  for (std::size_t i = 0; i < consoles.size(); ++i) {
    for (std::uint64_t n = 0; n < tries; ++n, ++tried) {
      const auto dressers = culprit::console::dressers();
      const bool dressed = n % 2 == 1;
      const std::string text =
          damage.damaged(dressed ? dressers[tried / 2 % dressers.size()].dress(consoles[i]) : consoles[i]);
      const auto broken = culprit::console::broken_invariant(text);
      if (!broken) continue;
      const std::string name = fmt::format("mutated-{}.txt", tried);
      std::ofstream(name, std::ios::binary) << text;
      std::cout << fmt::format("{}, of {}: {}\n", name, files[i].filename().string(), *broken);
      ++failures;
    }
  }
  std::cout << fmt::format("{} damaged consoles, {} failures\n", tried, failures);
  return failures == 0 && tried > 0 ? 0 : 1;
}
