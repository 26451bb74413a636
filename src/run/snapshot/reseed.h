// The program by which a guest that was restored from a snapshot gets random numbers of its own.
#pragma once

#include <string_view>

namespace culprit::run {

// How many hexadecimal digits it wants on its standard input.
inline constexpr int k_seed_digits = 64;

// The bytes of culprit-reseed, a static program for x86_64; empty where culprit was built on another machine.
std::string_view reseed_program();

}  // namespace culprit::run
