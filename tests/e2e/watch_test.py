#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`akushu watch` on a veth pair: a replayed capture says what `read` says of the file, what is dropped is counted, and all else of it.

usage: watch_test.py [--akushu PATH] [--only NAME]

Needs root, iproute2 and tcpreplay; else it ends with 77.
"""
import collections
import fcntl
import os
import pty
import shutil
import signal
import struct
import subprocess
import sys
import termios
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools"))
import harness
import live

CAPTURE = os.path.join(harness.GOLDEN, "own-tls-mix-400", "capture.pcap")
OUTCOMES = ("established", "failed", "refused", "unanswered", "plaintext", "incomplete")


def summary(lines):
    return lines[-1]["akushu"]


def counted(akushu, sent):
    """What the summary counts, against what was sent: nothing is missing."""
    watch, wrong = akushu["watch"], []
    if watch["seen"] != sent:
        wrong.append(f"the kernel saw {watch['seen']} of {sent} frames")
    if akushu["totals"]["frames"] + watch["kernel_drops"] != watch["seen"]:
        wrong.append(f"{akushu['totals']['frames']} read + {watch['kernel_drops']} dropped are not {watch['seen']}")
    if watch["interface_drops"] != 0:
        wrong.append(f"{watch['interface_drops']} dropped by a veth interface")
    return wrong


def replay(binary, wire, folder):
    """The same outcomes, findings and policy as `read` of the file; metrics say what the summary says."""
    options = ("--format=jsonl", "--would-block=tls12-only")
    watch = live.Watch(binary, wire, folder, *options, "--keep-privileges")
    sent, _ = wire.replay(CAPTURE, "--topspeed")
    told = watch.wait_for(lambda n: n.get('akushu_connections_total{outcome="established"}') == 368)
    status, err = watch.end()
    lines = watch.lines()
    mine = summary(lines)
    done = harness.run(binary, "read", *options, CAPTURE)
    other = [harness.json.loads(line) for line in done.stdout.splitlines()]
    theirs = summary(other)
    wrong = counted(mine, sent)
    if not told:
        wrong.append("the connections were not told while it went on")
    if status != 1 or done.returncode != 1:
        wrong.append(f"exit {status}, read {done.returncode}: {err}")
    if mine["outcomes"] != theirs["outcomes"]:
        wrong.append(f"outcomes {mine['outcomes']}, read {theirs['outcomes']}")
    for key in ("judged", "works", "unsure", "fails", "failed_already", "without_tls", "unseen"):
        if mine["would_block"][key] != theirs["would_block"][key]:
            wrong.append(f"would_block.{key}: {mine['would_block'][key]}, read {theirs['would_block'][key]}")
    last = {o["akushu"]["id"]: o for o in lines if o["akushu"]["kind"] == "finding"}
    found = sorted((o["rule"]["id"], o["akushu"]["count"]) for o in last.values())
    want = sorted((o["rule"]["id"], o["akushu"]["count"]) for o in other if o["akushu"]["kind"] == "finding")
    if found != want:
        wrong.append(f"findings {found}, read {want}")
    numbers = watch.numbers()
    for outcome in OUTCOMES:
        if numbers[f'akushu_connections_total{{outcome="{outcome}"}}'] != mine["outcomes"][outcome]:
            wrong.append(f"metrics: {outcome}")
    if numbers["akushu_frames_total"] != mine["totals"]["frames"] or numbers["akushu_kernel_dropped_frames_total"] != mine["watch"]["kernel_drops"]:
        wrong.append("metrics: frames")
    kinds = collections.Counter(o["akushu"]["kind"] for o in lines)
    if kinds["conversation"] != 400 or kinds["would_block"] < 2:
        wrong.append(f"lines: {dict(kinds)}")
    return wrong


def drops(binary, wire, folder):
    """A process that does not read: the small buffer runs over, and everything that it lost is counted and said."""
    watch = live.Watch(binary, wire, folder, "--format=jsonl", "--keep-privileges", "--buffer=256K", "--fail-on=never")
    watch.signal(signal.SIGSTOP)
    sent, _ = wire.replay(CAPTURE, "--topspeed")
    watch.signal(signal.SIGCONT)
    status, err = watch.end()
    akushu = summary(watch.lines())
    wrong = counted(akushu, sent)
    if akushu["watch"]["kernel_drops"] == 0 or akushu["totals"]["frames"] == 0:
        wrong.append(f"nothing was dropped, or all: {akushu['watch']}")
    if not any(n["what"].startswith("frames that the kernel dropped") and n["count"] == akushu["watch"]["kernel_drops"] for n in akushu["not_understood"]):
        wrong.append(f"the drops are not among {akushu['not_understood']}")
    if status != 3:
        wrong.append(f"exit {status}: {err}")
    return wrong


def goes_on(binary, wire, folder):
    """It ends while frames still come: what it saw is read or dropped, to the last one."""
    wrong = []
    for how in (("--for=3",), ()):
        watch = live.Watch(binary, wire, folder, "--format=jsonl", "--keep-privileges", "--fail-on=never", *how)
        sender = subprocess.Popen(wire.inside(wire.near, "tcpreplay", "-q", "-i", "near0", "--pps=20000", "--loop=20", CAPTURE),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not watch.wait_for(lambda n: n.get("akushu_frames_total", 0) > 0):
            wrong.append("nothing came")
        if how:
            watch.process.wait(60)
        status, err = watch.end()
        if sender.poll() is not None:
            wrong.append("the sender was done before")
        sender.terminate()
        sender.wait()
        akushu = summary(watch.lines())
        if akushu["totals"]["frames"] + akushu["watch"]["kernel_drops"] != akushu["watch"]["seen"] or akushu["totals"]["frames"] == 0:
            wrong.append(f"{how}: {akushu['totals']['frames']} read, {akushu['watch']}, exit {status}: {err}")
        os.unlink(watch.log)
        os.unlink(watch.metrics)
    return wrong


SERVER = """
import socket, ssl, sys, threading
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])
listener = socket.create_server(("10.9.0.2", 4433), backlog=256)
def serve(link):
    try:
        with context.wrap_socket(link, server_side=True) as tls:
            tls.recv(100)
            tls.sendall(b"yes")
    except (ssl.SSLError, OSError):
        link.close()
