#!/usr/bin/env python3
"""Bisections in a suite of worlds: a real git, real builds, the real binary, and a truth that is known.

usage: worlds.py --binary build/release/culprit [--seeds N] [--only PATTERN] [-j N] [--markdown] ...

Each world times each seed is a bisection in a folder of its own. What it came to (docs/truth.md has the words):
right    exit 0 and the truth named
honest   no answer, where no experimenter could know one
gave up  no answer, where an ideal experimenter would have one
wrong    exit 0 and something else named; an end said to fail its check that does not; the user's repository touched
stuck    no end in time, more runs or builds than the world allows, an exit code that is none of a bisection's, or a process that
         outlives it
"""
import argparse
import collections
import concurrent.futures
import fnmatch
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import world as made  # noqa: E402
import changing, noise, histories, builds, checkouts, users  # noqa: E402,E401,F401 (they fill the table, in this order)

CLASSES = ("right", "honest", "gave up", "wrong", "stuck")
NO_ANSWER = {1, 3, 4, 5}


class Ended:
    """What one bisection came to."""

    def __init__(self, kind, seed):
        self.kind, self.seed, self.cls, self.why = kind, seed, None, ""
        self.runs = self.builds = 0
        self.seconds, self.needs = 0.0, None
        self.replayed = None  # True: `culprit replay` of the log came to the same answer


def state_of(repo, env):
    """What of the user's repository must be as before."""
    shown = []
    for args in (("status", "--porcelain=v2", "--branch"), ("for-each-ref",), ("worktree", "list", "--porcelain"), ("config", "--list", "--local"),
                 ("stash", "list")):
        done = subprocess.run(("git", "-C", repo) + args, env=env, text=True, capture_output=True)
        shown.append(f"{args[0]}:\n{done.stdout}")
    return "\n".join(shown)


def processes_of(folder):
    """The processes of this world: those whose environment has its folder."""
    mark, found = f"W={folder}".encode(), []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as environ:
                if mark in environ.read().split(b"\0"):
                    found.append(int(pid))
        except OSError:
            pass
    return found


def end_leftovers(folder, seconds):
    """Ends what is left of a world's processes after this time; how many these were."""
    until = time.monotonic() + seconds
    while processes_of(folder) and time.monotonic() < until:
        time.sleep(0.1)
    left = processes_of(folder)
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    return len(left)


def size(path):
    return os.path.getsize(path) if os.path.exists(path) else 0


def play(kind, seed, options):
    """One bisection: makes the world, runs culprit, judges."""
    ended = Ended(kind, seed)
    base = options.keep or tempfile.gettempdir()
    folder = os.path.join(base, f"{kind.name}.{seed}")
    if options.keep:
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
    else:
        folder = tempfile.mkdtemp(prefix=f"world-{kind.name}.", dir=base)
    try:
        w = made.World(kind.name, seed, folder)
        kind.make(w)
        w.write()
        if w.after:
            w.after()
        ended.needs = w.needs
        run(w, ended, options)
    finally:
        if not options.keep:
            subprocess.run(["chmod", "-R", "u+w", folder], check=False, stderr=subprocess.DEVNULL)
            shutil.rmtree(folder, ignore_errors=True)
    return ended


