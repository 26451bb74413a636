// The reports of one console beside each other. A test suite that passes prints exceptions that it asked for; one
// that fails names each failure two or three times; a build tool repeats that a compiler failed. What counts shows
// only later, so the reports of programs wait here until a verdict comes or the console ends.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <set>
#include <string>

#include "console/match/rule.h"
#include "model/run/report.h"

namespace culprit::console {

class Session {
 public:
  explicit Session(std::function<void(model::CrashReport)> on_report);

  // Takes the next report, in the order of the console. Those of kernels go on at once.
  void take(model::CrashReport report);
  // The console is over.
  void finish();

 private:
  struct Waiting {
    model::CrashReport report;
    const Rule* rule = nullptr;
    bool test = false;  // a panic that a test died of
    bool told = false;  // by another report
  };
  // What the new report makes superfluous.
  void drop_for(const Waiting& next);
  bool is_within_death(const Waiting& next) const;
  // Takes the reports of a death that lack the stack which `stack` has, and gives it their words.
  void explain_with(Waiting& stack);
  // Does an earlier report make this one superfluous?
  bool said_before(const Waiting& next) const;
  std::size_t bytes_waiting() const;
  void begins();
  void join_panics();
  void passed();
  void failed();
  void release();
  void give(Waiting waiting);

  std::function<void(model::CrashReport)> m_on_report;
  std::deque<Waiting> m_waiting;   // since the last verdict
  std::set<std::string> m_places;  // of the tests and files that have a report
  std::size_t m_last_start = 0;    // of the reports given
  bool m_any = false;              // a report that says what went wrong was given
};

}  // namespace culprit::console
