#include "output/terminal/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "model/build/compiler_name.h"
#include "output/summary/marks.h"
#include "output/words/duration.h"
#include "output/words/text.h"

namespace culprit::output {
namespace {

constexpr std::size_t k_name = 13;  // twelve digits of an id and a blank
constexpr std::size_t k_percent = 7;

std::size_t marks_width(const Summary& summary, const Style& style) {
  std::size_t most = 4;
  for (const RevisionSummary& revision : summary.revisions) most = std::max(most, revision.runs.size());
  return std::min(most, std::max<std::size_t>(10, style.columns / 5));
}

// "no build" and a blank, or "skip (you)" and one where a person spoke.
std::size_t verdict_width(const Summary& summary) {
  const bool spoken =
      std::ranges::any_of(summary.revisions, [](const RevisionSummary& r) { return r.person.has_value(); });
  return spoken ? 11 : 9;
}

// Room for the compilers' names and a blank; 0 where one built all.
std::size_t compilers_width(const Summary& summary) {
  std::set<std::string> compilers;
  std::size_t widest = 0;
  for (const RevisionSummary& revision : summary.revisions) {
    if (revision.compiler.empty() || !revision.answered()) continue;
    compilers.insert(revision.compiler);
    widest = std::max(widest, model::short_compiler(revision.compiler).size());
  }
  return compilers.size() < 2 ? 0 : widest + 1;
}

// Releases have a name of their own; the id is added where there is room.
void put_name(StyledLine& line, const Summary& summary, const model::CommitId& commit, bool wide) {
  const std::string name = summary.name_of(commit);
  if (wide) line.put_padded(commit.short_hex(), k_name, Ink::cyan);
  line.put_padded(wide && name == commit.short_hex() ? "" : name, k_name, Ink::cyan);
}

class HistoryTable {
 public:
  HistoryTable(const Summary& summary, const Style& style)
      : m_summary(summary),
        m_style(style),
        m_marks(marks_width(summary, style)),
        m_verdict(verdict_width(summary)) {}

  std::vector<std::string> lines(std::span<const HistoryLine> history);

 private:
  std::size_t bar() const { return std::clamp<std::size_t>(m_style.columns / 10, 4, 16); }
  void head();
  void row(const model::CommitId& commit, double mass, std::string_view title);
  void gap(std::size_t commits, double mass);
  void put_mass(StyledLine& line, double mass) const;

