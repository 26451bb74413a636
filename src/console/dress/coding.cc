// A scanner of strings rather than a parser: lines are cut off anywhere, and what is read of them must not
// depend on what is missing.
#include "console/dress/coding.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <optional>

namespace culprit::console {
namespace {

constexpr std::size_t k_none = std::string_view::npos;

// Under which the text of a line is kept, what is never anything else first.
constexpr std::array<std::string_view, 14> k_keys = {
    "MESSAGE", "log",  "msg",  "message", "@message", "textPayload", "short_message",
    "text",    "line", "body", "output",  "content",  "data",        "Message"};

// Escapes of line ends that make a text without quotation marks a coded one.
constexpr std::size_t k_enough_escapes = 2;

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\r')) s.remove_suffix(1);
  return s;
}

void add_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
  } else {
    out += static_cast<char>(0xe0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
  }
  out += static_cast<char>(0x80 | (c & 0x3f));
}

std::optional<std::uint32_t> hex(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return std::nullopt;
    value = value * 16 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return digits.empty() ? std::nullopt : std::optional(value);
}

// Pieces as they are filled.
class Pieces {
 public:
  explicit Pieces(std::size_t size) : m_size(size) { m_pieces.emplace_back(); }

  std::string& text() { return m_pieces.back().text; }
  void next(std::size_t end, std::size_t begin) {
    m_pieces.back().end = end;
    m_pieces.push_back({.begin = begin, .end = begin, .text = {}});
  }
  std::vector<Piece> take() {
    if (m_pieces.size() > 1 && m_pieces.back().text.empty()) m_pieces.pop_back();
    m_pieces.back().end = m_size;
    return std::move(m_pieces);
  }

 private:
  std::size_t m_size;
  std::vector<Piece> m_pieces;
};

// One escape at `at`, a backslash: its length.
std::size_t unescape(std::string_view line, std::size_t at, Pieces& pieces) {
  const char c = at + 1 < line.size() ? line[at + 1] : '\\';
  if (c == 'n') {
    pieces.next(at, at + 2);
  } else if (c == 't') {
    pieces.text() += '\t';
  } else if (c == 'u') {
    const auto code = hex(line.substr(at + 2, 4));
    if (!code || at + 6 > line.size()) {
      pieces.text() += "\\u";
      return 2;
    }
    if (*code >= 0x20 || *code == '\t' || *code == 0x1b) add_utf8(pieces.text(), *code);
    if (*code == '\n') pieces.next(at, at + 6);
    return 6;
  } else if (c == '"' || c == '\\' || c == '/') {
    pieces.text() += c;
  } else if (c != 'r' && c != 'b' && c != 'f') {
    (pieces.text() += '\\') += c;
  }
  return 2;
}

// Is what stands at `i` what stands behind a value?
bool ends_a_value(std::string_view line, std::size_t i) {
  return i >= line.size() || std::string_view(",}] \r").contains(line[i]);
}

// The text from `begin` to the string's end, `quote`; of no string (quote 0) to what looks like one's end.
std::vector<Piece> decode_string(std::string_view line, std::size_t begin, char quote) {
  Pieces pieces(line.size());
  std::size_t i = begin;
  while (i < line.size()) {
    const char c = line[i];
    if (quote == '\'' && c == '\'') {
      if (i + 1 >= line.size() || line[i + 1] != '\'') break;
      ++i;
    } else if (quote != '\'' && c == '\\') {
      i += unescape(line, i, pieces);
      continue;
    } else if (c == '"' && (quote == '"' || (quote == 0 && ends_a_value(line, i + 1)))) {
      break;
    }
    std::size_t end = i + 1;
    while (end < line.size() && line[end] != '"' && line[end] != '\'' && line[end] != '\\') ++end;
    pieces.text().append(line, i, end - i);
    i = end;
  }
  return pieces.take();
}

// A value of an object that is a string.
struct Value {
  std::string_view key;
  std::size_t begin = 0;  // behind its quotation mark
  std::size_t end = 0;
  char quote = '"';
};

