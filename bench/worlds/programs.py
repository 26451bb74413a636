"""Failures of real interpreters and compilers, where another failure is met on the way: is it *the* failure?

The programs are python3, perl, node, gcc and sh, those that are installed. Each world takes two ways to fail of one program, so
that nothing but what is printed tells them apart.
"""
import shutil

from world import world

APP_PY = r'''
import sys, os
def load(c): return c["port"]
def convert(t): return int(t)
def total(a): assert sum(a) == 7, "totals differ by %d" % os.getpid()
def plug(n): return __import__("no_such_%s" % n)
{"key": lambda: load({}), "value": lambda: convert("x1"), "assert": lambda: total([1]), "import": lambda: plug("codec")}[sys.argv[1]]()
'''
APP_PL = r'''
sub load { die "no configuration for host $$\n" } sub share { my $n = 0; return 5 / $n } sub find { my $x; $x->{a}->more(1) }
{ load => \&load, share => \&share, find => \&find }->{$ARGV[0]}->();
'''
APP_JS = r'''
const fs = require("fs");
function load() { return JSON.parse("{ port"); }
function width() { return null.columns; }
function depth() { throw new RangeError("depth " + process.pid); }
({ load, width, depth })[process.argv[2]]();
'''
SUITE = r'''
import sys, unittest
bad = sys.argv.pop()
class Table(unittest.TestCase):
    def test_insert(self): self.assertEqual(3, 4 if bad == "insert" else 3)
    def test_lookup(self): self.assertTrue(bad != "lookup", "no such key")
    def test_resize(self): self.assertIn("a", "bc" if bad == "resize" else "abc")
unittest.main()
'''
# By program: shell texts that end a run with a failure.
PROGRAMS = {
    "python3": [f'python3 "$W/app.py" {how}; exit' for how in ("key", "value", "assert", "import")],
    "perl": [f'perl "$W/app.pl" {how}; exit 1' for how in ("load", "share", "find")],
    "node": [f'node "$W/app.js" {how}; exit' for how in ("load", "width", "depth")],
    "unittest": [f'python3 "$W/suite.py" {how}; exit' for how in ("insert", "lookup", "resize")],
    "gcc": [f'printf "%b" "{text}" >x{i}.c; gcc -c x{i}.c -o x.o 2>&1 && gcc x.o -o x 2>&1; exit' for i, text in enumerate((
        "int f(void) { return nope; }\\n", "int g(void) { return 1 }\\n", "int h(void);\\nint main(void) { return h(); }\\n"))],
    "sh": ['echo "FATAL: table corrupt at row $K" >&2; exit 1', 'echo "cannot connect to port 5432" >&2; exit 1',
           'echo "step 3: checksum of block $((K * 77)) is wrong" >&2; exit 1', 'echo "giving up after 3 tries"; echo "no space on volume $$"; exit 1'],
    "codes": ["exit 1", "exit 2", "exit 3", "exit 126"],
    "set -e": ["set -e; echo unpacking; false; echo done", "set -e; echo unpacking; echo sorting; false; echo done",
               "set -e; echo unpacking; echo sorting; echo writing; test -e nowhere; echo done"],
    "ends": ["kill -SEGV $$; sleep 1", "echo 'error: lost the lock' >&2; exit 1", "exit 3", 'python3 "$W/app.py" key; exit'],
}
NEEDS = {"unittest": "python3", "codes": "sh", "set -e": "sh", "ends": "sh"}
LENGTH = 200  # commits


def ways(w, *programs):
    """Two ways to fail of one program, the bug's and the other."""
    names = [name for name in programs or PROGRAMS if shutil.which(NEEDS.get(name, name))]
    for name, text in (("app.py", APP_PY), ("app.pl", APP_PL), ("app.js", APP_JS), ("suite.py", SUITE)):
        w.script(name, text.lstrip())
    return w.rng.sample(PROGRAMS[w.rng.choice(names)], 2)


def test(w, bug, other, rate=1.0, *args):
    """What quiet runs print is there too."""
    chance = "" if rate == 1 else f"chance {round(rate * 1000)} || {{ echo all is well; exit 0; }}\n"
    w.test(f'echo "checking $(cat flags/n) files"\nif is other; then {other}; fi\n'
           f"if is bug; then {chance}{bug}; fi\necho all is well", *args)
    w.ideal(rate)


