// A report has two parents: the code that is wrong and the check that sees it. A commit that brings the second is what
// a bisection finds, and its author is the wrong one to tell. The check is compared with the report: an annotation
// counts only where the report is of the detector that reads it.

#include "history/nature/exposed.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "base/strings.h"
#include "history/nature/touched.h"

namespace culprit::history {
namespace {

constexpr std::string_view k_kind = "exposed_by";

// Which detector a report is of, by its title, and what speaks to that detector in code.
struct DetectorRow {
  std::string_view name;
  std::string_view titles;    // RE2, of a title or a report's lines
  std::string_view calls;     // RE2, of a line of code
  std::string_view switches;  // RE2, of a line of a configuration or a Makefile
};
constexpr std::array<DetectorRow, 8> k_detectors = {{
    {"lockdep",
     "(?i)possible (recursive locking|deadlock|circular locking|irq lock inversion)|inconsistent lock state|"
     "bad unlock balance|lock held when returning|lock held at|invalid wait context|held lock freed|"
     "non-static key|suspicious RCU|lockdep",
     "\\b(lockdep_\\w+|lock_map_(acquire|release)\\w*|(mutex|rwsem|spin|rwlock|seqcount|lock)_(acquire|"
     "release)\\w*|"
     "might_(lock|sleep|fault)\\w*|\\w+_(lock|trylock|down|read|write)\\w*_nested\\w*|down_(read|write)_"
     "nested|"
     "rcu_dereference_(check|protected)|rcu_lockdep_assert|RCU_LOCKDEP_WARN|DEFINE_WAIT_OVERRIDE_MAP)\\s*\\(|"
     "\\block_class_key\\b",
     "PROVE_LOCKING|LOCKDEP|DEBUG_LOCK_ALLOC|PROVE_RCU|PROVE_RAW_LOCK_NESTING|DEBUG_LOCKING"},
    {"the check for sleeping in atomic context",
     "(?i)sleeping function called from invalid context|scheduling while atomic",
     R"(\b(__?_?might_(sleep|resched|fault)\w*|might_alloc|cant_sleep|non_block_start)\s*\()",
     "DEBUG_ATOMIC_SLEEP"},
    {"KASAN", "KASAN|AddressSanitizer|heap-buffer-overflow|heap-use-after-free",
     R"(\b(kasan_\w+|__asan_\w+|ASAN_(UN)?POISON_MEMORY_REGION)\s*\()",
     "KASAN|fsanitize=\\S*(kernel-)?address"},
    {"KMSAN", "KMSAN|MemorySanitizer|uninit-value", R"(\b(kmsan_\w+|__msan_\w+)\s*\()",
     "KMSAN|fsanitize=\\S*memory"},
    {"KCSAN", "KCSAN|data-race|ThreadSanitizer", R"(\b(kcsan_\w+|ASSERT_EXCLUSIVE_\w+)\s*\()",
     "KCSAN|fsanitize=\\S*thread"},
    {"UBSAN", "UBSAN|runtime error: |array-index-out-of-bounds", R"(\b__counted_by\w*\s*\()",
     "UBSAN|fsanitize=\\S*undefined|ftrapv"},
    {"the check for leaks", "(?i)memory leak|LeakSanitizer", R"(\b(kmemleak_\w+|__lsan_\w+)\s*\()",
     "KMEMLEAK|fsanitize=\\S*leak"},
    {"the library's own checks",
     "(?i)fortify|buffer overflow detected|stack smashing|stack-protector|__glibcxx|_GLIBCXX",
     R"(\b(fortify_panic|unsafe_memcpy)\s*\()",
     "FORTIFY_SOURCE|HARDENED_USERCOPY|STACKPROTECTOR|fstack-protector|_GLIBCXX_ASSERTIONS|_GLIBCXX_DEBUG"},
}};

// What a check looks like that ends a program or prints a report when it fails.
constexpr std::string_view k_check =
    "\\b(WARN(_ON|_ONCE|_ON_ONCE|_TAINT\\w*|_RATELIMIT)?|BUG(_ON)?|VM_(BUG|WARN)_ON\\w*|\\w+_(BUG|WARN)_"
    "ON\\w*|"
    "[A-Za-z_]*(?i:assert)\\w*|abort|panic|__builtin_trap|__fortify_\\w+|CHECK(_\\w+)?|DCHECK\\w*|g_"
    "assert\\w*|unreachable)!?"
    "\\s*\\(|^\\s*assert\\s|\\braise\\s|\\bthrow\\s|\\bpanic!|\\bassert\\w*!";

// The patterns are those of the tables above: few, asked of every line.
bool is_match(const std::string& text, std::string_view pattern) {
  thread_local std::map<std::string_view, std::unique_ptr<re2::RE2>> compiled;
  std::unique_ptr<re2::RE2>& re = compiled[pattern];
  if (!re) re = std::make_unique<re2::RE2>(pattern);
  return re2::RE2::PartialMatch(text, *re);
}

bool is_comment_line(std::string_view line) {
  line = base::trim(line);
  return line.empty() || line.starts_with("//") || line.starts_with("/*") || line.starts_with("* ") ||
         line == "*" || line == "*/";
}

// "src/table.c" of "/build/x/src/table.c" and "table.c": one ends like the other, at whole names.
bool is_same_file(std::string_view printed, std::string_view path) {
  while (printed.starts_with("./")) printed.remove_prefix(2);
  const auto ends = [](std::string_view longer, std::string_view shorter) {
    return longer == shorter ||
           (longer.ends_with(shorter) && longer[longer.size() - shorter.size() - 1] == '/');
  };
  return !printed.empty() && !path.empty() &&
         (printed.size() >= path.size() ? ends(printed, path) : ends(path, printed));
}

std::string bare(std::string_view function) {
  std::size_t end = 0;
  while (end < function.size() &&
         (std::isalnum(static_cast<unsigned char>(function[end])) != 0 || function[end] == '_'))
    ++end;
  return std::string(function.substr(0, end));
}

bool has_word(const std::string& text, const std::string& word) {
  if (word.empty()) return false;
  const auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_part(text[at - 1])) && (end == text.size() || !is_part(text[end]))) return true;
  }
  return false;
}

