#!/bin/bash
# Tests that live outside of the history: overlays, patches, revisions that lack a file, lists of skips, uncommitted tests.
. "$(dirname "$0")/lib.sh"

# n counts commits; from 8 on it is "bad". A check came with commit 6, and is wrong in what is committed.
git init -q -b main r && cd r
for i in $(seq 1 12); do
  echo "$i" >n
  [ "$i" -ne 6 ] || { printf '#!/bin/sh\nexit 0\n' >check.sh; chmod +x check.sh; }
  git add . && git commit -qm "c$i"
done
git tag v1 HEAD~11
printf '#!/bin/sh\ntest "$(cat n)" -lt 8\n' >../mine.sh && chmod +x ../mine.sh
bisect() { "$CULPRIT" bisect --fresh -q --no-verify --runs 3 --good v1 "$@"; }

# A test that old revisions lack, laid over all; a link of the user's is followed, a place given.
expect 0 bisect --overlay ../mine.sh=tests/t.sh -- tests/t.sh && says '"c8"'
ln -s "$work/mine.sh" ../link.sh
expect 0 bisect --overlay ../link.sh=check.sh -- ./check.sh && says '"c8"'
mkdir ../fix && printf 'sub\n' >../fix/a && cp ../mine.sh ../fix/run
expect 0 bisect --overlay ../fix=deep/er -- deep/er/run && says '"c8"'
# pytest's and options' ways to name a file.
printf '#!/bin/sh\nsh "${1%%::*}"\n' >../runner && chmod +x ../runner
cp ../mine.sh outside.sh
expect 0 bisect -- ../runner outside.sh::test_y && says '"c8"'
printf '#!/bin/sh\nsh "${1#--file=}"\n' >../runner
expect 0 bisect -- ../runner --file=outside.sh && says '"c8"'
rm outside.sh

# An uncommitted test is named, also where one line is all that is wanted; --with-changes and --overlay run it.
cp ../mine.sh check.sh
expect 4 bisect -- ./check.sh
says './check.sh has uncommitted changes, which are not part of what is tested'
expect 0 bisect --overlay check.sh -- ./check.sh && says '"c8"' && does_not_say uncommitted
expect 0 bisect --with-changes -- ./check.sh && says '"c8"'
git checkout -q check.sh

# A patch where it applies, or on a range; a file that it creates is in nobody's way.
printf -- '--- /dev/null\n+++ b/new.sh\n@@ -0,0 +1 @@\n+test "$(cat n)" -lt 8\n' >../new.patch
expect 0 bisect --apply ../new.patch -- sh new.sh && says '"c8"'
expect 0 bisect --apply ../new.patch@v1~0..HEAD -- sh -c 'test -f new.sh || exit 0; sh new.sh' && says '"c8"'
# Revisions without a path are not tested; a list of skips is.
printf '# noise\n%s # c8\n%s\n' "$(commit_of . c8)" "$(commit_of . c7)" >../skips
expect 1 bisect --skip-file ../skips -- ../mine.sh
expect 2 bisect --overlay ../nothing -- ./check.sh && says 'which is not there'
expect 2 bisect --overlay ../mine.sh=../../x -- ./check.sh && says 'is no place in the repository'
expect 2 bisect --apply ../new.patch@nowhere..HEAD -- ./check.sh
# What leads out of the checkout is not written to.
git checkout -q -b links && mkdir "$work/elsewhere" && ln -s "$work/elsewhere" tests && git add . && git commit -qm link
expect 4 bisect --overlay ../mine.sh=tests/t.sh -- tests/t.sh
[ -z "$(ls "$work/elsewhere")" ] || fail "written outside of the checkout"
leaves_nothing "$work/r"
