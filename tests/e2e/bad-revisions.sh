#!/usr/bin/env bash
# Revisions and repositories that are not what they should be: exit code 2, what is wrong, and what to do.
. "$(dirname "$0")/lib.sh"
make_repo repo 6 3
cd repo
expect 2 "$CULPRIT" bisect --good v1.1 -- ./test.sh; says "v1.1"; says "hint:"; says "v1.0"
expect 2 "$CULPRIT" bisect --bad mian -- ./test.sh; says "mian"; says "main"
expect 2 "$CULPRIT" bisect --good v1.0; says "nothing to run"
expect 2 "$CULPRIT" bisect --good v1.0 --bogus -- ./test.sh; says "bogus"
expect 2 "$CULPRIT" status; says "no bisection here"
cd ..
mkdir empty; cd empty
expect 2 "$CULPRIT" bisect -- ./test.sh; says "not in a git repository"
git init -q .
expect 2 "$CULPRIT" bisect -- ./test.sh; says "hint:"
cd ..
git clone -q --depth 3 "file://$work/repo" shallow
cd shallow
expect 2 "$CULPRIT" bisect --good HEAD~2 -- ./test.sh; says shallow; says "git fetch --unshallow"
cd ..
git clone -q --bare repo bare.git
expect 0 "$CULPRIT" bisect -C bare.git --good v1.0 --runs 2 -- ./test.sh; says "change 3"
# A dirty checkout is no obstacle, but what is uncommitted is not tested.
echo more >>repo/number
expect 0 "$CULPRIT" bisect -C repo --good v1.0 --runs 2 -- ./test.sh; says "change 3"; says "uncommitted"
[ "$(tail -n 1 repo/number)" = more ] || fail "the user's change is gone"