  const Summary& m_summary;
  Style m_style;
  std::size_t m_marks;
  std::size_t m_verdict;
  std::vector<std::string> m_lines;
};

void HistoryTable::head() {
  StyledLine line(m_style);
  line.put_padded("commit", k_name, Ink::dim).put_padded("verdict", m_verdict, Ink::dim);
  line.put_right("bad", k_percent - 1, Ink::dim).put(" ").put_padded("runs", m_marks + 1, Ink::dim);
  line.put_padded("is the culprit", k_percent + bar() + 1, Ink::dim);
  line.put("title", Ink::dim);
  m_lines.push_back(line.str());
}

void HistoryTable::put_mass(StyledLine& line, double mass) const {
  const std::size_t end = line.width() + k_percent + bar() + 1;
  if (mass > 0) line.put_right(percent(mass), k_percent - 1).put(" ").put_bar(mass, bar(), Ink::cyan);
  line.go_to(end);
}

void HistoryTable::row(const model::CommitId& commit, double mass, std::string_view title) {
  StyledLine line(m_style);
  const RevisionSummary* revision = m_summary.find(commit);
  if (revision == nullptr) {
    line.put_padded(m_summary.name_of(commit), k_name, Ink::cyan);
    line.go_to(k_name + m_verdict + k_percent + m_marks + 1);
  } else {
    put_name(line, m_summary, commit, false);
    line.put_padded(verdict_text(*revision), m_verdict, verdict_ink(*revision));
    line.put_right(revision->judged && !revision->build_broken() ? percent(revision->p_bad) : "",
                   k_percent - 1);
    line.put(" ");
    const std::size_t end = line.width() + m_marks + 1;
    put_marks(line, runs_to_show(*revision), m_marks);
    line.go_to(end);
    if (!revision->title.empty()) title = revision->title;
  }
  put_mass(line, mass);
  m_lines.push_back(line.put(title).str());
}

void HistoryTable::gap(std::size_t commits, double mass) {
  if (commits == 0) return;
  StyledLine line(m_style);
  line.put(m_style.unicode ? "  ⋮ " : "  : ", Ink::dim).put(counted(commits, "commit"), Ink::dim);
  line.go_to(k_name + m_verdict + k_percent + m_marks + 1);
  put_mass(line, mass);
  m_lines.push_back(line.str());
}

std::vector<std::string> HistoryTable::lines(std::span<const HistoryLine> history) {
  constexpr double k_worth_a_row = 0.01;
  head();
  std::set<model::CommitId> shown;
  std::size_t skipped = 0;
  double skipped_mass = 0;
  for (const HistoryLine& line : history) {
    const RevisionSummary* revision = m_summary.find(line.commit);
    shown.insert(line.commit);
    if (line.mass < k_worth_a_row && (revision == nullptr || (!revision->tested() && !revision->person))) {
      ++skipped;
      skipped_mass += line.mass;
      continue;
    }
    gap(std::exchange(skipped, 0), std::exchange(skipped_mass, 0));
    row(line.commit, line.mass, line.title);
  }
  gap(skipped, skipped_mass);

  std::map<model::CommitId, double> masses;
  const auto& candidates = m_summary.conclusion && !m_summary.conclusion->candidates.empty()
                               ? m_summary.conclusion->candidates
                               : m_summary.standing.top;
  for (const model::Candidate& candidate : candidates) masses[candidate.commit] = candidate.probability;
  for (const RevisionSummary& revision : m_summary.revisions)
    if (shown.insert(revision.commit).second)
      row(revision.commit, history.empty() ? masses[revision.commit] : 0, {});
  if (history.empty())
    for (const model::Candidate& candidate : candidates)
      if (shown.insert(candidate.commit).second) row(candidate.commit, candidate.probability, {});
  return std::move(m_lines);
}

// In two lines where a screen is too narrow for it.
void add_legend(std::vector<std::string>& out, const Style& style) {
  constexpr std::size_t k_width = 60;
  if (style.columns >= k_width) {
    StyledLine line(style);
    put_legend(line);
    out.push_back(line.str());
    return;
  }
  for (const Mark from : {Mark::target, Mark::ok}) {
    StyledLine line(style);
    put_legend(line, from, 2);
    out.push_back(line.str());
  }
}

}  // namespace

std::vector<std::string> tested_table(const Summary& summary, const Style& style) {
  std::vector<std::string> out;
  const bool wide = style.columns >= 110;
  const std::size_t marks = marks_width(summary, style);
  const std::size_t verdict = verdict_width(summary);
  const std::size_t compilers = compilers_width(summary);
  for (const RevisionSummary& revision : summary.revisions) {
    if (!revision.answered()) continue;
    StyledLine line(style);
    put_name(line, summary, revision.commit, wide);
    line.put_padded(verdict_text(revision), verdict, verdict_ink(revision));
    const std::size_t end = line.width() + marks + 1;
    put_marks(line, runs_to_show(revision), marks);
    line.go_to(end);
    if (compilers > 0) line.put_padded(model::short_compiler(revision.compiler), compilers);
    if (wide) {
      line.put_right(short_duration(revision.build_s), 7, Ink::dim);
      line.put_right(short_duration(revision.run_s), 8, Ink::dim).put("  ");
    }
    out.push_back(line.put(revision.title).str());
  }
  if (summary.stats.runs > 0) add_legend(out, style);
  const auto mended = std::ranges::find_if(summary.revisions, is_told_mended);
  if (mended != summary.revisions.end()) {
    const auto apply = model::apply_variant_from_name(mended->checks.front().variant);
    StyledLine line(style);
    line.put("mended", Ink::dim).put(" with ", Ink::dim).put(apply->commit.short_hex(), Ink::cyan);
    out.push_back(line.put(" applied", Ink::dim).str());
  }
  return out;
}

std::vector<std::string> history_table(const Summary& summary, std::span<const HistoryLine> history,
                                       const Style& style) {
  std::vector<std::string> out = HistoryTable(summary, style).lines(history);
  add_legend(out, style);
  return out;
}

}  // namespace culprit::output
