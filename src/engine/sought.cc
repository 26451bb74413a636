#include "engine/sought.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/strings.h"
#include "console/programs/ran.h"
#include "console/programs/shape.h"
#include "model/run/report.h"

namespace culprit::engine {
namespace {

using model::Told;

bool has_any(const auto& patterns, const std::string& text) {
  return std::ranges::any_of(patterns, [&](const auto& p) { return re2::RE2::PartialMatch(text, *p); });
}

bool fails_test(const std::vector<std::string>& tests, const model::Reports& reports) {
  return std::ranges::any_of(reports, [&](const model::CrashReport& report) {
    return std::ranges::any_of(tests, [&](const std::string& test) {
      return console::names_test(report.title, test) || console::names_test(report.frame, test);
    });
  });
}

}  // namespace

base::Result<std::vector<Sought::Pattern>> Sought::patterns(const std::vector<std::string>& words,
                                                            const char* option) {
  std::vector<Pattern> out;
  for (const std::string& word : words) {
    const bool expression = word.size() > 2 && word.starts_with('/') && word.ends_with('/');
    if (base::trim(word).empty() || word == "//")
      return base::fail(base::ErrorKind::usage, std::string(option) + " is empty",
                        "give it a part of what the failure prints, or an expression between slashes");
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_literal(!expression);
    const std::string text = expression ? word.substr(1, word.size() - 2) : word;
    const re2::RE2 as_given(text, options);
    // A console has lines: ^ and $ are theirs.
    auto pattern = std::make_shared<const re2::RE2>(expression ? "(?m)" + text : text, options);
    if (!as_given.ok())
      return base::fail(
          base::ErrorKind::usage, std::string(option) + " " + word + ": " + as_given.error(),
          "between slashes stands a regular expression of RE2; without them the text is taken as it is");
    out.push_back(std::move(pattern));
  }
  return out;
}

base::Result<Sought> Sought::create(const std::vector<std::string>& messages,
                                    const std::vector<std::string>& ignored,
                                    const std::vector<std::string>& tests) {
  Sought sought;
  sought.m_messages = CULPRIT_TRY(patterns(messages, "--message"));
  sought.m_ignored = CULPRIT_TRY(patterns(ignored, "--ignore"));
  for (const std::string& test : tests)
    if (base::trim(test).empty())
      return base::fail(base::ErrorKind::usage, "--test is empty", "give it the name of the test that fails");
  sought.m_tests = tests;
  return sought;
}

Told Sought::told_of(std::string_view console, const model::Reports& reports) const {
  if (m_messages.empty() && m_ignored.empty() && m_tests.empty()) return Told::nothing;
  const std::string text = console::as_shown(console);
  if (has_any(m_messages, text) || fails_test(m_tests, reports)) return Told::bug;
  if (!m_messages.empty() || !m_tests.empty() || has_any(m_ignored, text)) return Told::other;
  return Told::nothing;
}

}  // namespace culprit::engine
