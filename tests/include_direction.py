#!/usr/bin/env python3
"""Includes point one way: base <- model <- {history ... output} <- engine <- cli. Exits 1 and names what does not."""
import pathlib, re, sys

SIBLINGS = ["history", "console", "identity", "search", "build", "run", "store", "output"]
ALLOWED = {"base": {"base"}, "model": {"base", "model"}}
for folder in SIBLINGS:
    ALLOWED[folder] = {"base", "model", folder}
ALLOWED["identity"].add("console")
ALLOWED["engine"] = {"base", "model", "engine", *SIBLINGS}
ALLOWED["cli"] = {*ALLOWED["engine"], "cli"}

src = pathlib.Path(sys.argv[1])
wrong = []
for path in sorted(src.rglob("*")):
    if path.suffix not in (".h", ".cc"):
        continue
    folder = path.relative_to(src).parts[0]
    for number, line in enumerate(path.read_text().splitlines(), 1):
        m = re.match(r'\s*#\s*include\s+"([^"/]+)/', line)
        if m and m[1] not in ALLOWED[folder]:
            wrong.append(f"{path}:{number}: {folder} includes {m[1]}")
        elif re.match(r'\s*#\s*include\s+"[^/]*"', line):
            wrong.append(f"{path}:{number}: an include that is not rooted at src/")
print("\n".join(wrong) or "include direction: fine")
sys.exit(bool(wrong))
