# SPDX-License-Identifier: Apache-2.0
"""What the test scripts share: where things lie, how akushu is run, what a verdict is."""
import argparse
import collections
import concurrent.futures
import itertools
import json
import os
import subprocess
import sys
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.path.join(ROOT, "tests", "golden")
SHARED = os.path.join(ROOT, os.environ.get("AKUSHU_SHARED", os.path.join("..", "shared")))
SKIP = 77
GRADES = {"possible": 1, "likely": 2, "certain": 3}
ENCRYPTION = {"0": "off", "1": "on", "2": "not_sup", "3": "req"}


def parser(doc):
    ap = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--akushu", default=os.path.join(ROOT, "build", "dev", "akushu"), help="program to test")
    ap.add_argument("--share", default="0/1", metavar="K/N", help="of N cases in a row the one with number K, where there are many")
    return ap


def share_of(cases, share):
    """Every N-th case, beginning with number K: the quick suite takes a part, the long one the rest of them too."""
    k, n = (int(x) for x in share.split("/"))
    if not 0 <= k < n:
        raise SystemExit(f"--share {share}: K is below N")
    return cases[k::n]


def need_binary(path):
    if not os.access(path, os.X_OK):
        print(f"{path}: not built, skipped")
        sys.exit(SKIP)


def shared(*parts):
    """A path of the reference material outside the repository, or None."""
    path = os.path.normpath(os.path.join(SHARED, *parts))
    return path if os.path.exists(path) else None


def need_shared(*parts):
    path = shared(*parts)
    if not path:
        print(f"{os.path.join(SHARED, *parts)}: absent, skipped")
        sys.exit(SKIP)
    return path


def cases():
    return sorted(n for n in os.listdir(GOLDEN) if os.path.isdir(os.path.join(GOLDEN, n)))


def capture(case):
    for name in ("capture.pcap", "capture.pcapng", "capture.pcap.gz"):
        path = os.path.join(GOLDEN, case, name)
        if os.path.exists(path):
            return path
    return None


def foreign(case):
    """A capture in a format that capfile.py does not read."""
    for name in ("capture.etl", "capture.cap"):
        path = os.path.join(GOLDEN, case, name)
        if os.path.exists(path):
            return path
    return None


def machines(case):
    """The registry files of a case without a capture: those in its folder, or the folders of several machines."""
    folder = os.path.join(GOLDEN, case)
    names = sorted(os.listdir(folder))
    found = [n for n in names if os.path.isdir(os.path.join(folder, n)) or n.endswith((".reg", ".hiv", ".pol"))]
    return [os.path.join(folder, n) for n in found]


def both_sides(case):
    """Captures of the client's and the server's side of a case, in the order in which they are read."""
    return [p for p in (os.path.join(GOLDEN, case, n) for n in ("client.pcap", "server.pcap")) if os.path.exists(p)]


def inputs(case):
    """What `akushu read` gets for a case: its capture, those of both sides, or its registry files."""
    path = capture(case) or foreign(case)
    return [path] if path else both_sides(case) or machines(case)


def captures():
    """Cases that hold a capture."""
    return [c for c in cases() if capture(c)]


class Crash(Exception):
    """akushu ended with a signal, a sanitizer report or an unexpected exit status."""


STARTED = itertools.count()
SEARCHED = 8


def sparing():
    """An environment in which one process in eight looks for leaks when it ends: that takes a quarter of a short one's time, and
    golden.cases, the unit tests and the torture look in each of theirs."""
    if next(STARTED) % SEARCHED == 0:
        return None
    return {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


def run(binary, *args, timeout=120, env=None):
    done = subprocess.run([binary, *args], capture_output=True, timeout=timeout, env=env or sparing())
    if done.returncode not in (0, 1, 3):
        raise Crash(f"{' '.join(args)}: exit {done.returncode}\n{done.stderr.decode(errors='replace')[-2000:]}")
    if b"runtime error:" in done.stderr or b"AddressSanitizer" in done.stderr:
        raise Crash(f"{' '.join(args)}: {done.stderr.decode(errors='replace')[:2000]}")
    return done


def read(binary, *files, timeout=120, options=()):
    """All JSONL objects of `akushu read` over the files."""
    done = run(binary, "read", "--format=jsonl", *options, *files, timeout=timeout)
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def reader_of(binary):
    return os.path.join(os.path.dirname(os.path.abspath(binary)), "tests", "read_many")


def has_reader(binary):
    return os.access(reader_of(binary), os.X_OK)


class Reader:
    """Reads many captures in one process (tests/robust/read_many.c), or by runs of akushu where that was not built: `with Reader(binary) as reader: reader.read(path)`."""

    def __init__(self, binary):
        self.binary, self.child = binary, None
        self.many = reader_of(binary)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.child:
            self.child.stdin.close()
            self.child.wait()
            self.child.stdout.close()
            self.child = None

    def read(self, *files, timeout=30):
        """All JSONL objects of one reading of the files."""
        if not has_reader(self.binary):
            return read(self.binary, *files, timeout=timeout)
        if not self.child:
            self.child = subprocess.Popen([self.many], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.child.stdin.write("\t".join(files).encode() + b"\n")
        self.child.stdin.flush()
        watch = threading.Timer(timeout, self.child.kill)
        watch.start()
        lines = []
        for line in self.child.stdout:
            if line == b"\n":
                break
            lines.append(line)
        else:
            self.close()
            raise Crash(f"{' '.join(files)}: ended or took longer than {timeout} s")
        watch.cancel()
        return [json.loads(line) for line in lines]


LOCAL = threading.local()


def read_beside(binary, *files):
    """As read(), by the library in one process for each thread of a test."""
    if not hasattr(LOCAL, "reader"):
        LOCAL.reader = Reader(binary)
    return LOCAL.reader.read(*files, timeout=120)


def kind(objects, name):
    return [o for o in objects if o.get("akushu", {}).get("kind") == name]


def conversations(objects):
    return sorted(kind(objects, "conversation"), key=lambda o: o["akushu"]["id"])


def findings(objects):
    return kind(objects, "finding")


def verdict(objects):
    """What may not change when the same traffic is written down differently."""
    talks = []
    for o in conversations(objects):
        a = o["akushu"]
        talks.append(tuple(a.get(k) for k in ("protocol", "outcome", "stage", "closed_by", "close", "version_code", "cipher_code")))
    found = collections.Counter()
    for o in findings(objects):
        found[(o["rule"]["id"], o["akushu"]["grade"], o["akushu"]["count"])] += 1
    return talks, found


def talk_verdict(conversation):
    a = conversation["akushu"]
    return tuple(a.get(k) for k in ("protocol", "outcome", "stage", "closed_by", "close", "version_code", "cipher_code"))


def pool(function, items, workers=0):
    with concurrent.futures.ThreadPoolExecutor(workers or max(2, os.cpu_count() or 2)) as executor:
        return list(executor.map(function, items))


def finish(failures, summary, show=int(os.environ.get("SHOW", "60"))):
    for text in failures[:show]:
        print(text)
    if len(failures) > show:
        print(f"... and {len(failures) - show} more")
    print(f"{summary}: {'FAILED, ' + str(len(failures)) + ' differences' if failures else 'ok'}")
    sys.exit(1 if failures else 0)
