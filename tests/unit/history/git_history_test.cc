#include "history/git_history.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/strings.h"
#include "tests/support/test_repo.h"

namespace culprit::history {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using model::CommitId;

std::unique_ptr<GitHistory> open(const fs::path& path, HistoryOptions options = {}) {
  auto history = GitHistory::open(path, std::move(options), k_never);
  if (!history) ADD_FAILURE() << base::render(history.error());
  return history ? std::move(*history) : nullptr;
}

std::string rendered(const base::Result<CommitId>& result) {
  return result ? result->hex() : base::render(result.error());
}

TEST(Resolve, UnderstandsWhatGitUnderstands) {
  const TestRepo repo;
  const auto first = repo.commit("file", "1", "the first one");
  repo.git("tag -a -m x v1.0");
  repo.git("tag -a -m x nested v1.0");
  const auto second = repo.commit("file", "2", "another one");
  const auto history = open(repo.path());
  for (const std::string name :
       {"v1.0", "nested", "HEAD~1", "HEAD^", "main~1", ":/the first", "HEAD^{/the first}"})
    EXPECT_EQ(rendered(history->resolve(name)), first.hex()) << name;
  EXPECT_EQ(rendered(history->resolve(second.hex())), second.hex());
  EXPECT_EQ(rendered(history->resolve(second.short_hex(8))), second.hex());
  EXPECT_EQ(rendered(history->head()), second.hex());
}

TEST(Resolve, AnUnknownNameComesWithTheNearestOnes) {
  const TestRepo repo;
  repo.commit("file", "1");
  repo.git("tag v6.10");
  repo.git("tag v5.4");
  repo.git("update-ref refs/remotes/origin/topic HEAD");
  const auto history = open(repo.path());
  EXPECT_EQ(rendered(history->resolve("v6.1O~3")),
            "culprit: error: there is no revision 'v6.1O~3' in the repository\n"
            "hint: did you mean v6.10?\n");
  EXPECT_EQ(rendered(history->resolve("topic")),
            "culprit: error: there is no revision 'topic' in the repository\n"
            "hint: did you mean origin/topic?\n");
  for (const std::string name : {"something-else", "-n1", "--all", "^main", "a\nb"})
    EXPECT_EQ(rendered(history->resolve(name)),
              "culprit: error: there is no revision '" + base::printable(name) +
                  "' in the repository\n"
                  "hint: `git tag` and `git branch --all` list the names that there are\n");
  EXPECT_EQ(history->resolve("nothing").error().kind, ErrorKind::repository);
}

TEST(Resolve, SaysWhyOtherThingsAreNoRevisions) {
  const TestRepo repo;
  repo.commit("file", "1");
  repo.git("tag tree HEAD^{tree}");
  repo.git("tag -a -m x of-tree HEAD^{tree}");
  const auto history = open(repo.path());
  EXPECT_EQ(rendered(history->resolve("")),
            "culprit: error: an empty revision\nhint: name a commit, a tag or a branch\n");
  EXPECT_EQ(rendered(history->resolve("HEAD~1..HEAD")),
            "culprit: error: 'HEAD~1..HEAD' is a range, not a revision\nhint: name one commit\n");
  for (const std::string name : {"tree", "of-tree"})
    EXPECT_EQ(rendered(history->resolve(name)), "culprit: error: '" + name +
                                                    "' names a tree, not a commit\nhint: name a commit, or a "
                                                    "tag or branch of one\n");
  const std::string absent(40, 'a');
  EXPECT_EQ(rendered(history->resolve(absent)),
            "culprit: error: there is no commit " + absent +
                " in the repository\nhint: fetch it first: git fetch origin " + absent + "\n");
}

TEST(Resolve, AnAmbiguousBeginningOfAnIdListsTheCommits) {
  const TestRepo repo;
  std::vector<std::vector<std::size_t>> parents(600);
  for (std::size_t i = 1; i < parents.size(); ++i) parents[i] = {i - 1};
  auto commits = import_history(repo, parents);
  std::ranges::sort(commits);
  const auto twins = std::ranges::adjacent_find(
      commits, [](const CommitId& a, const CommitId& b) { return a.short_hex(4) == b.short_hex(4); });
  ASSERT_NE(twins, commits.end());  // the dates are fixed, and so are the ids
  const auto history = open(repo.path());
  const auto result = history->resolve(twins->short_hex(4));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what,
            "'" + twins->short_hex(4) + "' is ambiguous: the ids of 2 commits begin with it");
  EXPECT_EQ(result.error().hint,
            twins[0].short_hex(16) + " 2023-11-15 c; " + twins[1].short_hex(16) + " 2023-11-15 c");
}

