// A guest's user space: a root file system out of a folder, an archive, a disk image or the host's own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/process/cancel.h"
#include "base/result.h"

namespace culprit::run {

// How the root comes into the guest. All but the first are changed in the guest's memory only.
enum class RootKind {
  none,       // busybox alone
  initramfs,  // a cpio archive, unpacked at boot: needs no driver, and memory for all of it
  squashfs,   // a read-only disk with an overlay in memory
  image,      // a disk image with a snapshot of QEMU's
  host,       // the host's own by 9p, read-only with an overlay in memory
};

struct RootOptions {
  std::string root;                 // a path, or "host"; empty: none
  bool initramfs = false;           // of a folder or an archive; else a squashfs
  std::string arch = "x86_64";      // of its programs, as `make ARCH=` has it
  std::filesystem::path cache_dir;  // where what is made of it is kept; empty: beside $TMPDIR's files
};

struct GuestRoot {
  RootKind kind = RootKind::none;
  std::filesystem::path file;  // the archive, the disk; empty for `none` and `host`
  std::string format = "raw";  // of a disk, in QEMU's word
  std::uint64_t bytes = 0;     // of `file`
};

inline constexpr const char* k_host_root = "host";
// Where the guest finds it; in the archive of an initramfs it stands below this folder.
inline constexpr const char* k_root_folder = "sysroot";

// Kind of the root that `options` means, without making it. Usage error for what is no root.
base::Result<RootKind> root_kind(const RootOptions& options);

// Makes what QEMU takes: packs a folder or an archive, once for each state of it. Usage errors, with a hint: there is
// no such file, it is no root (no shell), its programs are of another architecture. A tool that is missing
// (mksquashfs, tar) is one of the machine.
base::Result<GuestRoot> prepare_root(const RootOptions& options, const base::CancelToken& cancel);

}  // namespace culprit::run
