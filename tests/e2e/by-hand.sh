#!/usr/bin/env bash
# A bisection that a person drives: next, good, bad, skip, terms, ranges, checkouts, contradictions, git's log.
. "$(dirname "$0")/lib.sh"
make_repo repo 20 12
cd repo
id() { git rev-parse "$(commit_of . "change $1")"; }
short() { id "$1" | cut -c1-12; }
tested() { awk '/^test /{print $2}' "$work/out"; }

# By hand from the ends to the answer, in as many questions as git would ask.
expect 0 "$CULPRIT" bisect --strategy classic --manual --good v1.0
says "test  $(short 10) v2.0 change 10"; says "left  19 revisions, roughly 5 steps"
says "culprit good, culprit bad or culprit skip"
expect 0 "$CULPRIT" next; says "test  $(short 10) v2.0 change 10"
# A word without a revision is about the checkout, and only if that is what was asked for.
expect 2 "$CULPRIT" good
says "culprit: error: which revision is good? The checkout is at $(short 20), but $(short 10) was to be tested"
says "hint: name it: culprit good $(short 10)"
questions=0
while grep -q '^test' "$work/out" || [ $questions -eq 0 ]; do
  [ $questions -lt 6 ] || fail "too many questions"
  expect 0 "$CULPRIT" next --checkout
  [ "$(git rev-parse --short=12 HEAD)" = "$(tested)" ] || fail "the checkout is not at $(tested)"
  if sh -c './test.sh; exit $?' 2>/dev/null; then expect 0 "$CULPRIT" good; else expect 0 "$CULPRIT" bad; fi
  questions=$((questions + 1))
done
says "This commit is the first bad commit"; says "change 12"
git checkout -q main
expect 0 "$CULPRIT" show; says "good (you)"; says "bad (you)"
expect 0 "$CULPRIT" show --why "$(id 12)"; says "a person says: bad"; says "chosen for searching: splits the"
expect 0 "$CULPRIT" next; says "change 12"
expect 0 "$CULPRIT" resume; says "change 12"
[ -z "$(git status --porcelain)" ] || fail "the checkout was changed"

# With a probability for every commit: as few questions, and the history drawn with it.
expect 0 "$CULPRIT" bisect --manual --fresh --strategy bayes --good v1.0 --prior-crash
says "left  19 revisions hold 99%"; does_not_say "likely"; says "bits expected"
expect 0 "$CULPRIT" good v2.0; expect 0 "$CULPRIT" bad "$(id 15)"
expect 0 "$CULPRIT" show
grep -qE "^$(short 15) bad \(you\) .*%.*change 15" "$work/out" || fail "no probability beside change 15"
grep -qE "^  ⋮ [0-9]+ commits" "$work/out" || fail "no gap in the history"
expect 0 "$CULPRIT" bad "$(id 12)"; expect 0 "$CULPRIT" good "$(id 11)"
says "This commit is the first bad commit, with probability"; says "change 12"; says "$(short 15) "; says "  6 revisions"
# What was said is in what programs and others read, too.
"$CULPRIT" status --json >"$work/status.json"
[ "$(field "$work/status.json" '[(r["verdict"], r["said"], r["runs"]) for r in j["revisions"] if r["commit"] == "'"$(id 15)"'"]')" = \
  "[('bad', ['bad'], [])]" ] || fail "the verdict on change 15 is not in the JSON"
expect 0 "$CULPRIT" mail; says "has a bug. A bisection of it ends at this commit"; says "$(short 15) "; says "bad (you)"; says "6 revisions."
expect 0 "$CULPRIT" log; says "revisions tested: 6, "
expect 0 "$CULPRIT" show --why v2.0; says "chosen for"; says "bits expected for"

expect 0 "$CULPRIT" bisect --strategy classic --manual --fresh --good v1.0
expect 0 "$CULPRIT" bad "$(id 12)"
expect 0 "$CULPRIT" good v2.0
expect 0 "$CULPRIT" good "$(id 11)"; says "change 12"
# A word after the answer asks again; contradictions are shown and weighed, not refused.
expect 1 "$CULPRIT" bad "$(id 11)"; says "note: $(short 11) was called good before: 1 for bad, 1 for good; both are weighed"
says "$(short 11)"; says "$(short 12)"
expect 0 "$CULPRIT" good "$(id 11)"; says "2 for good, 1 for bad"; says "change 12"
"$CULPRIT" good "$(id 15)" >"$work/out" 2>"$work/err" || true
says "note: $(short 15) is good, and $(short 12), an ancestor of it, was called bad: both are weighed"

# What is not searched needs another bisection; ranges are for skip.
git checkout -q -b other v1.0; echo x >x; git add x; git commit -qm 'elsewhere'; git checkout -q main
expect 2 "$CULPRIT" bad other
says "culprit: error: $(git rev-parse --short=12 other) is not in what is searched: the history of $(short 20)"
expect 2 "$CULPRIT" good v1.0..v2.0
says "culprit: error: 'v1.0..v2.0' is a range, and only skip takes ranges"
expect 2 "$CULPRIT" bad nosuch; says "there is no revision 'nosuch' in the repository"

# An unfinished one with a word in it is not put aside by accident.
expect 0 "$CULPRIT" bisect --strategy classic --manual --fresh --good v1.0
expect 0 "$CULPRIT" bisect --strategy classic --manual --good v1.0
expect 0 "$CULPRIT" skip v2.0; does_not_say "test  $(short 10)"
expect 2 "$CULPRIT" bisect --strategy classic --manual --good v1.0
says "there is an unfinished bisection of this repository, with 1 verdict, begun"
says "hint: \`culprit next\` says what to test, --fresh puts it aside"

