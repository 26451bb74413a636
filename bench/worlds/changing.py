"""The world changes, not the code: outcomes that depend on the time, the order of the runs, the slot, the checkout."""
from world import world


@world(knows="honest")
def first_runs_crash(w):
    """The first 3 to 9 runs crash whatever the commit, later ones never. There is no culprit: nothing is to be named."""
    w.line()
    w.truth = ()
    w.test(f"[ $K -gt {w.rng.randint(3, 9)} ] || LOOK")


@world(quick=False)
def first_runs_crash_and_a_bug(w):
    """The first runs crash whatever the commit, and there is a sure bug besides. The first runs are the bad end's, and enough
    follow: it is found."""
    w.line()
    w.test(f"[ $K -gt {w.rng.randint(1, 3)} ] || LOOK\nis bug && LOOK\nexit 0")
    w.ideal(1)


@world(knows="honest")
def rate_falls(w):
    """Every commit crashes, at a rate that falls from 95 % to nothing with the number of the run. No commit does it."""
    w.line()
    w.truth = ()
    w.test(f"chance $((950 - K * {w.rng.randint(15, 45)})) || exit 0\nLOOK")


@world(knows="honest", quick=False)
def rate_falls_slowly(w):
    """As rate-falls, over a hundred runs and more: later runs say less, whatever the commit."""
    w.line()
    w.truth = ()
    w.test(f"chance $((900 - K * {w.rng.randint(5, 10)})) || exit 0\nLOOK")


@world(knows="honest")
def rate_rises(w):
    """Every commit crashes, at a rate that rises from 30 % with the number of the run to 100 %. No commit does it: the good end
    crashes too, as often as what is run beside it."""
    w.line()
    w.truth = ()
    w.test(f"chance $((300 + K * {w.rng.randint(5, 40)})) || exit 0\nLOOK")


@world()
def rate_falls_of_a_bug(w):
    """A bug whose rate falls from 90 % to 25 % with the run's number, and good commits never crash. Whoever runs the bad end again beside
    the others knows what a quiet run is worth."""
    w.line()
    w.test(f"is bug || exit 0\nr=$((900 - K * {w.rng.randint(8, 20)})); [ $r -gt 250 ] || r=250\nchance $r || exit 0\nLOOK")
    w.ideal(0.25)


@world(quick=False)
def rate_rises_of_a_bug(w):
    """A bug whose rate rises from 40 % to 100 %, and good commits never crash."""
    w.line()
    w.test(f"is bug || exit 0\nchance $((400 + K * {w.rng.randint(5, 20)})) || exit 0\nLOOK")
    w.ideal(0.4)


@world(knows="honest")
def all_fails_from_some_run_on(w):
    """A sure bug; from some run on everything fails with its look. Before that a few revisions can be told apart, after it none: who
    was not done by then cannot know. The truth is right where it is named."""
    w.line()
    w.test(f"[ $K -lt {w.rng.randint(7, 18)} ] || LOOK\nis bug && LOOK\nexit 0")


@world(knows="honest", quick=False)
def all_fails_from_some_second_on(w):
    """The same, by the clock: from the first or second second after the first run on everything fails with the bug's look."""
    w.line()
    w.test('[ -e "$W/began" ] || date +%s%N >"$W/began"\n'
           f'[ $((($(date +%s%N) - $(cat "$W/began")) / 1000000)) -lt {w.rng.randint(700, 2500)} ] || LOOK\nis bug && LOOK\nexit 0')


@world(knows="honest")
def all_fails_otherwise_from_some_run_on(w):
    """A sure bug; from some run on everything fails in another way (a full disk). No run says anything from then on."""
    w.line()
    w.test(f"[ $K -lt {w.rng.randint(7, 18)} ] || {{ echo 'cannot write: No space left on device' >&2; exit 1; }}\nis bug && LOOK\nexit 0")


@world()
def an_outage(w):
    """A sure bug; for some ten runs in the middle everything fails otherwise (a server is away), then works again: run again."""
    w.line()
    at = w.rng.randint(5, 16)
    w.test(f"[ $K -lt {at} ] || [ $K -gt {at + w.rng.randint(3, 10)} ] || {{ echo 'connect: Connection refused' >&2; exit 1; }}\n"
           "is bug && LOOK\nexit 0")
    w.ideal(1)


@world()
def an_outage_that_looks_like_the_bug(w):
    """As an-outage, but the bug is told by exit code 1 as well, and no word distinguishes them. What failed only then and is quiet
    when it is run again is not bad: whoever looks again before naming knows."""
    w.line()
    at = w.rng.randint(12, 18)
    w.test(f"[ $K -lt {at} ] || [ $K -gt {at + w.rng.randint(2, 6)} ] || exit 1\nis bug && exit 1\nexit 0")
    w.ideal(1)


@world(knows="honest")
def one_slot_crashes(w):
    """With -j 2, whatever runs in one of the slots crashes, whatever the commit (a core with bad memory). No commit does it."""
    w.line()
    w.truth = ()
    w.test(f'[ "$CULPRIT_SLOT" != {w.rng.choice((0, 1))} ] || LOOK', "-j", "2")


@world(knows="honest", quick=False)
def one_slot_crashes_and_a_bug(w):
    """As one-slot-crashes, with a sure bug besides, that looks the same. Only runs in the other slot say anything; who cannot choose
    the slot cannot know."""
    w.line()
    w.test('[ "$CULPRIT_SLOT" != 1 ] || LOOK\nis bug && LOOK\nexit 0', "-j", "2")


