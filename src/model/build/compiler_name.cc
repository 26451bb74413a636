#include "model/build/compiler_name.h"

#include <algorithm>
#include <cctype>

#include "base/strings.h"

namespace culprit::model {
namespace {

// The first word of `text` that begins with a digit, up to what a distribution puts behind it; empty: none does.
std::string first_number(std::string_view text) {
  for (const std::string_view word : base::split(text, ' '))
    if (!word.empty() && std::isdigit(static_cast<unsigned char>(word.front())) != 0)
      return std::string(word.substr(0, word.find_first_not_of("0123456789.")));
  return {};
}

}  // namespace

CompilerName compiler_name(std::string_view line) {
  const std::string_view tool = line.substr(0, line.find(", "));
  const std::string_view command = tool.substr(0, tool.find(' '));
  if (const std::size_t at = tool.find("clang version "); at != std::string_view::npos)
    return {"clang", first_number(tool.substr(at))};
  // What stands in brackets is the package's version.
  const std::size_t brackets = tool.rfind(')');
  const std::string_view rest =
      tool.substr(brackets == std::string_view::npos ? command.size() : brackets + 1);
  const std::size_t folder = command.rfind('/');
  const std::string_view name = folder == std::string_view::npos ? command : command.substr(folder + 1);
  return {name.contains("gcc") ? "gcc" : std::string(name), first_number(rest)};
}

std::string short_compiler(std::string_view line) {
  const CompilerName name = compiler_name(line);
  return name.version.empty() ? name.family : name.family + " " + name.version;
}

}  // namespace culprit::model
