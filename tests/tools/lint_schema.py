#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/schema.json and the table of docs/output.md are what `akushu schema` prints.

usage: lint_schema.py [--akushu PATH] [--bless]

--bless rewrites both: the whole of schema.json, and the table between the two marks of output.md.
"""
import json
import os

import harness

SCHEMA = os.path.join(harness.ROOT, "docs", "schema.json")
OUTPUT = os.path.join(harness.ROOT, "docs", "output.md")
BEGIN, END = "<!-- akushu schema --markdown -->\n", "<!-- end -->\n"


def text_of(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("--bless", action="store_true")
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    schema = json.loads(harness.run(a.akushu, "schema").stdout)
    pretty = json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
    table = harness.run(a.akushu, "schema", "--markdown").stdout.decode()
    page, failures = text_of(OUTPUT), []
    head, begin, rest = page.partition(BEGIN)
    old, end, tail = rest.partition(END)
    if not begin or not end:
        failures.append("docs/output.md: the two marks around the table are gone")
    elif a.bless:
        write(OUTPUT, head + begin + table + end + tail)
        write(SCHEMA, pretty)
    else:
        if old != table:
            failures.append("docs/output.md: the table differs from `akushu schema --markdown`")
        if text_of(SCHEMA) != pretty:
            failures.append("docs/schema.json differs from `akushu schema` (python json, indent 1)")
    harness.finish(failures, f"lint.schema: {len(table.splitlines()) - 2} fields")


if __name__ == "__main__":
    main()
