#!/usr/bin/env bash
# Git LFS itself: its files are tested where they can be had, here or from the remote; where they cannot, the revision is not
# testable, and never tested with pointers.
. "$(dirname "$0")/lib.sh"
git lfs version >/dev/null 2>&1 || { echo "no git-lfs"; exit 77; }
git init -q repo; cd repo
git lfs install --local >/dev/null; git lfs track '*.dat' >/dev/null
for i in $(seq 12); do
  echo "data $i" >big.dat; echo $i >n; git add .; git commit -qm "change $i"; [ $i -ne 2 ] || git tag v2.0
done
cat >"$work/test.sh" <<'S'
grep -q '^data' big.dat || { echo "pointer $(cat n)" >>"$LOG"; exit 1; }
[ $(sed 's/data //' big.dat) -lt 7 ]
S
export LOG=$work/pointers
find_it() { expect $1 "$CULPRIT" bisect --fresh --good v2.0 --runs 1 -- sh "$work/test.sh"; }
find_it 0; says "change 7"

# Its objects are with the remote only.
git init -q --bare "$work/remote"; git remote add origin "file://$work/remote"
git push -q origin HEAD >/dev/null 2>&1; rm -rf .git/lfs/objects
find_it 0; says "change 7"

# And now nowhere, but for the ends.
rm -rf .git/lfs/objects; git lfs fetch origin HEAD v2.0 >/dev/null 2>&1; mv "$work/remote" "$work/moved"
find_it 1; says "it cannot be checked out"; says "smudge filter"
[ ! -e "$LOG" ] || fail "tested with $(cat "$LOG")"
[ -z "$(git status --porcelain)" ] || fail "the checkout is not as it was"
