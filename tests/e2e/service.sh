#!/usr/bin/env bash
# The service: two jobs, kill -9 in the middle, started again: the same answers, no finished run lost or repeated, no stray;
# roles, a held job, the drop folder, an event stream, hostile titles.
. "$(dirname "$0")/lib.sh"
command -v curl >/dev/null || skip "no curl"
make_repo repo 16 11
mkdir "$work/counts"; root=$work/service
cat >"$work/counts/slow.sh" <<'S'
[ -n "${CULPRIT_AGAIN:-}" ] || echo "$CULPRIT_COMMIT $CULPRIT_RUN" >>"$RUNS_DONE"
sleep 0.05
./test.sh
S
# What a job may write to is told: the runs are counted outside of its folder.
cat >service.toml <<S
anyone = "none"
slots = 2
[sandbox]
writable = ["$work/counts"]
S
trap 'code=$?; kill -9 ${service:-} 2>/dev/null || true; (exit $code); ended' EXIT
ask() { curl -sS -o "$work/answer" -w '%{http_code}' "$@"; }
operator() { ask -H "Authorization: Bearer $(cat "$root/token")" "$@"; }
serve
[ "$(stat -c %a "$root/token")" = 600 ] || fail "the token may be read by others"
cd repo
for n in 1 2; do
  expect 0 "$CULPRIT" submit --root "$root" --good v1.0 --runs 6 --title "<b>job $n</b>" -- \
    env RUNS_DONE="$work/counts/$n" sh "$work/counts/slow.sh"
done
says "#2"
expect 0 "$CULPRIT" submit --root "$root" --hold --good v1.0 -- ./test.sh; says "held"
expect 0 "$CULPRIT" cancel 3 --root "$root" --reason "not needed"; says "operator cancelled it: not needed"
expect 2 "$CULPRIT" hold 3 --root "$root"; says "job 3 is cancelled"
expect 2 "$CULPRIT" submit --root "$root" --good v1.0; says "a job needs something to run"

# Killed once both have runs on record.
runs() { cat "$work/counts/1" "$work/counts/2" 2>/dev/null | wc -l; }
for _ in $(seq 600); do [ "$(runs)" -lt 8 ] || break; sleep 0.05; done
[ "$(runs)" -ge 8 ] || fail "nothing runs: $(cat "$work/service.log")"
curl -sS -N --max-time 600 -H "Authorization: Bearer $(cat "$root/token")" "$url/events" >"$work/stream" 2>/dev/null &
stream=$!
for _ in $(seq 100); do ! grep -q 'event: job' "$work/stream" || break; sleep 0.03; done
kill -9 $service; wait $service 2>/dev/null || true
serve
wait $stream || true
done_jobs() { "$CULPRIT" jobs --root "$root" --json --in done >"$work/jobs"; field "$work/jobs" 'sum(x["state"] == "answered" for x in j["jobs"])'; }
for _ in $(seq 1200); do [ "$(done_jobs)" -lt 2 ] || break; sleep 0.1; done
want=$(commit_of . "change 11")
for n in 1 2; do
  expect 0 "$CULPRIT" job $n --root "$root" --json
  [ "$(field "$work/out" 'j["answer"]["commit"]')" = "$want" ] || fail "job $n: another answer"
  expect 0 "$CULPRIT" job $n --root "$root"; says "the service was killed while it ran"; says "attempt 2"
  python3 - "$root/jobs/$n/state/culprit.db" "$work/counts/$n" <<'P' || fail "job $n: a finished run was repeated or lost"
import collections, json, sqlite3, sys
finished, at_kill, ids = collections.Counter(), {}, set()
for kind, body in sqlite3.connect(sys.argv[1]).execute("select type, body from event order by bisection, sequence"):
    if kind == "resumed": at_kill = dict(finished)
    if kind == "run_finished":
        run = json.loads(body)["run"]
        assert run["id"] not in ids; ids.add(run["id"]); finished[run["commit"]] += 1
assert at_kill, "nothing was on record at the kill"
for (commit, number), times in collections.Counter(tuple(l.split()) for l in open(sys.argv[2])).items():
    assert times == 1 or int(number) >= at_kill.get(commit, 0), (commit, number, times)
P
done
[ "$(field "$work/jobs" 'len({x["bug"] for x in j["jobs"] if x["answer"]})')" = 2 ] || fail "two tests of a program are two bugs"

