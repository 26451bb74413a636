// The one way in which something becomes known: into the store first, then to whoever watches, then into
// evidence.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "engine/stacks.h"
#include "identity/looks/memory.h"
#include "model/event_fwd.h"
#include "model/evidence.h"
#include "model/search.h"

namespace culprit::store {
class Store;
}

namespace culprit::engine {

class Journal {
 public:
  // `store`, `clock` and the sinks outlive the journal.
  Journal(store::Store& store, std::int64_t bisection, const base::Clock& clock,
          std::vector<model::EventSink*> sinks);

  // Reads back what the store holds of this bisection after the last event that is known, shows it to the
  // sinks and folds it. Call before the first record(), and whenever others may have stored something.
  base::Result<void> catch_up();
  // Stores, shows and folds one event. On an error nothing was shown or folded.
  base::Result<void> record(model::EventBody body);

  // Everything finished so far; runs are not yet assessed and nothing is pending. Their reports have kept
  // title and type alone: memory() knows the rest, and whoever decides copies all this again and again.
  const model::Evidence& evidence() const { return m_evidence; }
  identity::Memory& memory() const { return m_memory; }
  // The build of `commit` in `variant`; null where there is none that ended (infrastructure failures
  // aside).
  const model::BuildRecord* build_of(const model::CommitId& commit, const std::string& variant) const;
  // How much is known: builds, runs and words. Equal numbers mean that nothing was learned.
  std::size_t facts() const {
    return m_evidence.builds.size() + m_evidence.runs.size() + m_evidence.verdicts.size();
  }
  double now() const { return m_clock.wall(); }
  const base::Clock& clock() const { return m_clock; }
  // Finished runs of `commit`, of whatever outcome.
  int runs_of(const model::CommitId& commit) const;
  // Revisions that something became known of since their last verdict, in order of mention.
  const std::vector<model::CommitId>& unjudged() const { return m_unjudged; }
  // The last verdict on it that is on record.
  std::optional<model::Verdict> judged(const model::CommitId& commit) const;
  // The stacks that crashes were given, by what they stand for.
  const std::map<StackKey, std::string>& stacks() const { return m_stacks; }
  const std::set<std::string>& notes() const { return m_notes; }
  // A note with these words is on record.
  bool has_noted(const std::string& text) const { return m_notes.contains(text); }
  // The release tag under which a decision named the commit; empty for none.
  std::string label_of(const model::CommitId& commit) const;
  std::uint64_t next_run_id() const { return m_next_run_id; }
  // The Finished event, where the bisection has one.
  const std::optional<model::Conclusion>& conclusion() const { return m_conclusion; }

 private:
  void show(const model::Event& event);
  void fold(const model::EventBody& body);
  void touch(const model::CommitId& commit);

  store::Store& m_store;
  std::int64_t m_bisection;
  const base::Clock& m_clock;
  std::vector<model::EventSink*> m_sinks;
  model::Evidence m_evidence;
  mutable identity::Memory m_memory;  // a cache
  std::map<model::CommitId, int> m_runs;
  std::map<model::CommitId, std::string> m_labels;
  std::vector<model::CommitId> m_unjudged;
  std::map<model::CommitId, model::Verdict> m_judged;
  std::int64_t m_sequence = 0;  // of the last event that is known
  std::set<std::string> m_notes;
  std::map<StackKey, std::string> m_stacks;
  std::uint64_t m_next_run_id = 1;
  std::optional<model::Conclusion> m_conclusion;
};

}  // namespace culprit::engine
