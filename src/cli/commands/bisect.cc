// `culprit bisect` and `culprit resume`: from the command line to a session.

#include <algorithm>
#include <filesystem>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/line/option_modes.h"
#include "cli/project/guess.h"
#include "cli/session/outputs.h"
#include "cli/session/place.h"
#include "cli/session/session.h"
#include "cli/settings/guest/kernel_folder.h"
#include "cli/settings/kernel_config.h"
#include "cli/settings/settings.h"
#include "cli/settings/terms.h"
#include "cli/settings/test_words.h"
#include "cli/setup/imported.h"
#include "engine/sought.h"
#include "search/strategy.h"

namespace culprit::cli {
namespace {

using base::ErrorKind;
using base::fail;

constexpr int k_most_runs = 100'000;
constexpr int k_most_jobs = 1024;
// More at a time than this wait for each other: 1,024 checkouts of a history of thirty commits took eight minutes to
// make, in which nothing was run; 64 took half a minute.
constexpr int k_jobs_anywhere = 64;
constexpr int k_jobs_a_core = 8;

struct BisectOptions {
  Settings settings;
  SessionOptions session;
  std::string repository;         // empty: the kernel file's tree, or the one here
  std::string tree;               // the same, in the words of kernels
  std::string syzbot;             // a folder in the place of a kernel file
  std::vector<std::string> ends;  // BAD GOOD..., as git takes them
  bool no_checkout = false;       // of `start`
  std::vector<std::string> skip_files;
};

void add_session_options(Options& command, BisectOptions& options) {
  add_place_options(command, options.repository, options.session.state_dir);
  command.flag("-q,--quiet", options.session.quiet, "only the answer; on a terminal, in one line");
}

void add_question_options(Options& command, Settings& s, std::vector<std::string>& skip_files) {
  command.under("The question");
  command.text("--bad,--new", s.bad, "a revision where the bug shows (default: HEAD)", "REV");
  command.texts("--good,--old", s.good,
                "a revision free of it; may be repeated. Without it: walks back over release tags", "REV");
  command.flag("--fix", s.fix,
               "find the commit that fixed it: --bad has the bug, --good (default: HEAD) has not");
  command.several("--skip", s.skip, "revisions or ranges A..B never to be tested; may be repeated", "REV");
  command.texts("--skip-file", skip_files, "a file of such, one a line, # begins a comment; may be repeated",
                "FILE");
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
  command.integer("--ahead", s.ahead, 0, k_most_jobs,
                  "build so many revisions ahead that may come next (default: as cores are idle)", "N");
  command.number("--timeout", s.timeout, 0.01, 1e7, "seconds that a run may take", "SECONDS");
  command.number("--build-timeout", s.build_timeout, 0.01, 1e7, "seconds that a build may take", "SECONDS");
  command.texts("--message", s.messages, "what the bug prints; may be repeated", "TEXT|/REGEX/");
  command.texts("--ignore", s.ignored, "what another failure prints; may be repeated", "TEXT|/REGEX/");
  command.texts("--test", s.tests, "the test that fails, of a suite; may be repeated", "NAME");
  command.texts("--artifact", s.artifacts, "built files whose bytes tell equal builds; may be repeated",
                "FILE");
  command.one_of("--subject", s.read_as, {"program", "kernel"},
                 "kernel: the command boots one (vng), and its console says how a run ended");
  command.flag("--clean", s.clean, "remove untracked files before each build");
  command.flag("--measure", s.measure, "the command prints a number last: find the commit that moved it");
  command.flag("--verify,!--no-verify", s.verify, "check the answer by taking the commit back (default: on)");
  command.text("--strategy", s.strategy, "how to search: " + search::strategy_names() + " (default: bayes)",
               "NAME");
  command.number("--confidence", s.confidence, 0.5, 0.9999,
                 "stop at this probability of the answer (default: 0.99, by hand 0.9)", "P");
}

void add_laid_over_options(Options& command, Settings& s) {
  command.under("Laid over every revision");
  command.texts("--overlay", s.overlays, "a file or a folder of yours, put at DEST; may be repeated",
                "PATH[=DEST]");
  command.texts("--apply", s.patches, "a patch, applied where it can be, or on a range A..B; may be repeated",
                "PATCH[@RANGE]");
  command.texts("--only-with", s.only_with, "test only revisions that have this path; may be repeated",
                "PATH");
  command.flag("--with-changes", s.with_changes, "make your uncommitted changes to every revision");
}

void add_belief_options(Options& command, Settings& s) {
  command.under("Beliefs");
  command.texts("--path", s.paths, "commits that touch it are likelier; may be repeated", "PATH");
  command.text("--prior", s.prior_path, "how likely commits are: lines \"COMMIT WEIGHT\"", "FILE");
  command.flag("--prior-crash", s.prior_crash, "commits that touch what the crash names are likelier");
  command.text("--experience", s.experience_path, "what finished bisections showed (docs/service.md)",
               "FILE");
}

void add_term_options(Options& command, Settings& s) {
  command.text("--term-new,--term-bad", s.term_new, "your word for revisions that have the change", "WORD");
  command.text("--term-old,--term-good", s.term_old, "your word for revisions that lack it", "WORD");
}

void add_by_hand_options(Options& command, Settings& s, SessionOptions& session) {
  command.under("By hand");
  command.flag("--manual", s.manual, "you test: culprit next, culprit good, culprit bad, culprit skip");
  command.flag("--checkout", s.checkout, "check out in your tree what you are to test");
  add_term_options(command, s);
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
  if (s.config_path == "-")
    return fail(ErrorKind::usage,
                "--config cannot be standard input: the paths in it are relative to its folder",
                "name a file");
  s.config_path = std::filesystem::absolute(s.config_path, ignored);
  const KernelConfig config =
      CULPRIT_TRY(s.config_text.empty() ? load_kernel_config(s.config_path)
                                        : parse_kernel_config(s.config_text, s.config_path));
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

// A checkout is made for each, one after the other, before it is of use.
void limit_jobs(Settings& s) {
  const int most =
      std::max(k_jobs_anywhere, k_jobs_a_core * static_cast<int>(std::thread::hardware_concurrency()));
  if (s.jobs <= most) return;
  fmt::print(
      stderr,
      "culprit: note: -j {}: {} revisions are tested at a time, for each takes a checkout of its own\n",
      s.jobs, most);
  s.jobs = most;
}

// A number has neither crashes nor releases that are free of it: two ends are compared.
base::Result<void> check_measure(Settings& s) {
  if (s.strategy.empty()) s.strategy = search::k_measure;
  if (s.strategy != search::k_measure)
    return fail(ErrorKind::usage,
                "--measure goes with a strategy of its own, not with --strategy " + s.strategy,
                "leave --strategy out");
  if (s.fix)
    return fail(ErrorKind::usage,
                "--measure goes with no --fix: it finds the commit that moved the number, up or down",
                "leave --fix out");
  if (s.good.empty())
    return fail(ErrorKind::usage, "--measure compares two ends, and no --good is named",
                "--good is a revision with the other number");
  s.verify = false;
  return {};
}

// BAD GOOD..., in the places of --bad and --good.
base::Result<void> take_ends(BisectOptions& options) {
  if (options.ends.empty()) return {};
  Settings& s = options.settings;
  std::vector<std::string>& ends = options.ends;
  // A word that names a program is one of the command.
  std::error_code ignored;
  const auto program = std::ranges::find_if(ends, [&](const std::string& word) {
    return word.contains('/') && std::filesystem::is_regular_file(word, ignored);
  });
  if (program != ends.end())
    return fail(ErrorKind::usage, "'" + *program + "' is a file, where a revision is expected",
                "the command stands behind `--`: culprit bisect " +
                    (s.good.empty() ? std::string("BAD GOOD") : "--good " + s.good.front()) + " -- " +
                    *program);
  if (!s.bad.empty() || !s.good.empty()) {
    const std::vector<std::string> own{"bisect"};
    const bool misspelt = !base::nearest_names(ends.front(), own).empty();
    return fail(ErrorKind::usage,
                "'" + ends.front() + "' is one word too many: the ends are named by --bad and --good",
                misspelt ? "did you mean `culprit bisect`?"
                         : "each --good takes one revision: --good A --good B; or name them as BAD GOOD");
  }
  // GOOD..BAD, as `git log` takes it.
  const std::size_t dots = ends.front().find("..");
  if (ends.size() == 1 && dots != std::string::npos && dots > 0 && !ends.front().contains("...")) {
    s.good = {ends.front().substr(0, dots)};
    s.bad = ends.front().substr(dots + 2);
    return {};
  }
  s.bad = ends.front();
  s.good.assign(ends.begin() + 1, ends.end());
  return {};
}

// A folder is read as the kernel file that `culprit init kernel` would write for it.
base::Result<void> take_syzbot(BisectOptions& options) {
  Settings& s = options.settings;
  if (!options.tree.empty()) {
    if (!options.repository.empty())
      return fail(ErrorKind::usage, "--tree and --repo name the same thing", "leave one out");
    options.repository = options.tree;
  }
  if (options.syzbot.empty()) return {};
  if (!s.config_path.empty())
    return fail(ErrorKind::usage, "--syzbot and --config exclude each other",
                "`culprit init kernel DIR` writes a kernel file for the folder, to be changed");
  const KernelFolder folder = CULPRIT_TRY(read_kernel_folder(options.syzbot));
  CULPRIT_TRY(check_complete(folder));
  s.config_path = folder.folder / "kernel.toml";
  s.config_text = kernel_file_text(folder, {});
  if (s.bad.empty() && folder.commit.empty() && options.ends.empty())
    return fail(ErrorKind::usage, folder.folder.string() + " does not say on which commit the bug shows",
                "a file `commit` in it does, a report with \"HEAD commit:\", or --bad REV");
  return {};
}

// In the format of blame.ignoreRevsFile.
base::Result<void> read_skip_files(BisectOptions& options) {
  for (const std::string& file : options.skip_files) {
    const std::string text = CULPRIT_TRY(read_input(file));
    for (std::string_view line : base::split_lines(text)) {
      line = base::trim(line.substr(0, line.find('#')));
      if (!line.empty()) options.settings.skip.emplace_back(line);
    }
  }
  return {};
}

base::Result<void> complete(const Options& given, BisectOptions& options,
                            const std::vector<std::string>& command) {
  Settings& s = options.settings;
  std::error_code ignored;
  s.user_cwd = std::filesystem::current_path(ignored);
  s.command = test_command(command, s.user_cwd);
  CULPRIT_TRY(take_syzbot(options));
  CULPRIT_TRY(take_ends(options));
  CULPRIT_TRY(read_skip_files(options));
  // A mode is chosen by its option; two of them are told as such.
  if (s.is_by_hand() && (!command.empty() || !s.config_path.empty()))
    return fail(ErrorKind::usage, "--manual and a command exclude each other",
                "leave --manual out, and culprit tests by itself");
  if (s.is_kernel() && !command.empty())
    return fail(ErrorKind::usage, "--config and a command exclude each other",
                "the kernel's file names the build and the reproducer");
  CULPRIT_TRY(refuse_all_unread(given, s));
  if (s.measure) CULPRIT_TRY(check_measure(s));
  if (s.is_by_hand()) {
    CULPRIT_TRY(check_terms(s));
    s.runs = s.jobs = 1;  // a word is a verdict
  }
  CULPRIT_TRY(engine::Sought::create(s.messages, s.ignored, s.tests));  // before anything is begun
  if (s.is_kernel()) CULPRIT_TRY(complete_from_config(options));
  if (options.repository.empty()) options.repository = ".";
  if (s.runs == 0) s.runs = k_default_runs;
  s.jobs_given = s.jobs > 0;
  if (s.jobs == 0) s.jobs = 1;
  if (s.subject() == model::Subject::program) limit_jobs(s);
  const std::string build = proposed_build(s.user_cwd);
  if (s.command.empty() && s.subject() == model::Subject::program)
    return fail(ErrorKind::usage, "nothing to run",
                "name the command that shows the bug after `--`: culprit bisect --good v1.0 -- ./test.sh; or "
                "test by hand, with --manual" +
                    (s.build.empty() && !build.empty() ? "; each revision is built with " + build : ""));
  return {};
}

int start(const Options& given, BisectOptions& options, const std::vector<std::string>& command) {
  if (auto completed = complete(given, options, command); !completed) return report_error(completed.error());
  return finish(begin_session(options.settings, options.repository, options.session));
}

// Of git's options those that mean something here; what stands behind "--" are its paths.
int start_by_hand(const Options& given, BisectOptions& options, const std::vector<std::string>& paths) {
  options.settings.manual = true;
  options.settings.checkout = !options.no_checkout;
  options.settings.waits = !options.settings.fix;
  options.settings.paths.insert(options.settings.paths.end(), paths.begin(), paths.end());
  return start(given, options, {});
}

constexpr const char* k_ends_about = "the ends as git takes them: the bad revision, then good ones";

}  // namespace

void add_start(CommandLine& line) {
  Options command =
      line.add("start", "Begin by hand, as `git bisect start` does: bisect --manual --checkout");
  auto options = std::make_shared<BisectOptions>();
  command.texts("ends", options->ends, k_ends_about, "REV");
  add_place_options(command, options->repository, options->session.state_dir);
  command.flag("--fresh", options->session.fresh, "put an unfinished bisection aside and begin anew");
  command.flag("--no-checkout", options->no_checkout, "leave your tree where it is");
  add_question_options(command, options->settings, options->skip_files);
  add_term_options(command, options->settings);
  command.footer("culprit start [BAD [GOOD...]] [-- PATH...]");
  command.run([&line, command, options] { return start_by_hand(command, *options, line.behind_dashes()); });
}

void add_bisect(CommandLine& line) {
  Options command = line.add("bisect", "Find the commit that broke (or mended) something");
  auto options = std::make_shared<BisectOptions>();
  command.texts("ends", options->ends, k_ends_about, "REV");
  add_session_options(command, *options);
  command.flag("--fresh", options->session.fresh, "put an unfinished bisection aside and begin anew");
  add_question_options(command, options->settings, options->skip_files);
  add_test_options(command, options->settings);
  command.text("--syzbot", options->syzbot,
               "a kernel: a folder with .config, repro.c or repro.syz, report, commit", "DIR");
  command.text("--tree", options->tree, "the kernel's git repository: -C by another name", "DIR");
  add_laid_over_options(command, options->settings);
  add_belief_options(command, options->settings);
  add_by_hand_options(command, options->settings, options->session);
  add_output_options(command, options->settings);
  command.footer(
      "culprit bisect [options] -- COMMAND [ARG...]   a program: exit code 0 good, 125 skip, else bad\n"
      "culprit BAD GOOD -- COMMAND [ARG...]           the same, in short\n"
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
