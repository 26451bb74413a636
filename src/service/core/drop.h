// The drop folder: a file NAME.json in it is a job. It is moved to taken/ or, with the reason beside it, to refused/.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "service/queue/job.h"

namespace culprit::service {

struct Dropped {
  std::filesystem::path file;
  base::Result<JobSpec>
      spec;  // with the file's owner as its owner, where it names none, and a key of its own
};

// What lies there, complete files only: names that end in ".json" and do not begin with a dot. A file whose service was
// killed between taking the job and moving the file is told by its key.
std::vector<Dropped> dropped_in(const std::filesystem::path& folder);
base::Result<void> put_away(const Dropped& dropped, const std::string& refusal);

}  // namespace culprit::service