# A file in the folder is a job, once; a wrong one is refused with the reason.
echo "{\"repository\": \"$work/repo\", \"good\": [\"v1.0\"], \"command\": [\"./test.sh\"]}" >"$root/drop/.new.json"
mv "$root/drop/.new.json" "$root/drop/new.json"
echo '{"repositry": "/"}' >"$root/drop/wrong.json"
for _ in $(seq 600); do [ ! -e "$root/drop/refused/wrong.json" ] || [ "$(done_jobs)" -lt 3 ] || break; sleep 0.1; done
grep -q "a job has no field 'repositry'" "$root/drop/refused/wrong.json.why" || fail "the refusal has no reason"
[ -e "$root/drop/taken/new.json" ] || fail "the job in the folder was not taken"
[ "$(done_jobs)" = 3 ] || fail "the job in the folder has no answer"

# Roles; hostile text; texts under their addresses.
[ "$(ask "$url/healthz")" = 200 ]; [ "$(ask "$url/api/v1/jobs")" = 401 ]; [ "$(ask "$url/")" = 303 ]
reader=$("$CULPRIT" token rita --role read --root "$root")
[ "$(ask -H "Authorization: Bearer $reader" "$url/api/v1/jobs")" = 200 ]
[ "$(ask -H "Authorization: Bearer $reader" -X POST "$url/api/v1/jobs" -d '{}')" = 403 ]
[ "$(ask -H "Authorization: Bearer $reader" -H 'Host: evil.example' "$url/api/v1/jobs")" = 421 ]
expect 0 "$CULPRIT" token rita --remove --root "$root"
[ "$(ask -H "Authorization: Bearer $reader" "$url/api/v1/jobs")" = 401 ]
head -c 3000000 /dev/zero | [ "$(operator -X POST --data-binary @- "$url/api/v1/jobs")" = 413 ]
for page in "" job/1 bugs bug/1 machines experience trouble; do
  [ "$(operator "$url/$page")" = 200 ] || fail "no page /$page"
  ! grep -q '<b>job' "$work/answer" || fail "a title is markup on /$page"
done
for text in log show report mail reproducer config result.json console/1; do
  [ "$(operator "$url/job/1/$text")" = 200 ] || fail "no text $text: $(cat "$work/answer")"
done
[ "$(operator "$url/metrics")" = 200 ]; grep -q '^culprit_jobs{state="answered"} 3$' "$work/answer" || fail "metrics"
[ "$(operator "$url/feed.atom")" = 200 ]; python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$work/answer"
[ "$(operator -X POST "$url/api/v1/jobs/1/word" -d '{"verdict": "wrong", "note": "it is <i>not</i>"}')" = 200 ]
[ "$(field "$work/answer" 'j["state"]')" = inconclusive ] || fail "a person's word did nothing"

# What finished jobs showed is what the next one believes; it goes to another lab and comes from one.
expect 0 "$CULPRIT" experience --root "$root"; says "2 finished jobs taught, 0 of them elsewhere"  # one was called wrong
says "reproducers that crash in 96 % of their runs"
expect 0 "$CULPRIT" experience --root "$root" --export "$work/experience.json"
expect 0 "$CULPRIT" submit --root "$root" --good v1.0 -- sh -c 'exec ./test.sh'; says "#5"
for _ in $(seq 600); do [ "$(done_jobs)" -lt 3 ] || break; sleep 0.1; done
expect 0 "$CULPRIT" job 5 --root "$root"; says "attempt 1, with what 2 finished jobs showed"; says "${want:0:12}"
echo nonsense >"$work/nonsense"; expect 2 "$CULPRIT" experience --root "$root" --import "$work/nonsense"
says "not what finished bisections showed"
expect 0 "$CULPRIT" experience --root "$root" --import "$work/experience.json"; says "5 finished jobs taught, 2 of them elsewhere"
expect 0 "$CULPRIT" bisect --good v1.0 --experience "$work/experience.json" -- ./test.sh; says "change 11"
expect 2 "$CULPRIT" bisect --fresh --good v1.0 --experience "$work/nonsense" -- ./test.sh
says "culprit: error: $work/nonsense: not what finished bisections showed"
expect 2 "$CULPRIT" bisect --fresh --good v1.0 --strategy classic --experience "$work/experience.json" -- ./test.sh; says "--experience"

# Told to end, it ends what runs, and everything.
cd ..; grep -q 'event: job' "$work/stream" || fail "the stream is empty"
kill $service; code=0; wait $service || code=$?
[ $code -eq 0 ] || fail "the service ended with $code"
service=
leaves_nothing repo
