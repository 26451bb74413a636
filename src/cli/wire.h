// The only place that names concrete backends: from settings to builders, runners, searches.
#pragma once

#include <filesystem>
#include <memory>

#include "base/cancel.h"
#include "base/result.h"
#include "build/builder.h"
#include "cli/settings.h"
#include "cli/state.h"
#include "engine/classify.h"
#include "history/git_history.h"
#include "run/runner.h"

namespace culprit::cli {

// A builder, a runner, and what they stand on.
struct Backends {
  virtual ~Backends() = default;
  virtual build::Builder& builder() = 0;
  virtual run::Runner& runner() = 0;
  virtual engine::Subject subject() const = 0;
  // For people: what could not be as asked (no ccache, no KVM); may be empty.
  virtual std::vector<std::string> notes() const { return {}; }
  // Removes the checkouts. Called once, when nothing runs any more.
  virtual base::Result<void> tear_down() = 0;
};

base::Result<std::unique_ptr<Backends>> wire(const Settings& settings, const StatePaths& paths,
                                             const history::GitHistory& history, const base::CancelToken& cancel);

}  // namespace culprit::cli
