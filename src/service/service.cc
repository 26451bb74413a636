#include "service/service.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>

#include "base/clock.h"
#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/unique_fd.h"
#include "service/core/core.h"
#include "service/core/record.h"
#include "service/site.h"

namespace culprit::service {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

// One service at a time works in a folder.
base::Result<base::UniqueFd> lock_folder(const fs::path& root) {
  std::error_code error;
  for (const fs::path& folder : {root, root / "jobs", root / "drop"}) {
    fs::create_directories(folder, error);
    if (error) return std::unexpected(base::file_error("make", folder, error.value()));
  }
  ::chmod(root.c_str(), 0700);
  base::UniqueFd fd(::open((root / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return std::unexpected(base::file_error("open", root / "lock", errno));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorKind::usage, "another service works in " + root.string(),
                "end it, or name another folder with --root");
  return fd;
}

// The first token is an operator's: its text lies in a file that only the service's user reads.
base::Result<std::vector<TokenRow>> first_tokens(const fs::path& root, Database& database) {
  auto tokens = CULPRIT_TRY(database.tokens());
  if (!tokens.empty()) return tokens;
  const std::string token = CULPRIT_TRY(random_token());
  const mode_t before = ::umask(0077);
  auto written = base::write_file_atomically(root / "token", token + "\n");
  ::umask(before);
  if (!written) return std::unexpected(written.error());
  ::chmod((root / "token").c_str(), 0600);
  CULPRIT_TRY(database.put_token({"operator", "operate", base::sha256(token), base::SystemClock().wall()}));
  return database.tokens();
}

std::string session_tag(const fs::path& root) { return "serve:" + fs::weakly_canonical(root).string(); }

std::string sandbox_words(const Sandbox& sandbox, const std::string& obstacle) {
  if (sandbox.mode == Sandbox::Mode::off)
    return "Off: what is submitted runs as the service's user, with all that it may.";
  if (!obstacle.empty())
    return "None, for bubblewrap does not work here (" + obstacle +
           "): what is submitted runs as the service's user, with all that it may.";
  return sandbox.network ? "bubblewrap: nothing is writable but a job's own folder; the network is open."
                         : "bubblewrap: no network, and nothing is writable but a job's own folder.";
}

}  // namespace

base::Result<void> serve(const ServiceOptions& options, const base::CancelToken& cancel) {
  const base::UniqueFd lock = CULPRIT_TRY(lock_folder(options.root));
  base::set_session_tag(session_tag(options.root));
  // Of a service that was killed: its guards end what is below them by themselves, within a moment.
  base::kill_strays(session_tag(options.root));
  Queue queue = CULPRIT_TRY(Queue::open(options.root / "queue.db"));
  const auto tokens = CULPRIT_TRY(first_tokens(options.root, queue.database()));
  const int recovered = CULPRIT_TRY(queue.recover(base::SystemClock().wall()));
  const bool wanted = options.sandbox.mode != Sandbox::Mode::off;
  const std::string obstacle = wanted ? sandbox_obstacle(cancel) : "";
  if (options.sandbox.mode == Sandbox::Mode::required && !obstacle.empty())
    return fail(ErrorKind::infra, "bubblewrap does not work here: " + obstacle,
                R"(install it (apt-get install bubblewrap), or set `mode` of [sandbox] to "auto" or "off")");

  Core core(options, std::move(queue), wanted && obstacle.empty(), sandbox_words(options.sandbox, obstacle),
            cancel);
  Site site(core, tokens);
  auto server = CULPRIT_TRY(
      Server::start(options.server, [&site](const Request& request) { return site.handle(request); }));
  core.hub().on_news([listening = server.get()] { listening->wake(); });
  const bool v6 = options.server.address.contains(':');
  const std::string url =
      fmt::format("http://{}{}{}:{}", v6 ? "[" : "", options.server.address, v6 ? "]" : "", server->port());
  CULPRIT_TRY(base::write_file_atomically(options.root / "url", url + "\n"));
  log("info", "listening",
      {{"url", url},
       {"root", options.root.string()},
       {"recovered", std::to_string(recovered)},
       {"sandbox", core.sandbox_says()}});
  tell_manager("READY=1");
  core.run();
  tell_manager("STOPPING=1");
  server.reset();  // ends the handlers, which may still have news
  core.hub().on_news({});
  log("info", "stopped");
  return {};
}

}  // namespace culprit::service
