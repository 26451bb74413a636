#!/usr/bin/env bash
# culprit page: a file for people. In a browser hostile titles and consoles do not run, on a phone nothing is wider than
# the screen, and everything is there without scripts. Screenshots go to $CULPRIT_SCREENSHOTS, where that is set.
. "$(dirname "$0")/lib.sh"
chromium=$(command -v chromium || command -v chromium-browser || true)
evil='</pre></title><script>document.documentElement.id="owned"</script><img src=x onerror=document.documentElement.id="owned">'
git init -q -b main repo
for i in 1 2 3 4 5 6 7 8; do
  echo $i >repo/number
  git -C repo add -A
  git -C repo commit -qm "change $i $evil"
  [ $i -ne 3 ] || { git -C repo checkout -qb side; echo s >repo/side; git -C repo add -A; git -C repo commit -qm "side $evil"; git -C repo checkout -q main; }
  [ $i -ne 4 ] || git -C repo merge -q --no-ff -m "merge $evil" side
done
git -C repo tag v1.0 "$(git -C repo log --format=%H | tail -n 1)"
cat >"$work/test.sh" <<S
echo '$evil'
[ \$(cat number) -lt 6 ] || { echo '==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x1 at pc 0x2 bp 0x3 sp 0x4
READ of size 1 at 0x1 thread T0
    #0 0x2 in f<script>document.documentElement.id="owned"</script> x.c:1'; exit 1; }
S
cd repo
expect 0 "$CULPRIT" bisect -q --good v1.0 --runs 3 -- sh "$work/test.sh"
expect 0 "$CULPRIT" page -o "$work/page.html"
expect 0 "$CULPRIT" page
cmp -s "$work/out" "$work/page.html" || fail "standard output is another page"
for part in 'id="why"' 'id="history"' 'id="moves"' 'id="by-hand"' 'id="consoles"' 'id="log"' 'change 6'; do
  grep -qF "$part" "$work/page.html" || fail "the page lacks $part"
done
! grep -qiE '<script|<img|<link| src="' "$work/page.html" || fail "the page holds what could run or be fetched"
expect 0 "$CULPRIT" page --markdown
says 'This commit brought the crash'
# Outside of fenced blocks and code spans.
! awk '/^```/ { inside = !inside; next } !inside' "$work/out" | sed 's/`[^`]*`//g' | grep -qF '<script' || fail "markup in the Markdown"
expect 2 "$CULPRIT" page -o /nowhere/page.html
says 'hint:'
[ -n "$chromium" ] || skip "the browser's part: there is no chromium (apt-get install chromium)"
browse() { timeout 120 "$chromium" --headless --no-sandbox --disable-gpu --no-first-run --user-data-dir="$work/browser" "$@" 2>/dev/null; }
browse --dump-dom "file://$work/page.html" >"$work/dom" || skip "the browser's part: chromium does not run here"
grep -qF 'change 6' "$work/dom" || fail "the browser shows no page"
! grep -qE '<html[^>]*id="owned"' "$work/dom" || fail "a script of others ran"
# The policy would hold even if something slipped through: a page with a script in it, under the page's own head.
python3 - "$work" <<'P'
import sys, re
work = sys.argv[1]; page = open(work + "/page.html").read()
open(work + "/slipped.html", "w").write(page.replace("<main>", '<main><script>document.documentElement.id="owned"</script>'))
head = page[page.index("<style>"):page.index("</style>") + 8]
body = page[page.index("<main>"):page.index("</body>")]
# The same without the policy, to measure: how wide the content is in windows of 360 and 1280 pixels.
open(work + "/measured.html", "w").write('<!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width">' + head + body +
  '<script>onload=()=>{let wide=[...document.querySelectorAll("main *")].filter(e=>!e.closest("svg")&&!e.closest("pre")&&e.getBoundingClientRect().right>innerWidth+1).map(e=>e.tagName+"."+e.className);'
  'document.title="scroll "+document.documentElement.scrollWidth+" of "+innerWidth+" beyond: "+wide.slice(0,5)}</script>')
# A phone's window cannot be made so narrow by every chromium: a frame can.
open(work + "/phone.html", "w").write('<!doctype html><body style="margin:0"><iframe src="measured.html" style="border:0;width:360px;height:800px"></iframe>'
  '<script>onload=()=>setTimeout(()=>{document.body.dataset.said=frames[0].document.title},300)</script>')
P
browse --dump-dom "file://$work/slipped.html" >"$work/dom"
! grep -qE '<html[^>]*id="owned"' "$work/dom" || fail "the page's policy lets scripts run"
browse --allow-file-access-from-files --virtual-time-budget=3000 --dump-dom "file://$work/phone.html" >"$work/dom"
grep -q 'data-said="scroll 3[0-5][0-9] of 3\|data-said="scroll 360 of 360' "$work/dom" || { grep -o 'data-said="[^"]*"' "$work/dom" >&2; fail "wider than a phone"; }
if [ -n "${CULPRIT_SCREENSHOTS:-}" ]; then
  mkdir -p "$CULPRIT_SCREENSHOTS"
  cp "$work/page.html" "$CULPRIT_SCREENSHOTS/"
  browse --hide-scrollbars --window-size=1280,2400 --screenshot="$CULPRIT_SCREENSHOTS/light-1280.png" "file://$work/page.html"
  browse --hide-scrollbars --blink-settings=preferredColorScheme=0 --window-size=1280,2400 --screenshot="$CULPRIT_SCREENSHOTS/dark-1280.png" "file://$work/page.html"
  sed 's/height:800px/height:3000px/' "$work/phone.html" >"$work/tall.html"
  browse --allow-file-access-from-files --hide-scrollbars --window-size=500,3000 --screenshot="$CULPRIT_SCREENSHOTS/light-360.png" "file://$work/tall.html"
  browse --allow-file-access-from-files --hide-scrollbars --blink-settings=preferredColorScheme=0 --window-size=500,3000 --screenshot="$CULPRIT_SCREENSHOTS/dark-360.png" "file://$work/tall.html"
  browse --no-pdf-header-footer --print-to-pdf="$CULPRIT_SCREENSHOTS/print.pdf" "file://$work/page.html"
fi
