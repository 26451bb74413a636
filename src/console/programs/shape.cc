// Two runs of one failure print the same but for process ids, addresses, times, temporary names and line numbers; what
// is left when those are out is the line's shape. The alternative, to learn which words vary from runs of one revision,
// needs many runs; culprit has two or three.
#include "console/programs/shape.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <ranges>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "base/strings.h"

namespace culprit::console {
namespace {

constexpr std::size_t k_most_shape = 160;               // bytes of a shape
constexpr std::size_t k_head = std::size_t{16} << 10;   // bytes of a long output that are looked at: its head
constexpr std::size_t k_tail = std::size_t{128} << 10;  // and its end
constexpr std::size_t k_least_hash = 7;                 // digits: as git abbreviates

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || (static_cast<unsigned char>(c) & 0x80U) != 0;
}
bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

// The line as a terminal shows it in the end: without escape sequences, and what is behind the last carriage return.
std::string line_as_shown(std::string_view line) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  if (const std::size_t cr = line.rfind('\r'); cr != std::string_view::npos) line.remove_prefix(cr + 1);
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b' && i + 1 < line.size() && line[i + 1] == '[') {
      for (i += 2; i < line.size() && (line[i] < '@' || line[i] > '~');) ++i;
    } else if (line[i] == '\x1b') {
      ++i;
    } else if (line[i] == '\b') {
      if (!out.empty()) out.pop_back();
    } else {
      out += line[i] == '\t' ? ' ' : line[i];
    }
  }
  return out;
}

bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '/' || c == '.' || c == '-'; }

// Digits and letters, or small letters and capitals, by turns.
bool is_by_turns(std::string_view name) {
  if (name.size() < 5) return false;
  int changes = 0;
  const auto type = [](char c) {
    return is_digit(c) ? 0 : std::isupper(static_cast<unsigned char>(c)) != 0 ? 1 : 2;
  };
  for (std::size_t i = 1; i < name.size(); ++i) changes += type(name[i]) != type(name[i - 1]);
  return changes >= 3;
}

// As mkstemp and their like make names: "tmpa8Dk3X.txt", "log.a8Dk3X".
bool looks_random(std::string_view name) {
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t dot = std::min(name.find('.', at), name.size());
    if (is_by_turns(name.substr(at, dot - at))) return true;
    at = dot + 1;
  }
  return false;
}

// mktemp's own: "tmp.EgVqNQyrbl".
bool is_of_mktemp(std::string_view name) {
  static constexpr std::string_view k_front = "tmp.";
  static constexpr std::size_t k_random = 10;
  return name.starts_with(k_front) && name.size() == k_front.size() + k_random &&
         std::ranges::all_of(name.substr(k_front.size()),
                             [](unsigned char c) { return std::isalnum(c) != 0; });
}

std::string_view base_of(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string without_digits(std::string_view word) {
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (!is_digit(word[i])) {
      out += word[i];
      continue;
    }
    while (i + 1 < word.size() &&
           (is_digit(word[i + 1]) || (word[i + 1] == '.' && i + 2 < word.size() && is_digit(word[i + 2]))))
      ++i;
    out += 'N';
  }
  return out;
}

// The length of the UUID that the text begins with, as RFC 9562 writes it; 0: it does not.
std::size_t uuid_at(std::string_view text) {
  static constexpr std::string_view k_form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (text.size() < k_form.size()) return 0;
  for (std::size_t i = 0; i < k_form.size(); ++i)
    if (k_form[i] == '-' ? text[i] != '-' : !is_hex(text[i])) return 0;
  return text.size() > k_form.size() && is_hex(text[k_form.size()]) ? 0 : k_form.size();
}

bool is_hash(std::string_view part) {
  return part.size() >= k_least_hash && std::ranges::all_of(part, is_hex) &&
         std::ranges::any_of(part, is_digit) && std::ranges::any_of(part, is_letter);
}

// "deps/p-0a1b2c3d": the parts of a word that are hashes or UUIDs.
std::string without_hashes(std::string_view word) {
  const auto is_of_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  std::string out;
  for (std::size_t i = 0; i < word.size();) {
    if (const std::size_t length = uuid_at(word.substr(i))) {
      out += 'H';
      i += length;
      continue;
    }
    std::size_t end = i;
    while (end < word.size() && is_of_part(word[end])) ++end;
    const std::string_view part = word.substr(i, end - i);
    out += part.empty() ? word.substr(i, 1) : is_hash(part) ? std::string_view("H") : part;
    i = std::max(end, i + 1);
  }
  return out;
}

