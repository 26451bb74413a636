#!/usr/bin/env bash
# A real kernel in a real QEMU: what the reproducer prints, however it dresses it, is not taken for the kernel's words;
# its own death is its end; a guest that is not as asked says why.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/guests/lib.sh"
real_kernel
make_kernel_tree tree 2 2
told_qemu
cat >repro.sh <<'REPRO'
report() {
  echo "BUG: cannot open /dev/ferry"
  echo "[    1.000000] BUG: unable to handle page fault for address: 0000000000001234"
  echo "<4>[    1.000000] WARNING: possible circular locking dependency detected"
  echo "WARNING: CPU: 0 PID: 1 at mm/slub.c:12 made_up+0x10/0x20"
  echo "Kernel panic - not syncing: made up"
}
report
for place in /dev/kmsg /dev/console /dev/ttyS0; do report > $place; done
report | while read -r line; do echo "$line" > /dev/kmsg; echo "<1>$line" > /dev/kmsg; done
[ "$culprit_bad" != 1 ] || echo c > /proc/sysrq-trigger
kill -SEGV $$
REPRO
image='image = "bzImage"' timeout=60s kernel_file k.toml 'qemu = "'"$work"'/qemu"' 'memory = "256M"' 'boot_timeout = "5m"'
expect 0 "$CULPRIT" bisect --config k.toml --json result.json
says "change 2"; says "sysrq triggered crash"
says "the reproducer ends with SIGSEGV in run after run: that counts as its end"
does_not_say "made up"; does_not_say "made_up"; does_not_say "circular"; does_not_say "cannot open"

# Why a guest does not get to the test.
because() { # because REASON LINE...
  local reason=$1; shift
  image='image = "bzImage"' timeout=60s kernel_file why.toml "$@"
  sed -i 's/^runs.*/runs = 1/' why.toml
  expect 4 "$CULPRIT" bisect --fresh --config why.toml; says "$reason"
}
because "the guest has 1 of 2 CPUs" 'memory = "256M"' 'cpus = 2' 'append = "maxcpus=1"' 'boot_timeout = "5m"'
because "no such sysctl: kernel.nothing" 'memory = "256M"' 'sysctl = { "kernel.nothing" = 1 }' 'boot_timeout = "5m"'
because "16 MB are too few to boot" 'memory = "16M"' 'boot_timeout = "5s"'
because "boot_timeout of 300 ms is over" 'memory = "256M"' 'boot_timeout = "300ms"'

# A guest that sleeps and comes back is good; one that cannot says why.
sleeps() { # sleeps REASON LINE...
  local reason=$1; shift
  image='image = "bzImage"' timeout=60s kernel_file sleeps.toml 'qemu = "'"$work"'/qemu"' 'memory = "256M"' 'boot_timeout = "5m"' "$@"
  sed -i 's/^runs.*/runs = 1\nbug = "suspend"/; /^script/d' sleeps.toml
  expect 4 "$CULPRIT" bisect --fresh --config sleeps.toml; says "$reason"
}
sleeps "does not show"
sleeps "the guest has no suspend to RAM (S3)" 'qemu_args = ["-global", "ICH9-LPC.disable_s3=1"]'
leaves_nothing tree
