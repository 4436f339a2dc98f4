#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real clients talk to real servers, tcpdump records, akushu tells why it ended, tshark is asked for a second opinion.

One line a scenario. Exit status 1 when one failed, 77 when all were skipped. Scenarios stand in scenarios.py.
"""
import concurrent.futures
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "tools")]
import checks  # noqa: E402
import harness  # noqa: E402
import lab  # noqa: E402
import scenarios  # noqa: E402

DEADLINE = 90


# ---------------------------------------------------------------- judging

def field(conversation, path):
    """Value at a dotted path, under `akushu` or at the top; None where absent."""
    for at in (conversation["akushu"], conversation):
        for name in path.split("."):
            at = at.get(name) if isinstance(at, dict) else None
        if at is not None:
            return at
    return None


def judge_talk(number, want, got):
    differences = []
    for path, value in want.items():
        seen = field(got, path)
        good = value(seen) if callable(value) else seen == value
        if not good:
            wanted = getattr(value, "__doc__", None) if callable(value) else repr(value)
            differences.append(f"conversation {number}: {path} is {seen!r}, not {wanted}")
    return differences


def judge(scenario, objects):
    talks, differences = harness.conversations(objects), []
    if scenario.talks is not None and len(talks) != len(scenario.talks):
        differences.append(f"{len(talks)} conversations, not {len(scenario.talks)}")
    for number, (want, got) in enumerate(zip(scenario.talks or [], talks), 1):
        differences += judge_talk(number, want, got)
    found = {o["rule"]["id"]: o["akushu"]["grade"] for o in harness.findings(objects)}
    rivals = {r for o in harness.findings(objects) for r in o["akushu"].get("rivals", [])}
    if scenario.names and scenario.names not in {*found, *rivals}:
        differences.append(f"findings {found} with rivals {sorted(rivals)}: no {scenario.names}")
    if scenario.spares in found:
        differences.append(f"{scenario.spares} is still found: {found}")
    if scenario.findings is not None and found not in scenario.findings:
        differences.append(f"findings {found}, not {' or '.join(map(str, scenario.findings))}")
    if differences:
        differences += [f"letters: {o['akushu']['letters']}" for o in talks]
    return differences


def number(text):
    return int(text, 0) if text else None


def second_opinion(capture, port, protocol):
    """What tshark sees: {stream: (version, suite)} of the last ServerHello and {stream: side} of the first FIN or RST."""
    names = ("tcp.stream", "ip.src", "tcp.srcport", "tcp.dstport", "tcp.flags.fin", "tcp.flags.reset", "tls.handshake.version",
             "tls.handshake.extensions.supported_version", "tls.handshake.ciphersuite")
    # A frame may carry other hellos or many suites; of the ServerHello's fields the first of the frame is its own.
    command = ["tshark", "-n", "-r", capture, "-d", f"tcp.port=={port},{protocol}", "-T", "fields", "-E", "occurrence=f",
               "-Y", "tls.handshake.type==2 || tcp.flags.fin==1 || tcp.flags.reset==1"]
    for name in names:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise lab.Problem(f"tshark: {done.stderr.strip()[-300:]}")
    hellos, ends = {}, {}
    for line in done.stdout.splitlines():
        stream, address, source, target, fin, reset, legacy, selected, suite = line.split("\t")
        if suite:
            hellos[int(stream)] = (number(selected) or number(legacy), number(suite))
        if "1" in (fin, reset):
            # A client at another address may have the server's own port; servers are at 127.0.0.1 then.
            by_server = address == "127.0.0.1" if source == target else int(source) == port
            ends.setdefault(int(stream), "server" if by_server else "client")
    return hellos, ends


def compare_tshark(scenario, capture, port, objects):
    """Differences in version, suite and closer. Where plain TLS was negotiated, tshark must have seen the ServerHello."""
    if not shutil.which("tshark"):
        return []
    hellos, ends = second_opinion(capture, port, "tds" if scenario.tds else "tls")
    differences = []
    for stream, talk in enumerate(harness.conversations(objects)):
        ours, theirs = talk["akushu"], hellos.get(stream)
        chosen = (number(ours.get("version_code")), number(ours.get("cipher_code")))
        if theirs is not None and theirs != chosen:
            differences.append(f"conversation {stream + 1}: tshark says {theirs}, akushu {chosen}")
        if theirs is None and chosen[0] is not None and not scenario.tds:
            differences.append(f"conversation {stream + 1}: akushu says {chosen}, tshark saw no ServerHello")
        if ours["close"] in ("fin", "rst", "timeout") and ours["closed_by"] != ends.get(stream):
            differences.append(f"conversation {stream + 1}: tshark says that {ends.get(stream)} closed, akushu {ours['closed_by']}")
    return differences


def run_akushu(akushu, *words):
    """Output and exit status. The client's password may stand in none."""
    done = subprocess.run([akushu, "read", *words], capture_output=True, timeout=60)
    text = done.stderr.decode(errors="replace")
    if done.returncode not in (0, 1) or text:
        raise lab.Problem(f"akushu read {words[0]}: exit {done.returncode}: {text[-1500:]}")
    if scenarios.PASSWORD.encode() in done.stdout:
        raise lab.Problem(f"akushu read {words[0]} shows the password")
    return done.stdout.decode(), done.returncode


