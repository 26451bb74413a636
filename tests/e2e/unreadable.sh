#!/usr/bin/env bash
# A store that cannot be written, or is damaged, is read all the same; limits of the machine (file sizes, inodes, memory) and
# a state folder that is deleted under way end with code 3 and say what it was.
. "$(dirname "$0")/lib.sh"
make_repo repo 8 5
cd repo
expect 0 "$CULPRIT" bisect --good v1.0 --runs 2 --state "$work/s" -- ./test.sh

reads() {  # FOLDER: all reading commands do
  for command in status "status --json" show "show --why HEAD" log mail "console 1"; do
    expect 0 "$CULPRIT" ${command%% *} --state "$1" $([ "${command#* }" = "$command" ] || echo "${command#* }")
  done
}
# Damaged events: each is named and left out; only the first one is needed.
python3 - "$work/s/culprit.db" <<'P'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
last = db.execute("SELECT max(sequence) FROM event WHERE type = 'run_finished'").fetchone()[0]
db.execute("UPDATE event SET body = substr(body, 1, 30) WHERE sequence = ?", (last,))
db.execute("UPDATE event SET type = 'x' || type WHERE sequence = 3")
db.commit()
P
reads "$work/s"
expect 0 "$CULPRIT" status --state "$work/s"; says "finished: "
says "note: the store is damaged: event 3 of bisection 1 is left out"
expect 0 "$CULPRIT" resume --state "$work/s"; says "change 5"
python3 -c 'import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.execute("UPDATE event SET body = 1 WHERE sequence = 1"); d.commit()' "$work/s/culprit.db"
expect 3 "$CULPRIT" status --state "$work/s"; says "the beginning of bisection 1 cannot be read"; says "hint:"
expect 0 "$CULPRIT" bisect --fresh --good v1.0 --runs 2 --state "$work/s" -- ./test.sh; says "change 5"
reads "$work/s"

# Deleted under way: not the good end's fault, nor anybody's.
cat >"$work/gone.sh" <<'S'
[ "$(cat number)" != "$1" ] || rm -rf "$2"
./test.sh
S
for what in "" /checkouts /checkouts/worktrees /culprit.db; do
  for at in 8 1; do
    expect 3 "$CULPRIT" bisect --fresh --good v1.0 --runs 2 --state "$work/g" -- sh "$work/gone.sh" $at "$work/g$what"
    says "removed"; says "$work/g"; does_not_say "thought to be good"
    rm -rf "$work/g"
  done
done

# The limit of file sizes, also where it is met at once.
for limit in 1 60 200; do
  rm -rf "$work/f"; code=0
  (ulimit -f $limit; exec "$CULPRIT" bisect --good v1.0 --runs 10 --state "$work/f" -- sh -c 'head -c 30000 /dev/urandom | base64; ./test.sh') \
    >"$work/out" 2>"$work/err" </dev/null || code=$?
  [ $code -eq 3 ] || [ $limit -eq 200 ] || fail "exit code $code under ulimit -f $limit"
  [ $code -ne 3 ] || { says "limit of file sizes"; says "ulimit -f unlimited"; }
done
expect 0 "$CULPRIT" resume --state "$work/f"; says "change 5"

# No memory: said so, and no bug of culprit's. (A sanitizer's shadow does not fit under a limit.)
if ! grep -qE '__(asan|tsan)_init' "$CULPRIT"; then
  for kb in 30000 60000 120000; do
    code=0
    (ulimit -v $kb; exec "$CULPRIT" bisect --fresh --good v1.0 --runs 1 -- ./test.sh) >"$work/out" 2>"$work/err" </dev/null || code=$?
    case $code in 0 | 3 | 127) ;; *) fail "exit code $code under ulimit -v $kb" ;; esac
  done
fi

[ "$(id -u)" -eq 0 ] || { leaves_nothing .; exit 0; }
mkdir "$work/mnt"
mount -t tmpfs -o nr_inodes=60 none "$work/mnt" 2>/dev/null || { leaves_nothing .; exit 0; }
trap 'code=$?; set +e; umount -l "$work/mnt"; (exit $code); ended; exit $code' EXIT
# Inodes used up are told as that.
for i in $(seq 80); do echo $i >"many$i"; done; git add -A; git commit -qm many
expect 3 "$CULPRIT" bisect --fresh --good v1.0 --runs 1 --state "$work/mnt/s" -- ./test.sh
says "no inodes left on $work/mnt"
mount -o remount,nr_inodes=100000 "$work/mnt"
# A read-only mount, after an orderly end and after a kill.
expect 0 "$CULPRIT" bisect --fresh --good v1.0 --runs 1 --state "$work/mnt/a" -- ./test.sh
("$CULPRIT" bisect --fresh --good v1.0 --runs 1 --state "$work/mnt/b" -- sh -c 'echo x >>'"$work"'/started; sleep 0.3; ./test.sh' >/dev/null 2>&1 </dev/null & p=$!
 for _ in $(seq 500); do [ "$(cat "$work/started" 2>/dev/null | wc -l)" -lt 3 ] || break; sleep 0.02; done; kill -9 $p)
sleep 0.5
mount -o remount,ro "$work/mnt"
reads "$work/mnt/a"; expect 0 "$CULPRIT" status --state "$work/mnt/a"; says "finished: "
expect 0 "$CULPRIT" status --state "$work/mnt/b"; says "no culprit is at work on it"
expect 0 "$CULPRIT" show --state "$work/mnt/b"; expect 0 "$CULPRIT" log --state "$work/mnt/b"; says "testing commit"
expect 3 "$CULPRIT" resume --state "$work/mnt/b"; says "Read-only file system"
