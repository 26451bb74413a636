"""A git repository as a stream for `git fast-import`: trees as text, commits as edits, merges as replayed edits."""
import re

PEOPLE = ["Ada Marsh <ada@tally.example>", "Bela Horvath <bela@tally.example>", "Chidi Okoro <chidi@tally.example>",
          "Dana Lind <dana@tally.example>", "Emil Sato <emil@tally.example>"]
START = 1614592800  # 2021-03-01 10:00 UTC


class Tree(dict):
    """Path -> text. Every edit names its place by text that occurs exactly once, so that none goes astray."""

    def put(self, path, text):
        self[path] = text

    def sub(self, path, old, new):
        if self[path].count(old) != 1:
            raise SystemExit(f"{path}: {self[path].count(old)} times: {old!r}")
        self[path] = self[path].replace(old, new)

    def before(self, path, anchor, text):
        self.sub(path, anchor, text + anchor)

    def after(self, path, anchor, text):
        self.sub(path, anchor, anchor + text)

    def append(self, path, text):
        self[path] = self.get(path, "") + text


class Branch:
    def __init__(self, name, tree, tip):
        self.name, self.tree, self.tip, self.edits = name, tree, tip, []


class Repository:
    """Writes the stream; `main` is the branch that releases are cut from."""

    def __init__(self, out):
        self.out, self.mark, self.time, self.commits, self.state = out, 0, START, 0, 12345
        self.main = Branch("main", Tree(), None)

    def _random(self, bound):
        """Knuth's MMIX generator: the same history on every machine and with every Python."""
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % bound

    def _write(self, text):
        self.out.write(text.encode())

    def _data(self, text):
        self._write(f"data {len(text.encode())}\n{text}\n")

    def _commit(self, branch, message, before, merged=None):
        self.mark += 1
        self.commits += 1
        self.time += 3600 * (2 + self._random(40)) + self._random(3600)
        person = PEOPLE[self._random(len(PEOPLE))]
        self._write(f"commit refs/heads/{branch.name}\nmark :{self.mark}\n"
                    f"author {person} {self.time} +0000\ncommitter {person} {self.time} +0000\n")
        self._data(message + f"\n\nSigned-off-by: {person}\n")
        if branch.tip:
            self._write(f"from :{branch.tip}\n")
        if merged:
            self._write(f"merge :{merged.tip}\n")
        for path, text in branch.tree.items():
            if before.get(path) != text:
                mode = "100755" if path.endswith(".sh") else "100644"
                self._write(f"M {mode} inline {path}\n")
                self._data(text)
        for path in before.keys() - branch.tree.keys():
            self._write(f"D {path}\n")
        self._write("\n")
        branch.tip = self.mark

    def commit(self, branch, title, edit, body=""):
        before = Tree(branch.tree)
        edit(branch.tree)
        assert before != branch.tree, title
        branch.edits.append(edit)
        self._commit(branch, title + (f"\n\n{body}" if body else ""), before)

    def fork(self, name):
        return Branch(name, Tree(self.main.tree), self.main.tip)

    def merge(self, branch):
        before = Tree(self.main.tree)
        for edit in branch.edits:
            edit(self.main.tree)
        self._commit(self.main, f"Merge branch '{branch.name}'", before, merged=branch)
        self._write(f"reset refs/heads/{branch.name}\nfrom {'0' * 40}\n\n")

    def tag(self, name):
        self._write(f"tag {name}\nfrom :{self.main.tip}\ntagger {PEOPLE[0]} {self.time + 600} +0000\n")
        self._data(f"tally {re.sub('^v', '', name)}\n")
