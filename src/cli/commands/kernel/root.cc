// `culprit root`: a root file system for guests, out of Debian's packages, without being root (mmdebstrap).

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include <fmt/format.h>

#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/session/session.h"
#include "cli/session/signals.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

struct RootCommand {
  std::vector<std::string> packages;
  std::string suite;  // empty: this machine's
  std::string arch;   // Debian's word; empty: this machine's
  std::string output;
};

// The code name of this machine's Debian, else what every mirror has.
std::string own_suite() {
  std::ifstream release("/etc/os-release");
  std::string suite = "stable";
  bool debian = false;
  for (std::string line; std::getline(release, line);) {
    if (line == "ID=debian") debian = true;
    if (const auto name = base::strip_prefix(line, "VERSION_CODENAME=")) suite = *name;
  }
  return debian ? suite : "stable";
}

// Packages' names are mmdebstrap's to check, but not what would be an option or another argument of its.
base::Result<std::string> checked_packages(const std::vector<std::string>& given) {
  std::string list;
  for (const std::string& words : given)
    for (const std::string_view name : base::split(words, ',')) {
      if (name.empty()) continue;
      if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.:") != std::string_view::npos)
        return fail(ErrorKind::usage,
                    fmt::format("--packages names '{}', which is no package's name", base::printable(name)),
                    "--packages iproute2,fuse3");
      list += fmt::format("{}{}", list.empty() ? "" : ",", name);
    }
  return list;
}

base::Result<void> make_root(const RootCommand& command) {
  std::error_code error;
  if (command.output.empty())
    return fail(ErrorKind::usage, "where is the root to be written?",
                "culprit root --packages iproute2,fuse3 root.tar");
  if (fs::exists(command.output, error))
    return fail(ErrorKind::usage, command.output + " is there already", "name another file, or remove it");
  const std::string packages = CULPRIT_TRY(checked_packages(command.packages));
  // Documentation and translations are of no use in a guest.
  std::vector<std::string> argv = {
      "mmdebstrap", "--variant=essential", "--dpkgopt=path-exclude=/usr/share/doc/*",
      "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/locale/*"};
  if (!packages.empty()) argv.push_back("--include=" + packages);
  if (!command.arch.empty()) argv.push_back("--architectures=" + command.arch);
  argv.push_back(command.suite.empty() ? own_suite() : command.suite);
  argv.push_back(command.output);
  auto end = base::run_process({.argv = argv,
                                .on_output =
                                    [](std::string_view chunk) {
                                      std::fwrite(chunk.data(), 1, chunk.size(), stderr);
                                      return true;
                                    }},
                               cancel_on_signals());
  if (!end) {
    if (end.error().what.starts_with("cannot start '")) end.error().hint = "apt-get install mmdebstrap";
    return std::unexpected(std::move(end.error()));
  }
  if (end->ok()) {
    fmt::print("{} is made: root = \"{}\" in [vm] of a kernel file\n", command.output, command.output);
    return {};
  }
  (void)base::remove_tree(command.output);  // half of one would be taken for one
  if (end->how == base::ProcessEnd::How::cancelled)
    return fail(ErrorKind::interrupted, "interrupted while a root was made");
  return fail(ErrorKind::infra,
              fmt::format("mmdebstrap made no root:\n{}", base::printable(base::last_lines(end->output, 5))),
              "a package's name may be wrong, or --suite; without being root it needs user namespaces "
              "(newuidmap of uidmap)");
}

}  // namespace

void add_root(CommandLine& line) {
  Options command = line.add("root", "Make a root file system for guests from Debian's packages");
  auto options = std::make_shared<RootCommand>();
  command.text("output", options->output, "a .tar, .tar.xz or .squashfs to be written, or a folder", "OUT");
  command.texts("--packages", options->packages,
                "besides the essential ones, separated by commas; may be repeated", "LIST");
  command.text("--suite", options->suite, "of Debian (default: this machine's)", "NAME");
  command.text("--arch", options->arch, "Debian's word for the architecture (default: this machine's)",
               "NAME");
  command.run([options] {
    const auto done = make_root(*options);
    return done ? 0 : report_error(done.error());
  });
}

}  // namespace culprit::cli
