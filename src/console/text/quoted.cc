// `git bisect` and `git log` print the messages of commits, which quote the report that they mend; documentation
// shows what reports look like. All of these set in what they quote, and what stands in front of it in the first
// column says which it is. A log may be set in as well, so nothing else is taken for a quotation.
#include "console/text/quoted.h"

#include <algorithm>
#include <cctype>

#include "base/strings.h"

namespace culprit::console {
namespace {

constexpr std::size_t k_message_indent = 4;  // of a commit's message, as git log prints it
constexpr std::size_t k_hash = 7;            // digits of an abbreviated commit id

bool is_hash(std::string_view s) {
  const std::string_view word = s.substr(0, s.find(' '));
  return word.size() >= k_hash &&
         std::ranges::all_of(word, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

std::size_t indent(std::string_view body) { return std::min(body.find_first_not_of(" \t"), body.size()); }

// "commit 1234567", "Author: ..", "Date:   ..": what stands in front of a message.
bool begins_commit(std::string_view body) {
  for (const std::string_view field : {"Author:", "AuthorDate:", "Date:", "Commit:", "CommitDate:", "Merge:"})
    if (body.starts_with(field)) return true;
  return body.starts_with("commit ") && is_hash(body.substr(7));
}

// A line of a patch's hunk: "@@ -1,2 +1,20 @@" stands in front of such lines.
bool is_hunk_line(std::string_view body) {
  return body.empty() || body.front() == '+' || body.front() == '-' || body.front() == ' ' ||
         body.front() == '\\';
}

}  // namespace

bool may_be_quoted(std::string_view head) {
  return !head.empty() && (indent(head) > 0 || head.front() == '+' || head.front() == '-');
}

bool is_quoted(std::span<const Line> before, std::string_view head) {
  if (!may_be_quoted(head)) return false;
  const bool hunk = head.front() == '+' || head.front() == '-' || head.front() == ' ';
  const bool set_in = indent(head) > 0;
  bool in_hunk = hunk;
  bool blank = false;  // between the block and the line that announces it
  for (std::size_t i = before.size(); i-- > 0;) {
    const std::string_view body = before[i].body;
    if (in_hunk && body.starts_with("@@ -") && body.find(" @@", 4) != std::string_view::npos) return true;
    in_hunk = in_hunk && is_hunk_line(body);
    if (base::trim(body).empty()) {
      blank = true;
      continue;
    }
    if (set_in && indent(body) == 0) {
      if (indent(head) >= k_message_indent && begins_commit(body)) return true;
      if (blank && base::trim(body).ends_with("::")) return true;
      if (!in_hunk) return false;
    }
    if (!set_in && !in_hunk) return false;
    blank = blank && set_in && indent(body) > 0;
  }
  return false;
}

}  // namespace culprit::console
