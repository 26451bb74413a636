#!/usr/bin/env bash
# A guest's root, modules and files, before any guest boots: what QEMU is given, and what is refused with a reason.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/guests/lib.sh"
command -v mksquashfs >/dev/null || skip "no mksquashfs (squashfs-tools)"
make_kernel_tree tree 2 2
fake_qemu
# What QEMU is called with is kept; what is in the guest's first root, too.
sed -i '2a printf "%s\\n" "$*" >>"$(dirname "$0")/calls"' qemu
sed -i 's/^set --/cp "$initrd" "$(dirname "$0")\/initrd"; &/' qemu
root_file() { # root_file VM LINE...
  kernel_file k.toml 'qemu = "'"$work"'/qemu"' 'busybox = "busybox"' "$@"
}
bisect() { "$CULPRIT" bisect --fresh --no-verify --config k.toml; }
mkdir -p root/bin root/etc; cp "$(command -v busybox || echo /bin/sh)" root/bin/busybox; ln -s busybox root/bin/sh; echo here >root/etc/mark

# A folder, and an archive of it: a read-only disk. What the kernel lacks is added, and said.
root_file 'root = "root"' 'network = "user"'
expect 0 bisect; says "change 2"
says "added to the configuration, since the guest needs it: BLOCK, NET, INET, PCI"
says "SQUASHFS_ZLIB, OVERLAY_FS"
grep -q 'virtio-blk-pci,drive=root.*virtio-net-pci,netdev=net' calls
disk=$(grep -o 'file=[^ ,]*squashfs' calls | tail -n 1); disk=${disk#file=}
[ "$(unsquashfs -cat "$disk" etc/mark)" = here ]
grep -aq 'mount -t squashfs -o ro /dev/vda /ro' initrd
tar -C root -cJf root.tar.xz .
root_file 'root = "root.tar.xz"' 'root_as = "initramfs"'
expect 0 bisect; says "change 2"; does_not_say "SQUASHFS"
cpio -it --quiet <initrd >/dev/null 2>&1 || true
grep -aq 'sysroot/etc/mark' initrd
# A disk image, the host's files.
truncate -s 1M disk.img; mke2fs -q -F disk.img >/dev/null 2>&1
root_file 'root = "disk.img"'
expect 0 bisect; grep -q 'format=raw,file=[^ ]*disk.img,snapshot=on' calls
root_file 'root = "host"'
expect 0 bisect; grep -q 'virtio-9p-pci' calls; says "9P_FS"

refused() { # refused WHAT HINT LINE...
  root_file "${@:3}"
  expect 2 bisect; says "$1"; says "$2"
}
rm root/bin/sh
refused "has no shell: /bin/sh is not in it" "culprit root --packages" 'root = "root"'
printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\267\0' >root/bin/sh
refused "is for arm64, and the kernel is built for x86_64" '"arch" in [kernel]' 'root = "root"'
refused "nowhere does not exist" "a disk image (raw, qcow2)" 'root = "nowhere"'
refused "is nothing that a guest can have" "a disk image (raw, qcow2)" 'root = "k.toml"'
refused "the guest needs of the configuration what it lacks" "add_options" 'root = "host"' 'add_options = false'
ln -sf busybox root/bin/sh; head -c 20000000 /dev/urandom >root/etc/large
refused "the root is too large for the guest's memory" 'memory = "' 'root = "root"' 'root_as = "initramfs"' 'memory = "100M"'
leaves_nothing tree
