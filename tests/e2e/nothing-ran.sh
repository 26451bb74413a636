#!/usr/bin/env bash
# What passed because nothing ran is not good, and "no such test", "command not found" and a lack of memory are no failures of
# the test; what the start shows is sought all the same. --test: other tests' failures say nothing.
. "$(dirname "$0")/lib.sh"

# A filter that matches nothing makes some runners pass.
history passed 12 'if [ $n -ge 5 ] && [ $n -le 10 ]; then echo "[  PASSED  ] 0 tests."; exit 0; fi
[ $n -lt 4 ] || { echo "rows.cc:3: Failure"; echo "[  FAILED  ] Rows.Grow (0 ms)"; exit 1; }
echo "[  PASSED  ] 1 test."'
named passed 4 --json "$work/passed.json"
[ "$(field "$work/passed.json" "{q['title'] for r in j['revisions'] for q in r['runs'] if q['outcome'] == 'test_failed'}")" \
  = "{'no test ran: [  PASSED  ] 0 tests.'}" ] || fail "a run of no test is not told"

# One that fails for it is in the way, as a tool is that is not there, and a lack of memory.
history absent 14 'if [ $n -ge 3 ] && [ $n -le 5 ]; then echo "== no tests ran in 0.0${n}s =="; exit 5; fi
if [ $n -ge 7 ] && [ $n -le 8 ]; then echo "t: 1: frobnicate: not found"; exit 1; fi
if [ $n -eq 9 ]; then echo "MemoryError"; exit 1; fi
[ $n -lt 11 ] || { echo "rows differ"; exit 1; }'
named absent 11
says 'Also fails here, differently'

# Where the bug is that nothing runs, it is found.
history unrun 10 'if [ $n -ge 3 ] && [ $n -le 4 ]; then echo "rows differ"; exit 5; fi
[ $n -lt 7 ] || { echo "== no tests ran in 0.0${n}s =="; exit 5; }'
named unrun 7
says 'no test ran: no tests ran'

# A start where none ran tests nothing.
history vain 4 'echo "Ran 0 tests in 0.000s"; echo; echo OK'
expect 4 "$CULPRIT" bisect --good v1.0 -- "$work/vain.sh"
says 'The bug cannot be tested at'
says 'no test ran: Ran 0 tests in each of'

# A command that does more than to run tests may run none.
history more 10 'echo "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s"
[ $n -lt 6 ] || { echo "golden file differs"; exit 1; }'
named more 6

# Another test fails around the culprit: beside the one that the user names it says nothing, once that one is known to have passed.
cat >"$work/suite.py" <<'END'
import sys, unittest
n = int(open("n").read())
class T(unittest.TestCase):
    def test_other(self): self.assertFalse(4 <= n <= 9)
    def test_rows(self): self.assertLess(n, 7)
if n < 3: del T.test_rows
unittest.main(verbosity=2)
END
history suite 12 "python3 $work/suite.py"
named suite 7 --test test_rows
# Without that word, runs in which both fail say that the one hides nothing of the other.
expect 0 "$CULPRIT" bisect --good v1.0 --no-verify --fresh -- "$work/suite.sh"; says "change 7"
