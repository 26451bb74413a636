// What a person reads at the end, and what `culprit status` and `culprit show` print on the way.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "output/terminal/live.h"
#include "output/terminal/table.h"
#include "output/words/commit_texts.h"
#include "output/words/style.h"

namespace culprit::output {

// The answer: the culprit with author, date, title and diffstat, how sure it is, its crash with the lines of
// the console, whom to tell, what was tested and how long that took, what to do next. For every other end
// what is known, why it is not more, and what would help. Without a conclusion: how to go on. Its last line is that of
// render_line; `also` is one more thing to do next.
std::string render_answer(const Summary& summary, const CommitTexts& texts, const Style& style,
                          std::string_view also = {});

// The answer in one line: the commit, its title, what it did, how sure that is; for every other end the headline.
std::string render_line(const Summary& summary, const CommitTexts& texts, const Style& style);

// What is known, in one sentence without its full stop: "This commit brought the crash, with probability 99.7%".
std::string headline_text(const Summary& summary);

// Where the bisection that is `known` stands at `now` (seconds since the epoch). `at_work`: a process works on it; the events
// cannot tell, since one that is killed leaves none.
std::string render_status(const Summary& known, const Style& style, double now, const TitleOf& title_of,
                          bool at_work = true);

// The history with the posterior along it and the runs as marks (history_table in table.h).
std::string render_show(const Summary& summary, std::span<const HistoryLine> history, const Style& style);

// Everything that speaks about one revision: its verdict and why, each run with its identity and the number
// that `culprit console` knows it by, what it shares with other revisions, why it was chosen. Says so where
// the revision was not tested.
std::string render_why(const Summary& summary, const model::CommitId& commit, const Style& style);

// Every run by the number that `culprit console` takes, by revision in the order in which they were tested: "   17  x
// bff4e4058251  crashed: ...". For `culprit console` without a number.
std::string render_runs(const Summary& summary, const Style& style);

}  // namespace culprit::output
