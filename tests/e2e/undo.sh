#!/usr/bin/env bash
# Words are taken back and revisions forgotten; a word on which an answer rests alone is asked again.
. "$(dirname "$0")/lib.sh"
make_repo repo 40 12
cd repo
id() { git rev-parse "$(commit_of . "change $1")"; }
short() { id "$1" | cut -c1-12; }
by_hand() { expect 0 "$CULPRIT" bisect --manual --fresh "$@"; }

# The last word, then the one before, until the ends are left.
by_hand --good v1.0
asked=$(awk '/^test /{print $2}' "$work/out")
expect 0 "$CULPRIT" good "$(id 20)"
expect 0 "$CULPRIT" bad "$(id 30)" "$(id 35)"
expect 0 "$CULPRIT" undo
says "taken back: $(short 30) bad"; says "taken back: $(short 35) bad"; says "test  "
expect 0 "$CULPRIT" status; does_not_say "$(short 30) change 30"; says "said   bad"; says "good  $(short 20)"; says "next   test"
expect 0 "$CULPRIT" undo; says "taken back: $(short 20) good"; says "test  $asked"
expect 2 "$CULPRIT" undo; says "culprit: error: there is no word to take back"; says "hint: "
expect 0 "$CULPRIT" status; does_not_say "change 20"

# What was taken back is in no output, and an answer that rested on it is gone.
by_hand --good v1.0
expect 0 "$CULPRIT" bad "$(id 12)"; expect 0 "$CULPRIT" good "$(id 11)"
says "is the first bad commit"
expect 0 "$CULPRIT" undo; says "taken back: $(short 11) good"; says "test  "
"$CULPRIT" status --json >../r.json
[ "$(field ../r.json 'j["result"], [r for r in j["revisions"] if r["commit"] == "'"$(id 11)"'"]')" = "(None, [])" ] || fail "still in the JSON"
expect 0 "$CULPRIT" log; does_not_say "$(id 11)"
expect 0 "$CULPRIT" good "$(id 11)"; says "is the first bad commit"

# A slip: every word after it is of the other kind. The answer waits until it is said again.
by_hand --good v1.0
expect 0 "$CULPRIT" good "$(id 20)"
for n in 30 25 22; do expect 0 "$CULPRIT" bad "$(id $n)"; done
expect 0 "$CULPRIT" bad "$(id 21)"
says "test  $(short 20)"; says "the answer rests on \`$(short 20) good\` alone: test it once more?"
expect 0 "$CULPRIT" next; says "the answer rests on"
expect 0 "$CULPRIT" status; says "next   test  $(short 20)"
# It was wrong: the search goes on where the culprit is.
expect 0 "$CULPRIT" forget "$(id 20)"; says "taken back: $(short 20) good"
expect 0 "$CULPRIT" bad "$(id 20)"; does_not_say "rests on"
expect 0 "$CULPRIT" bad "$(id 12)"
expect 0 "$CULPRIT" good "$(id 11)"; says "$(short 12)"; says "is the first bad commit"
# It was right: said again, the answer is given.
by_hand --good v1.0
expect 0 "$CULPRIT" good "$(id 11)"
for n in 30 20 14; do expect 0 "$CULPRIT" bad "$(id $n)"; done
expect 0 "$CULPRIT" bad "$(id 12)"; says "the answer rests on \`$(short 11) good\` alone"
expect 0 "$CULPRIT" good "$(id 11)"; says "is the first bad commit"

# The log of it, edited and taken up again.
"$CULPRIT" log >../log
expect 0 "$CULPRIT" import --fresh ../log
expect 0 "$CULPRIT" status; says "$(short 11)"

# Of what culprit ran itself: forgotten, and tested again.
expect 0 "$CULPRIT" bisect --fresh --good v1.0 --runs 2 --json ../a.json -- ./test.sh; says "change 12"
expect 2 "$CULPRIT" undo; says "there is no word to take back"
expect 0 "$CULPRIT" forget "$(id 12)"; says "forgotten: "; says "of $(short 12)"; says "\`culprit resume\` goes on without it"
expect 0 "$CULPRIT" status; does_not_say "finished"
expect 0 "$CULPRIT" resume; says "change 12"
# No number of a run is given twice.
runs=$("$CULPRIT" show --why "$(id 12)" | grep -oE 'runs? [0-9]+' | grep -oE '[0-9]+' | head -1)
expect 0 "$CULPRIT" console "$runs"
expect 2 "$CULPRIT" forget "$(id 33)"; says "nothing is known of $(short 33)"
leaves_nothing .
