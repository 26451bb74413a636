"""Shapes of history: merges, roots, bugs that come twice, equal trees, what cannot be tested, fixes, ends and releases."""
import os
import subprocess

from world import world


def stretch(w, name, count, parents=None, **flags):
    """`count` commits in a row, called name0, name1, ...; flags are the first one's."""
    for i in range(count):
        w.commit(f"{name}{i}", parents if i == 0 else [f"{name}{i - 1}"], **(flags if i == 0 else {}))
    return f"{name}{count - 1}"


def ends(w, good, bad, *truth):
    w.good, w.bad, w.truth = good, bad, truth
    w.n = len(w.commits)


@world(knows="honest")
def merge_to_the_buggy_side(w):
    """A bug is brought and fixed before the good end; a branch from between is merged, resolved to its buggy side. The branch's own
    commits are innocent: its base has the bug. The merge brought it back and may be named; but one of its parents crashes, so who
    wants all parents of an answer quiet has none."""
    r = w.rng
    stretch(w, "a", r.randint(1, 3), bug=0)
    b = stretch(w, "b", r.randint(2, 4), bug=1)
    c = stretch(w, "c", r.randint(1, 3))
    fixed = stretch(w, "fixed", r.randint(2, 3), bug=0)
    good = fixed
    main = stretch(w, "main", r.randint(1, 3), [fixed])
    side = stretch(w, "side", r.randint(4, 8), [b])
    w.commit("merge", [main, side], bug=1)
    ends(w, good, stretch(w, "late", r.randint(2, 5)), "merge")
    w.bug(1.0)


@world()
def culprit_in_a_side_branch(w):
    """The culprit is a commit of a branch that was merged later."""
    r = w.rng
    good = stretch(w, "a", r.randint(2, 4), bug=0)
    main = stretch(w, "main", r.randint(3, 6), [good])
    side = stretch(w, "side", r.randint(2, 4), [good])
    side = stretch(w, "bug", r.randint(1, 4), [side], bug=1)
    w.commit("merge", [main, side])
    ends(w, "a0", stretch(w, "late", r.randint(2, 4)), "bug0")
    w.bug(r.choice((1.0, 1.0, 0.6)))


@world(quick=False)
def culprit_on_the_line_beside_branches(w):
    """Three branches are merged one after the other; the culprit is on the line between."""
    r, main = w.rng, stretch(w, "a", 2, bug=0)
    at = r.randrange(3)
    for i in range(3):
        side = stretch(w, f"s{i}-", r.randint(2, 5), [main])
        main = w.commit(f"m{i}", [main], bug=1 if i >= at else 0)
        w.commit(f"merge{i}", [main, side])
        main = f"merge{i}"
    ends(w, "a0", stretch(w, "late", 2), f"m{at}")
    w.bug(r.choice((1.0, 0.6)))


@world()
def criss_cross(w):
    """Two branches merge each other crosswise; the culprit is on one of them, before or after."""
    r = w.rng
    base = stretch(w, "a", 2, bug=0)
    late = r.random() < 0.5
    x = stretch(w, "x", 3, [base], **({} if late else {"bug": 1}))
    y = stretch(w, "y", 3, [base])
    w.commit("mx", [x, y])
    w.commit("my", [y, x])
    x = stretch(w, "xx", 3, ["mx"])
    y = stretch(w, "yy", 3, ["my"], **({"bug": 1} if late else {}))
    w.commit("merge", [x, y])
    ends(w, "a0", stretch(w, "late", r.randint(1, 3)), "yy0" if late else "x0")
    w.bug()


@world()
def octopus(w):
    """Four branches are merged at once; the culprit is on one of them."""
    r, base = w.rng, stretch(w, "a", 2, bug=0)
    at, tips = r.randrange(4), []
    for i in range(4):
        tip = stretch(w, f"s{i}-", r.randint(1, 4), [base])
        tips.append(stretch(w, f"t{i}-", r.randint(1, 3), [tip], **({"bug": 1} if i == at else {})))
    w.commit("merge", tips)
    ends(w, "a0", stretch(w, "late", 2), f"t{at}-0")
    w.bug(r.choice((1.0, 0.6)))


@world()
def evil_merge(w):
    """Both parents of a merge are good, the merge itself brings the bug."""
    r = w.rng
    base = stretch(w, "a", 2, bug=0)
    main, side = stretch(w, "main", r.randint(3, 6), [base]), stretch(w, "side", r.randint(3, 6), [base])
    w.commit("merge", [main, side], bug=1)
    ends(w, "a0", stretch(w, "late", r.randint(1, 4)), "merge")
    w.bug(r.choice((1.0, 0.6)))


