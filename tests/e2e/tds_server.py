#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A SQL Server that says what it is told to: PRELOGIN, TLS inside PRELOGIN or before it (strict), LOGIN7, answers.

Prints `listening PORT` on stdout and one line an event on stderr. Serves until stdin ends, so it never outlives its starter.
After any step of STEPS it can close (FIN or RST) or fall silent.
"""
import argparse
import os
import socket
import ssl
import struct
import sys
import threading

STEPS = ("connect", "prelogin", "reply", "client_hello", "server_hello", "client_finished", "handshake", "login", "answer")
SQL_BATCH, OLD_LOGIN, RESPONSE, ATTENTION, LOGIN7, PRELOGIN, TLS_HANDSHAKE = 0x01, 0x02, 0x04, 0x06, 0x10, 0x12, 0x16
END_OF_MESSAGE, PACKET = 0x01, 4096
OPTION_VERSION, OPTION_ENCRYPTION, OPTION_END = 0, 1, 0xFF
ENCRYPTION = {"off": 0, "on": 1, "not_sup": 2, "req": 3}
TLS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
TDS72 = 0x72000000


class Stop(Exception):
    """The server ends the conversation here, by plan or because it must."""


class Gone(Exception):
    """The client ended the conversation."""


# ---------------------------------------------------------------- messages

def packets(kind, body):
    """One TDS message in packets of at most PACKET bytes."""
    room, out = PACKET - 8, b""
    parts = [body[at:at + room] for at in range(0, len(body), room)] or [b""]
    for number, part in enumerate(parts, 1):
        status = END_OF_MESSAGE if number == len(parts) else 0
        out += struct.pack(">BBHHBB", kind, status, len(part) + 8, 0, number & 0xFF, 0) + part
    return out


def prelogin_options(body):
    options, at = {}, 0
    while at + 5 <= len(body) and body[at] != OPTION_END:
        token, offset, size = struct.unpack_from(">BHH", body, at)
        options[token] = body[offset:offset + size]
        at += 5
    return options


def prelogin_reply(version, encryption):
    major, minor, build, revision = version
    options = [(0, struct.pack(">BBHH", major, minor, build, revision)), (1, bytes([encryption])), (2, b"\0"), (3, b""), (4, b"\0")]
    head, data, start = b"", b"", 5 * len(options) + 1
    for token, value in options:
        head += struct.pack(">BHH", token, start + len(data), len(value))
        data += value
    return packets(RESPONSE, head + bytes([OPTION_END]) + data)


def utf16(text):
    return text.encode("utf-16-le")


def short_text(text):
    return bytes([len(text)]) + utf16(text)


def token(kind, body):
    return bytes([kind]) + struct.pack("<H", len(body)) + body


def environment(kind, new, old):
    return token(0xE3, bytes([kind]) + new + old)


def done(tds, status=0, rows=0):
    return struct.pack("<BHHQ" if tds >= TDS72 else "<BHHI", 0xFD, status, 0, rows)


def one_row(tds):
    """A result set of one tinyint; jTDS asks for @@MAX_PRECISION (38) before it believes that it is connected."""
    column = struct.pack("<IH" if tds >= TDS72 else "<HH", 0, 0) + b"\x30" + short_text("n")
    return b"\x81\x01\0" + column + b"\xd1" + bytes([38]) + done(tds, status=0x10, rows=1)


def login_answer(tds, version):
    major, minor, build, _ = version
    ack = b"\x01" + struct.pack(">I", tds) + short_text("Microsoft SQL Server") + struct.pack(">BBH", major, minor, build)
    collation = b"\x05" + bytes.fromhex("0904d00034")
    return (environment(1, short_text("master"), short_text("master")) + environment(7, collation, b"\0")
            + token(0xAD, ack) + environment(4, short_text(str(PACKET)), short_text(str(PACKET))) + done(tds))


def login_error(tds, number):
    text = "Login failed for user 'sa'."
    line = struct.pack("<i", 1) if tds >= TDS72 else struct.pack("<h", 1)
    body = struct.pack("<iBB", number, 1, 14) + struct.pack("<H", len(text)) + utf16(text) + short_text("AKUSHU") + b"\0" + line
    return token(0xAA, body) + done(tds, status=2)


# ---------------------------------------------------------------- one conversation

class Conversation:
    def __init__(self, sock, number, options):
        self.sock, self.number, self.options = sock, number, options
        self.tls = self.incoming = self.outgoing = None
        self.full = True
        sock.settimeout(options.patience)

    def log(self, *words):
        print(self.number, *words, file=sys.stderr, flush=True)

    def step(self, name):
        self.log("step", name)
        if name == self.options.stop_after:
            raise Stop(f"asked to stop after {name}")

    # ---- bytes

    def exactly(self, size):
        data = b""
        while len(data) < size:
            part = self.sock.recv(size - len(data))
            if not part:
                raise Gone("end of stream")
            data += part
        return data

    def peek(self):
        first = self.sock.recv(1, socket.MSG_PEEK)
        if not first:
            raise Gone("end of stream")
        return first[0]

    def decrypted(self, size):
        data = b""
        while len(data) < size:
            try:
                part = self.tls.read(size - len(data))
                if not part:
                    raise Gone("close_notify")
                data += part
            except ssl.SSLWantReadError:
                raw = self.sock.recv(65536)
                if not raw:
                    raise Gone("end of stream") from None
                self.incoming.write(raw)
        return data

    def packet(self, read):
        kind, status, size = struct.unpack(">BBH4x", read(8))
        if size < 8:
            raise Stop("TDS packet length below 8")
        return kind, status, read(size - 8)

    def message(self, encrypted):
        """One whole TDS message. With login-only encryption its first packet alone is encrypted."""
        kind, status, body = self.packet(self.decrypted if encrypted else self.exactly)
        while not status & END_OF_MESSAGE:
            _, status, more = self.packet(self.decrypted if encrypted and self.full else self.exactly)
            body += more
        return kind, body

    def answer(self, data):
        if self.tls and self.full:
            self.tls.write(data)
            data = self.outgoing.read()
        self.sock.sendall(data)

    # ---- TLS

    def context(self):
        o = self.options
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version, context.maximum_version = TLS[o.min], TLS[o.max]
        context.set_ciphers(o.ciphers)
        context.load_cert_chain(o.cert, o.key)
        if o.dh:
            context.load_dh_params(o.dh)
        context.options |= ssl.OP_NO_TICKET
        if o.strict:
            context.set_alpn_protocols(["tds/8.0"])
        return context

    def send_tls(self, wrapped):
        data = self.outgoing.read()
        if data:
            self.sock.sendall(packets(PRELOGIN, data) if wrapped else data)
        return bool(data)

    def more_tls(self, wrapped):
        if not wrapped:
            data = self.sock.recv(65536)
            if not data:
                raise Gone("end of stream")
            return data
        kind, _, body = self.packet(self.exactly)
        if kind != PRELOGIN:
            raise Stop(f"packet type 0x{kind:02x} during the TLS negotiation")
        return body

    def handshake(self, wrapped):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = self.context().wrap_bio(self.incoming, self.outgoing, server_side=True)
        flights = 0
        while True:
            flights += 1
            self.incoming.write(self.more_tls(wrapped))
            if flights == 1:
                self.step("client_hello")
            elif flights == 2:
                self.step("client_finished")
            try:
                self.tls.do_handshake()
                self.send_tls(wrapped)
                break
            except ssl.SSLWantReadError:
                if self.send_tls(wrapped) and flights == 1:
                    self.step("server_hello")
            except ssl.SSLError as error:
                if not self.options.no_alert:
                    self.send_tls(wrapped)
                raise Stop(f"TLS: {error}") from None
        self.log("tls", self.tls.version(), self.tls.cipher()[0], self.tls.selected_alpn_protocol())
        self.step("handshake")

    # ---- the dialogue

    def prelogin(self, encrypted):
        kind, body = self.message(encrypted)
        if kind != PRELOGIN:
            raise Stop(f"packet type 0x{kind:02x} instead of PRELOGIN")
        asked = prelogin_options(body).get(OPTION_ENCRYPTION, b"\xff")[0] & 0x3F
        self.log("prelogin", f"encryption={asked}")
        if not encrypted:
            self.step("prelogin")
        self.answer(prelogin_reply(self.options.version, self.options.encryption))
        if not encrypted:
            self.step("reply")
        return asked

    def login(self, encrypted):
        kind, body = self.message(encrypted)
        if kind != LOGIN7:
            raise Stop(f"packet type 0x{kind:02x} instead of LOGIN7")
        tds = struct.unpack_from("<I", body, 4)[0]
        self.log("login", f"tds=0x{tds:08x}", "encrypted" if encrypted else "clear")
        self.step("login")
        if self.options.login:
            self.answer(packets(RESPONSE, login_error(tds, self.options.login)))
            raise Stop(f"login refused with {self.options.login}")
        self.answer(packets(RESPONSE, login_answer(tds, self.options.version)))
        self.step("answer")
        return tds

    def requests(self, tds):
        while True:
            kind, body = self.message(self.tls is not None and self.full)
            if kind == ATTENTION:
                answer = done(tds, status=0x20)
            elif utf16("SELECT") in body.upper():
                answer = one_row(tds)
            else:
                answer = done(tds)
            self.answer(packets(RESPONSE, answer))

    def talk(self):
        self.step("connect")
        first = self.peek()
        if self.options.strict:
            if first != TLS_HANDSHAKE:
                raise Stop(f"first byte 0x{first:02x}: only TDS 8.0 here")
            self.handshake(wrapped=False)
            self.prelogin(encrypted=True)
        elif first == PRELOGIN:
            asked = self.prelogin(encrypted=False)
            self.full = not (asked == ENCRYPTION["off"] and self.options.encryption == ENCRYPTION["off"])
            if self.peek() == PRELOGIN:
                self.handshake(wrapped=True)
        elif first != LOGIN7:
            raise Stop(f"first byte 0x{first:02x} is no TDS message that opens a session")
        self.requests(self.login(encrypted=self.tls is not None))

    # ---- the end

    def drain(self):
        try:
            while self.sock.recv(65536):
                pass
        except OSError:
            pass

    def end(self, how):
        if how == "rst":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif how == "fin":
            try:
                self.sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            self.drain()
        else:
            self.drain()
        self.sock.close()

    def run(self):
        how = "fin"
        try:
            self.talk()
        except Stop as reason:
            how = self.options.close
            self.log("stop", how, reason)
        except (Gone, OSError, ssl.SSLError) as reason:
            self.log("gone", repr(reason))
        self.end(how)


# ---------------------------------------------------------------- program

def encryption_byte(text):
    return ENCRYPTION[text] if text in ENCRYPTION else int(text, 0)


def version_numbers(text):
    numbers = tuple(int(part) for part in text.split("."))
    if len(numbers) != 4:
        raise argparse.ArgumentTypeError("four numbers are needed, as in 16.0.4135.4")
    return numbers


def options():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--port", type=int, default=0)
    ap.add_argument("--encryption", type=encryption_byte, default=1, help="byte of the PRELOGIN reply: off, on, not_sup, req or a number")
    ap.add_argument("--version", type=version_numbers, default=(16, 0, 4135, 4), help="SQL Server build of the PRELOGIN reply")
    ap.add_argument("--strict", action="store_true", help="TDS 8.0 only: TLS first")
    ap.add_argument("--min", choices=TLS, default="1.2")
    ap.add_argument("--max", choices=TLS, default="1.2")
    ap.add_argument("--ciphers", default="ALL:@SECLEVEL=0")
    ap.add_argument("--cert", required=True)
    ap.add_argument("--key", required=True)
    ap.add_argument("--dh", help="file of DH parameters")
    ap.add_argument("--no-alert", action="store_true", help="close without the TLS alert, as SQL Server does")
    ap.add_argument("--login", type=int, default=0, metavar="ERROR", help="refuse the login with this error number")
    ap.add_argument("--stop-after", choices=STEPS)
    ap.add_argument("--close", choices=("fin", "rst", "silent"), default="fin", help="how the server ends what it does not want")
    ap.add_argument("--patience", type=float, default=30, help="seconds to wait for the client")
    return ap.parse_args()


def accept_all(listener, o):
    number = 0
    while True:
        sock, _ = listener.accept()
        number += 1
        threading.Thread(target=Conversation(sock, number, o).run, daemon=True).start()


def main():
    o = options()
    listener = socket.create_server(("127.0.0.1", o.port))
    print("listening", listener.getsockname()[1], flush=True)
    threading.Thread(target=accept_all, args=(listener, o), daemon=True).start()
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
