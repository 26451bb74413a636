// The mail beyond its golden drafts (answer_test.cc): whom it goes to, what it carries, when it must not go.
#include "output/mail.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/strings.h"
#include "output/words/mail_headers.h"
#include "tests/support/story.h"

namespace culprit::output {
namespace {

TEST(Mail, WhoHasSeveralRolesIsAsked) {
  const Addressees who = addressees({{"A", "a@x", "author, Signed-off-by"},
                                     {"M", "m@x", "maintainer:EXT4 FILE SYSTEM"},
                                     {"S", "s@x", "Cc, supporter:FROB"},
                                     {"", "list@x", "open list:EXT4 FILE SYSTEM"},
                                     {"C", "c@x", "Cc"}});
  std::string to, cc;
  for (const Contact& c : who.to) to += c.email + " ";
  for (const Contact& c : who.cc) cc += c.email + " ";
  EXPECT_EQ(to, "a@x m@x s@x ");
  EXPECT_EQ(cc, "c@x list@x ");
}

TEST(Mail, IsToThoseWhoWouldGetACopyWhereNobodyIsAsked) {
  CommitTexts texts = story_texts();
  texts.contacts = [](const model::CommitId&) {
    return std::vector<Contact>{{"", "list@example.org", "open list"}};
  };
  const auto mail = draft_mail(fold(found_story().events()), texts);
  ASSERT_TRUE(mail);
  ASSERT_EQ(mail->to.size(), 1u);
  EXPECT_EQ(mail->to[0].email, "list@example.org");
  EXPECT_TRUE(mail->cc.empty());
}

TEST(Mail, CarriesThreadReporterAndCircumstances) {
  MailOptions options;
  options.from = Contact{"Lab", "lab@example.org", ""};
  options.reported_by = "Lab <lab@example.org>";
  options.in_reply_to = " <20240101.7@example.org> ";
  options.now = 1466661872;
  options.circumstances.architecture = "x86_64";
  options.circumstances.command_line = "console=ttyS0 oops=panic";
  options.circumstances.files = {{"repro.c", "int main() {}\n"},
                                 {"config", std::string(k_attachments_limit, 'x')}};
  const auto mail = draft_mail(fold(found_story().events()), story_texts(), options);
  ASSERT_TRUE(mail);
  const std::string text = render_mail(*mail);
  for (const char* part :
       {"From: Lab <lab@example.org>\n", "Date: Thu, 23 Jun 2016 06:04:32 +0000\n",
        "In-Reply-To: <20240101.7@example.org>\n", "References: <20240101.7@example.org>\n",
        "\nReported-by: Lab <lab@example.org>\n", "\nFixes: ", "\n#regzbot introduced: ",
        "  architecture: x86_64\n", "  command line: console=ttyS0 oops=panic\n", "  attached: repro.c\n",
        "filename=\"repro.c\"\n\nint main() {}\n", "  too large to attach: config, 60.0 KiB, sha256 "})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(Mail, TheCrashBeginsWithItsReport) {
  EXPECT_EQ(report_lines("init: hello\nculprit mark\n==========================\nWARNING: x\n[reproducer] "
                         "says\n a+0x1/0x2\n",
                         "[    3.14][  T1] WARNING: x"),
            "==========================\nWARNING: x\n a+0x1/0x2\n");
  EXPECT_EQ(report_lines("a\nb\n", ""), "a\nb\n");
  EXPECT_EQ(report_lines("a\nb\n", "not there"), "a\nb\n");
}

Summary with_answer(const std::function<void(model::Conclusion&)>& change) {
  Summary summary = fold(found_story().events());
  summary.conclusion->probability = 0.995;
  change(*summary.conclusion);
  return summary;
}

TEST(Mail, AnswersThatAreNotSureAreNotSent) {
  EXPECT_EQ(why_not_sent(with_answer([](auto&) {}), 0.99), std::nullopt);
  EXPECT_EQ(why_not_sent(with_answer([](auto& c) { c.probability = 0.9; }), 0.99),
            "the answer has a probability of 90.0% and would need 99.0%");
  EXPECT_EQ(why_not_sent(with_answer([](auto& c) { c.kind = model::ResultKind::inconclusive; }), 0.99),
            "the answer names no commit");
  EXPECT_EQ(why_not_sent(with_answer([](auto& c) { c.no_op = true; }), 0.99),
            "the commit's binary equals its parent's");
  EXPECT_EQ(why_not_sent(with_answer([](auto& c) {
                           c.verification =
                               model::Verification{.kind = model::Verification::Kind::still_crashes};
                         }),
                         0.99),
            "taking the commit back contradicts the answer");
  Summary contradicted = with_answer([](auto&) {});
  contradicted.revisions.front().said = {model::UserVerdict::good, model::UserVerdict::bad};
  EXPECT_NE(why_not_sent(contradicted, 0.99), std::nullopt);
  EXPECT_EQ(why_not_sent(fold(running_story().events()), 0.99), "the bisection has not come to its end");
}

TEST(Mail, TheIdIsTheAnswers) {
  const Summary a = fold(found_story().events());
  EXPECT_EQ(mail_id(a, "example.org"), mail_id(a, "example.org"));
  EXPECT_NE(mail_id(a, "x"), mail_id(with_answer([](auto& c) { c.culprit = id_of(99); }), "x"));
}

TEST(Mail, WhatIsNoMessageIdIsNone) {
  EXPECT_EQ(message_id_of("<a@b>"), "a@b");
  EXPECT_EQ(message_id_of("a@b"), "a@b");
  for (const char* bad : {"", "a", "a b@c", "a@b>\nBcc: x@y", "<a@>", "@b"})
    EXPECT_EQ(message_id_of(bad), "") << bad;
}

}  // namespace
}  // namespace culprit::output
