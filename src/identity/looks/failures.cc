// A crash has a place; a failure has an exit code, perhaps a name (an exception, a test, a compiler's error) and what was
// printed. They are asked for in that order: a run that hangs is not one that fails, whatever both printed; names tell
// more than lines; lines tell where nothing has a name, and within one name.
#include "identity/looks/failures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "console/programs/ran.h"
#include "console/programs/said.h"
#include "console/programs/shape.h"
#include "identity/looks/tuning.h"
#include "model/run/process_verdict.h"
#include "model/usual_end.h"

namespace culprit::identity {
namespace {

// What sort of end a failure is; two of different sorts are never one bug unless the runs say so.
enum class Sort { hang, memory, no_test, no_command, signal, build, failure };

bool is_for_memory(const Face& face) { return face.of_program && console::tells_of_no_memory(face.title); }

// What a shell says of a command that it cannot run or does not find.
bool is_without_command(const Face& face) {
  return face.title.starts_with(console::k_no_command) || face.ended == "exit code 126" ||
         face.ended == "exit code 127";
}

Sort sort_of(const Face& face) {
  if (face.parts.kind == Kind::time_out || face.ended == model::k_time_limit) return Sort::hang;
  if (is_for_memory(face)) return Sort::memory;
  if (!face.has_report && face.title.starts_with(model::k_no_test_ran)) return Sort::no_test;
  if (!face.has_report && is_without_command(face)) return Sort::no_command;
  if (face.type == "BUILD") return Sort::build;
  if (face.parts.kind == Kind::signal || face.type == "SIGNAL") return Sort::signal;
  return Sort::failure;
}

const char* words_for(Sort sort) {
  switch (sort) {
    case Sort::hang:
      return "a run that does not end";
    case Sort::memory:
      return "a lack of memory";
    case Sort::no_test:
      return "a run of no test";
    case Sort::no_command:
      return "a command that is not there";
    case Sort::signal:
      return "a death by a signal";
    case Sort::build:
      return "an error of the build";
    case Sort::failure:
      break;
  }
  return "a failure";
}

bool is_bare(const Face& face) { return !face.has_report; }

// "KeyError" and "load" of "KeyError in load".
struct Named {
  std::string_view error, spot;
};
Named named(const Face& face) {
  const std::string_view title = face.title;
  const std::size_t at = title.rfind(" in ");
  if (at == std::string_view::npos) return {title, {}};
  return {title.substr(0, at), title.substr(at + 4)};
}

// A whole file or what stands for one: much may fail in it.
bool is_whole_file(std::string_view spot) {
  const std::size_t dot = spot.rfind('.');
  const bool extension =
      dot != std::string_view::npos && spot.size() - dot <= 4 &&
      std::ranges::all_of(spot.substr(dot + 1), [](unsigned char c) { return std::islower(c) != 0; });
  return spot.empty() || spot.starts_with('<') || extension;
}

bool is_near(std::string_view a, std::string_view b) {
  const Nearness nearness = nearness_of(name_of(a), name_of(b));
  return nearness == Nearness::renamed || nearness == Nearness::layered;
}

class FailureComparison {
 public:
  FailureComparison(const Face& a, const Face& b, const QuietLines& quiet, const SteadyLines& steady)
      : m_a(a), m_b(b), m_lines(compare_printed(a.printed, b.printed, quiet, steady)) {}

  Likeness result() {
    if (m_a.told != m_b.told || m_a.told == model::Told::bug)
      told();
    else if (sort_of(m_a) != sort_of(m_b))
      add(k_other_sort, fmt::format("{} is not {}", words_for(sort_of(m_b)), words_for(sort_of(m_a))));
    else if (sort_of(m_a) == Sort::hang)
      add(traits_of(Kind::time_out).shared, "both do not end");
    else if (is_bare(m_a) && is_bare(m_b))
      compare_bare();
    else if (is_bare(m_a) || is_bare(m_b))
      compare_named_with_bare();
    else if (m_a.title == m_b.title)
      compare_same_title();
    else
      compare_named();
    m_out.log_odds = std::clamp(m_out.log_odds + k_prior, -k_bound, k_bound);
    return std::move(m_out);
  }

