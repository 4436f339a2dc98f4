#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every reference hive is read as tests/tools/registry_hives.csv says, and as libhivex reads it: names, types, data, times.

usage: registry_test.py [--tools DIR] [--bless]   (skips when the hives or libhivex are absent)

A row names a hive, its logs (in one word, `+` between them), what its source tells, and how libhivex fares:
  same     its lines equal ours; with logs: its lines of the hive that this script replayed the logs into
  counts   as many keys and values; `why` says what differs
  fewer    it gives up on some keys or values; all it reads is among ours
  refuses  it does not open the hive
  -        not compared, for no hive at all
--bless writes the numbers that were measured; read the difference.
"""
import argparse
import collections
import csv
import lzma
import os
import struct
import subprocess
import sys
import tempfile

import harness

TABLE = os.path.join(harness.ROOT, "tests", "tools", "registry_hives.csv")
TOLD = ["mount", "keys", "values", "dirty", "replayed", "log_entries", "log_pages", "damaged", "damaged_why"]
FOLDERS = ("hivex", "regipy", "yarp", "derived")


def unpacked(path, folder):
    if not path.endswith(".xz"):
        return path
    out = os.path.join(folder, os.path.basename(path)[:-3])
    if not os.path.exists(out):
        with lzma.open(path) as packed, open(out, "wb") as plain:
            plain.write(packed.read())
    return out


def run(*command):
    done = subprocess.run(command, capture_output=True, timeout=300)
    report = done.stderr.decode(errors="replace")
    if "ERROR: " in report or "runtime error" in report or done.returncode < 0:
        raise SystemExit(f"{' '.join(command)}: exit {done.returncode}\n{report[-2000:]}")
    return done.returncode, done.stdout


def checksum(image):
    total = 0
    for word in struct.unpack("<127I", image[:508]):
        total ^= word
    image[508:512] = struct.pack("<I", total)


def entries(log):
    """(sequence, size of bins, [(offset, page)]) of a new log, from the first sequence that its base block names on."""
    at, first = 512, struct.unpack_from("<I", log, 4)[0]
    while log[at:at + 4] == b"HvLE":
        size, _, sequence, bins, count = struct.unpack_from("<5I", log, at + 4)
        places, pages, data = struct.unpack_from(f"<{2 * count}I", log, at + 40), [], at + 40 + 8 * count
        for offset, length in zip(places[::2], places[1::2]):
            pages.append((offset, log[data:data + length]))
            data += length
        if sequence >= first:
            yield sequence, bins, pages
        at += size


def old_pages(log):
    """(size of bins, [(offset, page)]) of an old log."""
    bins = struct.unpack_from("<I", log, 40)[0]
    bits = log[516:516 + bins // 4096]
    at, pages = (516 + len(bits) + 511) // 512 * 512, []
    for page in range(bins // 512):
        if bits[page // 8] >> page % 8 & 1:
            pages.append((page * 512, log[at:at + 512]))
            at += 512
    return bins, pages


def replay(hive, logs):
    """The hive with its logs: written for this test alone, hashes are the reader's to check."""
    image, last = bytearray(hive), None
    secondary = struct.unpack_from("<I", image, 8)[0]
    steps = []
    for log in [x for x in logs if x[512:516] == b"DIRT"]:
        image[:512] = log[:512]
        image[28:32] = bytes(4)
        steps.append((struct.unpack_from("<I", log, 4)[0], *old_pages(log)))
    fresh = sorted(e for log in logs if log[512:516] == b"HvLE" for e in entries(log))
    for sequence, bins, pages in fresh:
        if sequence >= secondary and (last is None or sequence == last + 1):
            steps.append((sequence, bins, pages))
            last = sequence
    for sequence, bins, pages in steps:
        image.extend(bytes(max(0, 4096 + bins - len(image))))
        for offset, page in pages:
            image[4096 + offset:4096 + offset + len(page)] = page
        image[4:12] = struct.pack("<2I", sequence, sequence)
        image[40:44] = struct.pack("<I", bins)
    checksum(image)
    return bytes(image)


def counts(lines):
    return sum(x.startswith(b"K") for x in lines), sum(x.startswith(b"V") for x in lines)


def compare(how, ours, code, theirs):
    """What is wrong, or None."""
    ours, theirs = ours.splitlines(), theirs.splitlines()
    if how == "-":
        return None
    if how == "refuses":
        return None if code else "libhivex opens it"
    if code:
        return "libhivex does not open it"
    if how == "same":
        at = next((i for i, pair in enumerate(zip(ours, theirs)) if pair[0] != pair[1]), min(len(ours), len(theirs)))
        return None if ours == theirs else f"line {at + 1}: {ours[at:at + 1]} instead of {theirs[at:at + 1]}"
    if how == "counts":
        return None if counts(ours) == counts(theirs) else f"{counts(ours)} keys and values, libhivex has {counts(theirs)}"
    lost = collections.Counter(x for x in theirs if not x.startswith(b"E")) - collections.Counter(ours)
    refused = any(x.startswith(b"E") for x in theirs)
    return None if not lost and refused else f"libhivex has {list(lost)[:3]}, refused: {refused}"


def check(row, a, top, work):
    files = [unpacked(os.path.join(top, name), work) for name in [row["file"], *filter(None, row["logs"].split("+"))]]
    code, told = run(os.path.join(a.tools, "registry_dump"), "source", *files)
    have = dict(line.split("=", 1) for line in told.decode().splitlines())
    have = {name: have.get(name, "") for name in TOLD}
    wrong = [f"{name} {have[name]!r}, expected {row[name]!r}" for name in TOLD if have[name] != row[name]]
    if a.bless:
        row.update(have)
        wrong = []
    _, ours = run(os.path.join(a.tools, "registry_dump"), "lines", *files)
    oracle = files[0]
    if len(files) > 1 and have["replayed"] == "1":
        oracle = os.path.join(work, "replayed")
        data = [open(path, "rb").read() for path in files]
        with open(oracle, "wb") as f:
            f.write(replay(data[0], data[1:]))
    unsafe = "unsafe" if row["hivex"] == "fewer" else "lines"
    different = compare(row["hivex"], ours, *run(os.path.join(a.tools, "hivex_dump"), unsafe, oracle))
    return [f"{row['file']} {row['logs']}: {x}" for x in wrong + ([different] if different else [])]


def unlisted(rows, top):
    named = {name for row in rows for name in [row["file"], *row["logs"].split("+")]}
    for folder in FOLDERS:
        for where, _, names in os.walk(os.path.join(top, folder)):
            for name in names:
                path = os.path.join(where, name)
                short = os.path.relpath(path, top)
                if os.path.getsize(path) and not name.endswith(".reg") and short not in named:
                    yield f"{short}: no row in {os.path.basename(TABLE)}"


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--tools", default=os.path.join(harness.ROOT, "build", "dev", "tests"))
    ap.add_argument("--bless", action="store_true")
    a = ap.parse_args()
    top = harness.need_shared("windows")
    harness.need_binary(os.path.join(a.tools, "registry_dump"))
    harness.need_binary(os.path.join(a.tools, "hivex_dump"))
    with open(TABLE, newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    wrong = list(unlisted(rows, top))
    with tempfile.TemporaryDirectory() as work:
        for row in rows:
            wrong += check(row, a, top, work)
    if a.bless:
        with open(TABLE, "w", newline="", encoding="utf-8") as f:
            writer = csv.DictWriter(f, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    print("\n".join(wrong + [f"registry: {len(rows)} hives: {'FAILED' if wrong else 'ok'}"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
