#include "run/process_runner.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>

#include "base/check.h"
#include "base/process/deadline.h"
#include "run/oom.h"
#include "run/stack/again.h"
#include "run/stack/cores.h"
#include "run/stack/hang.h"

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

// Behind whatever was printed last.
void append_lines(std::string& console, const std::string& lines) {
  if (lines.empty()) return;
  if (!console.empty() && console.back() != '\n') console += '\n';
  console += lines;
}

// The lines with what is in the checkout named as the revision has it, whichever slot it lies in.
std::string without_checkout(std::string lines, const fs::path& artifact) {
  const std::string front = artifact.string() + "/";
  for (std::size_t at = 0; (at = lines.find(front, at)) != std::string::npos;) lines.erase(at, front.size());
  return lines;
}

// By itself, or as a shell says it of its child.
bool died_of_kill(const RawRun& run) {
  constexpr int k_shells = 128 + SIGKILL;
  return (run.end == RawRun::End::signaled && run.signal == SIGKILL) ||
         (run.end == RawRun::End::exited && run.exit_code == k_shells);
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

// The part of a word that may name a file: of `--file=x` what stands behind the first `=`, of `tests/x.py::test_y` what
// stands before `::`. Begin and length; empty: no part.
std::pair<std::size_t, std::size_t> file_part(const std::string& word) {
  std::size_t begin = 0;
  if (word.starts_with('-')) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return {0, 0};
    begin = equals + 1;
  }
  const std::size_t end = std::min(word.find("::", begin), word.size());
  return {begin, end - begin};
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
    const bool is_of_path = &word == command.data() && !word.contains('/');
    const auto [begin, length] = file_part(word);
    const std::string file = word.substr(begin, length);
    if (is_of_path || file.empty() || fs::path(file).is_absolute()) continue;
    std::error_code error;
    if (!fs::exists(fs::symlink_status(folder / file, error)) && is_file(m_options.user_directory / file))
      word.replace(begin, length, (m_options.user_directory / file).lexically_normal().string());
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
  base::Command command = command_for(commit, folder, number, slot);
  std::string stacks;
  base::AtDeadline look;
  if (m_options.stacks) look = [&stacks](pid_t guard) { stacks = stacks_of_tree(guard); };

  const std::int64_t killed = oom_kills();
  auto end = base::run_process(command, cancel, look);
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
  RawRun run = raw_run(std::move(*end));
  if (run.end == RawRun::End::timed_out) append_lines(run.console, without_checkout(stacks, artifact));
  if (died_of_kill(run) && oom_kills() > killed) append_lines(run.console, std::string(k_oom_line) + '\n');
  return run;
}

base::Command ProcessRunner::command_for(const model::CommitId& commit, const fs::path& folder, int number,
                                         int slot) const {
  base::Command command{.argv = command_in(folder),
                        .cwd = folder,
                        .env = m_options.environment,
                        .timeout_s = m_options.timeout_s,
                        .output_limit = m_options.output_limit};
  command.env.emplace_back("CULPRIT_COMMIT", commit.hex());
  command.env.emplace_back("CULPRIT_RUN", std::to_string(number));
  command.env.emplace_back("CULPRIT_SLOT", std::to_string(slot));
  // Last: nobody else's process has it, and so a core file tells whose it is.
  command.env.emplace_back("CULPRIT_MARK",
                           fmt::format("{}.{}.{}.{}", ::getpid(), commit.short_hex(), number, slot));
  return command;
}

base::Result<Explanation> ProcessRunner::explain(const model::CommitId& commit, const fs::path& artifact,
                                                 const RawRun& run, int signal, int number, int slot,
                                                 const base::CancelToken& cancel) {
  if (!m_options.stacks) return Explanation{};
  const fs::path folder = m_options.subdirectory.empty() ? artifact : artifact / m_options.subdirectory;
  base::Command command = command_for(commit, folder, number, slot);
  const auto& [name, value] = command.env.back();
  const CrashedRun crashed{folder, name + "=" + value, run.seconds, signal};
  if (const auto stacks = kept_stacks(crashed, cancel))
    return Explanation{.text = without_checkout(text_of(*stacks), artifact), .found = true};
  command.env.emplace_back("CULPRIT_AGAIN", "1");  // a test that counts its runs leaves this one out
  Explanation found = CULPRIT_TRY(run_for_stack(std::move(command), crashed, cancel));
  found.text = without_checkout(std::move(found.text), artifact);
  return found;
}

}  // namespace culprit::run
