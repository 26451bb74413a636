#!/usr/bin/env bash
# Builds that are made ahead of what is asked for: the same answer, in fewer builds that anybody waits for; what they write is
# held in their checkout; every one is counted.
. "$(dirname "$0")/lib.sh"
make_repo repo 60 40
cd repo
mkdir "$HOME/.ccache" "$HOME/.cache"; export LOG="$HOME/.ccache/log"  # where a build made ahead may write
# A build notes when it begins and ends; it ends only after the others had time to begin.
build='echo "begin $CULPRIT_COMMIT" >>$LOG; sleep .4; echo "end $CULPRIT_COMMIT" >>$LOG'
bisect() { : >"$LOG"; "$CULPRIT" bisect --fresh --no-verify --good v1.0 --bad main --json "$work/j" "$@" >"$work/out" 2>"$work/err"; }
# How many of the revisions that were run were begun to be built before the one before it was through: nobody waited for all of
# their build.
overlapped() {
  python3 - "$work/j" "$LOG" <<'END'
import json, sys
lines = open(sys.argv[2]).read().splitlines()
asked = [r["commit"] for r in json.load(open(sys.argv[1]))["revisions"] if r["runs"]]
print(sum("begin " + c in lines and lines.index("begin " + c) < lines.index("end " + before) for before, c in zip(asked, asked[1:])))
END
}

bisect --ahead 0 --build "$build" -- ./test.sh
field "$work/j" 'j["result"]["commit"]' >"$work/without"
without=$(grep -c begin "$LOG")
[ "$(overlapped)" -eq 0 ] || fail "with --ahead 0 builds overlap"
[ "$(field "$work/j" 'j["stats"]["builds"], j["stats"]["builds_ahead"]')" = "($without, 0)" ] || fail "without: builds are miscounted"

bisect --ahead 2 --build "$build" -- ./test.sh
grep -q "nothing is built ahead" "$work/out" && skip "no Landlock here"
[ "$(field "$work/j" 'j["result"]["commit"]')" = "$(cat "$work/without")" ] || fail "another answer than without"
[ "$(field "$work/j" 'j["stats"]["builds"]')" -eq "$(grep -c begin "$LOG")" ] || fail "builds told are not builds done"
# What was built ahead and is asked for later is there still, or is waited for.
[ -z "$(grep begin "$LOG" | sort | uniq -d)" ] || fail "built twice: $(grep begin "$LOG" | sort | uniq -d)"
# What comes after the ends is one of two; how many are begun in time is the scheduler's affair.
[ "$(overlapped)" -ge 1 ] || fail "no build was begun early"
says "of them ahead and in vain"
leaves_nothing .

# A build that writes where others can see it is not made ahead: what is tested is never overtaken.
bisect --ahead 2 --build "echo \$CULPRIT_COMMIT >$work/installed; $build" -- ./test.sh
says "nothing is built ahead: the build writes where others could notice"
[ "$(field "$work/j" 'j["result"]["commit"]')" = "$(cat "$work/without")" ] || fail "another answer where the build installs"
leaves_nothing .

# Of the user's caches, too, it may write the compilers' alone.
echo mine >"$HOME/.cache/state"
bisect --ahead 2 --build "case \$TMPDIR in */culprit-tmp) echo ahead >>$HOME/.cache/state ;; esac; $build" -- ./test.sh
[ "$(cat "$HOME/.cache/state")" = mine ] || fail "a build made ahead wrote into the user's cache: $(cat "$HOME/.cache/state")"
[ "$(field "$work/j" 'j["result"]["commit"]')" = "$(cat "$work/without")" ] || fail "another answer where the build uses a cache of its own"

# Who says how many revisions are worked on gets no more.
bisect --jobs 1 --build "$build" -- ./test.sh
[ "$(overlapped)" -eq 0 ] || fail "--jobs 1 builds ahead"
expect 2 "$CULPRIT" bisect --ahead -1 --build true -- ./test.sh; says "--ahead"
