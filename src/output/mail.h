// A mail that tells the people behind a commit.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "output/summary/circumstances.h"
#include "output/summary/summary.h"
#include "output/words/commit_texts.h"

namespace culprit::output {

struct Mail {
  std::vector<Contact> to;
  std::vector<Contact> cc;
  std::string subject;
  std::string body;  // UTF-8, lines of at most 72 columns but for quoted console, titles and references
  std::optional<Contact> from{};
  std::string in_reply_to{};  // ids, without "<>"; empty for none
  std::string message_id{};
  double date = 0;                       // seconds since the epoch; 0: no header
  std::vector<NamedText> attachments{};  // as text/plain
};

// What the draft knows beside the bisection; all of it may be left out.
struct MailOptions {
  std::optional<Contact> from{};
  std::string reported_by{};  // "Name <address>"; empty: nobody is named
  std::string in_reply_to{};  // the id of the report's mail
  std::vector<Contact> to{};  // beside those whom the commit names
  std::vector<Contact> cc{};
  std::string
      crash_head{};  // the line of the console at which the shown crash's report begins, as it was printed
  Circumstances circumstances{};
  double now = 0;  // seconds since the epoch
};

// Files are attached up to this size together: lists of kernel.org refuse mails of more than 100,000 bytes; the rest
// of that is left for the text. What is larger is named with its size and digest.
inline constexpr std::size_t k_attachments_limit = std::size_t{60} << 10;

// The draft for a culprit: what crashes, since which commit and how sure that is, how it was tested, on what, the
// crash from its first line to the end of its stacks, and the lines to put into a fix ("Reported-by:", "Fixes: <12
// digits> ("title")"); for a kernel regzbot's, too. None where there is no culprit, or where it is a no-op that nobody
// should be written to about.
std::optional<Mail> draft_mail(const Summary& summary, const CommitTexts& texts,
                               const MailOptions& options = {});

// Why the answer must not be sent to anybody, as a sentence without its full stop; nothing where it may. An answer is
// sent only if it names a commit with at least `confidence` and nothing contradicts it.
std::optional<std::string> why_not_sent(const Summary& summary, double confidence);

// The mail as text: headers (names beyond ASCII encoded as RFC 2047 says), an empty line, the body, in parts where
// something is attached.
std::string render_mail(const Mail& mail);

// The same for the same question and answer, so that a reader's program sees through a mail that comes twice.
// `domain` stands behind the "@".
std::string mail_id(const Summary& summary, std::string_view domain);

// The line of the console that a crash's report begins with; empty where it was no report.
std::string head_in(std::string_view console, const CrashExcerpt& crash);
// The crash as its report prints it: from the line `head` of the console on (with the line of "=" or "-" above it),
// without what the reproducer printed in between.
std::string report_lines(std::string_view text, std::string_view head);

// `<12 digits> ("title")`, as commits are referred to.
std::string commit_reference(const model::CommitId& commit, std::string_view title);

}  // namespace culprit::output
