// What kind of change the named commit is, for outputs: history asked with what the settings know.
#pragma once

#include <functional>
#include <vector>

#include "cli/settings/settings.h"
#include "history/git_history.h"
#include "output/words/commit_texts.h"

namespace culprit::cli {

// CommitTexts::classified. `history` outlives it. What git cannot answer is left out; answers are remembered.
std::function<std::vector<model::Classified>(const model::CommitId&, const output::ShownBug&)> classifier(
    const Settings& settings, const history::GitHistory& history);

}  // namespace culprit::cli
