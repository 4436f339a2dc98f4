#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/gen_symptoms.py takes the tables in data/ and refuses each way in which they can be wrong.

usage: gen_symptoms_test.py
"""
import os
import shutil
import subprocess
import sys
import tempfile

import harness

# (table, text in it, what it becomes, part of the complaint); a text of None appends a row
DAMAGES = (
    ("symptoms.csv", "no-common-version no-common-suite", "no-such-rule no-common-suite", "unknown rule id or cause 'no-such-rule'"),
    ("symptoms.csv", ",trace,", ",no-such-step,", "unknown step 'no-such-step'"),
    ("symptoms.csv", "text,sqlclient,", "text,nobody,", "unknown stack 'nobody'"),
    ("symptoms.csv", "P1,P5,", "P5,P1,", "stage_from is after stage_to"),
    ("symptom_patterns.csv", None, "no-such-symptom,en,some text,somewhere,high", "unknown symptom"),
    ("symptom_patterns.csv", None, "pipe-233,en,No process is on the other end of the pipe,somewhere,high", "stands in line"),
    ("symptom_patterns.csv", None, "pipe-233,en,ab,somewhere,high", "too short"),
    ("symptom_patterns.csv", None, "pipe-233,en,a text without source,,high", "source is empty"),
    ("error_codes.csv", None, "winsock,10054,WSAX,code,P1,P7,no-answer,reach,,again,再び,somewhere,high", "winsock 10054 stands in line"),
    ("error_codes.csv", "event,36888,", "events,36888,", "not one of"),
    ("number_contexts.csv", ",sqlstate,", ",sqlstates,", "unknown space 'sqlstates'"),
    ("causes.csv", "closed-by-server,", "closed-by-nobody,", "rule closed-by-server has no row"),
    ("causes.csv", "closed-by-server,", "closed-by-nobody,", "'closed-by-nobody' is no rule"),
    ("explain_steps.csv", "reach,2,", "reach,1,", "stands in line"),
)


def generate(data):
    with tempfile.TemporaryDirectory() as out:
        script = os.path.join(harness.ROOT, "tools", "gen_symptoms.py")
        done = subprocess.run([sys.executable, script, "--data", data, "--out", out], capture_output=True, text=True)
        made = os.path.isdir(os.path.join(out, "generated")) and len(os.listdir(os.path.join(out, "generated")))
        return done.returncode, done.stderr, made


def damaged(folder, table, old, new):
    """What the generator says of a copy of data/ with one change."""
    data = os.path.join(folder, "data")
    shutil.copytree(os.path.join(harness.ROOT, "data"), data)
    path = os.path.join(data, table)
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    changed = text + new + "\n" if old is None else text.replace(old, new, 1)
    if changed == text:
        return 0, f"'{old}' is not in {table}", 0
    with open(path, "w", encoding="utf-8", newline="") as f:
        f.write(changed)
    return generate(data)


def main():
    failures = []
    status, errors, made = generate(os.path.join(harness.ROOT, "data"))
    if status or made != 2:
        failures.append(f"data/ as it is: exit {status}, {made} files, {errors}")
    for table, old, new, says in DAMAGES:
        with tempfile.TemporaryDirectory() as folder:
            status, errors, made = damaged(folder, table, old, new)
        if status != 1 or says not in errors or made:
            failures.append(f"{table}, {new}: exit {status}, {made} files, not '{says}' but: {errors[:300]}")
    harness.finish(failures, f"lint.symptoms: {len(DAMAGES)} ways to be wrong")


if __name__ == "__main__":
    main()
