#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The scripts of `akushu collect`: what they read of a registry, and a syntax that old systems know. And that these checks find faults.

usage: collect_test.py [--akushu PATH] [--wine]

No Windows is at hand: nothing here proves that a script works on one. What is looked at: every registry path is one of
data/collect_keys.csv, every row is there, nothing that holds secrets; PowerShell's words, brackets and quotes, without anything that 2.0
lacks; of cmd its labels, ends of routines and variables. With --wine the .cmd is run by Wine's cmd.exe (77 without Wine), and what it
writes is read.
"""
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import harness

FORBIDDEN_PATHS = re.compile(r"\\(SAM|SECURITY)(\\|['\" ]|$)|Policy\\Secrets|\\Lsa\\(JD|Skew1|GBG|Data)|Winlogon", re.I)
FORBIDDEN_WORDS = re.compile(r"\breg(\.exe)?\W+save\b|'save'|DigitalProduct|ProductId|\bpassword\b|\bpwd\b|ntds|lsadump|vssadmin|Export-Pfx|-exportPFX|\.Export\(|"
                             r"ConvertFrom-SecureString|(?<!REPLACE\()\bprovider_string|sys\.(sql_logins|linked_logins|credentials)|password_hash", re.I)
CHANGES = re.compile(r"\b(reg(\.exe|%)?\"?\s+(add|delete|import|load|restore)|@\('(add|delete|import|load|restore)'|Set-ItemProperty|New-ItemProperty|Set-Item|Set-Service|Stop-Service|Restart-Service|sc\s+config|"
                     r"(?-i:UPDATE)|DELETE FROM|ALTER|DROP|CREATE|EXEC sp_\w+|RECONFIGURE|xp_cmdshell|TRUNCATE)\b", re.I)
# What PowerShell 2.0 lacks.
TOO_NEW = {
    "[ordered]": r"\[ordered\]", "[pscustomobject]": r"\[pscustomobject\]", "::new()": r"::new\(", "-in and -notin": r"\s-(not)?in\s",
    "$PSItem": r"\$PSItem", ".Where() and .ForEach()": r"\.(Where|ForEach)\(", "-Raw": r"\s-Raw\b", "-File and -Directory": r"Get-ChildItem[^|\n]*\s-(File|Directory)\b",
    "ConvertTo-Json": r"Convert(To|From)-Json", "&& and ||": r"&&|\|\|", "??": r"\?\?", "class and enum": r"^\s*(class|enum|using)\s", "-shl and -shr": r"\s-sh[lr]\s",
    "Invoke-RestMethod": r"Invoke-(RestMethod|WebRequest)", "Where-Object without a block": r"Where-Object\s+[^{\s]", "ForEach-Object without a block": r"ForEach-Object\s+[^{\s]",
    "*>": r"\*>", "simplified member of a list": r"\)\.(Name|Path|Value)\b\s*\|", "-NoNewline": r"-NoNewline", "requires": r"#requires",
    "IsNullOrWhiteSpace": r"IsNullOrWhiteSpace",
}
NEEDS_A_TEST = ("Get-CimInstance", "Get-TlsCipherSuite", "Compress-Archive")
MODIFIERS = "adfnpstxz"
PATH = re.compile(r"HK(?:LM|CU)\\[^'\"\r\n]+")


def run(binary, *words):
    done = subprocess.run([binary, "collect", *words], capture_output=True)
    if done.returncode != 0:
        raise SystemExit(f"akushu collect {' '.join(words)}: status {done.returncode}: {done.stderr.decode()}")
    return done.stdout.decode("ascii")


def rows():
    with open(os.path.join(harness.ROOT, "data", "collect_keys.csv"), encoding="utf-8", newline="") as f:
        keys = [r for r in csv.DictReader(f) if r["take"] != "agents"]
    with open(os.path.join(harness.ROOT, "data", "agents.csv"), encoding="utf-8", newline="") as f:
        for r in csv.DictReader(f):
            if r["service"]:
                keys.append({"take": "values", "path": "HKLM\\SYSTEM\\CurrentControlSet\\Services\\" + r["service"], "values": "Start", "role": "both"})
            if r["key"]:
                keys.append({"take": "key", "path": r["key"].removesuffix("\\*"), "values": "", "role": "both"})
    return keys


# ---- PowerShell ----

def powershell_tokens(text):
    """(kind, text, line) of PowerShell: string, here, comment, open, close, code. ValueError where it does not end."""
    at, line, found = 0, 1, []
    while at < len(text):
        start, c = at, text[at]
        if text.startswith("@'\r\n", at):
            end = text.find("\r\n'@", at)
            if end < 0:
                raise ValueError(f"line {line}: a here-string without its end")
            at, kind = end + 4, "here"
        elif c == "'":
            at += 1
            while True:
                end = text.find("'", at)
                if end < 0 or "\n" in text[start:end]:
                    raise ValueError(f"line {line}: a quote without its end")
                at = end + 1
                if text[at:at + 1] != "'":
                    break
                at += 1
            kind = "string"
        elif c == '"':
            at += 1
            while at < len(text) and text[at] != '"':
                at += 2 if text[at] == "`" else 1
            if at >= len(text) or "\n" in text[start:at]:
                raise ValueError(f"line {line}: a double quote without its end")
            at, kind = at + 1, "string"
        elif c == "#":
            at = text.find("\r\n", at)
            kind = "comment"
        elif c in "([{":
            at, kind = at + 1, "open"
        elif c in ")]}":
            at, kind = at + 1, "close"
        else:
            at += 1
            while at < len(text) and text[at] not in "'\"#()[]{}@":
                at += 1
            kind = "code"
        found.append((kind, text[start:at], line))
        line += text.count("\n", start, at)
    return found


def check_powershell(text):
    faults, stack = [], []
    try:
        tokens = powershell_tokens(text)
    except ValueError as e:
        return [str(e)]
    for kind, word, line in tokens:
        if kind == "open":
            stack.append((word, line))
        elif kind == "close":
            if not stack or stack.pop()[0] + word not in ("()", "[]", "{}"):
                faults.append(f"line {line}: {word} closes nothing of its kind")
    faults += [f"line {line}: {word} is never closed" for word, line in stack]
    code = "".join("''" if kind == "string" else "" if kind in ("comment", "here") else word for kind, word, _ in tokens)
    for name, pattern in TOO_NEW.items():
        found = re.search(pattern, code, re.M)
        if found:
            faults.append(f"PowerShell 2.0 lacks {name}: {found.group(0).strip()}")
    for name in NEEDS_A_TEST:
        if name in code and f"Get-Command {name}" not in code:
            faults.append(f"{name} is used without looking whether it is there")
    defined = set(re.findall(r"^function ([\w-]+)", code, re.M))
    cmdlets = {"Join-Path", "Test-Path", "New-Object", "Get-Item", "Remove-Item", "Get-ChildItem", "Where-Object", "Get-Command", "Get-CimInstance", "Get-WmiObject",
               "Get-Process", "Get-TlsCipherSuite", "Compress-Archive", "Write-Output", "Split-Path", "Set-StrictMode"}
    for name in set(re.findall(r"(?<![\w$.:-])([A-Z][a-z]+-[A-Z][A-Za-z]+)\b", code)) - defined - cmdlets:
        faults.append(f"{name}: neither a cmdlet of 2.0 that is allowed nor a function of the script")
    steps = code[code.index("foreach ($step in @("):]
    for name in set(re.findall(r"^ +\{ ([A-Z][\w-]*)", steps, re.M)) - defined:
        faults.append(f"{name}: no such function")
    assigned = set(re.findall(r"\$(\w+)\s*(?:=|\+=|-=|\+\+|--)", code)) | set(re.findall(r"\[[\w\[\]]+\]\$(\w+)", code)) | set(re.findall(r"foreach \(\$(\w+) in", code))
    for name in set(re.findall(r"\$(\w+)", code)) - assigned - {"_", "null", "true", "false", "env", "global", "script", "Matches", "PSVersionTable", "LASTEXITCODE",
                                                                       "ExecutionContext"}:
        faults.append(f"${name} is never set (strict mode ends the script)")
    if "Set-StrictMode -Version 2.0" not in code:
        faults.append("no strict mode")
    if not re.search(r"^param\(", code, re.M) or re.search(r"^\w", code[:code.index("param(")], re.M):
        faults.append("param is not the first statement")
    return faults


# ---- cmd ----

def check_cmd(text):
    faults = []
    lines = text.split("\r\n")
    code = [line for line in lines if not line.startswith(("rem ", "/**/"))]
    labels = {line[1:].lower() for line in code if re.fullmatch(r":\w+", line)}
    used = {w.lower() for w in re.findall(r"(?:call|goto) :(\w+)", "\n".join(code))}
    faults += [f":{name} is called and not there" for name in sorted(used - labels)]
    faults += [f":{name} is never called" for name in sorted(labels - used)]
    for number, line in enumerate(lines, 1):
        if line.startswith(("rem ", "/**/")):
            continue
        for letter in re.findall(r"for (?:/\w )?(?:\"[^\"]*\" )?%%(\w) in", line):
            if f"%%~{letter}" in line and letter.lower() in MODIFIERS:
                faults.append(f"line {number}: %%~{letter} is a modifier")
        if line.count('"') % 2:
            faults.append(f"line {number}: an odd number of quotes")
        if re.match(r"for %%\w in \([^)]*\*", line):
            faults.append(f"line {number}: a pattern in for looks into the current folder")
        if "EnableDelayedExpansion" in line or re.search(r"\bchoice\b|\btimeout\b|\bpause\b|set /p", line):
            faults.append(f"line {number}: waits for somebody, or expands !")
        if len(line) > 8000:
            faults.append(f"line {number}: longer than cmd takes")
    # A routine must not run on into the next one.
    for i, line in enumerate(code):
        before = next((x for x in reversed(code[:i]) if x), "exit /b")
        if re.fullmatch(r":\w+", line) and not re.match(r"(exit /b|goto )", before) and not line.endswith(("_next", "wanted")):
            faults.append(f"{line}: what stands before it runs into it")
    depth = 0
    for number, line in enumerate(lines, 1):
        if line.startswith(("rem ", "/**/")):
            continue
        bare = re.sub(r'"[^"]*"|\'[^\']*\'|echo\(', "", line)
        depth += bare.count("(") - bare.count(")")
        if depth < 0:
            faults.append(f"line {number}: ) without its (")
            depth = 0
    if depth:
        faults.append("( without its )")
    if not re.search(r"\r\nexit /b 0\r\n", text):
        faults.append("no exit /b 0")
    return faults


# ---- both ----

def check_paths(text, form, keys):
    """Every path that the script names is a row's, every row's path is there."""
    faults, allowed = [], {}
    for k in keys:
        path = k["path"]
        allowed[path.lower()] = k  # several rows may name one key
        if form == "cmd" and "\\*\\" in path:
            allowed.setdefault(path.split("\\*\\")[0].lower(), k)
        if form == "cmd" and path.endswith("*"):
            allowed.setdefault(path.rsplit("\\", 1)[0].lower(), k)
        if form == "powershell" and "\\*\\" in path:
            allowed.setdefault((path.split("\\*\\")[0] + "\\*\\").lower(), k)
    shown = {p.lower() for p in PATH.findall(text)}
    faults += [f"{form}: {p} is no row of the table" for p in sorted(shown - set(allowed))]
    for k in keys:
        path = k["path"].lower()
        stem = path.split("\\*\\")[0] if form == "cmd" and "\\*\\" in path else path.rsplit("\\", 1)[0] if form == "cmd" and path.endswith("*") else path
        if stem not in shown:
            faults.append(f"{form}: {k['path']} is not collected")
    trees = [k["path"] for k in keys if k["take"] == "tree"]
    exported = len(re.findall(r"\{ Tree |call :tree \"[\w-]+\" \"HK|call :sql tree", text))
    if exported != len(trees):
        faults.append(f"{form}: {exported} whole keys, the table has {len(trees)}")
    return faults


def check_common(text, form):
    faults = []
    for name, pattern in (("secret", FORBIDDEN_PATHS), ("secret", FORBIDDEN_WORDS), ("change", CHANGES)):
        code = "\n".join(line for line in text.split("\r\n") if not line.startswith(("# ", "rem ", "-- ", "/**/--")))
        found = pattern.search(code)
        if found:
            faults.append(f"{form}: {name}: {found.group(0)}")
    if not text.isascii() or "\t" in text or re.search(r"(?<!\r)\n|\r(?!\n)", text):
        faults.append(f"{form}: ASCII, CR LF, no tabs")
    return faults


def check_sql(text):
    faults = check_common(text, "sql")
    for i, part in enumerate(re.findall(r"SET @q = N'((?:[^']|'')*)';", text)):
        inner = part.replace("''", "'")
        if len(inner) > 4000:
            faults.append(f"query {i} has {len(inner)} characters, @q holds 4000")
        if inner.count("'") % 2 or inner.count("(") != inner.count(")"):
            faults.append(f"query {i}: quotes or parentheses")
    if len({text.count(w) for w in ("BEGIN TRY", "END TRY", "BEGIN CATCH", "END CATCH")}) != 1 or text.count("BEGIN TRY") < 6:
        faults.append("each query stands in a TRY with its CATCH")
    if re.search(r"^GO\b", text, re.M):
        faults.append("GO: the script is one batch")
    return faults


CHECKS = {"powershell": lambda t, k: check_powershell(t) + check_paths(t, "powershell", k) + check_common(t, "powershell"),
          "cmd": lambda t, k: check_cmd(t) + check_paths(t, "cmd", k) + check_common(t, "cmd"), "sql": lambda t, k: check_sql(t)}

# Faults put into a script: each must be found.
BROKEN = {
    "powershell": [("$State = @{", "$State = [ordered]@{"), ("Set-StrictMode -Version 2.0", ""), ("function Utc([DateTime]$Time) {", "function Utc([DateTime]$Time) {{"),
                   ("'Left'", "'Left"), ("New-Object Text.StringBuilder", "[Text.StringBuilder]::new()"), ("Get-Command Get-CimInstance", "Get-Command Get-Process"),
                   ("$bytes.Length -gt $Most", "$bytes.Length -gt $Mots"), ("{ Machine },", "{ Machina },"), ("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa'", "HKLM\\SECURITY\\Policy\\Secrets'"),
                   ("{ Names 'HKLM\\SYSTEM", "{ Tree 'x' 'HKLM\\SYSTEM"), ("@('export', $one", "@('save', $one"), ("'ProductType'", "'DigitalProductId'"), ("\r\n", "\n"),
                   ("Write-Output $Folder", "Invoke-WebRequest $Folder"), ("$one.RawData", "$one.Export('Pfx')"), ("        { Certificates },\r\n", "        { Set-ItemProperty },\r\n"),
                   ("@'\r\n--", "@'\r\n'@\r\n--"), ("-like 'HKEY_*' -and", "-in 'HKEY_*' -and")],
    "cmd": [("call :machine", "call :machin"), ("%%I in", "%%F in"), ("exit /b 0\r\n\r\n:values", "\r\n:values"), ('"%DIR%\\%~1" 2>nul', '"%DIR%\\%~1 2>nul'),
            ("\\Control\\Lsa\"", "\\..\\SAM\""), ("call :names \"HKLM\\SYSTEM", "call :tree \"x\" \"HKLM\\SYSTEM"), ('" export "', '" save "'), (" (\r\n", " \r\n"), ("\r\n", "\n"),
            ("DisableDelayedExpansion", "EnableDelayedExpansion"), ("call :certificates", "pause"), ('"%REG%" query "%P%" /v', '"%REG%" delete "%P%" /v')],
    "sql": [("N''name='' + name", "N''name='' + name + provider_string +"), ("END TRY", "", 1), ("FROM sys.servers", "FROM sys.linked_logins"), ("SET NOCOUNT ON;", "SET NOCOUNT ON;\r\nGO"),
            ("COUNT(*) DESC'", "COUNT(* DESC'"), ("INSERT @o (line) EXEC (@q);", "EXEC sp_configure;")],
}


def check_undo(keys):
    """Of each key that `akushu fix` may write into, the evidence tells whether it is there: else an undo would take it away."""
    faults = []
    with open(os.path.join(harness.ROOT, "data", "fix_values.csv"), encoding="utf-8", newline="") as f:
        written = {r["key"].replace("{instance}", "*").lower() for r in csv.DictReader(f) if r["key"].startswith("HK")}
    for key in sorted(written):
        told = False
        for k in keys:
            path = k["path"].lower()
            told = told or (k["take"] == "tree" and (key + "\\").startswith(path + "\\")) or (k["take"] in ("key", "list") and key == path) or (
                k["take"] == "names" and key.rsplit("\\", 1)[0] == path)
        if not told:
            faults.append(f"nothing tells whether {key} is there")
    return faults if len(written) > 20 else faults + [f"only {len(written)} keys of fix_values.csv"]


def check_usage(binary):
    """Wrong words are refused; --output writes the same script."""
    faults = []
    for words in (["--role=both"], ["--folder=a'b"], ["--folder=C:\\"], ["--instance=SRV\\SQL2"], ["--hours=0"], ["--hours=9999"], ["--script=perl"], ["file"]):
        done = subprocess.run([binary, "collect", *words], capture_output=True)
        if done.returncode != 2 or done.stdout or not done.stderr:
            faults.append(f"collect {' '.join(words)}: status {done.returncode}")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "c.ps1")
        if run(binary, "--output=" + path) != "" or open(path, newline="").read() != run(binary):
            faults.append("--output writes another script")
        done = subprocess.run([binary, "collect", "-o", os.path.join(folder, "no", "c.ps1")], capture_output=True)
        if done.returncode != 3:
            faults.append(f"--output into no folder: status {done.returncode}")
    return faults


def self_test(scripts, keys):
    faults = []
    for form, changes in BROKEN.items():
        for change in changes:
            broken = scripts[form].replace(change[0], change[1], 1)
            if change[0].startswith("%%I"):
                broken = scripts[form].replace("%%I", "%%F").replace("%%~zI", "%%~F")
            if broken == scripts[form]:
                faults.append(f"{form}: {change[0]!r} is not in the script any more")
            elif not CHECKS[form](broken, keys):
                faults.append(f"{form}: the checks do not see {change[0]!r} become {change[1]!r}")
    return faults


# ---- Wine ----

MACHINE = r"""REGEDIT4

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server]
"Enabled"=dword:00000000

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Microsoft SQL Server\Instance Names\SQL]
"MSSQLSERVER"="MSSQL12.MSSQLSERVER"
"SQL2"="MSSQL16.SQL2"

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Microsoft SQL Server\MSSQL16.SQL2\Setup]
"Version"="16.0.4135.4"
"PatchLevel"="16.0.4135.4"
"Edition"="Developer Edition"
"SQLCluster"=dword:00000000
"DigitalProductID"="NOT TO BE TAKEN"

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Microsoft SQL Server\MSSQL16.SQL2\MSSQLServer\SuperSocketNetLib]
"ForceEncryption"=dword:00000001

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Microsoft SQL Server\MSSQL16.SQL2\MSSQLServer\SuperSocketNetLib\Tcp\IPAll]
"TcpPort"="14330"

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Microsoft SQL Server\MSSQL16.SQL2\MSSQLServer\Parameters]
"SQLArg0"="-dC:\\data (x86)\\master.mdf"
"SQLArg1"="-eC:\\data (x86)\\ERRORLOG"

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\{A}]
"DisplayName"="Microsoft ODBC Driver 17 for SQL Server"
"DisplayVersion"="17.10.3.1"

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\{B}]
"DisplayName"="NOT TO BE TAKEN"

