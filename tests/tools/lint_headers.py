#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every header compiles alone, and its first line is a comment that says what the module is; installed ones have under 300 lines.

usage: lint_headers.py [--root DIR] [--build DIR] [--cc CC]
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys

from lint_layers import ROOT, sources


def check(job):
    a, path = job
    with open(os.path.join(a.root, path), encoding="utf-8") as f:
        lines = f.read().splitlines()
    wrong = []
    if not lines or not re.match(r"(//|/\*)\s*[A-Z\"`a-z].{15,}", lines[0]) or "SPDX" in lines[0]:
        wrong.append(f"{path}: first line is no sentence about the module")
    if path.startswith("include") and len(lines) >= 300:
        wrong.append(f"{path}: {len(lines)} lines, an installed header has under 300")
    command = [a.cc, "-std=c11", "-fsyntax-only", "-Wall", "-Werror", f"-I{a.root}/src", f"-I{a.root}/include", f"-I{a.build}", "-x", "c",
               os.path.join(a.root, path)]
    done = subprocess.run(command, capture_output=True, text=True)
    # A header that is compiled by itself is a main file: gcc warns of its #pragma once, which is not meant here.
    if done.returncode and "#pragma once in main file" not in done.stderr:
        wrong.append(f"{path}: does not compile alone\n{done.stderr[:600]}")
    return wrong


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--root", default=ROOT)
    ap.add_argument("--build", default=os.path.join(ROOT, "build", "dev"))
    ap.add_argument("--cc", default=os.environ.get("CC", "gcc"))
    a = ap.parse_args()
    headers = [p for p in sources(a.root, "src", "include") if p.endswith(".h")]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        wrong = [x for part in pool.map(check, [(a, p) for p in headers]) for x in part]
    print("\n".join(wrong + [f"lint.headers: {len(headers)} headers: {'FAILED' if wrong else 'ok'}"]))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
