#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make a file of another format from a capture: a Windows event trace (.etl), a Network Monitor file (.cap), or ERF (.erf).

usage: mkforeign.py IN.pcap OUT.etl [OPTION...]      mkforeign.py IN.pcap OUT.cap [OPTION...]      mkforeign.py IN.pcap OUT.erf

The packets and their times are those of the input; how they are written is chosen by the options. No recording of a real netsh or
pktmon was at hand: the layouts are those of Windows' headers and of the providers' manifests.

event traces:
  --provider ndis|switch|pktmon|ras    who recorded (netsh trace, the same in a virtual switch, pktmon, remote access)
  --layers N           every packet is seen at N layers of the network stack, 3 us apart (ndis, pktmon)
  --pieces BYTES       packets longer than this become several events, as before Windows 8.1 (ndis)
  --clock qpc|filetime|tsc, --frequency HZ      what the times of events count
  --cpus N             buffers of N processors, whose times overlap; packets go round
  --circular           the file begins in its middle, as a circular trace does
  --buffer BYTES       size of the buffers
  --snap BYTES         packets are cut
  --other N            N events of another provider after every packet
  --extended           events carry an extended item
  --compressed N       every N-th buffer is marked as compressed (and so lost)
  --empty N            N buffers of zeros at the end, as in a preallocated file
  --lost N             the trace says that it lost N events
  --drop N             pktmon says of the N-th packet that Windows dropped it (in another event of the same packet)
  --pointer 4|8        size of pointers on the recording machine
  --link raw           packets without their Ethernet header (WWAN, or pktmon's IP packets)
Network Monitor:
  --version 1.1|2.0|2.1|2.2|2.3
  --process ID,LOCAL,REMOTE,PATH    a row of the process table: addresses as 192.0.2.5:50123 (may be repeated; 2.2 and later)
  --metadata           a frame without a packet stands before the others (2.1 and later)
  --backward           the frames lie in the file in the opposite order (the table puts them right)
"""
import argparse
import ipaddress
import os
import struct
import sys
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import capfile  # noqa: E402

EPOCH = 116444736000000000  # 1970 in Windows' units of 100 ns since 1601
NDIS = uuid.UUID("2ED6006E-4729-4609-B423-3EE7BCD678EF").bytes_le
PKTMON = uuid.UUID("4D4F80D9-C8BD-4D73-BB5B-19C90402C5AC").bytes_le
RAS = uuid.UUID("D84521F7-2235-4237-A7C0-14E3A9676286").bytes_le
OTHER = uuid.UUID("2F07E2EE-15DB-40F1-90EF-9D7BA282188A").bytes_le  # Microsoft-Windows-TCPIP
ETHERNET, WIRELESS_WAN, START, END, SEND = 1, 0x200, 0x40000000, 0x80000000, 0x100000000
BUFFER_HEADER = 72


def filetime(ns):
    return EPOCH + ns // 100


# ---------------------------------------------------------------- event traces

class Trace:
    def __init__(self, a, frames):
        self.a, self.frames = a, frames
        self.begin = frames[0].ns - 1_000_000_000
        self.frequency = {"qpc": a.frequency, "filetime": 10_000_000, "tsc": 2_400_000_000}[a.clock]

    def count(self, ns):
        """The clock's count at a moment."""
        if self.a.clock == "filetime":
            return filetime(ns)
        return 123_456_789_012 + (ns - self.begin) * self.frequency // 1_000_000_000

    def event(self, provider, number, keyword, ns, data, thread=4711):
        extra = struct.pack("<HHHH", 0, 1, 0, 10) + b"e" * 10 + b"\0" * 6 if self.a.extended else b""
        size = 80 + len(extra) + len(data)
        flags = 0x40 | (1 if extra else 0)
        head = struct.pack("<HBBHHIIQ", size, 19, 0xC0, flags, 0, thread, 4, self.count(ns)) + provider
        head += struct.pack("<HBBBBHQ", number, 0, 16, 4, 0, 0, keyword) + bytes(8) + bytes(16)
        return head + extra + data

    def packet(self, index, frame):
        """The events of one packet."""
        a, data = self.a, frame.data
        thread = 4711 + index % 3
        if a.link == "raw":
            data = data[14:]
        cut = data[:a.snap] if a.snap else data
        if a.provider == "pktmon":
            kind = 3 if a.link == "raw" else 1
            for layer in range(a.layers):
                number = 170 if a.drop and index + 1 == a.drop and layer == a.layers - 1 else 160
                head = struct.pack("<QHHHHHHHIIHH", (1 << 48) + index // 2, index % 2 + 1, layer + 1, 2, kind, 30 + layer, 1, 0,
                                   602 if number == 170 else 0, 0, len(data), len(cut))
                yield self.event(PKTMON, number, 0x10, frame.ns + layer * 3000, head + cut, thread)
            return
        if a.provider == "ras":
            text = "{00000000-0000-0000-0000-000000000000}\0user\0".encode("utf-16-le")
            yield self.event(RAS, 5001 + index % 2, 0, frame.ns, text + struct.pack("<I", len(cut)) + cut, thread)
            return
        media = WIRELESS_WAN if a.link == "raw" else ETHERNET
        step = a.pieces or max(len(cut), 1)
        pieces = [cut[at:at + step] for at in range(0, max(len(cut), 1), step)]
        for layer in range(a.layers):
            for i, piece in enumerate(pieces):
                keyword = media | SEND | (START if i == 0 else 0) | (END if i == len(pieces) - 1 else 0)
                if a.provider == "switch":
                    body = struct.pack("<III", 9, 9, 3 + layer) + "port\0nic\0External\0".encode("utf-16-le")
                    body += struct.pack("<I", 1) + bytes(8) + struct.pack("<I", len(piece)) + piece + struct.pack("<I", 8) + bytes(8)
                    yield self.event(NDIS, 1003, keyword | 0x1000000, frame.ns + layer * 3000, body, thread)
                else:
                    body = struct.pack("<III", 9, 20 + layer, len(piece)) + piece
                    yield self.event(NDIS, 1001, keyword, frame.ns + layer * 3000, body, thread)

    def header(self, buffers):
        a, last = self.a, self.frames[-1].ns
        clock = {"qpc": 1, "filetime": 2, "tsc": 3}[a.clock]
        body = struct.pack("<IIIIQIIIIIIII", a.buffer, 0x0501000A, 19041, a.cpus, filetime(last), 156250, 250, 2 if a.circular else 1,
                           buffers, 1, a.pointer, a.lost, 2400)
        body += bytes(2 * a.pointer) + bytes(172)
        body += b"\0" * (-(len(body) + 32) % 8)
        body += struct.pack("<QQQII", filetime(self.begin) - 10**10, self.frequency, filetime(self.begin), clock, 0)
        body += "akushu\0C:\\t\\n.etl\0".encode("utf-16-le")
        return struct.pack("<HBBHHIIQQ", 2, 1 if a.pointer == 4 else 2, 0xC0, 32 + len(body), 0, 4711, 4, self.count(self.begin), 0) + body

    def buffer(self, records, cpu, sequence, flags=1):
        body = b"".join(r + b"\0" * (-len(r) % 8) for r in records)
        used = BUFFER_HEADER + len(body)
        head = struct.pack("<IIIIQQQBBHIIHH", self.a.buffer, used, used, 0, 0, sequence, 0, cpu, 0, 40, 3, used, flags, 4) + bytes(16)
        return (head + body).ljust(self.a.buffer, b"\xff")

    def write(self):
        a = self.a
        room = a.buffer - BUFFER_HEADER
        full, open_ = [], {cpu: [] for cpu in range(a.cpus)}

        def put(cpu, record):
            size = len(record) + -len(record) % 8
            if size > room:
                raise SystemExit(f"an event of {size} bytes does not fit in a buffer of {a.buffer}")
            if sum(len(r) + -len(r) % 8 for r in open_[cpu]) + size > room:
                full.append((cpu, open_[cpu]))
                open_[cpu] = []
            open_[cpu].append(record)

        for index, frame in enumerate(self.frames):
            cpu = index % a.cpus
            for record in self.packet(index, frame):
                put(cpu, record)
            for n in range(a.other):
                put(cpu, self.event(OTHER, 1002 + n, 0, frame.ns, b"not a packet", 4711))
        full += [(cpu, open_[cpu]) for cpu in reversed(range(a.cpus)) if open_[cpu]]
        if a.circular:
            full = full[len(full) // 2:] + full[:len(full) // 2]
        out = [self.buffer([self.header(len(full) + 1)], 0, 0)]
        for i, (cpu, records) in enumerate(full):
            flags = 1 | (0x40 if a.compressed and i % a.compressed == a.compressed - 1 else 0)
            out.append(self.buffer(records, cpu, i + 1, flags))
        return b"".join(out) + bytes(a.buffer * a.empty)


# ---------------------------------------------------------------- Network Monitor

def endpoint(text):
    host, port = text.rsplit(":", 1)
    return ipaddress.ip_address(host.strip("[]")), int(port)


def process_row(text):
    number, local, remote, path = text.split(",", 3)
    (here, here_port), (there, there_port) = endpoint(local), endpoint(remote)
    name = (path + "\0").encode("utf-16-le")
    row = struct.pack("<I", len(name)) + name + struct.pack("<I", 3) + b"ico"
    row += struct.pack("<IHHHHI", int(number), here_port, 0, there_port, 0, int(here.version == 6))
    return row + here.packed.ljust(16, b"\0") + there.packed.ljust(16, b"\0")


def system_time(ns):
    import datetime
    t = datetime.datetime.fromtimestamp(ns // 1_000_000_000, datetime.timezone.utc)
    return struct.pack("<8H", t.year, t.month, (t.weekday() + 1) % 7, t.day, t.hour, t.minute, t.second, ns % 1_000_000_000 // 1_000_000)


def netmon(a, frames):
    major, minor = map(int, a.version.split("."))
    links = {capfile.LINK_ETHERNET: 1, capfile.LINK_RAW: 9}
    begin = frames[0].ns - frames[0].ns % 1_000_000
    records = []
    if a.metadata and (major, minor) >= (2, 1):
        records.append((begin, b"\x01\0\0\0", 4, 0xFFFB))
    for f in frames:
        records.append((f.ns, f.data[:a.snap] if a.snap else f.data, f.wire, links.get(f.link, 0xE000 + f.link)))
    blobs = []
    for ns, data, wire, network in records:
        if major == 1:
            blob = struct.pack("<IHH", (ns - begin) // 1_000_000, wire, len(data)) + data
        else:
            blob = struct.pack("<QII", (ns - begin) // 1000, wire, len(data)) + data
            blob += struct.pack("<H", network) if minor >= 1 else b""
            blob += struct.pack("<I", 0xFFFFFFFF) if minor >= 2 else b""
            blob += struct.pack("<QB", filetime(ns), 0) if minor >= 3 else b""
        blobs.append(blob)
    order = list(range(len(blobs)))
    if a.backward:
        order.reverse()
    body, offsets = b"", [0] * len(blobs)
    for i in order:
        offsets[i] = 128 + len(body)
        body += blobs[i]
    table = struct.pack("<%dI" % len(offsets), *offsets)
    rows = [process_row(p) for p in a.process]
    at = 128 + len(body)
    processes = struct.pack("<H", 1) + b"".join(rows) if rows else b""
    head = (b"RTSS" if major == 1 else b"GMBU") + struct.pack("<BBH", minor, major, links.get(frames[0].link, 1)) + system_time(begin)
    head += struct.pack("<IIIIIIIIII", at, len(table), 0, 0, 0, 0, at + len(table) if rows else 0, len(rows), 0, 0)
    return head.ljust(128, b"\0") + body + table + processes


# ---------------------------------------------------------------- ERF

def erf(frames):
    """Ethernet or IP, every third Ethernet record with an extension header."""
    out = b""
    for i, f in enumerate(frames):
        ethernet = f.link == capfile.LINK_ETHERNET
        kind = 2 if ethernet else 22 if f.data[0] >> 4 == 4 else 23
        extension = b"\x04" + bytes(7) if i % 3 == 0 else b""
        body = extension + (b"\0\0" if ethernet else b"") + f.data
        body += b"\0" * (-len(body) % 8)
        stamp = (f.ns // 10**9 << 32) + -(-(f.ns % 10**9 << 32) // 10**9)
        out += struct.pack("<Q", stamp) + struct.pack(">BBHHH", kind | (0x80 if extension else 0), 4, 16 + len(body), 0, f.wire) + body
    return out


def main(arguments=None):
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("input")
    ap.add_argument("output")
    ap.add_argument("--provider", choices=("ndis", "switch", "pktmon", "ras"), default="ndis")
    ap.add_argument("--clock", choices=("qpc", "filetime", "tsc"), default="qpc")
    ap.add_argument("--link", choices=("ethernet", "raw"), default="ethernet")
    ap.add_argument("--version", default="2.3")
    ap.add_argument("--process", action="append", default=[])
    for name, default in (("layers", 1), ("pieces", 0), ("frequency", 10_000_000), ("cpus", 1), ("buffer", 8192), ("snap", 0), ("other", 0),
                          ("compressed", 0), ("empty", 0), ("lost", 0), ("drop", 0), ("pointer", 8)):
        ap.add_argument("--" + name, type=int, default=default)
    for name in ("circular", "extended", "metadata", "backward"):
        ap.add_argument("--" + name, action="store_true")
    a = ap.parse_args(arguments)
    frames = capfile.read(a.input)
    if a.output.endswith(".erf"):
        data = erf(frames)
    else:
        data = netmon(a, frames) if a.output.endswith(".cap") else Trace(a, frames).write()
    with open(a.output, "wb") as f:
        f.write(data)


if __name__ == "__main__":
    main()