[HKEY_LOCAL_MACHINE\SOFTWARE\ODBC\ODBCINST.INI\ODBC Drivers]
"ODBC Driver 17 for SQL Server"="Installed"

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\.NETFramework\v4.0.30319]
"SchUseStrongCrypto"=dword:00000001
"""
ERRORLOG = ("2026-11-22 10:00:00.12 Server      Microsoft SQL Server 2022 (RTM-CU14) - 16.0.4135.4 (X64)\r\n"
            "2026-11-22 10:00:00.12 Server      UTC adjustment: 9:00\r\n"
            "2026-11-22 10:00:01.12 Server      Server name is 'SQLBOX\\SQL2'. This is an informational message only.\r\n"
            "2026-11-22 10:05:00.12 Logon       Error: 17836, Severity: 20, State: 14.\r\n"
            "2026-11-22 10:05:00.12 Logon       Length specified in network packet payload did not match number of bytes read; "
            "the connection has been closed. & | < > ^ % ! [CLIENT: 192.0.2.7]\r\n")


def with_wine(binary):
    if not shutil.which("wine"):
        print("wine: not installed, skipped")
        sys.exit(harness.SKIP)
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        env = dict(os.environ, WINEPREFIX=os.path.join(folder, "prefix"), WINEDEBUG="-all", DISPLAY="")
        drive = os.path.join(folder, "prefix", "drive_c")
        subprocess.run(["wine", "wineboot", "-i"], env=env, capture_output=True, timeout=300)
        if not os.path.isdir(drive):
            print("wine: makes no prefix here, skipped")
            sys.exit(harness.SKIP)
        os.makedirs(os.path.join(drive, "data (x86)"))
        os.makedirs(os.path.join(drive, "out"))
        with open(os.path.join(drive, "data (x86)", "ERRORLOG"), "w", newline="") as f:
            f.write(ERRORLOG)
        with open(os.path.join(drive, "machine.reg"), "w", newline="\r\n") as f:
            f.write(MACHINE)
        subprocess.run(["wine", "reg", "import", "C:\\machine.reg"], env=env, capture_output=True, timeout=60)
        with open(os.path.join(drive, "collect.cmd"), "w", newline="") as f:
            f.write(run(binary, "--script=cmd", "--folder=C:\\out"))
        for turn in (1, 2):  # the second time into the same folder
            done = subprocess.run(["wine", "cmd", "/c", "C:\\collect.cmd"], env=env, capture_output=True, timeout=300)
            if done.returncode != 0 or done.stderr.strip() or not done.stdout.decode().strip().startswith("C:\\out\\akushu-"):
                faults.append(f"run {turn}: status {done.returncode}: {done.stdout.decode()!r} {done.stderr.decode()!r}")
        found = os.listdir(os.path.join(drive, "out"))
        out = os.path.join(drive, "out", found[0])
        size = sum(os.path.getsize(os.path.join(out, n)) for n in os.listdir(out))
        everything = b"".join(open(os.path.join(out, n), "rb").read() for n in os.listdir(out))
        for secret in ("NOT TO BE TAKEN", "DigitalProductID"):
            if secret.encode() in everything or secret.encode("utf-16-le") in everything:
                faults.append(f"{secret} was taken")
        if size > 300 * 1024:
            faults.append(f"{size} bytes")
        done = subprocess.run([binary, "read", "--format=jsonl", out], capture_output=True, timeout=120)
        lines = [json.loads(x) for x in done.stdout.decode().splitlines()]
        if done.returncode == 3:
            faults.append(f"read does not take all of it: {done.stderr.decode()}")
        text = json.dumps(lines)
        for wanted in ("16.0.4135.4", "14330", "17.10.3.1", '"17836"', "192.0.2.7"):
            if wanted not in text:
                faults.append(f"read does not tell {wanted}")
        subprocess.run(["wineserver", "-k"], env=env, capture_output=True, timeout=60)
    harness.finish(faults, f"collect.wine: {size} bytes in {len(os.listdir(out)) if os.path.isdir(out) else 'a folder of'} files, read back")


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("--wine", action="store_true", help="run the .cmd by Wine")
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    if a.wine:
        with_wine(a.akushu)
        return
    keys, faults = rows(), []
    scripts = {form: run(a.akushu, f"--script={form}") for form in CHECKS}
    if run(a.akushu) != scripts["powershell"] or run(a.akushu, "--script") != scripts["powershell"]:
        faults.append("collect and collect --script print another script")
    for form, check in CHECKS.items():
        faults += check(scripts[form], keys)
    for role in ("client", "server"):
        mine = [k for k in keys if k["role"] in ("both", role)]
        for form in ("powershell", "cmd"):
            text = run(a.akushu, f"--script={form}", f"--role={role}", "--hours=48", "--instance=SQL2", "--folder=\\\\srv\\share")
            if role == "server":
                faults += [f"{role}: {x}" for x in CHECKS[form](text, mine)]
            else:
                faults += [f"{role}: {x}" for x in check_common(text, form)]
                faults += [f"{role}: {k['path']} is a server's" for k in keys if k["role"] == "server" and f"Instance Names" in k["path"] and f"{k['path']}'" in text]
    faults += check_undo(keys) + check_usage(a.akushu) + self_test(scripts, keys)
    harness.finish(faults, f"collect: {len(keys)} keys, {sum(map(len, BROKEN.values()))} faults put in and found; {', '.join(f'{k} {len(v)} bytes' for k, v in scripts.items())}")


if __name__ == "__main__":
    main()
