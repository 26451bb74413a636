#include "cli/settings/toml_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/strings.h"

namespace culprit::cli {
namespace {

using base::ErrorKind;
using base::fail;

// The number at the start of `text` times its unit's factor; nullopt for an unknown unit or anything else.
std::optional<double> with_unit(std::string_view text,
                                std::span<const std::pair<std::string_view, double>> units) {
  for (const auto& [unit, factor] : units) {
    const auto number = base::strip_suffix(text, unit);
    const auto value = number ? base::parse_number<double>(base::trim(*number)) : std::nullopt;
    if (value && std::isfinite(*value) && *value > 0) return *value * factor;
  }
  return std::nullopt;
}

constexpr std::array<std::pair<std::string_view, double>, 5> k_times = {
    {{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}};
constexpr std::array<std::pair<std::string_view, double>, 4> k_sizes = {
    {{"MiB", 1}, {"M", 1}, {"GiB", 1024}, {"G", 1024}}};

std::string_view name_of(toml::node_type type) {
  switch (type) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "a boolean";
    case toml::node_type::none:
      break;
    default:
      return "a date or time";
  }
  return "nothing";
}

}  // namespace

base::Result<toml::table> parse_toml(std::string_view text, const std::filesystem::path& file) {
  try {
    return toml::parse(text, file.string());
  } catch (const toml::parse_error& error) {
    return fail(ErrorKind::usage,
                fmt::format("{}:{}: {}", file.string(), error.source().begin.line, error.description()));
  }
}

std::string TomlTable::at(const toml::node& node) const {
  return fmt::format("{}:{}", m_file, node.source().begin.line);
}

const toml::node* TomlTable::node(std::string_view key) {
  m_known.emplace_back(key);
  return m_error ? nullptr : m_table.get(key);
}

void TomlTable::complain(std::string_view key, const std::string& what, std::string hint) {
  if (m_error) return;
  const toml::node* node = m_table.get(key);
  const std::string where = node ? at(*node) : m_table.source().begin ? at(m_table) : m_file;
  m_error = base::Error{
      .kind = ErrorKind::usage, .what = where + ": " + what, .context = {}, .hint = std::move(hint)};
}

void TomlTable::wrong_type(std::string_view key, std::string_view wanted) {
  complain(key, fmt::format("\"{}\" must be {}, not {}", key, wanted, name_of(m_table.get(key)->type())));
}

void TomlTable::text(std::string_view key, std::string& out) {
  const toml::node* value = node(key);
  if (!value) return;
  if (const auto string = value->value_exact<std::string>())
    out = *string;
  else
    wrong_type(key, "a string");
}

void TomlTable::path(std::string_view key, std::filesystem::path& out) {
  std::string string;
  text(key, string);
  if (string.empty() || m_error) return;
  out = relative(string);
}

void TomlTable::program(std::string_view key, std::string& out) {
  text(key, out);
  if (out.contains('/')) out = std::filesystem::absolute(relative(out)).lexically_normal().string();
}

std::filesystem::path TomlTable::relative(std::string_view path) const {
  return std::filesystem::path(m_file).parent_path() / path;
}

void TomlTable::texts(std::string_view key, std::vector<std::string>& out) {
  const toml::node* value = node(key);
  if (!value) return;
  const toml::array* array = value->as_array();
  if (!array) return wrong_type(key, "an array of strings");
  std::vector<std::string> strings;
  for (const toml::node& element : *array) {
    const auto string = element.value_exact<std::string>();
    if (!string) {
      m_error = base::Error{.kind = ErrorKind::usage,
                            .what = fmt::format("{}: \"{}\" must hold strings only, not {}", at(element), key,
                                                name_of(element.type())),
                            .context = {},
                            .hint = {}};
      return;
    }
    strings.push_back(*string);
  }
  out = std::move(strings);
}

void TomlTable::text_or_texts(std::string_view key, std::vector<std::string>& out) {
  const toml::node* value = m_table.get(key);
  if (!value || !value->is_string()) return texts(key, out);
  out.assign(1, "");
  text(key, out.front());
}

void TomlTable::boolean(std::string_view key, bool& out) {
  const toml::node* value = node(key);
  if (!value) return;
  if (const auto flag = value->value_exact<bool>())
    out = *flag;
  else
    wrong_type(key, "true or false");
}

void TomlTable::integer(std::string_view key, int& out, int min, int max) {
  const toml::node* value = node(key);
  if (!value) return;
  const auto number = value->value_exact<std::int64_t>();
  if (!number) return wrong_type(key, "an integer");
  if (*number < min || *number > max)
    return complain(key, fmt::format("\"{}\" is {}, and must be from {} to {}", key, *number, min, max));
  out = static_cast<int>(*number);
}

void TomlTable::duration(std::string_view key, double& out) {
  const toml::node* value = node(key);
  if (!value) return;
  std::optional<double> seconds;
  if (value->is_number()) {
    seconds = value->value<double>();
    if (!std::isfinite(*seconds) || *seconds <= 0) seconds.reset();
  } else if (const auto string = value->value_exact<std::string>()) {
    seconds = with_unit(*string, k_times);
  } else {
    return wrong_type(key, "a time");
  }
  if (!seconds)
    return complain(key, fmt::format("\"{}\" is no time above 0", key), R"(write "90s", "5m" or "1h")");
  out = *seconds;
}

void TomlTable::mebibytes(std::string_view key, int& out) {
  const toml::node* value = node(key);
  if (!value) return;
  std::optional<double> size;
  if (const auto number = value->value_exact<std::int64_t>())
    size = *number > 0 ? std::optional(static_cast<double>(*number)) : std::nullopt;
  else if (const auto string = value->value_exact<std::string>())
    size = with_unit(*string, k_sizes);
  else
    return wrong_type(key, "a size");
  if (!size || *size < 1 || *size > std::numeric_limits<int>::max())
    return complain(key, fmt::format("\"{}\" is no size of a MiB or more", key), R"(write "512M" or "2G")");
  out = static_cast<int>(*size);
}

void TomlTable::choice(std::string_view key, std::span<const std::string_view> choices, std::size_t& out) {
  std::string chosen;
  text(key, chosen);
  if (m_error || !has(key)) return;
  const auto found = std::ranges::find(choices, chosen);
  if (found == choices.end())
    return complain(key, fmt::format(R"("{}" is "{}", and must be one of: {})", key, base::printable(chosen),
                                     fmt::join(choices, ", ")));
  out = static_cast<std::size_t>(found - choices.begin());
}

void TomlTable::pairs(std::string_view key, std::vector<std::pair<std::string, std::string>>& out) {
  const toml::table* values = table(key);
  if (!values) return;
  for (const auto& [name, value] : *values) {
    if (const auto string = value.value_exact<std::string>()) {
      out.emplace_back(name.str(), *string);
    } else if (const auto number = value.value_exact<std::int64_t>()) {
      out.emplace_back(name.str(), fmt::format("{}", *number));
    } else {
      m_error = base::Error{.kind = ErrorKind::usage,
                            .what = fmt::format("{}: \"{}\" must be a string or an integer, not {}",
                                                at(value), name.str(), name_of(value.type())),
                            .context = {},
                            .hint = value.is_table() ? "a name with dots needs quotes" : ""};
      return;
    }
  }
}

const toml::table* TomlTable::table(std::string_view key) {
  const toml::node* value = node(key);
  if (!value) return nullptr;
  if (!value->is_table()) wrong_type(key, "a table");
  return value->as_table();
}

std::vector<const toml::table*> TomlTable::tables(std::string_view key) {
  const toml::node* value = node(key);
  if (!value) return {};
  const toml::array* array = value->as_array();
  std::vector<const toml::table*> found;
  if (array)
    for (const toml::node& element : *array) found.push_back(element.as_table());
  if (!array || std::ranges::find(found, nullptr) != found.end()) {
    wrong_type(key, fmt::format("an array of tables ([[{}]])", key));
    return {};
  }
  return found;
}

base::Result<void> TomlTable::finish() {
  if (m_error) return std::unexpected(std::move(*m_error));
  // Tables are sorted by key; the file's first unknown key is the one to name.
  const toml::key* unknown = nullptr;
  for (const auto& [key, value] : m_table)
    if (std::ranges::find(m_known, key.str()) == m_known.end() &&
        (!unknown || key.source().begin < unknown->source().begin))
      unknown = &key;
  if (!unknown) return {};
  const std::string name(unknown->str());
  const auto near = base::nearest_names(name, m_known, 1);
  const std::string place = m_name.empty() ? "the file's top" : m_name;
  return fail(ErrorKind::usage,
              fmt::format("{}:{}: unknown key \"{}\"{}", m_file, unknown->source().begin.line,
                          base::printable(name), m_name.empty() ? "" : " in " + m_name),
              near.empty() ? fmt::format("the keys of {} are: {}", place, fmt::join(m_known, ", "))
                           : fmt::format("did you mean \"{}\"?", near.front()));
}

}  // namespace culprit::cli
