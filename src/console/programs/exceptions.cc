// Exceptions of virtual machines: a name, perhaps a message of several lines, a stack
// innermost first, and the exceptions that caused it. A wrapper says where the failure was noticed; what
// explains it is the innermost cause, so that is what the report is called.
#include <algorithm>
#include <cctype>
#include <utility>

#include "base/strings.h"
#include "console/programs/interpreters.h"
#include "console/stack/managed_frames.h"
#include "console/stack/program_stack.h"

namespace culprit::console {
namespace {

using model::Frame;

constexpr std::size_t k_node_lines = 200;    // in which Node's own last line is looked for
constexpr std::size_t k_message_lines = 40;  // that a message may have in front of the stack

struct Thrown {
  std::string name;
  std::vector<Frame> frames;  // innermost first
};

// The name at the beginning of "java.io.IOException: text", "TypeError [ERR_X]: text", "System.Exception".
std::string_view name_at(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && (std::isalnum(static_cast<unsigned char>(text[n])) != 0 || text[n] == '_' ||
                             text[n] == '.' || text[n] == '$' || text[n] == '`'))
    ++n;
  if (n == 0 || std::isdigit(static_cast<unsigned char>(text[0])) != 0) return {};
  const std::string_view rest = text.substr(n);
  if (!rest.empty() && rest.front() != ':' && !rest.starts_with(" [") && !rest.starts_with(" (")) return {};
  return text.substr(0, n);
}

// What a cause is announced by.
std::string_view cause_in(std::string_view text) {
  for (const std::string_view mark : {"Caused by: ", "---> ", "[cause]: "})
    if (text.starts_with(mark)) return name_at(text.substr(mark.size()));
  return {};
}

bool is_pause(std::string_view text) {
  return text.empty() || text.starts_with("... ") || text.starts_with("Suppressed: ") ||
         text.starts_with("--- End of") || text.starts_with("{") || text.starts_with("}") ||
         text.starts_with("code: ") || text.starts_with("errno: ");
}

// Reads stacks and causes from lines[first] on. The last cause that has a stack is at the end.
std::vector<Thrown> chain_of(std::string_view name, std::span<const Line> lines, std::size_t first,
                             std::size_t* end) {
  std::vector<Thrown> chain = {{std::string(name), {}}};
  std::size_t message = 0;
  bool closed = false;  // .NET: the frames behind an inner exception's are those of the outer
  for (std::size_t i = first; i < lines.size(); ++i) {
    const std::string_view body = lines[i].body;
    const std::string_view text = base::trim(body);
    if (const std::string_view cause = cause_in(text); !cause.empty()) {
      chain.push_back({std::string(cause), {}});
      message = 0;
    } else if (const auto frame = parse_at_frame(body)) {
      if (!closed) chain.back().frames.push_back(*frame);
    } else if (text.starts_with("--- End of inner")) {
      closed = true;
    } else {
      const bool past = !is_pause(text) && !chain.back().frames.empty();
      if (past || ++message > k_message_lines) break;
      continue;
    }
    *end = i + 1;
  }
  return chain;
}

void take_chain(std::vector<Thrown> chain, Said& said) {
  while (chain.size() > 1 && chain.back().frames.empty()) {  // a cause whose stack is lost still has its name
    said.other.push_back(chain.back().name);
    chain.pop_back();
  }
  said.what = chain.back().name;
  blame_frames(chain.back().frames, said);
  for (std::size_t i = chain.size(); i-- > 0;) {
    if (chain[i].name != said.what) said.other.push_back(chain[i].name);
    if (chain[i].frames.empty()) continue;
    said.stacks.push_back({.kind = i + 1 == chain.size() ? model::StackKind::crash : model::StackKind::other,
                           .heading = {},
                           .frames = std::move(chain[i].frames)});
  }
}

bool is_carets(std::string_view body) {
  const std::string_view text = base::trim(body);
  return !text.empty() && text.find_first_not_of('^') == std::string_view::npos;
}

}  // namespace

bool read_exception(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  std::size_t end = 1;
  std::vector<Thrown> chain = chain_of(match.head[1], lines, 1, &end);
  said.lines = end;
  if (const std::size_t inner = lines[0].body.find(" ---> "); inner != std::string_view::npos) {  // mono
    const std::string_view name = name_at(lines[0].body.substr(inner + 6));
    if (!name.empty()) chain.front().name = name;
  }
  take_chain(std::move(chain), said);
  return true;
}

