#!/usr/bin/env python3
"""Every call that can fail, failed once: a small bisection again and again, in each of which the Nth call of one class fails, is
delayed, or kills culprit; then `culprit resume` without the fault.

usage: faults.py --binary build/release/culprit --preload build/release/libculprit_faults.so [--quick] [--only PATTERN] [-j N]

What is wanted of every point: the same answer as without the fault, at once or after a clean stop (an exit code of culprit's other
than 70, with a message; or the death that the fault was) and a resume; no run that was on record lost or done again; nothing left
behind. Classes of calls of the C library are failed by preload.cc; git and make by shims on PATH, which fail at their Nth start
(exit 128 or 2, kill -9 of themselves, half a second's sleep).
"""
import argparse
import collections
import concurrent.futures
import fnmatch
import glob
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "..", "bench", "worlds"))
sys.dont_write_bytecode = True
import world as made  # noqa: E402
from play import end_leftovers, processes_of, state_of  # noqa: E402

# What each class of calls can fail with. A delay or a death is tried where something is written or started.
ACTIONS = (
    ("open", "EMFILE", "EACCES", "ENOSPC"), ("read_open", "EMFILE"), ("read", "EIO", "EINTR"), ("write", "EIO", "ENOSPC", "EINTR", "short"),
    ("pwrite", "ENOSPC", "EIO", "short", "kill", "delay"), ("sync", "kill", "EIO"), ("rename", "EIO", "kill"), ("unlink", "EACCES", "kill"),
    ("mkdir", "ENOSPC", "kill"), ("stat", "EIO", "EACCES"), ("truncate", "ENOSPC"), ("pipe", "EMFILE"),
    ("spawn", "EAGAIN", "ENOMEM", "kill", "delay"), ("clock", "jump", "back"), ("git", "fail", "kill", "hang"),
    ("make", "fail", "kill", "hang"),
)
WANTED = ("not reached", "same answer", "stopped, then the same")
UNWANTED = ("wrong answer", "no answer", "unclean stop", "not resumable", "lost a run", "repeated a run", "left something")

SHIM = """#!/bin/sh
# fails at its Nth start: $SHIM=NAME:N:ACTION
name={name} real={real}
printf . >>"$SHIM_COUNTS.$name"
IFS=: read -r which number action <<S
$SHIM
S
if [ "$which" = "$name" ] && [ "$(wc -c <"$SHIM_COUNTS.$name")" = "$number" ]; then
  case $action in
    fail) echo "$name: fatal: it failed" >&2; exit {code};;
    kill) kill -9 $$;;
    hang) sleep 0.5;;
  esac
fi
exec "$real" "$@"
"""


