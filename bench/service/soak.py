#!/usr/bin/env python3
"""Soak of the service: generated program histories, whose truth is known, through `culprit serve`, while it and what it
starts are killed and the repositories are rewritten.

    bench/service/soak.py --culprit build/release/culprit --jobs 40 --seed 1

Each history has a bug of some crash rate from some commit on, perhaps another crash that hides it now and then, and perhaps a
range that does not build. The faults: kill -9 of the service, of a bisection, of a guard; the tip of the repository is amended and
everything unreachable pruned; the disk is full for a while (--disk: the service's folder is a tmpfs of so many MiB, which root may
mount); the wall clock jumps, back and forth (--clock: a library that stands before libc's, made with cc). It ends with 0 where every job reached an answer or says that there is none, no answer is wrong, no run
is on record twice, and nothing is left running. Memory and disk are printed.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

TEST = """#!/bin/sh
[ -n "$CULPRIT_AGAIN" ] || echo "$CULPRIT_COMMIT $CULPRIT_RUN" >>{log}
n=$(cat number)
draw() {{ [ $(($(od -An -N2 -tu2 /dev/urandom) % 100)) -lt "$1" ]; }}
! draw {masked} || kill -ABRT $$
[ "$n" -lt {bad} ] || ! draw {rate} || kill -SEGV $$
exit 0
"""


class History:
    """One repository and what is true of it."""

    def __init__(self, folder, rng, number):
        self.repo = folder / f"repo{number}"
        self.log = folder / f"runs{number}"
        self.commits = rng.randint(12, 40)
        self.bad = rng.randint(3, self.commits - 1)
        self.rate = rng.choice([100, 100, 70, 40])
        self.masked = rng.choice([0, 0, 10])
        start = rng.randint(2, self.commits - 3)
        self.broken = rng.choice([range(0), range(start, start + 2)])
        if self.bad in self.broken or self.bad - 1 in self.broken or self.bad + 1 in self.broken:
            self.broken = range(0)  # else no answer is the truth
        self.repo.mkdir()
        self.git("init", "-q", "-b", "main")
        (self.repo / "test.sh").write_text(
            TEST.format(log=self.log, bad=self.bad, rate=self.rate, masked=self.masked))
        (self.repo / "test.sh").chmod(0o755)
        for n in range(1, self.commits + 1):
            (self.repo / "number").write_text(f"{n}\n")
            (self.repo / "build.sh").write_text("exit 1\n" if n in self.broken else "exit 0\n")
            self.git("add", "-A")
            self.git("commit", "-qm", f"change {n}")
        self.git("tag", "v1.0", f"HEAD~{self.commits - 1}")
        self.culprit = self.git("rev-parse", f"HEAD~{self.commits - self.bad}").strip()
        self.tip = self.git("rev-parse", "HEAD").strip()

    def git(self, *words):
        who = {f"GIT_{w}_{k}": v for w in ("AUTHOR", "COMMITTER") for k, v in (("NAME", "A"), ("EMAIL", "a@b.example"))}
        return subprocess.run(["git", *words], cwd=self.repo, env=os.environ | who, check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    def rewrite(self):
        """What a force-push leaves: another tip, the old one kept by nothing but a tag."""
        self.git("tag", "-f", "kept", self.tip)
        self.git("commit", "-q", "--amend", "-m", "rewritten")
        self.git("reflog", "expire", "--expire=now", "--all")
        self.git("gc", "-q", "--prune=now")

    def job(self, number):
        return {"repository": str(self.repo), "good": ["v1.0"], "bad": self.tip, "build": "sh build.sh",
                "command": ["./test.sh"], "runs": 8, "key": f"soak {number}", "title": f"history {number}"}


CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
static long ahead(void) {
  static volatile long* file;
  if (!file) {
    const char* path = getenv("SOAK_CLOCK");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) return 0;
    file = mmap(0, sizeof *file, PROT_READ, MAP_SHARED, fd, 0);
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
    """The wall clock of the service and of all that it starts; durations, and the times of files, stay what they are."""

    def __init__(self, folder, wanted):
        self.file, self.library = folder / "clock", folder / "clock.so" if wanted else None
        if wanted:
            self.file.write_bytes(bytes(8))
            subprocess.run(["cc", "-shared", "-fPIC", "-O", "-x", "c", "-", "-o", self.library], input=CLOCK, text=True, check=True)

    def set(self, seconds):
        with open(self.file, "r+b") as file:
            file.write(seconds.to_bytes(8, sys.byteorder, signed=True))

    def environment(self):
        return {"LD_PRELOAD": str(self.library), "SOAK_CLOCK": str(self.file)} if self.library else {}


class Service:
    def __init__(self, culprit, root, clock):
        self.culprit, self.root, self.clock, self.process, self.peak = culprit, root, clock, None, 0
        (root.parent / "service.toml").write_text(
            'slots = 2\n[policy]\nretry_after = ["1s", "1s", "2s", "2s", "5s", "5s", "10s", "10s", "10s", "10s", "10s", "10s"]\n'
            'brake_percent = 100\n[sandbox]\nmode = "off"\n')

    def start(self):
        (self.root / "url").unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [self.culprit, "serve", "--root", self.root, "--config", self.root.parent / "service.toml", "--listen",
             "127.0.0.1:0"], env=os.environ | self.clock.environment(), stderr=open(self.root.parent / "service.log", "ab"))
        until = time.monotonic() + 120
        while not (self.root / "url").exists():
            if self.process.poll() is not None or time.monotonic() > until:
                sys.exit("the service does not start")
            time.sleep(0.05)

    def kill(self):
        self.look()
        self.process.kill()
        self.process.wait()

    def look(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                self.peak = max(self.peak, int(line.split()[1]) // 1024)

    def ask(self, *words):
        out = subprocess.run([self.culprit, *words, "--root", self.root, "--json"], text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        return json.loads(out.stdout) if out.returncode == 0 else {}

    def jobs(self):
        return self.ask("jobs").get("jobs", [])

    def below(self, name):
        """Processes of that name which this service or its children started: those that carry its folder."""
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
                ours = str(self.root).encode() in (process / "environ").read_bytes() + b"\0".join(words)
            except OSError:
                continue
            if ours and words[0].endswith(name) and int(process.name) != self.process.pid:
                found.append(int(process.name))
        return found


def repeated(state):
    """How many runs are on record twice, and how many there are."""
    ids, twice = set(), 0
    for kind, body in sqlite3.connect(state).execute("select type, body from event order by bisection, sequence"):
        if kind == "run_finished":
            run = json.loads(body)["run"]
            twice += run["id"] in ids
            ids.add(run["id"])
    return twice, len(ids)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--culprit", required=True, type=lambda p: pathlib.Path(p).resolve())
    options.add_argument("--jobs", type=int, default=40)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--every", type=float, default=4, help="seconds between two faults; 0: none")
    options.add_argument("--disk", type=int, default=0, help="MiB of the service's folder, which is full now and then; 0: no such fault")
    options.add_argument("--clock", action="store_true", help="let the wall clock jump")
    options.add_argument("--faults", default="service bisection guard repository", help="the faults that --every gives")
    options.add_argument("--limit", type=float, default=3600, help="seconds until it counts as stuck")
    given = options.parse_args()
    rng = random.Random(given.seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="culprit-soak-"))
    os.environ |= {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), "GIT_CONFIG_NOSYSTEM": "1"}
    histories = [History(folder, rng, n) for n in range(given.jobs)]
    (folder / "service").mkdir()
    if given.disk:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={given.disk}m", "soak", folder / "service"], check=True)
    return soak(given, rng, folder, histories)


def fill(folder, seconds):
    """No byte is left for so long."""
    try:
        with open(folder / "filler", "wb") as file:
            while True:
                file.write(b"\0" * 65536)
                file.flush()
    except OSError:
        pass
    time.sleep(seconds)
    (folder / "filler").unlink()


def soak(given, rng, folder, histories):
    clock = Clock(folder, given.clock)
    kinds = given.faults.split() + (["disk"] if given.disk else []) + (["clock"] if given.clock else [])
    service = Service(given.culprit, folder / "service", clock)
    service.start()
    for number, history in enumerate(histories):
        drop = service.root / "drop" / f".{number}"
        drop.write_text(json.dumps(history.job(number)))
        drop.rename(service.root / "drop" / f"{number}.json")
    began, faults, next_fault = time.monotonic(), collections.Counter(), time.monotonic() + given.every
    while True:
        time.sleep(1)
        service.look()
        jobs = service.jobs()
        ended = [j for j in jobs if j["state"] in ("answered", "inconclusive", "failed", "cancelled")]
        if len(ended) == given.jobs or time.monotonic() - began > given.limit:
            break
        if given.every == 0 or time.monotonic() < next_fault:
            continue
        next_fault = time.monotonic() + given.every * (0.5 + rng.random())
        fault = rng.choice(kinds)
        if fault == "service":
            service.kill()
            service.start()
        elif fault == "repository":
            rng.choice(histories).rewrite()
        elif fault == "disk":
            fill(service.root, 1 + 3 * rng.random())
        elif fault == "clock":
            clock.set(rng.choice([-86400, -3600, -60, 0, 60, 3600, 86400]))
        else:
            victims = service.below(b"/culprit-guard" if fault == "guard" else b"/culprit")
            if not victims:
                continue
            try:
                os.kill(rng.choice(victims), signal.SIGKILL)
            except ProcessLookupError:
                continue
        faults[fault] += 1
    seconds = time.monotonic() - began
    jobs = service.jobs()
    right = wrong = none = twice = runs = executed = 0
    for job in jobs:
        history = histories[int(job["title"].split()[1])]
        answer = (job.get("answer") or {}).get("commit", "")
        right += answer == history.culprit
        wrong += bool(answer) and answer != history.culprit
        none += not answer
        if answer != history.culprit:
            print(f"#{job['id']} {job['state']}: {job['reason']}; bad {history.bad} of {history.commits}, rate "
                  f"{history.rate} %, masked {history.masked} %, broken {list(history.broken)}, answer {answer[:12]}")
        again, all_runs = repeated(service.root / "jobs" / str(job["id"]) / "state" / "culprit.db")
        twice, runs = twice + again, runs + all_runs
        executed += len(history.log.read_text().splitlines()) if history.log.exists() else 0
    disk = sum(f.stat().st_size for f in service.root.rglob("*") if f.is_file()) / 2**20
    service.process.send_signal(signal.SIGTERM)
    code = service.process.wait()
    time.sleep(1)
    left = service.below(b"")
    states = collections.Counter(j["state"] for j in jobs)
    print(f"{len(jobs)} jobs in {seconds:.0f} s: {dict(states)}; right {right}, wrong {wrong}, none {none}")
    print(f"faults: {dict(faults)}; runs on record {runs}, of these twice {twice}, started {executed}; left running {len(left)}")
    print(f"service: {service.peak} MiB at most, {disk:.1f} MiB of disk, ended with {code}")
    bad = len(jobs) != given.jobs or len(jobs) != sum(states[s] for s in ("answered", "inconclusive")) or wrong or twice or left or code
    if bad:
        print(f"FAILED, kept: {folder}")
    else:
        if given.disk:
            subprocess.run(["umount", "--lazy", folder / "service"], check=True)
        shutil.rmtree(folder)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
