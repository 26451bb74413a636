#!/usr/bin/env bash
# culprit mail --send to an SMTP server of Debian's (python3-aiosmtpd), read back; servers that refuse, break off or are
# silent; never twice, never too many, never what is not sure. culprit webhook, its signature checked.
. "$(dirname "$0")/lib.sh"
python=
for one in /usr/bin/python3 python3; do "$one" -c 'import aiosmtpd' 2>/dev/null && python=$one && break; done
[ -n "$python" ] || skip "there is no aiosmtpd (apt-get install python3-aiosmtpd)"
cat >server.py <<'P'
"""server.py FOLDER: SMTP on a free port, named in FOLDER/smtp; FOLDER/mode says how it behaves. HTTP in FOLDER/http."""
import asyncio, hashlib, hmac, http.server, pathlib, sys, threading
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
folder = pathlib.Path(sys.argv[1])
mode = lambda: (folder / "mode").read_text().strip()
class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if mode() == "refuse": return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address); return "250 OK"
    async def handle_DATA(self, server, session, envelope):
        if mode() == "reject": return "554 5.7.1 not wanted"
        if mode() == "break": server.transport.abort(); await asyncio.sleep(60)
        if mode() == "slow": await asyncio.sleep(60)
        n = len(list(folder.glob("mail-*")))
        (folder / f"mail-{n}").write_bytes(envelope.original_content or envelope.content)
        (folder / f"rcpt-{n}").write_text(envelope.mail_from + "\n" + "\n".join(envelope.rcpt_tos) + "\n")
        return "250 2.0.0 queued"
class Free(Controller):
    def _trigger_server(self):  # it would call port 0
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
controller = Free(Handler(), hostname="127.0.0.1", port=0, ready_timeout=120); controller.start()
(folder / "smtp").write_text(str(controller.server.sockets[0].getsockname()[1]))
class Hook(http.server.BaseHTTPRequestHandler):
    def log_message(self, *a): pass
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        right = "sha256=" + hmac.new(b"the secret", body, hashlib.sha256).hexdigest()
        (folder / "hook.json").write_bytes(body)
        (folder / "hook").write_text("right" if self.headers["X-Culprit-Signature-256"] == right else "wrong")
        self.send_response(500 if mode() == "refuse" else 200); self.end_headers()
hook = http.server.HTTPServer(("127.0.0.1", 0), Hook)
threading.Thread(target=hook.serve_forever, daemon=True).start()
(folder / "http").write_text(str(hook.server_port))
print("ready", flush=True)
sys.stdin.read()  # until the test ends
controller.stop()
P
mkdir box; echo good >box/mode
mkfifo hold; "$python" server.py box <hold >ready 2>server.err & server=$!
exec 9>hold
trap 'exec 9>&-; wait $server 2>/dev/null || true; ended' EXIT
for _ in $(seq 300); do grep -q ready ready && break; kill -0 $server 2>/dev/null || { cat server.err >&2; fail "no server"; }; sleep 0.1; done
smtp=smtp://127.0.0.1:$(cat box/smtp)

make_repo repo 12 7
cd repo
mail() { "$CULPRIT" mail --from 'Läb <lab@example.org>' --in-reply-to '<20240101.7@example.org>' --to boss@example.org "$@"; }
expect 1 "$CULPRIT" bisect -q --good v1.0 --runs 3 --skip "$(commit_of . 'change 7')" -- ./test.sh
expect 2 mail --send --smtp "$smtp"
says 'there is no culprit to write to anybody about'
expect 0 "$CULPRIT" bisect -q --fresh --good v1.0 --runs 3 -- ./test.sh
expect 0 mail
says 'To: A <a@example.org>'
says 'In-Reply-To: <20240101.7@example.org>'
expect 2 mail --smtp "$smtp"; says 'without --send only the draft is shown'
expect 2 "$CULPRIT" mail --send --smtp "$smtp"; says 'a mail needs somebody who sends it'
expect 2 mail --send; says 'one way to send it must be named'
expect 2 "$CULPRIT" mail --from lab@example.org --in-reply-to 'no id'; says 'is no message'
expect 2 mail --to 'nobody'; says 'is no address'
[ ! -e ../box/mail-0 ] || fail "something was sent"
expect 3 mail --send --smtp smtp://127.0.0.1:1
for mode in refuse reject; do
  echo $mode >../box/mode
  expect 3 mail --send --smtp "$smtp"; says 'did not take it'