@world(quick=False)
def two_good_halves(w):
    """One branch changes a caller, another what is called; each is good, the bug is of both together: the merge brings it."""
    r = w.rng
    base = stretch(w, "a", 2, bug=0)
    main = stretch(w, "main", r.randint(3, 5), [base], caller=1)
    side = stretch(w, "side", r.randint(3, 5), [base], called=1)
    w.commit("merge", [main, side])
    ends(w, "a0", stretch(w, "late", r.randint(1, 4)), "merge")
    w.test("is caller && is called && LOOK\nexit 0")
    w.ideal(1)


@world()
def several_roots(w):
    """A project with a root of its own was merged; its commits cannot be tested alone (the program is not there) and the culprit is
    on the line, after it."""
    r = w.rng
    main = stretch(w, "a", r.randint(3, 5), bug=0)
    w.commit("other0", [], {"lib/a.c": "/* a */\n"})
    other = stretch(w, "lib", r.randint(2, 5), ["other0"])
    w.commit("merge", [main, other])
    stretch(w, "b", r.randint(1, 3))
    ends(w, "a0", stretch(w, "bug", r.randint(2, 5), bug=1), "bug0")
    w.test('[ -e flags/bug ] || exit 125\nis bug && LOOK\nexit 0')
    w.ideal(1)


@world(quick=False)
def culprit_in_another_root(w):
    """A library with a root of its own was merged; the bug was brought in it, and shows where it is used, also in itself."""
    r = w.rng
    main = stretch(w, "a", r.randint(3, 5), bug=0)
    w.commit("lib", [], {"lib/a.c": "/* a */\n"}, bug=0)
    lib = stretch(w, "lib", r.randint(1, 4), ["lib"])
    lib = stretch(w, "bug", r.randint(1, 4), [lib], bug=1)
    w.commit("merge", [main, lib])
    ends(w, "a0", stretch(w, "late", r.randint(2, 5)), "bug0")
    w.bug()


@world()
def brought_fixed_brought_again(w):
    """The bug is brought, fixed, and brought again; the good end is before all. The bad end's bug is the second."""
    n = w.rng.randint(16, 24)
    first = w.rng.randint(3, 6)
    fixed = w.rng.randint(first + 2, n - 8)
    w.line(n, w.rng.randint(fixed + 2, n - 3), entangled=False, changes={first: {"bug": 1}, fixed: {"bug": 0}})
    w.bug()


@world()
def landed_reverted_landed_again(w):
    """A change lands, is reverted soon, and lands again: the titles say so. The second landing is what the bad end has."""
    n = w.rng.randint(14, 22)
    first = w.rng.randint(3, n - 8)
    w.line(n, first + w.rng.randint(2, 5), entangled=False, changes={first: {"bug": 1}, first + 1: {"bug": 0}})
    for i, deed in ((first, "{}"), (first + 1, 'Revert "{}"'), (w.at, 'Reapply "{}"')):
        w.commits[i] = (i, w.commits[i][1], deed.format("queue: grow on demand"))
    w.bug()


@world()
def the_same_change_on_two_branches(w):
    """The change that brings the bug was made on the line and picked to a branch that is merged later. Both brought it: either is
    right, to take one back leaves the other."""
    r = w.rng
    base = stretch(w, "a", 3, bug=0)
    stretch(w, "main", 2, [base])
    main = stretch(w, "bug", r.randint(2, 4), bug=1)
    stretch(w, "side", r.randint(2, 4), [base])
    side = stretch(w, "picked", r.randint(1, 3), bug=1)
    w.commit("merge", [main, side])
    ends(w, "a0", stretch(w, "late", 2), "bug0", "picked0")
    w.bug()


@world()
def an_old_branch_is_merged_late(w):
    """A branch from before the good end is merged long after it; its commits have never been in a release. One of them brought the bug."""
    r = w.rng
    old = stretch(w, "old", 2, bug=0)
    side = stretch(w, "side", r.randint(2, 5), [old])
    side = stretch(w, "bug", r.randint(1, 4), [side], bug=1)
    good = stretch(w, "main", r.randint(2, 5), [old])
    main = stretch(w, "b", r.randint(2, 5), [good])
    w.commit("merge", [main, side])
    ends(w, good, stretch(w, "late", 3), "bug0")
    w.bug()