std::string excerpt(std::string_view line) {
  constexpr std::size_t k_most = 70;
  line = base::trim(line);
  return line.size() <= k_most ? std::string(line) : std::string(line.substr(0, k_most)) + "...";
}

// The function that the report is about.
std::string function_of(const BugFacts& bug) {
  std::string function;
  re2::RE2::PartialMatch(bug.title, " (?:in|at) ([A-Za-z_]\\w*)", &function);
  return function;
}

// Whose code the report is about, where that is not the commit's.
std::string whose(const std::vector<FilePatch>& patch, const BugFacts& bug) {
  const std::string function = function_of(bug);
  if (function.empty()) return {};
  for (const FilePatch& file : patch)
    for (const auto* lines : {&file.added, &file.removed})
      for (const PatchLine& line : *lines)
        if (has_word(line.function, function) || has_word(line.text, function)) return {};
  return fmt::format("; what it sees is in {}, which this commit does not touch", function);
}

// Two added lines belong to one statement when nothing stands between them.
std::optional<model::Classified> check_that_fired(const std::vector<FilePatch>& patch, const BugFacts& bug) {
  constexpr std::size_t k_statement = 3;  // a macro's __LINE__ may be that of its last line
  for (const CheckPlace& place : fired_checks(bug.report))
    for (const FilePatch& file : patch) {
      if (!is_same_file(place.file, file.path)) continue;
      for (const PatchLine& line : file.added) {
        if (is_comment_line(line.text) || !is_match(line.text, k_check)) continue;
        const bool is_there = place.line >= line.number && place.line <= line.number + k_statement;
        const bool is_in = has_word(line.function, bare(place.function));
        if (bug.is_culprits ? !is_there : !is_in) continue;
        const bool was_there = std::ranges::any_of(file.removed, [&](const PatchLine& old) {
          return base::trim(old.text) == base::trim(line.text);
        });
        if (was_there) continue;
        return model::Classified{
            std::string(k_kind),
            fmt::format("it adds the check that fires, \"{}\" at {}:{}{}", excerpt(line.text), file.path,
                        line.number, bug.is_culprits ? "" : " (by its function)")};
      }
    }
  return std::nullopt;
}

bool is_of(const DetectorRow& row, const BugFacts& bug) {
  return is_match(bug.title, row.titles) || (bug.title.empty() && is_match(bug.report, row.titles));
}

bool is_configuration(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return name.starts_with("Kconfig") || name.starts_with("Makefile") || name == "Kbuild" ||
         name.ends_with("_defconfig") || name.ends_with(".config") || name == "CMakeLists.txt" ||
         name.ends_with(".cmake") || name.ends_with(".mk") || name == "meson.build" ||
         name == "configure.ac" || name == "configure" || name == "Cargo.toml" || name == "build.ninja" ||
         name == "SConstruct" || name == "BUILD" || name == "build.sh";
}

