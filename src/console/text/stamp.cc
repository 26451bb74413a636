// printk's own stamp is "[   12.345678]"; vendors add the CPU ("@0", ",0") or a unit ("s"). dmesg makes others
// of it: -T "[Mon Sep  2 10:11:45 2024]", -H "[Sep 2 10:11]" once a minute and "[  +0.000012]" between, -d
// "[   12.345678 <    0.000012>]".
#include "console/text/stamp.h"

#include <algorithm>
#include <charconv>

#include "console/dress/form.h"

namespace culprit::console {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t skip_digits(std::string_view text, std::size_t i) {
  while (i < text.size() && is_digit(text[i])) ++i;
  return i;
}

std::size_t skip_blanks(std::string_view text, std::size_t i) {
  while (i < text.size() && text[i] == ' ') ++i;
  return i;
}

// "[ T1234]" or "[    C0]" at `at`: its length with the bracket, or 0.
std::size_t caller_length(std::string_view text, std::size_t at, std::string_view* context) {
  if (at >= text.size() || text[at] != '[') return 0;
  std::size_t i = skip_blanks(text, at + 1);
  const std::size_t id = i;
  if (i >= text.size() || (text[i] != 'T' && text[i] != 'C')) return 0;
  const std::size_t digits = ++i;
  i = skip_digits(text, i);
  if (i == digits || i - digits > 10 || i >= text.size() || text[i] != ']') return 0;
  *context = text.substr(id, i - id);
  return i + 1 - at;
}

// "12.345678" at `at`: its end, or 0.
inline std::size_t number_end(std::string_view text, std::size_t at) {
  const std::size_t point = skip_digits(text, at);
  if (point == at || point >= text.size() || text[point] != '.') return 0;
  const std::size_t end = skip_digits(text, point + 1);
  return end - point - 1 < 3 || end - point - 1 > 9 ? 0 : end;
}

// " <    0.000012>" at `i`: its end, or `i`.
std::size_t delta_end(std::string_view text, std::size_t i) {
  const std::size_t at = skip_blanks(text, i);
  if (at >= text.size() || text[at] != '<') return i;
  const std::size_t end = number_end(text, skip_blanks(text, at + 1));
  if (end == 0) return i;
  const std::size_t close = skip_blanks(text, end);
  return close < text.size() && text[close] == '>' ? close + 1 : i;
}

// What stands between the brackets from `i` on: the closing one's place, or 0.
std::size_t counted_end(std::string_view text, std::size_t i, double* seconds) {
  i = skip_blanks(text, i);
  const bool relative = i < text.size() && text[i] == '+';
  const std::size_t begin = i + (relative ? 1 : 0);
  i = number_end(text, begin);
  if (i == 0) return 0;
  if (i < text.size() && text[i] == ']' && seconds == nullptr) return i;  // nearly always
  if (!relative && seconds != nullptr) std::from_chars(text.data() + begin, text.data() + i, *seconds);
  if (i < text.size() && (text[i] == '@' || text[i] == ',')) i = skip_digits(text, i + 1);
  if (i < text.size() && text[i] == 's') {
    // "FAIL [   0.006s] test" says how long it took.
    constexpr std::size_t k_micros = 6;
    const std::size_t point = text.substr(begin, i - begin).find('.');
    if (point == std::string_view::npos || i - begin - point - 1 < k_micros) return 0;
    ++i;
  }
  return delta_end(text, i);
}

// The same of a date.
std::size_t dated_end(std::string_view text, std::size_t i) {
  FormMatch match;
  const std::string_view rest = text.substr(i);
  if (!match_form("%a %b %e %T %Y", rest, &match)) {
    // "[Sep 2 10:11]", "[Sep12 10:11]"
    if (!match_form("%b?( )%n %n:%n", rest, &match) || rest.substr(match.length, 1) != "]") return 0;
    return i + match.length;
  }
  const std::size_t end = delta_end(text, i + match.length);
  // A web server's: "[Mon Sep 02 10:11:45 2024] [error] ..."
  const std::string_view behind = text.substr(std::min(end, text.size()));
  const bool other = behind.starts_with("] [") && behind.size() > 3 && behind[3] >= 'a' && behind[3] <= 'z';
  return other ? 0 : end;
}

// printk's own stamp with its six decimals, and what may stand behind it; 0 for all others. Nearly all lines have
// it, so it is read without looking twice at anything.
std::size_t plain_length(std::string_view text, std::size_t at, std::string_view* context) {
  constexpr std::size_t k_micros = 6;
  std::size_t i = skip_blanks(text, at + 1);
  const std::size_t digits = i;
  i = skip_digits(text, i);
  if (i == digits || i + k_micros + 1 >= text.size() || text[i] != '.' || text[i + k_micros + 1] != ']')
    return 0;
  unsigned char other = 0;
  for (std::size_t n = 1; n <= k_micros; ++n)
    other = static_cast<unsigned char>(other | (static_cast<unsigned char>(text[i + n] - '0') > 9 ? 1 : 0));
  if (other != 0) return 0;
  i += k_micros + 2;
  *context = {};
  i += caller_length(text, i, context);
  if (i < text.size() && text[i] == ' ') ++i;
  return i - at;
}

}  // namespace

