// The configuration variants of kernels: detectors that can be switched off, and whether a tree knows what a
// variant changes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "build/kernel/kernel_builder.h"
#include "history/git/git.h"
#include "model/search.h"

namespace culprit::cli {

// What builder and search are told of a variant.
struct KernelVariant {
  build::ConfigVariant config;
  model::Variant variant;
};

// A variant for each detector that `config` (a .config or a fragment) switches on.
std::vector<KernelVariant> detector_variants(std::string_view config);

// Usage error, with the nearest name as hint, if one of `variants` changes an option that no Kconfig file of
// `revision` defines: a misspelt one would change nothing. `file` is what the variants stand in.
base::Result<void> check_variant_options(std::span<const build::ConfigVariant> variants,
                                         const history::Git& git, const model::CommitId& revision,
                                         const std::string& file);

}  // namespace culprit::cli
