#!/usr/bin/env bash
# "SIGSEGV" is all that a C program says: two null pointers are told apart by where they crash, without core files and
# without debuggers, as root and as anybody else, also where the system pipes cores to a program that keeps none; a
# repetition is no evidence and is made once for each revision.
. "$(dirname "$0")/lib.sh"
command -v cc >/dev/null || skip "no C compiler"

# Commits 4 to 6 crash in print_tree, and from 10 on, where the bug is, in parse_line; at 12 lines are moved, at 13
# the compiler inlines.
make_program() {
  local dir=$1 i tree parse flags=-O0 shift=""
  git init -q -b main "$dir"
  for i in $(seq 1 14); do
    tree=p; parse=p
    if [ "$i" -ge 4 ] && [ "$i" -le 6 ]; then tree=0; fi
    if [ "$i" -ge 10 ]; then parse=0; fi
    if [ "$i" -ge 12 ]; then shift="static int unused;"$'\n\n'; fi
    if [ "$i" -ge 13 ]; then flags=-O2; fi
    cat >"$dir/prog.c" <<END
#include <stdio.h>
struct node { struct node *next; int value; };
${shift}static struct node one = {0, $i};
static struct node *volatile there = &one, *volatile nothing;
static int print_tree(struct node *p) { return printf("tree %d\n", $([ $tree = 0 ] && echo nothing || echo p)->value); }
static int parse_line(struct node *p) { return printf("line %d\n", $([ $parse = 0 ] && echo nothing || echo p)->value); }
static int load(struct node *p) { return parse_line(p) + 1; }
int main(void) { return print_tree(there) + load(there) < 0; }
END
    printf '#!/bin/sh\nulimit -c 0\necho x >>"$RUNS"\ncc -g %s -w -o prog prog.c || exit 125\n./prog >/dev/null\n' \
      "$flags" >"$dir/test.sh"
    chmod +x "$dir/test.sh"
    git -C "$dir" add -A
    git -C "$dir" commit -qm "change $i"
    [ "$i" -ne 1 ] || git -C "$dir" tag v1.0
  done
}
find_it() {
  set -e
  cd "$1"
  export XDG_STATE_HOME="$1/state" HOME="$1" RUNS="$1/runs" CULPRIT="$work/bin/culprit"
  cd repo
  "$CULPRIT" bisect --good v1.0 --runs 2 --json ../r.json -- ./test.sh
  "$CULPRIT" show --why HEAD >../why
}
mkdir bin
cp "$(dirname "$CULPRIT")"/culprit "$(dirname "$CULPRIT")"/culprit-guard "$(dirname "$CULPRIT")"/culprit-stack bin
chmod 755 "$work" bin/*
export -f find_it
export work
as_who=(env)
[ "$(id -u)" -ne 0 ] || as_who=(env "setpriv --reuid=65534 --regid=65534 --clear-groups")
# found NAME WHO...: in a folder of that name.
found() {
  local place="$work/$1"; shift
  mkdir "$place"
  make_program "$place/repo"
  [ "$*" = env ] || chown -R 65534:65534 "$place"
  expect 0 "$@" bash -c "find_it '$place'"
  says 'change 10'
  says 'SIGSEGV in parse_line'
  [ "$(field "$place/r.json" 'j["result"]["commit"]')" = "$(git -c safe.directory='*' -C "$place/repo" log --format=%H --grep='^change 10$')" ]
}
for as in "${as_who[@]}"; do found "${as%% *}" $as; done

# The pattern is the whole machine's: it is put back, whatever happens.
pattern=/proc/sys/kernel/core_pattern
was=$(cat $pattern 2>/dev/null || true)
trap 'code=$?; [ "$(cat $pattern 2>/dev/null)" != "|/bin/true" ] || echo "$was" >$pattern; (exit $code); ended' EXIT
if [ "$(id -u)" -eq 0 ] && (echo '|/bin/true' >$pattern) 2>/dev/null && [ "$(cat $pattern)" = '|/bin/true' ]; then
  for as in "${as_who[@]}"; do found "piped-${as%% *}" $as; done
fi
leaves_nothing "$work/env/repo"