std::string shape_of_word(std::string_view word) {
  const bool is_path = word.find('/') != std::string_view::npos && word.size() > 1;
  if (is_path) {
    const bool temporary =
        word.starts_with("/tmp/") || word.starts_with("/var/tmp/") || word.starts_with("/dev/shm/");
    word = base_of(word);
    if (temporary && looks_random(word)) return "TMP";
  }
  std::string_view hex = word.starts_with("0x") ? word.substr(2) : word;
  const bool all_hex = !hex.empty() && std::ranges::all_of(hex, is_hex);
  if (all_hex && std::ranges::any_of(hex, is_digit) &&
      (hex.size() != word.size() || (hex.size() >= k_least_hash && std::ranges::any_of(hex, is_letter))))
    return "H";
  if ((word.starts_with("tmp") && looks_random(word)) || is_of_mktemp(word)) return "TMP";
  return without_digits(without_hashes(word));
}

constexpr auto k_calendar = std::to_array<std::string_view>(
    {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Jan", "Feb", "Mar", "Apr", "May",
     "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "UTC", "GMT", "AM",  "PM"});

// What says that something went wrong, in small letters. Of the programs in Debian's archive that print nothing of a
// known format before they end with 1, nearly all have one of these.
constexpr auto k_failure_words = std::to_array<std::string_view>(
    {"error",     "fatal",    "fail",     "cannot",  "can't",     "could not", "unable",    "invalid",
     "corrupt",   "assert",   "panic",    "abort",   "exception", "expected",  "mismatch",  "not found",
     "no such",   "denied",   "refused",  "missing", "wrong",     "illegal",   "overflow",  "timeout",
     "timed out", "broken",   "differ",   "bad ",    "undefined", "not equal", "lost",      "unknown",
     "violat",    "exceeded", "conflict", "out of ", "bug",       "not ok",    "incorrect", "unexpected",
     "critical",  "crash",    "deadlock", "must ",   "instead of"});

}  // namespace

std::string as_shown(std::string_view text) {
  std::string out;
  for (const std::string_view line : base::split_lines(text)) (out += line_as_shown(line)) += '\n';
  return out;
}

std::string shape_of(std::string_view line) {
  const std::string shown = line_as_shown(line);
  std::string out;
  bool letters = false;
  for (std::size_t i = 0; i < shown.size();) {
    if (!is_word(shown[i])) {
      if (static_cast<unsigned char>(shown[i]) >= ' ' &&
          (shown[i] != ' ' || (!out.empty() && out.back() != ' ')))
        out += shown[i];
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < shown.size() && is_word(shown[end])) ++end;
    const std::string_view word(shown.data() + i, end - i);
    if (std::ranges::find(k_calendar, word) == k_calendar.end()) {
      letters = letters || std::ranges::any_of(word, is_letter);
      out += shape_of_word(word);
    }
    i = end;
  }
  out = std::string(base::trim(out));
  if (!letters) return {};
  if (out.size() > k_most_shape) out.resize(k_most_shape);
  while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xc0U) == 0x80) out.pop_back();
  return out;
}

std::string hash_of_shape(std::string_view shape) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : shape) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

model::Printed printed_of(std::string_view console, bool hashed) {
  std::string cut;
  if (console.size() > k_head + k_tail) {
    cut.append(console.substr(0, console.rfind('\n', k_head) + 1));
    const std::string_view tail = console.substr(console.size() - k_tail);
    cut.append(tail.substr(tail.find('\n') + 1));
    console = cut;
  }
  model::Printed out;
  std::string all;
  std::vector<std::string> lines;
  std::set<std::string, std::less<>> known;
  for (const std::string_view line : base::split_lines(console)) {
    std::string shape = shape_of(line);
    if (shape.starts_with("[culprit] ")) continue;
    (all += shape) += '\n';
    if (shape.empty()) continue;
    out.last = shape;
    if (known.insert(shape).second) lines.push_back(std::move(shape));
  }
  out.digest = hash_of_shape(all);
  if (lines.size() > k_printed_lines) lines.erase(lines.begin(), lines.end() - k_printed_lines);
  if (hashed)
    for (std::string& line : lines) line = hash_of_shape(line);
  out.lines = std::move(lines);
  return out;
}

bool tells_of_failure(std::string_view shape) {
  std::string small(shape);
  std::ranges::transform(small, small.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const std::string_view words :
       {"n errors", "n error(", "n fail", "no error", "errors: n", "failed: n", "failures: n", "no fail"})
    if (small.contains(words)) return false;
  return std::ranges::any_of(k_failure_words, [&](std::string_view word) { return small.contains(word); });
}

std::string telling_line(const model::Printed& printed) {
  const auto found = std::ranges::find_if(std::ranges::reverse_view(printed.lines),
                                          [](const std::string& line) { return tells_of_failure(line); });
  return found == printed.lines.rend() ? std::string() : *found;
}

}  // namespace culprit::console
