// Headers of mail out of any text: none can begin another header, and all are plain ASCII.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "output/words/commit_texts.h"

namespace culprit::output {

// "Name <address>", the name quoted or encoded where it must be.
std::string mail_address(const Contact& contact);
// "To: a,\n\tb\n"; empty for nobody.
std::string address_header(std::string_view name, const std::vector<Contact>& contacts);
// "Subject: text\n", encoded where it is not ASCII.
std::string text_header(std::string_view name, std::string_view text);
// "Date: Thu, 23 Jun 2016 06:04:32 +0000\n" (RFC 5322), of seconds since the epoch.
std::string date_header(double time);
// The id of a message with or without "<>" and blanks around it, without them; empty for what is none.
std::string message_id_of(std::string_view text);

bool is_ascii(std::string_view text);

}  // namespace culprit::output
