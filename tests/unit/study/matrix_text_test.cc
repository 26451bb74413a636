#include "study/matrix_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "study/tests.h"
#include "tests/unit/study/study_world.h"

namespace culprit::study {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::id_of;

struct Made {
  MatrixPlan plan{.columns = {{"v1.0", id_of(1)}, {"v1.1", id_of(2)}},
                  .tests = {{"sort", "a"}, {"find, \"fast\"", "b"}},
                  .runs = 30,
                  .within = 0.2};
  model::Evidence evidence;

  Made() {
    std::uint64_t id = 0;
    for (int i = 0; i < 10; ++i)
      evidence.runs.push_back(testing::run_of(id_of(1), name_of(TestVariant{"a", ""}), ++id, i < 3));
    model::BuildRecord broken{.commit = id_of(2), .variant = name_of(TestVariant{"a", ""})};
    broken.status = model::BuildStatus::broken;
    broken.text = "x.c:2: error: expected ';'";
    evidence.builds.push_back(broken);
  }
};

output::Style screen(std::size_t columns) { return {.columns = columns, .rows = 24}; }

TEST(MatrixText, DrawsALineARevision) {
  const Made made;
  EXPECT_THAT(matrix_lines(made.plan, matrix_of(made.plan, made.evidence), screen(80)),
              ElementsAre("      sort            find, \"fast\"",  //
                          "v1.0  3/10 (.11-.60)  -",               //
                          "v1.1  untestable      untestable",      //
                          "",                                      //
                          "sort shows: SIGSEGV in find",           //
                          "v1.1: does not build: x.c:2: error: expected ';'"));
}

TEST(MatrixText, BreaksWhereTheScreenIsNarrow) {
  const Made made;
  const auto lines = matrix_lines(made.plan, matrix_of(made.plan, made.evidence), screen(30));
  for (const std::string& line : lines) EXPECT_LE(line.size(), 30U) << line;
  EXPECT_THAT(lines, ::testing::IsSupersetOf({"v1.0  3/10 (.11-.60)", "v1.0  -"}));
}

TEST(MatrixText, CsvQuotesWhatItMust) {
  const Made made;
  const std::string csv = matrix_csv(made.plan, matrix_of(made.plan, made.evidence));
  EXPECT_THAT(
      csv,
      HasSubstr(
          "\nsort,v1.0,0000000000000000000000000000000000000001,,open,3,10,0.3000,0.1078,0.6032,0,0,0,\n"));
  EXPECT_THAT(csv, HasSubstr("\n\"find, \"\"fast\"\"\",v1.1,"));
}

TEST(MatrixText, JsonHasWhatTheTableShows) {
  const Made made;
  const std::string json = matrix_json(made.plan, matrix_of(made.plan, made.evidence));
  EXPECT_THAT(json, HasSubstr("\"bug\": \"SIGSEGV in find\""));
  EXPECT_THAT(json, HasSubstr("\"state\": \"untestable\""));
  EXPECT_THAT(json, HasSubstr("\"interval\": null"));
}

}  // namespace
}  // namespace culprit::study
