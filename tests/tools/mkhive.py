#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a registry hive from a text, for golden cases that need what an export does not hold: last writes, sequence numbers.

usage: mkhive.py CASE/NAME.hive.txt...        writes CASE/NAME.hiv

The text, one statement a line (# comments):
  written TIME                of the hive's header: 2024-05-01T12:00:00Z
  dirty                       the second sequence number is behind the first
  key PATH [TIME]             a key below the hive's root; its parents are made as needed
  dword NAME NUMBER · text NAME VALUE... · time NAME TIME · list NAME A,B,C       values of the last key
"""
import datetime
import os
import shlex
import struct
import sys

NONE = 0xFFFFFFFF
SZ, BINARY, DWORD, MULTI = 1, 3, 4, 7


def filetime(text):
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    return int(moment.timestamp()) * 10_000_000 + 116_444_736_000_000_000


class Key:
    def __init__(self, name):
        self.name, self.time, self.keys, self.values = name, 0, {}, []

    def below(self, path):
        key = self
        for part in path.split("\\"):
            key = key.keys.setdefault(part.upper(), Key(part))
        return key


class Hive:
    def __init__(self):
        self.cells = bytearray()

    def cell(self, data):
        at = 32 + len(self.cells)
        size = (4 + len(data) + 7) // 8 * 8
        self.cells += struct.pack("<i", -size) + data + bytes(size - 4 - len(data))
        return at

    def value(self, name, kind, data):
        small = len(data) <= 4
        where = int.from_bytes(data.ljust(4, b"\0"), "little") if small else self.cell(data)
        raw = name.encode("latin-1")
        return self.cell(struct.pack("<2sHIIIHH", b"vk", len(raw), len(data) | (0x80000000 if small else 0), where, kind, 1, 0) + raw)

    def key(self, key, parent, root):
        raw = key.name.encode("latin-1")
        at = self.cell(bytes(76 + len(raw)))
        values = [self.value(*v) for v in key.values]
        keys = [self.key(key.keys[n], at, False) for n in sorted(key.keys)]
        value_list = self.cell(struct.pack(f"<{len(values)}I", *values)) if values else NONE
        key_list = self.cell(struct.pack(f"<2sH{len(keys)}I", b"li", len(keys), *keys)) if keys else NONE
        body = struct.pack("<2sHQIIIIIIIIIIIIIIIHH", b"nk", 0x2C if root else 0x20, key.time, 0, parent, len(keys), 0, key_list, NONE,
                           len(values), value_list, NONE, NONE, 0, 0, 0, 0, 0, len(raw), 0)
        self.cells[at - 32 + 4:at - 32 + 4 + len(body) + len(raw)] = body + raw
        return at


def build(lines):
    root, time, dirty, at = Key("ROOT"), 0, False, None
    for line in lines:
        words = shlex.split(line, comments=True, posix=False)
        words = [w[1:-1] if len(w) > 1 and w[0] == w[-1] == '"' else w for w in words]
        if not words:
            continue
        if words[0] == "written":
            time = filetime(words[1])
        elif words[0] == "dirty":
            dirty = True
        elif words[0] == "key":
            at = root.below(words[1])
            at.time = filetime(words[2]) if len(words) > 2 else time
        elif words[0] == "dword":
            at.values.append((words[1], DWORD, struct.pack("<I", int(words[2], 0))))
        elif words[0] == "text":
            at.values.append((words[1], SZ, (" ".join(words[2:]) + "\0").encode("utf-16-le")))
        elif words[0] == "time":
            at.values.append((words[1], BINARY, struct.pack("<Q", filetime(words[2]))))
        elif words[0] == "list":
            at.values.append((words[1], MULTI, ("\0".join(words[2].split(",")) + "\0\0").encode("utf-16-le")))
        else:
            raise SystemExit(f"what is '{words[0]}'?")
    hive = Hive()
    first = hive.key(root, NONE, True)
    size = (32 + len(hive.cells) + 4095) // 4096 * 4096
    rest = size - 32 - len(hive.cells)
    if rest:
        hive.cells += struct.pack("<i", rest) + bytes(rest - 4)
    head = struct.pack("<4sIIQIIIIIII", b"regf", 2 if dirty else 1, 1, time, 1, 5, 0, 1, first, size, 1).ljust(508, b"\0")
    check = 0
    for word in struct.unpack("<127I", head):
        check ^= word
    head += struct.pack("<I", check if check not in (0, NONE) else check ^ 1)
    return head.ljust(4096, b"\0") + struct.pack("<4sIIQQI", b"hbin", 0, size, 0, time, 0) + bytes(hive.cells)


def main():
    for path in sys.argv[1:]:
        if not path.endswith(".hive.txt"):
            raise SystemExit(__doc__)
        with open(path, encoding="utf-8") as f:
            data = build(f.read().splitlines())
        with open(os.path.join(path[:-len(".hive.txt")] + ".hiv"), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main()
