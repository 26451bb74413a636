// Source text without what no compiler or interpreter looks at.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace culprit::history {

// Languages by how comments are told from strings; what is not here is not stripped.
enum class Language {
  c,
  java,
  go,
  rust,
  javascript,
  css,
  assembler,
  python,
  shell,
  make,
  hash_lines,
  kconfig,
  markup
};

// By the file's name, else by its "#!" line; nullopt where nobody knows how its comments look.
std::optional<Language> language_of(std::string_view path, std::string_view text);

// `text` without comments, empty lines, blanks at the ends of lines and, where the language does not count them,
// repeated blanks within lines. Strings, here documents and comments that tools obey ("//go:build", "#!") stay. Two
// texts that are equal afterwards mean the same, but for line numbers; unequal ones may still mean the same.
std::string without_comments(std::string_view text, Language language);

}  // namespace culprit::history
