#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the certificates of golden cases, in all the forms in which people hand them over.

usage: mkcert.py CASE_FOLDER...        from certificates.txt to the folder evidence/

certificates.txt, one statement a line (# comments):
  cert NAME key=rsa:2048|ec:prime256v1 hash=sha256 subject=/CN=sql01 san=DNS:sql01 from=20260101 to=20280101 issuer=NAME ca=1
            eku=serverAuth usage=keyEncipherment
  pem FILE NAME...  ·  der FILE NAME  ·  p7b FILE NAME...
  pfx FILE NAME password=TEXT [csp=PROVIDER] [keyspec=1|2] [old=1]     old: RC2 and 3DES, as Windows up to 2016 wrote
  sst FILE NAME[,PROPERTY...]...
  reg FILE TEMPLATE                     a registry export (UTF-16LE) from a text of the case's folder: {thumbprint NAME} and
                                        {blob NAME[,PROPERTY...]} are replaced
  text FILE TEMPLATE                    another text, as it stands (UTF-8), with the same replacements
PROPERTY: keyspec=N · cng · nokey (the default is a legacy provider with keyspec=1) · purposes=none|server|client · name=TEXT

A case is made once: keys are new each time.
"""
import hashlib
import os
import re
import shlex
import struct
import subprocess
import sys
import tempfile

import mkcap

LEGACY, CNG = "Microsoft RSA SChannel Cryptographic Provider", "Microsoft Software Key Storage Provider"
PURPOSES = {"none": b"\x30\x00", "server": bytes.fromhex("300a06082b06010505070301"), "client": bytes.fromhex("300a06082b06010505070302")}


def prop(number, value):
    return struct.pack("<III", number, 1, len(value)) + value


def wide(text):
    return text.encode("utf-16-le") + b"\0\0"


def key_info(provider, kind, spec):
    """CRYPT_KEY_PROV_INFO as it is stored: offsets from its own beginning."""
    container = wide("akushu-test-0001")
    head = struct.pack("<7I", 28, 28 + len(container), kind, 0x20, 0, 0, spec)
    return head + container + wide(provider)


def entry(der, properties):
    """Properties, then the certificate."""
    options = dict(p.partition("=")[::2] for p in properties)
    out = prop(3, hashlib.sha1(der).digest())
    if "nokey" not in options:
        cng = "cng" in options
        out += prop(2, key_info(CNG if cng else LEGACY, 0 if cng else 12, 0 if cng else int(options.get("keyspec", "1"))))
    if "purposes" in options:
        out += prop(9, PURPOSES[options["purposes"]])
    if "name" in options:
        out += prop(11, wide(options["name"]))
    return out + prop(32, der)


class Case:
    def __init__(self, folder, work):
        self.folder, self.certificates = folder, mkcap.Certificates(work)
        self.out = os.path.join(folder, "evidence")
        os.makedirs(self.out, exist_ok=True)

    def write(self, name, data):
        path = os.path.join(self.out, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)

    def openssl(self, *command):
        done = subprocess.run(["openssl", *command], capture_output=True)
        if done.returncode:
            raise SystemExit(f"openssl {' '.join(command)}: {done.stderr.decode()}")
        return done.stdout

    def pem(self, names):
        return b"".join(open(self.certificates.path(n, "pem"), "rb").read() for n in names)

    def listed(self, item):
        name, *properties = item.split(",")
        return entry(self.certificates.der[name], properties)

    def fill(self, template):
        with open(os.path.join(self.folder, template), encoding="utf-8") as f:
            text = f.read()
        text = re.sub(r"\{thumbprint (\w+)\}", lambda m: hashlib.sha1(self.certificates.der[m[1]]).hexdigest(), text)
        return re.sub(r"\{blob ([^}]+)\}", lambda m: "hex:" + ",".join(f"{b:02x}" for b in self.listed(m[1])), text)

    def pfx(self, name, words):
        options = dict(w.partition("=")[::2] for w in words[1:])
        path = self.certificates.path
        command = ["pkcs12", "-export", "-inkey", path(words[0], "key"), "-in", path(words[0], "pem"), "-passout", "pass:" + options.get("password", "")]
        command += ["-legacy"] if "old" in options else []
        command += ["-CSP", options["csp"]] if "csp" in options else []
        command += {"1": ["-keyex"], "2": ["-keysig"]}.get(options.get("keyspec"), [])
        self.write(name, self.openssl(*command))

    def statement(self, words):
        what, name, rest = words[0], words[1], words[2:]
        if what == "cert":
            self.certificates.make(name, dict(w.partition("=")[::2] for w in rest))
        elif what == "pem":
            self.write(name, self.pem(rest))
        elif what == "der":
            self.write(name, self.certificates.der[rest[0]])
        elif what == "p7b":
            whole = self.certificates.path("whole", "pem")
            with open(whole, "wb") as f:
                f.write(self.pem(rest))
            self.write(name, self.openssl("crl2pkcs7", "-nocrl", "-certfile", whole, "-outform", "DER"))
        elif what == "pfx":
            self.pfx(name, rest)
        elif what == "sst":
            self.write(name, b"\0\0\0\0CERT" + b"".join(map(self.listed, rest)) + bytes(12))
        elif what == "reg":
            self.write(name, b"\xff\xfe" + self.fill(rest[0]).replace("\n", "\r\n").encode("utf-16-le"))
        elif what == "text":
            self.write(name, self.fill(rest[0]).encode())
        else:
            raise SystemExit(f"{what}: no such statement")


def main():
    for folder in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as work, open(os.path.join(folder, "certificates.txt"), encoding="utf-8") as f:
            case = Case(folder, work)
            for line in f:
                words = shlex.split(line, comments=True)
                if words:
                    case.statement(words)


if __name__ == "__main__":
    main()
