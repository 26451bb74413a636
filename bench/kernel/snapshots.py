#!/usr/bin/env python3
"""Runs a second with and without snapshots of guests, and whether the bug shows as often.

usage: snapshots.py [--record BINARY] [--runs N] [--state DIR] CONFIG
  --record  bench_kernel_record (default: build/release/bench_kernel_record)
  --runs    of the start revision, with and without (default: 200)
  --state   a folder for the kernel, which is built once (default: snapshots-state)
  CONFIG    a kernel file with `start`, such as examples/kernel/flaky.toml beside its history

Two guests at a time. Prints a line for each way, and how often chance alone makes a difference as great between the
restored and the booted guests (Fisher's exact test, two-sided). Exit code 1 where that is less than one in a thousand.
"""
import argparse
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile


def fisher(a, n, b, m):
    """The p-value of a of n against b of m."""
    total = a + b
    chance = lambda x: math.comb(n, x) * math.comb(m, total - x) / math.comb(n + m, total)
    seen = chance(a) * (1 + 1e-7)
    return sum(p for p in map(chance, range(max(0, total - m), min(n, total) + 1)) if p <= seen)


def interval(k, n):
    """Wilson's, 95 %."""
    if n == 0:
        return 0, 1
    z, p = 1.96, k / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def record(options, config, snapshot):
    """The runs, and the seconds that they took together."""
    text = re.sub(r"(?m)^snapshot *=.*\n", "", config.read_text())
    text = re.sub(r"(?m)^\[vm\]\n", f"[vm]\nsnapshot = {str(snapshot).lower()}\n", text)
    start = re.search(r'(?m)^start *= *"(.*)"', text)[1]
    with tempfile.NamedTemporaryFile("w", suffix=".toml", dir=config.parent) as file, tempfile.NamedTemporaryFile("r") as out:
        file.write(text)
        file.flush()
        done = subprocess.run([options.record, "--config", file.name, "--out", out.name, "--oldest", start, "--newest", start,
                               "--runs", str(options.runs), "--state", options.state], stderr=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        for line in done.stderr.splitlines():
            if "snapshot" in line:
                print(line)
        seconds = float(re.search(r"runs in ([0-9.]+) s", done.stderr)[1])
        return [run for run in map(json.loads, out) if "run" in run], seconds


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--record", default="build/release/bench_kernel_record")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--state", default="snapshots-state")
    parser.add_argument("config", type=pathlib.Path)
    options = parser.parse_args()
    shown = {}
    for snapshot in (False, True):
        runs, seconds = record(options, options.config.absolute(), snapshot)
        lost = sum(not run["test_started"] for run in runs)
        print(f"{'with' if snapshot else 'without'} snapshots: {len(runs)} runs in {seconds:.0f} s, {len(runs) / seconds:.2f} a second, "
              f"{lost} did not get to the reproducer")
        for way in sorted({run["restored"] for run in runs}):
            these = [run for run in runs if run["restored"] == way and run["test_started"]]
            crashed = sum(run["end"] == "died" for run in these)
            each = sorted(run["seconds"] for run in these)[len(these) // 2]
            low, high = interval(crashed, len(these))
            print(f"  {'restored' if way else 'booted'}: {crashed} of {len(these)} crashed ({low:.0%} to {high:.0%}), "
                  f"{each:.2f} s each (median)")
            if way == snapshot:
                shown[way] = (crashed, len(these))
    p = fisher(*shown[True], *shown[False]) if len(shown) == 2 else 0
    print(f"the difference between restored and booted guests: p = {p:.2g}")
    return p < 0.001


sys.exit(main())
