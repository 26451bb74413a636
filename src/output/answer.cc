// One layout for all kinds of results: a headline that says what is known, then the same sections in the same
// order, each left out where there is nothing to say. What differs by kind is a table of words (k_kinds).
#include "output/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/process/build_output.h"
#include "base/strings.h"
#include "base/words.h"
#include "output/summary/classified.h"
#include "output/summary/happening.h"
#include "output/summary/others.h"
#include "output/words/duration.h"
#include "output/words/telling.h"
#include "output/words/text.h"

namespace culprit::output {
namespace {

constexpr std::size_t k_crash_lines = 8;    // what a screen of 24 lines has room for beside the rest
constexpr std::size_t k_failure_lines = 3;  // of what a command printed in which no report was read
constexpr std::size_t k_build_lines = 10;
constexpr std::size_t k_candidates = 20;
constexpr std::size_t k_people = 12;
constexpr std::size_t k_crash_columns = 200;  // of one line of the console
constexpr double k_worth_a_headline = 0.01;   // below it a candidate stands in the list alone

struct KindWords {
  // {} is the name of the revision that the result is about; {deed}, {noun} and {shows} are the happening's.
  std::string_view headline;
  std::string_view fix_headline;
  std::array<std::string_view, 2> hints;  // where the search has none of its own
};

const KindWords& words_of(model::ResultKind kind) {
  static constexpr std::array<KindWords, base::k_count<model::ResultKind>> k_kinds = {{
      {.headline = "{deed}", .fix_headline = "{deed}", .hints = {}},
      {.headline = "No single commit can be named",
       .fix_headline = "No single commit can be named",
       .hints = {"search a narrower range anew, with more runs: culprit bisect --fresh --good REV --bad REV "
                 "--runs N"}},
      {.headline = "The {noun} is older than what was tested: {} has it",
       .fix_headline = "The {noun} is not fixed: {} still has it",
       .hints = {"name an older revision that is free of it: --good REV"}},
      {.headline = "The {noun} does not show at {}",
       .fix_headline = "The {noun} does not show at {}",
       .hints = {"check that the reproducer reaches the bug there, by hand",
                 "what is rarer than the runs needs more of them, or a revision that shows it: --bad REV"}},
      {.headline = "The revision thought to be good {shows} too: {}",
       .fix_headline = "The revision thought to be fixed {shows} too: {}",
       .hints = {}},  // Answer::older_good
      {.headline = "The machine got in the way",
       .fix_headline = "The machine got in the way",
       .hints = {"culprit doctor says what is missing here; culprit resume goes on where this stopped"}},
  }};
  return k_kinds[static_cast<std::size_t>(kind)];
}

// Revisions that do not build, several for one reason: each reason once.
std::vector<std::string> broken_ranges(const Summary& summary) {
  std::vector<std::pair<std::string, std::size_t>> reasons;
  for (const RevisionSummary& revision : summary.revisions) {
    if (!revision.build_broken()) continue;
    std::string reason(base::trim(base::telling_line(revision.builds.back().text)));
    const auto at = std::ranges::find(reasons, reason, &std::pair<std::string, std::size_t>::first);
    if (at == reasons.end())
      reasons.emplace_back(std::move(reason), 1);
    else
      ++at->second;
  }
  std::vector<std::string> lines;
  for (const auto& [reason, revisions] : reasons)
    if (revisions > 1 && !reason.empty())
      lines.push_back(fmt::format("{} revisions do not build for one reason: {}", revisions, reason));
  return lines;
}

// For a start that cannot be tested; its result is of the kind not_reproduced.
constexpr KindWords k_untestable = {
    .headline = "The bad revision cannot be tested: {}",
    .fix_headline = "The bad revision cannot be tested: {}",
    .hints = {"make it build and run there by hand first, with what culprit is told to do",
              "or begin at another revision that shows the bug: culprit bisect --fresh --bad REV"}};

// For a bisection by hand in which too much was skipped, or said both ways.
constexpr KindWords k_open_by_hand = {
    .headline = "No single commit can be named",
    .fix_headline = "No single commit can be named",
    .hints = {"candidates that were skipped cannot be told apart: try one of them after all, and say culprit "
              "good REV or culprit bad REV",
              {}}};

class Answer {
 public:
  Answer(const Summary& summary, const CommitTexts& texts, const Style& style)
      : m_summary(summary), m_texts(texts), m_style(style) {}
  std::string text(std::string_view also);
  std::string headline() const;
  std::string line_alone() const;

