# SPDX-License-Identifier: Apache-2.0
"""Small hives, logs, exports and policy files as seeds: made here, of nobody's machine."""
import struct


class Hive:
    """Cells in one bin; what lies below is made first."""

    def __init__(self, minor=5):
        self.cells, self.minor = bytearray(32), minor

    def cell(self, data):
        at, head = len(self.cells), 8 if self.minor <= 1 else 4
        size = (len(data) + head + 7) & ~7
        self.cells += struct.pack("<i", -size) + bytes(head - 4) + data + bytes(size - head - len(data))
        return at

    def value(self, name, kind, data, wide=False):
        raw = name.encode("utf-16-le" if wide else "latin-1")
        size, where = len(data), data[:4].ljust(4, b"\0")
        if size > 16344 and self.minor >= 4:
            parts = [self.cell(data[i:i + 16344]) for i in range(0, size, 16344)]
            where = struct.pack("<I", self.cell(b"db" + struct.pack("<HI", len(parts), self.offsets(parts))))
        elif size > 4:
            where = struct.pack("<I", self.cell(data))
        else:
            size |= 0x80000000
        return self.cell(b"vk" + struct.pack("<HI4sIHH", len(raw), size, where, kind, 0 if wide else 1, 0) + raw)

    def offsets(self, offsets):
        return self.cell(struct.pack(f"<{len(offsets)}I", *offsets))

    def subkeys(self, kind, offsets):
        wide = kind in (b"lf", b"lh")
        return self.cell(kind + struct.pack("<H", len(offsets)) + b"".join(struct.pack("<I", x) + bytes(4 * wide) for x in offsets))

    def key(self, name, keys=(), values=(), kind=b"lh", wide=False, flags=0):
        raw = name.encode("utf-16-le" if wide else "latin-1")
        keys = list(keys)
        if kind == b"ri" and keys:
            below = self.subkeys(b"ri", [self.subkeys(b"li", keys[:1]), self.subkeys(b"lf", keys[1:])])
        else:
            below = self.subkeys(kind, keys) if keys else 0xFFFFFFFF
        listed = self.offsets(values) if values else 0xFFFFFFFF
        fields = struct.pack("<HQIIIIIIIIII5IHH", flags | (0 if wide else 0x20), 0x01D0000012345678, 0, 0, len(keys), 0, below, 0xFFFFFFFF,
                             len(values), listed, 0xFFFFFFFF, 0xFFFFFFFF, 0, 0, 0, 0, 0, len(raw), 0)
        return self.cell(b"nk" + fields + raw)

    def file(self, root, primary=1, secondary=1):
        size = (len(self.cells) + 4095) // 4096 * 4096
        bins = bytearray(self.cells)
        if size > len(bins):
            bins += struct.pack("<I", size - len(bins))
        bins += bytes(size - len(bins))
        bins[:12] = b"hbin" + struct.pack("<II", 0, size)
        return base(primary, secondary, root, size, minor=self.minor).ljust(4096, b"\0") + bytes(bins)


def base(primary, secondary, root, bins, kind=0, minor=5):
    block = bytearray(512)
    block[:48] = b"regf" + struct.pack("<IIQ7I", primary, secondary, 0x01D0000012345678, 1, minor, kind, 1, root, bins, 1)
    total = 0
    for word in struct.unpack("<127I", block[:508]):
        total ^= word
    block[508:] = struct.pack("<I", total)
    return bytes(block)


def system(h):
    server = h.key("Server", values=[h.value("Enabled", 4, bytes(4)), h.value("DisabledByDefault", 4, b"\1\0\0\0")])
    protocols = h.key("Protocols", [h.key("TLS 1.0", [server]), h.key("TLS 1.2")], kind=b"lf")
    schannel = h.key("SCHANNEL", [protocols], [h.value("EventLogging", 4, b"\1\0\0\0")], kind=b"li")
    control = h.key("Control", [h.key("SecurityProviders", [schannel])])
    select = h.key("Select", values=[h.value("Current", 4, b"\1\0\0\0")])
    return h.key("r", [h.key("ControlSet001", [control]), select], flags=4)


def hives():
    for minor in (1, 3, 5):
        h = Hive(minor)
        yield h.file(system(h))
    h = Hive()
    values = [h.value("", 1, "text\0".encode("utf-16-le")), h.value("\u8a18", 7, "a\0b\0\0".encode("utf-16-le"), wide=True),
              h.value("caf\xe9", 3, bytes(range(40))), h.value("none", 0, b"")]
    keys = [h.key(f"k{i}", values=values[:i]) for i in range(4)] + [h.key("\u9332", wide=True)]
    yield h.file(h.key("Instance Names", keys, values, kind=b"ri", flags=4), 2, 1)
    for broken in ((36, b"\xff" * 4), (508, b"\1"), (0, bytes(512)), (4096, bytes(32))):
        h = Hive()
        whole = bytearray(h.file(system(h)))
        whole[broken[0]:broken[0] + len(broken[1])] = broken[1]
        yield bytes(whole)
    h = Hive()
    yield h.file(system(h))[:5000]


