#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`akushu predict`, and registries given to `akushu read`, as a new user meets them.

usage: predict_test.py --akushu PATH
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.path.join(ROOT, "tests", "golden")
JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
CHECKS = []

TLS12_OFF = """Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Client]
"Enabled"=dword:00000000
"""
ONLY_12 = "".join(
    f"[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS {v}\\Server]\n"
    '"Enabled"=dword:00000000\n\n' for v in ("1.0", "1.1"))
CURRENT = """[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]
"CurrentBuild"="17763"
"ProductName"="Windows Server 2019 Standard"
"InstallationType"="Server"

"""


def check(function):
    CHECKS.append(function)
    return function


class Runner:
    def __init__(self, akushu, folder):
        self.akushu, self.folder = akushu, folder

    def __call__(self, *words, status=0, env=None, data=None):
        base = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
        done = subprocess.run([self.akushu, *words], capture_output=True, check=False, input=data,
                              env={**base, "LC_ALL": "C", "NO_COLOR": "1", **(env or {})}, cwd=self.folder)
        out, err = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == status, f"{' '.join(words)}: exit {done.returncode}, not {status}\n{out[-600:]}\n{err}"
        return out, err

    def file(self, name, text, encoding="utf-8"):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode(encoding))
        return name

    def result(self, *words, status=0):
        return json.loads(self("predict", "--format=jsonl", *words, status=status)[0])["akushu"]


@check
def names_are_listed(run):
    out, _ = run("predict", "--list")
    for alias in ("win7", "ws2025", "odbc18", "tedious-19", "jdk8", "sql2022"):
        assert re.search(rf"^{re.escape(alias)} ", out, re.M), alias
    assert all(len(line) <= 100 for line in out.splitlines())


@check
def wrong_words_tell_what_to_do(run):
    for words, status, said in (
            (["predict"], 2, "a client and a server are needed"),
            (["predict", "win7", "ws2022", "ws2025"], 2, "a client and a server are needed"),
            (["predict", "win77", "ws2022"], 2, "'win7' is most like it"),
            (["predict", "ws2022", "tedious-19"], 2, "stands in the server's place"),
            (["predict", "odbc18@nowhere", "ws2022"], 2, "DRIVER@SYSTEM is needed"),
            (["predict", "nobody+x.reg", "ws2022"], 2, "SYSTEM+FILE is needed"),
            (["predict", "win7+none.reg", "ws2022"], 3, "No such file"),
            (["predict", "--certificate=rsa9", "win7", "ws2022"], 2, "rsa2048-sha256"),
            (["predict", "--format=csv", "win7", "ws2022"], 2, "text or jsonl"),
            (["predict", "--role=both", "win7"], 2, "client|server"),
            (["read", "--certificate=rsa2048-sha256", "x"], 2, "takes no option --certificate")):
        _, err = run(*words, status=status)
        assert said in err, f"{words}: {err}"


@check
def an_export_changes_a_system(run):
    path = run.file("off.reg", TLS12_OFF)
    a = run.result(f"win10-22h2+{path}", "ws2022")
    assert a["result"]["version"] == "1.1", a["result"]
    b = run.result(f"win10-22h2+{path}", "ws2022+" + run.file("only12.reg", "REGEDIT4\n\n" + ONLY_12), status=1)
    assert b["result"]["refusal"] == "no-common-version" and b["changes"][0]["result"]["version"] == "1.2", b
    _, err = run("predict", path, "ws2022", status=2)
    assert "win10-22h2+FILE" in err, err


@check
def an_export_that_knows_its_windows_stands_alone(run):
    text = "Windows Registry Editor Version 5.00\r\n\r\n" + (CURRENT + ONLY_12).replace("\n", "\r\n")
    path = run.file("server/all.reg", b"\xff\xfe" + text.encode("utf-16-le"))
    for word in (path, "server"):
        a = run.result("win7", word, status=1)
        assert a["result"]["refusal"] == "no-common-version" and a["server"]["about"].endswith("2019 Standard"), a
    out, _ = run("read", path)
    assert "off (registry: Enabled=0)" in out and "Windows Server 2019 Standard" in out, out
    lines = [json.loads(line) for line in run("read", "--format=jsonl", path)[0].splitlines()]
    host = next(line for line in lines if line["akushu"]["kind"] == "host")
    states = {(p["protocol"], p["role"]): p["state"] for p in host["akushu"]["protocols"]}
    assert states["TLS 1.0", "server"] == "off" and states["TLS 1.2", "server"] == "on", states


