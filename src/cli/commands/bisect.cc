// `culprit bisect` and `culprit resume`: from the command line to a session.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <memory>
#include <thread>

#include "cli/commands/subcommands.h"
#include "cli/session/session.h"
#include "cli/settings/kernel_config.h"
#include "cli/settings/settings.h"

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

// Those that a person may say of a revision, and those beside them: no term may be one.
bool is_command(const std::string& word) {
  static constexpr std::array k_taken = {"bisect", "resume", "next",   "skip",  "import",
                                         "status", "show",   "log",    "mail",  "console",
                                         "report", "replay", "doctor", "clean", "start"};
  return std::ranges::find(k_taken, word) != k_taken.end();
}

void add_session_options(CLI::App& command, SessionOptions& session, std::string& repository) {
  command.add_option("-C,--repo", repository, "the git repository (default: the one here)")->type_name("DIR");
  command.add_option("--state", session.state_dir, "state folder (default: one for each repository)")
      ->type_name("DIR");
  command.add_flag("-q,--quiet", session.quiet, "only the answer");
}

void add_question_options(CLI::App& command, Settings& s) {
  command.add_option("--bad,--new", s.bad, "a revision where the bug shows (default: HEAD)")
      ->type_name("REV")
      ->group("The question");
  command
      .add_option("--good,--old", s.good,
                  "a revision free of it; may be repeated. Without it: walks back over release tags")
      ->allow_extra_args(false)
      ->type_name("REV")
      ->group("The question");
  command
      .add_flag("--fix", s.fix,
                "find the commit that fixed it: --bad crashes, --good (default: HEAD) does not")
      ->group("The question");
  command.add_option("--skip", s.skip, "a revision or range A..B never to be tested; may be repeated")
      ->allow_extra_args(false)
      ->type_name("REV")
      ->group("The question");
  command.add_option("--oldest", s.oldest, "release tag at which the walk back ends")
      ->type_name("TAG")
      ->group("The question");
  command.add_flag("--first-parent", s.first_parent, "follow only first parents")->group("The question");
  command.add_flag("--release-candidates", s.release_candidates, "walk over -rc tags too")
      ->group("The question");
  command.add_flag("--allow-shallow", s.allow_shallow, "go on with a history that is cut")
      ->group("The question");
}

void add_prior_options(CLI::App& command, Settings& s) {
  command.add_option("--path", s.paths, "commits that touch it are likelier; may be repeated")
      ->allow_extra_args(false)
      ->type_name("PATH")
      ->group("Beliefs");
  command.add_option("--prior", s.prior_path, "how likely commits are: lines \"COMMIT WEIGHT\"")
      ->type_name("FILE")
      ->group("Beliefs");
  command.add_flag("--prior-crash", s.prior_crash, "commits that touch what the crash names are likelier")
      ->group("Beliefs");
}

void add_manual_options(CLI::App& command, Settings& s, SessionOptions& session) {
  command.add_flag("--manual", s.manual, "you test: culprit next, culprit good, culprit bad, culprit skip")
      ->group("By hand");
  command.add_flag("--checkout", s.checkout, "check out in your tree what you are to test")->group("By hand");
  command.add_option("--term-new,--term-bad", s.term_new, "your word for revisions that have the change")
      ->type_name("WORD")
      ->group("By hand");
  command.add_option("--term-old,--term-good", s.term_old, "your word for revisions that lack it")
      ->type_name("WORD")
      ->group("By hand");
  command.add_option("--import", session.import_file, "begin with the verdicts of a `git bisect log`")
      ->type_name("FILE")
      ->group("By hand");
}

void add_test_options(CLI::App& command, Settings& s) {
  command.add_option("--config", s.config_path, "a kernel: its TOML file (docs/kernel.md)")
      ->type_name("FILE")
      ->group("The test");
  command.add_option("--build", s.build, "a program: the shell command that builds a revision")
      ->type_name("COMMAND")
      ->group("The test");
  command.add_option("--runs", s.runs, "runs of a revision (default: 10)")
      ->type_name("N")
      ->check(CLI::Range(1, k_most_runs))
      ->group("The test");
  command
      .add_option("--jobs,-j", s.jobs, "revisions at a time (default: 1), or guests (default: one a core)")
      ->type_name("N")
      ->check(CLI::Range(1, k_most_jobs))
      ->group("The test");
  command.add_option("--timeout", s.timeout, "seconds that a run may take")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.01, 1e7))
      ->group("The test");
  command.add_option("--build-timeout", s.build_timeout, "seconds that a build may take")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.01, 1e7))
      ->group("The test");
  command.add_option("--artifact", s.artifacts, "built files whose bytes tell equal builds; may be repeated")
      ->allow_extra_args(false)
      ->type_name("FILE")
      ->group("The test");
  command.add_flag("--clean", s.clean, "remove untracked files before each build")->group("The test");
  command
      .add_flag("--verify,!--no-verify", s.verify, "check the answer by taking the commit back (default: on)")
      ->group("The test");
  command.add_option("--strategy", s.strategy, "how to search: bayes (default), classic")
      ->type_name("NAME")
      ->group("The test");
  command
      .add_option("--confidence", s.confidence,
                  "stop at this probability of the answer (default: 0.99, by hand 0.9)")
      ->type_name("P")
      ->check(CLI::Range(0.5, 0.9999))
      ->group("The test");
}

