// Forms: what a transport puts in front of a line, written down as it looks.
#pragma once

#include <cstddef>
#include <string_view>

namespace culprit::console {

// A form is read from left to right and never goes back, so that it costs what it is long. A character stands
// for itself; a blank at the very end may be missing where the line ends there, as empty lines lose it.
// Terminal escapes may stand anywhere.
//   %a Mon       %b Sep      %e day, " 2"  %M 09-02      %Y 2024       %T 10:11:45, 10:11:45.123 or ,123
//   %i an ISO date and time with or without fraction and zone          %u 1725264705.123456
//   %I that of dmesg, to the microsecond behind a comma
//   %z CEST, +02 %n digits   %f 33.100000  %s blanks     %_ perhaps blanks
//   %h a host    %w a word without blanks  %c a container's name       %j what stands before a tab
//   %t a tag with its colon, "kernel:", "sshd[12]:"      %p the same, of the kernel or with a process id
//   %l V D I W E F           %g a tag of Android, up to what follows   %k kern.warn
//   %F kern, user, ...       %L warn, err, ... both padded             %S structured data of RFC 5424
//   %O 00O or 01E            %q ">", ">> | ": marks of quotation          %r flags of a record, up to ";"
// "?(...)" may be missing; "{...}" is the name of the writer.
struct FormMatch {
  std::size_t length = 0;
  std::string_view writer;  // without blanks around it; empty where the form names none
};

// Whether `text` begins so. An empty form matches nothing.
bool match_form(std::string_view form, std::string_view text, FormMatch* found);

// The length of a terminal escape at the start of `text`, 0 for none.
std::size_t escape_length(std::string_view text);

}  // namespace culprit::console
