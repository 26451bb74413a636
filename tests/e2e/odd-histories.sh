#!/usr/bin/env bash
# Several roots, no path between the ends, shallow and partial clones, replaced and grafted refs, first parents, a
# command whose verdict never varies: what is told, and that the answer is right where there is one.
. "$(dirname "$0")/lib.sh"
make_repo repo 8 5
cd repo
bisect() { "$CULPRIT" bisect --fresh --runs 2 --json "$work/r.json" "$@" -- ./test.sh; }
found() { [ "$(git log -1 --format=%s "$(field "$work/r.json" 'j["result"]["commit"]')")" = "$1" ] || fail "not found: $1"; }

# A second root, merged: its commits are searched too.
git checkout -q --orphan second; git rm -rqf .; echo 1 >library; git add library; git commit -qm 'a library'
echo 2 >library; git commit -qam 'a better library'
git checkout -q main; git merge -q --allow-unrelated-histories -m 'take the library in' second
expect 0 bisect --good v1.0; found 'change 5'
# Ends that share nothing.
expect 2 bisect --good second --bad v2.0
says "culprit: error: $(git rev-parse --short=12 second) and $(git rev-parse --short=12 v2.0) have no common history: there is no path between the good and the bad revision"
says "hint: the repository has several roots; name a good revision that lies behind the bad one"
expect 2 "$CULPRIT" bisect --manual --fresh --good second --bad v2.0; says "have no common history"
git reset -q --hard HEAD~1

# Shallow: refused, or searched as far as it goes, and said so.
git clone -q --depth 6 "file://$work/repo" ../shallow
expect 2 bisect -C ../shallow --good HEAD~5
says "culprit: error: the repository at '../shallow' is shallow: its history is cut off"
says "hint: fetch the rest with \`git fetch --unshallow\`, or accept it with --allow-shallow where the whole range is there"
expect 0 bisect -C ../shallow --allow-shallow --good HEAD~5; found 'change 5'
says "the history is cut off (a shallow clone): what lies beyond the cut is not searched"
# Partial: what is missing is fetched, and not into the user's clone.
git config uploadpack.allowFilter true; git config uploadpack.allowAnySHA1InWant true
git clone -q --no-checkout --filter=blob:none "file://$work/repo" ../partial
before=$(find ../partial/.git/objects -type f | sort)
expect 0 bisect -C ../partial --good v1.0; found 'change 5'
says "a partial clone: files that it lacks are fetched when a revision needs them"
[ "$before" = "$(find ../partial/.git/objects -type f | sort)" ] || fail "the user's clone has grown"
# Replaced and grafted: the history that the user sees is the one that is searched.
seven=$(git rev-parse "$(commit_of . 'change 7')")
git replace --graft "$seven" "$(commit_of . 'change 4')"
expect 0 bisect --good v1.0; found 'change 7'
says "replace refs or grafts are in force: the history that they make is searched"
git replace -d "$seven" >/dev/null
git config advice.graftFileDeprecated false
git rev-parse "$(commit_of . 'change 8')" "$(commit_of . 'change 3')" | tr '\n' ' ' >.git/info/grafts
expect 0 bisect --good v1.0; found 'change 8'; says "replace refs or grafts are in force"
rm .git/info/grafts

# First parents: the merge that brought the bug in, not the commit behind it.
git checkout -q -b topic v1.0; echo a >a; git add a; git commit -qm 'topic 1'
printf '#!/bin/sh\nkill -SEGV $$\n' >test.sh; git commit -qam 'topic 2'
git checkout -q -b trunk v1.0; echo b >b; git add b; git commit -qm 'trunk 1'
git merge -q -m 'take the topic in' topic; echo c >c; git add c; git commit -qm 'trunk 2'
expect 0 bisect --good v1.0; found 'topic 2'
expect 0 bisect --good v1.0 --first-parent; found 'take the topic in'
git checkout -q main

# A command that always says the same.
expect 4 "$CULPRIT" bisect --fresh --good v1.0 --runs 3 -- true
says "The failure does not show at"
expect 4 "$CULPRIT" bisect --fresh --good v1.0 --runs 3 -- false
says "The revision thought to be good fails too: v1.0"
says "if it is the same bug, name an older good revision, --good REV"
says "the command failed in the same way at both revisions tested: does it test"
expect 4 "$CULPRIT" bisect --fresh --good v1.0 --runs 3 -- sh -c 'exit 125'
says "The bad revision cannot be tested"
leaves_nothing .
