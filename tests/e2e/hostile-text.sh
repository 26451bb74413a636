#!/usr/bin/env bash
# Whatever a repository, a test or an argument holds: no command prints what a terminal would obey.
. "$(dirname "$0")/lib.sh"
evil=$'x\e]52;c;ZXZpbA==\ay\e]0;owned\e\\z\e[2J\rback\x08\x7f\u009b31m\u202e\u2066\u200f\u061c\xff'
name=$'n\u009b1m\u202e'  # as a tag and a file may be called
harmless() {  # the last command's output
  python3 - "$work/out" "$work/err" "$*" <<'P' || fail "lets it through: $*"
import re, sys, unicodedata
for path in sys.argv[1:3]:
    data = open(path, "rb").read()
    try: text = data.decode()
    except UnicodeDecodeError as e: sys.exit(f"{path}: {e}")
    text = re.sub("\x1b\\[[0-9;]*m", "", text) if "--colour" in sys.argv[3] else text
    for c in text:
        if (unicodedata.category(c) == "Cc" and c not in "\n\t") or c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u2028\u2029":
            sys.exit(f"{path}: {c!r} in {text[max(0, text.index(c) - 60):][:120]!r}")
P
}
run() { local code=0; "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?; [ $code -ne 70 ] || fail "70: $*"; harmless "$@"; }

mkdir "r$name"; cd "r$name"; git init -q -b main .
export GIT_AUTHOR_NAME="A $evil B" GIT_AUTHOR_EMAIL=$'a\e]0;x\a@x' GIT_COMMITTER_NAME="C $evil D"
for i in 1 2 3 4 5 6; do
  echo $i >number; echo $i >"file$name$i"; echo $i >$'esc\e]0;t\a'"$i"
  git add -A; git commit -qm "change $i $evil" -m "body $evil" -m "Reported-by: R $evil <r@x>"
  [ $i -ne 1 ] || { git tag v1.0; git tag "t$name"; }
done
cat >"$work/test.sh" <<S
printf '%s\n' "$evil" "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x1 at pc 0x2 bp 0x3 sp 0x4
READ of size 1 at 0x1 thread T0
    #0 0x2 in f$evil file$evil.c:1"
test \$(cat number) -lt 4
S
run "$CULPRIT" bisect --good "t$name" --runs 2 --log "$work/log" --json "$work/json" --build "echo '$evil'; [ \$(cat number) != 2 ]" -- sh "$work/test.sh"
says "change 4"
for file in log json; do cp "$work/$file" "$work/out"; harmless "$file"; done
[ "$(field "$work/json" 'chr(0x9b) in j["result"]["author"] and chr(0x202e) in j["result"]["title"]')" = True ] || fail "JSON lost text"
for command in status "status --json" show "show --why HEAD" "show --why HEAD~2" "show --why HEAD~4" log mail resume next; do run "$CULPRIT" $command; done
run "$CULPRIT" replay "$work/log"; run "$CULPRIT" replay --json "$work/log"
"$CULPRIT" console 1 >"$work/console"; grep -qF $'\e]52;' "$work/console" || fail "console is not byte for byte"
run "$CULPRIT" report "$work/console"; run "$CULPRIT" report --json "$work/console"
cp "$work/console" "$work/con$evil"; run "$CULPRIT" report "$work/con$evil"; run "$CULPRIT" report --json "$work/con$evil"
# To a terminal, in colours, while it runs and after.
if command -v script >/dev/null; then
  for command in "bisect --fresh --good v1.0 --runs 1 -- sh $work/test.sh" status show "console 1" log mail "status --json" "bisect --fresh --manual --good v1.0" next; do
    TERM=xterm script -qec "$CULPRIT $command" /dev/null </dev/null >"$work/tty" || true
    # The live block's own movements, and the terminal's ends of lines.
    python3 - "$work/tty" "$work/out" <<'P'
import re, sys
text = open(sys.argv[1], "rb").read().replace(b"\r\n", b"\n")
open(sys.argv[2], "wb").write(re.sub(rb"\x1b\[(?:[0-9;]*[mAJKGH]|\?7[lh])|\r(?=\x1b\[|\n|$)", b"", text).replace(b"\r", b""))
P
    : >"$work/err"; harmless "$command"
  done
fi
run "$CULPRIT" bisect --fresh --manual --good "t$name"
for word in next "good HEAD~3" "bad HEAD" skip "show --why HEAD" log "status --json"; do run "$CULPRIT" $word; done
git bisect start HEAD v1.0 >/dev/null 2>&1; git bisect log >"$work/bisect$evil"; git bisect reset >/dev/null 2>&1
run "$CULPRIT" import --fresh "$work/bisect$evil"; run "$CULPRIT" replay "$work/bisect$evil"
printf '%s\n' "$evil" "git bisect $evil" >"$work/none$evil"
run "$CULPRIT" import --fresh "$work/none$evil"; run "$CULPRIT" replay "$work/none$evil"; run "$CULPRIT" replay --json "$work/none$evil"
# Arguments of every kind.
printf 'x = "%s"\n[%s]\n' "$evil" "$evil" >"$work/k$evil.toml"
for bad in "$evil" "--$evil" "-x$evil" "bisect --strategy $evil -- true" "bisect --runs $evil -- true" "bisect --good $evil -- true" \
  "bisect --path $evil -- true" "bisect --prior $evil -- true" "bisect --oldest $evil -- true" "bisect --skip $evil -- true" \
  "bisect --log /no/$evil -- true" "bisect --config $work/k$evil.toml" "bisect --config $evil" "bisect --term-new $evil --manual" "bisect -C $evil -- true" \
  "bisect --state $evil/x -C $evil -- true" "status -C $evil" "status --state $evil" "status --bisection $evil" "console $evil" "show --why $evil" \
  "doctor $evil" "doctor --compiler $evil" "bench $evil" "bench --points $evil" "report $evil" "replay $evil" "good $evil" "good a..$evil" "import $evil" \
  "clean $evil" "clean --state $evil" "status -- $evil" "bisect --fresh --good v1.0 --runs 1 -- ./$evil" "bisect --fresh --good v1.0 --runs 1 -- $evil"; do
  IFS=' ' read -r -d '' -a words <<<"$bad" || true
  words[-1]=${words[-1]%$'\n'}
  run "$CULPRIT" "${words[@]}"
done
cd ..; run "$CULPRIT" status -C "r$name"; run "$CULPRIT" resume -C "r$name"; run "$CULPRIT" clean -C "r$name" --all; run "$CULPRIT" status -C "r$name"
