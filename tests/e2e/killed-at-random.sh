#!/usr/bin/env bash
# kill -9 of culprit at random moments of the program demo, each time followed by `culprit resume`: the same culprit, no
# finished run repeated, nothing left behind. usage: killed-at-random.sh [KILLS]
. "$(dirname "$0")/lib.sh"
kills=${1:-8}
examples=$here/../../examples/program
"$examples"/make-history.sh "$work/demo" >"$work/out" 2>&1
cd demo
culprit=$(commit_of . "$(cat "$examples/planted.txt")")
[ -n "$culprit" ] || fail "the planted commit is not in the history"
cat >../test.sh <<'S'
"$DEMO/test.sh"; code=$?
[ -n "${CULPRIT_AGAIN:-}" ] || echo "$CULPRIT_COMMIT $CULPRIT_RUN" >>"$RUNS_DONE"
exit $code
S
export RUNS_DONE="$work/done" DEMO="$work/demo"
bisect() {
  exec "$CULPRIT" bisect --fresh -q --good v1.0 --build make --runs 8 -- sh "$work/test.sh" >"$work/out" 2>"$work/err" </dev/null
}
newest() {
  python3 -c 'import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute("select max(bisection) from event").fetchone()[0])' "$store"
}
# The moments are shares of the time that this machine takes for it undisturbed.
began=$(date +%s.%N)
(bisect) || fail "undisturbed, it ended with $?"
says "${culprit:0:12}"
whole=$(python3 -c 'import sys,time; print(time.time() - float(sys.argv[1]))' "$began")
store=$(find "$XDG_STATE_HOME" -name culprit.db)
previous=$(newest)
before=$(git status --porcelain; find .git -type f | sort | xargs sha256sum)
for kill in $(seq 1 "$kills"); do
  rm -f "$RUNS_DONE"
  bisect &
  pid=$!
  sleep "$(python3 -c 'import random,sys; print(random.Random(int(sys.argv[1])).uniform(0, float(sys.argv[2])))' "$kill" "$whole")"
  kill -9 $pid 2>/dev/null || true
  wait $pid 2>/dev/null || true
  [ "$(newest)" != "$previous" ] || continue  # killed before anything was on record: nothing to resume
  previous=$(newest)
  code=0
  "$CULPRIT" resume -q >"$work/out" 2>"$work/err" </dev/null || code=$?
  [ $code -eq 0 ] || fail "kill $kill: resume ended with $code"
  says "${culprit:0:12}"
  resumed=$((${resumed:-0} + 1))
  python3 - "$store" "$RUNS_DONE" <<'P' || fail "kill $kill: a finished run was repeated or lost"
import collections, json, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
newest = db.execute("select max(bisection) from event").fetchone()[0]
finished, at_kill, ids = collections.Counter(), None, set()
for kind, body in db.execute("select type, body from event where bisection = ? order by sequence", (newest,)):
    if kind == "resumed": at_kill = dict(finished)
    if kind == "run_finished":
        run = json.loads(body)["run"]
        assert run["id"] not in ids, "a run is recorded twice"
        ids.add(run["id"]); finished[run["commit"]] += 1
done = collections.Counter(tuple(line.split()) for line in open(sys.argv[2]))
for (commit, number), times in done.items():
    # A run that the kill cut off before it was on record is done again; one that was on record is not.
    assert times == 1 or (at_kill is not None and int(number) >= at_kill.get(commit, 0)), (commit, number, times)
assert sum(finished.values()) <= sum(done.values())
P
  leaves_nothing .
done
[ "$before" = "$(git status --porcelain; find .git -type f | sort | xargs sha256sum)" ] || fail "the user's repository was touched"
[ "${resumed:-0}" -ge $((kills / 2)) ] || fail "only ${resumed:-0} of $kills kills came while a bisection was on record"
echo "killed $kills times, resumed ${resumed:-0} times, found $culprit each time"
