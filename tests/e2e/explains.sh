#!/usr/bin/env bash
# `show --why` says in words what moved a verdict: the bug, another crash, one that hid the bug.
. "$(dirname "$0")/lib.sh"
git init -q -b main repo
cd repo
cat >test.sh <<'TEST'
#!/bin/sh
report() {
  echo "[    1.000000] BUG: kernel NULL pointer dereference, address: 0000000000000008"
  echo "[    1.000000] RIP: 0010:$1+0x13/0x30"
  echo "[    1.000000] Call Trace:"
  echo "[    1.000000]  $1+0x13/0x30"
  echo "[    1.000000]  $2+0xf2/0x140"
  echo "[    1.000000] Kernel panic - not syncing: Fatal exception"
  exit 1
}
n=$(cat number)
case $n in 4) report slhc_free ppp_write ;; esac
[ "$n" -lt 5 ] || report ring_use ring_write
TEST
chmod +x test.sh
for i in 1 2 3 4 5 6 7; do echo $i >number; git add -A; git commit -qm "change $i"; done
# Revision 4 shows another crash only: what is left between 3 and 5 are two commits.
code=0; "$CULPRIT" bisect --good "$(commit_of . 'change 1')" --runs 3 --no-verify -- ./test.sh >../first 2>&1 || code=$?
[ $code -eq 1 ] || fail "exit code $code: $(cat ../first)"
expect 0 "$CULPRIT" show --why HEAD
says '"BUG: unable to handle kernel NULL pointer dereference in ring_use" is the bug (99 %): the crash that the start revision shows'
expect 0 "$CULPRIT" show --why "$(commit_of . 'change 4')"
says 'verdict: unknown'
says '"BUG: unable to handle kernel NULL pointer dereference in slhc_free" is another crash'
says 'ring_use and slhc_free have nothing in common'
says 'it ended the run before the bug could show: no evidence either way'
