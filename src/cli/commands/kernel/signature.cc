// `culprit signature A B`: which functions are not the same in two builds.

#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "base/files.h"
#include "base/strings.h"
#include "build/binary/functions.h"
#include "build/kernel/kernel_cache.h"
#include "cli/commands/commands.h"
#include "cli/commands/reading.h"
#include "cli/session/printing.h"
#include "cli/session/session.h"
#include "output/summary/summary.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::Result;
using build::FunctionHashes;

struct SignatureOptions {
  ReadingOptions reading;
  std::string a, b;  // objects, or revisions of a bisection
};

// The functions of the kernel that a bisection built of a revision.
Result<FunctionHashes> functions_of_revision(const Reading& reading, const std::string& name) {
  if (!reading.history)
    return base::fail(ErrorKind::repository, "the repository is gone",
                      "name objects: FILE.o, or a kernel's vmlinux.o");
  const model::CommitId commit = CULPRIT_TRY(reading.history->resolve(name));
  const output::RevisionSummary* revision = reading.fold.summary().find(commit);
  if (revision == nullptr || revision->signature.empty())
    return base::fail(ErrorKind::usage,
                      fmt::format("the bisection has no build of {}", base::printable(name)),
                      "culprit status names those that it built");
  const auto text =
      base::read_file(build::KernelCache::functions_file(reading.paths.cache(), revision->signature));
  if (!text)
    return base::fail(
        ErrorKind::usage, fmt::format("the functions of {} are not on record", base::printable(name)),
        "they are for kernels whose build leaves a vmlinux.o; what was built long ago is forgotten");
  return build::functions_from_text(*text);
}

Result<FunctionHashes> functions_named(const SignatureOptions& options, const std::string& name) {
  std::error_code none;
  if (fs::is_regular_file(name, none)) return build::function_hashes(name);
  const auto reading = read_bisection(options.reading);
  if (!reading)
    return base::fail(
        ErrorKind::usage,
        fmt::format("\"{}\" is no file, and there is no bisection here that could have built it",
                    base::printable(name)),
        "name objects (FILE.o, a kernel's vmlinux.o), or revisions that a bisection of kernels built: -C "
        "REPO");
  return functions_of_revision(*reading, name);
}

Result<base::ExitCode> compare(const SignatureOptions& options) {
  const FunctionHashes a = CULPRIT_TRY(functions_named(options, options.a));
  if (options.b.empty()) {
    print(build::normalised_signature(a) + "\n");
    return base::ExitCode::found;
  }
  const FunctionHashes b = CULPRIT_TRY(functions_named(options, options.b));
  std::string out;
  for (const std::string& name : build::differing(a, b))
    out += fmt::format("{} {}\n",
                       !a.contains(name)   ? '+'
                       : !b.contains(name) ? '-'
                                           : '~',
                       base::printable(name));
  print(out.empty() ? "equal, but for line numbers and addresses\n" : out);
  return base::ExitCode::found;
}

}  // namespace

void add_signature(CommandLine& line) {
  Options command =
      line.add("signature", "Say which functions differ between two builds, line numbers aside");
  auto options = std::make_shared<SignatureOptions>();
  add_reading_options(command, options->reading);
  command.text("A", options->a,
               "an object (FILE.o, vmlinux.o), or a revision that a bisection of kernels built");
  command.required();
  command.text("B", options->b, "the other one (default: A's signature is printed)");
  command.run([options] { return finish(compare(*options)); });
}

}  // namespace culprit::cli
