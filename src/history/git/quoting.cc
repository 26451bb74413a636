#include "history/git/quoting.h"

#include <array>

namespace culprit::history {
namespace {

struct Escape {
  char letter;
  char meaning;
};

constexpr std::array k_escapes = {Escape{'n', '\n'}, Escape{'t', '\t'}, Escape{'r', '\r'},
                                  Escape{'a', '\a'}, Escape{'b', '\b'}, Escape{'f', '\f'},
                                  Escape{'v', '\v'}, Escape{'"', '"'},  Escape{'\\', '\\'}};

bool is_octal(char c) { return c >= '0' && c <= '7'; }

}  // namespace

std::string quote_c_style(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const Escape* escape = nullptr;
    for (const Escape& e : k_escapes)
      if (e.meaning == c) escape = &e;
    if (escape != nullptr) {
      out += {'\\', escape->letter};
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      const auto byte = static_cast<unsigned char>(c);
      out += {'\\', static_cast<char>('0' + (byte >> 6)), static_cast<char>('0' + ((byte >> 3) & 7)),
              static_cast<char>('0' + (byte & 7))};
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::optional<std::string> unquote_c_style(std::string_view line) {
  if (line.size() < 2 || line.front() != '"' || line.back() != '"') return std::nullopt;
  line = line.substr(1, line.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') return std::nullopt;
    if (line[i] != '\\') {
      out += line[i];
      continue;
    }
    if (++i == line.size()) return std::nullopt;
    const Escape* escape = nullptr;
    for (const Escape& e : k_escapes)
      if (e.letter == line[i]) escape = &e;
    if (escape != nullptr) {
      out += escape->meaning;
    } else if (i + 2 < line.size() && is_octal(line[i]) && line[i] < '4' && is_octal(line[i + 1]) &&
               is_octal(line[i + 2])) {
      out += static_cast<char>((line[i] - '0') << 6 | (line[i + 1] - '0') << 3 | (line[i + 2] - '0'));
      i += 2;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

std::string config_entry(std::string_view key, std::string_view value) {
  const std::size_t first = key.find('.');
  const std::size_t last = key.rfind('.');
  std::string out = "[" + std::string(key.substr(0, first));
  if (last != first) {
    out += " \"";
    for (const char c : key.substr(first + 1, last - first - 1)) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  out += "]\n\t" + std::string(key.substr(last + 1)) + " = \"";
  for (const char c : value) {
    if (c == '\n')
      out += "\\n";
    else if (c == '"' || c == '\\')
      out += {'\\', c};
    else
      out += c;
  }
  return out + "\"\n";
}

std::optional<std::vector<std::string>> split_shell_words(std::string_view line) {
  std::vector<std::string> words;
  bool in_word = false, quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (!quoted && (c == ' ' || c == '\t' || c == '\r')) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == '\'')
      quoted = !quoted;
    else if (!quoted && c == '\\' && i + 1 < line.size())
      words.back() += line[++i];
    else
      words.back() += c;
  }
  if (quoted) return std::nullopt;
  return words;
}

}  // namespace culprit::history
