#!/usr/bin/env python3
"""What the worst consoles cost: each is read at two sizes, the second four times the first.

usage: worst_cases.py CULPRIT [MIB]

Prints the CPU time of `CULPRIT report --json` for MIB (4) and four times as much, their ratio (four is linear) and the peak
memory of the larger one.
"""
import os, resource, subprocess, sys, tempfile

def repeated(line):
    """`line` over and over, a piece at a time: what this process holds would be taken for the child's."""
    piece = line * (65536 // len(line) + 1)
    return lambda size: (piece for _ in range(size // len(piece)))

def one_endless_report(size):
    yield b"[    1.000000] WARNING: CPU: 0 PID: 7 at ring.c:1 ring_put+0x1/0x20\n[    1.000000] Call Trace:\n"
    yield from repeated(b"[    1.000000]  ring_deeper+0x4/0x30\n")(size)

def a_context_for_each(size):
    return (b"[    1.000000][T%5d] INFO: task ring:%d blocked for more than 1 seconds.\n" % (i % 997, i)
            for i in range(size // 75))

CASES = {
    "nothing but heads": repeated(b"BUG: KASAN: use-after-free in ring_put+0x1/0x2\n"),
    "heads of a thousand tasks": a_context_for_each,
    "panics": repeated(b"[    1.000000] Kernel panic - not syncing: x\n"),
    "one report without an end": one_endless_report,
    "oopses that go on": repeated(b"Oops: 0000 [#1]\n"),
    "a head in one line": repeated(b"BUG: "),
    "stamps in one line": repeated(b"[    1.000000] "),
    "brackets": repeated(b"[" * 4000 + b"\n"),
    "terminal escapes": repeated(b"\x1b[0m\x1b[32mhello BUG\x1b[0m\n"),
    "NULs": repeated(b"\0" * 1000),
    "locks": repeated(b" (x){+.+.}, at: f+0x1/0x2\nWARNING: possible circular locking dependency detected\n"),
    "lines printed again": repeated(b"BUG: KASAN: use-after-free in f+0x1/0x2\n** replaying previous printk message **\n"),
    "heads in a journal": repeated(b"Sep 02 10:11:45 host1 kernel: BUG: KASAN: use-after-free in ring_put+0x1/0x2\n"),
    "heads that no rule knows": repeated(b"10:11:45 x WARNING: BUG : KASAN y\n"),
    "heads behind an unknown front": repeated(b"runner 7> panic: x\nrunner 8> goroutine 1 [running]:\n"),
    "a JSON string": repeated(b"BUG: KASAN: use-after-free in ring_put+0x1/0x2\\n"),
    "JSON's keys": repeated(b'{"a":"BUG: ",' * 300 + b"\n"),
    "HTML in one line": repeated(b"BUG: KASAN: use-after-free in ring_put+0x1/0x2<br>&lt;"),
    "columns": repeated(b'BUG: KASAN: use-after-free in f+0x1/0x2,"x,"' + b"," * 900 + b"\n"),
    "quotation marks": repeated(b">" * 4000 + b" BUG: KASAN: use-after-free in f+0x1/0x2\n"),
    "UTF-16": repeated("BUG: KASAN: use-after-free in ring_put+0x1/0x2 \u00e9\n".encode("utf-16-le")),
    "a program's reports": repeated(b"==7==ERROR: AddressSanitizer: SEGV on unknown address\n    #0 0x1 in f /src/ring.c:1\n"),
}

def cost(culprit, console, folder):
    path = os.path.join(folder, "console.log")
    with open(path, "wb") as out:
        out.writelines(console)
    pid = os.posix_spawn(culprit, [culprit, "report", "--json", path], os.environ,
                         file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    assert status == 0, status
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss >> 10

def main():
    size = (int(sys.argv[2]) if len(sys.argv) > 2 else 4) << 20
    with tempfile.TemporaryDirectory() as folder:
        for name, make in CASES.items():
            small, _ = cost(sys.argv[1], make(size), folder)
            large, memory = cost(sys.argv[1], make(4 * size), folder)
            print(f"{name:28} {small:6.2f} s {large:6.2f} s  ratio {large / max(small, 0.01):4.1f}  {memory:3} MiB", flush=True)

main()
