"""What runs leave behind, what they share, and what they do to who watches them."""
import os
import subprocess

from world import world


@world(quick=False)
def leftover_file(w):
    """Each run leaves files in the checkout and outside; nothing depends on them."""
    w.line()
    w.test('echo $K >>log.txt; mkdir -p "tmp dir/$K"; echo $K >>"$W/log"\nis bug && LOOK\nexit 0')
    w.ideal(1)


@world()
def leftover_process(w):
    """Each run leaves a process behind that would make the next one fail, if it were still there."""
    w.line()
    w.test('[ ! -e "$W/daemon" ] || ! kill -0 "$(cat "$W/daemon")" 2>/dev/null || { echo "already running" >&2; exit 1; }\n'
           'sleep 30 >/dev/null 2>&1 & echo $! >"$W/daemon"\nis bug && LOOK\nexit 0')
    w.ideal(1)


@world(quick=False)
def a_daemon_holds_the_output(w):
    """A run's child goes to the background with the output still open: the run has ended when its first process has."""
    w.line()
    w.test("(sleep 20 &)\nis bug && LOOK\nexit 0")
    w.ideal(1)


@world()
def lock_outside(w):
    """A crash leaves a lock file outside of the checkout, and the next run fails otherwise than the bug and takes it away."""
    w.line()
    w.test('[ ! -e "$W/lock" ] || { rm "$W/lock"; echo "another instance is running" >&2; exit 1; }\n'
           'is bug && { : >"$W/lock"; LOOK; }\nexit 0')
    w.ideal(0.5)


@world()
def lock_outside_of_the_same_look(w):
    """The same, and the failure looks like the bug: exit code 1. A good revision fails in its first run only, if a bad one ran before."""
    w.line()
    w.test('[ ! -e "$W/lock" ] || { rm "$W/lock"; exit 1; }\nis bug && { : >"$W/lock"; exit 1; }\nexit 0')
    w.ideal(0.5)


@world(knows="honest")
def lock_in_the_checkout(w):
    """A crash leaves a lock in the checkout, with which every later run there fails otherwise. Nobody takes it away; --clean would."""
    w.line()
    w.test("[ ! -e app.lock ] || { echo 'database is locked' >&2; exit 1; }\nis bug && { : >app.lock; LOOK; }\nexit 0")


@world()
def lock_in_the_checkout_and_clean(w):
    """The same with a build and --clean: the first run of each build says what the commit does."""
    w.line()
    w.build(":", "--clean")
    w.test("[ ! -e app.lock ] || { echo 'database is locked' >&2; exit 1; }\nis bug && { : >app.lock; LOOK; }\nexit 0")
    w.ideal(1)


@world()
def port_clash(w):
    """With -j 3 runs want the same port; who comes second fails otherwise than the bug: its run says nothing and is made again."""
    w.line()
    w.test('mkdir "$W/port" 2>/dev/null || { echo "bind: Address already in use" >&2; exit 1; }\n'
           'sleep 0.0$((K % 5))\nrmdir "$W/port"\nis bug && LOOK\nexit 0', "-j", "3")
    w.ideal(1)


@world()
def port_clash_of_the_same_look(w):
    """The same, and the clash looks like the bug: one run at a time tells."""
    w.line()
    w.test('mkdir "$W/port" 2>/dev/null || exit 1\nsleep 0.0$((K % 5))\nrmdir "$W/port"\nis bug && exit 1\nexit 0', "-j", "3")
    w.ideal(1)


@world(quick=False)
def port_by_slot(w):
    """With -j 3 each slot has a port of its own: the runs do not meet."""
    w.line()
    w.test('mkdir "$W/port.$CULPRIT_SLOT" 2>/dev/null || { echo "Address already in use" >&2; exit 1; }\n'
           'sleep 0.01\nrmdir "$W/port.$CULPRIT_SLOT"\nis bug && LOOK\nexit 0', "-j", "3")
    w.ideal(1)


@world(quick=False)
def load_makes_it_rarer(w):
    """With -j 2 the bug shows in 70 % of the runs that are alone, in 40 % of those that are not."""
    w.line()
    w.test('r=700; mkdir "$W/alone" 2>/dev/null && mine=1 || r=400\n'
           'sleep 0.01\n[ -z "$mine" ] || rmdir "$W/alone"\nis bug && chance $r && LOOK\nexit 0', "-j", "2")
    w.ideal(0.4)


@world(quick=False)
def tracked_file_is_written(w):
    """Runs write a file that is tracked (a snapshot): the next revision is checked out all the same."""
    n, _ = w.line()
    for i in range(n):
        w.trees[i]["snapshot"] = f"{i // 4}\n"
    w.test("echo $K >snapshot; rm -f flags/none; chmod +x snapshot\nis bug && LOOK\nexit 0")
    w.ideal(1)


