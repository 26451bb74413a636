// The commands' end of the API: HTTP by libcurl.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace culprit::service {

struct ServerAddress {
  std::string url;    // "http://127.0.0.1:8417"
  std::string token;  // may be empty
};

// Where the service is and with which token: `url` where it is given, else $CULPRIT_SERVER, else what the service that
// works in `root` wrote there; the token is $CULPRIT_TOKEN, else the one in `root`. Usage error where none is known.
base::Result<ServerAddress> find_server(const std::string& url, const std::filesystem::path& root);

// What the service answers. Errors: it cannot be reached (infra), or it refuses (usage, in its words).
base::Result<std::string> call(const ServerAddress& server, const std::string& method,
                               const std::string& path, const std::string& body);

}  // namespace culprit::service
