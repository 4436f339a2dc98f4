#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU time and peak memory of `akushu read` beside tcpdump, on two generated traces, with the counts checked; of the registry reader beside
libhivex; and of logs beside grep and evtxexport.

usage: run.py [--akushu PATH] [--runs 3] [--quick] [--strict] [--cold] [--memo-off] [--trace a|b|c|d|peers|threads|registry|logs]

Trace A: 44 copies of handshakes.pcap (1.0 GB, 176,000 connections); --quick: 4 copies. Trace B: 32 bulk flows (2.1 GB; --quick 0.2 GB).
Trace D: 176,000 connections that have little in common (bench/gen_mixed.c: 20,000 certificate chains of 20 keys, tens of thousands of
hello shapes, three in ten TDS with TLS inside PRELOGIN, one hello in five split); --quick: 16,000. The traces are made once, in
build/bench. Before its runs a trace is dropped from the cache and read once from end to end: of one that was just written the system
may keep small pages. Runs of the programs alternate; the medians are shown, beside tcpdump that of the paired ratios. CPU = user +
system seconds of the process; RSS includes what the interpreter leaves to a child (shown as `floor`). Exit status 1 when a count is
wrong, with --strict also when a bar is missed (A less CPU than tcpdump, B less than half of it, text and jsonl both, by the paired ratios
and by the ratio of the medians; RSS 64 MiB; only without --quick).

c: 10,000,000 short connections (--quick: 200,000) from a generator through a pipe, against 10,000 of them from a file, read as often
as takes a second: CPU per packet without start-up. Bar: 1.5 times. Peak RSS stays under what --max-memory says (256 MB).
peers: tcpdump, capinfos, ndpiReader and tshark, those that are there, on the quick trace A, once each (tshark takes a minute and a half a GB).
threads: A, plain and packed by zstd, with 1, 2 and 3 threads; every output must be that of one. Wall time counts there.
--memo-off: A and D by a build that remembers nothing it made (AK_NO_MEMO), in build/bench/no-memo; its output must be the same.
--cold: A and D once more with their pages dropped from the cache before each run (posix_fadvise); wall time counts there.

registry: a SYSTEM hive of the reference files (skipped when they or libhivex are absent) is loaded and every value of it read, 20 times a
run, by tests/registry_dump and by tests/hivex_dump in turn. Then the full host view: `akushu read` of each SYSTEM hive (SYSTEM_B with
its two logs replayed, which libhivex does not do), once a process, beside libhivex's walk with values read. Bar of each: the median of
the paired ratios is at most 1.5.

