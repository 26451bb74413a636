#!/usr/bin/env bash
# Bugs that show in another tree than the one where the cause or the fix lies, and commits that were rewritten since.
. "$(dirname "$0")/lib.sh"
make_repo repo 20 12 # main: the bug from change 12 on
cd repo
id() { git rev-parse "$(commit_of . "change $1")"; }
say() { field ../r.json "$1"; }
# A tree of its own from change 16 on, to which the main line never comes back; main mends the bug in change 22.
git checkout -q -b vendor "$(id 16)"
for i in 1 2 3; do echo $i >vendor; git add -A; git commit -qm "vendor $i"; done
git checkout -q main
for i in 21 22 23; do
  [ $i -ne 22 ] || printf '#!/bin/sh\nexit 0\n' >test.sh
  echo $i >number; git commit -qam "change $i"
done
# The cause, from the other tree: through the merge base, on the line that both share.
expect 0 "$CULPRIT" bisect --bad vendor --good v1.0 --runs 2 --json ../r.json -- ./test.sh
[ "$(say 'j["result"]["commit"]')" = "$(id 12)" ] || fail "the cause is not change 12"
# A good revision of the other tree, where it is mended: what both share has the bug, and the cause is older.
expect 5 "$CULPRIT" bisect --fresh --bad vendor --good main --runs 2 --json ../r.json -- ./test.sh
says "its cause is older"
# The fix that main has, for a backport to the other tree.
expect 0 "$CULPRIT" bisect --fresh --fix --bad vendor --good main --runs 2 --json ../r.json -- ./test.sh
[ "$(say 'j["result"]["commit"]')" = "$(id 22)" ] || fail "the fix is not change 22"
expect 0 "$CULPRIT" branches "$(id 12)" --fix "$(id 22)"; says "vendor"
# A bug that only the other tree has is in no history of main's.
git checkout -q -b only "$(id 5)"
printf '#!/bin/sh\nkill -SEGV $$\n' >test.sh; git commit -qam "only: here"
expect 4 "$CULPRIT" bisect --fresh --fix --bad only --good main --runs 2 -- ./test.sh
says "the bug is only in the other tree"

# A topic was rebased: its old commits are in no branch, and are found again.
git checkout -q -b topic "$(id 9)"
echo a >topic; git add -A; git commit -qm "topic: begin"
printf '#!/bin/sh\nexit 3\n' >test.sh; git commit -qam "topic: break the test"; old=$(git rev-parse HEAD)
echo b >topic; git commit -qam "topic: end"; tip=$(git rev-parse HEAD)
git checkout -q -B topic "$(id 10)"
git cherry-pick "$old~1" "$old" "$tip" >/dev/null 2>&1
new=$(git rev-parse HEAD~1); git tag v3.0
git checkout -q main
expect 0 "$CULPRIT" bisect --fresh --bad "$tip" --good "$(id 9)" --runs 2 --json ../r.json --log ../log -- ./test.sh
[ "$(say 'j["result"]["commit"]')" = "$old" ] || fail "the topic's commit is not named"
says "${tip:0:12}, where the bug shows: it is in no branch or tag any more; topic has the same patch as"
says "It is in no branch or tag any more; topic has the same patch as ${new:0:12} (v3.0)"
[ "$(say 'j["result"]["classified"][0]["kind"]')" = rewritten ] || fail "not classified"
grep -q "^# culprit: classified rewritten: it is in no branch" ../log || fail "not in the log"
# What a branch holds is not.
expect 0 "$CULPRIT" bisect --fresh --bad topic --good "$(id 9)" --runs 2 --json ../r.json -- ./test.sh
does_not_say "any more"