def run(w, ended, options):
    env, result = w.environment(), os.path.join(w.folder, "result.json")
    env["CULPRIT"] = options.binary
    log = ["--log", os.path.join(w.folder, "log")] if options.replay else []
    command = [options.binary, "bisect", "--json", result] + log + w.arguments() + options.further + ["--"] + (w.command or ["sh", os.path.join(w.folder, "test.sh")])
    cwd = os.path.join(w.repo, w.cwd)
    with open(os.path.join(w.folder, "again.sh"), "w", encoding="utf-8") as again:
        said = ("W", "SEED", "HOME", "XDG_STATE_HOME", "GIT_CONFIG_NOSYSTEM", "LC_ALL", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL",
                "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "CULPRIT", *w.env)
        again.write("#!/bin/sh\n# The same bisection again, from nothing.\n" + "".join(f"export {key}={shlex.quote(env[key])}\n" for key in said) +
                    f"rm -rf \"$W/state\" \"$W/turns\" \"$W/builds\"\ncd {shlex.quote(cwd)}\nexec {shlex.join(command)}\n")
    before, began = state_of(w.repo, env), time.monotonic()
    with open(os.path.join(w.folder, "out"), "w") as out, open(os.path.join(w.folder, "err"), "w") as err:
        process = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
        try:
            code = process.wait(options.timeout)
        except subprocess.TimeoutExpired:
            code = None
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    ended.seconds = time.monotonic() - began
    left = end_leftovers(w.folder, 0 if code is None else 3)
    judge(w, ended, code, result, before == state_of(w.repo, env), left)
    if log and code in (0, 1):
        replay(w, ended, options, log[1], result)


def replay(w, ended, options, log, result):
    """Whether culprit reads the answer out of its own log."""
    done = subprocess.run([options.binary, "replay", "--json", log], cwd=w.repo, env=w.environment(), text=True, capture_output=True)
    with open(result, encoding="utf-8") as text:
        named = json.load(text)["result"]["commit"]
    read = json.loads(done.stdout)["conclusion"] if done.returncode == 0 else {"culprit": f"exit {done.returncode}", "text": done.stderr}
    ended.replayed = read["culprit"] == named
    if not ended.replayed:
        print(f"replay differs: {ended.kind.name} seed {ended.seed}: the bisection names {named}, its log {read['culprit']}: "
              f"{' '.join((read.get('text') or '').split())[:200]}", file=sys.stderr, flush=True)


def judge(w, ended, code, result, untouched, left):
    kind = ended.kind
    answer, stats = None, {}
    if os.path.exists(result):
        with open(result, encoding="utf-8") as text:
            told = json.load(text)
        answer, stats = told["result"], told["stats"]
    ended.runs = size(os.path.join(w.folder, "turns")) or stats.get("runs", 0)
    ended.builds = size(os.path.join(w.folder, "builds")) or stats.get("builds", 0)
    truth = {w.hashes[label] for label in w.truth}
    partly = {w.hashes[label] for label in w.with_truth}
    with open(os.path.join(w.folder, "out"), encoding="utf-8", errors="replace") as out:
        text = out.read()
    named = answer and answer["commit"]
    label = next((str(label) for label, h in w.hashes.items() if h == named), named)
    wanted = "/".join(map(str, w.truth)) or "nothing"
    if code is None:
        ended.cls, ended.why = "stuck", f"no end after {ended.seconds:.0f} s"
    elif code not in NO_ANSWER | {0}:
        with open(os.path.join(w.folder, "err"), encoding="utf-8", errors="replace") as err:
            last = [line for line in err.read().splitlines() if line.strip()]
        ended.cls, ended.why = "stuck", f"exit {code}: {' / '.join(last[-2:])[:160]}"
    elif left:
        ended.cls, ended.why = "stuck", f"{left} processes outlive it"
    elif not untouched:
        ended.cls, ended.why = "wrong", "the user's repository was touched"
    elif ended.runs > kind.most_runs or ended.builds > kind.most_builds:
        ended.cls, ended.why = "stuck", f"{ended.runs} runs, {ended.builds} builds (allowed: {kind.most_runs}, {kind.most_builds}), exit {code}"
    elif code == 0:
        also = named in partly and any(h[:12] in text for h in truth)
        ended.cls = "right" if named in truth or also else "wrong"
        check = (answer.get("verification") or {}).get("kind") if answer else None
        ended.why = f"named {label} at {answer['probability']:.4f}, check {check}; the truth: {wanted}" if answer else "exit 0 without an answer"
    elif code in kind.false_ends:
        ended.cls, ended.why = "wrong", f"exit {code}, {answer and answer['kind']}: it is not so"
    else:
        ended.cls = "honest" if kind.knows == "honest" else "gave up"
        held = {c["commit"]: c["probability"] for c in (answer or {}).get("candidates") or []}
        ended.why = f"exit {code}, {answer and answer['kind']}; the truth: {wanted}, held with {sum(held.get(h, 0) for h in truth):.2f}"


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else 0.0


def agreed(group, shown):
    read = [e.replayed for e in group if e.replayed is not None]
    return (f"{sum(read)} of {len(read)}",) if shown else ()


def table(all_ended, markdown):
    """Lines of a table by world, and its totals."""
    replays = any(e.replayed is not None for e in all_ended)
    rows = [("world", "knowable") + CLASSES + ("runs", "builds", "an ideal's runs", "its builds", "s") + (("replay agrees",) if replays else ())]
    by_world = collections.OrderedDict()
    for ended in all_ended:
        by_world.setdefault(ended.kind.name, []).append(ended)
    for name, group in by_world.items():
        counts = [sum(e.cls == c for e in group) for c in CLASSES]
        needs = [e.needs for e in group if e.needs]
        rows.append((name, "yes" if group[0].kind.knows == "right" else "no", *[str(n) if n else "" for n in counts], f"{mean(e.runs for e in group):.0f}",
                     f"{mean(e.builds for e in group):.0f}", f"{mean(n[1] for n in needs):.0f}" if needs else "",
                     f"{mean(n[0] for n in needs):.0f}" if needs else "", f"{mean(e.seconds for e in group):.1f}") + agreed(group, replays))
    totals = [sum(e.cls == c for e in all_ended) for c in CLASSES]
    rows.append((f"all {len(by_world)}", "", *map(str, totals), f"{mean(e.runs for e in all_ended):.0f}", f"{mean(e.builds for e in all_ended):.0f}", "", "",
                 f"{mean(e.seconds for e in all_ended):.1f}") + agreed(all_ended, replays))
    if markdown:
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        return [lines[0], "|---" * len(rows[0]) + "|"] + lines[1:]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--binary", required=True, help="the culprit to try")
    parser.add_argument("--seeds", type=int, default=2, metavar="N", help="bisections of each world (2; nightly: 20)")
    parser.add_argument("--first-seed", type=int, default=1, metavar="K")
    parser.add_argument("--only", metavar="PATTERN", help="worlds whose name has this in it; * and ? are known, a comma parts several")
    parser.add_argument("--quick", action="store_true", help="only the worlds of the quick form")
    parser.add_argument("--slow", action="store_true", help="those that --quick leaves out")
    parser.add_argument("-j", type=int, default=os.cpu_count(), metavar="N", help="bisections at a time")
    parser.add_argument("--timeout", type=float, default=90, metavar="S", help="seconds after which a bisection is stuck")
    parser.add_argument("--keep", metavar="DIR", help="keep each world's folder there; again.sh in it begins anew")
    parser.add_argument("--markdown", action="store_true", help="the table for a document")
    parser.add_argument("--replay", action="store_true", help="read each log with `culprit replay`: does it come to the same answer?")
    parser.add_argument("--list", action="store_true", help="print the worlds and what is true in them")
    parser.add_argument("--verbose", action="store_true", help="a line for each bisection, not only for those that go wrong")
    parser.add_argument("--allow-wrong", type=float, default=0, metavar="SHARE", help="exit 0 with so many wrong answers")
    parser.add_argument("--allow-stuck", type=float, default=0, metavar="SHARE")
    parser.add_argument("--allow-gave-up", type=float, default=1, metavar="SHARE")
    parser.add_argument("further", nargs="*", help="after --: further options of `culprit bisect`, in every world")
    return parser.parse_args()


def chosen(options):
    patterns = (options.only or "*").split(",")
    fits = lambda name: any(fnmatch.fnmatch(name, p) or p in name for p in patterns)
    return [kind for kind in made.WORLDS if fits(kind.name) and (kind.quick or not options.quick) and not (kind.quick and options.slow)]


def main():
    options = parsed()
    options.binary = os.path.abspath(options.binary)
    if options.keep:
        options.keep = os.path.abspath(options.keep)
    kinds = chosen(options)
    if options.list:
        for kind in kinds:
            print(f"{kind.name} ({kind.knows}{'' if kind.quick else ', not quick'}): {' '.join(kind.make.__doc__.split())}")
        return 0
    if not kinds:
        sys.exit(f"worlds.py: no world is called {options.only}")
    jobs = [(kind, seed) for seed in range(options.first_seed, options.first_seed + options.seeds) for kind in kinds]
    all_ended = []
    with concurrent.futures.ThreadPoolExecutor(max_workers=options.j) as pool:
        for done in concurrent.futures.as_completed([pool.submit(play, kind, seed, options) for kind, seed in jobs]):
            ended = done.result()
            all_ended.append(ended)
            if options.verbose or ended.cls not in ("right", "honest"):
                print(f"{ended.cls}: {ended.kind.name} seed {ended.seed}: {ended.why}; {ended.runs} runs, {ended.builds} builds, {ended.seconds:.1f} s",
                      file=sys.stderr, flush=True)
    order = {kind.name: i for i, kind in enumerate(made.WORLDS)}
    all_ended.sort(key=lambda e: (order[e.kind.name], e.seed))
    print("\n".join(table(all_ended, options.markdown)))
    share = lambda cls: sum(e.cls == cls for e in all_ended) / len(all_ended)
    beyond = [cls for cls, allowed in (("wrong", options.allow_wrong), ("stuck", options.allow_stuck), ("gave up", options.allow_gave_up)) if share(cls) > allowed]
    if any(e.replayed is False for e in all_ended):
        beyond.append("otherwise when they are replayed")
    if beyond:
        print(f"worlds.py: too many are {' and '.join(beyond)}", file=sys.stderr)
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
