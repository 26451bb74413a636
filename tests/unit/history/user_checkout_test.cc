#include "history/checkout/user_checkout.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/test_repo.h"

namespace culprit::history {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using model::CommitId;

// A checkout at the newer of two commits, to be moved to the older one, which has other files.
class UserCheckoutTest : public testing::Test {
 protected:
  void SetUp() override {
    m_repo.commit("a", "old a\n");
    m_repo.commit("same", "same\n");
    m_repo.commit("sub/b", "old b\n");
    fs::create_symlink("old", m_repo.path() / "link");
    m_repo.git("add link");
    m_old = m_repo.commit("only-old", "this file is in the older commit alone\n");
    m_repo.git("rm -q only-old");
    fs::remove(m_repo.path() / "link");
    fs::create_symlink("new", m_repo.path() / "link");
    m_repo.git("add link");
    m_repo.commit("sub/b", "new b\n");
    m_new = m_repo.commit("a", "new a\n");
  }
  UserCheckout checkout() const { return UserCheckout(m_record, k_never); }
  void put_on_record() const {
    write(m_record, m_new.hex() + "\n" + m_old.hex() + "\n" + m_repo.path().string());
  }
  std::string settled() const {
    const auto done = checkout().settle();
    return done ? *done : base::render(done.error());
  }
  std::string status() const { return m_repo.git("status --porcelain"); }
  std::string words(const std::string& what) const {
    return "the move of the checkout to " + m_old.short_hex() + ", which was cut off, is " + what;
  }

  TestRepo m_repo;
  fs::path m_record = m_repo.beside("move");
  CommitId m_old, m_new;
};

TEST_F(UserCheckoutTest, MovesAsGitDoesAndKeepsNoRecord) {
  ASSERT_TRUE(checkout().move(m_repo.path(), m_old));
  EXPECT_EQ(m_repo.id("HEAD"), m_old);
  EXPECT_EQ(read(m_repo.path() / "a"), "old a\n");
  EXPECT_EQ(status(), "");
  EXPECT_FALSE(fs::exists(m_record));
  EXPECT_EQ(settled(), "");
}

TEST_F(UserCheckoutTest, IgnoredFilesAreInTheWayToo) {
  write(m_repo.path() / ".git/info/exclude", "only-old\n");
  write(m_repo.path() / "only-old", "the user's\n");
  const auto moved = checkout().move(m_repo.path(), m_old);
  ASSERT_FALSE(moved);
  EXPECT_EQ(
      base::render(moved.error()),
      "culprit: error: the checkout is not moved: " + m_old.short_hex() +
          " has files where you have ones that are in no commit: only-old\nhint: move them out of the way\n");
  EXPECT_EQ(read(m_repo.path() / "only-old"), "the user's\n");
  EXPECT_EQ(m_repo.id("HEAD"), m_new);
  EXPECT_EQ(status(), "");
  EXPECT_FALSE(fs::exists(m_record));
}

TEST_F(UserCheckoutTest, FilesThatWereWrittenAreTakenBack) {
  put_on_record();
  write(m_repo.path() / ".git/index.lock", "half an index");
  write(m_repo.path() / "a", "old a\n");
  write(m_repo.path() / "only-old", "this file is in");  // half written
  fs::remove(m_repo.path() / "sub/b");
  fs::remove(m_repo.path() / "link");
  fs::create_symlink("old", m_repo.path() / "link");
  EXPECT_EQ(settled(), words("taken back"));
  EXPECT_EQ(status(), "");
  EXPECT_EQ(m_repo.id("HEAD"), m_new);
  EXPECT_EQ(m_repo.git("rev-parse --abbrev-ref HEAD"), "main");
  EXPECT_EQ(read(m_repo.path() / "sub/b"), "new b\n");
  EXPECT_FALSE(fs::exists(m_repo.path() / "only-old"));
  EXPECT_FALSE(fs::exists(m_repo.path() / ".git/index.lock"));
  EXPECT_FALSE(fs::exists(m_record));
}

TEST_F(UserCheckoutTest, WhereTheIndexIsThereTheHeadFollows) {
  put_on_record();
  m_repo.git("checkout -q --detach " + m_old.hex());
  m_repo.git("symbolic-ref HEAD refs/heads/main");
  EXPECT_EQ(settled(), words("finished"));
  EXPECT_EQ(m_repo.id("HEAD"), m_old);
  EXPECT_EQ(m_repo.id("main"), m_new);
  EXPECT_EQ(status(), "");
}

TEST_F(UserCheckoutTest, ChangesOfTheUserAreNotTouched) {
  put_on_record();
  write(m_repo.path() / "a", "old a\n");
  write(m_repo.path() / "sub/b", "mine\n");
  write(m_repo.path() / "same", "mine too\n");
  EXPECT_EQ(settled(),
            "culprit: error: the move of the checkout from " + m_new.short_hex() + " to " +
                m_old.short_hex() +
                " was cut off, and what is there now is not culprit's: sub/b\nhint: keep what you want of "
                "it elsewhere, then: git checkout -f " +
                m_new.short_hex() + "\n");
  EXPECT_EQ(read(m_repo.path() / "sub/b"), "mine\n");
  EXPECT_EQ(read(m_repo.path() / "a"), "old a\n");
  EXPECT_TRUE(fs::exists(m_record));
  write(m_repo.path() / "sub/b", "new b\n");
  // What the move does not change is none of its business.
  EXPECT_EQ(settled(), words("taken back"));
  EXPECT_EQ(status(), " M same");
}

TEST_F(UserCheckoutTest, AFolderInThePlaceOfAFileKeepsWhatIsInIt) {
  put_on_record();
  fs::remove(m_repo.path() / "a");
  write(m_repo.path() / "a/mine", "precious\n");
  EXPECT_NE(settled().find("not culprit's: a\n"), std::string::npos);
  EXPECT_EQ(read(m_repo.path() / "a/mine"), "precious\n");
}

TEST_F(UserCheckoutTest, WhoWentElsewhereSinceIsLeftAlone) {
  put_on_record();
  write(m_repo.path() / "a", "mine\n");
  m_repo.git("commit -qam mine");
  write(m_repo.path() / ".git/index.lock", "");
  EXPECT_EQ(settled(), "");
  EXPECT_TRUE(fs::exists(m_repo.path() / ".git/index.lock"));
  EXPECT_FALSE(fs::exists(m_record));
}

}  // namespace
}  // namespace culprit::history
