// A build that fails for the machine's sake looks like one that fails for the source's: make ends with 2 either
// way, and only the words differ. They come from four kinds of writers. make and the shell name the signal that
// ended a recipe ("*** [a.o] Killed"), or the exit code 128+N that a shell makes of it ("Error 137"); compiler
// drivers name the signal of the tool that they call; everybody names errno by strerror(3); runtimes have words
// of their own for memory that ran out.
//
// A compiler quotes the source that it complains of, and source holds any words: such lines are not looked at.

#include "build/machine_failures.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>

#include "base/strings.h"

namespace culprit::build {
namespace {

using Words = std::span<const std::string_view>;

constexpr auto k_disk_full = std::to_array<std::string_view>(
    {"No space left on device", "Disk quota exceeded", "final close failed: File truncated"});

// strerror(3) of what no source can do.
constexpr auto k_errors = std::to_array<std::string_view>({
    "Cannot allocate memory",               // ENOMEM
    "Input/output error",                   // EIO
    "Remote I/O error",                     // EREMOTEIO
    "Too many open files",                  // EMFILE, ENFILE
    "Resource temporarily unavailable",     // EAGAIN: no process more
    "Text file busy",                       // ETXTBSY
    "Stale file handle",                    // ESTALE
    "Stale NFS file handle",                // the same, formerly
    "Read-only file system",                // EROFS: a disk that failed
    "Structure needs cleaning",             // EUCLEAN
    "Transport endpoint is not connected",  // ENOTCONN: a FUSE server that died
    "No locks available",                   // ENOLCK
    "Device or resource busy",              // EBUSY
    "Cannot create temporary file in",      // gcc's driver
    "cannot create temp file for here",     // a shell
    "failed to create file via template",   // mktemp
    "failed to create directory via template",
});

constexpr auto k_out_of_memory = std::to_array<std::string_view>({
    "virtual memory exhausted",
    "memory exhausted",
    "out of memory allocating",  // gcc, binutils
    "LLVM ERROR: out of memory",
    "std::bad_alloc",
    "java.lang.OutOfMemoryError",
    "JavaScript heap out of memory",
    "runtime: out of memory",  // Go
    "cannot allocate memory",  // Go, ld.so
    "memory allocation of",    // Rust
    "insufficient memory for the Java Runtime Environment",
});

// Signals that are sent to a process, or that a file system or a limit sends, by strsignal(3). A crash's are
// not among them.
constexpr auto k_signals =
    std::to_array<std::string_view>({"Killed", "Terminated", "Hangup", "Interrupt", "Quit", "Bus error",
                                     "File size limit exceeded", "CPU time limit exceeded"});
constexpr auto k_exit_codes = std::to_array<std::string_view>(
    {"Error 129", "Error 130", "Error 131", "Error 135", "Error 137", "Error 143", "Error 152", "Error 153"});

// What compiler drivers and build tools say of the tool that a signal ended.
constexpr auto k_ended_tools = std::to_array<std::string_view>({
    "Killed signal terminated program",  // gcc's driver, of cc1
    "Terminated signal terminated program", "Hangup signal terminated program",
    "Bus error signal terminated program",
    "internal compiler error: Killed",  // gcc up to 7
    "internal compiler error: Terminated", "internal compiler error: Bus error", "terminated with signal 1 ",
    "terminated with signal 7 ", "terminated with signal 9",  // collect2
    "terminated with signal 15",
    "unable to execute command: Killed",  // clang's driver
    "unable to execute command: Terminated", "unable to execute command: Bus error", "signal: 9, SIGKILL",
    "signal: 15, SIGTERM",                   // cargo
    "signal: killed", "signal: terminated",  // go
});

bool holds_one_of(std::string_view text, Words words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.contains(word); });
}

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// "   12 | pr_err(\"Input/output error\");" and the lines below it, which gcc and clang quote.
bool is_quoted_source(std::string_view line) {
  const std::size_t text = line.find_first_not_of(" \t");
  if (text == std::string_view::npos || text == 0) return false;
  const std::size_t number = std::min(line.find_first_not_of("0123456789", text), line.size());
  return base::trim(line.substr(number)).starts_with('|') || line[text] == '|';
}

// "123 Killed   ld -m ...": what a shell says of a job, behind its name and line.
bool names_ended_job(std::string_view text, std::string_view signal) {
  while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
  text = base::trim(text);
  const auto rest = base::strip_prefix(text, signal);
  return rest && (rest->empty() || rest->starts_with(' ') || rest->starts_with("\t"));
}

// "Killed", "/bin/sh: line 1: 123 Killed  cmd", "make: *** [Makefile:2: all] Killed", "... Error 137".
bool names_signal(std::string_view line) {
  const bool of_make = line.contains("*** [");
  if (of_make &&
      std::ranges::any_of(k_exit_codes, [&](std::string_view code) { return line.ends_with(code); }))
    return true;
  return std::ranges::any_of(k_signals, [&](std::string_view signal) {
    if (line == signal || (line.starts_with(signal) && line.substr(signal.size()) == " (core dumped)"))
      return true;
    if (of_make) return line.ends_with(signal) || line.ends_with(std::string(signal) + " (core dumped)");
    const std::size_t place = line.find(": line ");
    const std::size_t colon = place == std::string_view::npos ? place : line.find(": ", place + 7);
    return colon != std::string_view::npos && names_ended_job(base::trim(line.substr(colon + 1)), signal);
  });
}

// The first line that is not quoted source and of which `says` is true.
template <class Says>
std::optional<std::string> first_line(std::string_view output, Says says) {
  for (const std::string_view whole : base::split_lines(output)) {
    const std::string_view line = base::trim(whole);
    if (says(line) && !is_quoted_source(whole)) return std::string(line);
  }
  return std::nullopt;
}

}  // namespace

bool disk_was_full(std::string_view output) {
  return first_line(output, [](std::string_view line) { return holds_one_of(line, k_disk_full); })
      .has_value();
}

std::optional<std::string> machine_failure(std::string_view output) {
  return first_line(output, [](std::string_view line) {
    return holds_one_of(line, k_disk_full) || holds_one_of(line, k_errors) ||
           holds_one_of(line, k_out_of_memory) || holds_one_of(line, k_ended_tools) || names_signal(line);
  });
}

}  // namespace culprit::build