def read(akushu, capture):
    """The JSONL objects; the text report must come to the same exit status and name every finding."""
    lines, status = run_akushu(akushu, "--format=jsonl", capture)
    objects = [json.loads(line) for line in lines.splitlines()]
    text, text_status = run_akushu(akushu, "--all", capture)
    missing = [o["rule"]["id"] for o in harness.findings(objects) if o["rule"]["id"] not in text]
    if missing or status != text_status:
        raise lab.Problem(f"the text report (exit {text_status}, jsonl {status}) lacks {missing}")
    return objects


# ---------------------------------------------------------------- inside the namespace: make one recording

def end_with_starter():
    """Ends this process, and so its namespace, when the one that started it is gone."""
    def watch():
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    threading.Thread(target=watch, daemon=True).start()


def inside(name, akushu, folder, certificates, rounds, record_only):
    """The body of a child: leaves recordings in the folder, and in result.json what else the judge needs."""
    end_with_starter()
    lab.loopback_up()
    scenario = next(s for s in scenarios.TABLE if s.name == name)
    result = {"problem": None, "said": "", "port": 0, "checks": []}
    with lab.Lab(folder, lab.Certificates(certificates), akushu) as place:
        try:
            scenario.server(place)
            if scenario.client:
                place.record()
                result["said"] = scenario.client(place)
                place.stop_recording()
            for number, check in enumerate(() if record_only else scenario.check):
                result["checks"].append(checks.make(place, check, number, rounds))
        except lab.Problem as problem:
            result["problem"] = str(problem)
        result["port"] = place.port
    with open(os.path.join(folder, "result.json"), "w") as f:
        json.dump(result, f)


# ---------------------------------------------------------------- outside: all scenarios

