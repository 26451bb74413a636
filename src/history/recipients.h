// Whom to tell of a culprit: read from its message, asked of its tree, each person once.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "history/history.h"

namespace culprit::history {

// "Name <address>", "<address>", "address", "address (Name)", each with a comment ("# 5.4+") or without;
// nothing if there is no address in it.
std::optional<Recipient> parse_address(std::string_view text, std::string role);

// The author and whoever a trailer names: Cc and every "...-by", in the order of the message. The role is the
// trailer's name.
std::vector<Recipient> people_of(const model::CommitInfo& commit);

// The lines that scripts/get_maintainer.pl prints: "Name <address> (maintainer:SUBSYSTEM)". The role is the
// text in parentheses; lines that are nothing of the kind are left out.
std::vector<Recipient> parse_maintainers(std::string_view output);

// Each address once, case aside, its roles joined with ", "; without those that reach no person and no list
// for people: robots, no-reply addresses, the queue of stable releases.
std::vector<Recipient> fold_recipients(std::span<const Recipient> people);

}  // namespace culprit::history
