// Checks that stay on in release builds: a failed one is a bug of ours, prints its state and exits with 70.
#pragma once

#include <source_location>
#include <string>
#include <string_view>

namespace culprit::base {

[[noreturn]] void check_failed(std::string_view condition, const std::string& state,
                               std::source_location where = std::source_location::current());

}  // namespace culprit::base

// CULPRIT_CHECK(cond, "state that explains it"): never for what the subject or the user does.
#define CULPRIT_CHECK(condition, state) \
  (static_cast<bool>(condition) ? void(0) : ::culprit::base::check_failed(#condition, (state)))
