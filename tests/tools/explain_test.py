#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Public error texts are explained as they should be; numbers are read in every spelling; four explanations are as expected.

usage: explain_test.py [--akushu PATH] [--bless]

tests/explain/texts.csv: a text as somebody published it, where, and what must be said of it: the stacks that are named, the stage
(what is shown lies within it), causes that must be listed, causes that must not, and whether it is known at all (exit status 0 or 1).
tests/explain/numbers.csv: a spelling, and the beginnings of lines under Recognised, parted by |.
tests/explain/*.txt: the whole output for the text in *.in, in the language of the name; --bless rewrites them.
"""
import csv
import difflib
import glob
import os
import re
import subprocess

import harness

FOLDER = os.path.join(harness.ROOT, "tests", "explain")
STAGES = ["P0", "P1", "P2", "P3", "P4", "P5", "P5b", "P6", "P7"]


def table(*path):
    with open(os.path.join(harness.ROOT, *path), newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def explain(akushu, text, *options):
    done = subprocess.run([akushu, "explain", *options, "-"], input=text.encode(), capture_output=True, timeout=60, env=harness.sparing())
    return done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace")


def parts(output):
    """Label: its lines without the left column; the lines that continue one are joined to it."""
    found, name = {}, None
    for line in output.splitlines():
        label, rest = line[:18].strip(), line[18:]
        name = label or name
        lines = found.setdefault(name, [])
        if rest.startswith("  ") and lines:
            lines[-1] += " " + rest.strip()
        else:
            lines.append(rest)
    return found


def stage_of(shown):
    codes = re.search(r"\((P\d+b?)(?:-(P\d+b?))?\)$", " ".join(shown.get("Last step", [])))
    return (STAGES.index(codes[1]), STAGES.index(codes[2] or codes[1])) if codes else None


def causes_of(shown):
    first = [line.split(":")[0] for line in shown.get("Possible causes", [])]
    return first + re.findall(r"[a-z0-9-]+", " ".join(shown.get("Less likely", [])))


def faults(row, names, status, output):
    shown = parts(output)
    causes = causes_of(shown)
    if status != (0 if row["known"] == "yes" else 1):
        yield f"exit {status}"
    for stack in row["stack"].split():
        if names[stack] not in shown.get("Reported by", []):
            yield f"does not name {stack}, but {shown.get('Speaks')}"
    stage = stage_of(shown)
    if row["stage"]:
        first, _, last = row["stage"].partition("-")
        wanted = STAGES.index(first), STAGES.index(last or first)
        if stage is None or stage[0] < wanted[0] or stage[1] > wanted[1]:
            yield f"stage {shown.get('Last step')}, not within {row['stage']}"
    for cause in row["must"].split():
        if cause not in causes:
            yield f"{cause} is not among {causes}"
    for cause in row["never"].split():
        if cause in causes:
            yield f"{cause} is among {causes}"
    if (row["known"] == "yes") != ("none of the error texts" not in output):
        yield "known or not is not said"


def check_texts(akushu, rows):
    names = {row["id"]: row["name_en"] for row in table("data", "symptom_stacks.csv")}
    failures = []
    for number, row in enumerate(rows, 2):
        for option in ("--lang=en", "--lang=ja"):
            status, output, errors = explain(akushu, row["text"], option)
            if errors:
                failures.append(f"texts.csv row {number}: {option}: {errors[:300]}")
            if option == "--lang=en":
                failures += [f"texts.csv row {number} ({row['source']}): {fault}" for fault in faults(row, names, status, output)]
    return failures


def check_numbers(akushu, rows):
    failures = []
    for row in rows:
        done = subprocess.run([akushu, "explain", "--lang=en", "--", row["text"]], capture_output=True, timeout=60, env=harness.sparing())
        lines = parts(done.stdout.decode()).get("Recognised", [])
        for wanted in row["recognised"].split("|"):
            if done.returncode or not any(line.startswith(wanted) for line in lines):
                failures.append(f"numbers.csv: {row['text']}: exit {done.returncode}, no '{wanted}' in {lines}")
    return failures


def check_golden(akushu, bless):
    failures, count = [], 0
    for path in sorted(glob.glob(os.path.join(FOLDER, "*.in"))):
        stem = path[:-3]
        with open(path, encoding="utf-8") as f:
            _, output, errors = explain(akushu, f.read(), f"--lang={stem.rsplit('.', 1)[1]}")
        if bless:
            with open(stem + ".txt", "w", encoding="utf-8") as f:
                f.write(output)
        with open(stem + ".txt", encoding="utf-8") as f:
            expected = f.read()
        count += 1
        if errors or output != expected:
            name = os.path.basename(stem)
            failures += [errors] if errors else []
            failures.append("\n".join(difflib.unified_diff(expected.splitlines(), output.splitlines(), name, "now", lineterm="")))
    if count < 4:
        failures.append(f"only {count} explanations in full")
    return failures


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("--bless", action="store_true")
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    texts, numbers = table("tests", "explain", "texts.csv"), table("tests", "explain", "numbers.csv")
    failures = check_texts(a.akushu, texts) + check_numbers(a.akushu, numbers) + check_golden(a.akushu, a.bless)
    known = sum(row["known"] == "yes" for row in texts)
    harness.finish(failures, f"explain: {known} known texts, {len(texts) - known} of other matters, {len(numbers)} spellings of numbers")


if __name__ == "__main__":
    main()
