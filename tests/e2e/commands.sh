#!/usr/bin/env bash
# What the command may do: not start, skip, abort, hang, flood, leave children behind; builds that break.
. "$(dirname "$0")/lib.sh"
make_repo repo 12 7
cd repo
expect 3 "$CULPRIT" bisect --good v1.0 --runs 2 -- ./no-such-test; says "no-such-test"; says "hint:"
expect 2 "$CULPRIT" bisect --fresh --good v1.0 --runs 2 -- sh -c 'exit 200'; says "200"
# 125 skips: the culprit and its skipped predecessor remain.
cat >../skip.sh <<'S'
n=$(cat number); [ "$n" -ne 6 ] || exit 125; ./test.sh
S
expect 1 "$CULPRIT" bisect --fresh --good v1.0 --runs 2 --json ../r.json --strategy classic -- sh ../skip.sh
[ "$(field ../r.json 'sorted(c["commit"] for c in j["result"]["candidates"])')" = \
  "$(python3 -c 'import sys; print(sorted(sys.argv[1:]))' "$(commit_of . 'change 6')" "$(commit_of . 'change 7')")" ]
says "change 6"; says "change 7"
# A build that breaks is skipped too, and never taken for the bug.
expect 1 "$CULPRIT" bisect --fresh --good v1.0 --runs 2 --json ../r.json --strategy classic \
  --build '[ "$(cat number)" -ne 6 ]' -- ./test.sh
[ "$(field ../r.json 'len(j["result"]["candidates"])')" = 2 ]
# A flood is bounded, a hang ends at its deadline, and no child survives.
cat >../wild.sh <<'S'
setsid sleep 1000 & yes 0123456789012345678901234567890123456789 | head -c 50000000; ./test.sh
S
expect 0 "$CULPRIT" bisect --fresh --good v1.0 --runs 1 -- sh ../wild.sh
says "change 7"
expect 0 "$CULPRIT" bisect --fresh --good v1.0 --runs 1 --timeout 1 -- sh -c '[ $(cat number) -lt 7 ] || sleep 1000'
says "change 7"
# A file of --artifact that no build makes is told, and an answer that nobody could read is no success.
expect 0 "$CULPRIT" bisect --fresh --good v1.0 --runs 1 --build true --artifact bin/none -- ./test.sh
says "a build made no 'bin/none'"
if [ -c /dev/full ]; then
  code=0; "$CULPRIT" bisect --fresh --good v1.0 --runs 1 -- ./test.sh >/dev/full 2>"$work/err" || code=$?
  [ $code -eq 3 ] || fail "exit code $code with a full output"
  says "culprit: error: cannot write to standard output"; says "culprit status"
  code=0; "$CULPRIT" --help >/dev/full 2>"$work/err" || code=$?
  [ $code -eq 3 ] || fail "exit code $code with a full output of --help"
  expect 0 "$CULPRIT" status; says "finished: "; says "brought the crash"
fi
# Started in a folder that no revision has: said so, and not taken for the command's word.
mkdir -p unknown; cp test.sh unknown; cd unknown
expect 4 "$CULPRIT" bisect --fresh --good v1.0 --runs 2 -- ./test.sh
expect 0 "$CULPRIT" show --why HEAD; says "this revision has no folder unknown"
cd ..; rm -r unknown
leaves_nothing .
