// The live view's block as lines: what a person sees while a bisection runs.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "output/summary/summary.h"
#include "output/words/style.h"

namespace culprit::output {

// A commit's title, empty where unknown; may be empty itself.
using TitleOf = std::function<std::string(const model::CommitId&)>;

// The block at `now` (seconds since the epoch): at most style.rows - 1 lines, none wider than style.columns
// - 1. Stage, what is under way with its runs as marks, what is left and how long that takes, the most
// probable commits, the revisions tested last, the latest note; the more important the longer it stays as
// rows get few.
std::vector<std::string> render_live(const Summary& summary, const Style& style, double now,
                                     const TitleOf& title_of);

// What is being done, in words: "bisect" is "searching between good and bad".
std::string_view stage_words(std::string_view stage);

// "19 revisions", and what they are where a probability is kept: "19 revisions hold 99%".
std::string revisions_left_words(const model::Standing& standing);

// Seconds until the search ends at `now`: what it expects itself, else its steps at the average time of a
// revision so far; 0 where neither is known.
double seconds_left(const Summary& summary, double now);

// Seconds of work so far, the present session's time since its latest event included.
double seconds_gone(const Summary& summary, double now);

// "bad_end" and "good_end" in words: "between v6.1.20 (good) and v6.1.30 (bad)"; empty while neither is
// known.
std::string range_words(const Summary& summary);

}  // namespace culprit::output
