#!/usr/bin/env bash
# A guest of another architecture: Debian's kernel for riscv64 (110 MB, kept), its busybox, a C reproducer that is cross-built.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/guests/lib.sh"
command -v qemu-system-riscv64 >/dev/null || skip "no qemu-system-riscv64 (qemu-system-misc)"
command -v riscv64-linux-gnu-gcc >/dev/null || skip "no riscv64-linux-gnu-gcc (gcc-riscv64-linux-gnu)"
cache=$(getent passwd "$(id -u)" | cut -d: -f6)/.cache/culprit/test-riscv64
if [ ! -s "$cache/Image" ] || [ ! -s "$cache/busybox" ]; then
  [ -n "${CULPRIT_LONG-}" ] || skip "no kernel for riscv64 is kept in $cache, and CULPRIT_LONG is not set to download one"
  mkdir -p "$cache" lists/partial packages/archives/partial
  echo "deb [arch=riscv64] $(. "$here/../../examples/kernel/archive.sh"; archive_mirror) trixie main" >sources.list
  apt() {
    local tool=$1; shift
    "$tool" -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$work/lists" \
      -o Dir::Cache="$work/packages" -o Dir::State::status=/dev/null -o APT::Architecture=riscv64 -o APT::Architectures=riscv64 \
      -o APT::Sandbox::User= "$@"
  }
  apt apt-get update >/dev/null 2>&1 || skip "Debian's archive does not answer"
  package=$(apt apt-cache search --names-only '^linux-image-6\.[0-9.]*\+deb13-riscv64$' | cut -d' ' -f1 | sort -V | tail -n 1)
  apt apt-get download "$package" busybox-static >/dev/null 2>&1 || skip "no kernel to boot: $package cannot be downloaded"
  dpkg-deb --fsys-tarfile linux-image-*.deb | tar -x --wildcards './boot/vmlinu*'
  dpkg-deb --fsys-tarfile busybox-static_*.deb | tar -x ./usr/bin/busybox
  mv usr/bin/busybox "$cache/busybox"; mv boot/vmlinu* "$cache/Image"
  rm -rf ./*.deb boot usr lists packages
fi
kernel=$cache/Image
make_kernel_tree tree 2 2
told_qemu
sed -i 's/qemu-system-x86_64/qemu-system-riscv64/' qemu
cat >repro.c <<'REPRO'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) {
  puts("BUG: made up");
  if (sizeof(long) != 8 || getenv("culprit_bad") == NULL) return 0;
  write(open("/proc/sysrq-trigger", O_WRONLY), "c", 1);
  return 0;
}
REPRO
image='arch = "riscv64"
image = "bzImage"' timeout=60s kernel_file k.toml 'qemu = "'"$work"'/qemu"' 'memory = "512M"' 'boot_timeout = "10m"' "busybox = \"$cache/busybox\"" \
  'snapshot = true'
sed -i 's/^script.*/source = "repro.c"/; s/^runs.*/runs = 1/' k.toml
expect 0 "$CULPRIT" bisect --config k.toml --no-verify
says "change 2"; says "sysrq triggered crash"; does_not_say "made up"
says "every guest is booted, none restored from a snapshot: guests for riscv64 have one serial port"
sed '/^busybox/d' k.toml >busybox.toml
expect 3 "$CULPRIT" bisect --fresh --config busybox.toml; says "and the guest is riscv64"; says "busybox-static:riscv64"
leaves_nothing tree
