#!/usr/bin/env bash
# The bad end that does not crash, the good end that does, good that is no ancestor of bad.
. "$(dirname "$0")/lib.sh"
make_repo repo 20 12
cd repo
expect 4 "$CULPRIT" bisect --good v1.0 --bad "$(commit_of . 'change 11')" --runs 2 --json ../r.json -- ./test.sh
[ "$(field ../r.json 'j["result"]["kind"]')" = not_reproduced ]
expect 4 "$CULPRIT" bisect --fresh --good "$(commit_of . 'change 15')" --runs 2 --json ../r.json -- ./test.sh
[ "$(field ../r.json 'j["result"]["kind"]')" = good_end_crashes ]
# A side branch that never had the bug: its merge base with bad is tested first.
git checkout -q -b side "$(commit_of . 'change 8')"; echo side >side; git add side; git commit -qm 'on the side'
expect 0 "$CULPRIT" bisect --fresh --good side --bad main --runs 2 --json ../r.json -- ./test.sh
[ "$(field ../r.json 'j["result"]["commit"]')" = "$(commit_of . 'change 12')" ]
says 'merge base'
# A side branch on which the bug was fixed: the merge base has it already.
git checkout -q -b fixed "$(commit_of . 'change 14')"; printf '#!/bin/sh\n' >test.sh; git commit -qam 'fix it'
expect 5 "$CULPRIT" bisect --fresh --good fixed --bad main --runs 2 --json ../r.json -- ./test.sh
says 'merge base'
says -- '--fix'
