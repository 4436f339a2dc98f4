#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every JSONL line of every golden case fits the schema that `akushu schema` prints, and the schema knows every key that occurs.

usage: schema_test.py [--akushu PATH]        (needs python3-jsonschema; skipped without)
"""
import collections
import datetime
import json
import re
import sys

import harness

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
OUTCOMES = {"established": "success", "failed": "failure", "refused": "failure", "unanswered": "failure"}


def by_hand(o):
    """What the output contract says beyond a schema."""
    a, wrong = o.get("akushu", {}), []
    if a.get("schema") != 1 or "version" not in o.get("ecs", {}):
        wrong.append("no akushu.schema 1 or ecs.version")
    category = "configuration" if a.get("kind") == "collected" or (("host" in o or "file" in o) and "@timestamp" not in o) else "network"
    if o.get("event", {}).get("category") not in ([category], ["network"] if a.get("kind") == "summary" else [category]):
        wrong.append(f"event.category is not [{category}]")
    if o.get("event", {}).get("kind") != ("alert" if a.get("kind") == "finding" else "event"):
        wrong.append(f"event.kind {o.get('event', {}).get('kind')}")
    if a.get("kind") == "conversation" and o["event"].get("outcome") != OUTCOMES.get(a["outcome"], "unknown"):
        wrong.append(f"event.outcome {o['event'].get('outcome')} of a conversation that is {a['outcome']}")
    if "@timestamp" in o and not TIME.fullmatch(o["@timestamp"]):
        wrong.append(f"@timestamp {o['@timestamp']}")
    if a.get("kind") == "finding" and (not re.fullmatch(r"f-[0-9a-f]{16}", a["id"]) or len(a.get("samples", [])) > 20):
        wrong.append(f"finding id {a['id']}, {len(a.get('samples', []))} samples")
    return wrong


def order(objects):
    """Conversations, then findings by severity, grade, rule, server; the summary last."""
    kinds = [o["akushu"]["kind"] for o in objects]
    rank = {"conversation": 0, "finding": 1, "summary": 2}
    wrong = [] if [rank.get(k, 0) for k in kinds] == sorted(rank.get(k, 0) for k in kinds) and kinds.count("summary") == 1 else [f"order of lines {kinds}"]
    severity, grade = ["error", "warning", "note"], ["certain", "likely", "possible"]
    keys = [(severity.index(o["akushu"]["severity"]), grade.index(o["akushu"]["grade"]), o["rule"]["id"]) for o in harness.findings(objects)]
    return wrong + ([] if keys == sorted(keys) else [f"order of findings {keys}"])


def main():
    a = harness.parser(__doc__).parse_args()
    harness.need_binary(a.akushu)
    try:
        import jsonschema
    except ImportError:
        print("python3-jsonschema: absent, skipped")
        sys.exit(harness.SKIP)
    schema = json.loads(harness.run(a.akushu, "schema").stdout)
    checker = jsonschema.validators.validator_for(schema)
    checker.check_schema(schema)
    validator, failures, lines = checker(schema), [], 0
    seen = collections.Counter()
    for case, objects in zip(harness.cases(), harness.pool(lambda c: harness.read(a.akushu, *harness.inputs(c)), harness.cases())):
        failures += [f"{case}: {x}" for x in order(objects)]
        for o in objects if len(objects) < 100 else objects[:50] + objects[-10:]:
            lines += 1
            seen[o["akushu"]["kind"]] += 1
            failures += [f"{case}: {x}" for x in by_hand(o)]
            failures += [f"{case}: {'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(o)]
    harness.finish(failures, f"schema: {lines} lines ({', '.join(f'{v} {k}' for k, v in seen.items())})")


if __name__ == "__main__":
    main()