 private:
  void add(double weight, std::string text) {
    m_out.log_odds += weight;
    m_out.reasons.push_back({weight, std::move(text)});
  }

  void told() {
    m_out.title_tells = false;
    const bool same = m_a.told == m_b.told;
    add(same ? k_told : -k_told,
        same ? "both are what --message or --test says" : "--message, --ignore or --test says so");
  }

  // In the words of the output.
  std::string printed_words() const {
    if (!m_lines.both.empty() && m_lines.share >= k_chance_message)
      return fmt::format("both print \"{}\"", m_lines.both);
    if (!m_lines.only_a.empty() && !m_lines.only_b.empty())
      return fmt::format(R"(one prints "{}", the other "{}")", m_lines.only_a, m_lines.only_b);
    return fmt::format("only one prints \"{}\"", m_lines.only_a.empty() ? m_lines.only_b : m_lines.only_a);
  }

  bool same_end() const { return m_a.ended == m_b.ended; }

  void compare_bare() {
    m_out.title_tells = false;
    if (!same_end()) {
      add(k_other_end, fmt::format("{} is not {}", m_b.ended, m_a.ended));
      if (m_lines.known_a && m_lines.known_b)
        add(k_lines_of_other_end * (m_lines.share - k_few_lines), printed_words());
      return;
    }
    add(k_same_end, fmt::format("both end with {}", m_a.ended));
    compare_errors();
    if (m_lines.known_a && m_lines.known_b) {
      if (m_lines.apart)
        add_reasons();
      else if (m_lines.share < k_enough_lines)
        add(k_lines * (m_lines.share - k_enough_lines), printed_words());
      else if (stopped_elsewhere())
        add_stops();
      else
        add(0, printed_words());
    } else if (m_lines.known_a != m_lines.known_b) {
      add(k_one_is_silent, printed_words());
    } else if (m_a.last_line != m_b.last_line && !m_a.last_line.empty() && !m_b.last_line.empty()) {
      add_stops();
    }
  }

  void add_stops() {
    add(k_stopped_elsewhere,
        fmt::format(R"(one stops after "{}", the other after "{}")", m_a.last_line, m_b.last_line));
  }

  void add_reasons() {
    add(k_apart, fmt::format(R"(one prints "{}", the other "{}")", m_lines.only_a, m_lines.only_b));
  }

  // Neither says what went wrong, and one went on to a line that the other did not come to.
  bool stopped_elsewhere() const {
    const auto says_why = [](const PrintedLine& line) { return console::tells_of_failure(line.shape); };
    if (std::ranges::any_of(m_a.printed, says_why) || std::ranges::any_of(m_b.printed, says_why))
      return false;
    return went_further(m_a, m_b) || went_further(m_b, m_a);
  }

  static bool went_further(const Face& far, const Face& near) {
    const auto is_last = [&](const PrintedLine& line) { return line.shape == far.last_line; };
    return std::ranges::any_of(far.printed, is_last) && std::ranges::none_of(near.printed, is_last) &&
           std::ranges::any_of(far.printed,
                               [&](const PrintedLine& line) { return line.shape == near.last_line; });
  }

  // "RangeError" of "exit code 1: RangeError: depth N".
  static std::string_view error_in(const Face& face) {
    const std::string_view title = face.title;
    const std::size_t colon = title.find(": ");
    return colon == std::string_view::npos ? std::string_view()
                                           : console::exception_in(title.substr(colon + 2));
  }

  void compare_errors() {
    const std::string_view a = error_in(m_a), b = error_in(m_b);
    if (!a.empty() && !b.empty() && a != b) add(k_other_error, fmt::format(R"("{}" is not "{}")", b, a));
  }

