// Real git repositories in temporary folders, with fixed names and dates, for tests.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/process/cancel.h"
#include "base/rng.h"
#include "history/git/repository.h"
#include "model/graph/commit.h"

namespace culprit::history {

extern const base::CancelToken k_never;

// Runs a shell script in `folder`; its standard output without the last newline. A script that fails ends the
// test program: it is the test that is wrong.
std::string shell(const std::filesystem::path& folder, const std::string& script);

void write(const std::filesystem::path& file, std::string_view text);
std::string read(const std::filesystem::path& file);

// Every file, folder and link below `folder` with its contents and mode, as one text per path.
std::map<std::string, std::string> listing_of(const std::filesystem::path& folder);

class TestRepo {
 public:
  // An empty repository in a folder of its own; `init` are further options of git init.
  explicit TestRepo(const std::string& init = "", const std::string& name = "repo");

  const std::filesystem::path& path() const { return m_path; }
  // A place beside the repository that goes away with it.
  std::filesystem::path beside(const std::string& name) const { return m_folder.path() / name; }
  std::string git(const std::string& arguments) const { return shell(m_path, "git " + arguments); }
  model::CommitId id(const std::string& revision) const;
  // Commits `text` as `file` (with nothing else changed) and yields the commit.
  model::CommitId commit(const std::string& file, const std::string& text,
                         const std::string& message = "a change") const;
  Repository open() const;

 private:
  base::TempDir m_folder;
  std::filesystem::path m_path;
};

// A history given by parents' numbers, as commits without files: the ids by number. `parents[i]` are below i.
std::vector<model::CommitId> import_history(const TestRepo& repo,
                                            const std::vector<std::vector<std::size_t>>& parents);

// `size` commits with merges (octopus ones too) and several roots.
std::vector<std::vector<std::size_t>> random_history(std::size_t size, base::Rng& rng);

}  // namespace culprit::history
