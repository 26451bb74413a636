// Text helpers: cutting, joining, near misses, durations, and text made safe for shells and terminals.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace culprit::base {

// The parts between separators, empty ones included; "" is one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);
// The lines without their ends ("\n" or "\r\n"); a final newline starts no further line.
std::vector<std::string_view> split_lines(std::string_view text);
// The last `count` lines, without the newline at the very end.
std::string_view last_lines(std::string_view text, std::size_t count);
// Without blanks, tabs and line ends at both ends.
std::string_view trim(std::string_view text);
std::string join(std::span<const std::string> parts, std::string_view separator);
// What follows `prefix`; nullopt where `text` does not start with it.
std::optional<std::string_view> strip_prefix(std::string_view text, std::string_view prefix);
std::optional<std::string_view> strip_suffix(std::string_view text, std::string_view suffix);

// A decimal number that is the whole of `text`; nullopt for anything else, out of range included.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Insertions, deletions, substitutions and swaps of neighbours that turn one into the other.
std::size_t edit_distance(std::string_view a, std::string_view b);
// Those of `names` that `name` may be a misspelling of, nearest first, at most `count`: no more than a third
// of its letters differ, case aside.
std::vector<std::string> nearest_names(std::string_view name, std::span<const std::string> names,
                                       std::size_t count = 3);

// As Go prints a time.Duration, to the nanosecond: "2h2m27.2s", "1m0.5s", "350ms", "0s".
std::string format_duration_go(double seconds);
// For people, two units at most: "2h 02m", "3m 20s", "41 s", "1.2 s", "35 ms".
std::string format_duration(double seconds);
// For people: "512 B", "1.5 GiB".
std::string format_bytes(std::uint64_t bytes);

// One word of a POSIX shell's command line that means exactly `text`.
std::string shell_quote(std::string_view text);
// A command line that may be pasted into a shell.
std::string shell_quote(std::span<const std::string> argv);
// The text of a file as some editor saved it: without a byte order mark, and UTF-16 that has one (what Windows
// redirects to a file) as UTF-8.
std::string decoded_text(std::string bytes);
// Text from anywhere made safe to print: invalid UTF-8 becomes U+FFFD; control characters but newline (a
// CR before it goes) and tab, and the marks that reorder text, become "\x1b" and "\u202e" to be seen.
std::string printable(std::string_view text);
// The same JSON document, in which those characters are escapes ("\u009b"): it says the same to programs and
// may be shown to people.
std::string printable_json(std::string_view json);

}  // namespace culprit::base
