// Which texts are kept, and what answers later.

#include "service/core/texts.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "service/client/client.h"
#include "service/web/server.h"

namespace culprit::service {
namespace {

class Hands final : public base::Clock {
 public:
  double wall() const override { return 0; }
  double monotonic() const override { return now; }
  double now = 0;
};

class TextsTest : public testing::Test {
 protected:
  // The text as it was told, each of which takes a second.
  std::string told(Texts& texts, std::int64_t job, StorePlace place, bool runs) {
    const Texts::Wanted wanted{job, "log", place, runs};
    if (const auto kept = texts.kept(wanted)) return *kept->text;
    const auto made = texts.told(wanted, [&]() -> base::Result<std::string> {
      m_clock.now += 1;
      return "text " + std::to_string(++m_made);
    });
    return *made->text;
  }
  Hands m_clock;
  int m_made = 0;
};

TEST_F(TextsTest, AnEndedJobsTextIsToldOnceUntilThereIsMoreToSay) {
  Texts texts(m_clock);
  EXPECT_EQ(told(texts, 1, {1, 5}, false), "text 1");
  m_clock.now += 1000;
  EXPECT_EQ(told(texts, 1, {1, 5}, false), "text 1");
  EXPECT_EQ(told(texts, 2, {1, 5}, false), "text 2");
  EXPECT_EQ(told(texts, 1, {1, 6}, false), "text 3");
  EXPECT_EQ(told(texts, 1, {2, 5}, false), "text 4");
}

TEST_F(TextsTest, ARunningJobsTextTakesATwentiethOfTheTimeAtMost) {
  Texts texts(m_clock);
  EXPECT_EQ(told(texts, 1, {1, 5}, true), "text 1");
  m_clock.now += 19;
  EXPECT_EQ(told(texts, 1, {1, 9}, true), "text 1");
  m_clock.now += 2;
  EXPECT_EQ(told(texts, 1, {1, 10}, true), "text 2");
  // Its end is told at once, and another bisection is not the old one.
  EXPECT_EQ(told(texts, 1, {1, 11}, false), "text 3");
  EXPECT_EQ(told(texts, 1, {2, 1}, true), "text 4");
}

TEST_F(TextsTest, WhatFailsIsTriedAgain) {
  Texts texts(m_clock);
  const Texts::Wanted wanted{1, "log", {1, 1}, false};
  EXPECT_FALSE(texts.told(wanted, [] { return base::fail(base::ErrorKind::usage, "nothing has run yet"); }));
  EXPECT_FALSE(texts.kept(wanted));
  EXPECT_EQ(told(texts, 1, {1, 1}, false), "text 1");
}

TEST_F(TextsTest, WhatNobodyAskedForTheLongestGoesFirst) {
  Texts texts(m_clock, 13);  // two of "text N"
  told(texts, 1, {1, 1}, false);
  told(texts, 2, {1, 1}, false);
  told(texts, 1, {1, 1}, false);
  told(texts, 3, {1, 1}, false);
  EXPECT_TRUE(texts.kept({1, "log", {1, 1}, false}));
  EXPECT_FALSE(texts.kept({2, "log", {1, 1}, false}));
  EXPECT_TRUE(texts.kept({3, "log", {1, 1}, false}));
}

TEST_F(TextsTest, WhoAsksForWhatIsBeingMadeGetsTheSameOne) {
  Texts texts(m_clock);
  const Texts::Wanted wanted{1, "log", {1, 1}, false};
  std::promise<void> begun;
  std::promise<void> go;
  std::atomic<int> made = 0;
  const auto slowly = [&]() -> base::Result<std::string> {
    ++made;
    begun.set_value();
    go.get_future().wait();
    return "slow";
  };
  auto first = std::async(std::launch::async, [&] { return texts.told(wanted, slowly); });
  begun.get_future().wait();
  auto second = std::async(std::launch::async, [&] { return texts.told(wanted, slowly); });
  go.set_value();
  EXPECT_EQ(*first.get()->text, "slow");
  EXPECT_EQ(*second.get()->text, "slow");
  EXPECT_EQ(made, 1);
}

// More slow answers than the server has threads, and a quick one beside them.
TEST(ServerTest, WhatTakesLongKeepsNobodyElseWaiting) {
  std::promise<void> go;
  const std::shared_future<void> gone = go.get_future().share();
  const auto server = Server::start({.port = 0}, [&](const Request& request) -> Response {
    if (request.path == "/quick") return {.body = "quick"};
    return {.later = [&]() -> Response {
      gone.wait();
      return {.body = "slow"};
    }};
  });
  ASSERT_TRUE(server);
  const ServerAddress address{"http://127.0.0.1:" + std::to_string((*server)->port()), ""};
  std::vector<std::future<base::Result<std::string>>> slow;
  for (int i = 0; i < 8; ++i)
    slow.push_back(std::async(std::launch::async, [&] { return call(address, "GET", "/slow", ""); }));
  for (int i = 0; i < 8; ++i) EXPECT_EQ(call(address, "GET", "/quick", "").value_or(""), "quick");
  go.set_value();
  for (auto& answer : slow) EXPECT_EQ(answer.get().value_or(""), "slow");
}

}  // namespace
}  // namespace culprit::service
