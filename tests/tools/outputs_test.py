#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Version, cipher suite, server name and service, held against what nDPI and Zeek are expected to print for the same captures.

usage: outputs_test.py [--akushu PATH] [--list] [-v]

Sources under $AKUSHU_SHARED/captures/public (skipped when absent): nDPI's .out files, Zeek's ssl.log and conn.log (whole, or cut to
columns) beside the captures. TCP only. What they leave out is not compared, nor are the lines of one of Zeek's logs that are about
another capture: no TCP segment with those addresses and ports lies in this one. A value is right when one of the conversations with
them has it. Where nDPI names no JA3S it saw no ServerHello, and its version is one of the ClientHello: `offered`. A difference must stand in docs/differences.md, in a table with the columns
  | capture | connection | field | theirs | akushu | reason |
(connection CLIENT:PORT>SERVER:PORT or `*`, field or `*`); every other one fails, and so does a row of this test's fields that no
difference needs any more. --list prints the rows that are missing there.
"""
import collections
import glob
import gzip
import ipaddress
import os
import re

import harness
import ja_test

CAPTURE = re.compile(r"^(.*?\.(?:pcapng|pcap|cap)(?:\.gz)?)\.expected\.")
FIELDS = ("version", "offered", "suite", "server_name", "service")
VERSIONS = {"SSLv2": "2.0", "SSLv3": "3.0", "TLSv1": "1.0", "TLSv1.1": "1.1", "TLSv1.2": "1.2", "TLSv1.3": "1.3",
            "TLSv10": "1.0", "TLSv11": "1.1", "TLSv12": "1.2", "TLSv13": "1.3"}
SERVICES = {"smtp": "smtp", "imap": "imap", "pop3": "pop3", "ftp": "ftp", "ldap": "ldap", "ldap_tcp": "ldap", "postgresql": "postgresql",
            "mysql": "mysql", "rdp": "rdp", "xmpp": "xmpp"}
# nDPI's names of services whose TLS begins after clear talk.
NDPI_SERVICES = {"SMTP": "smtp", "SMTPS": "smtp", "IMAP": "imap", "IMAPS": "imap", "POP3": "pop3", "POPS": "pop3", "FTP_CONTROL": "ftp",
                 "FTPS": "ftp", "LDAP": "ldap", "LDAPS": "ldap", "PostgreSQL": "postgresql", "MySQL": "mysql", "RDP": "rdp", "Jabber": "xmpp"}
IMPLICIT = {465, 636, 990, 993, 995}  # TLS from the first byte: nothing names the service but the port


def from_ndpi(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            m = re.match(r"\s*\d+\s+TCP (\S+):(\d+) (?:<->|->) (\S+):(\d+) \[proto: [\d.]+/([^]]+)\]", line)
            if not m:
                continue
            where = ja_test.ends(*m.groups()[:4])
            tells = dict(re.findall(r"\[(Hostname/SNI|Cipher|JA3C|JA4): ([^\]\s]+)\]", line))
            version = re.search(r"\[((?:TLS|SSL)v[\d.]+)\]", line)
            if version:
                yield where, "version" if "[JA3S: " in line else "offered", VERSIONS[version.group(1)]
            if "Cipher" in tells:
                yield where, "suite", tells["Cipher"]
            if "Hostname/SNI" in tells and ("JA3C" in tells or tells.get("JA4", "").startswith("t")):
                yield where, "server_name", tells["Hostname/SNI"]
            services = {NDPI_SERVICES[p] for p in m.group(5).split(".") if p in NDPI_SERVICES}
            if version and len(services) == 1 and not IMPLICIT & {where[1], where[3]}:
                yield where, "service", services.pop()


def zeek_rows(path):
    names = []
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            cells = line.rstrip("\n").split("\t")
            if cells[0] in ("#fields", "ts") or (not names and "id.orig_h" in cells):
                names = cells[1:] if cells[0] == "#fields" else cells
            elif names and not line.startswith("#") and len(cells) == len(names):
                yield dict(zip(names, cells))


def from_zeek(path):
    for row in zeek_rows(path):
        if row.get("id.orig_h", "-") == "-" or row.get("proto", "tcp") != "tcp":
            continue
        where = ja_test.ends(row["id.orig_h"], row["id.orig_p"], row["id.resp_h"], row["id.resp_p"])
        if "cipher" in row:
            if row.get("version", "-") in VERSIONS:
                yield where, "version", VERSIONS[row["version"]]
            if row["cipher"] != "-":
                yield where, "suite", row["cipher"]
            if row.get("server_name", "-") != "-":
                yield where, "server_name", row["server_name"]
        services = set(row.get("service", "-").split(","))
        known = {SERVICES[s] for s in services if s in SERVICES}
        if "ssl" in services and len(known) == 1:
            yield where, "service", known.pop()


SOURCES = (("nDPI", "*.out", from_ndpi), ("zeek", "*.log", from_zeek), ("zeek", "*.cut", from_zeek))


def have(o):
    t = o.get("tls") or {}
    version = "3.0" if (t.get("version_protocol"), t.get("version")) == ("ssl", "3.0") else t.get("version")
    return {"version": version, "suite": t.get("cipher"), "server_name": (t.get("client") or {}).get("server_name"),
            "service": o["akushu"].get("service"), "offered": o["akushu"].get("offered_versions")}


def holds(path):
    """Does the capture hold a TCP segment of a connection? Found in its bytes, without reading it."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
        data = f.read()

    def one_way(a, aport, b, bport):
        a, b = ipaddress.ip_address(a), ipaddress.ip_address(b)
        ports = aport.to_bytes(2, "big") + bport.to_bytes(2, "big")
        front = b"\x06.." if a.version == 4 else b"\x06."  # protocol, checksum; next header, hop limit
        return re.search(front + re.escape(a.packed + b.packed + ports), data, re.DOTALL) is not None

    return lambda where: one_way(*where) or one_way(*where[2:], *where[:2])


