#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The csv table holds what jsonl says: every value of every golden case, read back with an RFC 4180 reader.

usage: csv_test.py [--akushu PATH] [CASE...]
"""
import csv
import io
import json
import subprocess

import harness

FORMULA = tuple("=+-@\t\r")


def table(binary, path, rows):
    done = subprocess.run([binary, "read", "--format=csv", f"--rows={rows}", path], capture_output=True)
    text = done.stdout.decode()
    lines = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    loose = text.replace("\r\n", "")
    return lines, [] if "\n" not in loose and "\r" not in loose else ["a line end that is not CR LF"]


def flat(value, path, out):
    """{column: cell} of a line of JSON."""
    if isinstance(value, dict):
        for name, inner in value.items():
            flat(inner, f"{path}.{name}" if path else name, out)
    elif isinstance(value, list):
        for inner in value:
            flat(inner, path + "[]" if isinstance(inner, dict) else path, out)
    else:
        text = value if isinstance(value, str) else json.dumps(value)
        cell = out.get(path)
        out[path] = text if cell is None else f"{cell}; {text}"
    return out


def cell(text, guarded):
    shown = "".join("\ufffd" if ord(c) < 0x20 or 0x7f <= ord(c) < 0xa0 or c in "\u200e\u200f" or 0x2028 <= ord(c) <= 0x202e or 0x2066 <= ord(c) <= 0x2069
                    else c for c in text)
    return "'" + shown if guarded and shown.startswith(FORMULA) else shown


def differences(case, objects, lines):
    wrong = []
    if len(objects) != len(lines):
        return [f"{case}: {len(lines)} rows for {len(objects)} lines"]
    for number, (line, row) in enumerate(zip(objects, lines), 1):
        want = {path.lstrip("@"): text for path, text in flat(line, "", {}).items()}
        got = {name: text for name, text in row.items() if text}
        names = {name for name in set(want) | set(got) if cell(want.get(name, ""), not_number(line, name)) != got.get(name, "")}
        wrong += [f"{case} row {number}: {name} is {got.get(name)!r}, not {want.get(name)!r}" for name in sorted(names)]
    return wrong


def not_number(line, name):
    return not isinstance(value_at(line, name), (int, float))


def value_at(line, name):
    for part in name.replace("[]", "").split("."):
        if isinstance(line, list):
            line = line[0] if line else None
        line = line.get(part, line.get("@" + part)) if isinstance(line, dict) else None
    return line


def one(binary, case):
    path, wrong = harness.capture(case), []
    objects = harness.read_beside(binary, path)
    for rows, kind in (("conversations", "conversation"), ("findings", "finding")):
        got, bad = table(binary, path, rows)
        wrong += [f"{case}: {x}" for x in bad] + differences(case, [o for o in objects if o["akushu"]["kind"] == kind], got)
    return wrong


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("case", nargs="*")
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    cases = a.case or harness.captures()
    wrong = [x for found in harness.pool(lambda case: one(a.akushu, case), cases) for x in found]
    return harness.finish(wrong, f"{len(cases)} cases as tables")


if __name__ == "__main__":
    raise SystemExit(main())
