// Reads one table of a TOML file key by key, and says of what is wrong in which line it stands.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <toml++/toml.h>

#include "base/result.h"

namespace culprit::cli {

// A whole TOML file's text. Errors are usage errors with file and line.
base::Result<toml::table> parse_toml(std::string_view text, const std::filesystem::path& file);

// Each read names a key that the table may have and leaves `out` as it is where the key is absent. The first
// wrong type or value is kept, later reads do nothing; finish() yields it, or else complains of a key that no
// read has named.
class TomlTable {
 public:
  // `name` is what a person calls the table: "[vm]"; empty for the file's top.
  TomlTable(const toml::table& table, std::string file, std::string name)
      : m_table(table), m_file(std::move(file)), m_name(std::move(name)) {}

  bool has(std::string_view key) const { return m_table.contains(key); }

  void text(std::string_view key, std::string& out);
  // A relative one is relative to the file's folder.
  void path(std::string_view key, std::filesystem::path& out);
  // `path` as a path of the file is meant.
  std::filesystem::path relative(std::string_view path) const;
  // A command's name, or with a '/' in it its path; one that is relative to the file's folder becomes an absolute one.
  void program(std::string_view key, std::string& out);
  void texts(std::string_view key, std::vector<std::string>& out);
  // One string or an array of them.
  void text_or_texts(std::string_view key, std::vector<std::string>& out);
  void boolean(std::string_view key, bool& out);
  void integer(std::string_view key, int& out, int min, int max);
  // Seconds: a number, or a string like "90s", "5m", "1h"; above 0.
  void duration(std::string_view key, double& out);
  // MiB: a number of them, or a string like "512M", "2G".
  void mebibytes(std::string_view key, int& out);
  // Index of the string among `choices`.
  void choice(std::string_view key, std::span<const std::string_view> choices, std::size_t& out);
  // "name = value" pairs; numbers become strings.
  void pairs(std::string_view key, std::vector<std::pair<std::string, std::string>>& out);
  // A table of the table; null where it is absent.
  const toml::table* table(std::string_view key);
  // [[key]]: none where it is absent.
  std::vector<const toml::table*> tables(std::string_view key);

  // Keeps an error at the line of `key`, or of the table where the key is absent.
  void complain(std::string_view key, const std::string& what, std::string hint = {});
  base::Result<void> finish();

 private:
  const toml::node* node(std::string_view key);
  void wrong_type(std::string_view key, std::string_view wanted);
  std::string at(const toml::node& node) const;

  const toml::table& m_table;
  std::string m_file;
  std::string m_name;
  std::vector<std::string> m_known;
  std::optional<base::Error> m_error;
};

}  // namespace culprit::cli
