#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What akushu says of ciphertext, held against the plaintext that tshark decrypts with the recorded key logs.

usage: keylog_test.py [--akushu PATH] [-v]

Of every golden case with a `keylog` (one that holds no secret says that no handshake got as far as keys):
  error 18456 in the decrypted answer    <->  a finding login-refused
  server answers in clear after TLS      <->  akushu.encryption.scope == "login"
  Finished of both sides decrypted       <->  outcome established
Needs tshark (skipped without). At least 60 key logs must have been looked at.
"""
import os
import re
import shutil
import struct
import subprocess
import sys

import capfile
import harness
import rerender

AT_LEAST = 60


def tshark(*args):
    return subprocess.run(["tshark", "-n", *args], capture_output=True, text=True, errors="replace").stdout


def has_secret(path):
    with open(path, encoding="ascii") as f:
        return any(line.strip() and not line.startswith("#") for line in f)


def server_end(path):
    """(port, True when the client's first bytes are TLS) of the first connection."""
    pairs = rerender.segments(capfile.read(path))
    port = pairs[0][1].dport
    first = next((s.payload[0] for _, s in pairs if s.payload and s.dport == port), 0)
    return port, first == 0x16


def error_numbers(answer):
    """Numbers of the ERROR tokens in decrypted TDS responses (MS-TDS 2.2.7.10), found by their own length field."""
    numbers, at = set(), answer.find(b"\xaa")
    while at >= 0 and at + 9 <= len(answer):
        length, number = struct.unpack_from("<Hi", answer, at + 1)
        if length + at + 3 <= len(answer) and answer[at + 8] <= 25 and 0 < number < 100000:
            numbers.add(number)
        at = answer.find(b"\xaa", at + 1)
    return numbers


def decrypted(path, keylog):
    """What the plaintext tells: errors, login-only, Finished of both sides."""
    port, strict = server_end(path)
    common = ["-o", f"tls.keylog_file:{keylog}", "-r", path, "-d", f"tcp.port=={port},{'tls' if strict else 'tds'}"]
    rows = tshark(*common, "-T", "fields", "-E", "separator=/t", "-e", "tcp.srcport", "-e", "tls.handshake.type", "-e", "tds.type",
                  "-e", "tls.record.content_type", "-e", "tcp.len")
    finished, clear_answer, application = set(), False, False
    for line in rows.splitlines():
        source, kinds, tds, records, _ = (line + "\t\t\t\t").split("\t")[:5]
        side = "server" if source == str(port) else "client"
        if "20" in kinds.split(",") and (strict or "18" in tds.split(",")):
            finished.add(side)
        application |= "23" in records.split(",") and side == "client"
        clear_answer |= application and side == "server" and "4" in tds.split(",") and not records
    text = tshark("-q", *common, "-z", "follow,tls,raw,0")
    answer = b"".join(bytes.fromhex(m) for m in re.findall(r"^\t([0-9a-f]+)$", text, re.M))
    return {"login refused": 18456 in error_numbers(answer), "login-only encryption": clear_answer,
            "established": finished == {"client", "server"}}


def told(objects):
    first = harness.conversations(objects)[0]["akushu"]
    refused = any(o["rule"]["id"] == "login-refused" and 1 in o["akushu"].get("samples", []) for o in harness.findings(objects))
    return {"login refused": refused, "login-only encryption": (first.get("encryption") or {}).get("scope") == "login",
            "established": first["outcome"] == "established"}


def check(job):
    binary, case = job
    path, keylog = harness.capture(case), os.path.join(harness.GOLDEN, case, "keylog")
    if has_secret(keylog):
        want = decrypted(path, keylog)
    else:
        want = {"login refused": False, "login-only encryption": False, "established": False}
    have = told(harness.read(binary, path))
    return want, [f"{case}: {k}: plaintext says {want[k]}, akushu {have[k]}" for k in want if want[k] != have[k]]


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("-v", action="store_true")
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    if not shutil.which("tshark"):
        print("tshark: absent, skipped")
        sys.exit(harness.SKIP)
    cases = [c for c in harness.cases() if os.path.exists(os.path.join(harness.GOLDEN, c, "keylog"))]
    results = harness.pool(check, [(a.akushu, c) for c in cases])
    failures = [x for _, wrong in results for x in wrong]
    if len(cases) < AT_LEAST:
        failures.append(f"only {len(cases)} key logs, expected {AT_LEAST}")
    if a.v:
        for case, (want, _) in zip(cases, results):
            print(case, want)
    counts = ", ".join(f"{sum(w[k] for w, _ in results)} {k}" for k in ("established", "login-only encryption", "login refused"))
    harness.finish(failures, f"{len(cases)} key logs: {counts}")


if __name__ == "__main__":
    main()
