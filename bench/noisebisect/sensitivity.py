#!/usr/bin/env python3
"""What the constants of the search weigh: each is doubled and halved, and the rows of noisebisect-v1 that move are named.

usage: sensitivity.py BENCH [--trials N] [--commits N] [--points A,B] [--only NAME,NAME]

BENCH is a culprit-bench built with -DCULPRIT_TUNABLE=ON (src/base/tuned.h):
  cmake -S . -B build/tunable -G Ninja -DCMAKE_BUILD_TYPE=Release -DCULPRIT_TUNABLE=ON -DCULPRIT_TESTS=OFF
  cmake --build build/tunable --target culprit-bench
Of a probability above 1/2, the rest to 1 is doubled and halved. All runs see the same worlds, so a row that a constant
does not touch is equal to the digit. Prints a Markdown table: for each constant the rows that moved, with the change of
the share of right answers in points and of the cost in percent.
"""
import argparse, os, pathlib, re, subprocess

SRC = pathlib.Path(__file__).resolve().parents[2] / "src" / "search"
POINTS = "P .9,P .3,Q .3,U .2,V .5,R .9,D .9,D+Q .3,X .9,K 4"


def constants():
    for path in sorted(SRC.rglob("tuning.h")):
        for kind, name, value in re.findall(r"CULPRIT_TUNED\((\w+), (\w+), ([\d.]+)\)", path.read_text()):
            yield path.parent.name, kind, name, float(value)


def variants(kind, value):
    if kind == "int":
        return [max(1, round(value / 2)), round(value * 2)]
    if 0.5 < value < 1:
        return [1 - 2 * (1 - value), 1 - (1 - value) / 2]
    return [value / 2, value * 2]


def rows_of(bench, options, tune):
    out = subprocess.run([bench, *options], env={**os.environ, "CULPRIT_TUNE": tune}, capture_output=True, text=True, check=True)
    rows = {}
    for line in out.stdout.splitlines():
        cells = [c.strip() for c in line.strip("|").split("|")]
        if len(cells) > 8 and cells[1] == "culprit":
            rows[cells[0]] = (float(cells[2].rstrip(" %")), float(cells[8]))
    return rows


def moved(before, after):
    out = []
    for point, (right, cost) in before.items():
        right_now, cost_now = after[point]
        points, percent = right_now - right, 100 * (cost_now / cost - 1)
        if abs(points) >= 0.05 or abs(percent) >= 0.5:
            out.append((abs(points) + abs(percent), f"{point} {points:+.1f} / {percent:+.0f} %"))
    return [text for _, text in sorted(out, reverse=True)]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("bench")
    ap.add_argument("--trials", default="60")
    ap.add_argument("--commits", default="256")
    ap.add_argument("--points", default=POINTS)
    ap.add_argument("--only", default="")
    args = ap.parse_args()
    options = ["--markdown", "--trials", args.trials, "--commits", args.commits, "--points", args.points]
    before = rows_of(args.bench, options, "")
    print("| room | constant | value | halved | doubled |\n|---|---|---|---|---|", flush=True)
    for room, kind, name, value in constants():
        if args.only and name not in args.only.split(","):
            continue
        cells = []
        for other in variants(kind, value):
            rows = moved(before, rows_of(args.bench, options, f"{name}={other}"))
            cells.append(f"{other:g}: " + (", ".join(rows[:4]) + (f" and {len(rows) - 4} more" if len(rows) > 4 else "") or "nothing"))
        print(f"| {room} | `{name}` | {value:g} | {' | '.join(cells)} |", flush=True)


main()
