#!/usr/bin/env bash
# A bug as people receive it: a folder by the usual names, bisected without a kernel file; a kernel file written from it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/guests/lib.sh"
kernel=/dev/null
make_kernel_tree tree 2 2
sed -i 's/^allnoconfig:/olddefconfig:\n\t[ ! -f bad ] || echo CONFIG_BAD=y >>$(O)\/.config\n&/' tree/Makefile
git -C tree commit -qam "olddefconfig"; git -C tree tag -f v1.0 main~2 >/dev/null
fake_qemu
mkdir bug
printf 'CONFIG_X86_64=y\nCONFIG_PVH=y\nCONFIG_CC_VERSION_TEXT="gcc (Debian 10.2.1-6) 10.2.1 20210110"\n' >bug/.config
echo 'int main(void) { return 0; }' >bug/repro.c
printf 'syzbot found the following issue on:\n\nHEAD commit:    %s change 2\ngit tree:       upstream\n' "$(git -C tree rev-parse --short=12 main)" >bug/report.txt

# What is found is written down, with what is not as a comment.
expect 0 "$CULPRIT" init kernel bug --tree tree -o -
says "start = \"$(git -C tree rev-parse --short=12 main)\"  # says report.txt"
says "config = \"$work/bug/.config\""; says "source = \"$work/bug/repro.c\""; says "tree = \"$work/tree\""
says "# The configuration was made with: gcc (Debian 10.2.1-6)"
expect 0 "$CULPRIT" init kernel bug --tree tree --machine root@box -o machine.toml
grep -q '^shell = "ssh .* root@box"' machine.toml && ! grep '^\[vm\]' machine.toml || fail "machine.toml is of no machine"
expect 2 "$CULPRIT" bisect --config machine.toml; says '[machine] needs "console"'
sed -i 's/^# \(console\|power_o[nf]*\) =/\1 =/' machine.toml; sed -i 's/^shell = .*/shell = "false"/' machine.toml
expect 3 "$CULPRIT" doctor program --config machine.toml; says "its shell does not answer"
expect 0 "$CULPRIT" init kernel bug --tree tree; says "kernel.toml is written"
expect 2 "$CULPRIT" init kernel bug; says "kernel.toml is there already"; says "--output"

# Straight away: QEMU and busybox are those of PATH.
mkdir path; cp qemu path/qemu-system-x86_64; cp guest.sh path; cp "$(command -v busybox || command -v true)" path/busybox
sed -i 's/^script.*//' path/guest.sh
if command -v busybox >/dev/null; then
  PATH=$work/path:$PATH expect 0 "$CULPRIT" bisect --no-verify --runs 2 --tree tree --good main~1 --syzbot bug 2>/dev/null ||
    fail "no bisection"
fi

expect 2 "$CULPRIT" bisect --tree tree --syzbot nowhere; says "nowhere is no folder"; says "hint: "
expect 2 "$CULPRIT" bisect --tree tree --syzbot bug --config k.toml; says "--syzbot and --config exclude each other"
mv bug/repro.c bug/one.c; cp bug/one.c bug/two.c
expect 2 "$CULPRIT" bisect --tree tree --syzbot bug; says "which is the C reproducer"; says "name the one repro.c"
rm bug/*.c
expect 2 "$CULPRIT" bisect --tree tree --syzbot bug; says "has no reproducer"; says "culprit init kernel"
echo 'r0 = openat(0x0)' >bug/repro.syz
expect 2 "$CULPRIT" bisect --tree tree --syzbot bug; says "has no syz-execprog for its syz program"
echo 'true' >bug/repro.sh; rm bug/repro.syz bug/report.txt
expect 2 "$CULPRIT" bisect --tree tree --syzbot bug; says "does not say on which commit the bug shows"; says "--bad REV"
rm bug/.config
expect 2 "$CULPRIT" bisect --tree tree --syzbot bug; says "has no kernel configuration"
leaves_nothing tree
