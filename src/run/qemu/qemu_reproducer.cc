#include "run/qemu/qemu_reproducer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "run/guest/elf.h"

namespace culprit::run {
namespace {

using base::ErrorKind;
using base::fail;

constexpr double k_compile_timeout_s = 300;
// From which compilers tell a language by themselves.
constexpr std::array<std::string_view, 7> k_source_endings = {".c", ".cc", ".cpp", ".cxx", ".C", ".s", ".S"};

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

bool is_named_as_source(const std::filesystem::path& path) {
  const std::string ending = path.extension().string();
  return std::ranges::find(k_source_endings, ending) != k_source_endings.end();
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
  for (const std::string& word : {std::string("-o"), binary.string()}) command.argv.push_back(word);
  // A reproducer out of a mail or a crash folder may be named otherwise (repro.cprog, repro.c.txt).
  if (!is_named_as_source(source.source)) command.argv.insert(command.argv.end(), {"-x", "c"});
  command.argv.push_back(source.source.string());

  auto end = base::run_process(command, cancel);
  // A compiler may be killed for want of memory: what the source does, it does twice.
  if (end && !end->ok() && !cancel.cancelled()) end = base::run_process(command, cancel);
  if (!end) return std::unexpected(std::move(end.error()).in("the reproducer's compiler"));
  if (end->how == base::ProcessEnd::How::cancelled)
    return fail(ErrorKind::interrupted, "interrupted while the reproducer was compiled");
  if (!end->ok()) return std::unexpected(does_not_compile(source, end->output));
  return base::read_file(binary);
}

// A program that another program must load is of no use where there is none.
base::Result<void> check_binary(const ReproducerSource& source, std::string_view contents) {
  const auto arch = architecture_of(source.binary);
  if (arch && !runs_on(*arch, source.arch))
    return fail(ErrorKind::usage,
                fmt::format("{} is a program for {}, and the guest is {}", source.binary.string(), *arch,
                            source.arch),
                "build it for the guest's architecture");
  if (!source.in_root &&
      contents.starts_with("\x7f"
                           "ELF") &&
      (contents.contains("/ld-linux") || contents.contains("/ld-musl")))
    return fail(
        ErrorKind::usage,
        fmt::format("{} is linked dynamically, and the guest has no libraries", source.binary.string()),
        "link it with -static, or give the guest a root: `root` in [vm]");
  return {};
}

base::Result<Reproducer> of_program(const ReproducerSource& source, const base::CancelToken& cancel) {
  const std::string repro = source.place + k_repro_path;
  Reproducer reproducer{.files = {}, .argv = {repro}};
  std::string contents;
  if (!source.source.empty()) {
    contents = CULPRIT_TRY(compile(source, cancel));
  } else if (!source.binary.empty()) {
    contents = CULPRIT_TRY(read_user_file(source.binary));
    CULPRIT_TRY(check_binary(source, contents));
  } else {
    contents = CULPRIT_TRY(read_user_file(source.script));
    // In a root, "#!" may name what the root has.
    if (!source.in_root || !contents.starts_with("#!"))
      reproducer.argv.insert(reproducer.argv.begin(), "/bin/sh");
  }
  reproducer.files.push_back({repro, std::move(contents), 0755});
  return reproducer;
}

base::Result<Reproducer> of_syz(const ReproducerSource& source, const base::CancelToken& cancel) {
  const std::string program = CULPRIT_TRY(read_user_file(source.syz));
  const SyzTools tools = CULPRIT_TRY(find_syz_tools(source.harness, source.arch, cancel));
  Reproducer reproducer;
  reproducer.argv = CULPRIT_TRY(syz_command(program, source.arch, source.place));
  reproducer.files = {{source.place + "/repro.syz", program, 0644},
                      {source.place + "/syz-execprog", CULPRIT_TRY(read_user_file(tools.execprog)), 0755},
                      {source.place + "/syz-executor", CULPRIT_TRY(read_user_file(tools.executor)), 0755}};
  return reproducer;
}

base::Result<GuestFile> given(const GivenFile& file) {
  std::error_code none;
  if (std::filesystem::is_directory(file.from, none))
    return fail(ErrorKind::usage, fmt::format("{} is a folder, and `files` takes files", file.from.string()),
                "put it into a root: `root` in [vm]");
  std::string contents = CULPRIT_TRY(read_user_file(file.from));
  const auto mode =
      static_cast<std::uint32_t>(std::filesystem::status(file.from, none).permissions()) & 07777U;
  return GuestFile{file.to, std::move(contents), mode};
}

}  // namespace

base::Result<Reproducer> prepare_reproducer(const ReproducerSource& source, const base::CancelToken& cancel) {
  const int kinds = static_cast<int>(!source.source.empty()) + static_cast<int>(!source.script.empty()) +
                    static_cast<int>(!source.binary.empty()) + static_cast<int>(!source.syz.empty());
  if (kinds != 1)
    return fail(ErrorKind::usage,
                "the reproducer needs either a source, a script, a binary or a syz program");
  auto reproducer = source.syz.empty() ? of_program(source, cancel) : of_syz(source, cancel);
  if (!reproducer) return std::unexpected(std::move(reproducer.error()).in("reproducer"));
  reproducer->argv.insert(reproducer->argv.end(), source.args.begin(), source.args.end());
  for (const GivenFile& file : source.files)
    reproducer->files.push_back(CULPRIT_TRY_IN(given(file), "reproducer"));
  return reproducer;
}

}  // namespace culprit::run
