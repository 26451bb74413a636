#!/usr/bin/env bash
# Kernels of several years: compilers by release, held constant where one builds both ends, and suspects where they
# change; so are options that fall away. Tweaks and fix-ups reach the build and the record.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/guests/lib.sh"
fake_qemu
# Two compilers that say who they are.
for cc in old new; do
  printf '#!/bin/sh\n[ "$1" != --version ] || { echo "%s-cc 1.0"; exit 0; }\nexec gcc "$@"\n' $cc >$cc-cc
  chmod +x $cc-cc
done
# trap.sh FILE: what the made-up kernel's configuration becomes; $1 is the compiler, $2 the .config.
echo : >trap.sh
make_tree() { # make_tree BAD: releases v5.10 (commits 1 to 3) and v6.1 (4 to 7), the bug from commit BAD on
  local i
  rm -rf tree "$XDG_STATE_HOME"; mkdir -p tree/arch/x86/configs tree/kernel/configs; git init -q -b main tree
  touch tree/arch/x86/configs/x86_64_defconfig tree/arch/x86/Makefile
  for i in 1 2 3 4 5 6 7; do
    if [ $i -lt 4 ]; then echo "VERSION = 5"; echo "PATCHLEVEL = 10"; else echo "VERSION = 6"; echo "PATCHLEVEL = 1"; fi >tree/Makefile
    cat >>tree/Makefile <<MAKE
SUBLEVEL = 0
allnoconfig:
	cat \$(KCONFIG_ALLCONFIG) >\$(O)/.config
	[ ! -f bad ] || echo CONFIG_BAD=y >>\$(O)/.config
	RELEASE=\$(VERSION) sh $work/trap.sh "\$(CC)" \$(O)/.config
vmlinux:
	! grep -n broken number >&2
	echo "int f(void) { return \$\$(wc -c <number) + \$\$(tail -n 1 number) + 10 * \$\$(grep -c BAD \$(O)/.config); }" >\$(O)/f.c
	\$(CC) -nostdlib -static -Wl,-e,f,--build-id=none -o \$(O)/vmlinux \$(O)/f.c
MAKE
    echo "$i" >tree/number
    [ "$i" -lt "$1" ] || touch tree/bad
    git -C tree add -A; git -C tree commit -qm "change $i"
    [ "$i" -ne 1 ] || git -C tree tag v5.10
  done
}
file() { # file MORE...: a kernel file whose [kernel] does without ccache
  kernel_file k.toml 'qemu = "'"$work"'/qemu"' 'busybox = "busybox"'
  sed -i 's/^good.*/good = "v5.10"/; s/^fragment.*/&\nccache = false/' k.toml
  printf '%s\n' "$@" >>k.toml
}
old="[[toolchain]]
cc = \"$work/old-cc\""
new="[[toolchain]]
since = \"v6.0\"
cc = \"$work/new-cc\""
bisect() { "$CULPRIT" bisect --config k.toml --fresh --json result.json "$@"; }
compilers() { field result.json '" ".join(sorted({r["compiler"].split(" ")[0] for r in j["revisions"]}))'; }

# One compiler builds both ends: it builds all.
make_tree 5
file "$old" "$new"
expect 0 bisect; says "change 5"
[ "$(compilers)" = old-cc ] || fail "built by $(compilers)"
# None does: the compiler changes, and is no suspect where the commit lies elsewhere.
file "$old
until = \"v5.19\"" "$new"
expect 0 bisect; says "change 5"; does_not_say "is built as"
[ "$(compilers)" = "new-cc old-cc" ] || fail "built by $(compilers)"
# The bug is the new compiler's.
make_tree 99
echo 'case $1 in *new-cc) echo CONFIG_BAD=y >>"$2" ;; esac' >trap.sh
expect 1 bisect
says "Not the commit makes the difference, but the compiler (new-cc 1.0"
says "shows it with that"
[ "$(field result.json 'j["result"]["commit"]')" = None ] || fail "a commit is named"
# The bug is the commit's, at the place where the compiler changes.
make_tree 4
echo : >trap.sh
expect 0 bisect; says "change 4"
says "It is not the compiler (new-cc 1.0"