@world(quick=False)
def read_only_folder_is_left(w):
    """Runs leave a folder without write permission in the checkout, and a later revision tracks a file in a folder of that name."""
    n, at = w.line()
    for i in range(n // 2, n):
        w.trees[i]["data/file"] = "tracked\n"
    w.test("[ -d data ] || { mkdir data; : >data/junk; chmod a-w data; }\nis bug && LOOK\nexit 0")
    w.ideal(1)


@world(quick=False)
def large_output(w):
    """A run prints 4 MB, also with bytes that are no text, and then crashes."""
    w.line()
    w.test("head -c 4000000 /dev/urandom\nis bug && LOOK\nexit 0")
    w.ideal(1)


@world(quick=False)
def output_of_another_crash(w):
    """Every run prints an old crash report that it only quotes, and says so; the bug is a signal."""
    w.line()
    w.look = w.rng.choice(("crash SEGV", "crash ABRT"))
    w.test("echo 'test of the report reader:'; echo 'Segmentation fault (core dumped)'; echo 'panic: quoted'\nis bug && LOOK\nexit 0")
    w.ideal(1)


@world()
def stops_its_parent(w):
    """In a range away from the culprit a run stops its parent process and goes on; --timeout 1 must hold all the same."""
    w.line_around("other")
    w.test("is other && kill -STOP $PPID\nis bug && LOOK\nexit 0", "--timeout", "1")


@world(quick=False)
def stops_itself(w):
    """In a range away from the culprit a run stops itself: --timeout ends it."""
    w.line_around("other")
    w.test("is other && kill -STOP $$\nis bug && LOOK\nexit 0", "--timeout", "0.5")


@world(quick=False)
def ignores_signals(w):
    """Where the bug is, a run hangs and ignores SIGTERM, SIGINT and SIGHUP, with children that do so too."""
    w.line(14)
    w.test("is bug || exit 0\ntrap '' TERM INT HUP\n(trap '' TERM; sleep 60) & sleep 60", "--timeout", "0.4")
    w.ideal(1)


@world(quick=False)
def the_checkout_is_deleted(w):
    """A run in a range away from the culprit deletes its own checkout's files."""
    w.line_around("other")
    w.test("is bug && LOOK\nis other && rm -rf ./*\nexit 0")
    w.ideal(1)


@world(quick=False)
def git_in_the_test(w):
    """Runs use git in the checkout: they commit, stash and move its HEAD."""
    w.line()
    w.test("git log -1 >/dev/null || exit 1\necho $K >new; git add new; git commit -qm new || exit 1\nis bug && LOOK\nexit 0")
    w.ideal(1)


@world(quick=False)
def folder_with_odd_names(w):
    """The repository is in a folder with spaces, quotes and umlauts; so is the state folder."""
    w.line()
    w.repo = w.folder + "/my 'repo' \"ä\" $HOME"
    w.env["XDG_STATE_HOME"] = w.folder + "/state of things; ö"
    w.bug()


@world(quick=False)
def from_a_folder_below(w):
    """It is begun in a folder below the top, and the command is named from there."""
    n, _ = w.line()
    for i in range(n):
        w.trees[i]["tests/run.sh"] = ("x", '#!/bin/sh\ncd .. && exec sh "$W/test.sh"\n')
    w.cwd, w.command = "tests", ["./run.sh"]
    w.bug()


@world(quick=False)
def hooks_that_fail(w):
    """The repository has hooks that fail and write; none of them is for culprit's checkouts."""
    w.line()

    def hooks():
        for hook in ("post-checkout", "pre-commit", "post-commit", "reference-transaction", "post-index-change"):
            path = os.path.join(w.repo, ".git", "hooks", hook)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as out:
                out.write(f'#!/bin/sh\necho {hook} >>"$W/hooked"\nexit 1\n')
            os.chmod(path, 0o755)
    w.after = hooks
    w.bug()


@world(quick=False)
def dirty_checkout(w):
    """The user's checkout has changes that are not committed, staged ones, and untracked files: they stay, and are not tested."""
    w.line()

    def dirt():
        for path, text in (("flags/bug", "0\n"), ("new", "new\n"), ("staged", "staged\n")):
            with open(os.path.join(w.repo, path), "w", encoding="utf-8") as out:
                out.write(text)
        w.git("add", "staged")
    w.after = dirt
    w.bug()


@world(quick=False)
def linked_worktree(w):
    """It is begun in a linked worktree, on a branch of its own."""
    w.line()

    def link():
        w.git("worktree", "add", "-q", "-b", "mine", w.folder + "/linked", w.hashes[w.at])
        w.repo = w.folder + "/linked"
    w.after = link
    w.bug()


@world(quick=False)
def shallow_clone(w):
    """A clone that is cut below the good end; --allow-shallow says that this is known."""
    n, at = w.line(w.rng.randint(18, 24), w.rng.randint(9, 14))
    w.good = 5

    def cut():
        subprocess.run(["git", "clone", "-q", "--depth", str(n - 3), "file://" + w.repo, w.folder + "/shallow"], env=w.environment(),
                       check=True)
        w.repo = w.folder + "/shallow"
    w.args += ["--allow-shallow"]
    w.after = cut
    w.bug()
