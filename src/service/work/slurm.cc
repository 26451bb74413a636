// An attempt is one job of Slurm: builds and runs belong to checkouts, which belong to a process. Finer pieces (an array
// of runs) would need the engine's loop to live apart from what it starts, with a protocol between them; the queue's
// jobs are what a lab has many of.
//
// How it ended is what its script wrote into the job's folder, under the attempt's number, as its last act. Slurm's word is asked
// only where there is none: PREEMPTED, NODE_FAIL, TIMEOUT, CANCELLED, OUT_OF_MEMORY, and a daemon that nobody reaches,
// all mean that the attempt is lost (also where its script still wrote that it was told to end), which is the machine's trouble and never a verdict. Slurm itself never starts an attempt again
// (--no-requeue): a node that lost its daemon lets the old process run on, and two would work at once.
//
// Such a process is fenced: CULPRIT_LEASE has the attempt's number, and the store refuses each write of an attempt once
// a later one has begun (store/store.h).
#include "service/work/slurm.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/clock.h"
#include "base/exit_code.h"
#include "base/files.h"
#include "base/strings.h"

namespace culprit::service {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::Result;

constexpr auto k_look = std::chrono::milliseconds(500);
constexpr double k_tool_s = 60;          // a busy controller answers late
constexpr double k_until_written_s = 5;  // the shared folder may lag behind Slurm
constexpr double k_until_told_s = 10;    // what is left of a job is cleared away first
constexpr double k_until_ended_s = 90;   // after scancel: three times Slurm's own KillWait
constexpr double k_former_s = 45;

struct Files {
  fs::path folder;
  int attempt = 0;
  fs::path file(std::string_view what) const { return folder / fmt::format("attempt-{}.{}", attempt, what); }
};

// What the attempt sees of the service's environment. Not by --export=NAMES: with that sbatch has the node load the user's
// whole login environment first, which takes up to two minutes where it is busy, and then loses the job.
std::string environment() {
  std::string out;
  for (const char* name : {"PATH", "HOME", "LANG"})
    if (const char* value = std::getenv(name); value != nullptr)
      out += fmt::format("export {}={}\n", name, base::shell_quote({value}));
  return out;
}

// The signal that ends a Slurm job reaches the script too: it waits for culprit, and then still says how that ended.
std::string script_of(const Executor::Task& task) {
  const Files files{task.folder, task.attempt};
  const auto quoted = [](const fs::path& path) { return base::shell_quote({path.string()}); };
  const fs::path code = files.file("code");
  return fmt::format(
      "#!/bin/sh\ntrap : TERM INT\n{}export CULPRIT_LEASE={}\ncd {} || exit 3\n{} >/dev/null 2>{}\ncode=$?\n"
      "echo $code >{}.new && mv {}.new {}\n",
      environment(), task.attempt, quoted(task.cwd), base::shell_quote(task.argv),
      quoted(files.file("errors")), quoted(code), quoted(code), quoted(code));
}

class SlurmExecutor : public Executor {
 public:
  SlurmExecutor(SlurmOptions options, std::string tag)
      : m_options(std::move(options)), m_tag(std::move(tag)) {}

  Result<base::ProcessEnd> run(const Task& task, const base::CancelToken& cancel) override {
    const Files files{task.folder, task.attempt};
    CULPRIT_TRY(base::write_file_atomically(files.file("sh"), script_of(task)));
    const std::string id = CULPRIT_TRY(submit(task, files));
    auto ended = wait(id, files, cancel);
    if (!ended || !cancel.cancelled()) return ended;
    ended->how = base::ProcessEnd::How::cancelled;
    return ended;
  }

  void end_former(const Task& task, const base::CancelToken& cancel) override {
    const std::string name = name_of(task);
    const auto left = [&] { return tool({"squeue", "--noheader", "--name=" + name, "--format=%i"}); };
    const auto first = left();
    if (!first || base::trim(*first).empty()) return;
    (void)tool({"scancel", "--name=" + name});
    const base::SystemClock clock;
    for (const double until = clock.monotonic() + k_former_s;
         clock.monotonic() < until && !cancel.cancelled();) {
      const auto still = left();
      if (still && base::trim(*still).empty()) return;
      std::this_thread::sleep_for(k_look);
    }
  }

  std::string says() const override {
    return fmt::format("Slurm{}: each attempt is a job of {} core{}.",
                       m_options.partition.empty() ? "" : ", partition " + m_options.partition,
                       m_options.cores, m_options.cores == 1 ? "" : "s");
  }

 private:
  std::string name_of(const Task& task) const { return fmt::format("culprit-{}-{}", m_tag, task.job); }

  // Slurm's tools are asked with a token of their own: what is cancelled must still be told so.
  static Result<std::string> tool(std::vector<std::string> argv) {
    const base::CancelToken never;
    return base::run_tool({.argv = std::move(argv), .timeout_s = k_tool_s}, never);
  }

