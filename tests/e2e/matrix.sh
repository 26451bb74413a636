#!/usr/bin/env bash
# culprit matrix: several tests on several revisions and variants; what is untestable says so; killed and begun again it goes
# on, runs none twice, and ends with the same.
. "$(dirname "$0")/lib.sh"
git init -q -b main repo
cd repo
commit() { git add -A; git commit -qm "$1"; git tag "$2"; }
echo 'cp in out' >build.sh; echo 0 >in; commit "first" v1.0
echo 1 >in; commit "crash" v1.1
echo 'echo "a.c:1: error: no such thing"; exit 1' >build.sh; commit "does not build" v1.2
echo 'cp in out' >build.sh; echo 2 >in; commit "half" v1.3
cd ..
# crash dies from v1.1 on; half of the time at v1.3. `fine` never fails; `skip` says nothing of v1.0. Each run is on record.
cat >crash.sh <<'T'
#!/bin/sh
[ -n "$CULPRIT_AGAIN" ] || echo "crash $CULPRIT_COMMIT $CULPRIT_RUN" >>"$RUNS"
case $(cat out) in
1) kill -SEGV $$ ;;
2) [ $((CULPRIT_RUN % 2)) = 0 ] || kill -SEGV $$ ;;
esac
T
cat >skip.sh <<'T'
#!/bin/sh
echo "skip $CULPRIT_COMMIT $CULPRIT_RUN" >>"$RUNS"
[ "$(cat out)" != 0 ] || exit 125
T
chmod +x *.sh; export RUNS=$work/runs
matrix() { "$CULPRIT" matrix -C repo --at v1.0 --at v1.1 --at v1.2 --at v1.3 --build 'sh build.sh' --test "crash=$work/crash.sh" --test "skip=$work/skip.sh" "$@"; }

# What makes no sense is told before anything is built.
expect 2 "$CULPRIT" matrix -C repo -- true; says "no revision is named"; says "--at REV"
expect 2 "$CULPRIT" matrix -C repo --at v1.0; says "nothing to run"
expect 2 "$CULPRIT" matrix -C repo --at nosuch -- true; says "nosuch"
expect 2 "$CULPRIT" matrix -C repo --at v1.0 --repro a.c -- true; says "--repro is a kernel's"
expect 2 "$CULPRIT" matrix -C repo --at v1.0 --test a=true --test a=false; says "two tests are called 'a'"
expect 2 "$CULPRIT" matrix -C repo --at v1.0 --json /nowhere/a.json -- true; says "cannot write"
expect 2 "$CULPRIT" matrix -C repo --releases v9 -- true; says "--releases takes a range"
[ ! -e runs ] || fail "something was run"

expect 0 matrix --json cells.json --csv cells.csv
says "crash  "; says "v1.2: does not build: a.c:1: error: no such thing"; says "crash shows: SIGSEGV"
says "runs say nothing of the bug: the command answered skip"
of() { field cells.json "[c for c in j['cells'] if c['test'] == '$1' and c['revision'] == '$2'][0]$3"; }
[ "$(of crash v1.0 '["shown"]')" = 0 ] && [ "$(of crash v1.0 '["state"]')" = measured ] || fail "crash on v1.0"
[ "$(of crash v1.1 '["shown"] == [c for c in j["cells"] if c["test"] == "crash" and c["revision"] == "v1.1"][0]["runs"]')" = True ] || fail "crash on v1.1"
[ "$(of crash v1.3 '["interval"]["rate"] > .3')" = True ] && [ "$(of crash v1.3 '["interval"]["rate"] < .7')" = True ] || fail "crash on v1.3"
[ "$(of skip v1.0 '["state"]') $(of skip v1.2 '["state"]')" = "untestable untestable" ] || fail "untestable cells"
[ "$(wc -l <cells.csv)" = 9 ] || fail "no line a cell"
# Built once each, but for the one that was built twice to be sure.
[ "$(field cells.json '[r["builds"] for r in j["revisions"]]')" = "[1, 1, 1, 1]" ] || fail "built more than once"

# Asked again, nothing is run; with another revision name, or narrower, it goes on.
cp runs runs.before
expect 0 matrix; cmp -s runs runs.before || fail "known cells were run again"
expect 0 matrix --within 0.15; [ "$(wc -l <runs)" -gt "$(wc -l <runs.before)" ] || fail "nothing more was run"
[ "$(sort runs | uniq -d)" = "" ] || fail "a run was repeated"
# On standard output stands what programs read.
expect 0 matrix --within 0.15 --csv -; grep -q '^test,revision' out && ! grep -q 'shows:' out || fail "mixed up"
expect 0 "$CULPRIT" matrix -C repo --releases v1.0..v1.1 --variant plain --variant fast \
  --build 'cp in out; [ -z "$CULPRIT_VARIANT" ] || echo 1 >out' -- "$work/crash.sh"
says "v1.0 plain  0/"; says "v1.0 fast"

# kill -9 in the middle.
rm -rf state runs; : >runs
cat >slow.sh <<'T'
#!/bin/sh
echo "$CULPRIT_COMMIT $CULPRIT_RUN" >>"$RUNS"
sleep 0.05
T
chmod +x slow.sh
slow=("$CULPRIT" matrix -C repo --at v1.0 --at v1.1 --at v1.3 --build 'sh build.sh' --within 0.1 --json killed.json -- "$work/slow.sh")
for _ in 1 2 3; do
  "${slow[@]}" >/dev/null 2>&1 & pid=$!
  before=$(wc -l <runs)
  for _ in $(seq 200); do [ "$(wc -l <runs)" -lt $((before + 5)) ] || break; sleep 0.02; done
  kill -9 $pid 2>/dev/null || true; wait $pid 2>/dev/null || true
done
expect 0 "${slow[@]}"
# At most one run was under way at each kill.
ran=$(wc -l <runs); kept=$(field killed.json 'sum(c["runs"] for c in j["cells"])')
[ "$ran" -le $((kept + 3)) ] && [ "$ran" -ge "$kept" ] || fail "$ran runs, $kept on record"
expect 0 "$CULPRIT" clean -C repo --all; [ ! -e "$(echo state/culprit/repo-*)/matrix.db" ] || fail "clean leaves the record"
leaves_nothing repo
