#!/usr/bin/env python3
"""Bisections in a suite of worlds: a real git, real builds, the real binary, and a truth that is known.

usage: worlds.py --binary build/release/culprit [--seeds N] [--only PATTERN] [-j N] [--markdown] ...

Each world times each seed is a bisection in a folder of its own. What it came to (docs/truth.md has the words):
right    exit 0 and the truth named
honest   no answer, where no experimenter could know one
gave up  no answer, where an ideal experimenter would have one
wrong    exit 0 and something else named; an end said to fail its check that does not; the user's repository touched
stuck    nothing goes on, more runs or builds than the world allows, an exit code that is none of a bisection's, or a process that
         outlives it
"""
import argparse
import collections
import concurrent.futures
import fnmatch
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import world as made  # noqa: E402
import changing, noise, histories, builds, checkouts, users, programs, further  # noqa: E402,E401,F401 (they fill the table, in this order)
from play import CLASSES, play, stop_all  # noqa: E402


def mean(values, digits=0):
    values = [value for value in values if value is not None]
    return f"{sum(values) / len(values):.{digits}f}" if values else ""


def row(name, knows, group, replays):
    """What the bisections of one world, or all, came to."""
    counts = [sum(e.cls == c for e in group) for c in CLASSES]
    cells = [name, knows, *(str(n) if n or not knows else "" for n in counts), mean(e.runs for e in group), mean(e.builds for e in group),
             mean(e.needs and e.needs[1] for e in group), mean(e.needs and e.needs[0] for e in group), mean((e.seconds for e in group), 1)]
    if replays:
        read = [e.replayed for e in group if e.replayed is not None]
        cells.append(f"{sum(read)} of {len(read)}")
    return cells


def table(all_ended, markdown):
    """Lines of a table by world, and its totals."""
    replays = any(e.replayed is not None for e in all_ended)
    head = ["world", "knowable", *CLASSES, "runs", "builds", "an ideal's runs", "its builds", "s"] + (["replay agrees"] if replays else [])
    by_world = collections.OrderedDict()
    for ended in all_ended:
        by_world.setdefault(ended.kind.name, []).append(ended)
    rows = [row(name, "yes" if group[0].kind.knows == "right" else "no", group, replays) for name, group in by_world.items()]
    rows.append(row(f"all {len(by_world)}", "", all_ended, replays))
    if markdown:
        return ["| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head)] + rows]
    widths = [max(len(cells[i]) for cells in [head] + rows) for i in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip() for cells in [head] + rows]


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("--binary", help="the culprit to try")
    add("--git", action="store_true", help="in its place, `git bisect run`")
    add("--seeds", type=int, default=2, metavar="N", help="bisections of each world (2; nightly: 20)")
    add("--first-seed", type=int, default=1, metavar="K")
    add("--only", metavar="PATTERN", help="worlds whose name has this in it; * and ? are known, a comma parts several")
    add("--quick", action="store_true", help="only the worlds of the quick form")
    add("--slow", action="store_true", help="those that --quick leaves out")
    add("-j", type=int, default=os.cpu_count(), metavar="N", help="bisections at a time")
    add("--timeout", type=float, default=60, metavar="S", help="seconds without a run or a build after which a bisection is stuck (60)")
    add("--keep", metavar="DIR", help="keep each world's folder there; again.sh in it begins anew")
    add("--replay", action="store_true", help="read each log with `culprit replay`: does it come to the same answer?")
    add("--markdown", action="store_true", help="the table for a document")
    add("--list", action="store_true", help="print the worlds and what is true in them")
    add("--verbose", action="store_true", help="a line for each bisection, not only for those that go wrong")
    add("--allow-wrong", type=float, default=0, metavar="SHARE", help="exit 0 with so many wrong answers")
    add("--allow-stuck", type=float, default=0, metavar="SHARE")
    add("--allow-gave-up", type=float, default=1, metavar="SHARE")
    add("further", nargs="*", help="after --: further options of `culprit bisect`, in every world")
    options = parser.parse_args()
    if not options.binary and not options.git and not options.list:
        parser.error("--binary FILE says which culprit to try, --git that git's own bisection is")
    options.binary = options.binary and os.path.abspath(options.binary)
    options.keep = options.keep and os.path.abspath(options.keep)
    return options


def chosen(options):
    patterns = (options.only or "*").split(",")
    kinds = [kind for kind in made.WORLDS if any(fnmatch.fnmatch(kind.name, p) or p in kind.name for p in patterns)]
    return [kind for kind in kinds if not (options.quick and not kind.quick) and not (options.slow and kind.quick)]


def played(kinds, options):
    """All bisections, in the order of the table; those that go wrong are told at once."""
    jobs = [(kind, seed) for seed in range(options.first_seed, options.first_seed + options.seeds) for kind in kinds]
    all_ended = []
    with concurrent.futures.ThreadPoolExecutor(max_workers=options.j) as pool:
        for done in concurrent.futures.as_completed([pool.submit(play, kind, seed, options) for kind, seed in jobs]):
            ended = done.result()
            all_ended.append(ended)
            if options.verbose or ended.cls not in ("right", "honest"):
                print(f"{ended.cls}: {ended.kind.name} seed {ended.seed}: {ended.why}; {ended.runs} runs, {ended.builds} builds, "
                      f"{ended.seconds:.1f} s", file=sys.stderr, flush=True)
    order = {kind.name: i for i, kind in enumerate(made.WORLDS)}
    return sorted(all_ended, key=lambda e: (order[e.kind.name], e.seed))


def main():
    options = parsed()
    kinds = chosen(options)
    if not kinds:
        sys.exit(f"worlds.py: no world is called {options.only}")
    if options.list:
        for kind in kinds:
            print(f"{kind.name} ({kind.knows}{'' if kind.quick else ', not quick'}): {' '.join(kind.make.__doc__.split())}")
        return 0
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: (stop_all(options.keep), os._exit(130)))
    all_ended = played(kinds, options)
    print("\n".join(table(all_ended, options.markdown)))
    allowed = {"wrong": options.allow_wrong, "stuck": options.allow_stuck, "gave up": options.allow_gave_up}
    beyond = [cls for cls, most in allowed.items() if sum(e.cls == cls for e in all_ended) > most * len(all_ended)]
    if any(e.replayed is False for e in all_ended):
        beyond.append("otherwise when they are replayed")
    if beyond:
        print(f"worlds.py: too many are {' and '.join(beyond)}", file=sys.stderr)
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
