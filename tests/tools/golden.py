#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden cases: akushu's JSONL of every tests/golden/CASE equals expected.jsonl there, and expect.txt holds; the library's lines
(tests/robust/read_many.c) are the same.

usage: golden.py [--akushu PATH] [--bless] [CASE...]

--bless rewrites expected.jsonl (of the named cases, else of all); expect.txt is still checked. Only paths are normalised.
A case is a capture, or registry files (.reg, .hiv, .pol) of one machine, or of several in a folder each.
expect.txt, one statement a line (# comments):
  fires RULE GRADE            a finding of the rule with that grade; `any` takes every grade
  never RULE                  no finding of it
  atmost RULE GRADE           no finding of it above that grade
  counts RULE N [SAMPLES]     a finding of it counts N conversations and shows SAMPLES of them
  errors N                    N findings are errors
  only findings               expected.jsonl holds the findings and the summary, not thousands of conversations
  outcome N WORD · stage N P3 · closed_by N WORD · close N WORD · protocol N WORD · begun_before N true · version_code N 0x0304       of conversation N
"""
import difflib
import json
import os

import harness

TALK = ("outcome", "stage", "closed_by", "close", "protocol", "begun_before", "version_code", "service", "starttls", "starttls_answer", "instance")


def normalise(value, folder):
    """Paths below the case's folder lose it."""
    if isinstance(value, dict):
        return {k: normalise(v, folder) for k, v in value.items()}
    if isinstance(value, list):
        return [normalise(v, folder) for v in value]
    return value.replace(folder + os.sep, "") if isinstance(value, str) else value


def expectations(path, objects):
    wrong = []
    talks = {o["akushu"]["id"]: o["akushu"] for o in harness.conversations(objects)}
    found = [(o["rule"]["id"], o["akushu"]["grade"]) for o in harness.findings(objects)]
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            if words[0] == "fires":
                right = any(r == words[1] and words[2] in ("any", g) for r, g in found)
            elif words[0] == "never":
                right = all(r != words[1] for r, _ in found)
            elif words[0] == "counts":
                want = (words[1], *map(int, words[2:]))
                right = any((o["rule"]["id"], o["akushu"]["count"], len(o["akushu"].get("samples", [])))[:len(want)] == want for o in harness.findings(objects))
            elif words == ["only", "findings"]:
                right = True
            elif words[0] == "errors":
                right = sum(o["akushu"]["severity"] == "error" for o in harness.findings(objects)) == int(words[1])
            elif words[0] == "atmost":
                right = all(r != words[1] or harness.GRADES[g] <= harness.GRADES[words[2]] for r, g in found)
            elif words[0] in TALK:
                right = str(talks.get(int(words[1]), {}).get(words[0])).lower() == words[2].lower()
            else:
                right = False
            if not right:
                seen = ", ".join(f"{r} {g}" for r, g in found) or "no finding"
                if words[0] in TALK:
                    seen = str(talks.get(int(words[1]), {}).get(words[0], "absent"))
                wrong.append(f"expect.txt:{number}: {' '.join(words)}: got {seen}")
    return wrong


def shown(folder, objects):
    """What expected.jsonl holds of them."""
    path = os.path.join(folder, "expect.txt")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            if any(line.split("#")[0].split() == ["only", "findings"] for line in f):
                return [o for o in objects if o["akushu"]["kind"] != "conversation"]
    return objects


def by_library(binary, files, objects):
    if not harness.has_reader(binary):
        return ["tests/read_many was not built beside the program"]
    try:
        lines = harness.read_beside(binary, *files)
    except (harness.Crash, ValueError, OSError) as error:
        return [f"the library: {error}"]
    for at, (mine, other) in enumerate(zip(objects, lines)):
        if mine != other:
            return [f"line {at + 1} of the library differs: {json.dumps(other)[:400]}"]
    return [] if len(lines) == len(objects) else [f"the library gives {len(lines)} lines, not {len(objects)}"]


def check(case, binary, bless):
    folder, files = os.path.join(harness.GOLDEN, case), harness.inputs(case)
    if not files:
        return [f"{case}: neither a capture nor registry files"]
    try:
        objects = harness.read(binary, *files)
    except (harness.Crash, ValueError, OSError) as error:
        return [f"{case}: {error}"]
    lines = [json.dumps(normalise(o, folder), ensure_ascii=False, separators=(",", ":"))
             for o in shown(folder, objects)]
    expected, wrong = os.path.join(folder, "expected.jsonl"), []
    if bless:
        with open(expected, "w", encoding="utf-8") as f:
            f.write("".join(line + "\n" for line in lines))
    elif not os.path.exists(expected):
        wrong.append("no expected.jsonl (run with --bless)")
    else:
        with open(expected, encoding="utf-8") as f:
            before = f.read().splitlines()
        if [json.loads(x) for x in before] != [json.loads(x) for x in lines]:
            diff = difflib.unified_diff(before, lines, "expected", "got", n=0, lineterm="")
            wrong.append("differs\n" + "\n".join(d[:400] for d in list(diff)[:12]))
    wrong += by_library(binary, files, objects)
    if os.path.exists(os.path.join(folder, "expect.txt")):
        wrong += expectations(os.path.join(folder, "expect.txt"), objects)
    return [f"{case}: {text}" for text in wrong]


def main():
    harness.SEARCHED = 1  # for leaks: each process
    ap = harness.parser(__doc__)
    ap.add_argument("--bless", action="store_true")
    ap.add_argument("cases", nargs="*", metavar="CASE")
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    names = a.cases or harness.cases()
    failures = [x for part in harness.pool(lambda c: check(c, a.akushu, a.bless), names) for x in part]
    harness.finish(failures, f"{len(names)} golden cases{' blessed' if a.bless else ''}")


if __name__ == "__main__":
    main()
