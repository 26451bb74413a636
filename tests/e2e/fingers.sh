#!/usr/bin/env bash
# What git's fingers type works: its words, ends without options, -C before the command, pipes, `-`, `| head`.
. "$(dirname "$0")/lib.sh"
make_repo repo 20 12
cd repo
id() { git rev-parse "$(commit_of . "change $1")"; }
short() { id "$1" | cut -c1-12; }

# The ends as git takes them, with and without the word.
expect 0 "$CULPRIT" main v1.0 -- ./test.sh; says "change 12"
expect 0 "$CULPRIT" bisect --fresh main v1.0 v2.0 --runs 2 -- ./test.sh; says "change 12"
expect 0 "$CULPRIT" --fresh --good v1.0 --runs 2 -- ./test.sh; says "change 12"
expect 2 "$CULPRIT" bisect --fresh --good v1.0 v2.0 -- ./test.sh; says "'v2.0' is one word too many"; says "hint: each --good"
expect 2 "$CULPRIT" mian v1.0; says "there is no command 'mian'"

# From elsewhere, the place before the command.
cd ..
expect 0 "$CULPRIT" -C repo status; says "finished"
expect 0 "$CULPRIT" --repo=repo show; says "change 12"
expect 0 "$CULPRIT" -Crepo main v1.0 --fresh --runs 2 -- ./test.sh; says "change 12"
cd repo

# A whole session in git's words.
expect 0 "$CULPRIT" start --fresh main v1.0; says "test  $(short 10)"
[ "$(git log -1 --format=%s)" = "change 10" ] || fail "start does not check out"
expect 0 "$CULPRIT" good; expect 0 "$CULPRIT" log; says "git bisect good"
expect 0 "$CULPRIT" visualize; says "good (you)"
expect 0 "$CULPRIT" view; says "good (you)"
expect 2 "$CULPRIT" bisect view --oneline; says "what \`git log\` shows of it: git log --stat GOOD..BAD"
expect 0 "$CULPRIT" terms; says "good lacks the change, bad has it"
expect 0 "$CULPRIT" terms --term-old; says "good"
expect 0 "$CULPRIT" run sh -c './test.sh'; says "change 12"
git checkout -q main
expect 0 "$CULPRIT" start --fresh --term-new slow --term-old fast main v1.0 -- number
expect 0 "$CULPRIT" fast; expect 0 "$CULPRIT" status; says "fast"; says "slow"
expect 0 "$CULPRIT" reset; says "back at main"; says "put aside"
[ "$(git symbolic-ref --short HEAD)" = main ] || fail "reset does not go back"
expect 0 "$CULPRIT" status; says "put aside"
expect 0 "$CULPRIT" start main v1.0 --no-checkout; says "test "
[ "$(git symbolic-ref --short HEAD)" = main ] || fail "--no-checkout moves the tree"
git init -q ../empty; git -C ../empty commit -q --allow-empty -m x
expect 2 "$CULPRIT" -C ../empty run ./test.sh; says "there is no bisection by hand"; says "git bisect log | culprit bisect --import - -- ./test.sh"

# Without ends, the tree stays where it is until both are named: a bare word is about what is checked out.
expect 0 "$CULPRIT" bisect start --fresh; says "wait  which revision is bad, and which is good?"
expect 0 "$CULPRIT" bisect bad; says "wait  which revision is good? culprit good REV"
[ "$(git symbolic-ref --short HEAD)" = main ] || fail "start moves the tree before it knows the ends"
expect 0 "$CULPRIT" bisect good v1.0; says "test  $(git rev-parse --short=12 HEAD)"
! git symbolic-ref --quiet HEAD || fail "the ends are known, and nothing is checked out"
git checkout -q main
expect 0 "$CULPRIT" start --fresh; expect 0 "$CULPRIT" good v1.0 "$(id 4)"; says "wait  which revision is bad?"
expect 0 "$CULPRIT" bad; says "test  "; does_not_say "both are weighed"
git checkout -q main
expect 0 "$CULPRIT" start --fresh main; says "wait  which revision is good?"; expect 0 "$CULPRIT" good v1.0; says "test  $(git rev-parse --short=12 HEAD)"
git checkout -q main
expect 0 "$CULPRIT" start --fresh; expect 0 "$CULPRIT" next; says "walking back over releases"  # who names none
git checkout -q main
# What stands behind `bisect` may be a term, and a log to take up.
expect 0 "$CULPRIT" bisect start --fresh --term-old=unfixed --term-new=fixed main v1.0
expect 0 "$CULPRIT" bisect fixed "$(id 12)"; expect 0 "$CULPRIT" bisect unfixed "$(id 11)"; says "This commit is the first fixed commit"
expect 0 "$CULPRIT" bisect start --fresh --term-old works --term-new broken main v1.0
expect 0 "$CULPRIT" bisect run grep -qxE '[1-9]|1[01]' number; says 'is the first broken commit (where `grep'
expect 0 "$CULPRIT" bisect help; says "--good"
git checkout -q main
git bisect start main v1.0 >/dev/null 2>&1; git bisect log >../git.log
expect 0 "$CULPRIT" bisect start --fresh HEAD v1.0; says "note: a bisection of git's is under way, and HEAD is only what it tests next"
git bisect reset >/dev/null 2>&1; git checkout -q main
expect 0 "$CULPRIT" bisect replay ../git.log; says "test  $(short 10)"
[ "$(git log -1 --format=%s)" = "change 10" ] || fail "replay does not check out"
git checkout -q main

