#!/usr/bin/env bash
# What happened is said in the user's terms: a test that fails is no crash, names stay names, the last line is the answer.
. "$(dirname "$0")/lib.sh"
make_repo repo 12 7
cd repo
printf '#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8 9; do echo "chatter $i"; done\n[ "$(cat number)" -lt 7 ]\n' >../size.sh; chmod +x ../size.sh
last() { tail -n 1 "$work/out"; }
short() { git rev-parse --short=12 "$(commit_of . "change $1")"; }

git tag v9.9; git tag trial v2.0
expect 0 "$CULPRIT" bisect --good v1.0 --bad v9.9 --runs 2 --json ../r.json -- ../size.sh
says "First commit where \`../size.sh\` fails, with probability"
does_not_say "crash "; does_not_say "crashe"; does_not_say "chatter 1 "; says "chatter 9"
says "v9.9 bad"; says "v1.0 good"; does_not_say "stage "
[[ "$(last)" == "$(short 7) (\"change 7\") is the first commit where \`../size.sh\` fails, "*% ]] || fail "the last line is: $(last)"
[ "$(field ../r.json 'j["result"]["what"]')" = 'First commit where `../size.sh` fails' ] || fail "no what in the JSON"
expect 0 "$CULPRIT" mail; does_not_say "crash "; does_not_say "crashe"; says "v9.9 ("; says "fails with \"exit code 1\""
expect 0 "$CULPRIT" status; does_not_say "crash "; does_not_say "crashe"; says "is the first commit where \`../size.sh\` fails"
expect 0 "$CULPRIT" show --crash; says "chatter 1"
# One line on a terminal, the whole answer in a file.
expect 0 "$CULPRIT" bisect --fresh --good v1.0 --bad v9.9 --runs 2 -q -- ../size.sh
says "Whom to tell"; does_not_say "searching"
expect 0 env TERM=xterm script -qec "'$CULPRIT' bisect --fresh --good v1.0 --bad v9.9 --runs 2 -q -- ../size.sh" /dev/null
[ "$(wc -l <"$work/out")" -eq 1 ] || fail "-q prints more than a line on a terminal"
says "is the first commit where \`../size.sh\` fails, "
# What crashes, crashes; what hangs, hangs.
expect 0 "$CULPRIT" bisect --fresh --good v1.0 --runs 2 -q -- ./test.sh; says "(\"change 7\") brought the crash, "
expect 0 "$CULPRIT" bisect --fresh --good v1.0 --runs 2 --timeout 1 -q -- sh -c '[ $(cat number) -lt 7 ] || sleep 100'
says "(\"change 7\") made it hang, "
# By hand, the user's word.
expect 0 "$CULPRIT" bisect --manual --fresh --good v1.0 --term-new big --term-old small
expect 0 "$CULPRIT" big "$(short 7)"; expect 0 "$CULPRIT" small "$(short 6)"
says "This commit is the first big commit"; does_not_say "crash "; does_not_say "crashe"
leaves_nothing .
