#!/usr/bin/env bash
# A Debian root made by mmdebstrap, with modules and a network: the reproducer is a script for the root's bash and perl
# that talks SCTP, whose module is loaded for it, and sees QEMU's network.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/guests/lib.sh"
command -v mmdebstrap >/dev/null || skip "no mmdebstrap"
real_kernel
real_modules virtio_pci virtio_net virtio_blk sctp
root=${CULPRIT_TEST_ROOT:-root.tar}
[ -s "$root" ] || "$CULPRIT" root --packages iproute2 root.tar >made 2>&1 || skip "no root: $(tail -n 1 made)"
make_kernel_tree tree 2 2
told_qemu
cat >repro.sh <<'REPRO'
#!/bin/bash
# What fails here fails the test: the reproducer dies before it can make the bug show.
set -euo pipefail
[[ $(. /etc/os-release; echo "$ID") == debian ]]
ip -br addr show dev eth0 | grep -q 10.0.2.15
perl -MSocket -e '
  socket(my $l, PF_INET, SOCK_STREAM, 132) or die "no SCTP: $!";
  bind($l, sockaddr_in(5000, inet_aton("127.0.0.1"))) && listen($l, 1) or die "listen: $!";
  socket(my $c, PF_INET, SOCK_STREAM, 132);
  connect($c, sockaddr_in(5000, inet_aton("127.0.0.1"))) or die "connect: $!";
  accept(my $s, $l) or die "accept: $!";
  syswrite($c, "ferry\n"); sysread($s, my $got, 6); print "said over SCTP: $got";'
grep -q '^sctp ' /proc/modules
[[ ${culprit_bad-} != 1 ]] || echo c >/proc/sysrq-trigger
echo "the network works"
REPRO
image='image = "bzImage"
modules = ["virtio_pci", "virtio_net", "sctp"]' timeout=120s kernel_file k.toml 'qemu = "'"$work"'/qemu"' 'memory = "768M"' \
  'boot_timeout = "10m"' "root = \"$root\"" 'root_as = "initramfs"' 'network = "user"'
sed -i 's/^runs.*/runs = 1/' k.toml
echo CONFIG_MODULES=y >>fragment
expect 0 "$CULPRIT" bisect --no-verify --config k.toml --json result.json
says "change 2"; says "sysrq triggered crash"

# The same root on a disk, to which nothing is written: two more boots, with CULPRIT_LONG=1.
[ -n "${CULPRIT_LONG-}" ] && [ "$(id -u)" -eq 0 ] && command -v mke2fs >/dev/null || { leaves_nothing tree; exit 0; }
mkdir unpacked; tar -C unpacked -xf "$root"
disk=disk.img
mke2fs -q -F -d unpacked disk.img 700M
rm -rf unpacked
! command -v qemu-img >/dev/null || { qemu-img convert -O qcow2 disk.img disk.qcow2; rm disk.img; disk=disk.qcow2; }
sum=$(sha256sum <$disk)
sed -i 's/^modules.*/modules = ["virtio_pci", "virtio_net", "virtio_blk", "sctp"]/; s/^memory.*/memory = "384M"/; /^root_as/d' k.toml
sed -i "s/^root = .*/root = \"$disk\"/" k.toml
expect 0 "$CULPRIT" bisect --fresh --no-verify --config k.toml
says "change 2"; says "sysrq triggered crash"
[ "$sum" = "$(sha256sum <$disk)" ] || fail "the guest wrote to the image"
leaves_nothing tree
