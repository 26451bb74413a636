// What a person reads at the end, and what `culprit status` and `culprit show` print on the way.
#pragma once

#include <span>
#include <string>

#include "output/terminal/live.h"
#include "output/terminal/table.h"
#include "output/words/commit_texts.h"
#include "output/words/style.h"

namespace culprit::output {

// The answer: the culprit with author, date, title and diffstat, how sure it is, its crash with the lines of
// the console, whom to tell, what was tested and how long that took, what to do next. For every other end
// what is known, why it is not more, and what would help. Without a conclusion: how to go on.
std::string render_answer(const Summary& summary, const CommitTexts& texts, const Style& style);

// Where the bisection stands at `now` (seconds since the epoch). `at_work`: a process works on it; the events
// cannot tell, since one that is killed leaves none.
std::string render_status(const Summary& summary, const Style& style, double now, const TitleOf& title_of,
                          bool at_work = true);

// The history with the posterior along it and the runs as marks (history_table in table.h).
std::string render_show(const Summary& summary, std::span<const HistoryLine> history, const Style& style);

// Everything that speaks about one revision: its verdict and why, each run with its identity and the number
// that `culprit console` knows it by, what it shares with other revisions, why it was chosen. Says so where
// the revision was not tested.
std::string render_why(const Summary& summary, const model::CommitId& commit, const Style& style);

}  // namespace culprit::output
