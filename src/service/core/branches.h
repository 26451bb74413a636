// Which branches have a bug and lack its fix. `culprit branches` asks git, which takes a while in a long history: what it said
// is kept, and looked at again after a while.
#pragma once

#include <cstdint>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/process/cancel.h"
#include "service/core/options.h"
#include "service/queue/job.h"
#include "service/work/worker.h"

namespace culprit::service {

struct BranchQuestion {
  Job job;  // that found the cause: whose repository it is
  std::string cause;
  std::string fix;                    // empty: whatever says "Fixes:"
  bool fix_is_of_the_tree = true;     // else another repository's, which this one may not have
  std::vector<std::string> branches;  // empty: all
};

// One for each repository in which a cause of the bug was found.
std::vector<BranchQuestion> branch_questions(const std::map<std::int64_t, Job>& jobs, std::int64_t bug,
                                             const std::vector<Tree>& trees);

struct BranchRow {
  std::string branch;
  std::string state;  // "open", "fixed", "free"
  std::string bug;    // the release and the commit with which it came; empty: it did not
  std::string fix;
};

struct BranchAnswer {
  std::string repository;
  std::string cause;
  std::string fix;  // empty: none is known
  std::vector<BranchRow> rows;
  std::string trouble;  // why there are none
  bool looking = false;
  // With a fix that is known: branches that have the bug and not the fix.
  std::size_t missing() const;
};

// What `culprit branches --json` says; false where it is something else.
bool read_branches(const std::string& json, BranchAnswer& into);

class Branches {
 public:
  Branches(const Workplace& place, const base::CancelToken& cancel) : m_place(place), m_cancel(cancel) {}

  // What is known, one for each question. Where nothing is, or it is old, a look begins; one at a time.
  std::vector<BranchAnswer> ask(const std::vector<BranchQuestion>& questions);

 private:
  struct Known {
    BranchAnswer answer;
    double at = 0;  // of a clock that does not jump; 0: never
  };
  BranchAnswer look(const BranchQuestion& question) const;

  const Workplace& m_place;
  const base::CancelToken& m_cancel;
  std::mutex m_mutex;
  std::map<std::string, Known> m_known;
  bool m_looking = false;
  std::future<void> m_look;  // last: it is waited for first
};

}  // namespace culprit::service
