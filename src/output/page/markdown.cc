// Markdown has no way to quote any text, and forges add to it: "@name" mentions, "#1" links, "<details>" is HTML. So
// what others wrote stands in code spans whose fence is longer than any run of backticks in it, and in fenced blocks
// likewise: there neither CommonMark nor the forges look. In cells of tables a pipe ends the cell even in a code span:
// it is escaped there.
#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"
#include "output/answer.h"
#include "output/page/by_hand.h"
#include "output/page/page.h"
#include "output/summary/marks.h"
#include "output/words/duration.h"
#include "output/words/text.h"

namespace culprit::output {
namespace {

constexpr std::size_t k_crash_limit = std::size_t{8} << 10;  // GitHub takes 64 KiB of a comment in all
constexpr std::size_t k_revisions = 40;

std::size_t longest_ticks(std::string_view text) {
  std::size_t most = 0, run = 0;
  for (const char c : text) most = std::max(most, run = c == '`' ? run + 1 : 0);
  return most;
}

// `text` as a code span; with blanks inside the fence where it begins or ends with a backtick.
std::string code(std::string_view text) {
  const std::string line = one_line(text);
  if (base::trim(line).empty()) return "";
  const std::string fence(longest_ticks(line) + 1, '`');
  const bool padded = line.front() == '`' || line.back() == '`';
  return fence + (padded ? " " : "") + line + (padded ? " " : "") + fence;
}

// A sentence of ours, as it is where nothing in it means something to a forge: a name that others gave may.
std::string sentence(std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(" .,:()%/->").contains(c);
  });
  return plain ? std::string(text) : code(text);
}

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : code(text)) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string block(std::string_view text) {
  const std::string clean = harmless(text);
  const std::string fence(std::max<std::size_t>(3, longest_ticks(clean) + 1), '`');
  return fence + "text\n" + clean + (clean.ends_with('\n') ? "" : "\n") + fence + "\n";
}

std::string row(const RevisionSummary& revision) {
  std::string marks;
  for (const RunSummary& run : runs_to_show(revision)) marks += glyph_of(mark_of(run));
  if (marks.size() > 24) marks = counted(marks.size(), "run");
  return fmt::format("| {} | {} | {} | {} |\n",
                     cell(revision.label.empty() ? revision.commit.short_hex() : revision.label),
                     verdict_text(revision), cell(marks), cell(revision.title));
}

}  // namespace

std::string render_markdown(const PageMaterial& known) {
  const Summary s = with_titles(known.summary, known.texts);
  std::string out = fmt::format("### {}: {}\n\n", s.problem.goal == model::Goal::fix ? "Fix" : "Cause",
                                code(page::bug_name(s)));
  out += sentence(headline_text(s)) + ".\n\n";
  if (s.conclusion && s.conclusion->culprit) {
    const model::CommitId& culprit = *s.conclusion->culprit;
    const auto info = known.texts.info_of(culprit);
    const RevisionSummary* revision = s.find(culprit);
    // A bare hash is a link in the forge that has the commit.
    out += fmt::format("{} {}\n\n", culprit.hex(),
                       code(info                  ? info->title
                            : revision != nullptr ? revision->title
                                                  : ""));
    if (!s.conclusion->explanation.empty()) out += code(s.conclusion->explanation) + "\n\n";
    if (const auto& check = s.conclusion->verification; check && check->runs > 0)
      out += fmt::format("With it taken back, {} of {} showed the bug.\n\n", check->crashes,
                         counted(static_cast<std::size_t>(check->runs), "run"));
  } else if (s.conclusion) {
    for (const model::Candidate& candidate :
         std::span(s.conclusion->candidates)
             .first(std::min<std::size_t>(s.conclusion->candidates.size(), 10))) {
      const auto info = known.texts.info_of(candidate.commit);
      out += fmt::format("- {} {} {}\n", percent(candidate.probability), candidate.commit.hex(),
                         code(info ? info->title : ""));
    }
    out += "\n";
  }
  if (s.tested() > 0) {
    out += "| revision | verdict | runs | title |\n|---|---|---|---|\n";
    std::size_t rows = 0;
    for (const RevisionSummary& revision : s.revisions)
      if (revision.answered() && rows++ < k_revisions) out += row(revision);
    if (rows > k_revisions) out += fmt::format("\n{} more revisions were tested.\n", rows - k_revisions);
    if (s.stats.runs > 0) out += "\n`x` the bug, `!` something else, `.` nothing wrong, `?` says nothing\n";
    out += "\n";
  }
  if (const CrashExcerpt* crash = shown_crash(s))
    out += "<details><summary>The crash</summary>\n\n" + block(bounded(crash->text, k_crash_limit)) +
           "\n</details>\n\n";
  if (const std::string steps = page::by_hand_text(
          {s, known.texts, known.events, known.history, known.console, known.log, known.circumstances});
      !steps.empty())
    out +=
        "<details><summary>By hand</summary>\n\n" + block(bounded(steps, k_crash_limit)) + "\n</details>\n\n";
  out += fmt::format("{}, {} in {}, {} in {}.\n", counted(s.tested(), "revision"),
                     counted(s.stats.builds, "build"), short_duration(s.stats.build_s),
                     counted(s.stats.runs, "run"), short_duration(s.stats.run_s));
  return out;
}

}  // namespace culprit::output
