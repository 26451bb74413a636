// The commands that talk to a service: submit, jobs, job, cancel, retry, hold, release.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/session/printing.h"
#include "cli/session/session.h"
#include "cli/settings/kernel_config.h"
#include "cli/settings/service/service_config.h"
#include "service/client/client.h"
#include "service/queue/spec.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::ExitCode;
using base::fail;
using base::Result;
using nlohmann::json;

struct ServiceOptions {
  std::string root;
  std::string server;
  bool as_json = false;
};

void add_service_options(Options& command, ServiceOptions& options) {
  command.text("--root", options.root, "the service's folder (default: below ~/.local/state/culprit)", "DIR");
  command.text("--server", options.server,
               "the service's address (default: $CULPRIT_SERVER, or the one here)", "URL");
  command.flag("--json", options.as_json, "what the service answers, as it is");
}

Result<std::string> ask(const ServiceOptions& options, const std::string& method, const std::string& path,
                        const std::string& body = {}) {
  const fs::path root = CULPRIT_TRY(service_root(options.root));
  const auto server = CULPRIT_TRY(service::find_server(options.server, root));
  return service::call(server, method, path, body);
}

Result<json> parsed(const std::string& text) {
  json out = json::parse(text, nullptr, false);
  if (!out.is_object())
    return fail(ErrorKind::infra, "the service's answer is no JSON object", "is it culprit's?");
  return out;
}

// "#3 answered   b7bcd7f98f60 99.4%  ./test.sh"
std::string job_line(const json& job) {
  const json answer = job.value("answer", json());
  std::string what = job.value("reason", "");
  if (answer.is_object() && !answer.value("commit", "").empty())
    what = fmt::format("{} {:.1f} % {}", answer.value("commit", "").substr(0, 12),
                       100 * answer.value("probability", 0.0), answer.value("title", ""));
  return base::printable(fmt::format("#{:<4} {:<12} {}: {}", job.value("id", 0), job.value("state", ""),
                                     job.value("title", ""), what)) +
         "\n";
}

Result<ExitCode> tell_job(const ServiceOptions& options, const std::string& answer) {
  print(options.as_json ? base::printable_json(answer) : job_line(CULPRIT_TRY(parsed(answer))));
  return ExitCode::found;
}

// ---- submit

struct SubmitOptions {
  ServiceOptions service;
  service::JobSpec spec;
  std::string file;
  std::string deadline;
  std::optional<double> timeout, build_timeout, confidence, machine_hours, money;
};

Result<std::string> absolute(const std::string& path) {
  std::error_code error;
  const fs::path out = fs::canonical(path, error);
  if (error)
    return std::unexpected(
        base::Error{ErrorKind::usage, path + ": " + error.message(), {}, "name one that is there"});
  return out.string();
}

// "2h", "90m": from now on.
Result<double> deadline_in(const std::string& text) {
  double factor = 0;
  if (text.ends_with('m')) factor = 60;
  if (text.ends_with('h')) factor = 3600;
  if (text.ends_with('d')) factor = 24 * 3600;
  const auto number =
      base::parse_number<double>(std::string_view(text).substr(0, text.empty() ? 0 : text.size() - 1));
  if (factor == 0 || !number || !(*number > 0))
    return fail(ErrorKind::usage, "'" + base::printable(text) + "' is no deadline",
                "90m, 12h or 3d, from now on");
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count() +
         *number * factor;
}