class Setting:
    """The repository, which all points share and none may change, and the answer."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.world = w = made.World("faults", 1, folder)
        w.line(6, 3, entangled=False)
        for label in range(6):
            w.trees[label]["Makefile"] = "prog: src\n\tcat flags/bug >prog\n.PHONY: prog\n"
        w.write()
        self.culprit = w.hashes[3]
        self.test = os.path.join(folder, "run.sh")
        # A run that is traced for its stack is no run of the bisection's.
        w.script("run.sh", '#!/bin/sh\nread -r bug <prog || exit 125\n'
                 'grep -q "^TracerPid:.0$" /proc/$$/status && echo "$CULPRIT_COMMIT $CULPRIT_RUN" >>"$DONE"\n'
                 '[ "$bug" = 0 ] || kill -SEGV $$')
        os.mkdir(os.path.join(folder, "shims"))
        for name, code in (("git", 128), ("make", 2)):
            w.script(f"shims/{name}", SHIM.format(name=name, real=shutil.which(name), code=code))
        self.before = self.repository()

    def repository(self):
        return state_of(self.world.repo, self.world.environment())

    def environment(self, place, fault):
        w = self.world
        env = w.environment()
        env.update(W=place, XDG_STATE_HOME=place + "/state", TMPDIR=place + "/tmp", DONE=place + "/done", SHIM="none:0:none",
                   SHIM_COUNTS=place + "/calls", PATH=os.path.join(self.folder, "shims") + ":" + env["PATH"])
        if fault and fault[0] in ("git", "make"):
            env["SHIM"] = ":".join(map(str, fault))
        elif fault:
            env.update(LD_PRELOAD=self.options.preload, FAULT_IN=os.path.basename(self.options.binary), FAULT=":".join(map(str, fault)),
                       FAULT_COUNTS=place + "/counts")
        return env

    def run(self, place, fault, *words):
        """One command of culprit: its exit code (None: no end in time) and what it said."""
        process = subprocess.Popen([self.options.binary, *words], cwd=self.world.repo, env=self.environment(place, fault), text=True,
                                   errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        try:
            said, _ = process.communicate(timeout=self.options.timeout)
            return process.returncode, said
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, _ = process.communicate()
            return None, said

    def bisect(self, place, fault):
        os.makedirs(place + "/tmp", exist_ok=True)
        hashes = self.world.hashes
        return self.run(place, fault, "bisect", "-q", "--good", hashes[0], "--bad", hashes[5], "--runs", "3", "--build", "make -s", "--",
                        "sh", self.test)


class Record:
    """What the store of a point has on record: the finished runs, and the answer."""

    def __init__(self, place):
        self.runs, self.kind, self.commit, self.begun = [], None, None, False
        for store in glob.glob(place + "/state/culprit/*/culprit.db"):
            try:
                db = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
                rows = db.execute("select type, body from event where bisection = (select max(bisection) from event)"
                                  " order by sequence").fetchall()
            except sqlite3.Error:
                continue
            for kind, body in rows:
                self.begun = True
                body = json.loads(body)
                if kind == "run_finished":
                    self.runs.append((body["run"]["commit"], body["run"]["id"], body["run"].get("number")))
                if kind == "finished":
                    self.kind, self.commit = body["conclusion"]["kind"], body["conclusion"].get("culprit")


def lines(path):
    if not os.path.exists(path):
        return collections.Counter()
    with open(path, encoding="utf-8") as text:
        return collections.Counter(line.strip() for line in text)


def counted(place, name):
    """How many calls of this class a bisection made."""
    if name in ("git", "make"):
        return os.path.getsize(f"{place}/calls.{name}")
    with open(place + "/counts", encoding="utf-8") as text:
        return next(int(line.split()[1]) for line in text if line.startswith(name + " "))


def is_reached(place, fault):
    """Whether there was an Nth call: how many there are depends on the order in which things end."""
    return not os.path.exists(place + "/counts") and fault[0] not in ("git", "make") or counted(place, fault[0]) >= fault[1]


def is_clean(code, said, fault):
    if code is not None and code < 0:
        return fault[2] == "kill" and code == -signal.SIGKILL and fault[0] not in ("git", "make")
    return code not in (None, 70) and bool(said.strip())


def try_point(setting, fault):
    """What a bisection with this fault came to, and a word on why."""
    for attempt in ("", "-again"):  # a machine that stood still for a while is not culprit's fault
        place = os.path.join(setting.folder, "points", "-".join(map(str, fault)) + attempt)
        os.makedirs(place)
        code, said = setting.bisect(place, fault)
        came, why = judge(setting, place, fault, code, said)
        if "exit None" not in why:
            break
    end_leftovers(place, 0)
    if not setting.options.keep or came in WANTED:
        shutil.rmtree(place, ignore_errors=True)
    return came, why


def judge(setting, place, fault, code, said):
    told = f"exit {code}: {' / '.join(said.strip().splitlines()[-3:])[:300]}"
    before, done_before = Record(place), lines(place + "/done")
    if code == 0:
        ended = "same answer" if is_reached(place, fault) else "not reached"
    elif not is_clean(code, said, fault):
        return "unclean stop", told
    elif code == 1:
        return "no answer", told
    else:
        ended = "stopped, then the same"
        code, said = setting.run(place, None, "resume", "-q") if before.begun else setting.bisect(place, None)
        told += f"; resumed, exit {code}: {' / '.join(said.strip().splitlines()[-3:])[:300]}"
        if code not in (0, 1):
            return "not resumable", told
    after, done = Record(place), lines(place + "/done")
    if after.kind != "culprit" or code != 0:
        return "no answer", told
    if after.commit != setting.culprit:
        return "wrong answer", told
    twice = len({run[1] for run in after.runs}) < len(after.runs)
    not_kept = sum(done.values()) > len(after.runs) + (ended == "stopped, then the same")  # the run that the fault cut off is made again
    if before.runs != after.runs[:len(before.runs)] or not_kept or twice:
        return "lost a run", f"{len(before.runs)} on record before, {len(after.runs)} after; {sum(done.values())} were done; {told}"
    on_record = collections.Counter(run[0] for run in before.runs)
    for line, times in done.items():
        commit, number = line.split()
        if times > 1 and done_before[line] and int(number) < on_record[commit]:
            return "repeated a run", f"{line}, {times} times; {told}"
    left = processes_of(place) or glob.glob(place + "/state/culprit/*/slot*") + os.listdir(place + "/tmp")
    return ("left something", f"{left}; {told}") if left else (ended, told)


def counts(setting):
    """How many calls of each class a bisection without faults makes."""
    place = os.path.join(setting.folder, "points", "none")
    os.makedirs(place)
    code, said = setting.bisect(place, ("none", 0, "none"))
    if code != 0 or setting.culprit[:12] not in said:
        sys.exit(f"faults.py: without a fault it ended with {code}: {said}")
    numbers = {kind: counted(place, kind) for kind, *_ in ACTIONS}
    shutil.rmtree(place)
    return numbers


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--preload", required=True, help="the shared object of preload.cc")
    parser.add_argument("--quick", action="store_true", help="every tenth call, with the first fault of its class only")
    parser.add_argument("--step", type=int, default=1, metavar="N", help="every Nth call only")
    parser.add_argument("--first", type=int, default=1, metavar="N", help="beginning with this one")
    parser.add_argument("--only", metavar="PATTERN", help="faults CLASS:ACTION that match; a comma parts several")
    parser.add_argument("-j", type=int, default=os.cpu_count(), metavar="N", help="bisections at a time")
    parser.add_argument("--timeout", type=float, default=120, metavar="S",
                        help="for one command; a point that exceeds it is tried once more")
    parser.add_argument("--keep", action="store_true", help="keep the folders of points that are not as wanted")
    parser.add_argument("--markdown", action="store_true")
    return parser.parse_args()


def table(rows, markdown):
    head = ("calls", "fault", "there are", "tried") + WANTED + UNWANTED
    rows = [head] + [tuple(map(str, row)) for row in rows]
    if markdown:
        text = ["| " + " | ".join(row) + " |" for row in rows]
        return [text[0], "|---" * len(head) + "|"] + text[1:]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def main():
    options = parsed()
    if options.quick and options.step == 1:
        options.step = 10
    options.binary, options.preload = os.path.abspath(options.binary), os.path.abspath(options.preload)
    folder = tempfile.mkdtemp(prefix="culprit-faults.")
    setting = Setting(options, folder)
    numbers = counts(setting)
    fits = lambda name: not options.only or any(fnmatch.fnmatch(name, p) for p in options.only.split(","))
    faults = [(kind, n, action) for kind, *actions in ACTIONS for action in (actions[:1] if options.quick else actions)
              if fits(f"{kind}:{action}") for n in range(options.first, numbers[kind] + 1, options.step)]
    found = collections.defaultdict(collections.Counter)
    with concurrent.futures.ThreadPoolExecutor(max_workers=options.j) as pool:
        tried = {pool.submit(try_point, setting, fault): fault for fault in faults}
        for done in concurrent.futures.as_completed(tried):
            fault, (came, why) = tried[done], done.result()
            found[fault[0], fault[2]][came] += 1
            if came not in WANTED:
                print(f"{came}: {':'.join(map(str, fault))}: {why}", file=sys.stderr, flush=True)
    rows, total = [], collections.Counter()
    for kind, *actions in ACTIONS:
        for action in actions:
            if (kind, action) in found:
                came = found[kind, action]
                total += came
                rows.append((kind, action, numbers[kind], sum(came.values()), *[came[c] or "" for c in WANTED + UNWANTED]))
    rows.append(("all", "", "", sum(total.values()), *[total[c] for c in WANTED + UNWANTED]))
    print("\n".join(table(rows, options.markdown)))
    touched = setting.repository() != setting.before
    if touched:
        print("faults.py: the repository was touched", file=sys.stderr)
    bad = touched or any(total[c] for c in UNWANTED)
    if not (bad and options.keep):
        shutil.rmtree(folder, ignore_errors=True)
    elif options.keep:
        print(f"faults.py: kept: {folder}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
