#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures that `akushu read --write` makes: the same findings, and nothing in them that must be gone.

usage: handover_test.py [--akushu PATH] [CASE...]

Every golden case is written three times: the conversations of its findings as they are; all conversations with --strip; the
conversations of its findings, and all of them, with --strip --pseudonymize. Findings and verdicts must be those of the original. In the
bytes there may be no application data, user or password, and with pseudonyms no address, name or serial number of the original, in any
encoding. With one key the bytes are the same again. tshark finds no damage that the original has not, and right checksums; capinfos
counts the packets. Captures of both sides go into one file: each stays a capture of its own in it, whatever its clock says.
"""
import collections
import csv
import ipaddress
import os
import re
import shutil
import struct
import subprocess
import tempfile

import capfile
import harness

KEY = "--key=one of the tests"
# What a pseudonymised capture may still say: protocol words, drivers, what is the same everywhere.
COMMON = {"localhost", "local", "example", "test", "master", "us_english", "mssqlserver", "microsoft sql server", "tsql", "tds-library", "jtds",
          "tedious", "node-mssql", "http", "https", "corp", "internal", "ssl_self_signed_fallback", "invalid", "info", "akushu"}
# Names of public services and authorities: rules know them, so what makes them such stays.
for table, column in (("service_tls", "pattern"), ("microsoft_hosts", "suffix"), ("microsoft_issuers", "organisation")):
    with open(os.path.join(harness.ROOT, "data", table + ".csv"), encoding="utf-8") as rows:
        COMMON |= {word for row in csv.DictReader(rows) for word in re.findall("[0-9a-z_-]+", row[column].lower())}
COMMON.add("inspection")  # the comments name the rule
RECORDED_PASSWORD = "Passw0rd!"
TALK = ("protocol", "outcome", "stage", "closed_by", "close", "version_code", "cipher_code")
SAME = TALK + ("letters", "ja4", "offered_versions", "offered_groups", "offered_signature_algorithms", "encryption", "cleartext_login", "dh",
               "server_build", "tcp_end", "service", "starttls", "starttls_answer")
SAME_CERTIFICATE = ("not_before", "not_after", "signature_algorithm", "public_key_algorithm", "public_key_size", "public_key_curve")


def talk_of(o, keys=TALK):
    a = dict(o["akushu"])
    proxy = a.get("proxy", {})
    return tuple(str(a.get(k)) for k in keys) + tuple(str(proxy.get(k)) for k in ("kind", "port", "granted", "code")) + ("ntlm" in a,)


def certificate_of(o):
    x = o.get("tls", {}).get("server", {}).get("x509", {})
    issued = x.get("subject", {}).get("distinguished_name") == x.get("issuer", {}).get("distinguished_name")
    return tuple(str(x.get(k)) for k in SAME_CERTIFICATE) + (issued,)


def findings_of(objects):
    return collections.Counter((o["rule"]["id"], o["akushu"]["grade"], o["akushu"]["severity"], o["akushu"]["count"], o["akushu"].get("side"),
                                o["server"]["port"]) for o in harness.findings(objects))


# ---------------------------------------------------------------- what must be gone

def logins(frames):
    """(field, text) of every LOGIN7 in clear that lies in one segment."""
    for frame in frames:
        try:
            s = capfile.segment_of(frame)
        except (ValueError, struct.error):
            continue
        if s is None or len(s.payload) < 8 + 94 or s.payload[0] != 0x10:
            continue
        body = s.payload[8:]
        for name, at in (("host", 36), ("user", 40), ("password", 44), ("app", 48), ("server", 52), ("library", 60), ("database", 68)):
            offset, size = struct.unpack_from("<HH", body, at)
            text = body[offset:offset + 2 * size]
            if name == "password":
                text = bytes((b ^ 0xA5) << 4 & 0xF0 | (b ^ 0xA5) >> 4 for b in text)
            yield name, text.decode("utf-16-le", errors="replace")


def words_of(text):
    """Names may be made of known words; what is left of them must be gone."""
    return [w for w in re.split(r"[^0-9A-Za-z_-]+", text) if w]


def worth(word):
    return len(word) >= 4 and word.lower() not in COMMON and not word.isdigit()


def strings_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for v in value.values() if isinstance(value, dict) else value:
            yield from strings_in(v)


def certificate_words(x509):
    for part in ("subject", "issuer"):
        names = dict(x509.get(part, {}))
        for attribute in re.findall(r"[A-Za-z]+=((?:\\.|[^,+])*)", names.get("distinguished_name", "")):
            yield attribute
    yield from strings_in(x509.get("alternative_names", []))


def secrets(objects, frames, passwords):
    """Texts and raw bytes that may not be in a pseudonymised capture."""
    texts, raw = set(), set()
    for o in harness.conversations(objects):
        for side in ("client", "server"):
            address = ipaddress.ip_address(o[side]["ip"])
            if address != ipaddress.ip_address("::1"):
                raw.add(address.packed)
                texts.add(str(address))
        tls, login = o.get("tls", {}), o["akushu"].get("login", {})
        texts.update(strings_in(tls.get("client", {}).get("server_name", [])))
        texts.update(certificate_words(tls.get("server", {}).get("x509", {})))
        texts.update(login.get(k, "") for k in ("host", "server", "database", "application", "routing_server"))
        texts.add(o["akushu"].get("instance", ""))
        texts.update(strings_in(o["akushu"].get("ntlm", {})))
        texts.update(t for k, t in o["akushu"].get("proxy", {}).items() if k in ("host", "client") and isinstance(t, str))
        serial = tls.get("server", {}).get("x509", {}).get("serial_number", "")
        if len(serial) >= 12:
            raw.add(bytes.fromhex(serial))
    for name, text in logins(frames):
        if name != "library":
            texts.add(text)
    for frame in frames:
        if frame.link == capfile.LINK_ETHERNET:
            raw.update(m for m in (frame.data[:6], frame.data[6:12]) if m.strip(b"\0") and m != b"\xff" * 6)
    texts.update(passwords)
    return texts, raw


def found(path, texts, raw):
    places = list(places_of_addresses(path))
    wrong = [f"bytes {r.hex()}" for r in raw if any(r in place for place in places)]
    with open(path, "rb") as f:
        low = f.read().lower()
    for text in texts:
        address = re.fullmatch(r"[0-9a-fA-F.:]+", text) and ("." in text or ":" in text)
        for word in [text] if address else [w for w in words_of(text) if worth(w)]:
            for form in ("utf-8", "utf-16-le", "utf-16-be"):
                if len(word) >= 4 and word.lower().encode(form) in low:
                    wrong.append(f"{word} in {form}")
    return wrong


def credentials(frames, passwords):
    texts = set(passwords)
    for name, text in logins(frames):
        if name in ("user", "password") and len(text) >= 4:
            texts.add(text)
    return texts


def password_forms(password):
    wide = password.encode("utf-16-le")
    return [password.encode(), wide, bytes((c << 4 & 0xF0 | c >> 4) ^ 0xA5 for c in wide)]


def application_data(frames):
    """Some bytes of every long run of encrypted data and of clear text, to look for."""
    for frame in frames:
        try:
            s = capfile.segment_of(frame)
        except (ValueError, struct.error):
            continue
        if s is not None and len(s.payload) >= 64 and s.payload[:2] == b"\x17\x03" and s.payload[2] <= 4:
            yield s.payload[24:56]


def places_of_addresses(path):
    """What could hold an address: all but the fixed part of TCP headers, where a checksum and a window make up any four bytes."""
    for frame in capfile.read(path):
        s = capfile.segment_of(frame)
        yield from (frame.data[:14], s.src, s.dst, s.options, s.payload)


# ---------------------------------------------------------------- one case

class Case:
    def __init__(self, binary, name, folder):
        self.binary, self.name, self.folder = binary, name, folder
        self.path = harness.capture(name)
        self.objects = harness.read_beside(binary, self.path)
        self.frames = capfile.read(self.path)
        self.passwords = {RECORDED_PASSWORD}
        script = os.path.join(harness.GOLDEN, name, "case.txt")
        if os.path.exists(script):
            with open(script, encoding="utf-8") as f:
                text = f.read()
            self.passwords |= set(re.findall(r"\bpassword=(\S{4,})", text))
            self.passwords |= set(re.findall(r"(?:AUTH PLAIN|Basic) ([\w+/=]{8,})", text)) | set(re.findall(r"Secret-\d", text))
        self.wrong, self.runs = [], 0

    def file(self, what):
        return os.path.join(self.folder, f"{self.name}.{what}.pcapng")

    def write(self, what, *options):
        out = self.file(what)
        done = harness.run(self.binary, "read", "--format=jsonl", "--fail-on=note", "--output=/dev/null", f"--write={out}", *options, self.path)
        self.runs += 1
        if not os.path.exists(out):
            if findings_of(self.objects) or "--all" in options:
                self.wrong.append(f"{what}: not written: {done.stderr.decode(errors='replace')[-200:]}")
            return None
        return harness.read_beside(self.binary, out)  # what writes is a process of its own each time

    def check(self, what, objects, everything, keys):
        if objects is None:
            return
        before, after = findings_of(self.objects), findings_of(objects)
        if before != after:
            self.wrong.append(f"{what}: findings: lost {dict(before - after)}, new {dict(after - before)}")
        talks, written = harness.conversations(self.objects), harness.conversations(objects)
        old = collections.Counter(talk_of(t, keys) + certificate_of(t) for t in talks)
        new = collections.Counter(talk_of(t, keys) + certificate_of(t) for t in written)
        lost = old - new if everything else {}
        if lost or new - old:
            self.wrong.append(f"{what}: conversations: lost {list(lost)[:1]}, new {list(new - old)[:1]}")

    def check_gone(self, what, texts, raw, passwords):
        if not os.path.exists(self.file(what)):
            return
        with open(self.file(what), "rb") as f:
            data = f.read()
        self.wrong += [f"{what}: still there: {x}" for x in found(self.file(what), texts, raw)]
        for password in passwords:
            self.wrong += [f"{what}: password still there" for form in password_forms(password) if form in data]
        self.wrong += [f"{what}: application data {x.hex()}" for x in list(application_data(self.frames))[:20] if x in data]

    def run(self):
        self.check("plain", self.write("plain"), False, SAME)
        self.check("strip", self.write("strip", "--all", "--strip"), True, SAME)
        self.check_gone("strip", credentials(self.frames, ()), set(), self.passwords)
        texts, raw = secrets(self.objects, self.frames, self.passwords)
        self.check("chosen", self.write("chosen", "--strip", "--pseudonymize", KEY), False, SAME)
        self.check("all", self.write("all", "--all", "--strip", "--pseudonymize", KEY), True, SAME)
        for what in ("chosen", "all"):
            self.check_gone(what, texts, raw, self.passwords)
        return self


def one(binary, name, folder):
    case = Case(binary, name, folder)
    try:
        case.run()
    except (harness.Crash, ValueError, OSError) as error:
        case.wrong.append(str(error))
    case.wrong = [f"{name}: {text}" for text in case.wrong]
    return case


def grades(objects):
    return sorted((o["rule"]["id"], o["akushu"]["grade"], o["akushu"]["count"], len(o["akushu"].get("samples", []))) for o in harness.findings(objects))


def both_sides(binary, name, folder):
    """Two captures in one file give the findings of the two."""
    files, wrong = harness.both_sides(name), []
    for what, options in (("plain", ()), ("strip", ("--all", "--strip")), ("all", ("--all", "--strip", "--pseudonymize", KEY))):
        path = os.path.join(folder, f"{name}.{what}.pcapng")
        try:
            before = grades(harness.read(binary, *files, options=("--write", path, *options)))
            after = grades(harness.read(binary, path)) if os.path.exists(path) else []
        except (harness.Crash, ValueError) as error:
            return [f"{name}: {what}: {error}"]
        if before != after:
            wrong.append(f"{name}: {what}: {before} became {after}")
    return wrong


# ---------------------------------------------------------------- over all cases

def same_again(binary, case):
    """The same key gives the same bytes, another one others."""
    with open(case.file("all"), "rb") as f:
        first = f.read()
    case.write("again", "--all", "--pseudonymize", KEY)
    case.write("other", "--all", "--pseudonymize", "--key=another")
    with open(case.file("again"), "rb") as f:
        again = f.read()
    with open(case.file("other"), "rb") as f:
        other = f.read()
    return [f"{case.name}: one key, other bytes"] * (first != again) + [f"{case.name}: another key, the same bytes"] * (first == other)


def count(tool):
    done = subprocess.run(tool, capture_output=True, text=True, timeout=300, check=False)
    bad = [f"{tool[0]}: {done.stderr[-300:]}"] if done.returncode != 0 else []
    return done.stdout.count("\n"), bad


def damaged(folder, paths, name):
    """(packets that tshark calls damaged, packets with wrong checksums, messages) of all files together."""
    merged = os.path.join(folder, name)
    done = subprocess.run(["mergecap", "-a", "-w", merged, *paths], capture_output=True, text=True, timeout=300, check=False)
    wrong = [f"mergecap: {done.stderr[-300:]}"] if done.returncode != 0 else []
    # A zeroed SQL batch has headers of no length, and a zeroed response tokens of no type: tshark complains of both.
    malformed, bad = count(["tshark", "-n", "-r", merged, "-Y",
                            "_ws.malformed && (tls || tds) && !(tds.type == 1) && !(tds.type == 4 && tcp.payload[8:1] == 00)"])
    checksums, worse = count(["tshark", "-n", "-r", merged, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-Y",
                              'tcp.checksum.status == "Bad" || ip.checksum.status == "Bad"'])
    return malformed, checksums, wrong + bad + worse


def with_wireshark(folder, cases):
    if not shutil.which("tshark") or not shutil.which("mergecap"):
        return [], "no tshark"
    written = [c for c in cases if os.path.exists(c.file("all"))]
    before = damaged(folder, [c.path for c in written], "before.pcapng")
    after = damaged(folder, [c.file("all") for c in written], "after.pcapng")
    wrong = before[2] + after[2]
    if after[0] > before[0]:
        wrong.append(f"tshark: {after[0]} damaged packets, {before[0]} in the originals")
    if after[1]:
        wrong.append(f"tshark: {after[1]} wrong checksums")
    return wrong, f"tshark: {after[0]} damaged packets, before {before[0]}"


def with_capinfos(cases):
    if not shutil.which("capinfos"):
        return []
    paths = [c.file(w) for c in cases for w in ("plain", "strip", "chosen", "all") if os.path.exists(c.file(w))]
    done = subprocess.run(["capinfos", "-T", "-m", "-c", "-r", *paths], capture_output=True, text=True, timeout=300, check=False)
    wrong = [f"capinfos: {done.stderr[-300:]}"] if done.returncode != 0 else []
    lines = dict(line.rsplit(",", 1) for line in done.stdout.splitlines() if "," in line)
    for path in paths:
        frames = len(capfile.read(path))
        if lines.get(path) != str(frames):
            wrong.append(f"capinfos: {os.path.basename(path)}: {lines.get(path)} packets, not {frames}")
    return wrong


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("case", nargs="*")
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    folder = tempfile.mkdtemp(prefix="akushu-handover-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    try:
        cases = harness.pool(lambda name: one(a.akushu, name, folder), a.case or harness.share_of(harness.captures(), a.share))
        wrong = [x for c in cases for x in c.wrong]
        pairs = [name for name in harness.cases() if not a.case and harness.both_sides(name)]
        wrong += [x for part in harness.pool(lambda name: both_sides(a.akushu, name, folder), pairs) for x in part]
        if not a.case and len(pairs) < 8:
            wrong.append(f"only {len(pairs)} cases hold captures of both sides")
        for case in cases[::20]:
            wrong += same_again(a.akushu, case)
        wrong += with_capinfos(cases)
        worse, said = with_wireshark(folder, cases)
        print(said)
    finally:
        shutil.rmtree(folder)
    return harness.finish(wrong + worse, f"{sum(c.runs for c in cases)} captures written of {len(cases)} cases")


if __name__ == "__main__":
    raise SystemExit(main())
