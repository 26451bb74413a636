// When are two kernels the same kernel?
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace culprit::build {

// SHA-256 in hexadecimal over what an ELF image loads into memory: for each allocated section its name,
// address, size and contents, and the entry point. Debug information, symbol tables and notes (the build id)
// do not count. Equal signatures mean equal behaviour; unequal ones may come from no more than a line number.
// A file that is no ELF file, or is cut, is an error.
base::Result<std::string> image_signature(const std::filesystem::path& image);

}  // namespace culprit::build
