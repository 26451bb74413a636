// The commands of a person at their desk: next, good, bad, skip, import.

#include <filesystem>
#include <memory>

#include "cli/commands/commands.h"
#include "cli/session/desk.h"
#include "cli/session/place.h"
#include "cli/session/session.h"
#include "cli/settings/settings.h"

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

}  // namespace

void add_next(CommandLine& line) {
  Options command = line.add("next", "Say which revision to test next, and why");
  add_desk_command(command);
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
