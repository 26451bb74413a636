#include "build/recipe/kernel_symbols.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "base/strings.h"

namespace culprit::build {
namespace {

bool is_symbol_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::optional<ConfigSymbol> parse_line(std::string_view line) {
  line = base::trim(line);
  if (const auto rest = base::strip_prefix(line, "# CONFIG_")) {
    const auto name = base::strip_suffix(*rest, " is not set");
    if (name && is_symbol_name(*name)) return ConfigSymbol{std::string(*name), "n"};
    return std::nullopt;
  }
  const auto rest = base::strip_prefix(line, "CONFIG_");
  const std::size_t equals = rest ? rest->find('=') : std::string_view::npos;
  if (equals == std::string_view::npos || !is_symbol_name(rest->substr(0, equals))) return std::nullopt;
  return ConfigSymbol{std::string(rest->substr(0, equals)), std::string(rest->substr(equals + 1))};
}

}  // namespace

base::Result<ConfigSymbol> parse_config_change(std::string_view text) {
  const std::string_view bare = base::strip_prefix(text, "CONFIG_").value_or(text);
  const std::size_t equals = bare.find('=');
  if (equals == std::string_view::npos || !is_symbol_name(bare.substr(0, equals)) ||
      equals + 1 == bare.size())
    return base::fail(base::ErrorKind::usage, fmt::format("\"{}\" is no change of the configuration", text),
                      "write NAME=VALUE, as in \"PROVE_LOCKING=n\"");
  return ConfigSymbol{std::string(bare.substr(0, equals)), std::string(bare.substr(equals + 1))};
}

std::vector<ConfigSymbol> parse_config(std::string_view text) {
  std::vector<ConfigSymbol> symbols;
  for (const std::string_view line : base::split_lines(text))
    if (auto symbol = parse_line(line)) symbols.push_back(std::move(*symbol));
  return symbols;
}

std::string config_lines(std::span<const ConfigSymbol> changes) {
  std::string text;
  for (const ConfigSymbol& change : changes)
    text += change.value == "n" ? fmt::format("# CONFIG_{} is not set\n", change.name)
                                : fmt::format("CONFIG_{}={}\n", change.name, change.value);
  return text;
}

std::vector<std::string> lost_options(std::span<const ConfigSymbol> requested, std::string_view config) {
  std::map<std::string, std::string> present;
  for (ConfigSymbol& symbol : parse_config(config)) present[std::move(symbol.name)] = std::move(symbol.value);
  std::vector<std::string> lost;
  for (auto symbol = requested.begin(); symbol != requested.end(); ++symbol) {
    const bool again = std::any_of(symbol + 1, requested.end(),
                                   [&](const ConfigSymbol& later) { return later.name == symbol->name; });
    const auto found = present.find(symbol->name);
    const std::string value = found == present.end() ? "n" : found->second;
    if (!again && value != symbol->value)
      lost.push_back(fmt::format("{}={} (is {})", symbol->name, symbol->value, value));
  }
  return lost;
}

}  // namespace culprit::build
