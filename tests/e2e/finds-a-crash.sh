#!/usr/bin/env bash
# The plain case: good and bad given, JSON, log, exit code 0; the user's checkout is not touched.
. "$(dirname "$0")/lib.sh"
make_repo repo 30 17
cd repo
before=$(git status --porcelain=v2 --branch; git rev-parse HEAD)
expect 0 "$CULPRIT" bisect --good v1.0 --bad HEAD --json ../r.json --log ../r.log --runs 3 -- ./test.sh
culprit=$(commit_of . 'change 17')
says "$culprit"
says 'SIGSEGV'
[ "$(field ../r.json 'j["result"]["kind"]')" = culprit ]
[ "$(field ../r.json 'j["result"]["commit"]')" = "$culprit" ]
[ "$(field ../r.json 'j["stats"]["runs"] > 0 and j["stats"]["builds"] > 0')" = True ]
grep -qx "bisecting cause commit starting from $(git rev-parse HEAD)" ../r.log
grep -qx "first bad commit: $culprit change 17" ../r.log
[ "$before" = "$(git status --porcelain=v2 --branch; git rev-parse HEAD)" ] || fail "the checkout was touched"
expect 0 "$CULPRIT" status; says culprit
expect 0 "$CULPRIT" show; says "change 17"
expect 0 "$CULPRIT" resume; says "$culprit"
leaves_nothing .
