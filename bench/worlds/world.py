"""What the worlds are made of: a history, a test, a build, the truth, and what an experimenter could know of it.

A world is a function that fills a World from its random numbers. The table `WORLDS` is filled by the decorator `world`, in the
order of the files. Nothing here runs culprit: worlds.py does.
"""
import dataclasses
import math
import os
import random
import subprocess

WORDS = ("cache", "parser", "net", "queue", "index", "timer", "render", "codec", "journal", "mount", "shell", "socket")
DEEDS = ("avoid a copy in the slow path", "do not wait twice", "count from one", "take the lock later", "say why it failed",
         "drop a stale comment", "fewer allocations", "accept longer names", "tidy up", "follow the new API", "a test for this",
         "Merge the two lists", "fix the fix", "état des lieux", "make it work on \"odd\" names", "50% faster $HOME `x`")

# How a bug can look: the shell text that ends a run with it. Two different ones are never taken for each other.
LOOKS = ("crash SEGV", "crash ABRT", "crash BUS", "crash FPE", "asan heap-use-after-free parse_header",
         "asan heap-buffer-overflow copy_tail", "asan stack-buffer-overflow fold_line", "asserted 'count > 0' queue.c")

# Sourced by every test. K is the number of the run over all of the bisection, whatever the commit: kept outside of the checkouts.
LIB = r'''
ulimit -c 0
printf . >>"$W/turns"; K=$(wc -c <"$W/turns"); DRAW=0
# chance PERMILLE: true so often; the K-th run of a seed always draws the same.
chance() {
  DRAW=$((DRAW + 1))
  x=$(((K * 2654435761 + SEED * 40503 + DRAW * 97 + ${CULPRIT_SLOT:-0} * 7) & 4294967295))
  x=$((((x ^ (x >> 15)) * 2246822519) & 4294967295)); x=$((((x ^ (x >> 13)) * 3266489917) & 4294967295)); x=$((x ^ (x >> 16)))
  [ $((x % 1000)) -lt "$1" ]
}
# is FLAG: the file flags/FLAG of the checkout begins with something other than 0. value FLAG: its first word, in $v.
value() { v=0; { read -r v rest <"flags/$1"; } 2>/dev/null; }
is() { value "$1"; [ "$v" != 0 ]; }
crash() { kill -s "$1" $$; sleep 1; exit 99; }
asan() {
  cat >&2 <<R
=================================================================
==$$==ERROR: AddressSanitizer: $1 on address 0x602000000$((100 + K % 800)) at pc 0x5581dea0 bp 0x7ffd0a30 sp 0x7ffd0a28
READ of size 4 at 0x602000000$((100 + K % 800)) thread T0
    #0 0x5581de9f in $2 src/$2.c:41:7
    #1 0x5581df10 in read_all src/read.c:88:3
    #2 0x5581df80 in main src/main.c:12:10
SUMMARY: AddressSanitizer: $1 src/$2.c:41:7 in $2
R
  exit 1
}
asserted() { echo "prog: src/$2:41: work: Assertion \`$1' failed." >&2; crash ABRT; }
'''


@dataclasses.dataclass
class Kind:
    """A row of the table: how a world is made, and how it is judged."""
    make: object
    name: str
    knows: str         # "right": an ideal experimenter names the truth; "honest": none can, and no answer is what is wanted
    quick: bool        # part of the quick form
    most_runs: int     # more is stuck
    most_builds: int
    false_ends: tuple  # exit codes that state what is not so (4, 5: an end fails its check) and count as wrong


WORLDS = []


def world(knows="right", quick=True, most_runs=600, most_builds=120, false_ends=()):
    def register(make):
        assert make.__doc__ and knows in ("right", "honest"), make
        WORLDS.append(Kind(make, make.__name__.replace("_", "-"), knows, quick, most_runs, most_builds, tuple(false_ends)))
        return make
    return register


