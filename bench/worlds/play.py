"""One bisection in one world: made, played, judged."""
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import world as made

CLASSES = ("right", "honest", "gave up", "wrong", "stuck")
NO_ANSWER = {1, 3, 4, 5}
ACTIVE = set()  # the folders of the worlds that are being played


class Ended:
    """What one bisection came to."""

    def __init__(self, kind, seed):
        self.kind, self.seed, self.cls, self.why = kind, seed, None, ""
        self.runs = self.builds = 0
        self.seconds, self.needs = 0.0, None
        self.replayed = None  # True: `culprit replay` of the log came to the same answer

    def is_(self, cls, why):
        self.cls, self.why = cls, why


def play(kind, seed, options):
    """One bisection, in a folder of its own."""
    ended = Ended(kind, seed)
    if options.keep:
        folder = os.path.join(options.keep, f"{kind.name}.{seed}")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
    else:
        folder = tempfile.mkdtemp(prefix=f"world-{kind.name}.")
    ACTIVE.add(folder)
    try:
        w = made.World(kind.name, seed, folder)
        kind.make(w)
        w.write()
        if w.after:
            w.after()
        ended.needs = w.needs
        (git_bisect if options.git else bisect)(w, ended, options)
    finally:
        ACTIVE.discard(folder)
        if not options.keep:
            remove(folder)
    return ended


def remove(folder):
    subprocess.run(["chmod", "-R", "u+w", folder], check=False, stderr=subprocess.DEVNULL)
    shutil.rmtree(folder, ignore_errors=True)


def stop_all(keep):
    """Ends the processes of all worlds that are being played, for a runner that is told to stop."""
    for folder in list(ACTIVE):
        end_leftovers(folder, 0)
        if not keep:
            remove(folder)


def bisect(w, ended, options):
    env, inside = w.environment(), lambda name: os.path.join(w.folder, name)
    env["CULPRIT"] = options.binary
    command = [options.binary, "bisect", "--json", inside("result.json")] + (["--log", inside("log")] if options.replay else [])
    command += w.arguments() + options.further + ["--"] + (w.command or ["sh", inside("test.sh")])
    cwd = os.path.join(w.repo, w.cwd)
    write_again(w, env, cwd, command)
    before, began = state_of(w.repo, env), time.monotonic()
    code = started(w, ended.kind, command, cwd, env, options.timeout)
    ended.seconds = time.monotonic() - began
    left = end_leftovers(w.folder, 0 if code is None else 3)
    if left and code is not None:
        ended.is_("stuck", f"{left} processes outlive it")
    elif state_of(w.repo, env) != before:
        ended.is_("wrong", "the user's repository was touched")
    judge(w, ended, code)
    if options.replay and code in (0, 1):
        replay(w, ended, options)


def git_bisect(w, ended, options):
    """What `git bisect run` names in a clone, with the same build and test: one run a revision, its ends taken at the user's word."""
    env, clone = w.environment(), os.path.join(w.folder, "clone")
    subprocess.run(["git", "clone", "-q", w.repo, clone], env=env, check=True)
    subprocess.run(["git", "-C", clone, "bisect", "start", w.rev(w.bad), w.rev(w.good)], env=env, check=True, capture_output=True)
    began = time.monotonic()
    code = started(w, ended.kind, ["git", "bisect", "run", "sh", "-c", w.for_git()], clone, env, options.timeout)
    ended.seconds = time.monotonic() - began
    end_leftovers(w.folder, 0)
    ended.runs, ended.builds = done_in(w)
    said = read(os.path.join(w.folder, "out"))
    named = [line.split()[0] for line in said.splitlines() if line.endswith("is the first bad commit")]
    truth = [w.hashes[label] for label in w.truth]
    if named:
        ended.is_("right" if named[0] in truth else "wrong", f"named {named[0]}")
    elif code is None:
        ended.is_("stuck", "no run and no build for too long")
    else:
        ended.is_("honest" if ended.kind.knows == "honest" else "gave up", f"exit {code}")


def started(w, kind, command, cwd, env, timeout):
    """Runs culprit: its exit code, or None where it goes too far or nothing goes on."""
    with open(os.path.join(w.folder, "out"), "w", encoding="utf-8") as out, open(os.path.join(w.folder, "err"), "w", encoding="utf-8") as err:
        process = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
    seen, since = (0, 0), time.monotonic()
    while True:
        try:
            return process.wait(0.2)
        except subprocess.TimeoutExpired:
            pass
        done = done_in(w)
        if done != seen:
            seen, since = done, time.monotonic()
        if time.monotonic() - since > timeout or too_many(kind, *done):
            break
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return None


def done_in(w):
    """Runs and builds that were begun, as the world's own scripts count them."""
    return size(os.path.join(w.folder, "turns")), size(os.path.join(w.folder, "builds"))


def too_many(kind, runs, builds):
    return runs > kind.most_runs or builds > kind.most_builds


