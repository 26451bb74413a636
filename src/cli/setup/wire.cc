#include "cli/setup/wire.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/files.h"
#include "build/command_builder.h"
#include "build/kernel/environment.h"
#include "build/kernel/kernel_cache.h"
#include "build/reverting_builder.h"
#include "build/untestable_builder.h"
#include "cli/settings/kernel_config.h"
#include "cli/settings/kernel_target.h"
#include "cli/settings/kernel_variants.h"
#include "history/checkout/worktrees.h"
#include "run/process_runner.h"
#include "run/qemu/qemu_runner.h"

namespace culprit::cli {
namespace {

// History's worktrees as builders want them.
class WorktreeCheckout final : public build::Checkout {
 public:
  explicit WorktreeCheckout(history::Worktrees& worktrees) : m_worktrees(worktrees) {}
  base::Result<std::filesystem::path> at(const model::CommitId& commit, int slot) override {
    return m_worktrees.at(commit, slot);
  }
  base::Result<std::string> tree(const model::CommitId& commit) override { return m_worktrees.tree(commit); }

 private:
  history::Worktrees& m_worktrees;
};

// History's reverts as builders want them.
build::Reverter reverter_of(const history::Worktrees& worktrees) {
  return [&worktrees](const model::CommitId& commit,
                      const model::CommitId& base) -> base::Result<build::Reverted> {
    history::Revert revert = CULPRIT_TRY(worktrees.revert_onto(commit, base));
    return build::Reverted{.commit = revert.commit,
                           .conflicting = std::move(revert.conflicting),
                           .nothing = revert.how == history::Revert::How::nothing};
  };
}

// Holds what a builder and a runner stand on, whichever they are.
class WiredBackends final : public Backends {
 public:
  explicit WiredBackends(std::unique_ptr<history::Worktrees> worktrees)
      : m_worktrees(std::move(worktrees)), m_checkout(*m_worktrees) {}

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

  build::Builder& builder() override { return *m_reverting; }
  run::Runner& runner() override { return *m_runner; }
  base::Result<void> tear_down() override { return m_worktrees->remove_all(); }

 private:
  std::unique_ptr<history::Worktrees> m_worktrees;
  WorktreeCheckout m_checkout;
  std::unique_ptr<build::Builder> m_builder;
  std::optional<build::UntestableBuilder> m_untestable;
  std::optional<build::RevertingBuilder> m_reverting;
  std::unique_ptr<run::Runner> m_runner;
};

void wire_program(const Settings& settings, WiredBackends& backends) {
  const auto environment = backends.environment();
  backends.use(std::make_unique<build::CommandBuilder>(
      build::CommandBuilderOptions{.command = settings.build,
                                   .subdirectory = settings.subdirectory,
                                   .timeout_s = settings.build_timeout,
                                   .artifacts = settings.artifacts,
                                   .environment = environment},
      backends.checkout()));
  backends.use(
      std::make_unique<run::ProcessRunner>(run::ProcessRunnerOptions{.command = settings.command,
                                                                     .subdirectory = settings.subdirectory,
                                                                     .user_directory = settings.user_cwd,
                                                                     .timeout_s = settings.timeout,
                                                                     .environment = environment}));
}

// The runner is made first: a reproducer that does not compile should not cost a kernel build.
base::Result<void> wire_kernel(const Settings& settings, const StatePaths& paths,
                               const base::CancelToken& cancel,
                               const std::function<void(const std::string&)>& note, WiredBackends& backends) {
  KernelConfig config = CULPRIT_TRY(parse_kernel_config(settings.config_text, settings.config_path));
  config.vm.cache_dir = config.build.cache_dir = paths.cache();
  config.build.state_dir = paths.kernels();
  CULPRIT_TRY(build::KernelBuilder::check_place(config.build.state_dir));
  auto runner = CULPRIT_TRY(run::QemuRunner::create(std::move(config.vm), cancel));
  backends.use(
      CULPRIT_TRY(build::KernelBuilder::create(std::move(config.build), backends.checkout(), cancel)));
  note(runner->accel().why);
  if (const auto ignored = build::ignored_build_variables(); !ignored.empty())
    note(
        fmt::format("kernels are built without what the environment says of {}: [kernel] and [[toolchain]] "
                    "of the kernel file decide",
                    fmt::join(ignored, ", ")));
  backends.use(std::move(runner));
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

base::Result<void> forget_failed_builds(const StatePaths& paths) {
  return build::KernelCache(paths.cache(), 0).forget_failures();
}

base::Result<std::unique_ptr<Backends>> wire(const Settings& settings, const StatePaths& paths,
                                             const history::GitHistory& history,
                                             const base::CancelToken& cancel,
                                             std::function<void(const std::string&)> note) {
  base::remove_stale_temp_dirs();
  auto worktrees = CULPRIT_TRY(
      history::Worktrees::open(history.repository(), paths.checkouts(),
                               {.clean = settings.clean, .submodules = true, .note = note}, cancel));
  auto backends = std::make_unique<WiredBackends>(std::move(worktrees));
  if (settings.is_kernel())
    CULPRIT_TRY(wire_kernel(settings, paths, cancel, note, *backends));
  else
    wire_program(settings, *backends);
  return backends;
}

}  // namespace culprit::cli
