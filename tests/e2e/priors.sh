#!/usr/bin/env bash
# What is believed beforehand: paths, a file of weights, what the crash names; and what they may not be.
. "$(dirname "$0")/lib.sh"
make_repo repo 20 12
cd repo
id() { git rev-parse "$(commit_of . "change $1")"; }
by_hand() { "$CULPRIT" bisect --manual --fresh --good v1.0 "$@"; }
expect 2 by_hand --path nosuch
says "culprit: error: no commit of those searched touches nosuch"; says "hint: --path is relative to the folder you stand in"
expect 2 by_hand --path ../elsewhere
says "culprit: error: --path '../elsewhere' is not in the repository"; says "hint: --path is relative to the folder you stand in"
mkdir -p below; cd below; expect 0 by_hand --path ../number; says "test "; cd ..; rmdir below
expect 0 by_hand --path number; says "test "
echo "# weights" >../prior; echo "$(id 12) 50  # suspicious" >>../prior; echo "v2.0 0.5" >>../prior
expect 0 by_hand --prior ../prior; says "test "
echo "v1.0~0 7" >>../prior; git checkout -q --orphan apart; git commit -qm apart; echo "apart 3" >>../prior; git checkout -q main
expect 0 by_hand --prior ../prior; says "note: ../prior: 1 of the commits is not in what is searched and is left out"
expect 2 by_hand --prior ../nosuch; says "nosuch"
echo "$(echo "$(id 12)" | tr 0-9a-f a-f0-9) 3" >../unknown
expect 2 by_hand --prior ../unknown
says "culprit: error: ../unknown:1: there is no commit $(cut -d' ' -f1 ../unknown) in the repository"
printf '\nHEAD~3 2\nHEAD~4 -1\n' >../wrong
expect 2 by_hand --prior ../wrong
says "culprit: error: ../wrong:3: not a commit and a weight above 0: HEAD~4 -1"
says 'hint: a line is "COMMIT WEIGHT"; a commit that is not named has the weight 1'
# The file may go, the bisection keeps what it said.
expect 0 by_hand --prior ../prior; rm ../prior; expect 0 "$CULPRIT" next; says "test "
# A wrong belief is overruled by what shows.
echo "$(id 3) 1000000" >../prior
expect 0 "$CULPRIT" bisect --fresh --good v1.0 --prior ../prior --prior-crash --path number --runs 2 -- ./test.sh
says "change 12"
expect 2 "$CULPRIT" bisect --fresh --good v1.0 --strategy best -- ./test.sh
says "culprit: error: unknown strategy 'best'"; says "hint: the strategies are:"
expect 2 "$CULPRIT" bisect --fresh --good v1.0 --confidence 2 -- ./test.sh; says "--confidence"
leaves_nothing .
