#!/usr/bin/env python3
"""Compares culprit's symbols with those of elfutils, address by address.

usage: symbols_agree.py BENCH_SYMBOLS FILE [COUNT]

Runs `BENCH_SYMBOLS FILE COUNT --print` (1000) and gives the same addresses to `eu-addr2line -afi`. Every frame must have
the same function, file and line. Where two calls are inlined side by side, or a function into its own alias, elfutils 0.188
now and then goes on with the wrong one of them (the DWARF, and often its own first line, say otherwise): there
llvm-symbolizer is asked too, and an address counts as agreed if it says what culprit says. Prints the first differences and
the counts; exits 1 unless all agree.
"""
import re, subprocess, sys

def ours(text):
    found, at = {}, None
    for line in text.splitlines():
        if re.fullmatch(r"0x[0-9a-f]{16}", line):
            at = line
            found[at] = []
        else:
            found[at].append(tuple(line.rsplit(" ", 1)))
    return found

def place(text):
    return ":".join((text.split(":") + ["0"])[:2])

def theirs(text):
    found, at, name = {}, None, None
    for line in text.splitlines():
        if re.fullmatch(r"0x[0-9a-f]{16}", line):
            at, name = line, None
            found[at] = []
        elif name is None:
            name = line.partition(" inlined at ")[0]
        else:
            found[at].append((name, place(line)))
            name = None
    return found

def llvm(file, addresses):
    """The frames of each address by llvm-symbolizer; empty where it is not installed."""
    try:
        text = subprocess.run(["llvm-symbolizer", "-e", file], input="".join(a + "\n" for a in addresses),
                              stdout=subprocess.PIPE, check=True, text=True).stdout
    except OSError:
        return {}
    blocks = [block.splitlines() for block in text.split("\n\n") if block]
    return {a: [(b[i], place(b[i + 1])) for i in range(0, len(b) - 1, 2)] for a, b in zip(addresses, blocks)}

def main():
    bench, file = sys.argv[1:3]
    count = sys.argv[3] if len(sys.argv) > 3 else "1000"
    mine = ours(subprocess.run([bench, file, count, "--print"], stdout=subprocess.PIPE, check=True, text=True).stdout)
    other = theirs(subprocess.run(["eu-addr2line", "-afi", "-e", file], input="".join(a + "\n" for a in mine),
                                  stdout=subprocess.PIPE, check=True, text=True).stdout)
    asked = [a for a in mine if mine[a] != other[a]]
    arbiter = llvm(file, asked) if asked else {}
    differ = [a for a in asked if mine[a] != arbiter.get(a)]
    for a in differ[:20]:
        print(f"{a}\n  culprit  {mine[a]}\n  elfutils {other[a]}\n  llvm     {arbiter.get(a)}")
    print(f"{len(mine) - len(asked)} of {len(mine)} addresses agree with elfutils, "
          f"{len(asked) - len(differ)} more with llvm-symbolizer, {len(differ)} with neither")
    sys.exit(1 if differ or not mine else 0)

main()
