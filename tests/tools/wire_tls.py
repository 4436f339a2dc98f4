# SPDX-License-Identifier: Apache-2.0
"""TLS messages as bytes, for captures made by mkcap: only what the wire shows, no cryptography (secrets are filler)."""
import random as _random
import struct

VERSIONS = {"ssl3": 0x0300, "1.0": 0x0301, "1.1": 0x0302, "1.2": 0x0303, "1.3": 0x0304}
GROUPS = {"secp256r1": 23, "secp384r1": 24, "secp521r1": 25, "x25519": 29, "x448": 30, "ffdhe2048": 256, "ffdhe3072": 257,
          "x25519mlkem768": 0x11EC}
SHARE_BYTES = {23: 65, 24: 97, 25: 133, 29: 32, 30: 56, 256: 256, 257: 384, 0x11EC: 1216}
SHARE_BYTES_SERVER = {**SHARE_BYTES, 0x11EC: 1120}
RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
SUITES = {"TLS_AES_128_GCM_SHA256": 0x1301, "TLS_AES_256_GCM_SHA384": 0x1302, "ECDHE-RSA-AES256-GCM-SHA384": 0xC030,
          "ECDHE-RSA-AES128-GCM-SHA256": 0xC02F, "ECDHE-ECDSA-AES256-GCM-SHA384": 0xC02C, "ECDHE-RSA-AES256-SHA": 0xC014,
          "DHE-RSA-AES256-GCM-SHA384": 0x009F, "AES256-GCM-SHA384": 0x009D, "AES128-SHA": 0x002F, "RC4-SHA": 0x0005,
          "3DES-SHA": 0x000A}


class Filler:
    """Repeatable filler for randoms, keys and ciphertext."""

    def __init__(self, seed):
        self.source = _random.Random(seed)

    def bytes(self, count):
        return bytes(self.source.randrange(256) for _ in range(count))


def u8(data):
    return bytes([len(data)]) + data


def u16(data):
    return struct.pack(">H", len(data)) + data


def u24(data):
    return struct.pack(">I", len(data))[1:] + data


def number(text, names=()):
    if text in names:
        return names[text]
    return int(text, 16)


def numbers(text, names=()):
    return [number(part, names) for part in text.split(",") if part]


def list16(values):
    return b"".join(struct.pack(">H", v) for v in values)


def record(kind, version, data):
    out = b""
    for at in range(0, max(len(data), 1), 16384):
        out += struct.pack(">BH", kind, version) + u16(data[at:at + 16384])
    return out


def handshake(kind, body):
    return bytes([kind]) + u24(body)


def extension(kind, body):
    return struct.pack(">H", kind) + u16(body)


def client_hello(args, fill):
    """legacy= versions= suites= groups= sigalgs= sni= alpn= ems= reneg= session= shares= pad=BYTES ext=TYPE:HEX,... noext=1"""
    versions = numbers(args.get("versions", "1.2"), VERSIONS)
    legacy = number(args["legacy"], VERSIONS) if "legacy" in args else min(max(versions), 0x0303)
    suites = numbers(args.get("suites", "c030,c02f,009d"), SUITES)
    ext = b""
    if "sni" in args:
        ext += extension(0, u16(b"\0" + u16(args["sni"].encode())))
    if args.get("ems") == "1":
        ext += extension(23, b"")
    if args.get("reneg", "1") == "1":
        ext += extension(0xFF01, b"\0")
    if args.get("groups", "x25519,secp256r1"):
        ext += extension(10, u16(list16(numbers(args.get("groups", "x25519,secp256r1"), GROUPS))))
        ext += extension(11, u8(b"\0"))
    if args.get("sigalgs", "0804,0403,0401,0201"):
        ext += extension(13, u16(list16(numbers(args.get("sigalgs", "0804,0403,0401,0201")))))
    if "alpn" in args:
        ext += extension(16, u16(b"".join(u8(p.encode()) for p in args["alpn"].split(","))))
    if 0x0304 in versions or args.get("supported") == "1":
        ext += extension(43, u8(list16(versions)))
    if 0x0304 in versions:
        shares = numbers(args.get("shares", "x25519"), GROUPS)
        ext += extension(51, u16(b"".join(struct.pack(">H", g) + u16(fill.bytes(SHARE_BYTES[g])) for g in shares)))
        ext += extension(45, u8(b"\x01"))
    if "pad" in args:
        ext += extension(21, bytes(int(args["pad"])))
    for one in args.get("ext", "").split(","):
        if one:
            kind, _, body = one.partition(":")
            ext += extension(int(kind, 0), bytes.fromhex(body))
    session = fill.bytes(int(args.get("session", "0")))
    body = struct.pack(">H", legacy) + fill.bytes(32) + u8(session) + u16(list16(suites)) + b"\x01\0"
    return handshake(1, body if args.get("noext") == "1" else body + u16(ext))


