#include "console/stack/managed_frames.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/strings.h"
#include "console/stack/program_stack.h"

namespace culprit::console {
namespace {

using model::Frame;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits(std::string_view s) {
  std::size_t n = 0;
  while (n < s.size() && is_digit(s[n])) ++n;
  return n;
}

std::uint32_t number(std::string_view s) {
  std::uint32_t value = 0;
  std::from_chars(s.data(), s.data() + s.size(), value);
  return value;
}

// "Example.Cache.Get(String k) in /srv/Cache.cs:line 42": .NET.
bool take_dotnet(std::string_view s, Frame& frame) {
  const std::size_t line = s.rfind(":line ");
  const std::size_t in = s.rfind(" in ", line);
  if (line == std::string_view::npos || in == std::string_view::npos) return false;
  frame.file = s.substr(in + 4, line - in - 4);
  frame.line = number(s.substr(line + 6));
  frame.function = s.substr(0, std::min(in, s.find('(')));
  return true;
}

// "com.example.store.Cache.size" and "Cache.java": "com/example/store/Cache.java".
std::string path_in_package(std::string_view function, std::string_view file) {
  std::size_t dot = function.rfind('.');
  if (dot != std::string_view::npos && dot > 0) dot = function.rfind('.', dot - 1);
  if (dot == std::string_view::npos || dot == 0) return std::string(file);
  std::string path(function.substr(0, dot));
  std::ranges::replace(path, '.', '/');
  return path + "/" + std::string(file);
}

// "java.base/java.util.List.get(List.java:42)", "Cache.size(Native Method)", with what a logger adds behind.
bool take_jvm(std::string_view s, Frame& frame) {
  const std::size_t open = s.find('(');
  const std::size_t close = s.find(')', open);
  if (open == std::string_view::npos || close == std::string_view::npos || open == 0) return false;
  std::string_view name = s.substr(0, open);
  const std::string_view inside = s.substr(open + 1, close - open - 1);
  if (name.find(' ') != std::string_view::npos) return false;
  if (const std::size_t slash = name.rfind('/'); slash != std::string_view::npos)
    name.remove_prefix(slash + 1);
  const std::size_t dot = inside.find('.');
  Frame place;
  const bool source = take_place(inside, place) && inside.find('/') == std::string_view::npos &&
                      dot != std::string_view::npos;
  if (!source && inside != "Native Method" && inside != "Unknown Source" && inside != "<generated>" &&
      inside != "<eval>" && !inside.ends_with(".java") && !inside.ends_with(".kt"))
    return false;
  frame.function = name;
  if (source) {
    frame.file = path_in_package(name, place.file);
    frame.line = place.line;
  }
  return true;
}

// "Store.get (/srv/store.js:42:27)", "/srv/index.js:9:20", "async Store.get (file:///srv/store.mjs:4:2)".
bool take_javascript(std::string_view s, Frame& frame) {
  if (s.starts_with("async ")) s.remove_prefix(6);
  std::string_view place = s;
  std::string_view name;
  if (const std::size_t open = s.rfind(" ("); open != std::string_view::npos && s.ends_with(')')) {
    place = s.substr(open + 2, s.size() - open - 3);
    name = s.substr(0, open);
  }
  if (place.starts_with("file://")) place.remove_prefix(7);
  const bool nowhere = !name.empty() && (place == "<anonymous>" || place == "native" ||
                                         place.starts_with("index ") || place.starts_with("eval at "));
  if (nowhere)
    frame.file = "<anonymous>";  // of the engine itself
  else if (!take_place(place, frame))
    return false;
  if (const std::size_t as = name.find(" [as "); as != std::string_view::npos) name = name.substr(0, as);
  frame.function = name;
  return true;
}

bool starts_with_any(std::string_view s, std::span<const std::string_view> prefixes) {
  return std::ranges::any_of(prefixes, [&](std::string_view p) { return s.starts_with(p); });
}

bool contains_any(std::string_view s, std::span<const std::string_view> parts) {
  return std::ranges::any_of(parts, [&](std::string_view p) { return s.contains(p); });
}

}  // namespace

std::string_view base_of_path(std::string_view path) {
  const std::size_t slash = path.find_last_of("/\\");
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool take_place(std::string_view place, Frame& frame) {
  place = base::trim(place);
  for (int i = 0; i < 2; ++i) {
    const std::size_t colon = place.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    const std::string_view last = place.substr(colon + 1);
    if (last.empty() || digits(last) != last.size()) return false;
    frame.line = number(last);
    const std::string_view file = place.substr(0, colon);
    const std::size_t before = file.rfind(':');
    const bool column = before != std::string_view::npos && before > 0 && before + 1 < file.size() &&
                        digits(file.substr(before + 1)) == file.size() - before - 1;
    if (!column) {
      frame.file = file;
      return true;
    }
    place = file;
  }
  return false;
}

std::optional<Frame> parse_python_frame(std::string_view body) {
  static constexpr std::string_view k_line = "\", line ";
  std::string_view s = base::trim(body);
  if (!s.starts_with("File \"")) return std::nullopt;
  s.remove_prefix(6);
  const std::size_t quote = s.find(k_line);
  if (quote == std::string_view::npos) return std::nullopt;
  Frame frame;
  frame.file = s.substr(0, quote);
  s.remove_prefix(quote + k_line.size());
  frame.line = number(s);
  if (frame.line == 0) return std::nullopt;
  s.remove_prefix(digits(s));
  if (s.starts_with(',')) s.remove_prefix(1);
  if (s.starts_with(" in ")) frame.function = base::trim(s.substr(4));
  return frame;
}

std::optional<Frame> parse_at_frame(std::string_view body) {
  const std::string_view s = base::trim(body);
  if (s.size() == body.size() || !s.starts_with("at ")) return std::nullopt;
  const std::string_view rest = base::trim(s.substr(3));
  Frame frame;
  if (take_dotnet(rest, frame) || take_jvm(rest, frame) || take_javascript(rest, frame)) return frame;
  const std::size_t open = rest.find('(');  // .NET without debug information
  if (open == std::string_view::npos || open == 0 || !rest.ends_with(')')) return std::nullopt;
  if (rest.substr(0, open).find_first_of(" :") != std::string_view::npos) return std::nullopt;
  frame.function = rest.substr(0, open);
  return frame;
}

std::optional<Frame> parse_script_frame(std::string_view body) {
  std::string_view s = base::trim(body);
  Frame frame;
  if (const std::size_t called = s.find(" called at "); called != std::string_view::npos) {
    const std::size_t line = s.rfind(" line ");
    if (line == std::string_view::npos || line < called) return std::nullopt;
    frame.function = s.substr(0, std::min(called, s.find('(')));
    frame.file = s.substr(called + 11, line - called - 11);
    frame.line = number(s.substr(line + 6));
    return frame;
  }
  if (s.starts_with('#')) {  // PHP
    const std::size_t n = digits(s.substr(1));
    const std::size_t close = s.find("): ");
    const std::size_t open = s.rfind('(', close);
    if (n == 0 || close == std::string_view::npos || open == std::string_view::npos || open < n + 2)
      return std::nullopt;
    frame.file = s.substr(n + 2, open - n - 2);
    frame.line = number(s.substr(open + 1));
    const std::string_view call = s.substr(close + 3);
    frame.function = call.substr(0, call.find('('));
    return frame;
  }
  if (s.starts_with("from ")) s.remove_prefix(5);
  const std::size_t in = s.find(":in ");
  if (in == std::string_view::npos || in + 5 >= s.size()) return std::nullopt;
  if (!take_place(s.substr(0, in), frame)) return std::nullopt;
  s.remove_prefix(in + 5);  // behind the quote
  frame.function = s.substr(0, s.find('\''));
  for (const std::string_view inner : {"block in ", "rescue in ", "ensure in "})
    if (frame.function.starts_with(inner)) frame.function.erase(0, inner.size());
  if (const std::size_t levels = frame.function.rfind(") in "); levels != std::string::npos)
    frame.function.erase(0, levels + 5);  // "block (2 levels) in each"
  return frame;
}

bool is_own_frame(const Frame& frame) {
  static constexpr std::string_view k_packages[] = {"java.",
                                                    "javax.",
                                                    "jdk.",
                                                    "sun.",
                                                    "com.sun.",
                                                    "org.junit.",
                                                    "junit.",
                                                    "org.testng.",
                                                    "org.hamcrest.",
                                                    "org.assertj.",
                                                    "org.opentest4j.",
                                                    "org.mockito.",
                                                    "org.gradle.",
                                                    "org.apache.maven.",
                                                    "kotlin.",
                                                    "kotlinx.",
                                                    "scala.",
                                                    "groovy.",
                                                    "clojure.lang.",
                                                    "clojure.core$",
                                                    "clojure.main$",
                                                    "clojure.main.",
                                                    "clojure.test$",
                                                    "org.codehaus.groovy.",
                                                    "System.",
                                                    "Microsoft.",
                                                    "Xunit.",
                                                    "NUnit.",
                                                    "MSTest.",
                                                    "PHPUnit",
                                                    "Module._",
                                                    "Kernel#",
                                                    "Kernel.",
                                                    "Minitest::",
                                                    "RSpec::"};
  static constexpr std::string_view k_starts[] = {"node:",           "internal/",    "<frozen ",
                                                  "/usr/lib/python", "<internal:",   "<anonymous>",
                                                  "/usr/share/perl", "/usr/lib/ruby"};
  static constexpr std::string_view k_parts[] = {"/node_modules/", "/site-packages/", "/dist-packages/",
                                                 "/lib/python",    "/gems/",          "/vendor/phpunit/",
                                                 "/perl5/",        "/lib/ruby/"};
  if (starts_with_any(frame.function, k_packages) || frame.function.contains("$$Lambda")) return false;
  if (starts_with_any(frame.file, k_starts) || contains_any(frame.file, k_parts)) return false;
  if (frame.file.starts_with("node_modules/") || is_runtime_file(frame.file)) return false;
  return !frame.file.empty() || (!frame.function.empty() && !is_runtime_function(frame.function));
}

std::string place_of_frame(const Frame& frame) {
  std::string_view f = frame.function;
  const bool nowhere = f.empty() || f == "<module>" || f == "<main>" || f == "<anonymous>" || f == "main::" ||
                       f == "Object.<anonymous>" || f == "{main}" || f == "<top (required)>" || f == "eval" ||
                       f == "<lambda>" || f == "<listcomp>" || f == "<genexpr>" || f == "<dictcomp>";
  if (nowhere) return std::string(base_of_path(frame.file));
  if (f.starts_with("new ")) f.remove_prefix(4);
  if (const std::size_t lambda = f.rfind("lambda$"); lambda != std::string_view::npos) {  // "lambda$run$0"
    const std::size_t tail = f.rfind('$');
    if (tail > lambda + 7 && digits(f.substr(tail + 1)) == f.size() - tail - 1) f = f.substr(0, tail);
  }
  return std::string(f);
}

}  // namespace culprit::console
