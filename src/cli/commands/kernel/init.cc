// `culprit init kernel`: a kernel file out of what lies in a folder.

#include <cstdio>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "base/files.h"
#include "cli/commands/commands.h"
#include "cli/session/session.h"
#include "cli/settings/guest/kernel_folder.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

struct InitOptions {
  std::string what;
  std::string folder = ".";
  std::string tree;
  std::string machine;
  std::string output = "kernel.toml";
};

base::Result<void> init(const InitOptions& options) {
  std::error_code error;
  const KernelFolder found = CULPRIT_TRY(read_kernel_folder(options.folder));
  const fs::path tree =
      options.tree.empty() ? fs::path() : fs::absolute(options.tree, error).lexically_normal();
  if (!tree.empty() && !fs::is_directory(tree, error))
    return fail(ErrorKind::usage, fmt::format("--tree {} is no folder", options.tree),
                "it is the kernel's git repository");
  const std::string text = kernel_file_text(found, tree, options.machine);
  if (options.output == "-") {
    std::fputs(text.c_str(), stdout);
    return {};
  }
  if (fs::exists(options.output, error))
    return fail(ErrorKind::usage, options.output + " is there already",
                "name another file with --output, or - to see it");
  CULPRIT_TRY(base::write_file_atomically(options.output, text));
  fmt::print("{} is written: look through it, then culprit bisect --config {}\n", options.output,
             options.output);
  return {};
}

}  // namespace

void add_init(CommandLine& line) {
  Options command = line.add("init", "Write a kernel file from what is found in a folder");
  auto options = std::make_shared<InitOptions>();
  command.one_of("what", options->what, {"kernel"}, "what is to be bisected: kernel");
  command.text("folder", options->folder,
               "that holds .config, repro.c or repro.syz, report, commit (default: .)", "DIR");
  command.text("--tree", options->tree, "the kernel's git repository", "DIR");
  command.text("--machine", options->machine,
               "where the kernel is to run, as ssh names it: root@box (default: a guest)", "HOST");
  command.text("--output,-o", options->output, "the file to write (default: kernel.toml); - prints it",
               "FILE");
  command.run([options] {
    const auto done = init(*options);
    return done ? 0 : report_error(done.error());
  });
}

}  // namespace culprit::cli
