#include "history/changes.h"

#include <gtest/gtest.h>

#include <map>

#include "base/strings.h"
#include "model/run/report.h"
#include "tests/support/test_repo.h"

namespace culprit::history {
namespace {

using model::CommitId;

struct Tally : TestRepo {
  CommitId root = commit("README", "1\n");
  CommitId table =
      commit("src/table.c",
             "int probe(int n)\n{\n  int i = n;\n  i++;\n  i++;\n  i++;\n  i++;\n  i++;\n  return i;\n}\n"
             "\nint insert(int n)\n{\n  int k = n;\n  k++;\n  k++;\n  k++;\n  k++;\n  return k;\n}\n");
  CommitId docs = commit("README", "2\n");
  CommitId probe = commit("src/table.c", swapped("  i++;\n  return i;", "  i--;\n  return i;"));
  CommitId insert = commit("src/table.c", swapped("  k++;\n  return k;", "  k--;\n  return k;"));
  Repository repository = open();
  Git git = repository.git(k_never);

  std::string swapped(const std::string& from, const std::string& to) const {
    std::string text = read(path() / "src/table.c");
    return text.replace(text.find(from), from.size(), to);
  }
  // "function" or "file" for each commit related to a crash at these places.
  std::map<CommitId, std::string> related(const CrashPlaces& places, const Span& span) const {
    std::map<CommitId, std::string> out;
    const auto relations = commits_related(git, span, places);
    for (const model::RelatedCommit& relation : *relations)
      out[relation.commit] = relation.names_function ? "function" : "file";
    return out;
  }
};

TEST(CommitsOfRange, AreWhatTheNewerEndHasAndTheOlderLacks) {
  const Tally t;
  EXPECT_EQ(*commits_of_range(t.git, t.table.hex() + ".."),
            (std::vector<CommitId>{t.insert, t.probe, t.docs}));
  EXPECT_EQ(*commits_of_range(t.git, t.root.hex() + ".." + t.table.hex()), std::vector<CommitId>{t.table});
  EXPECT_TRUE(commits_of_range(t.git, "HEAD..HEAD~2")->empty());
}

TEST(CommitsOfRange, NeedsTwoDotsAndTwoRevisions) {
  const Tally t;
  EXPECT_EQ(commits_of_range(t.git, "a...b").error().what, "'a...b' is not a range A..B");
  EXPECT_EQ(commits_of_range(t.git, "HEAD").error().what, "'HEAD' is not a range A..B");
  EXPECT_EQ(commits_of_range(t.git, "nosuch..HEAD").error().what,
            "there is no revision 'nosuch' in the repository");
}

TEST(CommitsTakingBack, GiveAFileItsOldContentOrNameTheCommit) {
  Tally t;
  const CommitId back = t.commit("src/table.c", t.swapped("  i--;\n  return i;", "  i++;\n  return i;"));
  EXPECT_TRUE(commits_taking_back(t.git, {t.insert, {t.probe}}, t.probe)->empty());
  // The other function was changed since: the content is not the old one, and nothing names the commit.
  EXPECT_TRUE(commits_taking_back(t.git, {back, {t.probe}}, t.probe)->empty());
  const CommitId readme = t.commit("README", "1\n");
  EXPECT_EQ(*commits_taking_back(t.git, {readme, {t.docs}}, t.docs), std::vector<CommitId>{readme});
  const CommitId fix = t.commit("README", "3\n", "README: mend\n\nFixes: " + t.docs.hex().substr(0, 12));
  EXPECT_EQ(*commits_taking_back(t.git, {fix, {t.docs}}, t.docs), (std::vector<CommitId>{fix, readme}));
  // A root changed nothing against a parent.
  EXPECT_TRUE(commits_taking_back(t.git, {t.probe, {t.root}}, t.root)->empty());
}

TEST(CommitsTouching, StayWithinTheSpanAndLeaveMergesOut) {
  const Tally t;
  EXPECT_EQ(*commits_touching(t.git, {t.insert, {t.table}}, {"src"}),
            (std::vector<CommitId>{t.insert, t.probe}));
  EXPECT_EQ(*commits_touching(t.git, {t.insert, {}}, {"README"}), (std::vector<CommitId>{t.docs, t.root}));
  EXPECT_TRUE(commits_touching(t.git, {t.insert, {}}, {"nosuch"})->empty());
}

TEST(PlacesOf, AreTheStacksFilesAndBareFunctionsWithoutTheUncertain) {
  model::CrashReport report;
  report.frame = "insert";
  report.guilty_file = "src/table.c";
  report.stacks = {{.frames = {{.function = "probe.part.0", .file = "src/table.c"},
                               {.function = "ns::Table::add(int)", .file = "src/table.h"},
                               {.function = "stale", .file = "x.c", .uncertain = true}}}};
  const CrashPlaces places = places_of(report);
  EXPECT_EQ(places.files, (std::vector<std::string>{"src/table.c", "src/table.h"}));
  EXPECT_EQ(places.functions, (std::vector<std::string>{"insert", "probe", "add"}));
}

TEST(CommitsRelated, ChangeTheCrashsFileOrItsFunction) {
  const Tally t;
  const Span all{t.insert, {}};
  const std::map<CommitId, std::string> expected = {
      {t.table, "function"}, {t.probe, "file"}, {t.insert, "function"}};
  EXPECT_EQ(t.related({{"/build/tally/src/table.c"}, {"insert"}}, all), expected);
  // Without files, those that define the function are looked at.
  EXPECT_EQ(t.related({{}, {"insert"}}, all), expected);
  EXPECT_EQ(t.related({{"src/table.c"}, {}}, {t.insert, {t.probe}}),
            (std::map<CommitId, std::string>{{t.insert, "file"}}));
}

TEST(CommitsRelated, AreNoneWhereTheCrashNamesNothingThatIsThere) {
  const Tally t;
  EXPECT_TRUE(t.related({{"/usr/lib/libc.c"}, {"__libc_start_main"}}, {t.insert, {}}).empty());
  EXPECT_TRUE(t.related({{}, {}}, {t.insert, {}}).empty());
}

}  // namespace
}  // namespace culprit::history
