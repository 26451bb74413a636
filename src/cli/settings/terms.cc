#include "cli/settings/terms.h"

#include <algorithm>
#include <cctype>

#include "cli/line/command_table.h"

namespace culprit::cli {

using base::ErrorKind;
using base::fail;

std::string term_new(const Settings& settings) {
  return settings.term_new.empty() ? (settings.fix ? "good" : "bad") : settings.term_new;
}

std::string term_old(const Settings& settings) {
  return settings.term_old.empty() ? (settings.fix ? "bad" : "good") : settings.term_old;
}

std::string term_of(const Settings& settings, model::UserVerdict verdict) {
  if (verdict == model::UserVerdict::skip) return "skip";
  const bool is_new = (verdict == model::UserVerdict::bad) != settings.fix;
  return is_new ? term_new(settings) : term_old(settings);
}

// git's rule: a term may not turn the meaning of the other word round.
base::Result<void> check_terms(const Settings& s) {
  if (s.term_new.empty() && s.term_old.empty()) return {};
  const auto is_word = [](const std::string& term) {
    return term.empty() || (std::isalpha(static_cast<unsigned char>(term[0])) != 0 &&
                            std::ranges::all_of(term, [](unsigned char c) {
                              return std::isalnum(c) != 0 || c == '-' || c == '_';
                            }));
  };
  for (const std::string& term : {s.term_new, s.term_old})
    if (!is_word(term) || is_reserved(term))
      return fail(ErrorKind::usage, "'" + term + "' cannot be a term",
                  "a term is one word, and none of culprit's commands");
  const std::string_view lacks_it = s.fix ? "bad" : "good", has_it = s.fix ? "good" : "bad";
  if (s.term_new == lacks_it || s.term_old == has_it)
    return fail(ErrorKind::usage, "a term may not turn the meaning of 'good' and 'bad' round",
                "name other words, or search a fix with --fix");
  if (term_new(s) == term_old(s))
    return fail(ErrorKind::usage, "both terms are '" + term_new(s) + "'", "name two different ones");
  return {};
}

}  // namespace culprit::cli
