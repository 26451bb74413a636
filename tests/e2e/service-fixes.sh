#!/usr/bin/env bash
# A bug that was not seen for a while is tried on the head of its tree, again and again, and once it is gone its fix is sought:
# each try once, whatever is killed.
. "$(dirname "$0")/lib.sh"
command -v curl >/dev/null || skip "no curl"
make_repo repo 12 7; root=$work/service
printf '[policy]\nfix_after = "2s"\n[sandbox]\nmode = "off"\n' >service.toml
trap 'code=$?; kill -9 ${service:-} 2>/dev/null || true; (exit $code); ended' EXIT
jobs_as() { "$CULPRIT" jobs --root "$root" --json >"$work/jobs"; field "$work/jobs" "$1"; }
# until_jobs TEXT EXPRESSION
until_jobs() { for _ in $(seq 600); do [ "$(jobs_as "$2")" != True ] || return 0; sleep 0.1; done; cat "$work/jobs"; fail "never: $1"; }
serve
cd repo
expect 0 "$CULPRIT" submit --root "$root" --good v1.0 --runs 4 -- ./test.sh
until_jobs "the cause" 'j["jobs"] and j["jobs"][0]["state"] == "answered"'
sleep 3
[ "$(jobs_as 'len(j["jobs"])')" = 1 ] || fail "a head is tried that is the revision with the bug"
git commit -q --allow-empty -m "go on with the bug"
until_jobs "a try on a head that has the bug" 'any(x["spec"].get("fix") and x["state"] == "inconclusive" for x in j["jobs"])'
expect 0 "$CULPRIT" job 2 --root "$root"; says "a revision that was called good has the bug"; says "its fix is sought for job 1"
[ "$(jobs_as '{x["bug"] for x in j["jobs"]} == {1}')" = True ] || fail "the try is of another bug"
sleep 3
[ "$(jobs_as 'len(j["jobs"])')" = 2 ] || fail "one head is tried twice"
kill -9 $service; wait $service 2>/dev/null || true
git branch stable
printf '#!/bin/sh\nexit 0\n' >test.sh; git commit -qam "mend it"; git commit -q --allow-empty -m "go on"
serve
until_jobs "the fix" 'any(x["spec"].get("fix") and x["state"] == "answered" for x in j["jobs"])'
fix=$(git rev-parse HEAD~1)
[ "$(jobs_as '[x["answer"]["commit"] for x in j["jobs"] if x["spec"].get("fix") and x["state"] == "answered"][0]')" = "$fix" ] || fail "another commit"
sleep 3
[ "$(jobs_as 'sum(x["spec"].get("fix", False) and x["state"] == "answered" for x in j["jobs"])')" = 1 ] || fail "the fix is sought again"
expect 0 "$CULPRIT" seen 1 --root "$root" --reason "on my desk"
for _ in $(seq 100); do
  curl -sS -H "Authorization: Bearer $(cat "$root/token")" "$url/bug/1" >"$work/page"
  ! grep -q 'Missing backports' "$work/page" || break; sleep 0.1
done
grep -q 'Fix in' "$work/page" || fail "the bug's page does not tell of the fix"
grep -q "Missing backports: a branch has the bug and not its fix, <code>${fix:0:12}</code>" "$work/page" || fail "the bug's page does not tell that stable lacks it"
cd ..; kill $service; wait $service || fail "the service ended badly"; service=
leaves_nothing repo
