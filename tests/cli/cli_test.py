#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The program as a new user meets it: mistakes, broken files, broken outputs, languages, terminals, secrets, hostile names.

usage: cli_test.py [--akushu PATH] [TEST...]     One line a test; 1 when one failed, 77 when all were skipped.
"""
import csv
import fcntl
import gzip
import io
import json
import os
import pty
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unicodedata

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools"))
import capfile  # noqa: E402
import harness  # noqa: E402

RECORDED_PASSWORD = "Passw0rd!"  # of the captures clients-*
FAILED, CLEAR, NOTED, HEALTHY, MANY = ("clients-fail-alert70-ted", "clients-ok-clear-tsql-off", "clients-fail-err18456-ted",
                                       "clients-ok-tls12-encon-ted", "own-tls-mix-400")
LANGUAGE_VARIABLES = ("LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LC_CTYPE", "NO_COLOR", "TERM", "COLUMNS")
JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
ESCAPE = re.compile("\x1b\\[[0-9;]*[A-Za-z]")
NOBODY = 65534
TESTS = []


class Failed(Exception):
    pass


class Skipped(Exception):
    pass


def test(function):
    TESTS.append(function)
    return function


def expect(condition, text):
    if not condition:
        raise Failed(text)


def shown(words):
    return " ".join(shlex.quote(w) if isinstance(w, str) else repr(w) for w in words)


def tail(done):
    return f"exit {done.returncode}\n      stdout: {done.stdout[-200:]!r}\n      stderr: {done.stderr[-300:]!r}"


class Bench:
    """Runs akushu; every test has a folder of its own."""

    def __init__(self, akushu, folder):
        self.akushu, self.folder = akushu, folder

    def path(self, name, data=None):
        path = os.path.join(self.folder, name)
        if data is not None:
            with open(path, "wb") as f:
                f.write(data)
        return path

    def environment(self, settings):
        clean = {k: v for k, v in os.environ.items() if k not in LANGUAGE_VARIABLES}
        return {**clean, "LC_ALL": "C.UTF-8", **{k: v for k, v in settings.items() if v is not None}}

    def raw(self, *words, stdin=b"", settings=None, **more):
        environment = self.environment(settings or {})
        for key, value in (settings or {}).items():
            if value is None:
                environment.pop(key, None)
        more.setdefault("stdout", subprocess.PIPE)
        done = subprocess.run([self.akushu, *words], input=stdin, stderr=subprocess.PIPE, env=environment, timeout=60, **more)
        for report in (b"runtime error:", b"AddressSanitizer", b"LeakSanitizer"):
            expect(report not in done.stderr, f"{words}: {done.stderr.decode(errors='replace')[:1500]}")
        return done

    def run(self, *words, **more):
        """Output as text: it must be UTF-8."""
        done = self.raw(*words, **more)
        done.stdout, done.stderr = (done.stdout or b"").decode(), done.stderr.decode()
        return done

    def exits(self, status, *words, says=(), **more):
        done = self.run(*words, **more)
        expect(done.returncode == status, f"akushu {shown(words)}: not exit {status}: {tail(done)}")
        for text in says:
            expect(text in done.stderr, f"akushu {shown(words)}: stderr lacks {text!r}: {tail(done)}")
        return done

    def conversations(self, *words, status=None, **more):
        done = self.run("read", "--format=jsonl", *words, **more)
        expect(status is None or done.returncode == status, f"{words}: not exit {status}: {tail(done)}")
        return harness.conversations([json.loads(line) for line in done.stdout.splitlines()]), done


def capture(case):
    return harness.capture(case)


def content(case):
    with open(capture(case), "rb") as f:
        return f.read()


# ---------------------------------------------------------------- mistakes on the command line

@test
def usage_errors(b):
    for words, says in ((["read", "--frobnicate", "x"], "--frobnicate"), (["read", "-Z", "x"], "-Z"), (["--frobnicate"], "--frobnicate"),
                        (["read", "--output"], "needs a value"), (["read", "--format=xml", "x"], "text|jsonl"),
                        (["read", "--fail-on=loud", "x"], "error|warning|note|never"), (["read", "--lang=de", "x"], "en|ja"),
                        (["read"], "no file or directory given"), ([], "no command given"), (["raed", "x"], "raed"),
                        (["explain", "--all"], "--all"), (["schema", "--why-not=x"], "--why-not"), (["completion"], "bash"),
                        (["completion", "tcsh"], "bash"), (["explain", "no-answer", "no-answer"], "one ID"), (["help", "raed"], "raed"), (["help", "read", "fix"], "one command"),
                        (["schema", "x"], "no file"), (["predict", "--list", "win7"], "no name: win7"), (["lab", "--list", "x"], "no name")):
        done = b.exits(2, *words, says=[says])
        expect(done.stdout == "", f"akushu {words}: prints on stdout: {done.stdout[:100]!r}")
        expect(done.stderr.startswith("akushu: "), f"akushu {words}: message does not begin with the program's name: {done.stderr!r}")


@test
def usage_errors_say_where_help_is(b):
    for words in (["read", "--frobnicate"], ["raed"], ["read"], ["read", "--format=xml", "x"]):
        b.exits(2, *words, says=["Try 'akushu"])


@test
def options_after_the_operand(b):
    b.exits(0, "read", capture(FAILED), "--fail-on=never", "-q")


@test
def double_dash_ends_options(b):
    shutil.copy(capture(HEALTHY), b.path("-odd.pcap"))
    b.exits(0, "read", "--", "-odd.pcap", cwd=b.folder)


# ---------------------------------------------------------------- inputs that are not what they should be

@test
def missing_file(b):
    b.exits(3, "read", b.path("missing.pcap"), says=["missing.pcap", "No such file or directory"])


@test
def quiet(b):
    done = b.exits(3, "read", "--quiet", b.path("missing.pcap"))
    expect(done.stderr == "", f"--quiet is not: {done.stderr}")


@test
def missing_file_among_good_ones(b):
    talks, done = b.conversations(capture(HEALTHY), b.path("missing.pcap"), capture(HEALTHY), status=3)
    expect(len(talks) == 2, f"{len(talks)} conversations of two good files")
    expect("missing.pcap" in done.stderr, tail(done))


@test
def directory(b):
    os.makedirs(b.path("a/b"))
    shutil.copy(capture(HEALTHY), b.path("a/b/one.pcap"))
    shutil.copy(capture(FAILED), b.path("a/two.pcap"))
    b.path("a/readme.txt", b"notes\n")
    talks, done = b.conversations(b.path("a"), status=1)
    expect(len(talks) == 2, f"{len(talks)} conversations: {tail(done)}")
    expect(done.stderr == "", f"complains about other files of a directory: {done.stderr}")


def ring(b):
    """The capture of a failed connection as a ring buffer of two files; the frames."""
    frames = capfile.read(capture(FAILED))
    os.makedirs(b.path("ring"), exist_ok=True)
    for i, part in enumerate((frames[:4], frames[4:]), 1):
        capfile.write_pcap(b.path(f"ring/net_0000{i}_2026112210000{i}.pcap"), part)
    return frames


@test
def ring_buffer(b):
    frames = ring(b)
    talks, done = b.conversations(b.path("ring"), status=1)
    a = talks[0]["akushu"]
    expect(len(talks) == 1 and a["outcome"] == "failed", f"{len(talks)} conversations: {tail(done)}")
    expect(a["frames"] == [1, len(frames) - 4] and a["last_file"].endswith("_20261122100002.pcap"), f"{a['frames']} {a.get('last_file')}")
    text = b.exits(1, "read", b.path("ring")).stdout
    expect("2 captures (1 of them go on where another one ends)" in text, text[:200])
    expect("net_00002_20261122100002.pcap, frame" in text, "the second file is not named beside its frames")
    talks, done = b.conversations("--separate", b.path("ring"))
    expect(len(talks) == 2 and "last_file" not in done.stdout, tail(done))


@test
def roles(b):
    """--client and --server say whose evidence lies where; what they name is read, once."""
    shutil.copytree(os.path.join(harness.GOLDEN, "case-s1-no-common-version-fires", "evidence"), b.path("incident"))
    server = b.path("incident/server")
    export = os.path.join(server, "sql01.reg")
    with open(export, encoding="utf-8") as f:
        text = f.read()
    address = ",".join(f"{c:02x},00" for c in b"192.0.2.9")
    expect(address in text, "the export of the case has no address any more")
    with open(export, "w", encoding="utf-8") as f: # a machine behind a translation of addresses
        f.write(text.replace(address, ",".join(f"{c:02x},00" for c in b"10.99.0.9")))

    def verdict(*arguments):
        done = b.exits(1, "read", "--format=jsonl", *arguments)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        summary = found[-1]["akushu"]
        found = [o["akushu"] for o in found if o["akushu"]["kind"] == "finding" and o["rule"]["id"] == "no-common-version"]
        return found[0]["grade"], [(m["side"], m["by"]) for m in found[0].get("machines", [])], summary["registry_files"]

    expect(verdict(b.path("incident")) == ("likely", [], 1), str(verdict(b.path("incident"))))
    said = ("certain", [("server", "user")], 1)
    expect(verdict(f"--server={server}", b.path("incident")) == said, "--server with the folder above it")
    expect(verdict("--server", server + "/", b.path("incident/trace.pcap")) == said, "--server is read, too")
    expect(verdict(f"--server={server}", f"--client={b.path('incident/trace.pcap')}") == said, "two roles and nothing else")
    expect(verdict(f"--client={server}", b.path("incident"))[0] != "certain", "the client's settings speak for the server")
    machine = os.path.join(harness.GOLDEN, "reg-misspelt-registry-key-fires", "host.reg")
    expect(b.exits(1, "fix", f"--server={machine}").stdout == b.exits(1, "fix", machine).stdout, "fix reads what --server names")
    b.exits(2, "watch", "--client=x", "lo")


@test
def memory(b):
    usual = b.exits(1, "read", "--format=jsonl", capture(FAILED)).stdout
    for size in ("64M", "65536K", "67108864", "2G"):
        expect(b.exits(1, "read", f"--max-memory={size}", "--format=jsonl", capture(FAILED)).stdout == usual, size)
    for size in ("", "64", "63M", "-1G", "64MB", "M", "1e9", "99999999999G", "99999999999999999999"):
        done = b.exits(2, "read", f"--max-memory={size}", capture(FAILED))
        expect("64M, 512M or 2G" in done.stderr, done.stderr)


@test
def threads(b):
    usual = b.exits(1, "read", "--format=jsonl", capture(FAILED)).stdout
    for count in ("1", "2", "16"):
        expect(b.exits(1, "read", f"--threads={count}", "--format=jsonl", capture(FAILED)).stdout == usual, count)
    for count in ("", "0", "17", "-1", "2x", "all"):
        done = b.exits(2, "read", f"--threads={count}", capture(FAILED))
        expect("is no number from 1 to 16" in done.stderr, done.stderr)


@test
def tables(b):
    done = b.exits(1, "read", "--format=csv", capture(FAILED))
    rows = list(csv.DictReader(io.StringIO(done.stdout, newline="")))
    expect(len(rows) == 1 and rows[0]["akushu.outcome"] == "failed" and rows[0]["akushu.alerts[].code"] == "70", f"{rows}")
    done = b.exits(1, "read", "--format=csv", "--rows=findings", "--bom", capture(FAILED))
    expect(done.stdout.startswith("\ufefftimestamp,"), done.stdout[:40])
    rows = list(csv.DictReader(io.StringIO(done.stdout[1:], newline="")))
    expect([r["rule.id"] for r in rows] == ["no-common-version"], f"{rows}")
    b.exits(2, "read", "--rows=frames", capture(FAILED))


@test
def compare(b):
    done = b.exits(1, "compare", capture(MANY))
    expect("First difference that matters\n  ClientHello: offered versions" in done.stdout, done.stdout[:600])
    done = b.exits(0, "compare", capture(HEALTHY), capture(FAILED))
    expect("B did not come to: ServerHello, Certificate" in done.stdout, done.stdout[-300:])
    expect("First difference" not in done.stdout, "a server's settings are not in the capture")
    done = b.exits(0, "compare", capture(MANY) + "#1", capture(MANY) + "#1")
    expect("All differences" not in done.stdout, done.stdout)
    line = json.loads(b.exits(1, "compare", "--format=jsonl", capture(MANY)).stdout)["akushu"]
    first = [d["field"] for d in line["differences"] if d["first"]]
    expect(line["kind"] == "comparison" and first == ["akushu.offered_versions"], f"{line['kind']}: {first}")
    try:
        import jsonschema
        jsonschema.validate({"akushu": line, "event": {"kind": "event", "category": ["network"]}, "ecs": {"version": "8.11"}},
                            json.loads(b.exits(0, "schema").stdout))
    except ImportError:
        pass
    expect("no conversation 999" in b.exits(3, "compare", capture(MANY) + "#999").stderr, "a wrong number")
    expect("no healthy conversation" in b.exits(3, "compare", capture(FAILED)).stderr, "no healthy one")
    b.exits(3, "compare", b.path("missing.pcap"))
    for words in ((), ("a", "b", "c"), ("--format=csv", "a"), (capture(MANY) + "#0",), (capture(MANY) + "#x",)):
        b.exits(2, "compare", *words)
    expect("提示した暗号スイート" in b.exits(1, "compare", "--lang=ja", capture(MANY)).stdout, "not in Japanese")


@test
def filters(b):
    path = capture(MANY)
    everything = b.conversations(path, status=1)[0]
    first = everything[0]
    port, times = first["client"]["port"], sorted(t["@timestamp"] for t in everything)
    talks = b.conversations("--port", str(port), path, status=None)[0]
    expect({t["client"]["port"] for t in talks} == {port}, f"{len(talks)} conversations with --port={port}")
    host = first["client"]["ip"]
    for network in (host, host + ("/8" if "." in host else "/16")):
        talks = b.conversations("--host", network, "--port", str(first["server"]["port"]), path, status=None)[0]
        expect(0 < len(talks) <= len(everything), f"{len(talks)} with --host={network}")
    talks = b.conversations("--host", "192.0.2.77", path, status=0)[0]
    expect(not talks, f"{len(talks)} of another host")
    later = b.conversations("--since", times[len(times) // 2], path, status=None)[0]
    expect(all(t["@timestamp"] >= times[len(times) // 2] for t in later) and later, f"{len(later)} with --since")
    early = b.conversations("--until", times[len(times) // 2], path, status=None)[0]
    expect(all(t["@timestamp"] <= times[len(times) // 2] for t in early) and early, f"{len(early)} with --until")
    expect("left out by the filter" in b.exits(0, "read", "--port", "9", path).stdout, "the filter is not told")
    for wrong in (("--since", "noon"), ("--until", "2026-13-01"), ("--host", "sql01"), ("--port", "http")):
        done = b.exits(2, "read", *wrong, path)
        expect(wrong[1] in done.stderr and done.stderr.count("\n") <= 2, f"{done.stderr!r}")


@test
def empty_directory(b):
    os.mkdir(b.path("void"))
    for command in ("read", "fix"):
        b.exits(0, command, b.path("void"), says=["void: nothing to read is there"])
        expect(not b.run(command, "-q", b.path("void")).stderr, f"{command} -q speaks")
        expect(JAPANESE.search(b.run(command, "--lang=ja", b.path("void")).stderr), f"{command}: no Japanese")
    b.path("void/notes.md", b"# about\n")
    b.exits(0, "read", b.path("void"), says=["void: nothing to read is there"])
    for one in (capture(HEALTHY), machine(b)):
        expect("nothing to read" not in b.run("read", one).stderr, f"{one} is something")


@test
def directory_that_contains_itself(b):
    os.mkdir(b.path("loop"))
    shutil.copy(capture(HEALTHY), b.path("loop/one.pcap"))
    os.symlink(".", b.path("loop/again"))
    talks, done = b.conversations(b.path("loop"))
    expect(len(talks) == 1 and done.returncode in (0, 3), f"{len(talks)} conversations: {tail(done)}")


@test
def unreadable_party(b):
    """A file that is there and cannot be opened is not taken for a name that nobody has."""
    path = b.path("server.reg", b"Windows Registry Editor Version 5.00\r\n\r\n")
    os.chmod(b.folder, 0o755)
    os.mkdir(b.path("shut"), 0o700)
    os.chmod(b.path("shut"), 0o700)
    inside = shutil.copy(path, b.path("shut") + "/server.reg")
    program = shutil.copy(b.akushu, b.path("akushu"))
    os.chmod(program, 0o755)
    if os.geteuid() == 0:
        Bench(program, b.folder).exits(3, "predict", "win7", inside, says=["Permission denied"], cwd="/", user=NOBODY, group=NOBODY,
                                       extra_groups=[])
    b.exits(2, "predict", "win7", b.path("shut") + "/none.reg", says=["no file and no party"])


@test
def unreadable_file(b):
    path = b.path("secret.pcap", content(HEALTHY))
    os.chmod(path, 0)
    os.chmod(b.folder, 0o755)
    drop = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    # The program itself may lie where nobody may go: a copy lies where everybody may.
    program = shutil.copy(b.akushu, b.path("akushu"))
    os.chmod(program, 0o755)
    done = Bench(program, b.folder).exits(3, "read", path, says=["secret.pcap", "Permission denied"], cwd="/", **drop)
    expect("could not be read" in done.stdout, tail(done))


@test
def empty_file(b):
    b.exits(3, "read", b.path("empty.pcap", b""), says=["empty.pcap", "empty"])


@test
def not_a_capture(b):
    b.exits(3, "read", b.path("notes.txt", b"The server said no.\n" * 20), says=["notes.txt", "not a capture"])


@test
def binary_rubbish(b):
    for size in (1, 3, 4, 23, 24, 25, 4096):
        b.exits(3, "read", b.path("rubbish", bytes((i * 197 + 13) & 0xFF for i in range(size))), says=["rubbish"])


def cut(b, name, data, size):
    """Conversations and message of the first `size` bytes."""
    path = b.path(name, data[:size])
    talks, done = b.conversations("--fail-on=never", path, status=3)
    expect(name in done.stderr, f"the message does not name the file: {done.stderr!r}")
    expect(re.search(r"byte \d+", done.stderr), f"the message names no offset: {done.stderr!r}")
    expect(re.search("truncated|end early|ends inside", done.stderr), f"the message has no reason: {done.stderr!r}")
    expect(len(talks) > 10, f"what came before is not reported: {len(talks)} conversations")
    return int(re.search(r"byte (\d+)", done.stderr)[1])


@test
def truncated_pcap(b):
    data = content(MANY)
    size = len(data) * 2 // 3
    offset = cut(b, "cut.pcap", data, size)
    expect(size - 70000 < offset <= size, f"cut at {size}, told {offset}")


@test
def truncated_pcapng(b):
    capfile.write_pcapng(b.path("whole.pcapng"), capfile.read(capture(MANY)))
    with open(b.path("whole.pcapng"), "rb") as f:
        data = f.read()
    offset = cut(b, "cut.pcapng", data, len(data) * 2 // 3 + 2)
    expect(0 < offset <= len(data) * 2 // 3 + 2, f"told byte {offset}")


@test
def truncated_gzip(b):
    data = gzip.compress(content(MANY), 6)
    cut(b, "cut.pcap.gz", data, len(data) * 4 // 5)


@test
def truncated_zstd(b):
    if not shutil.which("zstd"):
        raise Skipped("zstd is not installed")
    data = subprocess.run(["zstd", "-qc", capture(MANY)], capture_output=True, check=True).stdout
    cut(b, "cut.pcap.zst", data, len(data) * 4 // 5)


@test
def whole_gzip_and_zstd(b):
    plain, _ = b.conversations(capture(MANY))
    packed = [gzip.compress(content(MANY), 1), gzip.compress(content(MANY)[:500000], 1) + gzip.compress(content(MANY)[500000:], 1)]
    if shutil.which("zstd"):
        packed.append(subprocess.run(["zstd", "-qc", capture(MANY)], capture_output=True, check=True).stdout)
    for data in packed:
        talks, done = b.conversations(b.path("packed", data))
        expect(done.stderr == "" and [harness.talk_verdict(t) for t in talks] == [harness.talk_verdict(t) for t in plain],
               f"other verdicts from {data[:4].hex()}: {tail(done)}")


@test
def snaplen_cut_handshake(b):
    frames = [capfile.Frame(f.ns, f.link, f.data[:96], f.wire or len(f.data)) for f in capfile.read(capture(HEALTHY))]
    capfile.write_pcap(b.path("short.pcap"), frames)
    talks, done = b.conversations(b.path("short.pcap"), status=3)
    expect(len(talks) == 1 and talks[0]["akushu"]["outcome"] in ("incomplete", "established"), f"{talks}")
    text = b.run("read", "--fail-on=never", b.path("short.pcap"))
    expect(re.search("snap|cut", text.stdout + text.stderr), f"nothing says that frames were cut: {tail(text)}")


@test
def unsupported_link_type(b):
    frames = [capfile.Frame(f.ns, 147, f.data) for f in capfile.read(capture(HEALTHY))]
    capfile.write_pcap(b.path("odd.pcap"), frames)
    done = b.exits(3, "read", b.path("odd.pcap"), says=["147"])
    expect(done.stderr.count("147") == 1, f"named more than once: {done.stderr}")
    expect(str(len(frames)) in done.stderr, f"does not count the frames: {done.stderr}")


@test
def standard_input(b):
    for case in (HEALTHY, FAILED):
        from_file, _ = b.conversations(capture(case))
        piped, done = b.conversations("-", stdin=content(case))
        expect([harness.talk_verdict(t) for t in piped] == [harness.talk_verdict(t) for t in from_file], f"{case}: {tail(done)}")
    packed, done = b.conversations("-", stdin=gzip.compress(content(HEALTHY)))
    expect(len(packed) == 1, tail(done))
    b.exits(3, "read", "-", stdin=b"", says=["empty"])


# ---------------------------------------------------------------- outputs that fail

@test
def output_file(b):
    path = b.path("report.txt", b"old and much longer\n" * 5000)
    shown = b.exits(1, "read", capture(FAILED)).stdout
    done = b.exits(1, "read", "-o", path, capture(FAILED))
    with open(path) as f:
        expect(f.read() == shown, "the file differs from what stdout would show")
    expect(done.stdout == "", f"prints on stdout too: {done.stdout[:100]!r}")


@test
def output_into_missing_directory(b):
    b.exits(3, "read", "-o", b.path("none/report.txt"), capture(FAILED), says=["none/report.txt", "No such file or directory"])


@test
def output_never_destroys_the_input(b):
    path = b.path("evidence.pcap", content(HEALTHY))
    b.run("read", "-o", path, path)
    with open(path, "rb") as f:
        expect(f.read() == content(HEALTHY), "read -o FILE FILE overwrote the capture")


@test
def closed_pipe(b):
    words = [shlex.quote(w) for w in (b.akushu, "read", "--format=jsonl", capture(MANY), capture(MANY))]
    done = subprocess.run(["sh", "-c", f"{' '.join(words)} | head -n 1"], capture_output=True, timeout=60, env=b.environment({}))
    expect(done.stdout.count(b"\n") == 1 and done.stderr == b"", f"{done.stderr[:300]!r}")


@test
def cut_while_it_is_read(b):
    """By somebody else, while nobody takes what is printed: he does not wait for long, and the cut is told."""
    header, records = content(MANY)[:24], content(MANY)[24:]  # pcap
    path = b.path("shrinks.pcap", header + records * (12_000_000 // len(records) + 1))
    with open(path, "rb") as f:
        os.fsync(f.fileno())
        os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while f.read(1 << 16):
            pass
    child = subprocess.Popen([b.akushu, "read", "--format=jsonl", "--fail-on=never", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             bufsize=0, env=b.environment({}))
    first = child.stdout.readline()
    began = time.monotonic()
    os.truncate(path, len(header) + len(records) + 7)  # inside a frame
    waited = time.monotonic() - began
    rest, errors = child.communicate(timeout=60)
    expect(waited < 20, f"who cut the file waited for {waited:.1f} s")
    expect(child.returncode == 3 and b"shrinks.pcap" in errors, f"exit {child.returncode}: {errors[:500]!r}")
    for line in (first + rest).splitlines():
        json.loads(line)


@test
def full_device(b):
    for words in (["read"], ["read", "--format=jsonl"], ["read", "--why-not=no-answer"], ["read", "--all", "--lang=ja"]):
        for case in (HEALTHY, FAILED, MANY):
            with open("/dev/full", "wb") as full:
                b.exits(3, *words, "--fail-on=never", capture(case), says=["No space left on device"], stdout=full)
    b.exits(3, "read", "-o", "/dev/full", capture(HEALTHY), says=["/dev/full", "No space left on device"])


@test
def full_device_other_commands(b):
    silent = []
    for words in (["explain"], ["explain", "no-answer"], ["schema"], ["schema", "--markdown"], ["completion", "bash"], ["help"], ["read", "--help"],
                  ["--version"]):
        with open("/dev/full", "wb") as full:
            done = b.run(*words, stdout=full)
        if done.returncode != 3 or "No space left on device" not in done.stderr:
            silent.append(f"{' '.join(words)} (exit {done.returncode})")
    expect(not silent, f"a lost output without exit 3 and a message: {', '.join(silent)}")


# ---------------------------------------------------------------- captures to hand over

def written(b, *words, name="out.pcapng", case=FAILED, status=None):
    """Frames of the capture that akushu writes; it must be the only file that is left."""
    done = b.run("read", "--output=/dev/null", f"--write={b.path(name)}", *words, *([capture(case)] if case else []))
    expect(status is None or done.returncode == status, f"{words}: not exit {status}: {tail(done)}")
    expect(not [n for n in os.listdir(b.folder) if n.startswith(".")], f"leaves {os.listdir(b.folder)}")
    return capfile.read(b.path(name)), done


@test
def write_capture(b):
    frames, done = written(b, status=1)
    whole = capfile.read(capture(FAILED))
    expect([(f.ns, f.data, f.wire) for f in frames] == [(f.ns, f.data, f.wire) for f in whole], "other frames than in the input")
    expect("1 conversations of 1 findings" in done.stderr, tail(done))
    with open(b.path("out.pcapng"), "rb") as f:
        text = f.read()
    expect(b"akushu: no-common-version (likely)" in text and b"here the server closed (alert 70)" in text, "no verdict in the comments")
    written(b, "--lang=ja", name="ja.pcapng")
    with open(b.path("ja.pcapng"), "rb") as f:
        expect("ここでサーバーが閉じました".encode() in f.read(), "no Japanese comment")
    expect(written(b, "--quiet", name="quiet.pcapng")[1].stderr == "", "--quiet is not")


@test
def write_chosen_findings(b):
    found = [json.loads(line) for line in b.run("read", "--format=jsonl", capture(MANY)).stdout.splitlines()]
    finding = harness.findings(found)[0]
    count, rule = finding["akushu"]["count"], finding["rule"]["id"]
    for name in (finding["akushu"]["id"], rule):
        written(b, f"--finding={name}", case=MANY, status=1)
        again = [json.loads(line) for line in b.run("read", "--format=jsonl", b.path("out.pcapng")).stdout.splitlines()]
        same = [f for f in harness.findings(again) if f["akushu"]["id"] == finding["akushu"]["id"]]
        expect(len(same) == 1 and same[0]["akushu"]["count"] == count, f"{name}: {[f['rule'] for f in harness.findings(again)]}")
        expect(len(harness.conversations(again)) < len(harness.conversations(found)), "every conversation was written")
    expect(len(written(b, "--all", case=MANY, status=1)[0]) == len(capfile.read(capture(MANY))), "--all does not write all")
    done = b.exits(2, "read", f"--write={b.path('none.pcapng')}", "--finding=f-0000000000000000", capture(MANY), says=["f-0000000000000000"])
    expect(not os.path.exists(b.path("none.pcapng")) and done, "wrote without a finding")
    done = b.exits(0, "read", f"--write={b.path('none.pcapng')}", capture(HEALTHY), says=["no finding"])
    expect(not os.path.exists(b.path("none.pcapng")), "wrote without a finding")


@test
def write_usage(b):
    out = f"--write={b.path('out.pcapng')}"
    for words, says in ((["--strip"], "--strip"), (["--pseudonymize"], "--pseudonymize"), (["--finding=no-answer"], "--finding"),
                        (["--key=x"], "--key"), ([out, "--key=x"], "--key"), ([out, "--all", "--finding=no-answer"], "--all"),
                        (["--write=-"], "--write"), ([out, f"--output={b.path('out.pcapng')}"], "one file")):
        done = b.exits(2, "read", *words, capture(FAILED), says=[says])
        expect(done.stdout == "" and not os.path.exists(b.path("out.pcapng")), f"{words}: did something: {tail(done)}")
    b.exits(2, "read", out, *["--finding=x"] * 65, capture(FAILED), says=["--finding"])


@test
def write_needs_files(b):
    out = f"--write={b.path('out.pcapng')}"
    b.exits(2, "read", out, "-", stdin=content(FAILED), says=["pipe"])
    os.mkfifo(b.path("fifo"))
    b.exits(2, "read", out, b.path("fifo"), says=["pipe"])
    b.exits(3, "read", out, b.path("missing.pcap"), says=["missing.pcap"])


@test
def write_never_destroys_an_input(b):
    path = b.path("evidence.pcap", content(FAILED))
    os.mkdir(b.path("folder"))
    deep = b.path("folder/evidence.pcap", content(FAILED))
    os.symlink(path, b.path("link.pcap"))
    for out, words in ((path, [path]), (deep, [b.path("folder")]), (b.path("link.pcap"), [path]), (path, [b.path("link.pcap")])):
        b.exits(2, "read", f"--write={out}", *words, says=["overwrite"])
    for name in (path, deep):
        with open(name, "rb") as f:
            expect(f.read() == content(FAILED), f"{name} was destroyed")
    # A capture beside the inputs is no input while it is written.
    b.exits(1, "read", f"--write={b.path('folder/out.pcapng')}", b.path("folder"))
    expect(len(capfile.read(b.path("folder/out.pcapng"))) == len(capfile.read(deep)), "the capture holds itself")


@test
def write_that_fails(b):
    out = b.path("out.pcapng", b"older")
    b.exits(3, "read", "--write=/dev/full", capture(FAILED), says=["/dev/full", "No space left on device"])
    b.exits(3, "read", f"--write={b.path('none/out.pcapng')}", capture(FAILED), says=["none/out.pcapng", "No such file or directory"])
    b.exits(3, "read", f"--write={b.folder}", capture(FAILED), says=["Is a directory"])
    program = shutil.copy(b.akushu, b.path("akushu"))
    os.chmod(program, 0o755)
    os.chmod(b.folder, 0o755)
    readable = b.path("in.pcap", content(FAILED))
    drop = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    if drop:
        Bench(program, b.folder).exits(3, "read", f"--write={b.path('new.pcapng')}", readable, says=["new.pcapng", "Permission denied"], cwd="/", **drop)
    with open(out, "rb") as f:
        expect(f.read() == b"older", "another file was touched")
    # With a bound on the size of files nothing is left of the capture.
    words = [shlex.quote(w) for w in (b.akushu, "read", "-q", "--all", f"--write={b.path('big.pcapng')}", capture(MANY))]
    done = subprocess.run(["sh", "-c", f"trap '' XFSZ; ulimit -f 64; exec {' '.join(words)}"], capture_output=True, timeout=60, env=b.environment({}))
    expect(done.returncode == 3 and b"big.pcapng" in done.stderr, f"exit {done.returncode} {done.stderr[-300:]!r}")
    expect(not [n for n in os.listdir(b.folder) if "big" in n], f"left: {os.listdir(b.folder)}")


@test
def pseudonyms_agree_in_one_key(b):
    for name, key in (("a", "x"), ("b", "x"), ("c", "y")):
        written(b, "--pseudonymize", f"--key={key}", name=f"{name}.pcapng", status=1)
    files = [open(b.path(f"{n}.pcapng"), "rb").read() for n in "abc"]
    expect(files[0] == files[1] and files[0] != files[2], "the key does not decide")
    written(b, "--pseudonymize", name="d.pcapng")
    expect(open(b.path("d.pcapng"), "rb").read() not in files, "no random key")


@test
def several_captures_stay_apart(b):
    """Both ends of one connection: the same packets twice, as two sections of one file."""
    for name in ("client.pcap", "server.pcap"):
        b.path(name, content(FAILED))
    for words in ([], ["--pseudonymize"]):
        b.exits(1, "read", f"--write={b.path('both.pcapng')}", *words, b.path("client.pcap"), b.path("server.pcap"))
        talks, _ = b.conversations(b.path("both.pcapng"), status=1)
        expect([t["akushu"]["outcome"] for t in talks] == ["failed"] * 2, f"{len(talks)} conversations")


@test
def the_end_of_the_capture_is_kept(b):
    """A lone SYN was unanswered because the capture went on: the excerpt must say so without the frames that showed it."""
    frames = capfile.read(capture(HEALTHY))
    syn = capfile.segment_of(frames[0])
    # Another client: what the same one offered elsewhere would be kept, too.
    syn = syn.copy(src=syn.src[:-1] + b"\x63", sport=40001, dport=1433)
    alone = capfile.Frame(frames[0].ns - 5 * 10**9, 1, capfile.link_frame(0, capfile.ip_packet(syn)).data)
    capfile.write_pcap(b.path("in.pcap"), [alone, *frames])
    for words in ([], ["--pseudonymize"]):
        b.exits(1, "read", f"--write={b.path('out.pcapng')}", "--finding=no-answer", *words, b.path("in.pcap"))
        expect(len(capfile.read(b.path("out.pcapng"))) == 1, "more than the SYN was written")
        talks, _ = b.conversations(b.path("out.pcapng"), status=1)
        expect([t["akushu"]["outcome"] for t in talks] == ["unanswered"], f"{talks[0]['akushu']}")


@test
def fragments_are_put_together(b):
    """IP fragments of a ClientHello become one packet, whose verdict is the same."""
    frames = []
    for f in capfile.read(capture(FAILED)):
        s = capfile.segment_of(f)
        packet = capfile.ip_packet(s)
        if len(s.payload) < 64:
            frames.append(capfile.Frame(f.ns, f.link, capfile.link_frame(f.ns, packet).data))
            continue
        for at, end in ((20, 60), (60, len(packet))):
            head = bytearray(packet[:20])
            struct.pack_into(">H", head, 2, 20 + end - at)
            struct.pack_into(">H", head, 6, (at - 20) // 8 | (0x2000 if end < len(packet) else 0))
            frames.append(capfile.Frame(f.ns, f.link, capfile.link_frame(f.ns, bytes(head) + packet[at:end]).data))
    capfile.write_pcap(b.path("pieces.pcap"), frames)
    for words in ([], ["--strip"], ["--pseudonymize"]):
        b.exits(1, "read", f"--write={b.path('whole.pcapng')}", *words, b.path("pieces.pcap"))
        whole = capfile.read(b.path("whole.pcapng"))
        expect(len(whole) < len(frames) and all(capfile.segment_of(f) for f in whole), f"{len(whole)} of {len(frames)} frames")
        talks, _ = b.conversations(b.path("whole.pcapng"), status=1)
        expect([t["akushu"]["stage"] for t in talks] == ["P3"], f"{[t['akushu'] for t in talks]}")


@test
def what_nobody_understands_is_zero(b):
    """Unknown protocols, bytes after a hole, overlaps with other content, padding: nothing of them comes out."""
    secret = b"SECRET-of-the-house-0123456789"
    frames = capfile.read(capture(FAILED))
    changed = []
    for f in frames:
        s = capfile.segment_of(f)
        changed.append(capfile.Frame(f.ns, f.link, f.data + secret))  # a trailer
        if len(s.payload) >= 64:  # the same place again, other bytes
            again = s.copy(payload=(secret * 20)[:len(s.payload)])
            changed.append(capfile.Frame(f.ns, f.link, capfile.link_frame(f.ns, capfile.ip_packet(again)).data))
        if s.flags & capfile.FIN:
            reset = s.copy(flags=capfile.RST, payload=secret)
            changed.append(capfile.Frame(f.ns, f.link, capfile.link_frame(f.ns, capfile.ip_packet(reset)).data))
    base = capfile.segment_of(frames[0])
    for i, (flags, payload) in enumerate(((2, b""), (24, b"EHLO " + secret), (24, secret * 3))):
        s = base.copy(sport=40000, flags=flags, seq=1000 + (0, 1, 36)[i], payload=payload, options=b"")
        changed.append(capfile.Frame(frames[-1].ns + i, 1, capfile.link_frame(0, capfile.ip_packet(s)).data))
    capfile.write_pcap(b.path("secret.pcap"), changed)
    for words in (["--strip"], ["--pseudonymize"]):
        b.run("read", "--all", f"--write={b.path('out.pcapng')}", *words, b.path("secret.pcap"))
        with open(b.path("out.pcapng"), "rb") as f:
            data = f.read()
        expect(b"SECRET" not in data and b"house" not in data, f"{words}: the secret is in the capture")
        expect(len(capfile.parse(data)) == len(changed), "frames are missing")


# ---------------------------------------------------------------- options of read

@test
def fail_on(b):
    levels = ("error", "warning", "note", "never")
    for case, statuses in ((FAILED, (1, 1, 1, 0)), (CLEAR, (0, 1, 1, 0)), (NOTED, (0, 0, 1, 0)), (HEALTHY, (0, 0, 0, 0))):
        for level, status in zip(levels, statuses):
            b.exits(status, "read", f"--fail-on={level}", capture(case))
        b.exits(statuses[0], "read", capture(case))


@test
def findings_outrank_unreadable_input(b):
    b.exits(1, "read", capture(FAILED), b.path("missing.pcap"))
    b.exits(3, "read", "--fail-on=never", capture(FAILED), b.path("missing.pcap"))


@test
def why_not(b):
    ask = ("read", "--fail-on=never", capture(FAILED))
    whole = b.exits(0, *ask, "--why-not=no-common-suite").stdout
    expect(whole.strip(), "no answer")
    expect(b.exits(0, *ask, "--why-not=no-common-suite#1").stdout == whole, "the only conversation's answer differs from all answers")
    expect(b.exits(0, *ask, "--why-not", "no-common-version#1").stdout.strip(), "no answer for a rule that matches")
    b.exits(0, "read", "--why-not=no-common-version", capture(HEALTHY))


@test
def why_not_bad_forms(b):
    for text in ("", "nope", "#1", "no-common-suite#", "no-common-suite#0", "no-common-suite#x", "no-common-suite#1x", "no-common-suite#-1",
                 "no-common-suite # 1", "x" * 100000):
        done = b.exits(2, "read", f"--why-not={text}", capture(FAILED), says=["--why-not"])
        expect(done.stdout == "", f"{text!r}: {done.stdout[:100]!r}")


@test
def why_not_number_that_is_not_there(b):
    for number in ("99", "99999999999999999999999"):
        done = b.run("read", "--fail-on=never", f"--why-not=no-common-suite#{number}", capture(FAILED))
        expect(number in done.stdout + done.stderr, f"silent about conversation {number}, which does not exist: {tail(done)}")


@test
def all_lists_healthy_ones(b):
    expect("established" in b.exits(0, "read", "--all", capture(HEALTHY)).stdout, "not listed")
    expect("127.0.0.1:" not in b.exits(0, "read", capture(HEALTHY)).stdout, "listed without --all")


@test
def quiet(b):
    done = b.exits(3, "read", "-q", b.path("missing.pcap"))
    expect(done.stderr == "", f"{done.stderr!r}")


# ---------------------------------------------------------------- languages, colours, terminals

@test
def languages(b):
    for wanted, settings in ((True, {"LC_ALL": None, "LANG": "ja_JP.UTF-8"}), (True, {"LC_ALL": "ja_JP.UTF-8"}), (False, {"LC_ALL": "C"}),
                             (True, {"LC_ALL": None, "LC_MESSAGES": "ja_JP.UTF-8", "LANG": "en_US.UTF-8"}), (False, {"LC_ALL": None}),
                             (True, {"LC_ALL": None, "LANG": "ja_JP.UTF-8", "LANGUAGE": "ja:en"}), (False, {"LC_ALL": "C", "LANG": "ja_JP.UTF-8"}),
                             (False, {"LC_ALL": None, "LANG": "ja_JP.UTF-8", "LANGUAGE": "en"}), (False, {"LC_ALL": "de_DE.UTF-8"})):
        title = b.exits(0, "explain", "no-common-version", settings=settings).stdout
        expect(bool(JAPANESE.search(title.splitlines()[0])) == wanted, f"{settings}: {title.splitlines()[0]}")
    for option, wanted in (("--lang=ja", True), ("--lang=en", False)):
        for settings in ({"LC_ALL": "C"}, {"LC_ALL": "ja_JP.UTF-8"}):
            text = b.exits(1, "read", option, capture(FAILED), settings=settings).stdout
            head = text[:text.index("\n\n")]
            expect(bool(JAPANESE.search(head)) == wanted, f"{option} {settings}: {head[:80]}")


@test
def jsonl_has_no_language(b):
    english = b.raw("read", "--format=jsonl", capture(FAILED), settings={"LC_ALL": "C"}).stdout
    for settings in ({"LC_ALL": "ja_JP.UTF-8"}, {"LC_ALL": "tr_TR.UTF-8"}):
        other = [json.loads(line) for line in b.raw("read", "--format=jsonl", capture(FAILED), settings=settings).stdout.decode().splitlines()]
        talks = harness.conversations(other)
        expect(talks == harness.conversations([json.loads(line) for line in english.decode().splitlines()]), f"{settings}: conversations differ")


def on_terminal(b, words, columns=80, settings=None):
    """What a terminal of that width gets (stdout and stderr)."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([b.akushu, *words], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave,
                          env=b.environment({"TERM": "xterm", **(settings or {})})) as child:
        os.close(slave)
        data = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:  # EIO: the other side is closed
                break
            if not part:
                break
            data += part
        child.wait(60)
    os.close(master)
    return data.decode().replace("\r\n", "\n")