bool read_android(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  std::size_t end = match.detail_line + 1;
  take_chain(chain_of(match.detail[1], lines, end, &end), said);
  said.lines = end;
  return true;
}

bool read_hs_err(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  said.what = match.head[1];
  Frame internal;
  if (take_place(match.function, internal)) {  // "Internal Error (g1CollectedHeap.cpp:42)"
    said.file = internal.file;
    said.line = internal.line;
    said.where = internal.file;
  }
  for (std::size_t i = 1; i + 1 < std::min<std::size_t>(lines.size(), 24); ++i) {
    if (!lines[i].body.starts_with("# Problematic frame:")) continue;
    std::string_view s = base::trim(lines[i + 1].body.substr(1));
    Frame frame;
    if (const std::size_t close = s.find("]  ");
        close != std::string_view::npos) {  // "V  [libjvm.so+0x1]  f()+0x2"
      const std::size_t open = s.find('[');
      frame.module = s.substr(open + 1, s.find('+', open) - open - 1);
      s = s.substr(close + 3);
      if (const std::size_t plus = s.rfind("+0x"); plus != std::string_view::npos) s = s.substr(0, plus);
      frame.function = without_arguments(s);
    } else if (s.starts_with("J ")) {  // "J 42 C2 pkg.Class.method(I)V (12 bytes) @ 0x..."
      const std::size_t paren = s.find('(');
      const std::size_t blank = s.rfind(' ', paren);
      if (paren != std::string_view::npos && blank != std::string_view::npos)
        frame.function = s.substr(blank + 1, paren - blank - 1);
    } else if (s.starts_with("j ")) {
      frame.function = base::trim(s.substr(2, s.find('(') - 2));
    }
    if (frame.function.empty()) frame.function = frame.module;
    if (frame.function.empty()) continue;
    said.where = frame.function;
    said.stacks.push_back({.kind = model::StackKind::crash, .heading = {}, .frames = {frame}});
  }
  return true;
}

bool read_node(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  const bool trailer = std::any_of(
      lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(std::min(lines.size(), k_node_lines)),
      [](const Line& l) { return l.body.starts_with("Node.js v"); });
  std::size_t i = 1;
  const std::size_t near = std::min<std::size_t>(lines.size(), 12);
  while (i < near && !is_carets(lines[i].body)) ++i;
  if (i < near) {
    ++i;
    while (i < lines.size() && is_blank(lines[i].body)) ++i;
  } else if (trailer) {  // a syntax error at the end of the file has no mark
    for (i = 1; i < near && exception_in(lines[i].body).empty();) ++i;
  }
  if (i >= near) return false;
  std::string_view text = lines[i].body;
  if (text.starts_with("Uncaught ")) text.remove_prefix(9);
  if (text.starts_with('[')) text.remove_prefix(1);  // "[UnhandledPromiseRejection: ...] {"
  std::string_view name = name_at(text);
  if (name.empty()) name = "uncaught exception";
  std::size_t end = i + 1;
  std::vector<Thrown> chain = chain_of(name, lines, i + 1, &end);
  if (chain.front().frames.empty() && !trailer) return false;
  said.lines = end;
  take_chain(std::move(chain), said);
  Frame head;
  if (!take_place(match.head[1], head)) return true;
  if (head.file.starts_with("file://")) head.file.erase(0, 7);
  const bool own = is_own_frame(head);
  if (own && (said.file.empty() || said.what == "SyntaxError")) {
    said.file = head.file;
    said.line = head.line;
    said.where = std::string(base_of_path(head.file));
  }
  return true;
}

bool read_bun(std::span<const Line> before, std::span<const Line>, const Match&, Said& said) {
  const std::size_t least = before.size() - std::min(before.size(), k_node_lines - 1);
  for (std::size_t i = before.size(); i > least;) {
    --i;
    std::string_view text = before[i].body;
    if (text.starts_with("error: ")) text.remove_prefix(7);
    const bool thrown =
        i + 1 < before.size() && parse_at_frame(before[i + 1].body) && !parse_at_frame(before[i].body);
    if (!thrown) continue;
    const std::string_view name = name_at(text);
    std::size_t end = i + 1;
    take_chain(chain_of(name.empty() ? "uncaught exception" : name, before, i + 1, &end), said);
    said.from = i;
    said.lines = 1;
    return true;
  }
  return false;
}

}  // namespace culprit::console
