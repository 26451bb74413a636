// One line of a stack, in the shapes that kernels and user-space tools print.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "model/run/report.h"

namespace culprit::console {

// The frame on a line of a kernel stack: "func+0x1/0x2 mm/file.c:3 [module]", "[<addr>] ? func+0x1/0x2",
// "func mm/file.c:3 [inline]", a bare address, and 32-bit ARM's "(callee) from (caller+0x1/0x2)", which gives
// two. Appends to `frames` and returns how many there were: 0 for any other line. `body` is a line without
// its printk prefix.
std::size_t parse_kernel_frame(std::string_view body, std::vector<model::Frame>& frames);

// Where the program counter stood: "RIP: 0010:func+0x1/0x2", "pc : func+0x1/0x2", "PC is at func+0x1/0x2",
// "NIP [addr] func+0x1/0x2", "Krnl PSW : ... (func+0x1/0x2)", "epc : func+0x1/0x2". A program counter in user
// space, or one without a function, gives nothing.
std::optional<model::Frame> parse_program_counter(std::string_view body);

// The same behind a call through a NULL pointer: "pc : 0x0", "NIP [0000000000000000] 0x0".
bool is_null_counter(std::string_view body);

// What the link register points at: "lr : func+0x1/0x2", "LR is at ", "LR [addr] ", "ra : ", "ra    : addr ".
std::optional<model::Frame> parse_link_register(std::string_view body);

// Is this "RIP: 0033:..." or the like: the registers of the user-space side, where a kernel stack ends?
bool is_user_program_counter(std::string_view body);

// Without what Xen's console puts in front of each line.
std::string_view without_hypervisor(std::string_view body);

// A function's name without what compilers append: "foo.isra.0.cold" is "foo".
std::string_view base_name(std::string_view function);

}  // namespace culprit::console
