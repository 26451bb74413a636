#!/usr/bin/env python3
"""Fuzzes the service over its socket: generated and mutated requests to every route, with every role's token.

    tests/fuzz/service_requests.py --culprit build/dev/culprit --seconds 600 --seed 1      # a build with ASan and UBSan

What is sent: requests as they should be, to each route by each role; the same with bytes changed, cut out, doubled and spliced;
headers many, long, twice, folded, of no meaning; bodies in chunks, right and wrong, with two lengths; several requests in one
packet; bodies byte by byte; addresses and bodies that are too long; text that is no UTF-8; JSON that is deep, huge, of other types;
event streams that are left in the middle. Each connection's bytes follow from the seed, the thread and its number.

It ends with 0 where the service answered everything that was whole, with no status of 500 and above and no header or markup of
ours from what was sent, nothing was changed by a role that may not (the audit log says who did what), it lived, closed what was
left, said nothing that sanitizers say, ended when told to, and began again with the same jobs. The last requests are kept otherwise.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

PAGES = ["/", "/job/1", "/job/2", "/bugs", "/bug/1", "/machines", "/experience", "/trouble", "/submit", "/login", "/events", "/healthz",
         "/metrics", "/feed.atom", "/style.css", "/live.js", "/icon.svg", "/job/1/log", "/job/1/show", "/job/1/report", "/job/1/mail",
         "/job/1/config", "/job/1/reproducer", "/job/1/result.json", "/job/1/console/1", "/nowhere"]
FORMS = ["/login", "/logout", "/submit", "/job/1/hold", "/job/1/release", "/job/1/cancel", "/job/1/retry", "/job/1/word", "/job/1/seen"]
QUERIES = ["state", "owner", "label", "repository", "bug", "q", "limit", "before", "after", "to", "title", "command"]
FIELDS = ["repository", "cwd", "command", "config", "config_text", "bad", "good", "skip", "oldest", "fix", "first_parent", "build", "artifacts",
          "paths", "clean", "runs", "jobs", "timeout", "confidence", "strategy", "title", "owner", "labels", "priority", "held", "bug",
          "deadline", "machine_hours", "money", "key", "reason", "verdict", "commit", "note", "name", "role", "lessons", "version"]
PATIENCE = 180  # seconds: a server under sanitizers, on a machine that does other things
MARK = "<script>mark()</script>"
HOSTILE = ["", "\0", "\r\nX-Mark: 1\r\n", MARK, "\"><img src=x onerror=mark()>", "' OR 1=1 --", "../../../../etc/passwd", "%00", "%2e%2e%2f", "%",
           "%zz", "\udcff\udcfe", "\udcc0\udcaf", "\ud800", "\u202e\u2066", "-1", "0", "9223372036854775808", "1e400", "NaN", "{}{}{}", "A" * 3000,
           "$(touch mark)", "--repo=/", "\x1b]0;x\x07", "a\nb\tc", "/" * 500, "🦀" * 200]


def raw(text):
    """Bytes of a text; lone surrogates of the range that Python keeps bytes in are those bytes: no UTF-8."""
    return text.encode("utf-8", "surrogateescape") if not re.search("[\ud800-\udc7f\udd00-\udfff]", text) else text.encode(
        "utf-8", "surrogatepass")


class Maker:
    """Requests out of a random number generator."""

    def __init__(self, rng, routes, tokens, sessions, port):
        self.rng, self.routes, self.tokens, self.sessions, self.port = rng, routes, tokens, sessions, port

    def value(self, depth=0):
        r = self.rng
        kind = r.randrange(9)
        if kind < 4:
            return r.choice(HOSTILE)
        if kind == 4:
            return r.choice([0, -1, 1, 2**31, 2**63, -2**63, 2**64, 1e308, 0.1, True, False, None])
        if kind == 5 and depth < 4:
            return [self.value(depth + 1) for _ in range(r.randrange(5))]
        if kind == 6 and depth < 4:
            return {r.choice(FIELDS + HOSTILE[:5]): self.value(depth + 1) for _ in range(r.randrange(5))}
        return r.choice(["/nowhere/at/all", "v1.0", "HEAD", "make", "./test.sh", "right", "wrong", "instead", "read", "operate", "1h", "abc"])

    def json(self):
        r = self.rng
        kind = r.randrange(12)
        if kind == 0:
            return r.choice([b"[" * 200000, b'{"a":' * 50000, b'"' + b"\\u0000" * 1000, b"[1" + b",1" * 100000 + b"]", b"1e999999", b"\xef\xbb\xbf{}",
                             b'{"a":1,"a":2}', b'{"title":"\\ud800"}', b'{"title":"\xff\xfe"}', b"nul", b'{"command":' + b"[" * 5000])
        # The repository does not exist: what is asked for is never run.
        job = {"repository": "/nowhere/at/all", "command": ["./test.sh"], "good": ["v1.0"]} if kind < 9 else {}
        for _ in range(r.choice([0, 0, 1, 2, 3])):
            job[r.choice(FIELDS)] = self.value()
        if "repository" in job and isinstance(job["repository"], str):
            job["repository"] = "/nowhere/" + job["repository"]
        job.pop("config", None)
        if r.random() < 0.2:
            job["key"] = r.choice(["one", "two", "three"])
        return raw(json.dumps(job, ensure_ascii=r.random() < 0.5))

    def form(self, csrf):
        r = self.rng
        pairs = [("csrf", csrf)] + [(r.choice(FIELDS + ["token", "to", "csrf"]), r.choice(HOSTILE)) for _ in range(r.randrange(5))]
        if r.random() < 0.7:
            pairs.append(("repository", "/nowhere/at/all"))
        return "&".join(k + "=" + urllib.parse.quote_from_bytes(raw(v)) if r.random() < 0.9 else k for k, v in pairs).encode()

    def target(self, path):
        r = self.rng
        path = path.replace("{}", "%s")
        while "%s" in path:
            path = path.replace("%s", r.choice(["1", "2", "3", "0", "-1", "99999999999999999999", "x", "log", "hold",
                                                urllib.parse.quote_from_bytes(raw(r.choice(HOSTILE)))]), 1)
        if r.random() < 0.3:
            path += "?" + "&".join(r.choice(QUERIES) + "=" + urllib.parse.quote_from_bytes(raw(r.choice(HOSTILE))) for _ in range(r.randrange(1, 4)))
        return path

    def request(self):
        """A request that is one, as bytes."""
        r = self.rng
        kind = r.randrange(10)
        headers, body = [("Host", f"127.0.0.1:{self.port}")], b""
        if kind < 5:
            method, path = r.choice(self.routes)
        elif kind < 8:
            method, path = "GET", r.choice(PAGES)
        else:
            method, path = "POST", r.choice(FORMS)
        role = r.choice(["none", "read", "submit", "operate", "wrong"])
        if kind >= 8 or r.random() < 0.2:
            cookie, csrf = self.sessions.get(role, ("culprit=nothing", "0" * 64))
            headers.append(("Cookie", cookie))
            if method != "GET":
                body = self.form(r.choice([csrf, csrf, csrf, "0" * 64]))
        elif role != "none":
            headers.append(("Authorization", "Bearer " + self.tokens.get(role, "f" * 64)))
        if method not in ("GET", "HEAD") and not body:
            body = self.json()
        # Tokens and the words with which the brake is released stay: without them the rest is only refusals.
        if method == "DELETE" or path.endswith("/tokens"):
            path = path.replace("{}", "nobody")
        if path == "/logout":
            headers = [h for h in headers if h[0] != "Cookie"]
        if r.random() < 0.05:
            method = r.choice(["PUT", "PATCH", "OPTIONS", "TRACE", "CONNECT", "HEAD", "get", "G\xe9T", "X" * 300])
        if r.random() < 0.1:
            headers.append((r.choice(["Last-Event-ID", "X-Forwarded-Proto", "Origin", "Sec-Fetch-Site", "Referer", "Cookie", "Expect", "Range",
                                      "If-None-Match", "Accept-Encoding", "Upgrade", "Connection"]),
                            r.choice(HOSTILE + ["100-continue", "close", "https", "websocket"]).replace("\r\n", " ").replace("\n", " ")))
        if path == "/login" and method == "POST":
            body = b"token=" + (self.tokens.get(role, "x")).encode() + b"&to=" + urllib.parse.quote_from_bytes(raw(r.choice(HOSTILE))).encode()
        return self.serial(method, self.target(path), headers, body)

    def serial(self, method, target, headers, body):
        r = self.rng
        if body and r.random() < 0.15:
            return self.head(method, target, headers + [("Transfer-Encoding", "chunked")]) + self.chunks(body)
        if body or method == "POST":
            headers = headers + [("Content-Length", str(len(body)))]
        return self.head(method, target, headers) + body

    @staticmethod
    def head(method, target, headers):
        return raw(f"{method} {target} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers) + "\r\n")

    def chunks(self, body):
        r, out = self.rng, b""
        while body:
            size = r.randrange(1, max(2, min(len(body), 20000) + 1))
            out += b"%x%s\r\n" % (size if size <= len(body) else len(body), r.choice([b"", b"", b";a=b"])) + body[:size] + b"\r\n"
            body = body[size:]
        return out + b"0\r\n" + r.choice([b"", b"", b"Trailer: x\r\n"]) + b"\r\n"

    def mutated(self, data):
        r, data = self.rng, bytearray(data)
        for _ in range(r.choice([1, 1, 2, 5, 20])):
            at, kind = r.randrange(len(data) + 1), r.randrange(7)
            if kind == 0 and data:
                data[at % len(data)] = r.randrange(256)
            elif kind == 1:
                data[at:at] = bytes(r.randrange(256) for _ in range(r.randrange(1, 9)))
            elif kind == 2:
                del data[at:at + r.randrange(1, 40)]
            elif kind == 3:
                data[at:at] = data[at:at + r.randrange(1, 200)] * r.randrange(1, 5)
            elif kind == 4:
                del data[at:]
            elif kind == 5:
                data[at:at] = r.choice([b"\r\n", b"\n", b"\r", b"\0", b"\r\n\r\n", b": ", b" ", b"%", b"\xff", b"HTTP/1.1", b"chunked"])
            else:
                other = self.request()
                data[at:] = other[r.randrange(len(other)):]
        # A mutation must not make a repository out of none, nor shut out the others of this test.
        return bytes(data).replace(b"/tokens/fuzz", b"/tokens/nobody").replace(b"/logout", b"/logxxx")

    def odd(self):
        r = self.rng
        host = ("Host", f"127.0.0.1:{self.port}")
        auth = ("Authorization", "Bearer " + self.tokens[r.choice(["read", "submit", "operate"])])
        body = self.json()[:100000]
        kind = r.randrange(13)
        if kind == 0:
            return self.head("GET", "/", [host, auth] + [(f"X-{i}", "y" * r.randrange(50)) for i in range(r.randrange(1, 900))])
        if kind == 1:
            return self.head("GET", "/" + r.choice("a%/?&") * r.randrange(1, 70000), [host, auth])
        if kind == 2:
            return self.head("GET", "/", [host, auth, ("X", "y" * r.randrange(1, 70000))])
        if kind == 3:  # two lengths, or none that is one
            length = r.choice(["-1", "+5", "0x10", "18446744073709551616", "5, 5", "", " ", "99999999999", "1e3", "５"])
            return self.head("POST", "/api/v1/jobs", [host, auth, ("Content-Length", length)]) + body
        if kind == 4:
            return self.head("POST", "/api/v1/jobs", [host, auth, ("Content-Length", str(len(body))), ("Content-Length", "1")]) + body
        if kind == 5:
            return self.head("POST", "/api/v1/jobs", [host, auth, ("Content-Length", "3"), ("Transfer-Encoding", "chunked")]) + self.chunks(body)
        if kind == 6:
            size = r.choice([b"ffffffffffffffff", b"-1", b"7fffffffffffffff", b"zz", b"", b"0x5", b"00000000000000000000000000005", b"5" * 5000])
            return self.head("POST", "/api/v1/jobs", [host, auth, ("Transfer-Encoding", "chunked")]) + size + b"\r\n" + body + b"\r\n0\r\n\r\n"
        if kind == 7:
            size = r.choice([2**20 - 1, 2**20, 2**20 + 1, 3 * 2**20])
            return self.head("POST", "/api/v1/jobs", [host, auth, ("Content-Length", str(size))]) + r.choice([b"x", b" ", b"[", b"\0"]) * size
        if kind == 8:
            return self.head("POST", "/api/v1/jobs", [host, auth, ("Transfer-Encoding", r.choice(["gzip, chunked", "identity", "CHUNKED", "x" * 999]))]) + body
        if kind == 9:
            return b"GET / HTTP/" + r.choice([b"0.9", b"1.0", b"2.0", b"1.1.1", b"-1", b"9" * 99, b""]) + b"\r\n" + raw(f"Host: {host[1]}\r\n\r\n")
        if kind == 10:
            return b"GET / HTTP/1.1\r\nHost: " + raw(r.choice(HOSTILE)).replace(b"\r\n", b" ") + b"\r\n folded: yes\r\n\tagain\r\n: no name\r\nno colon\r\n\r\n"
        if kind == 11:
            return bytes(r.randrange(256) for _ in range(r.randrange(1, 3000)))
        return r.choice([b"", b"\r\n" * 5000, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /\r\n\r\n", b"\0" * 9999])


class Server:
    def __init__(self, culprit, folder):
        self.culprit, self.folder, self.root, self.log = culprit, folder, folder / "service", folder / "service.log"
        (folder / "service.toml").write_text('slots = 1\n[limits]\ntimeout_seconds = 4\nrequests_per_second = 1000000\n'
                                             'connections = 256\n[policy]\nretry_after = ["10m"]\nbrake_percent = 100\n')

    def start(self):
        self.root.mkdir(exist_ok=True)
        (self.root / "url").unlink(missing_ok=True)
        self.process = subprocess.Popen([self.culprit, "serve", "--root", self.root, "--config", self.folder / "service.toml", "--listen",
                                         "127.0.0.1:0"], stderr=open(self.log, "ab"))
        until = time.monotonic() + 120
        while not (self.root / "url").exists():
            if self.process.poll() is not None or time.monotonic() > until:
                sys.exit(f"the service does not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)
        self.url = (self.root / "url").read_text().strip()
        self.port = urllib.parse.urlsplit(self.url).port

    def ask(self, path, token, method="GET", body=None, limit=PATIENCE):
        request = urllib.request.Request(self.url + path, method=method, data=body, headers={"Authorization": "Bearer " + token})
        with urllib.request.urlopen(request, timeout=limit) as answer:
            return answer.read()

    def log_in(self, token):
        """A browser's session: its cookie, and the number that its forms carry."""
        import http.client
        there = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        there.request("POST", "/login", f"token={token}&to=/")
        answer = there.getresponse()
        answer.read()
        cookie = answer.getheader("Set-Cookie").split(";")[0]
        there.request("GET", "/job/1", headers={"Cookie": cookie})
        page = there.getresponse().read().decode()
        csrf = re.search('name="csrf" value="([0-9a-f]+)"', page)
        return cookie, csrf.group(1) if csrf else "0" * 64

    def files(self):
        return len(list(pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def memory(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", text).group(1)) // 1024


class Worker(threading.Thread):
    def __init__(self, number, given, server, routes, tokens, sessions, until):
        super().__init__(daemon=True)
        self.number, self.given, self.server, self.until = number, given, server, until
        self.routes, self.tokens, self.sessions = routes, tokens, sessions
        self.status, self.sent, self.trouble = collections.Counter(), collections.Counter(), []
        self.latest = collections.deque(maxlen=20)

    def run(self):
        count = 0
        while time.monotonic() < self.until and not self.trouble and (self.given.requests == 0 or count < self.given.requests):
            rng = random.Random(f"{self.given.seed} {self.number} {count}")
            count += 1
            try:
                self.connection(Maker(rng, self.routes, self.tokens, self.sessions, self.server.port), rng)
            except (ConnectionError, TimeoutError, socket.timeout):
                if self.server.process.poll() is not None:
                    self.trouble.append("the service ended")

    def connection(self, make, rng):
        kind = rng.choice(["whole"] * 6 + ["mutated"] * 6 + ["odd"] * 3 + ["pipelined"] * 3 + ["slow", "left", "stream"])
        whole = kind in ("whole", "slow")
        data = make.odd() if kind == "odd" else make.request()
        if kind == "mutated":
            data = make.mutated(data)
        if kind == "pipelined":
            data = b"".join(make.request() if rng.random() < 0.8 else make.mutated(make.request()) for _ in range(rng.randrange(2, 20)))
        if kind == "stream":
            data = make.head("GET", "/events", [("Host", f"127.0.0.1:{self.server.port}"), ("Authorization", "Bearer " + self.tokens["read"]),
                                                ("Last-Event-ID", rng.choice(["0", "5", "-1", "x", "99999999999999999999"]))])
        self.latest.append((kind, data))
        self.sent[kind] += 1
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=PATIENCE) as there:
            try:
                if kind == "slow":
                    head, size = data[:400], rng.choice([1, 3, 50])
                    for at in range(0, len(head), size):
                        there.sendall(head[at:at + size])
                        time.sleep(0.002)
                    there.sendall(data[400:])
                elif kind == "left":
                    there.sendall(data[:rng.randrange(len(data))])
                    return
                else:
                    there.sendall(data)
            except (ConnectionError, TimeoutError):
                pass  # told before all was sent: what it says is read
            self.answers(there, rng, kind, whole, b"/events" in data)

    def answers(self, there, rng, kind, whole, streams):
        got, began = b"", time.monotonic()
        # A stream never ends; of others the end of the first answer is enough, or that the service closed.
        patience = 0.2 if streams else PATIENCE if whole else rng.choice([0.05, 0.3, 1.0])
        there.settimeout(patience)
        while len(got) < 4 << 20:
            try:
                more = there.recv(65536)
            except socket.timeout:
                if whole and not streams:
                    self.trouble.append(f"no answer in {time.monotonic() - began:.0f} s")
                break
            except ConnectionError:
                break
            if not more:
                break
            got += more
            if whole and self.is_whole(got):
                break
        for code, head, body in self.parsed(got):
            self.status[code] += 1
            if code >= 500 and code not in (501, 505):  # the library's own words for what no server must know
                self.trouble.append(f"status {code}: {(head + body)[:400]!r}")
            if b"\nx-mark:" in head.lower():
                self.trouble.append("a header of ours is in the answer")
            if b"text/html" in head and MARK.encode() in body:
                self.trouble.append(f"markup of ours is in the answer: {body[:400]!r}")

    @staticmethod
    def parsed(got):
        """The answers in what came: (status, head, body), the last one perhaps cut."""
        while match := re.match(rb"HTTP/1\.[01] (\d\d\d)[^\n]*\r\n(.*?\r\n)?\r\n", got, re.S):
            head, got = match.group(0), got[match.end():]
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            size = int(length.group(1)) if length else 0 if match.group(1).startswith(b"1") else len(got)
            # What answers HEAD has a length and no body.
            size = 0 if got.startswith(b"HTTP/1.") else size
            yield int(match.group(1)), head, got[:size]
            got = got[size:]

    @staticmethod
    def is_whole(got):
        head, _, body = got.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        return bool(length) and not head.startswith(b"HTTP/1.1 100") and len(body) >= int(length.group(1))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--culprit", required=True, type=lambda p: pathlib.Path(p).resolve())
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--requests", type=int, default=0, help="so many connections of each thread; 0: until the time is over")
    options.add_argument("--threads", type=int, default=6)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="culprit-http-"))
    os.environ |= {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), "GIT_CONFIG_NOSYSTEM": "1"}
    server = Server(given.culprit, folder)
    server.start()
    operator = (server.root / "token").read_text().strip()
    tokens = {"operate": operator}
    for role in ("read", "submit"):
        tokens[role] = json.loads(server.ask("/api/v1/tokens", operator, "POST", json.dumps({"name": "fuzz-" + role, "role": role}).encode()))["token"]
    for title in (MARK, "\"'><b>"):
        server.ask("/api/v1/jobs", operator, "POST", json.dumps({"repository": "/nowhere", "command": ["x"], "title": title}).encode())
    sessions = {role: server.log_in(token) for role, token in tokens.items()}
    routes = [(r["method"], r["path"]) for r in json.loads(server.ask("/api/v1", operator))["routes"]]
    files_before, began = server.files(), time.monotonic()
    workers = [Worker(n, given, server, routes, tokens, sessions, began + given.seconds) for n in range(given.threads)]
    for worker in workers:
        worker.start()
    trouble, longest = [], 0.0
    while any(w.is_alive() for w in workers):
        time.sleep(1)
        if server.process.poll() is not None:
            break
        asked = time.monotonic()
        try:
            server.ask("/healthz", operator, limit=PATIENCE)
        except OSError as why:
            if not isinstance(why, ConnectionError) or server.process.poll() is not None:
                trouble.append(f"/healthz: {why}")
                break
        longest = max(longest, time.monotonic() - asked)
    for worker in workers:
        worker.join(PATIENCE)
        trouble += worker.trouble
    seconds = time.monotonic() - began
    sent, status = sum((w.sent for w in workers), collections.Counter()), sum((w.status for w in workers), collections.Counter())
    jobs, memory, files_after = 0, 0, 0
    if server.process.poll() is None:
        for _ in range(30):  # idle connections are closed after four seconds
            time.sleep(2)
            files_after, memory = server.files(), server.memory()
            if files_after <= files_before + 8:
                break
        if files_after > files_before + 8:
            trouble.append(f"{files_after} files are open, {files_before} were")
        jobs = json.loads(server.ask("/api/v1/jobs?limit=1", operator))["total"]
        server.process.send_signal(signal.SIGTERM)
    code = server.process.wait(PATIENCE)
    if code != 0:
        trouble.append(f"the service ended with {code}")
    said = server.log.read_text(errors="replace")
    trouble += re.findall(r"(?m)^.*(?:runtime error|ERROR: \w+Sanitizer|terminate called|Assertion).*$", said)[:5]
    record = sqlite3.connect(server.root / "queue.db")
    for actor, method, path, code in record.execute("select actor, method, path, status from audit where status < 400"):
        if actor in ("", "fuzz-read") and path not in ("/login", "/logout"):
            trouble.append(f"'{actor}' may {method} {path}: {code}")
    owners = {json.loads(body).get("spec", {}).get("owner") for (body,) in record.execute("select body from event where type = 'submitted'")}
    if owners & {"fuzz-read", "none", "", None}:
        trouble.append(f"jobs of {owners}")
    if not trouble:
        server.start()
        again = json.loads(server.ask("/api/v1/jobs?limit=1", operator))["total"]
        server.process.send_signal(signal.SIGTERM)
        if server.process.wait(PATIENCE) != 0 or again != jobs:
            trouble.append(f"begun again it has {again} jobs, it had {jobs}")
    print(f"{sum(sent.values())} connections in {seconds:.0f} s: {dict(sorted(sent.items()))}")
    print(f"answers by status: {dict(sorted(status.items()))}; /healthz in {longest:.2f} s at most")
    print(f"{jobs} jobs; {memory} MiB at most, files open {files_before} before and {files_after} after")
    if trouble:
        for n, worker in enumerate(workers):
            for at, (kind, data) in enumerate(worker.latest):
                (folder / f"request-{n}-{at}-{kind}").write_bytes(data)
        print("\n".join(trouble[:20]))
        print(f"FAILED, kept: {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
