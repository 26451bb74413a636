// culprit replay: a finished bisection log, judged again from its own evidence.
#pragma once

#include <string>

#include "output/words/style.h"
#include "replay/reading/syzbot_reader.h"
#include "replay/replay.h"

namespace culprit::replay {

struct ReplayOptions {
  std::string file;        // "-" is standard input
  std::string repository;  // of which the log is; empty: none is asked
  bool json = false;
};

// Prints to standard output, and to standard error what of the log could not be read; returns the process's
// exit code: 2 only where nothing of it could.
int run_replay(const ReplayOptions& options);

// One JSON object, indented, with a final line feed. Bytes that are not UTF-8 are replaced.
std::string replay_json(const Replay& replay, const BisectionLog& log);

// For a person: what the log says and where it left its bug, a table by revision, the crashes, what the
// evidence supports, what to test next, and a paragraph for a mail.
std::string replay_text(const Replay& replay, const output::Style& style);

// What a maintainer can paste into a mail: a few sentences, no line feeds.
std::string replay_paragraph(const Replay& replay);

}  // namespace culprit::replay
