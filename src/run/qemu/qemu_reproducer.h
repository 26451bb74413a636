// The program that makes the bug show, ready to be put into a guest.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"

namespace culprit::run {

struct ReproducerSource {
  std::filesystem::path source;     // a C file, built static; or
  std::filesystem::path script;     // a script for the guest's busybox shell; exactly one of the two
  std::string cc = "cc";            // for `source`; words are split at blanks
  std::vector<std::string> cflags;  // after -O1 -static -pthread
  std::vector<std::string> args;    // of the reproducer
};

struct Reproducer {
  std::string contents;           // of the executable or the script
  std::vector<std::string> argv;  // in the guest, where `contents` is at /repro
};

// Compiles or reads the reproducer. One that does not compile or cannot be read is a usage error with the
// compiler's output; a compiler that cannot be started is one of the machine.
base::Result<Reproducer> prepare_reproducer(const ReproducerSource& source, const base::CancelToken& cancel);

}  // namespace culprit::run
