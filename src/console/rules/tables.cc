#include "console/rules/tables.h"

#include <array>

#include "console/rules/programs/tables.h"

namespace culprit::console {

// The order is the order of trial for lines that several families could claim: those that say more come
// first.
std::span<const std::span<const Rule>> rule_tables() {
  static const std::array<std::span<const Rule>, 17> tables = {rules::kasan(),
                                                               rules::sanitizers(),
                                                               rules::lockdep(),
                                                               rules::hangs(),
                                                               rules::program_sanitizers(),
                                                               rules::program_assertions(),
                                                               rules::program_languages(),
                                                               rules::program_other_languages(),
                                                               rules::program_tests(),
                                                               rules::program_builds(),
                                                               rules::program_signals(),
                                                               rules::warnings(),
                                                               rules::oopses(),
                                                               rules::panics(),
                                                               rules::guests(),
                                                               rules::complaints(),
                                                               rules::bugs()};
  return tables;
}

}  // namespace culprit::console
