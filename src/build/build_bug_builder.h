// Where the bug is that a revision does not build.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <utility>

#include "build/builder.h"

namespace culprit::build {

// The file of an artifact that holds what a build that failed said.
inline constexpr std::string_view k_build_failure = "failure";

// Turns the builds of the builder that it wraps into something to run: a revision that does not build is a
// product whose artifact holds k_build_failure, one that builds is a product without it. What says nothing of
// the revision (the machine failed, a deadline passed) stays as it is.
class BuildBugBuilder final : public Builder {
 public:
  // `inner` outlives it. The artifacts are folders below `folder`.
  BuildBugBuilder(std::unique_ptr<Builder> inner, std::filesystem::path folder)
      : m_inner(std::move(inner)), m_folder(std::move(folder)) {}

  base::Result<BuildProduct> build(const model::CommitId& commit, const std::string& variant, int slot,
                                   const base::CancelToken& cancel) override;
  void start_clean(int slot) override { m_inner->start_clean(slot); }
  bool keeps_slot() const override { return false; }

 private:
  std::unique_ptr<Builder> m_inner;
  std::filesystem::path m_folder;
};

}  // namespace culprit::build
