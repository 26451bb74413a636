// The kind is that of the runs that showed the bug: their deadline, the type of the report that stands for it, else how
// the process ended. What cannot be told from what happened (nothing showed yet) is what the subject lets expect: a
// kernel crashes, a command fails.
#include "output/summary/happening.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/words.h"
#include "model/build/build_facts.h"
#include "output/words/text.h"

namespace culprit::output {
namespace {

using Kind = Happening::Kind;

constexpr std::size_t k_test_columns = 48;  // of the command, in a sentence of 80 columns

// The deadline ended a run whose stacks were then read: its title tells where it hung.
bool ends_in_time(const Summary& summary, const std::string& title) {
  return std::ranges::any_of(summary.revisions, [&](const RevisionSummary& revision) {
    return std::ranges::any_of(revision.runs, [&](const RunSummary& run) {
      return run.outcome == model::OutcomeKind::timed_out && run.text == title;
    });
  });
}

Kind kind_of(const Summary& summary) {
  if (summary.subject == model::Subject::by_hand) return Kind::spoken;
  if (summary.problem.own.measured) return Kind::number;
  // Whatever it printed, if anything.
  if (std::ranges::find(summary.notes, model::k_build_is_sought) != summary.notes.end()) return Kind::build;
  if (shown_hang(summary) != nullptr) return Kind::hang;
  const std::string title = chased_title(summary);
  if (title.empty()) return summary.subject == model::Subject::kernel ? Kind::crash : Kind::failure;
  if (ends_in_time(summary, title)) return Kind::hang;
  const CrashExcerpt* crash = shown_crash(summary);
  const std::string_view type = crash != nullptr && crash->title == title ? crash->type : std::string_view();
  if (type == "BUILD") return Kind::build;
  if (type == "TEST" || title.starts_with("exit code ") || title.starts_with("AssertionError"))
    return Kind::failure;
  return Kind::crash;
}

// In a shell's words.
std::string test_of(const Summary& summary) {
  const std::string test = one_line(summary.problem.own.test);
  return test.empty() ? std::string("the test") : "`" + cut(test, k_test_columns) + "`";
}

}  // namespace

Happening happening_of(const Summary& summary) {
  static constexpr base::Words<Kind> k_nouns{"crash", "failure", "hang", "broken build", "bug", "move"};
  static constexpr base::Words<Kind> k_shows{"crashes",        "fails",       "hangs",
                                             "does not build", "has the bug", "measures otherwise"};
  const bool fix = summary.problem.goal == model::Goal::fix;
  Happening out{.kind = kind_of(summary), .noun = {}, .shows = {}, .deed = {}};
  const std::string& term = summary.problem.own.term_new;
  const char* const does = fix ? "no longer fails" : "fails";
  out.noun = k_nouns.of(out.kind);
  out.shows = k_shows.of(out.kind);
  switch (out.kind) {
    case Kind::crash:
      out.deed = fix ? "made the crash go away" : "brought the crash";
      break;
    case Kind::failure:
      out.deed = term.empty() ? fmt::format("is the first commit where {} {}", test_of(summary), does)
                              : fmt::format("is the first {} commit (where {} {})", one_line(term),
                                            test_of(summary), does);
      break;
    case Kind::hang:
      out.deed = fix ? "ended the hang" : "made it hang";
      break;
    case Kind::build:
      out.deed = fix ? "repaired the build" : "broke the build";
      break;
    case Kind::number:
      out.deed = fmt::format("moved what {} measures", test_of(summary));
      break;
    case Kind::spoken:
      out.deed =
          fmt::format("is the first {} commit", term.empty() ? (fix ? "good" : "bad") : one_line(term));
      break;
  }
  return out;
}

std::string kind_words(model::ResultKind kind) {
  std::string out(model::name_of(kind));
  std::ranges::replace(out, '_', ' ');
  return out;
}

std::string sentence_of(const Happening& happening) {
  if (happening.kind == Kind::failure)
    return "First" + happening.deed.substr(std::string_view("is the first").size());
  return "This commit " + happening.deed;
}

}  // namespace culprit::output
