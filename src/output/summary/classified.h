// What kind of change the answer is, for every output.
#pragma once

#include <string>
#include <vector>

#include "model/classified.h"
#include "output/summary/summary.h"
#include "output/words/commit_texts.h"

namespace culprit::output {

// By the conclusion ("same_binary", "release") and by the commit's diff (CommitTexts::classified); empty without a
// named commit.
std::vector<model::Classified> classified_of(const Summary& summary, const CommitTexts& texts);
// For a person; empty for "same_binary" and "release", which an answer tells in its own words.
std::string sentence_of(const model::Classified& classified);

}  // namespace culprit::output