std::optional<model::Classified> annotation(const std::vector<FilePatch>& patch, const BugFacts& bug) {
  for (const DetectorRow& row : k_detectors) {
    if (!is_of(row, bug)) continue;
    for (const FilePatch& file : patch) {
      if (is_documentation(file.path) || is_configuration(file.path)) continue;
      for (const PatchLine& line : file.added) {
        if (is_comment_line(line.text) || !is_match(line.text, row.calls)) continue;
        const bool moved = std::ranges::any_of(file.removed, [&](const PatchLine& old) {
          return base::trim(old.text) == base::trim(line.text);
        });
        return model::Classified{
            std::string(k_kind),
            fmt::format("the bug is reported by {}, and it {} an annotation for that, \"{}\" in {}{}",
                        row.name, moved ? "moves" : "adds", excerpt(line.text), file.path,
                        whose(patch, bug))};
      }
    }
  }
  return std::nullopt;
}

// Lines of a configuration that say "on": "CONFIG_X=y", "default y", "select X", "-fsanitize=address".
std::optional<model::Classified> switched_on(const std::vector<FilePatch>& patch, const BugFacts& bug) {
  constexpr std::string_view k_on =
      "^\\s*CONFIG_\\w+=[ym1-9]|^\\s*def(ault|_bool|_tristate)\\s+[ym1-9]|^\\s*(select|imply)\\s+\\w+|"
      "-f(sanitize|stack-protector|trapv)|-D_\\w+|-DDEBUG|-UNDEBUG|^\\s*config\\s+\\w+";
  std::optional<model::Classified> any;
  for (const FilePatch& file : patch) {
    if (!is_configuration(file.path)) continue;
    for (const PatchLine& line : file.added) {
      if (base::trim(line.text).starts_with('#') || !is_match(line.text, k_on)) continue;
      const bool was_there = std::ranges::any_of(
          file.removed, [&](const PatchLine& old) { return base::trim(old.text) == base::trim(line.text); });
      if (was_there) continue;
      for (const DetectorRow& row : k_detectors)
        if (is_of(row, bug) && is_match(line.text, row.switches))
          return model::Classified{std::string(k_kind),
                                   fmt::format("it switches on {}, which reports the bug: \"{}\" in {}{}",
                                               row.name, excerpt(line.text), file.path, whose(patch, bug))};
      const bool is_default =
          is_match(line.text, R"(^\s*(CONFIG_\w+=|def(ault|_bool|_tristate)\s|(select|imply)\s))");
      if (!any && is_default && !file.is_new)
        any =
            model::Classified{"default", fmt::format("it changes what is configured by default: \"{}\" in {}",
                                                     excerpt(line.text), file.path)};
    }
  }
  return any;
}

// Nothing but configurations changed: the code was there before.
bool is_configuration_alone(const std::vector<FilePatch>& patch) {
  return std::ranges::all_of(
      patch, [](const FilePatch& f) { return is_configuration(f.path) || is_documentation(f.path); });
}

}  // namespace

