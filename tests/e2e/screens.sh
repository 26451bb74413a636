#!/usr/bin/env bash
# What a person sees: the live view, the answer, a question by hand and the history, on terminals of three sizes, as tmux has
# them on its screen. tests/golden/screens holds them; `tests/e2e/screens.sh --update` writes them anew, to be looked at.
. "$(dirname "$0")/lib.sh"
command -v tmux >/dev/null || skip "no tmux"
golden=$(dirname "$here")/golden/screens
export LC_ALL=C.UTF-8 TERM=xterm
git init -q -b main repo
for i in $(seq 1 20); do
  echo "$i" >repo/number
  # The test of change 10 waits where it is told to: the live view stands still until then.
  printf '#!/bin/sh\n[ -z "$HOLD" ] || [ "$(cat number)" != 10 ] || while [ ! -e "$HOLD" ]; do sleep .1; done\n[ "$(cat number)" -lt 12 ] || { echo "checking the number"; echo "error: the number is too large: $(cat number)" >&2; exit 1; }\n' >repo/test.sh
  chmod +x repo/test.sh
  echo "text of $((i / 4))" >repo/readme
  git -C repo add -A
  git -C repo commit -qm "change $i of the number, with a title that is longer than most"
  [ "$i" -ne 1 ] || git -C repo tag v1.0
done

# Times and hashes differ from run to run, and nothing else may. What stands in their place is as wide.
normal() {
  sed -E 's/[0-9a-f]{40}/HHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHH/g; s/\b[0-9a-f]{12}\b/HHHHHHHHHHHH/g
    s/\b[0-9]{2}:[0-9]{2}:[0-9]{2}\b/hh:mm:ss/g; s/ +([0-9]+m)?[0-9]+(\.[0-9])?s\b/ T.Ts/g; s/\(([0-9]+m)?[0-9]+(\.[0-9])?s\)/(T.Ts)/g; s/T\.Ts to T\.Ts/T.Ts/; s/ +$//; /^ready$/d'
}
# screen SOCKET: what is on it, without the empty lines at its end.
screen() { tmux -L "$1" capture-pane -p -t it | normal | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'; }
# shows SOCKET TEXT: waits until it does.
shows() {
  local i
  for i in $(seq 300); do
    tmux -L "$1" capture-pane -p -t it | grep -qF -- "$2" && return
    sleep 0.1
  done
  tmux -L "$1" capture-pane -p -t it >&2
  fail "the screen never shows: $2"
}

# types SOCKET COMMAND: and waits until that is seen: the prompt before it must not be taken for the one behind it.
types() {
  local i before
  before=$(tmux -L "$1" capture-pane -p -t it)
  tmux -L "$1" send-keys -t it "clear; $2" Enter
  for i in $(seq 300); do
    [ "$(tmux -L "$1" capture-pane -p -t it)" = "$before" ] || return 0
    sleep 0.02
  done
  fail "nothing is typed"
}
# ends SOCKET: waits until the command is done, and the prompt is back.
ends() {
  local i
  for i in $(seq 300); do
    [ "$(tmux -L "$1" capture-pane -p -t it | grep -v '^$' | tail -n 1)" = "ready" ] && return
    sleep 0.1
  done
  tmux -L "$1" capture-pane -p -t it >&2
  fail "the command does not end"
}
closed() {
  local code=$?
  for size in 80 120 40; do tmux -L "culprit-$$-$size" kill-server 2>/dev/null || true; done
  set +e
  (exit $code)  # which ended() asks for
  ended
}
trap closed EXIT

screens() {
  local columns=$1 rows=$2 socket="culprit-$$-$1"
  export HOLD="$work/go-$columns" XDG_STATE_HOME="$work/state-$columns"
  {
    tmux -L "$socket" -f /dev/null new-session -d -s it -x "$columns" -y "$rows" "cd repo && PS1='ready ' exec sh"
    tmux -L "$socket" send-keys -t it "clear; $CULPRIT bisect --strategy classic --runs 2 --ahead 0 --no-verify --good v1.0 --build true -- ./test.sh" Enter
    shows "$socket" "change 10 "
    shows "$socket" "0 of 2 runs"
    echo "=== live ==="; screen "$socket"
    touch "$HOLD"
    ends "$socket"
    echo "=== answer ==="; screen "$socket"
    types "$socket" "$CULPRIT show"
    ends "$socket"
    echo "=== show ==="; screen "$socket"
    types "$socket" "$CULPRIT bisect --manual --fresh --good v1.0"
    ends "$socket"
    echo "=== question ==="; screen "$socket"
  } >"$work/$columns.txt"
}
for size in "80 24" "120 40" "40 24"; do
  # shellcheck disable=SC2086
  screens $size
  name=$(tr ' ' x <<<"$size").txt
  if [ "${1:-}" = --update ]; then
    mkdir -p "$golden" && cp "$work/${size% *}.txt" "$golden/$name"
  else
    diff -u "$golden/$name" "$work/${size% *}.txt" >"$work/out" || fail "the screens of $size differ from $golden/$name"
  fi
  python3 -c 'import sys
for line in open(sys.argv[1], encoding="utf-8"):
    if len(line.rstrip("\n")) > int(sys.argv[2]): sys.exit("too wide: " + line)' "$work/${size% *}.txt" "${size% *}"
done