Result<std::string> submission(SubmitOptions& options, const std::vector<std::string>& command) {
  if (!options.file.empty()) {
    const std::string text = CULPRIT_TRY(base::read_file(options.file));
    return nlohmann::ordered_json(
               service::to_json(CULPRIT_TRY_IN(service::spec_from_text(text), options.file)))
        .dump();
  }
  service::JobSpec& spec = options.spec;
  // A kernel's file names its tree.
  if (spec.repository.empty() && !spec.config.empty())
    spec.repository = CULPRIT_TRY(load_kernel_config(spec.config)).tree.string();
  spec.repository = CULPRIT_TRY(absolute(spec.repository.empty() ? "." : spec.repository));
  spec.cwd = CULPRIT_TRY(absolute("."));
  // Started from where the user stands if that is in the repository: untracked scripts are found there.
  if (spec.cwd == spec.repository || !spec.cwd.starts_with(spec.repository + "/")) spec.cwd.clear();
  if (!spec.config.empty()) spec.config = CULPRIT_TRY(absolute(spec.config));
  spec.command = command;
  spec.timeout = options.timeout.value_or(0);
  spec.build_timeout = options.build_timeout.value_or(0);
  spec.confidence = options.confidence.value_or(0);
  spec.machine_hours = options.machine_hours.value_or(0);
  spec.money = options.money.value_or(0);
  if (!options.deadline.empty()) spec.deadline = CULPRIT_TRY(deadline_in(options.deadline));
  const auto body = service::to_json(spec);
  // What the service would refuse is told before it is asked.
  CULPRIT_TRY(service::spec_from_json(json(body)));
  return body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<ExitCode> submit(SubmitOptions& options, const std::vector<std::string>& command) {
  const std::string body = CULPRIT_TRY(submission(options, command));
  return tell_job(options.service, CULPRIT_TRY(ask(options.service, "POST", "/api/v1/jobs", body)));
}

// ---- jobs, job, and what is done to one

struct JobsOptions {
  ServiceOptions service;
  std::string state;
  std::string words;
};

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += std::isalnum(static_cast<unsigned char>(c)) != 0
               ? std::string(1, c)
               : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

Result<ExitCode> jobs(const JobsOptions& options) {
  const std::string path =
      fmt::format("/api/v1/jobs?limit=1000&state={}&q={}", encoded(options.state), encoded(options.words));
  const std::string answer = CULPRIT_TRY(ask(options.service, "GET", path));
  if (options.service.as_json) {
    print(base::printable_json(answer));
    return ExitCode::found;
  }
  const json body = CULPRIT_TRY(parsed(answer));
  if (body.contains("brake")) print(base::printable(body.value("brake", "")) + "\n");
  for (const json& job : body.value("jobs", json::array())) print(job_line(job));
  return ExitCode::found;
}

struct JobOptions {
  ServiceOptions service;
  std::int64_t job = 0;
  std::string reason;
};

Result<ExitCode> one_job(const JobOptions& options) {
  const std::string path = fmt::format("/api/v1/jobs/{}", options.job);
  const std::string answer = CULPRIT_TRY(ask(options.service, "GET", path));
  if (options.service.as_json) return tell_job(options.service, answer);
  const json job = CULPRIT_TRY(parsed(answer));
  print(job_line(job));
  print(base::printable(fmt::format("  why      {}\n", job.value("reason", ""))));
  if (const json live = job.value("live", json()); live.is_object())
    print(base::printable(fmt::format("  now      {}, {} builds, {} runs, {} revisions left\n",
                                      live.value("stage", ""), live.value("builds", 0), live.value("runs", 0),
                                      live.value("revisions_left", 0))));
  print(base::printable(
      fmt::format("  asked    {}\n",
                  job.value("spec", json::object()).dump(-1, ' ', false, json::error_handler_t::replace))));
  const std::string record = CULPRIT_TRY(ask(options.service, "GET", path + "/events"));
  const json events = CULPRIT_TRY(parsed(record));
  for (const json& event : events.value("events", json::array())) {
    const json body = event.value("body", json::object());
    print(base::printable(fmt::format(
        "  {:<8} {} by {}: {}\n", body.is_object() ? body.value("state", "") : "", event.value("type", ""),
        event.value("actor", ""), body.is_object() ? body.value("reason", body.value("why", "")) : "")));
  }
  return ExitCode::found;
}

// ---- experience

struct ExperienceOptions {
  ServiceOptions service;
  std::string to;
  std::string from;
};

Result<ExitCode> experience(const ExperienceOptions& options) {
  if (!options.from.empty()) {
    const std::string text = CULPRIT_TRY(base::read_file(options.from));
    CULPRIT_TRY(ask(options.service, "POST", "/api/v1/experience", text));
  }
  if (!options.to.empty()) {
    const std::string file = CULPRIT_TRY(ask(options.service, "GET", "/api/v1/experience/file"));
    CULPRIT_TRY(base::write_file_atomically(options.to, file));
    return ExitCode::found;
  }
  const std::string answer = CULPRIT_TRY(ask(options.service, "GET", "/api/v1/experience"));
  if (options.service.as_json) {
    print(base::printable_json(answer));
    return ExitCode::found;
  }
  const json body = CULPRIT_TRY(parsed(answer));
  print(fmt::format("{} finished jobs taught, {} of them elsewhere{}\n", body.value("lessons", 0),
                    body.value("imported", 0),
                    body.value("used", true) ? "" : "; switched off: jobs begin with what is shipped"));
  for (const json& tree : body.value("trees", json::array())) {
    print(base::printable(fmt::format("{}, {} jobs\n", tree.value("tree", ""), tree.value("lessons", 0))));
    for (const json& row : tree.value("beliefs", json::array())) {
      const bool is_share = row.value("is_share", true);
      const auto number = [&](const char* key) {
        return is_share ? fmt::format("{:5.1f} %", 100 * row.value(key, 0.0))
                        : fmt::format("{:5.1f}  ", row.value(key, 0.0));
      };
      print(base::printable(fmt::format("  {} (shipped {})  {}\n", number("learned"), number("shipped"),
                                        row.value("what", ""))));
    }
    for (const auto& [title, jobs] : tree.value("other_bugs", json::object()).items())
      print(base::printable(fmt::format("  another bug in {} jobs: {}\n", jobs.dump(), title)));
  }
  return ExitCode::found;
}

void add_action(CommandLine& line, const std::string& name, const std::string& about, bool takes_reason) {
  Options command = line.add(name, about);
  auto options = std::make_shared<JobOptions>();
  add_service_options(command, options->service);
  command.integer("job", options->job, 1, 1'000'000'000, "the job's number, from `culprit jobs`");
  command.required();
  if (takes_reason) command.text("--reason", options->reason, "why, for those who read it later");
  command.run([options, name] {
    const auto act = [&]() -> Result<ExitCode> {
      const json body = options->reason.empty() ? json::object() : json{{"reason", options->reason}};
      return tell_job(
          options->service,
          CULPRIT_TRY(ask(options->service, "POST", fmt::format("/api/v1/jobs/{}/{}", options->job, name),
                          body.dump(-1, ' ', false, json::error_handler_t::replace))));
    };
    return finish(act());
  });
}

}  // namespace

void add_submit(CommandLine& line) {
  Options command = line.add("submit", "Give the service a bisection to do");
  auto o = std::make_shared<SubmitOptions>();
  service::JobSpec& spec = o->spec;
  add_service_options(command, o->service);
  command.text("--file", o->file, "the job as JSON (docs/service.md), in the place of all below", "FILE");
  command.under("The question");
  command.text("-C,--repo", spec.repository,
               "the git repository (default: the kernel file's tree, else the one here)", "DIR");
  command.text("--bad", spec.bad, "a revision where the bug shows (default: HEAD)", "REV");
  command.texts("--good", spec.good, "a revision free of it; may be repeated", "REV");
  command.flag("--fix", spec.fix, "find the commit that fixed it");
  command.texts("--skip", spec.skip, "a revision or range A..B never to be tested; may be repeated", "REV");
  command.under("The test");
  command.text("--config", spec.config, "a kernel: its TOML file (docs/kernel.md)", "FILE");
  command.text("--build", spec.build, "a program: the shell command that builds a revision", "COMMAND");
  command.integer("--runs", spec.runs, 1, 100'000, "runs of a revision (default: 10)", "N");
  command.integer("--jobs,-j", spec.jobs, 1, 1024, "revisions at a time (default: 1)", "N");
  command.number("--timeout", o->timeout, 0.01, 1e7, "seconds that a run may take", "SECONDS");
  command.number("--build-timeout", o->build_timeout, 0.01, 1e7, "seconds that a build may take", "SECONDS");
  command.number("--confidence", o->confidence, 0.5, 0.9999, "stop at this probability (default: 0.99)", "P");
  command.texts("--path", spec.paths, "commits that touch it are likelier; may be repeated", "PATH");
  command.texts("--artifact", spec.artifacts, "built files whose bytes tell equal builds; may be repeated",
                "FILE");
  command.flag("--clean", spec.clean, "remove untracked files before each build");
  command.flag("--no-verify", spec.no_verify, "do not check the answer by taking the commit back");
  command.under("The queue");
  command.text("--title", spec.title, "what people call it (default: the command)");
  command.text("--owner", spec.owner, "whose it is (default: the token's; another's for operators)", "NAME");
  command.integer("--priority", spec.priority, -1000, 1000, "higher ones first (default: 0)", "N");
  command.texts("--label", spec.labels, "a word to find it by; may be repeated", "WORD");
  command.text("--bug", spec.bug, "jobs of one word are one bug", "WORD");
  command.text("--deadline", o->deadline, "no answer is wanted after so long: 90m, 12h, 3d", "TIME");
  command.number("--machine-hours", o->machine_hours, 0.0001, 1e6, "builds and runs may take so long",
                 "HOURS");
  command.number("--money", o->money, 0.0001, 1e9, "the same, at the service's price", "AMOUNT");
  command.flag("--hold", spec.held, "it waits for `culprit release`");
  command.text("--key", spec.key, "a second submission with the same key is the first one again", "WORD");
  command.footer("culprit submit [options] -- COMMAND [ARG...]");
  command.run([&line, o] { return finish(submit(*o, line.behind_dashes())); });
}

void add_jobs(CommandLine& line) {
  Options command = line.add("jobs", "List the service's jobs");
  auto options = std::make_shared<JobsOptions>();
  add_service_options(command, options->service);
  command.one_of("--in", options->state,
                 {"open", "done", "queued", "held", "running", "waiting", "answered", "inconclusive",
                  "failed", "cancelled"},
                 "only those in it");
  command.text("--search", options->words, "only those with these words", "WORDS");
  command.run([options] { return finish(jobs(*options)); });
}

void add_job(CommandLine& line) {
  Options command = line.add("job", "Tell about one job of the service's, and what happened to it");
  auto options = std::make_shared<JobOptions>();
  add_service_options(command, options->service);
  command.integer("job", options->job, 1, 1'000'000'000, "the job's number, from `culprit jobs`");
  command.required();
  command.run([options] { return finish(one_job(*options)); });
}

void add_experience(CommandLine& line) {
  Options command = line.add("experience", "What the service's finished jobs taught the next ones");
  auto options = std::make_shared<ExperienceOptions>();
  add_service_options(command, options->service);
  command.text("--export", options->to, "write it to a file, for another lab or `bisect --experience`",
               "FILE");
  command.text("--import", options->from, "add what another lab's jobs showed", "FILE");
  command.run([options] { return finish(experience(*options)); });
}

void add_cancel(CommandLine& line) {
  add_action(line, "cancel", "End a job of the service's for good", true);
}
void add_retry(CommandLine& line) { add_action(line, "retry", "Have a job tried again", false); }
void add_seen(CommandLine& line) {
  add_action(line, "seen", "Say that a job's bug was seen again: its fix is not sought yet", true);
}
void add_hold(CommandLine& line) { add_action(line, "hold", "Put a job aside until it is released", true); }
void add_release(CommandLine& line) { add_action(line, "release", "Let a held job go on", false); }

}  // namespace culprit::cli
