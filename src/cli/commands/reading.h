// What the commands that only read a bisection (status, show, log, mail, console) share.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/line/command_line.h"
#include "cli/settings/state.h"
#include "history/git_history.h"
#include "model/event.h"
#include "output/summary/summary.h"
#include "output/words/commit_texts.h"
#include "store/store.h"

namespace culprit::cli {

struct ReadingOptions {
  std::string repository = ".";
  std::string state_dir;
  std::int64_t bisection = 0;  // 0: the newest
};

void add_reading_options(Options& command, ReadingOptions& options);

// A bisection as its store has it, read while another culprit may be writing.
struct Reading {
  StatePaths paths;
  store::Store store;
  std::int64_t bisection = 0;
  std::vector<model::Event> events;
  output::SummaryFold fold;                      // judged in the light of everything known
  std::unique_ptr<history::GitHistory> history;  // null where the repository is gone
  output::CommitTexts texts() const;
};

base::Result<Reading> read_bisection(const ReadingOptions& options);

}  // namespace culprit::cli
