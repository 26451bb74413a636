// Stacks of user-space programs: sanitizers, valgrind, gdb, Rust, Go, glibc's backtrace().
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "console/stack/stack.h"
#include "console/text/line.h"

namespace culprit::console {

// Walks the lines of one report of a program, from its head on.
std::vector<WalkedStack> walk_program_stacks(std::span<const Line> lines);

// Is it a function of a runtime: sanitizer interceptors, the C and C++ libraries, the runtimes of Rust and
// Go? It explains nothing.
bool is_runtime_function(std::string_view function);

// Is it a source file of such a library, as its debug information names it?
bool is_runtime_file(std::string_view file);

// Is it a source file of a package that was installed beside the program? It explains less than the program's own.
bool is_package_file(std::string_view file);

// Is it the C or C++ library, a sanitizer's, or the loader? By the file's name: "/lib/libc.so.6".
bool is_runtime_module(std::string_view module);

// The name without its arguments: "ring::use" for "ring::use(int, char*)".
std::string without_arguments(std::string_view function);

}  // namespace culprit::console
