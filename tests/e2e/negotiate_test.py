#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What akushu predicts must be what real stacks do: seeded random pairs of configurations of OpenSSL, GnuTLS, NSS and JSSE on loopback.

usage: negotiate_test.py --driver PATH [--pairs N] [--seed N] [--jobs N] [--only CLIENT-SERVER] [--pair N] [--two-certificates]
                         [--keep] [--verbose]

Every server configuration lives through several clients. A relay between the two notes what crossed, so all stacks are read alike:
version, suite, group, DH size, who refused and how far they had come. Differences that have a reason stand in negotiate_exceptions.py.
Exit status 1 when a pair differs, 77 when fewer than two stacks are here.
"""
import argparse
import collections
import concurrent.futures
import os
import random
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE]
import negotiate_exceptions  # noqa: E402
import negotiate_stacks as stacks  # noqa: E402

CLIENTS_EACH = 12
SECONDS = 12


# ---------------------------------------------------------------- what crossed the wire

class Side:
    """One direction: records as they come, and what matters of their messages."""

    def __init__(self):
        self.data, self.records, self.handshake = bytearray(), [], bytearray()
        self.ccs = self.finished = False
        self.messages = []

    def feed(self, data, encrypted13):
        self.data += data
        while len(self.data) >= 5 and len(self.data) >= 5 + (size := self.data[3] << 8 | self.data[4]):
            kind, body = self.data[0], bytes(self.data[5:5 + size])
            del self.data[:5 + size]
            self.records.append((kind, body))
            if kind == 20:
                self.ccs = True
            elif kind == 22 and self.ccs and not encrypted13():
                self.finished = True
            elif kind == 22:
                self.handshake += body
                self.split()

    def split(self):
        while len(self.handshake) >= 4 and len(self.handshake) >= 4 + (size := int.from_bytes(self.handshake[1:4], "big")):
            self.messages.append((self.handshake[0], bytes(self.handshake[4:4 + size])))
            del self.handshake[:4 + size]


def u16(data, at):
    return data[at] << 8 | data[at + 1]


RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


class Talk:
    """Both directions of one connection."""

    def __init__(self):
        self.client, self.server = Side(), Side()
        self.version = self.suite = self.group = self.dh = 0
        self.closed_by = None
        self.alert = None  # (side, number)
        self.hello = self.answered = False

    def fed(self, side, data):
        own = self.client if side == "client" else self.server
        before, messages = len(own.records), len(own.messages)
        own.feed(data, lambda: self.version == 0x304)
        for kind, body in own.messages[messages:]:
            self.message(side, kind, body)
        for kind, body in own.records[before:]:
            self.record(side, kind, body)

    def record(self, side, kind, body):
        own = self.client if side == "client" else self.server
        if self.closed_by not in (None, side):
            return  # the answer to a close is no refusal
        if kind == 21 and len(body) == 2 and not (own.ccs and self.version != 0x304) and self.alert is None:
            # JSSE says that it will not talk by a close_notify, and waits until the other side closes.
            if body[0] == 2 or (self.version == 0x304 and body[1] not in (0, 90)) or (body[1] == 0 and not self.established()):
                self.alert = (side, body[1])
        if kind == 21 and len(body) != 2 and self.alert is None and not self.established():
            self.alert = (side, 0)  # encrypted: its number is not to be seen
        if kind == 23 and self.version == 0x304 and side == "client":
            if len(body) < 4 + 32 + 1 + 16 and not own.finished and self.alert is None:
                self.alert = (side, 0)
            elif len(body) >= 4 + 32 + 1 + 16:
                own.finished = True
        if kind == 23 and self.version == 0x304 and side == "server":
            own.finished = True
            if len(body) == 2 + 1 + 16 and not self.client.finished and self.alert is None:
                self.alert = (side, 0)

    def message(self, side, kind, body):
        if kind == 1:
            self.hello = True
        elif kind == 2 and body[2:34] == RETRY:
            self.version = 0x304  # a ChangeCipherSpec may follow, and means nothing
        elif kind == 2:
            self.answered = True
            at = 35 + body[34]
            self.version, self.suite = u16(body, 0), u16(body, at)
            self.extensions(body, at + 3)
        elif kind == 12:
            self.exchange(body)

    def extensions(self, body, at):
        end = at + 2 + u16(body, at) if at + 2 <= len(body) else at
        at += 2
        while at + 4 <= end:
            kind, size = u16(body, at), u16(body, at + 2)
            if kind == 43:
                self.version = u16(body, at + 4)
            elif kind == 51:
                self.group = u16(body, at + 4)
            at += 4 + size

    def exchange(self, body):
        if stacks.MODEL[self.suite][0] == "ecdhe":
            self.group = u16(body, 1)
        else:
            self.dh = int.from_bytes(body[2:2 + u16(body, 0)], "big").bit_length()

    def established(self):
        return self.client.finished and self.server.finished

    def outcome(self):
        if self.established():
            return ("established", f"{self.version:04x}", f"{self.suite:04x}", f"{self.group:04x}", str(self.dh))
        by = self.alert[0] if self.alert else self.closed_by
        if not self.hello:
            return ("refused", "client", "P0")
        stage = "P4" if self.answered else "P3"
        return ("refused", by, stage)


class Relay:
    """Listens for one client, connects it to the server and notes what they say."""

    def __init__(self, port):
        self.talk, self.port = Talk(), port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.own = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            self.listener.settimeout(SECONDS)
            client, _ = self.listener.accept()
            self.listener.close()
            with client, socket.create_connection(("127.0.0.1", self.port), SECONDS) as server:
                self.carry({client: ("client", server), server: ("server", client)})
        except OSError:
            pass

    def carry(self, ends):
        open_ends = set(ends)
        deadline = time.monotonic() + SECONDS
        while open_ends and time.monotonic() < deadline:
            for end in select.select(list(open_ends), [], [], 1)[0]:
                side, other = ends[end]
                try:
                    data = end.recv(65536)
                except OSError:
                    data = b""
                if data:
                    self.talk.fed(side, data)
                    try:
                        other.sendall(data)
                    except OSError:
                        pass
                    continue
                open_ends.discard(end)
                if self.talk.closed_by is None:
                    self.talk.closed_by = side
                try:
                    other.shutdown(socket.SHUT_WR)
                except OSError:
                    pass

    def end(self):
        self.thread.join(SECONDS)
        self.listener.close()
        return self.talk.outcome()


# ---------------------------------------------------------------- predictions

class Driver:
    """The test program, asked line by line. Descriptions go in once each."""

    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lock, self.count = threading.Lock(), 0

    def ask(self, text):
        with self.lock:
            self.process.stdin.write(text + "\n")
            self.process.stdin.flush()
            return self.process.stdout.readline().strip()

    def party(self, role, settings):
        with self.lock:
            self.count += 1
            text = "".join(f"{s}\n" for s in settings)
            self.process.stdin.write(f"party {self.count} {role}\n{text}end\n")
            return self.count


def predicted(answer):
    words = answer.split()
    if words[:1] == ["established"]:
        version, suite, group, _, dh = words[1:6]
        model = stacks.MODEL[int(suite, 16)][0]
        # A ServerKeyExchange of DHE names its size, not its group.
        return ("established", version, suite, group if model != "dhe" else "0000", dh)
    if words[:1] == ["refused"]:
        return ("refused", words[1], "P0" if words[2] == "P0" else words[2])
    return ("error", answer)


def alike(want, got):
    """Refusals before the client said anything look alike on the wire; of established ones everything is compared."""
    return want == got


# ---------------------------------------------------------------- running

class Result:
    def __init__(self, number, client, server, want, got, answer):
        self.number, self.client, self.server, self.want, self.got, self.answer = number, client, server, want, got, answer
        self.good = alike(want, got)
        self.exception = None if self.good else negotiate_exceptions.reason(client, server, want, got)


def run_server(a, driver, place, number, rnd, server_stack, client_stacks):
    """One server and its clients."""
    results = []
    server = server_stack.server(place, rnd)
    known = driver.party("server", server.settings)
    try:
        server.start()
        for i in range(a.each):
            stack = client_stacks[i % len(client_stacks)]
            client = stack.client(place, rnd)
            pair = number + i
            if a.pair is not None and pair != a.pair:
                continue
            relay = Relay(server.port)
            client.run(relay.own, relay.talk.established)
            got = relay.end()
            answer = driver.ask(f"pair {driver.party('client', client.settings)} {known}")
            results.append(Result(pair, client, server, predicted(answer), got, answer))
            if a.verbose or (a.pair is not None and pair == a.pair):
                print(pair, client, server, answer, got, client.said(), sep="\n  ")
    finally:
        server.stop()
    return results


def report(results, a):
    wrong = [r for r in results if not r.good and r.exception is None]
    excused = collections.Counter(r.exception for r in results if r.exception)
    pairs = collections.Counter((f"{r.client.stack}-{r.server.stack}", r.good) for r in results)
    for name in sorted({name for name, _ in pairs}):
        print(f"{name:20} {pairs[name, True]:5} equal {pairs[name, False]:4} not")
    kinds = collections.Counter(r.got[0] if r.got[0] == "established" else " ".join(map(str, r.got)) for r in results)
    print("what happened:", ", ".join(f"{k} {n}" for k, n in kinds.most_common()))
    for name, count in excused.most_common():
        print(f"exception {name}: {count}")
    if wrong:
        print("wrong:", ", ".join(map(str, sorted(r.number for r in wrong))))
    for r in wrong[:a.show]:
        print(f"\npair {r.number}: {r.client.stack} to {r.server.stack}\n  client {r.client}\n  server {r.server}\n  predicted {r.answer}\n  happened  {r.got}\n  client said {r.client.said()}")
    good = sum(r.good for r in results)
    print(f"{len(results)} pairs, {good} as predicted, {sum(excused.values())} exceptions, {len(wrong)} wrong (seed {a.seed})")
    return 1 if wrong else 0


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--driver", required=True)
    ap.add_argument("--pairs", type=int, default=2400)
    ap.add_argument("--seed", type=int, default=20)
    ap.add_argument("--jobs", type=int, default=min(4, (os.cpu_count() or 2) * 2))
    ap.add_argument("--only", default="")
    ap.add_argument("--pair", type=int)
    ap.add_argument("--two-certificates", action="store_true", help="most servers of OpenSSL and GnuTLS have an RSA and an ECDSA certificate")
    ap.add_argument("--show", type=int, default=8)
    ap.add_argument("--keep", action="store_true")
    ap.add_argument("--verbose", action="store_true")
    a = ap.parse_args()
    clients, _, servers = a.only.partition("-")
    folder = tempfile.mkdtemp(prefix="akushu-negotiate-")
    place = stacks.Place(folder)
    place.two_certificates = a.two_certificates
    try:
        here = [s for s in stacks.STACKS if s.present()]
        if len(here) < 2:
            print("fewer than two TLS stacks are here")
            return 77
        place.prepare(here)
        client_stacks = [s for s in here if not clients or s.name == clients]
        server_stacks = [s for s in here if not servers or s.name == servers]
        a.each = min(CLIENTS_EACH, max(4, a.pairs // (4 * len(server_stacks))))
        count = -(-a.pairs // a.each)
        driver = Driver(a.driver)
        with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
            jobs = [pool.submit(run_server, a, driver, place, i * a.each, random.Random(f"{a.seed} {i}"),
                                server_stacks[i % len(server_stacks)], client_stacks)
                    for i in range(count) if a.pair is None or i == a.pair // a.each]
            results = [r for job in jobs for r in job.result()]
        return report(results, a)
    finally:
        place.end()
        if a.keep:
            print(folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
