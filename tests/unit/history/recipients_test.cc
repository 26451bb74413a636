#include "history/recipients.h"

#include <gtest/gtest.h>

namespace culprit::history {
namespace {

std::string read_address(std::string_view text) {
  const auto person = parse_address(text, "Cc");
  return person ? person->name + "|" + person->email : "none";
}

TEST(ParseAddress, UnderstandsHowPeopleWriteThem) {
  EXPECT_EQ(read_address("Ada Example <ada@example.org>"), "Ada Example|ada@example.org");
  EXPECT_EQ(read_address(" \"Example, Ada\" <ada@example.org> # 5.4+"), "Example, Ada|ada@example.org");
  EXPECT_EQ(read_address("<ada@example.org>"), "|ada@example.org");
  EXPECT_EQ(read_address("ada@example.org"), "|ada@example.org");
  EXPECT_EQ(read_address("ada@example.org (Ada Example)"), "Ada Example|ada@example.org");
  EXPECT_EQ(read_address("ada@example.org # for 5.4"), "|ada@example.org");
  EXPECT_EQ(read_address("Ada (nick) <ada@example.org> [changed a line]"), "Ada (nick)|ada@example.org");
}

TEST(ParseAddress, RefusesWhatHasNone) {
  for (const std::string_view text :
       {"", "Ada", "<>", "Ada <ada>", "@example.org", "ada@", "> <", "Ada <a b@c>"})
    EXPECT_EQ(read_address(text), "none") << text;
}

TEST(PeopleOf, AreTheAuthorAndTheTrailersInOrder) {
  model::CommitInfo commit;
  commit.author_name = "Ada";
  commit.author_email = "ada@example.org";
  commit.body =
      "This was found by hand: not by a tool.\nNote-by: nobody\nco-developed-by: Bob <bob@example.org>\r\n"
      "Fixes: 123456789012 (\"a title\")\nLink: https://example.org/x@y\nReported-and-tested-by: Cid "
      "<cid@example.org>\n"
      "  Cc: indented@example.org\nCc: Dan <dan@example.org>";
  std::string told;
  for (const Recipient& person : people_of(commit)) told += person.role + "=" + person.email + " ";
  EXPECT_EQ(told,
            "author=ada@example.org co-developed-by=bob@example.org Reported-and-tested-by=cid@example.org "
            "Cc=dan@example.org ");
}

TEST(FoldRecipients, EachAddressOnceWithAllItsRolesAndTheFirstName) {
  const std::vector<Recipient> people = {{"", "ada@example.org", "author"},
                                         {"Bob", "bob@example.org", "Cc"},
                                         {"Ada", "Ada@Example.org", "Signed-off-by"},
                                         {"Ada E.", "ada@example.org", "Signed-off-by"}};
  const auto folded = fold_recipients(people);
  ASSERT_EQ(folded.size(), 2u);
  EXPECT_EQ(folded[0].name, "Ada");
  EXPECT_EQ(folded[0].role, "author, Signed-off-by");
  EXPECT_EQ(folded[1].email, "bob@example.org");
}

TEST(FoldRecipients, LeavesOutRobotsAndAddressesThatNobodyReads) {
  const std::vector<Recipient> people = {{"", "noreply@example.org", "Cc"},
                                         {"Ada", "1+ada@users.noreply.github.com", "author"},
                                         {"kernel test robot", "robot@example.org", "Reported-by"},
                                         {"helper[bot]", "helper@example.org", "author"},
                                         {"syzbot", "syzbot+12@example.org", "Reported-by"},
                                         {"", "stable@vger.kernel.org", "Cc"},
                                         {"", "not an address", "Cc"},
                                         {"", "unstable@vger.kernel.org", "Cc"}};
  const auto folded = fold_recipients(people);
  ASSERT_EQ(folded.size(), 1u);
  EXPECT_EQ(folded[0].email, "unstable@vger.kernel.org");
}

TEST(ParseMaintainers, ReadsNamesListsAndRolesWithParentheses) {
  std::string told;
  for (const Recipient& person :
       parse_maintainers("Ada Example <ada@example.org> (maintainer:X86 (32-BIT AND 64-BIT))\n"
                         "Bob (bobby) <bob@example.org> (reviewer:DRIVERS)\n"
                         "list@example.org (open list)\n"
                         "some warning\n"))
    told += person.name + "|" + person.email + "|" + person.role + "\n";
  EXPECT_EQ(told,
            "Ada Example|ada@example.org|maintainer:X86 (32-BIT AND 64-BIT)\n"
            "Bob (bobby)|bob@example.org|reviewer:DRIVERS\n|list@example.org|open list\n");
}

}  // namespace
}  // namespace culprit::history
