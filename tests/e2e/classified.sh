#!/usr/bin/env bash
# The answer says what kind of change it names: a check that is new, a feature that is new, comments alone.
. "$(dirname "$0")/lib.sh"
git init -q -b main repo
cd repo
change() { git add -A; git commit -qm "$1"; }
cat >main.c <<'C'
#include <assert.h>
#include <stdio.h>
#include <string.h>
static int probe(int n) {
  int slots = 4;
  return n - slots;
}
int main(int argc, char **argv) {
  return probe(9) < 0 || argc < 0;
}
C
change first; git tag v1.0
for i in 1 2; do echo "$i" >>README; change "readme $i"; done
sed -i 's/  int slots = 4;/&\n  assert(n < slots);/' main.c; change "main: check the number"
git tag checked
for i in 3 4; do echo "$i" >>README; change "readme $i"; done
cd ..
kinds() { field result.json '" ".join(c["kind"] for c in j["result"]["classified"])'; }
bisect() { expect 0 "$CULPRIT" bisect -C repo --no-verify --fresh --good "$1" --bad "$2" --json result.json --log log "${@:3}"; }

bisect v1.0 main --build 'cc -g -o main main.c' -- ./main
says "main: check the number"
says 'It exposes the bug rather than causing it: it adds the check that fires, "assert(n < slots);" at main.c:6'
[ "$(kinds)" = exposed_by ] || fail "$(kinds)"
grep -q '^# culprit: classified exposed_by: it adds the check that fires' log || fail "not in the log"

# A feature, and a test that needs it.
cd repo
sed -i '/assert(n < slots)/d' main.c; change "main: no check"; git tag unchecked
sed -i 's/  return probe(9).*/  if (argc > 1 \&\& !strcmp(argv[1], "--frobnicate")) *(volatile int *)0 = 1;\n  return argc > 1 \&\& strcmp(argv[1], "--frobnicate") ? 2 : 0;/' main.c
change "main: --frobnicate"; git tag option
echo 5 >>README; change "readme 5"
cd ..
bisect unchecked main --build 'cc -o main main.c' -- sh -c './main --frobnicate'
says "main: --frobnicate"
[ "$(kinds)" = new_interface ] || fail "$(kinds)"
says 'the reproducer uses "frobnicate", which this commit adds (main.c) and its parent has nowhere'

# A test that fails of what a comment says.
cd repo; sed -i 's/static int probe/\/* FIXME *\/\n&/' main.c; change "main: a comment"; cd ..
bisect option main -- sh -c '! grep -q FIXME main.c || kill -SEGV $$'
[ "$(kinds)" = comments ] || fail "$(kinds)"
says "This is to be doubted: it changes nothing but comments and blanks (main.c): the code is as it was"
"$CULPRIT" status -C repo --json >again.json || fail "no answer read back"
[ "$(field again.json 'j["result"]["classified"][0]["kind"]')" = comments ] || fail "status does not say it"
leaves_nothing repo
