#!/usr/bin/env python3
"""The shape of src: which folder may include which, in which order the rooms of a folder stand, how full a room may be.

usage: include_direction.py SRC      exits 1 and names what breaks the rules
"""
import pathlib, re, sys

SIBLINGS = ["history", "console", "identity", "search", "build", "run", "store", "output", "post"]
ALLOWED = {"base": {"base"}, "model": {"base", "model"}}
for folder in SIBLINGS:
    ALLOWED[folder] = {"base", "model", folder}
ALLOWED["html"] = {"base", "html"}
ALLOWED["identity"].add("console")
ALLOWED["output"].add("html")
ALLOWED["engine"] = {"base", "model", "engine", "html", *SIBLINGS}
ALLOWED["study"] = {*ALLOWED["engine"], "study"}
ALLOWED["replay"] = {*ALLOWED["engine"], "replay"}
ALLOWED["service"] = {*ALLOWED["engine"], "service"}
ALLOWED["cli"] = {*ALLOWED["replay"], "study", "service", "cli"}

# The rooms of a folder, lowest first: a room includes itself and those before it. "." is the folder's own files.
FLOORS = {
    "base": [".", "process", "archive"],
    "model": ["graph", "run", ".", "build"],
    "history": ["git", "graph", "releases", "checkout", "nature", "."],
    "console": ["dress", "text", "stack", "match", "programs", "rules", "blame", "symbols", "."],
    "identity": ["looks", "."],
    "search": ["graph", "evidence", "belief", "plan", "check", "altered", "."],
    "build": [".", "recipe", "binary", "kernel"],
    "run": ["stack", ".", "guest", "snapshot", "qemu", "hardware"],
    "output": ["words", "summary", "terminal", ".", "page"],
    "replay": ["reading", ".", "telling"],
    "service": ["queue", "web", "work", "core", "pages", "client", "."],
    "cli": ["line", "settings", "project", "setup", "commits", "session", "study", "commands", "."],
}
MOST_FILES = 16  # .h and .cc of one room: what is more wants a room of its own


def room_of(parts):
    return parts[1] if len(parts) > 2 else "."


def wrong_includes(path, parts):
    folder = parts[0]
    floors = FLOORS.get(folder, ["."])
    if room_of(parts) not in floors:
        yield f"{path}: {folder}/{room_of(parts)} is no room of FLOORS"
        return
    below = floors[: floors.index(room_of(parts)) + 1]
    for number, line in enumerate(path.read_text().splitlines(), 1):
        m = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not m:
            continue
        target = m[1].split("/")
        if len(target) == 1:
            yield f"{path}:{number}: an include that is not rooted at src/"
        elif target[0] not in ALLOWED[folder]:
            yield f"{path}:{number}: {folder} includes {target[0]}"
        elif target[0] == folder and room_of(target) not in below:
            yield f"{path}:{number}: {folder}/{room_of(parts)} includes {folder}/{room_of(target)}, which stands above it"


def main():
    src = pathlib.Path(sys.argv[1])
    wrong, full = [], {}
    for path in sorted(src.rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        parts = path.relative_to(src).parts
        full[path.parent] = full.get(path.parent, 0) + 1
        wrong += wrong_includes(path, parts)
    wrong += [f"{room}: {n} files side by side, more than {MOST_FILES}" for room, n in full.items() if n > MOST_FILES]
    print("\n".join(wrong) or "include direction: fine")
    return bool(wrong)


sys.exit(main())
