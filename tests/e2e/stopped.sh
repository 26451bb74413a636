#!/usr/bin/env bash
# A test, or a build, that stops its parent, itself or its children, once or over and over: deadlines and signals are
# obeyed, and no process is left.
. "$(dirname "$0")/lib.sh"
make_repo repo 4 3
cd repo
left() {  # processes of this test, whatever they have become
  local process
  for process in $(grep -lsz "^HOME=$work\$" /proc/[0-9]*/environ); do
    case $(cat "${process%environ}comm" 2>/dev/null) in culprit | culprit-guard | sh | sleep) echo "${process%/environ}" ;; esac
  done
}
none_left() {
  for _ in $(seq 500); do [ -n "$(left)" ] || return 0; sleep 0.02; done
  fail "left: $(for p in $(left); do echo "$p $(tr '\0' ' ' <"$p/cmdline") $(cut -d' ' -f3 "$p/stat")"; done)"
}
stops='kill -STOP $PPID; [ $(cat number) -lt 3 ]'
expect 0 "$CULPRIT" bisect --good v1.0 --runs 2 --build 'kill -STOP $PPID' -- sh -c "$stops"; says "change 3"
wild=('kill -STOP $PPID; sleep 1000' 'trap "" TERM; while :; do kill -STOP $PPID; done' 'kill -STOP $$' 'trap "" TERM INT HUP; kill -STOP 0'
  'g=$PPID; (setsid sh -c "while :; do kill -STOP $g; done") & sleep 1000' 'sleep 1000 & kill -STOP $! $PPID; wait')
for script in "${wild[@]}"; do
  # By its deadline ...
  expect 0 "$CULPRIT" bisect --fresh --good v1.0 --runs 1 --timeout 0.5 -- sh -c "[ \$(cat number) -lt 3 ] || { $script; }"
  says "change 3"
  none_left
done
for script in "${wild[@]}"; do
  # ... by a signal, and with culprit dead.
  for signal in TERM KILL; do
    rm -f "$work/started"
    "$CULPRIT" bisect --fresh --good v1.0 --runs 1 -- sh -c "touch $work/started; $script" >"$work/out" 2>"$work/err" </dev/null & p=$!
    for _ in $(seq 500); do [ ! -e "$work/started" ] || break; sleep 0.02; done
    sleep 0.1; kill -$signal $p; code=0; wait $p 2>/dev/null || code=$?
    [ $signal = KILL ] || [ $code -eq 130 ] || fail "exit code $code: $script"
    # Where culprit is dead and a test goes on stopping its guard, the next command ends them.
    [ $signal = TERM ] || case $script in *while*) "$CULPRIT" clean ;; esac
    none_left
  done
done
expect 0 "$CULPRIT" clean  # what a culprit that was killed left for `resume`
leaves_nothing .
