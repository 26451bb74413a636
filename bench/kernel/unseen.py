#!/usr/bin/env python3
"""What is saved by knowing which files a build reads: bisections over planted places, with the build's dependency files and without.

usage: unseen.py [--culprit BINARY] [--from TAG] [--to TAG] [--places N] [--skip N] [--seed N] LINUX OBJECTS WORK
  LINUX    the repository of real kernels (examples/kernel/make-history.sh --years)
  OBJECTS  the object folder of a real build of TAG (--to): its dependency files are the ones that are read
  WORK     a new folder, kept
  --skip   goes on behind so many places, with what a measurement that was cut off has not done

The history is made here: it leads from the one release to the other, each commit has the changes of one source file and
of the header that bears its name, in an order drawn by the seed. Of the tree only that is kept which the build reads, the releases
change or culprit asks for. N commits among those that touch what the build reads are planted in turn. Answers are not checked. Builds and
guests are stand-ins (the trees in between are no kernels): `make` leaves the real build's dependency files (or none), and an
image that depends on the content of each file that is read and on nothing else; it counts the objects that would have to be
compiled. A guest crashes where the planted change is in. Prints a row for each place and the sums; exit code 1 if a
bisection does not end at the planted commit.
"""
import argparse
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

PLACE = "@SOURCE@"

MAKE = r'''#!/usr/bin/env python3
import hashlib, json, os, pathlib, subprocess, sys, time
work = pathlib.Path(__file__).resolve().parent.parent
if "--version" in sys.argv:
    print("GNU Make 4.3 (stand-in)")
    sys.exit()
source = pathlib.Path(sys.argv[sys.argv.index("-C") + 1])
objects = pathlib.Path(next(a[2:] for a in sys.argv if a.startswith("O=")))
real = json.loads((work / "real.json").read_text())
with_inputs = (work / "with").exists()
if "allnoconfig" in sys.argv:
    (objects / ".config").write_text((work / "config").read_text())
elif "vmlinux" in sys.argv:
    if with_inputs and not (objects / "laid").exists():
        for name, text in json.loads((work / "cmd.json").read_text()).items():
            file = objects / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.replace(real["place"], str(source)))
        (objects / "laid").touch()
    now = {}
    for name in real["files"]:
        file = source / name
        now[name] = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
    state = objects / "state.json"
    was = json.loads(state.read_text()) if state.exists() else {}
    changed = {name for name in now if now[name] != was.get(name)}
    compiled = sum(1 for files in real["objects"].values() if not changed.isdisjoint(files))
    state.write_text(json.dumps(now))
    time.sleep(0.002 * compiled)
    with open(work / "compiled", "a") as log:
        log.write(f"{compiled}\n")
    path, digest = (work / "planted").read_text().split()
    bad = now.get(path) == digest
    image = hashlib.sha256(json.dumps(now, sort_keys=True).encode()).digest()
    (objects / "f.c").write_text("const char word[] = \"" + ("planted-is-in" if bad else "planted-is-out") + "\";\n"
                                 "const unsigned char image[] = {" + ",".join(map(str, image)) + "};\n"
                                 "int f(void) { return word[0] + image[1]; }\n")
    subprocess.run(["gcc", "-nostdlib", "-static", "-Wl,-e,f,--build-id=none", "-o", objects / "vmlinux", objects / "f.c"], check=True)
'''

QEMU = r'''#!/bin/sh
[ "$1" = --version ] && { echo "QEMU emulator version 7.2"; exit 0; }
for word; do
  case $last in -initrd) initrd=$word ;; -kernel) kernel=$word ;; esac
  last=$word
done
token=$(grep -a -o 'culprit:[0-9a-f]\{16\}' "$initrd" | head -n 1)
echo "<5>[    0.000000] Linux version 6.1"
echo "<9>[    1.000000] $token:ready 2 CPUs"; echo "<9>[    1.000000] $token:start"
if grep -q planted-is-in "$kernel"; then
  echo "<4>[    1.100000] Kernel panic - not syncing: planted"
else
  echo "<9>[    1.200000] $token:exit 0"
fi
'''

