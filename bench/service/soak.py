#!/usr/bin/env python3
"""Soak of the service: generated program histories, whose truth is known, through `culprit serve`, while it and what it
starts are killed, the repositories are rewritten, and disk, clock and network fail.

    bench/service/soak.py --culprit build/release/culprit --jobs 40 --disk 512 --clock --network
    bench/service/soak.py --culprit build/release/culprit --jobs 40 --disk 512 --network --slurm

Each history has a bug of some crash rate from some commit on, perhaps another crash that hides it now and then, and perhaps a
range that does not build. What a run draws is a function of its commit and number: a run that is repeated comes out the same.
The faults: kill -9 of the service, of a bisection, of a guard, of anything below them; the tip of a repository is amended and
everything unreachable pruned; the disk is full for a while (--disk: the service's folder is a tmpfs of so many MiB, which root may
mount); the wall clock jumps, back and forth (--clock: a library that stands before libc's, made with cc); the proxy through which
half of the jobs are submitted and three watch is cut (--network); Slurm's nodes and controller are killed, its jobs cancelled and
displaced by others (--slurm: attempts are jobs of a cluster on this machine alone, which root may start). Jobs whose answer is not the truth are done again afterwards in a
service that is left alone.

It ends with 0 where every job reached an answer or says that there is none, no answer is wrong that is not in quiet, no run that was on record was executed again, and nothing is left running, open or checked out.
"""
import argparse
import collections
import http.client
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
import threading
import time
import urllib.request

from soak_faults import Clock, Cluster, Proxy, fill

TEST = """#!/bin/sh
[ -n "$CULPRIT_AGAIN" ] || echo "$CULPRIT_COMMIT $CULPRIT_RUN" >>{log}
n=$(cat number)
draw() {{
  case $2 in 0) return 1 ;; 100) return 0 ;; esac
  h=$(echo "$CULPRIT_COMMIT $CULPRIT_RUN $1" | md5sum | cut -c1-6); [ $((0x$h % 100)) -lt "$2" ]
}}
! draw other {masked} || kill -ABRT $$
[ "$n" -lt {bad} ] || ! draw bug {rate} || kill -SEGV $$
exit 0
"""
VICTIMS = {"guard": (b"/culprit-guard",), "bisection": (b"/culprit",), "worker": (b"git", b"sh", b"md5sum", b"cut", b"cat")}
BROKEN = (OSError, http.client.HTTPException)  # what becomes of a request that is cut
DONE = ("answered", "inconclusive", "failed", "cancelled")


class History:
    """One repository and what is true of it."""

    def __init__(self, folder, rng, number):
        self.number, self.repo, self.log = number, folder / f"repo{number}", folder / f"runs{number}"
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
        self.git("fast-import", "--quiet", text="".join(self.commit(n) for n in range(1, self.commits + 1)))
        self.git("reset", "-q", "--hard")
        self.git("tag", "v1.0", f"HEAD~{self.commits - 1}")
        self.culprit = self.git("rev-parse", f"HEAD~{self.commits - self.bad}").strip()
        self.tip = self.git("rev-parse", "HEAD").strip()

    def commit(self, n):
        """The n-th commit, as `git fast-import` reads it."""
        files = {"number": (644, f"{n}\n"), "build.sh": (644, "exit 1\n" if n in self.broken else "exit 0\n"),
                 "test.sh": (755, TEST.format(log=self.log, bad=self.bad, rate=self.rate, masked=self.masked))}
        return f"commit refs/heads/main\ncommitter A <a@b.example> {1700000000 + n} +0000\ndata <<E\nchange {n}\nE\n" + "".join(
            f"M 100{mode} inline {name}\ndata {len(text)}\n{text}\n" for name, (mode, text) in files.items())

    def git(self, *words, text=None):
        who = {f"GIT_{w}_{k}": v for w in ("AUTHOR", "COMMITTER") for k, v in (("NAME", "A"), ("EMAIL", "a@b.example"))}
        return subprocess.run(["git", *words], cwd=self.repo, env=os.environ | who, check=True, text=True, input=text,
                              stdout=subprocess.PIPE).stdout

    def rewrite(self):
        """What a force-push leaves: another tip, the old one kept by nothing but a tag."""
        self.git("tag", "-f", "kept", self.tip)
        self.git("commit", "-q", "--amend", "-m", f"rewritten {time.monotonic()}")
        self.git("reflog", "expire", "--expire=now", "--all")
        self.git("gc", "-q", "--prune=now")

    def job(self):
        return {"repository": str(self.repo), "good": ["v1.0"], "bad": self.tip, "build": "sh build.sh",
                "command": ["./test.sh"], "runs": 8, "key": f"soak {self.number}", "title": f"history {self.number}"}

    def __str__(self):
        return f"bad {self.bad} of {self.commits}, rate {self.rate} %, masked {self.masked} %, broken {list(self.broken)}"


