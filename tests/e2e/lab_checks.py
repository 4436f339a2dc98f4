# SPDX-License-Identifier: Apache-2.0
"""What `akushu check` makes of every server of `akushu lab`, in the scenarios of lab_scenarios.py.

The check has the options of the client that fails. It names the rule of the scenario, unless `why` says why another one is right; the
same options find nothing wrong with the server after the remedy, in at most three connections to an address.
"""
import scenarios
from checks import LOGIN, MOST_AT_ONCE, MOST_HEALTHY, MOST_ZERO, Check

HOST = "0d9f7bd6.ods.opinsights.azure.com"
AGENTS = "we-jobruntimedata-prod-su1.azure-automation.net"
WEB = "https://127.0.0.1:PORT"
NODES = "127.0.0.1:PORT 127.0.0.2:PORT"
OLD, TEDIOUS = "--as=ws2008", "--as=tedious-19"
TRUSTING = "--verify --ca=TRUSTED"
AT = {s.name: s for s in scenarios.TABLE}


def attach(name, *checks):
    """Checks of a scenario: they run when its client is through."""
    AT[f"lab-{name}"].check = checks
    AT[f"lab-{name}"].seconds += sum(c.seconds or 1 for c in checks)


def healthy(name, options="", server="127.0.0.1:PORT", most=MOST_HEALTHY, **wants):
    attach(name, Check(options, {}, server, most=most, at_once=at_once(options), wants={"failed": 0, **wants}))


def at_once(options):
    return 0 if "--repeat" in options else MOST_AT_ONCE


def failing(name, options="", found=None, server="127.0.0.1:PORT", fixed=None, most_fixed=MOST_HEALTHY, status=1, **more):
    """`fixed`: other options with which the server after the remedy is checked; "" for none of these."""
    attach(name, Check(options, found, server, status, at_once=at_once(options), **more))
    if f"lab-{name}-fixed" in AT:
        healthy(f"{name}-fixed", options if fixed is None else fixed, server, most_fixed)


# ---------------------------------------------------------------- nothing is wrong

for version, options in (("1.0", OLD), ("1.2", "")):
    healthy(f"login-tsql-{version}", f"{options} {LOGIN}", end="reached", version=version, login=True, encryption_forced=False)
for version in ("1.2", "1.3"):
    healthy(f"login-tedious-strict-{version}", f"--encrypt=strict --verify --ca=TRUSTED {LOGIN}", end="reached", version=version, login=True)
for party in ("ws2012r2", "sql2014", "sql2016", "sql2019", "sql2022", "ws2022"):
    healthy(f"as-{party}")
healthy("browser", server=r"127.0.0.1\LAB")
attach("routing", Check(LOGIN, {}, most=MOST_HEALTHY))
attach("wrong-password", Check(LOGIN, {"login-refused": "certain"}, status=1, most=MOST_HEALTHY, wants={"login_error": 18456}))
attach("as-ws2008r2-tedious", Check(TEDIOUS, {"no-common-version": "certain"}, status=1, wants={"decides": "versions"}))

# ---------------------------------------------------------------- S1 to S6, T1 to T10

failing("no-common-version", TEDIOUS, {"no-common-version": "certain"}, wants={"decides": "versions", "end": "rejected"})
failing("old-client", OLD, {"no-common-version": "certain"}, wants={"proof.version": "1.2"})
failing("no-common-suite", "", {"no-common-suite": "certain"}, wants={"end": "fin", "proof.cipher": "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"})
failing("no-common-suite-rst", TEDIOUS, {"no-common-suite": "certain"}, wants={"end": "rst"})
failing("no-common-suite-alert", TEDIOUS, {"no-common-suite": "certain"}, wants={"end": "alert", "alert": 40})
ZERO = {"most_fixed": MOST_HEALTHY + MOST_ZERO, "most": MOST_HEALTHY + MOST_ZERO}
failing("dhe-leading-zero", f"--leading-zero {TEDIOUS}", {"dhe-leading-zero": "certain"}, wants={"leading_zero": "keeps-zero"}, **ZERO)
failing("dhe-leading-zero-rare", "--leading-zero", {"dhe-leading-zero": "certain"}, wants={"leading_zero": "keeps-zero"}, **ZERO)
failing("dhe-yc-padded", f"--leading-zero {TEDIOUS}", {"dhe-leading-zero": "certain"}, wants={"leading_zero": "refuses-yc"}, **ZERO)
failing("certificate-hash-refused", "", {"certificate-hash-refused": "certain"}, wants={"decides": "signature-algorithms"})
failing("certificate-hash-refused-alone", TEDIOUS, {"certificate-hash-refused": "certain"})
failing("weak-intermediate", "", {"certificate-hash-refused": "certain"}, wants={"decides": "signature-algorithms"})
failing("accept-starvation", "--repeat=40 --concurrency=20 --timeout=6", {"accept-starvation": "likely", "slow-connect": "likely"}, seconds=40)
failing("rsa-key-exchange-disabled", "--as=AES128-SHA:AES256-SHA", {"no-common-suite": "certain"})
failing("ecdsa-certificate", "--as=ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA", {"no-common-suite": "certain"})
failing("cluster-nodes-differ", "--server-name=localhost", {"cluster-nodes-differ": "certain"}, NODES, wants={"failed": 0})
failing("driver-too-old", OLD, {"no-common-version": "certain"}, why="one check is one client: it cannot know of the newer drivers beside it")
failing("reset-after-login", LOGIN, {"reset-after-login": "possible"}, wants={"stage": "P6", "end": "rst"})
failing("kerberos-not-tls", LOGIN, {"kerberos-not-tls": "certain"}, wants={"login_error": 18452})
failing("policy-without-old-suites", OLD, {"no-common-version": "certain"}, wants={"decides": "versions"})
failing("server-build-too-old", "", {"server-build-too-old": "certain"})

