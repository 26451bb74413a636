"""Rates, other crashes, titles, prices and beliefs."""
from world import world


@world()
def sure_bug(w):
    """A bug that always shows, on a line."""
    w.line()
    w.bug()


@world()
def sure_bug_on_a_long_line(w):
    """The same on 150 commits."""
    w.line(150)
    w.bug()


@world(quick=False)
def rate_90(w):
    """A bug that shows in 90 % of the runs."""
    w.line()
    w.bug(0.9)


@world()
def rate_50(w):
    """A bug that shows in half of the runs."""
    w.line()
    w.bug(0.5)


@world()
def rate_20(w):
    """A bug that shows in 20 % of the runs."""
    w.line()
    w.bug(0.2)


@world(quick=False, most_runs=1500)
def rate_10(w):
    """A bug that shows in 10 % of the runs. At the bad end ten runs do not always show it: the search for it is then never begun."""
    w.line()
    w.bug(0.1, "--runs", "30")


@world(quick=False)
def rate_swings(w):
    """The bug's rate differs from commit to commit, between 25 and 100 %, by what else they changed."""
    n, _ = w.line()
    for i in range(n):
        w.trees[i]["flags/rate"] = f"{w.rng.randint(25, 100)}0\n"
    w.test("is bug || exit 0\nvalue rate; chance $v || exit 0\nLOOK")
    w.ideal(0.5)


@world(most_runs=1500)
def rate_jumps(w):
    """From one commit on a run crashes in 10 %, from a later one on in 100 %. The first brought it, the second made it frequent: to
    name the second alone is wrong."""
    n, at = w.line(w.rng.randint(16, 26), w.rng.randint(4, 7), entangled=False)
    more = w.rng.randint(at + 4, n - 3)
    w.mark("often", more, n)
    w.with_truth = (more,)
    w.test("is bug || exit 0\nis often || chance 100 || exit 0\nLOOK")
    w.ideal(0.1)


@world(most_runs=1500, quick=False)
def two_causes(w):
    """One commit brings a crash in 15 % of the runs, a later one another cause of the same crash, in 100 %. Either is right if the
    other is told with it; so is the first alone: it is where the crash begins."""
    n, at = w.line(w.rng.randint(16, 26), w.rng.randint(4, 7), entangled=False)
    more = w.rng.randint(at + 4, n - 3)
    w.mark("second", more, n)
    w.with_truth = (more,)
    w.test("is second && LOOK\nis bug && chance 150 && LOOK\nexit 0")
    w.ideal(0.15)


@world(most_runs=1500, quick=False)
def rate_doubles(w):
    """From one commit on a run crashes in 40 %, from a later one on in 90 %. The first one is the culprit."""
    n, at = w.line(w.rng.randint(16, 26), w.rng.randint(4, 7), entangled=False)
    more = w.rng.randint(at + 4, n - 3)
    w.mark("often", more, n)
    w.with_truth = (more,)
    w.test("is bug || exit 0\nr=400; is often && r=900\nchance $r || exit 0\nLOOK")
    w.ideal(0.4)


@world(quick=False)
def rate_falls_at_a_later_commit(w):
    """From one commit on a run always crashes, from a later one on in half of the runs. The first one is the culprit."""
    n, at = w.line()
    less = w.rng.randint(at + 1, n - 1)
    w.mark("seldom", less, n)
    w.test("is bug || exit 0\nis seldom && { chance 500 || exit 0; }\nLOOK")
    w.ideal(0.5)


@world(most_runs=1000)
def foreign_crashes_of_the_same_look(w):
    """Whatever the commit, 8 % of the runs end with the bug's own signal; the bug does so in 100 or 60 %. Runs of good revisions tell
    how often that is."""
    w.line()
    rate = w.rng.choice((1000, 600))
    w.test(f"chance 80 && LOOK\nis bug || exit 0\nchance {rate} || exit 0\nLOOK")
    w.ideal(0.5)


@world()
def foreign_crashes_of_another_look(w):
    """Whatever the commit, 15 % of the runs end with another signal or report."""
    w.line()
    w.test("chance 150 && OTHER\nis bug && LOOK\nexit 0")
    w.ideal(0.85)