KERNEL = '''tree = "linux"
start = "main"
good = "base"
[kernel]
fragment = "fragment"
ccache = false
[reproducer]
script = "repro.sh"
timeout = "5s"
[vm]
accel = "tcg"
qemu = "{work}/bin/qemu"
busybox = "busybox"
'''


def git(repository, *args, text=None, env=None):
    return subprocess.run(["git", "-C", str(repository), *args], input=text, env=env, check=True, capture_output=True,
                          text=True).stdout


def read_build(objects):
    """What a real build read: its dependency files, with PLACE where the sources were, and the source files of each object."""
    dependencies = sorted([*objects.rglob("*.cmd"), *objects.rglob("*.d")])
    # As make was given it, and as it looks from the object folder: every object reads this header.
    names = {os.readlink(objects / "source")}
    for file in objects.glob("init/.*.o.cmd"):
        names |= set(re.findall(r"^ +(\S+)/include/linux/kconfig\.h", file.read_text(errors="replace"), re.M))
    places = re.compile("|".join(re.escape(place) + r"(?=/)" for place in sorted(names, key=len, reverse=True)))
    texts, of_object = {}, {}
    for file in dependencies:
        text = places.sub(PLACE, file.read_text(errors="replace"))
        texts[str(file.relative_to(objects))] = text
        _, source_of, deps = text.partition("\nsource_")
        if file.name.endswith(".o.cmd") and source_of:
            of_object[str(file.relative_to(objects))] = sorted(map(os.path.normpath, re.findall(PLACE + r"/([^\s:;\\()'\"=,]+)", deps)))
    return texts, of_object, sorted({f for files in of_object.values() for f in files})


