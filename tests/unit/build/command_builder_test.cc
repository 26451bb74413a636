#include "build/command_builder.h"

#include <gmock/gmock.h>

#include <fmt/format.h>

#include "base/files.h"
#include "base/process/subprocess.h"

namespace culprit::build {
namespace {

namespace fs = std::filesystem;
using base::CancelToken;
using model::BuildStatus;
using testing::HasSubstr;

model::CommitId commit(int n) { return *model::CommitId::from_hex(fmt::format("{:040x}", n)); }

// Revisions of one tracked file, `source`, whose text is "revision N"; each slot is a git repository.
class FakeCheckout final : public Checkout {
 public:
  FakeCheckout() : m_top(std::move(*base::TempDir::create("culprit-build-test-"))) {}

  base::Result<fs::path> at(const model::CommitId& id, int slot) override {
    ++checkouts;
    fs::path folder = this->slot(slot);
    if (!fs::exists(folder)) {
      fs::create_directories(folder);
      const CancelToken never;
      const auto tool = [&](std::vector<std::string> argv) {
        const auto done = base::run_tool({.argv = std::move(argv), .cwd = folder}, never);
        EXPECT_TRUE(done) << base::render(done.error());
      };
      tool({"git", "init", "-q"});
      EXPECT_TRUE(base::write_file_atomically(folder / "source", ""));
      tool({"git", "add", "source"});
      tool({"git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "start"});
    }
    EXPECT_TRUE(base::write_file_atomically(folder / "source", "revision " + id.hex().substr(39)));
    return folder;
  }
  base::Result<std::string> tree(const model::CommitId& id) override { return "tree-" + id.hex().substr(39); }

  fs::path slot(int n) const { return m_top.path() / std::to_string(n); }
  int checkouts = 0;

 private:
  base::TempDir m_top;
};

class CommandBuilderTest : public testing::Test {
 protected:
  static BuildProduct build(CommandBuilder& builder, int n, int slot = 0, const std::string& variant = {}) {
    const CancelToken never;
    auto product = builder.build(commit(n), variant, slot, never);
    EXPECT_TRUE(product) << base::render(product.error());
    return product ? *product : BuildProduct{};
  }
  static std::string contents(const fs::path& path) { return base::read_file(path).value_or("(absent)"); }

  FakeCheckout m_checkout;
};

TEST_F(CommandBuilderTest, WithoutACommandACheckoutIsAll) {
  CommandBuilder builder({}, m_checkout);
  const BuildProduct product = build(builder, 1);
  EXPECT_EQ(product.record.status, BuildStatus::ok);
  EXPECT_EQ(product.record.commit, commit(1));
  EXPECT_EQ(product.record.signature, "tree-1");
  EXPECT_EQ(product.artifact, m_checkout.slot(0));
  EXPECT_EQ(contents(product.artifact / "source"), "revision 1");
}

TEST_F(CommandBuilderTest, CommandRunsInTheWorktreeAndKnowsItsRevision) {
  CommandBuilder builder(
      {.command = "pwd >out; echo $CULPRIT_COMMIT $CULPRIT_SLOT $CULPRIT_VARIANT $MORE >>out",
       .environment = {{"MORE", "more"}}},
      m_checkout);
  const BuildProduct product = build(builder, 1, 2, "small");
  EXPECT_EQ(contents(product.artifact / "out"),
            product.artifact.string() + "\n" + commit(1).hex() + " 2 small more\n");
  EXPECT_EQ(product.record.variant, "small");
  EXPECT_EQ(product.record.signature, "tree-1+small");
  EXPECT_GT(product.record.seconds, 0);
}

TEST_F(CommandBuilderTest, SlotThatHoldsTheRevisionIsFreeAndOneThatMovedOnIsRebuilt) {
  CommandBuilder builder({.command = "cat source >>log; echo >>log"}, m_checkout);
  build(builder, 1);
  const BuildProduct again = build(builder, 1);
  EXPECT_EQ(again.record.seconds, 0);
  EXPECT_EQ(again.record.signature, "tree-1");
  build(builder, 2);
  build(builder, 1, 1);  // another slot: its own worktree
  build(builder, 1);
  EXPECT_EQ(contents(m_checkout.slot(0) / "log"), "revision 1\nrevision 2\nrevision 1\n");
  EXPECT_EQ(contents(m_checkout.slot(1) / "log"), "revision 1\n");
  EXPECT_EQ(m_checkout.checkouts, 4);
  build(builder, 1, 0, "variant");  // another variant is another build
  EXPECT_EQ(m_checkout.checkouts, 5);
}

TEST_F(CommandBuilderTest, CleanRemovesWhatEarlierBuildsLeft) {
  CommandBuilder builder({.command = "cat source >>log", .clean = true}, m_checkout);
  build(builder, 1);
  build(builder, 2);
  EXPECT_EQ(contents(m_checkout.slot(0) / "log"), "revision 2");
}

TEST_F(CommandBuilderTest, CleanNeverReachesAnotherWorktreeThatTheEnvironmentNames) {
  const auto user = base::TempDir::create("culprit-build-test-");
  ASSERT_TRUE(user);
  ASSERT_TRUE(base::write_file_atomically(user->path() / "untracked", "precious"));
  CommandBuilder builder({.command = "cat source >>log", .clean = true}, m_checkout);
  build(builder, 1);
  ::setenv("GIT_WORK_TREE", user->path().c_str(), 1);
  build(builder, 2);
  ::unsetenv("GIT_WORK_TREE");
  EXPECT_EQ(contents(user->path() / "untracked"), "precious");
  EXPECT_EQ(contents(m_checkout.slot(0) / "log"), "revision 2");
}

TEST_F(CommandBuilderTest, FailureIsABrokenRevisionWithTheEndOfItsOutput) {
  CommandBuilder builder({.command = "seq 200; echo main.c:1: error >&2; exit 2"}, m_checkout);
  const BuildProduct product = build(builder, 1);
  EXPECT_EQ(product.record.status, BuildStatus::broken);
  EXPECT_EQ(product.record.signature, "");
  EXPECT_THAT(product.record.text, testing::StartsWith("102\n103\n"));
  EXPECT_THAT(product.record.text, testing::EndsWith("\n200\nmain.c:1: error"));
  build(builder, 1);
  EXPECT_EQ(m_checkout.checkouts, 2);  // who asks again wants to know whether it fails again
}

TEST_F(CommandBuilderTest, SkipCodeSignalAndMissingFolderAreBrokenToo) {
  CommandBuilder skip({.command = "exit 125"}, m_checkout);
  EXPECT_EQ(build(skip, 1).record.status, BuildStatus::broken);
  CommandBuilder signal({.command = "echo x; kill -9 $$"}, m_checkout);
  const auto dead = build(signal, 1).record;
  EXPECT_EQ(dead.status, BuildStatus::broken);
  EXPECT_EQ(dead.text, "x\nculprit: the build died of signal 9");
  CommandBuilder nowhere({.command = "true", .subdirectory = "absent"}, m_checkout);
  EXPECT_EQ(build(nowhere, 1).record.text, "culprit: this revision has no folder absent");
}

TEST_F(CommandBuilderTest, BuildThatWasCutOffLeavesNothingForTheNext) {
  CommandBuilder builder({.command = "test -e half && exit 1; echo x >half; "
                                     "grep -q 1 source && sleep 1000; true",
                          .timeout_s = 0.3},
                         m_checkout);
  const auto slow = build(builder, 1).record;
  EXPECT_EQ(slow.status, BuildStatus::broken);
  EXPECT_EQ(slow.text, "culprit: the build did not end within 0.3 s");
  EXPECT_TRUE(fs::exists(m_checkout.slot(0) / "half"));
  CommandBuilder later({.command = "test -e half && exit 1; echo x >half"}, m_checkout);
  EXPECT_EQ(build(later, 2).record.status, BuildStatus::ok);
  EXPECT_TRUE(fs::exists(m_checkout.slot(0) / "half"));  // a build that ended leaves its files
}

TEST_F(CommandBuilderTest, AFailureCountsOnceItCameFromClean) {
  // What the build of another revision left is in the way.
  CommandBuilder builder({.command = "test -e left && exit 1; cp source left"}, m_checkout);
  EXPECT_TRUE(build(builder, 1).record.from_clean);  // nothing was there
  const auto second = build(builder, 2).record;
  EXPECT_EQ(second.status, BuildStatus::ok);
  EXPECT_TRUE(second.from_clean);
  CommandBuilder next({.command = "true"}, m_checkout);
  EXPECT_FALSE(build(next, 1).record.from_clean);
  CommandBuilder never({.command = "echo x >>tries; exit 1"}, m_checkout);
  EXPECT_EQ(build(never, 3).record.status, BuildStatus::broken);
  EXPECT_EQ(contents(m_checkout.slot(0) / "tries"), "x\n");
}

TEST_F(CommandBuilderTest, StartsFromNothingWhereThatIsAsked) {
  CommandBuilder builder({.command = "cat source >>log"}, m_checkout);
  build(builder, 1);
  EXPECT_TRUE(build(builder, 1).held);
  builder.start_clean(0);
  const BuildProduct clean = build(builder, 1);
  EXPECT_FALSE(clean.held);
  EXPECT_TRUE(clean.record.from_clean);
  EXPECT_EQ(contents(m_checkout.slot(0) / "log"), "revision 1");
  EXPECT_TRUE(build(builder, 1).held);  // once
}

TEST_F(CommandBuilderTest, MachineThatFailsIsNotTheRevisionsFault) {
  CommandBuilder memory(
      {.command = "echo 'g++: fatal error: Killed signal terminated program cc1plus'; exit 1"}, m_checkout);
  EXPECT_EQ(build(memory, 1).record.status, BuildStatus::infra);
  build(memory, 1);
  EXPECT_EQ(m_checkout.checkouts, 2);  // tried again

  CommandBuilder disk({.command = "echo 'as: main.o: No space left on device'; exit 1"}, m_checkout);
  // There is room (again), so it is tried again; tests/e2e/full-disk.sh has a disk that is full.
  const auto full = build(disk, 1);
  EXPECT_EQ(full.record.status, BuildStatus::infra);
  EXPECT_THAT(full.record.text, HasSubstr("No space left on device"));
}

TEST_F(CommandBuilderTest, BuildThatIsEndedFromOutsideIsNotBrokenAndTheNextStartsClean) {
  CommandBuilder ended({.command = "echo half > object; kill -TERM $PPID; sleep 1000"}, m_checkout);
  const CancelToken never;
  const auto product = ended.build(commit(1), "", 0, never);
  ASSERT_FALSE(product);
  EXPECT_EQ(product.error().kind, base::ErrorKind::interrupted);
  EXPECT_EQ(product.error().what, "the run of 'sh' was ended from outside (SIGTERM)");
  CommandBuilder next({.command = "cat object"}, m_checkout);
  EXPECT_EQ(build(next, 1).record.status, BuildStatus::broken);
}

TEST_F(CommandBuilderTest, CancellationIsAnInterruptionAndTheSlotHoldsNothing) {
  CancelToken cancel;
  cancel.cancel();
  CommandBuilder builder({.command = "true"}, m_checkout);
  const auto stopped = builder.build(commit(1), "", 0, cancel);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, base::ErrorKind::interrupted);
  EXPECT_EQ(build(builder, 1).record.status, BuildStatus::ok);
}

TEST_F(CommandBuilderTest, ArtifactsMakeTheSignature) {
  CommandBuilder builder({.command = "mkdir -p out/lib; echo same >out/lib/a; cp source out/b.o",
                          .artifacts = {"out/lib", "out/*.bin"}},
                         m_checkout);
  const BuildProduct unmatched = build(builder, 1);
  EXPECT_EQ(unmatched.record.signature, "tree-1");  // a pattern matches nothing
  EXPECT_EQ(
      unmatched.remark,
      "a build made no 'out/*.bin' (--artifact counts from the top of the checkout): where it is missing, "
      "equal builds are not known for equal");

  CommandBuilder equal({.command = "true", .artifacts = {"out/lib"}}, m_checkout);
  const std::string signature = build(equal, 2).record.signature;
  EXPECT_EQ(signature, base::sha256(base::sha256("same\n") + "  out/lib/a\n"));
  EXPECT_EQ(build(equal, 3).record.signature, signature);
  EXPECT_EQ(build(equal, 3).remark, "");

  CommandBuilder different({.command = "cp source out/b.o", .artifacts = {"out/lib", "out/*.o"}}, m_checkout);
  EXPECT_NE(build(different, 4).record.signature, build(different, 5).record.signature);
}

// A fake of what can be put aside: folders that are renamed.
class KeepingCheckout final : public Checkout {
 public:
  explicit KeepingCheckout(FakeCheckout& inner) : m_inner(inner) {}
  base::Result<fs::path> at(const model::CommitId& id, int slot) override { return m_inner.at(id, slot); }
  base::Result<std::string> tree(const model::CommitId& id) override { return m_inner.tree(id); }
  base::Result<bool> put_aside(int slot, const std::string& name, bool copy) override {
    fs::rename(m_inner.slot(slot), m_inner.slot(slot).string() + "-" + name);
    if (copy)
      fs::copy(m_inner.slot(slot).string() + "-" + name, m_inner.slot(slot), fs::copy_options::recursive);
    return true;
  }
  base::Result<bool> bring_back(int slot, const std::string& name, const model::CommitId&) override {
    fs::remove_all(m_inner.slot(slot));
    fs::rename(m_inner.slot(slot).string() + "-" + name, m_inner.slot(slot));
    return true;
  }
  base::Result<void> drop(const std::string& name) override {
    dropped.push_back(name);
    return {};
  }
  std::vector<std::string> dropped;

