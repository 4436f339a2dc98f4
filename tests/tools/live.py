# SPDX-License-Identifier: Apache-2.0
"""Two network namespaces joined by a veth pair, and a watch of one end: what the live tests and the bench share."""
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SKIP = 77


def need(*programs):
    """Ends with SKIP unless this is root, may make namespaces, and the programs are there."""
    missing = [p for p in ("ip", *programs) if not shutil.which(p)]
    if missing or os.geteuid() != 0:
        print(f"skipped: needs root and {', '.join(missing) or 'network namespaces'}")
        sys.exit(SKIP)
    name = f"akw{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode != 0:
        print("skipped: no network namespaces here")
        sys.exit(SKIP)
    subprocess.run(["ip", "netns", "del", name], check=True)


class Wire:
    """`near` and `far` are namespaces, near0 and far0 the two ends of the pair, 10.9.0.1 and 10.9.0.2 their addresses."""

    def __init__(self):
        self.near, self.far = f"akn{os.getpid()}", f"akf{os.getpid()}"

    def __enter__(self):
        def ip(*words):
            subprocess.run(["ip", *words], check=True, capture_output=True)
        try:
            ip("netns", "add", self.near)
            ip("netns", "add", self.far)
            ip("-n", self.near, "link", "add", "near0", "type", "veth", "peer", "name", "far0", "netns", self.far)
            for space, name, address in ((self.near, "near0", "10.9.0.1/24"), (self.far, "far0", "10.9.0.2/24")):
                # Without IPv6 nobody but the test sends anything.
                subprocess.run(["ip", "netns", "exec", space, "sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6"], check=True)
                ip("-n", space, "address", "add", address, "dev", name)
                ip("-n", space, "link", "set", name, "up")
        except subprocess.CalledProcessError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for space in (self.near, self.far):
            subprocess.run(["ip", "netns", "del", space], capture_output=True)

    def inside(self, space, *command):
        return ["ip", "netns", "exec", space, *command]

    def replay(self, capture, *options):
        """Sends the capture's frames from the near end; what tcpreplay says it sent: packets, packets a second."""
        done = subprocess.run(self.inside(self.near, "tcpreplay", "-i", "near0", *options, capture), capture_output=True, text=True, timeout=300)
        sent = re.search(r"Actual: (\d+) packets", done.stdout)
        rate = re.search(r"([0-9.]+) pps", done.stdout)
        if done.returncode != 0 or not sent:
            raise RuntimeError(f"tcpreplay: {done.stdout}{done.stderr}")
        return int(sent.group(1)), float(rate.group(1)) if rate else 0.0


class Watch:
    """A running `akushu watch` of the far end that writes jsonl and metrics into `folder`."""

    def __init__(self, binary, wire, folder, *options, leaks=True):
        self.folder = folder
        self.log = os.path.join(folder, "watch.jsonl")
        self.metrics = os.path.join(folder, "watch.prom")
        environment = dict(os.environ)
        if not leaks:  # the leak check may not look at a process that gave up its privileges
            environment["ASAN_OPTIONS"] = "detect_leaks=0"
        self.process = subprocess.Popen(
            wire.inside(wire.far, binary, "watch", "far0", f"--output={self.log}", f"--metrics={self.metrics}", "--for=120", *options),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        # "watching far0": from then on no frame is lost unseen.
        ready, _, _ = select.select([self.process.stderr], [], [], 60)
        self.said = self.process.stderr.readline().decode() if ready else ""
        if "watching" not in self.said:
            self.process.kill()
            raise RuntimeError(f"watch did not begin: {self.said}{self.process.stderr.read().decode()}")

    def status(self):
        """The process's status, as /proc tells it."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as f:
            return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)

    def signal(self, number):
        self.process.send_signal(number)

    def wait_for(self, what, seconds=60):
        """Until what(metrics as a dict) is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if what(self.numbers()):
                return True
            select.select([], [], [], 0.2)
        return False

    def numbers(self):
        if not os.path.exists(self.metrics):
            return {}
        with open(self.metrics, encoding="utf-8") as f:
            return {k: float(v) for k, v in (line.rsplit(" ", 1) for line in f if not line.startswith("#"))}

    def end(self):
        """Exit status and what stderr said."""
        self.signal(signal.SIGTERM)
        try:
            _, err = self.process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode, self.said + err.decode(errors="replace")

    def lines(self):
        found = []
        for name in sorted((n for n in os.listdir(self.folder) if n.startswith("watch.jsonl")), key=lambda n: -int(n.rsplit(".", 1)[1]) if n[-1].isdigit() else 0):
            with open(os.path.join(self.folder, name), encoding="utf-8") as f:
                found += [json.loads(line) for line in f]
        return found


def folder():
    """A temporary folder that everybody may write into."""
    path = tempfile.mkdtemp(prefix="akushu-watch-")
    os.chmod(path, 0o777)
    return path