def entry(sequence, bins, pages):
    """Hashes are left to the target, which makes them good."""
    body = b"".join(struct.pack("<II", at, len(page)) for at, page in pages) + b"".join(page for _, page in pages)
    size = (40 + len(body) + 511) // 512 * 512
    return (b"HvLE" + struct.pack("<5I16x", size, 0, sequence, bins, len(pages)) + body).ljust(size, b"\0")


def logs():
    h = Hive()
    hive = h.file(system(h), 4, 3)
    one = base(4, 4, 32, 4096, 6) + entry(4, 4096, [(2048, b"\xaa" * 512)]) + entry(5, 4096, [])
    two = base(6, 6, 32, 8192, 6) + entry(6, 8192, [(4096, b"\xbb" * 512), (0, b"hbin".ljust(8, b"\0"))])
    old = base(4, 4, 32, 4096, 1) + b"DIRT\x81".ljust(512, b"\0") + b"hbin".ljust(512, b"\0") + b"\xcc" * 512
    for first, second in ((one, two), (two, one), (old, one), (one, b""), (b"", old)):
        yield struct.pack("<H", len(first) // 512) + hive + first + second
    yield struct.pack("<H", len(one) // 512) + bytes(512) + hive[512:] + one + two


def exports():
    text = ("Windows Registry Editor Version 5.00\r\n\r\n; a comment\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\a]b]\r\n@=\"x\\\\\\\"\"\r\n"
            "\"n\"=dword:0000000a\r\n\"list\"=hex(7):41,00,\\\r\n  00,00,00,00\r\n\"q\"=hex(b):01,00\r\n\"two\"=\"1\r\n2\"\r\n\"gone\"=-\r\n"
            "[-HKEY_USERS\\a\\b]\r\n[HKEY_USERS\\\u8a18\u9332]\r\n\"\u8868\"=hex:\r\nrubbish\r\n\"open\"=\"\r\n[HKEY_CURRENT_USER\\z]\r\n")
    yield text.encode()
    yield b"\xef\xbb\xbf" + text.encode()
    yield b"\xff\xfe" + text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    four = text.replace("Windows Registry Editor Version 5.00", "REGEDIT4").replace("41,00", "8b,4c,00")
    yield four.encode("cp932")
    yield four.replace("\u8a18\u9332", "Z\xfcrich").replace("\u8868", "caf\xe9").encode("cp1252")


def record(key, name, kind, data):
    def wide(text):
        return text.encode("utf-16-le")
    return wide(f"[{key}\0;{name}\0;") + struct.pack("<I", kind) + wide(";") + struct.pack("<I", len(data)) + wide(";") + data + wide("]")


def policies():
    head, listed = b"PReg\1\0\0\0", "a;n\0".encode("utf-16-le")
    records = [record("S\\A", "n", 4, b"\2\0\0\0"), record("S\\A", "**del.a", 1, b" \0\0\0"), record("S\\A", "**delvals.", 1, b" \0\0\0"),
               record("S\\A", "**DeleteValues", 1, listed), record("S\\A", "**DeleteKeys", 1, "S\\A\\B\0".encode("utf-16-le")),
               record("S\\A", "**soft.n", 4, b"\3\0\0\0"), record("S\\A", "**SecureKey", 4, b"\1\0\0\0"), record("S\\C", "", 0, b"")]
    for one in records:
        yield head + one
    yield head + b"".join(records)
    yield head + records[0][:-2] + records[1]


def queries():
    """As reg query prints it, with blanks and with tabs."""
    text = ("\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\A\r\n    Name    REG_SZ    text\r\n    N    REG_DWORD    0x1f\r\n    (Default)    REG_SZ    (value not set)\r\n"
            "HKLM\\SYSTEM\\CurrentControlSet\\B\r\n\tL\tREG_MULTI_SZ\tone\\0two\r\n    B    REG_BINARY    01ff\r\n    Q    REG_QWORD    0x102030405\r\n\r\nEnd of search: 1\r\n")
    return [text.encode(), b"\xff\xfe" + text.encode("utf-16-le"), text.replace("text", "\u65e5\u672c").encode("cp932")]


def add(corpus):
    for target, seeds in (("fuzz_regf", hives()), ("fuzz_regf_log", logs()), ("fuzz_reg_text", exports()), ("fuzz_registry_pol", policies()),
                          ("fuzz_reg_query", queries())):
        for seed in seeds:
            corpus.add(target, seed)
