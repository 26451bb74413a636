"""Builds that lie, fail, or are remembered wrongly."""
from world import world

MAKEFILE = """CC ?= cc
CFLAGS = -O0
prog: main.o item.o
\t$(CC) -o $@ main.o item.o
main.o: main.c
\t$(CC) $(CFLAGS) -c main.c
item.o: item.c
\t$(CC) $(CFLAGS) -c item.c
clean:
\trm -f *.o prog
"""
MAIN = """#include "item.h"
#include <string.h>
int weight(const struct item *);
int main(void) {{ struct item it; memset(&it, 0, sizeof it); it.name = "name"; return weight(&it) == 4 ? 0 : 3; }} /* {0} */
"""
ITEM = """#include "item.h"
#include <string.h>
int weight(const struct item *it) {{ if (LIMIT < 4) *(volatile int *)0 = 1; return (int)strlen(it->name); }} /* {0} */
"""
HEADER = """#define LIMIT {0}
struct item {{ long size; {1} const char *name; }};
"""


def c_project(w, limit_at, struct_at):
    """A C program on a line: commits touch one of the two sources or the header, on which no rule of the Makefile depends."""
    n = w.rng.randint(14, 18)
    sources, main, item = {}, 0, 0
    for i in range(n):
        if i in (limit_at(n), struct_at(n)):
            pass
        elif w.rng.random() < 0.5:
            main = i
        else:
            item = i
        sources[i] = {"Makefile": MAKEFILE, "main.c": MAIN.format(main), "item.c": ITEM.format(item),
                      "item.h": HEADER.format(3 if i >= limit_at(n) else 8, "long pad[8];" if i >= struct_at(n) else "")}
    w.line(n, limit_at(n), files=sources, entangled=False)
    for i in range(n):
        del w.trees[i]["flags/bug"]
        w.trees[i].pop(f"src/{i}.c", None)
    w.build("make -s", *w.rng.choice(((), ("--artifact", "prog"))))
    w.test("[ -x prog ] || exit 125\n./prog")
    w.ideal(1)


@world(false_ends=(4, 5))
def makefile_without_headers(w):
    """A Makefile that does not know of headers, real make and cc. A change of the header is the culprit: what is built upon an older
    build keeps the old constant. Built from clean, every outcome is the commit's own."""
    at = w.rng.randint(4, 10)
    c_project(w, lambda n: at, lambda n: n)


@world(quick=False, false_ends=(4, 5))
def makefile_without_headers_and_a_struct(w):
    """The same, and another commit changes a struct in the header: objects that are built before and after it do not fit, and crash
    where nothing is wrong."""
    at = w.rng.randint(4, 10)
    other = w.rng.choice([i for i in range(2, 13) if i != at])
    c_project(w, lambda n: at, lambda n: other)


def copied(w, n, at):
    """The source of a program of two units that are 'compiled' by copying."""
    for i in range(n):
        w.trees[i]["limit.h"] = "1\n" if i >= at else "0\n"
        w.trees[i]["unit.c"] = f"{i // 3}\n"
        del w.trees[i]["flags/bug"]


@world(quick=False, false_ends=(4, 5))
def stale_objects(w):
    """Real make, and a compiler that is quick: an object is made of its source and a header that no rule names. As
    makefile-without-headers."""
    n, at = w.line(entangled=False)
    copied(w, n, at)
    for i in range(n):
        w.trees[i]["Makefile"] = "prog: unit.o\n\tcp unit.o prog\nunit.o: unit.c\n\tcat limit.h unit.c >unit.o\n"
    w.build("make -s")
    w.test("read -r v <prog || exit 125\n[ $v = 0 ] || LOOK\nexit 0")
    w.ideal(1)


@world(false_ends=(4, 5))
def generated_once(w):
    """A file is generated if it is not there, and never again: what an earlier revision generated stays. From clean all is well."""
    n, at = w.line(entangled=False)
    copied(w, n, at)
    w.build("[ -e prog ] || cat limit.h unit.c >prog")
    w.test("read -r v <prog || exit 125\n[ $v = 0 ] || LOOK\nexit 0")
    w.ideal(1)


