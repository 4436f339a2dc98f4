#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the zip archives of golden cases.

usage: mkzip.py CASE_FOLDER...         from zip.txt to the folder evidence/

zip.txt, one statement a line (# comments; a blank in a name is written as \\_):
  zip FILE                              begins an archive
  member NAME SOURCE [WORD...]          from a file, named from the folder of the golden cases
  text NAME TEXT [WORD...]              from a text
  claim NAME BYTES                      a member of no bytes that says it had so many
  copies NAME N BYTES                   N members, NAME0 and so on, which all lie upon one: BYTES zeros, deflated
  cut BYTES                             the archive ends so much earlier
  inner NAME                            a member that is an archive itself, an empty one
  copy FILE SOURCE                      a file beside it
WORD: stored (deflated is usual) · cp932 · zip64 · encrypted · spoilt (its checksum is wrong) · method=N

Dates are those of 1980, so the same zip.txt gives the same bytes.
"""
import os
import shutil
import struct
import sys
import zlib

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")
DATE = 0x00210000


class Archive:
    def __init__(self, path):
        self.path, self.body, self.entries, self.cut, self.zip64 = path, b"", [], 0, False

    def add(self, name, data, words=(), claim=None, at=None):
        method = 0 if "stored" in words else 8
        packed = data
        if method == 8:
            squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
            packed = squeeze.compress(data) + squeeze.flush()
        for word in words:
            if word.startswith("method="):
                method = int(word[7:])
        raw = name.encode("cp932" if "cp932" in words else "utf-8")
        flags = ("encrypted" in words) | (0x800 if "cp932" not in words and not name.isascii() else 0)
        zip64 = "zip64" in words or (claim or 0) > 0xffffffff
        self.zip64 = self.zip64 or zip64
        size = len(data) if claim is None else claim
        crc = zlib.crc32(data) ^ ("spoilt" in words)
        extra = struct.pack("<HHQQ", 1, 16, size, len(packed)) if zip64 else b""
        short = (0xffffffff, 0xffffffff) if zip64 else (len(packed), size)
        common = struct.pack("<HHIIIIHH", flags, method, DATE, crc, *short, len(raw), len(extra))
        place = len(self.body) if at is None else at
        if at is None:
            self.body += b"PK\3\4" + struct.pack("<H", 45) + common + raw + extra + packed
        self.entries.append(b"PK\1\2" + struct.pack("<HH", 45, 45) + common + struct.pack("<HHHII", 0, 0, 0, 0, place) + raw + extra)
        return place

    def write(self):
        start, directory, n = len(self.body), b"".join(self.entries), len(self.entries)
        end = start + len(directory)
        out = self.body + directory
        if self.zip64:
            out += b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, n, n, len(directory), start)
            out += b"PK\6\7" + struct.pack("<IQI", 0, end, 1)
        few = (0xffff, 0xffff, 0xffffffff, 0xffffffff) if self.zip64 else (n, n, len(directory), start)
        out += b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, *few, 0)
        with open(self.path, "wb") as f:
            f.write(out[:len(out) - self.cut])


def read(source):
    with open(os.path.join(GOLDEN, source), "rb") as f:
        return f.read()


def make(folder):
    out, archive = os.path.join(folder, "evidence"), None
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    with open(os.path.join(folder, "zip.txt"), encoding="utf-8") as f:
        lines = [line.split("#")[0].split() for line in f]
    for words in filter(None, lines):
        words = [w.replace("\\_", " ") for w in words]
        if words[0] in ("zip", "copy") and archive and words[0] == "zip":
            archive.write()
        if words[0] == "zip":
            archive = Archive(os.path.join(out, words[1]))
        elif words[0] == "copy":
            with open(os.path.join(out, words[1]), "wb") as f:
                f.write(read(words[2]))
        elif words[0] == "member":
            archive.add(words[1], read(words[2]), words[3:])
        elif words[0] == "text":
            archive.add(words[1], words[2].encode(), words[3:])
        elif words[0] == "inner":
            archive.add(words[1], b"PK\5\6" + bytes(18), words[2:])
        elif words[0] == "claim":
            archive.add(words[1], b"", ("stored",), int(words[2]))
        elif words[0] == "copies":
            data = bytes(int(words[3]))
            place = archive.add(words[1], data)
            for i in range(1, int(words[2])):
                archive.add(f"{words[1]}{i}", data, at=place)
        elif words[0] == "cut":
            archive.cut = int(words[1])
        else:
            sys.exit(f"{folder}/zip.txt: {words[0]}?")
    if archive:
        archive.write()


for name in sys.argv[1:]:
    make(name)
if len(sys.argv) < 2:
    sys.exit(__doc__)
