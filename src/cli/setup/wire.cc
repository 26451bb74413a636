#include "cli/setup/wire.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/files.h"
#include "build/build_bug_builder.h"
#include "build/command_builder.h"
#include "build/kernel/environment.h"
#include "build/kernel/kernel_cache.h"
#include "build/recipe/compilers.h"
#include "build/reverting_builder.h"
#include "build/untestable_builder.h"
#include "cli/project/laid_over.h"
#include "cli/settings/guest/guest_sections.h"
#include "cli/settings/kernel_config.h"
#include "cli/settings/kernel_target.h"
#include "cli/settings/kernel_variants.h"
#include "engine/classify.h"
#include "engine/run_console.h"
#include "history/checkout/worktrees.h"
#include "model/run/report.h"
#include "output/syzbot_log.h"
#include "run/driven_guest_runner.h"
#include "run/hardware/hardware_runner.h"
#include "run/process_runner.h"
#include "run/qemu/qemu_runner.h"

namespace culprit::cli {
namespace {

// History's worktrees as builders want them.
class WorktreeCheckout final : public build::Checkout {
 public:
  WorktreeCheckout(history::Worktrees& worktrees, const history::GitHistory& history)
      : m_worktrees(worktrees), m_history(history) {}
  base::Result<std::filesystem::path> at(const model::CommitId& commit, int slot) override {
    return m_worktrees.at(commit, slot);
  }
  base::Result<std::string> tree(const model::CommitId& commit) override {
    // A commit that culprit made (a revert) is in its own repository alone.
    const auto known = m_history.known_tree(commit);
    return known ? *known : m_worktrees.tree(commit);
  }
  base::Result<bool> put_aside(int slot, const std::string& name, bool copy) override {
    return m_worktrees.put_aside(slot, name, copy);
  }
  base::Result<bool> bring_back(int slot, const std::string& name, const model::CommitId& commit) override {
    return m_worktrees.bring_back(slot, name, commit);
  }
  base::Result<void> drop(const std::string& name) override { return m_worktrees.drop(name); }

 private:
  history::Worktrees& m_worktrees;
  const history::GitHistory& m_history;
};

// History's reverts as builders want them.
build::Reverter reverter_of(const history::Worktrees& worktrees) {
  return [&worktrees](const model::CommitId& base, build::Way way,
                      const model::CommitId& commit) -> base::Result<build::Reverted> {
    using history::Changed;
    Changed changed = CULPRIT_TRY(
        worktrees.change(base, way == build::Way::with ? Changed::Way::with : Changed::Way::without, commit));
    return build::Reverted{.commit = changed.commit,
                           .conflicting = std::move(changed.conflicting),
                           .nothing = changed.how == Changed::How::nothing};
  };
}

// Holds what a builder and a runner stand on, whichever they are.
class WiredBackends final : public Backends {
 public:
  WiredBackends(std::unique_ptr<history::Worktrees> worktrees, const history::GitHistory& history)
      : m_worktrees(std::move(worktrees)), m_checkout(*m_worktrees, history) {}

  build::Checkout& checkout() { return m_checkout; }
  // A git that the subject calls must not climb out of our checkout to a repository around it.
  std::vector<std::pair<std::string, std::string>> environment() const {
    return {{"GIT_CEILING_DIRECTORIES", m_worktrees->folder(0).parent_path().string()}};
  }
  void use(std::unique_ptr<build::Builder> builder) {
    m_builder = std::move(builder);
    m_untestable.emplace(*m_builder);
    m_reverting.emplace(*m_untestable, reverter_of(*m_worktrees));
  }
  void use(std::unique_ptr<run::Runner> runner) { m_runner = std::move(runner); }
  // A machine is left as it was found also after an interruption: a second one ends culprit at once.
  void use(std::unique_ptr<run::HardwareRunner> runner) {
    m_leave = [machine = runner.get()] { return machine->leave(base::CancelToken()); };
    m_runner = std::move(runner);
  }

  using RunnerOf = std::function<base::Result<std::unique_ptr<run::Runner>>(const OtherTest&)>;
  void make_others_by(RunnerOf runner_of) { m_runner_of = std::move(runner_of); }

  build::Builder& builder() override { return *m_reverting; }
  run::Runner& runner() override { return *m_runner; }
  base::Result<std::unique_ptr<run::Runner>> runner_of(const OtherTest& test) override {
    if (m_runner_of) return m_runner_of(test);
    return base::fail(base::ErrorKind::usage, "where this runs, there is one test and no other",
                      "[machine] and bug = \"build\" take no further reproducers");
  }
  base::Result<void> leave() override { return m_leave ? m_leave() : base::Result<void>(); }
  base::Result<void> tear_down() override { return m_worktrees->remove_all(); }

