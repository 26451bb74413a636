#!/usr/bin/env bash
# Control-C: exit code 130, nothing left running, and `resume` goes on; two at a time are refused.
. "$(dirname "$0")/lib.sh"
make_repo repo 20 9
cd repo
"$CULPRIT" bisect --good v1.0 --runs 3 -- sh -c 'sleep 0.2; ./test.sh' >"$work/out" 2>"$work/err" </dev/null &
pid=$!
sleep 1
expect 2 "$CULPRIT" bisect --good v1.0 -- ./test.sh; says "another culprit is at work"
expect 0 "$CULPRIT" status
kill -INT $pid
code=0; wait $pid || code=$?
[ $code -eq 130 ] || fail "exit code $code"
expect 2 "$CULPRIT" bisect --good v1.0 -- ./test.sh; says "unfinished"; says "culprit resume"
expect 0 "$CULPRIT" resume; says "change 9"
leaves_nothing .
