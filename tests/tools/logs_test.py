#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Logs against independent readers: libevtx judges EVTX files, and one log in many forms gives one answer.

usage: logs_test.py [--akushu PATH] [--shared]

1. Every EVTX of the golden cases and a made one of 5,000 records: evtxexport (libevtx) exports them as XML, and akushu reads both alike: the
   same events, with the same values. Forwarded events (no template) are left out there: libevtx cannot read them.
2. An ERRORLOG of each language in seven encodings, packed and plain, gives the same events.
--shared: the files of the reference folder windows/evtx give the number of records of their row in INDEX.csv; differences are listed below
with their reason, and a difference that is not there, or no longer there, fails.
"""
import csv
import gzip
import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile

import evtx_write
import harness
import log_write

# name: (records in the row, records read, why)
DIFFERENCES = {
    "omerbenamram__sample_with_a_bad_chunk_magic.evtx": (267, 298, "behind a hole in one chunk stand 31 whole records, which libevtx counts as recovered ones or not at all"),
}
WITHOUT_NUMBER = {"sbousseaden__MSSQL_multiple_failed_logon_EventID_18456.evtx": 10}  # counted with evtxinfo


def events(binary, path):
    """What the events say, without where they stand."""
    out = []
    for o in harness.kind(harness.read(binary, path), "event"):
        o["akushu"] = {k: v for k, v in o["akushu"].items() if k not in ("file", "id", "line", "record")}
        out.append(o)
    return out


def exported(path, out):
    """evtxexport's XML; False when libevtx cannot read the file."""
    done = subprocess.run(["evtxexport", "-f", "xml", path], capture_output=True)
    with open(out, "wb") as f:
        f.write(done.stdout.split(b"\n", 2)[2])
    return b"Unable to export" not in done.stdout + done.stderr


def judge_evtx(binary, folder, name, path):
    out = os.path.join(folder, "exported.xml")
    if not exported(path, out):
        return [f"{name}: libevtx cannot read it"]
    ours, theirs = events(binary, path), events(binary, out)
    if not ours:
        return []
    return [] if ours == theirs else [f"{name}: {len(ours)} events, {len(theirs)} through libevtx: {next((p for p in zip(ours, theirs) if p[0] != p[1]), '')}"]


def check_evtx(binary, folder):
    wrong, files = [], 0
    for case in harness.cases():
        evidence = os.path.join(harness.GOLDEN, case, "evidence")
        for name in sorted(os.listdir(evidence)) if os.path.isdir(evidence) else []:
            if name.endswith(".evtx"):
                wrong += judge_evtx(binary, folder, f"{case}/{name}", os.path.join(evidence, name))
                files += 1
    big = os.path.join(folder, "big.evtx")
    if evtx_write.write(big, log_write.large_events(5000)) != 5000:
        wrong.append("the writer lost records")
    wrong += judge_evtx(binary, folder, "5,000 records", big)
    counted = re.search(rb"Number of records\s*: (\d+)", subprocess.run(["evtxinfo", big], capture_output=True).stdout)
    if not counted or int(counted.group(1)) != 5000:
        wrong.append("libevtx does not count 5,000 records in the made file")
    forwarded = os.path.join(folder, "forwarded.evtx")
    evtx_write.write(forwarded, evtx_write.script(["2024-05-01T03:00:03Z Schannel 36874 SQL01 plain Protocol=x"]))
    if [o["event"]["code"] for o in events(binary, forwarded)] != ["36874"]:
        wrong.append("a forwarded event is not read")
    return wrong, files + 2


def check_encodings(binary, folder):
    wrong, forms = [], 0
    for case in ("log-sql-errors-fires-ja", "log-private-key-unusable-fires"):
        with open(os.path.join(harness.GOLDEN, case, "ERRORLOG.log.txt"), encoding="utf-8") as f:
            text = f.read()
        plain = os.path.join(folder, "plain")
        reference = None
        for encoding in ("utf-16-le", "utf-16-be", "utf-8", "utf-8-sig", "cp932", "bare utf-16-le", "bare utf-16-be"):
            bare = encoding.startswith("bare ")
            data = text.replace("\n", "\r\n").encode(encoding[5:]) if bare else log_write.encode(text, encoding)
            for packed in (False, True):
                with open(plain, "wb") as f:
                    f.write(gzip.compress(data) if packed else data)
                seen = events(binary, plain)
                reference = reference or seen
                forms += 1
                if seen != reference or len(seen) < 5:
                    wrong.append(f"{case} in {encoding}{' (gzip)' if packed else ''}: {len(seen)} events, {len(reference)} in UTF-16LE")
    return wrong, forms


def check_shared(binary, folder):
    base = harness.need_shared("windows", "evtx")
    wrong, files = [], 0
    with open(harness.need_shared("windows", "INDEX.csv"), encoding="utf-8", newline="") as f:
        rows = [r for r in csv.DictReader(f) if r["file"].startswith("evtx/") and os.path.exists(os.path.join(base, os.path.basename(r["file"])))]
    for row in rows:
        name = os.path.basename(row["file"])[:-3]
        plain = os.path.join(folder, "shared.evtx")
        with lzma.open(os.path.join(base, name + ".xz")) as source, open(plain, "wb") as out:
            shutil.copyfileobj(source, out)
        logs = harness.kind(harness.read(binary, plain), "summary")[0]["akushu"].get("logs", [{}])
        number = re.search(r"(\d+) records?\b", row["kind"])
        want = int(number.group(1)) if number else WITHOUT_NUMBER.get(name)
        if name in DIFFERENCES:
            listed, want, _ = DIFFERENCES[name]
            if listed != int(number.group(1)):
                wrong.append(f"{name}: the row has {number.group(1)} records now")
        files += 1
        if logs[0].get("records") != want:
            wrong.append(f"{name}: {logs[0].get('records')} records, {want} expected")
    return wrong, files


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("--shared", action="store_true")
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    if not shutil.which("evtxexport"):
        print("evtxexport (libevtx-utils): absent, skipped")
        sys.exit(harness.SKIP)
    with tempfile.TemporaryDirectory() as folder:
        if a.shared:
            wrong, files = check_shared(a.akushu, folder)
            harness.finish(wrong, f"logs: {files} reference files, {len(DIFFERENCES)} listed differences")
        wrong, files = check_evtx(a.akushu, folder)
        more, forms = check_encodings(a.akushu, folder)
        harness.finish(wrong + more, f"logs: {files} EVTX files, {forms} forms of an ERRORLOG")


if __name__ == "__main__":
    main()
