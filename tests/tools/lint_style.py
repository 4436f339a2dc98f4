#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the style page asks for and a script can see.

usage: lint_style.py [--root DIR] [--library FILE.a]

Functions of more than 100 lines fail unless tests/tools/long-functions.txt lists them (`path function`, # comments). Files of more
than 600 lines are named, not failed. Symbols with external linkage start with ak_ (main excepted; with a static library also by nm).
No marks of unfinished work. Every .c, .h and .py says under which licence it is.
"""
import argparse
import glob
import os
import re
import subprocess
import sys

from lint_layers import ROOT, sources

LONGEST, LONG_FILE = 100, 600
SPDX = "SPDX-License-Identifier: Apache-2.0"
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*\(")


def functions(lines):
    """(name, first line, length, is static) of every function definition; bodies open and close in column 0."""
    start, signature = None, []
    for number, line in enumerate(lines, 1):
        if start is None and line == "{" and any("(" in s for s in signature):
            start = number - len(signature)
            head = " ".join(signature)
        elif start is not None and line == "}":
            found = NAME.search(head)
            if found:
                yield found.group(1), start, number - start + 1, bool(re.search(r"\bstatic\b", head))
            start, signature = None, []
        elif start is None:
            plain = line and not line.startswith(("#", "//", "/*", " *", "}"))
            signature = signature + [line] if plain and not line.endswith((";", "*/")) else []


def listed(root):
    path = os.path.join(root, "tests", "tools", "long-functions.txt")
    if not os.path.exists(path):
        return set()
    with open(path, encoding="utf-8") as f:
        return {tuple(line.split()[:2]) for line in f if line.strip() and not line.startswith("#")}


def check_c(path, lines, allowed, used):
    wrong = []
    for name, first, length, static in functions(lines):
        if length > LONGEST:
            used.add((path, name))
            if (path, name) not in allowed:
                wrong.append(f"{path}:{first}: {name} has {length} lines, more than {LONGEST}")
        if path.startswith("src") and not static and not name.startswith("ak_") and name != "main":
            wrong.append(f"{path}:{first}: {name} has external linkage and does not start with ak_")
    return wrong


def check_library(path):
    done = subprocess.run(["nm", "-g", "--defined-only", path], capture_output=True, text=True)
    names = {line.split()[-1] for line in done.stdout.splitlines() if len(line.split()) == 3}
    hidden = re.compile(r"ak_|main$|_|\.")
    return [f"{os.path.basename(path)}: {n} does not start with ak_" for n in sorted(names) if not hidden.match(n)]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--root", default=ROOT)
    ap.add_argument("--library", nargs="*")
    a = ap.parse_args()
    allowed, used, wrong, long_files = listed(a.root), set(), [], []
    files = list(sources(a.root, "src", "include", "tests", "bench", "fuzz", "lab", "tools"))
    for top in ("tests", "bench", "fuzz", "lab", "tools"):
        for folder, _, names in os.walk(os.path.join(a.root, top)):
            files += [os.path.relpath(os.path.join(folder, n), a.root) for n in sorted(names) if n.endswith(".py")]
    for path in files:
        with open(os.path.join(a.root, path), encoding="utf-8") as f:
            lines = f.read().splitlines()
        if not any(SPDX in line for line in lines[:40]):
            wrong.append(f"{path}: no line `{SPDX}` near the top")
        wrong += [f"{path}:{i}: {m.group(0)}" for i, line in enumerate(lines, 1) for m in [UNFINISHED.search(line)] if m]
        if len(lines) > LONG_FILE:
            long_files.append(f"{path} ({len(lines)})")
        if path.endswith((".c", ".h")):
            wrong += check_c(path, lines, allowed, used)
    wrong += [f"long-functions.txt: {' '.join(x)} is no longer long" for x in sorted(allowed - used)]
    for library in a.library if a.library is not None else glob.glob(os.path.join(a.root, "build", "dev", "*.a")):
        wrong += check_library(library)
    if long_files:
        print("files longer than 600 lines: " + ", ".join(long_files))
    print("\n".join(wrong + [f"lint.style: {len(files)} files: {'FAILED' if wrong else 'ok'}"]))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
