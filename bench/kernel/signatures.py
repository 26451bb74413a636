#!/usr/bin/env python3
"""How many of the files of two neighbouring releases are equal by `culprit signature`, and is that what disassembly says?

usage: signatures.py [--culprit BINARY] [--linux REPOSITORY FROM TO] [--pairs N] [--seed N] OBJECTS OBJECTS
  OBJECTS   the object folder of a kernel's build (make O=); the two of one configuration and compiler
  --linux   the repository with the tags of the two: only objects are taken of which a source file or a header that the build
            read differs between them (by the dependency files of the first build)
  --pairs   so many of them, drawn by --seed (default: all)

Of each object that both folders have: are the bytes equal, is the signature? And objdump is asked: a pair is a no-op where the
instructions and their relocations, and the data, are equal but for what a moved line changes (the number in the argument of who
prints it, the table of bugs) and what only says where something lies; the texts as a set. Prints which share of the no-ops the signature finds, and
what it calls equal that is none; exit code 1 if there is such a pair, or one of equal bytes and unequal signatures.
"""
import argparse
import collections
import pathlib
import random
import re
import subprocess
import sys

from unseen import read_build

# What disassembly cannot tell apart from a place: offsets into merged strings, and into the table of bugs.
PLACES = (
    (re.compile(r"\.rodata\.str[0-9.]+[+-]0x[0-9a-f]+|\.rodata\.str[0-9.]+\b"), "STRING"),
    (re.compile(r"\.LC[0-9]+(?:[+-]0x[0-9a-f]+)?"), "STRING"),
    (re.compile(r"__bug_table(?:[+-]0x[0-9a-f]+)?"), "BUG"),
)
LINE = re.compile(r"^mov +\$0x[0-9a-f]+,%(?:esi|edx)$")
ALLOCATES = re.compile(r"\b(?:__)?k(?:v|z)?m(?:alloc|em_)")  # its numbers are sizes
COUNTED = re.compile(r"(__UNIQUE_ID_\w*?)[0-9]+(?:\.[0-9]+)?\b")  # the compiler's count of such names in a file
LEFT_OUT = re.compile(r"^\.(?:eh_frame|orc|debug|note|comment|discard|modinfo|BTF|return_sites|rodata\.str)|^__bug_table|^\.rela")


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True, errors="replace").stdout


def code(path):
    """Instructions with their relocations, without addresses."""
    out = []
    for line in run("objdump", "-dr", "-w", "--no-show-raw-insn", str(path)).splitlines():
        match = re.match(r"^\s+[0-9a-f]+:\t(.*)$", line)
        if not match:
            out.append(re.sub(r"^[0-9a-f]+ ", "", line))
            continue
        text = re.sub(r"(\bj\w+|\bcall|\bloop\w*) +[0-9a-f]+ <", r"\1 <", match[1].split("#")[0])
        text = re.sub(r"\t[0-9a-f]+: (R_X86)", r"\t\1", text)
        if "\tR_X86" in text:  # the relocation says where to; what objdump makes of the bytes before it is by chance
            text = re.sub(r"<[^>]*>", "<>", text)
        text = COUNTED.sub(r"\1", text)
        for pattern, word in PLACES:
            text = pattern.sub(word, text)
        out.append(text.strip())
    return out[4:]


def data(path):
    """The bytes and relocations of what is loaded and no code, by section; without what says where code is."""
    sections = {}
    for line in run("objdump", "-h", "-w", str(path)).splitlines():
        words = line.split()
        if len(words) > 6 and words[0].isdigit() and "CODE" not in line and "ALLOC" in line and not LEFT_OUT.match(words[1]):
            sections[words[1]] = run("objdump", "-s", "-j", words[1], str(path)).splitlines()[4:]
    name = None
    for line in run("objdump", "-r", "-w", str(path)).splitlines():
        head = re.match(r"RELOCATION RECORDS FOR \[(.*)\]", line)
        name = head[1] if head else name
        if name in sections and re.match(r"^[0-9a-f]+ R_", line):
            for pattern, word in PLACES:
                line = pattern.sub(word, line)
            line = COUNTED.sub(r"\1", line)
            sections[name].append(line)
    return sections