# Pipes and && of the test are a shell's; --skip takes several.
expect 0 "$CULPRIT" bisect --fresh main v1.0 --runs 2 -- 'cat number | grep -q . && ./test.sh'; says "change 12"
expect 0 "$CULPRIT" bisect --fresh main v1.0 --runs 2 -- cat number '|' grep -q . '&&' ./test.sh; says "change 12"
expect 0 "$CULPRIT" bisect --fresh --good v1.0 --skip "$(id 5)" "$(id 6)" --skip "$(id 15)..$(id 17)" --runs 2 -- ./test.sh
says "change 12"

# `-` is a stream wherever a file is.
"$CULPRIT" bisect --fresh main v1.0 --runs 2 --json - -- ./test.sh >../r.json 2>/dev/null
[ "$(field ../r.json 'j["result"]["commit"]')" = "$(id 12)" ] || fail "no JSON on standard output"
"$CULPRIT" bisect --fresh main v1.0 --runs 2 --log - -- ./test.sh 2>/dev/null | grep -c '^first bad commit' >../count || fail "no log on standard output"
git bisect start main v1.0 >/dev/null 2>&1; git bisect bad >/dev/null 2>&1 || true
git bisect log | "$CULPRIT" import --fresh - >"$work/out" 2>"$work/err" || fail "no import from standard input"
git bisect reset >/dev/null 2>&1; git checkout -q main
echo "$(id 12) 5" | "$CULPRIT" bisect --fresh main v1.0 --runs 2 --prior - -- ./test.sh >"$work/out" || fail "no prior from standard input"
[ ! -e ./- ] || fail "a file named - was made"

# A reader that has enough ends it quietly.
for n in 1 2 3; do "$CULPRIT" show; done >/dev/null
"$CULPRIT" help --man 2>"$work/err" | head -n 1 >/dev/null || true; [ ! -s "$work/err" ] || fail "not quiet"
("$CULPRIT" show --why "$(id 12)"; echo $? >"$work/code") 2>"$work/err" | true || true
[ ! -s "$work/err" ] || fail "not quiet"

# The nearest option, and what a shell completes.
expect 2 "$CULPRIT" bisect --goood v1.0 -- ./test.sh; says "did you mean '--good'?"
expect 2 "$CULPRIT" bisect -good=v1.0 -- ./test.sh; says "hint: "
expect 2 "$CULPRIT" shwo; says "did you mean 'show'?"
expect 0 "$CULPRIT" help; says "bisect"; expect 0 "$CULPRIT" help bisect; says "--good"; expect 0 "$CULPRIT" help view; says "--why"
expect 2 "$CULPRIT" help nosuch; says "there is no command 'nosuch'"
for shell in bash zsh fish; do
  expect 0 "$CULPRIT" completion $shell
  for command in $("$CULPRIT" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'); do
    says "$command"
    for option in $("$CULPRIT" help "$command" | grep -oE -- '^ +(-[A-Za-z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+'); do
      [ "$option" = --help ] && continue
      grep -qE -- "(--|-l )${option#--}\b" "$work/out" || fail "$shell does not complete $command $option"
    done
  done
done
"$CULPRIT" completion bash >../completion.bash
# complete WORDS...: what bash would offer for the last one.
complete() { bash -c '. ../completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _culprit; echo "${COMPREPLY[@]}"' - "$@"; }
[ "$(complete culprit sho)" = show ] || fail "bash: no command: $(complete culprit sho)"
[ "$(complete culprit bisect --goo)" = --good ] || fail "bash: no option"
[ "$(complete culprit bisect --good v2)" = v2.0 ] || fail "bash: no revision"
[ "$(complete culprit -C . good ma)" = main ] || fail "bash: no revision behind a place"
expect 2 "$CULPRIT" completion tcsh
# The manual page has every command and option too, and man reads it without a complaint.
expect 0 "$CULPRIT" help --man
if command -v groff >/dev/null; then groff -man -ww -Tutf8 "$work/out" >/dev/null 2>"$work/err"; [ ! -s "$work/err" ] || fail "groff complains"; fi
leaves_nothing .