  void compare_named_with_bare() {
    const Face& with_name = is_bare(m_a) ? m_b : m_a;
    if (!m_a.ended.empty() && !m_b.ended.empty())
      same_end() ? add(k_same_error, fmt::format("both end with {}", m_a.ended))
                 : add(k_other_end, fmt::format("{} is not {}", m_b.ended, m_a.ended));
    add(k_one_is_named, fmt::format("only one names \"{}\"", with_name.title));
    const std::string_view error = error_in(is_bare(m_a) ? m_a : m_b);
    const std::string_view other = named(with_name).error;
    if (!error.empty() && !console::exception_in(other).empty() && error != other)
      add(k_other_error, fmt::format(R"("{}" is not "{}")", error, other));
    if (m_lines.known_a && m_lines.known_b) compare_messages();
  }

  // What a suite prints around two failing tests is alike.
  void compare_messages(double most = k_bound) {
    if (m_lines.known_a && m_lines.known_b)
      add(std::min(most, k_message * (m_lines.share - k_chance_message)), printed_words());
  }

  void compare_same_title() {
    add(k_same_title, "the same title");
    if (m_a.type == "BUILD" || !m_lines.known_a || !m_lines.known_b) return;
    if (m_lines.apart) {
      m_out.title_tells = false;
      add_reasons();
      return;
    }
    if (m_lines.share >= k_chance_message) return;
    const bool file = is_whole_file(named(m_a).spot) && m_a.type != "TEST";
    m_out.title_tells = !file;
    add((file ? k_other_message_in_file : k_other_message) * (m_lines.share - k_chance_message),
        printed_words());
  }

  void compare_named() {
    const Named a = named(m_a), b = named(m_b);
    const bool same_error = a.error == b.error;
    add(same_error ? k_same_error : k_other_error,
        same_error ? fmt::format("both are \"{}\"", a.error)
                   : fmt::format(R"("{}" is not "{}")", b.error, a.error));
    compare_spots(a, b);
    compare_messages(are_other_tests(m_a, m_b) ? 0 : k_bound);
  }

  void compare_spots(const Named& a, const Named& b) {
    if (a.spot.empty() && b.spot.empty()) return;
    if (a.spot == b.spot) {
      if (!is_whole_file(a.spot)) add(k_same_spot, fmt::format("both in {}", a.spot));
      return;
    }
    add(is_near(a.spot, b.spot) ? k_renamed_test : k_other_spot,
        fmt::format("one in {}, the other in {}", a.spot, b.spot));
  }

  const Face& m_a;
  const Face& m_b;
  PrintedLikeness m_lines;
  Likeness m_out;
};

// Known by its stack, or by a signal: likeness.cc compares those.
bool is_crash(const Face& face) {
  const bool failure = face.type == "EXCEPTION" || face.type == "TEST" || face.type == "BUILD" ||
                       (face.type == "PANIC" && face.stack.empty());
  return face.parts.kind == Kind::signal || (face.has_report && !failure);
}

}  // namespace

bool are_other_tests(const Face& a, const Face& b) {
  if (a.type != "TEST" || b.type != "TEST") return false;
  const std::string_view spot_a = named(a).spot, spot_b = named(b).spot;
  return !spot_a.empty() && !spot_b.empty() && spot_a != spot_b && !is_near(spot_a, spot_b);
}

bool are_failures(const Face& a, const Face& b) {
  if (!a.of_program || !b.of_program) return false;
  if (a.told != b.told || a.told == model::Told::bug || is_for_memory(a) != is_for_memory(b)) return true;
  return !is_crash(a) || !is_crash(b);
}

Likeness likeness_of_failures(const Face& a, const Face& b, const QuietLines& quiet,
                              const SteadyLines& steady) {
  return FailureComparison(a, b, quiet, steady).result();
}

}  // namespace culprit::identity
