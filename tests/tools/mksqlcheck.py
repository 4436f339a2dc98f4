#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes reports in the form of Microsoft's SQLCHECK for golden cases.

usage: mksqlcheck.py CASE_FOLDER...    from sqlcheck.txt to the folder evidence/

sqlcheck.txt, one statement a line (# comments; a blank in a text is written as \\_):
  report FILE [old] [utf16]             begins a report; old: the table of protocols as before version 1.0.1160
  computer NAME WINDOWS VERSION BUILD   WINDOWS: the product's name, VERSION: 10.0.14393.4583
  protocol ROLE VERSION ENABLED DISABLED   numbers, - for a value that is not there
  local SUITE...  ·  policy SUITE...
  crypto N N N N                        SchUseStrongCrypto: CLR 4, its x86, CLR 2, its x86 (- for none)
  driver NAME TYPE VERSION PATH
  copy FILE NAME                        another file of the case's folder
  instance NAME ID EDITION VERSION PATCH CERTIFICATE FORCE STRICT TCP PORT [32-bit]
The layout is that of the tool; what akushu does not look at is left out.
"""
import os
import shutil
import sys

WIDTH = 160


def table(columns, rows):
    widths = [max(len(c), *(len(r[i]) for r in rows)) if rows else len(c) for i, c in enumerate(columns)]
    lines = [columns, ["-" * w for w in widths], *rows]
    return ["    " + "  ".join(cell.ljust(w) for cell, w in zip(line, widths)) for line in lines] + [""]


def shown(word, name, version):
    if word == "-":
        return ""
    number = int(word, 0)
    good = (number == 0) == (version[:3] == "SSL" or name != "Enabled") if name == "Enabled" else number != 0
    return f"{'True ' if number else 'False'} (0x{number:08X})" + (" ok" if good else "")


class Report:
    def __init__(self, words):
        self.file, self.old, self.wide = words[0], "old" in words, "utf16" in words
        self.protocols, self.local, self.policy, self.drivers, self.instances = {}, [], [], [], []
        self.computer, self.crypto = ["SQL01", "Windows Server 2016 Standard", "10.0.14393.4583", "14393"], ["-"] * 4

    def tls(self):
        versions = ["SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2"] + ([] if self.old else ["TLS 1.3"])
        rows = []
        for role in ("Client", "Server"):
            for version in versions:
                enabled, disabled = self.protocols.get((role, version), ("-", "-"))
                one, two = shown(enabled, "Enabled", version), shown(disabled, "DisabledByDefault", version)
                if self.old:
                    rows += [[role, version, "DisabledByDefault", two], [role, version, "Enabled", one]]
                else:
                    rows.append([role, version, "Enabled", one, two, "Enabled"])
        if self.old:
            return table(["Client/Server", "TLS Version", "Setting", "Registry"], rows)
        return table(["Client/Server", "TLS Version", "Default", "Enabled in Reg", "Disabled By Default", "Effective Value"], rows)

    def suites(self):
        rows = [[self.local[i] if i < len(self.local) else "", self.policy[i] if i < len(self.policy) else ""]
                for i in range(max(len(self.local), len(self.policy), 1))]
        return table(["Registry List", "Policy List"], rows)

    def instance(self, words):
        name, ident, edition, version, patch, certificate, force, strict, tcp, port = words[:10]
        return [f"Details for SQL Server Instance: {name} ({edition})", "",
                f"Version:                    {version} SP 0 Patch Level: {patch}", "Clustered:                  False",
                "Always-On:                  False", f"Certificate:                {certificate}",
                f"ForceEncryption:            {force}", f"ForceStrict:                {strict}",
                "Hidden Instance:            False", "Extended Protection:        Off",
                f"TCP Enabled:                {tcp}", "Listen on all IPs:          True",
                f"TCP Port(s):                {port}", "Dynamic TCP Port(s):        ",
                f"Install Path:               C:\\Program Files\\Microsoft SQL Server\\{ident}\\MSSQL\\Binn", ""]

    def text(self):
        crypto = ["Not set" if n == "-" else n for n in self.crypto]
        old = not self.instances
        lines = [" Start of Report ".center(WIDTH, "-"), "",
                 "SQL Server Connectivity Check v1.0." + ("1055" if self.old else "1487.0, run on 11/22/2026 09:00:00 AM UTC+09:00"), "",
                 " Computer Information ".center(WIDTH, "-"), "",
                 f"NETBIOS Name:               {self.computer[0]}", f"Windows Name and Edition:   {self.computer[1]}",
                 f"Windows Version:            {self.computer[2]}", f"Windows Build:              {self.computer[3]}",
                 f"CLR 4.0 Strong Crypto:      {crypto[0]}", f"CLR 4.0 Strong Crypto x86:  {crypto[1]}",
                 f"CLR 2.0 Strong Crypto:      {crypto[2]}", f"CLR 2.0 Strong Crypto x86:  {crypto[3]}", "",
                 " Client Security and Driver Information ".center(WIDTH, "-"), "", *self.tls(),
                 "Cipher Suite Protocol Order:", "", *self.suites(), "SQL Server OLE DB Providers and ODBC Drivers:", "",
                 *table(["Name", "Type", "Version", "Supported", "TLS 1.2", "TLS 1.3", "MSF", "Path"],
                        [[d[0], d[1], d[2], "Yes", "Yes", "No", "No", d[3]] for d in self.drivers]),
                 " SQL Server Information ".center(WIDTH, "-"), ""]
        if not old:
            lines += ["SQL Server Instances:", "", *table(["Service Type", "Instance Name", "32-bit"],
                      [["SQL", i[0], str("32-bit" in i[10:])] for i in self.instances])]
        for words in self.instances:
            lines += self.instance(words)
        lines += [" End of Report ".center(WIDTH, "-"), ""]
        return "\r\n".join(lines)

    def write(self, folder):
        with open(os.path.join(folder, self.file), "wb") as f:
            f.write(("\ufeff" + self.text()).encode("utf-16-le") if self.wide else self.text().encode())


def make(folder):
    out, reports = os.path.join(folder, "evidence"), []
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(folder, "sqlcheck.txt"), encoding="utf-8") as f:
        lines = [[w.replace("\\_", " ") for w in line.split("#")[0].split()] for line in f]
    for words in filter(None, lines):
        if words[0] == "report":
            reports.append(Report(words[1:]))
        elif words[0] == "copy":
            shutil.copy(os.path.join(folder, words[1]), os.path.join(out, words[2]))
        elif words[0] in ("computer", "crypto"):
            setattr(reports[-1], words[0], words[1:])
        elif words[0] == "protocol":
            reports[-1].protocols[words[1], words[2]] = words[3], words[4]
        elif words[0] in ("local", "policy"):
            getattr(reports[-1], words[0]).extend(words[1:])
        elif words[0] in ("driver", "instance"):
            getattr(reports[-1], words[0] + "s").append(words[1:])
        else:
            sys.exit(f"{folder}/sqlcheck.txt: {words[0]}?")
    for report in reports:
        report.write(out)


for name in sys.argv[1:]:
    make(name)
if len(sys.argv) < 2:
    sys.exit(__doc__)