// What the command line leaves open, the kernel's file may say.
base::Result<void> complete_from_config(BisectOptions& options) {
  Settings& s = options.settings;
  if (!s.command.empty() || !s.build.empty())
    return fail(ErrorKind::usage, "--config and a command exclude each other",
                "the kernel's file names the build and the reproducer");
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

// git's rule: a term may not turn the meaning of the other word round.
base::Result<void> check_terms(const Settings& s) {
  if (s.term_new.empty() && s.term_old.empty()) return {};
  const auto is_word = [](const std::string& term) {
    return term.empty() || (std::isalpha(static_cast<unsigned char>(term[0])) != 0 &&
                            std::ranges::all_of(term, [](unsigned char c) {
                              return std::isalnum(c) != 0 || c == '-' || c == '_';
                            }));
  };
  for (const std::string& term : {s.term_new, s.term_old})
    if (!is_word(term) || is_command(term))
      return fail(ErrorKind::usage, "'" + term + "' cannot be a term",
                  "a term is one word, and none of culprit's commands");
  const std::string_view lacks_it = s.fix ? "bad" : "good", has_it = s.fix ? "good" : "bad";
  if (s.term_new == lacks_it || s.term_old == has_it)
    return fail(ErrorKind::usage, "a term may not turn the meaning of 'good' and 'bad' round",
                "name other words, or search a fix with --fix");
  if (term_new(s) == term_old(s))
    return fail(ErrorKind::usage, "both terms are '" + term_new(s) + "'", "name two different ones");
  return {};
}

base::Result<void> complete_manual(BisectOptions& options) {
  Settings& s = options.settings;
  if (!s.command.empty() || !s.build.empty() || s.is_kernel())
    return fail(ErrorKind::usage, "--manual and a command exclude each other",
                "leave --manual out, and culprit tests by itself");
  if (!s.json_file.empty() || !s.log_file.empty())
    return fail(ErrorKind::usage, "--manual writes no --json and no --log",
                "ask for them when you want them: culprit status --json, culprit log");
  CULPRIT_TRY(check_terms(s));
  if (options.repository.empty()) options.repository = ".";
  s.runs = s.jobs = 1;
  return {};
}

base::Result<void> complete(BisectOptions& options, const std::vector<std::string>& command) {
  Settings& s = options.settings;
  std::error_code ignored;
  s.user_cwd = std::filesystem::current_path(ignored);
  s.command = command;
  if (s.manual) return complete_manual(options);
  if (s.checkout || !s.term_new.empty() || !s.term_old.empty())
    return fail(ErrorKind::usage, "--checkout, --term-new and --term-old go with --manual",
                "culprit tests in checkouts of its own");
  if (s.is_kernel()) CULPRIT_TRY(complete_from_config(options));
  if (options.repository.empty()) options.repository = ".";
  if (s.runs == 0) s.runs = k_default_runs;
  if (s.jobs == 0) s.jobs = 1;
  if (s.command.empty() && !s.is_kernel())
    return fail(ErrorKind::usage, "nothing to run",
                "name the command that shows the bug after `--`: culprit bisect --good v1.0 -- ./test.sh; or "
                "test by hand, with --manual");
  return {};
}

int start(BisectOptions& options, const std::vector<std::string>& command) {
  if (auto completed = complete(options, command); !completed) return report_error(completed.error());
  return finish(begin_session(options.settings, options.repository, options.session));
}

}  // namespace

void add_bisect(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("bisect", "Find the commit that introduced (or fixed) a crash");
  auto options = std::make_shared<BisectOptions>();
  add_session_options(*command, options->session, options->repository);
  add_question_options(*command, options->settings);
  add_test_options(*command, options->settings);
  add_prior_options(*command, options->settings);
  add_manual_options(*command, options->settings, options->session);
  command->add_flag("--fresh", options->session.fresh, "put an unfinished bisection aside and begin anew");
  command->add_option("--log", options->settings.log_file, "write a log in syzbot's grammar")
      ->type_name("FILE")
      ->group("Output");
  command->add_option("--json", options->settings.json_file, "write the result as JSON")
      ->type_name("FILE")
      ->group("Output");
  command
      ->add_flag("--keep-checkouts", options->settings.keep_checkouts, "leave the last checkouts for a look")
      ->group("Output");
  command->footer(
      "culprit bisect [options] -- COMMAND [ARG...]   a program: exit code 0 good, 125 skip, else bad\n"
      "culprit bisect [options] --config KERNEL.toml  a Linux kernel in QEMU\n"
      "culprit bisect [options] --manual              you test");
  command->callback([&invocation, options] {
    invocation.run = [&invocation, options] { return start(*options, invocation.command); };
  });
}

void add_resume(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("resume", "Continue a bisection that was stopped");
  auto options = std::make_shared<BisectOptions>();
  add_session_options(*command, options->session, options->repository);
  command->callback([&invocation, options] {
    invocation.run = [options] {
      return finish(
          resume_session(options->repository.empty() ? "." : options->repository, options->session));
    };
  });
}

}  // namespace culprit::cli
