// A folder or an archive becomes a squashfs: it is made once, costs a guest no memory but for what is touched, and a
// thousand runs find the same root. As initramfs it needs no driver at all, which is what kernels with every driver
// as a module have. An archive is unpacked first, so that there is one way from files to what QEMU takes; without
// being root, all files belong to root in the guest. An image is left alone: QEMU keeps what a guest writes in a
// file of its own. The rejected way for folders is 9p: a folder that changes under a guest is another root.

#include "run/guest/root.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "base/archive/cpio.h"
#include "base/files.h"
#include "base/process/subprocess.h"
#include "run/guest/elf.h"

namespace culprit::run {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::Result;

// Part of every key: to be raised when the same files are packed otherwise.
constexpr int k_recipe = 1;
// Packed roots that are kept; what was used within the last day stays in any case.
constexpr std::size_t k_most_kept = 8;
constexpr auto k_in_use = std::chrono::hours(24);
constexpr const char* k_what_roots_are =
    "a folder or tar archive of a root file system, a disk image (raw, qcow2), or \"host\"; `culprit root` "
    "makes one";

enum class Nature { folder, archive, squashfs, qcow2, raw, unknown };

std::string bytes_at(const fs::path& file, std::streamoff offset, std::size_t count) {
  std::string bytes(count, '\0');
  std::ifstream in(file, std::ios::binary);
  in.seekg(offset);
  in.read(bytes.data(), static_cast<std::streamsize>(count));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, in.gcount())));
  return bytes;
}

// By what the file begins with. A compressed file is taken for an archive: tar says if it is none.
Nature nature_of(const fs::path& path) {
  std::error_code none;
  if (fs::is_directory(path, none)) return Nature::folder;
  const std::string head = bytes_at(path, 0, 8);
  if (head.starts_with("hsqs")) return Nature::squashfs;
  if (head.starts_with("QFI\xfb")) return Nature::qcow2;
  for (const std::string_view magic : {"\x1f\x8b",
                                       "\xfd"
                                       "7zXZ",
                                       "\x28\xb5\x2f\xfd", "BZh"})
    if (head.starts_with(magic)) return Nature::archive;
  if (bytes_at(path, 257, 5) == "ustar") return Nature::archive;
  const bool disk = bytes_at(path, 510, 2) == "\x55\xaa" || bytes_at(path, 1024 + 56, 2) == "\x53\xef" ||
                    head.starts_with("XFSB") || bytes_at(path, 65536 + 64, 8) == "_BHRfS_M";
  return disk ? Nature::raw : Nature::unknown;
}

Result<Nature> checked_nature(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error))
    return fail(ErrorKind::usage, fmt::format("the root {} does not exist", path.string()), k_what_roots_are);
  if (::access(path.c_str(), R_OK) != 0)
    return fail(ErrorKind::usage, fmt::format("the root {} cannot be read", path.string()),
                "as it is, only another user may read it");
  const Nature nature = nature_of(path);
  if (nature == Nature::unknown)
    return fail(ErrorKind::usage, fmt::format("the root {} is nothing that a guest can have", path.string()),
                k_what_roots_are);
  return nature;
}

Result<void> check_folder(const fs::path& folder, const RootOptions& options) {
  const auto shell = find_within(folder, "/bin/sh");
  if (!shell)
    return fail(ErrorKind::usage, fmt::format("the root {} has no shell: /bin/sh is not in it", options.root),
                "culprit's init starts the reproducer there; `culprit root --packages dash,coreutils OUT` "
                "makes a root");
  const auto arch = architecture_of(*shell);
  if (arch && !runs_on(*arch, options.arch))
    return fail(ErrorKind::usage,
                fmt::format("the root {} is for {}, and the kernel is built for {}", options.root, *arch,
                            options.arch),
                "make one for the kernel's architecture, or set \"arch\" in [kernel]");
  return {};
}

// Changes with whatever changes below `folder`, as far as names, sizes and times tell.
std::string state_of(const fs::path& folder) {
  std::vector<std::string> lines;
  std::error_code none;
  const auto options = fs::directory_options::skip_permission_denied;
  for (auto entry = fs::recursive_directory_iterator(folder, options, none);
       entry != fs::recursive_directory_iterator(); entry.increment(none)) {
    const bool is_file = !entry->is_symlink(none) && entry->is_regular_file(none);
    const auto time = entry->is_symlink(none) ? fs::file_time_type() : entry->last_write_time(none);
    lines.push_back(fmt::format("{} {} {}\n", entry->path().string(), is_file ? entry->file_size(none) : 0,
                                time.time_since_epoch().count()));
  }
  std::ranges::sort(lines);
  base::Sha256 sum;
  for (const std::string& line : lines) sum.update(line);
  return sum.hex();
}

std::string key_of(const fs::path& path, Nature nature, bool initramfs) {
  std::error_code none;
  std::string state = nature == Nature::folder
                          ? state_of(path)
                          : fmt::format("{} {}", fs::file_size(path, none),
                                        fs::last_write_time(path, none).time_since_epoch().count());
  return base::sha256(fmt::format("{} {} {} {} {}", k_recipe, fs::absolute(path, none).string(), state,
                                  initramfs, ::geteuid() == 0));
}

