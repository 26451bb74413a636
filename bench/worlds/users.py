"""Worlds that no list asked for: what the makers of this suite would expect a user to have."""
import os

from world import world


@world(quick=False)
def the_test_came_later(w):
    """The test is a file of the repository that came only after the culprit; older revisions are tested with the one that lies in
    the user's checkout."""
    n, at = w.line()
    for i in range(w.rng.randint(at + 1, n - 1), n):
        w.trees[i]["check.sh"] = ("x", '#!/bin/sh\nexec sh "$W/test.sh"\n')
    w.command = ["./check.sh"]
    w.bug()


@world()
def a_feature_that_the_test_needs(w):
    """In a range the feature that the test uses was taken out: it fails there, with another exit code and other words. The bug is an
    exit code too."""
    w.line_around("other")
    w.test("is other && { echo 'error: unknown option --fold' >&2; exit 2; }\nis bug && { echo 'FAIL: 3 != 4' >&2; exit 1; }\nexit 0")
    w.ideal(1)


@world(quick=False)
def code_is_moved(w):
    """In the middle all of the source moves to another folder; the test looks in both."""
    n, at = w.line(entangled=False)
    for i in range(n // 2, n):
        for path in [path for path in w.trees[i] if path.startswith("src/")]:
            w.trees[i]["lib/new/" + path] = w.trees[i].pop(path)
    w.bug()


@world(quick=False)
def line_ends_change(w):
    """A commit brings .gitattributes with text=auto eol=crlf: all files of later revisions have other line ends in a checkout."""
    n, at = w.line(entangled=False)
    for i in range(n // 2, n):
        w.trees[i][".gitattributes"] = "* text=auto eol=crlf\n"
    w.test("grep -q 1 flags/bug || exit 0\nLOOK")
    w.ideal(1)


@world(knows="honest")
def a_file_that_only_the_user_has(w):
    """The test needs a file (.env) that is not in the repository: everywhere it fails for want of it. An end says so."""
    w.line()
    w.truth = ()
    w.after = lambda: w.script("repo/.env", "KEY=1")
    w.test("[ -e .env ] || { echo '.env: no such file' >&2; exit 1; }\nis bug && LOOK\nexit 0")


@world()
def a_download_in_the_build(w):
    """The build downloads something, which fails in one build of ten with the tool's words for it, and works when tried again."""
    w.line()
    w.build(f'[ $((B % 10)) != {w.rng.randint(2, 9)} ] || {{ echo "curl: (6) Could not resolve host: example.org" >&2; exit 6; }}')
    w.bug(w.rng.choice((1.0, 0.5)))


@world(quick=False)
def names_and_addresses_in_the_message(w):
    """The bug's message has an address, a time and a temporary name in it: no two are equal."""
    w.line()
    w.test("is bug || exit 0\na=$(od -An -N6 -tx1 /dev/urandom | tr -d ' ')\n"
           'echo "$(date +%T.%N) worker-$$: assertion failed at 0x$a in /tmp/tmp.$K/x" >&2\nexit 1')
    w.ideal(1)


@world()
def two_failing_tests(w):
    """A suite of tests: one fails since the culprit, another one now and then since ever, and both end with exit code 1. The output
    has the name of the one that failed, which is all the difference; 20 % of the runs of good revisions fail."""
    w.line()
    w.test("chance 200 && { echo 'FAIL: test_socket_reuse' >&2; exit 1; }\nis bug && { echo 'FAIL: test_fold_line' >&2; exit 1; }\nexit 0")
    w.ideal(0.8)


@world(quick=False)
def slower_not_broken(w):
    """The test is a limit on time: the culprit makes the program slower, the machine is uneven, and 3 % of the quick runs are
    over the limit too."""
    w.line()
    w.test("r=30; is bug && r=850\nchance $r || exit 0\necho 'took 1.3 s, limit 1.0 s' >&2\nexit 1")
    w.ideal(0.85)


@world()
def the_seed_of_the_test(w):
    """A randomised test with one seed a run: the bug shows for a third of the seeds, the same ones on every revision."""
    w.line()
    w.test('is bug && [ $((CULPRIT_RUN % 3)) = 0 ] && LOOK\nexit 0')
    w.ideal(0.33)


@world()
def a_change_in_two_steps(w):
    """A commit breaks what the next one mends and which a third brings for good: a blip of one commit, before the culprit."""
    n, at = w.line(w.rng.randint(18, 24), w.rng.randint(8, 14), entangled=False)
    w.trees[w.rng.randint(2, at - 3)]["flags/bug"] = "1\n"
    w.bug()


@world(quick=False)
def a_blip_after_the_culprit(w):
    """One commit long after the culprit is quiet, the next ones crash again. The tree says that the first is taken back there, and
    brought again by the next: either is true."""
    n, at = w.line(w.rng.randint(18, 24), w.rng.randint(4, 9), entangled=False)
    blip = w.rng.randint(at + 3, n - 3)
    w.trees[blip]["flags/bug"] = "0\n"
    w.truth = (at, blip + 1)
    w.bug()


@world(quick=False)
def a_large_commit_beside(w):
    """A squashed commit of 300 files is beside the culprit, which changes one."""
    n, at = w.line(entangled=False)
    big = at - 1 if w.rng.random() < 0.5 else at + 1
    for i in range(big, n):
        w.trees[i].update({f"vendor/{k}.c": f"{k}\n" for k in range(300)})
    w.args += w.rng.choice(([], ["--prior-crash"]))
    w.bug()


@world(quick=False)
def a_version_file_in_each_commit(w):
    """Every commit changes the same line of the same file (a version): none can be taken back without a conflict."""
    n, _ = w.line()
    for i in range(n):
        w.trees[i]["VERSION"] = f"1.{i}\n"
    w.bug(w.rng.choice((1.0, 0.5)))


@world(quick=False)
def case_of_names(w):
    """Files whose names differ by case, have spaces, line ends, a leading dash, or are symbolic links that lead nowhere."""
    n, _ = w.line()
    for i in range(n):
        w.trees[i].update({"Makefile.am": "a\n", "makefile.AM": "b\n", "-rf": "c\n", "a b": f"{i}\n", "ü/ß": "d\n",
                           "gone": ("120000", "/nowhere/at/all")})
    w.bug()


@world(quick=False)
def a_file_becomes_a_folder(w):
    """A file becomes a folder and later a symbolic link, and runs leave untracked files in the folder."""
    n, _ = w.line()
    for i in range(n):
        if i < n // 3:
            w.trees[i]["thing"] = "file\n"
        elif i < 2 * n // 3:
            w.trees[i]["thing/part"] = "part\n"
        else:
            w.trees[i]["thing"] = ("120000", "flags")
    w.test('[ ! -d thing ] || [ -L thing ] || : >thing/junk\nis bug && LOOK\nexit 0')
    w.ideal(1)


@world(quick=False)
def ignored_outputs(w):
    """What is built is ignored by .gitignore, also a file that an older revision tracks under that name."""
    n, _ = w.line()
    for i in range(n):
        if i < n // 3:
            w.trees[i]["out.bin"] = "tracked\n"
        else:
            w.trees[i][".gitignore"] = "out.bin\n"
    w.build("cp flags/bug out.bin")
    w.test("read -r v rest <out.bin || exit 125\n[ $v = 0 ] || LOOK\nexit 0")
    w.ideal(1)


@world(quick=False)
def a_crash_while_it_ends(w):
    """Every run, good or bad, dies of SIGABRT at its very end in 30 % (a destructor); the bug is a sanitizer's report before that."""
    w.line()
    w.look = "asan heap-use-after-free parse_header"
    w.test("is bug && LOOK\nchance 300 && crash ABRT\nexit 0")
    w.ideal(1)


@world(quick=False)
def core_limit_and_environment(w):
    """The test sees a small environment: it starts itself anew with env -i and still crashes."""
    w.line()
    w.test('[ -z "$AGAIN" ] && exec env -i AGAIN=1 W="$W" SEED="$SEED" PATH="$PATH" sh "$W/test.sh"\nis bug && LOOK\nexit 0')
    w.ideal(1)


@world(quick=False)
def the_users_config_is_odd(w):
    """The user's git configuration has aliases, colours always, a pager, other abbreviations, signing, autocrlf and a diff tool."""
    w.line()
    w.config = "".join(f"[{section}]\n\t{setting}\n" for section, setting in (
        ("color", "ui = always"), ("core", "pager = false"), ("core", "abbrev = 5"), ("core", "autocrlf = input"),
        ("log", "showSignature = true"), ("log", "decorate = full"), ("log", "date = relative"), ("commit", "gpgSign = true"), ("gpg", "program = false"),
        ("diff", "external = false"), ("diff", "noprefix = true"), ("alias", "log = status"), ("merge", "conflictStyle = diff3"),
        ("status", "short = true"), ("i18n", "logOutputEncoding = latin1"), ("checkout", "defaultRemote = none")))
    w.bug()


@world(quick=False)
def tags_named_like_commits(w):
    """Branches and tags whose names look like hashes and options, and one called HEAD."""
    w.line()

    def names():
        first = w.hashes[0]
        w.git("branch", w.hashes[w.at][:12], first)
        w.git("tag", "HEAD", first)
        w.git("tag", "deadbeef", first)
        w.git("update-ref", "refs/tags/-x", first)
        os.makedirs(os.path.join(w.repo, ".git"), exist_ok=True)
    w.after = names
    w.bug()
