#!/usr/bin/env python3
"""Lays the example's history into a git repository that holds the source trees of the releases.

usage: history.py REPOSITORY SERIES [--masked | --years] TREE::RELEASE...

TREE is the tag of an imported source tree (import_release.py), RELEASE the tag that its commit gets; oldest first, at
least two. SERIES is the folder with `order` and the patches; with --years the order is that of its folder `years`. Works on objects and an index of its own: there is no
checkout before the history is done. Everything that enters a commit id is fixed.
"""
import os
import pathlib
import subprocess
import sys

FIRST_DATE = 1772442000  # 2026-03-02 09:00 UTC
STEP = 26_580            # 7 h 23 min from a commit to the next
FIRST_DATE_OF_YEARS = 1607936400  # 2020-12-14 09:00 UTC
STEP_OF_YEARS = 3_715_380         # 43 days and 3 min
KEEPER = ("Ines Marrow", "ines.marrow@example.org")


class History:
    def __init__(self, repository, series, years):
        self.series = series
        self.order = series / "years" / "order" if years else series / "order"
        self.step = STEP_OF_YEARS if years else STEP
        self.repository = repository
        self.env = dict(os.environ, GIT_INDEX_FILE=str(repository / ".git" / "history-index"), LC_ALL="C")
        self.date = FIRST_DATE_OF_YEARS if years else FIRST_DATE
        self.head = None      # the commit that the next one follows
        self.mainline = None  # the main branch's, while a topic is being written
        self.tree = None      # the source tree of the newest release, without anything of ours
        self.branches = {}
        self.branch = None

    def git(self, *args, text="", env=None):
        done = subprocess.run(["git", "-C", str(self.repository), *args], input=text.encode(), env=env or self.env,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            sys.exit(f"history.py: git {' '.join(args[:3])}: {done.stderr.decode().strip()}")
        return done.stdout.decode()

    def commit(self, tree, parents, author, message):
        stamp = f"{self.date} +0000"
        self.date += self.step
        env = dict(self.env, GIT_AUTHOR_NAME=author[0], GIT_AUTHOR_EMAIL=author[1], GIT_AUTHOR_DATE=stamp,
                   GIT_COMMITTER_NAME=KEEPER[0], GIT_COMMITTER_EMAIL=KEEPER[1], GIT_COMMITTER_DATE=stamp)
        self.head = self.git("commit-tree", tree, *(a for p in parents for a in ("-p", p)), text=message, env=env).strip()

    def release(self, tag, name, port=None):
        """The release's tree, with what the history has added to the one before, as the patch `port` changes it."""
        ours = self.git("diff-tree", "-p", "--full-index", self.tree, self.head) if self.head else ""
        self.git("read-tree", tag)
        if ours:
            self.git("apply", "--cached", "--3way", text=ours)
        if port:
            self.git("apply", "--cached", "-C1", text=port.read_text())
        self.tree = tag
        message = f"Linux {name[1:]}\n\nAs Debian packages it: linux-source-{line_of(name)} {tag.removeprefix('tree/').split('/')[0]}.\n"
        self.commit(self.git("write-tree").strip(), [self.head] if self.head else [], KEEPER, message)
        self.git("tag", name, self.head)

    def patch(self, name, wire=None):
        """A commit from a patch; with `wire`, what that one does outside of our driver is done by `wire`."""
        text = (self.series / f"{name}.patch").read_text()
        head, diff = text.split("\n---\n", 1)
        author, subject, message = head.split("\n", 2)
        author = author.removeprefix("From: ").rstrip(">").split(" <")
        self.git("read-tree", self.head)
        self.git("apply", "--cached", "-C1", *(["--include=drivers/misc/ferry/*"] if wire else []), text=diff)
        if wire:
            self.git("apply", "--cached", "-C1", text=wire.read_text())
        title = subject.removeprefix("Subject: ")
        self.commit(self.git("write-tree").strip(), [self.head], author, f"{title}\n\n{message.strip()}\n")

    def start_topic(self, name):
        self.mainline, self.branch = self.head, name

    def back_to_mainline(self):
        self.branches[self.branch] = self.head
        self.head = self.mainline

    def merge(self, name, title):
        tree = self.git("merge-tree", "--write-tree", self.head, self.branches[name]).split()[0]
        self.commit(tree, [self.head, self.branches[name]], KEEPER, f"{title}\n")


def line_of(release):
    """v5.10.223: 5.10"""
    return ".".join(release[1:].split(".")[:2])


def main():
    masked, years = "--masked" in sys.argv, "--years" in sys.argv
    args = [a for a in sys.argv[1:] if not a.startswith("--")]
    releases = [a.split("::") for a in args[2:]]
    by_mark = {"1": releases[:1], "2": releases[1:-1], "3": releases[-1:]}
    history = History(pathlib.Path(args[0]), pathlib.Path(args[1]), years)
    for line in history.order.read_text().splitlines():
        words = line.split(" ", 2)
        match words:
            case ["", *_] | ["#", *_]:
                continue
            case ["release", mark]:
                for tag, name in by_mark[mark]:
                    history.release(tag, name)
            case ["release", line, place]:
                of_line = [r for r in releases if line_of(r[1]) == line]
                port = history.order.parent / f"port-{line}.patch"
                for tag, name in of_line[:1] if place == "first" else of_line[1:]:
                    history.release(tag, name, port if place == "first" and port.exists() else None)
            case ["wired", name]:
                history.patch(name, history.order.parent / "wire.patch")
            case ["masked", name]:
                if masked:
                    history.patch(name)
            case ["topic", name]:
                history.start_topic(name)
            case ["mainline"]:
                history.back_to_mainline()
            case ["merge", name, title]:
                history.merge(name, title)
            case [name]:
                history.patch(name)
    history.git("update-ref", "refs/heads/main", history.head)
    pathlib.Path(history.env["GIT_INDEX_FILE"]).unlink()


if __name__ == "__main__":
    main()