def line(w, n=LENGTH, at=None):
    w.line(n, at if at is not None else w.rng.randint(n // 5, n - n // 5), entangled=False,
           changes={i: {"n": i * 3} for i in range(n)})
    return w.n, w.at


def below(w):
    n, at = line(w)
    first = w.rng.randint(2, at // 2)
    w.mark("other", first, w.rng.randint(first + 3, at - 4))


@world()
def another_failure_below(w):
    """Another failure over a range of revisions older than the culprit: it is not the bug, and does not convict."""
    below(w)
    test(w, *ways(w))


@world()
def another_failure_above(w):
    """Another failure over a range newer than the culprit, in the way of the bug: it hides it and does not clear."""
    n, at = line(w)
    first = w.rng.randint(at + 2, at + (n - at) // 2)
    w.mark("other", first, w.rng.randint(first + 1, n - 2))
    test(w, *ways(w))


@world(knows="honest")
def another_failure_around(w):
    """Another failure from before the culprit to after it: nobody can see where in it the bug began."""
    n, at = line(w)
    w.mark("other", at - w.rng.randint(2, 12), at + w.rng.randint(2, 12))
    test(w, *ways(w))


@world()
def a_message_is_reworded(w):
    """The bug's message is reworded at a commit half-way: it is the same bug."""
    n, at = line(w, at=w.rng.randint(30, 90))
    w.mark("new", w.rng.randint(at + 10, n - 20), n)
    old, new = w.rng.choice((("FATAL: table is corrupt (row $K)", "FATAL: table corrupt at row $K"),
                             ("cannot read index 7: bad checksum $K", "error: cannot read index 7, bad checksum $K in header"),
                             ("worker $$: queue lost its lock", "worker $$: the queue has lost its lock")))
    test(w, f'if is new; then echo "{new}"; else echo "{old}"; fi; exit 1', "exit 9")


@world()
def another_failure_flaky_50(w):
    """The bug shows in half of its runs; another failure over a range below."""
    below(w)
    test(w, *ways(w), 0.5)


@world()
def another_failure_flaky_20(w):
    """The bug shows in a fifth of its runs; another failure over a range below."""
    below(w)
    test(w, *ways(w), 0.2)


@world(quick=False)
def another_failure_flaky_10(w):
    """The bug shows in a tenth of its runs; another failure over a range below."""
    below(w)
    test(w, *ways(w, "sh", "codes", "set -e", "perl"), 0.1)


@world()
def a_hang_among_failures(w):
    """The bug is a failure; over a range below it the program hangs until --timeout."""
    line(w, 60)
    first = w.rng.randint(2, w.at // 2)
    w.mark("other", first, w.rng.randint(first + 2, w.at - 3))
    test(w, ways(w)[0], "sleep 100", 1.0, "--timeout", "1")


@world()
def failures_among_hangs(w):
    """The bug is a hang; over a range below it the program fails."""
    line(w, 60)
    first = w.rng.randint(2, w.at // 2)
    w.mark("other", first, w.rng.randint(first + 2, w.at - 3))
    test(w, "sleep 100", ways(w)[0], 1.0, "--timeout", "1")


@world(knows="honest")
def a_cause_behind_another(w):
    """From one commit on the program fails, and from a later one on it fails otherwise: what the newest revision shows is the later
    one's, and the other one hides where it began."""
    n, at = line(w)
    bug, other = ways(w, "python3", "perl", "node", "sh", "codes", "ends", "unittest")
    w.mark("other", w.rng.randint(5, at - 8), at)
    test(w, bug, other)


@world()
def a_test_that_is_younger(w):
    """The test came with some commit; before it there is no such file. The bug is younger still."""
    n, at = line(w)
    born = w.rng.randint(3, at - 5)
    for i in range(born, n):
        w.trees[i]["t.sh"] = "echo checking\nis bug && { echo 'sum of rows is wrong' >&2; exit 1; }\nexit 0\n"
    w.test('[ -e t.sh ] || { echo "cannot open t.sh: No such file" >&2; exit 2; }\n. ./t.sh')
    w.ideal(1)


@world()
def another_test_around(w):
    """Another test of the suite fails from before the culprit to after it; --test names the bug's, and the runner lists what passed."""
    n, at = line(w)
    w.mark("other", at - w.rng.randint(2, 12), at + w.rng.randint(2, 12))
    w.script("suite.py", """import sys, unittest
bad = sys.argv.pop().split(",")
class Table(unittest.TestCase):
    def test_insert(self): self.assertNotIn("other", bad)
    def test_lookup(self): self.assertNotIn("bug", bad)
    def test_resize(self): pass
unittest.main(verbosity=2)
""")
    w.test('how=none; is other && how=$how,other; is bug && how=$how,bug; python3 "$W/suite.py" $how', "--test", "test_lookup")
    w.ideal(1)


@world()
def a_test_that_passes_for_nothing(w):
    """Over a range newer than the culprit the runner finds no test of the name that it is given, and passes."""
    n, at = line(w)
    first = w.rng.randint(at + 2, at + (n - at) // 2)
    w.mark("other", first, w.rng.randint(first + 1, n - 2))
    none, one = w.rng.choice((("[  PASSED  ] 0 tests.", "[  PASSED  ] 1 test."), ("Ran 0 tests in 0.000s", "Ran 1 test in 0.001s"),
                              ("ok  x 0.003s [no tests to run]", "ok  x 0.004s"), ("No tests were found!!!", "100% tests passed"),
                              ("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 9 filtered out; finished in 0.00s",
                               "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 8 filtered out; finished in 0.00s")))
    w.test(f'if is other; then echo "{none}"; exit 0; fi\nif is bug; then echo "row $K is wrong"; exit 1; fi\necho "{one}"')
    w.ideal(1)


@world(most_runs=2000)  # a build is all the runs of its revision, which are recorded
def a_build_that_is_the_bug(w):
    """The build breaks with the culprit, and broke with another error over a range below."""
    below(w)
    w.test("exit 0")
    w.git_command = 'sh "$W/build.sh"'
    w.build('if is other; then echo "int f(void) { return nope; }" >a.c; elif is bug; then echo "int g(void) { return 1 }" >a.c; '
            'else echo "int x;" >a.c; fi\ngcc -c a.c -o a.o')
    w.ideal(1)
