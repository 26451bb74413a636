#!/usr/bin/env bash
# `culprit report` with --vmlinux, --module and --source: file, line and inlined frames as elfutils says, and what it
# says of files that do not fit. The "kernel" is a program of three files with functions inlined into each other.
. "$(dirname "$0")/lib.sh"
command -v eu-addr2line >/dev/null || skip "eu-addr2line is not installed"
command -v gcc >/dev/null || skip "gcc is not installed"
mkdir -p src/init src/mm src/include src/drivers
cat >src/include/ring.h <<'C'
extern volatile int sink;
static inline __attribute__((always_inline)) void touch(int i) {
  sink += i;
  sink ^= 5;
}
C
cat >src/mm/ring.c <<'C'
#include "ring.h"
volatile int sink;
static inline __attribute__((always_inline)) void twice(int i) {
  touch(i);
  touch(i + 1);
}
__attribute__((noinline)) void ring_put(int i) {
  twice(i);
  sink += 2;
}
__attribute__((noinline)) void ring_write(int i) {
  ring_put(i);
  { int again = sink; twice(again); }
  ring_put(i + 2);
}
C
cat >src/init/main.c <<'C'
void ring_write(int);
__attribute__((noinline)) void start_ring(int i) {
  ring_write(i);
  ring_write(i + 1);
}
int main(void) {
  start_ring(3);
  start_ring(4);
}
C
cat >src/drivers/buoy.c <<'C'
#include "ring.h"
__attribute__((noinline)) void buoy_ping(int i) {
  touch(i);
  sink += 9;
}
C
build() { (cd src && gcc -g -O2 "$@" -no-pie -fno-pic -Iinclude -o ../vmlinux "$PWD"/init/main.c "$PWD"/mm/ring.c); }
# A frame for every byte at which code can stand, as a stack on a console: "vmlinux" by its symbol table.
cat >console.py <<'P'
import subprocess, sys
print("[    1.000000] WARNING: CPU: 0 PID: 7 at mm/ring.c:9 ring_put+0x0/0x10")
print("[    1.000000] CPU: 0 PID: 7 Comm: ring-test Not tainted 6.1.92 #7")
print("[    1.000000] Call Trace:")
for line in subprocess.run(["nm", "-S", sys.argv[1]], stdout=subprocess.PIPE, text=True).stdout.splitlines():
    fields = line.split()
    if len(fields) == 4 and fields[3] in sys.argv[2:]:
        for offset in range(1, int(fields[1], 16)):
            print(f"[    1.000000]  {fields[3]}+{offset:#x}/{int(fields[1], 16):#x}")
P
# The same by elfutils: for a return address the byte before it is looked up.
cat >compare.py <<'P'
import json, subprocess, sys
symbols = {}
for line in subprocess.run(["nm", "-S", sys.argv[1]], stdout=subprocess.PIPE, text=True).stdout.splitlines():
    fields = line.split()
    if len(fields) == 4: symbols[fields[3]] = int(fields[0], 16)
frames = json.load(open(sys.argv[2]))["reports"][0]["stacks"][0]["frames"]
groups, group = [], []
for f in frames:
    group.append(f)
    if not f.get("inlined"):
        groups.append(group)
        group = []
addresses = [symbols[g[-1]["function"]] + g[-1]["offset"] - 1 for g in groups]
out = subprocess.run(["eu-addr2line", "-fi", "-e", sys.argv[1]], input="".join(f"{a:#x}\n" for a in addresses), stdout=subprocess.PIPE, text=True).stdout.splitlines()
theirs = [(out[i].partition(" inlined at ")[0], ":".join(out[i + 1].split(":")[:2])) for i in range(0, len(out), 2)]
ours = [(f["function"], f"{sys.argv[3]}/{f['file']}:{f['line']}") for g in groups for f in g]
assert ours == theirs, [p for p in zip(ours, theirs) if p[0] != p[1]][:5]
assert any(len(g) == 3 for g in groups), "nothing is inlined twice"
print(len(groups), "addresses agree")
P
for dwarf in -gdwarf-4 -gdwarf-5; do
  build $dwarf
  python3 console.py vmlinux ring_put ring_write start_ring main >console.log
  expect 0 "$CULPRIT" report --json --vmlinux vmlinux console.log
  cp out r.json
  python3 compare.py vmlinux r.json "$PWD/src" || fail "culprit and eu-addr2line differ ($dwarf)"
