// `culprit serve`: the service; `culprit token`: who may use it.

#include <fmt/format.h>

#include <memory>

#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/session/printing.h"
#include "cli/session/session.h"
#include "cli/session/signals.h"
#include "cli/session/version.h"
#include "cli/settings/service/service_config.h"
#include "service/client/client.h"
#include "service/service.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;

struct ServeOptions {
  std::string root;
  std::string config;
  std::string listen;
};

base::Result<base::ExitCode> serve(const ServeOptions& given) {
  service::ServiceOptions options = CULPRIT_TRY(load_service_config(given.config));
  options.root = CULPRIT_TRY(service_root(given.root));
  if (!given.listen.empty()) CULPRIT_TRY(set_listen(given.listen, options.server));
  std::error_code error;
  options.program = fs::read_symlink("/proc/self/exe", error);
  if (error)
    return base::fail(base::ErrorKind::infra, "cannot tell where culprit itself is: " + error.message(),
                      "is /proc mounted?");
  options.version = k_version;
  CULPRIT_TRY(service::serve(options, cancel_on_signals()));
  return base::ExitCode::found;
}

struct TokenOptions {
  std::string root;
  std::string server;
  std::string name;
  std::string role = "read";
  bool remove = false;
};

base::Result<base::ExitCode> token(const TokenOptions& given) {
  const fs::path root = CULPRIT_TRY(service_root(given.root));
  const auto server = CULPRIT_TRY(service::find_server(given.server, root));
  if (given.remove) {
    CULPRIT_TRY(service::call(server, "DELETE", "/api/v1/tokens/" + given.name, ""));
    return base::ExitCode::found;
  }
  const nlohmann::json asked = {{"name", given.name}, {"role", given.role}};
  const std::string answer =
      CULPRIT_TRY(service::call(server, "POST", "/api/v1/tokens",
                                asked.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
  const auto told = nlohmann::json::parse(answer, nullptr, false);
  if (!told.is_object() || !told.contains("token"))
    return base::fail(base::ErrorKind::infra, "the service's answer is no token");
  print(told["token"].get<std::string>() + "\n");
  return base::ExitCode::found;
}

}  // namespace

void add_serve(CommandLine& line) {
  Options command = line.add("serve", "Run the service: a queue of bisections, with pages to look at");
  auto options = std::make_shared<ServeOptions>();
  command.text("--root", options->root, "the service's folder (default: below ~/.local/state/culprit)",
               "DIR");
  command.text("--config", options->config, "its TOML file (docs/service.md)", "FILE");
  command.text("--listen", options->listen, "where it listens (default: 127.0.0.1:8417)", "ADDRESS:PORT");
  command.run([options] { return finish(serve(*options)); });
}

void add_token(CommandLine& line) {
  Options command = line.add("token", "Make a token for the service, or take one back");
  auto options = std::make_shared<TokenOptions>();
  command.text("--root", options->root, "the service's folder", "DIR");
  command.text("--server", options->server,
               "the service's address (default: $CULPRIT_SERVER, or the one here)", "URL");
  command.text("name", options->name, "whose it is");
  command.required();
  command.one_of("--role", options->role, {"read", "submit", "operate"}, "what it may (default: read)");
  command.flag("--remove", options->remove, "take it back");
  command.run([options] { return finish(token(*options)); });
}

}  // namespace culprit::cli
