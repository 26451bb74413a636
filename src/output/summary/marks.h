// Runs as marks, the same in every output: x the bug, ! another crash, . nothing wrong, ? says nothing.
#pragma once

#include <span>

#include "output/summary/summary.h"
#include "output/words/style.h"

namespace culprit::output {

enum class Mark { target, foreign, ok, nothing };

// A crash whose identity is open says nothing yet.
Mark mark_of(const RunSummary& run);
char glyph_of(Mark mark);
Ink ink_of(Mark mark);

// The runs in order, one mark each ("xx.x!"); where they need more than `columns`, their counts ("14x
// 1! 6.").
void put_marks(StyledLine& line, std::span<const RunSummary> runs, std::size_t columns);

// "x the bug  ! another crash  . nothing wrong  ? says nothing", as far as the line's limit goes.
void put_legend(StyledLine& line);
// Only so many marks of it, from one on.
void put_legend(StyledLine& line, Mark from, std::size_t marks);

// Nothing of itself tells of the bug, since something else is in the way; with a later commit applied to it, runs do.
bool is_told_mended(const RevisionSummary& revision);
// What a table of revisions shows: those runs then, else its own.
std::span<const RunSummary> runs_to_show(const RevisionSummary& revision);

// "bad", "good", "unknown"; "no build"; "in work" while it is not judged; "mended" for is_told_mended(); "good (you)" on a
// person's word, "both (you)" where their words contradict each other.
std::string_view verdict_text(const RevisionSummary& revision);
Ink verdict_ink(const RevisionSummary& revision);

}  // namespace culprit::output
