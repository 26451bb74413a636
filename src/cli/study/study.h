// What the machinery of a bisection can find out besides: builds and runs in checkouts, one after the other, each on record
// before the next is chosen, with a store of their own. Who asks the same again goes on where it ended.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/settings/settings.h"
#include "cli/settings/state.h"
#include "cli/setup/wire.h"
#include "engine/engine.h"
#include "history/git_history.h"
#include "search/search.h"
#include "store/store.h"

namespace culprit::cli {

struct StudyOptions {
  std::string repository = ".";
  std::string state_dir;
  bool fresh = false;  // what an earlier one found is left aside
  bool quiet = false;  // nothing but the result is told
};

// What is run and what it means.
struct StudyWork {
  const search::Search& search;
  engine::Judged judged;
  // Runners by the key of a TestVariant; empty: the settings' own for all.
  std::vector<std::pair<std::string, OtherTest>> tests{};
  // Told of what is known and of what is begun next, each time something is decided; may be empty.
  std::function<void(const model::Evidence&, const model::Decision&)> watch{};
};

class Study {
 public:
  // `name`: one of k_studies. Usage error where the folder is no repository.
  static base::Result<std::unique_ptr<Study>> open(std::string_view name, StudyOptions options);

  const history::GitHistory& history() const { return *m_history; }
  // Completes settings by where the user stands and what the kernel's file says.
  base::Result<void> settle(Settings& settings) const;
  // Goes on with the newest earlier study of this `definition` (a text; equal ones ask for the same builds and runs), or
  // begins one. Takes the state folder's lock.
  base::Result<void> take_up(const std::string& definition, const model::Problem& problem);
  // Builds and runs until the search is content. Afterwards known() has all of it; so it has after an error.
  base::Result<void> conduct(const Settings& settings, const StudyWork& work);
  // Null before conduct().
  const engine::Journal* known() const { return m_journal ? &*m_journal : nullptr; }
  double seconds() const { return m_clock.monotonic() - m_began; }
  // Where kernels are built.
  std::filesystem::path kernels() const { return m_paths.kernels(); }

 private:
  Study(std::string_view name, StudyOptions options);
  base::Result<void> engage(const Settings& settings, const StudyWork& work, const search::Search& watched);
  void note(const std::string& text) const;

  std::string m_name;
  StudyOptions m_options;
  base::SystemClock m_clock;
  double m_began = 0;
  std::unique_ptr<history::GitHistory> m_history;
  StatePaths m_paths;
  std::optional<StateLock> m_lock;
  std::optional<store::Store> m_store;
  std::int64_t m_id = 0;
  model::Problem m_problem;
  std::optional<engine::Journal> m_journal;
};

}  // namespace culprit::cli
