#!/usr/bin/env python3
"""clang-tidy over every source, many to a translation unit: most of its time goes into the headers that all of them share.

usage: tests/long/tidy.py [--jobs N] [--together N] BUILD [FILE...]

BUILD is a folder configured by `cmake --preset tidy`; without FILEs all that it compiles. The files of a unit come from
namespaces of their own, as far as that goes; a unit that does not compile as one is halved. Findings are
printed once each; exits with 1 where there are any.
"""
import argparse
import collections
import concurrent.futures
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FINDING = re.compile(r"^(/[^:\n]+:\d+:\d+): (?:warning|error): (.*?) \[([^\]]+)\]$", re.M)
# Of the unit, not of a file in it.
OF_THE_UNIT = ("bugprone-suspicious-include", "misc-unused-using-decls")


def options(command):
    """What of a compiler's command line says how a file is read."""
    words = shlex.split(command)
    out, take = [], False
    for word in words[1:]:
        if take:
            out.append(word)
            take = False
        elif word in ("-isystem", "-include"):
            out.append(word)
            take = True
        elif word.startswith(("-I", "-D", "-std", "-W", "-f")):
            out.append(word)
    return out


def tidy(arguments):
    done = subprocess.run(["clang-tidy-19", "--quiet", *arguments], capture_output=True, text=True)
    return done.stdout + done.stderr


def room_of(name):
    return pathlib.Path(name).relative_to(ROOT).parts[0]


def lay_out(scratch):
    """A folder for the units of each room, with the checks of that room."""
    shutil.copy(ROOT / ".clang-tidy", scratch)
    for room in ("src", "tests", "bench"):
        (pathlib.Path(scratch) / room).mkdir()
        if (ROOT / room / ".clang-tidy").exists():
            shutil.copy(ROOT / room / ".clang-tidy", pathlib.Path(scratch) / room)


def look(files, entries, scratch):
    """Findings of `files` as a set of (place, text, check)."""
    if len(files) > 1:
        unit = pathlib.Path(scratch) / room_of(files[0]) / f"unit-{abs(hash(tuple(files)))}.cc"
        unit.write_text("".join(f'#include "{name}"\n' for name in files))
        merged = list(dict.fromkeys(word for name in files for word in options(entries[name])))
        text = tidy([str(unit), "--", *merged])
        found = {f for f in FINDING.findall(text) if not f[2].startswith(OF_THE_UNIT)}
        if not any(f[2].startswith("clang-diagnostic-error") for f in found):
            return found
        half = len(files) // 2
        return look(files[:half], entries, scratch) | look(files[half:], entries, scratch)
    return set(FINDING.findall(tidy([files[0], "--", *options(entries[files[0]])])))


def units(files, together):
    """Files by turns from all folders, so that two of one namespace seldom meet."""
    folders = collections.defaultdict(list)
    for name in files:
        folders[str(pathlib.Path(name).parent)].append(name)
    queues = sorted(folders.values(), key=len, reverse=True)
    count = max(1, -(-len(files) // together))
    out = [[] for _ in range(count)]
    at = 0
    for queue in queues:
        for name in queue:
            out[at % count].append(name)
            at += 1
    return [unit for unit in out if unit]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--together", type=int, default=12)
    args = parser.parse_args()
    commands = json.loads((args.build / "compile_commands.json").read_text())
    made = str(args.build.resolve()) + "/"
    entries = {e["file"]: e["command"] for e in commands if not e["file"].startswith(made)}
    files = [str(pathlib.Path(name).resolve()) for name in args.files] or sorted(entries)
    findings = set()
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        lay_out(scratch)
        rooms = collections.defaultdict(list)
        for name in files:
            rooms[room_of(name)].append(name)
        work = [unit for room in rooms.values() for unit in units(room, args.together)]
        for n, found in enumerate(pool.map(lambda unit: look(unit, entries, scratch), work), 1):
            for place, text, check in sorted(found - findings):
                print(f"{place}: {text} [{check}]", flush=True)
            findings |= found
            print(f"tidy: {n} of {len(work)} units", file=sys.stderr, flush=True)
    print(f"tidy: {len(files)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