done
expect 2 mail --send --smtp "$smtp" --daily-limit 0; says 'the limit is 0'
echo good >../box/mode
expect 0 mail --send --smtp "$smtp"; says 'sent through'
[ -e ../box/mail-0 ] || fail "nothing arrived"
"$python" - ../box "$(commit_of . 'change 7')" <<'P' || fail "what arrived is not what was meant"
import email, email.policy, sys
box, commit = sys.argv[1:]
raw = open(box + "/mail-0", "rb").read()
assert all(len(l) <= 998 for l in raw.split(b"\r\n")), "long lines"
m = email.message_from_bytes(raw, policy=email.policy.default)
text = (m.get_body(("plain",))).get_content()
assert str(m["From"]) == "Läb <lab@example.org>", m["From"]
assert "a@example.org" in m["To"] and "boss@example.org" in m["To"], m["To"]
assert m["In-Reply-To"] == m["References"] == "<20240101.7@example.org>"
assert m["Message-ID"].endswith("@example.org>") and m["Date"]
assert f'Fixes: {commit[:12]} ("change 7")' in text, text
assert "Reported-by: Läb <lab@example.org>" in text
names = [p.get_filename() for p in m.iter_attachments()]
assert open(box + "/rcpt-0").read().split("\n")[0] == "lab@example.org"
assert set(open(box + "/rcpt-0").read().split()[1:]) == {"a@example.org", "boss@example.org"}
P
expect 2 mail --send --smtp "$smtp"; says 'was sent already'
expect 2 mail --send --smtp "$smtp" --again; says 'was sent already'
[ ! -e ../box/mail-1 ] || fail "it was sent twice"

# A server that is silent or breaks off after it was given the mail: nobody can tell, so it is not sent again unasked.
for mode in slow break; do
  expect 0 "$CULPRIT" bisect -q --fresh --good v1.0 --runs 3 -- ./test.sh
  echo $mode >../box/mode
  expect 3 mail --send --smtp "$smtp" --timeout 2; says 'nobody can tell'
  echo good >../box/mode
  expect 2 mail --send --smtp "$smtp"; says 'may have been sent already'
done
expect 2 mail --send --smtp "$smtp" --again --daily-limit 3; says '3 mails were sent in the last day'
expect 0 mail --send --smtp "$smtp" --again

# By a command.
expect 0 "$CULPRIT" bisect -q --fresh --good v1.0 --runs 3 -- ./test.sh
printf '#!/bin/sh\necho "$@" >%s/args; cat >%s/piped\n' "$work" "$work" >../sendmail; chmod +x ../sendmail
expect 3 mail --send --sendmail 'echo full >&2; exit 75; :'; says 'exit code 75: full'
expect 0 mail --send --sendmail ../sendmail
grep -qx -- '-i -f lab@example.org -- a@example.org boss@example.org' ../args || fail "arguments: $(cat ../args)"
grep -q '^Fixes: ' ../piped || fail "nothing was piped"

# The webhook.
hook=http://127.0.0.1:$(cat ../box/http)/x; echo 'the secret' >../secret
echo refuse >../box/mode; expect 3 "$CULPRIT" webhook "$hook" --secret-file ../secret; says 'the answer is 500'
echo good >../box/mode; expect 0 "$CULPRIT" webhook "$hook" --secret-file ../secret
[ "$(cat ../box/hook)" = right ] || fail "the signature is wrong"
[ "$(field ../box/hook.json 'j["result"]["commit"]')" = "$(commit_of . 'change 7')" ] || fail "another JSON"
expect 2 "$CULPRIT" webhook "$hook" --secret-file ../secret; says 'was sent already'
expect 0 "$CULPRIT" status; says 'brought the crash'
leaves_nothing .
