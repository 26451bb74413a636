#include "cli/report.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/exit_code.h"
#include "base/result.h"
#include "console/console.h"
#include "console/json.h"

namespace culprit::cli {
namespace {

using base::ErrorKind;
using base::Result;

Result<model::ConsoleReading> read_file(const std::string& file) {
  const bool standard_input = file == "-";
  const int fd = standard_input ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return base::fail(ErrorKind::usage, std::strerror(errno), "give the path of a console log, or -");
  model::ConsoleReading reading;
  console::Reader reader({}, [&](model::CrashReport r) { reading.reports.push_back(std::move(r)); });
  std::vector<char> buffer(std::size_t{1} << 18);
  int error = 0;
  while (true) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) error = errno;
    if (n <= 0) break;
    reader.feed({buffer.data(), static_cast<std::size_t>(n)});
  }
  if (!standard_input) ::close(fd);
  if (error != 0)
    return base::fail(ErrorKind::usage, std::strerror(error), "give the path of a console log, or -");
  reader.finish();
  reading.panicked = reader.panicked();
  return reading;
}

}  // namespace

int run_report(const ReportOptions& options) {
  int code = static_cast<int>(base::ExitCode::found);
  for (const std::string& file : options.files) {
    Result<model::ConsoleReading> reading = read_file(file);
    if (!reading) {
      std::fputs(base::render(std::move(reading).error().in(file)).c_str(), stderr);
      code = static_cast<int>(base::ExitCode::usage);
      continue;
    }
    const std::string out =
        options.json ? console::to_json(*reading, file) + "\n" : console::to_text(*reading, file);
    std::fwrite(out.data(), 1, out.size(), stdout);
  }
  return code;
}

}  // namespace culprit::cli
