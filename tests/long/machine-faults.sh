#!/usr/bin/env bash
# Twenty faults at random moments of bisections on a machine that stands somewhere (tests/e2e/guests/box.sh plays it): the
# network goes, the machine hangs, reboots or loses its power, its disk is full, its console says nothing, the switch is
# busy, culprit is interrupted or killed. The answer is the same, and the machine is restored. Some minutes.
# usage: CULPRIT=BINARY machine-faults.sh [SEED]
. "$(dirname "$0")/../e2e/lib.sh"
. "$here/../e2e/guests/lib.sh"
. "$here/../e2e/guests/box.sh"
RANDOM=${1:-1}
make_kernel_tree tree 40 27
make_box
# A bug that shows in two runs of three.
cat >repro.sh <<'REPRO'
grep -q BAD BOX/installed && [ $(($(date +%N | tail -c 7 | sed 's/^0*//;s/^$/0/') % 3)) -ne 0 ] || exit 0
{ echo "BUG: unable to handle page fault for address: 0000000000001234"
  echo "RIP: 0010:ferry_send+0x10/0x20"; echo "Call Trace:"; echo " ferry_send+0x10/0x20"; echo " ferry_write+0x10/0x20"
  echo "Kernel panic - not syncing: Fatal exception"
  echo "---[ end Kernel panic - not syncing: Fatal exception ]---"; } | BOX/kmsg
touch BOX/hung
REPRO
sed -i "s#BOX#$work/box#g" repro.sh
machine_file k.toml
sed -i 's/^runs.*/runs = 6/' k.toml
faults=(network hang reset power disk console switch fallback interrupt kill)

# strike FAULT: now, whatever is under way.
strike() {
  case $1 in
    network) touch box/cut ;;
    hang) touch box/hung ;;
    disk) touch box/full ;;
    console) touch box/mute ;;
    power) rm -f box/on ;;
    reset) (. box/lib; box=$work/box; begins "own-$RANDOM" root=/dev/sda1) ;;
    switch | fallback) echo "$1" >>box/faults ;;
    interrupt) kill -INT "$culprit" ;;
    kill) kill -KILL "$culprit" ;;
  esac
  echo "$1" >>struck
}

struck=0 bisections=0 began=$SECONDS
while [ $struck -lt 20 ]; do
  "$CULPRIT" bisect --config k.toml --fresh --no-verify --quiet >out 2>err &
  culprit=$! bisections=$((bisections + 1))
  while sleep $((RANDOM % 4 + 1)).$((RANDOM % 10)); do
    code=0
    if kill -0 $culprit 2>/dev/null; then
      [ $struck -lt 20 ] || { wait $culprit || code=$?; break; }
      strike ${faults[struck % ${#faults[@]}]}
      struck=$((struck + 1))
      tail -n 1 struck | grep -q 'interrupt\|kill' || continue
    fi
    wait $culprit 2>/dev/null || code=$?
    [ $code -eq 130 ] || [ $code -eq 137 ] || break
    [ $code -eq 137 ] || is_restored
    "$CULPRIT" resume -C tree --quiet >out 2>err &
    culprit=$!
  done
  [ $code -eq 0 ] || fail "exit code $code after: $(tail -n 5 struck | tr '\n' ' ')"
  says "change 27"
  : >box/faults
  is_restored
done
leaves_nothing tree
echo "$bisections bisections, $struck faults ($(sort struck | uniq -c | awk '{printf "%s%s %d", n++ ? ", " : "", $2, $1}')), $((SECONDS - began)) s: change 27 each time, the machine in its own kernel at the end"
