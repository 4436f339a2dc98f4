# SPDX-License-Identifier: Apache-2.0
"""One scenario's laboratory: its own network namespace, recorder, servers, clients and certificates.

Nothing waits by sleeping for a fixed time: `poll` looks until it sees, or fails at its deadline.
"""
import contextlib
import fcntl
import glob
import hashlib
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, "build", "e2e")
JTDS = "/usr/share/java/jtds.jar"
MARK = b"akushu end-to-end: the recording ends here"
# Servers stand where a user's PATH may not lead.
os.environ["PATH"] += os.pathsep + os.pathsep.join(["/usr/sbin", "/sbin", *sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1:]])
LISTEN, TIME_WAIT, CLOSED = "0A", "06", "07"


class Problem(Exception):
    """The laboratory, not akushu, failed: a program did not start, a deadline passed."""


def poll(look, seconds, what):
    """What `look` returns as soon as it is true."""
    deadline = time.monotonic() + seconds
    pause = 0.002
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise Problem(f"waited {seconds} s in vain for {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


# ---------------------------------------------------------------- what the machine has

def isolation():
    """The command in front of a scenario that gives it a network and a process table of its own; [] if none may be had."""
    for rootless in ([], ["--map-current-user", "--keep-caps"]):
        command = ["unshare", *rootless, "--net", "--pid", "--fork", "--kill-child"]
        if shutil.which("unshare") and subprocess.run([*command, "true"], capture_output=True).returncode == 0:
            return command
    return []


def loopback_up():
    """Like `ip link set lo up`; the network namespace begins with it down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = fcntl.ioctl(s, 0x8913, struct.pack("16sh14x", b"lo", 0))
        flags = struct.unpack("16sh14x", request)[1]
        if not flags & 1:
            fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", flags | 1))


@contextlib.contextmanager
def locked(name):
    os.makedirs(BUILD, exist_ok=True)
    with open(os.path.join(BUILD, name), "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def fingerprint(*paths):
    total = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as f:
            total.update(f.read())
    return total.hexdigest()


def made(stamp, sources, make):
    """Runs `make` unless the stamp says that it was done for these sources. Its complaint, or None."""
    path, wanted = os.path.join(BUILD, stamp), fingerprint(*sources)
    with locked(stamp + ".lock"):
        if os.path.exists(path):
            with open(path) as f:
                if f.read() == wanted:
                    return None
        complaint = make()
        if complaint is None:
            with open(path, "w") as f:
                f.write(wanted)
        return complaint


def run_tool(*command, seconds=120):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return f"{command[0]}: no end after {seconds} s"
    if done.returncode == 0:
        return None
    lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip() and " warn " not in line]
    return f"{' '.join(command[:2])} failed: {' / '.join(lines[:3])[:300]}"


def install_tedious():
    sources = [os.path.join(HERE, name) for name in ("package.json", "package-lock.json")]

    def make():
        for path in sources:
            shutil.copy(path, BUILD)
        return run_tool("npm", "ci", "--prefix", BUILD, "--no-audit", "--no-fund", "--ignore-scripts",
                        "--fetch-retries=1", "--fetch-retry-mintimeout=500")
    return made("tedious.stamp", sources, make)


def compile_java():
    sources = [os.path.join(HERE, "clients", name) for name in ("Jsse.java", "Jtds.java")]
    return made("java.stamp", sources, lambda: run_tool("javac", "-d", BUILD, *sources))


class Tools:
    """Why a tool cannot be used here, asked once a tool."""

    def __init__(self):
        self.answers = {}

    def missing(self, names):
        for name in names:
            if name not in self.answers:
                self.answers[name] = self.ask(name)
            if self.answers[name]:
                return self.answers[name]
        return None

    @staticmethod
    def ask(name):
        programs = {"tedious": ("node", "npm"), "jtds": ("java", "javac"), "jsse": ("java", "javac"),
                    "nss": ("tstclnt", "selfserv", "certutil", "pk12util")}.get(name, (name,))
        for program in programs:
            if not shutil.which(program):
                return f"{program} is not installed"
        if name == "jtds" and not os.path.exists(JTDS):
            return f"{JTDS} is not installed"
        if name == "tedious":
            return install_tedious()
        return compile_java() if name in ("jtds", "jsse") else None


# ---------------------------------------------------------------- certificates

class Certificates:
    """Made on the spot: a private CA, a server certificate of it for 127.0.0.1 and localhost, a self-signed one."""

    def __init__(self, folder):
        self.folder = folder

    def __getattr__(self, name):
        return os.path.join(self.folder, name.replace("_", "."))

    def openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, cwd=self.folder, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise Problem(f"openssl {' '.join(arguments)}: {done.stderr.strip()}")

    def make(self):
        for name in ("ca", "server", "self"):
            self.openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", f"{name}.key")
        with open(self.names_cnf, "w") as f:
            f.write("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
        self.openssl("req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=akushu end-to-end CA", "-days", "2", "-out", "ca.pem")
        self.openssl("req", "-new", "-key", "server.key", "-subj", "/CN=localhost", "-out", "server.csr")
        self.openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                     "-extfile", "names.cnf", "-out", "server.pem")
        self.openssl("req", "-x509", "-new", "-key", "self.key", "-subj", "/CN=localhost", "-days", "2",
                     "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", "self.pem")
        self.openssl("pkcs12", "-export", "-in", "self.pem", "-inkey", "self.key", "-name", "server", "-passout", "pass:akushu",
                     "-out", "self.p12")
        return self


# ---------------------------------------------------------------- programs

class Program:
    """A running program with its output in a file."""

    def __init__(self, folder, name, command, environment=None):
        self.name, self.output = name, os.path.join(folder, f"{name}.log")
        with open(self.output, "wb") as out:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT, cwd=folder,
                                            env={**os.environ, **(environment or {})}, start_new_session=True)

    def text(self):
        with open(self.output, "rb") as f:
            return f.read().decode(errors="replace")

    def ended(self):
        return self.process.poll() is not None

    def says(self, pattern, seconds=20):
        def look():
            found = re.search(pattern, self.text())
            if not found and self.ended() and not re.search(pattern, self.text()):
                raise Problem(f"{self.name} ended ({self.process.returncode}) without saying {pattern!r}: {self.text()[-300:]}")
            return found
        return poll(look, seconds, f"{self.name} to say {pattern!r}")

    def write(self, text):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(text.encode())
            self.process.stdin.flush()

    def close_input(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()

    def wait(self, seconds):
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Problem(f"{self.name} still runs after {seconds} s: {self.text()[-300:]}") from None

    def stop(self, by=signal.SIGTERM):
        """Ends the program and what it started (its process group)."""
        self.close_input()
        for number in (by, signal.SIGKILL):
            if self.ended():
                return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)


def sockets(port):
    """States of this namespace's TCP sockets at the port."""
    states = []
    for table in ("/proc/self/net/tcp", "/proc/self/net/tcp6"):
        with contextlib.suppress(FileNotFoundError), open(table) as f:
            for line in f.readlines()[1:]:
                words = line.split()
                if port in (int(words[1].rsplit(":", 1)[1], 16), int(words[2].rsplit(":", 1)[1], 16)):
                    states.append(words[3])
    return states


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Lab:
    def __init__(self, folder, certificates, akushu):
        self.folder, self.akushu = folder, akushu
        self.certs, self.programs, self.recorder, self.capture, self.port = certificates, [], None, None, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in reversed(self.programs):
            program.stop()

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, name, command, environment=None):
        program = Program(self.folder, name, command, environment)
        self.programs.append(program)
        return program

    # ---- servers

    def tds(self, *arguments, cert="self"):
        c = self.certs.folder
        server = self.start("server", [sys.executable, os.path.join(HERE, "tds_server.py"), "--cert", os.path.join(c, f"{cert}.pem"),
                                       "--key", os.path.join(c, f"{cert}.key"), *arguments])
        self.port = int(server.says(r"listening (\d+)")[1])

    def akushu_lab(self, *arguments):
        """`akushu lab`; what clients must trust then stands in trusted.pem."""
        server = self.start("server", [self.akushu, "lab", "--until-stdin-ends", f"--write-certificate={self.path('trusted.pem')}",
                                       *arguments])
        self.port = int(server.says(r"listening \S+:(\d+)")[1])

    def serve(self, command, environment=None):
        """A foreign server. PORT in its command becomes a free port; another one if somebody was faster."""
        for _ in range(3):
            port = free_port()
            server = self.start("server", [word.replace("PORT", str(port)) for word in command], environment)
            poll(lambda: server.ended() or LISTEN in sockets(port), 20, f"{command[0]} to listen")
            if not server.ended():
                self.port = port
                return
        raise Problem(f"{command[0]} does not start: {server.text()[-300:]}")

    def serve_configured(self, command, config):
        """A server that reads its port from a file: config(port) writes one and gives its path, the command's last word."""
        for _ in range(3):
            port = free_port()
            server = self.start("server", [*command, config(port)])
            poll(lambda: server.ended() or LISTEN in sockets(port), 20, f"{command[0]} to listen")
            if not server.ended():
                self.port = port
                return
        raise Problem(f"{command[0]} does not start: {server.text()[-300:]}")

    def beside(self, start):
        """Another server, started by `start`; its port. What is recorded does not change."""
        port = self.port
        start(self)
        self.port, port = port, self.port
        return port

    # ---- recording

    def record(self, name="capture"):
        self.capture = self.path(f"{name}.pcap")
        # -Z root: without it tcpdump becomes another user, who may not write here. In immediate mode the kernel keeps a slot
        # of the size of -s for every frame: whole loopback frames (64 KiB) and 32 MB make 500 slots, the defaults 8.
        user = ["-Z", "root"] if os.geteuid() == 0 else []
        self.recorder = self.start(f"tcpdump-{name}", ["tcpdump", "-i", "lo", "-n", "-s", "65600", "-B", "32768", "-U", "--immediate-mode",
                                               *user, "-w", self.capture, f"port {self.port}"])
        self.recorder.says("listening on")

    def marked(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            with contextlib.suppress(ConnectionRefusedError):
                s.sendto(MARK, ("127.0.0.1", self.port))
        with open(self.capture, "rb") as f:
            f.seek(max(0, os.path.getsize(self.capture) - 65536))
            return MARK in f.read()

    def stop_recording(self):
        """Ends the recording after the last FIN or RST: the marker datagram sent then is the last frame."""
        quiet = {LISTEN, TIME_WAIT, CLOSED}
        poll(lambda: set(sockets(self.port)) <= quiet, 20, "all connections to close")
        poll(self.marked, 20, "tcpdump to write the last frame")
        self.recorder.stop(by=signal.SIGINT)
        dropped = re.search(r"(\d+) packets? dropped by kernel", self.recorder.text())
        if not dropped or dropped[1] != "0":
            raise Problem(f"tcpdump lost frames: {self.recorder.text()[-200:]}")

    # ---- clients

    def client(self, command, say="", until=None, environment=None, seconds=40):
        """Runs a client to its end; with `until` its input stays open until it has printed that."""
        program = self.start("client", [word.replace("PORT", str(self.port)) for word in command], environment)
        program.write(say)
        if until:
            poll(lambda: program.ended() or re.search(until, program.text()), seconds, f"the client to say {until!r}")
        program.close_input()
        program.wait(seconds)
        return f"{program.text()}\n[exit {program.process.returncode}]\n"
