#include "base/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "base/strings.h"
#include "base/unique_fd.h"

namespace culprit::base {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_block = std::size_t{1} << 16;

// The nearest folder that is there, `path` itself or above.
fs::path existing_part(const fs::path& path) {
  std::error_code error;
  fs::path part = fs::absolute(path, error);
  while (!fs::exists(part, error) && part.has_relative_path()) part = part.parent_path();
  return part;
}

fs::path mount_point(const fs::path& path) {
  fs::path point = existing_part(path);
  struct stat here{}, above{};
  while (point.has_relative_path() && ::stat(point.c_str(), &here) == 0 &&
         ::stat(point.parent_path().c_str(), &above) == 0 && here.st_dev == above.st_dev)
    point = point.parent_path();
  return point;
}

// Calls `sink` with each block of the file.
template <class Sink>
Result<void> read_blocks(const fs::path& path, Sink sink) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::unexpected(file_error("read", path, errno));
  std::vector<char> block(k_block);
  while (true) {
    const ssize_t size = ::read(fd.get(), block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::unexpected(file_error("read", path, errno));
    if (size == 0) return {};
    sink(std::string_view(block.data(), static_cast<std::size_t>(size)));
  }
}

Result<void> write_all(int fd, const fs::path& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(fd, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::unexpected(file_error("write", path, errno));
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

Result<void> write_new_file(const fs::path& path, std::string_view bytes) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!fd) return std::unexpected(file_error("write", path, errno));
  CULPRIT_TRY(write_all(fd.get(), path, bytes));
  if (::fsync(fd.get()) != 0) return std::unexpected(file_error("write", path, errno));
  return {};
}

constexpr std::size_t k_machine_digits = 8;
constexpr std::size_t k_random_letters = 6;  // mkdtemp's

fs::path temp_folder() {
  const char* given = std::getenv("TMPDIR");
  return given && *given ? fs::path(given) : fs::path("/tmp");
}

// Where a process id means something: this machine, and its namespace of processes, since containers that share
// /tmp do not see each other's.
std::string machine() {
  std::error_code none;
  const std::string all =
      read_file("/etc/machine-id").value_or("") + fs::read_symlink("/proc/self/ns/pid", none).string();
  return sha256(all).substr(0, k_machine_digits);
}

// "culprit-guest-1234-0f1e2d3c-XXXXXX": 1234; 0 where the name says no process of this machine.
pid_t maker_of(std::string_view name, std::string_view here) {
  if (!name.starts_with("culprit-") && !name.starts_with(".new-")) return 0;
  const std::size_t ending = 1 + k_machine_digits + 1 + k_random_letters;
  if (name.size() <= ending) return 0;
  const std::string_view end = name.substr(name.size() - ending);
  if (end.front() != '-' || end.substr(1, k_machine_digits) != here || end[1 + k_machine_digits] != '-')
    return 0;
  name.remove_suffix(ending);
  return parse_number<pid_t>(name.substr(name.rfind('-') + 1)).value_or(0);
}

bool is_gone(pid_t process) { return ::kill(process, 0) != 0 && errno == ESRCH; }

bool is_own_folder(const fs::path& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == ::geteuid();
}

// Of file systems that count their files.
bool is_out_of_inodes(const fs::path& path) {
  struct statvfs info{};
  return ::statvfs(existing_part(path).c_str(), &info) == 0 && info.f_files > 0 && info.f_favail == 0;
}

}  // namespace

Error disk_full(const fs::path& path) {
  const fs::path point = mount_point(path);
  const auto left = free_space(path);
  if (is_out_of_inodes(path))
    return Error{
        .kind = ErrorKind::infra,
        .what = fmt::format("no inodes left on {}: it holds as many files as it can", point.string()),
        .context = {},
        .hint = fmt::format("{} are free there, but no file can be made: remove files there, or move "
                            "what makes them ({})",
                            format_bytes(left.value_or(0)), path.string())};
  return Error{.kind = ErrorKind::infra,
               .what = "no space left on " + point.string(),
               .context = {},
               .hint = fmt::format("{} are free there: make room, or move what writes to it ({})",
                                   format_bytes(left.value_or(0)), path.string())};
}

bool has_room(const fs::path& path) {
  constexpr std::uint64_t k_room = std::uint64_t{1} << 30;
  return !is_out_of_inodes(path) && free_space(path).value_or(0) >= k_room;
}

Error file_error(std::string_view doing, const fs::path& path, int error) {
  const std::string failed = fmt::format("cannot {} {}", doing, path.string());
  if (error == ENOSPC || error == EDQUOT) return disk_full(path).in(failed);
  if (error == EFBIG)
    return Error{.kind = ErrorKind::infra,
                 .what = failed + ": the file would be larger than the limit of file sizes allows",
                 .context = {},
                 .hint = "raise the limit: ulimit -f unlimited"};
  return Error{.kind = ErrorKind::infra,
               .what = fmt::format("{}: {}", failed, std::strerror(error)),
               .context = {},
               .hint = {}};
}

