#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Cipher strings must mean to akushu what they mean to OpenSSL: many are expanded by both and compared, order included.

usage: ciphers_test.py --driver PATH [--seed N] [--count N]
"""
import argparse
import os
import random
import shutil
import subprocess
import sys

WRITTEN = """DEFAULT|ALL|HIGH|MEDIUM:HIGH|DEFAULT:!kRSA|HIGH:!aNULL:!MD5|ECDHE+AESGCM:DHE+AESGCM|EECDH+AESGCM:EDH+AESGCM:AES256+EECDH
ALL:!COMPLEMENTOFDEFAULT:!eNULL|ALL:COMPLEMENTOFALL|kEECDH:kRSA:kEDH:kPSK:kDHEPSK:kECDHEPSK:-aDSS:-3DES:!DES:!RC4:!RC2:!IDEA:-SEED:!eNULL:!aNULL:!MD5
ECDHE-RSA-AES256-GCM-SHA384|AES128-SHA:AES256-SHA|ECDHE:!ECDSA:+AES128|DEFAULT:-AES256:+SHA1|HIGH:+kRSA|ALL:@STRENGTH|AES:-AES256:AES256
kRSA+AES:!SHA1|SHA256:SHA384|TLSv1.2:!aNULL|SSLv3|TLSv1|CAMELLIA+kRSA:AESCCM:AESCCM8|FIPS|CHACHA20|eNULL|aNULL|PSK|SRP|ARIA|DSS
ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256
HIGH:!nonsense|nonsense:AES128-SHA|!AES128:AES128-SHA:AES256-SHA|AES128-SHA,AES256-SHA;DHE-RSA-AES128-SHA|CBC:!SHA1|kRSA:-SHA256:kRSA
SUITEB128|SUITEB192|SUITEB128ONLY|COMPLEMENTOFDEFAULT|ADH:AECDH|EDH|kDHE:-DHE|ECDH+aRSA|aRSA+AESGCM|AES256:AES128:+AESGCM:-SHA|DEFAULT:+DEFAULT"""
NAMES = ("kRSA aRSA kDHE DHE EDH kECDHE ECDHE EECDH ECDH aECDSA ECDSA aDSS AES AES128 AES256 AESGCM AESCCM AESCCM8 CAMELLIA CAMELLIA128 CHACHA20 ARIA "
         "SHA1 SHA256 SHA384 HIGH MEDIUM ALL TLSv1.2 TLSv1 SSLv3 PSK kPSK SRP aNULL eNULL MD5 CBC COMPLEMENTOFDEFAULT RSA NULL DSS ADH 3DES RC4 "
         "ECDHE-RSA-AES256-GCM-SHA384 AES128-SHA DHE-RSA-AES128-SHA256 ECDHE-ECDSA-CHACHA20-POLY1305 AES256-GCM-SHA384").split()


def made(rnd):
    rules = ["DEFAULT"] if rnd.random() < 0.2 else []
    for _ in range(rnd.randint(1, 6)):
        names = rnd.sample(NAMES, rnd.choice([1, 1, 1, 2, 3]))
        # A suite stands for itself: what "+" makes of it differs from version to version of OpenSSL.
        names = names[:1] if "-" in "".join(names) or "COMPLEMENTOFDEFAULT" in names else names
        # A string that begins with "-" would be an option of the tool.
        rules.append(rnd.choice(["", "", "", "", "-", "!", "+"] if rules else [""]) + "+".join(names))
    if rnd.random() < 0.15:
        rules.append("@STRENGTH")
    return ":".join(rules)


def real(string):
    done = subprocess.run(["openssl", "ciphers", "-s", "-psk", "-srp", "-V", string], capture_output=True, text=True, env={**os.environ, "OPENSSL_CONF": "/dev/null"})
    codes = [line.split()[0].replace("0x", "").replace(",", "") for line in done.stdout.splitlines()] if done.returncode == 0 else []
    return [c for c in codes if not c.startswith("13")]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--driver", required=True)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--count", type=int, default=400)
    a = ap.parse_args()
    if not shutil.which("openssl"):
        sys.exit(77)
    rnd = random.Random(a.seed)
    strings = [s for line in WRITTEN.splitlines() for s in line.split("|")]
    levels = [f"{s}:@SECLEVEL={level}" for s in strings for level in range(6)]
    levels += [f"{made(rnd)}:@SECLEVEL={rnd.choice([0, 0, 0, 1, 2, 3])}" for _ in range(a.count)]
    done = subprocess.run([a.driver], input="".join(f"ciphers {s}\n" for s in levels) + "quit\n", capture_output=True, text=True)
    answers = done.stdout.splitlines()
    wrong = 0
    for string, answer in zip(levels, answers):
        ours = [c for c in answer.split() if not c.startswith("13")] if answer != "none" else []
        theirs = real(string)
        if ours != theirs:
            wrong += 1
            if wrong <= 10:
                print(f"{string}\n  akushu:  {' '.join(ours)}\n  OpenSSL: {' '.join(theirs)}")
    good = len(answers) == len(levels)
    print(f"{len(levels)} cipher strings, {wrong} differ" + ("" if good else f"; only {len(answers)} answers: {done.stderr[-400:]}"))
    sys.exit(1 if wrong or not good else 0)


if __name__ == "__main__":
    main()
