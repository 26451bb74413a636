// Calls that fail: preloaded into culprit, it fails or delays the Nth call of a class of calls to the C library. What lies between a
// program and its machine is there: sqlite's writes, the streams of libstdc++, posix_spawn. What the C library calls within itself is
// not (the opening of a locale), nor is a child: of the processes that inherit the environment only the one whose executable is called
// $FAULT_IN acts, all others are left alone.
//
//   FAULT=CLASS:N:ACTION    ACTION: an errno (EIO, ENOSPC, EMFILE, ENOMEM, EAGAIN, EINTR, EACCES), kill, delay (300 ms), short (a
//                           write of one byte), jump (the clock goes an hour ahead, for good), back (an hour back, for good)
//   FAULT_COUNTS=FILE       how many calls of each class there were, written when the process ends
//
// A class of calls is counted over all threads. `open` counts what is opened for writing or created, `read_open` the others.
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

namespace {

enum Class {
  k_open,
  k_read_open,
  k_read,
  k_write,
  k_pwrite,
  k_sync,
  k_rename,
  k_unlink,
  k_mkdir,
  k_stat,
  k_truncate,
  k_pipe,
  k_spawn,
  k_clock,
  k_classes
};
const char* const k_names[k_classes] = {"open",     "read_open", "read",   "write", "pwrite",
                                        "sync",     "rename",    "unlink", "mkdir", "stat",
                                        "truncate", "pipe",      "spawn",  "clock"};
const struct {
  const char* name;
  int value;
} k_errors[] = {{"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EMFILE", EMFILE}, {"ENOMEM", ENOMEM},
                {"EAGAIN", EAGAIN}, {"EINTR", EINTR},   {"EACCES", EACCES}};

bool g_here = false;  // this process is the one that is meant
int g_class = -1, g_error = 0;
long g_number = 0;
char g_action[16];
std::atomic<long> g_counts[k_classes];
std::atomic<long> g_clock_offset{0};  // seconds

void read_fault(const char* fault) {
  char name[16];
  if (sscanf(fault, "%15[a-z_]:%ld:%15[A-Za-z]", name, &g_number, g_action) != 3) return;
  for (int i = 0; i < k_classes; ++i)
    if (!strcmp(name, k_names[i])) g_class = i;
  for (const auto& error : k_errors)
    if (!strcmp(g_action, error.name)) g_error = error.value;
}

__attribute__((constructor)) void begin() {
  char path[4096];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
  const char* wanted = getenv("FAULT_IN");
  if (n <= 0 || !wanted) return;
  path[n] = 0;
  const char* slash = strrchr(path, '/');
  if (!slash || strcmp(slash + 1, wanted)) return;
  if (const char* fault = getenv("FAULT")) read_fault(fault);
  g_here = true;
}

__attribute__((destructor)) void end() {
  const char* file = getenv("FAULT_COUNTS");
  if (!g_here || !file) return;
  g_here = false;
  char text[1024];
  int size = 0;
  for (int i = 0; i < k_classes; ++i)
    size += snprintf(text + size, sizeof text - static_cast<size_t>(size), "%s %ld\n", k_names[i],
                     g_counts[i].load());
  const long fd = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd >= 0) (void)!syscall(SYS_write, fd, text, size);
}

// The next call of this class: true if it has to fail, with the error in errno. A delay or a death happens here.
bool fails(Class kind) {
  if (!g_here || g_counts[kind].fetch_add(1) + 1 != g_number || kind != g_class) return false;
  if (!strcmp(g_action, "kill")) syscall(SYS_kill, getpid(), SIGKILL);
  if (!strcmp(g_action, "delay")) {
    const timespec pause{0, 300'000'000};
    syscall(SYS_nanosleep, &pause, nullptr);
  }
  if (!strcmp(g_action, "jump")) g_clock_offset = 3600;
  if (!strcmp(g_action, "back")) g_clock_offset = -3600;
  errno = g_error;
  return g_error != 0;
}

bool is_short(Class kind) {
  return g_here && kind == g_class && !strcmp(g_action, "short") && g_counts[kind].load() == g_number;
}

template <class F>
F* next(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}
#define REAL(name) static auto* const real = next<decltype(name)>(#name)

Class opening(int flags) { return flags & (O_WRONLY | O_RDWR | O_CREAT) ? k_open : k_read_open; }

}  // namespace

