#include "service/core/record.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "base/unique_fd.h"

namespace culprit::service {

void log(std::string_view level, std::string_view event,
         std::initializer_list<std::pair<std::string_view, std::string>> fields) {
  nlohmann::ordered_json line;
  line["time"] = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  line["level"] = level;
  line["event"] = event;
  for (const auto& [name, value] : fields) line[std::string(name)] = value;
  const std::string text = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

void tell_manager(std::string_view state) {
  const char* name = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (name == nullptr || *name == '\0' || std::strlen(name) >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::ranges::copy(std::string_view(name), address.sun_path);  // the rest is zero already
  if (*name == '@') address.sun_path[0] = '\0';                 // an abstract socket
  const base::UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(name));
  ::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
           size);
}

double watchdog_interval() {
  const char* text = std::getenv("WATCHDOG_USEC");
  const auto microseconds = text != nullptr ? base::parse_number<std::uint64_t>(text) : std::nullopt;
  return microseconds ? static_cast<double>(*microseconds) / 2e6 : 0;
}

}  // namespace culprit::service