@world(quick=False)
def the_good_end_is_on_another_branch(w):
    """The good end is a release branch, not below the bad end: their merge base is good, the culprit after it."""
    r = w.rng
    base = stretch(w, "a", 3, bug=0)
    good = stretch(w, "release", 3, [base])
    stretch(w, "main", r.randint(3, 6), [base])
    ends(w, good, stretch(w, "bug", r.randint(3, 6), bug=1), "bug0")
    w.bug()


@world(knows="honest", false_ends=())
def fixed_on_the_good_branch_only(w):
    """The good end is a release branch on which the bug was fixed; the merge base has it. There is no culprit between, and that is
    what is to be said."""
    r = w.rng
    base = stretch(w, "a", 3, bug=1)
    good = stretch(w, "release", 3, [base], bug=0)
    ends(w, good, stretch(w, "main", r.randint(5, 10), [base]))
    w.bug()


@world(quick=False)
def two_good_ends(w):
    """Two good ends, on two branches."""
    r = w.rng
    base = stretch(w, "a", 3, bug=0)
    one = stretch(w, "one", 3, [base])
    other = stretch(w, "other", 3, [base])
    w.commit("merge", [one, other])
    stretch(w, "b", r.randint(2, 5))
    ends(w, one, stretch(w, "bug", r.randint(2, 5), bug=1), "bug0")
    w.args += ["--good", "{cother2}"]
    w.bug()


@world()
def first_parents_only(w):
    """--first-parent: the branch that brought the bug is one step, its merge the answer."""
    r, main = w.rng, stretch(w, "a", 2, bug=0)
    at = r.randrange(4)
    for i in range(4):
        side = stretch(w, f"s{i}-", r.randint(2, 4), [main], **({"bug": 1} if i == at else {}))
        w.commit(f"merge{i}", [main, side])
        main = f"merge{i}"
    ends(w, "a0", main, f"merge{at}")
    w.args += ["--first-parent"]
    w.bug()


@world()
def equal_trees(w):
    """Empty commits everywhere: revisions with equal trees. The culprit is not empty."""
    n, at = w.line(w.rng.randint(18, 24), entangled=False)
    for i in range(1, n):
        if i != at and w.rng.random() < 0.5:
            w.trees[i] = dict(w.trees[i - 1])
    for i in range(1, n):
        w.trees[i]["flags/bug"] = "1\n" if i >= at else "0\n"
    w.bug()


@world(quick=False)
def changed_and_changed_back(w):
    """A commit and its revert give two revisions far apart the same tree, before the culprit."""
    n, at = w.line(w.rng.randint(18, 24), w.rng.randint(10, 15), entangled=False)
    for i in range(4, 8):
        w.trees[i]["src/odd.c"] = "/* odd */\n"
    w.trees[8] = dict(w.trees[3])
    w.bug()


@world()
def equal_artifacts(w):
    """Most commits change the documents only: what is built is the same, byte for byte, and --artifact says where it is."""
    n, at = w.line(w.rng.randint(18, 24))
    real = {at} | {w.rng.randint(1, n - 1) for _ in range(4)}
    for i in range(n):
        w.trees[i]["code"] = f"{max([0] + [r for r in real if r <= i])}\n"
    w.build("cat code flags/bug >prog", "--artifact", "prog")
    w.bug(w.rng.choice((1.0, 0.5)))


@world(quick=False)
def artifacts_with_a_stamp(w):
    """What is built bears the commit's name: no two are equal though most are the same program."""
    w.line()
    w.build('{ cat flags/bug; echo "$CULPRIT_COMMIT"; date +%N; } >prog', "--artifact", "prog")
    w.bug()


@world(quick=False)
def submodule(w):
    """The bug is in a submodule; the culprit is the commit that moves it there. The build fetches it."""
    n, at = w.line(w.rng.randint(12, 18), entangled=False)
    lib = w.folder + "/lib.git"
    run = lambda *args: subprocess.run(args, env=w.environment(), check=True, capture_output=True, text=True).stdout.strip()
    run("git", "init", "-q", "-b", "main", lib)
    old_new = []
    for text in ("0", "1"):
        with open(lib + "/state", "w", encoding="utf-8") as out:
            out.write(text + "\n")
        run("git", "-C", lib, "add", ".")
        run("git", "-C", lib, "commit", "-qm", f"lib {text}")
        old_new.append(run("git", "-C", lib, "rev-parse", "HEAD"))
    for i in range(n):
        w.trees[i][".gitmodules"] = f'[submodule "lib"]\n\tpath = lib\n\turl = {lib}\n'
        w.trees[i]["lib"] = ("160000", old_new[i >= at])
        w.trees[i]["flags/bug"] = "0\n"
    w.build("git -c protocol.file.allow=always submodule update -q --init --force")
    w.test("read v <lib/state || exit 125\n[ $v = 0 ] || LOOK\nexit 0")
    w.ideal(1)


