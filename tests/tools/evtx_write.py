#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small writer of Windows event logs (EVTX), for tests: what it makes is checked by libevtx (tests/tools/evtx_test.py).

usage: evtx_write.py SCRIPT OUT.evtx

A script has one event a line (# comments):
  2024-05-01T03:00:00.5Z Schannel 36888 SQL01.example.com AlertDesc=40 ErrorState=1205
  2024-05-01T03:00:00Z Schannel 36880 SQL01 userdata Type=server Protocol="TLS 1.2" CipherSuite=0xc030
  2024-05-01T03:00:00Z MSSQLSERVER 17806 SQL01 8009030c 14 "" " [CLIENT: 10.0.0.1]"      values without names
Words: time, provider, number, computer, then data. `userdata` writes UserData/EventXML, `plain` writes elements without a template (as forwarded
events have them).
"""
import calendar
import re
import shlex
import struct
import sys
import time
import zlib

CHUNK, HEADER, RECORDS = 65536, 4096, 512
TEXT, U16, U32, U64, FILETIME, XML = 0x01, 0x06, 0x08, 0x0A, 0x11, 0x21
NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
SYSTEM_CHANNELS = {"Schannel": "System", "Service Control Manager": "System"}


def filetime(text):
    whole, fraction = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z", text).groups()
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return (seconds + 11644473600) * 10000000 + int(((fraction or "") + "0" * 7)[:7])


def utf16(text):
    return text.encode("utf-16-le")


def name_hash(text):
    value = 0
    for unit in struct.unpack(f"<{len(utf16(text)) // 2}H", utf16(text)):
        value = (value * 65599 + unit) & 0xFFFFFFFF
    return value & 0xFFFF


class Body:
    """Binary XML that will stand at `base` in its chunk: names are written where they are used."""

    def __init__(self, base, dependencies):
        self.base, self.dependencies, self.out = base, dependencies, bytearray()

    def here(self):
        return self.base + len(self.out)

    def name(self, text):
        self.out += struct.pack("<I", self.here() + 4)
        self.out += struct.pack("<IHH", 0, name_hash(text), len(utf16(text)) // 2) + utf16(text) + b"\0\0"

    def literal(self, text):
        self.out += struct.pack("<BBH", 0x05, TEXT, len(utf16(text)) // 2) + utf16(text)

    def value(self, value):
        """A text, or (number of the substitution, its type)."""
        if isinstance(value, str):
            self.literal(value)
        else:
            self.out += struct.pack("<BHB", 0x0E, value[0], value[1])

    def element(self, name, attributes=(), content=()):
        """content: a value, or functions that write children."""
        self.out += bytes([0x41 if attributes else 0x01]) + (b"\xff\xff" if self.dependencies else b"")
        size_at = len(self.out)
        self.out += bytes(4)
        self.name(name)
        if attributes:
            list_at = len(self.out)
            self.out += bytes(4)
            for i, (key, value) in enumerate(attributes):
                self.out += bytes([0x46 if i + 1 < len(attributes) else 0x06])
                self.name(key)
                self.value(value)
            struct.pack_into("<I", self.out, list_at, len(self.out) - list_at - 4)
        if content == ():
            self.out += b"\x03"
        else:
            self.out += b"\x02"
            if isinstance(content, list):
                for child in content:
                    child()
            else:
                self.value(content)
            self.out += b"\x04"
        struct.pack_into("<I", self.out, size_at, len(self.out) - size_at - 4)


class Event:
    def __init__(self, when, provider, number, computer, data, userdata=False, plain=False):
        self.when, self.provider, self.number, self.computer = filetime(when), provider, int(number), computer
        self.data, self.userdata, self.plain = data, userdata, plain
        self.channel = SYSTEM_CHANNELS.get(provider, "Application")

    def system(self, body, values, record):
        """The System element; values: substitutions, or None for literals."""
        def one(text, kind):
            return (values.index(kind), kind[1]) if values else text
        children = [
            lambda: body.element("Provider", [("Name", one(self.provider, ("provider", TEXT)))]),
            lambda: body.element("EventID", [("Qualifiers", one("0", ("qualifiers", U16)))], one(str(self.number), ("id", U16))),
            lambda: body.element("Level", (), one("2", ("level", U16))),
            lambda: body.element("TimeCreated", [("SystemTime", one(self.iso(), ("time", FILETIME)))]),
            lambda: body.element("EventRecordID", (), one(str(record), ("record", U64))),
            lambda: body.element("Channel", (), one(self.channel, ("channel", TEXT))),
            lambda: body.element("Computer", (), one(self.computer, ("computer", TEXT))),
        ]
        body.element("System", (), children)

    def iso(self):
        seconds, rest = divmod(self.when - 11644473600 * 10000000, 10000000)
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:07d}Z"

    def items(self, body, substituted=False):
        data = self.data
        if substituted:
            data = [(name, (i, TEXT)) for i, (name, _) in enumerate(self.data)]
        if self.userdata:
            children = [lambda n=n, v=v: body.element(n, (), v) for n, v in data]
            body.element("UserData", (), [lambda: body.element("EventXML", [("xmlns", "LSA_NS")], children)])
        else:
            body.element("EventData", (), [
                lambda n=n, v=v: body.element("Data", [("Name", n)] if n else (), v) for n, v in data])


ORDER = [("provider", TEXT), ("qualifiers", U16), ("id", U16), ("level", U16), ("time", FILETIME), ("record", U64),
         ("channel", TEXT), ("computer", TEXT), ("data", XML)]


class Chunk:
    def __init__(self, first):
        self.first, self.count, self.newest = first, 0, 0
        self.out = bytearray(RECORDS)
        self.templates = {}

    def instance(self, key, number, at, build, values):
        """A template instance whose token stands at `at`: the definition is written once in a chunk. values: (bytes, type) each."""
        out = bytearray(b"\x0c\x01" + struct.pack("<I", number))
        here = at + len(out) + 4
        out += struct.pack("<I", self.templates.setdefault(key, here))
        if self.templates[key] == here:
            body = Body(here + 24, True)
            body.out += b"\x0f\x01\x01\x00"
            build(body)
            body.out += b"\x00"
            out += struct.pack("<I16sI", 0, b"akushu test tmpl", len(body.out)) + bytes(body.out)
        out += struct.pack("<I", len(values))
        for value, kind in values:
            out += struct.pack("<HBB", len(value), kind, 0)
        return bytes(out), at + len(out)

    def fragment(self, at, event, record):
        """The record's binary XML, which stands at `at`."""
        if event.plain:
            body = Body(at + 4, False)
            body.element("Event", [("xmlns", NAMESPACE)], [lambda: event.system(body, None, record), lambda: event.items(body)])
            return b"\x0f\x01\x01\x00" + bytes(body.out) + b"\x00"

        def outer(body):
            body.element("Event", [("xmlns", NAMESPACE)], [
                lambda: event.system(body, ORDER, 0), lambda: body.value((ORDER.index(("data", XML)), XML))])

        fixed = [utf16(event.provider), struct.pack("<H", 0), struct.pack("<H", event.number & 0xFFFF), struct.pack("<H", 2),
                 struct.pack("<Q", event.when), struct.pack("<Q", record), utf16(event.channel), utf16(event.computer)]
        kinds = [kind for _, kind in ORDER]
        # The outer instance's size does not depend on the size of its last value, which is patched in.
        head, behind = self.instance("outer", 1, at + 4, outer, list(zip(fixed + [b""], kinds)))
        nested_at = behind + sum(map(len, fixed))
        texts = [(utf16(value), TEXT) for _, value in event.data]
        key = (event.userdata, tuple(name for name, _ in event.data))
        nested, _ = self.instance(key, 2 + len(self.templates), nested_at + 4, lambda body: event.items(body, True), texts)
        nested = b"\x0f\x01\x01\x00" + nested + b"".join(t for t, _ in texts) + b"\x00"
        head = bytearray(head)
        struct.pack_into("<H", head, len(head) - 4, len(nested))
        return b"\x0f\x01\x01\x00" + bytes(head) + b"".join(fixed) + nested + b"\x00"

    def add(self, event):
        """False: no room; nothing was added."""
        at, record, templates = len(self.out), self.first + self.count, dict(self.templates)
        body = self.fragment(at + 24, event, record)
        size = (24 + len(body) + 4 + 7) & ~7
        if at + size > CHUNK:
            self.templates = templates
            return False
        self.out += struct.pack("<IIQQ", 0x2A2A, size, record, event.when) + body
        self.out += bytes(at + size - 4 - len(self.out)) + struct.pack("<I", size)
        self.count += 1
        self.newest = at
        return True

    def bytes(self):
        last, free = self.first + self.count - 1, len(self.out)
        head = bytearray(128)
        struct.pack_into("<8sQQQQIIII", head, 0, b"ElfChnk\0", self.first, last, self.first, last, 128, self.newest, free,
                         zlib.crc32(self.out[RECORDS:free]))
        self.out[:128] = head
        for i, offset in enumerate(sorted(self.templates.values())[:32]):
            struct.pack_into("<I", self.out, 384 + 4 * i, offset)
        struct.pack_into("<I", self.out, 124, zlib.crc32(self.out[:120] + self.out[128:RECORDS]))
        return bytes(self.out) + bytes(CHUNK - free)


def file_header(chunks, records):
    head = bytearray(HEADER)
    struct.pack_into("<8sQQQIHHHH", head, 0, b"ElfFile\0", 0, chunks - 1, records + 1, 128, 1, 3, HEADER, chunks)
    struct.pack_into("<I", head, 124, zlib.crc32(head[:120]))
    return bytes(head)


def write(path, events):
    """Writes the events in order; returns their number."""
    chunk, done, records = Chunk(1), [], 0
    with open(path, "wb") as f:
        f.write(bytes(HEADER))
        for event in events:
            if not chunk.add(event):
                f.write(chunk.bytes())
                done.append(chunk.count)
                chunk = Chunk(records + 1)
                if not chunk.add(event):
                    raise ValueError("an event larger than a chunk")
            records += 1
        f.write(chunk.bytes())
        done.append(chunk.count)
        f.seek(0)
        f.write(file_header(len(done), records))
    return records


def parse(line):
    words = shlex.split(line, comments=True)
    when, provider, number, computer, *rest = words
    userdata, plain = "userdata" in rest[:1], "plain" in rest[:1]
    data = []
    for word in rest[userdata or plain:]:
        name, mark, value = word.partition("=")
        data.append((name, value) if mark and re.fullmatch(r"\w+", name) else ("", word))
    return Event(when, provider, number, computer, data, userdata, plain)


def script(lines):
    return [parse(line) for line in lines if line.split("#")[0].strip()]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as f:
        write(sys.argv[2], script(f))


if __name__ == "__main__":
    main()
