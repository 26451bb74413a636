#!/usr/bin/env python3
"""Compares culprit's symbols with those of elfutils, address by address.

usage: symbols_agree.py BENCH_SYMBOLS FILE [COUNT]

Runs `BENCH_SYMBOLS FILE COUNT --print` (1000) and gives the same addresses to `eu-addr2line -afi`. Every frame must have
the same function, file and line. Prints the first differences and how many addresses agree; exits 1 unless all do.
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

def theirs(text):
    found, at, name = {}, None, None
    for line in text.splitlines():
        if re.fullmatch(r"0x[0-9a-f]{16}", line):
            at, name = line, None
            found[at] = []
        elif name is None:
            name = line.partition(" inlined at ")[0]
        else:
            file, number = (line.split(":") + ["0"])[:2]
            found[at].append((name, f"{file}:{number}"))
            name = None
    return found

def main():
    bench, file = sys.argv[1:3]
    count = sys.argv[3] if len(sys.argv) > 3 else "1000"
    mine = ours(subprocess.run([bench, file, count, "--print"], stdout=subprocess.PIPE, check=True, text=True).stdout)
    addresses = "".join(a + "\n" for a in mine)
    other = theirs(subprocess.run(["eu-addr2line", "-afi", "-e", file], input=addresses, stdout=subprocess.PIPE, check=True,
                                  text=True).stdout)
    differ = [a for a in mine if mine[a] != other[a]]
    for a in differ[:20]:
        print(f"{a}\n  culprit  {mine[a]}\n  elfutils {other[a]}")
    print(f"{len(mine) - len(differ)} of {len(mine)} addresses agree")
    sys.exit(1 if differ or not mine else 0)

main()