std::size_t stamp_length(std::string_view text, std::size_t at, std::string_view* context, double* seconds) {
  std::size_t i = at;
  if (seconds == nullptr && i < text.size() && text[i] == '[') {
    if (const std::size_t n = plain_length(text, at, context); n > 0) return n;
  }
  if (i < text.size() && text[i] == '<') {
    i = skip_digits(text, i + 1);
    if (i == at + 1 || i >= text.size() || text[i] != '>') return 0;
    ++i;
  }
  if (i + 1 >= text.size() || text[i] != '[') return 0;
  const char first = text[++i];
  if (first >= 'A' && first <= 'Z') {
    i = dated_end(text, i);
  } else if (first == '<') {
    const std::size_t end = delta_end(text, i);
    i = end == i ? 0 : end;
  } else {
    i = counted_end(text, i, seconds);
  }
  if (i == 0 || i >= text.size() || text[i] != ']') return 0;
  ++i;
  *context = {};
  i += caller_length(text, i, context);
  if (i < text.size() && text[i] == ' ') ++i;
  return i - at;
}

namespace {

// "c1    777 " at `at`: the CPU and the task.
std::size_t cpu_and_pid(std::string_view body, std::string_view* pid) {
  std::size_t i = skip_digits(body, 1);
  if (i == 1 || i > 4 || i >= body.size() || body[i] != ' ') return 0;
  i = skip_blanks(body, i);
  const std::size_t end = skip_digits(body, i);
  if (end == i || (end < body.size() && body[end] != ' ')) return 0;
  *pid = body.substr(i, end - i);
  return std::min(end + 1, body.size());
}

// "[pid:777,cpu1,ip]"
std::size_t pid_and_cpu(std::string_view body, std::string_view* pid) {
  constexpr std::string_view k_begin = "[pid:";
  const std::size_t end = skip_digits(body, k_begin.size());
  const std::size_t close = body.find(']');
  if (end == k_begin.size() || !body.substr(end).starts_with(",cpu") || close > end + 40) return 0;
  *pid = body.substr(k_begin.size(), end - k_begin.size());
  return close + (body.substr(close + 1).starts_with(' ') ? 2 : 1);
}

}  // namespace

std::size_t vendor_length(std::string_view body, std::string_view* pid) {
  std::size_t at = skip_blanks(body, 0);
  if (at >= body.size()) return 0;
  if (body[at] == 'c' && at == 0) return cpu_and_pid(body, pid);
  const auto opens = [&](std::size_t i) { return i < body.size() && (body[i] == '[' || body[i] == '('); };
  if (!opens(at) && !opens(at + 1)) return 0;
  if (body.substr(at).starts_with("[pid:")) {
    const std::size_t n = pid_and_cpu(body.substr(at), pid);
    return n == 0 ? 0 : at + n;
  }
  // "-(0)[12:x]" where interrupts are off, "I[1: x: 12]" with the level.
  const bool marked = body[at] == '-' || std::string_view("VDIWEF").contains(body[at]);
  if (marked && at + 1 < body.size()) ++at;
  if (body[at] != '[' && body[at] != '(') return 0;
  const bool cpu_apart = body[at] == '(';  // "(1)[1234:name]", the other is "[1:name: 1234]"
  const std::size_t i = skip_digits(body, at + 1);
  if (i == at + 1 || i - at > 4 || i >= body.size()) return 0;
  if (cpu_apart ? !body.substr(i).starts_with(")[") : body[i] != ':') return 0;
  at = cpu_apart ? i + 2 : i + 1;
  const std::size_t close = body.find(']', at);
  if (close == std::string_view::npos || close > at + 40) return 0;
  const std::string_view inside = body.substr(at, close - at);
  const std::size_t colon = cpu_apart ? inside.find(':') : inside.rfind(':');
  if (colon == std::string_view::npos) return 0;
  std::string_view number = cpu_apart ? inside.substr(0, colon) : inside.substr(colon + 1);
  number.remove_prefix(std::min(number.find_first_not_of(' '), number.size()));
  if (number.empty() || !std::ranges::all_of(number, is_digit)) return 0;
  *pid = number;
  const bool blank = close + 1 < body.size() && body[close + 1] == ' ';
  return close + (blank ? 2 : 1);
}

}  // namespace culprit::console
