// Rust's v0 mangling (RFC 2603) is a small grammar in prefix form; this is a recursive descent over it. Back
// references make the output exponential in theory, so both the depth and the length are bounded, and a
// symbol that exceeds them stays as it is. Constants and function types are rare in the names of frames; they
// are shown as "_".
#include "console/text/rust_names.h"

#include <cstdint>

namespace culprit::console {
namespace {

constexpr int k_max_depth = 64;
constexpr std::size_t k_max_output = 1024;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  explicit Parser(std::string_view symbol) : m_in(symbol) {}

  std::string run() {
    path(true);
    return m_failed || m_out.empty() ? std::string() : m_out;
  }

 private:
  char peek() const { return m_at < m_in.size() ? m_in[m_at] : '\0'; }
  char next() {
    if (m_at < m_in.size()) return m_in[m_at++];
    m_failed = true;
    return '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++m_at;
    return true;
  }
  void put(std::string_view s) {
    if (m_quiet == 0) m_out += s;
    if (m_out.size() > k_max_output) m_failed = true;
  }

  // A base-62 number and its "_": "_" is 0, "0_" is 1.
  std::uint64_t base62() {
    if (take('_')) return 0;
    std::uint64_t value = 0;
    while (!m_failed && !take('_')) {
      const char c = next();
      std::uint64_t digit = 0;
      if (is_digit(c))
        digit = static_cast<std::uint64_t>(c - '0');
      else if (c >= 'a' && c <= 'z')
        digit = static_cast<std::uint64_t>(c - 'a') + 10;
      else if (c >= 'A' && c <= 'Z')
        digit = static_cast<std::uint64_t>(c - 'A') + 36;
      else
        m_failed = true;
      if (value > (UINT64_MAX - digit) / 62)
        m_failed = true;
      else
        value = value * 62 + digit;
    }
    return value + 1;
  }

  void disambiguator() {
    if (take('s')) base62();
  }

  std::string_view identifier() {
    disambiguator();
    const bool punycode = take('u');
    std::size_t length = 0;
    if (!is_digit(peek())) m_failed = true;
    while (is_digit(peek()) && length < 1000) length = length * 10 + static_cast<std::size_t>(next() - '0');
    take('_');
    if (m_failed || length > m_in.size() - m_at) {
      m_failed = true;
      return {};
    }
    const std::string_view name = m_in.substr(m_at, length);
    m_at += length;
    return punycode ? std::string_view("_") : name;
  }

  template <class F>
  void back_reference(F&& parse) {
    const std::size_t start = m_at - 1;
    const std::uint64_t target = base62();
    if (m_failed || target >= start) {
      m_failed = true;
      return;
    }
    if (m_quiet > 0) return;  // nothing of it would be shown
    const std::size_t resume = m_at;
    m_at = static_cast<std::size_t>(target);
    parse();
    m_at = resume;
  }

  void impl_path() {
    ++m_quiet;
    disambiguator();
    path(false);
    --m_quiet;
  }

  void path(bool in_value) {
    if (m_failed || ++m_depth > k_max_depth) {
      m_failed = true;
      return;
    }
    switch (next()) {
      case 'C':
        put(identifier());
        break;
      case 'M':
        impl_path();
        put("<");
        type();
        put(">");
        break;
      case 'X':
        impl_path();
        put("<");
        type();
        put(" as ");
        path(false);
        put(">");
        break;
      case 'Y':
        put("<");
        type();
        put(" as ");
        path(false);
        put(">");
        break;
      case 'N':
        nested(in_value);
        break;
      case 'I':
        path(in_value);
        put(in_value ? "::<" : "<");
        for (bool first = true; !m_failed && !take('E'); first = false) {
          if (!first) put(", ");
          generic_argument();
        }
        put(">");
        break;
      case 'B':
        back_reference([&] { path(in_value); });
        break;
      default:
        m_failed = true;
    }
    --m_depth;
  }

  void nested(bool in_value) {
    const char space = next();
    path(in_value);
    if (space >= 'A' && space <= 'Z') {  // compiler-made: closures and shims
      const std::string_view name = identifier();
      put("::{");
      put(space == 'C' ? "closure" : space == 'S' ? "shim" : "");
      if (!name.empty()) {
        put(":");
        put(name);
      }
      put("}");
      return;
    }
    const std::string_view name = identifier();
    if (name.empty()) return;
    put("::");
    put(name);
  }

  void generic_argument() {
    if (take('L')) {
      base62();
      put("'_");
    } else if (take('K')) {
      constant();
    } else {
      type();
    }
  }

  void constant() {
    if (take('B')) {
      back_reference([&] { constant(); });
      return;
    }
    if (take('p')) return put("_");
    ++m_quiet;
    type();
    --m_quiet;
    while (!m_failed && !take('_')) next();
    put("_");
  }

  void type() {
    if (m_failed || ++m_depth > k_max_depth) {
      m_failed = true;
      return;
    }
    static constexpr std::pair<char, std::string_view> k_basic[] = {
        {'a', "i8"},   {'b', "bool"},  {'c', "char"},  {'d', "f64"}, {'e', "str"}, {'f', "f32"},
        {'h', "u8"},   {'i', "isize"}, {'j', "usize"}, {'l', "i32"}, {'m', "u32"}, {'n', "i128"},
        {'o', "u128"}, {'p', "_"},     {'s', "i16"},   {'t', "u16"}, {'u', "()"},  {'v', "..."},
        {'x', "i64"},  {'y', "u64"},   {'z', "!"}};
    for (const auto& [c, name] : k_basic) {
      if (take(c)) {
        put(name);
        --m_depth;
        return;
      }
    }
    switch (peek()) {
      case 'R':
      case 'Q': {
        const bool is_mutable = next() == 'Q';
        put("&");
        if (take('L')) base62();
        if (is_mutable) put("mut ");
        type();
        break;
      }
      case 'P':
      case 'O':
        put(next() == 'P' ? "*const " : "*mut ");
        type();
        break;
      case 'S':
        next();
        put("[");
        type();
        put("]");
        break;
      case 'A':
        next();
        put("[");
        type();
        put("; ");
        constant();
        put("]");
        break;
      case 'T':
        next();
        put("(");
        for (bool first = true; !m_failed && !take('E'); first = false) {
          if (!first) put(", ");
          type();
        }
        put(")");
        break;
      case 'B':
        next();
        back_reference([&] { type(); });
        break;
      case 'D':
      case 'F':
        m_failed = true;
        break;  // dyn and fn types: not worth their grammar
      default:
        path(false);
    }
    --m_depth;
  }

  std::string_view m_in;
  std::string m_out;
  std::size_t m_at = 0;
  int m_depth = 0;
  int m_quiet = 0;
  bool m_failed = false;
};

}  // namespace

std::string demangle_rust(std::string_view symbol) {
  if (!symbol.starts_with("_R") || symbol.size() < 4) return std::string(symbol);
  std::string name = Parser(symbol.substr(2, symbol.find('.') - 2)).run();
  return name.empty() ? std::string(symbol) : name;
}

}  // namespace culprit::console
