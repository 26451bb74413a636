#include "identity/looks/kinds.h"

#include <gtest/gtest.h>

#include <set>

#include "console/match/rule.h"

namespace culprit::identity {
namespace {

TEST(TitleVocabulary, NoRowHidesALaterOne) {
  const auto rows = title_rows();
  for (std::size_t later = 0; later < rows.size(); ++later)
    for (std::size_t earlier = 0; earlier < later; ++earlier)
      EXPECT_FALSE(rows[later].words.starts_with(rows[earlier].words))
          << rows[earlier].words << " hides " << rows[later].words;
}

TEST(TitleVocabulary, KnowsEveryKindThatHasATitle) {
  std::set<Kind> seen;
  for (const TitleRow& row : title_rows()) seen.insert(row.kind);
  for (int kind = 0; kind <= static_cast<int>(Kind::time_out); ++kind)
    EXPECT_EQ(seen.contains(static_cast<Kind>(kind)), static_cast<Kind>(kind) != Kind::other)
        << traits_of(static_cast<Kind>(kind)).words;
}

// What the console's rules make of a report must not be unknown here. A title whose beginning is taken from
// the console text is filled in with what stands there.
TEST(TitleVocabulary, KnowsWhatTheConsoleCallsKernelReports) {
  const std::set<std::string_view> without_kind = {
      "alignment check in {frame}",
      "Alignment trap in {frame}",
      "Bad mode in {frame}",
      "trusty: ASSERT FAILED: {1}",
      "trusty: ASSERT FAILED:",
      "{d1} in {frame}",
      "{1} in {frame}",
      "INFO: {1}",
      "BUG: {1}",
      "BUG: {1} in {frame}",
  };
  for (const auto table : console::rule_tables())
    for (const console::Rule& rule : table) {
      if (rule.title.empty() || rule.user || without_kind.contains(rule.title)) continue;
      std::string title(rule.title);
      for (const auto& [from, to] : {std::pair<std::string, std::string>{"{1}: ", "WARNING: "},
                                     {"KASAN: {1}", "KASAN: slab-out-of-bounds"},
                                     {"KMSAN: {1}", "KMSAN: uninit-value"},
                                     {"KFENCE: {1} {2}", "KFENCE: out-of-bounds read"},
                                     {"UBSAN: {1}", "UBSAN: shift-out-of-bounds"},
                                     {"using {1}", "using smp_processor_id()"},
                                     {"BUG: spinlock {1}", "BUG: spinlock wrong CPU"},
                                     {"BUG: rwlock {1}", "BUG: rwlock wrong CPU"},
                                     {"BUG: {1} bad magic", "BUG: spinlock bad magic"},
                                     {"BUG: {1} too low!", "BUG: MAX_LOCKDEP_KEYS too low!"},
                                     {"kernel panic: {1}", "kernel panic: stuck"},
                                     {"{1} assert failed", "UBI assert failed"},
                                     {"b{1}", "bad of_node_put()"},
                                     {"{frame}", "foo_bar"}})
        if (const std::size_t at = title.find(from); at != std::string::npos)
          title.replace(at, from.size(), to);
      EXPECT_NE(parse_title(title).kind, Kind::other) << title << " (" << rule.id << ")";
    }
}

TEST(ParseTitle, FindsTheFunction) {
  EXPECT_EQ(parse_title("possible deadlock in vfs_fallocate").function, "vfs_fallocate");
  EXPECT_EQ(parse_title("KASAN: use-after-free Read in __lock_acquire").function, "__lock_acquire");
  EXPECT_EQ(parse_title("KCSAN: data-race in foo_set / foo_get").function, "foo_set");
  EXPECT_EQ(parse_title("WARNING in submit_rx_urb/usb_submit_urb").function, "submit_rx_urb");
  EXPECT_EQ(parse_title("BUG: using smp_processor_id() in preemptible code in get_cache_size").function,
            "get_cache_size");
  EXPECT_EQ(parse_title("attempt to subtract with overflow in <rust_binder::process::Process>::update_ref")
                .function,
            "<rust_binder::process::Process>::update_ref");
  EXPECT_EQ(parse_title("WARNING in corrupted").function, "");
  EXPECT_EQ(parse_title("BUG: workqueue lockup").function, "");
}

TEST(ParseTitle, FindsTheFileOfAnAssertion) {
  EXPECT_EQ(parse_title("kernel BUG at arch/x86/kvm/mmu.c:LINE!").file, "arch/x86/kvm/mmu.c");
  EXPECT_EQ(parse_title("kernel BUG at fs/ext4/inode.c:2753!").file, "fs/ext4/inode.c");
  EXPECT_EQ(parse_title("kernel BUG in ext4_writepages").file, "");
}

TEST(ParseTitle, WordsOfOneKindShareIt) {
  const auto same = [](const char* a, const char* b) { return parse_title(a).kind == parse_title(b).kind; };
  EXPECT_TRUE(same("WARNING: bad unlock balance in f", "BUG: bad unlock balance in f"));
  EXPECT_TRUE(same("INFO: suspicious RCU usage in f", "WARNING: suspicious RCU usage in f"));
  EXPECT_TRUE(same("KASAN: slab-use-after-free Read in f", "KASAN: use-after-free Write in f"));
  EXPECT_FALSE(same("WARNING: bad unlock balance in f", "possible deadlock in f"));
  EXPECT_FALSE(same("WARNING: refcount bug in f", "WARNING in f"));
}

TEST(Kinship, IsSymmetric) {
  const int kinds = static_cast<int>(Kind::time_out) + 1;
  for (int a = 0; a < kinds; ++a)
    for (int b = 0; b < kinds; ++b)
      EXPECT_EQ(kinship(static_cast<Kind>(a), static_cast<Kind>(b)),
                kinship(static_cast<Kind>(b), static_cast<Kind>(a)))
          << a << " " << b;
}

TEST(Kinship, NothingIsNearerToAKindThanItself) {
  const int kinds = static_cast<int>(Kind::time_out) + 1;
  for (int a = 0; a < kinds; ++a)
    for (int b = 0; b < kinds; ++b) {
      if (a == b || static_cast<Kind>(b) == Kind::exit_code || static_cast<Kind>(a) == Kind::exit_code)
        continue;
      EXPECT_LT(kinship(static_cast<Kind>(a), static_cast<Kind>(b)),
                kinship(static_cast<Kind>(a), static_cast<Kind>(a)) + 0.5)
          << traits_of(static_cast<Kind>(a)).words << " / " << traits_of(static_cast<Kind>(b)).words;
    }
}

TEST(Kinship, AnUnlockImbalanceIsNoRecursiveLock) {
  EXPECT_LT(kinship(Kind::unlock_balance, Kind::lock_order), -3);
  EXPECT_LT(kinship(Kind::lock_order, Kind::use_after_free), -2);
}

TEST(Silences, TheValidatorSpeaksOnce) {
  EXPECT_TRUE(silences({Kind::lock_order, ""}, {Kind::unlock_balance, ""}));
  EXPECT_TRUE(silences({Kind::lockdep_limit, ""}, {Kind::lock_order, ""}));
  EXPECT_TRUE(silences({Kind::lock_order, ""}, {Kind::rcu_usage, ""}));
  EXPECT_FALSE(silences({Kind::rcu_usage, ""}, {Kind::lock_order, ""}));
  EXPECT_FALSE(silences({Kind::lock_order, ""}, {Kind::use_after_free, ""}));
  EXPECT_FALSE(silences({Kind::warning, ""}, {Kind::lock_order, ""}));
  EXPECT_TRUE(silences({Kind::lock_setup, ""}, {Kind::lock_order, ""}));
  EXPECT_FALSE(silences({Kind::lock_order, ""}, {Kind::lock_setup, ""}));
}

TEST(Detectors, KasanIsSilentAfterItsFirstReport) {
  const KindAndTitle kasan = {Kind::use_after_free, "KASAN: use-after-free Read in f"};
  const KindAndTitle fault = {Kind::use_after_free, "BUG: unable to handle kernel paging request in f"};
  EXPECT_TRUE(silences(kasan, kasan));
  EXPECT_FALSE(silences(kasan, fault));
  EXPECT_FALSE(silences(fault, kasan));
}

TEST(Detectors, TitlesTellThem) {
  using enum model::DetectorId;
  const auto of = [](std::string_view title) { return detector_of(parse_title(title).kind, title); };
  EXPECT_EQ(of("possible deadlock in f"), lockdep);
  EXPECT_EQ(of("WARNING: still has locks held in f"), lockdep);
  EXPECT_EQ(of("WARNING: suspicious RCU usage in f"), prove_rcu);
  EXPECT_EQ(of("KASAN: slab-out-of-bounds Read in f"), kasan);
  EXPECT_EQ(of("KMSAN: uninit-value in f"), kmsan);
  EXPECT_EQ(of("BUG: sleeping function called from invalid context in f"), atomic_sleep);
  EXPECT_EQ(of("BUG: scheduling while atomic in f"), none);
  EXPECT_EQ(of("WARNING: ODEBUG bug in f"), objects);
  EXPECT_EQ(of("WARNING: refcount bug in f"), none);
  EXPECT_EQ(of("INFO: task hung in f"), hung_task);
}

}  // namespace
}  // namespace culprit::identity
