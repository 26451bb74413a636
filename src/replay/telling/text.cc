#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "output/summary/marks.h"
#include "output/words/text.h"
#include "replay/telling/telling.h"

namespace culprit::replay {
namespace {

using model::Verdict;
using output::Ink;
using output::StyledLine;

constexpr std::size_t k_name = 13;
constexpr std::size_t k_verdict = 9;
constexpr std::size_t k_percent = 7;

// As the marks of our own bisections want it.
output::RunSummary summary_of(const ReplayedRun& run) {
  output::RunSummary out;
  out.p_target = run.p_target;
  out.identity = run.identity.value_or(model::Identity::unknown);
  switch (run.outcome) {
    case LoggedOutcome::ok:
      out.outcome = model::OutcomeKind::ok;
      break;
    case LoggedOutcome::crashed:
    case LoggedOutcome::ignored:
      out.outcome = model::OutcomeKind::crashed;
      break;
    case LoggedOutcome::boot_failed:
      out.outcome = model::OutcomeKind::boot_failed;
      break;
    case LoggedOutcome::test_failed:
      out.outcome = model::OutcomeKind::test_failed;
      break;
    case LoggedOutcome::infra:
      out.outcome = model::OutcomeKind::infra;
      break;
  }
  out.says = model::what_says(out.outcome, run.outcome == LoggedOutcome::ok, run.p_target, 0);
  return out;
}

class Text {
 public:
  Text(const Replay& replay, const output::Style& style) : m_replay(replay), m_style(style) {
    m_style.columns = std::max<std::size_t>(m_style.columns, 60);
  }

  std::string str() {
    headline();
    table();
    crashes();
    section("What the evidence supports");
    wrapped("  ", replay_paragraph(m_replay));
    if (!m_replay.next_steps.empty()) {
      section("What to test next");
      for (const std::string& step : m_replay.next_steps) wrapped("  - ", step);
    }
    return std::move(m_out);
  }

 private:
  void line(const StyledLine& line) { m_out += line.str() + "\n"; }
  void whole(std::string_view text, Ink ink = Ink::plain) {
    line(StyledLine(m_style, 100000).put(text, ink));
  }
  void section(std::string_view title) {
    m_out += "\n";
    whole(title, Ink::bold);
  }
  void wrapped(std::string_view indent, std::string_view text) {
    bool first = true;
    const std::size_t room = std::min<std::size_t>(m_style.columns - indent.size(), 100);
    for (const std::string& piece : output::wrap(output::one_line(text, m_style.unicode), room)) {
      whole((first ? std::string(indent) : std::string(indent.size(), ' ')) + piece);
      first = false;
    }
  }

  void headline() {
    whole(m_replay.target.empty() ? std::string("No crash in this log") : m_replay.target, Ink::bold);
    const auto& result = m_replay.logged_result;
    std::string said = "The log gives no result.";
    if (result.kind == LoggedKind::culprit && result.commit)
      said = fmt::format("The log names {} {}", result.commit->short_hex(), result.title);
    else if (result.kind == LoggedKind::horizon)
      said = m_replay.goal == model::Goal::fix ? "The log says that the newest revision still has it."
                                               : "The log says that the oldest tested release has it.";
    else if (result.kind == LoggedKind::inconclusive)
      said = "The log leaves several commits.";
    else if (result.kind == LoggedKind::error)
      said = "The log ends in an error: " + result.text;
    wrapped("", said);
    if (m_replay.derailed_at)
      wrapped("", fmt::format("It left its bug at {}: {}.", m_replay.revisions[*m_replay.derailed_at].name(),
                              m_replay.derailed_why));
    else if (!m_replay.target.empty())
      wrapped("", "It stayed with its bug all the way.");
  }

  std::size_t marks_width() const {
    std::size_t most = 4;
    for (const ReplayedRevision& revision : m_replay.revisions) most = std::max(most, revision.runs.size());
    return std::min(most, std::max<std::size_t>(10, m_style.columns / 4));
  }

  void table() {
    if (m_replay.revisions.empty()) return;
    m_out += "\n";
    const std::size_t marks = marks_width();
    StyledLine head(m_style);
    head.put_padded("", 2)
        .put_padded("revision", k_name, Ink::dim)
        .put_padded("verdict", k_verdict, Ink::dim);
    head.put_right("bad", k_percent - 1, Ink::dim).put(" ").put_padded("runs", marks + 1, Ink::dim);
    line(head.put_padded("log", 5, Ink::dim).put("why", Ink::dim));
    for (std::size_t i = 0; i < m_replay.revisions.size(); ++i) row(i, marks);
    StyledLine legend(m_style);
    output::put_legend(legend.put("  "));
    line(legend);
  }

  void row(std::size_t index, std::size_t marks) {
    const ReplayedRevision& revision = m_replay.revisions[index];
    const bool left = m_replay.derailed_at == index;
    StyledLine out(m_style);
    out.put(left ? "> " : "  ", Ink::yellow);
    out.put_padded(revision.name(), k_name, left ? Ink::yellow : Ink::cyan);
    const Ink ink = revision.verdict == Verdict::bad    ? Ink::red
                    : revision.verdict == Verdict::good ? Ink::green
                                                        : Ink::dim;
    out.put_padded(model::name_of(revision.verdict), k_verdict, ink);
    out.put_right(output::percent(revision.p_bad), k_percent - 1).put(" ");
    std::vector<output::RunSummary> runs;
    for (const ReplayedRun& run : revision.runs) runs.push_back(summary_of(run));
    const std::size_t end = out.width() + marks + 1;
    output::put_marks(out, runs, marks);
    out.go_to(end);
    const std::string_view logged = !revision.logged_bad ? "-" : *revision.logged_bad ? "bad" : "good";
    const bool differs =
        revision.logged_bad && ((*revision.logged_bad && revision.verdict != Verdict::bad) ||
                                (!*revision.logged_bad && revision.verdict != Verdict::good));
    out.put_padded(logged, 5, differs ? Ink::yellow : Ink::dim);
    line(out.put(revision.why, Ink::dim));
  }

  void crashes() {
    std::vector<const identity::FaceJudgement*> faces;
    for (const identity::FaceJudgement& face : m_replay.faces)
      if (face.runs > 0) faces.push_back(&face);
    if (faces.empty()) return;
    std::ranges::stable_sort(faces, std::ranges::greater(),
                             [](const auto* face) { return face->probability; });
    section("Crashes");
    for (const identity::FaceJudgement* face : faces) {
      StyledLine out(m_style);
      const bool target = face->identity == model::Identity::target;
      const bool open = face->identity == model::Identity::unknown;
      out.put("  ").put_padded(target ? "the bug"
                               : open ? "open"
                                      : "another",
                               9,
                               target ? Ink::red
                               : open ? Ink::plain
                                      : Ink::yellow);
      out.put_right(output::percent(face->probability), k_percent)
          .put_right(fmt::format("{}x", face->runs), 6);
      line(out.put("  ").put(face->title));
      for (std::size_t i = 0; i < std::min<std::size_t>(face->reasons.size(), 3); ++i) {
        const identity::Reason& reason = face->reasons[i];
        if (std::abs(reason.weight) < 0.05) continue;
        StyledLine why(m_style);
        line(why.put("            ")
                 .put(reason.weight > 0 ? "+ " : "- ", Ink::dim)
                 .put(reason.text, Ink::dim));
      }
    }
  }

  const Replay& m_replay;
  output::Style m_style;
  std::string m_out;
};

}  // namespace

std::string replay_text(const Replay& replay, const output::Style& style) {
  return Text(replay, style).str();
}

}  // namespace culprit::replay
