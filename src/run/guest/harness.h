// syzkaller's programs as reproducers: how they are run, and by what.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"

namespace culprit::run {

// Where syz-execprog and syz-executor come from: a folder, or a repository at a commit.
struct SyzHarness {
  std::filesystem::path folder;     // that holds them; or
  std::string repo;                 // a repository's path or address, built at
  std::string commit;               // ... this commit
  std::string build;                // a shell command, in a checkout; empty: `make execprog executor`
  std::filesystem::path cache_dir;  // where what was built is kept
};

struct SyzTools {
  std::filesystem::path execprog;
  std::filesystem::path executor;
};

// Usage errors: the folder has them not, or for another architecture; the repository lacks the commit; the build
// fails.
base::Result<SyzTools> find_syz_tools(const SyzHarness& harness, const std::string& arch,
                                      const base::CancelToken& cancel);

// The command line in the guest that runs the program `text` (at `place`/repro.syz, beside the tools) as the options in its comments say, which
// stand as JSON behind a '#': pkg/instance/execprog.go of syzkaller. Without them, endlessly and with threads, as
// syzbot runs first. Usage error for options that are no JSON.
base::Result<std::vector<std::string>> syz_command(std::string_view text, const std::string& arch,
                                                   const std::string& place = {});

// Whether such a program is to run until it is stopped.
bool syz_is_endless(std::string_view text);

// What the harness says of its own failure on a guest's console: executor and kernel disagree, or the program's
// grammar is another. Empty: nothing.
std::string harness_failure(std::string_view console);

}  // namespace culprit::run
