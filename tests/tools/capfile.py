# SPDX-License-Identifier: Apache-2.0
"""Captures as lists of frames: reads pcap and pcapng, writes both, takes TCP segments apart and builds them again.

A test tool, so it is slow and strict: damaged input raises ValueError, nothing is guessed.
"""
import gzip
import ipaddress
import struct

LINK_ETHERNET, LINK_RAW, LINK_SLL, LINK_SLL2 = 1, 101, 113, 276
LINK_NULL = 0

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


class Frame:
    """One captured frame: time in ns, link type, bytes, length on the wire."""
    __slots__ = ("ns", "link", "data", "wire")

    def __init__(self, ns, link, data, wire=None):
        self.ns, self.link, self.data = ns, link, data
        self.wire = len(data) if wire is None else wire


class Segment:
    """One TCP segment with what is needed to send it again."""
    __slots__ = ("src", "dst", "sport", "dport", "seq", "ack", "flags", "window", "options", "payload", "ttl", "ident")

    def __init__(self, **values):
        for name in self.__slots__:
            setattr(self, name, values.get(name, 0))

    def copy(self, **changes):
        values = {name: getattr(self, name) for name in self.__slots__}
        values.update(changes)
        return Segment(**values)

    def key(self):
        return (self.src, self.sport, self.dst, self.dport)


# ---------------------------------------------------------------- reading

def read(path):
    """All frames of a pcap or pcapng file (gzip too)."""
    with open(path, "rb") as f:
        data = f.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    return parse(data)


def parse(data):
    magic = data[:4]
    if magic == b"\x0a\x0d\x0d\x0a":
        return _parse_pcapng(data)
    for order, text in (("<", b"\xd4\xc3\xb2\xa1"), (">", b"\xa1\xb2\xc3\xd4"),
                        ("<", b"\x4d\x3c\xb2\xa1"), (">", b"\xa1\xb2\x3c\x4d")):
        if magic == text:
            scale = 1 if magic in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1000
            return _parse_pcap(data, order, scale)
    raise ValueError("neither pcap nor pcapng")


def _parse_pcap(data, order, scale):
    link = struct.unpack_from(order + "I", data, 20)[0] & 0x0FFFFFFF
    frames, at = [], 24
    while at + 16 <= len(data):
        sec, sub, caplen, wire = struct.unpack_from(order + "IIII", data, at)
        if at + 16 + caplen > len(data):
            break
        frames.append(Frame(sec * 10**9 + sub * scale, link, data[at + 16:at + 16 + caplen], wire))
        at += 16 + caplen
    return frames