def recorded(prefix, scenario, o, folder, certificates):
    """What `inside` left."""
    deadline = DEADLINE * o.rounds if any(c.repeated for c in scenario.check) else DEADLINE
    command = [*prefix, sys.executable, os.path.abspath(__file__), "--akushu", o.akushu, f"--rounds={o.rounds}",
               *(["--record-only"] if o.record_only else []), "--inside", folder,
               certificates, scenario.name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        err = b""
        try:
            # The child ends when its stdin does: communicate() would close it at once.
            child.wait(deadline)
            err = child.stderr.read()
        except subprocess.TimeoutExpired:
            child.kill()
            raise lab.Problem(f"no end after {deadline} s") from None
    try:
        with open(os.path.join(folder, "result.json")) as f:
            return json.load(f)
    except (OSError, ValueError):
        raise lab.Problem(f"exit {child.returncode}: {err.decode(errors='replace')[-1500:]}") from None


def keep(folder, name):
    place = os.path.join(lab.BUILD, "failed", name)
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    for file in os.listdir(folder):
        if file.endswith((".pcap", ".pcapng", ".log", ".out", ".err")):
            shutil.copy(os.path.join(folder, file), place)
    return os.path.relpath(place, lab.ROOT)


def judge_client(scenario, result, o, folder):
    """What is wrong with the client's own talk and with what akushu made of its recording."""
    capture = os.path.join(folder, "capture.pcap")
    objects = read(o.akushu, capture)
    differences = judge(scenario, objects) + compare_tshark(scenario, capture, result["port"], objects)
    return differences + [f"the client does not say {text!r}: {result['said'][-300:]!r}" for text in scenario.says if text not in result["said"]]


def perform(prefix, scenario, o, certificates):
    """Differences between what was expected and seen, and the seconds that it took."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="akushu-e2e-") as folder:
        try:
            result = recorded(prefix, scenario, o, folder, certificates)
            if result["problem"]:
                raise lab.Problem(result["problem"])
            differences = judge_client(scenario, result, o, folder) if scenario.client else []
            for check, made in zip(scenario.check, result["checks"]):
                differences += checks.judge(check, made, folder, lambda path: read(o.akushu, path), o.bounds)
        except lab.Problem as problem:
            differences = [str(problem)]
        if differences:
            differences.append(f"kept in {keep(folder, scenario.name)}")
    return differences, time.monotonic() - begin


def arguments():
    ap = harness.parser(__doc__)
    ap.add_argument("--only", metavar="PREFIX", default="", help="only scenarios whose names begin so")
    ap.add_argument("--skip", metavar="PREFIX", action="append", default=[], help="no scenarios whose names begin so")
    ap.add_argument("--rounds", metavar="N", type=int, default=5, help="of checks that are repeated (default: 5)")
    ap.add_argument("--record-only", action="store_true", help="only what the clients do: no `akushu check`")
    ap.add_argument("--list", action="store_true", help="print the names of all scenarios")
    ap.add_argument("--inside", nargs=2, metavar=("FOLDER", "CERTIFICATES"), help="(internal) make one recording in this process")
    ap.add_argument("scenario", nargs="*")
    o = ap.parse_args()
    o.akushu = os.path.abspath(o.akushu)
    unknown = set(o.scenario) - {s.name for s in scenarios.TABLE}
    if unknown:
        ap.error(f"no such scenario: {', '.join(sorted(unknown))} (--list names all)")
    return o


def may_record(prefix):
    if not shutil.which("tcpdump"):
        return "tcpdump is not installed"
    if not prefix and os.geteuid() != 0:
        return "tcpdump may not record here: neither root nor user namespaces"
    return None


def run_all(o, chosen):
    prefix, tools, counts = lab.isolation(), lab.Tools(), {"ok": 0, "FAIL": 0, "skip": 0}

    def tell(word, name, text):
        counts[word] += 1
        print(f"{word:4}  {name}{text}", flush=True)

    able = []
    for scenario in chosen:
        reason = may_record(prefix) or tools.missing(["openssl", *scenario.needs])
        if reason:
            tell("skip", scenario.name, f": {reason}")
        else:
            able.append(scenario)
    # The slow ones first, so that the end is not one long one alone.
    able.sort(key=lambda s: -s.seconds)
    with tempfile.TemporaryDirectory(prefix="akushu-e2e-certs-") as folder:
        os.chmod(folder, 0o755)
        if able:
            lab.Certificates(folder).make()
        with concurrent.futures.ThreadPoolExecutor(max(2, os.cpu_count() or 2) + 2) as pool:
            jobs = {pool.submit(perform, prefix, s, o, folder): s for s in able}
            lossy = []
            for job in concurrent.futures.as_completed(jobs):
                differences, seconds = job.result()
                if any("tcpdump lost frames" in d for d in differences):
                    lossy.append(jobs[job])
                    continue
                tell("FAIL" if differences else "ok", jobs[job].name, f" ({seconds:.1f} s)" + "".join(f"\n      {d}" for d in differences))
        for scenario in lossy:  # such a recording proves nothing: once more, with nothing beside it
            differences, seconds = perform(prefix, scenario, o, folder)
            tell("FAIL" if differences else "ok", scenario.name, f" ({seconds:.1f} s, again)" + "".join(f"\n      {d}" for d in differences))
    print(f"{counts['ok']} passed, {counts['FAIL']} failed, {counts['skip']} skipped")
    return 1 if counts["FAIL"] else harness.SKIP if counts["skip"] and not counts["ok"] else 0


def wanted(o, name):
    return name.startswith(o.only) and not name.startswith(tuple(o.skip))


def main():
    o = arguments()
    if o.list:
        for scenario in scenarios.TABLE:
            print(scenario.name)
        return 0
    if o.inside:
        inside(o.scenario[0], o.akushu, *o.inside, o.rounds, o.record_only)
        return 0
    harness.need_binary(o.akushu)
    o.bounds = checks.Bounds.of(o.akushu)
    return run_all(o, [s for s in scenarios.TABLE if (s.name in o.scenario if o.scenario else wanted(o, s.name))])


if __name__ == "__main__":
    sys.exit(main())
