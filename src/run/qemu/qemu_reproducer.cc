#include "run/qemu/qemu_reproducer.h"

#include <fmt/format.h>

#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"

namespace culprit::run {
namespace {

using base::ErrorKind;
using base::fail;

constexpr double k_compile_timeout_s = 300;

base::Result<std::string> read_user_file(const std::filesystem::path& path) {
  auto contents = base::read_file(path);
  if (!contents) contents.error().kind = ErrorKind::usage;
  return contents;
}

// What to say of a compilation that failed; a libc without its static part is the usual reason of a failed
// link.
base::Error does_not_compile(const ReproducerSource& source, std::string_view output) {
  base::Error error{.kind = ErrorKind::usage,
                    .what = fmt::format("the reproducer does not compile:\n{}",
                                        base::printable(base::last_lines(output, 20))),
                    .context = {source.source.string()},
                    .hint = "it is built with `" + source.cc +
                            " -O1 -static -pthread`; [reproducer] cc and cflags change that"};
  if (output.find("cannot find -lc") != std::string_view::npos)
    error.hint = "static linking needs the C library's static part: apt-get install libc6-dev";
  return error;
}

base::Result<std::string> compile(const ReproducerSource& source, const base::CancelToken& cancel) {
  if (auto readable = read_user_file(source.source); !readable) return readable;
  auto folder = base::TempDir::create("culprit-repro-");
  if (!folder) return std::unexpected(std::move(folder.error()));
  const auto binary = folder->path() / "repro";

  base::Command command{.timeout_s = k_compile_timeout_s};
  for (const std::string_view word : base::split(source.cc, ' '))
    if (!word.empty()) command.argv.emplace_back(word);
  if (command.argv.empty()) return fail(ErrorKind::usage, "the reproducer's compiler is empty");
  for (const char* flag : {"-O1", "-static", "-pthread"}) command.argv.emplace_back(flag);
  command.argv.insert(command.argv.end(), source.cflags.begin(), source.cflags.end());
  for (const std::string& word : {std::string("-o"), binary.string(), source.source.string()})
    command.argv.push_back(word);

  auto end = base::run_process(command, cancel);
  // A compiler may be killed for want of memory: what the source does, it does twice.
  if (end && !end->ok() && !cancel.cancelled()) end = base::run_process(command, cancel);
  if (!end) return std::unexpected(std::move(end.error()).in("the reproducer's compiler"));
  if (end->how == base::ProcessEnd::How::cancelled)
    return fail(ErrorKind::interrupted, "interrupted while the reproducer was compiled");
  if (!end->ok()) return std::unexpected(does_not_compile(source, end->output));
  return base::read_file(binary);
}

}  // namespace

base::Result<Reproducer> prepare_reproducer(const ReproducerSource& source, const base::CancelToken& cancel) {
  if (source.source.empty() == source.script.empty())
    return fail(ErrorKind::usage, "the reproducer needs either a source or a script");
  const bool is_script = source.source.empty();
  auto contents = is_script ? read_user_file(source.script) : compile(source, cancel);
  if (!contents) return std::unexpected(std::move(contents.error()).in("reproducer"));
  Reproducer reproducer{.contents = std::move(*contents), .argv = {"/repro"}};
  if (is_script) reproducer.argv.insert(reproducer.argv.begin(), "/bin/sh");
  reproducer.argv.insert(reproducer.argv.end(), source.args.begin(), source.args.end());
  return reproducer;
}

}  // namespace culprit::run
