// A repository, and work trees of it in a state folder beside it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "history/checkout/worktrees.h"
#include "tests/support/test_repo.h"

namespace culprit::history {

class WorktreesTest : public ::testing::Test {
 protected:
  std::unique_ptr<Worktrees> open(const Repository& user, WorktreeOptions options = {}) {
    auto worktrees = Worktrees::open(user, m_state, std::move(options), k_never);
    if (!worktrees) ADD_FAILURE() << base::render(worktrees.error());
    return worktrees ? std::move(*worktrees) : nullptr;
  }
  std::unique_ptr<Worktrees> open(WorktreeOptions options = {}) {
    return open(m_repo.open(), std::move(options));
  }

  // The folder of slot `slot` at `commit`; a test's failure if there is none.
  static std::filesystem::path at(Worktrees& worktrees, const model::CommitId& commit, int slot = 0) {
    const auto folder = worktrees.at(commit, slot);
    if (!folder) ADD_FAILURE() << base::render(folder.error());
    return folder.value_or(std::filesystem::path());
  }
  std::filesystem::path admin(int slot = 0) const {
    return m_state / "git/worktrees" / ("slot-" + std::to_string(slot));
  }

  TestRepo m_repo;
  std::filesystem::path m_state = m_repo.beside("state");
};

}  // namespace culprit::history
