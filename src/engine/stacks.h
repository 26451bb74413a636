// Stacks for crashes whose consoles have none.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"
#include "engine/classify.h"
#include "model/graph/commit.h"
#include "model/run/outcome.h"
#include "model/subject.h"
#include "run/runner.h"

namespace culprit::model {
struct ConsoleReading;
struct RunRecord;
}  // namespace culprit::model

namespace culprit::engine {

// What one stack stands for: all crashes of a revision, in one build, that ended alike.
struct StackKey {
  model::CommitId commit;
  std::string variant;
  std::string ended;  // "SIGSEGV", "exit code 2"
  friend auto operator<=>(const StackKey&, const StackKey&) = default;
};

// What a crash is missing a stack for; nullopt where it has one, where nothing says that it was a signal that ended it,
// and for guests.
struct MissingStack {
  std::string ended;
  int signal = 0;  // 0: one of those that end with a core
};
std::optional<MissingStack> missing_stack(model::Subject subject, const model::RawRun& raw,
                                          const model::ConsoleReading& console, const RunReading& reading);

// The stacks that a run on record was given: by what they stand for.
std::map<StackKey, std::string> stacks_in(const model::RunRecord& run);

// Each is looked for once, and what was found stands for all runs that ended alike. Safe to call from several
// threads: who asks for what another one is at waits.
class Stacks {
 public:
  using Look = std::function<base::Result<run::Explanation>()>;

  // `known` is of earlier runs; `notes` are those on record: some say that there is nothing to be found.
  Stacks(const std::map<StackKey, std::string>& known, std::set<std::string> notes);

  // Lines for the console of a run that ended so. Errors: look's.
  base::Result<std::string> ask(const StackKey& key, const Look& look, const base::CancelToken& cancel);
  // Sentences for people since the last call.
  std::vector<std::string> take_notes();

 private:
  struct Entry {
    bool done = false;
    std::string text;
  };
  void take(const StackKey& key, Entry& entry, run::Explanation found);

  std::mutex m_mutex;
  std::condition_variable m_changed;
  std::map<StackKey, Entry> m_entries;
  std::set<std::string> m_on_record;
  std::vector<std::string> m_notes;
  int m_in_vain = 0;  // looks in a row that found nothing
};

}  // namespace culprit::engine
