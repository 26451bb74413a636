// Expressions could say the same, but fifty of them would have to be tried on each line that is looked at, and
// each as a machine of its own; a form fails at its first byte.
#include "console/dress/form.h"

#include <algorithm>
#include <array>

namespace culprit::console {
namespace {

constexpr std::size_t k_max_name = 64;  // bytes of a host's, a tag's, a container's name

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name(char c) {
  return is_digit(c) || is_letter(c) || c == '_' || c == '-' || c == '.' || c == '/' || c == '@' || c == '+';
}

constexpr std::array<std::string_view, 7> k_weekdays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 12> k_months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 12> k_facilities = {
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "authpriv", "cron", "local"};
constexpr std::array<std::string_view, 12> k_levels = {
    "emerg", "alert", "crit", "err", "warn", "notice", "info", "debug", "warning", "error", "panic", "none"};

// Reads a form's elements off a text.
class Elements {
 public:
  explicit Elements(std::string_view text) : m_text(text) {}

  std::size_t at() const { return m_at; }
  void go_back(std::size_t at) { m_at = at; }
  bool ended() const { return m_at >= m_text.size() || m_text[m_at] == '\r'; }
  std::string_view from(std::size_t begin) const { return m_text.substr(begin, m_at - begin); }

  void skip_escapes() {
    while (m_at < m_text.size() && m_text[m_at] == '\x1b') {
      const std::size_t n = escape_length(m_text.substr(m_at));
      if (n == 0) return;
      m_at += n;
    }
  }

  bool literal(char c) {
    if (m_at >= m_text.size() || m_text[m_at] != c) return false;
    ++m_at;
    return true;
  }

  bool element(char which) {
    switch (which) {
      case 'a':
        return one_of(k_weekdays);
      case 'b':
        return one_of(k_months);
      case 'e':
        return day();
      case 'M':
        return digits(2, 2) && literal('-') && digits(2, 2);
      case 'Y':
        return digits(4, 4);
      case 'T':
        return time();
      case 'i':
        return iso();
      case 'I':
        return iso() && is_dmesgs(from(0));
      case 'u':
        return digits(9, 11) && literal('.') && digits(3, 9);
      case 'z':
        return zone_name();
      case 'n':
        return digits(1, 20);
      case 'f':
        return digits(1, 12) && literal('.') && digits(1, 9);
      case 's':
        return literal(' ') && blanks();
      case '_':
        return blanks();
      case 'O':
        return stream();
      default:
        return name(which);
    }
  }

 private:
  bool name(char which) {
    switch (which) {
      case 'h':
        return host();
      case 'w':
        return word();
      case 'c':
        return container();
      case 'j':
        return before_tab();
      case 't':
        return tag(false);
      case 'p':
        return tag(true);
      case 'l':
        if (m_at >= m_text.size()) return false;
        ++m_at;
        return std::string_view("VDIWEFS").contains(m_text[m_at - 1]);
      case 'g':
        return android_tag();
      case 'k':
        return priority();
      case 'F':
        return one_of(k_facilities) && run_of(is_digit) && blanks();
      case 'L':
        return one_of(k_levels) && blanks();
      case 'S':
        return structured_data();
      case 'q':
        return quotation();
      case 'r':
        return flags();
      default:
        return false;
    }
  }

  template <std::size_t N>
  bool one_of(const std::array<std::string_view, N>& words) {
    std::size_t best = 0;
    for (const std::string_view w : words) {
      if (m_text.substr(m_at).starts_with(w)) best = std::max(best, w.size());
    }
    m_at += best;
    return best > 0;
  }

  bool digits(std::size_t least, std::size_t most) {
    const std::size_t begin = m_at;
    while (m_at < m_text.size() && m_at - begin < most && is_digit(m_text[m_at])) ++m_at;
    return m_at - begin >= least;
  }

  bool run_of(bool (*of)(char)) {
    while (m_at < m_text.size() && of(m_text[m_at])) ++m_at;
    return true;
  }

  bool blanks() {
    return run_of([](char c) { return c == ' '; });
  }

  bool day() {
    literal(' ');
    return digits(1, 2);
  }

  bool time() {
    if (!digits(2, 2) || !literal(':') || !digits(2, 2) || !literal(':') || !digits(2, 2)) return false;
    const std::size_t before = m_at;
    if ((literal('.') || literal(',')) && digits(1, 9)) return true;
    m_at = before;
    return true;
  }

  bool iso() {
    if (!digits(4, 4) || (!literal('-') && !literal('/')) || !digits(2, 2)) return false;
    if ((!literal('-') && !literal('/')) || !digits(2, 2) ||
        (!literal('T') && !literal(' ') && !literal('_')))
      return false;
    if (!time()) return false;
    if (literal('Z')) return true;
    const std::size_t before = m_at;
    if (m_text.substr(m_at).starts_with(" +") || m_text.substr(m_at).starts_with(" -")) ++m_at;
    if ((literal('+') || literal('-')) && digits(2, 2)) {
      literal(':');
      if (digits(2, 2)) return true;
    }
    m_at = before;
    return true;
  }

  // "2024-09-02T10:11:45,123456+02:00"
  static bool is_dmesgs(std::string_view date) {
    const std::size_t comma = date.find(',');
    return comma != std::string_view::npos && date.substr(0, comma).contains('T') &&
           date.size() == comma + 13;
  }