@world(quick=False)
def submodule_that_is_away(w):
    """As submodule; in a range the submodule's commit is no longer to be had, so the build fails there."""
    away = w.line_around("away", entangled=False)
    w.build("git -c protocol.file.allow=always submodule update -q --init --force")
    for i in range(w.n):
        w.trees[i][".gitmodules"] = f'[submodule "lib"]\n\tpath = lib\n\turl = {w.folder}/lib.git\n'
        if i in away:
            w.trees[i]["lib"] = ("160000", "1234567890123456789012345678901234567890")
    w.bug()


@world()
def broken_range(w):
    """A range of 5 to 30 % of the commits does not build, away from the culprit."""
    w.line_around("broken")
    w.build("is broken && { echo 'a.c:1: error: expected expression' >&2; exit 1; }\n:")
    w.bug(w.rng.choice((1.0, 0.6)))


@world()
def broken_here_and_there(w):
    """One commit in five does not build, the culprit and its parent do."""
    n, at = w.line(w.rng.randint(18, 26))
    for i in range(1, n - 1):
        if i not in (at, at - 1) and w.rng.random() < 0.2:
            w.trees[i]["flags/broken"] = "1\n"
    w.build("is broken && { echo 'a.c:1: error: expected expression' >&2; exit 1; }\n:")
    w.bug()


@world(knows="honest")
def broken_at_the_culprit(w):
    """The culprit and what follows it do not build: it is one of them, which cannot be known."""
    n, at = w.line(margin=4)
    w.mark("broken", at, at + w.rng.randint(1, 3))
    w.build("is broken && { echo 'a.c:1: error: expected expression' >&2; exit 1; }\n:")
    w.bug()


@world(quick=False)
def broken_other_compiler_message(w):
    """Old revisions need an older compiler: nothing before some commit builds, and the good end is after it."""
    n, at = w.line(w.rng.randint(18, 24), w.rng.randint(9, 14))
    w.mark("broken", 0, 4)
    w.good = 5
    w.build("is broken && exit 2\n:")
    w.bug()


@world()
def exit_125_in_a_range(w):
    """The test says 125 (cannot be tested) in a range away from the culprit."""
    w.line_around("other")
    w.test("is other && exit 125\nis bug && LOOK\nexit 0")
    w.ideal(1)


@world(knows="honest")
def skipped_neighbours(w):
    """The culprit's parent and the culprit say 125: one of three commits it is."""
    n, at = w.line(margin=4)
    for i in (at - 1, at):
        w.trees[i]["flags/other"] = "1\n"
    w.test("is other && exit 125\nis bug && LOOK\nexit 0")


@world(knows="honest", quick=False)
def skipped_by_the_user(w):
    """--skip takes the culprit out: it is that or the next."""
    n, at = w.line(margin=4)
    w.args += ["--skip", f"{{c{at}}}"]
    w.bug()


@world()
def exit_125_at_random(w):
    """The test says 125 in three runs of ten, whatever the commit: it is run again."""
    w.line()
    w.test("chance 300 && exit 125\nis bug && LOOK\nexit 0")
    w.ideal(1)


@world()
def fix_on_a_line(w):
    """--fix: the bad end crashes, the good one does not; the commit that fixed it is wanted."""
    fixed(w)
    w.bug()


def fixed(w):
    n, at = w.line(entangled=False)
    for i in range(n):
        w.trees[i]["flags/bug"] = "0\n" if i >= at else "1\n"
    w.good, w.bad = n - 1, 0
    w.args += ["--fix"]


@world(quick=False)
def fix_of_a_rare_bug(w):
    """--fix of a bug that shows in half of the runs."""
    fixed(w)
    w.bug(0.5)


