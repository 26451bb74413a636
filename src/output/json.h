// The machine-readable outcome: `--json FILE`, `culprit status --json`.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "output/summary/summary.h"
#include "output/words/commit_texts.h"

namespace culprit::output {

// {"result": {...} | null, "revisions": [...], "stats": {...}, ...}, as docs describe it. "result" is null
// while there is no conclusion. Every string is valid UTF-8 (other bytes become U+FFFD), every number finite.
// `texts` adds what is known of the culprit.
nlohmann::ordered_json to_json(const Summary& known, const CommitTexts& texts = {});

// to_json as text, indented by two, with a final line feed.
std::string render_json(const Summary& summary, const CommitTexts& texts = {});

}  // namespace culprit::output
