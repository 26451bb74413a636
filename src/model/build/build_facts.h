// What a build's record says of how it was built, and variants that build a revision as another one was.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/build_record.h"
#include "model/search.h"

namespace culprit::model {

// How the line of an ok kernel build begins that lists requested options which are not in force, as "FOO=y (is n), ...".
inline constexpr std::string_view k_options_lost = "requested options that this revision does not take: ";

// How the text of a broken build begins where there was nothing to build: git could not make the revision's files.
inline constexpr std::string_view k_not_checked_out = "error: it cannot be checked out: ";

// The note of a bisection in which builds are judged in the place of runs.
inline constexpr const char* k_build_is_sought =
    "the start does not build: the commit that broke the build is sought, and the command is not run";

// So begins the text of a build that was none: there was nothing to compile.
inline bool was_not_built(std::string_view text) {
  return text.starts_with(k_revert_conflict) || text.starts_with(k_revert_nothing) ||
         text.starts_with(k_apply_conflict) || text.starts_with(k_not_checked_out);
}

struct OptionLost {
  std::string name, wanted, is;  // "FOO", "y", "n"
  friend auto operator<=>(const OptionLost&, const OptionLost&) = default;
};
// Those of an ok build, sorted.
std::vector<OptionLost> options_lost(const BuildRecord& build);

// The reserved variants for a check: a revision built with another one's compiler (its record's version line; empty:
// its own) and options, in `variant`. The name is "with:COMPILER|FOO=n,BAR=y|VARIANT".
struct WithVariant {
  std::string compiler;
  std::vector<std::string> options;
  std::string variant;
};
inline constexpr std::string_view k_with_prefix = "with:";
std::string name_of(const WithVariant& with);
std::optional<WithVariant> with_variant_from_name(std::string_view name);

// The reserved variants of configurations that are made while the work goes on: "config:HASH" is the text that
// build::keep_config wrote down.
inline constexpr std::string_view k_config_prefix = "config:";

// A variant that builds for a check and says nothing about the revision itself: a RevertVariant's, an ApplyVariant's or a WithVariant's.
bool is_check_variant(std::string_view name);

}  // namespace culprit::model
