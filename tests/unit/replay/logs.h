// Bisection logs for tests, written by hand in the grammar of 2020: a few words a revision.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "model/graph/commit.h"
#include "replay/replay.h"

namespace culprit::replay::testing {

// The commit that a test calls `name`: "start", "v5.6", "A".
model::CommitId commit_of(const std::string& name);

// Runs are written "9 OK + 1 WARNING in foo", also "2 boot: can't ssh into the instance", "1 test: ...", "1
// infra: ..." and "1 ignore: ...". Ten equal ones become "all runs: ...".
class LogText {
 public:
  LogText& start(const std::string& runs, const std::string& name = "start");
  LogText& fix(const std::string& runs, const std::string& head_runs);
  LogText& release(const std::string& label, const std::string& runs, const std::string& signature = {});
  LogText& failed_release(const std::string& label, const std::string& error);
  LogText& bisect(const std::string& bad, const std::string& good);
  // A step of git: what ran, and the word for it ("good", "bad", "skip"). `left`: revisions left to test
  // after it.
  LogText& step(const std::string& name, const std::string& runs, const std::string& word, int left = 10,
                const std::string& signature = {});
  LogText& culprit(const std::string& name);
  LogText& horizon();
  LogText& line(const std::string& text);
  const std::string& text() const { return m_text; }

 private:
  LogText& test(const std::string& name, const std::string& runs, const std::string& signature);
  std::string m_text;
};

// Judges a log. Keeps what a test asks for by name.
class Judged {
 public:
  explicit Judged(const LogText& log) : Judged(log.text()) {}
  explicit Judged(const std::string& text);

  const Replay& replay() const { return m_replay; }
  std::string verdict(const std::string& name) const;    // "bad", "good", "unknown", "absent"
  std::string verdicts() const;                          // of all revisions, in order: "bad bad good"
  std::string derailed_at() const;                       // a name; "never"
  std::string culprit() const;                           // a name; "none"
  std::string range() const;                             // "v5.5..v5.6"; "none" for an end that is not known
  std::string identity(const std::string& title) const;  // "target", "foreign", "unknown"
  double p(const std::string& title) const;

 private:
  std::string name_of(const model::CommitId& id) const;
  Replay m_replay;
};

}  // namespace culprit::replay::testing
