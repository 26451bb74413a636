// Each sentence stands on its own and is left out where there is nothing to say: what the bug is and how far
// back it was seen, where the log left it, what hides it, where it is gone, and what follows.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "output/words/text.h"
#include "replay/telling/telling.h"

namespace culprit::replay {
namespace {

using model::Verdict;
using output::counted;

class Paragraph {
 public:
  explicit Paragraph(const Replay& replay) : m_replay(replay), m_fix(replay.goal == model::Goal::fix) {}

  std::string text() {
    if (m_replay.revisions.empty()) return "The log names no revision.";
    if (m_replay.target.empty() && !has_verdicts())
      return "No run of this log shows a crash, so there is nothing to judge.";
    seen();
    derailed();
    hidden();
    quiet();
    concluded();
    logged();
    return fmt::format("{}", fmt::join(m_sentences, " "));
  }

 private:
  const ReplayedRevision& at(std::size_t i) const { return m_replay.revisions[i]; }
  void say(std::string sentence) { m_sentences.push_back(std::move(sentence)); }
  bool has_verdicts() const {
    return std::ranges::any_of(m_replay.revisions,
                               [](const auto& r) { return r.verdict != Verdict::unknown; });
  }

  void seen() {
    if (m_replay.target.empty()) return;
    const auto& last = m_replay.conclusion.last_confirmed;
    if (!last) {
      say(fmt::format("\"{}\" was not seen for sure on any revision.", m_replay.target));
      return;
    }
    int shown = 0;
    for (const ReplayedRun& run : at(*last).runs) shown += run.identity == model::Identity::target;
    say(fmt::format("\"{}\" was last seen on {} ({} of {}){}.", m_replay.target, at(*last).name(), shown,
                    counted(at(*last).runs.size(), "run"), other_titles(at(*last))));
  }

  // ", there as ..." where the bug has another title.
  std::string other_titles(const ReplayedRevision& revision) const {
    std::vector<std::string> titles;
    for (const ReplayedRun& run : revision.runs) {
      if (run.identity != model::Identity::target) continue;
      if (run.title == m_replay.target) return {};
      if (std::ranges::find(titles, run.title) == titles.end()) titles.push_back(run.title);
    }
    return titles.empty() ? std::string() : fmt::format(", there as \"{}\"", fmt::join(titles, "\" and \""));
  }

  void derailed() {
    if (!m_replay.derailed_at) return;
    say(fmt::format("The bisection left this bug at {}: {}{}.", at(*m_replay.derailed_at).name(),
                    m_replay.derailed_why, reason(*m_replay.derailed_at)));
  }

  // " (a possible deadlock is not a hung task)": the strongest reason against the crash that derailed it.
  std::string reason(std::size_t index) const {
    std::map<std::string, int> counts;
    for (const ReplayedRun& run : at(index).runs)
      if (run.identity && *run.identity != model::Identity::target) ++counts[run.title];
    if (counts.empty() || at(index).verdict == Verdict::bad) return {};
    const auto most = std::ranges::max_element(counts, {}, [](const auto& e) { return e.second; });
    for (const identity::FaceJudgement& face : m_replay.faces)
      if (face.title == most->first && !face.reasons.empty() && face.reasons.front().weight < 0)
        return fmt::format(" ({})", face.reasons.front().text);
    return {};
  }

  // Unknown revisions between the bug and where it is gone, by what hides it.
  void hidden() {
    std::vector<std::pair<std::string, std::vector<std::size_t>>> by_crash;
    for (const std::size_t i : m_replay.conclusion.unknown_between) {
      std::map<std::string, std::size_t> counts;
      for (const ReplayedRun& run : at(i).runs)
        if (run.identity) ++counts[run.title];
      if (counts.empty()) continue;
      const auto most = std::ranges::max_element(counts, {}, [](const auto& e) { return e.second; });
      if (most->second * 2 <= at(i).runs.size()) continue;
      if (by_crash.empty() || by_crash.back().first != most->first) by_crash.push_back({most->first, {}});
      by_crash.back().second.push_back(i);
    }
    constexpr std::size_t k_most = 4;
    for (std::size_t c = 0; c < std::min(by_crash.size(), k_most); ++c) {
      const auto& [title, revisions] = by_crash[c];
      say(fmt::format("On {}, \"{}\" ends the runs before the bug could show, so nothing is known of {}.",
                      names(revisions), title, revisions.size() == 1 ? "it" : "them"));
    }
    if (by_crash.size() > k_most) say("Behind these, still other crashes do the same.");
  }

  std::string names(const std::vector<std::size_t>& revisions) const {
    if (revisions.size() > 3)
      return fmt::format("{} .. {} ({} revisions)", at(revisions.front()).name(), at(revisions.back()).name(),
                         revisions.size());
    std::vector<std::string> out;
    for (const std::size_t i : revisions) out.push_back(at(i).name());
    return fmt::format("{}", fmt::join(out, ", "));
  }

  void quiet() {
    const auto& good = m_replay.conclusion.good;
    if (!good || m_replay.target.empty()) return;
    const auto runs = std::ranges::count_if(at(*good).runs,
                                            [](const auto& run) { return run.outcome == LoggedOutcome::ok; });
    say(fmt::format("{} is free of it ({}, p = {:.2f}).", at(*good).name(),
                    counted(static_cast<std::size_t>(runs), "quiet run"), 1 - at(*good).p_bad));
  }

  void concluded() {
    const ReplayConclusion& c = m_replay.conclusion;
    const std::string_view what = m_fix ? "fix" : "cause";
    if (c.culprit) {
      say(fmt::format("The evidence supports {} as the {}.", title_of(*c.culprit), what));
    } else if (c.good && c.bad) {
      const std::string left =
          c.commits_left ? fmt::format(", one of {}", counted(*c.commits_left, "commit")) : std::string();
      say(fmt::format("The {} lies between {} and {}{}.", what, at(m_fix ? *c.bad : *c.good).name(),
                      at(m_fix ? *c.good : *c.bad).name(), left));
    } else if (c.bad && m_fix) {
      say("No revision is known to be fixed.");
    } else if (c.bad) {
      say(fmt::format("No revision is known to be free of the bug: it is at least as old as {}.",
                      at(*c.bad).name()));
    }
  }

  std::string title_of(const model::CommitId& commit) const {
    const ReplayedRevision* revision = m_replay.find(commit);
    std::string title = revision ? revision->title : std::string();
    if (title.empty() && m_replay.logged_result.commit == commit) title = m_replay.logged_result.title;
    return title.empty() ? commit.short_hex() : fmt::format("{} (\"{}\")", commit.short_hex(), title);
  }

  // What the log answered, where the evidence does not support it.
  void logged() {
    const auto& result = m_replay.logged_result;
    if (result.kind != LoggedKind::culprit || !result.commit) return;
    if (m_replay.conclusion.culprit == result.commit) return;
    const std::string& against = m_replay.conclusion.against;
    say(fmt::format("The commit that the log names, {}, does not follow from its runs{}{}.",
                    title_of(*result.commit), against.empty() ? "" : ": ", against));
  }

  const Replay& m_replay;
  bool m_fix;
  std::vector<std::string> m_sentences;
};

}  // namespace

std::string replay_paragraph(const Replay& replay) { return Paragraph(replay).text(); }

}  // namespace culprit::replay