 private:
  FakeCheckout& m_inner;
};

TEST_F(CommandBuilderTest, ARevisionThatLeftItsSlotComesBackBuilt) {
  FakeCheckout files;
  KeepingCheckout checkout(files);
  CommandBuilder builder({.command = "cp source built; echo x >> ../count"}, checkout);
  build(builder, 1);
  build(builder, 2);
  EXPECT_TRUE(builder.holds(commit(1), "", 0));
  EXPECT_FALSE(builder.holds(commit(1), "", 1));
  const BuildProduct back = build(builder, 1);
  EXPECT_TRUE(back.held);
  EXPECT_EQ(contents(files.slot(0) / "built"), "revision 1");
  EXPECT_EQ(contents(files.slot(0) / "../count"), "x\nx\n");
  EXPECT_TRUE(build(builder, 2).held);
  EXPECT_EQ(contents(files.slot(0) / "built"), "revision 2");
}

TEST_F(CommandBuilderTest, WhatIsAskedForFromCleanIsNotWhatWasKept) {
  FakeCheckout files;
  KeepingCheckout checkout(files);
  CommandBuilder builder({.command = "cp source built"}, checkout);
  build(builder, 1);
  build(builder, 2);
  builder.start_clean(0);
  const BuildProduct clean = build(builder, 1);
  EXPECT_FALSE(clean.held);
  EXPECT_TRUE(clean.record.from_clean);
  EXPECT_EQ(checkout.dropped.size(), 1U);
  EXPECT_TRUE(build(builder, 2).held);
}

}  // namespace
}  // namespace culprit::build
