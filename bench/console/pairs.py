#!/usr/bin/env python3
"""One bug, one name: pairs of consoles that must have the same title, and pairs that must not.

usage: bench/console/pairs.py --binary PATH [--golden DIR] [--expect DIR...] [--corpus DIR...] [--show N]
  --golden   golden files (default tests/golden/console). Of each report that blames a kernel function:
               another run       other addresses, offsets, task, time stamps: the same name
               another compiler  suffixes on the blamed function: the same name
               another kernel    other release, one more generic frame above the blamed one: the same name
               another place     the blamed function is another one: a different name
  --expect   folders with expect.json (same_as, differs_from)
  --corpus   folders of consoles with "TITLE: " heads: those with one title are pairs that must agree, neighbours
             with different ones pairs that must differ
Prints right and all pairs of each kind, and the two rates; exits 1 with --min N if either is below N percent.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

FRAME = re.compile(rb"\b([A-Za-z_][\w]*)((?:\.[a-z]+[.\d]*)*)\+0x([0-9a-f]+)/0x([0-9a-f]+)")
MOST = 40  # pairs of one title


def titles(binary, texts):
    """The first title of each console; None without a report."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, len(texts), 200):
            paths = []
            for i, text in enumerate(texts[start:start + 200]):
                paths.append(os.path.join(folder, f"{i}.log"))
                with open(paths[-1], "wb") as f:
                    f.write(text)
            out = subprocess.run([binary, "report", "--json", *paths], stdout=subprocess.PIPE, check=False).stdout
            for line in out.decode("utf-8", "replace").splitlines():
                reports = json.loads(line)["reports"]
                found.append(reports[0]["title"] if reports else None)
    return found


def another_run(log, _):
    def moved(m):
        return b"%b%b+0x%x/0x%b" % (m.group(1), m.group(2), (int(m.group(3), 16) ^ 8) + 1, m.group(4))
    log = FRAME.sub(moved, log)
    log = re.sub(rb"\bffff[0-9a-f]{12}\b", lambda m: b"ffff8881" + m.group()[8:], log)
    log = re.sub(rb"(?<=\[) *(\d+)\.(\d{6})(?=\])", lambda m: b"%5d.%b" % (int(m.group(1)) + 61, m.group(2)), log)
    for pid in set(re.findall(rb"\b[Pp][Ii][Dd]: (\d\d+)", log)):
        log = re.sub(rb"(?<![\w.])" + pid + rb"(?!\w|\.\d)", b"9" + pid, log)
    return log


def another_compiler(log, function):
    def suffixed(m):
        if m.group(2) or m.group(1) != function:
            return m.group()
        return b"%b.isra.0.constprop.0+0x%b/0x%b" % (m.group(1), m.group(3), m.group(4))
    return FRAME.sub(suffixed, log)


def another_kernel(log, function):
    """The release, and a service that was inlined before; only where the blamed function's line is a frame."""
    log = re.sub(rb"(?<=tainted )\d+\.\d+[\w.-]*", b"6.6.31-other", log)
    line = re.search(rb"^(.*?[ \]])" + re.escape(function) + rb"\+0x[0-9a-f]+/0x[0-9a-f]+(?= *$| \[)", log, re.M)
    if line is None or b"RIP" in line.group(1) or b"PC" in line.group(1) or b"BUG" in line.group(1) or b"is corrupted in" in log:
        return log
    return log[:line.start()] + line.group(1) + b"kmem_cache_free+0x21/0x90\n" + log[line.start():]


def another_place(log, function):
    return re.sub(rb"\b" + re.escape(function) + rb"\b", b"lake_" + function, log)


def golden_pairs(folder):
    """[(kind, agree?, text, text)] made of the golden files."""
    made = []
    for place, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            with open(os.path.join(place, name), "rb") as f:
                head, _, log = f.read().partition(b"---- console ----\n")
            frame = re.search(rb"^  frame: ([A-Za-z_]\w*)$", head, re.M)
            title = re.search(rb"^report: (.*)$", head, re.M)
            if frame is None or b"rule: program" in head or frame.group(1) not in title.group(1):
                continue
            if b"%b+0x" % frame.group(1) not in log:
                continue
            for change in (another_run, another_compiler, another_kernel, another_place):
                changed = change(log, frame.group(1))
                if changed != log:
                    kind = "golden, " + change.__name__.replace("_", " ")
                    made.append((kind, change is not another_place, log, changed, f"{place}/{name}"))
    return made


def expected_pairs(folder):
    with open(os.path.join(folder, "expect.json"), encoding="utf-8") as f:
        expect = json.load(f)
    for name, want in sorted(expect.items()):
        for what in ("same_as", "differs_from"):
            if want.get(what):
                texts = []
                for n in (name, want[what]):
                    with open(os.path.join(folder, n), "rb") as f:
                        texts.append(f.read())
                yield ("expect.json", what == "same_as", *texts, f"{name} {want[what]}")


def corpus_pairs(folder):
    by_title = collections.defaultdict(list)
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as f:
            head, _, log = f.read().replace(b"\r", b"").partition(b"\n\n")
        title = re.search(rb"^TITLE: (.*)$", head, re.M)
        if title and not re.search(rb"^CORRUPTED: Y", head, re.M):
            by_title[title.group(1)].append((name, log.split(b"\n\nREPORT:\n")[0]))
    ordered = sorted(by_title.items())
    for title, logs in ordered:
        pairs = [(a, b) for i, a in enumerate(logs) for b in logs[i + 1:]]
        for a, b in pairs[:MOST]:
            yield ("corpus", True, a[1], b[1], f"{a[0]} {b[0]} {title.decode()}")
    for (_, one), (_, other) in zip(ordered, ordered[1:]):
        yield ("corpus, neighbours", False, one[0][1], other[0][1], f"{one[0][0]} {other[0][0]}")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--binary", required=True)
    ap.add_argument("--golden", default="tests/golden/console")
    ap.add_argument("--expect", nargs="*", default=[])
    ap.add_argument("--corpus", nargs="*", default=[])
    ap.add_argument("--show", type=int, default=0)
    ap.add_argument("--min", type=float, default=0)
    a = ap.parse_args()
    pairs = golden_pairs(a.golden)
    for folder in a.expect:
        pairs += expected_pairs(folder)
    for folder in a.corpus:
        pairs += corpus_pairs(folder)
    texts = list(dict.fromkeys(t for p in pairs for t in p[2:4]))
    known = dict(zip(texts, titles(a.binary, texts)))
    right, total, shown = collections.Counter(), collections.Counter(), 0
    for kind, agree, one, other, what in pairs:
        x, y = known[one], known[other]
        good = x is not None and y is not None and (x == y) == agree
        for key in ((agree, kind), (agree, "")):
            total[key] += 1
            right[key] += good
        if not good and shown < a.show:
            shown += 1
            print(f"{what} ({kind}): {x!r} and {y!r}")
    print("| pairs | that | right | of | rate |\n|---|---|---|---|---|")
    for agree, kind in sorted(total, key=lambda k: (not k[0], k[1] == "", k[1])):
        good, all_of = right[agree, kind], total[agree, kind]
        print(f"| {kind or 'all'} | {'agree' if agree else 'differ'} | {good} | {all_of} | {100 * good / all_of:.1f} % |")
    sys.exit(any(100 * right[k] < a.min * total[k] for k in total if not k[1]))


if __name__ == "__main__":
    main()
