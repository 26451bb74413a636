// Words for the values of an enum, checked when compiled: a table that lacks a word, has one too many or says
// one twice is an error of the compiler. For enums whose values are 0, 1, 2, ... without a gap.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace culprit::base {
namespace words {

// The compiler writes a value that has an enumerator by its name, "(Type)3" otherwise: this tells the two
// apart without a sentinel among the enumerators, which every switch would have to know.
template <auto Value>
consteval bool has_enumerator() {
  constexpr std::string_view k_self = __PRETTY_FUNCTION__;  // "... [with auto Value = a::Enum::name]"
  return k_self[k_self.rfind("Value = ") + 8] != '(';
}

template <class Enum, std::size_t N = 0>
consteval std::size_t count_from() {
  if constexpr (has_enumerator<static_cast<Enum>(N)>())
    return count_from<Enum, N + 1>();
  else
    return N;
}

}  // namespace words

// How many values `Enum` has.
template <class Enum>
inline constexpr std::size_t k_count = words::count_from<Enum>();

template <class Enum>
class Words {
 public:
  // The words in the order of the enumerators.
  template <class... Word>
  consteval explicit Words(const Word&... word) : m_words{word...} {
    static_assert(sizeof...(Word) == k_count<Enum>, "one word for each enumerator");
    auto sorted = m_words;
    std::ranges::sort(sorted);
    if (std::ranges::adjacent_find(sorted) != sorted.end()) throw "a word stands for two values";
  }

  constexpr std::string_view of(Enum value) const { return m_words[static_cast<std::size_t>(value)]; }
  // None for a word that is not in the table.
  constexpr std::optional<Enum> find(std::string_view word) const {
    const auto at = std::ranges::find(m_words, word);
    if (at == m_words.end()) return std::nullopt;
    return static_cast<Enum>(at - m_words.begin());
  }

 private:
  std::array<std::string_view, k_count<Enum>> m_words;
};

}  // namespace culprit::base
