#include "run/snapshot/snapshots.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/rng.h"
#include "run/snapshot/agreement.h"

namespace culprit::run {
namespace {

using model::RawRun;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(AgreementTest, IsFishersExactTestForOneImage) {
  Agreement agreement;
  for (int i = 0; i < 4; ++i) agreement.add("a", false, "crash");
  for (int i = 0; i < 4; ++i) agreement.add("a", true, "ok");
  const auto difference = agreement.greatest();
  EXPECT_NEAR(difference.p, 2 * 2.0 / 70, 1e-9);  // two-sided, of two outcomes
  EXPECT_EQ(difference.restored + difference.booted, 4);
}

TEST(AgreementTest, ImagesOfOneOutcomeSayNothing) {
  Agreement agreement;
  for (int i = 0; i < 50; ++i) agreement.add("bad", false, "crash");
  for (int i = 0; i < 50; ++i) agreement.add("good", true, "ok");
  agreement.add("bad", true, "crash");
  agreement.add("good", false, "ok");
  EXPECT_EQ(agreement.greatest().p, 1);
}

TEST(AgreementTest, SmallDifferencesOfManyImagesAddUp) {
  Agreement agreement;
  double before = 1;
  for (const char* image : {"a", "b", "c", "d"}) {
    agreement.add(image, false, "crash");
    for (int i = 0; i < 9; ++i) agreement.add(image, true, "ok");
    EXPECT_LE(agreement.greatest().p, before);
    before = agreement.greatest().p;
  }
  EXPECT_NEAR(before, 2e-4, 1e-9);  // 1/10 four times, of two outcomes
}

TEST(AgreementTest, ChanceAloneIsRarelyBeyondTheLimit) {
  base::Rng rng(7);
  int alarms = 0;
  constexpr int k_trials = 300;
  for (int trial = 0; trial < k_trials; ++trial) {
    Agreement agreement;
    for (int image = 0; image < 4; ++image)
      for (int i = 0; i < 20; ++i)
        agreement.add(std::to_string(image), i % 5 != 0, rng.chance(0.5) ? "crash" : "ok");
    alarms += static_cast<int>(agreement.greatest().p < 0.01);
  }
  EXPECT_LE(alarms, 0.02 * k_trials);
}

class SnapshotsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = base::TempDir::create("culprit-test-");
    ASSERT_TRUE(folder);
    m_folder.emplace(std::move(*folder));
  }

  std::filesystem::path kernel(const std::string& name) {
    std::filesystem::create_directory(m_folder->path() / name);
    return m_folder->path() / name;
  }

  // One run to its end; a guest that is to be saved is. 'C' for cold, 'S' for cold and saved, 'R' for restored.
  char run(const std::filesystem::path& artifact, const std::string& cold, const std::string& restored) {
    const Turn turn = m_snapshots.next(artifact);
    if (turn.saved) {
      std::ofstream(turn.saved->state()) << "memory";
      m_snapshots.saved(artifact, turn);
    }
    m_snapshots.ended(artifact, turn, RawRun{.console = turn.restored ? restored : cold});
    return turn.restored ? 'R' : turn.saved ? 'S' : 'C';
  }

  std::string runs(const std::filesystem::path& artifact, int count, const std::string& cold = "ok",
                   const std::string& restored = "ok") {
    std::string turns;
    for (int i = 0; i < count; ++i) turns += run(artifact, cold, restored);
    return turns;
  }

  std::optional<base::TempDir> m_folder;
  std::vector<std::string> m_notes;
  Snapshots m_snapshots{[](const RawRun& run) { return run.console; },
                        [this](const std::string& text) { m_notes.push_back(text); }};
};

TEST_F(SnapshotsTest, OnTheFirstKernelColdAndRestoredTakeTurns) {
  EXPECT_EQ(runs(kernel("a"), 20), "SRSRSRSRRRRRRRRRSRRR");
  EXPECT_EQ(runs(kernel("b"), 12), "SRRRRRRRRRSR");
  EXPECT_TRUE(m_notes.empty());
}

TEST_F(SnapshotsTest, AllSlotsShareOneFileWhichGoesWithTheLastOfThem) {
  const auto artifact = kernel("a");
  run(artifact, "ok", "ok");
  Turn first = m_snapshots.next(artifact);
  Turn cold = m_snapshots.next(artifact);
  ASSERT_TRUE(first.restored);
  ASSERT_TRUE(cold.saved);
  const auto state = first.restored->state();
  EXPECT_EQ(state.parent_path().parent_path(), artifact);
  m_snapshots.saved(artifact, cold);
  EXPECT_TRUE(std::filesystem::exists(state));
  first = {};
  EXPECT_FALSE(std::filesystem::exists(state));
}

TEST_F(SnapshotsTest, OneGuestIsSavedAtATime) {
  const auto artifact = kernel("a");
  EXPECT_TRUE(m_snapshots.next(artifact).saved);
  const Turn beside = m_snapshots.next(artifact);
  EXPECT_FALSE(beside.saved);
  EXPECT_FALSE(beside.restored);
}

TEST_F(SnapshotsTest, GuestsThatEndOtherwiseWhenRestoredAreBooted) {
  const auto artifact = kernel("a");
  runs(artifact, 40, "crash", "ok");
  ASSERT_EQ(m_notes.size(), 1U);
  EXPECT_THAT(m_notes[0],
              HasSubstr("from here on every guest is booted, none restored from a snapshot: restored "
                        "guests end otherwise than booted ones"));
  EXPECT_EQ(runs(kernel("b"), 3), "CCC");
}

TEST_F(SnapshotsTest, AFlakyBugIsNoDifference) {
  base::Rng rng(3);
  for (int i = 0; i < 200; ++i) {
    const std::string outcome = rng.chance(0.5) ? "crash" : "ok";
    run(kernel("a"), outcome, outcome);
  }
  EXPECT_TRUE(m_notes.empty());
}

TEST_F(SnapshotsTest, ThreeTroublesInARowAreEnough) {
  const auto artifact = kernel("a");
  for (int i = 0; i < 3; ++i) {
    run(artifact, "ok", "ok");
    Turn turn = m_snapshots.next(artifact);
    if (!turn.restored) turn = m_snapshots.next(artifact);
    ASSERT_TRUE(turn.restored);
    m_snapshots.failed(artifact, turn, "QEMU cannot start: no such section");
  }
  EXPECT_THAT(m_notes,
              ElementsAre("from here on every guest is booted, none restored from a snapshot: QEMU cannot "
                          "start: no such section"));
  EXPECT_EQ(runs(artifact, 2), "CC");
}

TEST_F(SnapshotsTest, FewKernelsKeepOne) {
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) run(kernel(name), "ok", "ok");
  int kept = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(m_folder->path()))
    kept += static_cast<int>(entry.path().filename() == "state");
  EXPECT_EQ(kept, 4);
}

}  // namespace
}  // namespace culprit::run
