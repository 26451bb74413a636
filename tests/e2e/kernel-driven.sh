#!/usr/bin/env bash
# A command that boots a kernel (as vng does): with --subject kernel its console says how a run ended, not its exit code.
. "$(dirname "$0")/lib.sh"
git init -q -b main repo
cat >vng <<'VNG'
#!/bin/sh
[ "$(cat number)" -ne 2 ] || exit 125
[ "$(cat number)" -ne 3 ] || { echo "vng: cannot find a kernel"; exit 1; }
echo "[    0.000000] Linux version 6.1.0"
echo "WARNING: the test is old"
[ "$(cat number)" -lt 5 ] || cat <<'REPORT'
[    1.000000] ------------[ cut here ]------------
[    1.000000] WARNING: CPU: 0 PID: 42 at drivers/misc/ferry.c:12 ferry_open+0x10/0x20
[    1.000000] CPU: 0 PID: 42 Comm: repro Not tainted 6.1.0 #1
[    1.000000] Call Trace:
[    1.000000]  ferry_open+0x10/0x20
[    1.000000]  chrdev_open+0x10/0x20
[    1.000000] ---[ end trace 0000000000000000 ]---
REPORT
[ "$(cat number)" -ne 4 ] || exit 9
VNG
chmod +x vng
for i in 1 2 3 4 5 6; do
  echo $i >repo/number; git -C repo add -A; git -C repo commit -qm "change $i"; [ $i -ne 1 ] || git -C repo tag v1.0
done
cd repo
expect 0 "$CULPRIT" bisect --subject kernel --no-verify --runs 2 --good v1.0 -- ../vng --verbose
says "change 5"; says "WARNING in ferry_open"
# The exit code alone: 9 is the only thing that is wrong, and it does not show at the end.
expect 4 "$CULPRIT" bisect --fresh --no-verify --runs 2 --good v1.0 -- ../vng --verbose
echo 3 >number; git commit -qam "change 7"
expect 4 "$CULPRIT" bisect --fresh --subject kernel --runs 1 --good v1.0 -- ../vng
says "no kernel speaks on the command's output (vng: --verbose)"
expect 2 "$CULPRIT" bisect --manual --subject kernel --good v1.0; says "hint: "
cd ..; leaves_nothing repo
