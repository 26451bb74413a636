// Reading version numbers out of tag names.
//
// There is no standard for them: Linux has v6.1.170 and v6.5-rc3, curl has curl-7_79_1, OpenSSL 1.1.1k,
// Python v3.12.0rc1, LLVM llvmorg-17.0.1, Hibernate 5.0.0.Final. What all have in common is that the version
// stands at the end. So the name is read from its end: a marker of a preview or of a final release is cut
// off, then the longest run of numbers with one separator is the version, and what is left is the product's
// name. What is left decides whether a lone number can be a version at all ("v250" can, "20240131" and "rt15"
// cannot).

#include "history/releases/release_name.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace culprit::history {
namespace {

struct Marker {
  std::string_view word;
  int stage;  // as in ReleaseName; -1: a final release
};

// Longer words before the ones that they end in.
constexpr std::array k_markers = {
    Marker{"candidate", 4}, Marker{"rc", 4},      Marker{"cr", 4},       Marker{"preview", 3},
    Marker{"pre", 3},       Marker{"beta", 2},    Marker{"b", 2},        Marker{"alpha", 1},
    Marker{"a", 1},         Marker{"dev", 0},     Marker{"snapshot", 0}, Marker{"release", -1},
    Marker{"final", -1},    Marker{"stable", -1}, Marker{"ga", -1},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_separator(char c) { return c == '.' || c == '_' || c == '-' || c == '~' || c == '/'; }

// The digits at the end of `text`, cut off from it; nothing where there are none or more than nine.
std::optional<std::uint32_t> cut_number(std::string_view& text) {
  std::size_t begin = text.size();
  while (begin > 0 && is_digit(text[begin - 1])) --begin;
  const std::string_view digits = text.substr(begin);
  if (digits.empty() || digits.size() > 9) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : digits) value = value * 10 + static_cast<std::uint32_t>(c - '0');
  text.remove_suffix(digits.size());
  return value;
}

// Cuts "-rc3", ".Final", "b1" and the like off the end of `text` (lower-case) and notes what it meant.
void cut_marker(std::string_view& text, ReleaseName& name) {
  std::string_view rest = text;
  const std::uint32_t number = cut_number(rest).value_or(0);
  if (rest.size() < text.size() && !rest.empty() && (rest.back() == '.' || rest.back() == '-'))
    rest.remove_suffix(1);  // "-rc.3"
  for (const Marker& marker : k_markers) {
    if (!rest.ends_with(marker.word)) continue;
    std::string_view before = rest.substr(0, rest.size() - marker.word.size());
    if (before.empty()) continue;
    const bool separated = is_separator(before.back());
    if (separated) before.remove_suffix(1);
    if (before.empty() || !is_digit(before.back())) continue;
    // "1.1.1b" is OpenSSL's second patch release, "3.12.0b1" is Python's first beta.
    if (marker.word.size() == 1 && !separated && rest.size() == text.size()) continue;
    text = before;
    if (marker.stage >= 0) {
      name.stage = marker.stage;
      name.candidate = number;
    }
    return;
  }
}

// The longest run N(sepN)* at the end of `text`, cut off from it.
std::vector<std::uint32_t> cut_numbers(std::string_view& text) {
  std::vector<std::uint32_t> numbers;
  char separator = 0;
  while (const auto number = cut_number(text)) {
    numbers.insert(numbers.begin(), *number);
    if (text.size() < 2) break;
    const char c = text.back();
    if ((c != '.' && c != '_' && c != '-') || (separator != 0 && c != separator)) break;
    if (!is_digit(text[text.size() - 2])) break;
    separator = c;
    text.remove_suffix(1);
  }
  return numbers;
}

// Whether `prefix` can stand before a version of `count` numbers.
bool can_precede(std::string_view prefix, std::size_t count) {
  if (prefix.empty()) return count >= 2;
  const char last = prefix.back();
  if (last == '.' || last == '~' || is_digit(last)) return false;
  if (is_separator(last)) return true;
  if (!is_letter(last)) return false;
  const bool only_v =
      (last == 'v' || last == 'r') && (prefix.size() == 1 || is_separator(prefix[prefix.size() - 2]));
  return count >= 2 || only_v;
}

}  // namespace

std::vector<std::uint32_t> ReleaseName::series() const {
  const bool linux_2_6 = family.empty() && numbers.size() >= 3 && numbers[0] == 2 && numbers[1] == 6;
  const std::size_t length = std::min<std::size_t>(numbers.size(), linux_2_6 ? 3 : 2);
  return {numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(length)};
}

std::strong_ordering compare_versions(const ReleaseName& a, const ReleaseName& b) {
  if (const auto order = a.numbers <=> b.numbers; order != 0) return order;
  constexpr int k_final = 5;
  if (const auto order = a.stage.value_or(k_final) <=> b.stage.value_or(k_final); order != 0) return order;
  return a.candidate <=> b.candidate;
}

std::optional<ReleaseName> parse_release_name(std::string_view tag) {
  std::string lower(tag);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  std::string_view text = lower;
  ReleaseName name;
  cut_marker(text, name);
  std::optional<std::uint32_t> patch_letter;
  if (text.size() >= 2 && is_letter(text.back()) && is_digit(text[text.size() - 2])) {
    patch_letter = static_cast<std::uint32_t>(text.back() - 'a' + 1);
    text.remove_suffix(1);
  }
  name.numbers = cut_numbers(text);
  if (name.numbers.empty() || !can_precede(text, name.numbers.size())) return std::nullopt;
  if (patch_letter) {
    if (name.numbers.size() < 3) return std::nullopt;
    name.numbers.push_back(*patch_letter);
  }
  constexpr std::uint32_t k_date = 1'000'000;  // 20240131
  if (name.numbers.size() == 1 && name.numbers[0] >= k_date) return std::nullopt;
  if (text.ends_with('v') && (text.size() == 1 || is_separator(text[text.size() - 2]))) text.remove_suffix(1);
  name.family = text;
  return name;
}

}  // namespace culprit::history
