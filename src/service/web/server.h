// An HTTP server on libmicrohttpd: limits on bodies, connections and time, streams that hold no thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "service/web/message.h"

namespace culprit::service {

struct ServerOptions {
  std::string address = "127.0.0.1";              // an IPv4 or IPv6 address
  int port = 8417;                                // 0: any free one
  std::size_t body_limit = std::size_t{1} << 20;  // bytes
  unsigned connections = 256;
  unsigned connections_per_address = 128;
  unsigned timeout_s =
      30;  // of a connection on which nothing moves; streams are asked for a sign of life themselves
  unsigned threads = 2;
};

class Server {
 public:
  // Called from several threads at a time.
  using Handler = std::function<Response(const Request&)>;

  // Errors: the address is no address or is taken (usage, with a hint), or the machine's.
  static base::Result<std::unique_ptr<Server>> start(const ServerOptions& options, Handler handler);
  virtual ~Server() = default;  // ends all connections

  virtual int port() const = 0;
  // Streams that had nothing to send are asked again.
  virtual void wake() = 0;
};

}  // namespace culprit::service
