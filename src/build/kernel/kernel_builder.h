// Builds Linux kernels: configure, compile, sign, keep.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "build/builder.h"
#include "build/checkout.h"
#include "build/kernel/kernel_cache.h"
#include "build/recipe/fixups.h"
#include "build/recipe/kernel_symbols.h"
#include "build/recipe/toolchain.h"
#include "build/recipe/tweaks.h"

namespace culprit::base {
struct ProcessEnd;
}

namespace culprit::build {

// automatic: vmlinux where the configuration lets QEMU boot it (PVH, no KASAN), else bzImage.
enum class KernelImage { automatic, vmlinux, bzimage };

// A named way to configure otherwise: for seeing past what masks the bug, or for a smaller kernel.
struct ConfigVariant {
  std::string name;
  std::vector<ConfigSymbol> changes;  // to the configuration; each must take, or the build counts as broken
  std::string config{};               // in place of KernelBuildOptions::config; empty: that
};

struct KernelBuildOptions {
  std::string config;                 // text of a full .config; or, with `target`, of a fragment on top of it
  std::string target;                 // "allnoconfig", "defconfig", ...; empty: `config` is a full one
  std::vector<Toolchain> toolchains;  // at least one
  std::vector<KernelVersion> held{};  // of the start, then of the good revisions: see pick_toolchain
  std::vector<Tweak> tweaks{};        // after the shipped ones
  std::vector<Fixup> fixups{};        // the same
  std::vector<ConfigVariant> variants;
  KernelImage image = KernelImage::automatic;
  std::string arch = "x86_64";
  int jobs = 1;                        // of make
  double timeout_s = 3600;             // of one build
  bool ccache = true;                  // use it where there is one
  std::vector<std::string> modules;    // to be built for the guest, by name; or k_all_modules
  bool all_errors = false;             // go on after the first error, and keep them all
  std::vector<std::string> make_args;  // further arguments of make
  std::string make = "make";
  std::filesystem::path state_dir;                      // object folders: one a slot, toolchain and variant
  std::filesystem::path cache_dir;                      // finished kernels, shared between bisections
  std::uint64_t cache_limit = std::uint64_t{10} << 30;  // bytes
};

// Writes a configuration down (as KernelBuildOptions::config) below `state_dir` and yields the variant that has it in the place
// of the options' own. An option that does not take is a remark, as of the plain one.
base::Result<std::string> keep_config(const std::filesystem::path& state_dir, std::string_view text);

// The artifact of a product is a folder with `vmlinux`, `config`, unless vmlinux is what boots the architecture's
// image (`bzImage`, `Image`), and `modules.cpio` where there are modules. Products of equal signature share it.
//
// A commit that was built before with the same configuration and toolchains, by this or an earlier culprit,
// costs nothing: its record has 0 seconds. `text` of a record that is ok lists requested options that the
// tree does not have. A build that was cut off (deadline, cancellation, kill -9) leaves no half-written
// object behind for the next one to trust. A build that fails is tried again from nothing before its revision
// counts as broken; one that fails for the machine's sake each time is BuildStatus::infra; a full disk is an
// Error.
class KernelBuilder final : public Builder {
 public:
  // Usage error for a state folder with a path that make cannot take.
  static base::Result<void> check_place(const std::filesystem::path& state_dir);
  // `checkout` outlives the builder. Asks each compiler for its version: a missing one is an error.
  static base::Result<std::unique_ptr<KernelBuilder>> create(KernelBuildOptions options, Checkout& checkout,
                                                             const base::CancelToken& cancel);

  base::Result<BuildProduct> build(const model::CommitId& commit, const std::string& variant, int slot,
                                   const base::CancelToken& cancel) override;

 private:
  struct Job;  // one build's folders and names

  KernelBuilder(KernelBuildOptions options, Checkout& checkout, std::vector<std::string> versions,
                bool ccache);

  struct Wanted;  // what a variant's name asks for
  base::Result<Wanted> wanted(const std::string& variant) const;
  base::Result<const ConfigVariant*> find_variant(const std::string& variant) const;
  base::Result<std::vector<ConfigSymbol>> requested_options(const std::string& variant) const;
  std::string key(const std::string& tree, const Wanted& wanted) const;
  base::Result<std::filesystem::path> sources(const model::CommitId& commit, int slot) const;
  base::Result<Job> prepare(const model::CommitId& commit, const std::string& variant, int slot,
                            const Wanted& wanted, const base::CancelToken& cancel) const;
  std::vector<std::string> make_command(const Job& job) const;
  base::Result<bool> make(Job& job, std::vector<std::string> goals, model::BuildRecord& record,
                          const base::CancelToken& cancel) const;
  base::Result<bool> configure(Job& job, model::BuildRecord& record, const base::CancelToken& cancel) const;
  void tell_failure(Job& job, const base::ProcessEnd& end, const std::string& goal,
                    model::BuildRecord& record) const;
  base::Result<bool> compile(Job& job, model::BuildRecord& record, const base::CancelToken& cancel) const;
  base::Result<bool> compile_surely(Job& job, model::BuildRecord& record,
                                    const base::CancelToken& cancel) const;
  std::chrono::steady_clock::time_point deadline() const;
  base::Result<bool> make_modules(Job& job, model::BuildRecord& record,
                                  const base::CancelToken& cancel) const;
  base::Result<std::string> sign(const Job& job, const std::string& image) const;
  base::Result<void> keep_inputs(const Job& job, const std::string& signature);
  base::Result<BuildProduct> keep(const Job& job, model::BuildRecord record, std::string& image);

  KernelBuildOptions m_options;
  Checkout& m_checkout;
  KernelCache m_cache;
  std::vector<std::string> m_versions;  // of the toolchains, in their order
  bool m_ccache;
  std::atomic<bool> m_has_inputs{false};
};

}  // namespace culprit::build
