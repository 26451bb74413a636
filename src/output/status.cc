#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <span>

#include "base/strings.h"
#include "base/words.h"
#include "model/build/build_facts.h"
#include "model/usual_end.h"
#include "output/answer.h"
#include "output/summary/happening.h"
#include "output/summary/marks.h"
#include "output/words/duration.h"
#include "output/words/text.h"

namespace culprit::output {
namespace {

std::string date_text(double time) {
  const auto seconds = static_cast<std::time_t>(time);
  std::tm utc{};
  if (gmtime_r(&seconds, &utc) == nullptr) return "at an unknown time";
  std::array<char, 64> buffer{};
  return {buffer.data(), std::strftime(buffer.data(), buffer.size(), "%Y-%m-%d %H:%M UTC", &utc)};
}

std::string state_text(const Summary& summary) {
  if (summary.conclusion) {
    const auto& culprit = summary.conclusion->culprit;
    if (culprit)
      return fmt::format("finished: {} {}{}", culprit->short_hex(), happening_of(summary).deed,
                         summary.conclusion->probability > 0
                             ? fmt::format(", {}", percent(summary.conclusion->probability))
                             : std::string());
    return "finished: " + kind_words(summary.conclusion->kind);
  }
  if (summary.interrupted)
    return fmt::format("interrupted{}; culprit {}",
                       *summary.interrupted == "interrupted" ? "" : " (" + *summary.interrupted + ")",
                       summary.subject == model::Subject::by_hand ? "next goes on" : "resume continues");
  return "not finished";
}

std::string run_text(const RunSummary& run) {
  std::string out(model::name_of(run.outcome));
  if (!run.text.empty()) out += ": " + run.text;
  if (!run.end.empty() && !model::is_regular_end(run.end))
    out += fmt::format(", the reproducer's end: {}", run.end);
  if (mark_of(run) == Mark::target) out += fmt::format(" (the bug, {})", percent(run.p_target));
  if (mark_of(run) == Mark::foreign)
    out += fmt::format(" (another crash; the bug with {})", percent(run.p_target));
  if (run.says == model::RunSays::silenced) out += " (the bug's detector was off: another report came first)";
  if (!run.variant.empty() && !model::is_check_variant(run.variant))
    out += fmt::format(" [variant {}]", run.variant);
  return out;
}

// "searching: halves what is left; 10 runs, 0.93 bits expected for 8m20s"
std::string choice_text(const Choice& choice) {
  std::string out(stage_words(choice.stage));
  if (!choice.reason.empty()) out += ": " + choice.reason;
  out += fmt::format("; {}", counted(static_cast<std::size_t>(std::max(0, choice.runs)), "run"));
  if (choice.information > 0) out += fmt::format(", {:.2f} bits expected", choice.information);
  if (choice.cost > 0)
    out += fmt::format("{} {}", choice.information > 0 ? " for" : ", about", short_duration(choice.cost));
  return out;
}

// The runs by the numbers that `culprit console` takes: "run 17", "runs 17-19, 24". Those of a store that has no numbers
// are counted.
std::string runs_text(std::span<const RunSummary> runs) {
  std::string list;
  std::size_t count = 0;
  for (std::size_t i = 0; i < runs.size();) {
    const std::uint64_t first = runs[i].id;
    std::uint64_t last = first;
    for (++i; i < runs.size() && last != 0 && runs[i].id == last + 1; ++i) ++last;
    if (first == 0) continue;
    list +=
        fmt::format("{}{}{}", list.empty() ? "" : ", ", first, last > first ? fmt::format("-{}", last) : "");
    count += last - first + 1;
  }
  if (count == 0) return counted(runs.size(), "run");
  return fmt::format("run{} {}", count == 1 ? "" : "s", list);
}

// Equal neighbours in one line: "runs 1-10: crashed: ...".
void put_runs(std::string& out, std::span<const RunSummary> runs, const Style& style) {
  constexpr std::size_t k_any = 1000;
  for (std::size_t i = 0; i < runs.size();) {
    const std::string text = run_text(runs[i]);
    const std::string& why = runs[i].why;
    std::size_t end = i + 1;
    while (end < runs.size() && run_text(runs[end]) == text && runs[end].why == why) ++end;
    StyledLine line(style, k_any);
    const Mark mark = mark_of(runs[i]);
    line.put("  ").put(std::string(1, glyph_of(mark)), ink_of(mark)).put(" ");
    line.put(runs_text(runs.subspan(i, end - i))).put(": ").put(text);
    out += line.str() + "\n";
    for (const std::string_view reason : base::split_lines(why))
      out += StyledLine(style, k_any).put("      ").put(reason, Ink::dim).str() + "\n";
    i = end;
  }
}

// What a person said, in their terms, and what they are asked.
class ByHand {
 public:
  ByHand(const Summary& summary, const Style& style, const TitleOf& title_of)
      : m_summary(summary), m_style(style), m_title_of(title_of) {}

