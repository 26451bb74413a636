#!/usr/bin/env python3
"""Derives which kernel functions explain nothing by being on a stack, from kernel source trees.

usage: tools/derive_generic.py [--threshold N] [--out FILE] VERSION=TREE...
  (Debian: apt-get download linux-source-6.1, then the .c and .h files of its tar.xz)

Three statements, the first two about a name of which one subsystem has a definition (a name that several have says
nothing), made for each tree; a name that is generic in one tree is generic:
  service    at least N subsystems other than its own call it, directly or through macros and inline functions
             of headers: whatever goes wrong in it, the callers are what differs
  internal   it is defined where nobody's own code is (INTERNAL_PLACES), no table of functions holds it, and
             at least half of its callers are services or internals
  lock       its name says that it locks, and at least half of its definitions are static, kept in a member or
             table by their file, and do nothing but take locks or release them ("map->lock = regmap_lock_mutex"):
             who calls the member is not known, but takes a lock
The family of a name is that of the place where it is defined (FAMILIES), else "shared".
Writes rows for src/console/stack/generic.cc. Takes minutes and 3 GB for each tree.
"""
import argparse
import collections
import functools
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kernel_calls
from kernel_calls import subsystem

THRESHOLD = 16  # of about 390 subsystems: one in twenty-five
# Programs beside the kernel: they have a memcpy and a vsnprintf of their own.
OTHER_PROGRAMS = ("drivers/firmware/efi/libstub/", "lib/test", "lib/kunit/", "mm/kasan/kasan_test")
INTERNAL_PLACES = ("lib/", "mm/", "kernel/", "drivers/base/", "arch/x86/", "arch/arm64/")
SAYS_LOCK = re.compile(r"(?:^|_)(?:un|try)?lock(?:_|$)")
# The first prefix that fits is a file's family. A statement about folders, not about functions.
FAMILIES = (
    ("k_locking", ("kernel/locking/", "lib/dec_and_lock.c", "include/linux/spinlock", "include/linux/mutex",
                   "include/linux/rwsem", "include/linux/seqlock", "include/linux/rwlock",
                   "include/linux/lockdep", "include/linux/percpu-rwsem", "include/linux/bit_spinlock",
                   "include/linux/local_lock", "include/linux/preempt", "include/linux/bottom_half")),
    ("k_allocation", ("mm/slub.c", "mm/slab", "mm/slob.c", "mm/page_alloc.c", "mm/page_owner.c",
                      "mm/page_frag", "mm/vmalloc.c", "mm/percpu", "mm/mempool.c", "mm/dmapool.c",
                      "mm/mempolicy.c", "lib/genalloc.c", "include/linux/slab",
                      "include/linux/gfp", "include/linux/vmalloc", "include/linux/percpu",
                      "include/linux/mempool")),
    ("k_reporting", ("mm/kasan/common.c", "mm/kasan/generic.c", "mm/kasan/report", "mm/kasan/shadow.c",
                     "mm/kasan/sw_tags.c", "mm/kfence/", "mm/kmsan/", "mm/kmemleak", "kernel/panic.c",
                     "kernel/kcsan/", "kernel/kcov.c", "lib/dump_stack.c", "lib/vsprintf.c", "lib/debugobjects.c",
                     "lib/ubsan.c", "lib/fault-inject", "lib/stackdepot.c", "lib/ref_tracker.c",
                     "kernel/stacktrace.c", "lib/bug.c", "arch/x86/kernel/dumpstack",
                     "arch/x86/kernel/unwind", "arch/arm64/kernel/stacktrace.c", "include/linux/kasan",
                     "include/linux/kmsan", "include/linux/kfence", "include/linux/instrumented",
                     "include/linux/printk", "include/linux/debugobjects")),
    ("k_memory", ("lib/string", "lib/iov_iter.c", "lib/usercopy.c", "lib/crc", "lib/checksum.c",
                  "lib/kstrtox.c", "lib/hexdump.c", "mm/maccess.c", "arch/x86/lib/", "arch/arm64/lib/",
                  "include/linux/uaccess", "include/linux/string", "include/linux/uio", "include/asm-generic/io",
                  "arch/x86/include/asm/io", "arch/x86/include/asm/uaccess", "arch/arm64/include/asm/uaccess")),
    # Containers and counters; timers and work items, which are somebody's.
    ("k_data", ("lib/", "kernel/time/timer.c", "kernel/time/hrtimer.c", "kernel/workqueue.c", "kernel/irq_work.c",
                "fs/sysfs/", "drivers/base/devres.c", "include/linux/list", "include/linux/refcount",
                "include/linux/kref", "include/linux/atomic", "include/linux/rbtree", "include/linux/xarray",
                "include/linux/radix", "include/linux/idr", "include/linux/hash", "include/linux/rhash",
                "include/linux/bit", "include/linux/find", "include/linux/cpumask", "include/linux/nodemask",
                "include/linux/kobject", "include/linux/klist", "include/linux/plist", "include/linux/llist",
                "include/linux/sysfs", "include/linux/timer", "include/linux/hrtimer",
                "include/linux/workqueue")),
)


