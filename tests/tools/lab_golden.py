#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden cases from the lab: a real client, `akushu lab` and tcpdump make tests/golden/lab-SCENARIO-fires, and -near after the remedy.

usage: lab_golden.py [--akushu PATH] [CASE...]

CASES says which scenario of tests/e2e/lab_scenarios.py proves which rule. A case that exists is left as it is unless it is named: its
recording is evidence, and a new one has other ports, times and keys. What was recorded anew must be blessed and looked at:
golden.py --bless CASE. Needs what the end-to-end tests need (tcpdump, the clients, a network namespace).
"""
import os
import sys
import tempfile

import capfile
import harness

sys.path[:0] = [os.path.join(harness.ROOT, "tests", "e2e")]
import lab  # noqa: E402
import run  # noqa: E402
import scenarios  # noqa: E402

# scenario: rule and grade
CASES = {
    "accept-starvation": "accept-starvation likely",
    "certificate-expired": "certificate-expired likely",
    "certificate-hash-refused": "certificate-hash-refused likely",
    "certificate-name-mismatch": "certificate-name-mismatch likely",
    "certificate-untrusted": "certificate-untrusted likely",
    "client-certificate-required": "client-certificate-required likely",
    "cluster-nodes-differ": "cluster-nodes-differ likely",
    "dh-group-refused": "dh-group-refused likely",
    "dhe-leading-zero": "dhe-leading-zero likely",
    "driver-too-old": "driver-too-old likely",
    "ems-mismatch": "ems-mismatch likely",
    "endpoint-no-cipher": "no-common-suite possible",
    "huge-certificate": "closed-by-client possible",
    "idle-drop": "idle-drop likely",
    "kerberos-not-tls": "kerberos-not-tls certain",
    "login-downgraded": "login-downgraded certain",
    "middlebox-reset": "middlebox-reset likely",
    "no-common-alpn": "no-common-alpn likely",
    "record-splitting": "record-splitting possible",
    "renegotiation-refused": "reset-after-login possible",
    "rsa-key-too-short": "rsa-key-too-short possible",
    "server-build-too-old": "server-build-too-old likely",
    "service-requires-tls12": "service-requires-tls12 certain",
    "signature-algorithm-mismatch": "signature-algorithm-mismatch likely",
    "slow-connect": "slow-connect likely",
    "tls-inspection": "tls-inspection likely",
    "tls13-in-prelogin": "tls13-in-prelogin likely",
}
MOST = 200 * 1024  # bytes of a recording


def cases():
    """{case: (end-to-end scenario, what expect.txt says)}"""
    found = {}
    for name, rule in CASES.items():
        found[f"lab-{name}-fires"] = f"lab-{name}", f"fires {rule}"
        found[f"lab-{name}-near"] = f"lab-{name}-fixed", f"never {rule.split()[0]}"
    return found


def record(prefix, name, scenario, o, certificates):
    """What is wrong, or None. The datagram that ends every recording of the end-to-end tests is left out."""
    wanted = next(s for s in scenarios.TABLE if s.name == scenario)
    place = os.path.join(harness.GOLDEN, name)
    with tempfile.TemporaryDirectory(prefix="akushu-golden-") as folder:
        try:
            result = run.recorded(prefix, wanted, o, folder, certificates)
        except lab.Problem as problem:
            return str(problem)
        lacks = [text for text in wanted.says if text not in result["said"]]
        if result["problem"] or lacks:
            return result["problem"] or f"the client does not say {lacks}: {result['said'][-300:]}"
        frames = [f for f in capfile.read(os.path.join(folder, "capture.pcap")) if lab.MARK not in f.data]
    os.makedirs(place, exist_ok=True)
    path = os.path.join(place, "capture.pcap")
    capfile.write_pcap(path, frames)
    return f"{os.path.getsize(path)} bytes, more than {MOST}" if os.path.getsize(path) > MOST else None


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("cases", nargs="*", metavar="CASE")
    o = ap.parse_args()
    known = cases()
    if set(o.cases) - set(known):
        ap.error(f"no such case: {', '.join(sorted(set(o.cases) - set(known)))}")
    harness.need_binary(o.akushu)
    o.akushu, o.rounds, o.record_only = os.path.abspath(o.akushu), 1, True
    chosen = o.cases or [n for n in known if not harness.capture(n)]
    prefix, tools = lab.isolation(), lab.Tools()
    needs = sorted({n for name in chosen for s in scenarios.TABLE if s.name == known[name][0] for n in s.needs})
    reason = run.may_record(prefix) or tools.missing(["openssl", *needs])
    if reason:
        print(f"skipped: {reason}")
        sys.exit(harness.SKIP)

    def one(name):
        scenario, statement = known[name]
        wrong = record(prefix, name, scenario, o, certificates)
        if wrong:
            return [f"{name}: {wrong}"]
        with open(os.path.join(harness.GOLDEN, name, "expect.txt"), "w", encoding="utf-8") as f:
            f.write(f"# akushu lab {scenario[4:].removesuffix('-fixed')}{' --fixed' if scenario.endswith('-fixed') else ''}: "
                    f"recorded by lab_golden.py\n{statement}\n")
        return []

    with tempfile.TemporaryDirectory(prefix="akushu-golden-certs-") as certificates:
        os.chmod(certificates, 0o755)
        if chosen:
            lab.Certificates(certificates).make()
        wrong = [w for part in harness.pool(one, chosen, 3) for w in part]
    harness.finish(wrong, f"{len(chosen)} cases recorded")


if __name__ == "__main__":
    main()