def talks_of(binary, path):
    found = collections.defaultdict(list)
    for o in harness.conversations(harness.read(binary, path)):
        c, s = o["client"], o["server"]
        found[ja_test.ends(c["ip"], c["port"], s["ip"], s["port"])].append(have(o))
    return found


def same(field, theirs, ours):
    if ours is None:
        return False
    if field == "offered":
        return theirs in ours
    return theirs.lower() == ours.lower() if field == "server_name" else theirs == ours


def compare(job):
    """(counts by source and field, differences) of one expectation file."""
    binary, source, path, reader = job
    capture = CAPTURE.match(path)
    n, different = collections.Counter(), []
    wanted = sorted(set(reader(path))) if capture and os.path.exists(capture.group(1)) else []
    talks = talks_of(binary, capture.group(1)) if wanted else {}
    is_here = holds(capture.group(1)) if wanted else None
    name = source + "/" + os.path.basename(capture.group(1)) if wanted else ""
    for where, field, value in wanted:
        there = talks.get(where) or talks.get(where[2:] + where[:2]) or []
        if not there and source == "zeek" and not is_here(where):
            n[source, "of other captures"] += 1
            continue
        n[source, field] += 1
        if not any(same(field, value, t[field]) for t in there):
            shown = "no conversation" if not there else "/".join(sorted({str(t[field] or "nothing") for t in there}))
            different.append((name, ja_test.connection(where), field, value, shown))
            n[source, field + " that differ"] += 1
    return n, different


def covers(row, difference):
    return row[0] == difference[0] and row[1] in ("*", difference[1]) and row[2] in ("*", difference[2]) and row[3] in ("*", difference[3])


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("--list", action="store_true")
    ap.add_argument("-v", action="store_true")
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    base = harness.need_shared("captures", "public")
    jobs = [(a.akushu, source, path, reader) for source, pattern, reader in SOURCES for path in sorted(glob.glob(os.path.join(base, source, pattern)))]
    results = harness.pool(compare, jobs)
    counts = sum((n for n, _ in results), collections.Counter())
    different = sorted({d for _, part in results for d in part})
    rows = {r for r in ja_test.reviewed() if r[2] in FIELDS + ("*",)}
    unlisted = [d for d in different if not any(covers(r, d) for r in rows)]
    unneeded = [r for r in rows if not any(covers(r, d) for d in different)]
    if a.list:
        for d in unlisted:
            print("| " + " | ".join(f"`{x}`" for x in d) + " |  |")
    failures = [f"{name} {where}: {field} theirs {theirs}, akushu {ours}" for name, where, field, theirs, ours in unlisted]
    failures += [f"docs/differences.md: no difference needs the row {' | '.join(r)}" for r in sorted(unneeded)]
    if not counts:
        failures.append("nothing was compared")
    told = "; ".join(f"{source}: " + ", ".join(f"{v} {k}" for (s, k), v in sorted(counts.items()) if s == source) for source in ("nDPI", "zeek"))
    harness.finish([] if a.list else failures, f"{len(jobs)} expectation files, values compared: {told}; {len(different) - len(unlisted)} reviewed")


if __name__ == "__main__":
    main()