@test
def colours(b):
    read = ("read", "--fail-on=never", capture(FAILED))
    expect("\x1b" not in b.run(*read).stdout, "colours in a pipe")
    expect("\x1b[" in b.run(*read, "--color=always").stdout, "no colours with --color=always")
    expect("\x1b[" in b.run(*read, "--color=always", settings={"NO_COLOR": "1"}).stdout, "--color=always must win over NO_COLOR")
    plain = b.run(*read).stdout
    expect(ESCAPE.sub("", b.run(*read, "--color=always").stdout) == plain, "colours change more than colours")
    expect("\x1b[" in on_terminal(b, read), "no colours on a terminal")
    for settings in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        expect("\x1b[3" not in on_terminal(b, read, settings=settings), f"colours in spite of {settings}")
    expect("\x1b[3" not in on_terminal(b, (*read, "--color=never")), "colours in spite of --color=never")


def width(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def may_be_long(line):
    """Wireshark filters and commands that prove a fix must be copied in one piece; a path cannot be broken either."""
    if re.match(r" *(proof|確認方法): (?!take the trace)", line):
        return True
    longest = max(line.split(), key=len, default="")
    return line.lstrip().startswith("Wireshark") or "/" in longest or "\\" in longest or len(longest) > 60


def too_long(b, commands):
    """The lines over 80 columns that `commands` show on a terminal of 80, widest first."""
    lines = set()
    for language in ("en", "ja"):
        for words in commands:
            text = ESCAPE.sub("", on_terminal(b, [*words, f"--lang={language}"]))
            lines |= {line.rsplit("\r", 1)[-1] for line in text.split("\n")}
    return sorted((line for line in lines if width(line) > 80 and not may_be_long(line)), key=width, reverse=True)


def expect_narrow(lines):
    expect(not lines, f"{len(lines)} lines over 80 columns:" + "".join(f"\n      {width(line)}: {line}" for line in lines[:8]))


@test
def eighty_columns(b):
    # Short relative names: the width is that of akushu's own words.
    names = []
    for number, case in enumerate(sorted(n for n in harness.cases() if n.startswith("syn-") and "-fires" in n and capture(n))):
        names.append(f"{number}.pcap")
        shutil.copy(capture(case), b.path(names[-1]))
    os.chdir(b.folder)
    expect_narrow(too_long(b, [["read", "--all", "--fail-on=never", *names]]))


@test
def why_not_in_eighty_columns(b):
    shutil.copy(capture(FAILED), b.path("x.pcap"))
    os.chdir(b.folder)
    ids = [line.split()[0] for line in b.exits(0, "explain").stdout.splitlines()]
    expect_narrow(too_long(b, [["read", f"--why-not={name}", "x.pcap"] for name in ids]))


@test
def help_in_eighty_columns(b):
    expect_narrow(too_long(b, [["--help"], ["read", "--help"], ["explain", "--help"], ["schema", "--help"], ["completion", "--help"], ["explain"]]))


# ---------------------------------------------------------------- the other commands

@test
def explain_every_rule(b):
    ids = [line.split()[0] for line in b.exits(0, "explain").stdout.splitlines()]
    expect(len(ids) > 20 and len(set(ids)) == len(ids), f"{ids}")
    japanese = b.exits(0, "explain", "--lang=ja").stdout
    expect([line.split()[0] for line in japanese.splitlines()] == ids and JAPANESE.search(japanese), "the Japanese list differs")
    for name in ids:
        for language, wanted in (("en", False), ("ja", True)):
            page = b.exits(0, "explain", name, f"--lang={language}").stdout
            expect(len(page) > 300 and bool(JAPANESE.search(page.splitlines()[0])) == wanted, f"{name} {language}: {page[:80]!r}")


@test
def explain_suggests(b):
    for wrong, right in (("no-comon-version", "no-common-version"), ("no-common-versions", "no-common-version"), ("cleartext", "cleartext-login"),
                         ("dhe-leading-zeros", "dhe-leading-zero")):
        b.exits(2, "explain", wrong, says=[wrong, right])
    b.exits(2, "explain", "zzzz", says=["zzzz", "akushu explain"])
    done = b.exits(2, "explain", "x\x1b[31m")
    expect("\x1b" not in done.stderr, "a control character of the argument comes back raw")


@test
def explain_error_texts(b):
    text = "error occurred during the pre-login handshake. (provider: TCP Provider, error: 0 - An existing connection was forcibly closed"
    whole = b.exits(0, "explain", text).stdout
    expect("no-common-version" in whole and "akushu read" in whole, whole[:300])
    expect(b.exits(0, "explain", *text.split()).stdout == whole, "several words are not one text")
    expect(b.exits(0, "explain", "-", stdin=text.encode()).stdout == whole, "standard input differs")
    for name, stdin in (("little", b"\xff\xfe" + text.encode("utf-16-le")), ("big", b"\xfe\xff" + text.encode("utf-16-be")),
                        ("little without a mark", text.encode("utf-16-le")), ("big without a mark", text.encode("utf-16-be"))):
        expect(b.exits(0, "explain", "-", stdin=stdin).stdout == whole, f"UTF-16, {name} end first, differs")
    japanese = "0x80090331: 既存の接続はリモート ホストに強制的に切断されました。"
    known = b.exits(0, "explain", japanese).stdout
    for code in ("utf-16-le", "utf-16-be", "cp932"):
        expect(b.exits(0, "explain", "-", stdin=japanese.encode(code)).stdout == known, f"Japanese in {code} differs")
    b.exits(1, "explain", "Incorrect syntax near FROM")
    b.exits(1, "explain", "-", stdin=b"")
    b.exits(1, "explain", "99999")
    for number in ("10054", "0x2746", "-2147014842", "-2146893007"):
        expect("Recognised" in b.exits(0, "explain", number).stdout, number)


def explanation(b, *words, status=0):
    lines = b.exits(status, "explain", "--format=jsonl", *words).stdout.splitlines()
    expect(len(lines) == 1, f"{len(lines)} lines")
    o = json.loads(lines[0])
    try:
        import jsonschema
        jsonschema.validate(o, json.loads(b.exits(0, "schema").stdout))
    except ImportError:
        pass
    expect(o["akushu"]["kind"] == "explanation", lines[0][:80])
    return o["akushu"]


@test
def explain_for_machines(b):
    a = explanation(b, "10054")
    expect(a["known"] and a["recognised"][0]["number"] == 10054 and a["recognised"][0]["symbol"] == "WSAECONNRESET", str(a["recognised"]))
    expect(a["stages"] == ["P1", "P7"] and len(a["causes"]) > 5 and a["commands"][0]["command"], str(a["stages"]))
    a = explanation(b, "Incorrect syntax near FROM", status=1)
    expect(not a["known"] and not a["recognised"] and not a["causes"], str(a))
    a = explanation(b, "no-answer", "--lang=ja")
    expect(a["page"].startswith("# ") and JAPANESE.search(a["page"]) and a["causes"][0]["rule"], a["page"][:40])
    a = explanation(b)
    expect({"no-answer", "nothing-listens"} <= {c["id"] for c in a["causes"]}, "not all causes")
    b.exits(2, "explain", "--format=csv", "10054", says=["jsonl"])


@test
def explain_causes_without_a_rule(b):
    others = [c["id"] for c in explanation(b)["causes"] if not c["rule"]]
    expect(len(others) >= 7 and "nothing-listens" in others, str(others))
    for name in others:
        for language, wanted in (("en", False), ("ja", True)):
            page = b.exits(0, "explain", name, f"--lang={language}").stdout
            expect(page.startswith(name + ": ") and len(page) > 200 and bool(JAPANESE.search(page)) == wanted, f"{name} {language}: {page[:80]!r}")
        expect("page" not in explanation(b, name), name)
    b.exits(2, "explain", "nothing-listen", says=["nothing-listens"])


@test
def explain_in_colour(b):
    for words in (["10054"], ["nothing-listens"], []):
        plain_, coloured = b.exits(0, "explain", *words).stdout, b.exits(0, "explain", "--color=always", *words).stdout
        expect("\x1b[" not in plain_ and "\x1b[" in coloured, "colour")
        expect(re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain_, "colours change the text")


@test
def explain_bounded_and_harmless(b):
    done = b.exits(1, "explain", "-", stdin=b"x\x1b[31m\xff\x00" * 30000)
    expect("65536" in done.stderr, done.stderr)
    hostile = "Error: 10054 \x1b]0;owned\x07\u202e " + "A" * 5000
    for words in ((hostile,), ("-",)):
        done = b.exits(0, "explain", *words, stdin=hostile.encode())
        expect(not harmful(done.stdout + done.stderr), "control characters come back")


@test
def explain_in_eighty_columns(b):
    lines = too_long(b, [["explain", "10054"], ["explain", "36888 40 1205"], ["explain", "certificate verify failed"]])
    commands = ("netsh ", "tcpdump ", "akushu ", "wevtutil ", "EXEC ")
    expect_narrow([line for line in lines if not line.strip().startswith(commands)])


@test
def schema(b):
    schema_ = json.loads(b.exits(0, "schema").stdout)
    expect("$schema" in schema_, f"{list(schema_)}")
    expect(b.exits(0, "schema", "--markdown").stdout.count("|") > 100, "no table")


COMMANDS = ("read", "watch", "check", "compare", "fix", "predict", "collect", "lab", "explain", "schema", "completion", "help")


@test
def completion(b):
    for shell, check in (("bash", ["bash", "-n"]), ("zsh", ["zsh", "-n"]), ("fish", ["fish", "--no-execute"])):
        script = b.exits(0, "completion", shell).stdout
        expect("akushu" in script and "why-not" in script, f"{shell}: {script[:100]}")
        if shutil.which(check[0]):
            done = subprocess.run([*check, b.path(shell, script.encode())], capture_output=True, text=True, timeout=30)
            expect(done.returncode == 0 and not done.stderr, f"{shell}: {done.stderr}")


@test
def completion_is_quoted(b):
    """Descriptions have quotes: what is between quotes must be one word, as each shell reads it."""
    options = re.findall(r"^ .*?--([a-z-]+)", "".join(b.run("help", c).stdout for c in COMMANDS), re.M)
    zsh = [line.rstrip(" \\") for line in b.run("completion", "zsh").stdout.splitlines() if line.startswith("  '--")]
    for line in zsh:
        words = shlex.split(line)  # a quote closed too early leaves several words, or none that ends
        expect(len(words) == 1 and re.fullmatch(r"--[a-z-]+(=-?)?\[(\\.|[^\[\]\\])+\](::?value:(\(.*\)|_files))?", words[0]), f"zsh: {line}")
    expect({re.match(r"  '--([a-z-]+)", line)[1] for line in zsh} == set(options), "zsh: options are missing")
    fish = b.run("completion", "fish").stdout.splitlines()
    quoted = r"'(\\[\\']|[^\\'])*'"
    for line in fish:
        expect(re.fullmatch(rf"complete -c akushu (-n \S+ -a \S+|-l \S+( -s .)?( -r)?( -f -a {quoted})?) -d {quoted}", line), f"fish: {line}")
    expect(any("Prometheus\\' " in line for line in fish) and any("Prometheus'\\'' " in line for line in zsh), "no quote to try")
    for script in ("bash", "zsh", "fish"):  # placeholders are no words
        expect(not re.search(r"\b(KIND FILE|SIZE TIME|FILE DIRECTORY)\b", b.run("completion", script).stdout), f"{script}: offers placeholders")


def completed(b, *words):
    """What bash offers for the last of the words."""
    array = " ".join(shlex.quote(w) for w in words)
    script = (f'. "{b.path("akushu.bash", b.run("completion", "bash").stdout.encode())}"; COMP_WORDS=({array}); COMP_CWORD={len(words) - 1}; '
              '_akushu; printf "%s\\n" "${COMPREPLY[@]}"')
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30, check=True).stdout.split()


