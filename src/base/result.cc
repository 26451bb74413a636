#include "base/result.h"

#include <ranges>

#include "base/strings.h"

namespace culprit::base {

std::unexpected<Error> fail(ErrorKind kind, std::string what, std::string hint) {
  return std::unexpected(
      Error{.kind = kind, .what = std::move(what), .context = {}, .hint = std::move(hint)});
}

std::string render(const Error& error) {
  std::string out = "culprit: error: ";
  for (const std::string& where : error.context | std::views::reverse) out += where + ": ";
  out += error.what + "\n";
  if (!error.hint.empty()) out += "hint: " + error.hint + "\n";
  return printable(out);
}

}  // namespace culprit::base
