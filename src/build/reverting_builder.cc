#include "build/reverting_builder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/search.h"

namespace culprit::build {

base::Result<BuildProduct> RevertingBuilder::build(const model::CommitId& commit, const std::string& variant,
                                                   int slot, const base::CancelToken& cancel) {
  const auto revert = model::revert_variant_from_name(variant);
  if (!revert) return m_inner.build(commit, variant, slot, cancel);
  const Reverted reverted = CULPRIT_TRY_IN(
      m_reverter(revert->commit, commit),
      fmt::format("reverting {} on top of {}", revert->commit.short_hex(), commit.short_hex()));
  BuildProduct product;
  if (reverted.commit.is_null() || reverted.nothing) {
    product.record.status = model::BuildStatus::broken;
    product.record.text = reverted.nothing ? std::string(model::k_revert_nothing)
                                           : fmt::format("{}{}", model::k_revert_conflict,
                                                         fmt::join(reverted.conflicting, ", "));
    product.record.from_clean = true;  // nothing was built on top of anything
  } else {
    product = CULPRIT_TRY(m_inner.build(reverted.commit, revert->variant, slot, cancel));
    if (!reverted.conflicting.empty())
      product.record.text = fmt::format("{}{}\n{}", model::k_revert_partly,
                                        fmt::join(reverted.conflicting, ", "), product.record.text);
  }
  product.record.commit = commit;
  product.record.variant = variant;
  return product;
}

}  // namespace culprit::build
