#include "base/check.h"

#include <cstdio>
#include <cstdlib>

#include "base/exit_code.h"

namespace culprit::base {

void check_failed(std::string_view condition, const std::string& state, std::source_location where) {
  std::fprintf(stderr,
               "culprit: internal error: %s:%u: %s: check failed: %.*s\n  state: %s\n"
               "hint: this is a bug of culprit; the store keeps everything that finished, `culprit resume` "
               "continues\n",
               where.file_name(), where.line(), where.function_name(), static_cast<int>(condition.size()),
               condition.data(), state.c_str());
  std::_Exit(static_cast<int>(ExitCode::internal));
}

}  // namespace culprit::base
