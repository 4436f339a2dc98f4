#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every `certain` verdict over all captures is in the reviewed list certain.txt: a new one fails until somebody approves it.

usage: certain_test.py [--akushu PATH] [--bless]

Over all golden cases, and over the captures under $AKUSHU_SHARED/captures when they are present. A line: CASE RULE SERVER or MACHINE.
Lines of captures that are not there are kept; a listed verdict that no longer appears fails too. --bless rewrites the list.
"""
import os

import harness

LIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "certain.txt")
HEADER = "# Reviewed `certain` verdicts: case, rule, server. certain_test.py --bless rewrites this file; look at the difference.\n"
CAPTURES = (".pcap", ".pcapng", ".cap", ".pcap.gz", ".mcap")


def captures():
    """(case, files) of everything to be read."""
    for case in harness.cases():
        files = harness.inputs(case)
        if files:
            yield "golden/" + case, files
    base = harness.shared("captures")
    if base:
        for folder, _, names in sorted(os.walk(base)):
            for name in sorted(names):
                if name.endswith(CAPTURES) and ".expected." not in name:
                    path = os.path.join(folder, name)
                    yield "shared/" + os.path.relpath(path, base), [path]


def place(finding):
    """The server, or the machine that is configured so."""
    if "server" in finding:
        return f"{finding['server']['ip']}:{finding['server']['port']}"
    return finding["host"]["name"] or f"host-{finding['akushu'].get('host_id', 'of-a-log')}"


def certain(job):
    binary, case, files = job
    try:
        objects = harness.read(binary, *files, timeout=600)
    except (harness.Crash, ValueError) as error:
        return [], [f"{case}: {error}"]
    found = {f"{case} {o['rule']['id']} {place(o)}" for o in harness.findings(objects)
             if o["akushu"]["grade"] == "certain"}
    return sorted(found), []


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("--bless", action="store_true")
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    todo = list(captures())
    results = harness.pool(certain, [(a.akushu, case, files) for case, files in todo])
    have = {line for lines, _ in results for line in lines}
    failures, read = [x for _, wrong in results for x in wrong], {case for case, _ in todo}
    approved = set()
    if os.path.exists(LIST):
        with open(LIST, encoding="utf-8") as f:
            approved = {line.strip() for line in f if line.strip() and not line.startswith("#")}
    away = {line for line in approved if line.split()[0] not in read and line.startswith("shared/") and not harness.shared("captures")}
    if a.bless:
        with open(LIST, "w", encoding="utf-8") as f:
            f.write(HEADER + "".join(line + "\n" for line in sorted(have | away)))
        print(f"{len(have - approved)} added, {len(approved - have - away)} removed")
        approved = have | away
    failures += [f"not approved: {line}" for line in sorted(have - approved)]
    failures += [f"no longer certain: {line}" for line in sorted(approved - have - away)]
    harness.finish(failures, f"certain: {len(have)} verdicts over {len(todo)} captures")


if __name__ == "__main__":
    main()
