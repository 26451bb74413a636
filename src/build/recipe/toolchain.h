// Compilers by kernel version: old trees need old compilers.
#pragma once

#include <compare>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"

namespace culprit::build {

// "v5.9", "6.1.170": a release, ordered by time within one line of releases. Release candidates count as the
// release that they lead to.
struct KernelVersion {
  int major = 0;
  int minor = 0;
  int patch = 0;

  friend auto operator<=>(const KernelVersion&, const KernelVersion&) = default;
};

// With or without "v", "-rcN" and what follows; nullopt for anything else.
std::optional<KernelVersion> parse_kernel_version(std::string_view text);
// What the top Makefile's VERSION, PATCHLEVEL and SUBLEVEL say: the newest release that the tree contains,
// also between tags and without any tag.
std::optional<KernelVersion> kernel_version_of(std::string_view makefile);

struct Toolchain {
  std::string since;                   // the first release that it is for, "v5.9"; empty: from the beginning
  std::string cc;                      // "gcc-12"; with `llvm`, empty is what LLVM= chooses
  std::string llvm;                    // for make's LLVM=: "1", "-19"; empty: GNU tools
  std::vector<std::string> make_args;  // further arguments of make: "CROSS_COMPILE=..."
  std::string until{};  // the last release that it builds, "v6.8" with its stable ones; empty: to today

  bool builds(KernelVersion version) const;
  // The compiler's command: `cc`, or the clang that `llvm` means.
  std::string compiler() const;
  std::string linker() const;
  // All programs that it consists of: compiler and linker first, then those that LLVM= chooses besides.
  std::vector<std::string> tools() const;
  // Fit for the name of a folder; different toolchains differ in it.
  std::string id() const;
};

// Of those that build `version` the one with the newest `since` that builds `held` too, all of them if that can be, else the
// first of them; null where none builds `version`. `held`: the start's version, then those of the good revisions: what
// is compared with each other is built by one compiler where one builds it all. Of equal ones the first.
const Toolchain* pick_toolchain(std::span<const Toolchain> toolchains, KernelVersion version,
                                std::span<const KernelVersion> held = {});

// The version lines of compiler and linker, "gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils
// for Debian) 2.40". A missing one, or another missing tool, is an error with the package as hint.
base::Result<std::string> toolchain_version(const Toolchain& toolchain, const base::CancelToken& cancel);

}  // namespace culprit::build
