// QMP is a JSON object a line. Saving is a migration into a file by way of cat(1), which QEMU knows in all versions
// (its own "file:" came with 8.2). The guest is not stopped before: one that was saved stopped stays so when it is restored.

#include "run/snapshot/qmp.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/strings.h"

namespace culprit::run {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using Clock = std::chrono::steady_clock;

constexpr auto k_step = std::chrono::milliseconds(5);
constexpr auto k_deadline = std::chrono::seconds(20);

Result<void> pause(Clock::time_point since, const std::function<bool()>& is_over) {
  if (is_over()) return fail(ErrorKind::infra, "QEMU ended");
  if (Clock::now() - since > k_deadline) return fail(ErrorKind::infra, "QEMU's QMP socket does not answer");
  std::this_thread::sleep_for(k_step);
  return {};
}

}  // namespace

Result<Qmp> Qmp::connect(const std::filesystem::path& socket, std::function<bool()> is_over) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.string().size() >= sizeof address.sun_path)
    return fail(ErrorKind::infra, "the path of QEMU's socket is too long: " + socket.string());
  std::memcpy(address.sun_path, socket.c_str(), socket.string().size());
  base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail(ErrorKind::infra, fmt::format("no socket can be made: {}", std::strerror(errno)));
  for (const auto since = Clock::now();;) {
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) break;
    CULPRIT_TRY(pause(since, is_over));
  }
  Qmp qmp(std::move(fd), std::move(is_over));
  CULPRIT_TRY(qmp.read_line());  // the greeting
  CULPRIT_TRY(qmp.ask("qmp_capabilities"));
  return qmp;
}

Result<std::string> Qmp::read_line() {
  for (const auto since = Clock::now();;) {
    if (const std::size_t newline = m_read.find('\n'); newline != std::string::npos) {
      std::string line = m_read.substr(0, newline);
      m_read.erase(0, newline + 1);
      return line;
    }
    pollfd wait{.fd = m_fd.get(), .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, 0) <= 0) {
      CULPRIT_TRY(pause(since, m_is_over));
      continue;
    }
    char buffer[4096];
    const ssize_t size = ::read(m_fd.get(), buffer, sizeof buffer);
    if (size <= 0) return fail(ErrorKind::infra, "QEMU closed its QMP socket");
    m_read.append(buffer, static_cast<std::size_t>(size));
  }
}

Result<std::string> Qmp::ask(const std::string& command, const std::string& arguments) {
  const std::string line = fmt::format(R"({{"execute": "{}", "arguments": {}}})"
                                       "\n",
                                       command, arguments);
  if (::send(m_fd.get(), line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size()))
    return fail(ErrorKind::infra, "QEMU takes no orders");
  for (;;) {
    const auto answer = nlohmann::json::parse(CULPRIT_TRY(read_line()), nullptr, false);
    if (!answer.is_object()) continue;
    if (answer.contains("return")) return answer["return"].dump();
    if (answer.contains("error"))  // events have neither
      return fail(ErrorKind::infra, fmt::format("QEMU refuses {}: {}", command,
                                                answer["error"].value("desc", std::string("no reason"))));
  }
}

Result<void> Qmp::save(const std::filesystem::path& file) {
  CULPRIT_TRY(ask("migrate-set-parameters", R"({"max-bandwidth": 10000000000})"));
  const std::string part = file.string() + ".part";
  const nlohmann::json where = {{"uri", fmt::format("exec:cat > {0} && mv {0} {1}", base::shell_quote(part),
                                                    base::shell_quote(file.string()))}};
  CULPRIT_TRY(ask("migrate", where.dump()));
  for (const auto since = Clock::now();;) {
    const auto state = nlohmann::json::parse(CULPRIT_TRY(ask("query-migrate")), nullptr, false);
    const std::string status = state.value("status", std::string());
    if (status == "completed") break;
    if (status == "failed" || status == "cancelled")
      return fail(ErrorKind::infra, "the guest cannot be saved: " + state.value("error-desc", status));
    CULPRIT_TRY(pause(since, m_is_over));
  }
  CULPRIT_TRY(ask("cont"));
  // QEMU has given all of it to cat, which may still be at it.
  std::error_code none;
  for (const auto since = Clock::now(); !std::filesystem::exists(file, none);)
    CULPRIT_TRY(pause(since, m_is_over));
  return {};
}

Result<void> Qmp::wait_until_running() {
  for (const auto since = Clock::now();;) {
    const auto state = nlohmann::json::parse(CULPRIT_TRY(ask("query-status")), nullptr, false);
    if (state.value("status", std::string()) == "running") return {};
    CULPRIT_TRY(pause(since, m_is_over));
  }
}

}  // namespace culprit::run
