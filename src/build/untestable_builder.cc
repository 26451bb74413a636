#include "build/untestable_builder.h"

#include <fmt/format.h>

#include "model/build/build_facts.h"

namespace culprit::build {

base::Result<BuildProduct> UntestableBuilder::build(const model::CommitId& commit, const std::string& variant,
                                                    int slot, const base::CancelToken& cancel) {
  const bool clean = takes_clean(slot);
  if (clean) m_inner.start_clean(slot);
  auto product = m_inner.build(commit, variant, slot, cancel);
  if (product || product.error().kind != base::ErrorKind::repository) return product;
  // A git that fails once may be the machine's doing.
  if (clean) m_inner.start_clean(slot);
  product = m_inner.build(commit, variant, slot, cancel);
  if (product || product.error().kind != base::ErrorKind::repository) return product;
  BuildProduct untestable;
  untestable.record.commit = commit;
  untestable.record.variant = variant;
  untestable.record.status = model::BuildStatus::broken;
  untestable.record.from_clean = true;  // nothing was built on top of anything
  untestable.record.text = fmt::format("{}{}", model::k_not_checked_out, product.error().what);
  return untestable;
}

void UntestableBuilder::start_clean(int slot) {
  const std::lock_guard lock(m_mutex);
  m_clean.insert(slot);
}

bool UntestableBuilder::takes_clean(int slot) {
  const std::lock_guard lock(m_mutex);
  return m_clean.erase(slot) > 0;
}

}  // namespace culprit::build