std::size_t end_of_string(std::string_view line, std::size_t begin, char quote) {
  for (std::size_t at = line.find(quote, begin); at != k_none; at = line.find(quote, at + 1)) {
    if (quote == '\'') {
      if (!line.substr(at).starts_with("''")) return at;
      ++at;
      continue;
    }
    std::size_t escapes = 0;  // in front of it
    while (at - escapes > begin && line[at - escapes - 1] == '\\') ++escapes;
    if (escapes % 2 == 0) return at;
  }
  return line.size();
}

std::size_t skip_blanks(std::string_view line, std::size_t i) {
  while (i < line.size() && (line[i] == ' ' || line[i] == '\t')) ++i;
  return i;
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '@' || c == '-';
}

// Its values that are strings, those of objects in it too.
std::vector<Value> values_of(std::string_view line) {
  std::vector<Value> values;
  std::string_view key;
  for (std::size_t i = 0; i < line.size();) {
    const char c = line[i];
    if (c == '"' || c == '\'') {
      const std::size_t end = end_of_string(line, i + 1, c);
      const std::size_t next = skip_blanks(line, end + 1);
      if (key.empty() && next < line.size() && line[next] == ':') {
        key = line.substr(i + 1, end - i - 1);
      } else {
        values.push_back({key, i + 1, end, c});
        key = {};
      }
      i = end + 1;
    } else if (is_word(c)) {
      const std::size_t begin = i;
      while (i < line.size() && is_word(line[i])) ++i;
      if (i < line.size() && line[i] == ':') key = line.substr(begin, i - begin);
    } else {
      if (c == ',' || c == '{') key = {};
      ++i;
    }
  }
  return values;
}

const Value* value_of(const std::vector<Value>& values, std::string_view key) {
  const auto it = std::ranges::find_if(values, [&](const Value& v) { return v.key == key; });
  return it == values.end() ? nullptr : &*it;
}

// The texts of all objects in the line.
std::vector<Piece> decode_values(std::string_view line, const std::vector<Value>& values,
                                 std::string_view key) {
  std::vector<Piece> all;
  for (const Value& v : values) {
    if (v.key != key) continue;
    const std::size_t count = all.size();
    for (Piece& piece : decode_string(line.substr(0, v.end), v.begin, v.quote))
      all.push_back(std::move(piece));
    if (count > 0) all[count].begin = v.begin;
  }
  if (!all.empty()) all.back().end = line.size();
  return all;
}

const Value* text_among(const std::vector<Value>& values) {
  for (const std::string_view key : k_keys) {
    if (const Value* v = value_of(values, key)) return v;
  }
  const Value* longest = nullptr;
  for (const Value& v : values) {
    if (!v.key.empty() && (longest == nullptr || v.end - v.begin > longest->end - longest->begin))
      longest = &v;
  }
  return longest;
}

// A value of one of k_keys somewhere in the line.
bool has_known_key(std::string_view line) {
  const std::vector<Value> values = values_of(line);
  return std::ranges::any_of(k_keys, [&](std::string_view key) { return value_of(values, key) != nullptr; });
}

// ["text", "text"]
bool is_list(std::string_view t) { return t.starts_with("[\"") || t.starts_with("['"); }

bool is_object(std::string_view t) {
  if (t.starts_with("- {")) return true;
  if (t.ends_with('}') && t.contains("{\"") && has_known_key(t)) return true;  // behind something else
  if (t.starts_with('{')) {                                                    // C has such lines too
    const std::size_t next = skip_blanks(t, 1);
    return next < t.size() && (t[next] == '"' || t[next] == '\'');
  }
  if (!t.starts_with('"')) return false;
  const std::size_t end = end_of_string(t, 1, '"');
  const std::size_t next = skip_blanks(t, end + 1);
  return end > 1 && next < t.size() && t[next] == ':' && t.find('"', next) != k_none;
}

bool is_string(std::string_view t) {
  if (t.starts_with("- ")) t.remove_prefix(2);
  if (t.size() < 3 || (t[0] != '"' && t[0] != '\'')) return false;
  const std::size_t end = end_of_string(t, 1, t[0]);
  return trimmed(t.substr(std::min(end + 1, t.size()))).find_first_not_of(",];+\\") == k_none;
}

bool has_escapes(std::string_view line) {
  std::size_t found = 0;
  for (std::size_t at = line.find("\\n"); at != k_none; at = line.find("\\n", at + 2))
    if (++found == k_enough_escapes) return true;
  return false;
}

