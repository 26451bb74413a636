#include "output/summary/marks.h"

#include <fmt/format.h>

#include <array>
#include <string>

#include "base/words.h"

namespace culprit::output {
namespace {

constexpr base::Words<Mark> k_glyphs{"x", "!", ".", "?"};

}  // namespace

// A run that ran its course beside another crash is evidence, but something was wrong with it.
Mark mark_of(const RunSummary& run) {
  switch (run.says) {
    case model::RunSays::shown:
      return Mark::target;
    case model::RunSays::hidden:
      return Mark::foreign;
    case model::RunSays::quiet:
      return run.outcome == model::OutcomeKind::crashed ? Mark::foreign : Mark::ok;
    case model::RunSays::open:
    case model::RunSays::silenced:
    case model::RunSays::not_started:
    case model::RunSays::unfinished:
    case model::RunSays::lost:
    case model::RunSays::unbuilt:
      break;
  }
  return Mark::nothing;
}

char glyph_of(Mark mark) { return k_glyphs.of(mark).front(); }

Ink ink_of(Mark mark) {
  switch (mark) {
    case Mark::target:
      return Ink::red;
    case Mark::foreign:
      return Ink::yellow;
    case Mark::ok:
      return Ink::green;
    case Mark::nothing:
      return Ink::dim;
  }
  return Ink::dim;
}

void put_marks(StyledLine& line, std::span<const RunSummary> runs, std::size_t columns) {
  if (runs.size() <= columns) {
    // Neighbours of one kind share their colour sequence.
    for (std::size_t i = 0; i < runs.size();) {
      const Mark mark = mark_of(runs[i]);
      std::string same;
      for (; i < runs.size() && mark_of(runs[i]) == mark; ++i) same += glyph_of(mark);
      line.put(same, ink_of(mark));
    }
    return;
  }
  std::array<std::size_t, base::k_count<Mark>> counts{};
  for (const RunSummary& run : runs) ++counts[static_cast<std::size_t>(mark_of(run))];
  bool first = true;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const auto mark = static_cast<Mark>(i);
    line.put(fmt::format("{}{}{}", first ? "" : " ", counts[i], glyph_of(mark)), ink_of(mark));
    first = false;
  }
}

void put_legend(StyledLine& line) { put_legend(line, Mark::target, base::k_count<Mark>); }

void put_legend(StyledLine& line, Mark from, std::size_t marks) {
  static constexpr base::Words<Mark> k_meanings{"the bug", "something else", "nothing wrong", "says nothing"};
  for (std::size_t i = 0; i < marks; ++i) {
    const auto mark = static_cast<Mark>(static_cast<std::size_t>(from) + i);
    if (i > 0) line.put("  ");
    line.put(std::string(1, glyph_of(mark)), ink_of(mark)).put(" ").put(k_meanings.of(mark), Ink::dim);
  }
}

bool is_told_mended(const RevisionSummary& revision) {
  return !revision.checks.empty() &&
         std::ranges::none_of(revision.runs, [](const RunSummary& run) { return model::tells(run.says); }) &&
         std::ranges::all_of(revision.checks, [](const RunSummary& run) {
           return model::apply_variant_from_name(run.variant).has_value();
         });
}

std::span<const RunSummary> runs_to_show(const RevisionSummary& revision) {
  return is_told_mended(revision) ? revision.checks : revision.runs;
}

std::string_view verdict_text(const RevisionSummary& revision) {
  if (revision.contradicted() && !revision.tested()) return "both (you)";
  if (revision.person && !revision.tested()) {
    static constexpr base::Words<model::UserVerdict> k_words{"good (you)", "bad (you)", "skip (you)"};
    return k_words.of(*revision.person);
  }
  if (is_told_mended(revision)) return "mended";
  if (revision.build_broken()) return "no build";
  if (!revision.judged) return "in work";
  return model::name_of(revision.verdict);
}

Ink verdict_ink(const RevisionSummary& revision) {
  if (!revision.judged || revision.build_broken()) return Ink::dim;
  if (revision.verdict == model::Verdict::bad) return Ink::red;
  return revision.verdict == model::Verdict::good ? Ink::green : Ink::dim;
}

}  // namespace culprit::output
