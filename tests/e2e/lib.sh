# What the end-to-end scripts share. Usage: . "$(dirname "$0")/lib.sh"
# $CULPRIT is the binary. Each script gets an empty folder, which is kept when it fails.
set -euo pipefail
: "${CULPRIT:?the culprit binary}"
[[ $0 = /* ]] || exec bash "$PWD/$0" "$@"  # scripts that a test writes know it by $0, from other folders
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/culprit-e2e.XXXXXX")
# A version manager's python3 (a shim, half a second a call) is not what is tested.
export PATH="/usr/bin:/bin:$PATH"
export XDG_STATE_HOME="$work/state" HOME="$work" GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org
export GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z'
ended() {
  local code=$?
  if [ $code -ne 0 ] && [ $code -ne 77 ]; then
    echo "FAILED ($0), kept: $work" >&2
    [ -f "$work/out" ] && sed 's/^/  out: /' "$work/out" >&2
    [ -f "$work/err" ] && sed 's/^/  err: /' "$work/err" >&2
  else
    rm -rf "$work"
  fi
}
trap ended EXIT
cd "$work"

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "$*" >&2; exit 1; }

# expect CODE COMMAND...: runs it, its output in $work/out and $work/err.
expect() {
  local want=$1 code=0; shift
  "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
  [ "$code" -eq "$want" ] || fail "exit code $code instead of $want: $*"
}
# says TEXT: standard output or error of the last command holds it.
is_said() { grep -qF -- "$1" "$work/out" "$work/err" || cat "$work/out" "$work/err" | tr -s ' \n' ' ' | grep -qF -- "$1"; }
says() { is_said "$1" || fail "does not say: $1"; }
does_not_say() { ! is_said "$1" || fail "says: $1"; }
# field JSONFILE EXPRESSION: a value out of a JSON file (Python, the object is `j`).
field() { python3 -c 'import json,sys; j=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"; }

# make_repo DIR N CULPRIT: a linear history of N commits; from commit CULPRIT on, ./test.sh dies of SIGSEGV. Tags v1 at
# commit 1 and v2 in the middle.
make_repo() {
  local dir=$1 n=$2 bad=$3 i
  git init -q -b main "$dir"
  for i in $(seq 1 "$n"); do
    echo "$i" >"$dir/number"
    printf '#!/bin/sh\n[ "$(cat number)" -lt %s ] || kill -SEGV $$\n' "$bad" >"$dir/test.sh"
    chmod +x "$dir/test.sh"
    git -C "$dir" add -A
    git -C "$dir" commit -qm "change $i"
    [ "$i" -ne 1 ] || git -C "$dir" tag v1.0
    [ "$i" -ne $((n / 2)) ] || git -C "$dir" tag v2.0
  done
}
# history NAME N SCRIPT: a repository of N commits; $n is the commit's number in the test.
history() {
  git init -q -b main "$work/$1"; cd "$work/$1"
  printf '#!/bin/sh\nn=$(cat n)\n%s\n' "$3" >"$work/$1.sh"; chmod +x "$work/$1.sh"
  for i in $(seq 1 "$2"); do echo "$i" >n; git add n; git commit -qm "change $i"; done
  git tag v1.0 "HEAD~$(($2 - 1))"
}
# named NAME COMMIT OPTIONS...: that commit is the answer.
named() {
  local name=$1 want=$2; shift 2
  expect 0 "$CULPRIT" bisect --good v1.0 --no-verify "$@" -- "$work/$name.sh"
  says "(\"change $want\") "
}

# commit_of DIR TITLE
commit_of() { git -C "$1" log --all --format=%H --grep="^$2\$" | head -n 1; }

# Nothing of ours may be left: no process, no registered worktree in the user's repository, no checkout.
leaves_nothing() {
  local repo=$1 left
  left=$(for process in /proc/[0-9]*; do
    { tr '\0' '\n' <"$process/environ" | grep -q '^CULPRIT_SESSION='; } 2>/dev/null || continue
    { tr '\0' '\n' <"$process/environ"; } 2>/dev/null | grep -qF "$work" && tr '\0' ' ' <"$process/cmdline" && echo
  done || true)
  [ -z "$left" ] || fail "processes are left: $left"
  [ "$(git -C "$repo" worktree list | wc -l)" -eq 1 ] || fail "a worktree is left in the user's repository"
  left=$(find "$XDG_STATE_HOME" -name kernels -prune -o -type d -name 'slot*' -print 2>/dev/null || true)
  [ -z "$left" ] || fail "checkouts are left: $left"
}

# serve: a service in $root with $work/service.toml, on a free port; sets service (its process) and url.
serve() {
  rm -f "$root/url"
  "$CULPRIT" serve --root "$root" --config "$work/service.toml" --listen 127.0.0.1:0 2>>"$work/service.log" &
  service=$!
  for _ in $(seq 600); do [ ! -s "$root/url" ] || break; kill -0 $service || fail "the service ended"; sleep 0.05; done
  url=$(cat "$root/url")
}
