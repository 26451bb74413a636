#!/usr/bin/env python3
"""Load on the service: watching browsers and requests for pages, while jobs run; how long answers take, and what it costs the jobs.

    bench/service/load.py --culprit build/release/culprit --streams 50 --rate 200 --jobs 4 --rounds 3

Each round runs the same jobs twice, beside nothing and beside the load, in an order that alternates: a bug in a linear history, whose build and
test compute. Requests begin at their moments whether those before them were answered or not, and their time counts from
that moment. They go to the pages and texts that a browser asks for, of the round's first job (which runs) and of one that has ended,
with a token. The client computes on the same cores; how much is printed.
"""
import argparse
import asyncio
import collections
import http.client
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

PATIENCE = 60  # seconds until a request counts as unanswered
PAGES = ["/", "/job/{}", "/bugs", "/machines", "/job/{}/log", "/api/v1/jobs", "/static/style.css", "/?state=open", "/job/{}/result.json",
         "/api/v1/jobs/{}", "/metrics", "/experience", "/job/{}/report", "/healthz"]
ENDED = 1  # the job that was done beforehand
BUSY = "import sys\nx = 0\nfor i in range(int(sys.argv[1])): x = (x * 31 + i) % 1000003\n"


def history(folder, commits, bad):
    repo = folder / "repo"
    repo.mkdir()
    who = {f"GIT_{w}_{k}": v for w in ("AUTHOR", "COMMITTER") for k, v in (("NAME", "A"), ("EMAIL", "a@b.example"))}

    def git(*words):
        subprocess.run(["git", *words], cwd=repo, env=os.environ | who, check=True, stdout=subprocess.DEVNULL)
    git("init", "-q", "-b", "main")
    (repo / "busy.py").write_text(BUSY)
    (repo / "build.sh").write_text("python3 busy.py 2000000\n")
    (repo / "test.sh").write_text(f'#!/bin/sh\npython3 busy.py 1000000\n[ "$(cat number)" -lt {bad} ] || kill -SEGV $$\n')
    (repo / "test.sh").chmod(0o755)
    for n in range(1, commits + 1):
        (repo / "number").write_text(f"{n}\n")
        git("add", "-A")
        git("commit", "-qm", f"change {n}")
        if n == 1:
            git("tag", "v1.0")
    return repo


class Service:
    def __init__(self, culprit, folder, slots):
        self.root = folder / "service"
        (folder / "service.toml").write_text(f"slots = {slots}\n[limits]\nrequests_per_second = 10000\n[sandbox]\nmode = \"off\"\n[policy]\nlearn = false\n")
        self.process = subprocess.Popen([culprit, "serve", "--root", self.root, "--config", folder / "service.toml", "--listen", "127.0.0.1:0"],
                                        stdout=subprocess.DEVNULL, stderr=open(folder / "service.log", "ab"))
        while not (self.root / "url").exists():
            if self.process.poll() is not None:
                sys.exit("the service does not start")
            time.sleep(0.05)
        self.url = (self.root / "url").read_text().strip()
        self.token = (self.root / "token").read_text().strip()

    def ask(self, path, method="GET", body=None):
        request = urllib.request.Request(self.url + path, method=method, data=body and json.dumps(body).encode(),
                                         headers={"Authorization": "Bearer " + self.token})
        until = time.monotonic() + PATIENCE
        while True:  # beside the load, the service may have as many connections from this address as it takes
            try:
                with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                    return json.loads(answer.read())
            except (OSError, http.client.HTTPException):
                if method != "GET" or time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def run(self, repo, jobs, limit=900):
        """Seconds until so many equal jobs are answered."""
        began = time.monotonic()
        ids = [self.ask("/api/v1/jobs", "POST", {"repository": str(repo), "good": ["v1.0"], "build": "sh build.sh", "command": ["./test.sh"],
                                                 "runs": 4, "jobs": 1, "title": "load"})["id"] for _ in range(jobs)]
        while True:
            self.first = ids[0]
            states = [self.ask(f"/api/v1/jobs/{n}")["state"] for n in ids]
            if all(s == "answered" for s in states):
                return time.monotonic() - began
            if any(s in ("failed", "inconclusive", "cancelled") for s in states):
                sys.exit(f"the jobs end as {states}")
            if time.monotonic() - began > limit:
                sys.exit(f"after {limit} s the jobs are {states}")
            time.sleep(0.25)

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) // 1024


