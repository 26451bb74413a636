#!/usr/bin/env bash
# `culprit replay` of a log as it reaches people: whole, cut, quoted in a mail, from Windows, in quoted-printable, with lines
# missing. What could be read is judged; exit code 2 is for files in which nothing could.
. "$(dirname "$0")/lib.sh"
make_repo repo 30 17
expect 0 "$CULPRIT" bisect -C repo --strategy classic --good v1.0 --bad main --runs 4 --log log --no-verify -- ./test.sh
culprit=$(commit_of repo 'change 17')
grep -q "^testing commit" log

# judged FILE: replay names the culprit, each revision with the verdict that the whole log gives it.
verdicts='{r["commit"]: r["verdict"] for r in j["revisions"]}'
expect 0 "$CULPRIT" replay log --json
cp out whole.json
[ "$(field whole.json 'j["conclusion"]["culprit"]')" = "$culprit" ]
judged() {
  expect 0 "$CULPRIT" replay "$1" --json
  [ "$(field out "$verdicts")" = "$(field whole.json "$verdicts")" ] || fail "$1: other verdicts"
  [ "$(field out 'j["conclusion"]["culprit"]')" = "$culprit" ] || fail "$1: another culprit"
}
sed 's/$/\r/' log >windows
judged windows
sed 's/^/> /' log >quoted
judged quoted
sed 's/^/> > /; s/$/\r/' log >quoted-twice
judged quoted-twice
{ printf 'From: A <a@example.org>\nSubject: Re: crash\nContent-Transfer-Encoding: quoted-printable\n\nSee below.\n\n'
  python3 -c 'import quopri,sys; sys.stdout.buffer.write(quopri.encodestring(sys.stdin.buffer.read()))' <log; } >printable
judged printable
python3 - <<'PYTHON'
import textwrap
lines = open("log").read().split("\n")
out = [part for line in lines for part in (textwrap.wrap(line, 72, break_long_words=False, break_on_hyphens=False) or [""])]
open("wrapped", "w").write("\n".join(out))
PYTHON
judged wrapped

# Cut anywhere: no verdict that the whole log contradicts.
size=$(wc -c <log)
for share in 1 2 3 4 5 6 7 8 9; do
  head -c $((size * share / 10)) log >cut
  expect 0 "$CULPRIT" replay cut --json
  cp out cut.json
  python3 - <<'PYTHON'
import json
whole, cut = ({r["commit"]: r["verdict"] for r in json.load(open(f))["revisions"]} for f in ("whole.json", "cut.json"))
for commit, verdict in cut.items():
    assert verdict in ("unknown", whole.get(commit)), (commit, verdict, whole.get(commit))
PYTHON
done

# Run lines missing: of one revision, then it is unknown; of all, then git's words are all there is.
CULPRIT_COMMIT=$culprit python3 - <<'PYTHON'
import os
out, drop = [], False
for line in open("log"):
    if line.startswith("testing commit"):
        drop = line.split()[2] == os.environ["CULPRIT_COMMIT"]
    if not (drop and (line.startswith("run #") or line.startswith("all runs"))):
        out.append(line)
open("hole", "w").writelines(out)
PYTHON
expect 0 "$CULPRIT" replay hole --json
[ "$(field out '[r["verdict"] for r in j["revisions"] if r["commit"] == "'"$culprit"'"]')" = "['unknown']" ]
grep -v -e '^run #' -e '^all runs' log >words
expect 0 "$CULPRIT" replay words --json
[ "$(field out '{r["why"] for r in j["revisions"] if r["verdict"] == "good"}')" = "{'called good'}" ]

# No log at all.
printf 'a shopping list\n- eggs\n- milk\n' >eggs
expect 2 "$CULPRIT" replay eggs
says 'culprit: error: eggs: nothing in it belongs to a bisection log'
says 'hint: give a log of syzbot, of culprit, or of `git bisect log`'
: >empty
expect 2 "$CULPRIT" replay empty
head -c 20000 /dev/urandom >noise
expect 2 "$CULPRIT" replay noise
expect 2 "$CULPRIT" replay missing
says 'missing'
expect 2 "$CULPRIT" replay repo