def server_hello(args, fill, retry=False):
    """version= suite= session= ems= reneg= alpn= group= ext=TYPE:HEX,..."""
    version = number(args.get("version", "1.2"), VERSIONS)
    ext = b""
    if version >= 0x0304:
        ext += extension(43, struct.pack(">H", version))
        group = number(args.get("group", "x25519"), GROUPS)
        share = struct.pack(">H", group)
        ext += extension(51, share if retry else share + u16(fill.bytes(SHARE_BYTES_SERVER[group])))
    else:
        if args.get("reneg", "1") == "1":
            ext += extension(0xFF01, b"\0")
        if args.get("ems") == "1":
            ext += extension(23, b"")
        if "alpn" in args:
            ext += extension(16, u16(u8(args["alpn"].encode())))
    for one in args.get("ext", "").split(","):
        if one:
            kind, _, body = one.partition(":")
            ext += extension(int(kind, 0), bytes.fromhex(body))
    default = "1302" if version >= 0x0304 else "c030"
    body = struct.pack(">H", min(version, 0x0303)) + (RETRY_RANDOM if retry else fill.bytes(32))
    body += u8(fill.bytes(int(args.get("session", "32"))))
    body += struct.pack(">H", number(args.get("suite", default), SUITES)) + b"\0"
    return handshake(2, body + (u16(ext) if ext else b""))


def certificate(ders):
    return handshake(11, u24(b"".join(u24(der) for der in ders)))


def server_key_exchange(args, fill):
    """kind=ecdhe curve= | kind=dhe bits=; sig=SIGALG (none before 1.2) siglen="""
    signature = u16(fill.bytes(int(args.get("siglen", "256"))))
    if args.get("sig", "0804") != "none":
        signature = struct.pack(">H", int(args.get("sig", "0804"), 16)) + signature
    if args.get("kind", "ecdhe") == "dhe":
        size = int(args.get("bits", "2048")) // 8
        p = b"\xff" + fill.bytes(size - 2) + b"\xfb"
        return handshake(12, u16(p) + u16(b"\x02") + u16(b"\x7f" + fill.bytes(size - 1)) + signature)
    group = number(args.get("curve", "x25519"), GROUPS)
    return handshake(12, b"\x03" + struct.pack(">H", group) + u8(fill.bytes(SHARE_BYTES[group])) + signature)


def certificate_request(args):
    """types=01,40 sigalgs= (empty before 1.2) names=HEX"""
    body = u8(bytes.fromhex(args.get("types", "01,40").replace(",", "")))
    if args.get("sigalgs", "0804,0403,0401"):
        body += u16(list16(numbers(args.get("sigalgs", "0804,0403,0401"))))
    return handshake(13, body + u16(bytes.fromhex(args.get("names", ""))))


def client_key_exchange(args, fill):
    """kind=ecdhe curve= | dhe bits= | rsa bits="""
    kind = args.get("kind", "ecdhe")
    if kind == "ecdhe":
        group = number(args.get("curve", "x25519"), GROUPS)
        return handshake(16, u8(fill.bytes(SHARE_BYTES[group])))
    return handshake(16, u16(fill.bytes(int(args.get("bits", "2048")) // 8)))


def alert(args):
    """level= code= ver="""
    version = number(args.get("ver", "0303"), VERSIONS)
    return record(21, version, bytes([int(args.get("level", "2")), int(args.get("code", "40"))]))
