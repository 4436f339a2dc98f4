#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`read --would-block` of every golden capture, under three policies: the lines fit the schema, the counts add up, and the verdicts are those
of would_block.txt, which is read before it is changed.

usage: would_block_test.py [--akushu PATH] [--bless]
"""
import json
import os
import sys

import harness

POLICIES = ("tls12-only", "tls12-compatible", "strict")
BLESSED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "would_block.txt")


def look(binary, case, policy):
    """(the line of the table or None, what is wrong, every line)"""
    done = harness.run(binary, "read", "--format=jsonl", f"--would-block={policy}", harness.capture(case))
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    rows = [o for o in objects if o["akushu"]["kind"] == "would_block"]
    summary = objects[-1]["akushu"]
    t, wrong = summary["would_block"], []
    if t["judged"] != t["works"] + t["unsure"] + t["fails"]:
        wrong.append(f"{t['judged']} judged are not {t['works']} + {t['unsure']} + {t['fails']}")
    everything = t["judged"] + t["failed_already"] + t["without_tls"] + t["unseen"] + t["not_kept"]
    if everything != summary["totals"]["conversations"]:
        wrong.append(f"{everything} of {summary['totals']['conversations']} conversations are counted")
    for would, key in (("fails", "fails"), ("unsure", "unsure")):
        if sum(o["akushu"]["count"] for o in rows if o["akushu"]["would"] == would) != t[key]:
            wrong.append(f"the rows that are {would} do not add up to {t[key]}")
    if [o["akushu"]["would"] for o in rows] != sorted((o["akushu"]["would"] for o in rows)):  # fails, unsure
        wrong.append("order of the rows")
    errors = summary["findings"]["error"] != 0
    if done.returncode != (1 if errors or t["fails"] else 0) and done.returncode != 3:
        wrong.append(f"exit {done.returncode} with {t['fails']} that would fail")
    if policy == "tls12-compatible" and t["fails"]:
        wrong.append("a policy that switches nothing off makes something fail")
    verdicts = sorted({(o["akushu"]["would"], o["tls"]["version"], o["akushu"]["result"].get("refusal", o["akushu"].get("unsure", ""))) for o in rows})
    line = " ".join([case, policy, *(f"{k}={t[k]}" for k in ("judged", "fails", "unsure")), *("/".join(v) for v in verdicts)])
    return (line if rows else None), wrong, objects


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("--bless", action="store_true")
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    try:
        import jsonschema
        schema = json.loads(harness.run(a.akushu, "schema").stdout)
        validator = jsonschema.validators.validator_for(schema)(schema)
    except ImportError:
        print("python3-jsonschema: absent, skipped")
        sys.exit(harness.SKIP)
    work = [(c, p) for c in harness.captures() for p in POLICIES]
    table, failures = [], []
    for (case, policy), (line, wrong, objects) in zip(work, harness.pool(lambda w: look(a.akushu, *w), work)):
        failures += [f"{case} {policy}: {x}" for x in wrong]
        for o in objects:
            if o["akushu"]["kind"] in ("would_block", "summary"):
                failures += [f"{case} {policy}: {e.message[:200]}" for e in validator.iter_errors(o)]
        if line:
            table.append(line)
    text = "\n".join(table) + "\n"
    if a.bless:
        with open(BLESSED, "w", encoding="utf-8") as f:
            f.write(text)
    else:
        with open(BLESSED, encoding="utf-8") as f:
            old = f.read().splitlines()
        failures += [f"new: {x}" for x in table if x not in old] + [f"gone: {x}" for x in old if x not in table]
    harness.finish(failures, f"would-block: {len(work)} readings, {len(table)} with somebody who would fail or is unsure")


if __name__ == "__main__":
    main()
