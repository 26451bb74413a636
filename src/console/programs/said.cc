#include "console/programs/said.h"

#include <algorithm>
#include <cctype>

#include "base/strings.h"
#include "console/stack/managed_frames.h"
#include "console/stack/recursion.h"
#include "console/stack/stack.h"

namespace culprit::console {
namespace {

constexpr std::size_t k_most_words = 160;  // bytes of a title's words

bool is_path(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' || c == '/' ||
         c == '+' || c == '@' || c == '~';
}

// Quotes of a locale as the C locale has them.
std::string with_plain_quotes(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s.substr(i).starts_with("\xe2\x80") && i + 2 < s.size() &&
        (static_cast<unsigned char>(s[i + 2]) & 0xfcU) == 0x98) {  // U+2018 to U+201B
      out += '\'';
      i += 2;
    } else {
      out += s[i] == '`' ? '\'' : s[i];
    }
  }
  return out;
}

// Absolute paths by their last part.
std::string with_short_paths(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size();) {
    const bool starts = s[i] == '/' && (i == 0 || !is_path(s[i - 1]));
    std::size_t end = i;
    while (end < s.size() && is_path(s[end])) ++end;
    if (!starts || s.substr(i + 1, end - i - 1).find('/') == std::string_view::npos) {
      out += s[i++];
      continue;
    }
    out += base_of_path(s.substr(i, end - i));
    i = end;
  }
  return out;
}

// "A number, and not a part of a word": NUM; "0x12ab" and long hexadecimal ones: ADDR.
std::string without_numbers(std::string_view s, bool keep_decimal = false) {
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  std::string out;
  for (std::size_t i = 0; i < s.size();) {
    std::size_t end = i;
    while (end < s.size() && is_word(s[end])) ++end;
    const std::string_view word = s.substr(i, end - i);
    if (word.empty()) {
      out += s[i++];
      continue;
    }
    const bool hex = std::all_of(word.begin() + 1, word.end(), [](char c) {
      return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == 'x';
    });
    const bool digit = std::isdigit(static_cast<unsigned char>(word[0])) != 0;
    const bool number =
        std::ranges::all_of(word, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
    if (number)
      out += keep_decimal ? std::string_view(word) : "NUM";
    else if (word.size() > 5 && word.starts_with("alloc") &&
             word.find_first_not_of("0123456789", 5) == std::string_view::npos)
      out += "alloc";  // Miri's names of allocations
    else if (hex && digit && (word.starts_with("0x") || word.size() >= 8))
      out += "ADDR";
    else
      out += word;
    i = end;
  }
  return out;
}

}  // namespace

namespace {

std::string cut_words(std::string out) {
  if (out.size() > k_most_words) {
    std::size_t cut = k_most_words;
    while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xc0U) == 0x80)
      --cut;  // not within a character
    out.resize(cut);
  }
  while (!out.empty() && (out.back() == ' ' || out.back() == '.' || out.back() == ':' || out.back() == ','))
    out.pop_back();
  return out;
}

}  // namespace

std::string plain_words(std::string_view text) {
  return cut_words(without_numbers(with_short_paths(with_plain_quotes(base::trim(text)))));
}

std::string test_name(std::string_view text) {
  return cut_words(without_numbers(with_plain_quotes(base::trim(text)), true));
}

bool is_blank(std::string_view body) { return base::trim(body).empty(); }

std::size_t indent_of(std::string_view body) { return std::min(body.find_first_not_of(" \t"), body.size()); }

std::string_view exception_in(std::string_view text) {
  static constexpr std::string_view k_ends[] = {"Error",   "Exception", "Failure", "Failed",
                                                "Warning", "Interrupt", "Fault",   "Violation"};
  std::size_t n = 0;
  while (n < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[n])) != 0 || text[n] == '_' || text[n] == '.' ||
          text[n] == '$' || (text[n] == ':' && n + 2 < text.size() && text[n + 1] == ':')))
    n += text[n] == ':' ? 2 : 1;
  n = std::min(n, text.size());
  const std::string_view name = text.substr(0, n);
  if (n < text.size() && text[n] != ':' && text[n] != ' ' && text[n] != '(') return {};
  if (n < text.size() && text[n] == ' ' && !text.substr(n).starts_with(" [") &&
      !text.substr(n).starts_with(" (") && !text.substr(n).starts_with(" : "))
    return {};
  const bool named = std::ranges::any_of(k_ends, [&](std::string_view e) { return name.ends_with(e); });
  return named ? name : std::string_view();
}

