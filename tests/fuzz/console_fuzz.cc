// Any bytes as a console: no crash, no undefined behaviour, and the invariants of the golden tests.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/golden/invariants.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view console(reinterpret_cast<const char*>(data), size);
  if (const auto broken = culprit::console::broken_invariant(console)) {
    std::fprintf(stderr, "broken invariant: %s\n", broken->c_str());
    std::abort();
  }
  return 0;
}
