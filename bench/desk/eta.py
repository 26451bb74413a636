#!/usr/bin/env python3
"""Is the time that is said to be left right? Bisections of several kinds are run, and at each decision that says how long it
will take, the range that would be shown (output/words/duration.h, output/terminal/live.cc) is held against what it took.

  CULPRIT=build/release/culprit bench/desk/eta.py
"""
import json, os, random, sqlite3, subprocess, tempfile

culprit = os.path.realpath(os.environ["CULPRIT"])
KINDS = {  # build, test, further options: commit 93 brings d/93, and can be taken back
    "sure, build .5 s": ("sleep .5", "test ! -e d/93", []),
    "sure, no check": ("sleep .5", "test ! -e d/93", ["--no-verify"]),
    "slow test, no build": (None, "sleep .4; test ! -e d/93", []),
    "slow flaky test": (None, "sleep .2; test ! -e d/93 || [ $(($(od -An -N1 -tu1 /dev/urandom) % 2)) = 0 ]", []),
    "fails in a half": ("sleep .3", "test ! -e d/93 || [ $(($(od -An -N1 -tu1 /dev/urandom) % 2)) = 0 ]", []),
    "fails in a fifth": ("sleep .3", "test ! -e d/93 || [ $(($(od -An -N1 -tu1 /dev/urandom) % 5)) != 0 ]", []),
}


def history(folder):
    git = lambda *words: subprocess.run(["git", "-C", folder, *words], check=True, stdout=subprocess.DEVNULL)
    os.makedirs(folder + "/d")
    git("init", "-q")
    for n in range(1, 151):
        with open(f"{folder}/d/{n}", "w") as file:
            print(n, file=file)
        git("add", "d")
        git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", f"change {n}")
        if n == 1:
            git("tag", "v1")


def ranges(state):
    """Of each decision: what was expected to be left, and what it took."""
    store = sqlite3.connect(state + "/culprit.db")
    events = [(t, kind, json.loads(body)) for t, kind, body in store.execute("select time, type, body from event order by sequence")]
    begin = events[0][0]
    end = next(t for t, kind, _ in events if kind == "finished")
    work = 0.0
    for t, kind, body in events:
        if kind == "build_finished":
            work += body["build"]["seconds"]
        if kind == "run_finished":
            work += body["run"]["seconds"]
        if kind == "decided" and body["standing"].get("cost_left", 0) > 0:
            per_second = min(max((t - begin) / work, 0.3), 3) if work else 1
            left = max(1, per_second * body["standing"]["cost_left"])
            yield left, end - t


def quantiles(values):
    """The least, the quartiles and the most."""
    values = sorted(values)
    return [values[round(q * (len(values) - 1))] for q in (0, 0.25, 0.5, 0.75, 1)] if values else []


with tempfile.TemporaryDirectory() as folder:
    history(folder + "/r")
    all_in = all_of = 0
    for name, (build, test, options) in KINDS.items():
        inside = of = first_inside = 0
        ratios = []
        for trial in range(int(os.environ.get("TRIALS", 3))):
            state = f"{folder}/{random.random()}"
            words = [culprit, "bisect", "-q", "--state", state, "--good", "v1", *options, *(["--build", build] if build else [])]
            subprocess.run(words + ["--", "sh", "-c", test], cwd=folder + "/r", stdout=subprocess.DEVNULL)
            expected = [(left, took) for left, took in ranges(state) if took > 1]
            said = [0.7 * left <= took <= 1.7 * left for left, took in expected]
            ratios += [took / left for left, took in expected]
            inside, of = inside + sum(said), of + len(said)
            first_inside += bool(said) and said[0]
        all_in, all_of = all_in + inside, all_of + of
        print(f"{name:22} {inside:4} of {of:4} within the range, the first one in {first_inside} of {trial + 1};"
              f" took / expected: {' '.join(f'{r:.2f}' for r in quantiles(ratios))}")
    print(f"{'all':22} {all_in:4} of {all_of:4}")
