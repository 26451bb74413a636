# A made-up kernel tree, and kernels that really boot. Source it after ../lib.sh.

# make_kernel_tree DIR N CULPRIT: a linear history of N commits that a kernel's make can build: a small program as
# vmlinux, and the file that $kernel names (default: none) as bzImage; what $modules has are its modules. From commit CULPRIT on, the configuration has
# BAD=y; where $by_config is set, kernels differ where their configurations do. What $work/hook.sh says is done in each build, before anything is made; $1 is the tree, $2 the object folder.
make_kernel_tree() {
  local dir=$1 n=$2 bad=$3 i
  mkdir -p "$dir/arch/x86/configs" "$dir/arch/riscv" "$dir/kernel/configs"
  git init -q -b main "$dir"
  touch "$dir/arch/x86/configs/x86_64_defconfig" "$dir/arch/x86/Makefile" "$dir/arch/riscv/Makefile"
  [ -f "$work/hook.sh" ] || echo : >"$work/hook.sh"
  cat >"$dir/Makefile" <<MAKE
VERSION = 6
PATCHLEVEL = 1
SUBLEVEL = 0
allnoconfig:
	cat \$(KCONFIG_ALLCONFIG) >\$(O)/.config
	[ ! -f bad ] || echo CONFIG_BAD=y >>\$(O)/.config
vmlinux:
	sh $work/hook.sh . \$(O)
	echo "int f(void) { return \$\$(cat number)${by_config:+ + \$\$(cksum <\$(O)/.config | cut -c1-6)}; }" >\$(O)/f.c
	gcc -nostdlib -static -Wl,-e,f,--build-id=none -o \$(O)/vmlinux \$(O)/f.c
bzImage: vmlinux
	mkdir -p \$(O)/arch/x86/boot
	cp "${kernel:-/dev/null}" \$(O)/arch/x86/boot/bzImage
Image: vmlinux
	mkdir -p \$(O)/arch/riscv/boot
	cp "${kernel:-/dev/null}" \$(O)/arch/riscv/boot/Image
modules:
modules_install:
	mkdir -p \$(INSTALL_MOD_PATH)
	cp -a ${modules:-/nonexistent}/lib \$(INSTALL_MOD_PATH)/
MAKE
  for i in $(seq 1 "$n"); do
    echo "$i" >"$dir/number"
    [ "$i" -lt "$bad" ] || touch "$dir/bad"
    git -C "$dir" add -A
    git -C "$dir" commit -qm "change $i"
    [ "$i" -ne 1 ] || git -C "$dir" tag v1.0
  done
}

# kernel_file NAME [VM LINE...]: a kernel file for ./tree.
kernel_file() {
  local name=$1; shift
  echo CONFIG_PVH=y >"$work/fragment"
  {
    printf 'tree = "tree"\nstart = "main"\ngood = "v1.0"\nruns = 2\n[kernel]\nfragment = "fragment"\n'
    printf '%s\n' "${image:-}"
    printf '[reproducer]\nscript = "repro.sh"\ntimeout = "%s"\n[vm]\naccel = "tcg"\n' "${timeout:-5s}"
    printf '%s\n' "$@"
  } >"$name"
}

# fake_qemu: ./qemu, which says what a guest would say. $work/guest.sh decides how the reproducer ends: it is given the
# kernel's folder, and prints what the kernel prints behind the start mark.
fake_qemu() {
  echo busybox >"$work/busybox"
  echo : >"$work/repro.sh"
  cat >"$work/qemu" <<'QEMU'
#!/bin/sh
[ "$1" = --version ] && { echo "QEMU emulator version 7.2"; exit 0; }
for word; do
  case $last in -initrd) initrd=$word ;; -kernel) kernel=$word ;; esac
  last=$word
done
token=$(grep -a -o 'culprit:[0-9a-f]\{16\}' "$initrd" | head -n 1)
set -- "$(dirname "$kernel")"
. "$(dirname "$0")/guest.sh"
QEMU
  chmod +x "$work/qemu"
  cat >"$work/guest.sh" <<'GUEST'
echo "<5>[    0.000000] Linux version 6.1"
echo "<9>[    1.000000] $token:ready 2 CPUs"; echo "<9>[    1.000000] $token:start"
if grep -q BAD "$1/config"; then
  echo "<4>[    1.100000] Kernel panic - not syncing: a bug"
