#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`akushu check` as a program: mistakes, what it prints and sends, how it ends. Against servers of `akushu lab` on loopback.

usage: check_test.py [--akushu PATH]      What checks find out: tests/unit/library/check_test.c, tests/unit/probe/ladder_test.c.
"""
import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import unicodedata

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools"))
import capfile  # noqa: E402
import harness  # noqa: E402

JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
DATUM = re.compile(r"(?:[a-z_]+|'[^'=]+')=-?[0-9.]+(?:us|ms|s|%|B|c)?(?:;[0-9.:~@-]*){0,4}")  # monitoring-plugins.org, guidelines
LINE = re.compile(r"AKUSHU (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+\|( [^|\n]+)\n")
SECRET = "S3cret-of-nobody"
failures = []


def check(good, text):
    if not good:
        failures.append(text)


class Bench:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def environment(self, **settings):
        clean = {k: v for k, v in os.environ.items() if k not in ("LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "COLUMNS", "NO_COLOR")}
        return {**clean, "LC_ALL": "C.UTF-8", **settings}

    def run(self, *words, settings=None, timeout=60, **more):
        more.setdefault("stdin", subprocess.DEVNULL)
        done = subprocess.run([self.binary, "check", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                              env=self.environment(**(settings or {})), **more)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        clean("runtime error:" not in done.stderr and "Sanitizer" not in done.stderr, words, done)
        return done

    def exits(self, status, *words, says=(), **more):
        done = self.run(*words, **more)
        clean(done.returncode == status, words, done, f"not exit {status}")
        for text in says:
            clean(text in done.stderr + done.stdout, words, done, f"does not say {text!r}")
        return done

    @contextlib.contextmanager
    def lab(self, *words):
        """HOST:PORT of a running lab."""
        server = subprocess.Popen([self.binary, "lab", *words, "--until-stdin-ends"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, bufsize=0)
        try:
            ready = select.select([server.stdout], [], [], 60)[0]
            first = server.stdout.readline().decode() if ready else ""
            assert first.startswith("listening "), f"lab {words}: {first!r}"
            yield first.split()[1]
        finally:
            server.stdin.close()
            server.stdout.close()
            server.wait(20)


def clean(good, words, done, text=""):
    check(good, f"check {' '.join(words)}: {text} exit {done.returncode}\n      {done.stdout[-300:]!r}\n      {done.stderr[-1500:]!r}")


@contextlib.contextmanager
def listening():
    """A port that accepts connections and says nothing; the socket tells whether anyone came."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(8)
        s.settimeout(0)
        yield s, f"127.0.0.1:{s.getsockname()[1]}"


def nobody_came(s):
    try:
        s.accept()[0].close()
        return False
    except BlockingIOError:
        return True


def closed_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# ---- mistakes

def usage_errors(b):
    with listening() as (s, at):
        for words, says in (([], "a server is needed"), (["sql01:99999"], "port from 1 to 65535"), (["sql01:"], "port from 1 to 65535"),
                            (["np:\\\\sql01\\pipe\\sql\\query"], "named pipes"), (["gopher://sql01"], "unknown scheme"),
                            (["sql 01"], "no host name"), ([at] * 17, "more than 16"),
                            ([at, "--repeat=0"], "--repeat"), ([at, "--repeat=x"], "--repeat"), ([at, "--timeout=0"], "--timeout"),
                            ([at, "--connections=61"], "--connections"), ([at, "--pace=-1"], "--pace"),
                            ([at, "--repeat=2", "--concurrency=257"], "--concurrency"), ([at, "--concurrency=2"], "--concurrency"),
                            ([at, "--password-file=x"], "--user"), ([at, "--password-env=X"], "--user"), ([at, "--database=x"], "--user"),
                            ([at, "--user=sa", "--password-file=x", "--password-env=X"], "cannot both"),
                            ([at, "--user=sa", "--password-env=AKUSHU_NOT_SET"], "not set"),
                            ([at, "--user=sa", "--password-file=" + b.path("absent")], "absent"),
                            (["https://" + at, "--user=sa", "--password-env=HOME"], "only SQL Server"),
                            ([at, "--encrypt=perhaps"], "optional|mandatory"), ([at, "--format=csv"], "text or jsonl"),
                            ([at, "--monitor", "--format=jsonl"], "--monitor"), ([at, "--monitor", "-v"], "--monitor"),
                            ([at, "--monitor", "--plan"], "--monitor"), ([at, "--as=nonsense"], "nonsense"),
                            ([at, "--proxy=sql01"], "HOST:PORT"), ([at, "--write=-"], "needs a file")):
            done = b.exits(2, *words, says=[says])
            check(done.stdout == "" and done.stderr.startswith("akushu: "), f"{words}: {done.stdout[:100]!r} {done.stderr[:100]!r}")
        check(nobody_came(s), "a usage error connected")


