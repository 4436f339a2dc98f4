#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A capture cut into two files of a ring buffer gives the conversations and findings of the whole, at every packet.

usage: ring_test.py [--akushu PATH] [CASE...] | --trace FILE [--parts N]

Every golden capture is cut at every packet (of large ones at MOST places, of those with thousands of packets at FEW), written as dumpcap names it, and read as two files in the
wrong order. All lines but the summary's count of files must be equal, when frame numbers are counted through both files.
"""
import itertools
import json
import os
import shutil
import subprocess
import tempfile

import capfile
import harness

MOST, FEW, THOUSANDS = 40, 4, 3000
FIRST, SECOND = "ring_00001_20261122100000.pcap", "ring_00002_20261122100001.pcap"


def counted(entry, offsets, here):
    """Frame number through all files of {"frame": n, "file": ...}; `here` is the file where none is named."""
    name = entry.pop("file", here)
    if "frame" in entry:
        entry["frame"] += offsets.get(os.path.basename(name), 0)


def through(o, offsets):
    """A line with frames counted through all files, and without names of files. offsets: name -> frames before that file."""
    a = o["akushu"]
    if a["kind"] == "conversation":
        file = a.pop("file")
        last = a.pop("last_file", file)
        a["frames"] = [n + offsets.get(os.path.basename(name), 0) for n, name in zip(a["frames"], (file, last))]
        for entry in a.get("alerts", []) + a.get("steps", []):
            counted(entry, offsets, file)
    for entry in a.get("evidence", []):
        counted(entry, offsets, "")
    for name in ("files", "joined_files"):
        a.pop(name, None)
    return json.dumps(o, sort_keys=True)


def all_through(objects, offsets):
    return [through(o, offsets) for o in objects]


def places(frames):
    cuts, most = range(1, len(frames)), FEW if len(frames) > THOUSANDS else MOST
    return cuts if len(cuts) <= most else [cuts[i * len(cuts) // most] for i in range(most)]


def ring_case(binary, case):
    """(number of runs, failures) of one capture."""
    runs, wrong = 0, []
    folder = tempfile.mkdtemp(prefix="akushu-ring-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    files = [os.path.join(folder, name) for name in (SECOND, FIRST)]
    reader = harness.Reader(binary)
    try:
        frames = capfile.read(harness.capture(case))
        whole = os.path.join(folder, "whole.pcap")
        capfile.write_pcap(whole, frames, nanoseconds=True)
        expected = all_through(reader.read(whole), {})
        for cut in places(frames):
            capfile.write_pcap(files[1], frames[:cut], nanoseconds=True)
            capfile.write_pcap(files[0], frames[cut:], nanoseconds=True)
            got = reader.read(*files)
            joined = got[-1]["akushu"].get("joined_files")
            runs += 1
            if joined != 1:
                wrong.append(f"{case} cut after {cut}: {joined} files joined")
            elif all_through(got, {SECOND: cut}) != expected:
                wrong.append(f"{case} cut after {cut}: other lines than the whole")
    finally:
        reader.close()
        shutil.rmtree(folder)
    return runs, wrong


def lines(binary, *files):
    with subprocess.Popen([binary, "read", "--format=jsonl", *files], stdout=subprocess.PIPE) as child:
        for line in child.stdout:
            yield json.loads(line)


def ring_of(binary, path, parts):
    """(lines compared, failures): one large capture as a ring buffer of that many files, made by editcap."""
    folder = tempfile.mkdtemp(prefix="akushu-ring-", dir=os.path.join(harness.ROOT, "build"))
    count, wrong = 0, []
    try:
        told = subprocess.run(["capinfos", "-T", "-r", "-m", "-M", "-c", path], capture_output=True, text=True, check=True).stdout
        each = -(-int(told.strip().split(",")[-1]) // parts)
        subprocess.run(["editcap", "-F", "nsecpcap", "-c", str(each), path, os.path.join(folder, "ring.pcap")], check=True)
        names = sorted(os.listdir(folder))
        offsets = {name: i * each for i, name in enumerate(names)}
        for whole, ring in itertools.zip_longest(lines(binary, path), lines(binary, folder)):
            count += 1
            if not whole or not ring or through(whole, {}) != through(ring, offsets):
                wrong.append(f"line {count}: {json.dumps(ring)[:300]}")
        if len(names) != parts or ring["akushu"]["kind"] != "summary":
            wrong.append(f"{len(names)} files made, not {parts}")
    finally:
        shutil.rmtree(folder)
    return count, wrong


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("case", nargs="*")
    ap.add_argument("--trace", help="instead of the golden captures: this one, as a ring buffer of PARTS files")
    ap.add_argument("--parts", type=int, default=20)
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    if a.trace:
        count, wrong = ring_of(a.akushu, a.trace, a.parts)
        return harness.finish(wrong, f"{count} lines of a ring of {a.parts} files")
    cases = a.case or harness.captures()
    results = harness.pool(lambda case: ring_case(a.akushu, case), cases)
    runs = sum(r for r, _ in results)
    return harness.finish([x for _, wrong in results for x in wrong], f"{runs} cuts of {len(cases)} captures")


if __name__ == "__main__":
    raise SystemExit(main())