TEST(GitHistory, TagsAreThoseThatNameACommit) {
  const TestRepo repo;
  const auto first = repo.commit("file", "1");
  repo.git("tag light");
  repo.git("tag -a -m x annotated");
  repo.git("tag -a -m x nested annotated");
  repo.git("tag -a -m x twice-nested nested");
  repo.git("tag -a -m x deep/name");
  repo.git("tag tree HEAD^{tree}");
  repo.git("tag -a -m x tag-of-tree HEAD^{tree}");
  repo.git("tag -a -m x nested-tree tag-of-tree");
  write(repo.path() / ".git/refs/tags/broken", std::string(40, '7') + "\n");
  const auto tags = open(repo.path())->tags();
  ASSERT_TRUE(tags);
  std::vector<std::string> names;
  for (const auto& tag : *tags) {
    names.push_back(tag.name);
    EXPECT_EQ(tag.commit, first) << tag.name;
  }
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{"annotated", "deep/name", "light", "nested", "twice-nested"}));
}

TEST(GitHistory, DescribesACommit) {
  const TestRepo repo;
  const auto first = repo.commit("file", "1");
  const auto second =
      repo.commit("file", "2", "net: a title\nthat goes on\n\nA body: with\n  an indented line.\n\nCc: a@b");
  const auto info = open(repo.path())->describe(second);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->id, second);
  EXPECT_EQ(info->parents, (std::vector<CommitId>{first}));
  EXPECT_EQ(info->author_name, "Ada Example");
  EXPECT_EQ(info->author_email, "ada@example.org");
  EXPECT_EQ(info->author_time, 1709290800);
  EXPECT_EQ(info->author_date, "Fri Mar 1 12:00:00 2024 +0100");
  EXPECT_EQ(info->title, "net: a title that goes on");
  EXPECT_EQ(info->body, "A body: with\n  an indented line.\n\nCc: a@b");
}

TEST(GitHistory, ReadsOtherEncodingsAndEmptyMessages) {
  const TestRepo repo;
  repo.commit("file", "1");
  repo.git("-c i18n.commitEncoding=ISO-8859-1 commit -q --allow-empty -m \"$(printf 'caf\\351')\"");
  const auto history = open(repo.path());
  EXPECT_EQ(history->describe(repo.id("HEAD"))->title, "caf\xc3\xa9");
  repo.git("commit -q --allow-empty --allow-empty-message -m ''");
  const auto empty = history->describe(repo.id("HEAD"));
  ASSERT_TRUE(empty) << base::render(empty.error());
  EXPECT_EQ(empty->title, "");
  EXPECT_EQ(empty->body, "");
}

TEST(GitHistory, DiffstatAndTextAreGitsOwnWhateverIsConfigured) {
  const TestRepo repo;
  repo.commit("dir/a file with a rather long name that needs some room.txt", "1\n2\n3\n4\n");
  repo.git("mv dir other");
  write(repo.path() / "binary", std::string("a\0b", 3));
  repo.git("add binary");
  const auto second = repo.commit("file", "1\n", "second\n\nwith a body\n\nand more");
  repo.git("checkout -q -b side HEAD~1");
  repo.commit("side", "x\n");
  repo.git("checkout -q main");
  repo.git("merge -q --no-ff -m 'a merge' side");
  std::vector<std::string> stats, texts;
  for (const std::string commit : {"HEAD", "HEAD^", "HEAD~2"}) {
    stats.push_back(repo.git("show --stat --first-parent -m --format= " + commit) + "\n");
    texts.push_back(repo.git("log -1 --first-parent -m --stat " + commit) + "\n");
  }
  repo.git("config color.ui always");
  repo.git("config diff.noprefix true");
  repo.git("config diff.renames false");
  repo.git("config diff.external /bin/false");
  repo.git("config diff.statGraphWidth 5");
  repo.git("config log.date iso");
  repo.git("config log.decorate full");
  repo.git("config log.abbrevCommit true");
  repo.git("config format.pretty oneline");
  const auto history = open(repo.path());
  EXPECT_EQ(history->diffstat(repo.id("HEAD")).value_or("failed"), stats[0]);
  EXPECT_EQ(history->diffstat(second).value_or("failed"), stats[1]);
  EXPECT_EQ(history->diffstat(repo.id("HEAD~2")).value_or("failed"), stats[2]);
  EXPECT_EQ(history->show_text(repo.id("HEAD")).value_or("failed"), texts[0]);
  EXPECT_EQ(history->show_text(second).value_or("failed"), texts[1]);
  EXPECT_EQ(history->show_text(repo.id("HEAD~2")).value_or("failed"), texts[2]);
}

TEST(GitHistory, ReadsASha256Repository) {
  const TestRepo repo("--object-format=sha256");
  const auto commit = repo.commit("file", "1\n", "a title");
  const auto history = open(repo.path());
  EXPECT_EQ(rendered(history->resolve("main")), commit.hex());
  EXPECT_EQ(history->describe(commit)->title, "a title");
  EXPECT_EQ(history->diffstat(commit).value_or("failed"), " file | 1 +\n 1 file changed, 1 insertion(+)\n");
}

TEST(GitHistory, LeavesThePartialCloneItReadsAsItIs) {
  const TestRepo repo;
  repo.commit("file", "1\n");
  const auto second = repo.commit("file", "2\n");
  repo.git("config uploadpack.allowFilter true");
  repo.git("config uploadpack.allowAnySHA1InWant true");
  repo.git("clone -q --no-checkout --filter=tree:0 file://$PWD ../partial");
  const auto before = listing_of(repo.beside("partial"));
  const auto history = open(repo.beside("partial"));
  EXPECT_EQ(history->diffstat(second).value_or("failed"),
            " file | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n");
  EXPECT_EQ(listing_of(repo.beside("partial")), before);
}

