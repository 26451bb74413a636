#!/usr/bin/env bash
# A kernel on a machine that stands somewhere: the machine's own troubles (network, boots that hang, a full disk, a silent
# console, a switch that is busy) never become a verdict, and it is left in its own kernel whatever happens.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/guests/lib.sh"
. "$(dirname "$0")/guests/box.sh"
make_kernel_tree tree 6 4
make_box
cat >repro.sh <<'REPRO'
echo "BUG: cannot open /dev/ferry"
if grep -q BAD BOX/installed; then
  { echo "BUG: unable to handle page fault for address: 0000000000001234"
    echo "RIP: 0010:ferry_send+0x10/0x20"; echo "Call Trace:"; echo " ferry_send+0x10/0x20"; echo " ferry_write+0x10/0x20"
    echo "Kernel panic - not syncing: Fatal exception"
    echo "---[ end Kernel panic - not syncing: Fatal exception ]---"; } | BOX/kmsg
  touch BOX/hung
fi
REPRO
sed -i "s#BOX#$work/box#g" repro.sh
machine_file k.toml
bisect() { "$CULPRIT" bisect --config k.toml --json result.json "$@"; }
expect 0 bisect
says "change 4"; says "ferry_send"; does_not_say "lost to the machine"; does_not_say "cannot open"
is_restored
grep -q "power off" box/log || fail "a machine that hung was not switched off"
leaves_nothing tree

# Each trouble once, in turn. The kernel that five runs in a row are lost with is left aside, hence not all at once.
for faults in "network hang disk" "fallback console switch reset"; do
  tr ' ' '\n' <<<"$faults" >box/faults; : >box/log
  expect 0 bisect --fresh --no-verify
  says "change 4"; says "a run was lost to the machine"; is_restored
  for fault in $faults; do grep -qx $fault box/log || fail "$fault did not happen"; done
done

# A machine that reboots without a word shows the bug only where that is asked for; what a kernel says while it boots.
cp repro.sh repro.panics
cat >repro.sh <<REPRO
! grep -q BAD $work/box/installed || { touch $work/box/resets; sleep 5; }
REPRO
machine_file silent.toml 'silent = "crash"'
expect 0 "$CULPRIT" bisect --config silent.toml --fresh --no-verify
says "change 4"; says "the machine rebooted by itself"; is_restored
mv repro.panics repro.sh
cat >box/on-boot <<'BOOT'
! grep -q BAD "$box/installed" || for line in "------------[ cut here ]------------" \
  "WARNING: CPU: 0 PID: 1 at drivers/misc/ferry.c:12 ferry_init+0x10/0x20" "CPU: 0 PID: 1 Comm: swapper/0 Not tainted 6.1.0 #1" \
  "Call Trace:" " do_one_initcall+0x10/0x20" "---[ end trace 0000000000000000 ]---"; do says 0.500000 "$line"; done
BOOT
sed '/^script/d; s/^runs.*/&\nbug = "boot"/' k.toml >boot.toml
expect 0 "$CULPRIT" bisect --config boot.toml --fresh --no-verify
says "change 4"; says "WARNING in do_one_initcall"; is_restored
rm box/on-boot

# Interrupted in a run: the machine is left as it was found; culprit killed: `resume` begins with that.
begins_a_run() {
  : >box/console
  "$CULPRIT" bisect --config k.toml --fresh --no-verify >out 2>err &
  for i in $(seq 600); do grep -q "culprit.run=.*" box/console && break; sleep 0.1; done
}
begins_a_run; kill -INT $!; code=0; wait $! || code=$?
[ $code -eq 130 ] || fail "exit code $code of an interruption"
is_restored
begins_a_run; kill -KILL $!; wait $! 2>/dev/null || true
grep -q culprit.run= box/cmdline || fail "nothing was under way"
expect 0 "$CULPRIT" resume -C tree; says "change 4"; is_restored

# Doctor asks the machine, and changes nothing of it.
: >box/log
expect 0 "$CULPRIT" doctor program --config k.toml; says "its shell answers, and its own kernel runs"; says "shows what is written to the kernel's log"
sed 's/^console = .*/console = "echo no such device; exit 1"/' k.toml >bad.toml
expect 3 "$CULPRIT" doctor program --config bad.toml; says "does not show what is written to the kernel's log within 2"; says "no such device"
sed 's/^shell = .*/shell = "false"/' k.toml >bad.toml
expect 3 "$CULPRIT" doctor program --config bad.toml; says "its shell does not answer"
kernel_file bad.toml
expect 2 "$CULPRIT" doctor program --config bad.toml; says "has no [machine]"
[ ! -s box/log ] || fail "doctor switched the machine"; is_restored

# A kernel file that cannot be meant.
refused() { # refused WHAT HINT LINE...
  machine_file bad.toml "${@:3}"
  expect 2 "$CULPRIT" bisect --fresh --config bad.toml; says "$1"; says "$2"
}
refused "[vm] and [machine] are two places for one kernel to run at" "leave one out" '[vm]' 'memory = "1G"'
machine_file bad.toml; sed -i '/^power_on/d' bad.toml
expect 2 "$CULPRIT" bisect --fresh --config bad.toml; says '[machine] needs "power_on"'
sed 's/^runs.*/&\nbug = "shutdown"/; /^script/d' k.toml >bad.toml
expect 2 "$CULPRIT" bisect --fresh --config bad.toml; says 'bug = "shutdown" is for guests'
sed 's/^console = .*/console = "echo no such device; exit 1"/' k.toml >bad.toml
expect 2 "$CULPRIT" bisect --fresh --config bad.toml; says "what the machine writes to its kernel's log does not come here within 2"; says "no such device"
sed 's/^shell = .*/shell = "sh no.sh"/' k.toml >bad.toml
echo 'echo "root@box: Permission denied (publickey)."; exit 255' >no.sh; : >box/log
expect 2 "$CULPRIT" bisect --fresh --config bad.toml; says "the machine lets nobody in"
[ ! -s box/log ] || fail "a machine was switched that only turns us away"
# A boot that leaves out what is to be in the command line; a machine that is gone for good.
sed 's/^boot = .*/boot = "CULPRIT_APPEND= box\/boot"/' k.toml >bad.toml
expect 3 "$CULPRIT" bisect --fresh --config bad.toml; says "no kernel came up in 3 boots"; says "must put \$CULPRIT_APPEND"; is_restored
sed 's/^power_on = .*/power_on = "true"/; s/^boot_timeout.*/boot_timeout = "200ms"/' k.toml >bad.toml
rm box/on
expect 3 "$CULPRIT" bisect --fresh --config bad.toml; says "the machine does not come back, after 3 power cycles"; says "Connection timed out"
leaves_nothing tree
