#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make a small capture from a text script.

usage: mkcap.py SCRIPT OUT.pcap        (OUT defaults to capture.pcap beside SCRIPT, or capture.pcap.gz if that is there; .gz packs it)

A script is lines; `#` begins a comment, `\\` at the end of a line continues it.

  start 2026-11-22T01:00:00Z      time of the first frame
  step 1ms                        time added after every frame (us, ms, s)
  wait 5s | at 12.5s              move the clock: forward, or to START + 12.5 s (frames are written in time order)
  link ethernet                   ethernet, raw, sll, sll2 or null
  seed WORD                       other filler bytes
  cert NAME key=rsa:2048|ec:prime256v1 hash=sha256 subject=/CN=sql01 san=DNS:sql01 from=20260101 to=20280101 issuer=NAME eku=serverAuth usage=keyEncipherment
                                  makes a certificate with the openssl program; self-signed without issuer; `ca=1` for an issuer
  cert NAME file:PATH             takes a DER file
  udp 192.0.2.5:50001 > 192.0.2.9:1434 ITEMS
                                  one datagram
  flow F 192.0.2.5:50001 > 192.0.2.9:1433 cttl=128 sttl=127 mss=1460
  sides delay=10ms hops=3 shift=2h
                                  two captures, client.pcap and server.pcap beside OUT: packets take `delay` each way and cross `hops`
                                  routers, the server's clock is `shift` ahead (a number of s, ms or h; may be negative); flows may add
                                  nat=203.0.113.9:61000 (the client as the server sees it), dnat=10.0.0.9:1433 (the server as it calls
                                  itself), only=client|server (of the whole flow) and rewrite=N (added to the server's sequence numbers on the way to the client)
  include PATH                    reads another script here (path from the script's folder)
  macro NAME A B ... / end        define;  `call NAME x y ...` replays it with $A and $B replaced
  repeat I 1 20 / end             replay with $I = 1..20; $(I*3+1) computes

Actions of a flow:
  F open                          SYN, SYN ACK, ACK            (also singly: F syn, F synack, F ack >)
  F > ITEMS      F < ITEMS        client (>) or server (<) sends the bytes of ITEMS, cut at mss
  F fin >   F rst < ttl=64        FIN ACK, RST ACK (with `bare=1` a RST without ACK)
  F close >                       FIN of both sides, `>` first
  F retransmit >                  the last segment of that side again
  F keepalive >                   a keep-alive: the byte before the next one
  F release                       sends what `hold` held back
Flags between direction and ITEMS: `lost` (counted in the sequence, not written), `dup` (written twice), `hold` (written at
the next release), `ttl=N`, `mss=N`; with `sides`: `only=client` or `only=server` (seen there alone).

ITEMS are joined: hex:0a0b, file:PATH, text:ABC, line:ABC (text and CR LF), random:N, NAME args or NAME args { ITEMS }
  records      rec type=22 ver=0303 { } · ccs · alert level=2 code=40 · finished len=40 (encrypted Finished) · app len=100
               (`ver=` on each)
  handshake    client_hello · server_hello · hello_retry · certificate certs=A,B · server_key_exchange · certificate_request ·
               server_hello_done · client_key_exchange · hs type=4 { }        (arguments: wire_tls.py)
  TDS          tds type=0x12 status=1 size=4096 { } · prelogin · prelogin_reply · login7 · login5 · login_ack · login_error
               number=18456 · smp flags=syn|ack|fin|data sid= { }   (arguments: wire_tds.py)
"""
import copy
import datetime
import os
import re
import shlex
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import capfile  # noqa: E402
import wire_tds  # noqa: E402
import wire_tls  # noqa: E402

LINKS = {"ethernet": capfile.LINK_ETHERNET, "raw": capfile.LINK_RAW, "sll": capfile.LINK_SLL, "sll2": capfile.LINK_SLL2,
         "null": capfile.LINK_NULL}


def duration(text):
    value, unit = re.fullmatch(r"(-?[0-9.]+)(us|ms|s|h)", text).groups()
    return int(float(value) * {"us": 1e3, "ms": 1e6, "s": 1e9, "h": 3.6e12}[unit])


def arguments(words):
    return dict(word.split("=", 1) for word in words)


# ---------------------------------------------------------------- certificates

class Certificates:
    """Certificates made with the openssl program, kept with their keys until the capture is done."""

    def __init__(self, folder):
        self.folder, self.der = folder, {}

    def run(self, *command):
        done = subprocess.run(["openssl", *command], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"openssl {' '.join(command)}: {done.stderr}")

    def path(self, name, kind):
        return os.path.join(self.folder, f"{name}.{kind}")

    def make(self, name, args):
        kind, _, size = args.get("key", "rsa:2048").partition(":")
        key = self.path(name, "key")
        if kind == "rsa":
            self.run("genrsa", "-out", key, size)
        else:
            self.run("ecparam", "-name", size, "-genkey", "-noout", "-out", key)
        self.run("req", "-new", "-key", key, "-subj", args.get("subject", "/CN=sql01"), "-out", self.path(name, "csr"))
        self.sign(name, args, args.get("issuer", name))
        with open(self.path(name, "der"), "rb") as f:
            self.der[name] = f.read()

    def sign(self, name, args, issuer):
        config = self.path(name, "cnf")
        with open(self.path(name, "db"), "w"), open(config, "w") as f:
            f.write(f"[ca]\ndefault_ca=x\n[x]\ndatabase={self.path(name, 'db')}\nrand_serial=yes\nnew_certs_dir={self.folder}\n"
                    f"policy=p\nunique_subject=no\nemail_in_dn=no\n[p]\ncommonName=optional\norganizationName=optional\n[e]\n"
                    f"basicConstraints=CA:{'TRUE' if args.get('ca') == '1' else 'FALSE'}\n")
            if "san" in args:
                f.write(f"subjectAltName={args['san']}\n")
            if "eku" in args:
                f.write(f"extendedKeyUsage={args['eku']}\n")
            if "usage" in args:
                f.write(f"keyUsage={args['usage']}\n")
        command = ["ca", "-batch", "-notext", "-config", config, "-extensions", "e", "-md", args.get("hash", "sha256"),
                   "-startdate", args.get("from", "20260101") + "000000Z", "-enddate", args.get("to", "20280101") + "000000Z",
                   "-in", self.path(name, "csr"), "-out", self.path(name, "pem"), "-keyfile", self.path(issuer, "key")]
        command += ["-selfsign"] if issuer == name else ["-cert", self.path(issuer, "pem")]
        self.run(*command)
        self.run("x509", "-in", self.path(name, "pem"), "-outform", "DER", "-out", self.path(name, "der"))


# ---------------------------------------------------------------- flows

class Side:
    def __init__(self, address, port, ttl, first):
        self.address, self.port, self.ttl, self.isn, self.next, self.last, self.ident = address, port, ttl, first, first, None, first & 0xFFF


class Flow:
    """One TCP connection: sequence numbers of both sides; hands frames to the script."""

    def __init__(self, script, ends, args):
        (client, server), fill = ends, script.fill
        number = int.from_bytes(fill.bytes(2), "big")
        self.script, self.mss = script, int(args.get("mss", "1460"))
        self.client = Side(*client, int(args.get("cttl", "128")), 1000000 + number * 17)
        self.server = Side(*server, int(args.get("sttl", "128")), 5000000 + number * 31)
        self.held, self.arrow = [], ">"
        other = {">": script.end(args["nat"]) if "nat" in args else client, "<": script.end(args["dnat"]) if "dnat" in args else server}
        self.there = other[">"], other["<"]  # both ends as the server's capture shows them
        self.rewrite, self.only = int(args.get("rewrite", "0")), args.get("only")

    def emit(self, arrow, segment, only=None):
        """One frame; with `sides` one in each capture."""
        script, only = self.script, only or self.only
        if not script.two:
            script.emit(segment)
            return
        if arrow != self.arrow:
            script.clock += 2 * script.two["delay"]  # what it answers has arrived
        self.arrow = arrow
        there, toward = copy.copy(segment), arrow == ">"
        (client, cport), (server, sport) = self.there
        there.src, there.sport, there.dst, there.dport = (client, cport, server, sport) if toward else (server, sport, client, cport)
        if toward:
            there.ttl -= script.two["hops"]
            there.ack = segment.ack - self.rewrite if segment.flags & capfile.ACK else 0
        else:
            segment = copy.copy(segment)
            segment.ttl -= script.two["hops"]
            there.seq = segment.seq - self.rewrite
        moment = script.clock + (script.two["delay"] if toward else -script.two["delay"]) + script.two["shift"]
        if only != "server":
            script.frame(segment, script.clock, toward, script.frames)
        if only != "client":
            script.frame(there, moment, toward, script.far)
        script.clock += script.step

    def sides(self, arrow):
        return (self.client, self.server) if arrow == ">" else (self.server, self.client)

    def send(self, arrow, flags, payload=b"", options=b"", how=()):
        me, peer = self.sides(arrow)
        settings = arguments(w for w in how if "=" in w)
        words = [w for w in how if "=" not in w]
        seq = me.isn if flags & capfile.SYN else me.next
        ack = peer.next if flags & capfile.ACK else 0
        me.ident += 1
        segment = capfile.Segment(src=me.address, dst=peer.address, sport=me.port, dport=peer.port, seq=seq, ack=ack, flags=flags,
                                  window=64240, options=options, payload=payload, ttl=int(settings.get("ttl", me.ttl)), ident=me.ident)
        me.next = seq + len(payload) + (1 if flags & (capfile.SYN | capfile.FIN) else 0)
        me.last = segment
        if "hold" in words:
            self.held.append((arrow, segment))
        elif "lost" not in words:
            self.emit(arrow, segment, settings.get("only"))
            if "dup" in words:
                self.emit(arrow, segment, settings.get("only"))

    def data(self, arrow, payload, how):
        size = int(arguments(w for w in how if "=" in w).get("mss", self.mss))
        how = [w for w in how if not w.startswith("mss=")]
        for at in range(0, len(payload), size):
            last = at + size >= len(payload)
            self.send(arrow, capfile.ACK | (capfile.PSH if last else 0), payload[at:at + size], how=how)

    def act(self, words):
        verb, rest = words[0], words[1:]
        if verb in "<>":
            how = []
            while rest and (rest[0] in ("lost", "dup", "hold") or re.match(r"(ttl|mss|only)=", rest[0])):
                how.append(rest.pop(0))
            self.data(verb, self.script.items(rest), how)
        elif verb == "syn":
            self.send(">", capfile.SYN, options=bytes.fromhex("020405b401010402"), how=rest)
        elif verb == "synack":
            self.send("<", capfile.SYN | capfile.ACK, options=bytes.fromhex("020405b401010402"), how=rest)
        elif verb == "open":
            self.act(["syn"])
            self.act(["synack"])
            self.act(["ack", ">"])
        elif verb == "ack":
            self.send(rest[0], capfile.ACK, how=rest[1:])
        elif verb == "fin":
            self.send(rest[0], capfile.FIN | capfile.ACK, how=rest[1:])
        elif verb == "rst":
            bare = "bare=1" in rest
            self.send(rest[0], capfile.RST | (0 if bare else capfile.ACK), how=[w for w in rest[1:] if w != "bare=1"])
        elif verb == "close":
            other = "<" if rest[0] == ">" else ">"
            self.act(["fin", rest[0]])
            self.act(["fin", other])
            self.act(["ack", rest[0]])
        elif verb == "keepalive":
            me, _ = self.sides(rest[0])
            me.next -= 1
            self.send(rest[0], capfile.ACK, b"\0", how=rest[1:])
        elif verb == "retransmit":
            self.emit(rest[0], self.sides(rest[0])[0].last, arguments(rest[1:]).get("only"))
        elif verb == "release":
            for arrow, segment in self.held:
                self.emit(arrow, segment)
            self.held = []
        else:
            raise ValueError(f"unknown action {verb}")


# ---------------------------------------------------------------- items

class Items:
    """Turns the words of ITEMS into bytes."""

    def __init__(self, script, words):
        self.script, self.words, self.at = script, words, 0

    def parse(self, nested=False):
        out = b""
        while self.at < len(self.words):
            word = self.words[self.at]
            self.at += 1
            if word == "}":
                if not nested:
                    raise ValueError("} without {")
                return out
            out += self.item(word)
        if nested:
            raise ValueError("{ without }")
        return out

    def item(self, word):
        kind, colon, value = word.partition(":")
        if colon and kind == "hex":
            return bytes.fromhex(value)
        if colon and kind == "text":
            return value.encode()
        if colon and kind == "line":
            return value.encode() + b"\r\n"
        if colon and kind == "random":
            return self.script.fill.bytes(int(value))
        if colon and kind == "file":
            with open(os.path.join(self.script.folder, value), "rb") as f:
                return f.read()
        args = {}
        while self.at < len(self.words) and "=" in self.words[self.at]:
            key, _, text = self.words[self.at].partition("=")
            args[key] = text
            self.at += 1
        inner = b""
        if self.at < len(self.words) and self.words[self.at] == "{":
            self.at += 1
            inner = self.parse(nested=True)
        return self.build(word, args, inner)

    def build(self, name, args, inner):
        fill = self.script.fill
        version = wire_tls.number(args.get("ver", "0303"), wire_tls.VERSIONS)
        simple = {
            "rec": lambda: wire_tls.record(int(args.get("type", "22")), version, inner),
            "ccs": lambda: wire_tls.record(20, version, b"\x01"),
            "alert": lambda: wire_tls.alert(args),
            "finished": lambda: wire_tls.record(22, version, fill.bytes(int(args.get("len", "40")))),
            "app": lambda: wire_tls.record(23, version, fill.bytes(int(args.get("len", "64")))),
            "encrypted_alert": lambda: wire_tls.record(21, version, fill.bytes(int(args.get("len", "26")))),
            "hs": lambda: wire_tls.handshake(int(args["type"]), inner),
            "client_hello": lambda: wire_tls.client_hello(args, fill),
            "server_hello": lambda: wire_tls.server_hello(args, fill),
            "hello_retry": lambda: wire_tls.server_hello(dict(args, version="1.3"), fill, retry=True),
            "certificate": lambda: wire_tls.certificate([self.script.certs.der[c] for c in args.get("certs", "").split(",") if c]),
            "server_key_exchange": lambda: wire_tls.server_key_exchange(args, fill),
            "certificate_request": lambda: wire_tls.certificate_request(args),
            "server_hello_done": lambda: wire_tls.handshake(14, b""),
            "client_key_exchange": lambda: wire_tls.client_key_exchange(args, fill),
            "tds": lambda: wire_tds.packets(int(args.get("type", "0x12"), 0), inner, int(args.get("status", "1")), int(args.get("size", "4096"))),
            "prelogin": lambda: wire_tds.prelogin(args, False),
            "prelogin_reply": lambda: wire_tds.prelogin(args, True),
            "login7": lambda: wire_tds.login7(args),
            "login5": lambda: wire_tds.tds5_login(args),
            "smp": lambda: wire_tds.smp(args, inner),
            "login_ack": lambda: wire_tds.login_ack(args),
            "login_error": lambda: wire_tds.login_error(args),
        }
        if name not in simple:
            raise ValueError(f"unknown item {name}")
        return simple[name]()


# ---------------------------------------------------------------- scripts

class Script:
    def __init__(self, path, workspace):
        self.folder = os.path.dirname(os.path.abspath(path))
        self.clock = self.begin = int(datetime.datetime(2026, 11, 22, 1, tzinfo=datetime.timezone.utc).timestamp()) * 10**9
        self.step, self.link, self.frames = 10**6, capfile.LINK_ETHERNET, []
        self.two, self.far = None, []
        self.flows, self.macros, self.certs = {}, {}, Certificates(workspace)
        self.fill = wire_tls.Filler(os.path.basename(self.folder))

    def emit(self, segment):
        client = any(segment.src == f.client.address and segment.sport == f.client.port for f in self.flows.values())
        self.frame(segment, self.clock, client, self.frames)
        self.clock += self.step

    def frame(self, segment, moment, client, frames):
        macs = (b"\x02\0\0\0\0\x01", b"\x02\0\0\0\0\x02")
        both = macs[1] + macs[0] if client else macs[0] + macs[1]
        frames.append(capfile.link_frame(moment, capfile.ip_packet(segment), self.link, macs=both))

    def items(self, words):
        return Items(self, words).parse()

    def run(self, lines, names):
        at = 0
        while at < len(lines):
            number, text = lines[at]
            at += 1
            words = shlex.split(self.expand(text, names), comments=True)
            if not words:
                continue
            if words[0] in ("macro", "repeat"):
                body, at = self.block(lines, at)
                if words[0] == "macro":
                    self.macros[words[1]] = (words[2:], body)
                else:
                    for value in range(int(words[2]), int(words[3]) + 1):
                        self.run(body, dict(names, **{words[1]: str(value)}))
                continue
            try:
                self.line(words)
            except (ValueError, KeyError, IndexError, AttributeError) as error:
                raise SystemExit(f"line {number}: {' '.join(words)}: {error!r}") from error

    @staticmethod
    def block(lines, at):
        depth, first = 1, at
        while depth:
            word = (lines[at][1].split() or [""])[0]
            depth += (word in ("macro", "repeat")) - (word == "end")
            at += 1
        return lines[first:at - 1], at

    @staticmethod
    def expand(text, names):
        if not names or "$" not in text:
            return text
        for name in sorted(names, key=len, reverse=True):
            text = text.replace("$" + name, names[name])

        def compute(match):
            inner = match.group(1)
            for name in names:
                inner = re.sub(rf"\b{name}\b", names[name], inner)
            if not re.fullmatch(r"[0-9+*/% ()-]+", inner):
                raise SystemExit(f"cannot compute {inner}")
            return str(eval(inner.replace("/", "//"), {"__builtins__": {}}))

        return re.sub(r"\$\(([^$]*?)\)", compute, text)

    def line(self, words):
        verb = words[0]
        if verb == "start":
            moment = datetime.datetime.fromisoformat(words[1].replace("Z", "+00:00"))
            self.clock = self.begin = int(moment.timestamp()) * 10**9
        elif verb == "step":
            self.step = duration(words[1])
        elif verb == "wait":
            self.clock += duration(words[1])
        elif verb == "at":
            self.clock = self.begin + duration(words[1])
        elif verb == "link":
            self.link = LINKS[words[1]]
        elif verb == "sides":
            args = arguments(words[1:])
            self.two = {"delay": duration(args.get("delay", "10ms")), "hops": int(args.get("hops", "3")), "shift": duration(args.get("shift", "0s"))}
        elif verb == "include":
            self.run(load(os.path.join(self.folder, words[1])), {})
        elif verb == "seed":
            self.fill = wire_tls.Filler(words[1])
        elif verb == "cert" and words[2].startswith("file:"):
            with open(os.path.join(self.folder, words[2][5:]), "rb") as f:
                self.certs.der[words[1]] = f.read()
        elif verb == "cert":
            self.certs.make(words[1], arguments(words[2:]))
        elif verb == "flow":
            self.flow(words)
        elif verb == "udp":
            (source, sport), (target, dport) = self.end(words[1]), self.end(words[3])
            packet = capfile.udp_packet(source, sport, target, dport, self.items(words[4:]))
            self.frames.append(capfile.link_frame(self.clock, packet, self.link))
            self.clock += self.step
        elif verb == "call":
            params, body = self.macros[words[1]]
            self.run(body, dict(zip(params, words[2:])))
        else:
            self.flows[verb].act(words[1:])

    @staticmethod
    def end(text):
        host, _, port = text.rpartition(":")
        return capfile.address(host.strip("[]")), int(port)

    def flow(self, words):
        self.flows[words[1]] = Flow(self, (self.end(words[2]), self.end(words[4])), arguments(words[5:]))


def load(path):
    """(line number, text) of every line of a script, continuations joined."""
    with open(path, encoding="utf-8") as f:
        text = f.read().replace("\\\n", " \0")
    lines, number = [], 1
    for line in text.split("\n"):
        lines.append((number, line.replace("\0", "")))
        number += 1 + line.count("\0")
    return lines


def make(path, out, certificates=None):
    """Number of frames; the dict `certificates` learns the DER of each by its name."""
    with tempfile.TemporaryDirectory() as workspace:
        script = Script(path, workspace)
        script.run(load(path), {})
        if certificates is not None:
            certificates.update(script.certs.der)
    if script.two:
        folder = os.path.dirname(out)
        files = [(os.path.join(folder, "client.pcap"), script.frames), (os.path.join(folder, "server.pcap"), script.far)]
    else:
        files = [(out, script.frames)]
    for path, frames in files:
        frames.sort(key=lambda frame: frame.ns)
        capfile.write_pcap(path, frames)
    return len(script.frames)


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[1].startswith("-"):
        print(__doc__)
        raise SystemExit(0 if sys.argv[1:] in (["-h"], ["--help"]) else 2)
    beside = os.path.join(os.path.dirname(sys.argv[1]) or ".", "capture.pcap")
    out = sys.argv[2] if len(sys.argv) == 3 else beside + ".gz" * os.path.exists(beside + ".gz")
    print(f"{out}: {make(sys.argv[1], out)} frames")


if __name__ == "__main__":
    main()
