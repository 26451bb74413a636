// Any bytes as a console: no crash, no undefined behaviour, and the invariants of the golden tests. Bytes behind
// a 1 are a console in the dress of the transport that the second byte names (tests/golden/dressing.h).
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/golden/dressing.h"
#include "tests/golden/invariants.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string console(reinterpret_cast<const char*>(data), size);
  if (size > 2 && data[0] == 1) {
    const auto dressers = culprit::console::dressers();
    console = dressers[data[1] % dressers.size()].dress(std::string_view(console).substr(2));
  }
  if (const auto broken = culprit::console::broken_invariant(console)) {
    std::fprintf(stderr, "broken invariant: %s\n", broken->c_str());
    std::abort();
  }
  return 0;
}