@world(knows="honest")
def one_in_eight_everywhere(w):
    """Every commit fails in 1 of 8 runs. No commit does it: nothing is to be named."""
    w.line()
    w.truth = ()
    w.test("chance 125 || exit 0\nLOOK")


@world(knows="honest")
def one_in_twelve_everywhere(w):
    """Every commit fails in 1 of 12 runs, by its exit code alone."""
    w.line()
    w.truth = ()
    w.test("chance 83 || exit 0\nexit 1")


@world(knows="honest", quick=False)
def one_in_three_everywhere(w):
    """Every commit fails in 1 of 3 runs: the good end too."""
    w.line()
    w.truth = ()
    w.test("chance 333 || exit 0\nLOOK")


@world(knows="honest")
def good_end_has_it_seldom(w):
    """The bug shows in 20 % of the runs, and the good end that is named has it already. Five quiet runs there are nothing: whatever is
    named after it is innocent."""
    n, at = w.line(w.rng.randint(18, 26), w.rng.randint(2, 4))
    w.good = at + w.rng.randint(2, 4)
    w.truth = ()
    w.test("is bug && chance 200 && LOOK\nexit 0")


@world()
def older_fixed_occurrence(w):
    """The bug was there before, was fixed, and came again. The good end is older than both; the bad end's bug is the later one's."""
    n = w.rng.randint(18, 26)
    brought = w.rng.randint(2, 4)
    fixed = brought + w.rng.randint(2, 3)
    w.line(n, w.rng.randint(fixed + 4, n - 3), entangled=False, changes={brought: {"bug": 1}, fixed: {"bug": 0}})
    w.bug(w.rng.choice((1.0, 0.7)))


@world()
def wrong_prior(w):
    """A sure bug; --prior gives an innocent commit a hundred times the weight. Runs overrule it."""
    n, at = w.line()
    innocent = w.rng.choice([i for i in range(1, n) if i != at])
    w.args += ["--prior", w.folder + "/prior"]
    w.after = lambda: w.script("prior", f"{w.hashes[innocent]} 100")
    w.bug(w.rng.choice((1.0, 0.5)))


@world(quick=False)
def wrong_path(w):
    """--path points to where another commit than the culprit was at work."""
    n, at = w.line()
    w.args += ["--path", f"src/{w.rng.choice([i for i in range(1, n) if i != at])}.c"]
    w.bug(w.rng.choice((1.0, 0.5)))


@world(quick=False)
def right_path(w):
    """--path points to the culprit's file, among others."""
    n, at = w.line()
    w.args += ["--path", f"src/{at}.c"]
    w.bug(0.5)


@world()
def masked_range(w):
    """In a range of commits that does not touch the culprit's neighbours another crash ends every run."""
    w.line_around("other")
    w.test("is other && OTHER\nis bug && LOOK\nexit 0")
    w.ideal(1)


@world(quick=False)
def masked_range_of_a_sanitizer(w):
    """The same, and both are reports of a sanitizer, of different functions."""
    w.look, w.other = "asan heap-use-after-free parse_header", "asan heap-use-after-free free_list"
    w.line_around("other")
    w.test("is other && OTHER\nis bug && LOOK\nexit 0")
    w.ideal(1)


@world(quick=False)
def masked_in_part(w):
    """In a range another crash ends 70 % of the runs, the culprit among them or not."""
    n, at = w.line(w.rng.randint(18, 26))
    first = w.rng.randint(1, n - 8)
    w.mark("other", first, first + 6)
    w.test("is other && chance 700 && OTHER\nis bug && LOOK\nexit 0")
    w.ideal(1)


@world(knows="honest")
def masked_at_the_culprit(w):
    """In a range around the culprit another crash ends every run: which of them brought the bug cannot be known."""
    n, at = w.line(w.rng.randint(18, 26), margin=4)
    w.mark("other", at - w.rng.randint(1, 2), at + w.rng.randint(1, 2) + 1)
    w.test("is other && OTHER\nis bug && LOOK\nexit 0")