 private:
  // The start, where the result is that it cannot be tested; else null.
  const RevisionSummary* untestable_start() const;
  std::string way_past_obstacles() const;
  const KindWords& words() const {
    const model::ResultKind kind = m_summary.conclusion->kind;
    if (m_summary.subject == model::Subject::by_hand && kind == model::ResultKind::inconclusive)
      return k_open_by_hand;
    return untestable_start() != nullptr ? k_untestable : words_of(kind);
  }
  bool fix() const { return m_summary.problem.goal == model::Goal::fix; }
  StyledLine line() const { return {m_style, std::max<std::size_t>(m_style.columns, 40)}; }
  // A line of any length: what a person copies is not cut.
  void whole(std::string_view text, Ink ink = Ink::plain);
  void wrapped(std::string_view indent, std::string_view text);
  void sentence(const std::string& text);
  void section(std::string_view title);

  void culprit();
  void doubts();
  void candidates();
  void console_lines(std::span<const std::string_view> lines);
  void broken_build();
  void crash();
  void others();
  void people();
  void tested();
  void next(std::string_view also);
  std::string last_line() const;
  std::string older_good() const;
  std::size_t equal_revisions() const;
  std::string words_of_shell() const;

  const Summary& m_summary;
  const CommitTexts& m_texts;
  Style m_style;
  std::string m_out;
};

void Answer::whole(std::string_view text, Ink ink) {
  constexpr std::size_t k_any = 100000;
  m_out += StyledLine(m_style, k_any).put(text, ink).str() + "\n";
}

void Answer::wrapped(std::string_view indent, std::string_view text) {
  const std::size_t room = std::max<std::size_t>(m_style.columns, indent.size() + 30) - indent.size();
  bool first = true;
  for (const std::string& piece : wrap(one_line(text, m_style.unicode), std::min<std::size_t>(room, 100))) {
    whole((first ? std::string(indent) : std::string(indent.size(), ' ')) + piece);
    first = false;
  }
}

// On a screen it breaks between words; whoever reads a pipe gets one line.
void Answer::sentence(const std::string& text) {
  if (!m_style.live) return whole(text, Ink::bold);
  for (const std::string& piece : wrap(one_line(text, m_style.unicode), m_style.columns))
    whole(piece, Ink::bold);
}

void Answer::section(std::string_view title) {
  m_out += "\n";
  whole(title, Ink::bold);
}

const RevisionSummary* Answer::untestable_start() const {
  const model::Conclusion& c = *m_summary.conclusion;
  const model::CommitId& start = m_summary.problem.start;
  if (c.kind != model::ResultKind::not_reproduced || (c.tested && *c.tested != start)) return nullptr;
  const RevisionSummary* revision = m_summary.find(start);
  return revision != nullptr && untestable(*revision) ? revision : nullptr;
}

std::string Answer::headline() const {
  const model::Conclusion& c = *m_summary.conclusion;
  const Happening happening = happening_of(m_summary);
  const model::CommitId about = c.tested ? *c.tested : m_summary.problem.start;
  std::string name = m_summary.name_of(about);
  if (!about.is_null() && name != about.short_hex()) name += fmt::format(" ({})", about.short_hex());
  std::string text(fix() ? words().fix_headline : words().headline);
  const std::pair<std::string_view, std::string> k_parts[] = {{"{deed}", sentence_of(happening)},
                                                              {"{noun}", happening.noun},
                                                              {"{shows}", happening.shows},
                                                              {"{}", name}};
  for (const auto& [mark, part] : k_parts)
    if (const std::size_t at = text.find(mark); at != std::string::npos) text.replace(at, mark.size(), part);
  if (c.kind == model::ResultKind::culprit && c.probability > 0)
    text += fmt::format(", with probability {}", percent(c.probability));
  if (c.kind == model::ResultKind::inconclusive && !c.candidates.empty() &&
      c.candidates.front().probability >= k_worth_a_headline) {
    const model::Candidate& first = c.candidates.front();
    const bool leads = first.probability >= 0.5;
    if (c.candidates.size() > 1)
      text += fmt::format(
          ": {} commits hold {} of the probability{}", c.candidates.size(), percent(c.probability),
          leads ? fmt::format(", {} alone {}", m_summary.name_of(first.commit), percent(first.probability))
                : "");
    else
      text += fmt::format(": {} is the likeliest, {}", m_summary.name_of(first.commit),
                          percent(first.probability));
  }
  return text;
}

// The line that one came for.
std::string Answer::last_line() const {
  const model::Conclusion& c = *m_summary.conclusion;
  if (c.kind != model::ResultKind::culprit || !c.culprit) return headline();
  const auto info = m_texts.info_of(*c.culprit);
  const RevisionSummary* revision = m_summary.find(*c.culprit);
  const std::string title = info ? info->title : revision != nullptr ? revision->title : std::string();
  std::string out = c.culprit->short_hex();
  if (!title.empty()) out += fmt::format(" (\"{}\")", title);
  out += " " + happening_of(m_summary).deed;
  if (c.probability > 0) out += fmt::format(", {}", percent(c.probability));
  return out;
}

void Answer::culprit() {
  const model::Conclusion& c = *m_summary.conclusion;
  if (!c.culprit) return;
  m_out += "\n";
  const auto info = m_texts.info_of(*c.culprit);
  whole("  commit " + c.culprit->hex(), Ink::yellow);
  if (info) {
    whole(fmt::format("  Author: {} <{}>", info->author_name, info->author_email));
    whole("  Date:   " + info->author_date);
  }
  const RevisionSummary* revision = m_summary.find(*c.culprit);
  const std::string title = info ? info->title : revision != nullptr ? revision->title : std::string();
  if (!title.empty()) {
    m_out += "\n";
    whole("      " + title, Ink::bold);
  }
  const std::string diffstat = m_texts.diffstat_of(*c.culprit);
  if (!base::trim(diffstat).empty()) m_out += "\n";
  for (const std::string_view stat : base::split_lines(diffstat))
    if (!base::trim(stat).empty()) whole("  " + std::string(stat));
}

void Answer::doubts() {
  const model::Conclusion& c = *m_summary.conclusion;
  if (!c.explanation.empty()) {
    m_out += "\n";
    wrapped("  ", c.explanation);
  }
  if (c.no_op)
    wrapped(
        "  ",
        "Its binary equals its parent's: nothing that runs changed here. Something else made the difference "
        "(the compiler, the configuration, chance), so do not send this to its author.");
  if (c.is_release)
    wrapped("  ",
            "It is a release's own commit, which changes little more than the version: what else changes at "
            "releases (the compiler, the configuration) may be the cause.");
  for (const model::Classified& one : classified_of(m_summary, m_texts))
    if (const std::string sentence = sentence_of(one); !sentence.empty()) wrapped("  ", sentence);
}

void Answer::candidates() {
  const model::Conclusion& c = *m_summary.conclusion;
  constexpr double k_sure = model::k_confidence;  // surer than what was asked for by default: no doubt
  const bool doubtful =
      c.kind == model::ResultKind::culprit && c.candidates.size() > 1 && c.probability < k_sure;
  if (c.candidates.empty() || (c.kind != model::ResultKind::inconclusive && !doubtful)) return;
  section("Candidates");
  for (std::size_t i = 0; i < std::min(c.candidates.size(), k_candidates); ++i) {
    const model::Candidate& candidate = c.candidates[i];
    const RevisionSummary* revision = m_summary.find(candidate.commit);
    std::string title = revision != nullptr ? revision->title : std::string();
    if (const auto info = m_texts.info_of(candidate.commit); title.empty() && info) title = info->title;
    StyledLine row = line();
    row.put_right(percent(candidate.probability), 8).put("  ");
    row.put_bar(candidate.probability, std::clamp<std::size_t>(m_style.columns / 10, 4, 16), Ink::cyan)
        .put("  ");
    row.put(candidate.commit.short_hex(), Ink::cyan).put("  ");
    if (revision != nullptr && revision->build_broken()) row.put("(no build) ", Ink::dim);
    m_out += row.put(title).str() + "\n";
  }
  if (c.candidates.size() > k_candidates)
    whole(fmt::format("          and {} more", c.candidates.size() - k_candidates), Ink::dim);
}

void Answer::console_lines(std::span<const std::string_view> lines) {
  for (const std::string_view line : lines) whole("  | " + cut(line, k_crash_columns, m_style.unicode));
}

void Answer::broken_build() {
  const RevisionSummary* start = untestable_start();
  if (start == nullptr || !start->build_broken() || base::trim(start->builds.back().text).empty()) return;
  section("Build");
  const std::string clean = harmless(start->builds.back().text, m_style.unicode);
  const std::vector<std::string_view> lines = base::split_lines(clean);
  console_lines(std::span(lines).last(std::min(lines.size(), k_build_lines)));
}

void Answer::crash() {
  if (const RunSummary* hang = shown_hang(m_summary)) {
    section("Hang");
    whole(fmt::format("  timed out after {:.{}f} s", hang->seconds, hang->seconds < 10 ? 1 : 0), Ink::red);
    return;
  }
  const CrashExcerpt* crash = shown_crash(m_summary);
  if (crash == nullptr) return;
  const Happening::Kind kind = happening_of(m_summary).kind;
  section(kind == Happening::Kind::failure ? "Failure" : kind == Happening::Kind::build ? "Build" : "Crash");
  whole("  " + crash->title, Ink::red);
  const std::string clean = harmless(crash->text, m_style.unicode);
  const std::size_t all = base::split_lines(clean).size();
  const std::vector<std::string> lines =
      telling_lines(clean, crash->is_report ? k_crash_lines : k_failure_lines, !crash->is_report);
  console_lines(std::vector<std::string_view>(lines.begin(), lines.end()));
  if (all > lines.size())
    whole(fmt::format("  | ({} more: culprit show --crash)", counted(all - lines.size(), "line")), Ink::dim);
}

void Answer::others() {
  constexpr std::size_t k_others = 4;
  const std::vector<OtherFailure> met = other_failures(m_summary);
  if (met.empty()) return;
  section("Also fails here, differently");
  for (const OtherFailure& failure : std::span(met).first(std::min(met.size(), k_others)))
    wrapped("  ", line_of(failure));
  if (met.size() > k_others) whole(fmt::format("  and {} more", met.size() - k_others), Ink::dim);
}

void Answer::people() {
  const model::Conclusion& c = *m_summary.conclusion;
  if (!c.culprit || c.no_op) return;
  std::vector<Contact> people;
  const Addressees who = addressees(m_texts.contacts_of(*c.culprit));
  people.insert(people.end(), who.to.begin(), who.to.end());
  people.insert(people.end(), who.cc.begin(), who.cc.end());
  if (people.empty()) return;
  section(fix() ? "Who can say more" : "Whom to tell");
  for (std::size_t i = 0; i < std::min(people.size(), k_people); ++i) {
    const Contact& person = people[i];
    const std::string address =
        person.name.empty() ? person.email : fmt::format("{} <{}>", person.name, person.email);
    whole(fmt::format("  {} ({})", address, person.role));
  }
  if (people.size() > k_people) whole(fmt::format("  and {} more", people.size() - k_people), Ink::dim);
}

void Answer::tested() {
  const std::vector<std::string> table =
      tested_table(m_summary, {std::max<std::size_t>(m_style.columns, 22) - 2, m_style.rows, m_style.live,
                               m_style.color, m_style.unicode});
  if (table.empty()) return;
  section("Tested");
  for (const std::string& row : table) m_out += "  " + row + "\n";
  for (const std::string& line : broken_ranges(m_summary)) wrapped("  ", line);
  const Stats& stats = m_summary.stats;
  std::string effort = counted(m_summary.tested(), "revision");
  const std::string in_vain =
      stats.builds_ahead > 0 ? fmt::format(", {} of them ahead and in vain", stats.builds_ahead) : "";
  if (stats.builds + stats.runs > 0)
    effort += fmt::format(", {} ({}{}), {} ({}), {} in all", counted(stats.builds, "build"),
                          short_duration(stats.build_s), in_vain, counted(stats.runs, "run"),
                          short_duration(stats.run_s), short_duration(stats.wall_s));
  wrapped("  ", effort);
}

// What to do where the revision thought to be good has the bug.
std::string Answer::older_good() const {
  if (fix()) return "name a newer revision, or wait: this one is not fixed: --good REV";
  std::string out = "if it is the same bug, name an older good revision, --good REV";
  if (m_summary.subject == model::Subject::by_hand) return out;
  // Release tags stand in the order of the walk: behind the good end are the older ones.
  const std::vector<model::ReleaseTag>& releases = m_summary.problem.releases;
  const model::Conclusion& c = *m_summary.conclusion;
  const auto at =
      std::ranges::find(releases, c.tested.value_or(model::CommitId{}), &model::ReleaseTag::commit);
  if (at != releases.end() && at + 1 != releases.end()) out += fmt::format(" ({})", (at + 1)->name);
  if (!releases.empty() && !(at != releases.end() && at + 1 == releases.end()))
    out += ", or leave --good out: culprit then walks back over the release tags";
  return out;
}

// The number of tested revisions, where every run of several ended in the same crash: it may be the command's, not
// the subject's. Else 0.
std::size_t Answer::equal_revisions() const {
  const std::string* title = nullptr;
  std::size_t revisions = 0;
  for (const RevisionSummary& revision : m_summary.revisions) {
    revisions += revision.runs.empty() ? 0 : 1;
    for (const RunSummary& run : revision.runs) {
      if (run.outcome != model::OutcomeKind::crashed || (title != nullptr && run.text != *title)) return 0;
      title = &run.text;
    }
  }
  return revisions > 1 ? revisions : 0;
}

// What a shell means by exit codes that are its own and not the command's; empty where the runs did not end so.
std::string Answer::words_of_shell() const {
  for (const RevisionSummary& revision : m_summary.revisions)
    for (const RunSummary& run : revision.runs) {
      const auto ended = [&](std::string_view code) {
        return run.text == code || run.text.starts_with(std::string(code) + ":");
      };
      if (ended("exit code 127"))
        return "exit code 127 is a shell's for a command that it does not find: is it installed, and spelt "
               "so? A file "
               "that old revisions lack is named as a word of the command, or by --overlay";
      if (ended("exit code 126"))
        return "exit code 126 is a shell's for a file that it may not execute: chmod +x, or name its "
               "interpreter "
               "(sh FILE)";
      return {};
    }
  return {};
}

// Of candidates that were not told apart for what is in the way there.
std::string Answer::way_past_obstacles() const {
  bool broken = false, hidden = false;
  for (const model::Candidate& candidate : m_summary.conclusion->candidates) {
    const RevisionSummary* revision = m_summary.find(candidate.commit);
    if (revision == nullptr) continue;
    broken = broken || revision->build_broken();
    hidden = hidden || std::ranges::any_of(revision->runs, [](const RunSummary& run) {
               return run.says == model::RunSays::hidden;
             });
  }
  const bool is_program = m_summary.subject == model::Subject::program;
  if (broken)
    return fmt::format("candidates that do not build cannot be told apart: repair their build{}",
                       is_program ? ", by --apply PATCH@A..B say" : "");
  if (!hidden || !is_program) return {};
  return "another failure is in the way of candidates: mend it, by --apply PATCH@A..B say; or, if it is "
         "the bug in other words, say what it prints: --message TEXT";
}

void Answer::next(std::string_view also) {
  const model::Conclusion& c = *m_summary.conclusion;
  std::vector<std::string> steps = c.next_steps;
  const bool good_end = c.kind == model::ResultKind::good_end_crashes;
  if (good_end && steps.empty()) steps.push_back(older_good());
  if (const std::size_t equal = equal_revisions();
      equal > 0 && (good_end || c.kind == model::ResultKind::horizon)) {
    // Nothing was tested: older revisions would not be either.
    if (const std::string shell = words_of_shell(); !shell.empty()) steps = {shell};
    steps.push_back(
        fmt::format("the command failed in the same way at {} revisions tested: does it test what it should?",
                    equal == 2 ? std::string("both") : fmt::format("all {}", equal)));
  }
  if (steps.empty())
    for (const std::string_view hint : words().hints)
      if (!hint.empty()) steps.emplace_back(hint);
  if (c.kind == model::ResultKind::inconclusive && c.next_steps.empty())
    if (std::string way = way_past_obstacles(); !way.empty()) steps.push_back(std::move(way));
  if (c.culprit) steps.push_back("what moved the verdict: culprit show --why " + c.culprit->short_hex());
  if (!also.empty()) steps.emplace_back(also);
  if (steps.empty()) return;
  section("Next");
  for (const std::string& step : steps) wrapped("  - ", step);
}

std::string Answer::line_alone() const {
  if (!m_summary.conclusion) return "the bisection has not come to its end";
  return last_line();
}

std::string Answer::text(std::string_view also) {
  if (!m_summary.conclusion) {
    whole("The bisection has not come to its end; culprit resume continues it.", Ink::bold);
    tested();
    return m_out;
  }
  sentence(headline());
  culprit();
  doubts();
  candidates();
  broken_build();
  crash();
  others();
  people();
  tested();
  next(also);
  m_out += "\n";
  sentence(last_line());
  return m_out;
}

}  // namespace

std::string headline_text(const Summary& summary) {
  if (!summary.conclusion) return "The bisection has not come to its end";
  return Answer(summary, {}, {}).headline();
}

std::string render_answer(const Summary& summary, const CommitTexts& texts, const Style& style,
                          std::string_view also) {
  const Summary titled = with_titles(summary, texts);
  return Answer(titled, texts, style).text(also);
}

std::string render_line(const Summary& summary, const CommitTexts& texts, const Style& style) {
  return one_line(Answer(summary, texts, style).line_alone(), style.unicode) + "\n";
}

}  // namespace culprit::output
