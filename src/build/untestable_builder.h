// A revision that cannot be checked out is one that cannot be tested, for any builder.
#pragma once

#include <mutex>
#include <set>

#include "build/builder.h"

namespace culprit::build {

// Hands everything to the builder that it wraps. Where the revision's files cannot be had (ErrorKind::repository: a
// filter fails, an object is missing) twice, it is a broken build with git's reason, and the bisection goes on.
class UntestableBuilder final : public Builder {
 public:
  // `inner` outlives it.
  explicit UntestableBuilder(Builder& inner) : m_inner(inner) {}

  base::Result<BuildProduct> build(const model::CommitId& commit, const std::string& variant, int slot,
                                   const base::CancelToken& cancel) override;
  base::Result<std::optional<BuildProduct>> build_ahead(const model::CommitId& commit, int slot,
                                                        const base::CancelToken& cancel) override {
    return m_inner.build_ahead(commit, slot, cancel);
  }
  bool has_room_beside(int slot) const override { return m_inner.has_room_beside(slot); }
  void start_clean(int slot) override;
  bool holds(const model::CommitId& commit, const std::string& variant, int slot) const override {
    return m_inner.holds(commit, variant, slot);
  }
  bool keeps_slot() const override { return m_inner.keeps_slot(); }

 private:
  bool takes_clean(int slot);

  Builder& m_inner;
  std::mutex m_mutex;
  std::set<int> m_clean;  // slots that are to start clean
};

}  // namespace culprit::build
