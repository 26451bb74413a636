// A running QEMU by its QMP socket: saving its guest, and waiting until it runs.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace culprit::run {

// Every call waits, for some seconds at most, and ends early where `is_over` says so. Errors are infra: whoever has one
// boots a guest in the place of restoring it.
class Qmp {
 public:
  // Waits for the socket to be there.
  static base::Result<Qmp> connect(const std::filesystem::path& socket, std::function<bool()> is_over);

  // Saves the guest to `file`, and lets it run on.
  base::Result<void> save(const std::filesystem::path& file);
  // Until the guest that was restored runs.
  base::Result<void> wait_until_running();

 private:
  Qmp(base::UniqueFd fd, std::function<bool()> is_over)
      : m_fd(std::move(fd)), m_is_over(std::move(is_over)) {}

  // What "return" holds of the answer, as JSON.
  base::Result<std::string> ask(const std::string& command, const std::string& arguments = "{}");
  base::Result<std::string> read_line();

  base::UniqueFd m_fd;
  std::function<bool()> m_is_over;
  std::string m_read;  // behind the last line that was taken
};

}  // namespace culprit::run
