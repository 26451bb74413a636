#include "run/process_runner.h"

#include <gmock/gmock.h>

#include <csignal>

#include <fmt/format.h>

#include "base/files.h"

namespace culprit::run {
namespace {

namespace fs = std::filesystem;
using base::CancelToken;
using model::RawRun;

const model::CommitId k_commit = *model::CommitId::from_hex("0123456789abcdef0123456789abcdef01234567");

class ProcessRunnerTest : public testing::Test {
 protected:
  ProcessRunnerTest() : m_top(std::move(*base::TempDir::create("culprit-run-test-"))) {
    fs::create_directories(m_worktree);
    fs::create_directories(m_user);
  }

  static void script(const fs::path& path, const std::string& body, bool executable = true) {
    fs::create_directories(path.parent_path());
    ASSERT_TRUE(base::write_file_atomically(path, "#!/bin/sh\n" + body + "\n"));
    if (executable) fs::permissions(path, fs::perms::owner_exec, fs::perm_options::add);
  }
  base::Result<RawRun> run(ProcessRunnerOptions options) {
    if (!options.timeout_s) options.timeout_s = 60;  // only against tests that hang
    return ProcessRunner(std::move(options)).run(k_commit, m_worktree, 7, 2, m_cancel);
  }
  RawRun run_ok(ProcessRunnerOptions options) {
    auto result = run(std::move(options));
    EXPECT_TRUE(result) << base::render(result.error());
    return result ? *result : RawRun{};
  }

  base::TempDir m_top;
  fs::path m_worktree = m_top.path() / "worktree";
  fs::path m_user = m_top.path() / "user";
  CancelToken m_cancel;
};

TEST_F(ProcessRunnerTest, CommandRunsInTheWorktreeAndKnowsItsRun) {
  const RawRun run =
      run_ok({.command = {"sh", "-c", "pwd; echo $CULPRIT_COMMIT $CULPRIT_RUN $CULPRIT_SLOT $MORE; exit 3"},
              .environment = {{"MORE", "more"}}});
  EXPECT_EQ(run.end, RawRun::End::exited);
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_EQ(run.console, m_worktree.string() + "\n0123456789abcdef0123456789abcdef01234567 7 2 more\n");
  EXPECT_TRUE(run.booted);
  EXPECT_TRUE(run.test_started);
  EXPECT_EQ(run.test_start, 0u);
}

TEST_F(ProcessRunnerTest, SignalAndDeadlineAreTold) {
  const RawRun dead = run_ok({.command = {"sh", "-c", "kill -ABRT $$"}});
  EXPECT_EQ(dead.end, RawRun::End::signaled);
  EXPECT_EQ(dead.signal, SIGABRT);
  const RawRun slow = run_ok({.command = {"sleep", "1000"}, .timeout_s = 0.05});
  EXPECT_EQ(slow.end, RawRun::End::timed_out);
}

TEST_F(ProcessRunnerTest, OutputIsBounded) {
  const RawRun run = run_ok({.command = {"seq", "100000"}, .output_limit = 100});
  EXPECT_TRUE(run.truncated);
  EXPECT_LT(run.console.size(), 200u);
}

TEST_F(ProcessRunnerTest, ScriptOfTheRevisionIsPreferredToTheUsers) {
  script(m_worktree / "test.sh", "echo revision");
  script(m_user / "test.sh", "echo user");
  EXPECT_EQ(run_ok({.command = {"./test.sh"}, .user_directory = m_user}).console, "revision\n");
}

TEST_F(ProcessRunnerTest, ScriptThatTheRevisionLacksIsTheUsersAndRunsInTheWorktree) {
  script(m_user / "tools" / "test.sh", "pwd");
  EXPECT_EQ(run_ok({.command = {"tools/test.sh"}, .user_directory = m_user}).console,
            m_worktree.string() + "\n");
}

TEST_F(ProcessRunnerTest, SameGoesForEveryWordThatNamesAFileOfTheUsersAlone) {
  script(m_user / "test.sh", "echo $0 $1 $X");
  script(m_user / "data", "");
  script(m_user / "both", "");
  script(m_worktree / "both", "");
  const auto console = [&](std::vector<std::string> command) {
    return run_ok({.command = std::move(command), .user_directory = m_user}).console;
  };
  const std::string test = (m_user / "test.sh").string(), data = (m_user / "data").string();
  EXPECT_EQ(console({"sh", "-e", "test.sh", "data"}), test + " " + data + "\n");
  EXPECT_EQ(console({"timeout", "50", "./test.sh", "both"}), test + " both\n");
  EXPECT_EQ(console({"env", "X=1", "sh", "test.sh", "absent"}), test + " absent 1\n");
  EXPECT_EQ(console({"./test.sh", "data"}), test + " " + data + "\n");
}

TEST_F(ProcessRunnerTest, OptionsFoldersAndProgramsOfPathStayAsTheyAre) {
  script(m_user / "-n", "");
  script(m_user / "echo", "exit 1");
  script(m_user / "folder" / "file", "");
  EXPECT_EQ(run_ok({.command = {"echo", "-n", "", "folder", "."}, .user_directory = m_user}).console,
            " folder .");
}

TEST_F(ProcessRunnerTest, ProgramThatIsNowhereIsAnErrorWithAHint) {
  const auto nowhere = run({.command = {"./test.sh"}, .user_directory = m_user});
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().kind, base::ErrorKind::infra);
  EXPECT_EQ(base::render(nowhere.error()),
            "culprit: error: the command to run: cannot start './test.sh': No such file or directory\n"
            "hint: revision 0123456789ab has no such file, nor is it in " +
                m_user.string() + "\n");
  const auto unknown = run({.command = {"culprit-no-such-program"}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().hint,
            "'culprit-no-such-program' is not in PATH: install it, or give the path of the program");
}

TEST_F(ProcessRunnerTest, ProgramThatIsNotExecutableIsAnErrorWithAHint) {
  script(m_worktree / "test.sh", "", false);
  const auto result = run({.command = {"./test.sh"}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what, "cannot start './test.sh': Permission denied");
  EXPECT_EQ(result.error().hint, "make it executable: chmod +x ./test.sh");
}

TEST_F(ProcessRunnerTest, CommandNotFoundByAShellIsAnAnswer) {
  EXPECT_EQ(run_ok({.command = {"sh", "-c", "culprit-no-such-program"}}).exit_code, 127);
}

TEST_F(ProcessRunnerTest, RevisionWithoutTheFolderIsSkipped) {
  fs::create_directory(m_worktree / "there");
  EXPECT_EQ(run_ok({.command = {"pwd"}, .subdirectory = "there"}).console,
            (m_worktree / "there").string() + "\n");
  const RawRun skipped = run_ok({.command = {"pwd"}, .subdirectory = "absent"});
  EXPECT_FALSE(skipped.test_started);
  EXPECT_EQ(skipped.console, "this revision has no folder absent");
}

TEST_F(ProcessRunnerTest, RunThatIsEndedFromOutsideIsAnInterruption) {
  const auto ended = run({.command = {"sh", "-c", "kill -TERM $PPID; sleep 1000"}});
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, base::ErrorKind::interrupted);
  EXPECT_EQ(ended.error().what, "the run of 'sh' was ended from outside (SIGTERM)");
}

TEST_F(ProcessRunnerTest, CancellationIsAnInterruption) {
  m_cancel.cancel();
  const auto result = run({.command = {"true"}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, base::ErrorKind::interrupted);
  EXPECT_EQ(result.error().what, "the run was interrupted");
}

}  // namespace
}  // namespace culprit::run
