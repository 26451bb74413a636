// The user's own words for the bug: --message, --ignore, --test.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/run/printed.h"
#include "model/run/reports.h"

namespace re2 {
class RE2;
}

namespace culprit::engine {

class Sought {
 public:
  Sought() = default;

  // Each word is text, or a regular expression (RE2) between slashes: "/row [0-9]+/". Errors: an expression that RE2 does
  // not understand, an empty word (usage).
  static base::Result<Sought> create(const std::vector<std::string>& messages,
                                     const std::vector<std::string>& ignored,
                                     const std::vector<std::string>& tests);

  // What a run is that failed. With messages: the bug if it printed one of them, else another failure. With tests: the bug
  // if one of them failed. What is ignored is another failure unless one of the messages is there too.
  model::Told told_of(std::string_view console, const model::Reports& reports) const;

  const std::vector<std::string>& tests() const { return m_tests; }

 private:
  using Pattern = std::shared_ptr<const re2::RE2>;
  static base::Result<std::vector<Pattern>> patterns(const std::vector<std::string>& words,
                                                     const char* option);

  std::vector<Pattern> m_messages;
  std::vector<Pattern> m_ignored;
  std::vector<std::string> m_tests;
};

}  // namespace culprit::engine