// "#011" at `at`: a control byte's three octal digits.
bool is_octal(std::string_view line, std::size_t at) {
  return at + 3 < line.size() && line[at] == '#' && line[at + 1] == '0' && line[at + 2] >= '0' &&
         line[at + 2] <= '3' && line[at + 3] >= '0' && line[at + 3] <= '7';
}

std::vector<Piece> decode_octal(std::string_view line) {
  Pieces pieces(line.size());
  for (std::size_t i = 0; i < line.size();) {
    if (!is_octal(line, i)) {
      pieces.text() += line[i++];
      continue;
    }
    const char c = static_cast<char>((line[i + 2] - '0') * 8 + (line[i + 3] - '0'));
    if (c == '\n')
      pieces.next(i, i + 4);
    else
      pieces.text() += c;
    i += 4;
  }
  return pieces.take();
}

// HTML.

constexpr std::array<std::string_view, 12> k_elements = {"pre",  "span", "p", "div", "td", "tr",
                                                         "code", "font", "b", "a",   "li", "tt"};
constexpr std::array<std::pair<std::string_view, char>, 6> k_entities = {
    {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", ' '}}};
constexpr std::size_t k_max_tag = 200;  // bytes

// The length of an element's tag at `at`, 0 for none; `breaks` where it ends a line.
std::size_t tag_length(std::string_view line, std::size_t at, bool* breaks) {
  std::size_t i = at + 1;
  if (i < line.size() && line[i] == '/') ++i;
  const std::size_t begin = i;
  while (i < line.size() && i < begin + 8 && std::isalpha(static_cast<unsigned char>(line[i])) != 0) ++i;
  std::string name(line.substr(begin, i - begin));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  *breaks = name == "br";
  const bool upper = i > begin && std::isupper(static_cast<unsigned char>(line[begin])) != 0;
  if (!*breaks && (upper || std::ranges::find(k_elements, name) == k_elements.end())) return 0;
  if (i >= line.size() || (line[i] != '>' && line[i] != ' ' && line[i] != '/')) return 0;
  const std::size_t close = line.substr(i, k_max_tag).find('>');
  return close == k_none ? 0 : i + close + 1 - at;
}

// The length of an entity at `at`, 0 for none.
std::size_t entity_length(std::string_view line, std::size_t at, std::uint32_t* code) {
  const std::size_t end = line.substr(at, 10).find(';');
  if (end == k_none || end < 2) return 0;
  const std::string_view name = line.substr(at + 1, end - 1);
  for (const auto& [known, c] : k_entities) {
    if (name != known) continue;
    *code = static_cast<unsigned char>(c);
    return end + 1;
  }
  if (!name.starts_with('#')) return 0;
  if (name.starts_with("#x") || name.starts_with("#X")) {
    const auto value = hex(name.substr(2));
    *code = value.value_or(0);
    return value ? end + 1 : 0;
  }
  *code = 0;
  for (const char c : name.substr(1)) {
    if (c < '0' || c > '9') return 0;
    *code = *code * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return end > 2 ? end + 1 : 0;
}

bool is_html(std::string_view line) {
  bool breaks = false;
  std::uint32_t code = 0;
  for (std::size_t i = line.find_first_of("<&"); i != k_none; i = line.find_first_of("<&", i + 1)) {
    if (line[i] == '<' ? tag_length(line, i, &breaks) > 0 : entity_length(line, i, &code) > 0) return true;
  }
  return false;
}

std::vector<Piece> decode_html(std::string_view line) {
  Pieces pieces(line.size());
  for (std::size_t i = 0; i < line.size();) {
    bool breaks = false;
    std::uint32_t code = 0;
    if (const std::size_t n = line[i] == '<' ? tag_length(line, i, &breaks) : 0; n > 0) {
      if (breaks) pieces.next(i, i + n);
      i += n;
    } else if (const std::size_t m = line[i] == '&' ? entity_length(line, i, &code) : 0; m > 0) {
      if (code >= 0x20 || code == '\t') add_utf8(pieces.text(), std::min<std::uint32_t>(code, 0xfffd));
      i += m;
    } else {
      std::size_t end = i + 1;
      while (end < line.size() && line[end] != '<' && line[end] != '&' && line[end] != '\r') ++end;
      if (line[i] == '\r') ++i;
      pieces.text().append(line, i, end - i);
      i = end;
    }
  }
  return pieces.take();
}

// A column of a table: the value without its quotation marks.
struct Column {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string value;
};

constexpr std::size_t k_max_columns = 32;
constexpr std::size_t k_least_columns = 3;

std::vector<Column> columns_of(std::string_view line) {
  std::vector<Column> columns;
  std::size_t i = 0;
  while (columns.size() < k_max_columns) {
    Column& column = columns.emplace_back();
    column.begin = i;
    const bool quoted = i < line.size() && line[i] == '"';
    bool open = quoted;
    for (i += quoted ? 1 : 0; i < line.size() && (open || line[i] != ','); ++i) {
      if (open && line[i] == '"') {
        const bool doubled = i + 1 < line.size() && line[i + 1] == '"';
        if (!doubled) {
          open = false;
          continue;
        }
        ++i;
      }
      if (line[i] != '\r') column.value += line[i];
    }
    column.end = i;
    if (i >= line.size()) break;
    ++i;
  }
  return columns;
}

std::vector<Piece> decode_column(const Coded& coded, std::string_view line) {
  std::vector<Column> columns = columns_of(line);
  if (columns.size() != coded.columns) return {};
  return {{.begin = 0, .end = line.size(), .text = std::move(columns[coded.column].value)}};
}

// What an object names as the writer of its text, as a journal would: "kernel:" or "sshd[12]:".
std::string writer_in(std::string_view line, const std::vector<Value>& values) {
  const auto text = [&](std::string_view key) {
    const Value* v = value_of(values, key);
    return v == nullptr ? std::string_view() : line.substr(v->begin, v->end - v->begin);
  };
  if (text("_TRANSPORT") == "kernel") return "kernel";
  if (text("SYSLOG_IDENTIFIER").empty()) return {};
  return std::string(text("SYSLOG_IDENTIFIER")) + "[" + std::string(text("_PID")) + "]";
}

}  // namespace

namespace {
Coded coded_as(Coding coding) { return {.coding = coding, .key = {}, .column = 0, .columns = 0}; }
}  // namespace

Coded table_of(std::string_view line, std::size_t at) {
  const std::vector<Column> columns = columns_of(line);
  if (columns.size() < k_least_columns) return {};
  Coded coded{.coding = Coding::table, .key = {}, .column = 0, .columns = columns.size()};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool longer = columns[i].value.size() > columns[coded.column].value.size();
    if (at > 0 ? columns[i].begin <= at && at < columns[i].end : longer) coded.column = i;
  }
  return coded;
}

bool has_octal(std::string_view line) {
  for (std::size_t at = line.find("#0"); at != k_none; at = line.find("#0", at + 1))
    if (is_octal(line, at)) return true;
  return false;
}

Coded coding_of(std::string_view line) {
  const std::string_view t = trimmed(line);
  if (is_object(t)) {
    const std::vector<Value> values = values_of(line);
    if (const Value* v = text_among(values))
      return {.coding = Coding::object, .key = std::string(v->key), .column = 0, .columns = 0};
  }
  if (is_list(t) && value_of(values_of(line), "") != nullptr) return coded_as(Coding::object);
  if (is_string(t)) return coded_as(Coding::string);
  if (has_escapes(line)) return coded_as(Coding::escapes);
  if (is_html(line)) return coded_as(Coding::html);
  return {};
}

std::vector<Piece> decode(const Coded& coded, std::string_view line, std::string* writer) {
  switch (coded.coding) {
    case Coding::none:
      return {};
    case Coding::object: {
      const std::vector<Value> values = values_of(line);
      *writer = writer_in(line, values);
      return decode_values(line, values, coded.key);
    }
    case Coding::string: {
      if (!is_string(trimmed(line))) return {};
      const std::size_t quote = line.find_first_of("\"'");
      return decode_string(line, quote + 1, line[quote]);
    }
    case Coding::escapes:
      return decode_string(line, 0, 0);
    case Coding::html:
      return decode_html(line);
    case Coding::octal:
      return decode_octal(line);
    case Coding::table:
      return decode_column(coded, line);
  }
  return {};
}

}  // namespace culprit::console
