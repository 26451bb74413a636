// A name counts as an interface by where the commit adds it: within a string (a /proc file, an option, a word of a
// command), as a macro or an enumerator, as a function that begins a line. Names that merely coincide (a variable that
// both have) are in none of these, and what the parent has anywhere is not new.

#include "history/nature/interface.h"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>

#include "base/strings.h"
#include "history/nature/touched.h"

namespace culprit::history {
namespace {

constexpr std::size_t k_shortest = 4;  // letters: shorter names coincide too often
constexpr std::size_t k_most_asked = 24;

bool is_of_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }

// Names of letters, digits, "_" and inner "-"; "--stats" is "stats".
std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_of_word(text[end])) ++end;
    std::string_view word = text.substr(at, end - at);
    while (word.starts_with('-')) word.remove_prefix(1);
    while (word.ends_with('-')) word.remove_suffix(1);
    const bool named =
        std::ranges::any_of(word, [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
    if (word.size() >= k_shortest && named) {
      words.emplace(word);
      for (const std::string_view prefix : {"__NR_", "SYS_"})
        if (const auto call = base::strip_prefix(word, prefix)) words.emplace(*call);
    }
    at = end + 1;
  }
  return words;
}

// What a string makes known: a name, a format of some words ("add %s"). Of a sentence (help, a docstring, a message) the
// options and paths in it alone: its other words are everyday ones.
std::set<std::string> known_by(std::string_view text) {
  constexpr std::size_t k_sentence = 4;  // words
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find_first_not_of(" \t[]()|,=:", at);
    if (begin == std::string_view::npos) break;
    at = std::min(text.find_first_of(" \t[]()|,=:", begin), text.size());
    words.push_back(text.substr(begin, at - begin));
  }
  if (words.size() < k_sentence) return words_of(text);
  std::set<std::string> known;
  for (const std::string_view word : words)
    if (word.starts_with('-') || word.starts_with('/')) known.merge(words_of(word));
  return known;
}