def hostile_names(b):
    done = b.exits(2, "\x1b[2Jsql01;x")
    check("\x1b" not in done.stderr, "escape sequences of an operand reach the terminal")


def unreachable(b):
    at = f"127.0.0.1:{closed_port()}"
    b.exits(4, at, says=["port closed"])
    b.exits(4, at, "--format=jsonl", says=['"end":"refused"'])
    done = b.exits(4, "no-such-host.invalid,1433")
    check("no-such-host.invalid" in done.stdout + done.stderr and re.search("unknown|not known|no address", done.stdout + done.stderr),
          f"unresolvable name: {done.stdout!r} {done.stderr!r}")
    for status, target in ((2, at), (3, "no-such-host.invalid,1433")):
        done = b.exits(status, "--monitor", target)
        check(LINE.fullmatch(done.stdout), f"--monitor {target}: {done.stdout!r}")


def help_tells_the_forms(b):
    for lang, words in (("en", "\nExit status:\n"), ("ja", "\n終了ステータス:\n")):
        text = subprocess.run([b.binary, "help", "check", f"--lang={lang}"], capture_output=True, timeout=60).stdout.decode()
        check(words in text and "SCHEME://HOST" in text and "tds8" in text and "  4  " in text, f"help check --lang={lang}: {text[-900:]}")
        for scheme in re.search(r"SCHEME://HOST\[:PORT\]([^.]*)\.", text)[1].replace("\n", " ").split(","):
            b.exits(0, "--plan", f"{scheme.strip()}://sql01.invalid")


# ---- what it sends

def plan_sends_nothing(b):
    with listening() as (s, at):
        for more in ([], ["--repeat=5"], ["--user=sa", "--password-env=SECRET"], ["--encrypt=strict"], ["--as=win7"], ["--lang=ja"]):
            done = b.exits(0, "--plan", at, *more, settings={"SECRET": SECRET})
            check(at.split(":")[1] in done.stdout and SECRET not in done.stdout, f"--plan {more}: {done.stdout}")
        check(nobody_came(s), "--plan connected")
        b.exits(0, "--plan", "sql01.invalid", f"--connect-to={at}", says=["127.0.0.1, port " + at.split(":")[1], "resumed"])
        b.exits(0, "--plan", "https://sql01.invalid", f"--proxy={at}", says=["through the proxy 127.0.0.1", "resumed"])
        check(nobody_came(s), "--plan with another way connected")
    done = b.exits(0, "--plan", "no-such-host.invalid\\LAB")
    check("1434" in done.stdout, f"--plan of an instance: {done.stdout}")


def healthy(b):
    with b.lab("healthy") as at:
        done = b.exits(0, at, says=["works", "No findings.", "SQL Server 16.0", "CN=localhost"])
        check(re.search(r"^  Connections +3$", done.stdout, re.M), f"a healthy server costs more: {done.stdout}")
        check(done.stderr == "", f"stderr: {done.stderr!r}")
        b.exits(0, at, "--repeat=12", "--concurrency=3", says=["Repeated 12 times: 0 failed"])
        b.exits(0, at, "--encrypt=strict", says=["works"])
        b.exits(0, at, "--encrypt=optional", says=["works"])
        b.exits(0, at, "--server-name=sql01.example", "--pace=0", "--timeout=20", "--connections=1", says=["works"])
        b.exits(1, at, "--verify", says=["certificate"])
        verbose = b.exits(0, at, "--verbose").stdout
        check(len(re.findall(r"^ +\d+ +\d+\.\d ms  ", verbose, re.M)) == 3, f"--verbose: {verbose}")