def strings(path):
    """The merged strings, wherever each lies."""
    out = set()
    for line in run("objdump", "-h", "-w", str(path)).splitlines():
        words = line.split()
        if len(words) > 6 and words[0].isdigit() and words[1].startswith(".rodata.str"):
            dump = run("objdump", "-s", "-j", words[1], str(path)).splitlines()[4:]
            raw = bytes.fromhex("".join("".join(re.match(r"^ [0-9a-f]+ ((?:[0-9a-f]{2,8} ){1,4})", row)[1].split()) for row in dump))
            out |= set(raw.split(b"\0"))
    return out


def differences(a, b):
    """What in the disassembly of two objects is more than a moved line."""
    left, right = code(a), code(b)
    found, lines = [], 0
    if len(left) != len(right):
        found.append(f"{len(left)} and {len(right)} lines of disassembly")
    for at, (one, other) in enumerate(zip(left, right)):
        if one == other:
            continue
        if LINE.match(one) and LINE.match(other) and not ALLOCATES.search(next((c for c in left[at:] if c.startswith("call")), "")):
            lines += 1
        else:
            found.append(f"{one}  |  {other}")
    found += [f"text {text!r}" for text in sorted(strings(a) ^ strings(b))]
    left, right = data(a), data(b)
    found += [f"[{name}]" for name in sorted(left.keys() | right.keys()) if left.get(name) != right.get(name)]
    return found, lines


def own_objects(folder):
    """Of each source file one; none that only joins others, none of the host's tools."""
    for path in sorted(folder.rglob("*.o")):
        place = path.relative_to(folder)
        if not path.name.startswith((".", "vmlinux", "built-in")) and not {"tools", "scripts"} & set(place.parts):
            yield place


def changed_between(repository, begin, end):
    names = run("git", "-C", repository, "diff-tree", "-r", "--no-renames", "--name-only", begin, end).splitlines()
    if not names:
        sys.exit(f"nothing differs between {begin} and {end} in {repository}")
    return set(names)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--culprit", default=str(here / "../../build/release/culprit"))
    parser.add_argument("--linux", nargs=3)
    parser.add_argument("--pairs", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("folders", nargs=2, type=pathlib.Path)
    args = parser.parse_args()
    one, other = args.folders
    pairs = [place for place in own_objects(one) if (other / place).exists()]
    print(f"{len(pairs)} objects are in both builds")
    if args.linux:
        changed = changed_between(*args.linux)
        _, read_by, _ = read_build(one)
        read = {place: read_by.get(str(place.parent / f".{place.name}.cmd"), []) for place in pairs}
        own = sum(1 for files in read.values() if any(file in changed and file.endswith((".c", ".S")) for file in files))
        pairs = [place for place, files in read.items() if not changed.isdisjoint(files)]
        print(f"of {len(pairs)} a file that they are made from differs, of {own} the source file itself")
    if args.pairs and args.pairs < len(pairs):
        pairs = sorted(random.Random(args.seed).sample(pairs, args.pairs))
    count = collections.Counter()
    wrong, missed = [], []
    for place in pairs:
        a, b = one / place, other / place
        signatures = [run(args.culprit, "signature", str(file)).strip() for file in (a, b)]
        if not all(signatures):
            count["unread"] += 1
            continue
        count["pairs"] += 1
        equal = signatures[0] == signatures[1]
        count["equal"] += equal
        if a.read_bytes() == b.read_bytes():
            count["bytes"] += 1
            count["no_ops"] += 1
            if not equal:
                wrong.append(f"{place}: equal bytes, unequal signatures")
            continue
        found, lines = differences(a, b)
        count["no_ops"] += not found
        count["numbers"] += lines if equal else 0
        if equal and found:
            wrong.append(f"{place}: " + "; ".join(found[:3]))
        if not equal and not found:
            missed.append(str(place))
    total = max(count["pairs"], 1)
    print(f"{count['pairs']} pairs of objects, {count['unread']} unread")
    print(f"equal by bytes: {count['bytes']} ({count['bytes'] / total:.0%}); by signature: {count['equal']} ({count['equal'] / total:.0%}); "
          f"by disassembly: {count['no_ops']} ({count['no_ops'] / total:.0%})")
    print(f"of the no-ops the signature finds {count['no_ops'] - len(missed)} of {count['no_ops']}; {count['numbers']} line numbers differ in them")
    print(f"equal by signature and not by disassembly: {len(wrong)}")
    for place in missed:
        print("MISSED", place)
    for line in wrong:
        print("WRONG", line)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
