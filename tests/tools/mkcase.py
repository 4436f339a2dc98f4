#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the evidence of a golden case that has several sources: traces, logs and registries in one folder.

usage: mkcase.py CASE_FOLDER...        writes CASE_FOLDER/evidence/ from CASE_FOLDER/case.txt

case.txt is cut at lines `== PATH`; what follows is made into the file evidence/PATH, by the ending of PATH:
  .pcap              a script of mkcap.py (its includes are sought from the case's folder)
  .cap               the same as a Network Monitor file; lines `process ID,LOCAL,REMOTE,PATH` are rows of its table (mkforeign.py --process)
  .pem               names of certificates of a capture's script (made before the other parts)
  .evtx              a script of evtx_write.py
  .evtx.xml          the same, exported as XML
  .reg               an export; lines below
  .hiv               a hive, a script of mkhive.py
  else               an ERRORLOG or SQLAGENT.OUT, as log_write.py takes it
Lines before the first `==` are a comment. {sha1 NAME} in a log or an export is the thumbprint of a certificate of a capture's script; keys
are new each time. Lines of an export:
  system ID NAME [ADDRESS...]     which Windows (SYSTEMS below), computer name, addresses of its interface
  tls VERSION ROLE ENABLED OFF    both values of Protocols\\TLS VERSION\\ROLE; `-` leaves one out
  policy SUITE,SUITE...           the cipher suite order of group policy
  sql VERSION [NAME]              an instance of SQL Server
  net4 VALUE NUMBER               a value of .NETFramework\\v4.0.30319, 64 and 32 bit
  key PATH · dword NAME NUMBER · text NAME VALUE (a NAME with blanks in quotes) · list NAME A,B       anything else (PATH without HKEY_LOCAL_MACHINE)
"""
import base64
import hashlib
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import evtx_write  # noqa: E402
import log_write  # noqa: E402
import mkcap  # noqa: E402
import mkforeign  # noqa: E402
import mkhive  # noqa: E402

# Product, build, InstallationType, UBR.
SYSTEMS = {
    "win7": ("Windows 7 Professional", 7601, "Client", None),
    "win10": ("Windows 10 Pro", 19045, "Client", 3930),
    "ws2008r2": ("Windows Server 2008 R2 Standard", 7601, "Server", None),
    "ws2012r2": ("Windows Server 2012 R2 Standard", 9600, "Server", 20000),
    "ws2016": ("Windows Server 2016 Standard", 14393, "Server", 5000),
    "ws2016old": ("Windows Server 2016 Standard", 14393, "Server", 3300),
    "ws2019": ("Windows Server 2019 Standard", 17763, "Server", 5000),
    "ws2022": ("Windows Server 2022 Standard", 20348, "Server", 2000),
}
CONTROL = "SYSTEM\\CurrentControlSet\\Control"
SCHANNEL = CONTROL + "\\SecurityProviders\\SCHANNEL"
SQL = "SOFTWARE\\Microsoft\\Microsoft SQL Server"


class Export:
    def __init__(self):
        self.keys, self.at = {}, None

    def key(self, path):
        self.at = self.keys.setdefault(path, {})
        return self

    def dword(self, name, number):
        self.at[name] = f"dword:{int(number):08x}"

    def text(self, name, value):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        self.at[name] = f'"{escaped}"'

    def list(self, name, values):
        data = ("\0".join(values) + "\0\0").encode("utf-16-le")
        self.at[name] = "hex(7):" + ",".join(f"{b:02x}" for b in data)

    def system(self, kind, name, *addresses):
        product, build, installed, ubr = SYSTEMS[kind]
        self.key("SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion").text("ProductName", product)
        self.text("CurrentBuild", str(build))
        self.text("InstallationType", installed)
        if ubr is not None:
            self.dword("UBR", ubr)
        self.key(CONTROL + "\\ComputerName\\ComputerName").text("ComputerName", name)
        self.key(SCHANNEL)
        if addresses:
            self.key("SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters\\Interfaces\\{0a1b2c3d-0000-4000-8000-000000000001}")
            self.dword("EnableDHCP", 0)
            self.list("IPAddress", addresses)

    def tls(self, version, role, enabled, off):
        self.key(f"{SCHANNEL}\\Protocols\\TLS {version}\\{role}")
        if enabled != "-":
            self.dword("Enabled", enabled)
        if off != "-":
            self.dword("DisabledByDefault", off)

    def policy(self, suites):
        self.key("SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002").text("Functions", suites)

    def sql(self, version, name="MSSQLSERVER"):
        instance = f"MSSQL{version.split('.')[0]}.{name}"
        self.key(SQL + "\\Instance Names\\SQL").text(name, instance)
        self.key(f"{SQL}\\{instance}\\Setup").text("Version", version)
        self.text("PatchLevel", version)

    def net4(self, name, number):
        for middle in ("", "Wow6432Node\\"):
            self.key(f"SOFTWARE\\{middle}Microsoft\\.NETFramework\\v4.0.30319").dword(name, number)

    def bytes(self):
        out = ["Windows Registry Editor Version 5.00", ""]
        for path, values in self.keys.items():
            out.append(f"[HKEY_LOCAL_MACHINE\\{path}]")
            out += [f'"{name}"={value}' for name, value in values.items()] + [""]
        return "\r\n".join(out).encode()


def export(lines):
    e = Export()
    for line in lines:
        word, _, rest = line.split("#")[0].strip().partition(" ")
        rest = rest.strip()
        if word == "key":
            e.key(rest)
        elif word == "text":
            name, _, value = rest[1:].partition('" ') if rest.startswith('"') else rest.partition(" ")
            e.text(name, value)
        elif word == "list":
            name, _, value = rest.partition(" ")
            e.list(name, value.split(","))
        elif word in ("system", "tls", "policy", "sql", "net4", "dword"):
            getattr(e, word)(*rest.split())
        elif word:
            raise SystemExit(f"what is '{line}'?")
    return e.bytes()


def pem(ders):
    """PEM of all of them."""
    out = ""
    for der in ders:
        text = base64.b64encode(der).decode()
        body = "".join(text[i:i + 64] + "\n" for i in range(0, len(text), 64))
        out += f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"
    return out.encode()


def with_thumbprints(lines, certificates):
    def thumbprint(match):
        return hashlib.sha1(certificates[match.group(1)]).hexdigest()
    return [re.sub(r"\{sha1 (\w+)\}", thumbprint, line) for line in lines]


def capture(folder, lines, out, certificates):
    script = os.path.join(folder, "mkcase.tmp")
    try:
        with open(script, "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
        mkcap.make(script, out, certificates)
    finally:
        os.unlink(script)


def netmon(folder, lines, out, certificates):
    plain = out + ".pcap"
    processes = [line.partition(" ")[2] for line in lines if line.startswith("process ")]
    capture(folder, [line for line in lines if not line.startswith("process ")], plain, certificates)
    try:
        mkforeign.main([plain, out] + [word for p in processes for word in ("--process", p)])
    finally:
        os.unlink(plain)


def make(folder):
    with open(os.path.join(folder, "case.txt"), encoding="utf-8") as f:
        lines = f.read().split("\n")
    parts = []
    for line in lines:
        if line.startswith("== "):
            parts.append((line[3:].strip(), []))
        elif parts:
            parts[-1][1].append(line)
    shutil.rmtree(os.path.join(folder, "evidence"), ignore_errors=True)
    certificates = {}
    for path, body in sorted(parts, key=lambda part: not part[0].endswith((".pcap", ".cap"))):
        while body and not body[-1]:
            body.pop()
        body = with_thumbprints(body, certificates)
        out = os.path.join(folder, "evidence", path)
        os.makedirs(os.path.dirname(out), exist_ok=True)
        if path.endswith(".pcap"):
            capture(folder, body, out, certificates)
            continue
        if path.endswith(".cap"):
            netmon(folder, body, out, certificates)
            continue
        if path.endswith(".evtx"):
            evtx_write.write(out, evtx_write.script(body))
            continue
        if path.endswith(".evtx.xml"):
            events = evtx_write.script(body)
            data = log_write.encode("".join(log_write.xml_of(e, i + 1) for i, e in enumerate(events)), "utf-16-le")
        elif path.endswith(".reg"):
            data = export(body)
        elif path.endswith(".pem"):
            data = pem(certificates[name] for name in " ".join(body).split())
        elif path.endswith(".hiv"):
            data = mkhive.build(body)
        else:
            data = log_write.encode("\n".join(body) + "\n", "utf-16-le")
        with open(out, "wb") as f:
            f.write(data)


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__)
        raise SystemExit(0 if sys.argv[1:] in (["-h"], ["--help"]) else 2)
    for folder in sys.argv[1:]:
        make(folder)


if __name__ == "__main__":
    main()