@test
def completion_in_bash(b):
    for words, offered in ((["akushu", "re"], ["read"]), (["akushu", "read", "--form"], ["--format="]), (["akushu", "explain", "no-answ"], ["no-answer"]),
                           (["akushu", "read", "--format", "=", "js"], ["jsonl"]), (["akushu", "collect", "--f"], ["--folder="]),
                           (["akushu", "watch", "--met"], ["--metrics="]), (["akushu", "read", "--met"], []), (["akushu", "--met"], ["--metrics="]),
                           (["akushu", "help", "comp"], ["compare", "completion"]), (["akushu", "lab", "no-common-v"], ["no-common-version"]),
                           (["akushu", "explain", "--l"], ["--lang="]), (["akushu", "completion", "z"], ["zsh"])):
        expect(completed(b, *words) == offered, f"{words}: offers {completed(b, *words)}, not {offered}")


@test
def help_pages(b):
    whole = b.exits(0, "--help").stdout
    expect(b.exits(0, "help").stdout == whole == b.exits(0, "-h").stdout, "help, --help and -h differ")
    for command in COMMANDS:
        page = b.exits(0, "help", command).stdout
        expect(f"akushu {command}" in page and f"akushu {command}" in whole, f"{command}: {page[:80]}")
        expect(b.exits(0, command, "--help").stdout == page, f"{command} --help differs from help {command}")
        expect(JAPANESE.search(b.exits(0, "help", command, "--lang=ja").stdout), f"{command}: no Japanese help")
        expect("\nExit status:\n" in page and "  2  wrong usage" in page, f"{command}: no exit status")
    expect("akushu help COMMAND" in whole, "where the other options are is not told")
    for option in ("--format", "--fail-on", "--why-not", "--output", "--lang", "--color"):
        expect(option in b.run("read", "--help").stdout, f"read --help lacks {option}")


