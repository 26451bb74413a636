#include "service/web/server.h"

// libmicrohttpd calls a handler again and again while a request comes in; what was read so far hangs on the
// connection. A stream that has nothing to send is suspended, which takes it out of its thread's poll set; wake()
// resumes all of them. Suspending and the look whether there is something must be one step beside wake(), or a message
// that comes between the two is sent with the next one only: m_mutex.
//
// What takes long to answer (Response::later) suspends its connection, too, is done on a thread of Aside, and resumes it:
// the library then calls the handler again, which finds the answer. A handler that blocked would keep every other
// connection of its thread waiting.

#include <arpa/inet.h>
#include <fmt/format.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "base/strings.h"

namespace culprit::service {
namespace {

using base::ErrorKind;
using base::fail;

constexpr unsigned k_aside = 2;  // threads; what they wait for are processes that compute

// A request that comes in.
struct Incoming {
  Request request;
  bool too_long = false;
  std::optional<Response> answer;  // of Response::later
};

// A few threads for what takes long, in order.
class Aside {
 public:
  explicit Aside(unsigned threads) {
    for (unsigned i = 0; i < threads; ++i) m_threads.emplace_back([this] { work(); });
  }
  ~Aside() { end(); }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;

  // False after end(): it will not be done.
  bool add(std::function<void()> task) {
    std::lock_guard lock(m_mutex);
    if (m_ended) return false;
    m_tasks.push_back(std::move(task));
    m_news.notify_one();
    return true;
  }
  // Returns once all is done that was added.
  void end() {
    {
      std::lock_guard lock(m_mutex);
      m_ended = true;
    }
    m_news.notify_all();
    m_threads.clear();  // joins
  }

 private:
  void work() {
    while (true) {
      std::unique_lock lock(m_mutex);
      m_news.wait(lock, [&] { return m_ended || !m_tasks.empty(); });
      if (m_tasks.empty()) return;
      const auto task = std::move(m_tasks.front());
      m_tasks.pop_front();
      lock.unlock();
      task();
    }
  }

