# SPDX-License-Identifier: Apache-2.0
"""`akushu check` in a scenario: how it is called, what it must say, and what it may cost.

`make` runs inside of the scenario's namespace, `judge` outside of it, on what `make` left: the output as JSON and two recordings of
the same connections, tcpdump's and that of `--write`.
"""
import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

import lab

sys.path.insert(0, os.path.join(os.path.dirname(lab.HERE), "tools"))
import harness  # noqa: E402

PASSWORD_VARIABLE = "AKUSHU_E2E_PASSWORD"
LOGIN = f"--user=sa --password-env={PASSWORD_VARIABLE}"
MOST_CONNECTIONS, MOST_HEALTHY, MOST_ZERO, MOST_AT_ONCE = 60, 3, 4, 4
MOST_SECONDS = 80
MIB = 1024 * 1024


@dataclasses.dataclass
class Check:
    """One call. In `server` and `options` PORT is the server's port, TRUSTED the file of what `akushu lab` wants
    trusted, CERTS the folder of certificates."""
    options: str
    findings: dict  # {rule: grade}, all of them
    server: str = "127.0.0.1:PORT"
    status: int = 0
    most: int = MOST_CONNECTIONS  # connections to one address
    at_once: int = MOST_AT_ONCE  # 0: not looked at, since a server takes its time to close
    wants: dict = dataclasses.field(default_factory=dict)  # of the first endpoint's line: path → value or a test of it
    says: tuple = ()  # words of the text report; with them the check is made a second time, beside the first
    repeated: bool = False  # so often as --rounds says, without recordings
    seconds: float = None  # it must end in this time
    why: str = ""  # why another rule than the scenario's is right here
    judge: Callable = None  # a last look at (objects): its differences


@dataclasses.dataclass
class Bounds:
    memory: int

    @classmethod
    def of(cls, akushu):
        with open(akushu, "rb") as f:
            return cls(200 * MIB if b"__asan_init" in f.read() else 64 * MIB)


# ---------------------------------------------------------------- inside the namespace

class Call:
    """A run of akushu check that has begun; `end` gives output, messages, exit status, seconds and peak memory."""

    def __init__(self, place, check, words, stem):
        text = f"{check.server} {check.options} {words}".replace("PORT", str(place.port)).replace("CERTS", place.certs.folder)
        text = text.replace("TRUSTED", place.path("trusted.pem"))
        # The leak sanitizer would look for its threads in a /proc that is not this namespace's.
        environment = {**os.environ, PASSWORD_VARIABLE: "Passw0rd!", "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        self.paths, self.begin = [place.path(f"{stem}.{ending}") for ending in ("out", "err")], time.monotonic()
        with open(self.paths[0], "wb") as out, open(self.paths[1], "wb") as err:
            self.process = subprocess.Popen([place.akushu, "check", "--pace=0", *text.split()], stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=err, env=environment)

    def end(self):
        def waited():
            # The peak begins with what this process itself holds, some 25 MiB: the kernel hands it on to the child.
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            return (os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024) if pid else None
        try:
            status, memory = lab.poll(waited, MOST_SECONDS, "akushu check to end")
        except lab.Problem:
            self.process.kill()
            raise
        out, err = (open(path, "rb").read().decode(errors="replace") for path in self.paths)
        return {"out": out, "err": err, "status": status, "memory": memory, "seconds": time.monotonic() - self.begin}


def once(place, check, stem):
    beside = Call(place, check, "--lang=en", f"{stem}-text") if check.says else None
    result = Call(place, check, f"--format=jsonl --all --write={place.path(stem)}.pcapng", stem).end()
    result["text"] = beside.end()["out"] if beside else ""
    return result


def make(place, check, number, rounds):
    """What one check came to, as plain data."""
    stem = f"check{number}"
    if check.repeated:
        return {"rounds": [once(place, check, stem) for _ in range(rounds)]}
    if check.says:  # twice at the same time: nothing to compare recordings of
        return {"rounds": [once(place, check, stem)]}
    place.record(stem)
    result = once(place, check, stem)
    place.stop_recording()
    return {"rounds": [result], "recording": stem}


# ---------------------------------------------------------------- outside

def value_at(line, path):
    for name in path.split("."):
        line = line.get(name) if isinstance(line, dict) else None
    return line


def endpoints(objects):
    return [o for o in objects if o["akushu"]["kind"] == "endpoint"]


def widest(objects):
    """The most conversations that were open at one moment."""
    moments = []
    for talk in harness.conversations(objects):
        moments += [(talk["@timestamp"], 1), (talk["event"].get("end", talk["@timestamp"]), -1)]
    most = count = 0
    for _, step in sorted(moments):
        count += step
        most = max(most, count)
    return most


def judge_round(check, result, bounds):
    try:
        objects = [json.loads(line) for line in result["out"].splitlines()]
    except ValueError:
        return [f"no JSON: {result['out'][:300]}"], []
    differences = []
    found = {o["rule"]["id"]: o["akushu"]["grade"] for o in harness.findings(objects)}
    if found != check.findings:
        differences.append(f"findings {found}, not {check.findings}")
    if result["status"] != check.status or result["err"]:
        differences.append(f"exit {result['status']}, not {check.status}: {result['err'][-1500:]}")
    if check.seconds is not None and result["seconds"] > check.seconds:
        differences.append(f"{result['seconds']:.1f} s, more than {check.seconds:.1f}")
    if result.get("memory", 0) > bounds.memory:
        differences.append(f"{result['memory'] // MIB} MiB, more than {bounds.memory // MIB}")
    differences += [f"the text does not say {words!r}: {result['text'][:600]!r}" for words in check.says if words not in result["text"]]
    lines = endpoints(objects)
    for line in lines:
        made = line["akushu"]["endpoint"]["connections"]
        if made > check.most:
            differences.append(f"{made} connections to {line['server']['ip']}, more than {check.most}")
    for path, value in check.wants.items():
        seen = value_at(lines[0], path) if lines else None
        if seen is None and lines:
            seen = value_at(lines[0]["akushu"]["endpoint"], path)
        if not (value(seen) if callable(value) else seen == value):
            differences.append(f"{path} is {seen!r}, not {getattr(value, '__doc__', None) if callable(value) else value!r}")
    if check.judge:
        differences += check.judge(objects)
    return differences, objects


def judge_recordings(check, folder, stem, read):
    """tcpdump's recording and the check's own hold the same conversations, and never too many at once."""
    differences = []
    outside, own = (read(os.path.join(folder, f"{stem}.{ending}")) for ending in ("pcap", "pcapng"))
    ports = [{talk["client"]["port"] for talk in harness.conversations(o)} for o in (outside, own)]
    if ports[0] != ports[1]:
        differences.append(f"only tcpdump recorded {sorted(ports[0] - ports[1])}, only --write {sorted(ports[1] - ports[0])}")
    if check.at_once and widest(outside) > check.at_once:
        differences.append(f"{widest(outside)} connections at once, more than {check.at_once}")
    return differences


def judge(check, made, folder, read, bounds):
    """Differences between what one check should have come to and came to."""
    differences = []
    for number, result in enumerate(made["rounds"], 1):
        told, _ = judge_round(check, result, bounds)
        differences += [f"round {number}: {d}" if check.repeated else d for d in told]
    if made.get("recording"):
        differences += judge_recordings(check, folder, made["recording"], read)
    return [f"check {check.server} {check.options}: {d}" for d in differences]