def shared_header(path):
    return path.startswith(("include/", "arch/")) and path.endswith(".h")


class Tree:
    """Who uses what in one tree."""

    def __init__(self, files):
        self.places = collections.defaultdict(list)  # function: [(path, static)] in .c files
        self.header_places = {}
        self.macros = collections.defaultdict(set)   # macro or inline function of a shared header: mentions
        private = collections.defaultdict(lambda: collections.defaultdict(set))
        for f in files:
            if f.path.endswith(".c"):
                for name, (static, _) in f.functions.items():
                    self.places[name].append((f.path, static))
                continue
            into = self.macros if shared_header(f.path) else private[subsystem(f.path)]
            for name, (_, calls) in f.functions.items():
                into[name] |= calls
                if into is self.macros:
                    self.header_places.setdefault(name, f.path)
            for name, mentions in f.macros.items():
                into[name] |= mentions
        self.users = collections.defaultdict(set)
        self.callers = collections.defaultdict(set)  # of candidates for internals only
        self.taken = collections.defaultdict(set)    # in which files without being called
        self.primitives = {n for f in files if family(f.path) == "k_locking"
                           for n in (*f.functions, *f.macros)}
        self.locks = self._locks(files)
        self.local = {n for n, d in self.places.items()
                      if n not in self.header_places and all(static for _, static in d)}
        self.internal = {n for n, d in self.places.items() if self.unique(n) and
                         any(path.startswith(INTERNAL_PLACES) for path, _ in d)}
        for f in files:
            if f.path.endswith(".c"):
                self._read(f, private[subsystem(f.path)])

    def unique(self, name):
        return len({subsystem(path) for path, _ in self.places.get(name, ())
                    if not path.startswith(OTHER_PROGRAMS)} - {"arch"}) <= 1

    @functools.lru_cache(maxsize=None)
    def behind(self, name):
        """Functions that the use of a header's macro or inline function uses."""
        seen, todo = set(), [name]
        while todo:
            for mention in self.macros.get(todo.pop(), ()):
                if mention not in seen and (mention in self.macros or mention in self.places):
                    seen.add(mention)
                    todo.append(mention)
        return frozenset(seen)

    @functools.lru_cache(maxsize=None)
    def behind_internal(self, name):
        return self.behind(name) & self.internal

    def _read(self, f, private):
        mine = subsystem(f.path)
        for name in f.taken & self.internal:
            self.taken[name].add(f.path)
        direct = set()
        for caller, (_, calls) in f.functions.items():
            names, todo = set(), list(calls)
            while todo:
                name = todo.pop()
                if name in names:
                    continue
                names.add(name)
                if name in f.macros:
                    todo += f.macros[name]
                elif name not in f.functions and name in private:
                    todo += private[name]
            direct |= names
            for name in names:
                if name in self.internal and (name in f.functions or name not in self.local):
                    self.callers[name].add(caller)
                if name in self.macros and name not in f.functions:
                    for hidden in self.behind_internal(name):
                        self.callers[hidden].add(caller)
        everything = set()
        for name in direct - f.functions.keys():
            everything.add(name)
            if name in self.macros:
                everything |= self.behind(name)
        for name in everything - f.functions.keys():
            if (name in self.places or name in self.header_places) and name not in self.local:
                self.users[name].add(mine)

    def _locks(self, files):
        verdicts = collections.defaultdict(list)
        for f in files:
            if not f.path.endswith(".c") or f.path.startswith(OTHER_PROGRAMS):
                continue
            for name, (static, calls) in f.functions.items():
                if SAYS_LOCK.search(name):
                    releases = {c for c in calls if "unlock" in c}
                    one_way = bool(calls) and (not releases or releases == calls)
                    verdicts[name].append(static and name in f.taken and one_way and calls <= self.primitives)
        return {name for name, found in verdicts.items() if 2 * sum(found) >= len(found)}

    def services(self, threshold):
        found = set()
        for name, users in self.users.items():
            own = {subsystem(path) for path, _ in self.places.get(name, ())}
            if self.unique(name) and len(users - own) >= threshold:
                found.add(name)
        return found

    def internals(self, services):
        """The least set that holds what at least half of its callers are in it or are services."""
        found = set()
        candidates = {n for n in self.internal - services if not self._in_a_table(n)}
        while True:
            more = set()
            for name in candidates:
                callers = self.callers[name] - {name}
                known = sum(1 for c in callers if c in services or c in found)
                if callers and 2 * known >= len(callers):
                    more.add(name)
            if not more:
                return found
            found |= more
            candidates -= more

    def _in_a_table(self, name):
        places = self.places[name]
        if name in self.local:
            return any(path in self.taken[name] for path, _ in places)
        return bool(self.taken[name])

    def place(self, name):
        paths = sorted((p.startswith(("arch/", *OTHER_PROGRAMS)), p) for p, _ in self.places.get(name, ()))
        return paths[0][1] if paths else self.header_places.get(name, "")


