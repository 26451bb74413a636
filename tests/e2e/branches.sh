#!/usr/bin/env bash
# culprit branches: a bug and its fix on a main line and on stable branches, as the commit itself, as copies of several kinds,
# and not at all.
. "$(dirname "$0")/lib.sh"
git init -q -b main repo
cd repo
change() { echo "$2" >>"$1"; git add -A; git commit -qm "$3"; }
change a.c 1 "first"; git branch stable-1
change b.c 1 "ferry: count boats

Needed for the harbor."
bug=$(git rev-parse HEAD)
git tag v1.1; git branch stable-2
change a.c 2 "second"; git tag v1.2
printf '0\n' | cat - b.c >b.new; mv b.new b.c; git add -A
git commit -qm "ferry: do not count twice

Fixes: ${bug:0:12} (\"ferry: count boats\")"
fix=$(git rev-parse HEAD); git tag v1.3
git checkout -q stable-1; change c.c 1 "stable work"
git cherry-pick -x "$bug" >/dev/null 2>&1; git tag v1.0.1
git checkout -q -b stable-0 stable-1~1; git cherry-pick "$bug" >/dev/null 2>&1
git checkout -q stable-2; GIT_COMMITTER_DATE='2024-02-01T00:00:00Z' git cherry-pick "$fix" >/dev/null 2>&1; git tag v1.1.1
git checkout -q -b elsewhere stable-0~1
change d.c 7 "ferry: count boats"   # adapted: another patch under the same title
git checkout -q -b untouched stable-0~1
echo "mentions $bug" >e.c; git add -A; git commit -qm "other: prepare

This reverts nothing, but $bug is near."
git checkout -q main
cd ..
expect 2 "$CULPRIT" branches -C repo; says "which commit brought the bug?"
expect 0 "$CULPRIT" branches -C repo "$bug" --json; cp out all.json
of() { field all.json "[b for b in j['branches'] if b['branch'] == '$1'][0]$2"; }
[ "$(field all.json 'j["fix"]')" = "$fix" ] || fail "the fix is not found"
[ "$(of main '["state"]') $(of main '["bug"]["by"]') $(of main '["bug"]["release"]') $(of main '["fix"]["release"]')" = "fixed itself v1.1 v1.3" ] || fail "main"
[ "$(of stable-1 '["state"]') $(of stable-1 '["bug"]["by"]') $(of stable-1 '["bug"]["release"]')" = "open named in its message v1.0.1" ] || fail "stable-1"
[ "$(of stable-0 '["bug"]["by"]')" = "the same patch" ] || fail "stable-0"
[ "$(of stable-2 '["state"]') $(of stable-2 '["fix"]["by"]') $(of stable-2 '["fix"]["release"]')" = "fixed the same patch v1.1.1" ] || fail "stable-2"
[ "$(of elsewhere '["bug"]["by"]')" = "the same title and author" ] || fail "elsewhere"
[ "$(of untouched '["state"]')" = free ] || fail "untouched"
expect 0 "$CULPRIT" branches -C repo "$bug" --branch main --branch stable-1
says "main      fixed  v1.1 ${bug:0:12}"; does_not_say "stable-2"
expect 2 "$CULPRIT" branches -C repo "$bug" --branch nosuch; says "nosuch"
# Without a commit: what the newest bisection found, and what its runs say.
expect 0 "$CULPRIT" bisect -C repo --no-verify --good main~3 --bad main~1 -- sh -c 'test ! -e b.c'
expect 0 "$CULPRIT" branches -C repo; says "bug  ${bug:0:12}"; says "bad at"
