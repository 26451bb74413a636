#!/usr/bin/env bash
# Makes the program's history in a folder of its own and lets culprit find the commit that brought its crash.
# usage: run.sh [DIR]   DIR: kept afterwards (default: a temporary folder, removed). $CULPRIT: the binary.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
culprit=${CULPRIT:-$here/../../build/release/culprit}
if [ $# -gt 0 ]; then
  work=$1
else
  work=$(mktemp -d "${TMPDIR:-/tmp}/culprit-program.XXXXXX")
  trap 'rm -rf "$work"' EXIT
fi
export XDG_STATE_HOME=$work/state
"$here"/make-history.sh "$work/tally"
cd "$work/tally"
echo
echo "\$ cd tally && culprit bisect --good v1.0 --bad v1.9 --build make -- ./test.sh"
"$culprit" bisect --good v1.0 --bad v1.9 --build make --json "$work/result.json" --log "$work/bisect.log" -- ./test.sh
found=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["result"]["commit"])' "$work/result.json")
title=$(git log -1 --format=%s "$found")
[ "$title" = "$(cat "$here/planted.txt")" ] || { echo "program: found '$title', which is not the planted commit" >&2; exit 1; }
echo
echo "program: that is the planted commit."
