#!/usr/bin/env bash
# Another failure, or a build that fails, hides the range in which the bug began. The commit that ended that is applied to revisions of the
# range, and the bug is found there; in the log, and to a reader of it, such runs say nothing of the revision itself.
. "$(dirname "$0")/lib.sh"
commit() { echo "$1" >>"news"; git add -A; git commit -qm "change $1"; }
# made NAME: thirty commits of a C program in a range of which (8 to 24) another thing is broken; 13 brings the bug.
made() {
  git init -q -b main "../$1"; cd "../$1"
  printf 'prog: main.c store.c\n\tcc -o $@ main.c store.c\n' >Makefile
  printf '#include <stdlib.h>\nint store(void);\nint main(void) { return store() ? 1 : 0; }\n' >main.c
  printf 'int store(void) {\n  int kept = 1;\n\n  /* a */\n\n  /* b */\n\n  int size = 4;\n\n  /* c */\n\n  return size - 4 * kept;\n}\n' >store.c
  printf 'prog\n' >.gitignore
  for i in $(seq 30); do
    case $i in
      8) sed -i "$2" store.c main.c ;;
      13) sed -i 's/int size = 4;/int size = 5;/' store.c ;;
      25) sed -i "$3" store.c main.c ;;
      *) sed -i "s,/\* c.*\*/,/* c $i */," store.c ;;
    esac
    commit $i; [ $i -ne 1 ] || git tag v1.0
  done
}
check() {
  expect 0 "$CULPRIT" bisect --good v1.0 --json ../r.json --log ../r.log --build make -- ./prog
  [ "$(field ../r.json 'j["result"]["commit"]')" = "$(commit_of . 'change 13')" ] || fail "another commit"
  [ "$(field ../r.json 'j["result"]["verification"]["kind"]')" = reverted ] || fail "not verified"
  says "Below $(git rev-parse --short=12 "$(commit_of . 'change 25')") something else is in the way"
  says "mended   x"; says "mended with $(git rev-parse --short=12 "$(commit_of . 'change 25')") applied"
  grep -q "^testing the variant apply:$(commit_of . 'change 25')" ../r.log || fail "the log does not say what was built"
  expect 0 "$CULPRIT" replay ../r.log --json
  expect 0 "$CULPRIT" show --why "$(commit_of . 'change 13')"; says "applied on top of it, which ended what hides the bug here"
}
mkdir repo; cd repo
# Another crash is first.
made hidden 's/int main(void) {/int main(void) { abort();/' 's/ abort();//'; check
# It does not build.
made unbuilt 's/int kept = 1;/int kept = missing;/' 's/int kept = missing;/int kept = 1;/'; check
leaves_nothing .

# A failure that may be the bug: a traceback where the bug says nothing, and both end with 1.
git init -q -b main ../taken; cd ../taken
printf 'import sys\nfrom parts import sizes, limit\nif sum(sizes()) > limit()["most"]:\n    sys.exit(1)\n' >check.py
printf 'def sizes():\n    return [1, 2, 3]\n\n\n# 0\n\n\ndef limit():\n    return {"most": 6}\n' >parts.py
for i in $(seq 34); do
  case $i in
    9) sed -i 's/"most": 6/"least": 6/' parts.py ;;
    16) sed -i 's/\[1, 2, 3\]/[1, 2, 4]/' parts.py ;;
    24) sed -i 's/"least": 6/"most": 6/' parts.py ;;
    *) echo "$i" >"part$((i % 3))" ;;
  esac
  git add -A; git commit -qm "change $i"; [ $i -ne 1 ] || git tag v1.0
done
expect 0 "$CULPRIT" bisect --good v1.0 --json ../r.json -- python3 check.py
[ "$(field ../r.json 'j["result"]["commit"]')" = "$(commit_of . 'change 16')" ] || fail "another commit"
leaves_nothing .
