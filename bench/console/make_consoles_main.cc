// Writes the consoles of the benchmark as files, for measuring the command itself: time and peak memory.
// usage: make_consoles DIR [MIB]
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>

#include "console/consoles.h"

int main(int argc, char** argv) {
  using culprit::bench::ConsoleKind;
  if (argc < 2) {
    std::cerr << "usage: make_consoles DIR [MIB]\n";
    return 2;
  }
  const std::size_t size = static_cast<std::size_t>(argc > 2 ? std::atoi(argv[2]) : 200) << 20;
  for (const auto& [kind, name] :
       {std::pair{ConsoleKind::clean, "clean.log"}, std::pair{ConsoleKind::one_at_end, "one-at-end.log"},
        std::pair{ConsoleKind::every_16_kib, "every-16-kib.log"}}) {
    std::ofstream(std::string(argv[1]) + "/" + name, std::ios::binary)
        << culprit::bench::make_console(kind, size);
  }
}
