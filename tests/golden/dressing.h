// Consoles as other tools would have written them down: dressed in each transport that is known.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace culprit::console {

struct Dresser {
  std::string_view name;
  // The console as it looks there.
  std::string (*dress)(std::string_view console);
  bool kernels = false;  // only the kernel's lines go there
};

std::span<const Dresser> dressers();

}  // namespace culprit::console