logs: ERRORLOGs of 100 MB (English and Japanese in UTF-16, English in UTF-8) beside `grep -c`, an EVTX of 60 MB beside evtxexport (skipped
when libevtx-utils is absent); --quick: 10 and 6 MB. Bars: at most 5 times grep's CPU, 1.2 times evtxexport's, 64 MiB; every event is counted.
"""
import argparse
import hashlib
import json
import lzma
import os
import shutil
import statistics
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORK = os.path.join(ROOT, "build", "bench")
# Truth per copy (README of the recording, from the programs that made the connections) -> name under akushu.totals in the summary line.
FIELDS = {"connections": "conversations", "flows with ClientHello": "client_hello", "flows with ServerHello": "server_hello",
          "fatal alerts in clear": "fatal_alerts", "RST": "resets"}
PER_COPY = {"connections": 4000, "flows with ClientHello": 3963, "flows with ServerHello": 3690, "fatal alerts in clear": 196, "RST": 114}
TRACE_B = {"connections": 32, "flows with ClientHello": 32, "flows with ServerHello": 32, "fatal alerts in clear": 0, "RST": 32}
PACKETS_PER_COPY = 77522
TRACE_D = {"quick": (16000, 2000), "whole": (176000, 20000)}  # connections, certificate chains
BARS = {"a": 1.0, "b": 0.5}  # times the CPU of tcpdump -w /dev/null, text and jsonl both
MANY_BAR, FEW = 1.5, 10000
SHARED = os.path.join(ROOT, os.environ.get("AKUSHU_SHARED", os.path.join("..", "shared")))
HIVE = os.path.join(SHARED, "windows", "regipy", "SYSTEM.xz")
VIEWS = ("SYSTEM", "SYSTEM_2", "SYSTEM_B")
REPEATS, REGISTRY_BAR = 20, 1.5
GREP_BAR, EVTX_BAR, LOG_RSS = 5, 1.2, 64


def build_generator(name="gen_traces", libraries=()):
    program = os.path.join(WORK, name)
    source = os.path.join(ROOT, "bench", name + ".c")
    if not os.path.exists(program) or os.path.getmtime(program) < os.path.getmtime(source):
        subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O2", source, "-o", program, *libraries], check=True)
    return program


def mixed_trace(path, quick):
    """Trace D and, beside it, its truth."""
    print(f"making {os.path.relpath(path, ROOT)}", file=sys.stderr)
    sizes = map(str, TRACE_D["quick" if quick else "whole"])
    made = subprocess.run([build_generator("gen_mixed", ["-lcrypto"]), path + ".part", *sizes], check=True, stdout=subprocess.PIPE, text=True)
    with open(path + ".truth", "w", encoding="ascii") as f:
        f.write(made.stdout)
    os.rename(path + ".part", path)


def truth_of(name, path, quick):
    if name == "d":
        with open(path + ".truth", encoding="ascii") as f:
            return {k: v for k, v in json.load(f).items() if k in FIELDS}
    return {k: v * (4 if quick else 44) for k, v in PER_COPY.items()} if name == "a" else TRACE_B


def trace(name, quick):
    """Path of a trace, made if it is not there."""
    path = os.path.join(WORK, name.upper() + ("-quick" if quick else "") + ".pcap")
    if os.path.exists(path):
        return path
    os.makedirs(WORK, exist_ok=True)
    if name == "d":
        mixed_trace(path, quick)
        return path
    generator, base = build_generator(), os.path.join(WORK, "handshakes.pcap")
    if not os.path.exists(base):
        subprocess.run(["zstd", "-q", "-d", "-f", os.path.join(ROOT, "bench", "handshakes.pcap.zst"), "-o", base], check=True)
    part = path + ".part"
    how = [str(4 if quick else 44)] if name == "a" else ["32", str(6000000 if quick else 64000000)]
    print(f"making {os.path.relpath(path, ROOT)}", file=sys.stderr)
    subprocess.run([generator, name, base, part, *how], check=True, stdout=subprocess.DEVNULL)
    os.rename(part, path)
    return path


def measure(command):
    """(CPU seconds, wall seconds, peak RSS in MiB) of one run with its output thrown away."""
    clock = os.times().elapsed
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1, 3):
        raise SystemExit(f"{' '.join(command)}: exit {child.returncode}")
    return used.ru_utime + used.ru_stime, os.times().elapsed - clock, used.ru_maxrss / 1024


def warm(path):
    """All of it in the cache, as one read from end to end left it, whatever was done before."""
    with open(path, "rb", buffering=0) as f:
        os.fsync(f.fileno())
        os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while f.read(1 << 16):
            pass


def check_counts(binary, path, truth):
    """Differences between the summary line and the truth; None when there is no summary."""
    run = subprocess.Popen([binary, "read", "--format=jsonl", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    last = b""
    for line in run.stdout:
        last = line
    run.wait()
    totals = json.loads(last).get("akushu", {}).get("totals", {}) if last else {}
    wrong = []
    for name, want in truth.items():
        have = totals.get(FIELDS[name])
        print(f"  {name:28} {have!s:>10}  {'ok' if have == want else f'WRONG, truth {want}'}")
        if have != want:
            wrong.append(name)
    return wrong


def bench(name, a):
    path = trace(name, a.quick)
    warm(path)
    size = os.path.getsize(path)
    commands = {"akushu jsonl": [a.akushu, "read", "--format=jsonl", path]}
    peer = "tcpdump -w /dev/null"
    if shutil.which("tcpdump"):  # between the others: what the host does meanwhile meets the runs of a pair alike
        commands[peer] = ["tcpdump", "-r", path, "-w", "/dev/null"]
    commands["akushu text"] = [a.akushu, "read", path]
    results = {label: [] for label in commands}
    for _ in range(a.runs):
        for label, command in commands.items():
            results[label].append(measure(command))
    median = {label: [statistics.median(column) for column in zip(*rows)] for label, rows in results.items()}
    beside = {}
    if peer in results:
        beside = {label: statistics.median(mine[0] / other[0] for mine, other in zip(rows, results[peer])) for label, rows in results.items()}
    print(f"trace {name.upper()}: {os.path.relpath(path, ROOT)}, {size / 1e6:.0f} MB, medians of {a.runs} (the last column: of paired ratios)")
    print(f"  {'':22} {'CPU s':>8} {'wall s':>8} {'GB/s CPU':>9} {'RSS MiB':>8} {'CPU / tcpdump':>14}")
    for label, (cpu, wall, rss) in median.items():
        ratio = f"{beside[label]:.2f}" if beside else "-"
        print(f"  {label:22} {cpu:8.3f} {wall:8.3f} {size / 1e9 / max(cpu, 1e-6):9.2f} {rss:8.1f} {ratio:>14}")
    worst = {label: max(beside[label], median[label][0] / median[peer][0]) for label in beside}
    return path, median, worst


def from_pipe(a, count):
    """(CPU seconds, RSS) of reading that many short connections while they are made; and packets."""
    maker = subprocess.Popen([build_generator(), "c", os.path.join(WORK, "handshakes.pcap"), "-", str(count)], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=False)
    child = subprocess.Popen([a.akushu, "read", "--format=jsonl", "--fail-on=never", "-"], stdin=maker.stdout, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
    maker.stdout.close()
    last = b""
    while block := child.stdout.read(1 << 20):
        last = (last + block)[-20000:]
    _, _, used = os.wait4(child.pid, 0)
    child.returncode = 0
    maker.wait()
    totals = json.loads(last.splitlines()[-1])["akushu"]["totals"]
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, totals


def bench_c(a):
    """What is wrong, as a list."""
    trace("a", True)  # its recording
    many = 200000 if a.quick else 10000000
    start = statistics.median(from_pipe(a, 1)[0] for _ in range(9))
    few = [from_pipe(a, FEW) for _ in range(max(a.runs, 3) * 7)]
    cost = [statistics.median((cpu - start) / totals["frames"] for cpu, _, totals in few)]
    cpu, rss, totals = from_pipe(a, many)
    cost.append((cpu - start) / totals["frames"])
    ratio = cost[1] / cost[0]
    print(f"trace C: {FEW} and {many} short connections through a pipe, start-up of {start * 1000:.0f} ms taken off")
    print(f"  {cost[0] * 1e9:.0f} and {cost[1] * 1e9:.0f} ns CPU a packet, {ratio:.2f} times; peak RSS {rss:.0f} MiB")
    wrong = [] if totals["conversations"] == many else [f"trace C: {totals['conversations']} conversations of {many}"]
    if a.strict and not a.quick and (ratio > MANY_BAR or rss > 244):
        wrong.append(f"trace C: {ratio:.2f} times (bar {MANY_BAR}), {rss:.0f} MiB (bar 244)")
    return wrong


def bench_peers(a):
    path = trace("a", True)
    warm(path)
    peers = {"akushu jsonl": [a.akushu, "read", "--format=jsonl", path], "akushu text": [a.akushu, "read", path],
             "tcpdump -w /dev/null": ["tcpdump", "-r", path, "-w", "/dev/null"], "capinfos -c": ["capinfos", "-c", path],
             "ndpiReader -q": ["ndpiReader", "-i", path, "-q"],
             "tshark, its hellos": ["tshark", "-n", "-r", path, "-Y", "tls.handshake.type==1||tls.handshake.type==2", "-T", "fields", "-e",
                                    "tcp.stream", "-e", "tls.handshake.type", "-e", "tls.handshake.version"]}
    print(f"peers: {os.path.relpath(path, ROOT)}, {os.path.getsize(path) / 1e6:.0f} MB, once each")
    for label, command in peers.items():
        if shutil.which(command[0]) is None:
            print(f"  {label:22} not installed")
            continue
        cpu, wall, rss = measure(command)
        print(f"  {label:22} {cpu:8.3f} CPU s {wall:8.3f} wall s {rss:8.1f} MiB")
    return []


def output_of(command):
    """Digest of what a program prints."""
    digest = hashlib.sha256()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
        while block := run.stdout.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def bench_threads(a):
    """What is wrong, as a list."""
    plain = trace("a", a.quick)
    packed, wrong = plain + ".zst", []
    if not os.path.exists(packed):
        subprocess.run(["zstd", "-q", "-f", plain, "-o", packed], check=True)
    print(f"threads: {os.path.relpath(plain, ROOT)}, and packed by zstd; median of {a.runs}, wall s (CPU s)")
    for path in (plain, packed):
        warm(path)
        for form in ("jsonl", "text"):
            said, line = set(), ""
            for count in (1, 2, 3):
                command = [a.akushu, "read", f"--threads={count}", f"--format={form}", path]
                said.add(output_of(command))
                cpu, wall, _ = [statistics.median(column) for column in zip(*[measure(command) for _ in range(a.runs)])]
                line += f"   {count}: {wall:.3f} ({cpu:.3f})"
            print(f"  {os.path.basename(path):16} {form:6}{line}   {'the same output' if len(said) == 1 else 'OUTPUT DIFFERS'}")
            wrong += [f"threads: {form} of {os.path.basename(path)} differs"] * (len(said) != 1)
    return wrong


def without_memo():
    """The program that remembers nothing."""
    folder = os.path.join(WORK, "no-memo")
    subprocess.run(["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_C_FLAGS_RELEASE=-O3 -g",
                    "-DAK_NO_MEMO=ON"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", folder, "--target", "akushu-program"], check=True, stdout=subprocess.DEVNULL)
    return os.path.join(folder, "akushu")


def bench_memo(a):
    """What is wrong, as a list."""
    off, wrong, runs = without_memo(), [], min(a.runs, 3)  # D takes half a minute
    for name in ("a", "d"):
        path = trace(name, a.quick)
        warm(path)
        print(f"trace {name.upper()}, nothing remembered: median of {runs}, CPU s")
        for form in ("jsonl", "text"):
            commands = [[program, "read", f"--format={form}", path] for program in (a.akushu, off)]
            if form == "jsonl" and len({output_of(command) for command in commands}) != 1:
                wrong.append(f"trace {name.upper()}: other output when nothing is remembered")
            usual, anew = [statistics.median(column) for column in zip(*[[measure(command)[0] for command in commands] for _ in range(runs)])]
            print(f"  {form:8} {anew:8.3f}   as usual {usual:8.3f}")
    return wrong


def bench_cold(a, name):
    path = trace(name, a.quick)
    commands = {"akushu jsonl": [a.akushu, "read", "--format=jsonl", path], "akushu text": [a.akushu, "read", path],
                "tcpdump -w /dev/null": ["tcpdump", "-r", path, "-w", "/dev/null"]}
    print(f"trace {name.upper()}, cold: {os.path.relpath(path, ROOT)}")
    for label, command in commands.items():
        runs = []
        for _ in range(a.runs):
            with open(path, "rb") as f:
                os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            runs.append(measure(command))
        cpu, wall, _ = [statistics.median(column) for column in zip(*runs)]
        print(f"  {label:22} {cpu:8.3f} CPU s {wall:8.3f} wall s")
    return []


def plain_hive(packed):
    """Path of the unpacked file, in a folder of its hive: what lies beside a hive is read with it."""
    name = os.path.basename(packed).removesuffix(".xz")
    plain = os.path.join(WORK, "hives", name.split(".")[0], name)
    if not os.path.exists(plain):
        os.makedirs(os.path.dirname(plain), exist_ok=True)
        with lzma.open(packed) as source, open(plain, "wb") as out:
            shutil.copyfileobj(source, out)
    warm(plain)
    return plain


def bench_views(a, hivex):
    """The whole host view, printed, beside the walk; what is wrong, as a list."""
    wrong = []
    print(f"{'host view: read and print one hive':36} {'akushu':>9} {'libhivex':>9} {'ratio':>6}")
    for name in VIEWS:
        for ending in (".LOG1", ".LOG2"):
            if os.path.exists(log := os.path.join(os.path.dirname(HIVE), name + ending + ".xz")):
                plain_hive(log)
        hive = plain_hive(os.path.join(os.path.dirname(HIVE), name + ".xz"))
        commands = [[a.akushu, "read", hive], [hivex, "bench", "1", hive]]
        runs = [[measure(command)[0] for command in commands] for _ in range(max(a.runs, 3) * 7 + 1)][1:]
        ours, theirs = [statistics.median(column) * 1000 for column in zip(*runs)]
        ratio = statistics.median(pair[0] / pair[1] for pair in runs)
        print(f"  {name + (', 2 logs replayed' if name == 'SYSTEM_B' else ''):34} {ours:6.1f} ms {theirs:6.1f} ms {ratio:6.2f}")
        if a.strict and ratio > REGISTRY_BAR:
            wrong.append(f"host view of {name}: {ratio:.2f} times libhivex (bar {REGISTRY_BAR})")
    return wrong


def bench_registry(a):
    """What is wrong, as a list."""
    tools = [os.path.join(os.path.dirname(a.akushu), "tests", name) for name in ("registry_dump", "hivex_dump")]
    absent = [path for path in (HIVE, *tools) if not os.path.exists(path)]
    if absent:
        print(f"registry: {', '.join(absent)} absent, skipped")
        return []
    plain = plain_hive(HIVE)
    sums = [subprocess.run([tool, "bench", "1", plain], capture_output=True, check=True).stdout for tool in tools]
    # Each program once before it counts; then in pairs, so that a busy machine slows both.
    runs = [[measure([tool, "bench", str(REPEATS), plain]) for tool in tools] for _ in range(max(a.runs, 3) * 3 + 1)][1:]
    ratio = statistics.median(ours[0] / theirs[0] for ours, theirs in runs)
    print(f"registry: {os.path.getsize(plain) / 1e6:.1f} MB hive, load and read all, median of {len(runs)} pairs")
    for i, label in enumerate(("akushu", "libhivex")):
        cpu, _, rss = [statistics.median(column) for column in zip(*[pair[i] for pair in runs])]
        print(f"  {label:22} {cpu / REPEATS * 1000:8.2f} ms CPU {rss:8.1f} MiB")
    print(f"  {'akushu / libhivex':22} {ratio:8.2f}   sums {'equal' if sums[0] == sums[1] else 'DIFFER'}")
    wrong = [] if sums[0] == sums[1] else ["registry: other values than libhivex"]
    wrong += bench_views(a, tools[1])
    return wrong + ([f"registry: {ratio:.2f} times libhivex (bar {REGISTRY_BAR})"] if a.strict and ratio > REGISTRY_BAR else [])


# Through a pipe: grep stops at its first match when it writes to /dev/null.
GREP = ["sh", "-c", "grep -c 'Error: 18456' \"$0\" | cat"]


def large_log(name, quick):
    """(path, events in it): made if it is not there."""
    path = os.path.join(WORK, name + ("-quick" if quick else ""))
    count = path + ".count"
    if not os.path.exists(count):
        sys.path.insert(0, os.path.join(ROOT, "tests", "tools"))
        import log_write
        print(f"making {os.path.relpath(path, ROOT)}", file=sys.stderr)
        if name == "big.evtx":
            number = log_write.large_evtx((6 if quick else 66) * 1000000, path)[1]
        else:
            lang, encoding = name.split(".")[1:]
            # Banner, name, place and port of the server are events, too.
            number = 4 + log_write.large_errorlog(lang, (10 if quick else 100) * 1000000, path, encoding)
        with open(count, "w", encoding="ascii") as f:
            f.write(str(number))
    warm(path)
    with open(count, encoding="ascii") as f:
        return path, int(f.read())


def bench_log(a, name, other, label, bar):
    """What is wrong, as a list. other: the command that it is measured beside."""
    path, number = large_log(name, a.quick)
    commands = [[a.akushu, "read", "--format=jsonl", path], [*other, path]]
    runs = [[measure(command) for command in commands] for _ in range(max(a.runs, 3))]
    ratio = statistics.median(ours[0] / max(theirs[0], 1e-3) for ours, theirs in runs)
    (cpu, _, rss), (their_cpu, _, their_rss) = [[statistics.median(column) for column in zip(*[pair[i] for pair in runs])] for i in (0, 1)]
    out = subprocess.run(commands[0], stdout=subprocess.PIPE, check=False).stdout.splitlines()
    told = sum(b'"kind":"event","schema"' in line for line in out)
    print(f"  {name:22} {os.path.getsize(path) / 1e6:6.1f} MB {cpu:8.3f} s {rss:6.1f} MiB   {label} {their_cpu:8.3f} s {their_rss:6.1f} MiB   ratio {ratio:5.2f}"
          f"   {told} events {'ok' if told == number else f'WRONG, {number} written'}")
    wrong = [] if told == number else [f"{name}: {told} events of {number}"]
    if a.strict and not a.quick and (ratio > bar or rss > LOG_RSS):
        wrong.append(f"{name}: {ratio:.2f} times {label} (bar {bar}), {rss:.0f} MiB (bar {LOG_RSS})")
    return wrong


def bench_logs(a):
    print("logs: CPU and RSS")
    wrong = []
    for name in ("errorlog.en.utf-16-le", "errorlog.ja.utf-16-le", "errorlog.en.utf-8"):
        wrong += bench_log(a, name, GREP, "grep -c", GREP_BAR)
    if shutil.which("evtxexport"):
        wrong += bench_log(a, "big.evtx", ["evtxexport"], "evtxexport", EVTX_BAR)
    return wrong


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    release = os.path.join(ROOT, "build", "release", "akushu")
    ap.add_argument("--akushu", default=release if os.path.exists(release) else os.path.join(ROOT, "build", "dev", "akushu"))
    ap.add_argument("--runs", type=int, default=3)
    ap.add_argument("--quick", action="store_true")
    ap.add_argument("--strict", action="store_true")
    ap.add_argument("--cold", action="store_true")
    ap.add_argument("--memo-off", action="store_true")
    ap.add_argument("--trace", choices=("a", "b", "c", "d", "peers", "threads", "registry", "logs"))
    a = ap.parse_args()
    if not os.access(a.akushu, os.X_OK):
        print(f"{a.akushu}: not built, skipped")
        sys.exit(77)
    os.makedirs(WORK, exist_ok=True)
    print(f"{a.akushu}; floor of the RSS column {measure(['true'])[2]:.1f} MiB")
    missed = []
    if a.trace in (None, "registry"):
        missed += bench_registry(a)
    if a.trace in (None, "logs"):
        missed += bench_logs(a)
    for name in [a.trace] if a.trace in ("a", "b", "d") else [] if a.trace else ["a", "b", "d"]:
        path, median, worst = bench(name, a)
        missed += [f"trace {name.upper()}: {x}" for x in check_counts(a.akushu, path, truth_of(name, path, a.quick))]
        for label in ("akushu jsonl", "akushu text"):
            rss = median[label][2]
            if a.strict and not a.quick and worst and name in BARS and (worst[label] >= BARS[name] or rss > 64):
                missed.append(f"trace {name.upper()}, {label}: {worst[label]:.2f} times tcpdump (bar {BARS[name]}), {rss:.0f} MiB (bar 64)")
    for name in ("a", "d"):
        if a.cold and a.trace in (None, name):
            missed += bench_cold(a, name)
    if a.trace in (None, "threads"):
        missed += bench_threads(a)
    if a.memo_off:
        missed += bench_memo(a)
    if a.trace in (None, "c"):
        missed += bench_c(a)
    if a.trace in (None, "peers"):
        missed += bench_peers(a)
    if missed:
        print("FAILED: " + "; ".join(missed))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
