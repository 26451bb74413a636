#!/usr/bin/env bash
# Without --good: walks back over release tags; and says so when the oldest has the bug already.
. "$(dirname "$0")/lib.sh"
make_repo repo 40 30
cd repo
expect 0 "$CULPRIT" bisect --runs 2 --json ../r.json -- ./test.sh
[ "$(field ../r.json 'j["result"]["commit"]')" = "$(commit_of . 'change 30')" ]
cd ..; make_repo old 10 1; cd old
expect 5 "$CULPRIT" bisect --runs 2 --json ../o.json -- ./test.sh
[ "$(field ../o.json 'j["result"]["kind"]')" = horizon ]
says "v1.0"