  std::mutex m_mutex;
  std::condition_variable m_news;
  std::deque<std::function<void()>> m_tasks;
  bool m_ended = false;
  std::vector<std::jthread> m_threads;
};

struct Address {
  sockaddr_storage storage{};
  bool v6 = false;
};

base::Result<Address> parse_address(const ServerOptions& options) {
  Address out;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
  const auto port = htons(static_cast<std::uint16_t>(options.port));
  if (inet_pton(AF_INET, options.address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = port;
    return out;
  }
  if (inet_pton(AF_INET6, options.address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = port;
    out.v6 = true;
    return out;
  }
  return fail(ErrorKind::usage, "'" + base::printable(options.address) + "' is no address to listen on",
              "127.0.0.1, ::1, or an address of this machine");
}

std::string peer_of(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (info == nullptr || info->client_addr == nullptr) return {};
  char text[INET6_ADDRSTRLEN] = {};
  const sockaddr* address = info->client_addr;
  const void* from =
      address->sa_family == AF_INET
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr)
          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
  return inet_ntop(address->sa_family, from, text, sizeof text) != nullptr ? text : "";
}

MHD_Result keep_header(void* cls, MHD_ValueKind, const char* key, const char* value) {
  std::string name(key);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  (*static_cast<std::map<std::string, std::string>*>(cls))[name] = value != nullptr ? value : "";
  return MHD_YES;
}

MHD_Result keep_argument(void* cls, MHD_ValueKind, const char* key, const char* value) {
  (*static_cast<std::map<std::string, std::string>*>(cls))[key] = value != nullptr ? value : "";
  return MHD_YES;
}

class MicroServer final : public Server {
 public:
  MicroServer(ServerOptions options, Handler handler)
      : m_options(std::move(options)), m_handler(std::move(handler)) {}
  ~MicroServer() override {
    {
      std::lock_guard lock(m_mutex);
      m_ending = true;
      resume_all();
    }
    m_aside.end();
    if (m_daemon != nullptr) MHD_stop_daemon(m_daemon);
  }

  base::Result<void> listen() {
    const Address address = CULPRIT_TRY(parse_address(m_options));
    const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                           (address.v6 ? static_cast<unsigned>(MHD_USE_IPv6) : 0U);
    // A pool of one is refused by the library.
    m_daemon = MHD_start_daemon(
        flags, static_cast<std::uint16_t>(m_options.port), nullptr, nullptr, &MicroServer::handle, this,
        MHD_OPTION_SOCK_ADDR, reinterpret_cast<const sockaddr*>(&address.storage),
        MHD_OPTION_NOTIFY_COMPLETED, &MicroServer::completed, this, MHD_OPTION_CONNECTION_LIMIT,
        m_options.connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT, m_options.connections_per_address,
        MHD_OPTION_CONNECTION_TIMEOUT, m_options.timeout_s, MHD_OPTION_THREAD_POOL_SIZE,
        std::max(2U, m_options.threads), MHD_OPTION_CONNECTION_MEMORY_LIMIT, std::size_t{32} << 10,
        MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_END);
    if (m_daemon == nullptr)
      return fail(
          ErrorKind::usage,
          fmt::format("cannot listen on {}, port {}: {}", m_options.address, m_options.port,
                      std::strerror(errno)),
          "is another service at work there? `listen` in the service's file, or --listen, names another");
    const auto* info = MHD_get_daemon_info(m_daemon, MHD_DAEMON_INFO_BIND_PORT);
    m_port = info != nullptr && info->port != 0 ? info->port : m_options.port;
    return {};
  }

  int port() const override { return m_port; }

  void wake() override {
    std::lock_guard lock(m_mutex);
    resume_all();
  }

 private:
  // What a stream's callbacks know; the response owns it.
  struct Feed {
    MicroServer& server;
    MHD_Connection* connection;
    std::shared_ptr<Stream> stream;
    std::string rest;  // of what is to be sent
  };

  void resume_all() {
    for (MHD_Connection* connection : m_suspended) MHD_resume_connection(connection);
    m_suspended.clear();
  }

  static ssize_t feed(void* cls, std::uint64_t, char* buffer, std::size_t size) {
    Feed& feed = *static_cast<Feed*>(cls);
    if (feed.rest.empty()) {
      std::lock_guard lock(feed.server.m_mutex);
      if (feed.server.m_ending) return MHD_CONTENT_READER_END_OF_STREAM;
      auto next = feed.stream->next();
      if (!next) return MHD_CONTENT_READER_END_OF_STREAM;
      if (next->empty()) {
        MHD_suspend_connection(feed.connection);
        feed.server.m_suspended.insert(feed.connection);
        return 0;
      }
      feed.rest = std::move(*next);
    }
    const std::size_t sent = std::min(size, feed.rest.size());
    std::copy_n(feed.rest.data(), sent, buffer);
    feed.rest.erase(0, sent);
    return static_cast<ssize_t>(sent);
  }
  static void fed(void* cls) { delete static_cast<Feed*>(cls); }

  MHD_Result send(MHD_Connection* connection, const Response& response) {
    MHD_Response* out =
        response.stream
            ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, &MicroServer::feed,
                                                new Feed{*this, connection, response.stream, {}},
                                                &MicroServer::fed)
            : MHD_create_response_from_buffer(response.body.size(), const_cast<char*>(response.body.data()),
                                              MHD_RESPMEM_MUST_COPY);
    if (out == nullptr) return MHD_NO;
    MHD_add_response_header(out, "Content-Type", response.type.c_str());
    for (const auto& [name, value] : response.headers)
      MHD_add_response_header(out, name.c_str(), value.c_str());
    const MHD_Result queued = MHD_queue_response(connection, static_cast<unsigned>(response.status), out);
    MHD_destroy_response(out);
    return queued;
  }

  static MHD_Result handle(void* cls, MHD_Connection* connection, const char* url, const char* method,
                           const char*, const char* data, std::size_t* size, void** kept) {
    auto& self = *static_cast<MicroServer*>(cls);
    if (*kept == nullptr) {
      auto* begun = new Incoming;
      begun->request.method = method;
      begun->request.path = url;
      begun->request.peer = peer_of(connection);
      MHD_get_connection_values(connection, MHD_HEADER_KIND, &keep_header, &begun->request.headers);
      MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, &keep_argument, &begun->request.query);
      *kept = begun;
      const auto length = base::parse_number<std::size_t>(begun->request.header("content-length"));
      begun->too_long = length && *length > self.m_options.body_limit;
      if (begun->too_long) return self.send(connection, self.refuse_body());
      return MHD_YES;
    }
    auto& incoming = *static_cast<Incoming*>(*kept);
    if (*size > 0) {
      // The rest of one that is too long is read and forgotten: the client is told when it has sent it.
      if (incoming.request.body.size() + *size > self.m_options.body_limit) incoming.too_long = true;
      if (!incoming.too_long) incoming.request.body.append(data, *size);
      *size = 0;
      return MHD_YES;
    }
    if (incoming.too_long) return self.send(connection, self.refuse_body());
    if (incoming.answer) return self.send(connection, *incoming.answer);
    const Response response = self.m_handler(incoming.request);
    return response.later ? self.answer_later(connection, incoming, response.later)
                          : self.send(connection, response);
  }

  // Suspended first: the answer may be there, and resume it, before this returns.
  MHD_Result answer_later(MHD_Connection* connection, Incoming& incoming, std::function<Response()> later) {
    MHD_suspend_connection(connection);
    const bool will_be = m_aside.add([connection, &incoming, later = std::move(later)] {
      incoming.answer = later();
      MHD_resume_connection(connection);
    });
    if (will_be) return MHD_YES;
    incoming.answer = Response{.status = 503, .body = "the service ends\n"};
    MHD_resume_connection(connection);
    return MHD_YES;
  }

  Response refuse_body() const {
    return {.status = 413,
            .type = "application/json",
            .body = fmt::format("{{\"error\":\"the body is longer than {}\"}}\n",
                                base::format_bytes(m_options.body_limit))};
  }

  static void completed(void* cls, MHD_Connection* connection, void** kept, MHD_RequestTerminationCode) {
    auto& self = *static_cast<MicroServer*>(cls);
    {
      std::lock_guard lock(self.m_mutex);
      self.m_suspended.erase(connection);
    }
    delete static_cast<Incoming*>(*kept);
    *kept = nullptr;
  }

  ServerOptions m_options;
  Handler m_handler;
  MHD_Daemon* m_daemon = nullptr;
  int m_port = 0;
  std::mutex m_mutex;
  std::set<MHD_Connection*> m_suspended;
  bool m_ending = false;
  Aside m_aside{k_aside};
};

}  // namespace

base::Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Handler handler) {
  auto server = std::make_unique<MicroServer>(options, std::move(handler));
  CULPRIT_TRY(server->listen());
  return server;
}

}  // namespace culprit::service