 private:
  std::unique_ptr<history::Worktrees> m_worktrees;
  WorktreeCheckout m_checkout;
  std::unique_ptr<build::Builder> m_builder;
  std::optional<build::UntestableBuilder> m_untestable;
  std::optional<build::RevertingBuilder> m_reverting;
  std::unique_ptr<run::Runner> m_runner;
  std::function<base::Result<void>()> m_leave;
  RunnerOf m_runner_of;
};

bool drives_guest(const Settings& settings) { return settings.read_as == "kernel"; }

using Environment = std::vector<std::pair<std::string, std::string>>;

std::unique_ptr<run::Runner> program_runner(const Settings& settings, std::vector<std::string> command,
                                            const Environment& environment) {
  std::unique_ptr<run::Runner> runner =
      std::make_unique<run::ProcessRunner>(run::ProcessRunnerOptions{.command = std::move(command),
                                                                     .subdirectory = settings.subdirectory,
                                                                     .user_directory = settings.user_cwd,
                                                                     .timeout_s = settings.timeout,
                                                                     .environment = environment,
                                                                     .stacks = !drives_guest(settings)});
  if (drives_guest(settings)) runner = std::make_unique<run::DrivenGuestRunner>(std::move(runner));
  return runner;
}

base::Result<void> wire_program(const Settings& settings, const history::GitHistory& history,
                                WiredBackends& backends) {
  const auto environment = backends.environment();
  backends.use(std::make_unique<build::CommandBuilder>(
      build::CommandBuilderOptions{.command = settings.build,
                                   .subdirectory = settings.subdirectory,
                                   .timeout_s = settings.build_timeout,
                                   .artifacts = settings.artifacts,
                                   .incremental = !settings.clean,
                                   .environment = environment,
                                   .writes_beside = settings.is_by_hand(),
                                   .laid_over = CULPRIT_TRY(laid_over_of(settings, history))},
      backends.checkout()));
  if (settings.is_by_hand()) return {};  // the person is the runner
  backends.use(program_runner(settings, settings.command, environment));
  backends.make_others_by([settings, environment](const OtherTest& test) {
    return base::Result<std::unique_ptr<run::Runner>>(program_runner(settings, test.command, environment));
  });
  return {};
}

// What is run is the record of a build.
std::unique_ptr<run::Runner> failure_reader() {
  const std::string file(build::k_build_failure);
  return std::make_unique<run::ProcessRunner>(run::ProcessRunnerOptions{
      .command = {"/bin/sh", "-c", fmt::format("[ ! -e {0} ] || {{ cat {0}; exit 1; }}", file)},
      .stacks = false});
}

void note_environment(const std::function<void(const std::string&)>& note) {
  if (const auto ignored = build::ignored_build_variables(); !ignored.empty())
    note(
        fmt::format("kernels are built without what the environment says of {}: [kernel] and [[toolchain]] "
                    "of the kernel file decide",
                    fmt::join(ignored, ", ")));
}

base::Result<void> wire_build_bug(KernelConfig config, const StatePaths& paths,
                                  const base::CancelToken& cancel, WiredBackends& backends) {
  auto builder =
      CULPRIT_TRY(build::KernelBuilder::create(std::move(config.build), backends.checkout(), cancel));
  backends.use(std::make_unique<build::BuildBugBuilder>(std::move(builder), paths.kernels() / "failures"));
  backends.use(failure_reader());
  return {};
}

// The versions of the revisions that the user named, the bad one first: what is compared is built by one compiler where
// one builds them all. A revision that cannot be read is left out.
std::vector<build::KernelVersion> versions_named(const Settings& settings,
                                                 const history::GitHistory& history) {
  std::vector<build::KernelVersion> versions;
  std::vector<std::string> names{settings.bad.empty() ? "HEAD" : settings.bad};
  names.insert(names.end(), settings.good.begin(), settings.good.end());
  for (const std::string& name : names) {
    const auto commit = history.resolve(name);
    const auto makefile = commit ? history.git().output({"cat-file", "blob", commit->hex() + ":Makefile"})
                                 : base::Result<std::string>();
    if (const auto version = makefile ? build::kernel_version_of(*makefile) : std::nullopt)
      versions.push_back(*version);
    else if (versions.empty())
      return versions;
  }
  return versions;
}

// Without a [[toolchain]] it is gcc, if that builds what the user named. Else, and where releases are walked back to any age,
// the installed compilers of the table help out.
void choose_toolchains(KernelConfig& config, const base::CancelToken& cancel) {
  if (config.names_toolchain || config.build.held.empty()) return;
  const auto version = build::toolchain_version(config.build.toolchains.front(), cancel);
  const build::CompilerRow* row = version ? build::row_of(*version) : nullptr;
  if (row == nullptr) return;
  build::Toolchain own = config.build.toolchains.front();
  own.since = row->since;
  own.until = row->until;
  const bool builds_all =
      std::ranges::all_of(config.build.held, [&](build::KernelVersion v) { return own.builds(v); });
  if (builds_all && config.build.held.size() > 1) return;
  config.build.toolchains = build::with_installed(std::move(own), *row);
}

// What restored guests are compared with booted ones by: how a run counts, and the title of its crash.
std::string outcome_in_words(const model::RawRun& run) {
  const auto reading =
      engine::classify(model::Subject::kernel, run, engine::read_run_console(model::Subject::kernel, run));
  if (!reading) return "nothing";
  const std::string_view text = model::text_of(reading->outcome);
  return text.empty() ? std::string(model::name_of(model::kind_of(reading->outcome))) : std::string(text);
}

// In the guest of `vm`, with another reproducer.
base::Result<std::unique_ptr<run::Runner>> other_guest(run::QemuOptions vm, const OtherTest& test,
                                                       const base::CancelToken& cancel) {
  CULPRIT_TRY(take_reproducer(test.reproducer, vm));
  auto runner = CULPRIT_TRY_IN(run::QemuRunner::create(std::move(vm), cancel), test.reproducer.string());
  return std::unique_ptr<run::Runner>(std::move(runner));
}

// The runner is made first: a reproducer that does not compile should not cost a kernel build.
base::Result<void> wire_kernel(const Settings& settings, const StatePaths& paths,
                               const history::GitHistory& history, const base::CancelToken& cancel,
                               const std::function<void(const std::string&)>& note, WiredBackends& backends) {
  KernelConfig config = CULPRIT_TRY(parse_kernel_config(settings.config_text, settings.config_path));
  config.build.cache_dir = paths.cache();
  config.build.state_dir = paths.kernels();
  config.build.held = versions_named(settings, history);
  choose_toolchains(config, cancel);
  CULPRIT_TRY(build::KernelBuilder::check_place(config.build.state_dir));
  note_environment(note);
  for (const std::string& text : config.notes) note(text);
  if (config.bug == KernelBug::build) return wire_build_bug(std::move(config), paths, cancel, backends);
  const run::SyzHarness& harness = config.vm.reproducer.harness;
  if (!harness.repo.empty()) note(std::string(output::k_building_harness) + harness.commit);
  std::unique_ptr<run::QemuRunner> guest;
  std::unique_ptr<run::HardwareRunner> machine;
  if (config.machine) {
    machine = CULPRIT_TRY(run::HardwareRunner::create(std::move(*config.machine), cancel));
  } else {
    config.vm.cache_dir = paths.cache();
    config.vm.note = note;
    config.vm.outcome_of = outcome_in_words;
    backends.make_others_by(
        [vm = config.vm, &cancel](const OtherTest& test) { return other_guest(vm, test, cancel); });
    guest = CULPRIT_TRY(run::QemuRunner::create(std::move(config.vm), cancel));
  }
  backends.use(
      CULPRIT_TRY(build::KernelBuilder::create(std::move(config.build), backends.checkout(), cancel)));
  if (machine) {
    backends.use(std::move(machine));
  } else {
    note(guest->accel().why);
    backends.use(std::unique_ptr<run::Runner>(std::move(guest)));
  }
  return {};
}

}  // namespace

base::Result<std::vector<model::Variant>> variants_of(const Settings& settings,
                                                      const history::GitHistory& history,
                                                      const model::CommitId& start,
                                                      const base::CancelToken& cancel) {
  if (!settings.is_kernel()) return std::vector<model::Variant>{};
  KernelConfig config = CULPRIT_TRY(parse_kernel_config(settings.config_text, settings.config_path));
  CULPRIT_TRY(
      check_build_target(config.build, history.repository().git(cancel), start, settings.config_path));
  const std::span own(config.build.variants.data(), config.own_variants);
  CULPRIT_TRY(check_variant_options(own, history.repository().git(cancel), start, settings.config_path));
  return std::move(config.variants);
}

model::Subject console_subject(const Settings& settings) {
  if (!settings.is_kernel()) return drives_guest(settings) ? model::Subject::kernel : settings.subject();
  const auto config = parse_kernel_config(settings.config_text, settings.config_path);
  return config && config->bug == KernelBug::build ? model::Subject::program : model::Subject::kernel;
}

base::Result<void> forget_failed_builds(const StatePaths& paths) {
  return build::KernelCache(paths.cache(), 0).forget_failures();
}

base::Result<void> forget_kernels(const StatePaths& paths) {
  return build::KernelCache(paths.cache(), 0).forget_everything();
}

base::Result<std::unique_ptr<Backends>> wire(const Settings& settings, const StatePaths& paths,
                                             const history::GitHistory& history,
                                             const base::CancelToken& cancel,
                                             const std::function<void(const std::string&)>& note) {
  base::remove_stale_temp_dirs();
  auto worktrees = CULPRIT_TRY(
      history::Worktrees::open(history.repository(), paths.checkouts(),
                               {.clean = settings.clean, .submodules = true, .note = note}, cancel));
  auto backends = std::make_unique<WiredBackends>(std::move(worktrees), history);
  if (settings.is_kernel())
    CULPRIT_TRY(wire_kernel(settings, paths, history, cancel, note, *backends));
  else
    CULPRIT_TRY(wire_program(settings, history, *backends));
  return backends;
}

}  // namespace culprit::cli