print("listening", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""
CLIENTS = """
import socket, ssl, sys, threading
versions = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
worked, lock = {"1.2": 0, "1.3": 0}, threading.Lock()
def run(name, count):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = versions[name]
    for _ in range(count):
        with socket.create_connection(("10.9.0.2", 4433), timeout=60) as link:
            with context.wrap_socket(link) as tls:
                tls.sendall(b"well?")
                if tls.recv(10) == b"yes":
                    with lock:
                        worked[name] += 1
threads = [threading.Thread(target=run, args=(n, 100)) for n in ("1.2", "1.3") for _ in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
print(worked["1.2"], worked["1.3"])
"""


def storm(binary, wire, folder):
    """Real handshakes, eight clients at once: each is seen with its version."""
    pem = os.path.join(folder, "server.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=storm", "-keyout", pem, "-out", pem + ".crt"],
                   check=True, capture_output=True)
    with open(pem, "a", encoding="ascii") as f, open(pem + ".crt", encoding="ascii") as crt:
        f.write(crt.read())
    watch = live.Watch(binary, wire, folder, "--format=jsonl", "--keep-privileges", "--no-promiscuous", "tcp")
    server = subprocess.Popen(wire.inside(wire.far, sys.executable, "-c", SERVER, pem), stdout=subprocess.PIPE)
    try:
        server.stdout.readline()
        done = subprocess.run(wire.inside(wire.near, sys.executable, "-c", CLIENTS), capture_output=True, text=True, timeout=120)
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    status, err = watch.end()
    akushu, numbers = summary(watch.lines()), watch.numbers()
    wrong = [] if done.stdout.split() == ["400", "400"] else [f"the clients: {done.stdout}{done.stderr[-500:]}"]
    if akushu["outcomes"]["established"] != 800 or akushu["totals"]["conversations"] != 800:
        wrong.append(f"outcomes {akushu['outcomes']}")
    if akushu["watch"]["kernel_drops"] == 0:
        for version in ("1.2", "1.3"):
            if numbers[f'akushu_handshakes_total{{version="{version}"}}'] != 400:
                wrong.append(f"TLS {version}: {numbers}")
    if akushu["totals"]["frames"] + akushu["watch"]["kernel_drops"] != akushu["watch"]["seen"]:
        wrong.append(f"not all frames are counted: {akushu['watch']}")
    return wrong + ([] if status in (0, 1) else [f"exit {status}: {err}"])


def privileges(binary, wire, folder):
    """The process goes on as nobody, or as who called sudo, without any capability and without a way back."""
    wrong = []
    for environment, options, uid in (({}, (), "65534"), ({"SUDO_UID": "12345", "SUDO_GID": "23456"}, (), "12345"),
                                      ({"SUDO_UID": "12345", "SUDO_GID": "23456"}, ("--user-name=nobody",), "65534")):
        os.environ.update(environment)
        try:
            watch = live.Watch(binary, wire, folder, *options, leaks=False)
        finally:
            for name in environment:
                del os.environ[name]
        seen = watch.status()
        status, err = watch.end()
        if seen["Uid"].split() != [uid] * 4 or len(seen["Groups"].split()) != 1:
            wrong.append(f"{environment} {options}: Uid {seen['Uid']}, Groups {seen['Groups']}")
        for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            if int(seen[name], 16) != 0:
                wrong.append(f"{environment} {options}: {name} {seen[name]}")
        if seen["NoNewPrivs"] != "1" or status != 0:
            wrong.append(f"{environment} {options}: NoNewPrivs {seen['NoNewPrivs']}, exit {status}: {err}")
        for name in ("watch.jsonl", "watch.prom"):
            os.unlink(os.path.join(folder, name))
    return wrong