  bool zone_name() {
    const std::size_t begin = m_at;
    if (literal('+') || literal('-')) return digits(2, 4);
    run_of(is_letter);
    return m_at - begin >= 1 && m_at - begin <= 5;
  }

  bool host() {
    const std::size_t begin = m_at;
    run_of([](char c) { return is_name(c) || c == ':'; });
    return m_at > begin && m_at - begin <= k_max_name && m_text[m_at - 1] != ':';
  }

  bool word() {
    const std::size_t begin = m_at;
    run_of([](char c) { return c != ' ' && c != '\t'; });
    return m_at > begin && m_at - begin <= k_max_name;
  }

  bool container() {
    const std::size_t begin = m_at;
    if (m_at >= m_text.size() || !is_letter(m_text[m_at])) return false;
    run_of(is_name);
    return m_at - begin <= k_max_name;
  }

  bool before_tab() {
    const std::size_t tab = m_text.substr(m_at, 2 * k_max_name).find('\t');
    if (tab == std::string_view::npos || tab == 0) return false;
    m_at += tab;
    return true;
  }

  bool tag(bool strict) {
    const std::size_t begin = m_at;
    run_of([](char c) { return is_name(c) || c == '(' || c == ')'; });
    if (m_at == begin || m_at - begin > k_max_name) return false;
    const std::string_view name = from(begin);
    bool known = name == "kernel" || name == "vmunix";
    if (literal('[')) {
      if (!digits(1, 10) || !literal(']')) return false;
      known = true;
    }
    return (known || !strict) && literal(':');
  }

  // Up to "(" or ": ", whatever the form says comes next.
  bool android_tag() {
    const std::string_view rest = m_text.substr(m_at, k_max_name);
    for (std::size_t i = 0; i < rest.size(); ++i) {
      if (rest[i] == '(' || (rest[i] == ':' && (i + 1 == rest.size() || rest[i + 1] == ' '))) {
        m_at += i;
        return true;
      }
    }
    return false;
  }

  bool priority() { return one_of(k_facilities) && run_of(is_digit) && literal('.') && one_of(k_levels); }

  bool structured_data() {
    if (literal('-')) return true;
    if (!literal('[')) return false;
    const std::size_t close = m_text.find("] ", m_at);
    if (close == std::string_view::npos) return false;
    m_at = close + 1;
    return true;
  }

  bool flags() {
    const std::size_t begin = m_at;
    run_of([](char c) { return is_digit(c) || is_letter(c) || std::string_view("-+,=/").contains(c); });
    return m_at > begin;
  }

  bool stream() {
    const std::size_t begin = m_at;
    while (m_at - begin < 2 && m_at < m_text.size() &&
           std::string_view("0123456789abcdef").contains(m_text[m_at]))
      ++m_at;
    return m_at - begin == 2 && (literal('O') || literal('E')) && (literal('+') || literal(' ') || ended());
  }

  bool quotation() {
    const std::size_t begin = m_at;
    while (m_at < m_text.size()) {
      const char c = m_text[m_at];
      const bool mark = c == '>' || c == '|';
      const bool blank = c == ' ' && m_at > begin && m_text[m_at - 1] != ' ';
      if (!mark && !blank) break;
      ++m_at;
    }
    return m_at > begin && (m_text[m_at - 1] == ' ' || ended());
  }

  std::string_view m_text;
  std::size_t m_at = 0;
};

std::string_view without_blanks(std::string_view s) {
  while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
  while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
  return s;
}

// `whole`: the form is not a part of another.
bool match(std::string_view form, Elements& text, FormMatch* found, bool whole) {
  std::size_t writer = 0;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const char c = form[i];
    text.skip_escapes();
    if (c == '{') {
      writer = text.at();
    } else if (c == '}') {
      found->writer = without_blanks(text.from(writer));
    } else if (c == '?' && i + 1 < form.size() && form[i + 1] == '(') {
      const std::size_t close = form.find(')', i);
      const std::size_t before = text.at();
      if (!match(form.substr(i + 2, close - i - 2), text, found, false)) text.go_back(before);
      i = close;
    } else if (c == '%' && i + 1 < form.size()) {
      if (!text.element(form[++i])) return false;
    } else if (whole && c == ' ' && i + 1 == form.size() && text.ended()) {
      break;
    } else if (!text.literal(c)) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::size_t escape_length(std::string_view text) {
  if (text.size() < 2 || text[0] != '\x1b') return 0;
  // "\x1b_" and its like begin a string that is no part of the text either, but may say something.
  if (std::string_view("_P]^X").contains(text[1])) return 0;
  if (text[1] != '[') return text[1] >= '0' && text[1] <= 'z' ? 2 : 0;
  std::size_t i = 2;
  while (i < text.size() && (is_digit(text[i]) || text[i] == ';' || text[i] == '?')) ++i;
  return i < text.size() ? i + 1 : 0;
}

bool match_form(std::string_view form, std::string_view text, FormMatch* found) {
  if (form.empty() || text.empty()) return false;
  Elements elements(text);
  if (!match(form, elements, found, true)) return false;
  found->length = elements.at();
  return true;
}

}  // namespace culprit::console