def certificate_of_an_authority(b):
    pem = b.path("lab.pem")
    with b.lab("healthy", f"--write-certificate={pem}") as at:
        b.exits(0, at.replace("127.0.0.1", "localhost"), "--verify", f"--ca={pem}", says=["works"])


def other_services(b):
    with b.lab("no-common-alpn") as at:
        b.exits(1, f"https://{at}", "--alpn=http/1.1", says=["no-common-alpn"])
        b.exits(0, f"https://{at}", "--alpn=h2", says=["ALPN h2"])


def azure_agents(b):
    """Every endpoint of the region, all of them led to the lab."""
    with b.lab("azure-agents") as at:
        there = ["azure-agents", "--region=japaneast", f"--connect-to={at}", "--pace=0"]
        b.exits(0, *there, says=["japaneast-agentservice-prod-1.azure-automation.net", "9 endpoints tried, 0 of them", "3 need --workspace"])
        done = b.exits(1, *there, "--workspace=0000-1111", "--as=ws2008", "--format=jsonl")
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        kinds = [line["akushu"]["kind"] for line in lines]
        rules = [line["rule"]["id"] for line in lines if line["akushu"]["kind"] == "finding"]
        check(kinds.count("endpoint") == 12, f"azure-agents: endpoints: {kinds}")
        sums = [line["akushu"] for line in lines if line["akushu"]["kind"] == "summary"]
        check(len(sums) == 1 and kinds[-1] == "summary", f"azure-agents: one summary at the end: {kinds}")
        check(sum(sums[-1]["findings"].values()) == len(rules), f"azure-agents: findings in the summary: {sums[-1]['findings']}, {len(rules)} lines")
        made = sum(line["akushu"]["endpoint"]["connections"] for line in lines if line["akushu"]["kind"] == "endpoint")
        check(sums[-1]["totals"]["conversations"] == made, f"azure-agents: {sums[-1]['totals']['conversations']} conversations, {made} connections")
        check(rules.count("service-requires-tls12") >= 8, f"azure-agents: an old client: {rules}")
    b.exits(2, "azure-agents", says=["--region"])
    b.exits(2, "azure-agents", "--region=Japan East", says=["--region"])
    b.exits(2, "azure-agents", "--region=japaneast", "--monitor", says=["--monitor"])
    b.exits(2, "azure-agents", "--region=japaneast", "--workspace=../x", says=["--workspace"])
    b.exits(2, "sql01", "--connect-to=nonsense", says=["--connect-to"])
    b.exits(4, "azure-agents", "--region=japaneast", f"--connect-to=127.0.0.1:{closed_port()}")


