# SPDX-License-Identifier: Apache-2.0
"""TDS messages as bytes, for captures made by mkcap (MS-TDS 2.2.3, 2.2.6.4, 2.2.6.5, 2.2.7)."""
import struct

ENCRYPTION = {"off": 0, "on": 1, "not_sup": 2, "req": 3}


def packets(kind, data, status=1, size=4096):
    """Payload cut into TDS packets; only the last one carries `status`."""
    out, room = b"", size - 8
    pieces = [data[at:at + room] for at in range(0, len(data), room)] or [b""]
    for index, piece in enumerate(pieces):
        last = index == len(pieces) - 1
        out += struct.pack(">BBHHBB", kind, status if last else 0, len(piece) + 8, 0, index + 1 & 255, 0) + piece
    return out


def prelogin(args, reply):
    """version=MAJOR.MINOR.BUILD[.SUB] encryption=off|on|not_sup|req|HEX instance= mars=0|1|none thread="""
    part = [int(x) for x in args.get("version", "16.0.1000" if reply else "18.0.1000").split(".")] + [0]
    text = args.get("encryption", "on")
    encryption = ENCRYPTION[text] if text in ENCRYPTION else int(text, 16)
    options = [(0, struct.pack(">BBHH", part[0], part[1], part[2], part[3])), (1, bytes([encryption])),
               (2, args.get("instance", "").encode() + b"\0")]
    options.append((3, b"" if reply else struct.pack(">I", int(args.get("thread", "4242")))))
    if args.get("mars", "0") != "none":
        options.append((4, bytes([int(args.get("mars", "0"))])))
    at, table, data = len(options) * 5 + 1, b"", b""
    for token, value in options:
        table += struct.pack(">BHH", token, at + len(data), len(value))
        data += value
    return packets(0x04 if reply else 0x12, table + b"\xff" + data)


def obfuscated(password):
    """The password as LOGIN7 sends it: nibbles swapped, then XOR A5."""
    return bytes((b << 4 & 0xF0 | b >> 4) ^ 0xA5 for b in password.encode("utf-16-le"))


def login7(args):
    """user= password= host= app= server= library= language= database= tds=HEX packet= sspi=HEX"""
    values, at, data, table = ("host", "user", "password", "app", "server", "extension", "library", "language", "database"), 94, b"", b""
    defaults = dict(host="WS01", user="app", password="", app="akushu test", server="sql01", library="mkcap", database="")
    for name in values:
        text = args.get(name, defaults.get(name, ""))
        raw = obfuscated(text) if name == "password" else text.encode("utf-16-le")
        table += struct.pack("<HH", at + len(data), len(text))
        data += raw
    sspi = bytes.fromhex(args.get("sspi", ""))
    table += b"\x02\0\0\0\0\x07" + struct.pack("<HH", at + len(data), len(sspi))
    data += sspi
    table += struct.pack("<HHHHI", at + len(data), 0, at + len(data), 0, 0)
    integrated = 0x80 if sspi else 0
    head = struct.pack("<IIIIIBBBBiI", int(args.get("tds", "74000004"), 16), int(args.get("packet", "4096")), 7, 4242, 0,
                       0xE0, 0x03 | integrated, 0, 0, 0, 0x0409)
    body = head + table + data
    return packets(0x10, struct.pack("<I", len(body) + 4) + body)


def tds5_login(args):
    """A TDS 4.2/5.0 login packet (type 02): host, user and password in plain ASCII."""
    def field(text, size):
        raw = text.encode()[:size]
        return raw + b"\0" * (size - len(raw)) + bytes([len(raw)])

    body = field(args.get("host", "WS01"), 30) + field(args.get("user", "app"), 30) + field(args.get("password", ""), 30)
    return packets(0x02, body + b"\0" * 480, size=512)


def _done(status):
    return struct.pack("<BHHQ", 0xFD, status, 0, 0)


def login_error(args):
    """number= state= class= message="""
    message = args.get("message", "Login failed for user.").encode("utf-16-le")
    server = args.get("server", "sql01").encode("utf-16-le")
    body = struct.pack("<iBB", int(args.get("number", "18456")), int(args.get("state", "1")), int(args.get("class", "14")))
    body += struct.pack("<H", len(message) // 2) + message + bytes([len(server) // 2]) + server + b"\0" + struct.pack("<I", 1)
    return packets(0x04, b"\xaa" + struct.pack("<H", len(body)) + body + _done(2))


def smp(args, inner):
    """flags=syn|ack|fin|data sid= seq= window= (MC-SMP 2.2.1)"""
    flags = {"syn": 1, "ack": 2, "fin": 4, "data": 8}[args.get("flags", "data")]
    return struct.pack("<BBHIII", 0x53, flags, int(args.get("sid", "0")), len(inner) + 16, int(args.get("seq", "0")),
                       int(args.get("window", "4"))) + inner


def _packet_size(text):
    """ENVCHANGE type 4 (MS-TDS 2.2.7.9), old value 4096."""
    new, old = text.encode("utf-16-le"), "4096".encode("utf-16-le")
    body = b"\x04" + bytes([len(text)]) + new + b"\x04" + old
    return b"\xe3" + struct.pack("<H", len(body)) + body


def login_ack(args):
    """version=MAJOR.MINOR.BUILD packet=BYTES"""
    part = [int(x) for x in args.get("version", "16.0.1000").split(".")]
    name = "Microsoft SQL Server".encode("utf-16-le") + b"\0\0\0\0"
    body = b"\x01" + b"\x74\0\0\x04" + bytes([len(name) // 2]) + name + struct.pack(">BBH", part[0], part[1], part[2])
    change = _packet_size(args["packet"]) if "packet" in args else b""
    return packets(0x04, b"\xad" + struct.pack("<H", len(body)) + body + change + _done(0))
