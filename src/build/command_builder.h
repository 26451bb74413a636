// Builds a revision with a command of the user's: the builder for any project that is no kernel.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "build/builder.h"
#include "build/checkout.h"
#include "build/kept_builds.h"
#include "build/lay_over.h"

namespace culprit::build {

struct CommandBuilderOptions {
  std::string command{};                 // for `sh -c`; empty: nothing to build
  std::filesystem::path subdirectory{};  // where in the worktree it runs; empty: its top
  std::optional<double> timeout_s{};     // none: a build may take for ever
  std::vector<std::string> artifacts{};  // glob(7) patterns, relative to the worktree
  bool clean = false;                    // `git clean -ffdx` before each build
  bool incremental = true;  // a build goes on from what its slot held; false: the checkout cleans it anyway
  std::vector<std::pair<std::string, std::string>> environment{};  // on top of culprit's own
  bool writes_beside = false;  // packages come to lie beside the checkout, also of what is built ahead
  LaidOver laid_over{};        // before each build; a revision over which it cannot be laid is broken
};

// The artifact of a product is its slot's worktree, which holds one revision at a time: a product is good
// until build() is called for another revision on its slot. So call build() before each run; where the slot
// holds the revision already, built well, it returns at once what it returned then, with 0 seconds. So it does where the
// slot held it earlier and KeptBuilds kept it.
//
// The command sees CULPRIT_COMMIT, CULPRIT_SLOT and, where there is one, CULPRIT_VARIANT. A status other than
// 0, a deadline that passes and a folder `subdirectory` that is not there make the revision broken, the first
// of these only once it failed from a clean checkout too; a
// compiler that the kernel killed for want of memory makes the build BuildStatus::infra, to be tried again; a
// full disk is an Error. A build that was cut off (deadline, cancellation, kill -9 of culprit) may have left
// half-written files that look complete, so that the next one in that worktree starts from a clean one.
//
// A build that is made ahead writes in its checkout, a temporary folder of its own and the compilers' caches, and nowhere
// else: one that would (`make install`) fails there, and is no build.
//
// Signature: the digest of the files that `artifacts` match (folders with all below them), where every
// pattern matches something; else the tree's id. With `artifacts`, SOURCE_DATE_EPOCH is set unless it is.
class CommandBuilder final : public Builder {
 public:
  // `checkout` outlives the builder.
  CommandBuilder(CommandBuilderOptions options, Checkout& checkout);

  base::Result<BuildProduct> build(const model::CommitId& commit, const std::string& variant, int slot,
                                   const base::CancelToken& cancel) override;

  base::Result<std::optional<BuildProduct>> build_ahead(const model::CommitId& commit, int slot,
                                                        const base::CancelToken& cancel) override;
  bool has_room_beside(int slot) const override;
  void start_clean(int slot) override;
  bool holds(const model::CommitId& commit, const std::string& variant, int slot) const override;
  bool keeps_slot() const override { return true; }

 private:
  // Where a build may write; empty: anywhere.
  using Writable = std::vector<std::filesystem::path>;

  // While it lives, the command is at work in `worktree`.
  class Compiling {
   public:
    Compiling(CommandBuilder& builder, int slot, const std::filesystem::path& worktree);
    Compiling(const Compiling&) = delete;
    Compiling& operator=(const Compiling&) = delete;
    ~Compiling();

   private:
    CommandBuilder& m_builder;
    int m_slot;
  };

  // `has_begun`: whether the command was started, also where an error comes of it.
  base::Result<BuildProduct> make(const model::CommitId& commit, const std::string& variant, int slot,
                                  bool confined, bool& has_begun, const base::CancelToken& cancel);
  std::optional<BuildProduct> held_by(int slot) const;
  void hold(int slot, std::optional<BuildProduct> product);
  base::Result<std::optional<BuildProduct>> at_hand(int slot, const model::CommitId& commit,
                                                    const std::string& variant, bool clean);
  bool wants_clean(int slot);
  bool is_first_use(int slot);
  static bool is_untouched(const std::filesystem::path& worktree, const base::CancelToken& cancel);
  static base::Result<void> clean_out(const std::filesystem::path& worktree, const base::CancelToken& cancel);
  base::Result<bool> prepare(const std::filesystem::path& worktree, bool clean,
                             const base::CancelToken& cancel) const;
  base::Result<bool> complete(const std::filesystem::path& worktree, model::BuildRecord& record,
                              std::string& remark, const base::CancelToken& cancel) const;
  // `cleaned`: the worktree was cleaned for it, so that a failure counts.
  base::Result<void> compile_twice(const std::filesystem::path& worktree, int slot, BuildProduct& product,
                                   bool cleaned, const base::CancelToken& cancel) const;
  base::Result<void> compile_confined(const std::filesystem::path& worktree, int slot, BuildProduct& product,
                                      const base::CancelToken& cancel) const;
  base::Result<void> compile(const std::filesystem::path& worktree, int slot, BuildProduct& product,
                             const Writable& writable, const base::CancelToken& cancel) const;
  base::Result<std::string> signature(const std::filesystem::path& worktree, const model::CommitId& commit,
                                      const std::string& variant, std::string& remark) const;

  CommandBuilderOptions m_options;
  Checkout& m_checkout;
  mutable std::mutex m_mutex;
  std::map<int, BuildProduct> m_held;                // by slot: what its worktree holds, built
  std::map<int, std::filesystem::path> m_compiling;  // by slot: where the command is at work
  std::set<int> m_wanted_clean;                      // slots of which the next build starts from nothing
  std::set<int> m_used;                              // slots of which a revision was asked for
  mutable std::mutex m_keeping;
  KeptBuilds m_kept;  // guarded by m_keeping
};

}  // namespace culprit::build
