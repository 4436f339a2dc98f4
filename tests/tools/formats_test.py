#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is told of a capture does not depend on the file that it is in.

usage: formats_test.py [--akushu PATH]

Recordings are turned into event traces, Network Monitor and ERF files (mkforeign.py), and with editcap, where it is installed, into Network
Monitor and snoop files; their packets are put into tunnels and other link layers; conversations and findings must be those of the original, but for the file's name, and for times where a
format rounds them. Also what a trace says of itself (duplicates, drops, losses), and what is said when it holds no packets.
"""
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

import capfile
import harness

MAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mkforeign.py")
CASES = ("clients-fail-alert40-tsql", "own-tds_rst_after_handshake", "own-tds_tls12_ipv6", "clients-ok-tls12-encon-jtds")
TRACES = [
    ["--provider", "ndis"], ["--frequency", "2246095"], ["--clock", "filetime"], ["--clock", "tsc"], ["--pointer", "4"],
    ["--layers", "3"], ["--pieces", "100"], ["--pieces", "333", "--layers", "2", "--cpus", "2"], ["--cpus", "4", "--circular"],
    ["--extended", "--other", "3"], ["--provider", "switch"], ["--provider", "switch", "--layers", "2"], ["--provider", "ras"],
    ["--provider", "pktmon"], ["--provider", "pktmon", "--layers", "5", "--cpus", "3", "--circular"],
    ["--provider", "pktmon", "--link", "raw"], ["--link", "raw"], ["--empty", "2"], ["--buffer", "65536", "--empty", "1", "--lost", "7"],
    ["--provider", "pktmon", "--layers", "2", "--drop", "3"],
]
NETMONS = [["--version", v] for v in ("1.1", "2.0", "2.1", "2.2", "2.3")]
NETMONS += [["--version", "2.3", "--metadata", "--backward"], ["--version", "2.1", "--metadata"]]
ERF = ["--cpus", "1"]
EDITCAP = [("netmon1", "cap"), ("netmon2", "cap"), ("snoop", "snoop")]
TIME = re.compile(r"time|first$|last$|duration|^ms$|nanoseconds|start$|end$|created|pause|timestamp")


MACS = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02"
A, B = bytes([198, 51, 100, 1]), bytes([198, 51, 100, 2])
A6, B6 = bytes.fromhex("20010db8" + "00" * 11 + "01"), bytes.fromhex("20010db8" + "00" * 11 + "02")
SNAP = bytes.fromhex("aaaa03000000")


def ip4(protocol, payload):
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 7, 0, 64, protocol, 0) + A + B
    return head[:10] + struct.pack(">H", capfile.checksum(head)) + head[12:] + payload


def ip6(protocol, payload):
    return struct.pack(">IHBB", 0x60000000, len(payload), protocol, 64) + A6 + B6 + payload


def udp(port, payload):
    return ip4(17, struct.pack(">HHHH", 49152, port, 8 + len(payload), 0) + payload)


def kind(packet):
    return struct.pack(">H", 0x86DD if packet[0] >> 4 == 6 else 0x0800)


def ethernet(packet):
    return MACS + kind(packet) + packet


def esp_null(packet):
    pad = bytes(range(1, 1 + -(len(packet) + 2) % 4))
    body = packet + pad + bytes([len(pad), 41 if packet[0] >> 4 == 6 else 4])
    return ip4(50, struct.pack(">II", 99, 1) + body + b"\xa5\x5a\xc3" * 4)


def nested(packet):
    return 41 if packet[0] >> 4 == 6 else 4


# Name: (link type, the frame around an IP packet, what is told of it). An outer IP packet stands in an Ethernet frame unless the link type is another one.
TUNNELS = {
    "ip in ip": (1, lambda p: ip4(nested(p), p), None),
    "ip in ipv6": (1, lambda p: ip6(nested(p), p), None),
    "gre": (1, lambda p: ip4(47, b"\0\0" + kind(p) + p), ["gre"]),
    "erspan": (1, lambda p: ip4(47, struct.pack(">HHIII", 0x1000, 0x88BE, 1, 0x10000001, 0) + ethernet(p)), ["gre", "erspan"]),
    "vxlan": (1, lambda p: udp(4789, bytes([8, 0, 0, 0, 0, 0, 1, 0]) + ethernet(p)), ["vxlan"]),
    "geneve": (1, lambda p: udp(6081, b"\x01\0\x65\x58" + bytes(8) + ethernet(p)), ["geneve"]),
    "gtp": (1, lambda p: udp(2152, struct.pack(">BBHI", 0x30, 255, len(p), 1) + p), ["gtp"]),
    "l2tp": (1, lambda p: udp(1701, bytes.fromhex("000200010001ff03") + (b"\0\x57" if p[0] >> 4 == 6 else b"\0\x21") + p), ["ppp", "l2tp"]),
    "ah": (1, lambda p: ip4(51, bytes([nested(p), 4, 0, 0]) + bytes(20) + p), None),
    "esp": (1, lambda p: esp_null(p), ["esp-null"]),
    "mpls": (1, lambda p: MACS + b"\x88\x47" + bytes.fromhex("0001004000020140") + p, ["mpls"]),
    "pppoe": (1, lambda p: MACS + b"\x88\x64\x11\0\0\x09" + struct.pack(">H", len(p) + 2) + (b"\0\x57" if p[0] >> 4 == 6 else b"\0\x21") + p, ["ppp", "pppoe"]),
    "vn-tag": (1, lambda p: MACS + bytes.fromhex("892680010001") + kind(p) + p, ["vn-tag"]),
    "ppp": (9, lambda p: b"\xff\x03" + (b"\0\x57" if p[0] >> 4 == 6 else b"\0\x21") + p, ["ppp"]),
    "802.11": (105, lambda p: bytes.fromhex("88410000") + bytes(20) + b"\0\0" + SNAP + kind(p) + p, ["802.11"]),
    "all": (1, lambda p: udp(4789, bytes([8, 0, 0, 0, 0, 0, 1, 0]) + MACS + b"\x81\0\0\x05" + kind(b"E") + ip4(47, b"\0\0" + kind(p) + p)), ["gre", "vxlan"]),
}


def wrap(frames, tunnel):
    link, around, _ = TUNNELS[tunnel]
    for f in frames:
        at = 14 if f.link == capfile.LINK_ETHERNET else 16 if f.link == capfile.LINK_SLL else 0
        packet = f.data[at:]
        size = struct.unpack_from(">H", packet, 4)[0] + 40 if packet[0] >> 4 == 6 else struct.unpack_from(">H", packet, 2)[0]
        data = around(packet[:size])
        if link == 1 and data[0] >> 4 in (4, 6):
            data = ethernet(data)
        yield capfile.Frame(f.ns, link, data)


def check_tunnels(binary, folder, case):
    """The inner addresses make the conversation, and nothing else changes."""
    wrong, source = [], harness.capture(case)
    want, frames, path = told(binary, source)[0], capfile.read(source), os.path.join(folder, "tunnel.pcap")
    for name, (_, _, layers) in TUNNELS.items():
        capfile.write_pcap(path, list(wrap(frames, name)))
        got = told(binary, path)[0]
        seen = [o["akushu"].pop("encapsulation", None) for o in got if o["akushu"]["kind"] == "conversation"]
        wrong += compare(f"{case} in {name}", want, got)
        if any(s is None or (layers and s != layers) for s in seen):
            wrong.append(f"{case} in {name}: {seen}")
    return wrong


def plain(value, times, key=""):
    """Without file names; without times where they are rounded."""
    if isinstance(value, dict):
        return {k: plain(v, times, k) for k, v in value.items() if k not in ("file", "log") and (times or not TIME.search(k))}
    if isinstance(value, list):
        return [plain(v, times, key) for v in value]
    if not times and isinstance(value, str) and re.search(r"\d (ms|s)\b", value):
        return re.sub(r"[\d.,]+ (ms|s)\b", "N", value)
    return value


def told(binary, path, times=True):
    objects = harness.read(binary, path)
    for o in objects:
        o["akushu"].pop("process", None)
    return [plain(o, times) for o in objects if o["akushu"]["kind"] in ("conversation", "finding")], objects[-1]["akushu"]


def compare(name, want, got):
    if want == got:
        return []
    for w, g in zip(want, got):
        if w != g:
            return [f"{name}: {json.dumps(w)[:700]}\n   became {json.dumps(g)[:700]}"]
    return [f"{name}: {len(want)} lines became {len(got)}"]


def make(source, target, options):
    subprocess.run([sys.executable, MAKE, source, target, *options], check=True)


def notes_of(summary):
    return {n["what"]: n["count"] for n in summary["not_understood"]}, summary.get("recording", {})


def check_notes(binary, folder, source):
    """The trace's own words."""
    wrong = []
    frames = harness.read(binary, source)[-1]["akushu"]["totals"]["frames"]
    rows = [
        (["--layers", "3", "--cpus", "2"], {}, {"duplicates": 2 * frames}),
        (["--provider", "pktmon", "--layers", "4", "--drop", "2"], {}, {"duplicates": 3 * frames, "dropped_packets": 1}),
        (["--lost", "9"], {"events that the recorder lost": 9}, {}),
        (["--other", "2"], {}, {"other_events": 2 * frames}),
        (["--compressed", "2", "--buffer", "1024", "--pieces", "300"], {"compressed buffers of event traces": None}, {}),
    ]
    for options, not_understood, recording in rows:
        path = os.path.join(folder, "notes.etl")
        make(source, path, options)
        seen, own = notes_of(harness.read(binary, path)[-1]["akushu"])
        for what, count in not_understood.items():
            if what not in seen or (count is not None and seen[what] != count):
                wrong.append(f"{options}: {what}: {seen.get(what)} instead of {count}")
        for what, count in recording.items():
            if own.get(what) != count:
                wrong.append(f"{options}: {what}: {own.get(what)} instead of {count}")
    return wrong


