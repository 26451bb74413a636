#!/usr/bin/env bash
# Advice names the repository for who stands outside it; the lock of a cleaned state folder excludes again.
. "$(dirname "$0")/lib.sh"
make_repo repo 8 4
expect 2 "$CULPRIT" status -C repo; says "start one with \`culprit bisect -C repo\`"
expect 2 "$CULPRIT" resume -C repo; says "start one with \`culprit bisect -C repo\`"
# Interrupted from outside: the advice works as it stands.
cat >slow.sh <<'X'
#!/bin/sh
echo x >>"$HOME/runs"
[ "$(wc -l <"$HOME/runs")" -lt 4 ] || kill -INT "$(cat "$HOME/pid")"
sleep 0.2
./test.sh
X
chmod +x slow.sh
code=0
( echo $BASHPID >pid; exec "$CULPRIT" bisect -C repo --good v1.0 --runs 2 -- "$work/slow.sh" >out 2>err </dev/null ) || code=$?
[ $code -eq 130 ] || fail "exit code $code instead of 130"
says "\`culprit resume -C repo\` continues; no finished run is repeated"
expect 0 "$CULPRIT" status -C repo; says "culprit resume -C repo continues"
expect 2 "$CULPRIT" bisect -C repo --good v1.0 -- ./test.sh; says "\`culprit resume -C repo\` continues it, --fresh puts it aside"
sed -i '/kill/d' slow.sh
expect 0 "$CULPRIT" resume -C repo; says "change 4"
(cd repo; expect 0 "$CULPRIT" resume; says "change 4"; does_not_say "-C repo")
# clean --all leaves nothing, and the folder can be used again.
expect 0 "$CULPRIT" clean -C repo --all
[ -z "$(ls "$XDG_STATE_HOME/culprit")" ] || fail "the state folder is left"
expect 0 "$CULPRIT" bisect -C repo --good v1.0 --runs 2 -q -- ./test.sh
leaves_nothing repo
