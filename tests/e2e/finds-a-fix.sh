#!/usr/bin/env bash
# --fix: the commit that made the crash go away.
. "$(dirname "$0")/lib.sh"
make_repo repo 20 3
cd repo
old=$(git rev-parse HEAD)
for i in 21 22 23 24; do
  [ $i -lt 23 ] || printf '#!/bin/sh\nexit 0\n' >test.sh
  echo $i >number; git commit -qam "change $i"
done
expect 0 "$CULPRIT" bisect --fix --bad "$old" --runs 2 --json ../r.json -- ./test.sh
[ "$(field ../r.json 'j["result"]["commit"]')" = "$(commit_of . 'change 23')" ]
expect 4 "$CULPRIT" bisect --fresh --fix --bad "$(commit_of . 'change 2')" --runs 2 -- ./test.sh
says "does not reproduce"
expect 4 "$CULPRIT" bisect --fresh --fix --bad "$old" --good "$(commit_of . 'change 22')" --runs 2 -- ./test.sh

# A first fix was taken back in between, in no words: the one that stayed is the answer.
git init -q -b main ../twice; cd ../twice
for i in $(seq 1 44); do
  code=1
  { [ $i -ge 8 ] && [ $i -lt 26 ] || [ $i -ge 40 ]; } && code=0
  echo "exit $code" >test.sh; echo $i >number; git add .; git commit -qm "change $i"
done
expect 0 "$CULPRIT" bisect --fix --bad "$(commit_of . 'change 1')" --runs 2 --json ../twice.json -- sh test.sh
[ "$(field ../twice.json 'j["result"]["commit"]')" = "$(commit_of . 'change 40')" ]
