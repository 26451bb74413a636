#!/usr/bin/env bash
# The service with Slurm as its executor: munge, slurmctld and three slurmd of our own on this machine. The same answer as here; a
# killed service, a job of Slurm's that is cancelled, displaced or out of its time, and a killed slurmd with its job are lost attempts,
# never verdicts, and repeat no run, whether a killed slurmctld is back before the lease is over or not.
. "$(dirname "$0")/lib.sh"
. "$here/../../examples/service/slurm-here.sh"
command -v curl >/dev/null || skip "no curl"
obstacle=$(slurm_obstacle) || skip "$obstacle"
slurm_obstacle
chmod 755 "$work"
trap 'code=$?; kill -9 ${service:-} 2>/dev/null || true; slurm_end; sleep 0.3; (exit $code); ended' EXIT
slurm_begin "$work/cluster" >"$work/out" || skip "Slurm does not come up here: $(cat "$work/out")"

make_repo repo 16 11; root=$work/service; mkdir counts
cat >counts/slow.sh <<'S'
[ -n "${CULPRIT_AGAIN:-}" ] || echo "$CULPRIT_COMMIT $CULPRIT_RUN ${CULPRIT_LEASE:-}" >>"$RUNS_DONE"
sleep "$PAUSE"
./test.sh
S
printf '[policy]\nretry_after = ["1s", "1s", "1s", "1s", "1s"]\n[sandbox]\nmode = "off"\n[slurm]\npartition = "lab"\nlease = "3m"\n' >service.toml
serve; cd repo
submit() { expect 0 "$CULPRIT" submit --root "$root" --good v1.0 --runs 6 -- env RUNS_DONE="$work/counts/$1" PAUSE="$2" sh "$work/counts/slow.sh"; }
runs() { cat "$work/counts/$1" 2>/dev/null | wc -l; }
until_runs() { for _ in $(seq 3000); do [ "$(runs $1)" -lt "$2" ] || return 0; sleep 0.1; done; fail "job $1 has $(runs $1) runs: $(tail -n 5 "$work/service.log"; scontrol show job --oneliner)"; }
state() { "$CULPRIT" job $1 --root "$root" --json >"$work/job" && field "$work/job" 'j["state"]'; }
until_answered() { for _ in $(seq 3600); do [ "$(state $1)" != answered ] || return 0; sleep 0.1; done; fail "job $1: $(cat "$work/job")"; }
until_attempt() { for _ in $(seq 600); do [ "$(state $1)" = running ] && expect 0 "$CULPRIT" job $1 --root "$root" && grep -q "attempt $2" "$work/out" && return; sleep 0.1; done; fail "job $1 has no attempt $2"; }
want=$(commit_of . "change 11")
of_slurm() { squeue --noheader --format=%i --states=RUNNING | head -n 1; }

# Somebody cancels Slurm's job; the service is killed.
submit 1 0.3; until_runs 1 4
scancel "$(of_slurm)"
until_attempt 1 2
until_runs 1 8
kill -9 $service; wait $service 2>/dev/null || true
serve; until_answered 1
[ "$(field "$work/job" 'j["answer"]["commit"]')" = "$want" ] || fail "another answer"
expect 0 "$CULPRIT" job 1 --root "$root"; says "the service was killed while it ran"

# A node is lost, with Slurm's daemons on it; what it ran runs on, and is fenced off once the next attempt has begun elsewhere.
submit 2 4; until_runs 2 4
lost=$(ls "$root/jobs/2" | sed -n 's/^attempt-\([0-9]*\)\.sh$/\1/p' | sort -n | tail -n 1)
slurm_lose_node "$(squeue --noheader --format=%N --states=RUNNING | head -n 1)"
until_answered 2
[ "$(field "$work/job" 'j["answer"]["commit"]')" = "$want" ] || fail "another answer after a node died"
expect 0 "$CULPRIT" job 2 --root "$root"; says "attempt $((lost + 1))"; says "NODE_FAIL"
for _ in $(seq 600); do ! grep -q "attempt $lost may write no more" "$root/jobs/2/attempt-$lost.errors" || break; sleep 0.1; done
grep -q "attempt $lost may write no more" "$root/jobs/2/attempt-$lost.errors" || fail "attempt $lost was not fenced: $(cat "$root/jobs/2/attempt-$lost.errors")"

# Somebody whose work goes first takes the node; the next attempt reaches the end of its time (of which Slurm takes notice twice a
# minute); the controller is killed while the third one runs, which goes on.
submit 3 5; until_runs 3 2
sbatch --partition=urgent --exclusive --nodelist="$(squeue --noheader --format=%N --states=RUNNING | head -n 1)" --output=/dev/null --wrap 'sleep 1' >/dev/null
until_attempt 3 2; until_runs 3 3
scontrol update "jobid=$(of_slurm)" endtime=now+1
until_attempt 3 3
for _ in $(seq 600); do [ -z "$(of_slurm)" ] || break; sleep 0.1; done
before=$(runs 3); until_runs 3 $((before + 2))
slurm_kill_controller; until_runs 3 $((before + 3)); slurm_controller
until_answered 3
[ "$(field "$work/job" 'j["answer"]["commit"]')" = "$want" ] || fail "another answer after a preemption"
expect 0 "$CULPRIT" job 3 --root "$root"; says "PREEMPTED"; says "TIMEOUT"; says "attempt 3"

for n in 1 2 3; do
  ! grep -q '[0-9] [0-9]* [0-9]' "$work/counts/$n" || fail "what is tested sees the lease"
  python3 - "$root/jobs/$n/state/culprit.db" "$work/counts/$n" <<'P' || fail "job $n: a finished run was repeated or lost"
import collections, json, sqlite3, sys
finished, at_kills, ids = collections.Counter(), [], set()
for kind, body in sqlite3.connect(sys.argv[1]).execute("select type, body from event order by bisection, sequence"):
    if kind == "resumed": at_kills.append(dict(finished))
    if kind == "run_finished":
        run = json.loads(body)["run"]
        assert run["id"] not in ids; ids.add(run["id"]); finished[run["commit"]] += 1
for (commit, number), times in collections.Counter(tuple(l.split()[:2]) for l in open(sys.argv[2])).items():
    # Once more for each time that it was lost with an attempt.
    lost = sum(int(number) >= at_kill.get(commit, 0) for at_kill in at_kills)
    assert times <= 1 + lost, (commit, number, times, at_kills)
P
done
cd ..; kill $service; code=0; wait $service || code=$?; service=
[ $code -eq 0 ] || fail "the service ended with $code"
leaves_nothing repo
