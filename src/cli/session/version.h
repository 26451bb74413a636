#pragma once

namespace culprit::cli {

inline constexpr const char* k_version = "0.1.0";

}  // namespace culprit::cli
