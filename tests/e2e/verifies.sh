#!/usr/bin/env bash
# The answer is checked by taking the commit back on the bad revision: gone, still there, in the way, not asked for; and with
# --fix on the good one.
. "$(dirname "$0")/lib.sh"
git init -q -b main repo
cd repo
printf '#!/bin/sh\n[ ! -e bug ] && [ ! -e second ] || kill -SEGV $$\n' >test.sh
chmod +x test.sh
commit() { git add -A; git commit -qm "$1"; }
commit 'change 1'; git tag v1.0
echo 2 >number; commit 'change 2'
touch bug; commit 'change 3'; first=$(git rev-parse HEAD)
echo 4 >number; commit 'change 4'; git tag one-cause
touch second; commit 'change 5'; git tag two-causes
verified() { field ../r.json 'j["result"]["verification"]["kind"]'; }

expect 0 "$CULPRIT" bisect --good v1.0 --bad one-cause --runs 2 --json ../r.json --log ../r.log -- ./test.sh
[ "$(field ../r.json 'j["result"]["commit"]')" = "$first" ]
[ "$(verified)" = reverted ] || fail "$(verified)"
[ "$(field ../r.json '[j["result"]["verification"][k] for k in ("on", "crashes")]')" = "['$(git rev-parse one-cause)', 0]" ]
# Three runs say it; where they cost little, up to twelve, for a rarer cause.
runs=$(field ../r.json 'j["result"]["verification"]["runs"]'); [ "$runs" -ge 3 ] && [ "$runs" -le 12 ] || fail "$runs runs"
says "Verified: with it taken back on top of"
# A reader of the log keeps these runs apart from the revision's own.
grep -qx "testing without commit $first" ../r.log
expect 0 "$CULPRIT" replay ../r.log --json
[ "$(field ../out '[r["verdict"] for r in j["revisions"] if r["commit"] == "'"$(git rev-parse one-cause)"'"]')" = "['bad']" ]
expect 0 "$CULPRIT" show --why one-cause
says "with ${first:0:12} taken back on top of it, which says nothing about itself:"

expect 1 "$CULPRIT" bisect --good v1.0 --bad two-causes --runs 2 --json ../r.json -- ./test.sh
[ "$(field ../r.json 'j["result"]["candidates"][0]["commit"]')" = "$first" ]
[ "$(verified)" = still_crashes ] || fail "$(verified)"
says "another cause remains"

expect 0 "$CULPRIT" bisect --good v1.0 --bad one-cause --runs 2 --json ../r.json --no-verify -- ./test.sh
[ "$(field ../r.json 'j["result"]["verification"]')" = None ]

git checkout -q -b later one-cause
echo line >bug; commit 'change 6'
expect 0 "$CULPRIT" bisect --good v1.0 --runs 2 --json ../r.json -- ./test.sh
[ "$(verified)" = conflict ] || fail "$(verified)"
says "the revert conflicts in bug"

# What later commits are in the way of stays; the rest is taken back.
git checkout -q -b noted v1.0
for i in 1 2 3; do echo "$i" >news; echo "$i" >number; commit "noted $i"; done
echo 4 >news; touch bug; git add bug; commit 'noted 4'; noted=$(git rev-parse HEAD)
for i in 5 6; do echo "$i" >news; commit "noted $i"; done
expect 0 "$CULPRIT" bisect --good v1.0 --runs 2 --json ../r.json -- ./test.sh
[ "$(field ../r.json 'j["result"]["commit"]')" = "$noted" ]
[ "$(verified)" = reverted ] || fail "$(verified)"
says "(but for lines of news), the bug is gone"
git checkout -q later

git rm -q bug; commit 'change 7'; fix=$(git rev-parse HEAD)
echo 8 >number; commit 'change 8'
expect 0 "$CULPRIT" bisect --fix --bad "$first" --runs 2 --json ../r.json -- ./test.sh
[ "$(field ../r.json 'j["result"]["commit"]')" = "$fix" ]
[ "$(verified)" = reverted ] || fail "$(verified)"
says "bug is back: it shows in"

# A title that is longer than an argument can be.
git checkout -q -B wordy v1.0
git rm -q --ignore-unmatch bug; head -c 150000 /dev/zero | tr '\0' y >../title
touch bug; git add bug; git commit -qF ../title; wordy=$(git rev-parse HEAD)
echo 9 >number; commit 'change 9'
expect 0 "$CULPRIT" bisect --good v1.0 --runs 2 --json ../r.json -- ./test.sh
[ "$(field ../r.json 'j["result"]["commit"]')" = "$wordy" ] || fail "another commit"
[ "$(verified)" = reverted ] || fail "$(verified)"
leaves_nothing .
