// Scripting languages print the place in front of the message (Ruby) or behind it (PHP, Perl), and the calls
// below it with the place of each call.
#include <algorithm>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "console/programs/interpreters.h"
#include "console/stack/managed_frames.h"

namespace culprit::console {
namespace {

using model::Frame;

constexpr std::size_t k_most_lines = 2000;  // of one report

// "x.pl line 3" or "x.php on line 3".
Frame frame_of_words(std::string_view text) {
  Frame frame;
  const std::size_t line = text.rfind(" line ");
  if (line == std::string_view::npos) {
    take_place(text, frame);
    return frame;
  }
  std::string_view file = text.substr(0, line);
  if (file.ends_with(" on")) file.remove_suffix(3);
  frame.file = file;
  frame.line = base::parse_number<std::uint32_t>(text.substr(line + 6)).value_or(0);
  return frame;
}

// Functions of the interpreter itself stand where they are called: they are not at fault.
void drop_builtins(std::vector<Frame>& frames) {
  while (frames.size() > 1 && frames[0].file == frames[1].file && frames[0].line == frames[1].line)
    frames.erase(frames.begin());
}

void take_frames(std::vector<Frame> frames, Said& said) {
  blame_frames(frames, said);
  said.stacks.push_back({.kind = model::StackKind::crash, .heading = {}, .frames = std::move(frames)});
}

bool is_exception_head(std::string_view body) {
  return !body.empty() && body.front() != '\t' && body.ends_with(')') && body.contains("': ");
}

}  // namespace

bool read_ruby(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  const bool exception = match.rule->id == "program/ruby-exception";
  std::vector<Frame> frames;
  const auto start = [&](std::string_view place) {
    frames.clear();
    Frame plain;
    if (const auto frame = parse_script_frame(place))
      frames.push_back(*frame);
    else if (take_place(place, plain))
      frames.push_back(plain);
  };
  start(match.function);
  said.what = plain_words(match.head[2]);
  said.lines = 1;
  for (std::size_t i = 1; exception && i < std::min(lines.size(), k_most_lines); ++i) {
    const std::string_view body = lines[i].body;
    if (indent_of(body) > 0 && base::trim(body).starts_with("from ")) {
      if (const auto frame = parse_script_frame(body)) frames.push_back(*frame);
      said.lines = i + 1;
    } else if (is_exception_head(body) && said.lines == i) {  // what caused it
      const std::size_t open = body.rfind('(');
      said.other.push_back(said.what);
      said.what = body.substr(open + 1, body.size() - open - 2);
      start(body.substr(0, body.find("': ") + 1));
      said.lines = i + 1;
    }
  }
  if (frames.empty()) return false;
  drop_builtins(frames);
  take_frames(std::move(frames), said);
  return true;
}

bool holds_ruby(const Rule& next, std::string_view, std::string_view text, std::string_view) {
  const std::string_view end = base::trim(text);
  const std::size_t line = end.rfind('\n');
  return next.id == "program/ruby-exception" && line != std::string_view::npos &&
         end.substr(line).contains("from ");
}

bool read_php(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  said.what = plain_words(match.head[1]);
  std::vector<Frame> frames = {frame_of_words(match.function)};
  said.lines = 1;
  bool behind = false;  // of the first exception: "Next X" was caused by it
  for (std::size_t i = 1; i < std::min(lines.size(), k_most_lines); ++i) {
    const std::string_view text = base::trim(lines[i].body);
    if (text.starts_with("thrown in ")) {
      if (frames[0].file.empty()) {
        const Frame thrown = frame_of_words(text.substr(10));
        frames[0].file = thrown.file;
        frames[0].line = thrown.line;
      }
      said.lines = i + 1;
      behind = true;  // what else there is, is the copy in the log
    }
    if (text.starts_with("Next ")) behind = true;
    const auto frame = behind ? std::nullopt : parse_script_frame(lines[i].body);
    if (!frame || !text.starts_with('#')) continue;
    frames.back().function = frame->function;
    frames.push_back(*frame);
    frames.back().function.clear();
  }
  if (frames[0].file.empty()) return false;
  drop_builtins(frames);
  take_frames(std::move(frames), said);
  return true;
}

bool holds_php(const Rule& next, std::string_view head, std::string_view, std::string_view body) {
  // The error log's copy.
  const auto message = [](std::string_view s) {
    return base::trim(s.substr(std::min(s.find("rror:"), s.size() - 5) + 5));
  };
  return next.id.starts_with("program/php") && head.size() > 5 && body.size() > 5 &&
         message(head) == message(body);
}

bool read_perl(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  const std::string_view message = match.head[1];
  said.what = plain_words(message.substr(0, message.find(" (")));
  std::vector<Frame> frames = {frame_of_words(match.function)};
  said.lines = 1;
  for (std::size_t i = 1; i < std::min(lines.size(), k_most_lines); ++i) {
    const auto frame = indent_of(lines[i].body) > 0 ? parse_script_frame(lines[i].body) : std::nullopt;
    if (!frame || !lines[i].body.contains(" called at ")) break;
    frames.back().function = frame->function;
    frames.push_back(*frame);
    frames.back().function.clear();
    said.lines = i + 1;
  }
  take_frames(std::move(frames), said);
  return true;
}

bool holds_perl(const Rule& next, std::string_view, std::string_view text, std::string_view) {
  return next.id == "program/perl-die" && std::ranges::count(text, '\n') < 12;
}

}  // namespace culprit::console
