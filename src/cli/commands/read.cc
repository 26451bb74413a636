// The commands that read a bisection: status, show, log, console.

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/commands/drawing.h"
#include "cli/commands/reading.h"
#include "cli/session/place.h"
#include "cli/session/printing.h"
#include "cli/session/session.h"
#include "cli/setup/question.h"
#include "output/answer.h"
#include "output/json.h"
#include "output/syzbot_log.h"
#include "output/words/telling.h"

namespace culprit::cli {
namespace {

using base::ExitCode;
using base::Result;

struct ShowOptions {
  ReadingOptions reading;
  std::string why;  // a revision
  bool json = false;
  bool crash = false;
  std::uint64_t run = 0;
};

Result<ExitCode> status(const ShowOptions& options) {
  const Reading reading = CULPRIT_TRY(read_bisection(options.reading));
  if (options.json) {
    print(output::render_json(reading.fold.summary(), reading.texts()));
    return ExitCode::found;
  }
  const output::TitleOf title_of = [texts = reading.texts()](const model::CommitId& commit) {
    const auto info = texts.info_of(commit);
    return info ? info->title : std::string();
  };
  const int pid = StateLock::holder(reading.paths);
  const std::string text = output::render_status(reading.fold.summary(), style_of_output(),
                                                 base::SystemClock().wall(), title_of, pid != 0);
  print(at_place(text, place_options(options.reading.repository, options.reading.state_dir)));
  if (pid != 0) print("at work: process " + std::to_string(pid) + "\n");
  return ExitCode::found;
}

Result<ExitCode> show(const ShowOptions& options) {
  Reading reading = CULPRIT_TRY(read_bisection(options.reading));
  if (options.crash) {
    const output::CrashExcerpt* crash = output::shown_crash(reading.fold.summary());
    if (crash == nullptr)
      return base::fail(base::ErrorKind::usage, "no run of this bisection crashed or failed",
                        "`culprit show` says what was seen");
    print(base::printable(crash->title + "\n\n" + output::without_checkouts(crash->text)));
    return ExitCode::found;
  }
  if (options.why.empty()) {
    // Without its repository a bisection still has what was recorded.
    const auto history = drawn_history(reading);
    print(output::render_show(reading.fold.summary(), history ? *history : std::vector<output::HistoryLine>{},
                              style_of_output()));
    return ExitCode::found;
  }
  if (!reading.history) return base::fail(base::ErrorKind::repository, "the bisection's repository is gone");
  const model::CommitId commit = CULPRIT_TRY(reading.history->resolve(options.why));
  print(output::render_why(reading.fold.summary(), commit, style_of_output()));
  return ExitCode::found;
}

// Without its repository, or where that has lost the commits, a log says nothing of ancestry.
std::optional<model::CommitGraph> graph_of(const Reading& reading) {
  if (!reading.history) return std::nullopt;
  auto graph = load_graph(*reading.history, reading.fold.summary().problem);
  return graph ? std::optional(std::move(*graph)) : std::nullopt;
}

Result<ExitCode> log(const ShowOptions& options) {
  const Reading reading = CULPRIT_TRY(read_bisection(options.reading));
  const auto graph = graph_of(reading);
  output::CommitTexts texts = reading.texts();
  texts.graph = [&graph] { return graph ? &*graph : nullptr; };
  output::write_syzbot_log(reading.events, print, std::move(texts));
  return ExitCode::found;
}

Result<ExitCode> console(const ShowOptions& options) {
  const Reading reading = CULPRIT_TRY(read_bisection(options.reading));
  if (options.run == 0) {
    print(output::render_runs(reading.fold.summary(), style_of_output()));
    return ExitCode::found;
  }
  const std::string text = CULPRIT_TRY(reading.store.console(reading.bisection, options.run));
  // Byte for byte, but a terminal would obey what a test printed.
  print(::isatty(STDOUT_FILENO) == 1 ? base::printable(text) : text);
  return ExitCode::found;
}

template <class Function>
std::shared_ptr<ShowOptions> add_command(Options& command, Function function) {
  auto options = std::make_shared<ShowOptions>();
  add_reading_options(command, options->reading);
  command.run([options, function] {
    auto code = function(*options);
    if (!code)
      code = std::unexpected(at_place(code.error(), options->reading.repository, options->reading.state_dir));
    return finish(code);
  });
  return options;
}

}  // namespace

void add_status(CommandLine& line) {
  Options command = line.add("status", "Say how far a bisection is, also while it runs");
  const auto options = add_command(command, status);
  command.flag("--json", options->json, "as JSON, in the shape of `bisect --json`");
}

void add_show(CommandLine& line) {
  Options command = line.add("show", "Show every revision tested, and why");
  const auto options = add_command(command, show);
  command.text("--why", options->why, "only this revision: what moved its verdict", "REV");
  command.text("revision", options->why, "the same", "REV");
  command.flag("--crash", options->crash,
               "the whole crash or failure of which the answer shows the beginning");
}

void add_log(CommandLine& line) {
  Options command = line.add("log", "Print a bisection's log in syzbot's grammar");
  add_command(command, log);
}

void add_console(CommandLine& line) {
  Options command = line.add("console", "Print what a run printed, byte for byte");
  const auto options = add_command(command, console);
  command.count("run", options->run,
                "the run's number, as `culprit show --why` has it; without it: all runs");
}

}  // namespace culprit::cli
