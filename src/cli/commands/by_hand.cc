// The commands of a person at their desk: next, good, bad, skip, import.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "cli/commands/subcommands.h"
#include "cli/session/desk.h"
#include "cli/session/session.h"
#include "cli/settings/settings.h"

namespace culprit::cli {
namespace {

struct ManualOptions {
  std::string repository = ".";
  SessionOptions session;
  DeskRequest request;
};

std::shared_ptr<ManualOptions> add_desk_command(CLI::App& app, Invocation& invocation, const char* name,
                                                const char* about) {
  CLI::App* command = app.add_subcommand(name, about);
  auto options = std::make_shared<ManualOptions>();
  command->add_option("-C,--repo", options->repository, "the git repository (default: the one here)")
      ->type_name("DIR");
  command->add_option("--state", options->session.state_dir, "state folder (default: the repository's)")
      ->type_name("DIR");
  command->add_flag("--checkout", options->request.checkout,
                    "check out what is to be tested, if nothing uncommitted is in the way");
  command->callback([&invocation, options] {
    invocation.run = [options] {
      return finish(desk_session(options->repository, options->session, options->request));
    };
  });
  return options;
}

void add_verdict_command(CLI::App& app, Invocation& invocation, const char* name, const char* about,
                         const char* revisions, model::UserVerdict verdict) {
  const auto options = add_desk_command(app, invocation, name, about);
  options->request.verdict = verdict;
  app.get_subcommand(name)->add_option("revisions", options->request.revisions, revisions)->type_name("REV");
}

}  // namespace

void add_next(CLI::App& app, Invocation& invocation) {
  add_desk_command(app, invocation, "next", "Say which revision to test next, and why");
}

void add_good(CLI::App& app, Invocation& invocation) {
  add_verdict_command(app, invocation, "good", "Say that revisions are free of the bug",
                      "revisions (default: the one that is checked out)", model::UserVerdict::good);
}

void add_bad(CLI::App& app, Invocation& invocation) {
  add_verdict_command(app, invocation, "bad", "Say that revisions have the bug",
                      "revisions (default: the one that is checked out)", model::UserVerdict::bad);
}

void add_skip(CLI::App& app, Invocation& invocation) {
  add_verdict_command(app, invocation, "skip", "Say that revisions cannot be tested",
                      "revisions and ranges A..B (default: the one that is checked out)",
                      model::UserVerdict::skip);
}

void add_import(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("import", "Go on with a bisection that git bisect began");
  struct Options {
    std::string repository = ".";
    SessionOptions session;
    Settings settings;
  };
  auto options = std::make_shared<Options>();
  command->add_option("file", options->session.import_file, "what `git bisect log` printed")
      ->type_name("FILE")
      ->required();
  command->add_option("-C,--repo", options->repository, "the git repository (default: the one here)")
      ->type_name("DIR");
  command->add_option("--state", options->session.state_dir, "state folder (default: the repository's)")
      ->type_name("DIR");
  command->add_flag("--fresh", options->session.fresh, "put an unfinished bisection aside");
  command->add_flag("--checkout", options->settings.checkout,
                    "check out what is to be tested, if nothing uncommitted is in the way");
  command->callback([&invocation, options] {
    invocation.run = [options] {
      std::error_code ignored;
      options->settings.manual = true;
      options->settings.runs = options->settings.jobs = 1;
      options->settings.user_cwd = std::filesystem::current_path(ignored);
      return finish(begin_session(options->settings, options->repository, options->session));
    };
  });
}

}  // namespace culprit::cli
