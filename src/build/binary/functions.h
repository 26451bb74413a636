// What each function of a binary does, as a hash that a moved line does not change.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace culprit::build {

// By name, a hash of what each function and each data section of a relocatable ELF file is (an object, a kernel's
// vmlinux.o). A static function whose name is there twice has its source file in it: "open (ferry.c)". Sections stand in
// brackets: "[.rodata]".
//
// Left out of the hash: addresses and offsets between functions; the build id, banners and debug information; line
// numbers in the table of WARN and BUG, and those handed to the functions that print them (might_sleep, lockdep,
// assert). A string is compared by what it says. Equal hashes mean equal behaviour, but for line numbers in reports;
// unequal ones may come of no more than the place of a constant.
using FunctionHashes = std::map<std::string, std::string>;

// Errors: no ELF file, or one that is linked already (usage).
base::Result<FunctionHashes> function_hashes(const std::filesystem::path& path);
// One hash over all of them.
std::string normalised_signature(const FunctionHashes& functions);

// The names that only one has, or that are not equal; sorted.
std::vector<std::string> differing(const FunctionHashes& a, const FunctionHashes& b);

// As lines "HASH NAME", and back.
std::string to_text(const FunctionHashes& functions);
FunctionHashes functions_from_text(std::string_view text);

}  // namespace culprit::build
