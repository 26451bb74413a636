// The words that a person uses for "has the change" and "lacks it".
#pragma once

#include <string>

#include "base/result.h"
#include "cli/settings/settings.h"
#include "model/evidence.h"

namespace culprit::cli {

// Those given, else the field's: "bad" and "good", with --fix the other way round.
std::string term_new(const Settings& settings);
std::string term_old(const Settings& settings);
// What `good`, `bad` and `skip` are called where the user chose terms.
std::string term_of(const Settings& settings, model::UserVerdict verdict);

// A usage error where the terms given are no words, are commands (is_reserved), are the same, or turn the
// meaning of "good" and "bad" round.
base::Result<void> check_terms(const Settings& settings);

}  // namespace culprit::cli
