#include "base/process/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace culprit::base {
namespace {

bool read_stat(pid_t pid, TreeProcess& process) {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char text[512];
  const ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  if (size <= 0) return false;
  text[size] = 0;
  const char* after_name = std::strrchr(text, ')');  // the name itself may hold anything
  char state = 0;
  if (!after_name || std::sscanf(after_name + 1, " %c %d", &state, &process.parent) != 2) return false;
  process.pid = pid;
  process.stoppable = state != 'Z' && state != 'X' && state != 'T' && state != 't';
  return true;
}

}  // namespace

std::vector<TreeProcess> descendants(pid_t root) {
  std::vector<TreeProcess> all;
  if (DIR* proc = opendir("/proc")) {
    while (const dirent* entry = readdir(proc)) {
      TreeProcess process{};
      const auto pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
      if (pid > 0 && read_stat(pid, process)) all.push_back(process);
    }
    closedir(proc);
  }
  std::vector<TreeProcess> found;
  std::vector<pid_t> parents{root};
  while (!parents.empty()) {
    const pid_t parent = parents.back();
    parents.pop_back();
    for (const TreeProcess& process : all)
      if (process.parent == parent) {
        found.push_back(process);
        parents.push_back(process.pid);
      }
  }
  return found;
}

std::vector<TreeProcess> stopped_descendants(pid_t root) {
  std::vector<TreeProcess> found;
  for (int round = 0; round < 100; ++round) {
    found = descendants(root);
    bool fresh = false;
    for (const TreeProcess& process : found)
      if (process.stoppable && kill(process.pid, SIGSTOP) == 0) fresh = true;
    if (!fresh) break;
  }
  return found;
}

}  // namespace culprit::base
