#!/usr/bin/env bash
# What the machine does to a kernel's build or guest is not the revision's: killed tools, a damaged image, a QEMU that
# does not start, leftovers. What the user got wrong is told as theirs.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/guests/lib.sh"
export TMPDIR=$work/tmp
mkdir "$TMPDIR"
make_kernel_tree tree 5 4
fake_qemu
kernel_file k.toml 'qemu = "'"$work"'/qemu"' 'busybox = "busybox"'
bisect() { "$CULPRIT" bisect --config k.toml --json result.json "$@"; }
cache=$XDG_STATE_HOME/culprit/cache

# One tool of each build is killed; the second, clean try is what counts.
cat >hook.sh <<HOOK
[ -e "$work/killed-\$(cat number)" ] || { touch "$work/killed-\$(cat number)"; kill -KILL \$\$; }
HOOK
expect 0 bisect; says "change 4"
ls killed-* >/dev/null || fail "nothing was killed"

# A revision that did not build is remembered, and forgotten by each of three commands.
rm -rf "$cache"
echo '[ "$(cat number)" != 5 ] || [ -e '"$work"'/mended ] || { echo "a.c:1:2: error: no" >&2; exit 1; }' >hook.sh
expect 4 bisect --fresh; says "does not build"
touch mended
for forget in "$CULPRIT clean -C tree" "$CULPRIT clean -C tree --all"; do
  rm -f mended; rm -rf "$cache"
  expect 4 bisect --fresh
  touch mended
  expect 0 $forget
  [ -z "$(grep -l broken "$cache"/index/* 2>/dev/null)" ] || fail "a failure is remembered after $forget"
done
expect 0 bisect --fresh; says "change 4"

# A damaged image is built again, once it is wanted: which revisions a search visits is its own choice.
echo : >hook.sh
for damaged in "$cache"/kernels/*/vmlinux; do : >"$damaged"; done
expect 0 bisect --fresh; says "change 4"
whole=$(find "$cache"/kernels -name vmlinux -size +0 | wc -l) visited=$(field result.json 'len([r for r in j["revisions"] if r["runs"]])')
[ "$whole" -ge "$visited" ] || fail "$visited revisions were tested, $whole have an image"

# The user's environment does not reach the build, and it is told.
echo 'env >'"$work"'/seen-$(cat number)' >hook.sh
rm -rf "$cache"
KBUILD_BUILD_TIMESTAMP=now LC_ALL=C.UTF-8 KCFLAGS=-O0 MAKEFLAGS=-k ARCH=arm64 expect 0 bisect --fresh
says "kernels are built without what the environment says of ARCH, KBUILD_BUILD_TIMESTAMP, KCFLAGS,"
grep -qx 'KBUILD_BUILD_TIMESTAMP=2026-01-01 00:00:00 UTC' seen-5 || fail "the time stamp is not culprit's"
grep -qx 'LC_ALL=C' seen-5 || fail "the locale is not culprit's"
! grep -q KCFLAGS seen-5 || fail "KCFLAGS got through"
find "$cache"/kernels -name vmlinux | xargs sha256sum | cut -c1-64 | sort >sums
rm -rf "$cache"
expect 0 bisect --fresh
find "$cache"/kernels -name vmlinux | xargs sha256sum | cut -c1-64 | sort | cmp - sums || fail "other images"

# A QEMU that does not start at once is tried again; one that never does ends with the reason.
cp guest.sh guest.fine
{ echo '[ -e started ] || { touch started; echo "qemu: cannot set up guest memory" >&2; exit 1; }'; cat guest.fine; } >guest.sh
expect 0 bisect --fresh; says "change 4"
echo 'echo "qemu: cannot set up guest memory" >&2; exit 1' >guest.sh
expect 3 bisect --fresh; says "tried 4 times: QEMU cannot start: qemu: cannot set up guest memory"

# Why a guest did not get to the test.
echo 'echo "$token:ready 1 CPUs"; echo "$token:check-failed the guest has 1 of 2 CPUs"' >guest.sh
expect 4 bisect --fresh; says "the guest has 1 of 2 CPUs"; does_not_say "did not get to the test's end"
echo 'exec sleep 60' >guest.sh
kernel_file slow.toml 'qemu = "'"$work"'/qemu"' 'busybox = "busybox"' 'boot_timeout = "300ms"'
expect 4 "$CULPRIT" bisect --fresh --config slow.toml; says "boot_timeout of 300 ms is over"

# What a killed culprit leaves in the temporary folder, the next start removes.
"$CULPRIT" bisect --config k.toml --fresh >/dev/null 2>&1 &
for i in $(seq 600); do ls "$TMPDIR"/culprit-guest-* >/dev/null 2>&1 && break; sleep 0.1; done
kill -KILL $!
wait $! 2>/dev/null || true
left=$(ls -d "$TMPDIR"/culprit-guest-* | head -n 1)
[ -d "$left" ] || fail "no guest ran"
cp guest.fine guest.sh
expect 0 bisect --fresh
[ ! -e "$left" ] || fail "$left is still there"

# A full disk under the finished kernels.
if [ "$(id -u)" -eq 0 ]; then
  rm -rf "$cache"; mkdir -p "$cache"
  if mount -t tmpfs -o size=16k none "$cache" 2>/dev/null; then
    trap 'code=$?; set +e; umount -l "$cache" 2>/dev/null; (exit $code); ended; exit $code' EXIT
    expect 3 bisect --fresh
    umount -l "$cache"
    says "no space left on $cache"; says hint:
    expect 0 "$CULPRIT" resume -C tree; says "change 4"
  fi
fi

# What is the user's mistake.
expect 2 "$CULPRIT" bisect --fresh --config k.toml --state "$work/a state"; says "make cannot have a blank in a path"; says hint:
sed 's/^fragment.*/&\ntarget = "x86_46_defconfig"/' k.toml >target.toml
expect 2 "$CULPRIT" bisect --fresh --config target.toml; says '"target" is "x86_46_defconfig", which'; says 'did you mean "x86_64_defconfig"?'
sed 's/^fragment.*/&\narch = "x87"/' k.toml >arch.toml
expect 2 "$CULPRIT" bisect --fresh --config arch.toml; says '"arch" is "x87", which'; says 'did you mean "x86"?'
leaves_nothing tree
