#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Evidence that got worse must not name another cause: every case folder (tests/golden/case-*) is read again with shuffled names, without
each of its sources, with a clock two hours wrong, with a trace that was cut, and with hives whose last writes are missing.

usage: case_test.py [--akushu PATH] [CASE...]

No finding's rule may be new, and no grade may be higher than in the whole case. Exceptions:
- What the whole case explains away or calls a rival (`explains`, `rivals`) may come forth, at most `possible`.
- The wider form of the cause (WIDER) may come forth, at most `likely`: that a client has no version in common with the server stays true
  when it is no longer known that its driver is the reason.
- A finding that is merely `possible` may be new when its own rivals name the right rule: an event that several causes have.
- dirty-hive speaks of the evidence itself.
- Where evidence contradicts, what speaks against a finding may be what is missing: then it may be `likely`.
With shuffled names all must stay as it is.
"""
import json
import os
import random
import shutil
import struct
import tempfile

import harness

WIDER = {
    "driver-too-old": "no-common-version",
    "dotnet-strong-crypto-missing": "no-common-version",
    "server-build-too-old": "no-common-version",
    "service-requires-tls12": "no-common-version",
    "rsa-key-exchange-disabled": "no-common-suite",
    "cluster-nodes-differ": "no-common-suite",
    "accept-starvation": "no-answer",
}

TWO_HOURS = 7200
DIRTY = 8  # offset of a hive's second sequence number


def read(binary, folder, options=()):
    return harness.findings(harness.read(binary, folder, options=options))


def verdicts(findings):
    """The highest grade of each rule."""
    best = {}
    for f in findings:
        grade = harness.GRADES[f["akushu"]["grade"]]
        best[f["rule"]["id"]] = max(best.get(f["rule"]["id"], 0), grade)
    return best


def named(findings):
    """Rules that the whole case names beside its findings."""
    names = set()
    for f in findings:
        names |= set(f["akushu"].get("explains", [])) | set(f["akushu"].get("rivals", []))
    return names


def files(folder):
    return sorted(os.path.join(top, name) for top, _, names in os.walk(folder) for name in names)


def pcap_records(data):
    """Offset and captured length of each record; nanosecond captures have the same layout."""
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(data):
        kept = struct.unpack_from(order + "I", data, at + 8)[0]
        yield order, at, kept
        at += 16 + kept


def change(folder, ending, how):
    changed = False
    for path in files(folder):
        if not path.endswith(ending):
            continue
        with open(path, "rb") as f:
            data = how(bytearray(f.read()))
        with open(path, "wb") as f:
            f.write(data)
        changed = True
    return changed


def shift_trace(data):
    for order, at, _ in pcap_records(data):
        struct.pack_into(order + "I", data, at, struct.unpack_from(order + "I", data, at)[0] + TWO_HOURS)
    return data


def cut_trace(share):
    return lambda data: data[:24 + int((len(data) - 24) * share)]


def snap_trace(length):
    def snap(data):
        out = bytearray(data[:24])
        for order, at, kept in pcap_records(data):
            less = min(kept, length)
            out += data[at:at + 8] + struct.pack(order + "I", less) + data[at + 12:at + 16 + less]
        return out
    return snap


def dirty(data):
    struct.pack_into("<I", data, DIRTY, struct.unpack_from("<I", data, DIRTY - 4)[0] - 1)
    check = 0
    for word in struct.unpack_from("<127I", data, 0):
        check ^= word
    struct.pack_into("<I", data, 508, check if check not in (0, 0xFFFFFFFF) else check ^ 1)
    return data


def shuffle(folder, seed):
    """Other names for all files and folders, so that they are read in another order. A name says nothing but the ending of a log of a hive."""
    rng = random.Random(seed)
    for top, folders, names in os.walk(folder, topdown=False):
        for name in sorted(names) + sorted(folders):
            os.rename(os.path.join(top, name), os.path.join(top, f"{rng.randrange(1 << 30):08x}"))


class Case:
    def __init__(self, binary, case):
        self.binary, self.case = binary, case
        self.evidence = os.path.join(harness.GOLDEN, case, "evidence")
        self.whole = read(binary, self.evidence)
        self.want, self.allowed = verdicts(self.whole), named(self.whole)
        self.disputed = {f["rule"]["id"] for f in self.whole
                         if any(e["fact"].startswith("contradiction:") for e in f["akushu"]["evidence"])}
        self.wrong, self.readings = [], 0

    def look(self, what, worsen, same=False):
        with tempfile.TemporaryDirectory() as temporary:
            folder = os.path.join(temporary, "evidence")
            shutil.copytree(self.evidence, folder)
            if worsen(folder) is False:
                return
            got = read(self.binary, folder)
        self.readings += 1
        best = verdicts(got)
        if same and best != self.want:
            self.wrong.append(f"{self.case}: {what}: {best} instead of {self.want}")
        for rule, grade in best.items():
            if grade > self.limit(rule, got):
                self.wrong.append(f"{self.case}: {what}: {rule} {grade}, the whole case has {self.limit(rule, got)}")

    def limit(self, rule, got):
        if rule in self.want:
            return max(self.want[rule], harness.GRADES["likely"] if rule in self.disputed else 0)
        if rule in self.allowed:
            wider = any(WIDER.get(w) == rule for w in self.want)
            return harness.GRADES["likely" if wider else "possible"]
        rivals = set.intersection(*(set(f["akushu"].get("rivals", [])) for f in got if f["rule"]["id"] == rule))
        if rivals & set(self.want):
            return harness.GRADES["possible"]
        return harness.GRADES["certain"] if rule == "dirty-hive" else 0

    def run(self):
        for seed in range(3):
            self.look(f"shuffled names {seed}", lambda folder: shuffle(folder, seed), same=True)
        for path in files(self.evidence):
            part = os.path.relpath(path, self.evidence)
            self.look(f"without {part}", lambda folder: os.unlink(os.path.join(folder, part)))
        for side in sorted(n for n in os.listdir(self.evidence) if os.path.isdir(os.path.join(self.evidence, n))):
            self.look(f"without {side}/", lambda folder: shutil.rmtree(os.path.join(folder, side)))
        self.look("clock two hours wrong", lambda folder: change(folder, ".pcap", shift_trace))
        for share in (0.3, 0.5, 0.7, 0.9):
            self.look(f"trace cut at {share}", lambda folder: change(folder, ".pcap", cut_trace(share)))
            self.look(f"Network Monitor file cut at {share}", lambda folder: change(folder, ".cap", cut_trace(share)))
        for length in (54, 96, 160):
            self.look(f"snapshot length {length}", lambda folder: change(folder, ".pcap", snap_trace(length)))
        self.look("dirty hives", lambda folder: change(folder, ".hiv", dirty))
        return self.wrong, self.readings


def check(binary, name):
    try:
        return Case(binary, name).run()
    except (harness.Crash, ValueError, OSError, json.JSONDecodeError) as error:
        return [f"{name}: {error}"], 0


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("cases", nargs="*", metavar="CASE")
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    names = a.cases or [c for c in harness.cases() if c.startswith("case-")]
    results = harness.pool(lambda c: check(a.akushu, c), names)
    failures = [x for wrong, _ in results for x in wrong]
    if not a.cases and len(names) < 40:
        failures.append(f"only {len(names)} case folders")
    harness.finish(failures, f"{len(names)} cases, {sum(n for _, n in results)} readings of worse evidence")


if __name__ == "__main__":
    main()