class Load(threading.Thread):
    def __init__(self, service, streams, rate):
        super().__init__(daemon=True)
        self.host, self.port = urllib.parse.urlsplit(service.url).hostname, urllib.parse.urlsplit(service.url).port
        self.service, self.token, self.streams, self.rate, self.cpu = service, service.token, streams, rate, 0.0
        self.times, self.status, self.events, self.going = collections.defaultdict(list), collections.Counter(), 0, True

    def head(self, path):
        return f"GET {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAuthorization: Bearer {self.token}\r\n\r\n".encode()

    async def watch(self):
        reader, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(self.head("/events"))
        while self.going:
            try:
                line = await asyncio.wait_for(reader.readline(), 1)
            except asyncio.TimeoutError:
                continue
            if not line:
                self.status["stream ended"] += 1
                return
            self.events += line.startswith(b"event:")
        writer.close()

    async def one(self, page, job, due, connections):
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = connections.pop() if connections else await asyncio.open_connection(self.host, self.port)
                writer.write(self.head(page.format(job)))
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = next(int(line.split(":")[1]) for line in head.lower().splitlines() if line.startswith("content-length"))
                await reader.readexactly(length)
            status = head.split()[1]
            # A job that has just begun has no text yet.
            self.status["404, not begun" if status == "404" and job != ENDED and "/job/{}/" in page else status] += 1
            connections.append((reader, writer))
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as why:
            self.status[type(why).__name__] += 1
        self.times[page].append(time.monotonic() - due)

    async def all(self):
        watching = [asyncio.create_task(self.watch()) for _ in range(self.streams)]
        connections, asked, began, count = [], set(), time.monotonic(), 0
        while self.going:
            due = began + count / self.rate
            await asyncio.sleep(max(0, due - time.monotonic()))
            job = ENDED if count // len(PAGES) % 2 else self.service.first
            task = asyncio.create_task(self.one(PAGES[count % len(PAGES)], job, due, connections))
            asked.add(task)
            task.add_done_callback(asked.discard)
            count += 1
        await asyncio.gather(*asked, *watching)

    def run(self):
        asyncio.run(self.all())
        self.cpu = time.thread_time()


def at(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--culprit", required=True, type=lambda p: pathlib.Path(p).resolve())
    options.add_argument("--streams", type=int, default=50)
    options.add_argument("--rate", type=float, default=200, help="requests a second")
    options.add_argument("--jobs", type=int, default=4)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--commits", type=int, default=64)
    given = options.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="culprit-load-"))
    os.environ |= {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), "GIT_CONFIG_NOSYSTEM": "1"}
    repo = history(folder, given.commits, given.commits * 2 // 3)
    service = Service(given.culprit, folder, given.jobs)
    try:
        return measure(given, service, repo)
    finally:
        service.process.kill()
        service.process.wait()
        shutil.rmtree(folder)


def cost(service, asked=100):
    """Prints what each page costs when one asks at a time: processor time does not depend on what else the machine does."""
    for page in PAGES:
        times, used = [], service.cpu()
        for _ in range(asked):
            request = urllib.request.Request(service.url + page.format(ENDED), headers={"Authorization": "Bearer " + service.token})
            began = time.monotonic()
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                answer.read()
            times.append(time.monotonic() - began)
        print(f"  {(service.cpu() - used) / asked * 1000:6.2f} ms of a processor  {at(times, 0.5):8.1f} ms half  {at(times, 0.99):8.1f} p99  {page}")


def measure(given, service, repo):
    service.run(repo, 1)  # the job whose pages are asked for
    cost(service)
    quiet, loaded, times, status, events, cpu, client = [], [], collections.defaultdict(list), collections.Counter(), 0, 0.0, 0.0
    for n in range(given.rounds):
        for with_load in ((False, True) if n % 2 == 0 else (True, False)):
            if not with_load:
                quiet.append(service.run(repo, given.jobs))
                continue
            load, used = Load(service, given.streams, given.rate), service.cpu()
            load.start()
            loaded.append(service.run(repo, given.jobs))
            load.going = False
            load.join(2 * PATIENCE)
            cpu, client = cpu + service.cpu() - used, client + load.cpu
            events += load.events
            status += load.status
            for path, some in load.times.items():
                times[path] += some
    every = [t for some in times.values() for t in some]
    print(f"{len(every)} requests in {sum(loaded):.0f} s by {dict(status)}; {given.streams} streams got {events} events")
    print(f"answered in {at(every, 0.5):.1f} ms (half), {at(every, 0.9):.1f} (p90), {at(every, 0.99):.1f} (p99), {max(every) * 1000:.1f} (worst)")
    for path, some in sorted(times.items(), key=lambda pair: -at(pair[1], 0.99)):
        print(f"  {at(some, 0.99):8.1f} ms p99  {at(some, 0.5):8.1f} half  {path}")
    slower = statistics.median(loaded) / statistics.median(quiet) - 1
    print(f"{given.jobs} jobs: {', '.join(f'{s:.1f}' for s in quiet)} s beside nothing, {', '.join(f'{s:.1f}' for s in loaded)} s beside the load: "
          f"{slower:+.0%}; the service itself used {cpu / sum(loaded):.0%} of a core, {service.memory()} MiB at most; "
          f"the client {client / sum(loaded):.0%}")
    service.process.send_signal(signal.SIGTERM)
    code = service.process.wait(60)
    return 1 if code or set(status) - {"200", "404, not begun"} else 0


if __name__ == "__main__":
    sys.exit(main())
