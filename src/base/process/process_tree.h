// The processes below a process, as /proc knows them. Free of everything else: culprit-guard is made of it too.
#pragma once

#include <sys/types.h>

#include <vector>

namespace culprit::base {

struct TreeProcess {
  pid_t pid;
  pid_t parent;
  bool stoppable;  // neither a zombie nor stopped already
};

// All descendants of `root`; none where there is no /proc.
std::vector<TreeProcess> descendants(pid_t root);

// The same, all of them stopped (SIGSTOP), also of a tree that goes on forking: a stopped process cannot fork, so it
// stops whatever it finds until it finds nothing new.
std::vector<TreeProcess> stopped_descendants(pid_t root);

}  // namespace culprit::base
