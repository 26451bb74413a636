// What other parties on a kernel's console say: trusted execution environments, fuzzers.
#include "console/rules/tables.h"

namespace culprit::console::rules {
namespace {

constexpr Rule k_rules[] = {
    {.id = "trusty/assert",
     .literal = "ASSERT FAILED",
     .head = R"(trusty: .*ASSERT FAILED at \([^)]*\): *([^\s].*))",
     .title = "trusty: ASSERT FAILED: {1}",
     .type = "DoS",
     .needs_stack = false,
     .patient = true,
     .fatal = true},
    {.id = "trusty/assert-cut",
     .literal = "ASSERT FAILED",
     .head = R"(trusty: .*ASSERT FAILED)",
     .title = "trusty: ASSERT FAILED:",
     .type = "DoS",
     .needs_stack = false,
     .patient = true,
     .fragment = true,
     .fatal = true},
    {.id = "fuzzer/failure",
     .literal = "SYZFAIL: ",
     .head = R"(SYZFAIL: (.+))",
     .title = "SYZFAIL: {1}",
     .type = "SYZ_FAILURE",
     .needs_stack = false},
    {.id = "fuzzer/fatal",
     .literal = "SYZFATAL: ",
     .head = R"(SYZFATAL: (.+))",
     .title = "SYZFATAL: {1}",
     .alt = "SYZFATAL",
     .type = "SYZ_FAILURE",
     .needs_stack = false},
};

}  // namespace

std::span<const Rule> guests() { return k_rules; }

}  // namespace culprit::console::rules