def check_words(binary, folder, source):
    """Empty traces, and traces of cut packets, say how to record."""
    wrong, path = [], os.path.join(folder, "words.etl")
    make(source, path, ["--provider", "pktmon", "--snap", "128"])
    done = harness.run(binary, "read", "--lang=en", path)
    if b"--pkt-size 0" not in done.stderr or done.returncode not in (1, 3):
        wrong.append(f"cut packets: exit {done.returncode}: {done.stderr.decode()}")
    with open(path, "rb") as f:
        head = f.read(8192)
    with open(path, "wb") as f:
        f.write(head)
    done = harness.run(binary, "read", "--lang=en", path)
    if b"netsh trace start capture=yes" not in done.stderr or done.returncode != 3:
        wrong.append(f"no packets: exit {done.returncode}: {done.stderr.decode()}")
    return wrong


def check_processes(binary, folder):
    """The table of processes gives the program of the side whose machine recorded."""
    source = harness.capture("clients-fail-alert40-tsql")
    talk = harness.read(binary, source)[0]
    client = f"{talk['client']['ip']}:{talk['client']['port']}"
    server = f"{talk['server']['ip']}:{talk['server']['port']}"
    wrong, path = [], os.path.join(folder, "process.cap")
    for local, remote, side in ((client, server, "client"), (server, client, "server"), (client, "192.0.2.77:1", None)):
        make(source, path, ["--process", f"7,{remote},{remote},C:\\other.exe", "--process", f"4242,{local},{remote},C:\\Apps\\訂単\\erp.exe"])
        got = harness.read(binary, path)[0]["akushu"].get("process")
        want = {"side": side, "executable": "C:\\Apps\\訂単\\erp.exe", "pid": 4242} if side else None
        if got != want:
            wrong.append(f"processes: {got} instead of {want}")
    return wrong


