#include "base/files.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

namespace culprit::base {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TempDir new_dir() {
  auto dir = TempDir::create("culprit-files-test-");
  EXPECT_TRUE(dir);
  return std::move(*dir);
}

TEST(Files, WhatIsWrittenIsReadAndNothingElseIsLeft) {
  const TempDir dir = new_dir();
  const std::string bytes("a\0b\n\xff", 5);
  ASSERT_TRUE(write_file_atomically(dir.path() / "f", "before"));
  ASSERT_TRUE(write_file_atomically(dir.path() / "f", bytes));
  EXPECT_EQ(read_file(dir.path() / "f"), bytes);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()), 1);
}

TEST(Files, FailedWriteLeavesTheOldContents) {
  const TempDir dir = new_dir();
  ASSERT_TRUE(fs::create_directory(dir.path() / "folder"));
  const auto onto_folder = write_file_atomically(dir.path() / "folder", "x");
  ASSERT_FALSE(onto_folder);
  EXPECT_EQ(onto_folder.error().what,
            "cannot write " + (dir.path() / "folder").string() + ": Is a directory");
  const auto nowhere = write_file_atomically(dir.path() / "no" / "f", "x");
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().what, HasSubstr(": No such file or directory"));
}

TEST(Files, SpecialFilesAreWrittenToAsTheyAre) {
  EXPECT_TRUE(write_file_atomically("/dev/null", "x"));
  const auto full = write_file_atomically("/dev/full", "x");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind, ErrorKind::infra);
  EXPECT_THAT(render(full.error()),
              HasSubstr("culprit: error: cannot write /dev/full: no space left on /dev"));
  EXPECT_THAT(full.error().hint,
              HasSubstr(" are free there: make room, or move what writes to it (/dev/full)"));
}

TEST(Files, UnreadableFilesAreErrorsByName) {
  const auto absent = read_file("/no/such/file");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().what, "cannot read /no/such/file: No such file or directory");
  const auto folder = read_file("/");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().what, "cannot read /: Is a directory");
}

TEST(Files, FullDiskIsNamedByItsMountPointEvenBelowFoldersThatAreNotThere) {
  const Error error = file_error("write", "/proc/no/such/file", ENOSPC);
  EXPECT_EQ(error.what, "no space left on /proc");
  EXPECT_EQ(error.context.back(), "cannot write /proc/no/such/file");
}

TEST(Files, TreeIsRemovedWithReadOnlyFoldersAndWithoutFollowingLinks) {
  const TempDir dir = new_dir();
  ASSERT_TRUE(write_file_atomically(dir.path() / "kept", "x"));
  const fs::path tree = dir.path() / "tree";
  fs::create_directories(tree / "a" / "b");
  std::ofstream(tree / "a" / "b" / "file") << "x";
  fs::create_symlink(dir.path(), tree / "link");
  fs::permissions(tree / "a" / "b", fs::perms::owner_read);
  fs::permissions(tree / "a", fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_TRUE(remove_tree(tree));
  EXPECT_FALSE(fs::exists(tree));
  EXPECT_TRUE(fs::exists(dir.path() / "kept"));
  EXPECT_TRUE(remove_tree(tree));
}

TEST(Files, TempDirGoesWithItsObject) {
  fs::path first, released;
  {
    TempDir dir = new_dir();
    first = dir.path();
    EXPECT_TRUE(fs::is_directory(first));
    TempDir moved = std::move(dir);
    EXPECT_EQ(moved.path(), first);
    TempDir other = new_dir();
    released = other.release();
  }
  EXPECT_FALSE(fs::exists(first));
  EXPECT_TRUE(fs::is_directory(released));
  fs::remove(released);
}

TEST(Files, DigestsAreSha256) {
  // The examples of FIPS 180-2, appendix B, and the empty message.
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const TempDir dir = new_dir();
  const std::string million(1'000'000, 'a');
  ASSERT_TRUE(write_file_atomically(dir.path() / "f", million));
  EXPECT_EQ(sha256_file(dir.path() / "f"),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Files, FreeSpaceIsThatOfTheNearestFolderThatIsThere) {
  const auto here = free_space("/tmp/not/there/yet");
  ASSERT_TRUE(here);
  EXPECT_GT(*here, 0u);
}

}  // namespace
}  // namespace culprit::base
