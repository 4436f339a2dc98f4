#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The trace reader against tshark over the reference captures, with a reviewed list of differences.

usage: compare_test.py [--akushu PATH] [--own-only]

Runs the comparison tool beside the reference captures over every public capture that holds TLS hellos, and over our own ones.
Own captures: no difference at all. Public ones: a stream that differs or is missing must be in a file that docs/differences.md names
in a table row `| file | streams | ... |`, and not more streams of it than the row says.
"""
import csv
import os
import re
import subprocess
import sys

import harness

ROW = re.compile(r"^\|\s*`?([^|`]+?)`?\s*\|\s*(\d+)\s*\|")


def listed():
    allowed = {}
    with open(os.path.join(harness.ROOT, "docs", "differences.md"), encoding="utf-8") as file:
        for line in file:
            row = ROW.match(line)
            if row:
                allowed[row.group(1).strip()] = allowed.get(row.group(1).strip(), 0) + int(row.group(2))
    return allowed


def compare(tool, program, least, files, top):
    run = subprocess.run([sys.executable, tool, "--akushu", program, "-v", "--at-least", str(least), *files], cwd=top, capture_output=True, text=True)
    lines = run.stdout.splitlines()
    print(lines[-1] if lines else run.stderr[-300:])
    if not lines or not re.search(r"\d+ files, \d+ streams", lines[-1]):
        return None
    streams = int(re.search(r"(\d+) streams", lines[-1]).group(1))
    if streams < least:
        print(f"only {streams} streams, expected {least}")
        return None
    return lines[:-1]


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("--own-only", action="store_true")
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    top = harness.need_shared("captures")
    tool = harness.need_shared("tools", "compare_tshark.py")
    program = os.path.abspath(a.akushu)
    release = os.path.join(harness.ROOT, "build", "release", "akushu")
    if a.akushu.endswith("build/dev/akushu") and os.access(release, os.X_OK):
        program = release  # the same code without sanitizers: minutes instead of a quarter of an hour
    own = [os.path.join(d, n) for d in ("tds-clients", "own") for n in sorted(os.listdir(os.path.join(top, d))) if n.endswith(".pcap")]
    wrong = compare(tool, program, 484, own, top)
    failed = wrong is None or bool(wrong)
    for line in wrong or []:
        print("own:", line)
    if a.own_only:
        return 1 if failed else 0
    with open(os.path.join(top, "public", "INDEX.csv"), encoding="utf-8") as file:
        public = ["public/" + r["file"] for r in csv.DictReader(file) if int(r["clienthellos"] or 0) or int(r["serverhellos"] or 0)]
    lines = compare(tool, program, 1364, public, top)
    if lines is None:
        return 1
    allowed, seen = listed(), {}
    for line in lines:
        name = line.split(": ")[0].removeprefix("public/")
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > allowed.get(name, 0):
            print("not in docs/differences.md:", line)
            failed = True
    for name, count in allowed.items():
        if seen.get(name, 0) < count:
            print(f"docs/differences.md lists {count} streams of {name}, only {seen.get(name, 0)} differ: shorten it")
    print(f"{sum(seen.values())} streams differ or are missing in {len(seen)} files, all reviewed" if not failed else "FAILED")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