else
  echo "<9>[    1.200000] $token:exit 0"
fi
GUEST
}

# real_kernel [FLAVOUR]: sets $kernel to a bzImage that boots: $CULPRIT_TEST_KERNEL, or Debian's for virtual machines, which is
# downloaded once (27 MB, not installed). FLAVOUR amd64 is Debian's for everybody (70 MB), which has more modules.
real_kernel() {
  local cache package flavour=${1:-cloud-amd64}
  command -v qemu-system-x86_64 >/dev/null && command -v busybox >/dev/null || skip "no QEMU or no busybox"
  kernel=${CULPRIT_TEST_KERNEL:-}
  [ -z "$kernel" ] || [ $# -gt 0 ] || return 0
  cache=$(getent passwd "$(id -u)" | cut -d: -f6)/.cache/culprit/test-kernel
  kernel=$cache/vmlinuz${1:+-$1}
  [ ! -s "$kernel" ] || return 0
  mkdir -p "$cache"
  package=$(apt-cache search --names-only '^linux-image-6\.1\.0-[0-9]+-'"$flavour"'-unsigned$' 2>/dev/null |
    cut -d' ' -f1 | sort -V | tail -n 1)
  [ -n "$package" ] || skip "no kernel to boot: the archive has no linux-image-6.1.0-*-$flavour-unsigned"
  (cd "$work" && apt-get -qq -o APT::Sandbox::User= download "$package" >/dev/null 2>&1) ||
    skip "no kernel to boot: $package cannot be downloaded"
  dpkg-deb --fsys-tarfile "$work"/linux-image-*.deb | tar -x -C "$work" --wildcards './boot/vmlinuz*'
  mv "$work"/boot/vmlinuz* "$kernel.$$" && mv "$kernel.$$" "$kernel"
  rm -rf "$work"/boot "$work"/linux-image-*.deb
}

# real_modules NAME...: sets $modules to a folder with lib/modules of that kernel, as `make modules_install` would leave
# it, with these modules and what they need. Skips where the kernel is not Debian's.
real_modules() {
  local package release name file
  command -v depmod >/dev/null || skip "no depmod (kmod)"
  release=$(strings -n 12 "$kernel" | sed -n 's/^\(6\.1\.0-[0-9]*-\(cloud-\)\?amd64\) .*/\1/p' | sort -u)
  [ -n "$release" ] || skip "modules are known of Debian's kernel only"
  package=linux-image-$release-unsigned
  modules=$work/modules
  mkdir -p "$work/package" "$modules"
  (cd "$work" && apt-get -qq -o APT::Sandbox::User= download "$package" >/dev/null 2>&1) ||
    skip "no modules: $package cannot be downloaded"
  dpkg-deb --fsys-tarfile "$work"/linux-image-*.deb | tar -x -C "$work/package" ./lib/modules
  depmod -b "$work/package" "$release"
  for name; do
    sed -n "s#^\(.*/$name\.ko\): *\(.*\)#\1 \2#p" "$work/package/lib/modules/$release/modules.dep" | tr ' ' '\n'
  done | grep . | sort -u >"$work/wanted"
  while read -r file; do
    mkdir -p "$modules/lib/modules/$release/$(dirname "$file")"
    cp "$work/package/lib/modules/$release/$file" "$modules/lib/modules/$release/$file"
  done <"$work/wanted"
  cp "$work/package/lib/modules/$release"/modules.builtin* "$work/package/lib/modules/$release/modules.order" "$modules/lib/modules/$release"
  depmod -b "$modules" "$release"
  rm -rf "$work/package" "$work"/linux-image-*.deb
}

# ./qemu, the real one. Revisions with BAD get a variable of init's environment, culprit_bad=1: all boot the one kernel.
told_qemu() {
cat >qemu <<'QEMU'
#!/bin/sh
if [ "$1" != --version ]; then
  for word; do
    case $last in -kernel) kernel=$word ;; esac
    [ "$last" != -append ] || ! grep -qs BAD "$(dirname "$kernel")/config" || word="culprit_bad=1 $word"
    set -- "$@" "$word"; shift; last=$word
  done
fi
exec qemu-system-x86_64 "$@"
QEMU
chmod +x qemu
}
