#include "post/post.h"

#include <gtest/gtest.h>

namespace culprit::post {
namespace {

// RFC 4231, test cases 1 and 2.
TEST(Post, SignsAsRfc4231Says) {
  EXPECT_EQ(signature(std::string(20, '\x0b'), "Hi There"),
            "sha256=b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(signature("Jefe", "what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Post, AddressesThatWouldSayMoreAreNone) {
  for (const char* good : {"a@b", "first.last+tag@lists.example.org", "a'b@example.org"})
    EXPECT_TRUE(is_plain_address(good)) << good;
  for (const char* bad :
       {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b>\r\nDATA", "<a@b>", "-oQ/tmp@b", "a@b,c@d", "a@b\n"})
    EXPECT_FALSE(is_plain_address(bad)) << bad;
}

TEST(Post, WhatCannotGoOutIsRefusedBeforeAnythingIsSent) {
  const Envelope good{"me@example.org", {"you@example.org"}, "Subject: x\n\nx\n"};
  EXPECT_EQ(send_by_smtp({.url = "http://x"}, good).error().what, "'http://x' is no mail server");
  Envelope nobody = good;
  nobody.to.clear();
  EXPECT_EQ(send_by_smtp({.url = "smtp://127.0.0.1:1"}, nobody).error().what, "the mail is to nobody");
  EXPECT_EQ(post_hook({.url = "ftp://x", .secret = "s"}, "{}").error().what,
            "'ftp://x' is no address of a webhook");
  EXPECT_EQ(post_hook({.url = "http://x"}, "{}").error().what,
            "a webhook without a secret cannot be trusted by who gets it");
}

TEST(Post, AServerThatIsNotThereRefuses) {
  const auto delivery = send_by_smtp({.url = "smtp://127.0.0.1:1", .timeout_s = 5},
                                     {"me@example.org", {"you@example.org"}, "Subject: x\n\nx\n"});
  ASSERT_TRUE(delivery);
  EXPECT_EQ(delivery->stage, model::PostStage::refused);
}

}  // namespace
}  // namespace culprit::post
