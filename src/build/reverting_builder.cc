#include "build/reverting_builder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/search.h"

namespace culprit::build {
namespace {

struct Wanted {
  Way way;
  model::CommitId commit;
  std::string variant;
};

std::optional<Wanted> wanted_by(std::string_view variant) {
  if (auto revert = model::revert_variant_from_name(variant))
    return Wanted{Way::without, revert->commit, std::move(revert->variant)};
  if (auto apply = model::apply_variant_from_name(variant))
    return Wanted{Way::with, apply->commit, std::move(apply->variant)};
  return std::nullopt;
}

}  // namespace

base::Result<BuildProduct> RevertingBuilder::build(const model::CommitId& commit, const std::string& variant,
                                                   int slot, const base::CancelToken& cancel) {
  const auto wanted = wanted_by(variant);
  if (!wanted) return m_inner.build(commit, variant, slot, cancel);
  const bool applies = wanted->way == Way::with;
  const Reverted changed =
      CULPRIT_TRY_IN(m_reverter(commit, wanted->way, wanted->commit),
                     fmt::format("{} {} on top of {}", applies ? "applying" : "reverting",
                                 wanted->commit.short_hex(), commit.short_hex()));
  const std::string files = fmt::format("{}", fmt::join(changed.conflicting, ", "));
  BuildProduct product;
  if (changed.commit.is_null() || changed.nothing) {
    product.record.status = model::BuildStatus::broken;
    product.record.text =
        changed.nothing
            ? std::string(model::k_revert_nothing)
            : fmt::format("{}{}", applies ? model::k_apply_conflict : model::k_revert_conflict, files);
    product.record.from_clean = true;  // nothing was built on top of anything
  } else {
    product = CULPRIT_TRY(m_inner.build(changed.commit, wanted->variant, slot, cancel));
    if (!files.empty())
      product.record.text = fmt::format("{}{}\n{}", applies ? model::k_apply_partly : model::k_revert_partly,
                                        files, product.record.text);
  }
  product.record.commit = commit;
  product.record.variant = variant;
  return product;
}

}  // namespace culprit::build
