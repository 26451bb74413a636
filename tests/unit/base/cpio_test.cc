#include "base/archive/cpio.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/process/subprocess.h"

namespace culprit::base {
namespace {

// What cpio(1) lists of an archive.
std::string listed(const std::string& archive) {
  auto end = base::run_process({.argv = {"cpio", "-t", "--quiet"}, .input = archive}, base::CancelToken());
  return end && end->ok() ? end->output : "cpio failed";
}

std::string example() {
  CpioWriter cpio;
  cpio.add_directory("bin");
  cpio.add_file("bin/odd", "12345", 0755);
  cpio.add_symlink("bin/sh", "odd");
  cpio.add_character_device("console", 5, 1);
  return std::move(cpio).finish();
}

TEST(CpioWriter, WritesWhatCpioReads) { EXPECT_EQ(listed(example()), "bin\nbin/odd\nbin/sh\nconsole\n"); }

TEST(CpioWriter, KeepsContentsModesAndTargets) {
  auto folder = base::TempDir::create("culprit-test-");
  ASSERT_TRUE(folder);
  CpioWriter cpio;
  cpio.add_directory("bin");
  cpio.add_file("bin/odd", "12345", 0750);
  cpio.add_symlink("bin/sh", "odd");
  auto end = base::run_process(
      {.argv = {"cpio", "-i", "--quiet"}, .cwd = folder->path(), .input = std::move(cpio).finish()},
      base::CancelToken());
  ASSERT_TRUE(end && end->ok());
  EXPECT_EQ(base::read_file(folder->path() / "bin/sh").value_or(""), "12345");
  EXPECT_EQ(std::filesystem::status(folder->path() / "bin/odd").permissions(), std::filesystem::perms{0750});
}

TEST(CpioWriter, GivesTheSameBytesForTheSameContents) { EXPECT_EQ(example(), example()); }

TEST(CpioWriter, PadsSoThatAnotherArchiveMayFollow) { EXPECT_EQ(example().size() % 512, 0U); }

TEST(CpioWriter, AnEmptyArchiveIsAnArchive) { EXPECT_EQ(listed(CpioWriter().finish()), ""); }

}  // namespace
}  // namespace culprit::base
