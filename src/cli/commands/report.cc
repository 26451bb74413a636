// `culprit report`: console text -> crash reports.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "base/exit_code.h"
#include "base/result.h"
#include "cli/commands/commands.h"
#include "cli/session/printing.h"
#include "console/console.h"
#include "console/symbols/symbols.h"
#include "output/report_json.h"

namespace culprit::cli {
namespace {

using base::ErrorKind;
using base::Result;

// Feeds a file to `reader` to its end.
Result<void> feed_file(const std::string& file, console::Reader& reader) {
  const std::string hint = "give the path of a console log, or -";
  const bool standard_input = file == "-";
  const int fd = standard_input ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return base::fail(ErrorKind::usage, std::strerror(errno), hint);
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
  if (error != 0) return base::fail(ErrorKind::usage, std::strerror(error), hint);
  reader.finish();
  return {};
}

struct ReportOptions {
  std::vector<std::string> files;    // "-" is standard input
  bool json = false;                 // one object a line
  std::string vmlinux;               // for file:line and inline frames; empty for none
  std::vector<std::string> modules;  // unstripped .ko files
  std::string source;                // where the kernel was built: its prefix is cut from file names
};

// What --vmlinux and --module name.
struct Debugging {
  std::optional<console::Symbols> kernel;
  std::vector<std::pair<std::string, console::Symbols>> modules;

  console::SymbolSources sources(const std::string& source) {
    console::SymbolSources s;
    s.kernel = kernel ? &*kernel : nullptr;
    for (auto& [name, symbols] : modules) s.modules.emplace_back(name, &symbols);
    s.source = source;
    return s;
  }
};

Result<Debugging> open_symbols(const ReportOptions& options) {
  Debugging d;
  if (!options.vmlinux.empty()) d.kernel = CULPRIT_TRY(console::Symbols::open(options.vmlinux));
  for (const std::filesystem::path path : options.modules) {
    std::string name = path.stem().string();
    std::ranges::replace(name, '-', '_');  // as the kernel names it
    d.modules.emplace_back(std::move(name), CULPRIT_TRY(console::Symbols::open(path)));
  }
  return d;
}

// Prints a file's reports as they are found, so that memory does not grow with their number.
class Printer {
 public:
  Printer(const std::string& file, Debugging& debugging, const ReportOptions& options)
      : m_file(file),
        m_options(options),
        m_symbolizes(debugging.kernel || !debugging.modules.empty()),
        m_sources(debugging.sources(options.source)) {}

  Result<void> run() {
    console::Reader reader({}, [this](model::CrashReport r) { report(std::move(r)); });
    auto fed = feed_file(m_file, reader);
    if (m_fit.other_build()) {
      fed = base::fail(
          ErrorKind::usage,
          fmt::format("{} is of another build: {} of {} functions are unknown in it or have another size",
                      m_options.vmlinux, m_fit.unknown, m_fit.frames),
          "give the vmlinux that printed this console");
    }
    if (!fed) {
      if (m_count > 0 && m_options.json) print("\n");
      return fed;
    }
    if (m_options.json) {
      if (m_count == 0) print(output::json_head(m_file));
      print(output::json_tail(reader.panicked()) + "\n");
    } else if (m_count == 0) {
      model::ConsoleReading none;
      none.panicked = reader.panicked();
      print(output::to_text(none, m_file));
    }
    return {};
  }

 private:
  void report(model::CrashReport r) {
    if (m_symbolizes) console::symbolize(r, m_sources, m_fit);
    if (m_fit.other_build()) return;
    if (m_options.json) print(m_count == 0 ? output::json_head(m_file) : std::string(","));
    print(m_options.json ? output::to_json(r) : output::to_text(r, m_file));
    ++m_count;
  }

  const std::string& m_file;
  const ReportOptions& m_options;
  bool m_symbolizes = false;
  console::SymbolSources m_sources;
  console::SymbolFit m_fit;
  std::size_t m_count = 0;  // printed
};

int fail_with(const base::Error& error) {
  std::fputs(base::render(error).c_str(), stderr);
  return static_cast<int>(base::ExitCode::usage);
}

int run_report(const ReportOptions& options) {
  Result<Debugging> debugging = open_symbols(options);
  if (!debugging) return fail_with(std::move(debugging).error());
  int code = static_cast<int>(base::ExitCode::found);
  for (const std::string& file : options.files) {
    if (auto printed = Printer(file, *debugging, options).run(); !printed)
      code = fail_with(std::move(printed).error().in(file));
  }
  return code;
}

}  // namespace

void add_report(CommandLine& line) {
  Options command = line.add("report", "Read the crash reports out of console logs");
  auto options = std::make_shared<ReportOptions>();
  command.texts("files", options->files, "console logs; - is standard input");
  command.required();
  command.flag("--json", options->json, "one JSON object a line, one for each file");
  command.text("--vmlinux", options->vmlinux, "the kernel image with DWARF, for file:line and inline frames");
  command.texts("--module", options->modules, "a module with DWARF; may be repeated");
  command.text("--source", options->source, "where the kernel was built: cut from file names");
  command.run([options] { return run_report(*options); });
}

}  // namespace culprit::cli