@check
def a_captured_hello_stands_for_its_client(run):
    capture = os.path.join(GOLDEN, "clients-fail-alert70-ted")
    capture = next(os.path.join(capture, n) for n in os.listdir(capture) if n.endswith(".pcap"))
    assert run.result(capture, "ws2022")["result"]["version"] == "1.2"
    assert run.result(capture + "#1", "ws2022")["result"]["version"] == "1.2"
    run("predict", capture + "#99", "ws2022", status=3)
    run("predict", "win7", capture, status=2)


@check
def configuration_texts_are_parties(run):
    cnf = run.file("openssl.cnf", "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nMinProtocol = TLSv1.3\n")
    assert run.result(cnf, "ws2012r2", status=1)["result"]["refusal"] == "no-common-version"
    suites = run.file("suites.txt", "TLS_RSA_WITH_AES_128_CBC_SHA\n")
    a = run.result(suites, "ws2025", status=1)
    assert a["result"]["refusal"] == "no-common-suite", a["result"]


@check
def the_certificate_counts(run):
    assert run.result("--certificate=ec256-sha256", "win10", "ws2022")["result"]["cipher"].startswith("TLS_ECDHE_ECDSA")
    assert run.result("--certificate=rsa2048-md5", "ws2012r2", "ws2012r2", status=1)["result"]["refusal"] == "certificate-hash-refused"
    key, pem = os.path.join(run.folder, "k.pem"), os.path.join(run.folder, "c.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", pem,
                    "-subj", "/CN=sql01", "-days", "30"], check=True, capture_output=True)
    a = run.result(f"--certificate={pem}", "win10", "ws2022")
    assert a["result"]["cipher"].startswith("TLS_ECDHE_ECDSA") and "certificate" not in a["assumed"], a
    _, err = run("predict", f"--certificate={key}", "win10", "ws2022", status=3)
    assert "no certificate" in err and "PRIVATE" not in err


@check
def it_fits_a_narrow_terminal_and_speaks_japanese(run):
    out, _ = run("predict", "win7", "ws2022", env={"LC_ALL": "ja_JP.UTF-8"})
    assert JAPANESE.search(out) and "TLS_ECDHE_RSA" in out
    out, _ = run("predict", "xp", "ws2025", status=1)
    assert "FAILS" in out and "akushu explain no-common-suite" in out and "--all" in out
    out, _ = run("predict", "--all", "xp", "ws2025", status=1)
    assert "more with --all" not in out


@check
def broken_registries_are_told(run):
    head = run.file("cut.hiv", b"regf" + bytes(508))
    _, err = run("read", head, status=3)
    assert "cut.hiv" in err, err
    bad = run.file("bad.reg", "REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft]\n\"a\"=dword:zz\n\"b\"=dword:1\n")
    out, _ = run("read", bad, status=3)
    assert "1 places could not be read, the first at 4" in out, out


@check
def two_exports_of_the_same_keys_are_two_machines(run):
    run.file("two/a.reg", "Windows Registry Editor Version 5.00\n\n" + CURRENT)
    run.file("two/b.reg", "Windows Registry Editor Version 5.00\n\n" + CURRENT.replace("17763", "20348"))
    out, _ = run("read", "--format=jsonl", "two")
    kinds = [json.loads(line)["akushu"]["kind"] for line in out.splitlines()]
    assert kinds.count("host") == 2, kinds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--akushu", required=True)
    options = parser.parse_args()
    failed = 0
    for function in CHECKS:
        with tempfile.TemporaryDirectory() as folder:
            try:
                function(Runner(os.path.abspath(options.akushu), folder))
            except AssertionError as error:
                failed += 1
                print(f"{function.__name__}: FAILED: {error}")
    print(f"{len(CHECKS)} checks, {failed} failed")
    return 1 if failed or len(CHECKS) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
