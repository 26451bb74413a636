// Builds what a revision would be without another commit, or with one, for any builder.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "build/builder.h"

namespace culprit::build {

// What came of taking a commit back, or applying one, on top of a revision.
struct Reverted {
  model::CommitId commit;                // to be built; null where the revert failed
  std::vector<std::string> conflicting;  // files with lines that could not be changed
  bool nothing = false;                  // there is nothing to change
};
enum class Way { without, with };
using Reverter = std::function<base::Result<Reverted>(const model::CommitId& base, Way way,
                                                      const model::CommitId& commit)>;

// Takes the reserved variants of model::RevertVariant and model::ApplyVariant on itself and hands everything else to the builder that
// it wraps. A change that conflicts, or changes nothing, is a broken build whose text begins with
// model::k_revert_conflict (k_apply_conflict) or model::k_revert_nothing. The record of one that is partly taken back has a text that
// begins with model::k_revert_partly (k_apply_partly), however it ended.
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