def family(place):
    for name, prefixes in FAMILIES:
        if place.startswith(prefixes):
            return name
    return "k_shared"


def rows(names):
    """{name: family} as C++ rows of at most 108 columns."""
    by_family = collections.defaultdict(list)
    for name, kind in names.items():
        by_family[kind].append(name)
    for kind in sorted(by_family):
        yield f"{{{kind},"
        line = ""
        for name in sorted(by_family[kind]):
            if len(line) + len(name) > 102:
                yield f' "{line}"'
                line = ""
            line += name + " "
        yield f' "{line}"}},'


def derive(tree, threshold):
    """{name: family} of one tree."""
    services = tree.services(threshold)
    found = {n: "k_locking" for n in tree.locks}
    found |= {n: family(tree.place(n)) for n in services | tree.internals(services)}
    # 6.10 gave allocating functions another name for one call and the same; old and new consoles mix them.
    return found | {n.removesuffix("_noprof"): kind for n, kind in found.items()}


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("trees", nargs="+", metavar="VERSION=TREE")
    ap.add_argument("--threshold", type=int, default=THRESHOLD)
    ap.add_argument("--out", default="src/console/stack/derived.inc")
    a = ap.parse_args()
    names, said = {}, []
    for argument in a.trees:
        version, _, path = argument.partition("=")
        found = derive(Tree(list(kernel_calls.read(path))), a.threshold)
        said.append(f"{version}: {len(found)}")
        names.update(found)  # the last tree says where a function is
    write(a.out, names, said, a.threshold)


def write(out, names, said, threshold):
    with open(out, "w", encoding="utf-8") as f:
        print("// Kernel functions that explain nothing, derived from the sources: not to be edited. Made by", file=f)
        print(f"//   tools/derive_generic.py --threshold {threshold} VERSION=TREE...", file=f)
        print("// from Debian's linux-source packages. Functions by version (together "
              f"{len(names)}): {', '.join(said)}.", file=f)
        for row in rows(names):
            print(row, file=f)


if __name__ == "__main__":
    main()
