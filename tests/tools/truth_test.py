#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/golden/truth.csv, column by column, against akushu's output; and the counts of own-tls-mix-400.

usage: truth_test.py [--akushu PATH] [-v]

one_of: a failing conversation has a finding among these, found through akushu.samples; none of its findings exceeds highest_grade.
A conversation without one_of gets no finding of severity error.
"""
import collections
import csv
import json
import os

import harness


def hexcode(text):
    return (text or "").lower()


def seen_columns(o):
    """The truth columns as akushu's output tells them."""
    a = o["akushu"]
    end, enc = a.get("tcp_end") or {}, a.get("encryption") or {}
    number = {name: digit for digit, name in harness.ENCRYPTION.items()}
    return dict(
        protocol=a.get("protocol"), outcome=a.get("outcome"), stage=a.get("stage"), closed_by=a.get("closed_by"), close=a.get("close"),
        tcp_end=f"{end['how']}:{end['by']}" if end.get("how") and end["how"] != "none" else "",
        alerts=";".join(f"{x['by']}:{x['code']}" for x in a.get("alerts", [])),
        version_code=hexcode(a.get("version_code")), cipher_code=hexcode(a.get("cipher_code")),
        client_encryption=number.get(enc.get("client"), ""), server_encryption=number.get(enc.get("server"), ""),
        cleartext_login="1" if a.get("cleartext_login") else "0")


def check_findings(case, row, objects):
    number, wrong = int(row["conversation"]), []
    mine = [o for o in harness.findings(objects) if number in o["akushu"].get("samples", [])]
    named = ", ".join(f"{o['rule']['id']} {o['akushu']['grade']} {o['akushu']['severity']}" for o in mine) or "none"
    allowed = [x for x in row["one_of"].split("|") if x]
    if not allowed:
        bad = [o for o in mine if o["akushu"]["severity"] == "error"]
        if bad:
            wrong.append(f"no error expected, findings: {named}")
        return wrong
    hits = [o for o in mine if o["rule"]["id"] in allowed]
    if not hits:
        wrong.append(f"expected one of {row['one_of']}, findings: {named}")
    top = harness.GRADES[row["highest_grade"]]
    for o in hits:
        if harness.GRADES[o["akushu"]["grade"]] > top:
            wrong.append(f"{o['rule']['id']} is {o['akushu']['grade']}, highest allowed {row['highest_grade']}")
    others = [o for o in mine if o["rule"]["id"] not in allowed and o["akushu"]["severity"] == "error"]
    for o in others:
        wrong.append(f"{o['rule']['id']} {o['akushu']['grade']} is not among {row['one_of']}")
    return wrong


def check_case(job):
    binary, case, rows = job
    try:
        objects = harness.read(binary, harness.capture(case))
    except (harness.Crash, ValueError) as error:
        return [f"{case}: {error}"]
    talks, wrong = {o["akushu"]["id"]: o for o in harness.conversations(objects)}, []
    if len(talks) != len(rows):
        wrong.append(f"{case}: {len(talks)} conversations, expected {len(rows)}")
    for row in rows:
        o = talks.get(int(row["conversation"]))
        if not o:
            wrong.append(f"{case} #{row['conversation']}: missing")
            continue
        for column, value in seen_columns(o).items():
            want = hexcode(row[column]) if column.endswith("_code") else row[column]
            if value != want:
                wrong.append(f"{case} #{row['conversation']}: {column} is {value!r}, expected {want!r}")
        wrong += [f"{case} #{row['conversation']}: {x}" for x in check_findings(case, row, objects)]
    return wrong


def mix_kinds(objects):
    """Counts of own-tls-mix-400 by what can be told from the wire."""
    n = collections.Counter()
    for o in harness.conversations(objects):
        a, t = o["akushu"], o.get("tls", {})
        version = a.get("version_code")
        if a["outcome"] == "established" and version == "0x0304":
            n["hrr" if a.get("hello_retry") else "13"] += 1
        elif a["outcome"] == "established" and version == "0x0303":
            key = t.get("server", {}).get("x509", {}).get("public_key_algorithm")
            n["12resumed" if t.get("resumed") else "12" + str(key)] += 1
        elif a["outcome"] == "established":
            n[str(version)] += 1
        elif a["outcome"] == "refused" and a["close"] == "rst":
            n["closed"] += 1
        elif a["close"] == "alert":
            n["alert" + str(a["alerts"][0]["code"])] += 1
        else:
            n[f"{a['outcome']} {a['stage']} {a['close']}"] += 1
    return n


def check_mix(binary):
    case = "own-tls-mix-400"
    with open(os.path.join(harness.GOLDEN, case, "truth.json"), encoding="utf-8") as f:
        t = json.load(f)
    # A 12resume:ok connection was to resume and did not: on the wire a full handshake with the RSA certificate.
    want = {"13": t["13ec:ok"] + t["13rsa:ok"], "hrr": t["hrr:ok"], "12ec": t["12ec:ok"], "12rsa": t["12rsa:ok"] + t["12resume:ok"],
            "12resumed": t["12resume:resumed"], "0x0302": t["11:ok"], "0x0301": t["10:ok"], "closed": t["closed:fail"],
            "alert40": t["ciph_alert:fail"], "alert70": t["ver_alert:fail"], "failed P3 rst": t["rst_after_ch:fail"]}
    have = mix_kinds(harness.read(binary, harness.capture(case)))
    return [f"{case}: {k}: {have.get(k, 0)}, expected {want.get(k, 0)}" for k in sorted(set(want) | set(have)) if have.get(k, 0) != want.get(k, 0)]


def main():
    a = harness.parser(__doc__).parse_args()
    harness.need_binary(a.akushu)
    by_case = collections.OrderedDict()
    with open(os.path.join(harness.GOLDEN, "truth.csv"), newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            by_case.setdefault(row["case"], []).append(row)
    failures = [x for part in harness.pool(check_case, [(a.akushu, c, r) for c, r in by_case.items()]) for x in part]
    failures += check_mix(a.akushu)
    harness.finish(failures, f"truth: {len(by_case)} captures, {sum(map(len, by_case.values()))} conversations, 12 columns each, mix of 400")


if __name__ == "__main__":
    main()
