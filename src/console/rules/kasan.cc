// KASAN and KFENCE: memory errors. KASAN's head line names the kind, the next line the access; until 4.10 the
// address stood in the head line. KFENCE says both in the head.
#include "console/rules/tables.h"

namespace culprit::console::rules {
namespace {

constexpr std::string_view k_access = R"(^(Read|Write) (?:of size|at addr))";

constexpr Rule k_rules[] = {
    {.id = "kasan/double-free",
     .literal = "BUG: KASAN",
     .head = R"(BUG: KASAN: (?:double-free or invalid-free|invalid-free|double-free) in (?P<f>[\w.]+))",
     .title = "KASAN: invalid-free in {frame}",
     .alt = "invalid-free in {frame}",
     .type = "KASAN-INVALID-FREE",
     .blame = Blame::stack_or_head},
    {.id = "kasan/use-after-free",
     .literal = "BUG: KASAN",
     .head = R"(BUG: KASAN: ((?:[a-z]+-)?use-after-free) (?:on address|in (?P<f>[\w.]+)))",
     .detail = k_access,
     .title = "KASAN: {1} {access} in {frame}",
     .alt = "bad-access in {frame}",
     .type = "KASAN-USE-AFTER-FREE-{ACCESS}",
     .blame = Blame::stack_or_head},
    {.id = "kasan/bad-access",
     .literal = "BUG: KASAN",
     .head = R"(BUG: KASAN: ([a-z][a-z-]+) (?:on address|in (?P<f>[\w.]+)))",
     .detail = k_access,
     .title = "KASAN: {1} {access} in {frame}",
     .alt = "bad-access in {frame}",
     .type = "KASAN-{ACCESS}",
     .blame = Blame::stack_or_head},
    {.id = "kasan/head-only",  // everything but the head line is lost
     .literal = "BUG: KASAN",
     .head = R"(BUG: KASAN: (.+))",
     .title = "KASAN: {1}",
     .type = "KASAN-READ",
     .fragment = true},
    {.id = "kfence/access",
     .literal = "BUG: KFENCE",
     .head = R"(BUG: KFENCE: (use-after-free|out-of-bounds) (read|write) in (?P<f>[\w.]+))",
     .title = "KFENCE: {1} {2} in {frame}",
     .alt = "bad-access in {frame}",
     .type = "KFENCE-{ACCESS}",
     .blame = Blame::head},
    {.id = "kfence/invalid-access",
     .literal = "BUG: KFENCE",
     .head = R"(BUG: KFENCE: (invalid) (read|write) in (?P<f>[\w.]+))",
     .title = "KFENCE: {1} {2} in {frame}",
     .alt = "bad-access in {frame}",
     .type = "KFENCE-{ACCESS}",
     .blame = Blame::head},
    {.id = "kfence/invalid-free",
     .literal = "BUG: KFENCE",
     .head = R"(BUG: KFENCE: invalid free in (?P<f>[\w.]+))",
     .title = "KFENCE: invalid free in {frame}",
     .alt = "invalid-free in {frame}",
     .type = "KFENCE-INVALID-FREE",
     .blame = Blame::head},
    {.id = "kfence/memory-corruption",
     .literal = "BUG: KFENCE",
     .head = R"(BUG: KFENCE: memory corruption in (?P<f>[\w.]+))",
     .title = "KFENCE: memory corruption in {frame}",
     .type = "KFENCE-MEMORY-CORRUPTION",
     .blame = Blame::head},
};

}  // namespace

std::span<const Rule> kasan() { return k_rules; }

}  // namespace culprit::console::rules
