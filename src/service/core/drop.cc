#include "service/core/drop.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/files.h"
#include "base/unique_fd.h"
#include "service/queue/spec.h"

namespace culprit::service {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_most_bytes = std::size_t{1} << 20;

std::string user_name(uid_t uid) {
  const passwd* user = ::getpwuid(uid);
  return user != nullptr ? user->pw_name : std::to_string(uid);
}

// A link or a pipe could lead elsewhere or block: only a regular file is read.
base::Result<JobSpec> read_spec(const fs::path& file) {
  const base::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status{};
  if (!fd || ::fstat(fd.get(), &status) != 0) return std::unexpected(base::file_error("read", file, errno));
  if (!S_ISREG(status.st_mode) || static_cast<std::size_t>(status.st_size) > k_most_bytes)
    return base::fail(base::ErrorKind::usage, "this is no regular file of at most 1 MiB");
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const ssize_t size = ::read(fd.get(), text.data(), text.size());
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, size)));
  JobSpec spec = CULPRIT_TRY(spec_from_text(text));
  if (spec.owner.empty()) spec.owner = user_name(status.st_uid);
  if (spec.key.empty())
    spec.key = fmt::format("folder:{}:{}:{}.{}", file.filename().string(), status.st_ino,
                           status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
  return spec;
}

}  // namespace

std::vector<Dropped> dropped_in(const fs::path& folder) {
  std::vector<Dropped> out;
  std::error_code error;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ".json" && !entry.path().filename().string().starts_with('.'))
      files.push_back(entry.path());
  std::ranges::sort(files);
  for (const fs::path& file : files) out.push_back({file, read_spec(file)});
  return out;
}

base::Result<void> put_away(const Dropped& dropped, const std::string& refusal) {
  const fs::path folder = dropped.file.parent_path() / (refusal.empty() ? "taken" : "refused");
  std::error_code error;
  fs::create_directories(folder, error);
  const fs::path to = folder / dropped.file.filename();
  if (!refusal.empty()) CULPRIT_TRY(base::write_file_atomically(to.string() + ".why", refusal + "\n"));
  fs::rename(dropped.file, to, error);
  if (error) return std::unexpected(base::file_error("move", dropped.file, error.value()));
  return {};
}

}  // namespace culprit::service