def _parse_pcapng(data):
    frames, at, order, links = [], 0, "<", []
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            links = []
        kind, length = struct.unpack_from(order + "II", data, at)
        if length < 12 or at + length > len(data):
            break
        body = data[at + 8:at + length - 4]
        if kind == 1:
            links.append(_pcapng_interface(body, order))
        elif kind == 6:
            which, high, low, caplen, wire = struct.unpack_from(order + "IIIII", body, 0)
            link, unit = links[which]
            ticks = high << 32 | low
            frames.append(Frame(ticks * 10**9 // unit, link, body[20:20 + caplen], wire))
        elif kind == 3 and links:
            wire = struct.unpack_from(order + "I", body, 0)[0]
            frames.append(Frame(0, links[0][0], body[4:4 + min(wire, len(body) - 4)], wire))
        at += length
    return frames


def _pcapng_interface(body, order):
    link, unit, at = struct.unpack_from(order + "H", body, 0)[0], 10**6, 8
    while at + 4 <= len(body):
        code, length = struct.unpack_from(order + "HH", body, at)
        if code == 0:
            break
        if code == 9 and length >= 1:
            value = body[at + 4]
            unit = 2 ** (value & 127) if value & 128 else 10 ** value
        at += 4 + (length + 3 & ~3)
    return link, unit


# ---------------------------------------------------------------- writing

def write_pcap(path, frames, nanoseconds=False, order="<"):
    link = frames[0].link if frames else LINK_ETHERNET
    out = [struct.pack(order + "IHHiIII", 0xA1B23C4D if nanoseconds else 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)]
    for f in frames:
        sub = f.ns % 10**9
        out.append(struct.pack(order + "IIII", f.ns // 10**9, sub if nanoseconds else sub // 1000, len(f.data), f.wire))
        out.append(f.data)
    data = b"".join(out)
    with open(path, "wb") as f:
        f.write(gzip.compress(data, mtime=0) if path.endswith(".gz") else data)


def write_pcapng(path, frames, order="<"):
    def block(kind, body):
        body += b"\0" * (-len(body) % 4)
        size = struct.pack(order + "I", len(body) + 12)
        return struct.pack(order + "I", kind) + size + body + size

    link = frames[0].link if frames else LINK_ETHERNET
    out = [block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))]
    options = struct.pack(order + "HH", 9, 1) + b"\x09\0\0\0" + struct.pack(order + "HH", 0, 0)
    out.append(block(1, struct.pack(order + "HHI", link, 0, 262144) + options))
    for f in frames:
        head = struct.pack(order + "IIIII", 0, f.ns >> 32, f.ns & 0xFFFFFFFF, len(f.data), f.wire)
        out.append(block(6, head + f.data))
    with open(path, "wb") as f:
        f.write(b"".join(out))


# ---------------------------------------------------------------- segments

def segment_of(frame):
    """The TCP segment in a frame, or None. Ethernet (VLAN), cooked, raw and null link layers; no IP fragments."""
    data, at = frame.data, 0
    if frame.link == LINK_ETHERNET:
        kind, at = struct.unpack_from(">H", data, 12)[0], 14
        while kind in (0x8100, 0x88A8):
            kind, at = struct.unpack_from(">H", data, at + 2)[0], at + 4
        if kind not in (0x0800, 0x86DD):
            return None
    elif frame.link == LINK_SLL:
        at = 16
    elif frame.link == LINK_SLL2:
        at = 20
    elif frame.link == LINK_NULL:
        at = 4
    return _segment_in_ip(data, at)


def _segment_in_ip(data, at):
    if len(data) < at + 20:
        return None
    if data[at] >> 4 == 4:
        head = (data[at] & 15) * 4
        total, ident, fragment, ttl, protocol = struct.unpack_from(">HHHBB", data, at + 2)
        if protocol != 6 or fragment & 0x3FFF:
            return None
        src, dst = data[at + 12:at + 16], data[at + 16:at + 20]
        end = at + (total or len(data) - at)
    elif data[at] >> 4 == 6 and len(data) >= at + 40:
        head, ident = 40, 0
        length, protocol, ttl = struct.unpack_from(">HBB", data, at + 4)
        if protocol != 6:
            return None
        src, dst = data[at + 8:at + 24], data[at + 24:at + 40]
        end = at + 40 + length
    else:
        return None
    tcp = at + head
    if end > len(data) or tcp + 20 > end:
        return None
    sport, dport, seq, ack, off, flags, window = struct.unpack_from(">HHIIBBH", data, tcp)
    size = (off >> 4) * 4
    return Segment(src=src, dst=dst, sport=sport, dport=dport, seq=seq, ack=ack, flags=flags, window=window,
                   options=data[tcp + 20:tcp + size], payload=data[tcp + size:end], ttl=ttl, ident=ident)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip_packet(s):
    """IP packet of a segment, checksums right."""
    size = 20 + len(s.options)
    tcp = struct.pack(">HHIIBBHHH", s.sport, s.dport, s.seq & 0xFFFFFFFF, s.ack & 0xFFFFFFFF, size // 4 << 4, s.flags, s.window, 0, 0)
    tcp += s.options + s.payload
    v6 = len(s.src) == 16
    pseudo = s.src + s.dst + (struct.pack(">II", len(tcp), 6) if v6 else struct.pack(">HH", 6, len(tcp)))
    tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp)) + tcp[18:]
    if v6:
        return struct.pack(">IHBB", 0x60000000, len(tcp), 6, s.ttl) + s.src + s.dst + tcp
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), s.ident & 0xFFFF, 0x4000, s.ttl, 6, 0) + s.src + s.dst
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + tcp


def udp_packet(source, sport, destination, dport, payload, ttl=128):
    """IP packet of a UDP datagram; no checksum of UDP, which IPv4 allows."""
    udp = struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload
    if len(source) == 16:
        return struct.pack(">IHBB", 0x60000000, len(udp), 17, ttl) + source + destination + udp
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0x4000, ttl, 17, 0) + source + destination
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + udp


def link_frame(ns, packet, link=LINK_ETHERNET, tags=(), macs=None):
    """Frame around an IP packet; `tags` are (ethertype, vlan id) pairs, outermost first."""
    kind = 0x86DD if packet[0] >> 4 == 6 else 0x0800
    if link == LINK_ETHERNET:
        head = macs or (b"\x02\0\0\0\0\x01" + b"\x02\0\0\0\0\x02")
        for ethertype, vlan in tags:
            head += struct.pack(">HH", ethertype, vlan)
        head += struct.pack(">H", kind)
    elif link == LINK_SLL2:
        head = struct.pack(">HHIHBB", kind, 0, 1, 1, 0, 6) + b"\x02\0\0\0\0\x01\0\0"
    elif link == LINK_SLL:
        head = struct.pack(">HHH", 0, 1, 6) + b"\x02\0\0\0\0\x01\0\0" + struct.pack(">H", kind)
    elif link == LINK_NULL:
        head = struct.pack("<I", 24 if kind == 0x86DD else 2)
    elif link == LINK_RAW:
        head = b""
    else:
        raise ValueError(f"link type {link}")
    return Frame(ns, link, head + packet)


def address(text):
    return ipaddress.ip_address(text).packed
