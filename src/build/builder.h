// Turns a revision into something that can be run.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/process/cancel.h"
#include "base/result.h"
#include "model/build_record.h"
#include "model/graph/commit.h"

namespace culprit::build {

// `record.status` says how it went; `artifact` is the folder that a runner needs (a worktree, a kernel
// image); `remark` is for people, who are told it once however many builds say it.
struct BuildProduct {
  model::BuildRecord record;
  std::filesystem::path artifact;
  std::string remark{};
  bool held = false;       // built by an earlier call, nothing was done
  double cpu_seconds = 0;  // of all its processes; 0 where it is not known
};

class Builder {
 public:
  virtual ~Builder() = default;
  // Builds `commit` in `variant` (empty: as configured) on build slot `slot` (0-based; calls with different
  // slots may be concurrent). A revision that does not build is a record, not an error; errors are
  // interruptions and broken machinery that no other revision would survive either (disk full, missing
  // compiler).
  virtual base::Result<BuildProduct> build(const model::CommitId& commit, const std::string& variant,
                                           int slot, const base::CancelToken& cancel) = 0;
  // Builds `commit`, plainly, before anybody asked for it, and in a way that nothing outside its slot can notice; it is
  // then at hand. Nullopt where that cannot be had, failed or was cut off: only build() says what that means. An error where nothing
  // was begun.
  virtual base::Result<std::optional<BuildProduct>> build_ahead(const model::CommitId& /*commit*/,
                                                                int /*slot*/,
                                                                const base::CancelToken& /*cancel*/) {
    return std::nullopt;
  }
  // Another checkout like that of `slot`, which holds a build or in which one is going on, fits beside it.
  virtual bool has_room_beside(int /*slot*/) const { return false; }
  // The next build on `slot` starts from nothing that an earlier build or run left. For builders to whom that
  // makes no difference, nothing.
  virtual void start_clean(int /*slot*/) {}
  // `slot` has `commit` in `variant` at hand: build() yields it at once, as `held`.
  virtual bool holds(const model::CommitId& /*commit*/, const std::string& /*variant*/, int /*slot*/) const {
    return true;
  }
  // The artifact lives in its build slot and lasts until that slot builds something else: runs must be over
  // by then, one at a time. Otherwise it may be run at any time, on any run slot.
  virtual bool keeps_slot() const { return false; }
};

}  // namespace culprit::build
