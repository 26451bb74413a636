#!/usr/bin/env python3
"""The kinds of a bisection log's lines, in their order, held against the order that the reference's logs have.

usage: line_kinds.py LOG...      exits 1 and names what stands in another place; prints each log's kinds

Remarks and whatever else is of no kind are passed over, several runs of a revision are one kind, and behind the crash there
may be anything.
"""
import re, sys

KINDS = [
    ("start", r"bisecting (cause commit starting from|fixing commit since) [0-9a-f]{40}$"),
    ("tool", r"building \w+ on \S+$"),
    ("release", r"testing release \S+$"),
    ("testing", r"testing commit [0-9a-f]{40}"),
    ("compiler", r"compiler: "),
    ("signature", r"kernel signature: [0-9a-f]{40,64}$"),
    ("runs", r"all runs: |run #\d+: "),
    ("failed", r"failed"),
    ("git-start", r"# git bisect start "),
    ("git-verdict", r"# git bisect (good|bad|skip) "),
    ("left", r"Bisecting: \d+ revisions? left to test after this"),
    ("next", r"\[[0-9a-f]{40}\] "),
    ("first-bad", r"[0-9a-f]{40} is the first bad commit$"),
    ("culprit-signature", r"culprit signature: "),
    ("parent-signature", r"parent  signature: "),
    ("tested", r"revisions tested: \d+, total time: "),
    ("answer", r"first bad commit: |the crash already happened on the oldest tested release"),
    ("message", r"commit msg: "),
    ("recipients", r"recipients \((to|cc)\): |cc: "),
    ("crash", r"crash: "),
]
BLOCK = r"testing (compiler )?(signature )?(runs |failed )+"
ORDER = re.compile(
    rf"start (tool )+{BLOCK}(release {BLOCK})*"
    rf"(git-start (left next {BLOCK}git-verdict )*first-bad (culprit-signature parent-signature )?)?"
    r"tested answer (message )?(recipients )*crash $")


def kinds(lines):
    out = []
    for line in lines:
        kind = next((name for name, words in KINDS if re.match(words, line)), None)
        if kind and (kind != "runs" or out[-1:] != ["runs"]):
            out.append(kind)
        if kind == "crash":
            break
    return out


def main():
    wrong = 0
    for path in sys.argv[1:]:
        with open(path, errors="replace") as log:
            found = "".join(kind + " " for kind in kinds(log))
        fits = ORDER.match(found)
        wrong += not fits
        print(f"{path}: {'fits' if fits else 'stands in another order'}: {found}")
    return wrong > 0


sys.exit(main())
