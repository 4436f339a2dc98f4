#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every rule has code, a row in data/rules.csv, pages in English and Japanese, a golden case that fires it and a near miss.

usage: lint_rules.py [--root DIR]

Code: `.id = "..."` or AK_RULE("...") or AK_HOST_RULE(name, "...") or AK_EVENT_RULE(name, "...") in src/diagnose. Fires: a finding in some expected.jsonl. Near miss: `never RULE` in some expect.txt.
"""
import argparse
import csv
import glob
import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATTERN = re.compile(r'\.id\s*=\s*"([a-z0-9-]+)"|AK_RULE\(\s*"([a-z0-9-]+)"|AK_(?:HOST|EVENT)_RULE\(\s*\w+,\s*"([a-z0-9-]+)"')


def code_ids(root):
    ids = set()
    for path in glob.glob(os.path.join(root, "src", "diagnose", "*.[ch]")):
        with open(path, encoding="utf-8") as f:
            ids |= {a or b or c for a, b, c in PATTERN.findall(f.read())}
    return ids


def page_ids(root, language):
    return {os.path.basename(p)[:-len(f".{language}.md")] for p in glob.glob(os.path.join(root, "docs", "rules", f"*.{language}.md"))}


def table_ids(root):
    path = os.path.join(root, "data", "rules.csv")
    if not os.path.exists(path):
        return set()
    with open(path, newline="", encoding="utf-8") as f:
        return {row["id"] for row in csv.DictReader(f)}


def golden_ids(root):
    fired, near = set(), set()
    for path in glob.glob(os.path.join(root, "tests", "golden", "*", "expected.jsonl")):
        with open(path, encoding="utf-8") as f:
            fired |= {o["rule"]["id"] for o in map(json.loads, f) if o["akushu"]["kind"] == "finding"}
    for path in glob.glob(os.path.join(root, "tests", "golden", "*", "expect.txt")):
        with open(path, encoding="utf-8") as f:
            near |= {line.split()[1] for line in f if line.startswith("never ")}
    return fired, near


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--root", default=ROOT)
    a = ap.parse_args()
    fired, near = golden_ids(a.root)
    code = code_ids(a.root)
    sets = {"code in src/diagnose": code, "row in data/rules.csv": table_ids(a.root), "page in English": page_ids(a.root, "en"),
            "page in Japanese": page_ids(a.root, "ja"), "golden case that fires it": fired, "near miss (never RULE in expect.txt)": near}
    every = set().union(*sets.values())
    wrong = [f"{rule}: no {what}" for what, ids in sets.items() for rule in sorted(every - ids)]
    with open(os.path.join(a.root, "docs", "coverage.md"), encoding="utf-8") as f:
        named = re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`", f.read())
    wrong += [f"docs/coverage.md names {rule}, which is no rule" for rule in sorted(set(named) - code)]
    if not code:
        wrong.append("no rule found in src/diagnose")
    print("\n".join(wrong + [f"lint.rules: {len(every)} rules: {'FAILED' if wrong else 'ok'}"]))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
