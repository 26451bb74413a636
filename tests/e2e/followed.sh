#!/usr/bin/env bash
# The log of the default strategy: git, given its lines, comes to the answer, and so does `culprit replay`, with the repository
# and without it.
. "$(dirname "$0")/lib.sh"

# follows REPO CULPRIT
follows() {
  expect 0 "$CULPRIT" log -C "$1"
  cp out log
  sed -n 's/^# \(git bisect \)/\1/p' log >words
  git -C "$1" bisect replay ../words >git.out 2>&1 || fail "git cannot follow: $(cat git.out)"
  grep -q "^$2 is the first bad commit" git.out || fail "git comes to something else: $(cat git.out)"
  git -C "$1" bisect reset >/dev/null 2>&1
  expect 0 "$CULPRIT" replay log --json
  [ "$(field out 'j["conclusion"]["culprit"]')" = "$2" ] || fail "replay: $(field out 'j["conclusion"]["text"]')"
  [ "$(field out 'j["unread"]')" = "[]" ]
  expect 0 "$CULPRIT" replay -C "$1" log --json
  [ "$(field out 'j["conclusion"]["culprit"]')" = "$2" ] || fail "replay -C: $(field out 'j["conclusion"]["text"]')"
  [ "$(field out 'j["conclusion"]["commits_left"]')" = 1 ]
}

make_repo line 24 17
expect 0 "$CULPRIT" bisect -C line --good v1.0 -q -- ./test.sh
follows line "$(commit_of line 'change 17')"

# A branch that was merged, with the culprit on it; the bug shows in two runs of three.
make_repo merged 12 99
git -C merged checkout -q -b side HEAD~4
for i in $(seq 1 8); do
  echo "$i" >merged/side
  [ "$i" -lt 5 ] || printf '#!/bin/sh\n[ $((CULPRIT_RUN %% 3)) -eq 2 ] || kill -SEGV $$\n' >merged/test.sh
  git -C merged add -A
  git -C merged commit -qm "side $i"
done
git -C merged checkout -q main
echo more >merged/more
git -C merged add -A
git -C merged commit -qm "more"
git -C merged merge -q --no-edit side
expect 0 "$CULPRIT" bisect -C merged --good v1.0 --no-verify -q -- ./test.sh
follows merged "$(commit_of merged 'side 5')"

# What the log has and the repository has not.
expect 0 "$CULPRIT" replay -C line log
says "culprit: note: line: lacks"