Result<std::string> read_file(const fs::path& path) {
  std::string out;
  CULPRIT_TRY(read_blocks(path, [&](std::string_view block) { out += block; }));
  return out;
}

Result<void> write_file_atomically(const fs::path& path, std::string_view bytes) {
  struct stat target{};
  if (::stat(path.c_str(), &target) == 0 && !S_ISREG(target.st_mode)) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd) return std::unexpected(file_error("write", path, errno));
    return write_all(fd.get(), path, bytes);
  }
  static std::atomic<unsigned> count{0};
  const fs::path temporary = fmt::format("{}.{}.{}.tmp", path.string(), ::getpid(), ++count);
  if (auto written = write_new_file(temporary, bytes); !written) {
    ::unlink(temporary.c_str());
    return written;
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return std::unexpected(file_error("write", path, error));
  }
  // The name is durable once its folder is; a file system that cannot sync folders has no better way.
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) ::fsync(fd.get());
  return {};
}

bool is_there(const fs::path& path) {
  std::error_code none;
  return fs::exists(path, none);
}

Result<void> make_folders(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return std::unexpected(file_error("make the folder", path, error.value()));
  return {};
}

Result<void> remove_tree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (!error) return {};
  open_up_folders(path);
  fs::remove_all(path, error);
  if (error) return std::unexpected(file_error("remove", path, error.value()));
  return {};
}

// Each folder is opened before it is walked into.
void open_up_folders(const fs::path& path) {
  std::error_code error, walk_error;
  const auto open_up = [&](const fs::path& folder, const fs::file_status& status) {
    if (!fs::is_directory(status)) return;
    if ((status.permissions() & fs::perms::owner_all) == fs::perms::owner_all) return;
    fs::permissions(folder, fs::perms::owner_all, fs::perm_options::add | fs::perm_options::nofollow, error);
  };
  open_up(path, fs::symlink_status(path, error));
  for (fs::recursive_directory_iterator walk(path, walk_error), end; !walk_error && walk != end;) {
    open_up(walk->path(), walk->symlink_status(error));
    walk.increment(walk_error);
  }
}

Result<std::uint64_t> free_space(const fs::path& path) {
  struct statvfs info{};
  if (::statvfs(existing_part(path).c_str(), &info) != 0)
    return std::unexpected(file_error("tell the free space of", path, errno));
  return std::uint64_t{info.f_bavail} * info.f_frsize;
}

Result<TempDir> TempDir::create(std::string_view prefix, const fs::path& parent) {
  const fs::path folder = !parent.empty() ? parent : temp_folder();
  std::string name =
      (folder / (std::string(prefix) + fmt::format("{}-{}-", ::getpid(), machine()) + "XXXXXX")).string();
  if (!::mkdtemp(name.data())) return std::unexpected(file_error("make a folder in", folder, errno));
  return TempDir(name);
}

// A process id that was given to another process keeps the folder; a later start removes it.
std::size_t remove_stale_temp_dirs(const fs::path& parent) {
  const std::string here = machine();
  std::error_code none;
  const fs::path folder = !parent.empty() ? parent : temp_folder();
  std::vector<fs::path> stale;
  for (const auto& entry :
       fs::directory_iterator(folder, fs::directory_options::skip_permission_denied, none)) {
    const pid_t maker = maker_of(entry.path().filename().string(), here);
    if (maker > 0 && is_gone(maker) && is_own_folder(entry.path())) stale.push_back(entry.path());
  }
  return static_cast<std::size_t>(
      std::ranges::count_if(stale, [](const fs::path& path) { return remove_tree(path).has_value(); }));
}

TempDir& TempDir::operator=(TempDir&& other) noexcept {
  std::swap(m_path, other.m_path);
  return *this;
}

TempDir::~TempDir() {
  if (!m_path.empty()) (void)remove_tree(m_path);  // what cannot be removed is left to the system's tidying
}

fs::path TempDir::release() { return std::exchange(m_path, {}); }

struct Sha256::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(evp); }
};

Sha256::Sha256() : m_context(std::make_unique<Context>()) {
  CULPRIT_CHECK(m_context->evp && EVP_DigestInit_ex(m_context->evp, EVP_sha256(), nullptr) == 1,
                "OpenSSL without SHA-256");
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  CULPRIT_CHECK(EVP_DigestUpdate(m_context->evp, bytes.data(), bytes.size()) == 1, "EVP_DigestUpdate");
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  CULPRIT_CHECK(EVP_DigestFinal_ex(m_context->evp, digest.data(), &size) == 1, "EVP_DigestFinal_ex");
  std::string out;
  for (unsigned i = 0; i < size; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

std::string sha256(std::string_view bytes) {
  Sha256 digest;
  digest.update(bytes);
  return digest.hex();
}

Result<std::string> sha256_file(const fs::path& path) {
  Sha256 digest;
  CULPRIT_TRY(read_blocks(path, [&](std::string_view block) { digest.update(block); }));
  return digest.hex();
}

}  // namespace culprit::base
