"""Reads a Linux source tree as text: which functions are defined where, which of them is called by whom.

No compiler and no configuration: every .c and .h file counts, whatever #if says. Comments and strings are
taken out; a function is what stands in front of a "{" in the first column; a call is a name followed by "(".
Macros and inline functions of headers are transparent: who uses one uses what it calls.
"""
import os
import re

SKIPPED = ("tools", "scripts", "samples", "Documentation", "usr", "debian")
LARGEST_HEADER = 400_000  # above: tables of registers

NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
WORD = re.compile(r"\b([A-Za-z_]\w*)\b(?!\s*\()")
KEPT = re.compile(r"(?:=\s*&?|\bINIT\w*\s*\([^,()]*,\s*)([A-Za-z_]\w*)\s*[,;})]")  # a name that something is set to
# A macro that calls one of its arguments: LOCK_CONTENDED(lock, try, lock_it).
# INIT_WORK(work, function) and its like only keep it.
CAPITALS = re.compile(r"\b(?!INIT|DE|SETUP|TIMER|DELAYED|__)[A-Z][A-Z_]{3,}\s*\(([^;{}]*)\)")
MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)(\([^)\n]*\))?((?:[^\n\\]|\\[^\n]|\\\n)*)", re.M)
OTHER_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\[^\n]|\\\n)*", re.M)
EXPORT = re.compile(r"^\s*(?:EXPORT_\w+|NOKPROBE_SYMBOL|ALLOW_ERROR_INJECTION|BTF_ID\w*)\s*\([^)]*\)", re.M)
ONE_LINE = re.compile(r"^static\s+(?:__always_)?inline\b([^\n{;]*)\{([^\n]*)\}", re.M)
KEYWORDS = frozenset("if for while switch return sizeof typeof __typeof__ do else case defined offsetof asm "
                     "__asm__ __attribute__ BUILD_BUG_ON static_assert likely unlikely".split())
# What may stand in front of a function's name with parentheses.
ATTRIBUTES = re.compile(r"^(?:__attribute__|__printf|__scanf|__acquires|__releases|__must_hold|__section|"
                        r"__aligned|__alloc_size|__no_sanitize|__cond_acquires|__diag\w*|__assume_\w+)$")


def subsystem(path):
    """Two folders of a path: "net/sched", "fs/ext4", "fs". All of arch/ is one; "" for headers of all."""
    parts = path.split("/")[:-1]
    if parts[0] == "include":
        return ""
    if parts[0] == "arch":
        return "arch"
    return "/".join(parts[:2])


def name_of(head):
    """The function that the text in front of a "{" defines, and whether it is static; None for a structure."""
    if "=" in head.split("(")[0]:
        return None
    for m in CALL.finditer(head):
        name = m.group(1)
        if ATTRIBUTES.match(name):
            continue
        if "SYSCALL_DEFINE" in name:
            arg = re.match(r"\s*(\w+)", head[m.end():])
            return ("sys_" + arg.group(1), False) if arg else None
        if name in KEYWORDS or name.isupper():
            return None
        return name, bool(re.search(r"\bstatic\b", head[:m.start()]))
    return None


class File:
    """functions: {name: (static, called names)}; macros: {name: mentioned names}; taken: what a member or variable is set to."""

    def __init__(self, path, text):
        self.path = path
        self.functions = {}
        self.macros = {}
        text = NOISE.sub(" ", text)
        for m in MACRO.finditer(text):
            words = set(CALL.findall(m.group(3)))
            words.update(w for w in WORD.findall(m.group(3)) if not m.group(2) or len(words) < 20)
            self.macros.setdefault(m.group(1), set()).update(words - KEYWORDS - {m.group(1)})
        text = OTHER_DIRECTIVE.sub("", text)
        text = EXPORT.sub("", text)
        for m in ONE_LINE.finditer(text):
            found = name_of("static " + m.group(1))
            if found:
                self._add(found, m.group(2))
        at = text.find("\n{")
        while at >= 0:
            end = text.find("\n}", at)
            if end < 0:
                break
            start = max(text.rfind("\n\n", 0, at), text.rfind(";", 0, at), text.rfind("}", 0, at), 0)
            found = name_of(text[start:at])
            if found:
                self._add(found, text[at:end])
            at = text.find("\n{", end)
        self.taken = set(KEPT.findall(text))

    def _add(self, found, body):
        name, static = found
        calls = set(CALL.findall(body))
        for arguments in CAPITALS.findall(body):
            calls.update(WORD.findall(arguments))
        calls -= KEYWORDS | {name}
        known = self.functions.get(name)
        self.functions[name] = (static, calls | (known[1] if known else set()))


def read(tree):
    """All files of a tree."""
    for folder, folders, names in os.walk(tree):
        relative = os.path.relpath(folder, tree)
        if relative == ".":
            relative = ""
            folders[:] = [f for f in folders if f not in SKIPPED]
        folders.sort()
        for name in sorted(names):
            if not name.endswith((".c", ".h")):
                continue
            path = os.path.join(folder, name)
            if name.endswith(".h") and os.path.getsize(path) > LARGEST_HEADER:
                continue
            with open(path, encoding="utf-8", errors="replace") as f:
                yield File(os.path.join(relative, name) if relative else name, f.read())