@world(quick=False)
def fix_in_a_side_branch(w):
    """--fix: it was fixed on a branch that is merged later."""
    r = w.rng
    base = stretch(w, "a", 3, bug=1)
    main = stretch(w, "main", r.randint(3, 6), [base])
    side = stretch(w, "side", r.randint(1, 4), [base])
    side = stretch(w, "fix", r.randint(1, 3), [side], bug=0)
    w.commit("merge", [main, side], bug=0)
    last = stretch(w, "late", 3)
    w.n, w.bad, w.good, w.truth = len(w.commits), "a0", last, ("fix0",)
    w.args += ["--fix"]
    w.bug()


@world()
def fix_that_was_taken_back(w):
    """--fix: a first fix was taken back, a second stayed; the second is why the good end is quiet."""
    n = w.rng.randint(16, 22)
    w.line(n, w.rng.randint(11, n - 3), entangled=False)
    for i in range(n):
        w.trees[i]["flags/bug"] = "0\n" if i >= w.at or 4 <= i < 7 else "1\n"
    w.good, w.bad = n - 1, 0
    w.args += ["--fix"]
    w.bug()


@world()
def walks_over_releases(w):
    """No good end is named: release tags are walked back until one is quiet."""
    n, at = w.line(w.rng.randint(20, 28))
    w.tags = {f"v1.{k}": i for k, i in enumerate(range(0, n, 4))}
    w.good = None
    w.bug()


@world(knows="honest", quick=False)
def older_than_all_releases(w):
    """No good end is named, and the oldest release has the bug."""
    n, at = w.line(w.rng.randint(20, 28), 3, entangled=False)
    w.tags = {f"v1.{k}": i for k, i in enumerate(range(5, n, 4))}
    w.good, w.truth = None, ()
    w.bug()


@world(quick=False)
def dates_in_disorder(w):
    """A side branch, whose commits bear dates from the future and the past (rebases, wrong clocks): ancestry counts, not dates."""
    r = w.rng
    base = stretch(w, "a", 2, bug=0)
    side = stretch(w, "side", 3, [base])
    side = stretch(w, "bug", 3, [side], bug=1)
    main = stretch(w, "main", r.randint(3, 6), [base])
    w.commit("merge", [main, side])
    ends(w, "a0", stretch(w, "late", 2), "bug0")
    w.dates = {label: r.randint(1000000000, 2000000000) for label, _, _ in w.commits}
    w.bug()


@world()
def filter_that_fails(w):
    """A required smudge filter (as of Git LFS) fails for a range of commits, away from the culprit: they cannot be checked out."""
    lost = w.line_around("lost", entangled=False)
    for i in range(w.n):
        w.trees[i][".gitattributes"] = "*.dat filter=blob\n"
        w.trees[i]["big.dat"] = f"ptr {i}\n"
    w.script("smudge", '#!/bin/sh\nread -r k v\ncase "$v" in ' + "|".join(map(str, lost)) +
             ') echo "object $v: 404" >&2; exit 2;; esac\necho "data $v"')
    w.config = f'[filter "blob"]\n\tsmudge = {w.folder}/smudge\n\tclean = sed s/data/ptr/\n\trequired = true\n'
    w.test("grep -q data big.dat || { echo 'cannot read big.dat'; exit 1; }\nis bug && exit 1\nexit 0")
    w.ideal(1)


@world(knows="honest", quick=False)
def filter_that_fails_at_the_culprit(w):
    """As filter-that-fails, around the culprit."""
    n, at = w.line(margin=4, entangled=False)
    for i in range(n):
        w.trees[i][".gitattributes"] = "*.dat filter=blob\n"
        w.trees[i]["big.dat"] = f"ptr {i}\n"
    w.script("smudge", f'#!/bin/sh\nread -r k v\ncase "$v" in {at - 1}|{at}) exit 2;; esac\necho "data $v"')
    w.config = f'[filter "blob"]\n\tsmudge = {w.folder}/smudge\n\tclean = sed s/data/ptr/\n\trequired = true\n'
    w.test("grep -q data big.dat || { echo 'cannot read big.dat'; exit 1; }\nis bug && exit 1\nexit 0")


@world(quick=False)
def bare_repository(w):
    """The repository is bare."""
    w.line()
    w.bug()

    def bare():
        subprocess.run(["git", "clone", "-q", "--bare", w.repo, w.folder + "/bare.git"], env=w.environment(), check=True)
        w.repo = os.path.join(w.folder, "bare.git")
    w.after = bare
