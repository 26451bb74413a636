// The block is made anew from the summary each time: there is no state that could go stale. Its parts are put
// together in the order in which they are shown, each with a rank; when rows are few, the lowest ranks go
// first, so that a terminal of four lines still says what runs and how long it takes.
#include "output/terminal/live.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "output/summary/happening.h"
#include "output/summary/marks.h"
#include "output/words/duration.h"
#include "output/words/text.h"

namespace culprit::output {
namespace {

constexpr std::size_t k_label_column = 7;  // "stage  ", "now    "
constexpr std::size_t k_name_width = 13;   // twelve digits of an id and a blank

struct Part {
  int rank;  // 0 goes last
  std::string line;
};

std::string a_noun(const Summary& summary) {
  const Happening happening = happening_of(summary);
  return "a " + happening.noun;
}

class Block {
 public:
  Block(const Summary& summary, const Style& style, double now, const TitleOf& title_of)
      : m_summary(summary), m_style(style), m_now(now), m_title_of(title_of) {}

  std::vector<std::string> lines();

 private:
  StyledLine line() const { return {m_style, std::max<std::size_t>(m_style.columns, 2) - 1}; }
  StyledLine labelled(std::string_view label) const {
    return line().put_padded(label, m_style.columns < 40 ? label.size() + 1 : k_label_column, Ink::dim);
  }
  void add(int rank, const StyledLine& line) { m_parts.push_back({rank, line.str()}); }
  bool narrow() const { return m_style.columns < 60; }
  std::string title_of(const model::CommitId& commit) const;

  void head();
  void stage();
  void under_way();
  void one_under_way(const UnderWay& work, bool alone, bool first);
  void left();
  void so_far();
  void candidates();
  void tested();
  void note();

