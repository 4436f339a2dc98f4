#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`akushu lab` as a program: what it prints, how it ends, what it refuses. Real clients: tests/e2e/lab_scenarios.py."""
import os
import re
import select
import signal
import socket
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools"))
import harness  # noqa: E402

PRELOGIN = bytes.fromhex("1201001a00000000" "00000b0006" "0100110001" "ff" "090000000000" "01")
failures = []


def check(good, text):
    if not good:
        failures.append(text)


class Lab:
    """A running lab; ends with its standard input."""

    def __init__(self, binary, *arguments):
        self.process = subprocess.Popen([binary, "lab", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, bufsize=0)  # so that nothing read ahead is lost
        ready = select.select([self.process.stdout], [], [], 60)[0]
        self.first = self.process.stdout.readline().decode() if ready else ""
        found = re.fullmatch(r"listening (\S+):(\d+)\n", self.first)
        self.address, self.port = (found[1].strip("[]"), int(found[2])) if found else ("", 0)

    def connect(self, address=None):
        return socket.create_connection((address or self.address, self.port), 20)

    def end(self, seconds=20):
        """Output, messages, exit status."""
        try:
            out, err = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            failures.append(f"does not end: {self.process.args}")
        return out.decode(), err.decode(), self.process.returncode


def read_all(sock):
    data = b""
    sock.settimeout(20)
    try:
        while part := sock.recv(65536):
            data += part
    except ConnectionResetError:
        return data, "rst"
    return data, "fin"


def test_list(binary):
    done = harness.run(binary, "lab", "--list", "--lang=en")
    names = [line.split()[0] for line in done.stdout.decode().splitlines() if line and not line.startswith(" ")]
    check(done.returncode == 0 and len(names) > 40 and names[0] == "healthy", f"--list: {names}")
    check({"no-common-version", "no-common-suite", "dhe-leading-zero", "certificate-hash-refused", "accept-starvation"} <= set(names), "S1 to S6")
    japanese = harness.run(binary, "lab", "-l", "--lang=ja").stdout.decode()
    check("異常なし" in japanese, "--list --lang=ja")


def test_usage(binary):
    for words in ([], ["nonsense"], ["healthy", "another"], ["--as=ws2012r2", "healthy"], ["--as=nonsense"], ["healthy", "--bind=localhost"],
                  ["healthy", "--for=0"], ["healthy", "--for=x"], ["healthy", "--one-in=0"], ["healthy", "--close=softly"], ["healthy", "--tls=1.4"],
                  ["healthy", "--port=70000"]):
        done = subprocess.run([binary, "lab", *words], capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
        check(done.returncode == 2 and done.stderr and not done.stdout, f"lab {' '.join(words)}: exit {done.returncode}, {done.stderr[:200]}")


def test_ends(binary):
    lab = Lab(binary, "healthy", "--until-stdin-ends")
    out, err, status = lab.end()  # communicate() closes the input
    check(status == 0 and not err and "akushu check 127.0.0.1:" in out, f"--until-stdin-ends: {status} {err} {out}")
    lab = Lab(binary, "healthy", "--for=1")
    check(lab.end()[2] == 0, "--for")
    with subprocess.Popen([binary, "lab", "healthy", "--until-stdin-ends"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as null:
        check(null.wait(30) == 0, "--until-stdin-ends with /dev/null")
        null.stdout.read()
    for number in (signal.SIGINT, signal.SIGTERM):
        lab = Lab(binary, "healthy")
        lab.process.send_signal(number)
        check(lab.end()[2] == 0, f"signal {number}")
    lab = Lab(binary, "no-answer", "--once")
    with lab.connect() as s:
        s.sendall(PRELOGIN)
    out, err, status = lab.end()
    check(status == 0 and err.count("\n") == 1 and "says no more" in err, f"--once: {status} {err}")


def test_refuses_in_its_way(binary):
    for how, seen in (("fin", "fin"), ("rst", "rst"), ("alert", "fin")):
        lab = Lab(binary, "private-key-unusable", f"--close={how}", "--once")
        with lab.connect() as s:
            s.sendall(PRELOGIN)
            check(s.recv(4096)[:1] == b"\x04", "PRELOGIN reply")
            hello = b"\x16\x03\x01\x00\x04\x01\x00\x00\x00"
            s.sendall(bytes([0x12, 1, 0, 8 + len(hello), 0, 0, 0, 0]) + hello)
            data, end = read_all(s)
            check(end == seen and (data[8:9] == b"\x15") == (how == "alert"), f"--close={how}: {end} {data.hex()}")
        lab.end()


def test_tls(binary, folder):
    trusted = os.path.join(folder, "trusted.pem")
    lab = Lab(binary, "tls-inspection", "--fixed", f"--write-certificate={trusted}", "--once")
    context = ssl.create_default_context(cafile=trusted)
    name = "0d9f7bd6.ods.opinsights.azure.com"
    with lab.connect() as s, context.wrap_socket(s, server_hostname=name) as t:
        t.sendall(b"GET / HTTP/1.0\r\n\r\n")
        check(b"akushu lab" in t.recv(4096), "the page")
    lab.end()
    for version in ("1.2", "1.3"):
        lab = Lab(binary, "healthy", f"--tls={version}", "--once", f"--write-certificate={trusted}")
        context = ssl.create_default_context(cafile=trusted)
        context.set_alpn_protocols(["tds/8.0"])
        with lab.connect() as s, context.wrap_socket(s, server_hostname="localhost") as t:
            check(t.version() == f"TLSv{version}", f"--tls={version}: {t.version()}")
        lab.end()


def test_one_in(binary):
    lab = Lab(binary, "strict-only-server", "--one-in=3", "--until-stdin-ends")
    answers = []
    for _ in range(6):
        with lab.connect() as s:
            s.sendall(PRELOGIN)
            answers.append(s.recv(4096)[:1] == b"\x04")
    check(answers == [False, True, True, False, True, True], f"--one-in=3: {answers}")
    lab.end()


def test_places(binary):
    lab = Lab(binary, "healthy", "--bind=127.0.0.2", "--until-stdin-ends")
    check(lab.address == "127.0.0.2", f"--bind: {lab.first}")
    done = subprocess.run([binary, "lab", "healthy", "--bind=127.0.0.2", f"--port={lab.port}"], capture_output=True, timeout=60)
    check(done.returncode == 3 and b"cannot listen" in done.stderr and str(lab.port).encode() in done.stderr, f"--port in use: {done.returncode} {done.stderr}")
    lab.end()
    lab = Lab(binary, "cluster-nodes-differ", "--until-stdin-ends")
    for address in ("127.0.0.1", "127.0.0.2"):
        lab.connect(address).close()
    lab.end()


def test_passwords(binary):
    lab = Lab(binary, "--as=sql2014", "--password=s3cret-word", "--instance=LAB", "--until-stdin-ends") if can_bind_1434() else \
        Lab(binary, "--as=sql2014", "--password=s3cret-word", "--until-stdin-ends")
    with lab.connect() as s:
        s.sendall(PRELOGIN)
        s.recv(4096)
    out, err, status = lab.end()
    check(status == 0 and "s3cret" not in out + err, f"the password is shown: {out}{err}")


def can_bind_1434():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.bind(("127.0.0.1", 1434))
        except OSError:
            return False
    return True


def main():
    a = harness.parser(__doc__).parse_args()
    harness.need_binary(a.akushu)
    binary = os.path.abspath(a.akushu)
    test_list(binary)
    test_usage(binary)
    test_ends(binary)
    test_refuses_in_its_way(binary)
    with tempfile.TemporaryDirectory(prefix="akushu-lab-") as folder:
        test_tls(binary, folder)
    test_one_in(binary)
    test_places(binary)
    test_passwords(binary)
    harness.finish(failures, "cli.lab")


if __name__ == "__main__":
    main()
