#!/usr/bin/env bash
# How the reproducer ends when its work is done: by a signal or at its time limit, on every revision. That is an end.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/guests/lib.sh"
make_kernel_tree tree 6 4
fake_qemu
kernel_file k.toml 'qemu = "'"$work"'/qemu"' 'busybox = "busybox"'

# The bug is reported and the kernel goes on; then the reproducer ends as $end says.
guest() {
  cat >guest.sh <<GUEST
echo "<5>[    0.000000] Linux version 6.1"
echo "<9>[    1.000000] \$token:ready 2 CPUs"; echo "<9>[    1.000000] \$token:start"
if grep -q BAD "\$1/config"; then
  echo "<4>[    1.100000] WARNING: CPU: 0 PID: 42 at drivers/misc/ferry.c:12 ferry_open+0x10/0x20"
  $1
else
  $2
fi
GUEST
}
signal='echo "<9>[    1.200000] $token:exit 139"'
limit='echo "<9>[    1.200000] $token:timeout"; echo "<9>[    1.200000] $token:exit 137"'

guest "$signal" "$signal"
expect 0 "$CULPRIT" bisect --config k.toml; says "change 4"
says "the reproducer ends with SIGSEGV in run after run: that counts as its end"
guest "$limit" "$limit"
expect 0 "$CULPRIT" bisect --fresh --config k.toml; says "change 4"
says "\`endless = true\` in [reproducer] says so"
# The kernel dies of the bug: the start has no end to learn from.
guest 'echo "<0>[    1.200000] Kernel panic - not syncing: a bug"' "$signal"
expect 0 "$CULPRIT" bisect --fresh --config k.toml; says "change 4"
guest 'echo "<0>[    1.200000] Kernel panic - not syncing: a bug"' "$limit"
expect 1 "$CULPRIT" bisect --fresh --config k.toml
says "say \`endless = true\` in [reproducer]"
does_not_say 'Masked by ""'
leaves_nothing tree