@world()
def renamed_title(w):
    """A sanitizer's report whose function is renamed by a commit after the culprit: the same bug under another title."""
    n, at = w.line(w.rng.randint(18, 26), entangled=False)
    w.mark("renamed", w.rng.randint(at + 1, n - 1), n)
    w.test("is bug || exit 0\nis renamed && asan heap-use-after-free parse_head\nasan heap-use-after-free parse_header")
    w.ideal(1)


@world(quick=False)
def many_titles(w):
    """The bug is memory that is overwritten: each run ends in one of five ways."""
    w.line()
    w.test("is bug || exit 0\nchance 200 && crash SEGV\nchance 250 && crash ABRT\nchance 333 && crash BUS\n"
           "chance 500 && asan heap-buffer-overflow copy_tail\nasan heap-use-after-free parse_header")
    w.ideal(1)


@world(quick=False)
def exit_codes_at_random(w):
    """The bug's exit code is the number of tests that fail, one to five of them by chance."""
    w.line()
    w.test('is bug || exit 0\nchance 200 && exit 1\nchance 250 && exit 2\nchance 500 && exit 3\nexit 4')
    w.ideal(1)


@world(quick=False)
def the_bug_is_a_hang(w):
    """Where the bug is, a run does not end; --timeout ends it."""
    w.line(16)
    w.test("is bug && sleep 60\nexit 0", "--timeout", "0.3")
    w.ideal(1)


@world()
def slow_crashes(w):
    """A run that crashes takes a hundred times as long as a quiet one."""
    w.line(16)
    w.test("is bug && { sleep 0.4; LOOK; }\nexit 0")
    w.ideal(1)


@world(quick=False)
def slow_crashes_that_are_rare(w):
    """The same, where the bug shows in half of the runs."""
    w.line(16)
    w.test("is bug && chance 500 && { sleep 0.3; LOOK; }\nexit 0")
    w.ideal(0.5)


@world(quick=False)
def slow_quiet_runs(w):
    """A quiet run takes a hundred times as long as one that crashes."""
    w.line(16)
    w.test("is bug && LOOK\nsleep 0.25\nexit 0")
    w.ideal(1)


@world()
def hangs_on_one_side(w):
    """Good revisions hang at the end of their work in some runs, and --timeout ends them; the bug is a crash, and sure."""
    w.line(16)
    w.test("is bug && LOOK\nchance 300 && sleep 60\nexit 0", "--timeout", "0.3")
    w.ideal(1)


@world()
def builds_dear_where_the_bug_is(w):
    """Builds of revisions with the bug take a hundred times as long."""
    w.line(16)
    w.build("is bug && sleep 0.4\n:")
    w.bug()


@world(quick=False)
def builds_dear_where_it_is_not(w):
    """Builds of revisions without the bug take a hundred times as long."""
    w.line(16)
    w.build("is bug || sleep 0.4")
    w.bug()


@world(quick=False)
def runs_become_dear(w):
    """From some run on all runs take a hundred times as long (the machine is throttled)."""
    w.line(16)
    w.test(f"[ $K -lt {w.rng.randint(4, 12)} ] || sleep 0.25\nis bug && LOOK\nexit 0")
    w.ideal(1)


@world()
def builds_become_dear(w):
    """From some build on all builds take a hundred times as long."""
    w.line(16)
    w.build(f"[ $B -lt {w.rng.randint(3, 5)} ] || sleep 0.4")
    w.bug(w.rng.choice((1.0, 0.5)))


@world(quick=False)
def runs_become_cheap(w):
    """The first runs take a hundred times as long as the later ones."""
    w.line(16)
    w.test("[ $K -gt 4 ] || sleep 0.5\nis bug && chance 500 && LOOK\nexit 0")
    w.ideal(0.5)


@world(knows="honest", false_ends=(5,))
def the_bad_end_never_crashes(w):
    """Nothing crashes anywhere: the bug does not show here, and that is the answer."""
    w.line()
    w.truth = ()
    w.test("exit 0")


@world(knows="honest", quick=False)
def the_good_end_has_it(w):
    """Every revision crashes, always: the good end has the bug."""
    w.line()
    w.truth = ()
    w.test("LOOK")


@world(quick=False)
def classic_strategy(w):
    """A sure bug under --strategy classic."""
    w.line()
    w.bug(1.0, "--strategy", "classic", "--runs", "3")
