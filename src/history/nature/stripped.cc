// A lexer of comments and strings, with one row of facts for each language. It is wrong on the safe side: what it does
// not know (a heredoc of Perl, markup within JavaScript) has no row, so that such files count as changed.

#include "history/nature/stripped.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <vector>

#include "base/strings.h"

namespace culprit::history {
namespace {

struct Grammar {
  std::string_view line{};        // what begins a comment up to the line's end
  bool only_after_blank = false;  // and only at a line's begin or behind a blank or ";"
  bool only_whole_lines = false;  // and only where nothing stands before it
  std::string_view open{}, close{};
  bool nests = false;
  std::string_view quotes{};       // of strings that end with their line
  std::string_view long_quotes{};  // of strings that may go on in the next
  bool triple = false;             // """ and (Python) '''
  bool apostrophe = false;         // of a character, a separator of digits, or a lifetime
  bool raw_cpp = false;            // R"x(...)x"
  bool raw_rust = false;           // r#"..."#
  bool regex = false;              // /[/"]/
  bool here_documents = false;
  bool free_form = false;                    // blanks count between words alone
  bool indents = false;                      // blanks at the line's begin mean something
  std::array<std::string_view, 2> obeyed{};  // comments that tools read
};

Grammar grammar_of(Language language) {
  switch (language) {
    case Language::c:
      return {.line = "//",
              .open = "/*",
              .close = "*/",
              .quotes = "\"",
              .apostrophe = true,
              .raw_cpp = true,
              .free_form = true};
    case Language::java:
      return {.line = "//",
              .open = "/*",
              .close = "*/",
              .nests = true,
              .quotes = "\"",
              .triple = true,
              .apostrophe = true,
              .free_form = true};
    case Language::go:
      return {.line = "//",
              .open = "/*",
              .close = "*/",
              .quotes = "\"",
              .long_quotes = "`",
              .apostrophe = true,
              .free_form = true,
              .obeyed = {"//go:", "// +build"}};
    case Language::rust:
      return {.line = "//",
              .open = "/*",
              .close = "*/",
              .nests = true,
              .long_quotes = "\"",
              .apostrophe = true,
              .raw_rust = true,
              .free_form = true};
    case Language::javascript:
      return {.line = "//",
              .open = "/*",
              .close = "*/",
              .quotes = "\"'",
              .long_quotes = "`",
              .regex = true,
              .free_form = true,
              .obeyed = {"// @ts-", "//# source"}};
    case Language::css:
      return {.open = "/*", .close = "*/", .quotes = "\"'"};
    case Language::assembler:
      return {.line = "//", .open = "/*", .close = "*/", .quotes = "\""};
    case Language::python:
      return {.line = "#", .quotes = "\"'", .triple = true, .indents = true, .obeyed = {"#!", "# cython:"}};
    case Language::shell:
      return {.line = "#",
              .only_after_blank = true,
              .long_quotes = "\"'",
              .here_documents = true,
              .obeyed = {"#!", {}}};
    case Language::make:
    case Language::hash_lines:
      return {.line = "#", .only_whole_lines = true, .indents = true, .obeyed = {"#!", {}}};
    case Language::kconfig:
      return {.line = "#", .only_after_blank = true, .quotes = "\"'", .indents = true};
    case Language::markup:
      return {.open = "<!--", .close = "-->", .quotes = {}, .indents = true};
  }
  return {};
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Stripper {
 public:
  Stripper(std::string_view text, const Grammar& grammar) : m_text(text), m_grammar(grammar) {}

  std::string run() {
    while (m_at < m_text.size()) step();
    end_line();
    return std::move(m_out);
  }

 private:
  bool here(std::string_view word) const { return !word.empty() && m_text.substr(m_at).starts_with(word); }
  bool at_line_start() const { return base::trim(m_line).empty(); }

  void step() {
    if (m_text[m_at] == '\n') return end_physical_line();
    if (is_comment()) return skip_line();
    if (here(m_grammar.open)) return skip_block();
    if (m_grammar.raw_cpp && here("R\"") && (m_line.empty() || !is_word(m_line.back())))
      return copy_raw_cpp();
    if (m_grammar.raw_rust && m_text[m_at] == 'r' && (m_line.empty() || !is_word(m_line.back())) &&
        copy_raw_rust())
      return;
    if (m_grammar.triple && (here(R"(""")") || (m_grammar.line == "#" && here("'''"))))
      return copy_until(std::string(m_text.substr(m_at, 3)), 3, true);
    const char c = m_text[m_at];
    if (m_grammar.quotes.contains(c)) return copy_until(std::string(1, c), 1, false);
    if (m_grammar.long_quotes.contains(c)) return copy_until(std::string(1, c), 1, true);
    if (c == '\'' && m_grammar.apostrophe) return copy_character();
    if (c == '/' && m_grammar.regex && begins_regex()) return copy_regex();
    if (c == '\\' && m_at + 1 < m_text.size() && m_text[m_at + 1] != '\n') copy();
    if (m_grammar.here_documents && c == '<') note_here_document();
    copy();
  }

  void copy() { m_line += m_text[m_at++]; }

  bool is_comment() const {
    if (!here(m_grammar.line)) return false;
    for (const std::string_view word : m_grammar.obeyed)
      if (here(word)) return false;
    if (m_grammar.only_whole_lines) return m_line.empty() || (at_line_start() && !m_line.starts_with('\t'));
    const char before = m_line.empty() ? ' ' : m_line.back();
    return !m_grammar.only_after_blank || std::string_view(" \t;&|(").contains(before);
  }

  void skip_line() {
    while (m_at < m_text.size() && m_text[m_at] != '\n') {
      const bool goes_on = m_grammar.line == "//" && here("\\\n");
      m_at += goes_on ? 2 : 1;
    }
  }

  void skip_block() {
    int depth = 0;
    do {
      if (here(m_grammar.open) && (depth == 0 || m_grammar.nests)) {
        ++depth;
        m_at += m_grammar.open.size();
      } else if (here(m_grammar.close)) {
        --depth;
        m_at += m_grammar.close.size();
      } else {
        ++m_at;
      }
    } while (depth > 0 && m_at < m_text.size());
    m_line += ' ';
  }

  // A string from its quote on, `quote` characters long, to its end; one that must end with its line does.
  void copy_until(const std::string& end, std::size_t quote, bool goes_on) {
    for (; quote > 0 && m_at < m_text.size(); --quote) keep();
    while (m_at < m_text.size()) {
      if (here(end)) {
        for (std::size_t i = 0; i < end.size(); ++i) keep();
        return;
      }
      if (m_text[m_at] == '\n' && !goes_on) return;
      if (m_text[m_at] == '\\' && end != "`" && m_at + 1 < m_text.size()) keep();
      keep();
    }
  }

  // In strings each character counts: blanks are written as marks that no squeezing touches.
  void keep() {
    const char c = m_text[m_at++];
    m_line += c == ' ' ? '\x01' : c == '\t' ? '\x02' : c == '\n' ? '\x03' : c;
  }

  void copy_character() {
    const bool is_separator =
        !m_line.empty() && is_word(m_line.back()) && !std::string_view("LuU8").contains(m_line.back());
    const bool is_literal = here("'\\") || (m_at + 2 < m_text.size() && m_text[m_at + 2] == '\'');
    if (is_separator || !is_literal) return copy();
    copy_until("'", 1, false);
  }

  void copy_raw_cpp() {
    const std::size_t open = m_text.find('(', m_at);
    if (open == std::string_view::npos || open - m_at > 18) return copy();
    const std::string end = ")" + std::string(m_text.substr(m_at + 2, open - m_at - 2)) + "\"";
    const std::size_t close = m_text.find(end, open);
    const std::size_t stop = close == std::string_view::npos ? m_text.size() : close + end.size();
    while (m_at < stop) keep();
  }

  bool copy_raw_rust() {
    std::size_t at = m_at + 1;
    while (at < m_text.size() && m_text[at] == '#') ++at;
    if (at >= m_text.size() || m_text[at] != '"') return false;
    const std::string end = "\"" + std::string(at - m_at - 1, '#');
    const std::size_t close = m_text.find(end, at + 1);
    const std::size_t stop = close == std::string_view::npos ? m_text.size() : close + end.size();
    while (m_at < stop) keep();
    return true;
  }

  bool begins_regex() const {
    const std::string_view before = base::trim(m_line);
    return before.empty() || std::string_view("(,=:[!&|?{};+-*%~^<>").contains(before.back()) ||
           before.ends_with("return");
  }
  void copy_regex() {
    bool in_class = false;
    keep();
    while (m_at < m_text.size() && m_text[m_at] != '\n') {
      const char c = m_text[m_at];
      if (c == '\\' && m_at + 1 < m_text.size()) keep();
      if (c == '[') in_class = true;
      if (c == ']') in_class = false;
      keep();
      if (c == '/' && !in_class) return;
    }
  }

  // "<<-'END'": its lines come behind this one.
  void note_here_document() {
    if (!here("<<") || here("<<<") || m_line.ends_with('<')) return;
    std::size_t at = m_at + 2;
    if (at < m_text.size() && m_text[at] == '-') ++at;
    while (at < m_text.size() && std::string_view(" \t'\"\\").contains(m_text[at])) ++at;
    std::size_t end = at;
    while (end < m_text.size() && is_word(m_text[end])) ++end;
    if (end > at) m_here.emplace_back(m_text.substr(at, end - at));
  }

  void end_physical_line() {
    ++m_at;
    end_line();
    for (const std::string& word : m_here) {
      bool over = false;
      while (m_at < m_text.size() && !over) {
        const std::size_t end = std::min(m_text.find('\n', m_at), m_text.size());
        const std::string_view line = m_text.substr(m_at, end - m_at);
        over = base::trim(line) == word;
        m_out.append(line) += '\n';
        m_at = std::min(end + 1, m_text.size());
      }
    }
    m_here.clear();
  }

  // Whether what stands on both sides would be something else without a blank.
  static bool keeps_apart(char before, char after) {
    constexpr std::string_view k_operators = "+-*/%&|^<>=!?:.~";
    const auto is_wordy = [](char c) { return is_word(c) || c == '"' || c == '\'' || c == '$' || c == '@'; };
    return (is_wordy(before) && is_wordy(after)) ||
           (k_operators.contains(before) && k_operators.contains(after));
  }

  void end_line() {
    std::string line;
    std::size_t start = 0;
    if (m_grammar.indents) {
      while (start < m_line.size() && (m_line[start] == ' ' || m_line[start] == '\t')) ++start;
      line = m_line.substr(0, start);
    }
    bool blank = false;
    const std::size_t indent = line.size();
    for (const char c : std::string_view(m_line).substr(start)) {
      if (c == ' ' || c == '\t' || c == '\r') {
        blank = line.size() > indent;
        continue;
      }
      if (blank && (!m_grammar.free_form || line.starts_with('#') || keeps_apart(line.back(), c)))
        line += ' ';
      blank = false;
      line += c;
    }
    if (line.size() > indent) m_out += line + "\n";
    m_line.clear();
  }

  std::string_view m_text;
  const Grammar& m_grammar;
  std::size_t m_at = 0;
  std::string m_line, m_out;
  std::vector<std::string> m_here;
};

// A Kconfig file without its help texts: the lines behind "help" that are indented as far as the first of them.
std::string without_help(std::string_view text) {
  std::string out;
  std::size_t help = std::string_view::npos;  // its indentation; 0: not known yet
  const auto width = [](std::string_view line) {
    std::size_t columns = 0;
    for (const char c : line) {
      if (c == '\t')
        columns = (columns / 8 + 1) * 8;
      else if (c == ' ')
        ++columns;
      else
        break;
    }
    return columns;
  };
  for (const std::string_view line : base::split_lines(text)) {
    const std::string_view word = base::trim(line);
    if (help != std::string_view::npos) {
      if (word.empty()) continue;
      if (help == 0) help = std::max<std::size_t>(width(line), 1);
      if (width(line) >= help) continue;
      help = std::string_view::npos;
    }
    out.append(line) += '\n';
    if (word == "help" || word == "---help---") help = 0;
  }
  return out;
}

struct LanguageRow {
  Language language;
  std::string_view endings;  // with blanks around each
};
constexpr std::array<LanguageRow, 12> k_endings = {{
    {Language::c, " c h cc cpp cxx c++ hh hpp hxx inl ipp tcc m mm cu cl glsl proto dts dtsi l y "},
    {Language::java, " java kt kts scala swift cs dart "},
    {Language::go, " go "},
    {Language::rust, " rs "},
    {Language::javascript, " js mjs cjs ts "},
    {Language::css, " css scss less "},
    {Language::assembler, " S s asm "},
    {Language::python, " py pyi pyx "},
    {Language::shell, " sh bash zsh ksh "},
    {Language::make, " mk mak "},
    {Language::hash_lines, " conf cfg ini gitignore gitattributes editorconfig dockerignore "},
    {Language::markup, " xml html htm svg xhtml "},
}};

}  // namespace

std::optional<Language> language_of(std::string_view path, std::string_view text) {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  if (name.starts_with("Kconfig") || name.starts_with("Config.in")) return Language::kconfig;
  if (name.starts_with("Makefile") || name == "GNUmakefile" || name == "Kbuild" || name == "makefile")
    return Language::make;
  const std::size_t dot = name.rfind('.');
  if (dot != std::string_view::npos) {
    const std::string ending = " " + std::string(name.substr(dot + 1)) + " ";
    for (const LanguageRow& row : k_endings)
      if (row.endings.contains(ending)) return row.language;
    return std::nullopt;
  }
  const std::string_view first = text.substr(0, text.find('\n'));
  if (!first.starts_with("#!")) return std::nullopt;
  if (first.contains("python")) return Language::python;
  return first.ends_with("sh") || first.contains("sh ") ? std::optional(Language::shell) : std::nullopt;
}

std::string without_comments(std::string_view text, Language language) {
  const Grammar grammar = grammar_of(language);
  if (language == Language::kconfig) {
    const std::string source = without_help(text);
    return Stripper(source, grammar).run();
  }
  return Stripper(text, grammar).run();
}

}  // namespace culprit::history
