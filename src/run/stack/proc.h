// What /proc says of a process (proc(5)), and stopping all threads of one by ptrace.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

namespace culprit::run {

// The process that thread `tid` is of; -1 where it is gone.
pid_t process_of(pid_t tid);
std::vector<pid_t> threads_of(pid_t pid);
// "prog[12]"; the number alone where it is gone.
std::string name_of_process(pid_t pid);
// Bytes in memory; 0 where it is gone.
std::size_t resident_bytes(pid_t pid);

enum class Disposition { ends, ignored, caught };
// What `signal` does to the process; `ends` where that is not known.
Disposition disposition_of(pid_t pid, int signal);

// A stop that waitpid told of.
struct StoppedThread {
  pid_t tid = 0;
  int status = 0;
};

// Stops the threads of `pid` other than `except`, all seized by the calling thread already, and returns those that
// PTRACE_CONT without a signal sends on. Other stops that they come to meanwhile go to `deferred`. A thread that does
// not stop within a second (it waits in the kernel) is left alone.
std::vector<pid_t> hold_threads(pid_t pid, pid_t except, std::deque<StoppedThread>& deferred);

}  // namespace culprit::run