Result<std::string> tool(std::vector<std::string> argv, const char* package,
                         const base::CancelToken& cancel) {
  const std::string name = argv[0];
  auto done = base::run_tool({.argv = std::move(argv)}, cancel);
  if (!done && done.error().what.starts_with("cannot start '"))
    done.error().hint = fmt::format("{} is needed for a guest's root: apt-get install {}", name, package);
  return done;
}

// Device nodes are the guest's affair, whose /dev is its kernel's.
Result<void> unpack(const fs::path& archive, const fs::path& to, const base::CancelToken& cancel) {
  std::vector<std::string> argv = {
      "tar", "-x", "-p", "-f", archive.string(), "-C", to.string(), "--exclude=./dev/*", "--exclude=dev/*"};
  if (::geteuid() != 0) argv.insert(argv.end(), {"--no-same-owner"});
  auto done = tool(std::move(argv), "tar", cancel);
  if (done) return {};
  if (!cancel.cancelled() && done.error().hint.empty()) {
    done.error().kind = ErrorKind::usage;
    done.error().hint = k_what_roots_are;
  }
  return std::unexpected(std::move(done.error()).in("unpacking the root " + archive.string()));
}

Result<void> pack_squashfs(const fs::path& folder, const fs::path& to, const base::CancelToken& cancel) {
  // gzip: what every kernel with a squashfs can read.
  std::vector<std::string> argv = {"mksquashfs",   folder.string(), to.string(), "-noappend",
                                   "-no-progress", "-quiet",        "-comp",     "gzip",
                                   "-e",           "proc",          "sys",       "dev"};
  if (::geteuid() != 0) argv.insert(argv.begin() + 3, "-all-root");
  CULPRIT_TRY_IN(tool(std::move(argv), "squashfs-tools", cancel), "packing the root");
  return {};
}

Result<void> pack_initramfs(const fs::path& folder, const fs::path& to) {
  base::CpioWriter cpio;
  auto added = cpio.add_tree(folder, k_root_folder);
  if (!added) {
    added.error().kind = ErrorKind::usage;
    added.error().hint = "what belongs to other users can be given as a tar archive, or culprit run as root";
    return added;
  }
  return base::write_file_atomically(to, std::move(cpio).finish());
}

void make_room(const fs::path& cache) {
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  std::error_code none;
  for (const auto& file : fs::directory_iterator(cache, none))
    if (file.is_regular_file(none)) files.emplace_back(file.last_write_time(none), file.path());
  std::ranges::sort(files, std::greater());
  const auto now = fs::file_time_type::clock::now();
  for (std::size_t i = k_most_kept; i < files.size(); ++i)
    if (now - files[i].first > k_in_use) fs::remove(files[i].second, none);
}

Result<fs::path> packed(const fs::path& path, Nature nature, const RootOptions& options,
                        const base::CancelToken& cancel) {
  std::error_code error;
  const fs::path cache = (options.cache_dir.empty() ? fs::temp_directory_path(error) / "culprit-roots"
                                                    : options.cache_dir / "roots");
  CULPRIT_TRY(base::make_folders(cache));
  fs::path file =
      cache / (key_of(path, nature, options.initramfs) + (options.initramfs ? ".cpio" : ".squashfs"));
  if (fs::exists(file, error)) {
    fs::last_write_time(file, fs::file_time_type::clock::now(), error);  // counts as used
    return file;
  }
  base::remove_stale_temp_dirs(cache);
  const auto scratch = CULPRIT_TRY(base::TempDir::create(".new-", cache));
  fs::path folder = path;
  if (nature == Nature::archive) {
    folder = scratch.path() / k_root_folder;
    fs::create_directory(folder, error);
    CULPRIT_TRY(unpack(path, folder, cancel));
  }
  CULPRIT_TRY(check_folder(folder, options));
  const fs::path made = scratch.path() / "made";
  if (options.initramfs)
    CULPRIT_TRY(pack_initramfs(folder, made));
  else
    CULPRIT_TRY(pack_squashfs(folder, made, cancel));
  fs::rename(made, file, error);
  if (error) return std::unexpected(base::file_error("create", file, error.value()));
  make_room(cache);
  return file;
}

}  // namespace

Result<RootKind> root_kind(const RootOptions& options) {
  if (options.root.empty()) return RootKind::none;
  if (options.root == k_host_root) return RootKind::host;
  switch (CULPRIT_TRY(checked_nature(options.root))) {
    case Nature::folder:
    case Nature::archive:
      return options.initramfs ? RootKind::initramfs : RootKind::squashfs;
    case Nature::squashfs:
      return RootKind::squashfs;
    default:
      return RootKind::image;
  }
}

Result<GuestRoot> prepare_root(const RootOptions& options, const base::CancelToken& cancel) {
  GuestRoot root{.kind = CULPRIT_TRY(root_kind(options)), .file = {}};
  if (root.kind == RootKind::none) return root;
  if (root.kind == RootKind::host) {
    CULPRIT_TRY(check_folder("/", options));
    return root;
  }
  const Nature nature = CULPRIT_TRY(checked_nature(options.root));
  root.file = options.root;
  if (nature == Nature::folder) CULPRIT_TRY(check_folder(options.root, options));
  if (nature == Nature::folder || nature == Nature::archive)
    root.file = CULPRIT_TRY(packed(options.root, nature, options, cancel));
  if (nature == Nature::qcow2) root.format = "qcow2";
  std::error_code none;
  root.bytes = fs::file_size(root.file, none);
  return root;
}

}  // namespace culprit::run