def make_history(linux, repository, begin, end, seed, read):
    """The commits, oldest first, as (commit, files)."""
    git(".", "init", "-q", "-b", "main", str(repository))
    store = pathlib.Path(git(linux, "rev-parse", "--path-format=absolute", "--git-path", "objects").strip())
    (repository / ".git/objects/info/alternates").write_text(f"{store}\n")
    who = {f"GIT_{of}_{what}": value for of in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", "A"), ("EMAIL", "a@example.org"), ("DATE", "1772442000 +0000"))}
    env = dict(os.environ, GIT_INDEX_FILE=str(repository / ".git/history-index"), **who)
    trees = [git(linux, "rev-parse", f"{tag}^{{tree}}").strip() for tag in (begin, end)]
    groups = {}
    for line in git(repository, "diff-tree", "-r", "--no-renames", *trees).splitlines():
        meta, path = line.split("\t", 1)
        mode, blob = meta.split()[1], meta.split()[3]
        groups.setdefault(os.path.splitext(path)[0] if path.endswith((".c", ".h")) else path, []).append((mode, blob, path))
    order = sorted(groups)
    random.Random(seed).shuffle(order)
    kept = read | {path for changes in groups.values() for _, _, path in changes}
    entries = [line for line in git(linux, "ls-tree", "-r", trees[0]).splitlines()
               if line.split("\t", 1)[1] in kept or re.search(r"\t(Makefile|arch/x86/(Makefile|configs/.*)|kernel/configs/.*)$", line)]
    git(repository, "update-index", "--index-info", text="\n".join(entries) + "\n", env=env)
    head = git(repository, "commit-tree", git(repository, "write-tree", env=env).strip(), text=f"Linux {begin[1:]}\n", env=env).strip()
    git(repository, "tag", "base", head)
    commits = []
    for name in order:
        lines = "".join(f"{mode} {blob}\t{path}\n" for mode, blob, path in groups[name])
        git(repository, "update-index", "--index-info", text=lines, env=env)
        tree = git(repository, "write-tree", env=env).strip()
        head = git(repository, "commit-tree", tree, "-p", head, text=f"{name}: as in {end[1:]}\n", env=env).strip()
        commits.append((head, groups[name]))
    git(repository, "update-ref", "refs/heads/main", head)
    return commits


def bisect(args, work, name):
    shutil.rmtree(work / "state", ignore_errors=True)
    (work / "compiled").write_text("")
    env = dict(os.environ, PATH=f"{work / 'bin'}:{os.environ['PATH']}", XDG_STATE_HOME=str(work / "state"))
    done = subprocess.run([args.culprit, "bisect", "--fresh", "--config", "kernel.toml", "--json", "result.json", "--no-verify"], cwd=work, env=env,
                          capture_output=True, text=True)
    (work / f"{name}.out").write_text(done.stdout + done.stderr)
    if done.returncode not in (0, 1):
        sys.exit(f"{name}: exit code {done.returncode}: {(done.stdout + done.stderr)[-800:]}")
    result = json.loads((work / "result.json").read_text())
    note = re.search(r"(\d+) of (\d+) commits change nothing", done.stdout + done.stderr)
    return {"found": result["result"]["commit"] or "", "builds": result["stats"]["builds"], "runs": result["stats"]["runs"],
            "compiled": sum(map(int, (work / "compiled").read_text().split())), "unseen": note[0] if note else ""}


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--culprit", default=str(here / "../../build/release/culprit"))
    parser.add_argument("--from", dest="begin", default="v6.1.170")
    parser.add_argument("--to", dest="end", default="v6.1.192")
    parser.add_argument("--places", type=int, default=20)
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("linux", type=pathlib.Path)
    parser.add_argument("objects", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    args = parser.parse_args()
    args.culprit = os.path.abspath(args.culprit)
    work = args.work.resolve()
    (work / "bin").mkdir(parents=True)
    texts, of_object, files = read_build(args.objects)
    (work / "real.json").write_text(json.dumps({"place": PLACE, "objects": of_object, "files": files}))
    (work / "cmd.json").write_text(json.dumps(texts))
    (work / "config").write_text((args.objects / ".config").read_text())
    (work / "fragment").write_text("CONFIG_PVH=y\n")
    (work / "busybox").write_text("busybox\n")
    (work / "repro.sh").write_text(":\n")
    (work / "kernel.toml").write_text(KERNEL.format(work=work))
    for name, text in (("make", MAKE), ("qemu", QEMU)):
        (work / "bin" / name).write_text(text)
        (work / "bin" / name).chmod(0o755)
    read = set(files)
    commits = make_history(args.linux, work / "linux", args.begin, args.end, args.seed, read)
    seen = [i for i, (_, changes) in enumerate(commits) if any(path in read for _, _, path in changes)]
    print(f"{len(commits)} commits from {args.begin} to {args.end}; the build has {len(of_object)} objects and reads {len(files)} files of the tree: "
          f"{len(seen)} commits touch one of them")
    places = sorted(random.Random(args.seed + 1).sample(seen, min(args.places, len(seen))))[args.skip:]
    sums = {arm: {"right": 0, "builds": 0, "runs": 0, "compiled": 0} for arm in ("without", "with")}
    said = set()
    for at, place in enumerate(places):
        commit, changes = commits[place]
        path, blob = next((path, blob) for _, blob, path in changes if path in read)
        content = subprocess.run(["git", "-C", str(work / "linux"), "cat-file", "blob", blob], check=True, capture_output=True).stdout
        (work / "planted").write_text(f"{path} {hashlib.sha256(content).hexdigest()}\n")
        row = []
        for arm in sums:
            (work / "with").unlink(missing_ok=True)
            if arm == "with":
                (work / "with").touch()
            got = bisect(args, work, f"{at + 1:02}-{arm}")
            got["right"] = got["found"] == commit
            said |= {got["unseen"]} - {""}
            for key in sums[arm]:
                sums[arm][key] += got[key]
            row.append(f"{arm}: {got['builds']} builds, {got['compiled']} objects, {got['runs']} runs{'' if got['right'] else ', WRONG ' + (got['found'] or 'none')}")
        print(f"{place + 1:4} {path}: " + "; ".join(row), flush=True)
    for line in sorted(said):
        print(f"said: {line}")
    n = len(places)
    for arm, of in sums.items():
        print(f"{arm:8} {of['right']} of {n} right, {of['builds'] / n:.1f} builds, {of['compiled'] / n:.0f} objects, {of['runs'] / n:.1f} runs a bisection")
    print(f"saved: {1 - sums['with']['builds'] / sums['without']['builds']:.0%} of the builds, {1 - sums['with']['compiled'] / sums['without']['compiled']:.0%} of the objects")
    sys.exit(any(of["right"] < n for of in sums.values()))


if __name__ == "__main__":
    main()
