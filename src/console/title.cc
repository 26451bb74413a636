#include "console/title.h"

#include <algorithm>

namespace culprit::console {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

std::size_t run(std::string_view s, std::size_t at, bool (*is)(char)) {
  std::size_t n = 0;
  while (at + n < s.size() && is(s[at + n])) ++n;
  return n;
}

// "+0x1a/0x200" at `at`: its length, or 0.
std::size_t offset_length(std::string_view s, std::size_t at) {
  if (!s.substr(at).starts_with("+0x")) return 0;
  std::size_t n = 3 + run(s, at + 3, is_hex);
  if (n == 3) return 0;
  if (s.substr(at + n).starts_with("/0x")) n += 3 + run(s, at + n + 3, is_hex);
  return n;
}

std::string upper(std::string s) {
  std::ranges::transform(s, s.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return s;
}

std::string access_of(const Match& m) {
  for (const auto* groups : {&m.detail, &m.head}) {
    for (const std::string_view g : *groups) {
      if (g == "READ" || g.starts_with("READ of")) return "READ";
      if (g == "WRITE" || g.starts_with("WRITE of")) return "WRITE";
      if (g == "Read" || g == "read" || g.starts_with("Read of") || g.starts_with("Read at")) return "Read";
      if (g == "Write" || g == "write" || g.starts_with("Write of") || g.starts_with("Write at"))
        return "Write";
    }
  }
  return "Read";
}

}  // namespace

std::string sanitize(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  std::size_t i = 0;
  while (i < s.size()) {
    if (const std::size_t n = offset_length(s, i); n > 0) {
      i += n;
      continue;
    }
    const char before = i == 0 ? ' ' : s[i - 1];
    if (!is_word(before) && s.substr(i).starts_with("0x") && run(s, i + 2, is_hex) > 0) {
      out += "ADDR";
      i += 2 + run(s, i + 2, is_hex);
      continue;
    }
    if (!is_word(before) && is_hex(s[i])) {
      const std::size_t n = run(s, i, is_hex);
      const bool whole = i + n >= s.size() || !is_word(s[i + n]);
      const bool digit = std::any_of(s.begin() + i, s.begin() + i + n, is_digit);
      if (n >= 8 && whole && digit) {
        out += "ADDR";
        i += n;
        continue;
      }
    }
    if (is_digit(s[i])) {
      const std::size_t n = run(s, i, is_digit);
      const bool inside = is_word(before);
      const bool ends = i + n >= s.size() || !is_word(s[i + n]);
      if (!inside || (n >= 4 && ends)) {
        out += out.ends_with(".c:") || out.ends_with(".h:") ? "LINE" : "NUM";
        i += n;
        continue;
      }
      out.append(s.substr(i, n));
      i += n;
      continue;
    }
    out += s[i++];
  }
  while (!out.empty() && (out.back() == ' ' || out.back() == '\t')) out.pop_back();
  return out;
}

std::string expand_as_is(std::string_view pattern, const Match& match) {
  std::string out(pattern);
  const std::size_t open = out.find("{1}");
  if (open != std::string::npos && match.head.size() > 1) out.replace(open, 3, match.head[1]);
  return out;
}

std::string expand(std::string_view pattern, const Match& match, std::string_view frame) {
  std::string out;
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    out.append(pattern.substr(0, open));
    if (open == std::string_view::npos) break;
    const std::size_t close = pattern.find('}', open);
    const std::string_view name = pattern.substr(open + 1, close - open - 1);
    pattern.remove_prefix(close + 1);
    if (name == "frame") {
      out.append(frame);
    } else if (name == "access") {
      out += access_of(match);
    } else if (name == "ACCESS") {
      out += upper(access_of(match));
    } else if (name.front() == 'U') {
      const auto index = static_cast<std::size_t>(name.back() - '0');
      if (index < match.head.size()) out += upper(std::string(match.head[index]));
    } else {
      const bool detail = name.front() == 'd';
      const auto index = static_cast<std::size_t>(name.back() - '0');
      const std::vector<std::string_view>& groups = detail ? match.detail : match.head;
      if (index < groups.size()) out += sanitize(groups[index]);
    }
  }
  return out;
}

}  // namespace culprit::console
