#!/usr/bin/env python3
"""What each part of the blame tables is worth: titles lost when it is left out.

usage: bench/console/blame_loss.py --build DIR --corpus DIR... [--derived FILE...]
  --build    a configured and built build directory (culprit in it is current); it is not changed
  --corpus   consoles with a head of "TITLE: ..." lines, or golden files ("report: ..."), below DIR
  --derived  other files from tools/derive_generic.py, each tried in the place of the committed one

Compiles generic.cc with a family's rows left out, links it in front of the library, and reads every console.
Prints a Markdown table: the part, how many names it has, right titles, gained and lost against the whole.
"""
import argparse
import json
import os
import re
import shlex
import subprocess
import tempfile

SOURCE = "src/console/stack/generic.cc"
DERIVED = '#include "console/stack/derived.inc"'
ROW = re.compile(r'^    \{(k_[\w| \n]+),\n((?:\s*(?:"[^"]*"|//[^\n]*)\n?)+)\},\n', re.M)


def cases(folders):
    """[(console, accepted title)]: "" where no report is right."""
    found = []
    for folder in folders:
        for place, _, names in sorted(os.walk(folder)):
            for name in sorted(names):
                with open(os.path.join(place, name), "rb") as f:
                    data = f.read().replace(b"\r", b"")
                if b"---- console ----\n" in data:
                    head, _, log = data.partition(b"---- console ----\n")
                    title = re.search(rb"^report: (.*)$", head, re.M)
                else:
                    head, _, log = data.partition(b"\n\n") if not data.startswith(b"\n") else (b"", b"", data)
                    title = re.search(rb"^TITLE: (.*)$", head, re.M)
                    log = log.split(b"\n\nREPORT:\n")[0]
                found.append((log, title.group(1).decode() if title else ""))
    return found


def right(binary, consoles, titles):
    """Indices of the consoles whose first title is right."""
    good = set()
    for start in range(0, len(consoles), 100):
        part = consoles[start:start + 100]
        out = subprocess.run([binary, "report", "--json", *part], stdout=subprocess.PIPE, check=False).stdout
        for i, line in enumerate(out.decode("utf-8", "replace").splitlines()):
            reports = json.loads(line)["reports"]
            if (reports[0]["title"] if reports else "") == titles[start + i]:
                good.add(start + i)
    return good


def build(folder, text, target):
    """A culprit whose generic.cc is `text`."""
    source = target + ".cc"
    with open(source, "w", encoding="utf-8") as f:
        f.write(text)
    with open(os.path.join(folder, "compile_commands.json"), encoding="utf-8") as f:
        entry = next(e for e in json.load(f) if e["file"].endswith(SOURCE))
    command = shlex.split(entry["command"])
    command[command.index("-o") + 1] = target + ".o"
    command[command.index("-c") + 1] = source
    subprocess.run(command, cwd=entry["directory"], check=True)
    lines = subprocess.run(["ninja", "-C", folder, "-t", "commands", "culprit"], stdout=subprocess.PIPE,
                           check=True).stdout.decode().splitlines()
    link = shlex.split(lines[-1].removeprefix(": && ").removesuffix(" && :"))
    link[link.index("-o") + 1] = target
    at = next(i for i, word in enumerate(link) if word.endswith(".o"))
    subprocess.run(link[:at] + [target + ".o"] + link[at:], cwd=folder, check=True)
    return target


def variants(source, derived):
    """(name, entries, source) of each table with a part left out."""
    yield "all", "", source
    rows = {}
    for m in ROW.finditer(source):
        rows.setdefault(" ".join(m.group(1).split()), []).append(m)
    for families, found in rows.items():
        text, entries = source, 0
        for m in found:
            text = text.replace(m.group(0), "")
            entries += sum(len(s.split()) for s in re.findall(r'"([^"]*)"', m.group(2)))
        yield f"without `{families}`", entries, text
    yield "without all of these", "", ROW.sub("", source)
    yield "without the derived table", "", source.replace(DERIVED, '{k_shared, ""},')
    for path in derived:
        yield f"derived: {os.path.basename(path)}", "", source.replace(DERIVED, f'#include "{os.path.abspath(path)}"')


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", required=True)
    ap.add_argument("--corpus", nargs="+", required=True)
    ap.add_argument("--derived", nargs="*", default=[])
    a = ap.parse_args()
    with open(SOURCE, encoding="utf-8") as f:
        source = f.read()
    with tempfile.TemporaryDirectory() as folder:
        consoles, titles = [], []
        for i, (log, title) in enumerate(cases(a.corpus)):
            consoles.append(os.path.join(folder, f"{i}.log"))
            titles.append(title)
            with open(consoles[-1], "wb") as f:
                f.write(log)
        print(f"| tables | entries | right of {len(titles)} | gained | lost |\n|---|---|---|---|---|")
        whole = None
        for name, entries, text in variants(source, a.derived):
            good = right(build(a.build, text, os.path.join(folder, "culprit")), consoles, titles)
            whole = good if whole is None else whole
            print(f"| {name} | {entries} | {len(good)} | {len(good - whole)} | {len(whole - good)} |", flush=True)


if __name__ == "__main__":
    main()