@world(knows="honest", quick=False)
def one_slot_hides_the_bug(w):
    """With -j 2, a sure bug shows in one of the slots only. A quiet run in the other one says nothing."""
    w.line()
    w.test('is bug && [ "$CULPRIT_SLOT" = 0 ] && LOOK\nexit 0', "-j", "2")


@world(knows="honest", most_runs=250)
def first_run_of_each_revision(w):
    """The first run of each revision crashes, whatever the commit, all others are quiet. To be recognised in some twenty runs."""
    w.line()
    w.truth = ()
    w.test('[ ! -e "$W/seen.$CULPRIT_COMMIT" ] || exit 0\n: >"$W/seen.$CULPRIT_COMMIT"\nLOOK')


@world(knows="honest", most_runs=250)
def first_run_after_each_build(w):
    """The first run after each build crashes (it fills a cache), whatever the commit, all others are quiet."""
    w.line()
    w.truth = ()
    w.build("rm -f warm")
    w.test("[ ! -e warm ] || exit 0\n: >warm\nLOOK")


@world(knows="honest", most_runs=250)
def first_run_in_a_checkout(w):
    """The first run in each checkout crashes, and its mark is left there as an untracked file, which --clean takes away."""
    w.line()
    w.truth = ()
    w.build(":", *w.rng.choice(((), ("--clean",))))
    w.test('[ -e cache ] && [ "$(cat cache)" = "$CULPRIT_COMMIT" ] && exit 0\necho "$CULPRIT_COMMIT" >cache\nLOOK')


@world()
def first_run_after_a_build_and_a_bug(w):
    """The first run after each build crashes like the bug, which is sure: the second run of a revision tells."""
    w.line()
    w.build("rm -f warm")
    w.test("[ -e warm ] || { : >warm; LOOK; }\nis bug && LOOK\nexit 0")
    w.ideal(1)


@world()
def warm_up_fails_otherwise(w):
    """The first run after each build fails, otherwise than the bug (the database is not ready): it says nothing."""
    w.line()
    w.build("rm -f warm")
    w.test("[ -e warm ] || { : >warm; echo 'database is not ready' >&2; exit 7; }\nis bug && LOOK\nexit 0")
    w.ideal(1)


@world(quick=False)
def warm_up_is_slow(w):
    """The first run after each build is slow, and of the bug nothing depends on it."""
    w.line()
    w.build("rm -f warm")
    w.test("[ -e warm ] || { : >warm; sleep 0.2; }\nis bug && LOOK\nexit 0")
    w.ideal(1)


@world(quick=False)
def warm_up_hangs(w):
    """The first run after each build takes longer than --timeout. The bug is a crash."""
    w.line()
    w.build("rm -f warm")
    w.test("[ -e warm ] || { : >warm; sleep 5; }\nis bug && LOOK\nexit 0", "--timeout", "0.5")
    w.ideal(1)


@world(knows="honest")
def every_other_stretch(w):
    """Runs fail in stretches: seven fail, seven do not, by the number of the run, whatever the commit."""
    w.line()
    w.truth = ()
    w.test(f"[ $((K / {w.rng.randint(6, 12)} % 2)) = 1 ] || LOOK")


@world(knows="honest")
def time_of_day(w):
    """The test fails in every other second of the clock, whatever the commit."""
    w.line()
    w.truth = ()
    w.test('[ -e "$W/began" ] || date +%s%N >"$W/began"\nt=$((($(date +%s%N) - $(cat "$W/began")) / 1000000))\n'
           f"[ $((t / {w.rng.randint(300, 900)} % 2)) = 1 ] || LOOK")


@world()
def a_bug_in_the_mornings(w):
    """A sure bug that shows in stretches only: of sixteen runs eight can show it, eight cannot, whatever the commit. The order of the
    runs and the bad end run again beside the others tell what a quiet run is worth."""
    w.line()
    w.test(f"is bug && [ $((K / 8 % 2)) = 0 ] && LOOK\nexit 0")
    w.ideal(0.5)


@world(knows="honest")
def a_file_outside_changes(w):
    """A file outside of the repository makes every commit crash, until somebody mends it after 11 to 30 runs."""
    w.line()
    w.truth = ()
    w.env["CONF"] = w.folder + "/conf"
    w.test(f"[ $K -lt {w.rng.randint(11, 30)} ] || echo mended >\"$CONF\"\n[ -e \"$CONF\" ] || LOOK")


@world(knows="honest")
def a_file_outside_hides_the_bug(w):
    """A sure bug, that no longer shows once a file outside has changed, after 5 to 12 runs."""
    w.line()
    w.test(f"[ $K -lt {w.rng.randint(5, 12)} ] || : >\"$W/conf\"\n[ ! -e \"$W/conf\" ] && is bug && LOOK\nexit 0")


@world(knows="honest", quick=False)
def a_library_is_upgraded(w):
    """In the middle of it a library outside is upgraded, with which all commits older than some one fail, the way the bug does. The bug
    is sure. Before the upgrade the good end was good, after it, it is not."""
    n, at = w.line()
    old = w.rng.randint(1, n - 2)
    w.script("age", str(old))
    for i in range(n):
        w.trees[i]["flags/age"] = f"{i}\n"
    w.test(f"is bug && LOOK\nvalue age\n[ $K -gt {w.rng.randint(6, 12)} ] && [ \"$v\" -lt {old} ] && LOOK\nexit 0")


@world(quick=False)
def a_lost_machine_now_and_then(w):
    """One run in five is killed by the machine (SIGKILL); the bug is an assertion, and sure."""
    w.line()
    w.look = "asserted 'left == right' tree.c"
    w.test("chance 200 && kill -9 $$\nis bug && LOOK\nexit 0")
    w.ideal(1)
