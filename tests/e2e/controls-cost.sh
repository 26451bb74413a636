#!/usr/bin/env bash
# What the controls and the check by a revert cost on a sure, quiet test, and that --no-verify leaves them out.
. "$(dirname "$0")/lib.sh"
make_repo repo 24 17; cd repo
expect 0 "$CULPRIT" bisect --good v1.0 --json ../checked.json -- ./test.sh; says "change 17"; says "checking the answer"
expect 0 "$CULPRIT" bisect --fresh --good v1.0 --no-verify --json ../plain.json -- ./test.sh; says "change 17"
does_not_say "checking the answer"; does_not_say "control"
expect 0 "$CULPRIT" log; does_not_say "taken back"
of() { field ../$1.json "j['stats']['$2']"; }
# With the commit taken back, and one or two for a search that went another way.
more=$(($(of checked builds) - $(of plain builds)))
[ $more -ge 1 ] && [ $more -le 3 ] || fail "$more builds for the controls"
# A parent is run up to twenty-four times where that costs no time, the revert up to twelve; the others once.
more=$(($(of checked runs) - $(of plain runs)))
[ $more -ge 3 ] && [ $more -le 42 ] || fail "$more runs for the controls"
