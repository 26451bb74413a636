#include "build/untestable_builder.h"

#include <gtest/gtest.h>

namespace culprit::build {
namespace {

using base::ErrorKind;

class Failing final : public Builder {
 public:
  explicit Failing(ErrorKind kind) : m_kind(kind) {}
  base::Result<BuildProduct> build(const model::CommitId&, const std::string&, int,
                                   const base::CancelToken&) override {
    return base::fail(m_kind, "git checkout failed: big.dat: smudge filter lfs failed");
  }
  bool keeps_slot() const override { return true; }

 private:
  ErrorKind m_kind;
};

TEST(UntestableBuilder, WhatCannotBeCheckedOutIsABrokenBuildWithTheReason) {
  const base::CancelToken never;
  const auto commit = *model::CommitId::from_hex(std::string(40, 'a'));
  Failing failing(ErrorKind::repository);
  UntestableBuilder builder(failing);
  const auto product = builder.build(commit, "plain", 0, never);
  ASSERT_TRUE(product);
  EXPECT_EQ(product->record.status, model::BuildStatus::broken);
  EXPECT_EQ(product->record.commit, commit);
  EXPECT_EQ(product->record.variant, "plain");
  EXPECT_EQ(product->record.text,
            "error: it cannot be checked out: git checkout failed: big.dat: smudge filter lfs failed");
  EXPECT_TRUE(builder.keeps_slot());
}

TEST(UntestableBuilder, WhatTheMachineDidStaysAnError) {
  const base::CancelToken never;
  for (const ErrorKind kind : {ErrorKind::infra, ErrorKind::interrupted, ErrorKind::usage}) {
    Failing failing(kind);
    EXPECT_EQ(UntestableBuilder(failing).build({}, "", 0, never).error().kind, kind);
  }
}

}  // namespace
}  // namespace culprit::build