@test
def version(b):
    expect(re.fullmatch(r"akushu \d+\.\d+\.\d+\n", b.exits(0, "--version").stdout), "odd version")
    b.exits(0, "-V")


# ---------------------------------------------------------------- secrets and hostile names

def forms(password):
    """A password as it may leak: text, UTF-16 in hexadecimal, and as LOGIN7 hides it."""
    wide = password.encode("utf-16-le")
    hidden = bytes((c << 4 & 0xF0 | c >> 4) ^ 0xA5 for c in wide)
    return [password, wide.hex(), hidden.hex(), password.encode().hex(), "\\u0000".join(password)]


def passwords():
    """That of the recorded captures and those of the scripts of the made ones."""
    found = {RECORDED_PASSWORD}
    for case in harness.cases():
        script = os.path.join(harness.GOLDEN, case, "case.txt")
        if os.path.exists(script):
            with open(script) as f:
                found |= set(re.findall(r"\bpassword=(\S{4,})", f.read()))
    return found


@test
def no_password_in_any_output(b):
    clear = [case for case in harness.cases() if b"cleartext_login\":true" in expected(case)]
    expect(len(clear) >= 8, f"only {len(clear)} cases with a clear login")
    shown = b""
    for options in ([], ["--all", "--lang=ja"], ["--format=jsonl"], ["--why-not=cleartext-login"], ["--why-not=login-refused"]):
        done = b.raw("read", "--fail-on=never", *options, *[capture(case) for case in clear])
        shown += done.stdout + done.stderr
    expect(b"sa" in shown or b"app" in shown, "the logins were not read at all")
    for password in passwords():
        for form in forms(password):
            expect(form.lower().encode() not in shown.lower(), f"{form} appears in the output")


