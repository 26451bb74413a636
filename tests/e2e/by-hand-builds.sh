#!/usr/bin/env bash
# By hand, but built: what is to be tested lies there, built; while it is tested, what may come next is built; what does not
# build is passed over; what was built lasts from command to command, and goes with the answer.
. "$(dirname "$0")/lib.sh"
make_repo repo 40 23
cd repo
mkdir -p "$HOME/.cache/ccache"; export LOG="$HOME/.cache/ccache/log"; : >"$LOG"  # where a build made ahead may write
build='echo "$CULPRIT_COMMIT" >>$LOG; cp number built; echo "package of $(cat number)" >../package-$(cat number).deb'
lies_at() { sed -n 's/^built [0-9a-f]* .*: //p' "$work/out" | tail -n 1; }
tested() { awk '/^test /{print $2}' "$work/out"; }

# The question comes with what is to be tested, and with its packages.
expect 0 "$CULPRIT" bisect --manual --good v1.0 --build "$build"
says "building $(tested)"; says "built $(tested) in "; says "culprit good, culprit bad or culprit skip"; does_not_say "building ahead"
[ "$(cat "$(lies_at)/built")" = "$(cat "$(lies_at)/number")" ] || fail "what is to be tested is not built"
says "worktrees/package-$(cat "$(lies_at)/number").deb"
[ "$(wc -l <"$LOG")" -eq 1 ] || fail "more was built than asked for"
# Asked again, it is there.
expect 0 "$CULPRIT" next; says "built $(tested) ahead: "; [ "$(wc -l <"$LOG")" -eq 1 ] || fail "it was built twice"

# A word is about what was built, wherever one's own checkout stands; to the answer, and nothing is left.
questions=0
while grep -q '^test' "$work/out"; do
  [ $((questions += 1)) -lt 12 ] || fail "too many questions"
  if (cd "$(lies_at)" && ./test.sh) 2>/dev/null; then expect 0 "$CULPRIT" good; else expect 0 "$CULPRIT" bad; fi
done
says "change 23"; says "first bad commit"
[ -z "$(git status --porcelain)" ] || fail "the user's checkout was changed"
[ -z "$(find "$XDG_STATE_HOME" -name '*.deb')" ] || fail "packages are left"
leaves_nothing .

# Ahead: both ways are there before the word is said, whichever it is.
: >"$LOG"
expect 0 "$CULPRIT" bisect --manual --fresh --good v1.0 --ahead 2 --build "$build"
says "building ahead, while you test: "
[ "$(sort -u "$LOG" | wc -l)" -eq 3 ] || fail "not three revisions are built: $(cat "$LOG")"
if (cd "$(lies_at)" && ./test.sh) 2>/dev/null; then expect 0 "$CULPRIT" good; else expect 0 "$CULPRIT" bad; fi
says "built $(tested) ahead: "; does_not_say "building $(tested)"
expect 0 "$CULPRIT" reset; leaves_nothing .

# A revision that does not build is passed over; one's own word needs no revision that builds.
expect 0 "$CULPRIT" bisect --manual --fresh --good v1.0 --build '[ $(cat number) -lt 15 ] || [ $(cat number) -gt 25 ] || { echo "error: no rule"; exit 1; }'
says "does not build: error: no rule"; [ -n "$(tested)" ] || fail "nothing is asked"
expect 0 "$CULPRIT" reset

# At a terminal the word is said at once.
command -v python3 >/dev/null || skip "no python3"
"$CULPRIT" bisect --manual --fresh --good v1.0 --build true --ahead 0 >"$work/out"
python3 - "$CULPRIT" >"$work/out" <<'END'
import os, pty, subprocess, sys, re
master, slave = pty.openpty()
culprit = subprocess.Popen([sys.argv[1], "next"], stdin=slave, stdout=slave, stderr=slave, env={**os.environ, "TERM": "dumb"})
os.close(slave)
seen, words = "", 0
while True:
    try:
        text = os.read(master, 4096).decode(errors="replace")
    except OSError:
        break
    seen += text
    asked = seen.count("skip? (Enter leaves")
    if asked > words:
        words = asked
        folder = re.findall(r"built [0-9a-f]{12}[^\n]*: (\S+)", seen)[-1]
        bad = subprocess.run(["./test.sh"], cwd=folder, stderr=subprocess.DEVNULL).returncode != 0
        os.write(master, b"bad\n" if bad else b"good\n")
print(seen)
sys.exit(culprit.wait())
END
says "change 23"; says "first bad commit"; leaves_nothing .
