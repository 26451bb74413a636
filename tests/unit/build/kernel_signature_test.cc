#include "build/kernel/signature.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/process/subprocess.h"

namespace culprit::build {
namespace {

// Small programs without a libc, compiled and linked the way a test asks for.
class SignatureTest : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = base::TempDir::create("culprit-test-");
    ASSERT_TRUE(folder);
    m_folder.emplace(std::move(*folder));
  }

  std::string signature(const std::string& source, std::vector<std::string> flags = {}) {
    EXPECT_TRUE(base::write_file_atomically(m_folder->path() / "a.c", source));
    std::vector<std::string> argv = {"gcc", "-nostdlib", "-static", "-O1", "-Wl,-e,f", "-o", "a.elf", "a.c"};
    argv.insert(argv.end(), flags.begin(), flags.end());
    EXPECT_TRUE(base::run_tool({.argv = argv, .cwd = m_folder->path()}, base::CancelToken()));
    return image_signature(m_folder->path() / "a.elf").value_or("none");
  }

  std::optional<base::TempDir> m_folder;
};

const std::string k_program = "int f(void) { return 1; }\n";

TEST_F(SignatureTest, IsThatOfWhatIsLoaded) {
  const std::string plain = signature(k_program);
  EXPECT_EQ(plain.size(), 64U);
  EXPECT_EQ(signature(k_program), plain);
  EXPECT_EQ(signature("/* a comment */\n\n" + k_program), plain);
  EXPECT_NE(signature("int f(void) { return 2; }\n"), plain);
}

TEST_F(SignatureTest, DebugInformationSymbolsAndBuildIdsDoNotCount) {
  const std::string plain = signature(k_program, {"-Wl,--build-id=none"});
  EXPECT_EQ(signature(k_program, {"-Wl,--build-id=none", "-g"}), plain);
  EXPECT_EQ(signature(k_program, {"-Wl,--build-id=none", "-s"}), plain);
  EXPECT_EQ(signature(k_program, {"-Wl,--build-id=0x1111"}), signature(k_program, {"-Wl,--build-id=0x2222"}));
}

TEST_F(SignatureTest, DataAndTheSizeOfBssCount) {
  const std::string plain = signature(k_program + "int a[4];\n");
  EXPECT_NE(signature(k_program + "int a[5000];\n"), plain);
  EXPECT_NE(signature(k_program + "int a[4] = {1};\n"), signature(k_program + "int a[4] = {2};\n"));
}

TEST_F(SignatureTest, WhatIsNoImageIsAnError) {
  const auto path = m_folder->path() / "text";
  ASSERT_TRUE(base::write_file_atomically(path, "hello"));
  const auto text = image_signature(path);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().what, path.string() + ": not a readable ELF file: no ELF header");
  EXPECT_FALSE(image_signature(m_folder->path() / "missing"));
}

TEST_F(SignatureTest, ACutImageIsAnErrorAndNeverACrash) {
  signature(k_program);
  const std::string whole = base::read_file(m_folder->path() / "a.elf").value();
  int errors = 0;
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    const auto path = m_folder->path() / "cut";
    ASSERT_TRUE(base::write_file_atomically(path, std::string_view(whole).substr(0, size)));
    errors += !image_signature(path);
  }
  EXPECT_GT(errors, 0);
}

}  // namespace
}  // namespace culprit::build
