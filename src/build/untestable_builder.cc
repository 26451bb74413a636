#include "build/untestable_builder.h"

#include <fmt/format.h>

namespace culprit::build {

base::Result<BuildProduct> UntestableBuilder::build(const model::CommitId& commit, const std::string& variant,
                                                    int slot, const base::CancelToken& cancel) {
  auto product = m_inner.build(commit, variant, slot, cancel);
  if (product || product.error().kind != base::ErrorKind::repository) return product;
  BuildProduct untestable;
  untestable.record.commit = commit;
  untestable.record.variant = variant;
  untestable.record.status = model::BuildStatus::broken;
  untestable.record.text = fmt::format("error: it cannot be checked out: {}", product.error().what);
  return untestable;
}

}  // namespace culprit::build
