#!/usr/bin/env bash
# A state folder that is not culprit's is refused by every command, and nothing in it is touched; of one that is, `clean`
# takes what is culprit's. Without a HOME, or with a path that is too long, the user is told.
. "$(dirname "$0")/lib.sh"
make_repo repo 6 4
cd repo
files="checkouts/a checkouts/worktrees/b checkouts/worktrees/slot-0/c checkouts/git/e kernels/d kernels/objects/slot0/o lock notes.txt"
lay_out() {
  rm -rf "$work/mine"
  for file in $files "$@"; do mkdir -p "$work/mine/$(dirname "$file")"; echo precious >"$work/mine/$file"; done
}
untouched() {
  for file in $files; do grep -qsx precious "$work/mine/$file" || fail "$1: $file is lost"; done
  [ "$(find "$work/mine" -type f | wc -l)" -eq "$(wc -w <<<"$files $2")" ] || fail "$1: files were made"
}
for more in "" "culprit.db"; do
  lay_out $more
  for command in clean "clean --all" "bisect --good v1.0 -- ./test.sh" "bisect --fresh --good v1.0 -- ./test.sh" \
    "bisect --manual --good v1.0" resume next good bad skip status show log mail "console 1"; do
    name=${command%% *}; rest=${command#"$name"}
    expect 2 "$CULPRIT" "$name" --state "$work/mine" $rest
    says "$work/mine"; says "hint:"
    untouched "$command" "$more"
  done
done
says "this file is not a culprit store"
lay_out; expect 2 "$CULPRIT" clean --state "$work/mine"
says "is not empty and not a state folder of culprit's: it holds '"
says "it was left as it is: name an empty or a new folder with --state"
expect 2 "$CULPRIT" bisect --good v1.0 --state "$work/mine/notes.txt" -- ./test.sh; says "is a file"

# An empty folder is fine; what is put beside culprit's own there stays.
mkdir "$work/empty"
expect 0 "$CULPRIT" bisect --good v1.0 --runs 1 --keep-checkouts --state "$work/empty" -- ./test.sh
[ -d "$work/empty/checkouts/worktrees/slot-0" ] || fail "no checkout is kept"
mkdir -p "$work/empty/checkouts/worktrees/mine" "$work/empty/kernels/objects/slot0-gcc"
echo precious >"$work/empty/checkouts/worktrees/mine/a"; echo precious >"$work/empty/checkouts/b"
expect 0 "$CULPRIT" clean --all --state "$work/empty"
says "left as it is: $work/empty/checkouts holds what is not culprit's"
[ "$(find "$work/empty" -type f | sort | tr '\n' ' ')" = "$work/empty/checkouts/b $work/empty/checkouts/worktrees/mine/a " ] ||
  fail "left: $(find "$work/empty")"

# No place to keep anything.
expect 2 env -u HOME -u XDG_STATE_HOME "$CULPRIT" bisect --good v1.0 -- ./test.sh
says "neither HOME nor XDG_STATE_HOME names a folder"; says "hint: set HOME, or name a folder with --state DIR"
expect 2 env HOME= XDG_STATE_HOME=here "$CULPRIT" status; says "neither HOME nor"
expect 0 env -u HOME -u XDG_STATE_HOME "$CULPRIT" bisect --good v1.0 --runs 1 --state "$work/named" -- ./test.sh
[ ! -e /tmp/.local/state/culprit/repo-* ] || fail "/tmp/.local is used"
long=$work/$(printf 'x%.0s' $(seq 200))/$(printf 'y%.0s' $(seq 200))/$(printf 'z%.0s' $(seq 200))
expect 2 "$CULPRIT" bisect --good v1.0 --state "$long" -- ./test.sh; says "the path of the state folder is too long"
[ ! -e "$work/$(printf 'x%.0s' $(seq 200))" ] || fail "the folder is made"
fits=$work/$(printf 'x%.0s' $(seq 200))/$(printf 'y%.0s' $(seq 200))
expect 0 "$CULPRIT" bisect --good v1.0 --runs 1 --state "$fits" -- ./test.sh; says "change 4"
expect 3 "$CULPRIT" bisect --good v1.0 --state "$work/$(printf 'x%.0s' $(seq 300))" -- ./test.sh; says "File name too long"
leaves_nothing .
