// A revision that cannot be checked out is one that cannot be tested, for any builder.
#pragma once

#include "build/builder.h"

namespace culprit::build {

// Hands everything to the builder that it wraps. Where the revision's files cannot be had (ErrorKind::repository: a
// filter fails, an object is missing), it is a broken build with git's reason, and the bisection goes on.
class UntestableBuilder final : public Builder {
 public:
  // `inner` outlives it.
  explicit UntestableBuilder(Builder& inner) : m_inner(inner) {}

  base::Result<BuildProduct> build(const model::CommitId& commit, const std::string& variant, int slot,
                                   const base::CancelToken& cancel) override;
  void start_clean(int slot) override { m_inner.start_clean(slot); }
  bool keeps_slot() const override { return m_inner.keeps_slot(); }

 private:
  Builder& m_inner;
};

}  // namespace culprit::build
