#!/bin/bash
# A revision that was built runs again without a build; builds counted are builds done.
. "$(dirname "$0")/lib.sh"

git init -q -b main r && cd r
for i in $(seq 1 24); do
  echo "$i" >n && printf 'prog: n\n\tcp n prog\n' >Makefile && echo prog >.gitignore
  git add . && git commit -qm "c$i"
done
git tag v1 HEAD~23
# A flaky test makes it come back to what it built; the build takes so long that a copy is nothing.
build='echo $CULPRIT_COMMIT >>"'$work'/built"; sleep .5; make -s'
flaky='[ "$(cat prog)" -lt 15 ] || [ $((CULPRIT_RUN % 2)) = 1 ]'
expect 0 "$CULPRIT" bisect --no-verify --good v1 --ahead 0 --json "$work/j" --build "$build" -- sh -c "$flaky"
says '"c15"'
[ "$(sort "$work/built" | uniq -d | wc -l)" -eq 0 ] || fail "built twice: $(sort "$work/built" | uniq -d)"
[ "$(field "$work/j" 'j["stats"]["builds"]')" -eq "$(wc -l <"$work/built")" ] || fail "builds told are not builds done"
leaves_nothing "$work/r"

# A sure test: as few builds as git's and the two ends.
rm "$work/built"
expect 0 "$CULPRIT" bisect --fresh --no-verify --good v1 --ahead 0 --json "$work/j" --build "$build" -- sh -c '[ "$(cat prog)" -lt 15 ]'
[ "$(wc -l <"$work/built")" -le 7 ] || fail "$(wc -l <"$work/built") builds for a range of 23"
# From clean means from clean: what is kept does not count for the check.
rm "$work/built"
expect 0 "$CULPRIT" bisect --fresh --good v1 --ahead 0 --json "$work/j" --build "$build" -- sh -c '[ "$(cat prog)" -lt 15 ]'
[ "$(grep -c "$(commit_of . c15)" "$work/built")" -ge 2 ] || fail "the answer was not built from clean"
# A revision that does not build is built twice, the second time from clean: each of them counts.
rm "$work/built"
breaks='case $(cat n) in 1[0-3]) exit 1 ;; esac'
expect 0 "$CULPRIT" bisect --fresh --no-verify --good v1 --ahead 0 --json "$work/j" --build "$build; $breaks" -- sh -c '[ "$(cat prog)" -lt 15 ]'
[ "$(sort "$work/built" | uniq -d | wc -l)" -gt 0 ] || fail "no revision that does not build was tried"
[ "$(field "$work/j" 'j["stats"]["builds"]')" -eq "$(wc -l <"$work/built")" ] || fail "builds told are not builds done"