# ---------------------------------------------------------------- more with the same face

failing("private-key-unusable", "", {"closed-by-server": "possible"})
failing("certificate-expired", "--verify", {"certificate-expired": "certain"}, fixed=TRUSTING)
failing("certificate-not-yet-valid", "--verify", {"certificate-expired": "likely"}, fixed=TRUSTING)
failing("certificate-name-mismatch", TRUSTING, {"certificate-name-mismatch": "likely"})
failing("certificate-untrusted", "--verify", {"certificate-untrusted": "likely"}, fixed=TRUSTING)
failing("strict-only-server", "", {"strict-mismatch": "certain"}, wants={"strict": "accepted"})
failing("strict-client-old-server", "--encrypt=strict", {"strict-mismatch": "certain"}, wants={"tds7": "accepted"})
failing("ems-mismatch", "", {"ems-mismatch": "likely"}, WEB)
failing("encryption-not-supported", "--encrypt=mandatory", {"encryption-setting-conflict": "certain"}, wants={"end": "declined"})
failing("encryption-forced", "--encrypt=unsupported", {"encryption-setting-conflict": "certain"}, fixed="", wants={"end": "declined"})
CLEAR = "akushu never logs in in clear: it stops where the client goes on"
failing("login-downgraded", LOGIN, {"encryption-setting-conflict": "certain"}, wants={"end": "declined"}, why=CLEAR)
failing("cleartext-login", LOGIN, {"encryption-setting-conflict": "certain"}, wants={"end": "declined"}, why=CLEAR)
failing("signature-algorithm-mismatch", "", {"signature-algorithm-mismatch": "certain"})
failing("rsa-key-too-short", TRUSTING, {"rsa-key-too-short": "possible"})
failing("dh-group-refused", "", {"dh-group-refused": "likely"}, wants={"end": "rejected"})
failing("packet-size-too-large", LOGIN, {"packet-size-too-large": "likely"},
        why="the recorded client died at its first large packet; the check reads the size in the answer to its login")
failing("endpoint-no-cipher", "", {"no-common-suite": "certain"}, "https://127.0.0.1:PORT", wants={"end": "alert", "alert": 40})
failing("record-splitting", f"{OLD} {LOGIN}", {"record-splitting": "possible"}, wants={"stage": "P6"}, seconds=40)
AFTER = "a check logs in and leaves: what happens to a session that waits, it does not see"
failing("idle-drop", LOGIN, {}, status=0, why=AFTER)
healthy("port-exhaustion-fixed")  # while the ports are used up a check has none either
failing("renegotiation-refused", LOGIN, {}, status=0, why="OpenSSL, which akushu asks with, takes the new handshake")
failing("fips-suites", "--as=TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", {"no-common-suite": "certain"})
failing("middlebox-reset", "", {"closed-by-server": "possible"}, wants={"end": "rst"}, why="a program cannot see the TTL of a RST")
failing("no-answer", "--timeout=4", {"no-answer": "possible"}, wants={"end": "timeout", "stage": "P1"}, seconds=2 * 4 + 2)
failing("no-answer-to-hello", "--timeout=4 --connections=2", {"no-answer": "possible"}, wants={"end": "timeout", "stage": "P3"}, seconds=2 * 4 + 2)
failing("slow-connect", "--connections=1", {"slow-connect": "likely"}, status=0, fixed="", seconds=9)
failing("tls-inspection", f"--verify --server-name={HOST}", {"certificate-untrusted": "certain", "tls-inspection": "likely"}, WEB,
        fixed=f"{TRUSTING} --server-name={HOST}")
failing("service-requires-tls12", f"{OLD} --server-name={HOST}", {"service-requires-tls12": "certain"}, WEB, wants={"end": "alert", "alert": 70})
failing("service-requires-tls12-rst", f"{OLD} --server-name={HOST}", {"service-requires-tls12": "certain"}, WEB, wants={"end": "rst"})
failing("azure-agents", f"{OLD} --server-name={AGENTS}", {"service-requires-tls12": "certain"}, WEB, wants={"end": "alert"})
healthy("azure-agents-tls12", f"{TRUSTING} --server-name={AGENTS}", WEB)
failing("no-common-group", "--as=win10", {"no-common-group": "certain"}, WEB, wants={"decides": "groups"})
failing("no-common-alpn", "--alpn=http/1.1", {"no-common-alpn": "certain"}, WEB, wants={"decides": "alpn", "alert": 120})
failing("client-certificate-required", "", {"client-certificate-required": "possible"}, WEB, wants={"alert": 116})
failing("tls13-in-prelogin", "", {"tls13-in-prelogin": "likely"})
failing("login-refused", LOGIN, {"login-refused": "certain"}, wants={"login_error": 18456})
UNKNOWN = "no rule: that a server sends too much, or too slowly, is the verdict itself"
failing("talks-forever", "", {}, wants={"end": "too-much"}, why=UNKNOWN)
failing("huge-certificate", "", {}, WEB, wants={"end": "too-much"}, why=UNKNOWN)
failing("one-byte-a-second", "--timeout=4", {}, wants={"end": "timeout"}, seconds=2 * 4 + 2, why=UNKNOWN)