def main():
    a = harness.parser(__doc__).parse_args()
    harness.need_binary(a.akushu)
    editcap, wrong, count = shutil.which("editcap"), [], 0
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            source = harness.capture(case)
            exact, rounded = told(a.akushu, source)[0], told(a.akushu, source, False)[0]
            for number, options in enumerate(TRACES + NETMONS + [ERF]):
                ending = ".erf" if options is ERF else ".cap" if options in NETMONS else ".etl"
                path = os.path.join(folder, f"{case}-{number}{ending}")
                make(source, path, options)
                times = options not in NETMONS[:4] and "2246095" not in options
                try:
                    got = told(a.akushu, path, times)[0]
                except (harness.Crash, ValueError, IndexError) as error:
                    wrong.append(f"{case} {' '.join(options)}: {error}")
                    continue
                wrong += compare(f"{case} {' '.join(options)}", exact if times else rounded, got)
                count += 1
            for form, ending in EDITCAP if editcap else ():
                path = os.path.join(folder, f"{case}-{form}.{ending}")
                subprocess.run([editcap, "-F", form, source, path], check=True, capture_output=True)
                wrong += compare(f"{case} {form}", rounded, told(a.akushu, path, False)[0])
                count += 1
            wrong += check_tunnels(a.akushu, folder, case)
            count += len(TUNNELS)
        source = harness.capture(CASES[0])
        wrong += check_notes(a.akushu, folder, source) + check_words(a.akushu, folder, source) + check_processes(a.akushu, folder)
    harness.finish(wrong, f"{count} files of other formats{'' if editcap else ' (no editcap)'}")


if __name__ == "__main__":
    main()
