// Several tests of one build: how the machinery of a bisection, which knows one test, serves many.
//
// What is run of a build is said by the variant: builds of one revision in one configuration are one build whichever test
// wants it, and runs of different tests are told apart by whoever counts them. So builder, store and resumption are those
// of a bisection.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "build/builder.h"
#include "engine/journal.h"
#include "model/evidence.h"

namespace culprit::study {

// "test:KEY|VARIANT": a test of a build in `variant` (empty: the plain one). A key has no '|'.
struct TestVariant {
  std::string key;
  std::string variant;
};
std::string name_of(const TestVariant& test);
std::optional<TestVariant> test_variant_from_name(std::string_view name);

// Builds what the variant behind the test says, once for all tests.
class TestedBuilder final : public build::Builder {
 public:
  // `inner` outlives it.
  explicit TestedBuilder(build::Builder& inner) : m_inner(inner) {}

  base::Result<build::BuildProduct> build(const model::CommitId& commit, const std::string& variant, int slot,
                                          const base::CancelToken& cancel) override;
  bool has_room_beside(int slot) const override { return m_inner.has_room_beside(slot); }
  void start_clean(int slot) override { m_inner.start_clean(slot); }
  bool holds(const model::CommitId& commit, const std::string& variant, int slot) const override;
  bool keeps_slot() const override { return m_inner.keeps_slot(); }

 private:
  build::Builder& m_inner;
};

// The journal's evidence with every run judged by its own test's bug: the first failure that was seen of that test, or,
// with `title`, the first that has it (nothing else is the bug then). A revision in a variant counts as one of its own:
// only where that failure was seen first is the bug known to show.
model::Evidence judged_by_test(const engine::Journal& journal, const std::string& title);

}  // namespace culprit::study