extern "C" {

#define OPEN(name, AT_PARAMETER, AT_ARGUMENT)                                       \
  int name(AT_PARAMETER const char* path, int flags, ...) {                         \
    static auto* const real = next<int(AT_PARAMETER const char*, int, ...)>(#name); \
    va_list rest;                                                                   \
    va_start(rest, flags);                                                          \
    const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;   \
    va_end(rest);                                                                   \
    return fails(opening(flags)) ? -1 : real(AT_ARGUMENT path, flags, mode);        \
  }
#define NOTHING
#define COMMA_PARAMETER int at,
#define COMMA_ARGUMENT at,
OPEN(open, NOTHING, NOTHING)
OPEN(open64, NOTHING, NOTHING)
OPEN(openat, COMMA_PARAMETER, COMMA_ARGUMENT)
OPEN(openat64, COMMA_PARAMETER, COMMA_ARGUMENT)

FILE* fopen(const char* path, const char* mode) {
  REAL(fopen);
  return fails(strpbrk(mode, "wa+") ? k_open : k_read_open) ? nullptr : real(path, mode);
}
FILE* fopen64(const char* path, const char* mode) {
  REAL(fopen64);
  return fails(strpbrk(mode, "wa+") ? k_open : k_read_open) ? nullptr : real(path, mode);
}
DIR* opendir(const char* path) {
  REAL(opendir);
  return fails(k_read_open) ? nullptr : real(path);
}
int mkostemp(char* pattern, int flags) {
  REAL(mkostemp);
  return fails(k_open) ? -1 : real(pattern, flags);
}
char* mkdtemp(char* pattern) {
  REAL(mkdtemp);
  return fails(k_mkdir) ? nullptr : real(pattern);
}

ssize_t read(int fd, void* to, size_t size) {
  REAL(read);
  return fails(k_read) ? -1 : real(fd, to, size);
}
ssize_t write(int fd, const void* from, size_t size) {
  REAL(write);
  if (fails(k_write)) return -1;
  return real(fd, from, is_short(k_write) && size > 1 ? 1 : size);
}
ssize_t writev(int fd, const iovec* parts, int count) {
  REAL(writev);
  return fails(k_write) ? -1 : real(fd, parts, count);
}
ssize_t pwrite(int fd, const void* from, size_t size, off_t at) {
  REAL(pwrite);
  if (fails(k_pwrite)) return -1;
  return real(fd, from, is_short(k_pwrite) && size > 1 ? 1 : size, at);
}
ssize_t pwrite64(int fd, const void* from, size_t size, off64_t at) {
  REAL(pwrite64);
  if (fails(k_pwrite)) return -1;
  return real(fd, from, is_short(k_pwrite) && size > 1 ? 1 : size, at);
}
int fsync(int fd) {
  REAL(fsync);
  return fails(k_sync) ? -1 : real(fd);
}
int fdatasync(int fd) {
  REAL(fdatasync);
  return fails(k_sync) ? -1 : real(fd);
}
int ftruncate(int fd, off_t size) {
  REAL(ftruncate);
  return fails(k_truncate) ? -1 : real(fd, size);
}
int ftruncate64(int fd, off64_t size) {
  REAL(ftruncate64);
  return fails(k_truncate) ? -1 : real(fd, size);
}
int posix_fallocate64(int fd, off64_t at, off64_t size) {
  REAL(posix_fallocate64);
  return fails(k_truncate) ? g_error : real(fd, at, size);
}
int rename(const char* from, const char* to) {
  REAL(rename);
  return fails(k_rename) ? -1 : real(from, to);
}
int renameat(int from_at, const char* from, int to_at, const char* to) {
  REAL(renameat);
  return fails(k_rename) ? -1 : real(from_at, from, to_at, to);
}
int unlink(const char* path) {
  REAL(unlink);
  return fails(k_unlink) ? -1 : real(path);
}
int unlinkat(int at, const char* path, int flags) {
  REAL(unlinkat);
  return fails(k_unlink) ? -1 : real(at, path, flags);
}
int rmdir(const char* path) {
  REAL(rmdir);
  return fails(k_unlink) ? -1 : real(path);
}
int remove(const char* path) {
  REAL(remove);
  return fails(k_unlink) ? -1 : real(path);
}
int mkdir(const char* path, mode_t mode) {
  REAL(mkdir);
  return fails(k_mkdir) ? -1 : real(path, mode);
}
int stat(const char* path, struct stat* to) {
  REAL(stat);
  return fails(k_stat) ? -1 : real(path, to);
}
int lstat(const char* path, struct stat* to) {
  REAL(lstat);
  return fails(k_stat) ? -1 : real(path, to);
}
int fstat(int fd, struct stat* to) {
  REAL(fstat);
  return fails(k_stat) ? -1 : real(fd, to);
}
int statvfs(const char* path, struct statvfs* to) {
  REAL(statvfs);
  return fails(k_stat) ? -1 : real(path, to);
}
int pipe(int* ends) {
  REAL(pipe);
  return fails(k_pipe) ? -1 : real(ends);
}
int pipe2(int* ends, int flags) {
  REAL(pipe2);
  return fails(k_pipe) ? -1 : real(ends, flags);
}
int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                const posix_spawnattr_t* attributes, char* const* argv, char* const* env) {
  REAL(posix_spawn);
  return fails(k_spawn) ? g_error : real(pid, path, actions, attributes, argv, env);
}
int posix_spawnp(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                 const posix_spawnattr_t* attributes, char* const* argv, char* const* env) {
  REAL(posix_spawnp);
  return fails(k_spawn) ? g_error : real(pid, path, actions, attributes, argv, env);
}
int clock_gettime(clockid_t clock, timespec* to) {
  REAL(clock_gettime);
  fails(k_clock);
  const int done = real(clock, to);
  if (done == 0 && clock == CLOCK_REALTIME) to->tv_sec += g_clock_offset;
  return done;
}

}  // extern "C"
