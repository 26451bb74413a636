#!/usr/bin/env bash
# `culprit import`: a bisection that git began goes on here, by hand or by itself.
. "$(dirname "$0")/lib.sh"
make_repo repo 20 12
cd repo
id() { git rev-parse "$(commit_of . "change $1")"; }
git bisect start HEAD v1.0 >/dev/null
git bisect good >/dev/null
git bisect skip "$(id 15)" >/dev/null 2>&1
git bisect log >../log
git bisect reset 2>/dev/null
expect 0 "$CULPRIT" import ../log; says "test "; does_not_say "test  $(id 15 | cut -c1-12)"
expect 0 "$CULPRIT" bad "$(id 12)"
expect 0 "$CULPRIT" good "$(id 11)"; says "change 12"
# By itself: what was said is not asked again.
expect 0 "$CULPRIT" bisect --fresh --import ../log --runs 2 --json ../r.json -- ./test.sh; says "change 12"
[ "$(field ../r.json 'len([r for r in j["revisions"] if r["commit"] == "'"$(id 10)"'" and r["runs"]])')" = 0 ] ||
  fail "a revision that the log calls good was run"
# Terms come with it.
git bisect start --term-new slow --term-old fast >/dev/null
git bisect slow >/dev/null; git bisect fast v1.0 >/dev/null; git bisect log >../log
git bisect reset 2>/dev/null
expect 0 "$CULPRIT" import --fresh ../log; says "culprit fast, culprit slow or culprit skip"
expect 0 "$CULPRIT" slow "$(id 12)"; expect 0 "$CULPRIT" fast "$(id 11)"; says "change 12"
# What cannot be: no log, a revision that is not there, no bad one yet.
expect 2 "$CULPRIT" import ../nosuch; says "nosuch"
echo hello >../bad; expect 2 "$CULPRIT" import ../bad; says "../bad: not a log of git bisect: line 1: 'hello' is no git bisect command"
printf 'git bisect start\ngit bisect bad HEAD\ngit bisect good v7\n' >../bad
expect 2 "$CULPRIT" import ../bad; says "there is no revision 'v7' in the repository"
printf 'git bisect start\ngit bisect good v1.0\n' >../bad
expect 2 "$CULPRIT" import ../bad; says "culprit: error: ../bad: the log calls no revision bad"; says "hint: name one with --bad"
leaves_nothing .
