"""What soak.py does to a service from outside: a wall clock that jumps, a disk that is full, a network that is cut, a cluster that
loses its parts."""
import os
import pathlib
import shlex
import socket
import subprocess
import sys
import threading
import time

CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long ahead(void) {
  static volatile long* file;
  if (!file) {
    const char* path = getenv("SOAK_CLOCK");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) return 0;
    void* at = mmap(0, sizeof *file, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (at == MAP_FAILED) return 0;
    file = at;
  }
  return *file;
}
int clock_gettime(clockid_t id, struct timespec* at) {
  static int (*real)(clockid_t, struct timespec*);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int code = real(id, at);
  if (code == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) at->tv_sec += ahead();
  return code;
}
time_t time(time_t* at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
int gettimeofday(struct timeval* at, void* zone) {
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}
"""


class Clock:
    """The wall clock of a service and of all that it starts: a library that stands before libc's. Durations, and the times
    of files, stay what they are."""

    def __init__(self, folder, wanted):
        self.file, self.library = folder / "clock", folder / "clock.so" if wanted else None
        if wanted:
            self.file.write_bytes(bytes(8))
            subprocess.run(["cc", "-shared", "-fPIC", "-O", "-x", "c", "-", "-o", self.library], input=CLOCK, text=True, check=True)

    def set(self, seconds):
        """The clock is so far ahead of the true one from now on."""
        with open(self.file, "r+b") as file:
            file.write(seconds.to_bytes(8, sys.byteorder, signed=True))

    def environment(self):
        return {"LD_PRELOAD": str(self.library), "SOAK_CLOCK": str(self.file)} if self.library else {}


def fill(folder, seconds):
    """No byte is left for so long."""
    try:
        with open(folder / "filler", "wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        file.write(b"\0" * size)
                except OSError:
                    continue
        time.sleep(seconds)
    finally:
        (folder / "filler").unlink(missing_ok=True)


class Proxy:
    """A TCP proxy with an address of its own before a service that comes back on another port each time; it can be cut, which
    resets what is open, in the middle of whatever it is, and refuses what comes."""

    def __init__(self):
        self.target, self.cut_until, self.open, self.lock = None, 0.0, set(), threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                if time.monotonic() < self.cut_until or self.target is None:
                    raise OSError
                server = socket.create_connection(self.target, 5)
                server.settimeout(None)
            except OSError:
                self.reset(client)
                continue
            with self.lock:
                self.open |= {client, server}
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(one, other), daemon=True).start()

    def pump(self, source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        with self.lock:
            self.open -= {source}
        source.close()

    @staticmethod
    def reset(end):
        try:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        end.close()

    def cut(self, seconds):
        self.cut_until = time.monotonic() + seconds
        with self.lock:
            ends = list(self.open)
        for end in ends:
            try:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()
        self.cut(3600)


class Cluster:
    """Slurm on this machine alone (examples/service/slurm-here.sh), which loses nodes, jobs and its controller."""

    FAULTS = ("node", "controller", "cancelled", "preempted")

    def __init__(self, folder):
        here = pathlib.Path(__file__).resolve().parents[2] / "examples/service/slurm-here.sh"
        self.shell = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.do(f". {shlex.quote(str(here))} && slurm_obstacle && slurm_begin {shlex.quote(str(folder))}"):
            sys.exit("Slurm does not come up here")
        os.environ["PATH"] += ":/usr/sbin"
        os.environ["SLURM_CONF"] = str(folder / "slurm.conf")

    def do(self, words):
        """The exit code of some words of that shell."""
        self.shell.stdin.write(f"{{ {words}; }} >&2; echo $?\n")
        self.shell.stdin.flush()
        return int(self.shell.stdout.readline())

    @staticmethod
    def running():
        """[(job, node)] of what runs in the partition of the service."""
        told = subprocess.run(["squeue", "--noheader", "--states=RUNNING", "--partition=lab", "--format=%i %N"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        return [tuple(line.split()) for line in told.splitlines()]

    def strike(self, fault, rng):
        """Whether it met anything."""
        seconds = 1 + 3 * rng.random()
        if fault == "controller":
            return not self.do(f"slurm_kill_controller; sleep {seconds}; slurm_controller")
        running = self.running()
        if not running:
            return False
        job, node = rng.choice(running)
        if fault == "node":
            return not self.do(f"slurm_lose_node {node}; sleep {seconds}; slurm_node {node}; "
                               f"for _ in $(seq 100); do sinfo --noheader --nodes={node} --format=%T | grep -q down || break; sleep 0.1; done")
        if fault == "preempted":
            return not self.do(f"sbatch --partition=urgent --nodelist={node} --exclusive --output=/dev/null --wrap='sleep {seconds}'")
        return not self.do(f"scancel {job}")

    def close(self):
        self.do("slurm_end")
        self.shell.stdin.close()
        self.shell.wait()
