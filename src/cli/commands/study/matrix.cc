// `culprit matrix`: how often does each of several tests fail on each of several revisions?

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "base/files.h"
#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/session/outputs.h"
#include "cli/session/place.h"
#include "cli/session/session.h"
#include "cli/session/signals.h"
#include "cli/settings/guest/guest_sections.h"
#include "cli/settings/test_words.h"
#include "cli/study/matrix_view.h"
#include "cli/study/study.h"
#include "cli/study/subject.h"
#include "engine/sought.h"
#include "history/releases/releases.h"
#include "model/build/build_facts.h"
#include "study/matrix_text.h"
#include "study/tests.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::Result;

// Of a cell at one half, an interval of 0.2 to either side takes twenty.
constexpr int k_matrix_runs = 30;
constexpr double k_within = 0.2;
constexpr std::string_view k_plain = "plain";  // the variant that changes nothing

struct MatrixOptions {
  Settings settings;
  StudyOptions study{.repository = {}, .state_dir = {}};
  std::vector<std::string> at;
  std::string releases;
  std::vector<std::string> tests;
  std::vector<std::string> reproducers;
  std::vector<std::string> variants;
  std::string title;
  int runs = k_matrix_runs;
  double within = k_within;
  std::string json, csv;
};

// All that one call works on.
struct MatrixWork {
  study::MatrixPlan plan;
  std::vector<std::pair<std::string, OtherTest>> tests;  // by key
  std::optional<KernelConfig> kernel;
};