done
# The faulting instruction itself is not a return address: its own line counts.
read -r start size < <(nm -S vmlinux | awk '$4 == "ring_put" { print $1, $2 }')
cat >fault.log <<L
[    1.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000
[    1.000000] CPU: 0 PID: 7 Comm: ring-test Not tainted 6.1.92 #7
[    1.000000] RIP: 0010:ring_put+0x4/0x$(printf '%x' 0x$size)
[    1.000000] Call Trace:
[    1.000000]  ring_write+0x5/0x$(nm -S vmlinux | awk '$4 == "ring_write" { print $2 }' | sed 's/^0*//')
L
expect 0 "$CULPRIT" report --json --vmlinux vmlinux fault.log; cp out r.json
[ "$(field r.json 'j["reports"][0]["stacks"][0]["frames"][0]["file"] + ":" + str(j["reports"][0]["stacks"][0]["frames"][0]["line"])')" = \
  "$(printf '0x%x\n' $((0x$start + 4)) | eu-addr2line -e vmlinux | sed "s,^$PWD/src/,,; s,:[0-9]*$,," )" ] || fail "the faulting line differs"
# The guilty file comes from what was symbolized; --source cuts another prefix than that of init/main.c.
sed 's,WARNING: CPU.*,BUG: scheduling while atomic: ring-test/7/0x00000002,' console.log >plain.log
expect 0 "$CULPRIT" report --vmlinux vmlinux plain.log; says "ring_put+"; says " mm/ring.c:"; says "include/ring.h:3 [inline]"
expect 0 "$CULPRIT" report --vmlinux vmlinux --source "$PWD" console.log; says " src/mm/ring.c:"
# A module is known by its file's name.
gcc -g -O2 -fno-pic -Isrc/include -c -o buoy.ko "$PWD/src/drivers/buoy.c"
size=$(nm -S buoy.ko | awk '$4 == "buoy_ping" { print $2 }' | sed 's/^0*//')
cat >module.log <<L
[    1.000000] WARNING: CPU: 0 PID: 7 at drivers/buoy.c:4 buoy_ping+0x4/0x$size [buoy]
[    1.000000] CPU: 0 PID: 7 Comm: ring-test Not tainted 6.1.92 #7
[    1.000000] RIP: 0010:buoy_ping+0x4/0x$size [buoy]
[    1.000000] Call Trace:
[    1.000000]  ring_write+0x5/0x10
L
expect 0 "$CULPRIT" report --module buoy.ko module.log; says "/src/drivers/buoy.c:"
expect 0 "$CULPRIT" report --vmlinux vmlinux --module buoy.ko module.log; says " drivers/buoy.c:"
expect 0 "$CULPRIT" report module.log; does_not_say "drivers/buoy.c:5"
# What cannot be used says why, and what to do.
refuses() {
  expect 2 "$CULPRIT" report "${@:2}"
  [ "$(cat err)" = "$1" ] || fail "says $(cat err) instead of $1"
}
vmlinux_hint="hint: give an unstripped vmlinux built with CONFIG_DEBUG_INFO"
console_hint="hint: give the path of a console log, or -"
refuses "culprit: error: nothing.log: No such file or directory
$console_hint" nothing.log
refuses "culprit: error: src: Is a directory
$console_hint" src
refuses "culprit: error: none: No such file or directory
$vmlinux_hint" --vmlinux none console.log
refuses "culprit: error: src: Is a directory
$vmlinux_hint" --vmlinux src console.log
refuses "culprit: error: console.log: not an ELF file
$vmlinux_hint" --vmlinux console.log console.log
: >empty
refuses "culprit: error: empty: not an ELF file
$vmlinux_hint" --vmlinux empty console.log
strip --strip-debug -o stripped vmlinux
refuses "culprit: error: stripped: no DWARF debug information
$vmlinux_hint" --vmlinux stripped console.log
head -c 3000 vmlinux >cut
expect 2 "$CULPRIT" report --vmlinux cut console.log; says "$vmlinux_hint"
refuses "culprit: error: none.ko: No such file or directory
$vmlinux_hint" --module none.ko console.log
build -gdwarf-5 -O0
expect 2 "$CULPRIT" report --vmlinux vmlinux console.log
says "culprit: error: console.log: vmlinux is of another build: "
says " of $(grep -c ' [a-z_]*+0x.*/0x.*$' <(tail -n +4 console.log)) functions are unknown in it or have another size"
says "hint: give the vmlinux that printed this console"
# One file that cannot be read does not keep the others from being read.
expect 2 "$CULPRIT" report nothing.log module.log; says "WARNING in buoy_ping"
