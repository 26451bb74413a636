// `culprit bisect` and `culprit resume`: from the command line to a session.

#include <algorithm>
#include <filesystem>
#include <memory>
#include <thread>

#include "cli/commands/commands.h"
#include "cli/line/option_modes.h"
#include "cli/session/outputs.h"
#include "cli/session/place.h"
#include "cli/session/session.h"
#include "cli/settings/kernel_config.h"
#include "cli/settings/settings.h"
#include "cli/settings/terms.h"
#include "search/strategy.h"

namespace culprit::cli {
namespace {

using base::ErrorKind;
using base::fail;

constexpr int k_most_runs = 100'000;
constexpr int k_most_jobs = 1024;

struct BisectOptions {
  Settings settings;
  SessionOptions session;
  std::string repository;  // empty: the kernel file's tree, or the one here
};

// syzbot's: a bug that shows in half of the runs is missed once in a thousand (1/2 to the power of 10).
constexpr int k_default_runs = 10;

void add_session_options(Options& command, BisectOptions& options) {
  add_place_options(command, options.repository, options.session.state_dir);
  command.flag("-q,--quiet", options.session.quiet, "only the answer");
}

void add_question_options(Options& command, Settings& s) {
  command.under("The question");
  command.text("--bad,--new", s.bad, "a revision where the bug shows (default: HEAD)", "REV");
  command.texts("--good,--old", s.good,
                "a revision free of it; may be repeated. Without it: walks back over release tags", "REV");
  command.flag("--fix", s.fix,
               "find the commit that fixed it: --bad crashes, --good (default: HEAD) does not");
  command.texts("--skip", s.skip, "a revision or range A..B never to be tested; may be repeated", "REV");
  command.text("--oldest", s.oldest, "release tag at which the walk back ends", "TAG");
  command.flag("--first-parent", s.first_parent, "follow only first parents");
  command.flag("--release-candidates", s.release_candidates, "walk over -rc tags too");
  command.flag("--allow-shallow", s.allow_shallow, "go on with a history that is cut");
}

void add_test_options(Options& command, Settings& s) {
  command.under("The test");
  command.text("--config", s.config_path, "a kernel: its TOML file (docs/kernel.md)", "FILE");
  command.text("--build", s.build, "a program: the shell command that builds a revision", "COMMAND");
  command.integer("--runs", s.runs, 1, k_most_runs, "runs of a revision (default: 10)", "N");
  command.integer("--jobs,-j", s.jobs, 1, k_most_jobs,
                  "revisions at a time (default: 1), or guests (default: one a core)", "N");
  command.number("--timeout", s.timeout, 0.01, 1e7, "seconds that a run may take", "SECONDS");
  command.number("--build-timeout", s.build_timeout, 0.01, 1e7, "seconds that a build may take", "SECONDS");
  command.texts("--artifact", s.artifacts, "built files whose bytes tell equal builds; may be repeated",
                "FILE");
  command.flag("--clean", s.clean, "remove untracked files before each build");
  command.flag("--verify,!--no-verify", s.verify, "check the answer by taking the commit back (default: on)");
  command.text("--strategy", s.strategy, "how to search: " + search::strategy_names() + " (default: bayes)",
               "NAME");
  command.number("--confidence", s.confidence, 0.5, 0.9999,
                 "stop at this probability of the answer (default: 0.99, by hand 0.9)", "P");
}

void add_belief_options(Options& command, Settings& s) {
  command.under("Beliefs");
  command.texts("--path", s.paths, "commits that touch it are likelier; may be repeated", "PATH");
  command.text("--prior", s.prior_path, "how likely commits are: lines \"COMMIT WEIGHT\"", "FILE");
  command.flag("--prior-crash", s.prior_crash, "commits that touch what the crash names are likelier");
}

void add_by_hand_options(Options& command, Settings& s, SessionOptions& session) {
  command.under("By hand");
  command.flag("--manual", s.manual, "you test: culprit next, culprit good, culprit bad, culprit skip");
  command.flag("--checkout", s.checkout, "check out in your tree what you are to test");
  command.text("--term-new,--term-bad", s.term_new, "your word for revisions that have the change", "WORD");
  command.text("--term-old,--term-good", s.term_old, "your word for revisions that lack it", "WORD");
  command.text("--import", session.import_file, "begin with the verdicts of a `git bisect log`", "FILE");
}

void add_output_options(Options& command, Settings& s) {
  command.under("Output");
  for (const OutputRow& row : output_rows())
    command.text(std::string(row.option.option), s.outputs[key_of(row)], row.about, "FILE");
  command.flag("--keep-checkouts", s.keep_checkouts, "leave the last checkouts for a look");
}

// What the command line leaves open, the kernel's file may say.
base::Result<void> complete_from_config(BisectOptions& options) {
  Settings& s = options.settings;
  std::error_code ignored;
  s.config_path = std::filesystem::absolute(s.config_path, ignored);
  const KernelConfig config = CULPRIT_TRY(load_kernel_config(s.config_path));
  if (options.repository.empty()) options.repository = config.tree;
  if (options.repository.empty())
    return fail(ErrorKind::usage,
                "no kernel tree: neither --repo nor `tree` in " + s.config_path + " says where it is",
                "tree = \"/path/to/linux\" in the file, or --repo");
  if (s.bad.empty()) s.bad = config.start;
  if (s.good.empty()) s.good = config.good;
  if (s.runs == 0) s.runs = config.runs;
  if (s.jobs == 0) s.jobs = config.guests;
  if (s.jobs == 0) s.jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return {};
}

base::Result<void> refuse_all_unread(const Options& given, const Settings& s) {
  const auto check = [&](const OptionRow& row) -> base::Result<void> {
    if (!given.given(std::string(row.option))) return {};
    return refuse_unread(row, s.subject(), s.strategy);
  };
  for (const OptionRow& row : option_rows()) CULPRIT_TRY(check(row));
  for (const OutputRow& row : output_rows()) CULPRIT_TRY(check(row.option));
  return {};
}

base::Result<void> complete(const Options& given, BisectOptions& options,
                            const std::vector<std::string>& command) {
  Settings& s = options.settings;
  std::error_code ignored;
  s.user_cwd = std::filesystem::current_path(ignored);
  s.command = command;
  // A mode is chosen by its option; two of them are told as such.
  if (s.is_by_hand() && (!command.empty() || !s.config_path.empty()))
    return fail(ErrorKind::usage, "--manual and a command exclude each other",
                "leave --manual out, and culprit tests by itself");
  if (s.is_kernel() && !command.empty())
    return fail(ErrorKind::usage, "--config and a command exclude each other",
                "the kernel's file names the build and the reproducer");
  CULPRIT_TRY(refuse_all_unread(given, s));
  if (s.is_by_hand()) {
    CULPRIT_TRY(check_terms(s));
    s.runs = s.jobs = 1;  // a word is a verdict
  }
  if (s.is_kernel()) CULPRIT_TRY(complete_from_config(options));
  if (options.repository.empty()) options.repository = ".";
  if (s.runs == 0) s.runs = k_default_runs;
  if (s.jobs == 0) s.jobs = 1;
  if (s.command.empty() && s.subject() == model::Subject::program)
    return fail(ErrorKind::usage, "nothing to run",
                "name the command that shows the bug after `--`: culprit bisect --good v1.0 -- ./test.sh; or "
                "test by hand, with --manual");
  return {};
}

int start(const Options& given, BisectOptions& options, const std::vector<std::string>& command) {
  if (auto completed = complete(given, options, command); !completed) return report_error(completed.error());
  return finish(begin_session(options.settings, options.repository, options.session));
}

}  // namespace

void add_bisect(CommandLine& line) {
  Options command = line.add("bisect", "Find the commit that introduced (or fixed) a crash");
  auto options = std::make_shared<BisectOptions>();
  add_session_options(command, *options);
  command.flag("--fresh", options->session.fresh, "put an unfinished bisection aside and begin anew");
  add_question_options(command, options->settings);
  add_test_options(command, options->settings);
  add_belief_options(command, options->settings);
  add_by_hand_options(command, options->settings, options->session);
  add_output_options(command, options->settings);
  command.footer(
      "culprit bisect [options] -- COMMAND [ARG...]   a program: exit code 0 good, 125 skip, else bad\n"
      "culprit bisect [options] --config KERNEL.toml  a Linux kernel in QEMU\n"
      "culprit bisect [options] --manual              you test");
  command.run([&line, command, options] { return start(command, *options, line.behind_dashes()); });
}

void add_resume(CommandLine& line) {
  Options command = line.add("resume", "Continue a bisection that was stopped");
  auto options = std::make_shared<BisectOptions>();
  add_session_options(command, *options);
  command.run([options] {
    return finish(resume_session(options->repository.empty() ? "." : options->repository, options->session));
  });
}

}  // namespace culprit::cli
