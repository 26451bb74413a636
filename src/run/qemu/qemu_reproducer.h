// The program that makes the bug show, ready to be put into a guest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"
#include "run/guest/harness.h"

namespace culprit::run {

inline constexpr const char* k_repro_path = "/repro";

// A file of the host's and its path in the guest.
struct GivenFile {
  std::filesystem::path from;
  std::string to;
};

struct ReproducerSource {
  std::filesystem::path source;     // a C file, built static; or
  std::filesystem::path script;     // a script for the guest's shell; or
  std::filesystem::path binary;     // any program; or
  std::filesystem::path syz;        // a program of syzkaller's; exactly one of the four
  SyzHarness harness;               // for `syz`
  std::string cc = "cc";            // for `source`; words are split at blanks
  std::vector<std::string> cflags;  // after -O1 -static -pthread
  std::vector<std::string> args;    // of the reproducer
  std::vector<GivenFile> files;     // further files for the guest
  bool in_root = false;             // it runs in a root of the user's, not in busybox's
  std::string arch = "x86_64";      // of the guest, as `make ARCH=` has it
  std::string place;                // the guest's folder for what is not in `files`; empty: "/"
};

// A file of the guest.
struct GuestFile {
  std::string path;  // absolute
  std::string contents;
  std::uint32_t mode = 0644;
};

struct Reproducer {
  std::vector<GuestFile> files;   // the executable or the script is /repro, below `place`
  std::vector<std::string> argv;  // in the guest
};

// Compiles or reads the reproducer. One that does not compile or cannot be read is a usage error with the
// compiler's output; a compiler that cannot be started is one of the machine.
base::Result<Reproducer> prepare_reproducer(const ReproducerSource& source, const base::CancelToken& cancel);

}  // namespace culprit::run