  std::string text() {
    for (std::size_t i = 0; i < m_summary.words.size(); ++i) {
      const model::VerdictRecord& word = m_summary.words[i];
      put(i == 0 ? "said" : "", term_of(word.verdict), word.commit);
    }
    if (m_summary.conclusion) return m_out;
    if (m_summary.standing.revisions_left > 0) {
      std::string left = revisions_left_words(m_summary.standing);
      if (m_summary.standing.steps_left > 0)
        left += ", roughly " + counted(static_cast<std::size_t>(m_summary.standing.steps_left), "step");
      line(StyledLine(m_style).put_padded("left", 7, Ink::dim).put(left));
    }
    if (m_summary.asked) put("next", "test", m_summary.asked->commit);
    constexpr std::size_t k_label = 7, k_any = 1000, k_least = 24;
    const std::string then =
        m_summary.asked
            ? fmt::format("culprit {}, culprit {} or culprit skip; culprit undo takes the last word back",
                          term_of(old_verdict()), term_of(new_verdict()))
            : std::string("culprit next says what to test");
    const std::size_t columns = m_style.live ? std::max(m_style.columns, k_least) : k_any;
    std::string_view label = "then";
    for (const std::string& piece : wrap(then, columns - k_label)) {
      line(StyledLine(m_style).put_padded(label, k_label, Ink::dim).put(piece));
      label = "";
    }
    return m_out;
  }

 private:
  bool fix() const { return m_summary.problem.goal == model::Goal::fix; }
  model::UserVerdict new_verdict() const {
    return fix() ? model::UserVerdict::good : model::UserVerdict::bad;
  }
  model::UserVerdict old_verdict() const {
    return fix() ? model::UserVerdict::bad : model::UserVerdict::good;
  }
  std::string term_of(model::UserVerdict verdict) const {
    const model::OwnWords& own = m_summary.problem.own;
    if (verdict == new_verdict() && !own.term_new.empty()) return own.term_new;
    if (verdict == old_verdict() && !own.term_old.empty()) return own.term_old;
    return std::string(model::name_of(verdict));
  }
  void line(const StyledLine& finished) { m_out += finished.str() + "\n"; }
  void put(std::string_view label, const std::string& word, const model::CommitId& commit) {
    StyledLine out(m_style);
    out.put_padded(label, 7, Ink::dim).put_padded(word, 6).put(commit.short_hex(), Ink::cyan).put(" ");
    if (const std::string name = m_summary.name_of(commit); name != commit.short_hex())
      out.put(name, Ink::bold).put(" ");
    line(out.put(m_title_of ? m_title_of(commit) : std::string()));
  }

