#!/usr/bin/env bash
# Commits below the culprit fail with an exception of their own: exit codes cannot tell them from the bug.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "no python3"
git init -q repo; cd repo
for i in $(seq 1 20); do
  slot=0; [ "$i" -ge 2 ] && [ "$i" -lt 13 ] && slot=7
  key='"a"'; [ "$i" -ge 14 ] && key='"gone"'
  printf 'def load(s):\n    return s[%s]\n' "$slot" >store.py
  printf 'def put(d):\n    return d[%s]\n' "$key" >ring.py
  printf 'import store, ring\nprint(store.load("abc"), ring.put({"a": 1}), %s)\n' "$i" >main.py
  git add -A; git commit -qm "change $i"
done
expect 0 "$CULPRIT" bisect --good HEAD~19 --no-verify -- python3 -B main.py
says "change 14"; says "KeyError in put"; says "[IndexError in load]"