def through_a_proxy(b):
    """A proxy that refuses; then no server is there to be judged."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(8)
        process = subprocess.Popen([b.binary, "check", "sql01.invalid,1433", f"--proxy=127.0.0.1:{s.getsockname()[1]}", "--connections=1"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=b.environment())
        s.settimeout(20)
        peer, _ = s.accept()
        request = peer.recv(4096)
        peer.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        out, _ = process.communicate(timeout=30)
        peer.close()
        check(request.startswith(b"CONNECT sql01.invalid:1433 HTTP/1."), f"--proxy: {request!r}")
        check(process.returncode != 0 and b"the server said no" in out, f"--proxy: {process.returncode} {out[-300:]!r}")


def one_node_behind_a_name(b):
    with b.lab("healthy") as at:
        done = b.exits(0, "sql01.invalid", f"--connect-to={at}", says=["works", "sql01.invalid"])
        check(at in done.stdout, f"--connect-to: {done.stdout[:300]}")


# ---- findings and their forms

def a_finding_and_its_capture(b):
    capture = b.path("check.pcapng")
    for scenario in ("no-common-version", "no-common-suite"):
        with b.lab(scenario, "--close=alert") as at:
            done = b.exits(1, at, f"--write={capture}", says=[scenario, "certain", "proof"])
            b.exits(0, at, "--fail-on=never")
        read = subprocess.run([b.binary, "read", "--format=jsonl", capture], capture_output=True, timeout=60)
        objects = [json.loads(x) for x in read.stdout.splitlines()]
        rules = {o["rule"]["id"]: o["akushu"]["grade"] for o in harness.findings(objects)}
        check(list(rules) == [scenario], f"read of the capture of {scenario}: {rules}")
        check(0 < len(harness.conversations(objects)) <= 2, f"{scenario}: {len(harness.conversations(objects))} connections made as the client")
        check(done.stdout.count("ERROR ") == 1, f"{scenario}: more than one error: {done.stdout}")


def experiments_on_request(b):
    """--write holds what was made as the client, with --all every connection; both in order of time."""
    with b.lab("no-common-suite", "--close=alert") as at:
        captures = [b.path("client.pcapng"), b.path("every.pcapng")]
        made = [json.loads(b.exits(1, at, "--format=jsonl", f"--write={path}", *more).stdout.splitlines()[-3]) for path, more in
                zip(captures, ([], ["--all"]))]
    connections = [o["akushu"]["endpoint"]["connections"] if "endpoint" in o["akushu"] else None for o in made]
    counts = []
    for path in captures:
        frames = capfile.read(path)
        check([f.ns for f in frames] == sorted(f.ns for f in frames), f"{path}: frames go back in time")
        counts.append(len({s.sport for s in map(capfile.segment_of, frames) if s and s.flags & 0x12 == 0x02}))
    check(counts[0] == 2 and counts[1] > 6 and counts[1] == connections[1], f"connections written: {counts}, made: {connections}")


def rare_suites_qualify_refusals(b):
    with b.lab("no-common-suite", "--close=alert") as at:
        b.exits(1, at, says=["Refuses", "with the usual cipher suites"])
        b.exits(1, at, "--format=jsonl", says=['"rare_suites":true'])
    with b.lab("no-common-version") as at:
        done = b.exits(1, at)
        check("with the usual cipher suites" not in done.stdout and "Refuses" in done.stdout, f"usual suites: {done.stdout}")


def counts_of_the_zero_probe(b):
    with b.lab("dhe-leading-zero-rare") as at:
        done = b.exits(1, at, "--leading-zero", "--format=jsonl", says=['"leading_zero":"keeps-zero"'])
        lines = [json.loads(x)["akushu"] for x in done.stdout.splitlines()]
        count = next(a["endpoint"] for a in lines if a["kind"] == "endpoint").get("leading_zero_connections")
        check(count in (1, 2, 3, 4), f"leading_zero_connections: {count}")


def evidence_beside(b):
    """A captured hello as the client, and evidence that is read beside."""
    capture = b.path("seen.pcapng")
    with b.lab("no-common-version") as at:
        b.exits(1, at, f"--write={capture}")
        b.exits(1, at, f"--as={capture}#1", says=["no-common-version"])
        b.exits(1, at, f"--with={capture}", says=["no-common-version"])
        b.exits(1, at, "--as=tedious-19", says=["tedious-19", "no-common-version"])


def lines_fit_the_schema(b):
    try:
        import jsonschema
    except ImportError:
        print("python3-jsonschema: absent")
        return
    schema = json.loads(subprocess.run([b.binary, "schema"], capture_output=True, timeout=60).stdout)
    validator = jsonschema.validators.validator_for(schema)(schema)
    for words, more, status in (("healthy", ["--repeat=4"], 0), ("no-common-suite", [], 1), ("login-refused", ["--user=sa", "--password-env=SECRET"], 1),
                                ("dhe-leading-zero", ["--leading-zero"], 1), ("strict-only-server", [], 1)):
        with b.lab(words) as at:
            done = b.run(at, "--format=jsonl", *more, settings={"SECRET": SECRET})
        clean(done.returncode == status, (words, "--format=jsonl"), done)
        objects = [json.loads(line) for line in done.stdout.splitlines()]
        kinds = [o["akushu"]["kind"] for o in objects]
        check(kinds.count("endpoint") == 1 and kinds.count("summary") == 1 and kinds[-1] == "summary", f"{words}: {kinds}")
        for o in objects:
            for e in validator.iter_errors(o):
                failures.append(f"{words}: {'/'.join(map(str, e.absolute_path))}: {e.message[:300]}")


def monitoring(b):
    for words, status, word in (("healthy", 0, "OK"), ("no-common-suite", 2, "CRITICAL"), ("no-answer", 2, "CRITICAL")):
        with b.lab(words) as at:
            done = b.exits(status, "--monitor", "--timeout=2", "--connections=12", at)
        found = LINE.fullmatch(done.stdout)
        check(found and found[1] == word, f"--monitor {words}: {done.stdout!r}")
        check(found and all(DATUM.fullmatch(x) for x in found[2].split()), f"--monitor {words}: data {done.stdout!r}")


def several_servers(b):
    with b.lab("cluster-nodes-differ") as at:
        port = at.split(":")[1]
        done = b.run(f"127.0.0.1:{port}", f"127.0.0.2:{port}")
    good, bad = (re.search(rf"^127.0.0.{i}:{port}  (.*)", done.stdout, re.M) for i in (1, 2))
    clean(done.returncode == 1 and good and good[1] == "works" and bad and bad[1] != "works", (at, "two"), done)


def one_name_of_several_is_unknown(b):
    with b.lab("healthy") as at:
        for words in ([at, "no-such-host.invalid"], ["no-such-host.invalid", at]):
            done = b.exits(3, *words, says=["no-such-host.invalid: ", "works"])
            check(done.stdout.count("works") == 1, f"{words}: {done.stdout}")


def hostile_servers(b):
    """Bounded time whatever the server does."""
    for scenario, words in (("talks-forever", "sends too much"), ("huge-certificate", "sends too much"), ("one-byte-a-second", "no answer in time"),
                            ("no-answer", "no answer in time"), ("no-answer-to-hello", "no answer in time")):
        with b.lab(scenario) as at:
            b.exits(1, at, "--timeout=2", timeout=40, says=[words])


# ---- secrets

def passwords_stay_secret(b):
    secret, capture = b.path("password"), b.path("login.pcapng")
    with open(secret, "w", encoding="utf-8") as f:
        f.write(SECRET + "\n")
    forms = [SECRET.encode(), SECRET.encode("utf-16le"), bytes((((c << 4 | c >> 4) & 255) ^ 0xa5) for c in SECRET.encode("utf-16le"))]
    for words, status in ((["healthy"], 0), (["login-refused"], 1), (["encryption-not-supported"], 1), (["healthy", "--password=other"], 1)):
        for format_ in ("text", "jsonl"):
            with b.lab(*words) as at:
                done = b.run(at, "--user=sa", f"--password-file={secret}", "-v", f"--format={format_}", f"--write={capture}", "--database=master")
            clean(done.returncode == status, words, done, f"not exit {status}")
            with open(capture, "rb") as f:
                data = f.read()
            for form in forms:
                check(form not in data and form not in (done.stdout + done.stderr).encode(), f"{words}: the password is shown")
    with b.lab("login-refused") as at:
        b.exits(1, at, "--user=sa", "--password-env=SECRET", settings={"SECRET": SECRET}, says=["18456"])


def asks_for_the_password(b):
    """On a terminal of its own: asked, not shown; without one it says so."""
    with b.lab("healthy") as at:
        done = b.exits(2, at, "--user=sa", says=["terminal"], start_new_session=True)
        shown, status = on_terminal(b, at, "--user=sa", answer=SECRET + "\n")
        check(status == 0 and "Password: " in shown and SECRET not in shown, f"prompt: {status} {shown[-300:]!r} {done.stderr!r}")


# ---- ends

def on_terminal(b, *words, answer=None, columns=60, settings=None):
    """What stands on a pseudo terminal, and the exit status."""
    pid, master = pty.fork()
    if pid == 0:
        try:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            os.execve(b.binary, [b.binary, "check", *words], b.environment(TERM="xterm", **(settings or {})))
        finally:
            os._exit(127)
    shown = b""
    while True:
        if not select.select([master], [], [], 60)[0]:
            failures.append(f"terminal: {words}: hangs")
            os.kill(pid, signal.SIGKILL)
            break
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
        if answer and b"Password: " in shown:
            os.write(master, answer.encode())
            answer = None
    os.close(master)
    return shown.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def columns_of(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def narrow_terminals(b):
    with b.lab("no-common-version") as at:
        for lang in ("en", "ja"):
            shown, status = on_terminal(b, at, f"--lang={lang}")
            check(status == 1, f"terminal: exit {status}: {shown[-300:]}")
            plain = re.sub("\x1b\\[[0-9;]*[A-Za-z]", "", shown).replace("\r\n", "\n")
            plain = plain[plain.rindex("\r") + 1:]  # behind the progress
            long = [x for x in plain.splitlines() if columns_of(x) > 60 and " " in x.strip() and "Wireshark" not in x and "reg query" not in x]
            check(not long, f"--lang={lang}: longer than 60 columns: {long[:3]}")
            check("\x1b[1m" in shown, "no colours on a terminal")


def interrupts(b):
    """Ctrl-C while a server drips: what was found until then is told."""
    with b.lab("one-byte-a-second") as at:
        for more in (["--verbose"], ["--format=jsonl"], ["--monitor"]):
            process = subprocess.Popen([b.binary, "check", at, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=b.environment())
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(2)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
            out = out.decode()
            check(process.returncode == 3, f"Ctrl-C {more}: exit {process.returncode}: {out[-300:]!r} {err[-300:]!r}")
            whole = {"--verbose": "Interrupted", "--format=jsonl": '"kind":"summary"', "--monitor": "AKUSHU UNKNOWN"}[more[0]]
            check(whole in out, f"Ctrl-C {more}: {out!r}")
            check("not asked" not in out, f"Ctrl-C {more}: it was asked: {out!r}")
            if more == ["--format=jsonl"]:
                check('"end":"stopped"' in out, f"Ctrl-C {more}: {out!r}")


def interrupts_repetition(b):
    with b.lab("healthy") as at:
        process = subprocess.Popen([b.binary, "check", at, "--repeat=100000", "-v"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=b.environment(), bufsize=0)  # so that nothing read ahead is lost
        first = process.stdout.readline().decode()
        check("as the client" in first, f"the first line of --verbose: {first!r}")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2)
        process.send_signal(signal.SIGINT)
        out = process.communicate(timeout=20)[0].decode()
        check(process.returncode == 3 and "Interrupted" in out and "Repeated " in out, f"Ctrl-C in repetition: {process.returncode} {out[-500:]!r}")


def closed_pipes(b):
    with b.lab("no-common-suite") as at:
        for more in ([], ["--format=jsonl"], ["-v"]):
            read, write = os.pipe()
            os.close(read)
            done = subprocess.run([b.binary, "check", at, *more], stdout=write, stderr=subprocess.PIPE, timeout=60, env=b.environment())
            os.close(write)
            check(done.returncode in (1, 3) and b"Sanitizer" not in done.stderr, f"closed pipe {more}: {done.returncode} {done.stderr[-300:]!r}")


def languages(b):
    with b.lab("no-common-suite") as at:
        by_option = b.exits(1, at, "--lang=ja").stdout
        by_locale = b.exits(1, at, settings={"LC_ALL": "", "LANG": "ja_JP.UTF-8"}).stdout
        english = b.exits(1, at).stdout
    for text in (by_option, by_locale):
        check("共通の暗号スイートがない" in text and "確認先" in text, f"Japanese: {text[:200]}")
    check(not JAPANESE.search(english.split("May be seen")[0]), "Japanese words in English output")


TESTS = (usage_errors, help_tells_the_forms, azure_agents, one_node_behind_a_name, hostile_names, unreachable, plan_sends_nothing, healthy,
         certificate_of_an_authority, other_services, through_a_proxy, a_finding_and_its_capture, experiments_on_request, rare_suites_qualify_refusals,
         counts_of_the_zero_probe, evidence_beside, lines_fit_the_schema,
         monitoring, several_servers, one_name_of_several_is_unknown, hostile_servers, passwords_stay_secret, asks_for_the_password,
         narrow_terminals, interrupts, interrupts_repetition, closed_pipes, languages)


def main():
    parser = harness.parser(__doc__)
    parser.add_argument("tests", nargs="*")
    a = parser.parse_args()
    harness.need_binary(a.akushu)
    for test in TESTS:
        if a.tests and test.__name__ not in a.tests:
            continue
        with tempfile.TemporaryDirectory(prefix="akushu-check-") as folder:
            try:
                test(Bench(os.path.abspath(a.akushu), folder))
            except Exception as e:  # the other tests go on
                failures.append(f"{test.__name__}: {type(e).__name__}: {e}")
    harness.finish(failures, f"cli.check: {len(TESTS)} tests")


if __name__ == "__main__":
    main()