def refusals(binary, wire, folder):
    """What cannot be: each with its exit status and a message that says what to do."""
    def said(*words, before=()):
        done = subprocess.run(wire.inside(wire.far, *before, binary, "watch", *words), capture_output=True, text=True, timeout=60, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
        return done.returncode, done.stderr
    cases = [((2, "no such interface"), said("nosuch0")), ((2, "the filter"), said("far0", "tcp", "prot", "5")),
             ((2, "there is no user"), said("far0", "--user-name=no such user")), ((2, "is root"), said("far0", "--user-name=root")),
             ((3, "cannot create"), said("far0", f"--output={folder}/no/such/folder")), ((2, "--would-block=nosuch"), said("far0", "--would-block=nosuch"))]
    if shutil.which("setpriv"):
        rights = said("far0", before=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))
        cases.append(((3, "setcap cap_net_raw"), rights))
    return [f"{want}: {got}" for want, got in cases if got[0] != want[0] or want[1] not in got[1]]


def rotation(binary, wire, folder):
    """No line is lost or cut when files are begun anew by size, or by SIGHUP after somebody moved one."""
    watch = live.Watch(binary, wire, folder, "--format=jsonl", "--keep-privileges", "--rotate=100K", "--rotate=1h", "--keep=60")
    sent, _ = wire.replay(CAPTURE, "--topspeed")
    if not watch.wait_for(lambda n: n.get('akushu_connections_total{outcome="established"}') == 368):
        return ["the connections were not told"]
    moved = os.path.join(folder, "watch.jsonl.999")
    os.rename(watch.log, moved)
    watch.signal(signal.SIGHUP)
    watch.wait_for(lambda _: os.path.exists(watch.log))
    status, err = watch.end()
    names = [n for n in os.listdir(folder) if n.startswith("watch.jsonl")]
    kinds = collections.Counter(o["akushu"]["kind"] for o in watch.lines())
    wrong = [f"{n} is {os.path.getsize(os.path.join(folder, n))} bytes" for n in names if os.path.getsize(os.path.join(folder, n)) > 120 * 1024]
    if kinds["conversation"] != 400 or kinds["summary"] != 1 or len(names) < 4:
        wrong.append(f"{dict(kinds)} in {names}, exit {status}: {err}")
    return wrong


def screen(binary, wire, folder):
    """On a terminal: 80 columns, no colours with NO_COLOR, in Japanese, and the summary stays when it has ended."""
    wrong = []
    for lang, words in (("en", ("Failures by cause", "Clients by TLS version", "tls12-only: 35 of 368")), ("ja", ("原因別の失敗", "TLS バージョン別クライアント", "失敗する接続 35 / 368"))):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {**os.environ, "NO_COLOR": "1", "TERM": "xterm"}
        process = subprocess.Popen(wire.inside(wire.far, binary, "watch", "far0", f"--lang={lang}", "--for=25", "--keep-privileges", "--would-block=tls12-only", "tcp"),
                                   stdout=slave, stderr=subprocess.PIPE, env=environment)
        os.close(slave)
        text = bytearray()
        drawn = threading.Event()

        def take():
            try:
                while True:
                    piece = os.read(master, 65536)
                    text.extend(piece)
                    drawn.set()
            except OSError:
                return
        reader = threading.Thread(target=take)
        reader.start()
        drawn.wait(30)
        wire.replay(CAPTURE, "--topspeed")
        _, err = process.communicate(timeout=120)
        reader.join()
        os.close(master)
        shown = text.decode(errors="replace")
        live_part, _, rest = shown.partition("\x1b[?1049l")
        if "\x1b[?1049h" not in live_part or live_part.count("\x1b[H") < 3:
            wrong.append(f"{lang}: not drawn again and again: {shown[:300]!r}")
        for word in words:
            if word not in rest or word not in live_part:
                wrong.append(f"{lang}: {word!r} is missing in {rest!r} {err!r}")
        if "\x1b[3" in shown:
            wrong.append(f"{lang}: colours in spite of NO_COLOR")
        wide = [line for line in rest.splitlines() if sum(2 if ord(c) > 0x2e7f else 1 for c in line) > 80]
        if wide:
            wrong.append(f"{lang}: wider than 80 columns: {wide}")
        if process.returncode != 1:
            wrong.append(f"{lang}: exit {process.returncode}: {err.decode()}")
    return wrong


CASES = (replay, drops, goes_on, storm, privileges, refusals, rotation, screen)


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("--only", choices=[c.__name__ for c in CASES])
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    live.need("tcpreplay", "openssl")
    failures = []
    for case in CASES:
        if a.only not in (None, case.__name__):
            continue
        folder = live.folder()
        try:
            with live.Wire() as wire:
                failures += [f"{case.__name__}: {x}" for x in case(a.akushu, wire, folder)]
        finally:
            shutil.rmtree(folder)
    harness.finish(failures, f"e2e.watch: {len(CASES)} cases")


if __name__ == "__main__":
    main()
