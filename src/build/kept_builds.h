// Revisions that were built and left their slot, whole, so that going back to one is no build.
#pragma once

#include <cstdint>
#include <list>
#include <string>

#include "base/result.h"
#include "build/builder.h"
#include "build/checkout.h"

namespace culprit::build {

struct KeptBuildsLimits {
  std::size_t builds = 48;                          // a bisection of a million commits visits half as many
  std::uintmax_t bytes = std::uintmax_t{20} << 30;  // and never more than a tenth of the room there is
  // Leaving a revision costs a copy of its checkout: worth it where that takes no longer than this share of a build,
  // since not every revision is gone back to, or than nobody would notice.
  double share_of_build = 0.25;
  double unnoticed_s = 0.1;
};

// What the files below `folder` take, about.
std::uintmax_t bytes_below(const std::filesystem::path& folder);
// So much may be kept where `where` lies: the limit, and a tenth of what is free there beside the `kept` bytes.
std::uintmax_t room_at(const std::filesystem::path& where, std::uintmax_t kept,
                       const KeptBuildsLimits& limits);

// Not safe to call from several threads at once.
class KeptBuilds {
 public:
  // `checkout` outlives it.
  explicit KeptBuilds(Checkout& checkout, KeptBuildsLimits limits = {})
      : m_checkout(checkout), m_limits(limits) {}

  bool has(const model::CommitId& commit, const std::string& variant, int slot) const;
  // Keeps what `slot` holds, if the limits allow; the slot goes on with a copy if `copy`, else without files.
  base::Result<void> keep(int slot, const BuildProduct& product, bool copy);
  // Puts what was kept back into `slot`; nullopt where it is gone after all.
  base::Result<std::optional<BuildProduct>> take(const model::CommitId& commit, const std::string& variant,
                                                 int slot);
  base::Result<void> forget(const model::CommitId& commit, int slot);
  // A build that was made took so long.
  void built(double seconds);

 private:
  struct Kept {
    int slot = 0;
    std::string name;
    BuildProduct product;
    std::uintmax_t bytes = 0;
  };
  bool worth_copying(std::uintmax_t bytes) const;
  base::Result<void> make_room(std::uintmax_t bytes, const std::filesystem::path& where);

  Checkout& m_checkout;
  KeptBuildsLimits m_limits;
  std::list<Kept> m_kept;  // the one that left its slot last comes last
  std::uintmax_t m_bytes = 0;
  double m_build_s = 0;  // of all builds
  int m_builds = 0;
  double m_copy_s = 0;  // of all copies
  std::uintmax_t m_copied = 0;
  int m_names = 0;
};

}  // namespace culprit::build
