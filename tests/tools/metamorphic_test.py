#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same traffic written down differently gets the same verdict; a lost packet never makes a new certain finding.

usage: metamorphic_test.py [--akushu PATH] [--only rerender|lost] [--handover] [CASE...]

Rerender: every variant of rerender.py, over every golden capture (of large ones the cheap variants). Verdict: per conversation
protocol, outcome, stage, closed_by, close, version_code, cipher_code; findings as (rule, grade, count).
Lost: every packet of a capture left out once (of large ones every n-th). Allowed: any lower grade, any other finding below certain.
--handover: the same over what `read --write --all --pseudonymize` makes of each capture; first, its verdict is that of the capture itself.
"""
import concurrent.futures
import os
import shutil
import tempfile

import capfile
import harness
import rerender

LARGE = 400         # frames; above this only CHEAP variants and at most LOST_MOST losses
CHEAP = ("pcapng-be", "pcap-ns", "sll2", "ipv6", "ports", "shuffled")
LOST_MOST = 60
# After a hole or a late start akushu finds its place again where a record or packet begins with a segment: moved borders are no equal.
MOVED = ("bytes", "random", "shuffled", "random-shuffled")
# Likewise TLS behind unknown bytes.
NEEDS_BORDERS = ("syn-wire-lost", "syn-wire-midstream", "syn-wire-hello-retry-midstream", "syn-clear-unknown", "syn-clear-undecided", "syn-mirroring",
                 "syn-endpoint", "lab-endpoint")
# Port 5022 is where embedded messages are looked for.
NEEDS_PORTS = ("syn-mirroring", "syn-endpoint", "lab-endpoint")


def workspace():
    return tempfile.mkdtemp(prefix="akushu-meta-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)


def plan(case, frames):
    variants = CHEAP if len(frames) > LARGE else tuple(rerender.VARIANTS)
    return [v for v in variants if not (v in MOVED and case.startswith(NEEDS_BORDERS)) and not (v == "ports" and case.startswith(NEEDS_PORTS))]


def differences(before, after):
    out = []
    if len(before[0]) != len(after[0]):
        out.append(f"{len(after[0])} conversations, expected {len(before[0])}")
    for number, (old, new) in enumerate(zip(before[0], after[0]), 1):
        if old != new:
            out.append(f"#{number} is {' '.join(map(str, new))}, expected {' '.join(map(str, old))}")
    if before[1] != after[1]:
        lost, extra = before[1] - after[1], after[1] - before[1]
        out.append(f"findings lost {sorted(lost)}, new {sorted(extra)}")
    return out[:4]


def written(binary, path, folder):
    """The capture as it is handed over."""
    out = os.path.join(folder, "handover.pcapng")
    harness.run(binary, "read", "--format=jsonl", "--output=/dev/null", "--all", "--pseudonymize", "--key=metamorphic", f"--write={out}", path)
    return out


def rerender_case(binary, case, handover=False):
    """(number of runs, failures) of all variants of one capture."""
    path, runs, wrong, folder = harness.capture(case), 0, [], workspace()
    reader = harness.Reader(binary)
    try:
        if handover:
            original, path = harness.verdict(reader.read(path)), written(binary, path, folder)
        frames = capfile.read(path)
        before = harness.verdict(reader.read(path))
        if handover:
            runs += 1
            wrong += [f"{case} handed over: {x}" for x in differences(original, before)]
        for variant in plan(case, frames):
            out = os.path.join(folder, variant + (".pcapng" if "pcapng" in variant else ".pcap"))
            rerender.render(variant, frames, out)
            runs += 1
            try:
                after = harness.verdict(reader.read(out))
            except Exception as error:
                wrong.append(f"{case} {variant}: {error}")
                continue
            wrong += [f"{case} {variant}: {x}" for x in differences(before, after)]
            os.unlink(out)
    finally:
        reader.close()
        shutil.rmtree(folder)
    return runs, wrong


def certain(objects):
    return {o["rule"]["id"] for o in harness.findings(objects) if o["akushu"]["grade"] == "certain"}


def lost_case(binary, case, handover=False):
    """(number of runs, failures) of leaving out each packet once."""
    path, runs, wrong, folder = harness.capture(case), 0, [], workspace()
    reader = harness.Reader(binary)
    try:
        if handover:
            path = written(binary, path, folder)
        frames = capfile.read(path)
        allowed = certain(reader.read(path))
        step = max(1, -(-len(frames) // LOST_MOST)) if len(frames) > LARGE else 1
        out = os.path.join(folder, "lost.pcap")
        for gone in range(0, len(frames), step):
            capfile.write_pcap(out, frames[:gone] + frames[gone + 1:])
            runs += 1
            try:
                new = certain(reader.read(out)) - allowed
            except Exception as error:
                wrong.append(f"{case} without packet {gone + 1}: {error}")
                continue
            if new:
                wrong.append(f"{case} without packet {gone + 1}: newly certain {', '.join(sorted(new))}")
    finally:
        reader.close()
        shutil.rmtree(folder)
    return runs, wrong


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("--only", choices=("rerender", "lost"))
    ap.add_argument("--handover", action="store_true")
    ap.add_argument("cases", nargs="*", metavar="CASE")
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    cases = a.cases or harness.share_of(harness.captures(), a.share)
    cases.sort(key=lambda c: -os.path.getsize(harness.capture(c)))
    with concurrent.futures.ProcessPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
        jobs = {}
        if a.only != "lost":
            jobs["rerender"] = [pool.submit(rerender_case, a.akushu, c, a.handover) for c in cases]
        if a.only != "rerender":
            jobs["lost"] = [pool.submit(lost_case, a.akushu, c, a.handover) for c in cases]
        results = {name: [f.result() for f in futures] for name, futures in jobs.items()}
    failures = [x for parts in results.values() for _, wrong in parts for x in wrong]
    counts = ", ".join(f"{sum(n for n, _ in parts)} {name} runs" for name, parts in results.items())
    harness.finish(failures, f"metamorphic: {len(cases)} captures, {counts}")


if __name__ == "__main__":
    main()
