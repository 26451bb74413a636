#include "build/kernel/kernel_cache.h"

#include <gmock/gmock.h>

#include <chrono>

#include "base/files.h"

namespace culprit::build {
namespace {

namespace fs = std::filesystem;

class KernelCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = base::TempDir::create("culprit-test-");
    ASSERT_TRUE(folder);
    m_folder.emplace(std::move(*folder));
    ASSERT_TRUE(base::write_file_atomically(m_folder->path() / "image", std::string(1000, 'x')));
  }

  fs::path root() const { return m_folder->path() / "cache"; }
  base::Result<fs::path> put(const KernelCache& cache, const std::string& signature) const {
    const std::pair<std::string, fs::path> files[] = {{"vmlinux", m_folder->path() / "image"}};
    return cache.put(signature, files);
  }
  void used_ago(const std::string& signature, std::chrono::minutes ago) const {
    fs::last_write_time(root() / "kernels" / signature, fs::file_time_type::clock::now() - ago);
  }

  std::optional<base::TempDir> m_folder;
};

TEST_F(KernelCacheTest, FindsWhatWasPut) {
  const KernelCache cache(root(), 1 << 20);
  EXPECT_FALSE(cache.find("aa"));
  const auto folder = put(cache, "aa");
  ASSERT_TRUE(folder) << base::render(folder.error());
  EXPECT_EQ(cache.find("aa"), *folder);
  EXPECT_EQ(fs::file_size(*folder / "vmlinux"), 1000U);
  EXPECT_EQ(put(cache, "aa").value(), *folder) << "once is enough";
  EXPECT_FALSE(cache.find("")) << "no signature is no kernel's";
}

TEST_F(KernelCacheTest, WhatIsDamagedIsDropped) {
  const KernelCache cache(root(), 1 << 20);
  const auto damage = {+[](const fs::path& folder) { fs::resize_file(folder / "vmlinux", 0); },
                       +[](const fs::path& folder) { fs::remove(folder / "vmlinux"); },
                       +[](const fs::path& folder) { fs::remove(folder / "SHA256SUMS"); },
                       +[](const fs::path& folder) {
                         ASSERT_TRUE(base::write_file_atomically(folder / "vmlinux", std::string(1000, 'y')));
                       }};
  for (const auto& spoil : damage) {
    const auto folder = put(cache, "aa");
    ASSERT_TRUE(folder);
    ASSERT_TRUE(cache.find("aa"));
    spoil(*folder);
    EXPECT_FALSE(cache.find("aa"));
    EXPECT_FALSE(fs::exists(*folder));
  }
}

TEST_F(KernelCacheTest, ForgetsEverythingWhenAsked) {
  const KernelCache cache(root(), 1 << 20);
  ASSERT_TRUE(put(cache, "abc"));
  ASSERT_TRUE(cache.remember("key", {.status = model::BuildStatus::ok, .signature = "abc"}));
  ASSERT_TRUE(cache.keep_functions("abc", "f 1\n"));
  ASSERT_TRUE(cache.forget_everything());
  EXPECT_FALSE(cache.find("abc"));
  EXPECT_FALSE(cache.recall("key"));
  EXPECT_FALSE(fs::exists(KernelCache::functions_file(root(), "abc")));
  EXPECT_TRUE(cache.forget_everything());  // nothing is left to forget
  ASSERT_TRUE(put(cache, "abc"));
  EXPECT_TRUE(cache.find("abc"));
}

TEST_F(KernelCacheTest, LetsTheLeastRecentlyUsedGo) {
  const KernelCache cache(root(), 2500);
  for (const char* signature : {"aa", "bb"}) ASSERT_TRUE(put(cache, signature));
  used_ago("aa", std::chrono::minutes(30));
  used_ago("bb", std::chrono::minutes(60));
  ASSERT_TRUE(put(cache, "cc"));
  EXPECT_FALSE(cache.find("bb"));
  EXPECT_TRUE(cache.find("aa"));
  EXPECT_TRUE(cache.find("cc"));
}

TEST_F(KernelCacheTest, KeepsWhatSomebodyMayBeRunning) {
  const KernelCache cache(root(), 500);
  for (const char* signature : {"aa", "bb"}) ASSERT_TRUE(put(cache, signature));
  EXPECT_TRUE(cache.find("aa"));
  EXPECT_TRUE(cache.find("bb"));
}

TEST_F(KernelCacheTest, AFailedPutLeavesNothing) {
  const KernelCache cache(root(), 1 << 20);
  const std::pair<std::string, fs::path> files[] = {{"vmlinux", m_folder->path() / "missing"}};
  EXPECT_FALSE(cache.put("aa", files));
  EXPECT_FALSE(cache.find("aa"));
  EXPECT_TRUE(fs::is_empty(root() / "kernels"));
}

TEST_F(KernelCacheTest, RecallsRecords) {
  const KernelCache cache(root(), 1 << 20);
  model::BuildRecord record;
  record.status = model::BuildStatus::broken;
  record.compiler = "gcc";
  record.text = "a.c:1: error: \xff\n";
  ASSERT_TRUE(cache.remember("key", record));
  const auto known = cache.recall("key");
  ASSERT_TRUE(known);
  EXPECT_EQ(known->status, model::BuildStatus::broken);
  EXPECT_EQ(known->compiler, "gcc");
  EXPECT_EQ(known->text, "a.c:1: error: \xef\xbf\xbd\n");
  EXPECT_FALSE(cache.recall("other"));
}

TEST_F(KernelCacheTest, ForgetsFailuresOnly) {
  const KernelCache cache(root(), 1 << 20);
  ASSERT_TRUE(cache.forget_failures()) << "nothing is there";
  model::BuildRecord broken;
  broken.status = model::BuildStatus::broken;
  ASSERT_TRUE(cache.remember("broken", broken));
  ASSERT_TRUE(cache.remember("fine", {}));
  ASSERT_TRUE(cache.forget_failures());
  EXPECT_FALSE(cache.recall("broken"));
  EXPECT_TRUE(cache.recall("fine"));
}

TEST_F(KernelCacheTest, ADamagedRecordIsNone) {
  const KernelCache cache(root(), 1 << 20);
  ASSERT_TRUE(cache.remember("key", {}));
  for (const char* damaged : {"", "{", "[]", "{\"status\": 1}", "{\"status\": \"odd\"}"}) {
    ASSERT_TRUE(base::write_file_atomically(root() / "index" / "key", damaged));
    EXPECT_FALSE(cache.recall("key")) << damaged;
  }
}

}  // namespace
}  // namespace culprit::build
