// Why the program and not libgit2: Debian 12's libgit2 (1.5) reads no SHA-256 repository, no reftable, no
// partial clone, and has its own ideas of checkout filters and of safe.directory. Plumbing commands are git's
// documented, stable interface; a call costs some milliseconds, and whatever is called often is batched or
// read from files.

#include "history/git/git.h"

#include <array>
#include <csignal>
#include <cstdlib>

#include "base/files.h"
#include "base/strings.h"

namespace culprit::history {
namespace {

// As listed by `git rev-parse --local-env-vars`, and what changes where objects or configuration come from.
constexpr std::array k_local_variables = {
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
};

constexpr std::array k_config = {"gc.auto=0", "maintenance.auto=false", "core.fsmonitor=false",
                                 "core.hooksPath=/dev/null"};

// Nothing that we keep of git's output comes near this.
constexpr std::size_t k_output_limit = std::size_t{1} << 30;

}  // namespace

Git::Git(std::filesystem::path git_dir, std::filesystem::path work_tree, const base::CancelToken& cancel)
    : m_git_dir(std::move(git_dir)),
      m_work_tree(std::move(work_tree)),
      m_env{{"GIT_OPTIONAL_LOCKS", "0"},
            {"GIT_TERMINAL_PROMPT", "0"},
            {"GIT_ASKPASS", "true"},
            {"GIT_EDITOR", ":"},
            {"LC_ALL", "C"},
            {"LANGUAGE", ""}},
      m_cancel(&cancel) {}

void Git::set_env(std::string name, std::string value) {
  m_env.emplace_back(std::move(name), std::move(value));
}

void Git::set_config(std::string entry) { m_config.push_back(std::move(entry)); }

void Git::set_timeout(double seconds) { m_timeout_s = seconds; }

base::Command Git::command(std::vector<std::string> args, std::string input) const {
  base::Command command;
  std::vector<std::string>& argv = command.argv;
  for (const char* name : k_local_variables)
    if (std::getenv(name) != nullptr) {
      if (argv.empty()) argv.emplace_back("env");
      argv.insert(argv.end(), {"-u", name});
    }
  argv.insert(argv.end(), {"git", "--no-pager"});
  for (const char* entry : k_config) argv.insert(argv.end(), {"-c", entry});
  for (const std::string& entry : m_config) argv.insert(argv.end(), {"-c", entry});
  if (!m_git_dir.empty()) argv.push_back("--git-dir=" + m_git_dir.string());
  if (!m_git_dir.empty() && m_work_tree.empty()) argv.emplace_back("--bare");
  if (!m_git_dir.empty() && !m_work_tree.empty()) argv.push_back("--work-tree=" + m_work_tree.string());
  argv.insert(argv.end(), std::make_move_iterator(args.begin()), std::make_move_iterator(args.end()));
  command.cwd = place();
  command.env = m_env;
  command.input = std::move(input);
  command.timeout_s = m_timeout_s;
  command.output_limit = k_output_limit;
  command.merge_stderr = false;
  return command;
}

const std::filesystem::path& Git::place() const { return m_work_tree.empty() ? m_git_dir : m_work_tree; }

base::Result<base::ProcessEnd> Git::run(std::vector<std::string> args, std::string input) const {
  const std::string subcommand = args.empty() ? "" : args.front();
  base::ProcessEnd end =
      CULPRIT_TRY(base::run_process(command(std::move(args), std::move(input)), *m_cancel));
  if (end.how != base::ProcessEnd::How::exited) return std::unexpected(git_failure(subcommand, end, place()));
  return end;
}

base::Result<std::string> Git::output(std::vector<std::string> args, std::string input) const {
  const std::string subcommand = args.empty() ? "" : args.front();
  base::ProcessEnd end = CULPRIT_TRY(run(std::move(args), std::move(input)));
  if (!end.ok()) return std::unexpected(git_failure(subcommand, end, place()));
  return std::move(end.output);
}

base::Result<std::string> Git::value(std::vector<std::string> args) const {
  std::string text = CULPRIT_TRY(output(std::move(args)));
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

base::Result<void> Git::stream(std::vector<std::string> args, std::string input,
                               std::function<void(std::string_view)> on_output) const {
  const std::string subcommand = args.empty() ? "" : args.front();
  base::Command git = command(std::move(args), std::move(input));
  git.output_limit = std::size_t{64} << 10;  // for the errors
  git.on_output = [&](std::string_view chunk) {
    on_output(chunk);
    return true;
  };
  const base::ProcessEnd end = CULPRIT_TRY(base::run_process(git, *m_cancel));
  if (!end.ok()) return std::unexpected(git_failure(subcommand, end, place()));
  return {};
}

std::string git_message(std::string_view errors) {
  std::string message;
  bool is_fatal = false;
  for (const std::string_view line : base::split_lines(errors)) {
    // "unknown repository extension found:", and on a line of its own which.
    if (is_fatal && message.ends_with(':') && line.starts_with('\t'))
      message += " " + std::string(base::trim(line));
    for (const std::string_view word : {"fatal: ", "error: "})
      if (line.starts_with(word)) {
        message = line.substr(word.size());
        is_fatal = true;
      }
    if (!is_fatal && !line.empty()) message = line;
  }
  return message;
}

base::Error git_failure(std::string_view subcommand, const base::ProcessEnd& end,
                        const std::filesystem::path& where) {
  using How = base::ProcessEnd::How;
  const std::string name = "git " + std::string(subcommand);
  base::Error error{.kind = base::ErrorKind::repository, .what = {}, .context = {}, .hint = {}};
  if (end.how == How::cancelled) {
    error.kind = base::ErrorKind::interrupted;
    error.what = name + " was interrupted";
  } else if (end.how == How::timed_out) {
    error.what = name + " did not end in time";
  } else if (end.how == How::signaled) {
    error.kind = base::ErrorKind::infra;
    error.what = name + " died of signal " + std::to_string(end.signal);
    if (end.signal == SIGXFSZ) error.hint = "a file met the limit of file sizes: ulimit -f unlimited";
    if (end.signal == SIGKILL) error.hint = "the kernel's out-of-memory killer? see dmesg";
  } else {
    const std::string message = git_message(end.errors);
    error.what =
        name + " failed: " + (message.empty() ? "exit code " + std::to_string(end.exit_code) : message);
    const auto says = [&](std::string_view words) { return end.errors.find(words) != std::string::npos; };
    if (says("No space left on device") || says("Disk quota exceeded")) {
      const base::Error full = base::disk_full(where.empty() ? "." : where);
      error.kind = base::ErrorKind::infra;
      error.what += " (" + full.what + ")";
      error.hint = full.hint;
    } else if (says("File too large")) {
      error.kind = base::ErrorKind::infra;
      error.hint = "a file met the limit of file sizes: ulimit -f unlimited";
    } else if (says("ut of memory") || says("Cannot allocate memory") || says("unable to create thread") ||
               says("Resource temporarily unavailable")) {
      error.kind = base::ErrorKind::infra;
      error.hint =
          "the machine is out of memory or processes: end what else uses them, or raise the limits (ulimit)";
    } else if (message.find("unable to read") != std::string::npos ||
               message.find("bad object") != std::string::npos) {
      error.hint =
          "objects are missing from the repository: was it rewritten and pruned? else `git fsck` tells which";
    }
  }
  return error;
}

std::vector<std::string_view> nul_records(std::string_view text) {
  std::vector<std::string_view> records = base::split(text, '\0');
  if (records.back().empty()) records.pop_back();
  return records;
}

}  // namespace culprit::history