  const Summary& m_summary;
  Style m_style;
  double m_now;
  const TitleOf& m_title_of;
  std::vector<Part> m_parts;
};

std::string Block::title_of(const model::CommitId& commit) const {
  const RevisionSummary* revision = m_summary.find(commit);
  if (revision != nullptr && !revision->title.empty()) return revision->title;
  return m_title_of ? m_title_of(commit) : std::string();
}

// Nothing is set to the right margin: a full line breaks in two when the terminal gets narrower.
void Block::head() {
  const std::string title = chased_title(m_summary);
  StyledLine out = line();
  out.put("culprit", Ink::bold);
  out.put(m_summary.problem.goal == model::Goal::fix ? ": the fix of " : ": the cause of ");
  out.put(title.empty() ? a_noun(m_summary) : title, Ink::bold);
  add(2, out);
}

void Block::stage() {
  StyledLine out = labelled("stage");
  out.put(stage_words(m_summary.stage));
  const std::string range = range_words(m_summary);
  if (!range.empty()) out.put(m_summary.stage == "bisect" ? " " : ", ").put(range);
  add(3, out);
}

void Block::one_under_way(const UnderWay& work, bool alone, bool first) {
  const RevisionSummary* revision = m_summary.find(work.commit);
  const std::string title = title_of(work.commit);
  StyledLine out = labelled(first ? "now" : "");
  out.put(work.commit.short_hex(), Ink::cyan).put(" ");
  std::string label = work.label;
  if (const std::string name = m_summary.name_of(work.commit); name != work.commit.short_hex()) label = name;
  if (!label.empty()) out.put(label, Ink::bold).put("  ");
  if (alone) {
    add(1, out.put(title));
    out = labelled("");
  }
  if (work.building) {
    out.put(fmt::format("building for {}", short_duration(m_now - work.since)));
  } else if (work.runs_done == 0 && work.runs_going == 0) {
    out.put("waiting", Ink::dim);
  } else {
    const std::size_t known = revision != nullptr ? revision->runs.size() : 0;
    const auto done = std::min<std::size_t>(known, static_cast<std::size_t>(std::max(0, work.runs_done)));
    const auto wanted = static_cast<std::size_t>(std::max({work.runs_wanted, work.runs_done, 1}));
    const std::size_t room = std::min<std::size_t>(out.left() / 2, 40);
    if (revision != nullptr) put_marks(out, std::span(revision->runs).subspan(known - done), room);
    if (wanted > done && wanted <= room) out.put(std::string(wanted - done, '_'), Ink::dim);
    out.put(fmt::format("  {} of {}", done, counted(wanted, "run")));
    if (known > done) out.put(fmt::format(", {} before", known - done), Ink::dim);
  }
  if (!alone && !narrow()) out.put("  ").put(title, Ink::dim);
  add(0, out);
}

void Block::under_way() {
  const std::vector<UnderWay>& work = m_summary.under_way;
  if (work.empty()) {
    const bool by_hand = m_summary.subject == model::Subject::by_hand;
    std::string idle = m_summary.conclusion ? "finished"
                       : by_hand            ? "waiting for your verdict"
                                            : "choosing what to test next";
    if (m_summary.interrupted && !m_summary.conclusion)
      idle =
          *m_summary.interrupted == "interrupted" ? "interrupted" : "interrupted: " + *m_summary.interrupted;
    add(1, labelled("now").put(idle));
    return;
  }
  constexpr std::size_t k_shown = 8;
  for (std::size_t i = 0; i < std::min(work.size(), k_shown); ++i)
    one_under_way(work[i], work.size() == 1, i == 0);
  if (work.size() > k_shown)
    add(1, labelled("").put(fmt::format("and {} more", work.size() - k_shown), Ink::dim));
}

void Block::left() {
  if (m_summary.conclusion) return;
  const model::Standing& standing = m_summary.standing;
  StyledLine out = labelled("left");
  if (standing.revisions_left > 0)
    out.put(revisions_left_words(standing));
  else
    out.put("not known yet", Ink::dim);
  if (standing.steps_left > 0)
    out.put(", roughly ").put(counted(static_cast<std::size_t>(standing.steps_left), "step"));
  const double eta = seconds_left(m_summary, m_now);
  if (eta > 0) out.put(", " + rough_duration(eta));
  add(0, out);
}

void Block::so_far() {
  const Stats& stats = m_summary.stats;
  if (m_summary.subject == model::Subject::by_hand) return;  // what a person does takes their time
  StyledLine out = labelled("so far");
  out.put(short_duration(seconds_gone(m_summary, m_now))).put(": ");
  out.put(counted(m_summary.tested(), "revision")).put(" tested, ");
  out.put(counted(stats.builds, "build")).put(" in ").put(short_duration(stats.build_s)).put(", ");
  out.put(counted(stats.runs, "run")).put(" in ").put(short_duration(stats.run_s));
  add(5, out);
}

void Block::candidates() {
  const std::vector<model::Candidate>& top = m_summary.standing.top;
  if (m_summary.conclusion) return;
  constexpr std::size_t k_shown = 4;
  for (std::size_t i = 0; i < std::min(top.size(), k_shown); ++i) {
    StyledLine out = labelled(i == 0 ? "likely" : "");
    out.put_right(percent(top[i].probability), 6).put(" ");
    if (!narrow()) out.put_bar(top[i].probability, m_style.columns / 8, Ink::cyan).put(" ");
    out.put(top[i].commit.short_hex(), Ink::cyan).put(" ").put(title_of(top[i].commit));
    add(6 + static_cast<int>(i), out);
  }
}

// The revisions judged last, newest first.
void Block::tested() {
  std::vector<const RevisionSummary*> judged;
  for (const RevisionSummary& revision : m_summary.revisions)
    if (revision.judged) judged.push_back(&revision);
  std::ranges::reverse(judged);
  constexpr std::size_t k_shown = 6;
  const std::size_t marks = narrow() ? 10 : std::clamp<std::size_t>(m_style.columns / 6, 10, 24);
  for (std::size_t i = 0; i < std::min(judged.size(), k_shown); ++i) {
    const RevisionSummary& revision = *judged[i];
    StyledLine out = labelled(i == 0 ? "tested" : "");
    out.put_padded(m_summary.name_of(revision.commit), k_name_width);
    out.put_padded(verdict_text(revision), 9, verdict_ink(revision));
    const std::size_t column = out.width();
    put_marks(out, revision.runs, marks);
    out.go_to(column + marks + 1).put(revision.title, Ink::dim);
    add(7 + static_cast<int>(i), out);
  }
}

void Block::note() {
  if (m_summary.notes.empty()) return;
  add(4, labelled("note").put(m_summary.notes.back(), Ink::yellow));
}

std::vector<std::string> Block::lines() {
  head();
  if (!m_summary.conclusion) stage();
  under_way();
  left();
  so_far();
  candidates();
  tested();
  note();
  const std::size_t room = m_style.rows > 1 ? m_style.rows - 1 : 1;
  while (m_parts.size() > room) {
    // The last of the lowest rank.
    const auto least = std::ranges::max_element(m_parts.rbegin(), m_parts.rend(), {}, &Part::rank);
    m_parts.erase(std::next(least).base());
  }
  std::vector<std::string> out;
  for (Part& part : m_parts) out.push_back(std::move(part.line));
  return out;
}

}  // namespace

std::vector<std::string> render_live(const Summary& summary, const Style& style, double now,
                                     const TitleOf& title_of) {
  return Block(summary, style, now, title_of).lines();
}

std::string_view stage_words(std::string_view stage) {
  struct Words {
    std::string_view stage;
    std::string_view words;
  };
  static constexpr auto k_words = std::to_array<Words>({
      {"", "getting ready"},
      {"start", "checking that the bug shows"},
      {"end", "checking the other end"},
      {"again", "asking once more"},
      {"control", "running the answer once more"},
      {"release", "walking back over releases"},
      {"merge-base", "testing the merge base"},
      {"bisect", "searching"},
      {"confirm", "confirming the answer"},
      {"parent", "testing the culprit's parent"},
      {"smaller", "trying the smaller configuration"},
      {"variant", "looking for a way past what masks the bug"},
      {"verify", "checking the answer by a revert"},
  });
  const auto at = std::ranges::find(k_words, stage, &Words::stage);
  return at == k_words.end() ? stage : at->words;
}

std::string revisions_left_words(const model::Standing& standing) {
  std::string out = counted(standing.revisions_left, "revision");
  if (!standing.top.empty()) out += standing.revisions_left == 1 ? " holds 99%" : " hold 99%";
  return out;
}

double seconds_left(const Summary& summary, double now) {
  if (summary.subject == model::Subject::by_hand) return 0;  // only the person knows what a test costs
  const model::Standing& standing = summary.standing;
  // The search knows builds and runs; what lies between them (checkouts, git, the store) is seen from outside. Several at a
  // time make it less.
  const Stats& stats = summary.stats;
  constexpr double k_least = 0.3, k_most = 3;
  const double work = stats.build_s + stats.run_s;
  const double per_second = work > 0 ? std::clamp(seconds_gone(summary, now) / work, k_least, k_most) : 1;
  if (standing.cost_left > 0)
    return std::max(1.0, per_second * standing.cost_left - std::max(0.0, now - summary.decided_at));
  const auto judged = std::ranges::count_if(summary.revisions, &RevisionSummary::judged);
  if (judged == 0 || standing.steps_left <= 0) return 0;
  return summary.stats.wall_s / static_cast<double>(judged) * standing.steps_left;
}

double seconds_gone(const Summary& summary, double now) {
  const bool at_work = summary.started && !summary.conclusion && !summary.interrupted;
  return summary.stats.wall_s + (at_work ? std::max(0.0, now - summary.last_at) : 0);
}

std::string range_words(const Summary& summary) {
  const model::CommitId& good = summary.standing.good_end;
  const model::CommitId& bad = summary.standing.bad_end;
  if (!good.is_null() && !bad.is_null())
    return fmt::format("between {} (good) and {} (bad)", summary.name_of(good), summary.name_of(bad));
  if (!bad.is_null()) return fmt::format("bad at {}", summary.name_of(bad));
  if (!good.is_null()) return fmt::format("good at {}", summary.name_of(good));
  return {};
}

}  // namespace culprit::output
