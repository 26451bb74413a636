// Files: whole reads, writes that are complete or absent, temporary folders, digests.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace culprit::base {

// The Error for a system call on `path` that failed with errno `error`; `doing` is as in "cannot <doing>".
// Kind infra; a full disk is named by its mount point and hinted at, so are a disk without inodes and the limit
// of file sizes.
Error file_error(std::string_view doing, const std::filesystem::path& path, int error);
// "no space left on <mount point>", or that its inodes are used up: for whoever sees ENOSPC without an errno of its
// own, in a tool's output.
Error disk_full(const std::filesystem::path& path);
// Is there room again, for whoever was just told that the disk is full? From 1 GiB and one more file on.
bool has_room(const std::filesystem::path& path);

// All of the file, which may be a pipe. Errors are infra: a caller who was given the path by the user changes
// the kind.
Result<std::string> read_file(const std::filesystem::path& path);
// After return `path` holds `bytes`, also after a power failure; at any time before, what it held. A path
// that names something else than a regular file (/dev/stdout) is written to as it is.
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view bytes);
// Whether `path`, or what it links to, can be looked at.
bool is_there(const std::filesystem::path& path);
// Makes the folder `path` and those above it that are not there.
Result<void> make_folders(const std::filesystem::path& path);
// Removes `path` and all below it, folders without write permission included; follows no link. Not to be
// there is no error.
Result<void> remove_tree(const std::filesystem::path& path);
// Lets the owner write in every folder at and below `path`, where that is not so: some tools leave folders
// without write permission (Go's module cache), in which nothing can be removed. Follows no link; what cannot be
// changed stays as it is.
void open_up_folders(const std::filesystem::path& path);
// Bytes that this user may still write to the file system of `path`.
Result<std::uint64_t> free_space(const std::filesystem::path& path);

// A folder of its own, removed with all its contents on destruction.
class TempDir {
 public:
  // `parent`/`prefix`MAKER-XXXXXX; an empty parent is $TMPDIR, or /tmp. MAKER names this process.
  static Result<TempDir> create(std::string_view prefix, const std::filesystem::path& parent = {});
  TempDir(TempDir&& other) noexcept : m_path(std::move(other.m_path)) { other.m_path.clear(); }
  TempDir& operator=(TempDir&& other) noexcept;
  ~TempDir();

  const std::filesystem::path& path() const { return m_path; }
  // Leaves the folder to the caller.
  std::filesystem::path release();

 private:
  explicit TempDir(std::filesystem::path path) : m_path(std::move(path)) {}
  std::filesystem::path m_path;
};

// Removes the folders below `parent` (empty: $TMPDIR, or /tmp) that TempDir made, with a prefix of "culprit-..."
// or ".new-", for a process of this user on this machine that is gone: it was killed before it could. Yields how
// many.
std::size_t remove_stale_temp_dirs(const std::filesystem::path& parent = {});

// SHA-256 of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  // 64 lower-case hexadecimal digits; the object is spent.
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> m_context;
};

std::string sha256(std::string_view bytes);
// Of the file's contents, in memory of a constant size.
Result<std::string> sha256_file(const std::filesystem::path& path);

}  // namespace culprit::base
