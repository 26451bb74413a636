#!/usr/bin/env python3
"""How the blame tables do on consoles that nobody has looked at, as far as that can be told afterwards.

usage: bench/console/cross_validate.py --build DIR --corpus DIR... [--folds N]
  --build    a configured and built build directory (culprit in it is current); it is not changed
  --corpus   consoles with a head of "TITLE: ..." lines below DIR

The derived table knows no console. Of the rows by hand, a fold's consoles are read with those entries only that
match a word of a console in the other folds: what a hand could have collected from these. Folds are drawn by a hash
of the file's text, so that they stay what they are when consoles are added.
Prints a Markdown table: the fold, its consoles, entries left out, right titles with all entries and without.
"""
import argparse
import hashlib
import os
import re
import tempfile

import blame_loss

WORD = re.compile(rb"[A-Za-z_][\w]{2,}")


def expression(pattern):
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")))


def entries(source):
    found = set()
    for row in blame_loss.ROW.finditer(source):
        for text in re.findall(r'"([^"]*)"', row.group(2)):
            found.update(text.split())
    return found


def without(source, dropped):
    """`source` with its rows' entries less those."""
    def kept(text):
        return '"' + "".join(e + " " for e in text.group(1).split() if e not in dropped) + '"'
    return blame_loss.ROW.sub(lambda row: row.group(0).replace(
        row.group(2), re.sub(r'"([^"]*)"', kept, row.group(2))), source)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", required=True)
    ap.add_argument("--corpus", nargs="+", required=True)
    ap.add_argument("--folds", type=int, default=5)
    a = ap.parse_args()
    with open(blame_loss.SOURCE, encoding="utf-8") as f:
        source = f.read()
    by_fold = [[] for _ in range(a.folds)]
    for log, title in blame_loss.cases(a.corpus):
        by_fold[int(hashlib.sha1(log).hexdigest(), 16) % a.folds].append((log, title))
    words = [{w.decode() for log, _ in fold for w in WORD.findall(log)} for fold in by_fold]
    all_entries = {e: expression(e) for e in entries(source)}
    print(f"| fold | consoles | entries left out of {len(all_entries)} | right with all | right without |")
    print("|---|---|---|---|---|")
    sums = [0, 0, 0]
    with tempfile.TemporaryDirectory() as folder:
        whole = blame_loss.build(a.build, source, os.path.join(folder, "whole"))
        for k, fold in enumerate(by_fold):
            others = set().union(*(words[i] for i in range(a.folds) if i != k))
            dropped = {e for e, pattern in all_entries.items()
                       if not (e in others if "*" not in e else any(pattern.fullmatch(w) for w in others))}
            part = blame_loss.build(a.build, without(source, dropped), os.path.join(folder, "part"))
            paths, titles = [], []
            for i, (log, title) in enumerate(fold):
                paths.append(os.path.join(folder, f"{k}-{i}.log"))
                titles.append(title)
                with open(paths[-1], "wb") as f:
                    f.write(log)
            with_all, with_part = (len(blame_loss.right(b, paths, titles)) for b in (whole, part))
            sums = [s + n for s, n in zip(sums, (len(fold), with_all, with_part))]
            print(f"| {k + 1} | {len(fold)} | {len(dropped)} | {with_all} | {with_part} |", flush=True)
    total, with_all, with_part = sums
    print(f"| all | {total} | | {with_all}, {100 * with_all / total:.1f} % | "
          f"{with_part}, {100 * with_part / total:.1f} % |")


if __name__ == "__main__":
    main()
