#!/bin/bash
# What is guessed is said: skips at the start, the bug at the other end, builds, submodules, a bisection of git's.
. "$(dirname "$0")/lib.sh"

make_repo r 12 8 && cd r
# 125 again and again at the start: nothing more is asked of it.
expect 4 "$CULPRIT" bisect --good v1.0 -- sh -c 'exit 125'
says 'the command answered skip (exit code 125) in each of 4 runs' && says 'culprit console'
# It shows at the good end alone: the question is the other way round.
expect 4 "$CULPRIT" bisect --fresh --runs 3 --good v1.0 -- sh -c '[ "$(cat number)" -gt 3 ]'
says 'It shows at' && says '--fix --bad'
# A program that nothing builds.
touch Makefile
expect 2 "$CULPRIT" bisect --good v1.0
says "each revision is built with --build 'make"
expect 3 "$CULPRIT" bisect --fresh --good v1.0 -- ./prog
says "is it to be built? --build 'make"
rm Makefile
cp /bin/true prog
expect 4 "$CULPRIT" bisect --fresh --runs 3 --good v1.0 -- ./prog
says './prog is no file of the history'
rm prog
# A bisection of git's is under way: HEAD is no end.
git bisect start HEAD v1.0 >/dev/null
expect 0 "$CULPRIT" bisect --fresh --no-verify -- ./test.sh
says '"change 8"' && says "its bad revision is taken"
git bisect reset >/dev/null 2>&1
# Runs are numbered the same way everywhere.
expect 0 "$CULPRIT" console
n=$(awk '$2 == "x" { print $1; exit }' "$work/out")
expect 0 "$CULPRIT" show --why "$(commit_of . 'change 8')" && says 'run'
expect 0 "$CULPRIT" console "$n"

# Without --good the walk back goes over releases.
cd "$work" && git init -q -b main tags && cd tags
for i in $(seq 1 60); do
  echo "$i" >n && git add . && git commit -qm "c$i"
  [ $((i % 5)) -ne 0 ] || git tag "v1.$((i / 5))"
done
expect 0 "$CULPRIT" bisect --no-verify --runs 3 -- sh -c '[ "$(cat n)" -lt 52 ]'
says '"c52"'
[ "$(grep -cE ' v1\.[0-9]+ +good ' "$work/out")" -ge 1 ] || fail "no release was tested"

# A commit that moves a submodule: the search inside it is proposed.
cd "$work" && make_repo lib 6 4
git init -q -b main super && cd super
git -c protocol.file.allow=always submodule --quiet add "$work/lib" lib
for i in 2 3 4 5 6; do
  git -C lib checkout -q "$(commit_of lib "change $((i < 4 ? 2 : 6))")"
  echo "$i" >m && git add . && git commit -qm "s$i"
done
git tag v1 HEAD~4
expect 0 "$CULPRIT" bisect --no-verify --runs 3 --good v1 -- sh -c 'cd lib && ./test.sh'
says '"s4"' && says 'it moves the submodule lib: search inside it, culprit bisect -C lib --bad'
