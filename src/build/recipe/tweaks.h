// What a configuration needs on some releases and not on others.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "build/recipe/kernel_symbols.h"
#include "build/recipe/toolchain.h"

namespace culprit::build {

// `set` is asked for on releases from `since` to `until` (empty: from the beginning, to today; "v6.8" with its stable
// ones).
struct Tweak {
  std::string since;
  std::string until;
  std::vector<ConfigSymbol> set;
  std::string why;
};

// The shipped ones: options that were renamed (asked for by the name of the time), and those that break a build or
// flip in the middle of the history, unless `requested` says something of them itself. Then `own`, which have the
// last word.
struct Tweaked {
  std::vector<ConfigSymbol> requested;
  std::vector<std::string> words;  // what came into force and why, a line each
};
Tweaked tweak(std::vector<ConfigSymbol> requested, KernelVersion version, std::span<const Tweak> own);

}  // namespace culprit::build
