#!/usr/bin/env bash
# The bug is elsewhere than in a reproducer: while booting, while shutting down, in the build.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/guests/lib.sh"
make_kernel_tree tree 4 4
fake_qemu
bug_file() { # bug_file BUG [VM LINE...]
  kernel_file k.toml 'qemu = "'"$work"'/qemu"' 'busybox = "busybox"' "${@:2}"
  sed -i '/^script/d; s/^runs.*/&\nbug = "'"$1"'"/' k.toml
}
# guest BAD GOOD: what follows the first line of the console.
guest() {
  printf 'echo "<5>[    0.000000] Linux version 6.1"\nif grep -q BAD "$1/config"; then\n%s\nelse\n%s\nfi\n' "$1" "$2" >guest.sh
}
ready='echo "<9>[    1.000000] $token:ready 2 CPUs"'
good_boot="$ready; echo \"<9>[    1.100000] \$token:exit 0\""
warning='cat <<W
<4>[    0.500000] ------------[ cut here ]------------
<4>[    0.500000] WARNING: CPU: 0 PID: 1 at drivers/misc/ferry.c:12 ferry_init+0x10/0x20
<4>[    0.500000] CPU: 0 PID: 1 Comm: swapper/0 Not tainted 6.1.0 #1
<4>[    0.500000] Call Trace:
<4>[    0.500000]  do_one_initcall+0x10/0x20
<4>[    0.500000] ---[ end trace 0000000000000000 ]---
W
'
panic='echo "<0>[    1.500000] Kernel panic - not syncing: no ferry"'

bisect() { "$CULPRIT" bisect --fresh --no-verify --config k.toml; }

# While booting: a report of a kernel that goes on, a hang. tests/unit/run has the other ends.
bug_file boot
guest "$warning$good_boot" "$good_boot"
expect 0 bisect; says "change 4"; says "WARNING in do_one_initcall"
bug_file boot 'boot_timeout = "400ms"'
guest 'sleep 5' "$good_boot"
expect 0 bisect; says "change 4"; says "hang while booting"
# What comes behind the ready mark is none of it.
guest "$good_boot
$warning" "$good_boot"
expect 4 bisect; says "does not show"

# While shutting down; what was said while booting is not the bug.
start="$warning$ready; echo \"<9>[    1.100000] \$token:start\""
off='echo "<0>[    2.000000] reboot: Power down"'
bug_file shutdown
guest "$start; $panic" "$start; $off"
expect 0 bisect; says "change 4"; says "kernel panic: no ferry"; does_not_say "WARNING in"

# While suspending and resuming: it dies, it does not sleep; a kernel that cannot says nothing.
bug_file suspend
woken="$start; echo \"<6>[    2.000000] PM: suspend exit\"; echo \"<9>[    2.100000] \$token:exit 0\""
guest "$start; $panic" "$woken"
expect 0 bisect; says "change 4"; says "kernel panic: no ferry"
guest "$start" "$woken"
expect 0 bisect; says "sudden end while suspending or resuming"
guest "$start; echo \"<9>[    2.000000] \$token:exit 1\"" "$woken"
expect 0 bisect; says "suspending fails"
guest "$woken" "$ready; echo \"\$token:check-failed the guest cannot suspend: SUSPEND and ACPI are missing\""
expect 4 bisect

# In the build: from commit 4 on it fails; an error of something else, on commits 2 and 3, hides it.
cat >hook.sh <<'HOOK'
[ "$(cat number)" -lt 4 ] || { echo "drivers/misc/ferry.c:$(cat number):5: error: implicit declaration of function 'dock'" >&2; exit 1; }
[ "$(cat number)" -ne 3 ] || { echo "mm/slub.c:7:1: error: expected ';' before '}' token" >&2; exit 1; }
HOOK
bug_file build
expect 1 bisect
says "implicit declaration of function"; says "ferry.c"
sed -i '$d' hook.sh
expect 0 bisect; says "change 4"; says "error: implicit declaration of function 'dock' in ferry.c"
does_not_say "QEMU"

# What cannot be asked for together.
kernel_file both.toml; sed -i 's/^runs.*/&\nbug = "boot"/' both.toml
expect 2 "$CULPRIT" bisect --config both.toml; says 'bug = "boot" needs no reproducer'; says "hint: "
sed 's/"boot"/"bot"/' both.toml >typo.toml
expect 2 "$CULPRIT" bisect --config typo.toml; says '"bug" is "bot", and must be one of: reproducer, boot, shutdown, suspend, build'
leaves_nothing tree
