#!/usr/bin/env bash
# This machine's own files as the guest's root: read-only, with an overlay in memory; booted, and restored from a snapshot.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/guests/lib.sh"
real_kernel amd64
real_modules virtio_pci 9pnet_virtio 9p overlay
make_kernel_tree tree 2 2
told_qemu
sed -i '2i for word; do [ "$word" != -incoming ] || echo restored >>"$(dirname "$0")/ways"; done' qemu
cat >repro.sh <<REPRO
#!/bin/bash
# A reproducer that is killed has not run its course, which is told.
[[ \$(head -n 1 /etc/passwd) == "$(head -n 1 /etc/passwd)" ]] || kill -KILL \$\$
echo guest >/etc/of-the-guest && [[ \$(cat /etc/of-the-guest) == guest ]] || kill -KILL \$\$
[[ \${culprit_bad-} != 1 ]] || echo c >/proc/sysrq-trigger
REPRO
image='image = "bzImage"
modules = ["virtio_pci", "9pnet_virtio", "9p", "overlay"]' timeout=120s kernel_file k.toml 'qemu = "'"$work"'/qemu"' 'memory = "512M"' \
  'boot_timeout = "10m"' 'root = "host"' 'snapshot = true'
sed -i "s/^runs.*/runs = 2\nguests = 1/" k.toml
echo CONFIG_MODULES=y >>fragment
expect 0 "$CULPRIT" bisect --no-verify --config k.toml
says "change 2"; says "sysrq triggered crash"; does_not_say SIGKILL; does_not_say "every guest is booted"
[ ! -e /etc/of-the-guest ] || fail "the guest wrote to this machine's files"
grep -q restored ways || fail "no guest was restored"
leaves_nothing tree