# Skipped ranges: what is left cannot be told apart.
expect 0 "$CULPRIT" bisect --strategy classic --manual --fresh --good v1.0
expect 0 "$CULPRIT" skip "$(id 8)..$(id 15)"
expect 0 "$CULPRIT" bad "$(id 16)"
expect 1 "$CULPRIT" good "$(id 8)"; says "8 commits remain, and no revision that would tell them apart can be tested"
says "candidates that were skipped cannot be told apart"
# The same as a skip list, from the beginning; an end within a range is still tested.
expect 0 "$CULPRIT" bisect --strategy classic --manual --fresh --good "$(id 8)" --bad "$(id 16)" --skip "$(id 10)..$(id 16)"
says "test  $(short 9)"
expect 2 "$CULPRIT" bisect --strategy classic --manual --fresh --good v1.0 --skip v1.0
says "--skip names an end of the range, $(short 1), which must be tested"

# Terms of one's own, and git's new and old.
expect 0 "$CULPRIT" bisect --strategy classic --manual --fresh --term-old broken --term-new fixed --old v1.0 --new HEAD
says "culprit broken, culprit fixed or culprit skip"
expect 0 "$CULPRIT" broken v2.0; says "left  10 revisions"
expect 0 "$CULPRIT" fixed "$(id 15)"; says "left  5 revisions"
expect 0 "$CULPRIT" old "$(id 11)"
expect 0 "$CULPRIT" new "$(id 12)"; says "$(id 12)"
expect 2 "$CULPRIT" mended HEAD; says "there is no command 'mended'"
for bad in "--term-new good" "--term-old bad" "--term-new same --term-old same" "--term-new next" "--term-new bench" "--term-new a,b"; do
  expect 2 "$CULPRIT" bisect --strategy classic --manual --fresh $bad --good v1.0; says "term"
done
expect 2 "$CULPRIT" bisect --good v1.0 --term-new fixed -- ./test.sh
says "culprit: error: --term-new goes with --manual, not with a command"
for option in "--timeout 3" "--artifact x" "--clean" "--runs 3" "--jobs 2" "--keep-checkouts" "-q"; do
  expect 2 "$CULPRIT" bisect --manual --fresh --good v1.0 $option; says "not with --manual"; says "hint: "
done
expect 2 "$CULPRIT" bisect --strategy classic --manual --fresh --good v1.0 --path x
says "culprit: error: --path goes with --strategy bayes, not with --strategy classic"
expect 2 "$CULPRIT" bisect --strategy classic --manual --good v1.0 -- ./test.sh; says "--manual and a command exclude each other"

# The user's tree is moved only when nothing can be lost.
echo mine >>number
expect 2 "$CULPRIT" bisect --strategy classic --manual --fresh --checkout --good v1.0
says "culprit: error: the checkout has uncommitted changes, so it is not moved"
git checkout -q number
expect 0 "$CULPRIT" bisect --strategy classic --manual --fresh --checkout --good v1.0
[ "$(git log -1 --format=%s)" = "change 10" ] || fail "not checked out"
expect 0 "$CULPRIT" good
[ "$(git log -1 --format=%s)" = "change 15" ] || fail "not checked out"
expect 0 "$CULPRIT" bad "$(id 11)"; says "back to where you were: git checkout main"
git checkout -q main

# Not even from under the feet of who stands in a folder that the other revision lacks.
mkdir -p later/on; touch later/on/file; git add later; git commit -qm 'change 21'
cd later/on
expect 0 "$CULPRIT" bisect --manual --fresh --checkout --good v1.0
[ -d "$work/repo/later/on" ] || fail "the folder in which the user stands is gone"
expect 0 "$CULPRIT" good
cd ../..; git checkout -q main; git reset -q --hard HEAD^
expect 2 "$CULPRIT" bisect --manual --fresh --good v1.0 --json ../r.json
says "--json goes with a command or --config, not with --manual"; says "culprit status --json"

# Without a good revision, releases are what to try; the fix is searched likewise.
expect 0 "$CULPRIT" bisect --strategy classic --manual --fresh; says "v2.0 change 10"
expect 0 "$CULPRIT" good v2.0; says "test  $(short 15)"
git checkout -q -b mended; printf '#!/bin/sh\n' >test.sh; git commit -qam 'mend it'; echo 9 >y; git add y; git commit -qm later
expect 0 "$CULPRIT" bisect --strategy classic --manual --fresh --fix --bad main; says "mend it"
expect 0 "$CULPRIT" good HEAD~1; says "This commit is the first good commit"; says "mend it"
git checkout -q main

# A word to a bisection that culprit runs itself: weighed against what it saw.
expect 0 "$CULPRIT" bisect --fresh --good v1.0 --bad main --runs 2 -- ./test.sh; says "change 12"
expect 0 "$CULPRIT" bad "$(id 11)"
says "note: $(short 11) was good in its runs: both are weighed"; says "recorded; \`culprit resume\` goes on with it"
"$CULPRIT" good "$(id 11)" >/dev/null; "$CULPRIT" good "$(id 11)" >/dev/null
expect 0 "$CULPRIT" resume; says "change 12"
expect 0 "$CULPRIT" show --why "$(id 11)"; says "a person says: bad, then good, then good"
leaves_nothing .
