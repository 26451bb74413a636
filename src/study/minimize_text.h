// What a minimized configuration needs, for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "output/words/style.h"
#include "study/minimize.h"

namespace culprit::study {

// What is needed and how surely, what may be, what is not.
std::vector<std::string> minimized_lines(const MinimizePlan& plan, const Minimized& known,
                                         const output::Style& style);

// {"needed": [...], "unclear": [...], "dropped": [...], ...}, as docs/manual.md has it; with a final line feed.
std::string minimized_json(const MinimizePlan& plan, const Minimized& known);

}  // namespace culprit::study
