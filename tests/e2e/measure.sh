#!/bin/bash
# --measure: the commit that moved a number, and by how much; drifts and several steps are no answer.
. "$(dirname "$0")/lib.sh"

# A repository of N commits, each with its number in ./n.
series() {
  git init -q -b main "$1" && cd "$1"
  i=0
  for x in $2; do
    i=$((i + 1)) && echo "$i $x" >n && git add . && git commit -qm "c$i"
  done
  git tag v1 "$(git rev-list --max-parents=0 HEAD)"
}
# The number and noise of a few hundredths, which depends on commit and run alone.
cat >"$work/test.sh" <<'END'
awk -v r="$CULPRIT_RUN" '{ srand($1 * 1000 + r); for (i = 0; i < 5; i++) rand(); s = 0; for (i = 0; i < 12; i++) s += rand()
  printf "took %.4f s\n", $2 + (s - 6) * 0.05 }' n
END
measure() { "$CULPRIT" bisect --fresh --measure --runs 6 --good v1 "$@" -- sh "$work/test.sh"; }

series step "1 1 1 1 1 1 1 1 1 1 1.2 1.2 1.2 1.2 1.2 1.2 1.2 1.2 1.2 1.2"
expect 0 measure
says '"c11"' && says 'It moved from'
# Down as well as up: the other way round.
cd "$work" && series down "5 5 5 5 5 5 5 5 4.8 4.8 4.8 4.8"
expect 0 measure && says '"c9"'
cd "$work" && series drift "1 1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8 1.9 2 2.1"
expect 1 measure && says drift
cd "$work" && series same "2 2 2 2 2"
expect 4 "$CULPRIT" bisect --fresh --measure --runs 3 --good v1 -- cut -d' ' -f2 n && says 'do not differ as far as can be told'
expect 4 "$CULPRIT" bisect --fresh --measure --good v1 -- true && says 'prints no number'
expect 2 "$CULPRIT" bisect --fresh --measure -- true && says 'no --good is named'
expect 2 "$CULPRIT" bisect --fresh --measure --fix --good v1 -- true
