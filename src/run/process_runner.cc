#include "run/process_runner.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/process/subprocess.h"

namespace culprit::run {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::ProcessEnd;
using model::RawRun;

RawRun raw_run(ProcessEnd end) {
  RawRun run;
  run.console = std::move(end.output);
  run.truncated = end.truncated;
  run.seconds = end.seconds;
  switch (end.how) {
    case ProcessEnd::How::exited:
      run.end = RawRun::End::exited;
      run.exit_code = end.exit_code;
      break;
    case ProcessEnd::How::signaled:
      run.end = RawRun::End::signaled;
      run.signal = end.signal;
      break;
    case ProcessEnd::How::timed_out:
      run.end = RawRun::End::timed_out;
      break;
    case ProcessEnd::How::cancelled:
    case ProcessEnd::How::stopped:
      CULPRIT_CHECK(false, "a run that was stopped is no run");
  }
  return run;
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

}  // namespace

ProcessRunner::ProcessRunner(ProcessRunnerOptions options) : m_options(std::move(options)) {
  CULPRIT_CHECK(!m_options.command.empty(), "a runner without a command");
}

// The command with the words made absolute that name files of the user's folder and not of `folder`.
std::vector<std::string> ProcessRunner::command_in(const fs::path& folder) const {
  std::vector<std::string> command = m_options.command;
  if (m_options.user_directory.empty()) return command;
  for (std::string& word : command) {
    const bool is_of_path = &word == &command[0] && !word.contains('/');
    if (is_of_path || word.empty() || word.starts_with('-') || fs::path(word).is_absolute()) continue;
    std::error_code error;
    if (!fs::exists(fs::symlink_status(folder / word, error)) && is_file(m_options.user_directory / word))
      word = (m_options.user_directory / word).lexically_normal().string();
  }
  return command;
}

base::Result<RawRun> ProcessRunner::run(const model::CommitId& commit, const fs::path& artifact, int number,
                                        int slot, const base::CancelToken& cancel) {
  const fs::path folder = m_options.subdirectory.empty() ? artifact : artifact / m_options.subdirectory;
  std::error_code error;
  if (!m_options.subdirectory.empty() && !fs::is_directory(folder, error)) {
    RawRun skip;
    skip.end = RawRun::End::exited;
    skip.test_started = false;
    skip.console = fmt::format("this revision has no folder {}", m_options.subdirectory.string());
    return skip;
  }
  base::Command command{.argv = command_in(folder),
                        .cwd = folder,
                        .env = m_options.environment,
                        .timeout_s = m_options.timeout_s,
                        .output_limit = m_options.output_limit};
  command.env.emplace_back("CULPRIT_COMMIT", commit.hex());
  command.env.emplace_back("CULPRIT_RUN", std::to_string(number));
  command.env.emplace_back("CULPRIT_SLOT", std::to_string(slot));

  auto end = base::run_process(command, cancel);
  if (!end) {
    base::Error start = std::move(end).error();
    const std::string& program = command.argv[0];
    if (program.contains('/') && !fs::exists(folder / program, error))
      start.hint = fmt::format("revision {} has no such file{}", commit.short_hex(),
                               m_options.user_directory.empty()
                                   ? std::string()
                                   : ", nor is it in " + m_options.user_directory.string());
    return std::unexpected(std::move(start).in("the command to run"));
  }
  if (base::came_of_interruption(*end, cancel))
    return base::fail(ErrorKind::interrupted, "the run was interrupted");
  // What a test says that lost its files says nothing of the revision.
  if (!fs::is_directory(artifact, error))
    return base::fail(ErrorKind::infra, "the checkout " + artifact.string() + " was removed during the run",
                      "was it the test itself, or somebody who tidied up? `culprit resume` makes it anew");
  return raw_run(std::move(*end));
}

}  // namespace culprit::run
