// The inside of the log reader (syzbot_reader.h): its state and the lines it takes. Not for other folders.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/reading/log_lines.h"
#include "replay/reading/log_text.h"
#include "replay/reading/syzbot_reader.h"

namespace culprit::replay {

// A decimal number and nothing else; nullopt for what does not fit an int.
std::optional<int> parse_number(std::string_view text);

// Each take_... says whether it could use the line. Lines of git and of the log's end are in
// syzbot_reader_git.cc.
class LogReader {
 public:
  explicit LogReader(std::string_view text)
      : m_lines(log_lines_of(text)), m_cut(!text.empty() && text.back() != '\n') {}

  BisectionLog read();

 private:
  enum class State { between, run_text, failure_text, candidates };
  bool take(const LogLine& line);
  bool take_start(const LogLine& line);
  bool take_commit(std::string_view rest);
  bool take_run(const LogLine& line);
  bool take_git(const LogLine& line);
  bool take_git_start(std::string_view rest);
  bool take_git_word(std::string_view rest);
  bool take_named(std::string_view rest);
  bool take_checkout(std::string_view rest);
  bool take_own(std::string_view rest);
  bool take_own_word(const model::CommitId& commit, std::string_view rest);
  bool take_own_crashes(const model::CommitId& commit, std::string_view rest);
  bool take_ending(const LogLine& line);
  bool take_totals(std::string_view rest);
  bool take_result(std::string_view rest);
  bool take_failure(const LogLine& line);
  bool take_about_revision(const LogLine& line);
  bool take_loose(std::string_view text);
  void take_description();
  void take_console();
  void drop_cut_title();

  LoggedRevision& revision(const model::CommitId& commit);
  LoggedRevision* current();
  std::optional<model::UserVerdict> verdict_of(std::string_view word) const;
  void step(model::UserVerdict verdict, const model::CommitId& commit);

  std::vector<TextLine> m_lines;
  bool m_cut;
  BisectionLog m_log;
  State m_state = State::between;
  std::size_t m_at = 0;                          // index of the line that is read
  std::size_t m_line = 0;                        // its number in the log
  std::string m_label;                           // announced for the next revision
  bool m_variant = false;                        // a test in another configuration was announced
  bool m_in_variant = false;                     // the current test is one
  std::optional<model::CommitId> m_current;      // the revision under test
  std::optional<model::CommitId> m_checked_out;  // git went there, its test has not begun
  std::map<model::CommitId, std::string> m_titles;
  bool m_git_begun = false;
  std::optional<model::CommitId> m_last_good;  // git's words
  std::optional<model::CommitId> m_last_bad;
  std::optional<int> m_left;  // of the commit that git goes to next
  std::map<model::CommitId, int> m_lefts;
  std::vector<std::string> m_masked;  // revisions, by tag or short id
  std::string m_bad_term = "bad";
  std::string m_good_term = "good";
};

}  // namespace culprit::replay
