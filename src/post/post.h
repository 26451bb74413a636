// The ways out of the house: SMTP, a sendmail command, a webhook. Each says for certain whether a message was taken,
// or that nobody can tell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"
#include "model/event.h"

namespace culprit::post {

struct Delivery {
  model::PostStage stage = model::PostStage::refused;  // accepted, refused or lost
  std::string text;                                    // what the other side said, or what was in the way
};

struct Envelope {
  std::string from;             // an address without a name
  std::vector<std::string> to;  // likewise, all recipients
  std::string message;          // headers, an empty line, body; lines end with "\n"
};

struct SmtpServer {
  std::string url;   // "smtp://host:port", "smtps://host"
  std::string user;  // empty: none
  std::string password;
  double timeout_s = 60;  // for all of it
};

// ErrorKind::usage for an address, a URL or a message that must not go out as it is. All recipients or none: one that
// the server refuses is a refusal of the whole. With a user, only over TLS. Blocks.
base::Result<Delivery> send_by_smtp(const SmtpServer& server, const Envelope& envelope);

// `command` is a shell command that reads the message and takes recipients as sendmail does ("-i -f FROM -- TO...").
// An exit code other than 0 is a refusal; lost where it did not end in time.
base::Result<Delivery> send_by_command(const std::string& command, const Envelope& envelope, double timeout_s,
                                       const base::CancelToken& cancel);

struct Hook {
  std::string url;     // http or https
  std::string secret;  // of the signature
  std::string id;      // the same for a message that is sent again
  double timeout_s = 30;
};
// Posts `json`, with its signature in X-Culprit-Signature-256 and the id in X-Culprit-Delivery. An answer of 2xx is an
// acceptance, any other one a refusal. Redirects are not followed.
base::Result<Delivery> post_hook(const Hook& hook, const std::string& json);

// "sha256=" and HMAC-SHA256 (RFC 2104) in hexadecimal digits.
std::string signature(std::string_view secret, std::string_view body);

// An address that may stand in a command of SMTP and in a header: one "@", no blanks, brackets or control characters.
bool is_plain_address(std::string_view address);

}  // namespace culprit::post