class World:
    """One world of one seed, in a folder of its own: $W for its scripts, the repository in $W/repo."""

    def __init__(self, name, seed, folder):
        self.rng = random.Random(f"{name}:{seed}")
        self.seed, self.folder, self.repo = seed, folder, os.path.join(folder, "repo")
        self.args, self.env, self.commits, self.trees, self.hashes, self.dates = [], {}, [], {}, {}, {}
        self.truth, self.with_truth = (), ()  # the right answers; answers that are right where the output names a truth beside them
        self.good, self.bad, self.cwd, self.branch = "first", "last", "", "main"
        self.needs, self.config, self.tags, self.command, self.after, self.git_command = None, "", {}, None, None, None
        looks = self.rng.sample(LOOKS, 3)
        while "crash ABRT" in looks and LOOKS[-1] in looks:  # both end with one signal
            looks = self.rng.sample(LOOKS, 3)
        self.look, self.other, self.third = looks
        self.script("test.sh", "exit 0")

    # --- what a world's function says

    def commit(self, label, parents=None, files=None, title=None, **flags):
        """A commit on top of `parents` (labels; default: the one before). Flags are files of their own: a revert takes one back
        without a conflict. Where several parents are given, their files are united and a flag is the greatest; what is said here
        wins. A file that is None is deleted; ("x", text) is executable; ("160000", hash) a submodule."""
        parents = parents if parents is not None else ([self.commits[-1][0]] if self.commits else [])
        tree = {}
        for parent in reversed(parents):
            for path, what in self.trees[parent].items():
                if not (path.startswith("flags/") and str(tree.get(path, "")) > str(what)):
                    tree[path] = what
        for path, what in {**(files or {}), **{f"flags/{flag}": f"{n}\n" for flag, n in flags.items()}}.items():
            tree[path] = what
        if files is None:
            tree[f"src/{label}.c"] = f"/* {self.rng.random()} */\n"  # no two trees are equal
        tree = {path: what for path, what in tree.items() if what is not None}
        self.trees[label] = tree
        self.commits.append((label, parents, title or f"{self.rng.choice(WORDS)}: {self.rng.choice(DEEDS)}"))
        return label

    def line(self, n=None, at=None, margin=2, files=None, changes=None, entangled=None):
        """A line of `n` commits, 0 to n-1, of which `at` brings the flag bug, at least `margin` away from both ends. `changes`
        is what further flags change, by commit. In a part of the worlds later commits touch the bug's lines again, so that it
        cannot be taken back."""
        n = n or self.rng.randint(14, 26)
        at = at if at is not None else self.rng.randint(1 + margin, n - 1 - margin)
        entangled = self.rng.random() < 0.25 if entangled is None else entangled
        for i in range(n):
            flags = dict((changes or {}).get(i, {}))
            if i == 0:
                flags = {"bug": 0, **flags}
            if i == at:
                flags["bug"] = 1
            elif entangled and i == min(at + 1, n - 1):
                flags["bug"] = "1 and more"
            self.commit(i, files=(files or {}).get(i) and {**files[i], f"src/{i}.c": f"/* {i} */\n"}, **flags)
        self.truth, self.good, self.bad = (at,), 0, n - 1
        self.n, self.at = n, at
        return n, at

    def line_around(self, flag, **how):
        """A line in whose middle, where a search comes first, 3 to 5 commits have a flag; the culprit and its parent do not."""
        n = self.rng.randint(18, 24)
        first = n // 2 - self.rng.randint(1, 2)
        last = n // 2 + self.rng.randint(1, 2)
        at = self.rng.choice([i for i in range(3, n - 3) if i < first or i > last + 1])
        self.line(n, at, **how)
        self.mark(flag, first, last + 1)
        return range(first, last + 1)

    def mark(self, flag, first, beyond):
        """Gives commits of a line a flag."""
        for i in range(first, beyond):
            self.trees[i][f"flags/{flag}"] = "1\n"

    def test(self, text, *args):
        """The test: shell text, in which `LOOK` is the bug's look and `OTHER`, `THIRD` are looks of other troubles."""
        self.script("test.sh", '. "$W/lib.sh"\n' + self.looks(text))
        self.args += args

    def build(self, text, *args):
        self.script("build.sh", 'printf . >>"$W/builds"; B=$(wc -c <"$W/builds")\n'
                    'value() { v=0; { read -r v rest <"flags/$1"; } 2>/dev/null; }\nis() { value "$1"; [ "$v" != 0 ]; }\n' + text)
        self.args += ["--build", 'sh "$W/build.sh"', *args]

    def bug(self, rate=1.0, *args):
        """The plain test: where the flag bug is, a run shows it at this rate. An ideal experimenter's need is known."""
        permille = round(rate * 1000)
        self.test("is bug || exit 0\n" + ("" if rate == 1 else f"chance {permille} || exit 0\n") + "LOOK", *args)
        self.ideal(rate)

    def looks(self, text):
        for word, look in (("LOOK", self.look), ("OTHER", self.other), ("THIRD", self.third)):
            text = text.replace(word, look)
        return text

    def ideal(self, rate, candidates=None):
        """The least that any policy needs (docs/search.md, LB1): the bits of the range over the capacity of a run, a Z-channel."""
        bits = math.log2(max(2, candidates or self.n - 1))
        capacity = 1 if rate == 1 else math.log2(1 + rate * (1 - rate) ** ((1 - rate) / rate))
        self.needs = (bits, bits / capacity)

    def script(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as out:
            out.write(text + "\n")
        os.chmod(os.path.join(self.folder, name), 0o755)

    def git(self, *args):
        return subprocess.run(("git", "-C", self.repo) + args, env=self.environment(), check=True, text=True, capture_output=True).stdout

    # --- what the runner needs

    def for_git(self):
        """The shell text for `git bisect run`, as a user of it would write it: what does not build is skipped, and a time limit is
        a failure."""
        if self.git_command:
            return self.git_command
        limit = f"timeout {self.args[self.args.index('--timeout') + 1]} " if "--timeout" in self.args else ""
        return ('sh "$W/build.sh" || exit 125; ' if "--build" in self.args else "") + f'{limit}sh "$W/test.sh"'

    def environment(self):
        env = {key: text for key, text in os.environ.items() if not key.startswith(("GIT_", "CULPRIT_"))}
        # A version manager's python3 (a shim, half a second a call) is not what is measured.
        env["PATH"] = "/usr/bin:/bin:" + env.get("PATH", "")
        env.update(HOME=self.folder, XDG_STATE_HOME=self.folder + "/state", GIT_CONFIG_NOSYSTEM="1", W=self.folder,
                   SEED=str(self.seed), GIT_AUTHOR_NAME="A", GIT_AUTHOR_EMAIL="a@example.org", GIT_COMMITTER_NAME="A",
                   GIT_COMMITTER_EMAIL="a@example.org", GIT_TERMINAL_PROMPT="0", LC_ALL="C.UTF-8")
        env.pop("XDG_CONFIG_HOME", None)
        env.update(self.env)
        return env

    def write(self):
        """Makes the repository, in one go of git fast-import, with its branch and tags."""
        with open(os.path.join(self.folder, "lib.sh"), "w", encoding="utf-8") as out:
            out.write(LIB)
        with open(os.path.join(self.folder, ".gitconfig"), "w", encoding="utf-8") as out:
            out.write("[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n" + self.config)
        subprocess.run(["git", "init", "-q", "-b", self.branch, self.repo], env=self.environment(), check=True)
        marks = os.path.join(self.folder, "marks")
        subprocess.run(["git", "-C", self.repo, "fast-import", "--quiet", "--force", "--date-format=raw", f"--export-marks={marks}"],
                       env=self.environment(), input=self._stream(), check=True)
        with open(marks, encoding="utf-8") as lines:
            by_mark = dict(line.split() for line in lines)
        self.hashes = {label: by_mark[f":{i + 1}"] for i, (label, _, _) in enumerate(self.commits)}
        os.remove(marks)
        self.git("reset", "-q", "--hard", self.branch)

    def _stream(self):
        out, marks = [], {}
        for i, (label, parents, title) in enumerate(self.commits):
            marks[label] = i + 1
            said = title.encode()
            when = f"{self.dates.get(label, 1700000000 + i * 3600)} +0000"
            if not parents:
                out.append(f"reset refs/heads/{self.branch}\n\n".encode())
            out.append(f"commit refs/heads/{self.branch}\nmark :{i + 1}\nauthor A <a@example.org> {when}\n"
                       f"committer A <a@example.org> {when}\ndata {len(said)}\n".encode() + said + b"\n")
            for j, parent in enumerate(parents):
                out.append(f"{'merge' if j else 'from'} :{marks[parent]}\n".encode())
            out.append(b"deleteall\n")
            for path, what in self.trees[label].items():
                mode, text = what if isinstance(what, tuple) else ("100644", what)
                if mode == "160000":
                    out.append(f"M 160000 {text} {path}\n".encode())
                    continue
                data = text if isinstance(text, bytes) else text.encode()
                out.append(f"M {'100755' if mode == 'x' else mode} inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
            out.append(b"\n")
        for tag, label in self.tags.items():
            out.append(f"reset refs/tags/{tag}\nfrom :{marks[label]}\n\n".encode())
        return b"".join(out)

    def arguments(self):
        """culprit bisect's own, but for --json."""
        ends = [] if self.good is None else ["--good", self.rev(self.good)]
        ends += [] if self.bad is None else ["--bad", self.rev(self.bad)]
        filled = [word.format(**{f"c{label}": h for label, h in self.hashes.items()}) if "{c" in word else word for word in self.args]
        return ends + filled

    def rev(self, label):
        return self.hashes.get(label, label)