def expected(case):
    path = os.path.join(harness.GOLDEN, case, "expected.jsonl")
    if os.path.exists(path):
        with open(path, "rb") as f:
            return f.read()
    return b""


# ESC, BEL, CSI as C1, right-to-left override, DEL, bad UTF-8, and what a spreadsheet or a terminal would run
HOSTILE = "=cmd|x\x1b[31mRED\x1b]0;owned\x07\x9b2J\u202etxt.exe\x7f"
HOSTILE_ASCII = "x\x1b[31mRED\x07"  # openssl takes no more into a certificate

HOSTILE_SCRIPT = """
cert bad key=ec:prime256v1 'subject=/CN={ascii}'
flow a 192.0.2.5:50001 > 192.0.2.9:1433
a open
a > prelogin encryption=not_sup 'instance={name}'
a < prelogin_reply encryption=not_sup
a > login7 'user={name}' password=Secret-1 'host={name}' 'app={name}' 'server={name}' 'library={name}' 'database={name}'
a < login_error number=18456 'message={name}' 'server={name}'
a close <
flow b 192.0.2.5:50002 > 192.0.2.9:443
b open
b > rec ver=0301 {{ client_hello versions=1.2 suites=c030 'sni={name}' 'alpn={name}' }}
b < alert code=40
b close <
flow c 192.0.2.5:50003 > 192.0.2.9:8443
c open
c > rec ver=0301 {{ client_hello versions=1.2 suites=c030 'sni={name}' }}
c < rec {{ server_hello suite=c030 certificate certs=bad server_key_exchange server_hello_done }}
c > alert code=48
c close >
"""