namespace {

// "t/store.t line 19", "store.php on line 3": as Perl and PHP say it.
bool take_place_in_words(std::string_view body, model::Frame& place) {
  static constexpr std::string_view k_line = " line ";
  for (std::size_t at = body.find(k_line); at != std::string_view::npos; at = body.find(k_line, at + 1)) {
    std::string_view file = body.substr(0, at);
    if (file.ends_with(" on")) file.remove_suffix(3);
    std::size_t begin = file.size();
    while (begin > 0 && is_path(file[begin - 1])) --begin;
    file.remove_prefix(begin);
    const auto line = base::parse_number<std::uint32_t>(body.substr(
        at + k_line.size(), body.find_first_not_of("0123456789", at + k_line.size()) - at - k_line.size()));
    if (!line || !base_of_path(file).contains('.') || file.ends_with('.')) continue;
    place.file = file;
    place.line = *line;
    return is_own_frame(place);
  }
  return false;
}

}  // namespace

bool find_place(std::span<const Line> lines, Said& said) {
  for (const Line& l : lines) {
    if (model::Frame words; take_place_in_words(l.body, words)) {
      said.file = words.file;
      said.line = words.line;
      return true;
    }
    for (std::size_t colon = l.body.find(':'); colon != std::string_view::npos;
         colon = l.body.find(':', colon + 1)) {
      if (colon + 1 >= l.body.size() || std::isdigit(static_cast<unsigned char>(l.body[colon + 1])) == 0)
        continue;
      std::size_t begin = colon;
      while (begin > 0 && is_path(l.body[begin - 1])) --begin;
      std::size_t end = colon + 1;
      while (end < l.body.size() && std::isdigit(static_cast<unsigned char>(l.body[end])) != 0) ++end;
      model::Frame place;
      const std::string_view file = base_of_path(l.body.substr(begin, colon - begin));
      const std::size_t dot = file.rfind('.');
      if (dot == std::string_view::npos || dot == 0 || dot + 1 == file.size() ||
          std::isdigit(static_cast<unsigned char>(file[dot + 1])) != 0)
        continue;
      if (!take_place(l.body.substr(begin, end - begin), place) || !is_own_frame(place)) continue;
      said.file = place.file;
      said.line = place.line;
      return true;
    }
  }
  return false;
}

void blame_frames(std::span<const model::Frame> frames, Said& said) {
  if (frames.empty()) return;
  auto own = std::ranges::find_if(frames, is_own_frame);
  if (const model::Frame* f = says_overflow(said.what) ? recursing(frames, is_own_frame) : nullptr)
    own = frames.begin() + (f - frames.data());
  const bool internal = own == frames.end() && frames.front().file.starts_with("node:");
  if (said.where.empty() && !internal)
    said.where = place_of_frame(own != frames.end() ? *own : frames.front());
  const auto with_file = std::find_if(
      own, frames.end(), [](const model::Frame& f) { return is_own_frame(f) && !f.file.empty(); });
  if (with_file == frames.end()) return;
  said.file = with_file->file;
  said.line = with_file->line;
}

void tell(const Rule& rule, Said said, model::CrashReport& report) {
  const auto title = [&](std::string_view what) {
    std::string out(what);
    if (!said.where.empty()) out += " in " + said.where;
    return out;
  };
  report.title = title(said.what);
  for (const std::string& other : said.other)
    if (other != said.what) report.alt_titles.push_back(title(other));
  report.frame = said.where;
  report.type = rule.type;
  report.guilty_file = said.file.starts_with("./") ? said.file.substr(2) : said.file;
  if (said.stacks.empty() && !said.file.empty()) {
    model::Frame place;
    if (said.where != base_of_path(said.file)) place.function = said.where;
    place.file = said.file;
    place.line = said.line;
    said.stacks.push_back({.kind = model::StackKind::crash, .heading = {}, .frames = {place}});
  }
  report.stacks = std::move(said.stacks);
  if (!report.stacks.empty()) report.blamed_stack = 0;
}

}  // namespace culprit::console
