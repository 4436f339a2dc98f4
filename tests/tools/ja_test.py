#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fingerprints and suites, held against what other programs published for the same captures.

usage: ja_test.py [--akushu PATH] [-v] [--list]

Sources under $AKUSHU_SHARED/captures/public (skipped when absent): FoxIO's ja4 (python JSON and Rust snapshots), nDPI's .out files
(JA3, JA3S, JA4, suite), Arkime's .test files (JA3, JA3S, suite). TCP only. A value is right when one of the conversations with those
addresses and ports has it. JA4 and JA3 are those of the first ClientHello (FoxIO's
JA4.1). Differences that were looked into stand in the tables below or in docs/differences.md, in a table with the columns
  | capture | connection | field | theirs | akushu | reason |
(connection CLIENT:PORT>SERVER:PORT or `*`); every other difference fails. --list prints the rows that are missing there.
"""
import collections
import glob
import ipaddress
import json
import os
import re

import harness

DIFFERENCES = os.path.join(harness.ROOT, "docs", "differences.md")
CAPTURE = re.compile(r"^(.*?\.(?:pcapng|pcap|cap))\.expected\.")


def address(text):
    text = text.strip("[]")
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:      # nDPI shortens two runs of zeros: 2600:1901::7a0b::
        return str(ipaddress.ip_address(text.replace("::", ":0:", 1)))


def ends(a, aport, b, bport):
    return (address(a), int(aport), address(b), int(bport))


def connection(where):
    return f"{where[0]}:{where[1]}>{where[2]}:{where[3]}"


def from_ja4_json(path):
    with open(path, encoding="utf-8") as f:
        for row in json.load(f):
            for key, value in row.items():
                if key == "JA4.1" and value.startswith("t") and "srcport" in row:
                    yield ends(row["src"], row["srcport"], row["dst"], row["dstport"]), "ja4", value


def from_ja4_snapshot(path):
    row = {}
    with open(path, encoding="utf-8") as f:
        for line in list(f) + ["- end"]:
            if line.startswith("- "):
                if row.get("transport") == "tcp" and "ja4" in row:
                    yield ends(row["src"], row["src_port"], row["dst"], row["dst_port"]), "ja4", row["ja4"]
                row = {}
            m = re.match(r"[- ] (\w+): (\S+)\s*$", line)
            if m:
                row[m.group(1)] = m.group(2)


def from_ndpi(path):
    names = {"JA3C": "ja3", "JA3S": "ja3s", "JA4": "ja4", "Cipher": "cipher"}
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            m = re.match(r"\s*\d+\s+TCP (\S+):(\d+) (?:<->|->) (\S+):(\d+) ", line)
            if not m:
                continue
            for name, value in re.findall(r"\[(JA3C|JA3S|JA4|Cipher): ([^\]\s]+)\]", line):
                if names[name] != "ja4" or value.startswith("t"):
                    yield ends(*m.groups()), names[name], value


def from_arkime(path):
    names = {"ja3": "ja3", "ja3s": "ja3s", "cipher": "cipher"}
    with open(path, encoding="utf-8") as f:
        sessions = json.load(f).get("sessions3", [])
    for session in sessions:
        body = session["body"]
        if body.get("ipProtocol") != 6 or "tls" not in body:
            continue
        where = ends(body["source"]["ip"], body["source"]["port"], body["destination"]["ip"], body["destination"]["port"])
        for key, field in names.items():
            values = body["tls"].get(key) or []
            for value in values if isinstance(values, list) else [values]:
                yield where, field, value


# Captures that hold TLS in a wrapping that `akushu read` does not take off. A new one has to be reviewed, like every difference.
OUT_OF_SCOPE = {
    "arkime/pppoe.pcap": "PPPoE", "nDPI/6in4tunnel.pcap": "IPv6 in IPv4", "nDPI/capwap_data.pcapng": "CAPWAP",
}
# (capture, connection, field): why theirs is not what akushu means.
THEIR_MEANING = {
    ("nDPI/steam.pcapng", "192.168.88.231:54243>188.114.98.224:443", "ja3s"): "of the HelloRetryRequest, not of the ServerHello",
    ("nDPI/tls_invalid_reads.pcap", "10.191.139.17:58552>54.221.224.45:443", "ja3"): "GTP tunnel",
    ("nDPI/tls_invalid_reads.pcap", "10.191.139.17:58552>54.221.224.45:443", "ja4"): "GTP tunnel",
}


def old_ndpi_ja4(theirs, ours, server_name):
    """nDPI of that time: `i` only where the name ends in a digit, the first two letters of the ALPN value instead of the first and
    the last, and the hash of nothing where the specification wants zeros."""
    if not ours or len(theirs) != len(ours) or (ours[3] == "d") != bool(server_name):
        return False
    same = theirs[:3] == ours[:3] and theirs[4:9] == ours[4:9]
    tail = theirs[10:].replace("e3b0c44298fc", "000000000000")
    return same and tail == ours[10:]


SOURCES = (("ja4", "*.expected.python__*.json", from_ja4_json), ("ja4", "*.expected.rust__*.snap", from_ja4_snapshot),
           ("nDPI", "*.out", from_ndpi), ("arkime", "*.test", from_arkime))


def have(o):
    t = o.get("tls") or {}
    return {"ja3": (t.get("client") or {}).get("ja3"), "ja3s": (t.get("server") or {}).get("ja3s"), "cipher": t.get("cipher"),
            "ja4": o["akushu"].get("ja4"), "server_name": (t.get("client") or {}).get("server_name")}


def talks_of(binary, path):
    found = collections.defaultdict(list)
    for o in harness.conversations(harness.read(binary, path)):
        c, s = o["client"], o["server"]
        found[ends(c["ip"], c["port"], s["ip"], s["port"])].append(have(o))
    return found


def compare(job):
    """(counts by field, differences) of one expectation file."""
    binary, source, path, reader = job
    capture = CAPTURE.match(path)
    n, different = collections.Counter(), []
    if not capture:
        return n, different
    name = source + "/" + os.path.basename(capture.group(1))
    wanted = list(reader(path))
    talks = talks_of(binary, capture.group(1)) if wanted else {}
    for where, field, value in wanted:
        there = talks.get(where) or talks.get(where[2:] + where[:2]) or []
        ours = [t[field] for t in there]
        n[field] += 1
        if value in ours:
            continue
        if source == "nDPI" and field == "ja4" and any(old_ndpi_ja4(value, t["ja4"], t["server_name"]) for t in there):
            n["ja4 equal but for nDPI's old reading"] += 1
        elif name in OUT_OF_SCOPE and not any(ours) or (name, connection(where), field) in THEIR_MEANING:
            n["of another meaning or wrapping"] += 1
        else:
            shown = "no conversation" if not there else "/".join(sorted({str(x) for x in ours}))
            different.append((name, connection(where), field, value, shown))
    return n, different


def reviewed():
    rows = set()
    if os.path.exists(DIFFERENCES):
        with open(DIFFERENCES, encoding="utf-8") as f:
            for line in f:
                cells = [c.strip().strip("`") for c in line.strip().strip("|").split("|")]
                if line.startswith("|") and len(cells) >= 6:
                    rows.add(tuple(cells[:4]))
    return rows


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("-v", action="store_true")
    ap.add_argument("--list", action="store_true")
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    base = harness.need_shared("captures", "public")
    jobs = [(a.akushu, source, path, reader) for source, pattern, reader in SOURCES for path in sorted(glob.glob(os.path.join(base, source, pattern)))]
    results = harness.pool(compare, jobs)
    counts, known = sum((n for n, _ in results), collections.Counter()), reviewed()
    different = sorted({d for _, part in results for d in part})
    unlisted = [d for d in different if d[:4] not in known and (d[0], "*", d[2], d[3]) not in known and (d[0], "*", d[2], "*") not in known]
    if a.list:
        for d in unlisted:
            print("| " + " | ".join(f"`{x}`" for x in d) + " |  |")
    failures = [f"{name} {where}: {field} theirs {theirs}, akushu {ours}" for name, where, field, theirs, ours in unlisted]
    told = ", ".join(f"{v} {k}" for k, v in sorted(counts.items()))
    harness.finish([] if a.list else failures, f"{len(jobs)} expectation files, values compared: {told}; {len(different)} differ, {len(different) - len(unlisted)} reviewed")


if __name__ == "__main__":
    main()