TEST(GitHistory, LeavesTheRepositoryItReadsAsItIs) {
  const TestRepo repo;
  const auto commit = repo.commit("file", "1\n", "x\n\nCc: Bob <bob@example.org>");
  repo.git("tag v1");
  write(repo.path() / "untracked", "");
  write(repo.path() / "file", "changed");
  const auto before = listing_of(repo.path());
  const auto history = open(repo.path());
  EXPECT_TRUE(history->work_tree_state());
  EXPECT_TRUE(history->resolve("v1"));
  EXPECT_TRUE(history->load(std::vector{commit}));
  EXPECT_TRUE(history->tags());
  EXPECT_TRUE(history->describe(commit));
  EXPECT_TRUE(history->show_text(commit));
  EXPECT_TRUE(history->recipients(commit));
  EXPECT_EQ(listing_of(repo.path()), before);
}

std::string told(const base::Result<std::vector<Recipient>>& people) {
  if (!people) return base::render(people.error());
  std::string out;
  for (const Recipient& person : *people)
    out += person.name + " <" + person.email + "> " + person.role + "\n";
  return out;
}

const std::string k_message =
    "a change\n\nSigned-off-by: Ada Example <ADA@example.org>\nReviewed-by: Old Name <old@example.org>\n"
    "Cc: stable@vger.kernel.org # 5.4+\nCc: list@example.org\nReported-by: syzbot+1234@example.com\n";

TEST(Recipients, AreAuthorAndTrailersAtTheirCurrentAddresses) {
  const TestRepo repo;
  repo.commit(".mailmap", "New Name <new@example.org> <old@example.org>\n");
  const auto commit = repo.commit("file", "1", k_message);
  EXPECT_EQ(told(open(repo.path())->recipients(commit)),
            "Ada Example <ada@example.org> author, Signed-off-by\nNew Name <new@example.org> Reviewed-by\n"
            " <list@example.org> Cc\n");
}

// Prints what it was asked and the files that it was asked about.
constexpr std::string_view k_get_maintainer = R"(#!/usr/bin/perl
open(my $patch, '<', $ARGV[-1]) or die;
my @files = map { m@^\+\+\+ b/(\S+)@ ? $1 : () } <$patch>;
die "no list" unless -e "MAINTAINERS";
print "Mia Tainer <mia\@example.org> (maintainer:", join(",", @files), ")\n";
print "list\@example.org (open list:DRIVERS (ALL OF THEM))\n";
print "nonsense\n";
)";

TEST(Recipients, TheMaintainersOfTheTreeAreAskedAboutThePatch) {
  const TestRepo repo;
  repo.commit("MAINTAINERS", "everybody\n");
  repo.commit("scripts/get_maintainer.pl", std::string(k_get_maintainer));
  const auto commit = repo.commit("drivers/one.c", "1\n", k_message);
  repo.commit("drivers/two.c", "2\n");
  repo.git("clone -q --bare . ../bare.git");
  for (const fs::path& path : {repo.path(), repo.beside("bare.git")})
    EXPECT_EQ(told(open(path)->recipients(commit)),
              "Ada Example <ada@example.org> author, Signed-off-by\nOld Name <old@example.org> Reviewed-by\n"
              " <list@example.org> Cc, open list:DRIVERS (ALL OF THEM)\n"
              "Mia Tainer <mia@example.org> maintainer:drivers/one.c\n");
}

TEST(Recipients, AScriptThatFailsOrHangsIsANoteAndTheOthersAreTold) {
  const TestRepo repo;
  repo.commit("scripts/get_maintainer.pl", "print STDERR \"no such luck\\n\"; exit 3;\n");
  const auto commit = repo.commit("file", "1");
  std::vector<std::string> notes;
  const auto note = [&](const std::string& text) { notes.push_back(text); };
  EXPECT_EQ(told(open(repo.path(), {.note = note})->recipients(commit)),
            "Ada Example <ada@example.org> author\n");
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_TRUE(notes[0].starts_with("scripts/get_maintainer.pl gave no answer: ")) << notes[0];
  EXPECT_NE(notes[0].find("no such luck"), std::string::npos) << notes[0];

  const auto hangs = repo.commit("scripts/get_maintainer.pl", "sleep 600;\n");
  EXPECT_EQ(told(open(repo.path(), {.get_maintainer_timeout_s = 0.3, .note = note})->recipients(hangs)),
            "Ada Example <ada@example.org> author\n");
  EXPECT_EQ(notes.size(), 2u);
  EXPECT_EQ(told(open(repo.path(), {.ask_get_maintainer = false, .note = note})->recipients(hangs)),
            "Ada Example <ada@example.org> author\n");
  EXPECT_EQ(notes.size(), 2u);
}

}  // namespace
}  // namespace culprit::history