class Service:
    def __init__(self, culprit, root, clock, more=""):
        self.culprit, self.root, self.clock, self.process, self.peak, self.files = culprit, root, clock, None, 0, 0
        root.mkdir(exist_ok=True)
        (root.parent / "service.toml").write_text(
            'slots = 2\n[policy]\nretry_after = ["1s", "1s", "2s", "2s", "5s", "5s", "10s", "10s", "10s", "10s", "10s", "10s"]\n'
            'brake_percent = 100\nlearn = false\n[limits]\nrequests_per_second = 1000\n[sandbox]\nmode = "off"\n' + more)

    def start(self):
        (self.root / "url").unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [self.culprit, "serve", "--root", self.root, "--config", self.root.parent / "service.toml", "--listen",
             "127.0.0.1:0"], env=os.environ | self.clock.environment(), stderr=open(self.root.parent / "service.log", "ab"))
        until = time.monotonic() + 120
        while not (self.root / "url").exists():
            if self.process.poll() is not None or time.monotonic() > until:
                sys.exit(f"the service does not start: {self.root.parent}/service.log")
            time.sleep(0.05)
        self.url = (self.root / "url").read_text().strip()
        self.token = (self.root / "token").read_text().strip()

    def kill(self):
        self.look()
        self.process.kill()
        self.process.wait()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait()

    def look(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                self.peak = max(self.peak, int(line.split()[1]) // 1024)
        self.files = max(self.files, self.open_files())

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def ask(self, path, body=None, url=None):
        request = urllib.request.Request((url or self.url) + path, data=body and json.dumps(body).encode(),
                                         headers={"Authorization": "Bearer " + self.token})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read().decode()

    def jobs(self):
        try:
            return json.loads(self.ask("/api/v1/jobs?limit=1000"))["jobs"]
        except BROKEN:
            return []

    def watchers(self):
        return int(next(line for line in self.ask("/metrics").splitlines() if line.startswith("culprit_watchers")).split()[1])

    def below(self, names=(b"",)):
        """Processes of these names which this service or its children started: those that carry its folder."""
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
                ours = str(self.root).encode() in (process / "environ").read_bytes() + b"\0".join(words)
            except OSError:
                continue
            if ours and words[0].endswith(names) and int(process.name) not in (self.process.pid, os.getpid()):
                found.append(int(process.name))
        return found


class Watcher(threading.Thread):
    """A browser behind the proxy: it comes back after each cut and asks for what it missed."""

    def __init__(self, service, proxy):
        super().__init__(daemon=True)
        self.service, self.proxy, self.last, self.missed, self.events, self.cuts, self.going = service, proxy, 0, 0, 0, 0, True
        self.lives = None  # the service whose events `last` counts

    def run(self):
        while self.going:
            if self.lives != self.service.process.pid:
                self.lives, self.last = self.service.process.pid, 0
            request = urllib.request.Request(self.proxy.url + "/events", headers={
                "Authorization": "Bearer " + self.service.token, **({"Last-Event-ID": str(self.last)} if self.last else {})})
            try:
                with urllib.request.urlopen(request, timeout=60) as stream:
                    beats = 0  # signs of life are numbered, too, and do not show their number
                    while self.going and (line := stream.readline()):
                        beats += line.startswith(b":")
                        if line.startswith(b"id: "):
                            number = int(line[4:])
                            if self.last and self.lives == self.service.process.pid:
                                self.missed += number - self.last - 1 - beats
                            self.last, self.events, beats = number, self.events + 1, 0
            except BROKEN:
                pass
            self.cuts += 1
            time.sleep(0.2)


class Submitter(threading.Thread):
    """Jobs over HTTP through the proxy, each until it is acknowledged: a cut may come before or after it was taken."""

    def __init__(self, service, proxy, histories):
        super().__init__(daemon=True)
        self.service, self.proxy, self.histories, self.tries = service, proxy, histories, 0

    def run(self):
        for history in self.histories:
            while True:
                self.tries += 1
                try:
                    self.service.ask("/api/v1/jobs", history.job(), self.proxy.url)
                    break
                except BROKEN:
                    time.sleep(0.1)
            time.sleep(0.3)


def executed_again(state, log):
    """Runs on record `twice`, those executed `again` although they were on record, all `recorded` and all `executed`. What was under way
    when an attempt ended is on record nowhere and is executed again, as often as attempts ended."""
    ids, twice, finished, at_ends = set(), 0, collections.Counter(), []
    for kind, body in sqlite3.connect(state).execute("select type, body from event order by bisection, sequence"):
        if kind == "resumed":
            at_ends.append(finished.copy())
        if kind == "run_finished":
            run = json.loads(body)["run"]
            twice += run["id"] in ids
            ids.add(run["id"])
            finished[run["commit"]] += 1
    again = 0
    lines = log.read_text().splitlines() if log.exists() else []
    for (commit, number), times in collections.Counter(tuple(line.split()) for line in lines).items():
        again += max(0, times - 1 - sum(int(number) >= at_end[commit] for at_end in at_ends))
    return {"twice": twice, "again": again, "recorded": len(ids), "executed": len(lines)}


def submit_by_folder(service, histories):
    for history in histories:
        drop = service.root / "drop" / f".{history.number}"
        drop.write_text(json.dumps(history.job()))
        drop.rename(service.root / "drop" / f"{history.number}.json")


class Soak:
    def __init__(self, given, rng, folder, histories):
        self.given, self.rng, self.folder, self.histories = given, rng, folder, histories
        self.clock, self.proxy, self.faults = Clock(folder, given.clock), Proxy(), collections.Counter()
        self.kinds = given.faults.split()
        self.kinds += ["disk"] * bool(given.disk) + ["clock"] * given.clock + ["network"] * given.network
        self.cluster = Cluster(folder / "cluster") if given.slurm else None
        self.kinds += Cluster.FAULTS if given.slurm else ()
        self.service = Service(given.culprit, folder / "service", self.clock,
                               '[slurm]\npartition = "lab"\nlease = "30s"\n' if given.slurm else "")
        self.disk = 0

    def start(self):
        self.service.start()
        host, port = self.service.url.split("//")[1].rsplit(":", 1)
        self.proxy.target = (host, int(port))

    def strike(self, fault):
        """Whether it met anything."""
        if fault == "service":
            self.service.kill()
            self.start()
        elif fault == "repository":
            self.rng.choice(self.histories).rewrite()
        elif fault == "disk":
            fill(self.service.root, 1 + 3 * self.rng.random())
        elif fault == "clock":
            self.clock.set(self.rng.choice([-86400, -3600, -60, 0, 60, 3600, 86400]))
        elif fault == "network":
            self.proxy.cut(3 * self.rng.random())
        elif fault in VICTIMS:
            return self.kill_one(VICTIMS[fault])
        else:
            return self.cluster.strike(fault, self.rng)
        return True

    def kill_one(self, names):
        """Most live for a few milliseconds only: it looks for one for a while."""
        until = time.monotonic() + 2
        while time.monotonic() < until:
            victims = self.service.below(names)
            try:
                if victims:
                    os.kill(self.rng.choice(victims), signal.SIGKILL)
                    return True
            except ProcessLookupError:
                pass
        return False

    def run(self):
        """Until all jobs have come to an end: what they came to."""
        given, service = self.given, self.service
        self.start()
        half = len(self.histories) // 2 if given.network else len(self.histories)
        submit_by_folder(service, self.histories[:half])
        self.submitter = Submitter(service, self.proxy, self.histories[half:])
        self.submitter.start()
        self.watchers = [Watcher(service, self.proxy) for _ in range(3)]
        for watcher in self.watchers:
            watcher.start()
        began, next_fault, told = time.monotonic(), time.monotonic() + given.every, time.monotonic()
        while time.monotonic() - began < given.limit:
            time.sleep(0.5)
            service.look()
            jobs = service.jobs()
            ended = sum(j["state"] in DONE for j in jobs)
            if time.monotonic() - told > 60:
                told = time.monotonic()
                print(f"  {told - began:.0f} s: {ended} of {given.jobs} ended, faults {dict(self.faults)}", flush=True)
            if given.disk:
                self.disk = max(self.disk, shutil.disk_usage(service.root).used / 2**20)
            if ended == given.jobs:
                break
            if time.monotonic() > next_fault and given.every:
                next_fault = time.monotonic() + given.every * (0.5 + self.rng.random())
                fault = self.rng.choice(self.kinds)
                self.faults[fault] += self.strike(fault)
        self.seconds = time.monotonic() - began
        return service.jobs()

    def close(self):
        """Ends it; (connections that it held open although nobody is there, its exit code, processes left, checkouts left)."""
        for watcher in self.watchers:
            watcher.going = False
        self.proxy.close()
        until = time.monotonic() + 60
        while (held := self.service.watchers()) and time.monotonic() < until:
            time.sleep(0.5)
        code = self.service.end()
        time.sleep(1)
        if self.cluster:
            self.cluster.close()
        checkouts = [p for p in self.service.root.glob("jobs/*/state/checkouts/slot*")]
        return held, code, self.service.below(), checkouts


def quiet_answers(given, histories):
    """{job: (state, commit)} of a service that is left alone."""
    if not histories:
        return {}
    with tempfile.TemporaryDirectory(prefix="culprit-soak-quiet-") as folder:
        service = Service(given.culprit, pathlib.Path(folder) / "service", Clock(pathlib.Path(folder), False))
        service.start()
        submit_by_folder(service, histories)
        began = time.monotonic()
        while time.monotonic() - began < given.limit:
            time.sleep(1)
            jobs = service.jobs()
            ended = sum(j["state"] in DONE for j in jobs)
            if ended == len(histories):
                break
        service.end()
    return {number_of(j): (j["state"], answer_of(j)) for j in jobs}


def number_of(job):
    return int(job["title"].split()[1])


def answer_of(job):
    return (job.get("answer") or {}).get("commit", "")


def quality(history, commit):
    """2: the truth, 1: nothing, 0: something else."""
    return 2 if commit == history.culprit else 0 if commit else 1


def record_figures(soak, jobs):
    """Sums of executed_again over all jobs; tells of each that is not as it should be."""
    sums = collections.Counter()
    for job in jobs:
        state = soak.service.root / "jobs" / str(job["id"]) / "state" / "culprit.db"
        figures = executed_again(state, soak.histories[number_of(job)].log)
        sums += collections.Counter(figures)
        if figures["twice"] or figures["again"]:
            print(f"#{job['id']}: {figures['twice']} runs twice on record, {figures['again']} executed again")
    return sums


def compare(soak, jobs):
    """(right, wrong, none, wrong where it is not in quiet, none where there is an answer in quiet). How long things take steers the search:
    a doubtful case may come to no answer on a busier machine."""
    histories = soak.histories
    answers = {number_of(j): answer_of(j) for j in jobs}
    doubtful = [histories[n] for n, commit in sorted(answers.items()) if quality(histories[n], commit) < 2]
    quiet, worse = quiet_answers(soak.given, doubtful), collections.Counter()
    for job in jobs:
        history = histories[number_of(job)]
        if number_of(job) in quiet:
            state, commit = quiet[number_of(job)]
            worse[quality(history, answer_of(job))] += quality(history, answer_of(job)) < quality(history, commit)
            print(f"#{job['id']} {job['state']}: {job['reason']}; {history}, answer {answer_of(job)[:12] or 'none'}, in quiet {state} {commit[:12]}")
    counts = collections.Counter(quality(histories[n], commit) for n, commit in answers.items())
    return counts[2], counts[0], counts[1], worse[0], worse[1]


def report(soak, jobs):
    """Prints the figures; what is wrong, in words."""
    service = soak.service
    sums = record_figures(soak, jobs)
    size = sum(f.stat().st_size for f in service.root.rglob("*") if f.is_file()) / 2**20
    files_at_end = service.open_files()
    held, code, left, checkouts = soak.close()
    right, wrong, none, worse, fewer = compare(soak, jobs)
    states = collections.Counter(j["state"] for j in jobs)
    missed, events, cuts = (sum(getattr(w, name) for w in soak.watchers) for name in ("missed", "events", "cuts"))
    print(f"{len(jobs)} jobs in {soak.seconds:.0f} s: {dict(states)}; right {right}, wrong {wrong}, none {none}; wrong where it is not in quiet {worse}, "
          f"none where there is an answer in quiet {fewer}")
    print(f"faults: {dict(soak.faults)}")
    print(f"runs on record {sums['recorded']}, of these twice {sums['twice']}; executed {sums['executed']}, again although on record {sums['again']}")
    print(f"watched: {events} events, {missed} missed, {cuts} times come back; {soak.submitter.tries} tries for {len(soak.submitter.histories)} "
          f"jobs over HTTP; streams held without a reader {held}")
    print(f"service: {service.peak} MiB at most, {service.files} files open at most, {files_at_end} at the end; {size:.1f} MiB of disk at the end"
          + (f", {soak.disk:.0f} at most" if soak.disk else "") + f"; ended with {code}; left: {len(left)} processes, {len(checkouts)} checkouts")
    return {"jobs": len(jobs) != soak.given.jobs, "states": len(jobs) != states["answered"] + states["inconclusive"], "answers": worse,
            "runs": sums["twice"] or sums["again"], "missed": missed, "held": held, "left": left or checkouts, "code": code}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--culprit", required=True, type=lambda p: pathlib.Path(p).resolve())
    options.add_argument("--jobs", type=int, default=40)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--every", type=float, default=4, help="seconds between two faults; 0: none")
    options.add_argument("--disk", type=int, default=0, help="MiB of the service's folder, which is full now and then; 0: no such fault")
    options.add_argument("--clock", action="store_true", help="let the wall clock jump")
    options.add_argument("--network", action="store_true", help="cut the proxy through which half of the jobs come")
    options.add_argument("--slurm", action="store_true", help="attempts are jobs of Slurm, whose daemons are killed")
    options.add_argument("--faults", default="service bisection guard worker repository", help="the faults that --every gives")
    options.add_argument("--limit", type=float, default=3600, help="seconds until it counts as stuck")
    given = options.parse_args()
    rng = random.Random(given.seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="culprit-soak-"))
    os.environ |= {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), "GIT_CONFIG_NOSYSTEM": "1"}
    histories = [History(folder, rng, n) for n in range(given.jobs)]
    (folder / "service").mkdir()
    if given.disk:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={given.disk}m", "soak", folder / "service"], check=True)
    soak = Soak(given, rng, folder, histories)
    wrong = [what for what, is_wrong in report(soak, soak.run()).items() if is_wrong]
    if wrong:
        print(f"FAILED ({', '.join(wrong)}), kept: {folder}")
        return 1
    if given.disk:
        subprocess.run(["umount", "--lazy", folder / "service"], check=True)
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
