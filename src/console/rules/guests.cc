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
    {.id = "guest/boots-again",  // the decompressor, in a console where a kernel has already spoken
     .literal = "Booting the kernel.",
     .head = R"(^(?:Decompressing Linux.*)?\s*Booting the kernel\.\s*$)",
     .title = "unexpected kernel reboot",
     .type = "REBOOT",
     .needs_stack = false,
     .one_line = true,
     .boot = true,
     .fatal = true},
    {.id = "guest/starts-again",
     .literal = "Linux version ",
     .head = R"(^Linux version \d+\.\d+)",
     .title = "unexpected kernel reboot",
     .type = "REBOOT",
     .needs_stack = false,
     .one_line = true,
     .boot = true,
     .fatal = true},
    {.id = "guest/reboots",
     .literal = "reboot: ",
     .head =
         R"(^reboot: (?:Restarting system|machine restart|Power down|System halted|Power off not available))",
     .boot = true,
     .ignore = true},
    {.id = "guest/starts-new-kernel",  // kexec
     .literal = "Starting new kernel",
     .head = R"(^(?:kexec(?:_core)?: )?Starting new kernel)",
     .boot = true,
     .ignore = true},
    {.id = "guest/starts-crash-kernel",  // kdump: what the machine died of was said before
     .literal = "Starting crashdump kernel",
     .head = R"(^(?:kexec(?:_core)?: )?Starting crashdump kernel)",
     .boot = true,
     .ignore = true},
    {.id = "guest/powers-down-old-wording",  // until 3.12
     .literal = "Power down.",
     .head = R"(^Power down\.$)",
     .boot = true,
     .ignore = true},
    {.id = "guest/reboots-at-once",  // by the magic key
     .literal = "Resetting",
     .head = R"((?i)^sysrq\s?: Resetting)",
     .boot = true,
     .ignore = true},
    {.id = "guest/reboots-old-wording",  // until 3.12
     .literal = "Restarting system",
     .head = R"(^Restarting system(?: with command '.*')?\.?$)",
     .boot = true,
     .ignore = true},
    {.id = "fuzzer/bus-error",  // its files lie on a file system that is full
     .literal = "SYZFAIL: ",
     .head = R"(SYZFAIL: (SIGBUS))",
     .title = "SYZFAIL: {1}",
     .type = "SYZ_FAILURE",
     .needs_stack = false,
     .suppressed = true},
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
