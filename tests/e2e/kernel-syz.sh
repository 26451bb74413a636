#!/usr/bin/env bash
# A program of syzkaller's as reproducer, run by stand-ins for its tools; its own failures say nothing of a revision.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/guests/lib.sh"
make_kernel_tree tree 2 2
fake_qemu
sed -i 's/^set --/cp "$initrd" "$(dirname "$0")\/initrd"; &/' qemu
mkdir -p tools/linux_amd64
for tool in tools/syz-execprog tools/linux_amd64/syz-executor; do printf '#!/bin/sh\necho %s\n' "$tool" >$tool; chmod +x $tool; done
cat >repro.syz <<'SYZ'
# See https://goo.gl/kgGztJ for information about syzkaller reproducers.
#{"threaded":true,"repeat":true,"procs":4,"slowdown":1,"sandbox":"namespace","tun":true,"netdev":true,"close_fds":false}
r0 = openat$ferry(0xffffffffffffff9c, &(0x7f0000000000), 0x2, 0x0)
ioctl$FERRY_DOCK(r0, 0x1)
SYZ
syz_file() {
  kernel_file k.toml 'qemu = "'"$work"'/qemu"' 'busybox = "busybox"'
  sed -i 's/^script.*/syz = "repro.syz"/' k.toml
  printf '%s\n' '[harness]' "$@" >>k.toml
}
bisect() { "$CULPRIT" bisect --fresh --no-verify --config k.toml; }
syz_file 'folder = "tools"'
expect 0 bisect; says "change 2"
# What pkg/instance/execprog.go makes of these options.
grep -aq "'*/syz-execprog'* '*-executor=/syz-executor'* '*-arch=amd64'* '*-sandbox=namespace'* '*-procs=4'* '*-repeat=0'* '*-threaded=true'* '*-cover=0'* '*-enable=tun,net_dev'* '*/repro.syz" initrd ||
  fail "$(grep -a setsid initrd)"
grep -aq 'inject/syz-executor' initrd

# Executor and kernel disagree: the machine's affair, and the bisection ends without an answer.
cat >guest.sh <<'GUEST'
echo "<5>[    0.000000] Linux version 6.1"
echo "<9>[    1.000000] $token:ready 2 CPUs"; echo "<9>[    1.000000] $token:start"
echo "SYZFAIL: tun: can't open /dev/net/tun" >"$port"; sleep 0.2
echo "<9>[    1.200000] $token:exit 67"
GUEST
sed -i '/^for word/a case $word in file,id=reproducer,path=*) port=${word#file,id=reproducer,path=} ;; esac' qemu
expect 3 bisect; says "the harness failed: SYZFAIL: tun: can't open /dev/net/tun"

# A harness out of its repository.
git init -q harness; printf '#!/bin/sh\nmkdir -p bin/linux_amd64; cp ../tools/syz-execprog ../tools/linux_amd64/syz-executor bin/linux_amd64\n' >harness/make.sh
git -C harness add -A; git -C harness commit -qm harness
syz_file 'repo = "harness"' "commit = \"$(git -C harness rev-parse HEAD)\"" "build = \"mkdir -p bin && cp $work/tools/syz-execprog $work/tools/linux_amd64/syz-executor bin\""
printf 'echo "<5>[    0.000000] Linux version 6.1"; echo "<9>[    1.0] $token:ready 2 CPUs"; echo "<9>[    1.0] $token:start"\ngrep -q BAD "$1/config" && echo "<0>[    1.1] Kernel panic - not syncing: a bug" || echo "<9>[    1.2] $token:exit 0"\n' >guest.sh
expect 0 bisect; says "change 2"

refused() { # refused WHAT HINT LINE...
  syz_file "${@:3}"; expect 2 bisect; says "$1"; says "$2"
}
refused "syz-execprog is not in" "make execprog executor" 'folder = "root"'
refused 'needs [harness] with either "folder" or "repo"' 'folder = "syzkaller/bin"'
refused "building the harness at HEAD" "needs a Go of its time" 'repo = "harness"' 'commit = "HEAD"' 'build = "false"'
refused "[harness] commit" "reachable from a branch" 'repo = "harness"' 'commit = "1234567"'
sed -i 's/^#{.*/#{"threaded"=yes}/' repro.syz
refused "the options of the syz program are no JSON" "the line is like" 'folder = "tools"'
leaves_nothing tree
