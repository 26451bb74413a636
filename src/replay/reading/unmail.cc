// A log that somebody sends on has been through a mail program. What that does is undone in the order in
// which it must have happened, last first: quote marks, then quoted-printable, then the quote marks of the
// mail that was encoded.
//
// Nothing is undone on suspicion. Console text has lines that begin with ">" (KASAN's memory dump) and lines
// of nothing but "=" (lockdep's rulers), so quote marks are removed only up to the prefix that most log lines
// carry, and a text counts as quoted-printable only if not one "=" of it contradicts that.
#include "replay/reading/unmail.h"

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "output/words/text.h"

namespace culprit::replay {
namespace {

using IsLogLine = std::function<bool(std::string_view)>;

constexpr std::string_view k_quote_marks = "> |\t";

std::string_view prefix_of(std::string_view line) {
  const std::size_t end = line.find_first_not_of(k_quote_marks);
  return line.substr(0, end == std::string_view::npos ? line.size() : end);
}

std::string_view without_blanks_at_end(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

// The prefix that most log lines carry.
std::string common_prefix(const std::vector<TextLine>& lines, const IsLogLine& is_log_line) {
  std::map<std::string, int, std::less<>> counts;
  for (const TextLine& line : lines) {
    const std::string_view prefix = prefix_of(line.text);
    if (is_log_line(std::string_view(line.text).substr(prefix.size()))) ++counts[std::string(prefix)];
  }
  const auto best = std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
  return best == counts.end() ? std::string() : best->first;
}

void remove_quotes(std::vector<TextLine>& lines, const IsLogLine& is_log_line) {
  const std::string prefix = common_prefix(lines, is_log_line);
  for (TextLine& line : lines) {
    const std::string_view own = prefix_of(line.text);
    if (!prefix.empty() && line.text.starts_with(prefix))
      line.text.erase(0, prefix.size());
    else if (own.size() == line.text.size() && own.find('>') != std::string_view::npos)
      line.text.clear();  // nothing but quote marks
    else if (own.find('>') != std::string_view::npos &&
             is_log_line(std::string_view(line.text).substr(own.size())))
      line.text.erase(0, own.size());  // quoted once more or less than the others
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Every "=" stands before two hex digits or ends its line, and at least one is a soft line break or an
// encoded "=". The last line may be cut anywhere.
bool is_quoted_printable(const std::vector<TextLine>& lines) {
  bool certain = false;
  for (std::size_t n = 0; n < lines.size(); ++n) {
    const std::string_view line = without_blanks_at_end(lines[n].text);
    for (std::size_t at = line.find('='); at != std::string_view::npos; at = line.find('=', at + 1)) {
      const std::string_view code = line.substr(at + 1, 2);
      if (code.empty() || code == "3D" || (code == "20" && at + 3 == line.size())) {
        certain = certain || !code.empty() || n + 1 < lines.size();
        continue;
      }
      if (code.size() == 1 && n + 1 == lines.size()) continue;
      if (code.size() < 2 || hex_digit(code[0]) < 0 || hex_digit(code[1]) < 0) return false;
    }
  }
  return certain;
}

std::string decoded(std::string_view line) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '=' && i + 2 < line.size() && hex_digit(line[i + 1]) >= 0 && hex_digit(line[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(line[i + 1]) * 16 + hex_digit(line[i + 2]));
      i += 2;
    } else {
      out += line[i];
    }
  }
  return out;
}

void decode_quoted_printable(std::vector<TextLine>& lines) {
  std::vector<TextLine> out;
  bool goes_on = false;
  for (const TextLine& line : lines) {
    std::string_view text = without_blanks_at_end(line.text);
    const bool soft = text.ends_with('=');
    if (soft) text.remove_suffix(1);
    if (goes_on)
      out.back().text += text;
    else
      out.push_back({line.number, std::string(text)});
    goes_on = soft;
  }
  for (TextLine& line : out) line.text = decoded(line.text);
  lines = std::move(out);
}

bool is_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  return colon != std::string_view::npos && colon > 0 &&
         line.substr(0, colon).find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

// A block of headers at the very beginning, From or Subject among them, up to the first empty line.
void drop_headers(std::vector<TextLine>& lines, const IsLogLine& is_log_line) {
  bool known = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = lines[i].text;
    if (line.empty()) {
      if (known) lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    }
    if (is_log_line(line)) return;
    const bool folded = i > 0 && (line.starts_with(' ') || line.starts_with('\t'));
    const bool mbox = i == 0 && line.starts_with("From ");
    if (!folded && !mbox && !is_header(line)) return;
    known = known || mbox || line.starts_with("From: ") || line.starts_with("Subject: ");
  }
}

}  // namespace

std::vector<TextLine> unmail(std::string_view text, const IsLogLine& is_log_line) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<TextLine> lines;
  for (const std::string_view line : base::split_lines(text))
    lines.push_back({lines.size() + 1, std::string(line)});
  drop_headers(lines, is_log_line);
  remove_quotes(lines, is_log_line);
  if (is_quoted_printable(lines)) {
    decode_quoted_printable(lines);
    remove_quotes(lines, is_log_line);
  }
  return lines;
}

}  // namespace culprit::replay