namespace {

// The library's part of giving up: whoever called it did so.
bool is_giving_up(std::string_view line, const std::string& function) {
  static const re2::RE2 k_function(
      "^(_*(GI_)*(raise|abort|gsignal|assert\\w*|__pthread_kill\\w*|pthread_kill\\w*|libc_(fatal|message))|"
      "_*cxa_\\w+|_*Unwind_\\w+|std::(__1::)?(terminate|__throw_\\w+)|__cxxabiv1::\\w+|g_(assertion_message|"
      "log|"
      "error)\\w*|rust_(begin_unwind|panic)|(std|core)::panicking::\\w+|runtime\\.\\w+|"
      "_*(asan|ubsan|tsan|msan|sanitizer)_?\\w*|__(chk|stack_chk)_fail\\w*|__fortify_fail\\w*)$");
  static const re2::RE2 k_library(
      R"(\((/usr)?/lib\S*\.so[.\d]*\+|(?: at | )(\.\./|\./)*(sysdeps|nptl|stdlib|assert)/)");
  return re2::RE2::PartialMatch(function, k_function) || re2::RE2::PartialMatch(line, k_library);
}

// Where a program was when it gave up: the innermost frame that has a file and is not the library's.
struct FrameForm {
  re2::RE2 line;  // file, line and function, by name
  bool innermost_first;
};
std::optional<CheckPlace> innermost_frame(const std::string& report, const FrameForm& form) {
  std::optional<CheckPlace> found;
  const auto& groups = form.line.NamedCapturingGroups();
  for (const std::string_view line : base::split_lines(report)) {
    std::array<re2::StringPiece, 4> parts;
    if (!form.line.Match(line, 0, line.size(), re2::RE2::UNANCHORED, parts.data(),
                         static_cast<int>(parts.size())))
      continue;
    const auto part = [&](const char* name) {
      const auto at = groups.find(name);
      return at == groups.end() ? std::string() : parts[static_cast<std::size_t>(at->second)].as_string();
    };
    const auto number = base::parse_number<std::size_t>(part("line"));
    if (!number || (found && form.innermost_first) || is_giving_up(line, part("function"))) continue;
    found = CheckPlace{part("file"), *number, part("function")};
  }
  return found;
}

void add_frames(const std::string& report, std::vector<CheckPlace>& places) {
  static const std::array<FrameForm, 5> k_forms = {{
      {re2::RE2("^\\s*File \"(?P<file>[^\"]+)\", line (?P<line>\\d+), in (?P<function>\\S+)"), false},
      {re2::RE2("#\\d+ .*\\bin (?P<function>[\\w:~]+)(?: ?\\([^)]*\\))?(?: at)? "
                "(?P<file>[^\\s:()]+\\.\\w+):(?P<line>\\d+)"),
       true},
      {re2::RE2(
           "^\\s*at "
           "[\\w.$<>]*\\.(?P<function>[\\w$<>]+)\\((?P<file>\\w+\\.(?:java|kt|scala)):(?P<line>\\d+)\\)"),
       true},
      {re2::RE2(R"(^\s*at (?:(?P<function>[\w.<>]+) )?\(?(?P<file>[^\s():]+\.[cm]?[jt]s):(?P<line>\d+):\d+)"),
       true},
      {re2::RE2(R"(^\s+(?P<file>\S+\.go):(?P<line>\d+)(?P<function>))"), true},
  }};
  for (const FrameForm& form : k_forms)
    if (auto place = innermost_frame(report, form)) places.push_back(std::move(*place));
}

}  // namespace

std::vector<CheckPlace> fired_checks(const std::string& report) {
  static const std::array<re2::RE2, 4> k_places = {
      re2::RE2(R"(WARNING: (?:CPU: \d+ PID: \d+ )?at ([^\s:]+):(\d+) ?([\w.]*))"),
      re2::RE2("kernel BUG at ([^\\s:]+):(\\d+)()"),
      // glibc's "prog: file.c:12: function: Assertion `x' failed.", and what says the place after the words
      re2::RE2("(?:^|[\\s(])([^\\s:(]+\\.\\w+):(\\d+):(?:\\d+:)? ?(?:[\\w ]*?)([\\w:~<>]*)(?:\\([^)]*\\))?: "
               "?(?:[Aa]ssert|[Cc]heck|.*[Aa]ssertion)"),
      re2::RE2("(?:[Pp]anicked at|[Aa]ssert\\w* .*failed.*(?:at|in|file)|CHECK failed:?) (?:'.*', "
               ")?\"?([^\\s:\",]+)\"?[:,](?: line )?(\\d+)()"),
  };
  std::vector<CheckPlace> places;
  for (const std::string_view line : base::split_lines(report))
    for (const re2::RE2& place : k_places) {
      CheckPlace found;
      if (re2::RE2::PartialMatch(line, place, &found.file, &found.line, &found.function)) {
        places.push_back(std::move(found));
        break;
      }
    }
  // Kernels before 4.x say the function of a BUG in "RIP:".
  std::string function;
  if (!places.empty() && places.front().function.empty() &&
      re2::RE2::PartialMatch(
          report, R"(RIP: \S*?(?::\[<[0-9a-f]+>\] )?(?:\[<[0-9a-f]+>\] )?([A-Za-z_][\w.]*)\+0x)", &function))
    places.front().function = function;
  add_frames(report, places);
  return places;
}

std::vector<model::Classified> exposes(const std::vector<FilePatch>& patch, const BugFacts& bug) {
  std::vector<model::Classified> out;
  if (bug.is_fix) return out;
  if (auto check = check_that_fired(patch, bug)) out.push_back(std::move(*check));
  if (auto call = annotation(patch, bug)) out.push_back(std::move(*call));
  if (auto on = switched_on(patch, bug); on && (on->kind == k_kind || is_configuration_alone(patch)))
    out.push_back(std::move(*on));
  return out;
}

}  // namespace culprit::history