  Result<std::string> submit(const Task& task, const Files& files) const {
    std::vector<std::string> argv = {"sbatch",
                                     "--parsable",
                                     "--no-requeue",
                                     "--export=NIL",
                                     "--job-name=" + name_of(task),
                                     "--output=" + files.file("out").string(),
                                     fmt::format("--cpus-per-task={}", m_options.cores)};
    if (!m_options.partition.empty()) argv.push_back("--partition=" + m_options.partition);
    argv.insert(argv.end(), m_options.options.begin(), m_options.options.end());
    argv.push_back(files.file("sh").string());
    const std::string answer = CULPRIT_TRY(tool(std::move(argv)));
    std::string id(base::trim(answer.substr(0, answer.find(';'))));  // "ID" or "ID;CLUSTER"
    if (!base::parse_number<std::int64_t>(id))
      return fail(ErrorKind::infra,
                  "sbatch answers '" + base::printable(id.substr(0, 100)) + "', no number of a job");
    return id;
  }

  static std::optional<base::ProcessEnd> ended(const Files& files) {
    const auto text = base::read_file(files.file("code"));
    const auto code = text ? base::parse_number<int>(base::trim(*text)) : std::nullopt;
    if (!code) return std::nullopt;
    base::ProcessEnd end{.exit_code = *code};
    if (*code > 128 &&
        *code != static_cast<int>(base::ExitCode::interrupted)) {  // a shell's word for a signal
      end.how = base::ProcessEnd::How::signaled;
      end.signal = *code - 128;
    }
    if (auto errors = base::read_file(files.file("errors"))) end.errors = std::move(*errors);
    return end;
  }

  static bool was_told_to_end(const base::ProcessEnd& end) {
    return end.how == base::ProcessEnd::How::exited &&
           end.exit_code == static_cast<int>(base::ExitCode::interrupted);
  }

  // Of a job that has ended or does so in a moment; empty where Slurm does not say.
  static std::string final_state(const std::string& id) {
    const base::SystemClock clock;
    for (const double until = clock.monotonic() + k_until_told_s; clock.monotonic() < until;
         std::this_thread::sleep_for(k_look)) {
      const auto told = tool({"scontrol", "show", "job", "--oneliner", id});
      if (const std::string state = told ? state_in(*told) : ""; is_over(state)) return state;
    }
    return {};
  }

  static std::unexpected<base::Error> lost(const std::string& id, const std::string& state) {
    return fail(ErrorKind::infra, fmt::format("the attempt was lost: Slurm's job {} ended as {}", id, state));
  }

  Result<base::ProcessEnd> wait(const std::string& id, const Files& files,
                                const base::CancelToken& cancel) const {
    const base::SystemClock clock;
    double heard = clock.monotonic();  // when Slurm last knew the job
    double over = 0;                   // when it first said that it is over
    double cancelled = 0;
    for (;; std::this_thread::sleep_for(k_look)) {
      const double now = clock.monotonic();
      if (auto end = ended(files)) {
        if (!was_told_to_end(*end) || cancel.cancelled()) return std::move(*end);
        const std::string state = final_state(id);
        if (state.empty() || state == "COMPLETED") return std::move(*end);
        return lost(id, state);
      }
      if (cancel.cancelled() && cancelled == 0) {
        cancelled = now;
        (void)tool({"scancel", id});
      }
      if (cancelled > 0 && now - cancelled > k_until_ended_s)
        return fail(ErrorKind::infra, fmt::format("Slurm's job {} does not end", id));
      const auto told = tool({"scontrol", "show", "job", "--oneliner", id});
      const std::string state = told ? state_in(*told) : std::string();
      if (!state.empty()) heard = now;
      if (is_over(state) && over == 0) over = now;
      if (over > 0 && now - over > k_until_written_s) return lost(id, state);
      if (now - heard > m_options.lease_s) {
        (void)tool({"scancel", id});
        return fail(ErrorKind::infra,
                    fmt::format("the attempt was lost: nothing was heard of Slurm's job {} for {}", id,
                                base::format_duration(now - heard)));
      }
    }
  }

  SlurmOptions m_options;
  std::string m_tag;
};

}  // namespace

std::string state_in(std::string_view scontrol_output) {
  constexpr std::string_view k_key = "JobState=";
  const std::size_t at = scontrol_output.find(k_key);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = scontrol_output.substr(at + k_key.size());
  return std::string(rest.substr(0, rest.find_first_of(" \n")));
}

bool is_over(std::string_view state) {
  constexpr std::array<std::string_view, 11> k_over = {"COMPLETED", "FAILED",    "CANCELLED",     "TIMEOUT",
                                                       "NODE_FAIL", "PREEMPTED", "OUT_OF_MEMORY", "BOOT_FAIL",
                                                       "DEADLINE",  "REVOKED",   "SPECIAL_EXIT"};
  return std::ranges::find(k_over, state) != k_over.end();
}

std::unique_ptr<Executor> make_slurm_executor(const SlurmOptions& options, const std::string& tag) {
  return std::make_unique<SlurmExecutor>(options, tag);
}

}  // namespace culprit::service
