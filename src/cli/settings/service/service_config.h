// The service's file (TOML, docs/service.md) and its folder.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "service/service.h"

namespace culprit::cli {

// `named` where it is given, else $STATE_DIRECTORY (systemd's), else "culprit/service" of $XDG_STATE_HOME or
// ~/.local/state. Absolute.
base::Result<std::filesystem::path> service_root(const std::string& named);

// What the file says; an empty path: the defaults. Usage errors with the line.
base::Result<service::ServiceOptions> load_service_config(const std::string& file);

// "127.0.0.1:8417", "[::1]:8417", or a port alone, into the server's address and port.
base::Result<void> set_listen(const std::string& text, service::ServerOptions& server);

}  // namespace culprit::cli
