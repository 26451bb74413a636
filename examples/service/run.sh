#!/usr/bin/env bash
# Starts the service with the program demo's history in its queue, and says where to look. Ctrl-C ends it.
# usage: run.sh [--kernel] [--slurm] [--until-answered] [DIR]
#   --kernel: the kernel example's instead (wants what tools/setup --kernel installs; ten to twenty minutes)
#   --slurm: attempts are jobs of Slurm: of the cluster that is here, else of one on this machine alone, which ends with this
#   DIR: kept afterwards (default: a temporary folder, removed); $CULPRIT: the binary
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
culprit=${CULPRIT:-$here/../../build/release/culprit}
until_answered=
slurm=
kernel=
while [ $# -gt 0 ]; do
  case $1 in
    --until-answered) until_answered=yes ;;
    --slurm) slurm=yes ;;
    --kernel) kernel=yes ;;
    *) break ;;
  esac
  shift
done
service=
ended() {
  [ -z "$service" ] || { kill "$service" 2>/dev/null; wait "$service" 2>/dev/null; } || true
  [ -z "$slurm" ] || slurm_end
  [ -z "${temporary:-}" ] || rm -rf "$temporary"
}
trap ended EXIT
trap 'exit 130' INT TERM
if [ $# -gt 0 ]; then
  work=$1; mkdir -p "$work"
else
  temporary=$(mktemp -d "${TMPDIR:-/tmp}/culprit-service.XXXXXX"); work=$temporary
fi
if [ -n "$kernel" ]; then
  [ -e "$work/linux/.git" ] || "$here"/../kernel/make-history.sh "$work/linux"
  cp "$here"/../kernel/{kernel.toml,kernel.config,repro-deadlock.c} "$work"
else
  [ -e "$work/tally/.git" ] || "$here"/../program/make-history.sh "$work/tally"
fi
printf 'anyone = "read"\n' >"$work/service.toml"
if [ -n "$slurm" ]; then
  . "$here/slurm-here.sh"
  if ! sinfo --noheader >/dev/null 2>&1; then
    why=$(slurm_obstacle) || { echo "service: $why" >&2; exit 3; }
    slurm_obstacle; chmod 755 "$work"
    slurm_begin "$work/cluster" || { echo "service: Slurm does not come up" >&2; exit 3; }
  fi
  echo '[slurm]' >>"$work/service.toml"
fi
"$culprit" serve --root "$work/service" --config "$work/service.toml" --listen 127.0.0.1:${PORT:-0} 2>"$work/service.log" &
service=$!
for _ in $(seq 600); do
  [ -s "$work/service/url" ] && url=$(cat "$work/service/url") && "$culprit" jobs --root "$work/service" >/dev/null 2>&1 && break
  kill -0 "$service" 2>/dev/null || { cat "$work/service.log" >&2; exit 3; }
  sleep 0.1
done
if [ -n "$kernel" ]; then
  "$culprit" submit --root "$work/service" --key kernel --title "a deadlock" --config "$work/kernel.toml"
else
  cd "$work/tally"
  "$culprit" submit --root "$work/service" --key demo --title "tally dies on some keys" --good v1.0 --bad v1.9 --build make -- ./test.sh
fi
echo "service: look at $url (to log in: the token in $work/service/token)"
while [ -n "$until_answered" ]; do
  line=$("$culprit" jobs --root "$work/service" --in done)
  [ -z "$line" ] || { echo "$line"; break; }
  sleep 0.3
done
[ -n "$until_answered" ] || wait "$service"
