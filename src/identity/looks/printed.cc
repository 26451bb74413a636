// Lines that failures print and quiet runs do not are what a person compares. A line says the more, the fewer runs print
// it; with a handful of revisions that is known of two classes only: lines of quiet runs (they say nothing) and the rest,
// of which those with the words of a failure ("cannot", "corrupt") say most. Two lines are one where most of their words
// are: a message is reworded in history. Rejected: edit distance over characters, for which "port N" and "row N" are near.
#include "identity/looks/printed.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "console/programs/shape.h"
#include "identity/looks/tuning.h"

namespace culprit::identity {
namespace {

// How lines begin that come with every failure of a runner or a build tool, whatever failed.
constexpr auto k_common = std::to_array<std::string_view>({
    "Traceback (most recent call last)",
    "FAILED (",
    "FAILED",
    "Ran N test",
    "make: ***",
    "make[N]:",
    "make: ",
    "FAIL",
    "npm ERR!",
    "exit status N",
    "collect2: error",
    "ninja: build stopped",
    "Error N",
    "Test Suites:",
    "Tests:",
    "Snapshots:",
    "Time:",
    "test result:",
    "error: test failed",
    "stack backtrace",
    "note: run with",
    "failures:",
    "Node.js v",
    "# tests",
    "# pass",
    "# fail",
    "# Looks like",
    "N failed",
    "N passed",
    "During handling",
    "The above exception",
    "BUILD FAILED",
    "Finished in",
    "compilation terminated",
    "error: could not compile",
    "platform linux",
    "rootdir:",
    "collected N",
    "test session starts",
    "short test summary",
    "cc1:",
    "ERRORS",
    "FAILURES",
    "at Object.<anonymous>",
    "at Module._",
    "at node:internal",
    "at Function.",
    "at processTicks",
    "throw ",
});

bool is_common(std::string_view shape) {
  while (!shape.empty() && std::isalnum(static_cast<unsigned char>(shape.front())) == 0)
    shape.remove_prefix(1);
  return std::ranges::any_of(k_common, [&](std::string_view words) { return shape.starts_with(words); });
}

// "at load (app.js:N:N)", "File "app.py", line N, in load", "#N H in main".
bool is_frame(std::string_view shape) {
  return shape.starts_with("at ") || shape.starts_with("File \"") || shape.starts_with("#N ") ||
         shape.starts_with("from ");
}

// Words that every message may have, or lose when it is reworded: articles, prepositions, auxiliaries, the label of a message.
constexpr auto k_function_words = std::to_array<std::string_view>(
    {"a",     "an",  "and",  "are",  "as",  "at",   "be", "been", "by",   "error",
     "fatal", "for", "from", "had",  "has", "have", "in", "is",   "it",   "its",
     "of",    "on",  "or",   "that", "the", "this", "to", "was",  "were", "with"});
static_assert(std::ranges::is_sorted(k_function_words));

// What a language's library puts in front of a program's own words.
constexpr auto k_prefaces =
    std::to_array<std::string_view>({"` on an `Err` value: ", "is not true : ", "is not false : "});

std::vector<std::string> words_in(std::string_view shape) {
  for (const std::string_view preface : k_prefaces)
    if (const std::size_t at = shape.find(preface); at != std::string_view::npos)
      shape.remove_prefix(at + preface.size());
  std::vector<std::string> words;
  std::string word;
  for (const char c : shape) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
        (static_cast<unsigned char>(c) & 0x80U) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  std::ranges::sort(words);
  words.erase(std::ranges::unique(words).begin(), words.end());
  // Numbers were taken out; that there was one says nothing.
  std::erase_if(words, [](const std::string& w) { return w == "n" || w == "h" || w == "tmp"; });
  const auto is_function_word = [](const std::string& w) {
    return std::ranges::binary_search(k_function_words, std::string_view(w));
  };
  const auto others = words.size() - static_cast<std::size_t>(std::ranges::count_if(words, is_function_word));
  if (others >= 2) std::erase_if(words, is_function_word);
  return words;
}

double likeness_of(const PrintedLine& a, const PrintedLine& b) {
  if (a.shape == b.shape) return 1;
  std::size_t common = 0;
  for (std::size_t i = 0, j = 0; i < a.words.size() && j < b.words.size();) {
    const int order = a.words[i].compare(b.words[j]);
    common += order == 0;
    i += order <= 0;
    j += order >= 0;
  }
  const std::size_t all = a.words.size() + b.words.size() - common;
  const double share = all == 0 ? 0 : static_cast<double>(common) / static_cast<double>(all);
  return share >= k_same_line ? share : 0;
}

std::vector<const PrintedLine*> without(const std::vector<PrintedLine>& lines, const QuietLines& quiet) {
  std::vector<const PrintedLine*> out;
  for (const PrintedLine& line : lines)
    if (!quiet.hashes.contains(line.hash)) out.push_back(&line);
  return out;
}

// Adds what of `lines` is in `others`: weights, and the line that says most of what is, and of what is not.
struct Found {
  double all = 0, common = 0;
  const PrintedLine* both = nullptr;
  const PrintedLine* only = nullptr;
};
Found look_for(const std::vector<const PrintedLine*>& lines, const std::vector<const PrintedLine*>& others) {
  Found found;
  for (const PrintedLine* line : lines) {
    double best = 0;
    for (const PrintedLine* other : others) best = std::max(best, likeness_of(*line, *other));
    found.all += line->weight;
    found.common += best * line->weight;
    const PrintedLine*& most = best > 0 ? found.both : found.only;
    if (most == nullptr || line->weight >= most->weight) most = line;
  }
  return found;
}

// The last steady line that has nothing like it among `others`, rather one with the words of a failure.
const PrintedLine* own_reason(const std::vector<const PrintedLine*>& lines,
                              const std::vector<const PrintedLine*>& others, const SteadyLines& steady) {
  const PrintedLine* own = nullptr;
  for (const PrintedLine* line : lines) {
    if (line->is_code || !steady.has(line->shape)) continue;
    if (std::ranges::any_of(others, [&](const PrintedLine* other) { return likeness_of(*line, *other) > 0; }))
      continue;
    if (own == nullptr || line->weight >= own->weight) own = line;
  }
  return own;
}

}  // namespace

bool SteadyLines::is_steady(const std::string& shape) const {
  bool twice = false;
  for (const auto& [where, place] : m_places) {
    const auto line = place.lines.find(shape);
    if (line == place.lines.end()) continue;
    if (line->second < place.runs) return false;
    twice = twice || place.runs >= 2;
  }
  return twice;
}

void SteadyLines::add(const std::string& where, const std::vector<std::string>& shapes) {
  Place& place = m_places[where];
  ++place.runs;
  for (const std::string& shape : std::unordered_set<std::string>(shapes.begin(), shapes.end()))
    ++place.lines[shape];
  for (const auto& [shape, runs] : place.lines) {
    const bool steady = is_steady(shape);
    m_version += steady ? m_steady.insert(shape).second : m_steady.erase(shape);
  }
}

std::vector<PrintedLine> telling_lines(const std::vector<std::string>& shapes) {
  std::vector<PrintedLine> out;
  bool quoted = false;  // by a frame of Python, the source
  for (const std::string& shape : shapes) {
    const bool is_code = quoted || is_frame(shape);
    quoted = shape.starts_with("File \"");
    if (is_common(shape)) continue;
    PrintedLine line{.shape = shape, .hash = console::hash_of_shape(shape), .words = words_in(shape)};
    if (line.words.empty()) continue;
    line.is_code = is_code;
    line.weight = is_frame(shape) ? k_frame_line : console::tells_of_failure(shape) ? k_failure_line : 1;
    out.push_back(std::move(line));
  }
  return out;
}

PrintedLikeness compare_printed(const std::vector<PrintedLine>& a, const std::vector<PrintedLine>& b,
                                const QuietLines& quiet, const SteadyLines& steady) {
  const auto lines_a = without(a, quiet), lines_b = without(b, quiet);
  PrintedLikeness out{.known_a = !lines_a.empty(), .known_b = !lines_b.empty()};
  const Found in_b = look_for(lines_a, lines_b), in_a = look_for(lines_b, lines_a);
  const auto tells = [](const PrintedLine* line) {
    return line != nullptr && line->weight >= k_failure_line;
  };
  const double scale = tells(in_b.only) && tells(in_a.only) ? k_beside_others : 1;
  const double common = scale * (in_a.common + in_b.common);
  const double all = common + in_a.all - in_a.common + in_b.all - in_b.common;
  out.share = all > 0 ? common / all : 0;
  if (in_b.both != nullptr) out.both = in_b.both->shape;
  if (in_b.only != nullptr) out.only_a = in_b.only->shape;
  if (in_a.only != nullptr) out.only_b = in_a.only->shape;
  const PrintedLine* own_a = own_reason(lines_a, lines_b, steady);
  const PrintedLine* own_b = own_reason(lines_b, lines_a, steady);
  out.apart = own_a != nullptr && own_b != nullptr;
  if (out.apart) {
    out.only_a = own_a->shape;
    out.only_b = own_b->shape;
  }
  return out;
}

}  // namespace culprit::identity
