#include "cli/wire.h"

#include "build/command_builder.h"
#include "cli/kernel_config.h"
#include "history/worktrees.h"
#include "run/process_runner.h"
#include "run/qemu_runner.h"

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

class CommandBackends final : public Backends {
 public:
  CommandBackends(const Settings& settings, std::unique_ptr<history::Worktrees> worktrees)
      : m_worktrees(std::move(worktrees)),
        m_checkout(*m_worktrees),
        m_builder({.command = settings.build,
                   .subdirectory = settings.subdirectory,
                   .timeout_s = settings.build_timeout,
                   .artifacts = settings.artifacts,
                   .environment = environment()},
                  m_checkout),
        m_runner({.command = settings.command,
                  .subdirectory = settings.subdirectory,
                  .user_directory = settings.user_cwd,
                  .timeout_s = settings.timeout,
                  .environment = environment()}) {}

  build::Builder& builder() override { return m_builder; }
  run::Runner& runner() override { return m_runner; }
  engine::Subject subject() const override { return engine::Subject::command; }
  base::Result<void> tear_down() override { return m_worktrees->remove_all(); }

 private:
  // A git that the subject calls must not climb out of our checkout to a repository around it.
  std::vector<std::pair<std::string, std::string>> environment() const {
    return {{"GIT_CEILING_DIRECTORIES", m_worktrees->folder(0).parent_path().string()}};
  }

  std::unique_ptr<history::Worktrees> m_worktrees;
  WorktreeCheckout m_checkout;
  build::CommandBuilder m_builder;
  run::ProcessRunner m_runner;
};

class KernelBackends final : public Backends {
 public:
  // The runner is made first: a reproducer that does not compile should not cost a kernel build.
  static base::Result<std::unique_ptr<Backends>> create(const Settings& settings, const StatePaths& paths,
                                                        std::unique_ptr<history::Worktrees> worktrees,
                                                        const base::CancelToken& cancel,
                                                        const std::function<void(const std::string&)>& note) {
    KernelConfig config = CULPRIT_TRY(parse_kernel_config(settings.config_text, settings.config_path));
    config.vm.cache_dir = config.build.cache_dir = paths.root.parent_path() / "cache";
    config.build.state_dir = paths.kernels();
    std::unique_ptr<KernelBackends> backends(new KernelBackends(std::move(worktrees)));
    backends->m_runner = CULPRIT_TRY(run::QemuRunner::create(std::move(config.vm), cancel));
    backends->m_builder =
        CULPRIT_TRY(build::KernelBuilder::create(std::move(config.build), backends->m_checkout, cancel));
    note(backends->m_runner->accel().why);
    return backends;
  }

  build::Builder& builder() override { return *m_builder; }
  run::Runner& runner() override { return *m_runner; }
  engine::Subject subject() const override { return engine::Subject::kernel; }
  base::Result<void> tear_down() override { return m_worktrees->remove_all(); }

 private:
  explicit KernelBackends(std::unique_ptr<history::Worktrees> worktrees)
      : m_worktrees(std::move(worktrees)), m_checkout(*m_worktrees) {}

  std::unique_ptr<history::Worktrees> m_worktrees;
  WorktreeCheckout m_checkout;
  std::unique_ptr<build::KernelBuilder> m_builder;
  std::unique_ptr<run::QemuRunner> m_runner;
};

}  // namespace

base::Result<std::unique_ptr<Backends>> wire(const Settings& settings, const StatePaths& paths,
                                             const history::GitHistory& history,
                                             const base::CancelToken& cancel,
                                             std::function<void(const std::string&)> note) {
  auto worktrees = CULPRIT_TRY(
      history::Worktrees::open(history.repository(), paths.checkouts(),
                               {.clean = settings.clean, .submodules = true, .note = note}, cancel));
  if (settings.is_kernel())
    return KernelBackends::create(settings, paths, std::move(worktrees), cancel, note);
  return std::make_unique<CommandBackends>(settings, std::move(worktrees));
}

}  // namespace culprit::cli
