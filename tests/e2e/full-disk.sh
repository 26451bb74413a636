#!/usr/bin/env bash
# A disk that fills up: a clear message, exit code 3, nothing lost; with room again, `resume` finds the culprit.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || skip "needs root, for a small file system"
mkdir small
mount -t tmpfs -o size=3m none small 2>/dev/null || skip "cannot mount a small file system"
trap 'code=$?; umount -l "$work/small"; (exit $code); ended' EXIT
make_repo repo 20 9
cd repo
head -c 200000 /dev/urandom >"$work/noise"
run() { local command=$1; shift; "$CULPRIT" "$command" --state "$work/small/state" "$@"; }
expect 3 run bisect --good v1.0 --runs 10 -- sh -c "base64 $work/noise; ./test.sh"
says "disk"; says hint:
mount -o remount,size=64m "$work/small"
expect 0 run resume
says "change 9"
leaves_nothing .