// "NAME=REST"; without a name both are the whole.
std::pair<std::string, std::string> name_and_rest(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos || text.substr(0, equals).find('/') != std::string::npos)
    return {text, text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

Result<void> add_test(MatrixWork& work, std::string name, const std::string& what, OtherTest test) {
  if (name.empty() || what.empty())
    return fail(ErrorKind::usage, "a test has a name and a command", "--test 'sort=./test.sh sort'");
  if (std::ranges::find(work.plan.tests, name, &study::MatrixTest::name) != work.plan.tests.end())
    return fail(ErrorKind::usage, fmt::format("two tests are called '{}'", name),
                "give one another name: NAME=...");
  const std::string key = base::sha256(name + "\n" + what).substr(0, 12);
  work.plan.tests.push_back({std::move(name), key});
  work.tests.emplace_back(key, std::move(test));
  return {};
}

Result<void> add_program_tests(const MatrixOptions& options, MatrixWork& work) {
  const Settings& s = options.settings;
  if (!options.reproducers.empty())
    return fail(ErrorKind::usage, "--repro is a kernel's, and there is no --config",
                "a program's tests are --test NAME=COMMAND, or one command behind `--`");
  if (!s.command.empty()) {
    const std::string shown = shown_command(s.command);
    CULPRIT_TRY(add_test(work, shown, shown, {.command = s.command, .reproducer = {}}));
  }
  for (const std::string& text : options.tests) {
    const auto [name, command] = name_and_rest(text);
    std::vector<std::string> words = test_command({command}, s.user_cwd);
    CULPRIT_TRY(add_test(work, name, command, {.command = std::move(words), .reproducer = {}}));
  }
  if (!work.plan.tests.empty()) return {};
  return fail(ErrorKind::usage, "nothing to run",
              "name a command after `--`, or several as --test NAME=COMMAND");
}

// The kernel file's own reproducer, where no other is named.
Result<void> add_kernel_tests(const MatrixOptions& options, MatrixWork& work) {
  if (!options.tests.empty() || !options.settings.command.empty())
    return fail(ErrorKind::usage, "a kernel runs reproducers, and no command of this machine's",
                "--repro FILE names one, and may be repeated");
  const run::ReproducerSource& own = work.kernel->vm.reproducer;
  std::vector<std::string> files = options.reproducers;
  const bool is_own = files.empty();
  for (const fs::path& path : {own.source, own.script, own.binary, own.syz})
    if (is_own && !path.empty()) files.push_back(path.string());
  if (files.empty()) {  // bug = "boot" and the like
    work.plan.tests.push_back({std::string(k_bugs[static_cast<std::size_t>(work.kernel->bug)]), "own"});
    return {};
  }
  for (const std::string& text : files) {
    auto [name, file] = name_and_rest(text);
    if (name == file) name = fs::path(file).filename().string();
    std::error_code ignored;
    const fs::path path = fs::absolute(file, ignored);
    auto bytes = base::read_file(path);
    if (!bytes) return fail(ErrorKind::usage, bytes.error().what, "--repro names a file");
    CULPRIT_TRY(add_test(work, name, *bytes, {.command = {}, .reproducer = path}));
  }
  if (is_own) work.tests.clear();  // the settings' own runner is the one
  return {};
}

// What a builder is told of a variant that the user named.
Result<std::string> kernel_variant(const std::string& name, const KernelConfig& kernel) {
  if (std::ranges::find(kernel.variants, name, &model::Variant::name) != kernel.variants.end()) return name;
  if (name.find('=') != std::string::npos) {
    model::WithVariant with;
    for (const std::string_view option : base::split(name, ',')) {
      const auto change = CULPRIT_TRY(build::parse_config_change(std::string(option)));
      with.options.push_back(change.name + "=" + change.value);
    }
    return name_of(with);
  }
  for (const build::Toolchain& toolchain : kernel.build.toolchains)
    if (toolchain.cc == name || toolchain.llvm == name)
      return name_of(model::WithVariant{
          .compiler = CULPRIT_TRY(build::toolchain_version(toolchain, cancel_on_signals())),
          .options = {},
          .variant = {}});
  return fail(ErrorKind::usage, fmt::format("the kernel file has no variant '{}'", name),
              "a [[variant]] of it, the compiler of a [[toolchain]], options like KASAN=n, or `plain`");
}

Result<std::string> variant_of(const std::string& name, const MatrixWork& work) {
  if (name == k_plain) return std::string();
  if (work.kernel) return kernel_variant(name, *work.kernel);
  if (name.empty() || name.find('|') != std::string::npos)
    return fail(ErrorKind::usage, "'" + name + "' is no name of a variant",
                "--variant asan: the build command sees it as $CULPRIT_VARIANT");
  return name;
}

// The release tags from A to B, oldest first.
Result<std::vector<std::string>> releases_of(const std::string& range, const history::GitHistory& history) {
  const std::size_t dots = range.find("..");
  if (dots == std::string::npos || dots == 0 || dots + 2 == range.size())
    return fail(ErrorKind::usage, "--releases takes a range, and '" + range + "' is none",
                "--releases v1.0..v2.0");
  const model::CommitId from = CULPRIT_TRY(history.resolve(range.substr(0, dots)));
  const model::CommitId to = CULPRIT_TRY(history.resolve(range.substr(dots + 2)));
  const std::vector<model::CommitId> tips{from, to};
  const model::CommitGraph graph = CULPRIT_TRY(history.load(tips));
  const auto tags = CULPRIT_TRY(history.tags());
  std::vector<std::string> names;
  for (const model::ReleaseTag& tag : history::release_ancestors(graph, tags, *graph.find(to)))
    if (graph.ancestors(*graph.find(tag.commit))[*graph.find(from)] != 0) names.push_back(tag.name);
  std::ranges::reverse(names);
  if (names.empty())
    return fail(ErrorKind::usage, "there is no release in " + range, "--at REV names revisions, tags or not");
  return names;
}

Result<void> add_columns(const MatrixOptions& options, const history::GitHistory& history, MatrixWork& work) {
  std::vector<std::string> revisions = options.at;
  if (!options.releases.empty())
    for (std::string& name : CULPRIT_TRY(releases_of(options.releases, history)))
      revisions.push_back(std::move(name));
  if (revisions.empty() && work.kernel) {
    for (const std::string& good : options.settings.good) revisions.push_back(good);
    if (!options.settings.bad.empty()) revisions.push_back(options.settings.bad);
  }
  if (revisions.empty())
    return fail(ErrorKind::usage, "no revision is named",
                "--at REV names one and may be repeated; --releases A..B takes the tags between");
  std::vector<std::string> variants = options.variants;
  if (variants.empty()) variants.emplace_back(k_plain);
  for (const std::string& revision : revisions)
    for (const std::string& variant : variants) {
      study::MatrixColumn column{.revision = revision, .commit = CULPRIT_TRY(history.resolve(revision))};
      column.variant = CULPRIT_TRY(variant_of(variant, work));
      if (!options.variants.empty()) column.shown = variant;
      const auto same = std::ranges::find_if(work.plan.columns, [&](const study::MatrixColumn& other) {
        return other.commit == column.commit && other.variant == column.variant;
      });
      if (same == work.plan.columns.end()) work.plan.columns.push_back(std::move(column));
    }
  return {};
}

model::Problem matrix_problem(const Settings& settings, const study::MatrixPlan& plan) {
  model::Problem problem;
  problem.start = plan.columns.front().commit;
  problem.runs_per_revision = plan.runs;
  problem.run_slots = settings.jobs;
  problem.build_slots = settings.is_kernel() ? 1 : settings.jobs;  // make(1) uses all cores itself
  return problem;
}

void settle_plan(const MatrixOptions& options, study::MatrixPlan& plan) {
  const Settings& s = options.settings;
  plan.runs = options.runs;
  plan.within = options.within;
  plan.one_place = !s.is_kernel();
  plan.at_once = s.is_kernel() ? 2 : s.jobs;  // one is run while the next is built
  plan.runs_at_once = s.is_kernel() ? s.jobs : 1;
}

// What is said on the command line, before anything is opened.
Result<void> complete(MatrixOptions& options, MatrixWork& work, const std::vector<std::string>& command) {
  Settings& s = options.settings;
  std::error_code ignored;
  s.user_cwd = fs::current_path(ignored);
  s.command = test_command(command, s.user_cwd);
  CULPRIT_TRY(engine::Sought::create(s.messages, s.ignored, {}));
  CULPRIT_TRY(settle_output(options.json));
  CULPRIT_TRY(settle_output(options.csv));
  if (!options.json.empty() && options.json == options.csv)
    return fail(ErrorKind::usage, "--json and --csv name the same file, " + options.json, "name two files");
  if (s.is_kernel()) {
    if (!s.build.empty() || !s.messages.empty() || !s.ignored.empty())
      return fail(ErrorKind::usage, "--build, --message and --ignore are a program's",
                  "the kernel file says how it is built; --title names the crash");
    work.kernel = CULPRIT_TRY(take_kernel_file(s, options.study.repository));
    if (s.bad.empty()) s.bad = work.kernel->start;
    if (s.good.empty()) s.good = work.kernel->good;
    CULPRIT_TRY(add_kernel_tests(options, work));
  } else {
    CULPRIT_TRY(add_program_tests(options, work));
    if (s.command.empty()) s.command = work.tests.front().second.command;
  }
  if (s.jobs == 0) s.jobs = 1;
  if (options.study.repository.empty()) options.study.repository = ".";
  return {};
}

Result<void> write_files(const MatrixOptions& options, const MatrixWork& work, const study::Matrix& matrix) {
  const auto write = [](const std::string& file, const std::string& text) -> Result<void> {
    if (file.empty()) return {};
    if (file != k_standard_output) return base::write_file_atomically(file, text);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return {};
  };
  CULPRIT_TRY(write(options.json, matrix_json(work.plan, matrix)));
  return write(options.csv, matrix_csv(work.plan, matrix));
}

Result<base::ExitCode> run_matrix(MatrixOptions& options, const std::vector<std::string>& command) {
  MatrixWork work;
  CULPRIT_TRY(complete(options, work, command));
  const auto study = CULPRIT_TRY(Study::open("matrix", options.study));
  CULPRIT_TRY(add_columns(options, study->history(), work));
  settle_plan(options, work.plan);
  CULPRIT_TRY(study->settle(options.settings));
  // What is compared is built by one compiler where one builds it all.
  options.settings.bad = work.plan.columns.front().revision;
  options.settings.good.clear();
  for (const study::MatrixColumn& column : work.plan.columns)
    options.settings.good.push_back(column.revision);
  CULPRIT_TRY(study->take_up(definition_of(options.settings), matrix_problem(options.settings, work.plan)));

  const bool aside = options.json == k_standard_output || options.csv == k_standard_output;
  const auto style = output::detect_style(aside ? STDERR_FILENO : STDOUT_FILENO,
                                          [](const char* name) -> const char* { return std::getenv(name); });
  MatrixView view(work.plan, aside ? stderr : stdout, style, !options.study.quiet);
  const study::MatrixSearch search(work.plan);
  const auto judged = [&](const engine::Journal& journal) {
    return study::judged_by_test(journal, options.title);
  };
  const auto done = study->conduct(
      options.settings, {.search = search,
                         .judged = judged,
                         .tests = work.tests,
                         .watch = [&](const model::Evidence& evidence, const model::Decision& decision) {
                           view.update(matrix_of(work.plan, evidence), decision, study->seconds());
                         }});
  if (study->known() == nullptr) return std::unexpected(done.error());
  const study::Matrix matrix = matrix_of(work.plan, judged(*study->known()));
  view.finish(matrix);
  CULPRIT_TRY(write_files(options, work, matrix));
  if (!done) return std::unexpected(done.error());
  return base::ExitCode::found;
}

void add_question(Options& command, MatrixOptions& options) {
  command.under("The question");
  command.texts("--at", options.at, "a revision; may be repeated", "REV");
  command.text("--releases", options.releases, "the release tags from A to B", "A..B");
  command.texts("--variant", options.variants,
                "build so too (`plain`: as it is); a program's build sees $CULPRIT_VARIANT; may be repeated",
                "NAME");
  command.texts("--test", options.tests, "a program: one of several tests; may be repeated", "NAME=COMMAND");
  command.texts("--repro", options.reproducers, "a kernel: one of several reproducers; may be repeated",
                "[NAME=]FILE");
  command.integer("--runs", options.runs, 1, 100'000, "at most so many runs of a cell (default: 30)", "N");
  command.number("--within", options.within, 0.01, 0.5,
                 "until a rate is known to so much on either side (default: 0.2)", "P");
  command.text("--title", options.title, "the bug is the crash of this title (default: the first one seen)",
               "TEXT");
}

void add_subject(Options& command, Settings& s) {
  command.under("What is built and run");
  command.text("--config", s.config_path, "a kernel: its TOML file (docs/kernel.md)", "FILE");
  command.text("--build", s.build, "a program: the shell command that builds a revision", "COMMAND");
  command.integer("--jobs,-j", s.jobs, 1, 64, "revisions at a time (default: 1), or guests", "N");
  command.number("--timeout", s.timeout, 0.01, 1e7, "seconds that a run may take", "SECONDS");
  command.number("--build-timeout", s.build_timeout, 0.01, 1e7, "seconds that a build may take", "SECONDS");
  command.texts("--message", s.messages, "what the bug prints; may be repeated", "TEXT|/REGEX/");
  command.texts("--ignore", s.ignored, "what another failure prints; may be repeated", "TEXT|/REGEX/");
  command.texts("--overlay", s.overlays, "a file or a folder of yours, put at DEST; may be repeated",
                "PATH[=DEST]");
  command.flag("--clean", s.clean, "remove untracked files before each build");
}

}  // namespace

void add_matrix(CommandLine& line) {
  Options command =
      line.add("matrix", "Say how often each of several tests fails on each of several revisions");
  auto options = std::make_shared<MatrixOptions>();
  add_place_options(command, options->study.repository, options->study.state_dir);
  command.flag("--fresh", options->study.fresh, "leave aside what an earlier one found");
  command.flag("-q,--quiet", options->study.quiet, "only the table");
  add_question(command, *options);
  add_subject(command, options->settings);
  command.under("Output");
  command.text("--json", options->json, "write the cells as JSON", "FILE");
  command.text("--csv", options->csv, "write a line a cell", "FILE");
  command.footer(
      "culprit matrix --at v1.0 --at v1.1 --build make -- ./test.sh\n"
      "culprit matrix --config kernel.toml --releases v6.1..v6.6 --repro a.c --repro b.c");
  command.run([&line, options] { return finish(run_matrix(*options, line.behind_dashes())); });
}

}  // namespace culprit::cli
