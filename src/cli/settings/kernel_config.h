// kernel.toml: what to bisect, how to build and how to run it, for `culprit bisect --config FILE`.
// docs/kernel.md lists the keys.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "build/kernel/kernel_builder.h"
#include "model/search.h"
#include "run/hardware/hardware_runner.h"
#include "run/qemu/qemu_runner.h"

namespace culprit::cli {

// Where the bug shows. All but `build` are the runner's affair (run::Sought).
enum class KernelBug { reproducer, boot, shutdown, suspend, build };

struct KernelConfig {
  KernelBug bug = KernelBug::reproducer;
  std::filesystem::path tree;                   // the git repository; empty: not said
  std::string start;                            // a revision where the bug shows; empty: not said
  std::vector<std::string> good;                // revisions thought to be free of it
  int runs = 0;                                 // per revision; 0: not said
  int guests = 0;                               // at a time; 0: not said, one a core
  std::vector<model::Variant> variants;         // those of `build`, as a search is told of them
  std::size_t own_variants = 0;                 // how many of them, the first ones, the file itself names
  bool names_toolchain = true;                  // the file has a [[toolchain]]; else `build` has gcc alone
  build::KernelBuildOptions build;              // state_dir and cache_dir are left to the caller
  run::QemuOptions vm;                          // cache_dir likewise
  std::optional<run::HardwareOptions> machine;  // where kernels run on one, and in no guest
  std::vector<std::string> notes;               // what was done to the configuration
};

// Errors are usage errors: "FILE:LINE: what", with the nearest valid key as hint for an unknown one. Files
// that it names are read (the configuration) or checked when they are used (the reproducer).
base::Result<KernelConfig> load_kernel_config(const std::filesystem::path& file);
// The same for a text that `file` once had: names of files in it are relative to that file's folder.
base::Result<KernelConfig> parse_kernel_config(std::string_view text, const std::filesystem::path& file);

}  // namespace culprit::cli
