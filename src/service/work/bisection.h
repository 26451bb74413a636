// A job's own bisection, read from the store that its culprit writes: how far it is, what it came to, which crash it
// is about.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "identity/looks/face.h"
#include "model/event.h"
#include "output/summary/summary.h"
#include "service/queue/job.h"
#include "service/queue/policy.h"
#include "store/store.h"

namespace culprit::service {

// Where things are in a job's folder.
struct JobFolder {
  std::filesystem::path root;  // <service>/jobs/<id>
  std::filesystem::path state() const { return root / "state"; }
  std::filesystem::path store() const { return state() / "culprit.db"; }
  std::filesystem::path config() const { return root / "kernel.toml"; }  // where the submission brought it
  std::filesystem::path report() const { return root / "report.html"; }
  std::filesystem::path experience() const { return root / "experience.json"; }
};

// Follows a bisection while it runs; reads only what is new.
class BisectionView {
 public:
  explicit BisectionView(JobFolder folder) : m_folder(std::move(folder)) {}

  // Takes in what happened since; false where there is nothing new. A store that is not there yet, or that cannot
  // be read, has nothing new.
  bool refresh();
  // It has begun: `culprit resume` goes on with it.
  bool begun() const { return m_fold.summary().started; }
  const output::Summary& summary() const { return m_fold.summary(); }
  const std::vector<model::Event>& events() const { return m_events; }
  base::Result<std::string> console(std::uint64_t run) const;
  // How far it was read: another text about it may be told once this has changed.
  StorePlace place() const { return {m_bisection, m_sequence}; }
  // Where its latest end stands; {} where it has come to none.
  StorePlace concluded() const { return m_concluded; }

  // Machine seconds so far, lost runs, the answer: what goes into the job's record.
  void fill(AttemptEnd& end) const;
  // How the chased bug looks: the first report of the kind on the start revision; none while nothing crashed.
  std::optional<identity::Face> face() const;

 private:
  JobFolder m_folder;
  std::optional<store::Store> m_store;
  std::int64_t m_version = 0;  // of the store, when it was read to its end
  std::int64_t m_bisection = 0;
  std::int64_t m_sequence = 0;
  StorePlace m_concluded;
  std::vector<model::Event> m_events;
  output::SummaryFold m_fold;
};

// Whether two jobs can be of one bug at all, whatever their crashes look like: programs of different repositories cannot,
// nor a program and a kernel.
bool may_be_one_bug(const JobSpec& a, const JobSpec& b);

// Whether two jobs' crashes are one bug, and why, in words.
struct SameBug {
  bool same = false;
  std::string why;
};
SameBug same_bug(const JobSpec& a, const identity::Face& face_a, const JobSpec& b,
                 const identity::Face& face_b);

}  // namespace culprit::service