def hostile_capture(b):
    script = b.path("script.txt", HOSTILE_SCRIPT.format(name=HOSTILE, ascii=HOSTILE_ASCII).encode())
    done = subprocess.run([sys.executable, os.path.join(harness.ROOT, "tests", "tools", "mkcap.py"), script, b.path("made.pcap")],
                          capture_output=True, text=True, timeout=60)
    expect(done.returncode == 0, f"mkcap: {done.stderr[-300:]}")
    with open(b.path("made.pcap"), "rb") as f:
        made = f.read()
    expect(made.count(b"\x1b[31mRED") >= 2, "mkcap did not put the names in")
    # One name that is not UTF-8 either, of the same length.
    return b.path("hostile.pcap", made.replace(b"txt.exe\x7f", b"\xff\xfe\xc0\xaftxt\x7f"))


def harmful(text):
    return [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")]


@test
def hostile_names(b):
    path = hostile_capture(b)
    for options in ([], ["--all"], ["--lang=ja", "--all"], ["--why-not=no-common-suite"], ["--why-not=certificate-untrusted"],
                    ["--why-not=login-refused"], ["--format=jsonl"]):
        done = b.run("read", "--fail-on=never", *options, path)  # decodes: the output must be UTF-8
        found = harmful(done.stdout + done.stderr)
        expect(not found, f"{options}: raw {sorted(set(map(repr, found)))} in the output")
        if options == ["--format=jsonl"]:
            for line in done.stdout.splitlines():
                json.loads(line)


@test
def hostile_file_name(b):
    path = b.path("a\x1b[31mb\nc.pcap", content(FAILED))
    raw = []
    for words in (["read", "--fail-on=never", "--all", path], ["read", "--why-not=no-answer", path], ["read", b.path("missing\x1b[31m.pcap")],
                  ["read", "-o", b.path("no\x1b[2J/x"), path], ["read", "--why-not=\x1b[2J", path], ["\x1b[2J"], ["read", "--\x1b[2J"]):
        done = b.run(*words)
        raw += [f"{where} of {words}" for where, text in (("stdout", done.stdout), ("stderr", done.stderr)) if harmful(text)]
    expect(not raw, "names reach the terminal with their control characters: " + "; ".join(raw))


@test
def file_name_that_is_not_utf8(b):
    path = os.fsencode(b.path("x")) + "握手.pcap".encode("shift_jis")
    with open(path, "wb") as f:
        f.write(content(FAILED))
    for options in ([], ["--all"], ["--format=jsonl"]):
        done = b.raw("read", *options, path)
        try:
            done.stdout.decode()
        except UnicodeDecodeError:
            raise Failed(f"{options}: the output is not UTF-8 (so jsonl is no JSON): {done.stdout[:120]!r}") from None
    b.exits(3, "read", os.fsencode(b.path("missing")) + b"\xff.pcap", says=["missing"])


# ---------------------------------------------------------------- fix

FIXABLE = ("Windows Registry Editor Version 5.00\n\n"
           "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName]\n\"ComputerName\"=\"%s\"\n\n"
           "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS1.2\\Client]\n"
           "\"Enabled\"=dword:00000001\n\n"
           "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n\"CurrentBuild\"=\"7601\"\n"
           "\"ProductName\"=\"Windows Server 2008 R2 Standard\"\n")


def machine(b, name="SQL01", file="host.reg", more=""):
    return b.path(file, (FIXABLE % name + more).encode())


@test
def fix_wrong_options(b):
    host = machine(b)
    for words, text in (
            ((), "no file or directory given"), ((host, "--format=csv"), "the format is text or jsonl"),
            ((host, "--template=none"), "is not one of"), ((host, "--template=legacy-temporary"), "--until=DATE must say"),
            ((host, "--template=strict", "--until=2030-01-31"), "only with --template=legacy-temporary"),
            ((host, "--until=2030-01-31"), "only with --template=legacy-temporary"),
            ((host, "--template=legacy-temporary", "--until=2030-01-31T10:00:00"), "a date is needed"),
            ((host, "--template=legacy-temporary", "--until=tomorrow"), "tomorrow"),
            ((host, "--template=strict", "--finding=misspelt-registry-key"), "not with --template"),
            ((host, "--program=java:x"), "only with --template"), ((host, "--force"), "only with --output-dir"),
            (("--template=strict", "--program=perl:x"), "openssl:UNIT or java:NAME"),
            (("--template=strict", "--program=java:../x"), "openssl:UNIT or java:NAME"),
            ((host, "--output-dir="), "the name is empty"), ((host, "--finding=no-such-rule"), "there is no such finding"),
            ((host, "--write=x.pcapng"), "takes no option --write")):
        b.exits(2, "fix", *words, says=[text])


@test
def fix_shows_and_writes(b):
    host, out = machine(b), b.path("out")
    done = b.exits(1, "fix", host)
    expect("TLS 1.2\\Client" in done.stdout and "SQL01: misspelt-registry-key" in done.stdout, done.stdout)
    expect(not os.path.exists(out), "something was written without --output-dir")
    b.exits(1, "fix", "--output-dir", out, host)
    names = sorted(os.listdir(out))
    expect("SQL01-misspelt-registry-key.reg" in names and "SQL01-misspelt-registry-key.undo.ps1" in names, names)
    before = {n: open(os.path.join(out, n), "rb").read() for n in names}
    b.exits(2, "fix", "--output-dir", out, "--lang=ja", host, says=["exists already; --force overwrites it"])
    expect(before == {n: open(os.path.join(out, n), "rb").read() for n in os.listdir(out)}, "a refused fix changed files")
    b.exits(1, "fix", "--output-dir", out, "--lang=ja", "--force", host)
    text = open(os.path.join(out, "SQL01-misspelt-registry-key.reg"), "rb").read().decode("utf-16")
    expect(JAPANESE.search(text), "no Japanese comments in a .reg file")
    expect(not JAPANESE.search(open(os.path.join(out, "SQL01-misspelt-registry-key.cmd"), encoding="ascii").read()), "not ASCII")


@test
def fix_unwritable_directory(b):
    host = machine(b)
    b.exits(3, "fix", "--output-dir", b.path("missing") + "/below", host, says=["cannot make the directory"])
    b.exits(3, "fix", "--output-dir", host, host, says=["cannot make the directory"])
    os.mkdir(b.path("out"))
    os.mkfifo(b.path("out") + "/SQL01-misspelt-registry-key.reg")
    b.exits(2, "fix", "--output-dir", b.path("out"), "--force", host, says=["exists already and is no file"])


@test
def fix_nothing(b):
    empty = b.path("empty.reg", b"Windows Registry Editor Version 5.00\r\n\r\n")
    done = b.exits(0, "fix", empty)
    expect("No finding asks for a change" in done.stdout, tail(done))
    b.exits(3, "fix", b.path("absent.reg"), says=["absent.reg"])
    done = b.run("fix", capture(FAILED))
    expect(done.returncode == 1 and "give akushu the registry" in done.stdout, tail(done))


@test
def fix_hostile_names(b):
    host = machine(b, "../../x$(id)&\\\"", more="\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\"
                   "Protocols\\TLS1.1\\Client]\n\"a' & calc %PATH% ; \u2019\"=\"x\\\" & calc\"\n")
    out = b.path("out")
    b.exits(1, "fix", "--output-dir", out, host)
    for name in os.listdir(out):
        expect(re.fullmatch(r"[A-Za-z0-9.-]+", name), f"a file is called {name!r}")
        if name.endswith(".cmd"):
            text = open(os.path.join(out, name), encoding="ascii").read()
            expect("calc" not in text or "reg import" in text, text)
    expect(os.listdir(b.folder).count("x") == 0, "something left the directory")


@test
def fix_refuses_a_lockout(b):
    host, out = machine(b), b.path("out")
    done = b.exits(1, "fix", "--template=tls12-only", "--output-dir", out, host)
    expect("KB3080079" in done.stdout and "Refused" in done.stdout and not os.path.exists(out), tail(done))
    b.exits(1, "fix", "--template=tls12-only", "--allow-lockout", "--output-dir", out, host)
    expect("LOST" in open(os.path.join(out, "SQL01-tls12-only.reg"), "rb").read().decode("utf-16"), "the risk is not in the file")


@test
def fix_until(b):
    host, out = machine(b), b.path("out")
    b.exits(1, "fix", "--template=legacy-temporary", "--until=2030-01-31", "--output-dir", out, host)
    task = open(os.path.join(out, "SQL01-legacy-temporary.task.xml"), "rb").read().decode("utf-16")
    expect("2030-01-31T00:00:00" in task and "SQL01-legacy-temporary.undo.cmd" in task, task)
    script = open(os.path.join(out, "SQL01-legacy-temporary.cmd")).read()
    expect(script.index("schtasks /create") < script.index("reg add"), "the undo is not scheduled first")
    expect("schtasks /delete" in open(os.path.join(out, "SQL01-legacy-temporary.undo.cmd")).read(), "the task stays")


@test
def fix_programs(b):
    out = b.path("out")
    done = b.exits(0, "fix", "--template=tls12-only", "--program=openssl:app", "--program=java:tool")
    expect("==> app.openssl.cnf <==" in done.stdout and "==> tool.java.security <==" in done.stdout, tail(done))
    b.exits(0, "fix", "--template=legacy-temporary", "--until=2030-01-31", "--program=openssl:app", "--output-dir", out)
    expect(sorted(os.listdir(out)) == ["app.apply.sh", "app.dropin.conf", "app.openssl.cnf", "app.undo.sh"], os.listdir(out))
    for script in ("app.apply.sh", "app.undo.sh"):
        expect(subprocess.run(["sh", "-n", os.path.join(out, script)]).returncode == 0, f"{script} is no shell script")
    if shutil.which("openssl"):
        settings = {"OPENSSL_CONF": os.path.join(out, "app.openssl.cnf")}
        done = subprocess.run(["openssl", "ciphers", "-s", "-tls1"], env={**os.environ, **settings}, capture_output=True)
        expect(done.returncode == 0 and done.stdout.strip(), f"openssl does not take the file: {done.stderr!r}")


# ---------------------------------------------------------------- certificates

PFX, PFX_PASSWORD = os.path.join(harness.GOLDEN, "cert-pfx-password", "evidence", "sql01.pfx"), "geheim"


def certificate_lines(done):
    return harness.kind([json.loads(line) for line in done.stdout.splitlines()], "certificate")


@test
def pfx_without_its_password(b):
    done = b.exits(3, "read", "--format=jsonl", PFX, says=["sql01.pfx", "--certificate-password-file"])
    expect(not certificate_lines(done), f"a locked PFX is told: {done.stdout[:300]}")
    done = b.exits(3, "read", "--lang=ja", PFX, says=["パスワード"])
    b.exits(3, "read", f"--certificate-password-file={b.path('wrong', b'falsch')}", PFX, says=["does not open"])


@test
def pfx_with_its_password(b):
    for ending in (b"", b"\n", b"\r\nmore\n"):
        file = b.path("password", PFX_PASSWORD.encode() + ending)
        done = b.exits(0, "read", "--format=jsonl", f"--certificate-password-file={file}", PFX)
        key = certificate_lines(done)[0]["akushu"]["private_key"]
        expect(key == {"told": True, "key_spec": 2, "cng": False}, f"{key}")
    done = b.exits(0, "read", "--all", "--certificate-password-env=PFX_WORD", PFX, settings={"PFX_WORD": PFX_PASSWORD})
    expect("CN=sql01.example.com" in done.stdout and "KeySpec 2" in done.stdout, done.stdout)
    expect(PFX_PASSWORD not in done.stdout + done.stderr, "the password is shown")


@test
def pfx_password_that_is_not_there(b):
    b.exits(2, "read", "--certificate-password-env=PFX_WORD_NOT_SET", PFX, says=["PFX_WORD_NOT_SET"])
    b.exits(2, "read", f"--certificate-password-file={b.path('none')}", PFX, says=["none"])


@test
def pfx_password_of_the_terminal(b):
    """Asked for once, shown nowhere."""
    pid, master = pty.fork()
    if pid == 0:
        os.environ["LC_ALL"] = "C.UTF-8"
        os.execv(b.akushu, [b.akushu, "read", "--all", PFX])
    shown_text, sent = b"", False
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:
            break
        if not part:
            break
        shown_text += part
        if not sent and b"Password of" in shown_text:
            os.write(master, PFX_PASSWORD.encode() + b"\n")
            sent = True
    _, status = os.waitpid(pid, 0)
    os.close(master)
    expect(sent and os.waitstatus_to_exitcode(status) == 0, f"{status}: {shown_text!r}")
    expect(b"KeySpec 2" in shown_text and PFX_PASSWORD.encode() not in shown_text, f"{shown_text!r}")


@test
def certificates_in_every_form(b):
    """The same certificate, whatever it is wrapped in, is one."""
    folder = os.path.join(os.path.dirname(harness.GOLDEN), os.pardir, "fuzz", "corpus", "fuzz_cert_file")
    seen = set()
    for name in ("a.pem", "a.der", "a.p7b", "a.pfx", "old.pfx", "open.pfx", "a.sst", "cng.sst"):
        done = b.exits(0, "read", "--format=jsonl", "--certificate-password-env=PFX_WORD", os.path.join(folder, name), settings={"PFX_WORD": PFX_PASSWORD})
        lines = certificate_lines(done)
        seen |= {o["akushu"]["thumbprint"] for o in lines if o["file"]["x509"]["subject"]["distinguished_name"] == "CN=sql01"}
        expect(lines and lines[0]["akushu"]["format"] == name.split(".")[1], f"{name}: {lines}")
    expect(len(seen) == 1, f"{seen}")


# ---------------------------------------------------------------- program

def perform(akushu, function):
    """(word, text) of one test."""
    with tempfile.TemporaryDirectory(prefix="akushu-cli-") as folder:
        try:
            function(Bench(akushu, folder))
        except Skipped as reason:
            return "skip", f": {reason}"
        except Failed as reason:
            return "FAIL", f"\n      {reason}"
        except (UnicodeDecodeError, ValueError) as error:
            return "FAIL", f"\n      {str(error)[-300:]}"
        except subprocess.TimeoutExpired as error:
            return "FAIL", f"\n      no end after {error.timeout} s: {error.cmd[1:]}"
        finally:
            os.chdir("/")
        return "ok", ""


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("test", nargs="*")
    o = ap.parse_args()
    akushu = os.path.abspath(o.akushu)
    harness.need_binary(akushu)
    unknown = set(o.test) - {t.__name__ for t in TESTS}
    if unknown:
        ap.error(f"no such test: {', '.join(sorted(unknown))}")
    counts = {"ok": 0, "FAIL": 0, "skip": 0}
    for function in TESTS:
        if o.test and function.__name__ not in o.test:
            continue
        word, text = perform(akushu, function)
        counts[word] += 1
        print(f"{word:4}  {function.__name__}{text}", flush=True)
    print(f"{counts['ok']} passed, {counts['FAIL']} failed, {counts['skip']} skipped")
    return 1 if counts["FAIL"] else harness.SKIP if counts["skip"] and not counts["ok"] else 0


if __name__ == "__main__":
    sys.exit(main())
