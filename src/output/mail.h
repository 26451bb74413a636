// A draft of the mail that tells the people behind a commit.
#pragma once

#include <optional>
#include <string>

#include "output/summary/summary.h"
#include "output/words/commit_texts.h"

namespace culprit::output {

struct Mail {
  std::vector<Contact> to;
  std::vector<Contact> cc;
  std::string subject;
  std::string body;  // UTF-8, lines of at most 72 columns but for quoted console, titles and references
};

// The draft for a culprit: what crashes, since which commit and how sure that is, how it was tested, the
// crash, and the reference line to put into a fix ("Fixes: <12 digits> ("title")"). None where there is no
// culprit, or where it is a no-op that nobody should be written to about.
std::optional<Mail> draft_mail(const Summary& summary, const CommitTexts& texts);

// The mail as text: headers (names beyond ASCII encoded as RFC 2047 says), an empty line, the body.
std::string render_mail(const Mail& mail);

// `<12 digits> ("title")`, as commits are referred to.
std::string commit_reference(const model::CommitId& commit, std::string_view title);

}  // namespace culprit::output