  const Summary& m_summary;
  const Style& m_style;
  const TitleOf& m_title_of;
  std::string m_out;
};

}  // namespace

std::string render_status(const Summary& known, const Style& style, double now, const TitleOf& title_of,
                          bool at_work) {
  if (!known.started) return "no bisection has begun here\n";
  Summary summary = known;
  const bool open = !summary.conclusion && !summary.interrupted;
  const bool by_hand = summary.subject == model::Subject::by_hand;
  const bool abandoned = open && !at_work && !by_hand;
  std::string state = state_text(summary);
  if (open && by_hand) state = "by hand";
  if (abandoned) state = "no culprit is at work on it; `culprit resume` continues";
  if (abandoned) {
    summary.under_way.clear();
    summary.interrupted = "interrupted";
  }
  std::string out;
  constexpr std::size_t k_any = 1000;
  const auto add = [&](const std::string& text) { out += StyledLine(style, k_any).put(text).str() + "\n"; };
  add(fmt::format("{} ({}), {}, started {}", summary.repository, model::name_of(summary.subject),
                  counted(summary.commits, "commit"), date_text(summary.started_at)));
  add(state +
      (open ? fmt::format(", latest news {} ago", short_duration(now - summary.last_at)) : std::string()));
  if (by_hand) return out + ByHand(summary, style, title_of).text();
  Style tall = style;
  tall.rows = 100;
  for (const std::string& line : render_live(summary, tall, now, title_of)) out += line + "\n";
  return out;
}

std::string render_show(const Summary& summary, std::span<const HistoryLine> history, const Style& style) {
  if (!summary.started) return "no bisection has begun here\n";
  std::string out;
  const std::string range = range_words(summary);
  StyledLine head(style);
  head.put(state_text(summary), Ink::bold);
  if (!range.empty() && !summary.conclusion) head.put(", ").put(range);
  out += head.str() + "\n";
  for (const std::string& line : history_table(summary, history, style)) out += line + "\n";
  return out;
}

std::string render_why(const Summary& summary, const model::CommitId& commit, const Style& style) {
  constexpr std::size_t k_any = 1000;
  const RevisionSummary* revision = summary.find(commit);
  std::string out;
  const auto add = [&](std::string_view text, Ink ink = Ink::plain) {
    out += StyledLine(style, k_any).put(text, ink).str() + "\n";
  };
  if (revision == nullptr) {
    add(commit.hex() + " was not tested; what is believed of it follows from its neighbours (culprit show)");
    return out;
  }
  add(fmt::format("{}{}{} {}", commit.hex(), revision->label.empty() ? "" : " ", revision->label,
                  revision->title),
      Ink::bold);
  add(fmt::format("  verdict: {}", verdict_text(*revision)));
  if (revision->judged && !revision->build_broken())
    add(fmt::format("  the bug is there with probability {}", percent(revision->p_bad)));
  if (!revision->why.empty()) add("  because: " + revision->why);
  for (const Choice& choice : revision->choices) add("  chosen for " + choice_text(choice));
  if (revision->person) {
    std::string words;
    for (const model::UserVerdict word : revision->said)
      words += fmt::format("{}{}", words.empty() ? "" : ", then ", model::name_of(word));
    add("  a person says: " + words);
  }
  for (const BuildSummary& build : revision->builds) {
    static constexpr base::Words<model::BuildStatus> k_words{"built", "did not build", "the build was lost"};
    const auto revert = model::revert_variant_from_name(build.variant);
    const auto apply = model::apply_variant_from_name(build.variant);
    const std::string variant = build.variant.empty() ? std::string()
                                : revert              ? fmt::format(" without {}", revert->commit.short_hex())
                                : apply               ? fmt::format(" with {}", apply->commit.short_hex())
                                                      : fmt::format(" [variant {}]", build.variant);
    add(fmt::format("  {}{} in {}{}{}", k_words.of(build.status), variant, short_duration(build.seconds),
                    build.compiler.empty() ? "" : " with ", build.compiler));
    for (const std::string_view line : base::split_lines(build.text)) add("    | " + std::string(line));
  }
  put_runs(out, revision->runs, style);
  if (!revision->checks.empty()) {
    const std::string& variant = revision->checks.front().variant;
    const auto revert = model::revert_variant_from_name(variant);
    const auto apply = model::apply_variant_from_name(variant);
    add(revert  ? fmt::format("  with {} taken back on top of it, which says nothing about itself:",
                              revert->commit.short_hex())
        : apply ? fmt::format("  with {} applied on top of it, which ended what hides the bug here:",
                              apply->commit.short_hex())
                : "  built as another revision was, for a check:");
    put_runs(out, revision->checks, style);
  }
  for (const RevisionSummary& other : summary.revisions)
    if (other.commit != commit && !revision->signature.empty() && other.signature == revision->signature) {
      StyledLine line(style, k_any);
      line.put("  same binary as ")
          .put(summary.name_of(other.commit), Ink::cyan)
          .put(", whose runs count too: ");
      put_marks(line, other.runs, 60);
      out += line.str() + "\n";
    }
  return out;
}

std::string render_runs(const Summary& summary, const Style& style) {
  std::string out;
  constexpr std::size_t k_any = 1000;
  for (const RevisionSummary& revision : summary.revisions)
    for (const RunSummary& run : revision.runs) {
      if (run.id == 0) continue;
      StyledLine line(style, k_any);
      const Mark mark = mark_of(run);
      line.put(fmt::format("{:>5}  ", run.id)).put(std::string(1, glyph_of(mark)), ink_of(mark));
      line.put(fmt::format("  {}  ", revision.commit.short_hex())).put(run_text(run));
      out += line.str() + "\n";
    }
  return out;
}

}  // namespace culprit::output
