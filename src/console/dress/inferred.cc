// Where a front ends is not to be seen in one line: the longest that is shared wins, cut where a word ends. It
// takes three lines to say so, and most of twelve.
#include "console/dress/inferred.h"

#include <algorithm>

namespace culprit::console {
namespace {

constexpr std::size_t k_none = std::string_view::npos;
constexpr std::size_t k_max_front = 160;  // bytes
constexpr std::size_t k_least_lines = 3;  // that say what the front is
constexpr std::size_t k_max_level = 8;    // letters of "WARNING"

enum class Kind { digits, letters, blanks, other };

Kind kind_of(char c) {
  if (c >= '0' && c <= '9') return Kind::digits;
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (static_cast<unsigned char>(c) & 0x80) != 0)
    return Kind::letters;
  return c == ' ' || c == '\t' ? Kind::blanks : Kind::other;
}

// The end of the run of one kind that begins at `at`.
std::size_t run_end(std::string_view text, std::size_t at) {
  const Kind kind = kind_of(text[at]);
  if (kind == Kind::other) return at + 1;
  while (at < text.size() && kind_of(text[at]) == kind) ++at;
  return at;
}

bool is_level(std::string_view word) {
  return word.size() <= k_max_level && std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
}

// The length of what `line` has in front that resembles `front`; npos where it has not.
std::size_t resembling(std::string_view front, std::string_view line) {
  if (front.empty() || line.empty() || kind_of(front[0]) != kind_of(line[0])) return k_none;
  std::size_t i = 0, j = 0;
  while (i < front.size()) {
    const std::size_t end = run_end(front, i);
    const std::string_view run = front.substr(i, end - i);
    const Kind kind = kind_of(front[i]);
    if (kind == Kind::blanks && end == front.size()) {
      if (j == line.size()) return j;  // an empty line that lost its blanks
      return line.substr(j).starts_with(run) ? j + run.size() : k_none;
    }
    if (j >= line.size() || kind_of(line[j]) != kind) return k_none;
    const std::size_t other_end = run_end(line, j);
    const std::string_view other = line.substr(j, other_end - j);
    const bool alike = kind == Kind::digits || kind == Kind::blanks || run == other ||
                       (kind == Kind::letters && is_level(run) && is_level(other));
    if (!alike) return k_none;
    i = end;
    j = other_end;
  }
  return j;
}

// Do at least half of the lines, and as many as it takes?
bool most_resemble(std::string_view front, std::span<const std::string_view> lines) {
  std::size_t others = 0;
  for (const std::string_view line : lines) {
    if (resembling(front, line) != k_none) continue;
    ++others;
    if (2 * others > lines.size() || lines.size() - others < k_least_lines) return false;
  }
  return true;
}

// "==123==" and "--123--" are of the report, not of the log.
bool is_of_a_program(std::string_view head) { return head.starts_with("==") || head.starts_with("--"); }

bool ends_word(char c) { return kind_of(c) == Kind::blanks || std::string_view("|:>])},;#").contains(c); }

}  // namespace

Front::Front(std::string_view head, std::size_t most, std::span<const std::string_view> behind) {
  if (behind.size() < k_least_lines || head.empty() || is_of_a_program(head)) return;
  const std::string_view reach = head.substr(0, std::min(most, k_max_front));
  for (std::size_t end = 0; end < reach.size();) {
    end = run_end(reach, end);
    const std::string_view front = reach.substr(0, end);
    if (!most_resemble(front, behind)) break;
    // A run of letters that goes on behind what may be taken is half a word.
    if (ends_word(front.back())) m_text = front;
  }
}

bool Front::is_a_logs() const {
  return m_text.size() > 3 && std::ranges::any_of(m_text, [](char c) {
           return kind_of(c) == Kind::digits || kind_of(c) == Kind::letters;
         });
}

std::size_t Front::length_in(std::string_view line) const { return resembling(m_text, line); }

}  // namespace culprit::console
