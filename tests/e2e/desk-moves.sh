#!/usr/bin/env bash
# --checkout moves the user's own checkout as git would: ignored files stay, and a move that was cut off by kill -9, at any
# moment, is finished or taken back by the next command, whichever it is; what the user changed since is not touched.
. "$(dirname "$0")/lib.sh"
git init -q -b main repo; cd repo
for i in 1 2 3 4 5 6 7 8; do
  for f in $(seq 1 300); do echo "$i" >"f$f"; done
  echo "$i" >"only-$i"; rm -f "only-$((i - 2))"
  git add -A; git commit -qm "change $i"; [ $i -gt 1 ] || git tag v1.0
done
state() { git status --porcelain | head -3; }

# A filter that takes its time lets the kill come in the middle; the index is written at the end.
git config filter.slow.smudge "cat; case \$(cat $work/slow) in yes) echo x >>$work/written; sleep 0.02;; esac"
git config filter.slow.clean cat
echo 'f1? filter=slow' >.git/info/attributes
at_work() {  # whether a git or a guard of this test is left
  local process
  for process in $(grep -lsz "^HOME=$work\$" /proc/[0-9]*/environ); do
    case $(cat "${process%environ}comm" 2>/dev/null) in git | culprit-guard) return 0 ;; esac
  done
  return 1
}
killed() {  # COMMAND...: killed once three files are being written
  echo yes >"$work/slow"; : >"$work/written"
  "$CULPRIT" "$@" >"$work/out" 2>"$work/err" </dev/null & local p=$!
  for _ in $(seq 1000); do [ "$(wc -l <"$work/written")" -lt 3 ] || break; kill -0 $p 2>/dev/null || break; sleep 0.005; done
  kill -9 $p 2>/dev/null || true; wait $p 2>/dev/null || true
  echo no >"$work/slow"
  for _ in $(seq 200); do at_work || break; sleep 0.02; done
}
echo no >"$work/slow"
for next in "next --checkout" "next" "bisect --fresh --good v1.0 --runs 1 -q -- sh -c :" "clean --all"; do
  git checkout -qf main
  killed bisect --fresh --manual --checkout --good v1.0
  [ -n "$(state)" ] || [ "$(git rev-parse HEAD)" = "$(git rev-parse main)" ] || continue
  [ -e "$XDG_STATE_HOME"/culprit/repo-*/move ] || fail "no move is on record"
  "$CULPRIT" $next >"$work/out" 2>"$work/err" </dev/null || [ $? -ne 2 ] || fail "$next: refused"
  [ -z "$(state)" ] || fail "$next: files differ: $(state)"
  [ ! -e .git/index.lock ] || fail "$next: the lock is left"
  [ ! -e "$XDG_STATE_HOME"/culprit/repo-*/move ] || fail "$next: the move is still on record"
done
git checkout -qf main

# The user's own change after the kill: told, kept, and not in the way once it is gone.
killed bisect --fresh --manual --checkout --good v1.0
echo mine >f300; rm -f .git/index.lock
if [ -e "$XDG_STATE_HOME"/culprit/repo-*/move ] && [ "$(git rev-parse HEAD)" = "$(git rev-parse main)" ]; then
  expect 2 "$CULPRIT" next --checkout; says "f300"; says "git checkout -f"
  [ "$(cat f300)" = mine ] || fail "the user's change is lost"
  git checkout -q f300
  expect 0 "$CULPRIT" next --checkout; [ -z "$(state)" ] || fail "files differ: $(state)"
fi
git checkout -qf main; expect 0 "$CULPRIT" clean --all

# Ignored files that an older commit tracks: a file, one in a folder, a folder in the place of a file.
git init -q -b main "$work/ignored"; cd "$work/ignored"
echo 1 >n; git add -A; git commit -qm 'change 1'; git tag v1.0
mkdir data; echo tracked >data/x; echo tracked >build; echo tracked >notes
for i in 2 3 4; do echo $i >n; git add -A; git commit -qm "change $i"; done
git rm -qr data build notes; printf 'data\nbuild\nnotes\n' >.gitignore; git add -A; git commit -qm 'change 5'
for file in notes data/x build/out data; do
  mkdir -p "$(dirname $file)"; echo precious >$file
  expect 2 "$CULPRIT" bisect --fresh --manual --checkout --good v1.0
  says "the checkout is not moved"; says "${file%%/*}"; says "hint: move them out of the way"
  [ "$(cat $file)" = precious ] || fail "$file is overwritten"
  [ "$(git rev-parse HEAD)" = "$(git rev-parse main)" ] && [ -z "$(state)" ] || fail "half a move because of $file"
  rm -rf "${file%%/*}"
  expect 0 "$CULPRIT" next --checkout; [ -z "$(state)" ] || fail "files differ"
  [ "$(cat notes)" = tracked ] || fail "not moved"
  git checkout -q main
done
