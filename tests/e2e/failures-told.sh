#!/usr/bin/env bash
# The user's words for a failure; a broken build as the bug; a test that is not committed.
. "$(dirname "$0")/lib.sh"
git init -q -b main repo; cd repo
cat >"$work/test.sh" <<'TEST'
n=$(cat n)
[ $n -lt 4 ] || [ $n -gt 8 ] || { printf '\033[31mtable bad\033[0m at block %s\n' $$; exit 1; }
[ $n -lt 12 ] || { printf '\033[31mtable\033[0m corrupt at block %s\n' $$; exit 1; }
TEST
for i in $(seq 1 16); do echo "$i" >n; git add n; git commit -qm "change $i"; done
git tag v1.0 HEAD~15
ask() { "$CULPRIT" bisect --fresh --good v1.0 --no-verify "$@" -- sh "$work/test.sh"; }
expect 0 ask --message 'table corrupt'; says '("change 12") '
expect 0 ask --message '/corrupt at \w+ \d+$/'; says '("change 12") '
expect 0 ask --ignore 'table bad'; says '("change 12") '
expect 4 ask --message 'no such words'
says 'It fails there, but prints nothing of what --message, --ignore or --test describe'
expect 2 ask --message '/a(/'; says '--message /a(/: missing ): a('
expect 2 ask --message ''; says '--message is empty'
expect 2 ask --test ' '; says '--test is empty'

# A test of a suite by its name.
cat >"$work/suite.py" <<'TEST'
import unittest
n = int(open("n").read())
class Table(unittest.TestCase):
    def test_insert(self): self.assertLess(n, 6)
    def test_insert_twice(self): self.assertLess(n, 12)
unittest.main()
TEST
for want in 'test_insert 6' 'Table.test_insert 6'; do
  expect 0 "$CULPRIT" bisect --fresh --good v1.0 --no-verify --test "${want% *}" -- python3 "$work/suite.py"
  says "(\"change ${want#* }\") "
done

# "Which commit broke the build?", with the build as --build: the error of the start is sought.
git init -q -b main "$work/built"; cd "$work/built"
for i in $(seq 1 16); do
  { echo "int n = $i;"; [ "$i" -lt 4 ] || [ "$i" -gt 8 ] || echo '#error of old'; [ "$i" -lt 12 ] || echo 'int f(void) { return nope; }'; } >a.c
  git add a.c; git commit -qm "change $i"
done
git tag v1.0 HEAD~15
expect 0 "$CULPRIT" bisect --good v1.0 --no-verify --build 'cc -c a.c -o a.o' -- true
says 'the start does not build: the commit that broke the build is sought'
says '("change 12") broke the build'
# One that says nothing is a build, too.
expect 0 "$CULPRIT" bisect --fresh --good v1.0 --no-verify --build 'cc -c a.c -o a.o >/dev/null 2>&1' -- true
says '("change 12") broke the build'

# The test has a change that is not committed.
git init -q -b main "$work/dirty"; cd "$work/dirty"; mkdir t
printf '#!/bin/sh\nexit 0\n' >t/check.sh; chmod +x t/check.sh
for i in 1 2 3 4; do echo $i >n; git add .; git commit -qm "change $i"; done; git tag v1.0 HEAD~3
echo 'test $(cat n) -lt 3' >t/check.sh
expect 4 "$CULPRIT" bisect -q --good v1.0 -- ./t/check.sh
says 'note: ./t/check.sh has uncommitted changes'
