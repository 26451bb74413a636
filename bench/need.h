// What the programs here do with an error: say it and stop.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <type_traits>
#include <utility>

#include "base/exit_code.h"
#include "base/result.h"

namespace culprit::bench {

template <class T>
T need(base::Result<T> result) {
  if (!result) {
    std::fputs(base::render(result.error()).c_str(), stderr);
    std::exit(static_cast<int>(base::ExitCode::infrastructure));
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace culprit::bench
