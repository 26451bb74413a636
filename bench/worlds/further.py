"""Further worlds: what tests, builds and runners of the field do to a search, and failures that only one line tells apart."""
from world import world

N = 60


def line(w, n=N, at=None):
    w.line(n, at if at is not None else w.rng.randint(n // 3, n - n // 4), entangled=False, changes={i: {"n": i * 3} for i in range(n)})
    return w.n, w.at


def below(w, n=N):
    n, at = line(w, n)
    first = w.rng.randint(2, at // 2)
    w.mark("other", first, w.rng.randint(first + 4, at - 4))
    return n, at


def above(w, n=N):
    n, at = line(w, n)
    first = w.rng.randint(at + 2, at + (n - at) // 2)
    w.mark("other", first, w.rng.randint(first + 2, n - 1))
    return n, at


def show(w, text, *args):
    w.test(text, *args)
    w.ideal(1)


# ---------------------------------------------------------------- the world misleads

@world(quick=False)
def only_what_failed_last_time(w):
    """The runner keeps in the home folder what failed last, and runs only that if there is something (pytest --lf): after a failure of
    test_b, which fails over a range below, the next run of a bad revision passes. The second run of any revision in a row tells; it
    says what it ran."""
    below(w)
    show(w, '''l=$HOME/.lastfailed; what="test_a test_b"; [ -s "$l" ] && { what=$(cat "$l"); echo "run-last-failure: rerun previous 1 failure"; }
: >"$l"; rc=0
for t in $what; do
  f=0; [ $t = test_a ] && is bug && f=1; [ $t = test_b ] && is other && f=1
  if [ $f = 1 ]; then echo "tests/test_x.py::$t FAILED"; echo "E   assert $K == 4" ; echo $t >>"$l"; rc=1; else echo "tests/test_x.py::$t PASSED"; fi
done
exit $rc''')


@world(quick=False)
def quota_that_the_runs_fill(w):
    """Every run leaves 1 unit on a small disk; each 6th or 7th run finds it full, fails for that and clears it, whatever the commit. Both end with
    the same code and the same last line, only a line before tells. A run made again tells."""
    line(w)
    show(w, f'''echo x >>"$W/disk"
if [ $(wc -l <"$W/disk") -ge {w.rng.choice((6, 7))} ]; then rm -f "$W/disk"; echo "writing segment $K: Disk quota exceeded"; echo "FAIL: integration"; exit 1; fi
if is bug; then echo "segment $K: read back 7 rows, wrote 8"; echo "FAIL: integration"; exit 1; fi
echo "segment $K: read back 8 rows"; echo "PASS: integration"''')


@world(quick=False)
def the_build_installs_outside(w):
    """The build installs into the home folder (make install, pip install -e), and the test runs what is installed there. Who builds and
    then runs, one revision at a time, sees each as it is. What runs again without its build sees another revision's."""
    n, at = line(w, 40)
    w.build('sleep 0.5; mkdir -p "$HOME/prefix"; cp flags/bug "$HOME/prefix/prog"')
    w.test('read -r v rest <"$HOME/prefix/prog"\n[ "$v" = 0 ] || { echo "prog: row 3 is wrong" >&2; exit 1; }\nexit 0')
    w.ideal(1)


@world(quick=False)
def the_build_installs_outside_and_a_rare_bug(w):
    """As the-build-installs-outside, the bug shows in 40 % of its runs."""
    n, at = line(w, 40)
    w.build('sleep 0.5; mkdir -p "$HOME/prefix"; cp flags/bug "$HOME/prefix/prog"')
    w.test('read -r v rest <"$HOME/prefix/prog"\n[ "$v" = 0 ] || { chance 400 && { echo "prog: row 3 is wrong" >&2; exit 1; }; }\nexit 0')
    w.ideal(0.4)


@world(knows="honest", quick=False)
def a_snapshot_that_the_first_run_writes(w):
    """A snapshot test: where there is no snapshot (in the home folder) the run writes it and passes. The bad end is run first and writes the wrong one:
    from then on the bad revisions pass and the good ones fail. An end says so."""
    line(w)
    w.test('''value bug; s=$HOME/snap
if [ ! -e "$s" ]; then echo $v >"$s"; echo " > 1 snapshot written."; exit 0; fi
[ "$(cat "$s")" = "$v" ] && { echo "Snapshots: 1 passed"; exit 0; }
echo "Snapshot name: table 1"; echo "- $(cat "$s")"; echo "+ $v"; echo " > 1 snapshot failed."; exit 1''')


@world(quick=False)
def a_hash_that_looks_like_a_number(w):
    """The version is the commit's hash, and where it looks like a number (12e4567) a YAML parser stumbles: one revision in seven, here and there,
    always the same ones, never an end, the culprit or its parent. The bug is another error of the same parser. Both say which."""
    n, at = line(w)
    for i in range(2, n - 1):
        if i not in (at - 1, at) and w.rng.random() < 0.15:
            w.trees[i]["flags/odd"] = "1\n"
    show(w, '''value n
is odd && { echo "yaml: unmarshal errors:"; echo "  line 2: cannot unmarshal !!float into string"; exit 1; }
is bug && { echo "yaml: line 7: mapping values are not allowed in this context"; exit 1; }
echo "parsed $v documents"''')


@world(quick=False)
def the_good_end_fails_otherwise_today(w):
    """Old revisions carry a certificate that has expired since: they fail today, otherwise than the bug, and the good end is one of them. It was renewed
    well below the culprit: from there on the test tells."""
    n, at = line(w)
    w.mark("other", 0, w.rng.randint(3, at - 6))
    show(w, '''echo "connecting to localhost:8443"
is other && { echo "curl: (60) SSL certificate problem: certificate has expired" >&2; exit 1; }
is bug && { echo "response of 37 bytes, expected 41" >&2; exit 1; }
echo ok''')


@world(quick=False)
def tests_in_a_random_order(w):
    """A suite in a random order. test_cache fails since the culprit where it comes after test_write (half of the runs); test_env fails in every
    revision where it comes first (a third). The summary has the names."""
    line(w, 40)
    w.script("suite.py", '''import random, sys
bug = sys.argv[1] == "1"; r = random.Random(sys.argv[2])
order = ["test_cache", "test_write", "test_env"]; r.shuffle(order)
print("Using --random-order-seed=%d" % r.randrange(10**6)); print("collected 3 items\\n")
fails = []
for i, t in enumerate(order):
    bad = (t == "test_env" and i == 0) or (t == "test_cache" and bug and order.index("test_write") < i)
    print("tests/test_all.py::%s %s" % (t, "FAILED" if bad else "PASSED"))
    if bad: fails.append(t)
if fails:
    print("\\n=================================== FAILURES ===================================")
    for t in fails:
        print("_________________ %s _________________\\n" % t)
        if t == "test_env": print(">       assert os.environ['MODE'] == 'test'\\nE       KeyError: 'MODE'\\n\\ntests/test_all.py:%d: KeyError" % 12)
        else: print(">       assert cache.get('k') is None\\nE       AssertionError: assert 'v%d' is None\\n\\ntests/test_all.py:31: AssertionError" % r.randrange(99))
    print("=========================== short test summary info ============================")
    for t in fails: print("FAILED tests/test_all.py::%s - %s" % (t, "KeyError: 'MODE'" if t == "test_env" else "AssertionError: assert 'v' is None"))
print("=== %d failed, %d passed in 0.0%ds ===" % (len(fails), 3 - len(fails), r.randrange(1, 9)))
sys.exit(1 if fails else 0)
''')
    w.test('python3 "$W/suite.py" $(is bug && echo 1 || echo 0) "$SEED.$K"; exit')
    w.ideal(0.5)


@world(quick=False)
def a_fix_is_lost_in_a_merge(w):
    """The bug is as old as the repository and was mended on main before the good end; a branch from before the fix is merged with the old code of
    the file: the merge brings it back. main alone is free of it up to the merge."""
    for i in range(5):
        w.commit(i, bug=1)
    side = 4
    w.commit("fix", bug=0)
    for i in range(6, 16):
        w.commit(i)
    w.commit("s0", parents=[side])
    k = w.rng.randint(3, 8)
    for i in range(1, k):
        w.commit(f"s{i}")
    w.commit("m", parents=[15, f"s{k-1}"], title="Merge branch 'side'", bug=1)
    for i in range(20, 20 + w.rng.randint(6, 12)):
        w.commit(i)
    w.truth, w.good, w.bad = ("m",), 7, w.commits[-1][0]
    w.n = 20
    w.bug()


@world(quick=False)
def a_broken_pipe_now_and_then(w):
    """The test pipes a long listing into head under pipefail: in 30 % of all runs it ends with 141 (SIGPIPE), whatever the commit. The bug is exit code 1
    with a message."""
    line(w)
    show(w, '''echo "listing"; chance 300 && exit 141
is bug && { echo "listing has 7 rows, expected 8"; exit 1; }
exit 0''')


@world(quick=False)
def the_test_waits_for_a_server_that_an_earlier_run_left(w):
    """The server of a run stays (in the background, setsid) for some runs and answers the next ones: a run in which it is there sees the revision
    by which it was started. It says by its banner which one answers, and the run fails or passes by that. It ends itself when it has answered twice: every third run
    starts one anew. Run three times in a row, each revision tells itself: the last one is right. Simulated by a file."""
    line(w, 40)
    show(w, '''s=$W/server; value bug
if [ ! -s "$s" ]; then echo "$v 2" >"$s"; fi
read -r has left <"$s"
left=$((left - 1)); if [ $left -gt 0 ]; then echo "$has $left" >"$s"; else rm -f "$s"; fi
[ "$has" = 0 ] || { echo "GET /rows: 500 Internal Server Error"; exit 1; }
echo "GET /rows: 200"''')


# ---------------------------------------------------------------- told apart by what is printed

@world(quick=False)
def a_suite_that_was_never_green(w):
    """go test: TestOld fails in every revision, also in the good end; TestNew fails since the culprit. The good end's failure is not the bug: the
    list of failing tests tells."""
    line(w)
    show(w, '''rc=1
echo "--- FAIL: TestOld (0.0$((K % 9))s)"; echo "    old_test.go:18: dial tcp [::1]:$((30000 + K)): connect: connection refused"
if is bug; then echo "--- FAIL: TestNew (0.00s)"; echo "    new_test.go:41: got 3, want 4"; fi
echo FAIL; printf 'FAIL\\texample.org/x\\t0.0%ds\\n' $((K % 90)); echo FAIL; exit 1''')


@world(quick=False)
def two_tests_fail_in_one_run(w):
    """go test: TestOld fails from before the culprit to after it (not at the ends); the suite goes on, so where the bug is both are listed."""
    n, at = line(w)
    w.mark("other", at - w.rng.randint(4, 12), at + w.rng.randint(3, 8))
    show(w, '''rc=0
is other && { rc=1; echo "--- FAIL: TestOld (0.0$((K % 9))s)"; echo "    old_test.go:18: dial tcp [::1]:$((30000 + K)): connect: connection refused"; }
is bug && { rc=1; echo "--- FAIL: TestNew (0.00s)"; echo "    new_test.go:41: got 3, want 4"; }
if [ $rc = 0 ]; then printf 'ok  \\texample.org/x\\t0.0%ds\\n' $((K % 90)); else echo FAIL; printf 'FAIL\\texample.org/x\\t0.0%ds\\n' $((K % 90)); echo FAIL; fi; exit $rc''')


@world(quick=False)
def tap_whose_numbers_move(w):
    """TAP: the number of a test moves as tests are added; a TODO test is not ok everywhere; over a range below another test fails. The exit code is the
    number of failures."""
    below(w)
    show(w, '''value n; a=$((v / 30)); i=0
while [ $i -lt $a ]; do i=$((i + 1)); echo "ok $i - case $i"; done
i=$((i + 1)); echo "not ok $i - unicode folding # TODO not yet"; echo "#   Failed (TODO) test 'unicode folding'"
rc=0
i=$((i + 1)); if is other; then rc=1; echo "not ok $i - open an empty file"; echo "#   Failed test 'open an empty file'"; echo "#   at t/io.t line $((40 + a))."; echo "#          got: '0'"; echo "#     expected: 'undef'"; else echo "ok $i - open an empty file"; fi
i=$((i + 1)); if is bug; then rc=1; echo "not ok $i - round trip"; echo "#   Failed test 'round trip'"; echo "#   at t/io.t line $((60 + a))."; echo "#          got: '$K'"; echo "#     expected: '8'"; else echo "ok $i - round trip"; fi
echo "1..$i"; [ $rc = 0 ] || echo "# Looks like you failed 1 test of $i."; exit $rc''')


@world(quick=False)
def a_failure_far_above_the_end(w):
    """The line that says what failed is followed by 400 lines of a teardown, the same in every run, and make's last word. Over a range below another line
    stands there."""
    below(w)
    show(w, '''rc=0; echo "running 12 checks"
if is other; then rc=1; echo "FAILED check_ports: port 5432 is in use"; elif is bug; then rc=1; echo "FAILED check_rows: row $K has no key"; fi
i=0; while [ $i -lt 400 ]; do i=$((i + 1)); echo "teardown: container $i removed"; done
[ $rc = 0 ] || { echo "make: *** [Makefile:12: check] Error 1"; exit 2; }
echo done''')


@world(quick=False)
def a_translated_message(w):
    """gcc and make speak German from a commit above the culprit on: the same error. Place, option and the quoted name are the same, as is what make says but
    for a word."""
    n, at = line(w)
    w.mark("de", w.rng.randint(at + 5, n - 5), n)
    show(w, '''echo "cc -Wall -Werror -c a.c"
is bug || { echo "cc a.o -o a"; exit 0; }
if is de; then
echo "a.c: In Funktion »load«:"; echo "a.c:12:7: Fehler: Variable »count« wird nicht verwendet [-Werror=unused-variable]"; echo "cc1: Alle Warnungen werden als Fehler behandelt"; echo "make: *** [Makefile:4: a.o] Fehler 1"
else
echo "a.c: In function 'load':"; echo "a.c:12:7: error: unused variable 'count' [-Werror=unused-variable]"; echo "cc1: all warnings being treated as errors"; echo "make: *** [Makefile:4: a.o] Error 1"
fi; exit 2''')


@world(quick=False)
def one_cause_and_many_victims(w):
    """Eight workers: one says why it failed, the seven others that they were cancelled, in a random order with times and thread names. Over a range below it
    is another reason."""
    below(w)
    w.script("pool.py", r'''import random, sys, time
r = random.Random(); how = sys.argv[1]
def log(level, thread, text): print("%s,%03d [pool-%d-thread-%d] %s %s" % (time.strftime("%Y-%m-%d %H:%M:%S"), r.randrange(1000), r.randrange(1, 4), thread, level, text))
for i in range(8): log("INFO", i, "started on shard %d" % r.randrange(99))
if how == "none": log("INFO", 0, "all shards done"); sys.exit(0)
first = r.randrange(8)
lines = [("ERROR", i, "task failed: cancelled because a sibling failed") for i in range(8) if i != first]
lines.append(("ERROR", first, "task failed: " + ("lease of shard %d was lost after %d ms" % (r.randrange(99), r.randrange(9000)) if how == "bug" else "cannot resolve host db-%d.local" % r.randrange(99))))
r.shuffle(lines)
for l in lines: log(*l)
log("ERROR", 0, "pool failed: 8 of 8 tasks failed"); sys.exit(1)
''')
    show(w, 'how=none; is other && how=other; is bug && how=bug; python3 "$W/pool.py" $how; exit')


@world(quick=False)
def the_cleanup_raises_too(w):
    """Python: whatever the first exception, the cleanup raises a second one, which is the last word. Over a range below the first one is another."""
    below(w)
    w.script("app.py", r'''import sys
def load(c): return c["port"]
def convert(t): return int(t)
def close(): raise RuntimeError("cannot close: was never open")
def main(how):
    try:
        if how == "bug": load({})
        if how == "other": convert("x1")
    except Exception:
        close()
main(sys.argv[1]); print("fine")
''')
    show(w, 'how=none; is other && how=other; is bug && how=bug; python3 "$W/app.py" $how; exit')


@world(quick=False)
def caused_by(w):
    """Java: the outer exception and its stack are the same, only the innermost "Caused by" tells the bug from the failure over a range above."""
    above(w)
    show(w, '''how=none; is bug && how=bug; is other && how=other
[ $how = none ] && { echo "Started in 1.$K s"; exit 0; }
echo "$(date '+%H:%M:%S').$((K % 900 + 100)) [main] ERROR Application - startup failed"
echo 'Exception in thread "main" org.example.StartupException: cannot start context'
printf '\\tat org.example.Context.start(Context.java:%d)\\n\\tat org.example.Main.main(Main.java:14)\\n' 88
echo 'Caused by: org.example.BeanException: cannot create bean "store"'
printf '\\tat org.example.Beans.create(Beans.java:132)\\n\\tat org.example.Context.start(Context.java:80)\\n\\t... 1 more\\n'
if [ $how = bug ]; then echo "Caused by: java.lang.NullPointerException: Cannot invoke \\"Row.key()\\" because \\"row\\" is null"; printf '\\tat org.example.Store.open(Store.java:51)\\n'
else echo "Caused by: java.net.ConnectException: Connection refused"; printf '\\tat org.example.Link.dial(Link.java:23)\\n'; fi
printf '\\t... 7 more\\n'; exit 1''')


@world(quick=False)
def output_that_is_cut_off(w):
    """What is printed is cut off at a random byte of the last line (a lost buffer): between "FATAL: tab" and the whole of it. Over a range below another message of
    the same beginning is cut off likewise. Most runs show enough."""
    below(w)
    show(w, '''m=; is other && m="FATAL: tablespace pg_default is full on volume data-2, extend it or drop tables"
is bug && m="FATAL: table users is corrupt, its index points beyond the last page of 77"
[ -n "$m" ] || { echo "all tables checked"; exit 0; }
printf "%.$((10 + (K * 37 + SEED) % 66))s" "$m" >&2; exit 1''')


@world(quick=False)
def one_test_fails_in_two_ways(w):
    """pytest: the same test fails over a range below by an assertion and since the culprit by a KeyError in what it calls."""
    below(w)
    show(w, '''rc=1; echo "collected 3 items"; echo
if is bug; then echo "tests/test_table.py .F.   [100%]"; echo "=================================== FAILURES ==================================="; echo "_________________________________ test_lookup __________________________________"; echo
echo "    def test_lookup():"; echo ">       assert lookup(conf(), 'a') == 3"; echo; echo "tests/test_table.py:21: "; echo "_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _"
echo ">   return c['port']"; echo "E   KeyError: 'port'"; echo; echo "src/table.py:7: KeyError"; echo "=========================== short test summary info ============================"; echo "FAILED tests/test_table.py::test_lookup - KeyError: 'port'"
elif is other; then echo "tests/test_table.py .F.   [100%]"; echo "=================================== FAILURES ==================================="; echo "_________________________________ test_lookup __________________________________"; echo
echo "    def test_lookup():"; echo ">       assert lookup(conf(), 'a') == 3"; echo "E       AssertionError: assert 4 == 3"; echo "E        +  where 4 = lookup({'port': 1}, 'a')"; echo; echo "tests/test_table.py:21: AssertionError"
echo "=========================== short test summary info ============================"; echo "FAILED tests/test_table.py::test_lookup - AssertionError: assert 4 == 3"
else echo "tests/test_table.py ...   [100%]"; echo "============================== 3 passed in 0.0${K}s ==============================="; exit 0; fi
echo "========================= 1 failed, 2 passed in 0.0${K}s ========================="; exit 1''')


@world(quick=False)
def a_minified_bundle(w):
    """node prints the line of a minified bundle (60 kB, other in each commit), then the error. Over a range below it is another TypeError in another
    function, and the names of functions are letters that change with each commit."""
    below(w)
    show(w, '''value n; c=$(printf "\\\\$(printf %03o $((97 + v % 26)))")
is bug || is other || { echo "served 3 pages"; exit 0; }
echo "/app/dist/bundle.$(printf %s "$v" | cksum | cut -c1-8).js:1"
i=0; s="var $c=$v;function(){return $c};"; while [ $i -lt 11 ]; do s=$s$s; i=$((i + 1)); done; echo "$s"; echo "                ^"; echo
if is bug; then echo "TypeError: Cannot read properties of undefined (reading 'price')"; else echo "TypeError: e.forEach is not a function"; fi
echo "    at $c (/app/dist/bundle.js:1:$((v * 77)))"; echo "    at Object.<anonymous> (/app/dist/bundle.js:1:$((v * 91)))"; echo "    at node:internal/main/run_main_module:23:47"; echo; echo "Node.js v18.19.0"; exit 1''')


@world(quick=False)
def a_trace_and_a_trap(w):
    """sh with set -x and a trap that cleans up: what failed is the last traced command before the trap's. Over a range below another cmp differs."""
    below(w)
    w.script("t.sh", '''d=$(mktemp -d); trap 'rm -rf "$d"; echo "cleaned up"; exit 1' EXIT; set -ex
echo "a b c" >"$d/hdr"; echo "1 2 3" >"$d/rows"; echo "a b c" >"$d/hdr.want"; echo "1 2 3" >"$d/rows.want"
[ "$1" != other ] || echo "a b d" >"$d/hdr"
[ "$1" != bug ] || echo "1 2 4" >"$d/rows"
cmp -s "$d/hdr" "$d/hdr.want"
cmp -s "$d/rows" "$d/rows.want"
trap 'rm -rf "$d"' EXIT''')
    show(w, 'how=none; is other && how=other; is bug && how=bug; sh "$W/t.sh" $how; exit')


@world(quick=False)
def the_report_is_in_a_file(w):
    """The test prints the end of its log file, whose name is temporary, and its log speaks of errors that do not matter, in a third of all runs, good ones
    too; over a range below another reason stands there. Coloured, and overwritten by a progress bar."""
    below(w)
    show(w, '''t=/tmp/check.$$.$K; e=$(printf '\\033'); r=$(printf '\\r')
printf '%s' "10 %${r}40 %${r}100 %${r}"; echo
chance 330 && echo "${e}[31mERROR${e}[0m plugin spell not found (ignored)"
is bug || is other || { echo "${e}[32mPASS${e}[0m in 0.$K s"; exit 0; }
echo "${e}[1;31mFAIL${e}[0m, the last lines of $t/log:"
echo "  $(date +%H:%M:%S.%N) open $t/db"
if is bug; then echo "  $(date +%H:%M:%S.%N) page $((K * 31)) of $t/db: stored sum $(printf %08x $((K * 7919 * 131)))  is not the page's"; else echo "  $(date +%H:%M:%S.%N) migration 0$((K % 9)) of $t/db: column name twice"; fi
echo "  $(date +%H:%M:%S.%N) close $t/db"; echo "${e}[1;31m1 of 9 checks failed${e}[0m"; exit 1''')


@world(quick=False)
def an_assert_that_moves(w):
    """The bug's assertion moves with its file to another name and line at a commit above the culprit: the same expression. Over a range below another assertion
    fails (in another file)."""
    n, at = below(w)
    w.mark("moved", w.rng.randint(at + 4, n - 4), n)
    show(w, '''value n
is other && { echo "prog: src/journal.c:$((v + 12)): replay: Assertion \\`head != tail' failed." >&2; exit 134; }
is bug || exit 0
if is moved; then echo "prog: src/parse/lexer.c:$((v + 60)): lex_row: Assertion \\`row < rows' failed." >&2; else echo "prog: src/parser.c:$((v + 40)): parse_row: Assertion \\`row < rows' failed." >&2; fi
exit 134''')


# ---------------------------------------------------------------- second lot: another failure ends two commits below the culprit

def close(w, n=N):
    n, at = line(w, n)
    w.mark("other", w.rng.randint(2, at - 8), at - 1)
    w.trees[at - 1].pop("flags/other", None)
    return n, at


@world(false_ends=(4, 5))
def a_pyc_of_the_same_second(w):
    """Python keeps compiled modules by the second of the source's time and its size: of two revisions that are checked out in one place in one second, with
    a source of equal size, the second one runs the first one's code. From clean every revision is what it is."""
    n, at = line(w)
    for i in range(n):
        w.trees[i]["mod.py"] = f"LIMIT = {3 if i >= at else 8}  # {i:04d}\n"
        w.trees[i][".gitignore"] = "__pycache__\n"
        del w.trees[i]["flags/bug"]
    show(w, '''python3 -c "import sys; sys.path.insert(0, '.'); import mod; sys.exit('ValueError: limit %d is too small' % mod.LIMIT if mod.LIMIT < 4 else 0)"''')


@world(quick=False)
def a_failure_far_above_the_end_and_close(w):
    """As a-failure-far-above-the-end, and the other failure ends two commits below the culprit."""
    close(w)
    show(w, '''rc=0; echo "running 12 checks"
if is other; then rc=1; echo "FAILED check_ports: port 5432 is in use"; elif is bug; then rc=1; echo "FAILED check_rows: row $K has no key"; fi
i=0; while [ $i -lt 400 ]; do i=$((i + 1)); echo "teardown: container $i removed"; done
[ $rc = 0 ] || { echo "make: *** [Makefile:12: check] Error 1"; exit 2; }
echo done''')


@world(quick=False)
def one_test_of_ctest_fails_for_two_reasons(w):
    """ctest --output-on-failure: the one failing test is the same, what it printed is another thing over a range below."""
    close(w)
    show(w, '''w=; is other && w="cannot bind socket /run/app.sock: Permission denied"; is bug && w="row $K: stored 7 columns, read 8"
echo "Test project /build"; echo "    Start 1: unit"; echo "1/2 Test #1: unit .............................   Passed    0.0$((K % 9)) sec"; echo "    Start 2: integration"
if [ -z "$w" ]; then echo "2/2 Test #2: integration ......................   Passed    0.1$((K % 9)) sec"; echo; echo "100% tests passed, 0 tests failed out of 2"; exit 0; fi
echo "2/2 Test #2: integration ......................***Failed    0.1$((K % 9)) sec"; echo "starting on core $((K % 2))"; echo "$w"; echo "stopped"; echo
echo "50% tests passed, 1 tests failed out of 2"; echo; echo "Total Test time (real) =   0.1$((K % 9)) sec"; echo; echo "The following tests FAILED:"; printf '\\t  2 - integration (Failed)\\n'; echo "Errors while running CTest"; exit 8''')


@world(quick=False)
def subtests_of_go(w):
    """go test: one test, two subtests: TestParse/empty fails over a range below, TestParse/unicode since the culprit."""
    close(w)
    show(w, '''s=; is other && s=empty; is bug && s=unicode
[ -n "$s" ] || { printf 'ok  \\texample.org/x\\t0.0%ds\\n' $((K % 90)); exit 0; }
echo "--- FAIL: TestParse (0.00s)"; echo "    --- FAIL: TestParse/$s (0.00s)"
if [ $s = empty ]; then echo "        parse_test.go:31: Parse(\\"\\") = nil, want error"; else echo "        parse_test.go:31: Parse(\\"é$K\\") = 2 runes, want 1"; fi
echo FAIL; printf 'FAIL\\texample.org/x\\t0.0%ds\\n' $((K % 90)); echo FAIL; exit 1''')


@world(quick=False)
def parameters_of_pytest(w):
    """pytest: one parametrised test fails with an AssertionError for one parameter over a range below, for another since the culprit."""
    close(w)
    show(w, '''p=; is other && p="utc-0" && m="assert 0 == 3600"; is bug && p="leap-366" && m="assert 365 == 366"
echo "collected 5 items"; echo
[ -n "$p" ] || { echo "tests/test_days.py .....   [100%]"; echo "============================== 5 passed in 0.0${K}s ==============================="; exit 0; }
echo "tests/test_days.py ..F..   [100%]"; echo "=================================== FAILURES ==================================="; echo "_____________________________ test_span[$p] ______________________________"; echo
echo "kind = '${p%-*}', want = ${p#*-}"; echo; echo "    def test_span(kind, want):"; echo ">       assert span(kind) == want"; echo "E       AssertionError: $m"; echo; echo "tests/test_days.py:21: AssertionError"
echo "=========================== short test summary info ============================"; echo "FAILED tests/test_days.py::test_span[$p] - AssertionError: $m"
echo "========================= 1 failed, 4 passed in 0.0${K}s ========================="; exit 1''')


@world(quick=False)
def a_loud_wrapper(w):
    """A pipeline's script says much about any failure behind the one line that says which: errors, hints, a banner."""
    close(w)
    show(w, '''m=; is other && m="schema 7 is newer than 6"; is bug && m="checksum of block $K differs"
echo "stage: check"; [ -n "$m" ] || { echo "stage check: ok"; exit 0; }
echo "importer: $m"; echo "ERROR: stage 'check' failed with exit code 1"; echo "ERROR: the following command failed: ./importer --all"; echo "FATAL: pipeline aborted at $(date +%T)"
echo "error: artifacts of failed stage are kept in /tmp/ci.$$"; echo "##[error] Process completed with exit code 1."; echo "Failure reason: script failure"; echo "hint: run with --debug for a stack trace"; echo "ERROR: Job failed: exit status 1"; exit 1''')


@world(quick=False)
def a_suite_that_stops_at_the_first(w):
    """-x / --fail-fast: the suite stops at the first failing test. Since the culprit test_b fails; over a range around it, not at the ends, test_c fails, which comes after test_b,
    and is seen only where test_b passes. Below the culprit the failure is test_c, from it on test_b."""
    n, at = line(w)
    w.mark("other", at - w.rng.randint(3, 10), at + w.rng.randint(3, 8))
    show(w, '''echo "test_a ... ok"; is bug && { echo "test_b ... FAIL"; echo "AssertionError: $K != 4"; echo "stopping after 1 failure"; exit 1; }
echo "test_b ... ok"; is other && { echo "test_c ... FAIL"; echo "AssertionError: $K != 9"; echo "stopping after 1 failure"; exit 1; }
echo "test_c ... ok"''')


@world(quick=False)
def a_ledger_by_the_clock(w):
    """A cron job outside makes the test fail for 0.6 s of every 2 s with the bug's exit code but another message ("backup in progress"). The bug is sure."""
    line(w)
    show(w, '''t=$(($(date +%s%N) / 1000000 % 2000)); is bug && { echo "row 7 is wrong"; exit 1; }
[ $t -gt 600 ] || { echo "database is locked: backup in progress"; exit 1; }
echo fine''')


# ---------------------------------------------------------------- third lot: checks in an order, another one fails around the culprit; the first that fails is told

def around(w, n=N):
    n, at = line(w, n)
    w.mark("other", at - w.rng.randint(5, 12), at + w.rng.randint(3, 8))
    return n, at


FIRST = '''echo "check_disk: ok"; m=
if is bug; then m="row $K has no key"; c=check_rows; else echo "check_rows: ok"; if is other; then m="port 5432 is in use"; c=check_ports; else echo "check_ports: ok"; fi; fi
'''


@world(quick=False)
def checks_in_order_far_above(w):
    """Checks in an order, the first failure ends it, 400 lines of teardown follow. check_ports fails from before the culprit to after it, check_rows, which comes before it,
    since the culprit: "check_rows: ok" stands in every run below it."""
    around(w)
    show(w, FIRST + '''[ -z "$m" ] || echo "$c: FAILED: $m"
i=0; while [ $i -lt 400 ]; do i=$((i + 1)); echo "teardown: container $i removed"; done
[ -z "$m" ] || { echo "make: *** [Makefile:12: check] Error 1"; exit 2; }
echo done''')


@world(quick=False)
def checks_in_order_in_one_ctest(w):
    """The same, within one test of ctest, whose name is all that the summary says."""
    around(w)
    show(w, '''echo "    Start 2: integration"
''' + FIRST + '''[ -n "$m" ] || { echo "1/1 Test #2: integration ......................   Passed    0.1$((K % 9)) sec"; echo; echo "100% tests passed, 0 tests failed out of 1"; exit 0; }
echo "$m"; echo "1/1 Test #2: integration ......................***Failed    0.1$((K % 9)) sec"; echo; echo "0% tests passed, 1 tests failed out of 1"; echo "The following tests FAILED:"; printf '\\t  2 - integration (Failed)\\n'; echo "Errors while running CTest"; exit 8''')


@world(quick=False)
def checks_in_order_and_a_bare_fail(w):
    """The same, the last line is "FAIL: integration" whatever failed, as quota-that-the-runs-fill has it."""
    around(w)
    show(w, FIRST + '''[ -n "$m" ] || { echo "PASS: integration"; exit 0; }
echo "$m"; echo "FAIL: integration"; exit 1''')


@world(quick=False)
def checks_in_order_and_a_loud_wrapper(w):
    """The same, with the loud wrapper of a-loud-wrapper."""
    around(w)
    show(w, FIRST + '''[ -n "$m" ] || { echo "stage check: ok"; exit 0; }
echo "importer: $m"; echo "ERROR: stage 'check' failed with exit code 1"; echo "ERROR: the following command failed: ./importer --all"; echo "FATAL: pipeline aborted at $(date +%T)"
echo "error: artifacts of failed stage are kept in /tmp/ci.$$"; echo "##[error] Process completed with exit code 1."; echo "Failure reason: script failure"; echo "hint: run with --debug for a stack trace"; echo "ERROR: Job failed: exit status 1"; exit 1''')


@world(quick=False)
def checks_in_order_and_a_broken_teardown(w):
    """The same in Python: an assert in one test method, two reasons, and the teardown raises behind it."""
    around(w)
    w.script("suite.py", """import sys, unittest
how = sys.argv.pop()
class Store(unittest.TestCase):
    def tearDown(self):
        if how != "none": raise RuntimeError("cannot close: was never open")
    def test_store(self):
        print("check_rows"); self.assertTrue(how != "bug", "row has no key")
        print("check_ports"); self.assertTrue(how != "other", "port 5432 is in use")
unittest.main()
""")
    show(w, 'how=none; is other && how=other; is bug && how=bug; python3 "$W/suite.py" $how; exit')


# ---------------------------------------------------------------- fourth lot

@world(quick=False)
def a_bug_that_is_in_half_of_the_builds(w):
    """A race in the build (make -j without a dependency): half of the builds of a bad revision link the wrong object, and all runs of that build fail; the other half
    is fine in all of its runs. Good revisions never fail. Built again often enough, every revision tells."""
    line(w, 40)
    w.script("draw.sh", 'printf %s "$SEED.$B.race" | sha1sum | tr -dc 0-9 | cut -c1-5 | sed s/^0*// ')
    w.build('sleep 0.2; export B; p=0; if is bug && [ $(($(sh "$W/draw.sh") % 2)) = 0 ]; then p=1; fi; echo $p >prog')
    w.test('read -r v <prog || exit 125\n[ $v = 0 ] || { echo "prog: row 3 is wrong" >&2; exit 1; }')
    w.ideal(0.5)


@world(quick=False)
def a_bug_that_is_in_half_of_the_quick_builds(w):
    """As a-bug-that-is-in-half-of-the-builds, and a build costs nothing."""
    line(w, 40)
    w.script("draw.sh", 'printf %s "$SEED.$B.race" | sha1sum | tr -dc 0-9 | cut -c1-5 | sed s/^0*// ')
    w.build('export B; p=0; if is bug && [ $(($(sh "$W/draw.sh") % 2)) = 0 ]; then p=1; fi; echo $p >prog')
    w.test('read -r v <prog || exit 125\n[ $v = 0 ] || { echo "prog: row 3 is wrong" >&2; exit 1; }')
    w.ideal(0.5)


BAN = '''b=$W/banned; now=$(($(date +%%s%%N) / 1000000)); until=0; [ ! -e "$b" ] || read -r until <"$b"
[ $now -ge $until ] || { echo "FAIL: sync (server said 503)"; exit 1; }
is bug && { echo $((now + %d)) >"$b"; echo "FAIL: sync (server said 503)"; exit 1; }
echo "PASS: sync"'''


@world(quick=False)
def a_ban_of_half_a_second(w):
    """A failing run gets its client banned by a server for half a second: whatever runs in that time fails with the bug's words. Later it is as it is."""
    line(w)
    show(w, BAN % 500)


@world(quick=False)
def a_ban_of_three_seconds(w):
    """The same, for three seconds. Who waits, knows: a revision that is run again alone tells."""
    line(w)
    show(w, BAN % 3000)


def hidden(w, good, fail, code):
    """Another failure of the same test from before the culprit to after it: nobody can see where in it the bug began."""
    n, at = line(w)
    w.mark("other", at - w.rng.randint(5, 12), at + w.rng.randint(3, 8))
    m1, m2 = w.rng.sample(("row $K has no key", "port 5432 is in use", "cannot read the header of snapshot $K", "user admin is not allowed to log in", "3 orders were lost"), 2)
    w.test(f'm=; is bug && m="{m1}"; is other && m="{m2}"\n[ -n "$m" ] || {{\n{good}\nexit 0; }}\n{fail}\nexit {code}')


@world(knows="honest", quick=False)
def one_test_of_bats(w):
    """bats: the same test for two reasons."""
    hidden(w, 'echo "1..2"; echo "ok 1 starts"; echo "ok 2 syncs"', 'echo "1..2"; echo "ok 1 starts"; echo "not ok 2 syncs"; echo "# (in test file t/sync.bats, line 14)"; echo "#   \\`run_sync\' failed"; echo "# $m"', 1)


@world(knows="honest", quick=False)
def one_test_of_cargo(w):
    """cargo test: the same test panics for two reasons, at one place (an unwrap)."""
    hidden(w, 'echo; echo "running 2 tests"; echo "test tests::starts ... ok"; echo "test tests::syncs ... ok"; echo; echo "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.0${K}s"',
           'echo; echo "running 2 tests"; echo "test tests::starts ... ok"; echo "test tests::syncs ... FAILED"; echo; echo "failures:"; echo; echo "---- tests::syncs stdout ----"; echo "thread \'tests::syncs\' panicked at src/lib.rs:31:18:"; echo "called \\`Result::unwrap()\\` on an \\`Err\\` value: Custom { kind: Other, error: \\"$m\\" }"; echo "note: run with \\`RUST_BACKTRACE=1\\` environment variable to display a backtrace"; echo; echo; echo "failures:"; echo "    tests::syncs"; echo; echo "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.0${K}s"; echo; echo "error: test failed, to rerun pass \\`--lib\\`"', 101)


@world(knows="honest", quick=False)
def one_test_of_mocha(w):
    """mocha: the same test for two reasons."""
    hidden(w, 'echo "  store"; echo "    ✔ starts"; echo "    ✔ syncs ($((K % 90))ms)"; echo; echo "  2 passing (1$((K % 9))ms)"',
           'echo "  store"; echo "    ✔ starts"; echo "    1) syncs"; echo; echo "  1 passing (1$((K % 9))ms)"; echo "  1 failing"; echo; echo "  1) store"; echo "       syncs:"; echo "     Error: $m"; echo "      at Context.<anonymous> (test/store.js:14:11)"; echo "      at process.processImmediate (node:internal/timers:476:21)"', 1)


@world(knows="honest", quick=False)
def one_test_of_maven(w):
    """maven: the same test for two reasons."""
    hidden(w, 'echo "[INFO] Running org.example.StoreTest"; echo "[INFO] Tests run: 2, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.1$((K % 9)) s - in org.example.StoreTest"; echo "[INFO] BUILD SUCCESS"',
           'echo "[INFO] Running org.example.StoreTest"; echo "[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.1$((K % 9)) s <<< FAILURE! - in org.example.StoreTest"; echo "[ERROR] org.example.StoreTest.syncs  Time elapsed: 0.0$((K % 9)) s  <<< FAILURE!"; echo "org.opentest4j.AssertionFailedError: $m"; printf "\\tat org.example.StoreTest.syncs(StoreTest.java:31)\\n"; echo "[ERROR] Failures: "; echo "[ERROR]   StoreTest.syncs:31 $m"; echo "[INFO] BUILD FAILURE"; echo "[ERROR] Failed to execute goal org.apache.maven.plugins:maven-surefire-plugin:2.22.2:test (default-test) on project x: There are test failures."; echo "[ERROR] -> [Help 1]"', 1)


@world(knows="honest", quick=False)
def one_test_of_ctest(w):
    """ctest: the same test for two reasons."""
    hidden(w, 'echo "1/1 Test #2: integration ......................   Passed    0.1$((K % 9)) sec"; echo "100% tests passed, 0 tests failed out of 1"',
           'echo "1/1 Test #2: integration ......................***Failed    0.1$((K % 9)) sec"; echo "$m"; echo; echo "0% tests passed, 1 tests failed out of 1"; echo "The following tests FAILED:"; printf "\\t  2 - integration (Failed)\\n"; echo "Errors while running CTest"', 8)


@world(knows="honest", quick=False)
def one_test_of_unittest(w):
    """unittest: the same test, the same assertTrue with another text."""
    w.script("suite.py", """import sys, unittest
text = sys.argv.pop()
class Store(unittest.TestCase):
    def test_store(self): self.assertTrue(not text, text)
unittest.main()
""")
    hidden(w, 'python3 "$W/suite.py" ""', 'python3 "$W/suite.py" "$m"', 1)


@world(knows="honest", quick=False)
def one_step_of_npm(w):
    """npm: the script says its reason, npm says much."""
    hidden(w, 'echo; echo "> x@1.0.0 test"; echo "> node check.js"; echo; echo fine',
           'echo; echo "> x@1.0.0 test"; echo "> node check.js"; echo; echo "$m"; echo "npm ERR! code ELIFECYCLE"; echo "npm ERR! errno 1"; echo "npm ERR! x@1.0.0 test: \\`node check.js\\`"; echo "npm ERR! Exit status 1"; echo "npm ERR! "; echo "npm ERR! Failed at the x@1.0.0 test script."; echo "npm ERR! This is probably not a problem with npm. There is likely additional logging output above."; echo "npm ERR! A complete log of this run can be found in: /root/.npm/_logs/$(date +%s)-debug.log"', 1)


@world(knows="honest", quick=False)
def one_step_of_docker(w):
    """docker build: a step fails for two reasons, docker says the step."""
    hidden(w, 'echo "Step 4/4 : RUN ./check.sh"; echo " ---> Running in $(printf %012x $((K * 7919)))"; echo "Successfully built $(printf %012x $K)"',
           'echo "Step 4/4 : RUN ./check.sh"; echo " ---> Running in $(printf %012x $((K * 7919)))"; echo "$m"; echo "The command \'/bin/sh -c ./check.sh\' returned a non-zero code: 1"; echo "ERROR: Service \'app\' failed to build : Build failed"', 1)
