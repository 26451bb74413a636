// Which mode of `culprit bisect` reads which option. One that is not read is refused with a hint, for who
// gives an option expects that it does something.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/subject.h"

namespace culprit::cli {

// For each mode that does not read the option, what to do instead; null where it is read.
struct OptionRow {
  std::string_view option;
  const char* program = nullptr;  // `-- COMMAND`
  const char* kernel = nullptr;   // --config
  const char* by_hand = nullptr;  // --manual
  const char* classic = nullptr;  // --strategy classic, in any of them
};

// The options of `culprit bisect`, by their first long names; those of the files that it writes are in
// session/outputs.h.
std::span<const OptionRow> option_rows();

// A usage error where the option is not read: in a bisection of `subject`, with the strategy of that name.
base::Result<void> refuse_unread(const OptionRow& row, model::Subject subject, std::string_view strategy);

}  // namespace culprit::cli
