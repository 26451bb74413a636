// The names are those under which a syzbot mail's links are saved and those of a syzkaller crash folder (repro.cprog,
// repro.prog, report0, log0). A name that is one of the usual ones is preferred to one that only ends like it; two of
// either kind are a question that only a person can answer.

#include "cli/settings/guest/kernel_folder.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/files.h"
#include "base/strings.h"
#include "build/recipe/kernel_symbols.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::Result;

// Where a part of a bug is looked for.
struct FolderPart {
  const char* what;  // for people
  fs::path KernelFolder::* place;
  std::vector<std::string_view> names;    // the usual ones, the best first
  std::vector<std::string_view> endings;  // for any other name
};

const std::vector<FolderPart>& parts() {
  static const std::vector<FolderPart> all = {
      {"configuration",
       &KernelFolder::config,
       {".config", "config", "kernel.config", "kconfig", ".config.txt", "config.txt"},
       {".config"}},
      {"C reproducer",
       &KernelFolder::c,
       {"repro.c", "repro.cprog", "repro.c.txt", "creprog.c"},
       {".c", ".cprog"}},
      {"syz reproducer",
       &KernelFolder::syz,
       {"repro.syz", "repro.prog", "repro.syz.txt", "repro.txt"},
       {".syz", ".prog"}},
      {"script", &KernelFolder::script, {"repro.sh"}, {".sh"}},
      {"report",
       &KernelFolder::report,
       {"report", "report.txt", "report0", "repro.report", "crash", "mail", "mail.txt"},
       {".report", ".eml", ".mbox"}},
  };
  return all;
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    if (entry.is_regular_file(none)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

Result<fs::path> find_part(const FolderPart& part, const std::vector<fs::path>& files) {
  for (const std::string_view name : part.names)
    for (const fs::path& file : files)
      if (file.filename() == name) return file;
  std::vector<std::string> alike;
  for (const fs::path& file : files)
    if (std::ranges::any_of(part.endings,
                            [&](std::string_view e) { return file.filename().string().ends_with(e); }))
      alike.push_back(file.string());
  if (alike.size() > 1)
    return fail(ErrorKind::usage, fmt::format("which is the {}: {}?", part.what, base::join(alike, ", ")),
                fmt::format("name the one {}", part.names.front()));
  return alike.empty() ? fs::path() : fs::path(alike.front());
}

// Of a report's or a mail's text: "HEAD commit: 1234567 title", else the release string of a kernel that syzbot
// built, "6.4.0-rc7-syzkaller-00041-g9e87b63ed37e".
std::string commit_in(const std::string& text) {
  static const RE2 head(R"((?i)(?:HEAD|kernel) commit:?\s+([0-9a-f]{7,40})\b)");
  static const RE2 release(R"(\d+\.\d+[^\s]*-g([0-9a-f]{7,40})\b)");
  std::string commit;
  if (RE2::PartialMatch(text, head, &commit)) return commit;
  if (RE2::PartialMatch(text, release, &commit)) return commit;
  return {};
}

// A file that is named after a commit and holds one, else what the other texts say.
void find_commit(const std::vector<fs::path>& files, KernelFolder& out) {
  static const RE2 alone(R"(^\s*([0-9a-f]{7,40}|v\d+\.\d+\S*)\b)");
  for (const char* name : {"commit", "commit.txt", "kernel.commit", "kernel_commit", "HEAD"})
    for (const fs::path& file : files)
      if (file.filename() == name)
        if (const auto text = base::read_file(file); text && RE2::PartialMatch(*text, alone, &out.commit)) {
          out.commit_from = name;
          return;
        }
  std::vector<fs::path> texts = {out.report};
  for (const fs::path& file : files)
    if (const std::string name = file.filename().string();
        name.starts_with("log") || name.starts_with("console") || name.starts_with("mail"))
      texts.push_back(file);
  for (const fs::path& file : texts) {
    if (file.empty()) continue;
    if (const auto text = base::read_file(file)) out.commit = commit_in(*text);
    if (out.commit.empty()) continue;
    out.commit_from = file.filename().string();
    return;
  }
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string arch_of(std::string_view config) {
  const std::string lines = "\n" + std::string(config);
  if (lines.contains("\nCONFIG_ARM64=y")) return "arm64";
  return lines.contains("\nCONFIG_RISCV=y") ? "riscv64" : "x86_64";
}

// The toolchain that the configuration was made with, "clang 15" or "gcc 10"; empty where it does not say.
std::string toolchain_lines(std::string_view config) {
  static const RE2 text(R"re(CONFIG_CC_VERSION_TEXT="(.*)")re");
  static const RE2 clang(R"(clang version (\d+))");
  std::string version;
  std::string major;
  if (!RE2::PartialMatch(config, text, &version)) return {};
  std::string out = fmt::format("\n# The configuration was made with: {}\n", version);
  if (RE2::PartialMatch(version, clang, &major))
    out += "[[toolchain]]\nllvm = \"1\"  # or \"-" + major + "\" for that one\n";
  return out;
}

std::string reproducer_lines(const KernelFolder& f) {
  const auto line = [](const char* key, const fs::path& path) {
    return fmt::format("{} = {}\n", key, quoted(path.string()));
  };
  std::string out = "\n[reproducer]\n";
  if (!f.c.empty()) return out + line("source", f.c) + "timeout = \"60s\"\n";
  if (!f.syz.empty())
    return out + line("syz", f.syz) + "timeout = \"60s\"\n\n[harness]\n" +
           (f.harness.empty()
                ? "# folder = \"...\"  # that holds syz-execprog and syz-executor; or repo and commit\n"
                : line("folder", f.harness));
  if (!f.script.empty()) return out + line("script", f.script);
  return out +
         "# source = \"repro.c\"  # nothing was found; without one, `bug` at the top says where the bug "
         "shows\n";
}

// A machine by ssh and kexec. How its console and its power are had, nobody can guess.
std::string machine_lines(const std::string& machine) {
  const auto line = [](const char* key, const std::string& value) {
    return fmt::format("{} = {}\n", key, quoted(value));
  };
  const std::string host = base::shell_quote(machine);
  return "\n[machine]\n" +
         line("shell", "ssh -o BatchMode=yes -o ConnectTimeout=5 -o ServerAliveInterval=5 " + machine) +
         line("install", "scp -q $CULPRIT_KERNEL " + host + ":/boot/culprit") +
         line("boot", "ssh " + host +
                          " \"kexec -l /boot/culprit --reuse-cmdline --append='$CULPRIT_APPEND' "
                          "--initrd=/boot/initrd.img && systemctl kexec\"") +
         line("restore", "ssh " + host + " rm -f /boot/culprit") +
         "# console = \"exec nc -u -l -k 6666\"  # of netconsole; or \"exec cat /dev/ttyUSB0\"\n"
         "# power_off = \"ipmitool -H box-ipmi -U admin -f pass chassis power off\"\n"
         "# power_on = \"ipmitool -H box-ipmi -U admin -f pass chassis power on\"\n"
         "append = \"panic=30\"\n"
         "# `culprit doctor --config` of this file asks the machine.\n";
}

}  // namespace

Result<KernelFolder> read_kernel_folder(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    return fail(ErrorKind::usage, fmt::format("{} is no folder", folder.string()),
                "it is one that holds .config, repro.c or repro.syz, report, and commit");
  KernelFolder out;
  out.folder = fs::absolute(folder, error).lexically_normal();
  const auto files = files_in(out.folder);
  for (const FolderPart& part : parts()) out.*part.place = CULPRIT_TRY(find_part(part, files));
  find_commit(files, out);
  for (const fs::path& place :
       {out.folder, out.folder / "bin", out.folder / "syzkaller", out.folder / "syzkaller/bin"})
    if (out.harness.empty() && (fs::exists(place / "syz-execprog", error) ||
                                fs::exists(place / "linux_amd64" / "syz-execprog", error)))
      out.harness = place;
  return out;
}

Result<void> check_complete(const KernelFolder& f) {
  const auto looked_for = [&](const char* what, const char* names) {
    return fail(
        ErrorKind::usage, fmt::format("{} has no {}", f.folder.string(), what),
        fmt::format("it is looked for as {}; `culprit init kernel` writes a kernel file to be completed",
                    names));
  };
  if (f.config.empty()) return looked_for("kernel configuration", ".config, config, kernel.config, *.config");
  if (f.c.empty() && f.syz.empty() && f.script.empty())
    return looked_for("reproducer", "repro.c, repro.cprog, *.c, repro.syz, repro.prog, repro.sh");
  if (f.c.empty() && !f.syz.empty() && f.harness.empty())
    return looked_for("syz-execprog for its syz program",
                      "syz-execprog, in it or in bin or syzkaller/bin below it");
  return {};
}

std::string kernel_file_text(const KernelFolder& f, const fs::path& tree, const std::string& machine) {
  std::string out = "# docs/kernel.md has the keys.\n";
  out += tree.empty() ? "# tree = \"/path/to/linux\"\n" : fmt::format("tree = {}\n", quoted(tree.string()));
  out += f.commit.empty() ? "# start = \"v6.1\"  # a revision where the bug shows\n"
                          : fmt::format("start = {}  # says {}\n", quoted(f.commit), f.commit_from);
  const std::string config = f.config.empty() ? std::string() : base::read_file(f.config).value_or("");
  out += "\n[kernel]\n";
  out +=
      f.config.empty() ? "# config = \".config\"\n" : fmt::format("config = {}\n", quoted(f.config.string()));
  if (arch_of(config) != "x86_64") out += fmt::format("arch = {}\n", quoted(arch_of(config)));
  out += toolchain_lines(config);
  out += reproducer_lines(f);
  if (!machine.empty()) return out + machine_lines(machine);
  // What syzbot's guests have, and a configuration with KASAN wants.
  out += "\n[vm]\nmemory = \"2G\"\ncpus = 2\nboot_timeout = \"10m\"\n";
  return out;
}

}  // namespace culprit::cli
