#!/usr/bin/env bash
# `cmake --install`: the installed program finds its guard, and is `git culprit` too, with a manual page.
. "$(dirname "$0")/lib.sh"
build=$(dirname "$CULPRIT")
[ -f "$build/cmake_install.cmake" ] || skip "not beside a build tree"
expect 0 cmake --install "$build" --prefix "$work/usr"
PATH="$work/usr/bin:$PATH"
make_repo repo 6 4
cd repo
expect 0 git culprit --version; says "culprit 0."
expect 0 git culprit bisect --good v1.0 --runs 2 -- ./test.sh; says "change 4"
expect 0 git culprit show; says "change 4"
cd ..
expect 0 git -C repo culprit status; says "finished: culprit"
[ -f "$work/usr/share/doc/culprit/manual.md" ] || fail "no manual"
[ "$(readlink "$work/usr/share/man/man1/git-culprit.1")" = culprit.1 ] || fail "no manual page for git culprit"
leaves_nothing repo
