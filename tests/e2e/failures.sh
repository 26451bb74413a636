#!/usr/bin/env bash
# A failure is the bug's or another one: by what is printed, by the exit code, by how the run ends, by what it names.
. "$(dirname "$0")/lib.sh"

# Nothing but what is printed differs, and a port and a row are numbers.
history printed 16 'echo "reading $n files"
[ $n -lt 2 ] || [ $n -gt 10 ] || { echo "cannot connect to port $((5000 + n))" >&2; exit 1; }
[ $n -lt 12 ] || { echo "FATAL: table corrupt at row $$" >&2; exit 1; }
echo done'
named printed 12 --json "$work/printed.json"
says 'Also fails here, differently'
says 'exit code 1: cannot connect to port N'
hidden=$(field "$work/printed.json" "[r['commit'] for r in j['revisions'] if any('connect' in (q['title'] or '') for q in r['runs'])][0]")
expect 0 "$CULPRIT" show --why "$hidden"
says 'one prints "FATAL: table corrupt at row N", the other "cannot connect to port N"'
expect 0 "$CULPRIT" resume
says '("change 12") '

# Only the exit code differs; a command that is not there is none that fails.
history codes 16 '[ $n -lt 3 ] || [ $n -gt 5 ] || exit 3
[ $n -lt 6 ] || [ $n -gt 8 ] || no-such-command
[ $n -lt 12 ] || exit 1'
named codes 12

# A hang is no failure, and a failure no hang.
history hangs 12 '[ $n -lt 4 ] || [ $n -gt 6 ] || sleep 100
[ $n -lt 9 ] || exit 1'
named hangs 9 --timeout 0.5
history hung 12 '[ $n -lt 4 ] || [ $n -gt 6 ] || { echo "error: lost the lock"; exit 1; }
[ $n -lt 9 ] || sleep 100'
named hung 9 --timeout 0.5

# Silent steps: where it stops is what tells.
history steps 16 'set -e; echo unpacking; [ $n -lt 4 ] || [ $n -gt 8 ]; echo sorting; [ $n -lt 12 ]; echo done'
named steps 12

# A reworded message is the same bug.
history reworded 16 '[ $n -lt 5 ] && exit 0
[ $n -lt 11 ] && { echo "FATAL: table is corrupt (row $$)"; exit 1; }
echo "FATAL: table corrupt at row $$"; exit 1'
named reworded 5

# The other failure is where the bug began: nobody can know, and 12 equal runs are enough to say so.
history around 12 '[ $n -lt 4 ] || [ $n -gt 8 ] || { echo "cannot connect to port 5432" >&2; exit 1; }
[ $n -lt 6 ] || { echo "FATAL: table corrupt at row $$" >&2; exit 1; }'
expect 1 "$CULPRIT" bisect --good v1.0 --no-verify --json "$work/around.json" -- "$work/around.sh"
[ "$(field "$work/around.json" "max(len(r['runs']) for r in j['revisions'])")" -le 20 ] || fail "runs that teach nothing"