def write_again(w, env, cwd, command):
    """A script in the world's folder that begins the same bisection anew."""
    said = ["W", "SEED", "HOME", "XDG_STATE_HOME", "GIT_CONFIG_NOSYSTEM", "LC_ALL", "CULPRIT", *w.env]
    said += [key for key in env if key.startswith(("GIT_AUTHOR", "GIT_COMMITTER"))]
    w.script("again.sh", "#!/bin/sh\n# The same bisection again, from nothing.\n" +
             "".join(f"export {key}={shlex.quote(env[key])}\n" for key in said) +
             f'rm -rf "$W/state" "$W/turns" "$W/builds"\ncd {shlex.quote(cwd)}\nexec {shlex.join(command)}')


def state_of(repo, env):
    """What of the user's repository must be as before."""
    shown = []
    for words in ("status --porcelain=v2 --branch", "for-each-ref", "worktree list --porcelain", "config --list --local", "stash list"):
        shown.append(subprocess.run(["git", "-C", repo, *words.split()], env=env, text=True, capture_output=True).stdout)
    return shown


def processes_of(folder):
    """The processes of a world: those whose environment has its folder as $W."""
    mark, found = f"W={folder}".encode(), []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as environ:
                if mark in environ.read().split(b"\0"):
                    found.append(int(pid))
        except OSError:
            pass
    return found


def end_leftovers(folder, seconds):
    """Ends what is left of a world's processes after this time; how many these were."""
    until = time.monotonic() + seconds
    while processes_of(folder) and time.monotonic() < until:
        time.sleep(0.1)
    left = processes_of(folder)
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    return len(left)


def read(path):
    with open(path, encoding="utf-8", errors="replace") as text:
        return text.read()


def size(path):
    return os.path.getsize(path) if os.path.exists(path) else 0


def judge(w, ended, code):
    """Reads what culprit said, counts, and gives the bisection its class unless it has one."""
    kind, result = ended.kind, os.path.join(w.folder, "result.json")
    told = json.loads(read(result)) if os.path.exists(result) else {"result": None, "stats": {}}
    answer = told["result"]
    runs, builds = done_in(w)
    ended.runs, ended.builds = runs or told["stats"].get("runs", 0), builds or told["stats"].get("builds", 0)
    if ended.cls:
        return
    if too_many(kind, ended.runs, ended.builds):
        ended.is_("stuck", f"more than the {kind.most_runs} runs or {kind.most_builds} builds that are allowed, exit {code}")
    elif code is None:
        ended.is_("stuck", "no run and no build for too long")
    elif code not in NO_ANSWER | {0}:
        last = [line for line in read(os.path.join(w.folder, "err")).splitlines() if line.strip()]
        ended.is_("stuck", f"exit {code}: {' / '.join(last[-2:])[:160]}")
    elif code == 0:
        judge_answer(w, ended, answer)
    else:
        judge_silence(w, ended, code, answer)


def judge_answer(w, ended, answer):
    if not answer:
        return ended.is_("stuck", "exit 0 without an answer")
    named, truth = answer["commit"], {w.hashes[label] for label in w.truth}
    beside = named in {w.hashes[label] for label in w.with_truth} and any(h[:12] in read(os.path.join(w.folder, "out")) for h in truth)
    label = next((label for label, h in w.hashes.items() if h == named), named)
    check = (answer.get("verification") or {}).get("kind")
    ended.is_("right" if named in truth or beside else "wrong",
              f"named {label} at {answer['probability']:.4f}, check {check}; the truth: {'/'.join(map(str, w.truth)) or 'nothing'}")


def judge_silence(w, ended, code, answer):
    held = {c["commit"]: c["probability"] for c in (answer or {}).get("candidates") or []}
    why = f"exit {code}, {answer and answer['kind']}"
    if w.truth:
        why += f"; the truth: {'/'.join(map(str, w.truth))}, held with {sum(held.get(w.hashes[label], 0) for label in w.truth):.2f}"
    if code in ended.kind.false_ends:
        ended.is_("wrong", why + ": no end fails its check")
    else:
        ended.is_("honest" if ended.kind.knows == "honest" else "gave up", why)


def replay(w, ended, options):
    """Whether culprit reads the answer out of its own log."""
    done = subprocess.run([options.binary, "replay", "--json", os.path.join(w.folder, "log")], cwd=w.repo, env=w.environment(), text=True,
                          capture_output=True)
    named = json.loads(read(os.path.join(w.folder, "result.json")))["result"]["commit"]
    failed = {"culprit": f"exit {done.returncode}", "text": done.stderr}
    concluded = json.loads(done.stdout)["conclusion"] if done.returncode == 0 else failed
    ended.replayed = concluded["culprit"] == named
    if not ended.replayed:
        print(f"replay differs: {ended.kind.name} seed {ended.seed}: the bisection names {named}, its log {concluded['culprit']}: "
              f"{' '.join((concluded.get('text') or '').split())[:200]}", file=sys.stderr, flush=True)
