#!/usr/bin/env bash
# Revisions whose files a filter cannot make are not tested, and not the end of the bisection; what a rewritten history took
# away is told as that; read-only folders of a build are cleaned; a log of any editor is imported.
. "$(dirname "$0")/lib.sh"
git init -q repo; cd repo
cat >"$work/smudge" <<'S'
#!/bin/sh
read k v
case " $FAILS " in *" $v "*) echo "object $v: 404" >&2; exit 2 ;; esac
echo "data $v"
S
chmod +x "$work/smudge"
for i in $(seq 16); do
  echo "ptr $i" >big.dat; echo $i >n; [ $i -ne 2 ] || echo '*.dat filter=blob' >.gitattributes
  git add .; git commit -qm "change $i"; [ $i -ne 2 ] || git tag v2.0
done
git config filter.blob.smudge "$work/smudge"; git config filter.blob.clean 'sed s/data/ptr/'
cat >"$work/test.sh" <<'S'
grep -q data big.dat || { echo "pointer $(cat n)" >>"$LOG"; exit 1; }
test $(cat n) -lt 12
S
export LOG=$work/pointers
for required in true false; do
  git config filter.blob.required $required
  expect 0 env FAILS="7 8 9 10" "$CULPRIT" bisect --fresh --good v2.0 --runs 1 -- sh "$work/test.sh"; says "change 12"
  expect 1 env FAILS="11 12 13" "$CULPRIT" bisect --fresh --good v2.0 --runs 1 -- sh "$work/test.sh"
  says "change 12"; says "change 13"
  [ ! -e "$LOG" ] || fail "tested with $(cat "$LOG")"
done
expect 0 "$CULPRIT" show --why "$(commit_of . 'change 12')"; says "it cannot be checked out"
expect 4 env FAILS="16" "$CULPRIT" bisect --fresh --good v2.0 --runs 1 -- sh "$work/test.sh"
says "The bad revision cannot be tested"; says "it cannot be checked out"; says "smudge filter"
# Git LFS that is configured and not installed.
git config --rename-section filter.blob filter.lfs; sed -i s/blob/lfs/ .gitattributes; git commit -qam 'change 17'
for what in smudge clean process; do git config filter.lfs.$what "no-git-lfs $what"; done
expect 4 "$CULPRIT" bisect --fresh --good HEAD~1 --runs 1 -- sh "$work/test.sh"; says "it cannot be checked out"
git config --remove-section filter.lfs; git update-index --refresh -q || true; git checkout -qf HEAD
[ ! -e "$LOG" ] || fail "tested with $(cat "$LOG")"
# No such filter at all: the user's checkout holds what is stored too, but it is said.
expect 4 "$CULPRIT" bisect --fresh --good HEAD~1 --runs 1 -- sh "$work/test.sh"
expect 0 "$CULPRIT" log; says 'git knows no filter "lfs" here'

# A history that was rewritten, before `resume` and under way.
git init -q "$work/rewritten"; cd "$work/rewritten"
for i in $(seq 12); do echo $i >n; git add .; git commit -qm "change $i"; done; git tag v1.0 HEAD~10
code=0; "$CULPRIT" bisect --good v1.0 --runs 1 -- sh -c 'kill -INT $(cut -d" " -f4 /proc/$PPID/stat); sleep 1' >"$work/out" 2>"$work/err" </dev/null || code=$?
[ $code -eq 130 ] || fail "exit code $code"
gone=$(git rev-parse --short=12 HEAD)
cp -r . "$work/under-way"
rewrite='git reset -q --hard v1.0; echo x >n; git commit -qam rebased; git reflog expire --expire=now --all; git gc -q --prune=now'
sh -c "$rewrite"
expect 2 "$CULPRIT" resume; says "the bad revision of this bisection, $gone, is no longer in the repository"
says "its history was rewritten"; does_not_say fsck; says "git fetch REMOTE"
for command in status show log; do expect 0 "$CULPRIT" $command; done
cd "$work/under-way"
expect 2 "$CULPRIT" bisect --good v1.0 --runs 1 -- sh -c "[ \$(cat n) -lt 9 ] || { cd $work/under-way; $rewrite; exit 1; }"
says "is no longer in the repository"; does_not_say fsck

# Folders without write permission, cleaned by whoever cannot write there.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
  chmod 711 "$work"; mkdir -m 777 "$work/nobody"
  as_nobody="setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=$work/nobody XDG_STATE_HOME=$work/nobody/state"
else
  mkdir "$work/nobody"; as_nobody="env HOME=$work/nobody"
fi
$as_nobody git init -q "$work/nobody/r"; cd "$work/nobody/r"
$as_nobody sh -c 'for i in $(seq 8); do mkdir -p tracked; echo $i >n; echo $i >tracked/t; git add .; git commit -qm "change $i"; done; git tag v1.0 HEAD~7'
build='mkdir -p .cache/x@v1/y && echo x >.cache/x@v1/y/f && chmod -R a-w .cache && chmod a-w tracked'
for clean in --clean ""; do
  expect 0 $as_nobody "$CULPRIT" bisect --fresh $clean --good v1.0 --runs 1 --build "$build || [ -z '$clean' ]" -- sh -c 'test $(cat tracked/t) -lt 6'
  says "change 6"
done
[ -z "$(find "$work/nobody/state" -type d -name 'slot*' 2>/dev/null)" ] || fail "checkouts are left"

# `git bisect log`, saved by an editor of Windows.
git init -q "$work/logged"; cd "$work/logged"
for i in $(seq 20); do echo $i >n; git add .; git commit -qm "change $i"; done
git bisect start HEAD HEAD~19 >/dev/null; git bisect good >/dev/null; git bisect log >"$work/log"; git bisect reset >/dev/null 2>&1
sed 's/$/\r/' "$work/log" | { printf '\357\273\277'; cat; } >"$work/bom"
iconv -f UTF-8 -t UTF-16LE "$work/log" | { printf '\377\376'; cat; } >"$work/wide" || cp "$work/bom" "$work/wide"
for log in bom wide; do
  expect 0 "$CULPRIT" replay "$work/$log"
  expect 0 "$CULPRIT" bisect --fresh --manual --import "$work/$log"; says "left"
  expect 0 "$CULPRIT" import --fresh "$work/$log"
done