# The bug is the new compiler's, and the older tree does not build with it, or does not know an option that changes beside it.
make_tree 99
echo 'case $1 in *new-cc) [ $RELEASE = 6 ] || exit 1; echo CONFIG_BAD=y >>"$2" ;; esac' >trap.sh
expect 1 bisect
says "Not the commit makes the difference, but the compiler (new-cc 1.0"
says "does not show it with the compiler (old-cc 1.0"
make_tree 4
echo 'case $1 in *new-cc) [ $RELEASE = 6 ] || exit 1 ;; esac' >trap.sh
expect 0 bisect; says "change 4"
says "with the compiler (old-cc 1.0"; says "shows the bug still"
printf 'CONFIG_PVH=y\nCONFIG_YOUNG=y\n' >fragment
make_tree 99
echo 'if [ $RELEASE = 5 ]; then sed -i "/YOUNG/d" "$2"; fi; case $1 in *new-cc) echo CONFIG_BAD=y >>"$2" ;; esac' >trap.sh
expect 1 bisect
says "Not the commit makes the difference, but the compiler (new-cc 1.0"

# An option falls away with the release, and that brings the bug out; then one that comes with it, which cannot be tested.
file "$old"
printf 'CONFIG_PVH=y\nCONFIG_GUARD=y\n' >fragment
make_tree 99
echo 'if [ $RELEASE = 6 ]; then sed -i "/GUARD/d" "$2"; fi; grep -q "^CONFIG_GUARD=y" "$2" || echo CONFIG_BAD=y >>"$2"' >trap.sh
expect 1 bisect
says "Not the commit makes the difference, but the option GUARD=n"
# Of several that fall away, with a compiler that changes, the one that does is named.
file "$old
until = \"v5.19\"" "$new"
printf 'CONFIG_PVH=y\nCONFIG_GUARD=y\nCONFIG_GONE=y\nCONFIG_PAST=y\n' >fragment
make_tree 99
echo 'if [ $RELEASE = 6 ]; then sed -i "/GUARD/d; /GONE/d; /PAST/d" "$2"; fi; grep -q "^CONFIG_GONE=y" "$2" || echo CONFIG_BAD=y >>"$2"' >trap.sh
expect 1 bisect
says "Not the commit makes the difference, but the option GONE=n"
file "$old"
printf 'CONFIG_PVH=y\nCONFIG_GUARD=y\n' >fragment
make_tree 4
echo 'if [ $RELEASE = 5 ]; then sed -i "/GUARD/d" "$2"; fi' >trap.sh
expect 0 bisect; says "change 4"
says "The option GUARD=y changes between"; says "does not build with it"
echo : >trap.sh

# A tweak is in the record, with its reason.
make_tree 5
file "$old" '[[tweak]]' 'since = "v6.0"' 'set = ["HARBOR=y"]' 'why = "it has moved there"'
expect 0 bisect; says "change 5"
expect 0 "$CULPRIT" show -C tree --why main; says "configuration: HARBOR=y: it has moved there"

# A fix-up makes a range testable; where it conflicts, those revisions are not tested, and the reason is told.
git -C tree checkout -q HEAD~2
sed -i 's/^PATCHLEVEL.*/PATCHLEVEL = 2/' tree/Makefile
for i in 8 9; do printf 'broken\n%s\n' $i >tree/number; git -C tree commit -qam "change $i"; done
git -C tree branch -qf main HEAD; git -C tree checkout -q main
printf -- '--- a/number\n+++ b/number\n@@ -1,2 +1,2 @@\n-broken\n+mended\n 8\n--- /dev/null\n+++ b/more\n@@ -0,0 +1 @@\n+x\n' >mend.patch
file "$old" '[[fixup]]' 'patch = "mend.patch"' 'from = "v6.2"'
sed -i 's/^start.*/start = "main~1"/' k.toml
expect 0 bisect; says "change 5"
expect 0 "$CULPRIT" show -C tree --why main~1; says "fix-up: mend.patch applied"
sed -i 's/^start.*/start = "main"/' k.toml
expect 4 bisect; says "the fix-up mend.patch does not apply"
leaves_nothing tree
