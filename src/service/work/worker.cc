#include "service/work/worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/exit_code.h"
#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "base/unique_fd.h"
#include "service/queue/spec.h"

namespace culprit::service {
namespace {

namespace fs = std::filesystem;

constexpr double k_reading_s = 60;  // a log of a long bisection over a kernel's history
constexpr double k_long_s = 600;    // checkouts of kernels are large, and so are their branches

const std::string& place_of(const Job& job) {
  return job.spec.cwd.empty() ? job.spec.repository : job.spec.cwd;
}

// Caches of compilers are in the job's folder, where those of the service's user are not to be written: ccache fails without one.
std::vector<std::string> own_caches(const Workplace& place, const fs::path& folder) {
  const auto said = [](const char* name) { return std::getenv(name); };
  const char* const home = said("HOME");
  const fs::path caches = said("XDG_CACHE_HOME") != nullptr
                              ? fs::path(said("XDG_CACHE_HOME"))
                              : fs::path(home != nullptr ? home : "/") / ".cache";
  std::vector<std::string> out;
  const auto move = [&](const char* name, const fs::path& used, const fs::path& own) {
    const bool may_write = std::ranges::any_of(place.sandbox.writable, [&](const std::string& path) {
      return (used / "").string().starts_with((fs::path(path) / "").string());
    });
    if (!may_write) out.insert(out.end(), {"--setenv", name, own.string()});
  };
  move("XDG_CACHE_HOME", caches, folder / "cache");
  move("CCACHE_DIR", said("CCACHE_DIR") != nullptr ? fs::path(said("CCACHE_DIR")) : caches / "ccache",
       folder / "cache" / "ccache");
  return out;
}

// The order counts: what is bound later lies over what was bound before.
std::vector<std::string> sandboxed(const Workplace& place, const Job& job, std::vector<std::string> argv) {
  const std::string folder = folder_of(place.root, job.id).root.string();
  std::vector<std::string> out = {"bwrap",
                                  "--die-with-parent",
                                  "--unshare-pid",
                                  "--unshare-ipc",
                                  "--unshare-uts",
                                  "--ro-bind",
                                  "/",
                                  "/",
                                  "--dev",
                                  "/dev",
                                  "--dev-bind-try",
                                  "/dev/kvm",
                                  "/dev/kvm",
                                  "--proc",
                                  "/proc",
                                  "--tmpfs",
                                  "/tmp"};
  if (!place.sandbox.network) out.emplace_back("--unshare-net");
  const auto add = [&](std::string_view how, const std::string& path) {
    out.emplace_back(how);
    out.push_back(path);
    if (how != "--tmpfs") out.push_back(path);
  };
  add("--tmpfs", place.root.string());
  // They may lie below /tmp or in the service's folder.
  for (const std::string& path :
       {place.program.parent_path().string(), job.spec.repository, place_of(job),
        job.spec.config.empty() ? std::string() : fs::path(job.spec.config).parent_path().string()})
    if (!path.empty()) add("--ro-bind", path);
  add("--bind", folder);
  for (const std::string& path : place.sandbox.writable) add("--bind", path);
  for (std::string& word : own_caches(place, folder)) out.push_back(std::move(word));
  out.emplace_back("--chdir");
  out.push_back(place_of(job));
  out.emplace_back("--");
  out.insert(out.end(), std::make_move_iterator(argv.begin()), std::make_move_iterator(argv.end()));
  return out;
}

// "culprit: error: X" and what follows it, without the hint: the reason of a state, in a line.
std::string last_words(const std::string& errors) {
  std::string out;
  for (const std::string_view line : base::split_lines(errors))
    if (const auto told = base::strip_prefix(line, "culprit: error: ")) out = *told;
  if (out.empty()) out = base::trim(base::last_lines(errors, 1));
  return base::printable(out.substr(0, 500));
}

base::Command command_in(const fs::path& cwd, std::vector<std::string> argv) {
  base::Command command;
  command.argv = std::move(argv);
  command.cwd = cwd;
  command.merge_stderr = false;
  command.output_limit = std::size_t{8} << 20;
  return command;
}

// A service that was killed has left its guards to end what it started: they need a moment, in which the old culprit
// still holds the state folder.
void wait_for_the_last_one(const fs::path& state, const base::CancelToken& cancel) {
  constexpr int k_looks = 300;  // of 50 ms: half more than a guard's limit for killing
  const base::UniqueFd fd(::open((state / "lock").c_str(), O_RDONLY | O_CLOEXEC));
  for (int i = 0; fd && i < k_looks && !cancel.cancelled(); ++i) {
    if (::flock(fd.get(), LOCK_SH | LOCK_NB) == 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

// What an earlier attempt left running its guards end, when the service that started it dies.
class LocalExecutor : public Executor {
 public:
  base::Result<base::ProcessEnd> run(const Task& task, const base::CancelToken& cancel) override {
    return base::run_process(command_in(task.cwd, task.argv), cancel);
  }
  void end_former(const Task&, const base::CancelToken&) override {}
  std::string says() const override { return "On this machine."; }
};

AttemptEnd not_started(const base::Error& error) {
  AttemptEnd end;
  end.exit_code = static_cast<int>(base::ExitCode::infrastructure);
  end.message = error.what;
  return end;
}

}  // namespace

std::unique_ptr<Executor> make_local_executor() { return std::make_unique<LocalExecutor>(); }

std::string sandbox_obstacle(const base::CancelToken& cancel) {
  const auto tried =
      base::run_tool({.argv = {"bwrap", "--die-with-parent", "--unshare-pid", "--unshare-ipc",
                               "--unshare-uts", "--unshare-net", "--ro-bind", "/", "/", "--dev", "/dev",
                               "--proc", "/proc", "--tmpfs", "/tmp", "--", "true"},
                      .timeout_s = 10},
                     cancel);
  return tried ? "" : tried.error().what;
}

JobFolder folder_of(const fs::path& root, std::int64_t job) { return {root / "jobs" / std::to_string(job)}; }

std::vector<std::string> command_of(const Workplace& place, const Job& job, bool resumes, bool fresh,
                                    bool learns) {
  const JobFolder folder = folder_of(place.root, job.id);
  std::vector<std::string> argv = {place.program.string(), resumes && !fresh ? "resume" : "bisect",
                                   "--repo=" + job.spec.repository, "--state=" + folder.state().string(),
                                   "--quiet"};
  if (!resumes || fresh) {
    if (fresh) argv.emplace_back("--fresh");
    if (learns) argv.push_back("--experience=" + folder.experience().string());
    const fs::path config = job.spec.config_text.empty() ? fs::path(job.spec.config) : folder.config();
    for (std::string& argument : arguments_of(job.spec, config)) argv.push_back(std::move(argument));
  }
  return place.sandboxed ? sandboxed(place, job, std::move(argv)) : argv;
}

AttemptEnd attempt(const Workplace& place, const Job& job, const std::string& experience,
                   const base::CancelToken& cancel) {
  const JobFolder folder = folder_of(place.root, job.id);
  std::error_code error;
  fs::create_directories(folder.root, error);
  if (error) return not_started(base::file_error("make", folder.root, error.value()));
  if (!job.spec.config_text.empty())
    if (auto written = base::write_file_atomically(folder.config(), job.spec.config_text); !written)
      return not_started(written.error());
  if (!experience.empty())
    if (auto written = base::write_file_atomically(folder.experience(), experience); !written)
      return not_started(written.error());

  Executor::Task task{
      .job = job.id, .attempt = job.attempts, .argv = {}, .cwd = place_of(job), .folder = folder.root};
  place.executor->end_former(task, cancel);
  wait_for_the_last_one(folder.state(), cancel);
  BisectionView before(folder);
  before.refresh();
  const bool fresh = before.summary().conclusion && before.concluded() <= job.superseded;
  task.argv = command_of(place, job, before.begun(), fresh, !experience.empty());
  const auto ended = place.executor->run(task, cancel);
  AttemptEnd end;
  if (!ended) {
    end = not_started(ended.error());
  } else {
    using How = base::ProcessEnd::How;
    if (ended->how == How::exited) end.exit_code = ended->exit_code;
    if (ended->how == How::cancelled) end.exit_code = static_cast<int>(base::ExitCode::interrupted);
    if (ended->how == How::signaled) end.signal = ended->signal;
    end.message = last_words(ended->errors);
    // bubblewrap tells of a child's signal by the shell's convention.
    if (place.sandboxed && ended->how == How::exited && ended->exit_code > 128 &&
        ended->exit_code != static_cast<int>(base::ExitCode::interrupted)) {
      end.exit_code.reset();
      end.signal = ended->exit_code - 128;
    }
  }
  BisectionView after(folder);
  after.refresh();
  after.fill(end);
  return end;
}

base::Result<std::string> told_by(const Workplace& place, const Job& job,
                                  const std::vector<std::string>& command, const base::CancelToken& cancel) {
  const JobFolder folder = folder_of(place.root, job.id);
  std::vector<std::string> argv = {place.program.string()};
  argv.insert(argv.end(), command.begin(), command.end());
  argv.push_back("--repo=" + job.spec.repository);
  argv.push_back("--state=" + folder.state().string());
  base::Command child = command_in(place_of(job), std::move(argv));
  child.timeout_s = command.front() == "clean" || command.front() == "branches" ? k_long_s : k_reading_s;
  const base::ProcessEnd ended = CULPRIT_TRY(base::run_process(child, cancel));
  if (ended.ok()) return ended.output;
  const std::string words = last_words(ended.errors);
  return base::fail(base::ErrorKind::usage, words.empty() ? "culprit says nothing about it" : words);
}

}  // namespace culprit::service
