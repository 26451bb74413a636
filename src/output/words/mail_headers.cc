// Names and titles come from commits that anybody may have written, so a header is never put together from
// raw text: control characters go (a line feed would begin another header), names with specials are quoted,
// names beyond ASCII become encoded words of at most 75 characters (RFC 2047, "B" encoding).
#include "output/words/mail_headers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>

#include "base/strings.h"
#include "output/words/text.h"

namespace culprit::output {
namespace {

std::string base64(std::string_view bytes) {
  static constexpr char k_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < n ? static_cast<std::uint8_t>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k) out += k <= n ? k_digits[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

// 45 bytes make 60 digits: with "=?UTF-8?B?" and "?=" 72 characters.
std::string encoded_words(std::string_view text) {
  constexpr std::size_t k_bytes = 45;
  std::string out;
  while (!text.empty()) {
    std::size_t size = std::min(k_bytes, text.size());
    while (size < text.size() && size > 1 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
    out += fmt::format("{}=?UTF-8?B?{}?=", out.empty() ? "" : "\n ", base64(text.substr(0, size)));
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string mail_address(const Contact& contact) {
  std::string email = one_line(contact.email, false);
  std::erase_if(email, [](char c) { return c == '<' || c == '>' || c == ',' || c == ' '; });
  const std::string name(base::trim(one_line(contact.name)));
  if (name.empty()) return email;
  if (!is_ascii(name)) return fmt::format("{} <{}>", encoded_words(name), email);
  if (name.find_first_of("()<>[]:;@\\,.\"") == std::string::npos) return fmt::format("{} <{}>", name, email);
  std::string quoted;
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return fmt::format("\"{}\" <{}>", quoted, email);
}

std::string address_header(std::string_view name, const std::vector<Contact>& contacts) {
  if (contacts.empty()) return {};
  std::string out = fmt::format("{}: ", name);
  for (std::size_t i = 0; i < contacts.size(); ++i) {
    if (i > 0) out += ",\n\t";
    out += mail_address(contacts[i]);
  }
  return out + "\n";
}

std::string text_header(std::string_view name, std::string_view text) {
  const std::string line = one_line(text);
  return fmt::format("{}: {}\n", name, is_ascii(line) ? line : encoded_words(line));
}

std::string date_header(double time) {
  // Whatever the locale is: strftime would follow it.
  constexpr std::array<std::string_view, 7> k_days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> k_months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(time);
  std::tm utc{};
  if (gmtime_r(&seconds, &utc) == nullptr) return {};
  return fmt::format("Date: {}, {} {} {} {:02}:{:02}:{:02} +0000\n",
                     k_days[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                     k_months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                     utc.tm_min, utc.tm_sec);
}

std::string message_id_of(std::string_view text) {
  text = base::trim(text);
  if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
  const std::size_t at = text.find('@');
  const auto is_plain = [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f && c != '<' &&
           c != '>';
  };
  const bool is_id =
      at != std::string_view::npos && at > 0 && at + 1 < text.size() && std::ranges::all_of(text, is_plain);
  return is_id ? std::string(text) : std::string();
}

}  // namespace culprit::output
