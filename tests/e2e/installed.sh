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
expect 0 git -C repo culprit status; says "finished: "; says "brought the crash"
[ -f "$work/usr/share/doc/culprit/manual.md" ] || fail "no manual"
[ "$(readlink "$work/usr/share/man/man1/git-culprit.1.gz")" = culprit.1.gz ] || fail "no manual page for git culprit"
gzip -dc "$work/usr/share/man/man1/culprit.1.gz" | grep -q '^.SS culprit bisect' || fail "the manual page has no commands"
for made in bash-completion/completions/culprit zsh/vendor-completions/_culprit fish/vendor_completions.d/culprit.fish; do
  grep -q bisect "$work/usr/share/$made" || fail "no $made"
done
leaves_nothing repo
