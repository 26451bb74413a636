#!/usr/bin/env python3
"""How many of the files of two neighbouring releases are equal by `culprit signature`, and is each of those equal by disassembly?

usage: signatures.py [--culprit BINARY] OBJECTS OBJECTS
  OBJECTS  the object folder of a kernel's build (make O=); the two of one configuration and compiler

Of every object that both folders have: are the files' bytes equal, is the signature? Where the signature is equal and bytes are not,
objdump is asked: instructions and their relocations, and the data, must be equal but for what a moved line changes (the number
in the argument of who prints it, the table of bugs) and what only says where something lies. Prints the shares and whatever breaks
that; exit code 1 if anything does.
"""
import argparse
import collections
import pathlib
import re
import subprocess
import sys

# What disassembly cannot tell apart from a place: offsets into merged strings, and into the table of bugs.
PLACES = (
    (re.compile(r"\.rodata\.str[0-9.]+[+-]0x[0-9a-f]+|\.rodata\.str[0-9.]+\b"), "STRING"),
    (re.compile(r"\.LC[0-9]+(?:[+-]0x[0-9a-f]+)?"), "STRING"),
    (re.compile(r"__bug_table(?:[+-]0x[0-9a-f]+)?"), "BUG"),
)
LINE = re.compile(r"^mov +\$0x[0-9a-f]+,%(?:esi|edx)$")
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
            sections[name].append(line)
    return sections


def differences(a, b):
    """What in the disassembly of two objects is more than a moved line."""
    left, right = code(a), code(b)
    found, lines = [], 0
    if len(left) != len(right):
        found.append(f"{len(left)} and {len(right)} lines of disassembly")
    for one, other in zip(left, right):
        if one == other:
            continue
        if LINE.match(one) and LINE.match(other):
            lines += 1
        else:
            found.append(f"{one}  |  {other}")
    left, right = data(a), data(b)
    found += [f"[{name}]" for name in sorted(left.keys() | right.keys()) if left.get(name) != right.get(name)]
    return found, lines


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--culprit", default=str(here / "../../build/release/culprit"))
    parser.add_argument("folders", nargs=2, type=pathlib.Path)
    args = parser.parse_args()
    one, other = args.folders
    count = collections.Counter()
    wrong = []
    for a in sorted(one.rglob("*.o")):
        b = other / a.relative_to(one)
        if not b.exists() or a.name.startswith((".", "vmlinux", "built-in")) or "tools" in a.relative_to(one).parts or "scripts" in a.relative_to(one).parts:
            continue
        signatures = [run(args.culprit, "signature", str(file)).strip() for file in (a, b)]
        if not all(signatures):
            count["unread"] += 1
            continue
        count["pairs"] += 1
        if a.read_bytes() == b.read_bytes():
            count["bytes"] += 1
            if signatures[0] != signatures[1]:
                wrong.append(f"{a.relative_to(one)}: equal bytes, unequal signatures")
            continue
        if signatures[0] != signatures[1]:
            continue
        count["lines_only"] += 1
        found, lines = differences(a, b)
        count["numbers"] += lines
        if found:
            wrong.append(f"{a.relative_to(one)}: " + "; ".join(found[:3]))
    equal = count["bytes"] + count["lines_only"]
    pairs = max(count["pairs"], 1)
    print(f"{count['pairs']} pairs of objects, {count['unread']} unread")
    print(f"equal by bytes: {count['bytes']} ({count['bytes'] / pairs:.0%}); by signature: {equal} ({equal / pairs:.0%})")
    print(f"of the {count['lines_only']} that only the signature calls equal, {count['lines_only'] - len(wrong)} are equal by disassembly,"
          f" {count['numbers']} line numbers aside")
    for line in wrong:
        print("WRONG", line)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
