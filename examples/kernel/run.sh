#!/usr/bin/env bash
# Makes a history of real 6.1 kernels with a driver whose bug culprit then finds, in QEMU.
# usage: run.sh [deadlock|flaky|masked] [DIR]   DIR: kept afterwards (default: a temporary folder, removed).
# $CULPRIT: the binary. Takes ten to twenty minutes on two cores: three full kernel builds.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
culprit=${CULPRIT:-$here/../../build/release/culprit}
what=${1:-deadlock}
tree=linux history=
case "$what" in
  deadlock) config=kernel.toml planted=deadlock ;;
  flaky) config=flaky.toml planted=collision ;;
  masked) config=masked.toml planted=deadlock tree=linux-masked history=--masked ;;
  *) echo "usage: run.sh [deadlock|flaky|masked] [DIR]" >&2; exit 2 ;;
esac
if [ $# -gt 1 ]; then
  work=$2
  mkdir -p "$work"
else
  work=$(mktemp -d "${TMPDIR:-/tmp}/culprit-kernel.XXXXXX")
  trap 'rm -rf "$work"' EXIT
fi
began=$SECONDS
export XDG_STATE_HOME=$work/state
# shellcheck disable=SC2086  # no option, or one
[ -d "$work/$tree" ] || "$here"/make-history.sh "$work/$tree" $history
cp "$here"/*.toml "$here"/*.config "$here"/*.c "$work"
cd "$work"
echo "kernel: the history is there after $((SECONDS - began)) s"
echo
echo "\$ culprit bisect --config $config --log bisect.log"
"$culprit" bisect --fresh --config "$config" --json result.json --log bisect.log
found=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["result"]["commit"])' result.json)
title=$(git -C "$tree" log -1 --format=%s "$found")
[ "$title" = "$(sed -n "s/^$planted  *//p" "$here/PLANTED")" ] || {
  echo "kernel: found '$title', which is not the planted commit" >&2
  exit 1
}
grep -q "^first bad commit: $found" bisect.log
if [ "$what" = masked ]; then
  echo
  echo "kernel: what got past the mask:"
  grep "^# culprit: .*variant" bisect.log
fi
echo
echo "kernel: that is the planted commit; $((SECONDS - began)) s in all."
