#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes fuzz/corpus/<target>/ from captures.

Usage: python3 fuzz/make_corpus.py [FOLDER...] --out fuzz/corpus

Takes the messages out of pcap files of TLS and TDS connections (in-order segments only, no
reassembly: what does not fit is skipped) and adds hand-made files for formats that none of them
has. Seeds are named by the start of their SHA-256, so that running it again changes nothing.
"""
import argparse
import csv
import hashlib
import pathlib
import re
import struct

import log_seeds
import registry_seeds

LINKS = [1, 113, 276, 0, 108, 101, 228, 229, 12, 14, 105, 65535]  # as in fuzz_packet.c
LARGEST = {"fuzz_regf_log": 16384, "fuzz_log_reader": 16384}  # a hive and its logs; a log with its header
LIMITS = {"fuzz_packet": 60, "fuzz_capture_file": 60, "fuzz_explain": 60, "fuzz_responder": 60}


class Corpus:
    def __init__(self, out):
        self.out = pathlib.Path(out)
        self.seeds = {}

    def add(self, target, data, shape=None):
        """Keeps one seed of each shape (default: of each content), the smallest."""
        if not data or len(data) > LARGEST.get(target, 8192):
            return
        kind = self.seeds.setdefault(target, {})
        shape = shape if shape is not None else data
        if shape not in kind or len(data) < len(kind[shape]):
            kind[shape] = bytes(data)

    def write(self):
        for target, kind in sorted(self.seeds.items()):
            folder = self.out / target
            folder.mkdir(parents=True, exist_ok=True)
            seeds = sorted(set(kind.values()), key=lambda s: (len(s), s))
            keep = LIMITS.get(target, 120)
            step = max(1, len(seeds) / keep)
            chosen = {seeds[int(i * step)] for i in range(min(keep, len(seeds)))}
            for seed in chosen:
                (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
            print(f"{target}: {len(chosen)} of {len(seeds)}, {sum(map(len, chosen))} bytes")


def foreign_seeds(corpus, golden):
    """Files of other formats: those of the golden cases, and what mkforeign.py makes of a short recording."""
    import subprocess
    import sys
    import tempfile
    make = golden.parent / "tools" / "mkforeign.py"
    source = golden / "clients-fail-rst-after-prelogin-tsql" / "capture.pcap"
    variants = [["--buffer", "2048", "--provider", "ndis"], ["--buffer", "2048", "--provider", "pktmon", "--layers", "2"],
                ["--buffer", "2048", "--provider", "switch"], ["--buffer", "2048", "--provider", "ras"], ["--buffer", "2048", "--pieces", "40"],
                ["--buffer", "2048", "--extended", "--other", "1"], ["--buffer", "2048", "--clock", "filetime", "--pointer", "4"],
                ["--buffer", "2048", "--clock", "tsc", "--circular", "--cpus", "2"], ["--buffer", "2048", "--compressed", "2", "--empty", "1"]]
    rows = [(v, "etl") for v in variants]
    rows += [(["--version", v], "cap") for v in ("1.1", "2.0", "2.1", "2.2")]
    rows += [(["--version", "2.3", "--metadata", "--backward", "--process", "7,192.0.2.1:5,[2001:db8::1]:6,C:\\a.exe"], "cap"), ([], "erf")]
    with tempfile.TemporaryDirectory() as folder:
        for options, ending in rows:
            path = pathlib.Path(folder) / ("x." + ending)
            subprocess.run([sys.executable, make, source, path, *options], check=True)
            data = path.read_bytes()
            target = {"etl": "fuzz_etl", "cap": "fuzz_netmon"}.get(ending)
            if target:
                corpus.add(target, bytes([len(options) * 20]) + data)
            if ending == "erf" or options in (variants[0], ["--version", "2.0"]):
                corpus.add("fuzz_capture_file", data)


def encapsulation_seeds(corpus, golden):
    """The vectors of the unit test."""
    links = [1, 0, 6, 8, 9, 10, 50, 51, 100, 104, 105, 106, 107, 109, 117, 119, 122, 123, 127, 163, 192, 197, 204, 219, 239, 240, 258, 276]
    protocols = [4, 17, 41, 47, 50, 51, 94, 97, 137]
    text = (golden.parent / "unit" / "codec" / "encapsulation_test.c").read_text()
    macros = dict(re.findall(r'#define (MACS|SNAP|V4|V6|TCP) "([^"]*)"', text))

    def bytes_of(expression):
        expression = re.sub(r'UDP\("(\w+)", "(\w+)"\)', r'"d000 \1 \2 0000 "', expression)
        parts = re.findall(r'"([^"]*)"|\b(MACS|SNAP|V4|V6|TCP)\b', expression)
        words = " ".join(macros[m] if m else t for t, m in parts).split()
        out = b""
        for word in words:
            digits, _, count = word.partition("*")
            out += bytes.fromhex(digits) * int(count or 1)
        return out

    for link, expression in re.findall(r"\{(\d+), ((?:[^,{}]|, \")*?),\s+AK_NETWORK", text):
        if int(link) in links:
            corpus.add("fuzz_encapsulation", bytes([0x40 | links.index(int(link)), 0, 0]) + bytes_of(expression))
    for version, protocol, expression in re.findall(r'\{([46]), (\d+), ((?:UDP\("\w+", "\w+"\)|[^,{}])*?),\s+AK_INNER', text):
        if int(protocol) in protocols:
            first = protocols.index(int(protocol)) | (0x80 if version == "6" else 0)
            while (first % 12) != protocols.index(int(protocol)):
                first += 1
            corpus.add("fuzz_encapsulation", bytes([first & 0xBF, 0, 7]) + bytes_of(expression))


def frames(data):
    """(link type, frame) of a little-endian pcap."""
    if data[:4] not in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"):
        return
    link = struct.unpack_from("<I", data, 20)[0] & 0xFFFF
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        yield link, data[at + 16:at + 16 + size]
        at += 16 + size


def tcp(link, frame):
    """(key, sequence, flags, payload) or None."""
    header = {1: 14, 113: 16, 101: 0, 276: 20, 0: 4}.get(link)
    if header is None or len(frame) < header + 40:
        return None
    ip = frame[header:]
    if ip[0] >> 4 == 4 and ip[9] == 6:
        size = (ip[0] & 15) * 4
        ends = ip[12:16], ip[16:20]
        total = struct.unpack_from(">H", ip, 2)[0] or len(ip)
    elif ip[0] >> 4 == 6 and ip[6] == 6:
        size, ends = 40, (ip[8:24], ip[24:40])
        total = 40 + struct.unpack_from(">H", ip, 4)[0]
    else:
        return None
    segment = ip[size:total]
    if len(segment) < 20:
        return None
    ports = struct.unpack_from(">HH", segment)
    key = (ends[0], ports[0], ends[1], ports[1])
    payload = segment[(segment[12] >> 4) * 4:]
    return key, struct.unpack_from(">I", segment, 4)[0], segment[13], payload


def streams(data):
    """The bytes of each direction."""
    out, expected = {}, {}
    for link, frame in frames(data):
        seen = tcp(link, frame)
        if seen is None:
            continue
        key, sequence, flags, payload = seen
        if flags & 2:
            expected[key] = (sequence + 1) & 0xFFFFFFFF
            out[key] = bytearray()
        elif payload and expected.get(key) == sequence:
            out[key] += payload
            expected[key] = (sequence + len(payload)) & 0xFFFFFFFF
    return out


def handshake_messages(records):
    """(type, body) of the records in clear."""
    at, joined = 0, bytearray()
    while at + 5 <= len(records) and records[at] in (20, 21, 22) and records[at + 1] == 3:
        size = struct.unpack_from(">H", records, at + 3)[0]
        if records[at] == 20:
            break
        if records[at] == 22:
            joined += records[at + 5:at + 5 + size]
        at += 5 + size
    at = 0
    while at + 4 <= len(joined):
        size = int.from_bytes(joined[at + 1:at + 4], "big")
        if at + 4 + size > len(joined):
            break
        yield joined[at], bytes(joined[at + 4:at + 4 + size])
        at += 4 + size


def certificates(body):
    at = 3
    while at + 3 <= len(body):
        size = int.from_bytes(body[at:at + 3], "big")
        yield body[at + 3:at + 3 + size]
        at += 3 + size


def hello_shape(body):
    """Lists but not the bytes that change with every connection."""
    rest = body[35 + body[34]:] if len(body) > 35 else b""
    return body[:2] + rest[:80]


def add_tls(corpus, records):
    for kind, body in handshake_messages(records):
        if kind == 1:
            corpus.add("fuzz_tls_client_hello", body, hello_shape(body))
            corpus.add("fuzz_hello_shape", body, hello_shape(body))
        elif kind == 2:
            corpus.add("fuzz_tls_server_hello", body, hello_shape(body))
            corpus.add("fuzz_hello_shape", body, hello_shape(body))
        elif kind == 11:
            corpus.add("fuzz_tls_messages", body, body[:200])
            for der in certificates(body):
                corpus.add("fuzz_x509", der)
        elif kind in (12, 13):
            corpus.add("fuzz_tls_messages", body, (kind, len(body), body[:8]))


def add_tds(corpus, stream):
    """Packets until TLS takes over; TLS inside PRELOGIN packets is joined."""
    at, tls, message = 0, bytearray(), bytearray()
    while at + 8 <= len(stream):
        kind, status, size = stream[at], stream[at + 1], struct.unpack_from(">H", stream, at + 2)[0]
        if kind not in (1, 2, 4, 16, 17, 18) or size < 8:
            break
        message += stream[at + 8:at + size]
        at += size
        if kind == 18 and message[:1] in (b"\x14", b"\x15", b"\x16", b"\x17"):
            tls += message
            message.clear()
            continue
        if not status & 1:
            continue
        body = bytes(message)
        message.clear()
        if kind == 18 or (kind == 4 and body[:1] == b"\x00"):
            corpus.add("fuzz_tds_prelogin", body, body[:40])
        elif kind == 4:
            corpus.add("fuzz_tds_tokens", body, (len(body), body[:1]))
        elif kind == 16:
            corpus.add("fuzz_tds_login7", body)
    add_tls(corpus, tls)


def attempt_control(way, depth, service=0, versions=0, proxy=False):
    return bytes([way | depth << 2, service | (64 if proxy else 0), versions << 2, 0])


def add_attempt(corpus, stream):
    """A server's stream, as a probe would have got it: TLS, TLS in PRELOGIN packets, strict."""
    known = {0x16: ((0, 3), (0, 4), (2, 6)), 0x15: ((0, 3), (0, 4)), 0x04: ((1, 1), (1, 3), (1, 6))}
    for way, depth in known.get(stream[0] if stream else 0, ()):
        for versions in (0, 1):
            corpus.add("fuzz_attempt", attempt_control(way, depth, 0, versions) + bytes(stream[:6000]),
                       (way, depth, versions, stream[0], len(stream) // 512))
    exchanges = [body for kind, body in handshake_messages(stream) if kind == 12 and len(body) > 400]
    if stream[:1] == b"\x16" and exchanges:  # DHE: the leading-zero probe in each form
        for form in range(4):
            corpus.add("fuzz_attempt", bytes([12, 0, 0x80 | form << 5 | 4, 0]) + bytes(stream[:6000]), ("dhe", form))


def add_capture(corpus, data):
    if len(data) < 4096:
        corpus.add("fuzz_capture_file", data, len(data) // 64)
    for link, frame in list(frames(data))[:8]:
        if link in LINKS:
            corpus.add("fuzz_packet", bytes([LINKS.index(link), 0, 0]) + frame[:400],
                       (link, len(frame) // 32))
    for stream in streams(data).values():
        add_attempt(corpus, stream)
    for number, stream in enumerate(streams(data).values()):
        if stream[:1] in (b"\x12", b"\x10", b"\x16"):
            corpus.add("fuzz_responder", bytes([number % 4 + 4 * (number % 5)]) + stream[:4000], (number % 4, bytes(stream[:44])))
        if stream[:1] == b"\x16":
            add_tls(corpus, stream)
        elif stream[:1] in (b"\x12", b"\x04"):
            add_tds(corpus, stream)


# ---- by hand ----

def block(kind, body, order="<"):
    body += b"\0" * (-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def pcapng(order, options=b"", snap=0, short=False):
    section = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    body = struct.pack(order + "HHI", 1, 0, snap) + (b"" if short else options)
    interface = block(1, body, order)
    packet = struct.pack(order + "IIIII", 0, 1, 2, 5, 60) + b"frame"
    old = struct.pack(order + "HHIIII", 0, 0, 1, 2, 5, 60) + b"frame"
    return (section + interface + block(6, packet, order) + block(0xBAD, b"unknown", order) +
            block(3, struct.pack(order + "I", 5) + b"frame", order) + block(2, old, order))


def pcap(order, magic, extra=0):
    head = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, 1)
    return head + (struct.pack(order + "IIII", 1, 2, 5, 60) + b"\0" * extra + b"frame") * 2


def option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def add_clear_talk(corpus):
    """STARTTLS dialogues and proxies: for the codec, and with a ClientHello behind it for the dialogue."""
    hello = b"\1\0\0\x2d\3\3" + b"r" * 32 + bytes.fromhex("00 0004 c02f 002f 01 00 0000")
    record = b"\x16\3\1" + struct.pack(">H", len(hello)) + hello
    ldap = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
    greeting = bytes.fromhex("1e0000000a38000c000000") + b"1" * 8 + bytes.fromhex("000008") + b"\0" * 12
    talks = [
        ["<220 mx ESMTP\r\n", ">EHLO me\r\n", "<250 STARTTLS\r\n", ">STARTTLS\r\n", "<220 go\r\n"],
        ["<220 hello\r\n", ">AUTH TLS\r\n", "<234 go\r\n"],
        ["<+OK\r\n", ">STLS\r\n", "<+OK\r\n"],
        ["<* OK x\r\n", ">a STARTTLS\r\n", "<a OK x\r\n"],
        ["><stream:stream xmlns='jabber:client'>", "<<starttls/>", "><starttls/>", "<<proceed/>"],
        [(0, ldap), (1, bytes.fromhex("300c02010178070a010004000400"))],
        [(0, bytes.fromhex("0000000804d21630")), (1, b"N"), (0, bytes.fromhex("0000000804d2162f")), (1, b"S")],
        [(1, greeting), (0, bytes.fromhex("2000000185aeff1900000001ff") + b"\0" * 23)],
        [(0, bytes.fromhex("030000130ee000000000000100080003000000")), (1, bytes.fromhex("030000130ed000001234000200080001000000"))],
        [">CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "<HTTP/1.1 200 OK\r\n\r\n"],
        [(0, bytes.fromhex("040101bb0000000100") + b"a.example\0"), (1, bytes.fromhex("005a000000000000"))],
        [(0, b"\5\1\2"), (1, b"\5\2"), (0, b"\1\1u\1p"), (1, b"\1\0"), (0, bytes.fromhex("05010003016101bb")), (1, bytes.fromhex("050000010000000001bb"))],
        [">PROXY TCP4 192.0.2.1 192.0.2.2 1 443\r\n"],
        [(0, bytes.fromhex("0d0a0d0a000d0a515549540a2111000cc0000201c0000202000101bb"))],
        [">NXSH-8\n", "<NXD-8\n"],
    ]
    for talk in talks:
        parts = [(int(p[0] == "<"), p[1:].encode()) if isinstance(p, str) else p for p in talk]
        clear = b"".join(bytes([side, len(data)]) + data for side, data in parts)
        corpus.add("fuzz_starttls", clear)
        server = b"".join(data for side, data in parts if side)
        for service in range(1, 10):
            corpus.add("fuzz_attempt", attempt_control(3, 3, service) + server + b"\x15\3\3\0\2\2\x28",
                       (service, server[:4]))
        if server.startswith(b"HTTP"):
            corpus.add("fuzz_attempt", attempt_control(0, 3, 0, 0, True) + server + b"\x15\3\3\0\2\2\x28")
        corpus.add("fuzz_dialogue", clear + bytes([0, len(record)]) + record + b"\1\7\x15\3\3\0\2\2\x28")


def add_hand_made(corpus):
    target = "fuzz_capture_file"
    for order in "<>":
        for magic, extra in ((0xA1B2C3D4, 0), (0xA1B23C4D, 0), (0xA1B2CD34, 8)):
            corpus.add(target, pcap(order, magic, extra))
        for resolution in (6, 9, 3, 0x80 | 20):
            options = option(order, 9, bytes([resolution]))
            options += option(order, 14, struct.pack(order + "q", -3600)) + b"\0" * 4
            corpus.add(target, pcapng(order, options, 4))
        corpus.add(target, pcapng(order, short=True))
        corpus.add(target, pcapng("<") + pcapng(">", short=True))
        huge = struct.pack(order + "III", 0xBAD, 0xFFFFFFFC, 0) + b"\0" * 20
        corpus.add(target, pcapng(order) + huge)

    ssl2 = bytes.fromhex("802e01030100150000001000000400000500000a0100800700c00300800000ff")
    ssl2 += b"c" * 16
    for name in ("fuzz_tls_client_hello", "fuzz_hello_shape"):
        corpus.add(name, ssl2)
        corpus.add(name, b"\3\1" + b"r" * 32 + bytes.fromhex("00 0004 0004 0005 01 00"))
    corpus.add("fuzz_tls_server_hello",
               b"\x7f\x12" + b"r" * 32 + bytes.fromhex("1301 0008 0033 0004 001d 0000"))
    retry = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
    corpus.add("fuzz_tls_server_hello",
               bytes.fromhex("0303" + retry + "00130200000c002b00020304003300020017"))
    corpus.add("fuzz_tls_messages", bytes.fromhex("020140 0004 04010403 0009 00023000 0003300100"))
    corpus.add("fuzz_tls_messages", bytes.fromhex("0140 0004 00023000"))

    prelogin = "00001a0006010020000102002100010300220004040026 0001ff0900000000000100b80d000001"
    corpus.add("fuzz_tds_prelogin", bytes.fromhex(prelogin))
    corpus.add("fuzz_tds_prelogin", bytes.fromhex("00000b0006 020011000c ff 0a0006400000")
               + b"MSSQLServer\0")
    corpus.add("fuzz_tds_prelogin", bytes.fromhex("5308050060000000 0100000004000000"))
    for tokens in ("e3 1300 04 04 3400300039003600 04 3400300039003600",
                   "e3 1000 14 0b00 00 9905 0300 61006c007400 0000",
                   "ed 0300 112233 ee 02000000 0000 79 00000000 a9 0200 0100 e4 01000000 00",
                   "aa 2000 18480000 08 0e 0500 4c006f00670069006e00 02 73003100 02 70003200"
                   "01000000 fd 000000000000000000000000"):
        corpus.add("fuzz_tds_tokens", bytes.fromhex(tokens))

    add_clear_talk(corpus)
    wide = [text.encode("utf-16-le") for text in ("CORP", "db01", "svc", "PC")]
    corpus.add("fuzz_ntlmssp", b"NTLMSSP\0\1\0\0\0" + bytes.fromhex("07b208a204000400200000000500050024000000") + b"CORPSQL01")
    corpus.add("fuzz_ntlmssp", b"NTLMSSP\0\2\0\0\0" + bytes.fromhex("080008003000000005828a62" + "11" * 8 + "00" * 8 + "1000100038000000")
               + wide[0] + bytes.fromhex("03000800") + wide[1] + b"\0" * 4)
    corpus.add("fuzz_ntlmssp", b"NTLMSSP\0\3\0\0\0" + bytes.fromhex("0200020048000000020002004a000000080008004c000000060006005400000004000400"
               "5a000000000000000000000005828262") + b"\0" * 8 + b"\xaa\xbb\xcc\xdd" + wide[0] + wide[2] + wide[3])
    answer = b"ServerName;S;InstanceName;A;IsClustered;No;Version;16.0.1000.6;tcp;1433;;ServerName;S;InstanceName;B;np;x;;"
    for datagram in (b"\2", b"\3", b"\4INST\0", b"\x0f\1INST\0", b"\5\6\0\1\x9a\5", b"\5" + struct.pack("<H", len(answer)) + answer):
        corpus.add("fuzz_ssrp", datagram)
    for text in ("sql01", "握手", "\U0001f600", "é" * 40):
        for room in (3, 255):
            corpus.add("fuzz_text", bytes([room]) + text.encode())
            corpus.add("fuzz_text", bytes([room]) + text.encode("utf-16-le"))
    corpus.add("fuzz_text", bytes.fromhex("ff 00d8 00d8 00dc 00dc 41"))
    corpus.add("fuzz_text", bytes.fromhex("ff c080 e09fbf eda080 f48fbfbf f4908080 00 80"))

    ipv6 = "60000000 0021 00 40" + "20010db8" + "00" * 11 + "01" + "20010db8" + "00" * 11 + "02"
    extensions = "2b00" + "00" * 6 + "3c01" + "00" * 14 + "0600" + "00" * 6 + "ff"
    ip = bytes.fromhex(ipv6 + extensions)
    corpus.add("fuzz_packet", b"\5\0\0" + ip)
    mac = b"\xaa" * 12
    ipv4 = bytes.fromhex("45000028123420004006 0000 c0000201 c0000209")
    syn = bytes.fromhex("c3500599 01020304 00000000 6002faf0 00000000 020405b4")
    for tag in (b"", bytes.fromhex("81000064"), bytes.fromhex("88a80001 81000002")):
        corpus.add("fuzz_packet", b"\0\0\0" + mac + tag + b"\x08\0" + ipv4 + syn)
    corpus.add("fuzz_packet", b"\1\0\0" + b"\0" * 14 + b"\x08\0" + ipv4 + syn)
    corpus.add("fuzz_packet", b"\2\0\0" + b"\x86\xdd" + b"\0" * 18 + ip)
    corpus.add("fuzz_packet", b"\3\0\0" + b"\2\0\0\0" + ipv4 + syn)
    corpus.add("fuzz_packet", b"\4\0\0" + b"\0\0\0\2" + ipv4 + syn)
    fragment = "60000000 000a 2c 40" + "00" * 32 + "0600 0009 0000abcd 0102"
    corpus.add("fuzz_packet", b"\7\0\0" + bytes.fromhex(fragment))


def add_error_texts(corpus):
    folder = pathlib.Path(__file__).resolve().parent.parent / "tests" / "explain"
    for name in ("texts.csv", "numbers.csv"):
        with open(folder / name, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                corpus.add("fuzz_explain", row["text"].encode())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--out", required=True)
    parser.add_argument("--certificates", nargs="*", default=[], help="DER files for fuzz_x509")
    args = parser.parse_args()
    corpus = Corpus(args.out)
    for folder in args.folders:
        for path in sorted(pathlib.Path(folder).rglob("*.pcap")):
            add_capture(corpus, path.read_bytes())
    for path in args.certificates:
        corpus.add("fuzz_x509", pathlib.Path(path).read_bytes())
    add_hand_made(corpus)
    add_error_texts(corpus)
    registry_seeds.add(corpus)
    log_seeds.add(corpus)
    golden = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden"
    foreign_seeds(corpus, golden)
    encapsulation_seeds(corpus, golden)
    corpus.write()


if __name__ == "__main__":
    main()
