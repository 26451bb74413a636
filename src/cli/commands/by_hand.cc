// The commands of a person at their desk: next, good, bad, skip, import.

#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/commands/reading.h"
#include "cli/session/desk.h"
#include "cli/session/place.h"
#include "cli/session/printing.h"
#include "cli/session/session.h"
#include "cli/settings/settings.h"
#include "cli/settings/terms.h"
#include "cli/settings/test_words.h"

namespace culprit::cli {
namespace {

struct ManualOptions {
  std::string repository = ".";
  SessionOptions session;
  DeskRequest request;
};

std::shared_ptr<ManualOptions> add_desk_command(Options& command) {
  auto options = std::make_shared<ManualOptions>();
  add_place_options(command, options->repository, options->session.state_dir);
  command.flag("--checkout", options->request.checkout,
               "check out what is to be tested, if nothing uncommitted is in the way");
  command.run(
      [options] { return finish(desk_session(options->repository, options->session, options->request)); });
  return options;
}

void add_verdict_command(Options command, const char* revisions, model::UserVerdict verdict) {
  const auto options = add_desk_command(command);
  options->request.verdict = verdict;
  command.texts("revisions", options->request.revisions, revisions, "REV");
}

base::Result<Settings> settings_of(const ReadingOptions& options) {
  const Reading reading = CULPRIT_TRY(read_bisection(options));
  return settings_from_json(std::get<model::Started>(reading.events.front().body).settings);
}

// The bisection by hand that is under way, with what was said so far, to be gone on with by running `command`.
base::Result<Settings> to_be_run(const std::string& repository, const std::string& state_dir,
                                 const std::vector<std::string>& command) {
  using model::UserVerdict;
  const std::string shown = shown_command(command);
  const std::string how = "begin one with its ends: culprit bisect --bad REV --good REV -- " + shown +
                          "; or take git's along: git bisect log | culprit bisect --import - -- " + shown;
  if (command.empty())
    return base::fail(base::ErrorKind::usage, "nothing to run", "culprit run COMMAND [ARG...]");
  ReadingOptions place;
  place.repository = repository;
  place.state_dir = state_dir;
  const auto reading = read_bisection(place);
  if (!reading) return base::fail(base::ErrorKind::usage, "there is no bisection by hand to go on with", how);
  const output::Summary& summary = reading->fold.summary();
  Settings s =
      CULPRIT_TRY(settings_from_json(std::get<model::Started>(reading->events.front().body).settings));
  if (!s.is_by_hand())
    return base::fail(base::ErrorKind::usage, "the bisection here runs a command already",
                      "`culprit resume` continues it; " + how);
  std::error_code ignored;
  s.user_cwd = std::filesystem::current_path(ignored);
  s.command = test_command(command, s.user_cwd);
  s.manual = s.checkout = false;
  s.runs = k_default_runs;
  s.jobs = 1;
  s.verify = true;
  // The ends are the last word on the new side, as git's are, and all on the old one.
  std::vector<std::string> bad, good;
  for (const model::VerdictRecord& word : summary.words)
    (word.verdict == UserVerdict::skip  ? s.skip
     : word.verdict == UserVerdict::bad ? bad
                                        : good)
        .push_back(word.commit.hex());
  if (!bad.empty()) s.bad = bad.back();
  if (!good.empty()) s.good = s.fix ? std::vector{good.back()} : good;
  return s;
}

}  // namespace

void add_next(CommandLine& line) {
  Options command = line.add("next", "Say which revision to test next, and why");
  add_desk_command(command)->request.picks = true;
}

void add_good(CommandLine& line) {
  add_verdict_command(line.add("good", "Say that revisions are free of the bug"),
                      "revisions (default: the one that is checked out)", model::UserVerdict::good);
}

void add_bad(CommandLine& line) {
  add_verdict_command(line.add("bad", "Say that revisions have the bug"),
                      "revisions (default: the one that is checked out)", model::UserVerdict::bad);
}

void add_skip(CommandLine& line) {
  add_verdict_command(line.add("skip", "Say that revisions cannot be tested"),
                      "revisions and ranges A..B (default: the one that is checked out)",
                      model::UserVerdict::skip);
}

void add_undo(CommandLine& line) {
  Options command = line.add("undo", "Take the last word back");
  add_desk_command(command)->request.take_back = DeskRequest::TakeBack::last_word;
}

void add_forget(CommandLine& line) {
  Options command = line.add("forget", "Forget all that was said, built and run of revisions");
  const auto options = add_desk_command(command);
  options->request.take_back = DeskRequest::TakeBack::revision;
  command.texts("revisions", options->request.revisions, "revisions", "REV");
  command.required();
}

void add_reset(CommandLine& line) {
  Options command = line.add("reset", "Put a bisection aside, and your tree back where it was");
  const auto options = add_desk_command(command);
  options->request.reset = true;
  command.texts("commit", options->request.revisions, "go there, rather than where your tree was", "REV");
}

void add_terms(CommandLine& line) {
  struct TermsOptions {
    ReadingOptions reading;
    bool is_new = false, is_old = false;
  };
  Options command = line.add("terms", "Say which words mean good and bad");
  auto options = std::make_shared<TermsOptions>();
  add_reading_options(command, options->reading);
  command.flag("--term-new,--term-bad", options->is_new, "only the word for what has the change");
  command.flag("--term-old,--term-good", options->is_old, "only the word for what lacks it");
  command.run([options] {
    const auto settings = settings_of(options->reading);
    if (!settings) return report_error(settings.error());
    if (options->is_new || options->is_old)
      print(base::printable((options->is_new ? term_new(*settings) : term_old(*settings)) + "\n"));
    else
      print(base::printable(
          fmt::format("{} lacks the change, {} has it\n", term_old(*settings), term_new(*settings))));
    return 0;
  });
}

void add_run(CommandLine& line) {
  Options command = line.add("run", "Go on by running a command, as `git bisect run` does");
  struct RunOptions {
    std::string repository = ".";
    SessionOptions session;
  };
  auto options = std::make_shared<RunOptions>();
  add_place_options(command, options->repository, options->session.state_dir);
  command.run([&line, options] {
    auto settings = to_be_run(options->repository, options->session.state_dir, line.behind_dashes());
    if (!settings) return report_error(settings.error());
    options->session.fresh = true;  // what was said goes along
    return finish(begin_session(std::move(*settings), options->repository, options->session));
  });
  command.footer("culprit run COMMAND [ARG...]");
}

void add_import(CommandLine& line) {
  Options command = line.add("import", "Go on with a bisection that git bisect began");
  struct ImportOptions {
    std::string repository = ".";
    SessionOptions session;
    Settings settings;
  };
  auto options = std::make_shared<ImportOptions>();
  command.text("file", options->session.import_file, "what `git bisect log` printed", "FILE");
  command.required();
  add_place_options(command, options->repository, options->session.state_dir);
  command.flag("--fresh", options->session.fresh, "put an unfinished bisection aside");
  command.flag("--checkout", options->settings.checkout,
               "check out what is to be tested, if nothing uncommitted is in the way");
  command.run([options] {
    std::error_code ignored;
    options->settings.manual = true;
    options->settings.runs = options->settings.jobs = 1;
    options->settings.user_cwd = std::filesystem::current_path(ignored);
    return finish(begin_session(options->settings, options->repository, options->session));
  });
}

}  // namespace culprit::cli