@world(false_ends=(4, 5))
def plugins_of_other_revisions(w):
    """The program loads every plugin that lies in out/, also those that another revision built there. In a range of innocent commits there
    is a plugin that crashes without its partner. From clean all is well."""
    n, at = w.line(w.rng.randint(16, 22), entangled=False)
    first, last = (2, 5) if at > n // 2 else (n - 7, n - 4)
    for i in range(first, last):
        w.trees[i]["plugins/odd"] = "partner\n"
        w.trees[i]["plugins/partner"] = "\n"
    for i in range(last, n if at <= n // 2 else at):
        w.trees[i]["plugins/other"] = "\n"
    w.build("mkdir -p out; rm -f out/partner; cp plugins/* out/ 2>/dev/null; :")
    w.test("[ ! -e out/odd ] || [ -e out/partner ] || LOOK\nis bug && LOOK\nexit 0")
    w.ideal(1)


@world(false_ends=(4, 5))
def poisoned_cache_in_the_checkout(w):
    """A compiler's cache in the checkout, whose key leaves the header out: what the bad end was built to is given to every revision
    after it with an equal source. From clean all is well; the good end does not have the bug."""
    n, at = w.line(entangled=False)
    copied(w, n, at)
    w.build('mkdir -p .cache; k=.cache/$(cksum <unit.c | tr " " _); [ -e "$k" ] || cat limit.h unit.c >"$k"; cp "$k" prog')
    w.test("read -r v <prog || exit 125\n[ $v = 0 ] || LOOK\nexit 0")
    for i in range(n):
        w.trees[i]["unit.c"] = f"{w.rng.choice((0, 1))}\n"
    w.ideal(1)


@world()
def poisoned_cache_outside(w):
    """The same cache, in the home folder, where no clean build of culprit's reaches: three commits in a row share a source, and the
    one that is built first decides for all. What can be seen is in which three the bug came, or that it was there before the next
    three: all these are accepted."""
    n, at = w.line(entangled=False)
    copied(w, n, at)
    w.truth = tuple(i for i in range(1, n) if at // 3 * 3 <= i <= at // 3 * 3 + 3)
    w.build('mkdir -p "$HOME/.cc"; k=$HOME/.cc/$(cksum <unit.c | tr " " _); [ -e "$k" ] || cat limit.h unit.c >"$k"; cp "$k" prog')
    w.test("read -r v <prog || exit 125\n[ $v = 0 ] || LOOK\nexit 0")
    w.ideal(1)


@world(quick=False)
def read_only_outputs(w):
    """The build leaves folders and files without write permission; --clean has to take them away all the same."""
    w.line()
    w.build("mkdir out && cp flags/bug out/prog && chmod -R a-w out", "--clean")
    w.test("read -r v rest <out/prog || exit 125\n[ $v = 0 ] || LOOK\nexit 0")
    w.ideal(1)


@world()
def one_failed_rebuild(w):
    """The second build of one revision fails, once, all others succeed."""
    n, at = w.line(w.rng.randint(20, 28))
    odd = w.rng.choice((0, n - 1, at, at - 1))
    for i in range(n):
        w.trees[i]["flags/n"] = f"{i}\n"
    w.build(f'value n; echo "$v" >>"$W/built"; [ "$v" != {odd} ] || [ "$(grep -cx {odd} "$W/built")" != 2 ]')
    w.bug(w.rng.choice((1.0, 0.5)))


@world()
def first_build_fails(w):
    """The first build of each revision fails in one case of four, the second never (a server that is busy)."""
    w.line()
    w.build('h=$(printf %.7s "$CULPRIT_COMMIT"); [ -e "$W/tried.$h" ] && exit 0\n: >"$W/tried.$h"\n'
            '[ $((0x$h % 4)) != 0 ] || { echo "fetch: 503 Service Unavailable" >&2; exit 1; }')
    w.bug()


@world()
def builds_fail_at_random(w):
    """One build of twelve fails for nothing, the bad end's first does not. A failure of the culprit's neighbours is no fact about
    them: built again they succeed."""
    w.line()
    w.build(f'[ $B -lt 3 ] || [ $((B % 12)) != {w.rng.randint(0, 11)} ] || {{ echo "cc: internal compiler error" >&2; exit 1; }}')
    w.bug()


@world(quick=False)
def builds_are_killed(w):
    """One build of eight is killed (as the out-of-memory killer does): make says Killed, Error 137."""
    w.line()
    w.build(f'[ $B -lt 3 ] || [ $((B % 8)) != {w.rng.randint(0, 7)} ] || '
            '{ echo "make: *** [Makefile:3: prog] Error 137" >&2; kill -9 $$; }')
    w.bug()


@world()
def the_disk_is_full_once(w):
    """A build says: no space left on device, once, in the middle."""
    w.line()
    w.build(f'[ $B != {w.rng.randint(3, 6)} ] || {{ echo "ld: cannot write prog: No space left on device" >&2; exit 1; }}')
    w.bug()


@world(knows="honest", quick=False)
def no_build_works(w):
    """The build needs what is not there: no revision builds. There is nothing to be known."""
    w.line()
    w.truth = ()
    w.build('echo "configure: error: libfoo not found" >&2; exit 1')
    w.test("is bug && LOOK\nexit 0")


@world(quick=False)
def builds_hang(w):
    """In a range away from the culprit a build does not end; --build-timeout ends it."""
    w.line_around("broken")
    w.build("is broken && sleep 60\n:", "--build-timeout", "0.5")
    w.bug()


@world(quick=False)
def clean_is_asked_for(w):
    """As stale-objects, with --clean from the start."""
    n, at = w.line(entangled=False)
    copied(w, n, at)
    w.build("[ -e prog ] || cat limit.h unit.c >prog", "--clean")
    w.test("read -r v <prog || exit 125\n[ $v = 0 ] || LOOK\nexit 0")
    w.ideal(1)
