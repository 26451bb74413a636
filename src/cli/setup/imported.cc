#include "cli/setup/imported.h"

#include <algorithm>

#include "base/files.h"
#include "base/strings.h"
#include "cli/settings/terms.h"
#include "history/git_history.h"

namespace culprit::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using model::UserVerdict;
using replay::BisectLog;
using replay::BisectStep;

const BisectStep* first(const BisectLog& log, UserVerdict verdict) {
  const auto at = std::ranges::find(log.steps, verdict, &BisectStep::verdict);
  return at == log.steps.end() ? nullptr : &*at;
}

// `culprit log` holds git's words as comments, behind the last start; what else is in it is for other readers.
std::string git_words(const std::string& text) {
  if (text.find("\nbisecting ") == std::string::npos && !text.starts_with("bisecting ")) return text;
  std::string out;
  for (std::string_view line : base::split_lines(text)) {
    if (const auto bare = base::strip_prefix(line, "# ")) line = *bare;
    if (!line.starts_with("git bisect ")) continue;
    if (line.starts_with("git bisect start")) out.clear();
    out += std::string(line) + "\n";
  }
  return out.empty() ? text : out;
}

Result<void> add_step(const BisectStep& step, const Settings& settings, const Question& question,
                      const history::GitHistory& history, Imported& imported,
                      std::vector<model::VerdictRecord>& out) {
  const auto commits =
      CULPRIT_TRY_IN(resolve_all(history, {step.revision}), imported.file + ":" + std::to_string(step.line));
  for (const model::CommitId& commit : commits) {
    if (!settings.is_by_hand() && commit == question.problem.start) continue;
    if (question.graph.find(commit))
      out.push_back({commit, step.verdict});
    else if (commits.size() == 1)
      imported.notes.push_back(imported.file + ": " + commit.short_hex() +
                               " is not in what is searched and left out");
  }
  return {};
}

}  // namespace

Result<std::string> read_input(const std::string& file) {
  auto text = base::read_file(file == "-" ? "/dev/stdin" : file);
  if (!text) return fail(ErrorKind::usage, text.error().what, "name a file that can be read");
  return base::decoded_text(std::move(*text));
}

Result<BisectLog> import_log(const std::string& file, Settings& settings) {
  const std::string text = CULPRIT_TRY(read_input(file));
  auto log = CULPRIT_TRY_IN(replay::read_bisect_log(git_words(text)), file);
  if (settings.fix)
    return fail(ErrorKind::usage, "--fix and an imported log exclude each other",
                "the log's own terms say which side is new");
  const bool has_terms = log.term_new != "bad" || log.term_old != "good";
  if (has_terms && settings.term_new.empty()) settings.term_new = log.term_new;
  if (has_terms && settings.term_old.empty()) settings.term_old = log.term_old;
  if (settings.is_by_hand()) CULPRIT_TRY_IN(check_terms(settings), file);
  settings.first_parent |= log.first_parent;
  if (settings.paths.empty()) settings.paths = log.paths;
  // The ends are the first word on each side: what came later was an experiment.
  const BisectStep* newest = first(log, UserVerdict::bad);
  if (newest && settings.bad.empty()) settings.bad = newest->revision;
  if (settings.bad.empty())
    return fail(ErrorKind::usage, file + ": the log calls no revision " + log.term_new,
                "name one with --bad");
  const BisectStep* oldest = first(log, UserVerdict::good);
  if (oldest && settings.good.empty()) settings.good.push_back(oldest->revision);
  return log;
}

Result<std::vector<model::VerdictRecord>> first_verdicts(const Settings& settings, const Question& question,
                                                         const history::GitHistory& history,
                                                         Imported& imported) {
  std::vector<model::VerdictRecord> out;
  if (imported.log) {
    for (const BisectStep& step : imported.log->steps)
      CULPRIT_TRY(add_step(step, settings, question, history, imported, out));
  } else if (settings.is_by_hand()) {
    out.push_back({question.problem.start, UserVerdict::bad});
    for (const model::CommitId& good : question.problem.good) out.push_back({good, UserVerdict::good});
    if (settings.fix) out.push_back({question.problem.head, UserVerdict::good});
  }
  return out;
}

}  // namespace culprit::cli