// What a line of code makes known to the outside.
std::set<std::string> offers(const std::string& line, std::string_view path) {
  static const re2::RE2 k_string(R"lit("((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.){2,})')lit");
  static const re2::RE2 k_macro(R"(^\s*#\s*define\s+(\w+))");
  static const re2::RE2 k_enumerator("^\\s+([A-Z][A-Z0-9_]{3,})\\s*(?:=[^=;]*)?,");
  static const re2::RE2 k_function(
      "^(?:(?:[A-Za-z_][\\w:<>]*[\\s*&]+)+|\\s*(?:pub |async |export "
      ")*(?:def|fn|func|function|sub)\\s+(?:\\([^)]*\\)\\s*)?)([A-Za-z_]\\w*)\\s*\\(");
  static const re2::RE2 k_syscall(R"(SYSCALL_DEFINE\d\((\w+))");
  std::set<std::string> out;
  std::string name, other;
  re2::StringPiece rest = line;
  while (re2::RE2::FindAndConsume(&rest, k_string, &name, &other))
    out.merge(known_by(name.empty() ? other : name));
  for (const re2::RE2* re : {&k_macro, &k_syscall, &k_enumerator})
    if (re2::RE2::PartialMatch(line, *re, &name)) out.insert(name);
  const bool is_private = line.starts_with("static ") && !path.ends_with(".h");
  if (!is_private && re2::RE2::PartialMatch(line, k_function, &name)) out.insert(name);
  return out;
}

bool is_remark(std::string_view line) {
  line = base::trim(line);
  return line.empty() || line.starts_with("//") || line.starts_with("/*") || line.starts_with("* ") ||
         line.starts_with("# ");
}

// Those of `names` that the tree of `parent` has nowhere as a word, but for the files that are the reproducer.
base::Result<std::set<std::string>> absent(const Git& git, const model::CommitId& parent,
                                           std::set<std::string> names, const std::vector<std::string>& run) {
  if (names.empty()) return names;
  std::vector<std::string> args{"grep", "-h", "-o", "-w", "-I", "-F", "--no-color"};
  for (const std::string& name : names) args.insert(args.end(), {"-e", name});
  args.insert(args.end(), {parent.hex(), "--", ":(top)"});
  for (const std::string& file : run) args.push_back(":(top,exclude,literal)" + file);
  const auto end = CULPRIT_TRY(git.run(std::move(args)));
  if (end.exit_code > 1) return std::set<std::string>{};  // nobody knows
  for (const std::string_view line : base::split_lines(end.output)) names.erase(std::string(line));
  return names;
}

struct Offer {
  std::string name, path;
};

bool is_code(const FilePatch& file, const BugFacts& bug) {
  return !is_documentation(file.path) && !is_test(file.path) &&
         std::ranges::find(bug.run, file.path) == bug.run.end();
}

base::Result<std::vector<Offer>> called_by_reproducer(const Git& git, const model::CommitId& parent,
                                                      const std::vector<FilePatch>& patch,
                                                      const BugFacts& bug) {
  std::vector<Offer> offered;
  if (bug.reproducer.empty()) return offered;
  const std::set<std::string> used = words_of(bug.reproducer);
  std::set<std::string> names;
  for (const FilePatch& file : patch) {
    if (!is_code(file, bug)) continue;
    for (const PatchLine& line : file.added) {
      if (is_remark(line.text)) continue;
      for (const std::string& name : offers(line.text, file.path))
        if (used.contains(name) && names.size() < k_most_asked && names.insert(name).second)
          offered.push_back({name, file.path});
    }
  }
  const auto fresh = CULPRIT_TRY(absent(git, parent, std::move(names), bug.run));
  std::erase_if(offered, [&](const Offer& offer) { return !fresh.contains(offer.name); });
  return offered;
}

// A function on the stack that the commit defines and hands to whoever calls it by pointer.
base::Result<std::vector<Offer>> entered_through(const Git& git, const model::CommitId& parent,
                                                 const std::vector<FilePatch>& patch, const BugFacts& bug) {
  std::vector<Offer> entries;
  std::set<std::string> names;
  for (const std::string& function : functions_on_stack(bug.report)) {
    const re2::RE2 defined(R"(^[A-Za-z_][\w\s*]*[\s*])" + function + "\\s*\\(");
    const re2::RE2 given("[=,({]\\s*&?" + function + R"(\s*[,;)}]|SYSCALL_DEFINE\d\()" + function + "\\b");
    for (const FilePatch& file : patch) {
      if (!is_code(file, bug)) continue;
      const auto has = [&](const re2::RE2& re) {
        return std::ranges::any_of(file.added,
                                   [&](const PatchLine& l) { return re2::RE2::PartialMatch(l.text, re); });
      };
      if (has(defined) && has(given) && names.insert(function).second)
        entries.push_back({function, file.path});
    }
  }
  const auto fresh = CULPRIT_TRY(absent(git, parent, std::move(names), {}));
  std::erase_if(entries, [&](const Offer& entry) { return !fresh.contains(entry.name); });
  return entries;
}

}  // namespace

std::vector<std::string> functions_on_stack(const std::string& report) {
  static const re2::RE2 k_kernel(R"(\b([A-Za-z_]\w*)(?:\.[\w.]+)?\+0x[0-9a-f]+/0x[0-9a-f]+)");
  static const re2::RE2 k_inlined(R"(^(?:\[[^\]]*\])?\s*([A-Za-z_]\w*) \S+:\d+ \[inline\])");
  std::vector<std::string> out;
  for (const std::string_view line : base::split_lines(report)) {
    std::string name;
    if ((re2::RE2::PartialMatch(line, k_kernel, &name) || re2::RE2::PartialMatch(line, k_inlined, &name)) &&
        std::ranges::find(out, name) == out.end())
      out.push_back(name);
  }
  return out;
}

base::Result<std::vector<model::Classified>> brings_interface(const Git& git, const model::CommitId& parent,
                                                              const std::vector<FilePatch>& patch,
                                                              const BugFacts& bug) {
  std::vector<model::Classified> out;
  if (bug.is_fix) return out;
  const auto used = CULPRIT_TRY(called_by_reproducer(git, parent, patch, bug));
  if (!used.empty()) {
    out.push_back(
        {"new_interface",
         fmt::format("the reproducer uses \"{}\", which this commit adds ({}) and its parent has nowhere: "
                     "before, there was nothing to show the bug with",
                     used.front().name, used.front().path)});
    return out;
  }
  const auto entries = CULPRIT_TRY(entered_through(git, parent, patch, bug));
  if (!entries.empty())
    out.push_back(
        {"new_interface",
         fmt::format(
             "the report's stack comes in through {}, an entry that this commit adds ({}): before, the "
             "feature was absent",
             entries.back().name, entries.back().path)});
  return out;
}

}  // namespace culprit::history
