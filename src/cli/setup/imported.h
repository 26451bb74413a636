// What a person said before the first experiment: a `git bisect log`, or the ends of a bisection by hand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/settings/settings.h"
#include "cli/setup/question.h"
#include "model/verdict.h"
#include "replay/reading/bisect_log.h"

namespace culprit::cli {

// The whole of a file that the user named; one that cannot be read is a usage error.
base::Result<std::string> read_input(const std::string& file);

struct Imported {
  std::string file;                      // empty: nothing is imported
  std::optional<replay::BisectLog> log;  // what is in it
  std::vector<std::string> notes;        // what was left out of it
};

// Reads a `git bisect log`. Its terms, ends and paths become those of `settings`, where these have none.
base::Result<replay::BisectLog> import_log(const std::string& file, Settings& settings);

// The verdicts with which the bisection begins. A start that culprit is to run itself is not among them: what
// is to be recognized must be seen once.
base::Result<std::vector<model::VerdictRecord>> first_verdicts(const Settings& settings,
                                                               const Question& question,
                                                               const history::GitHistory& history,
                                                               Imported& imported);

}  // namespace culprit::cli
