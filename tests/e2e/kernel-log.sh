#!/usr/bin/env bash
# The log has the lines of the reference's logs, in the same places: the sequence of their kinds is that of a bisection
# there. $CULPRIT_LOGS, where it is set, is a folder of such logs, which are held against the same grammar.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/guests/lib.sh"
make_kernel_tree tree 12 7
for i in 3 5; do git -C tree tag v1.$i "HEAD~$((12 - i))"; done
fake_qemu
kernel_file k.toml 'qemu = "'"$work"'/qemu"' 'busybox = "busybox"'
# The set-up of such a bisection: a program of syzkaller's, its tools at a commit, ten runs, releases walked back.
mkdir tools; for tool in syz-execprog syz-executor; do printf '#!/bin/sh\n' >tools/$tool; chmod +x tools/$tool; done
git init -q harness; cp -r tools harness; git -C harness add -A; git -C harness commit -qm harness
at=$(git -C harness rev-parse HEAD)
echo 'r0 = openat$ferry(0xffffffffffffff9c, &(0x7f0000000000), 0x2, 0x0)' >repro.syz
sed -i '/^good/d; s/^runs.*/runs = 10/; s/^script.*/syz = "repro.syz"/' k.toml
printf '%s\n' '[harness]' 'repo = "harness"' "commit = \"$at\"" 'build = "mkdir -p bin && cp tools/* bin"' >>k.toml
expect 0 "$CULPRIT" bisect --config k.toml --strategy classic --no-verify --log ours.log; says "change 7"
grep -qx "building syzkaller on $at" ours.log || fail "the log does not say which syzkaller ran"
expect 0 python3 "$here/../line_kinds.py" ours.log ${CULPRIT_LOGS:+"$CULPRIT_LOGS"/*}
says "git-start left next testing compiler signature runs git-verdict"; says "culprit-signature parent-signature tested answer recipients crash"
leaves_nothing tree
