// Builds what a revision would be without another commit, for any builder.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "build/builder.h"

namespace culprit::build {

// What came of taking a commit back on top of a revision.
struct Reverted {
  model::CommitId commit;                // to be built; null where the revert failed
  std::vector<std::string> conflicting;  // files with lines that could not be taken back
  bool nothing = false;                  // the change is not there any more
};
using Reverter =
    std::function<base::Result<Reverted>(const model::CommitId& commit, const model::CommitId& base)>;

// Takes the reserved variants of model::RevertVariant on itself and hands everything else to the builder that
// it wraps. A revert that conflicts, or leaves nothing to revert, is a broken build whose text begins with
// model::k_revert_conflict or model::k_revert_nothing. The record of one that is partly taken back has a text that begins with
// model::k_revert_partly, however it ended.
class RevertingBuilder final : public Builder {
 public:
  // `inner` outlives it.
  RevertingBuilder(Builder& inner, Reverter reverter) : m_inner(inner), m_reverter(std::move(reverter)) {}

  base::Result<BuildProduct> build(const model::CommitId& commit, const std::string& variant, int slot,
                                   const base::CancelToken& cancel) override;
  base::Result<std::optional<BuildProduct>> build_ahead(const model::CommitId& commit, int slot,
                                                        const base::CancelToken& cancel) override {
    return m_inner.build_ahead(commit, slot, cancel);
  }
  bool has_room_beside(int slot) const override { return m_inner.has_room_beside(slot); }
  void start_clean(int slot) override { m_inner.start_clean(slot); }
  bool holds(const model::CommitId& commit, const std::string& variant, int slot) const override {
    return m_inner.holds(commit, variant, slot);
  }
  bool keeps_slot() const override { return m_inner.keeps_slot(); }

 private:
  Builder& m_inner;
  Reverter m_reverter;
};

}  // namespace culprit::build
