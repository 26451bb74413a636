#!/usr/bin/env bash
# The Debian package: made by cpack, without an error of lintian's, installed by apt in a bare Debian 12 and used there.
# usage: tests/long/package.sh [BUILD_FOLDER]    default: build/package, a release without tests; as root, for chroot
# Needs mmdebstrap, lintian and a Debian mirror; $ROOT_TAR, where it is set, is a bare root that was made before.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ $# -eq 0 ]; then
  set -- build/package
  cmake -S . -B build/package -G Ninja -DCMAKE_BUILD_TYPE=Release -DCULPRIT_TESTS=OFF -DCULPRIT_BENCH=OFF >/dev/null
fi
build=$(realpath "$1")
work=$(mktemp -d "${TMPDIR:-/tmp}/culprit-package.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
for tool in cpack lintian mmdebstrap; do command -v "$tool" >/dev/null || { echo "package: no $tool here" >&2; exit 3; }; done

cmake --build "$build" --target all >"$work/build.log" || { tail -n 20 "$work/build.log"; exit 1; }
(cd "$work" && cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work/made" >/dev/null)
package=$(ls "$work"/made/*.deb)
echo "package: $(basename "$package"), $(stat -c %s "$package") bytes"
dpkg-deb -f "$package" Depends Recommends Suggests
dpkg-deb -c "$package" | awk '{print $6}' | grep -v '/$' >"$work/files"
for file in usr/bin/culprit usr/bin/git-culprit culprit-guard man/man1/culprit.1.gz bash-completion/completions/culprit \
  zsh/vendor-completions/_culprit fish/vendor_completions.d/culprit.fish examples/ doc/culprit/manual.md doc/culprit/copyright doc/culprit/CHANGELOG.md; do
  grep -q "$file" "$work/files" || { echo "package: no $file in it" >&2; exit 1; }
done

echo "package: lintian"
lintian --fail-on error "$package"

root=$work/root.tar
if [ -n "${ROOT_TAR:-}" ]; then root=$ROOT_TAR; else mmdebstrap --quiet --variant=minbase bookworm "$root"; fi
mkdir "$work/root" && tar -C "$work/root" -xf "$root"
cp "$package" "$work/root/culprit.deb"
cp /etc/resolv.conf "$work/root/etc/resolv.conf" 2>/dev/null || true
cat >"$work/root/try.sh" <<'END'
set -e
export DEBIAN_FRONTEND=noninteractive HOME=/root GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
apt-get update -qq
apt-get install -y -qq --no-install-recommends /culprit.deb >/dev/null 2>&1
dpkg -s culprit | grep ^Status
culprit --version
git init -q -b main /r && cd /r
for i in 1 2 3 4 5 6 7 8; do
  echo $i >number; printf '#!/bin/sh\n[ $(cat number) -lt 6 ] || kill -SEGV $$\n' >test.sh; chmod +x test.sh
  git add -A; git commit -qm "change $i"; [ $i -gt 1 ] || git tag v1
done
git culprit bisect -q --good v1 --bad main -- ./test.sh
culprit status | head -n 2
test -x /usr/share/doc/culprit/examples/program/run.sh || ls -R /usr/share/doc/culprit | head -n 40
cd / && apt-get remove -y -qq culprit >/dev/null 2>&1
left=$(find / -xdev -path '*culprit*' -not -path '/root/*' -not -path '/culprit.deb' -not -path '/var/*' -not -path '/proc/*')
[ -z "$left" ] || { echo "left by apt-get remove: $left"; exit 1; }
END
echo "package: in a bare Debian 12"
in_root() { unshare --mount --pid --fork sh -c 'mount -t proc proc "$1/proc" 2>/dev/null || mount --rbind /proc "$1/proc"; mount --rbind /dev "$1/dev"; exec chroot "$1" sh /try.sh' sh "$work/root"; }
in_root
echo "package: installed, used and removed"
