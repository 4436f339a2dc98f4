# SPDX-License-Identifier: Apache-2.0
"""Scenarios with `akushu lab` as the server: logins of the three clients, and each of its failures with a real client.

Of each failure: the client fails with the words that are kept here, what was recorded names the rule (or has it among the rivals of
a silent close), and after the remedy (--fixed) the same client connects.
What `akushu check` makes of the same servers stands in lab_checks.py.
"""

import os
import sys

import lab
import scenarios
from scenarios import TABLE, GCM256, LOGGED_IN, STRICT, TRUSTING, Scenario, jtds, s_client, talk, tedious, tsql

VERIFYING = {"encrypt": True, "trustServerCertificate": False, "serverName": "localhost", "ca": "trusted.pem"}
STRICT_LAB = {**STRICT, "ca": "trusted.pem"}
OLD = "tls1.1 tls1.2 tls1.3"  # that GnuTLS is told to lack
HOST = "0d9f7bd6.ods.opinsights.azure.com"
REFUSED = "Adaptive Server connection failed"
LOGIN_OK = {"tsql": ["Microsoft SQL Server", "[exit 0]"], "tedious": ["row Microsoft SQL Server", "queried"], "jtds": ["row Microsoft SQL Server", "queried"],
            "openssl": ["Verify return code", "akushu lab", "[exit 0]"]}


def lab_server(arguments):
    return lambda place: place.akushu_lab(*arguments.split())


def add(name, needs, arguments, client, talks=None, findings=None, says=(), names=None, tds=True, seconds=1.0):
    TABLE.append(Scenario(name, needs.split(), lab_server(arguments), client, talks, findings, list(says), tds, seconds, names))


def one_after_other(*clients):
    return lambda place: "".join(client(place) for client in clients)


def until_said(client, words, least, most):
    """The client again and again, until all these words were said."""
    def run(place):
        said = ""
        for times in range(most):
            if times >= least and all(word in said for word in words):
                break
            said += client(place)
        return said
    return run


def https(arguments):
    """s_client that trusts the lab's certificate and asks for a page."""
    def run(place):
        return s_client(f"-CAfile {place.path('trusted.pem')} -verify_return_error {arguments}",
                        "GET / HTTP/1.0\n\n", r"akushu lab|:error:|alert|errno")(place)
    return run


# ---------------------------------------------------------------- logins

def login(name, needs, client, arguments, version, protocol="tds", **more):
    add(f"lab-login-{name}", needs, f"healthy {arguments}", client, [talk(LOGGED_IN.replace("tds", protocol, 1), version, more.pop("cipher", None) or scenarios.one_of(
        f"{GCM256}/TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA/{scenarios.TLS13}/TLS_DHE_RSA_WITH_AES_256_CBC_SHA"), **more)], [{}],
        LOGIN_OK[needs], tds=protocol == "tds", seconds=2)


def legacy_java(place, settings=""):
    """Java that has its old versions back."""
    with open(place.path("old.security"), "w") as f:
        f.write("jdk.tls.disabledAlgorithms=\njdk.tls.legacyAlgorithms=\n")
    java = scenarios.java(lab.JTDS)
    return place.client([java[0], f"-Djava.security.properties={place.path('old.security')}",
                         "-Djdk.tls.client.protocols=TLSv1,TLSv1.1,TLSv1.2", *java[1:], "Jtds",
                         "jdbc:jtds:sqlserver://127.0.0.1:PORT/master;loginTimeout=20;ssl=require" + settings])


OLD_NODE = {"minVersion": "TLSv1", "ciphers": "ALL:@SECLEVEL=0"}
for version in ("1.0", "1.1", "1.2"):
    login(f"tsql-{version}", "tsql", tsql("encryption = require"), f"--tls={version}", version)
    login(f"tedious-{version}", "tedious", tedious(**TRUSTING, cryptoCredentialsDetails=OLD_NODE), f"--tls={version}", version)
    login(f"jtds-{version}", "jtds", legacy_java, f"--tls={version}", version)
for version in ("1.2", "1.3"):
    login(f"tedious-strict-{version}", "tedious", tedious(**STRICT_LAB), f"--tls={version}", version, "tds8")
login("tsql-login-only", "tsql", tsql("encryption = request"), "", "1.2", encryption__scope="login")
login("password", "tsql", tsql("encryption = require"), f"--password={scenarios.PASSWORD}", "1.2")
add("lab-wrong-password", "tsql", "healthy --password=another", tsql("encryption = require"), findings=[{"login-refused": "possible"}],
    says=["Login failed for user 'sa'.", "18456"])
for party in ("ws2012r2", "sql2014", "sql2016", "sql2019", "sql2022", "ws2022"):
    add(f"lab-as-{party}", "tsql", f"--as={party}", tsql("encryption = require"), findings=[{}], says=LOGIN_OK["tsql"])
    add(f"lab-as-{party}-tedious", "tedious", f"--as={party}", tedious(**TRUSTING), findings=[{}], says=LOGIN_OK["tedious"])
# Windows Server 2008 R2 has no TLS 1.2 unless it is switched on, and tedious nothing else: a silent close.
add("lab-as-ws2008r2-tedious", "tedious", "--as=ws2008r2 --close=rst", tedious(**TRUSTING), names="no-common-version", says=["error"])

# ---------------------------------------------------------------- failures


def failure(scenario, needs, client, says, names, arguments="", fixed=None, after=None, seconds=2.0, tds=True, exact=None, suffix=""):
    """The failing client, and the same (or `fixed`) after the remedy, which says `after`."""
    add(f"lab-{scenario}{suffix}", needs, f"{scenario} {arguments}", client, None, exact, says, names, tds, seconds)
    add(f"lab-{scenario}{suffix}-fixed", needs, f"{scenario} --fixed", fixed or client, None, None, after or LOGIN_OK[needs.split()[0]],
        None, tds, 2.0)
    TABLE[-1].spares = names


REQUIRE = tsql("encryption = require")
OLD_TSQL = tsql("encryption = require", OLD)
TEDIOUS = tedious(**TRUSTING)

failure("no-common-version", "tedious", TEDIOUS, ["ERR_SSL_UNSUPPORTED_PROTOCOL"], "no-common-version", exact=[{"no-common-version": "certain"}])
failure("old-client", "tsql", OLD_TSQL, [REFUSED, "[exit 1]"], "no-common-version", exact=[{"no-common-version": "likely"}])
failure("no-common-suite", "tedious", TEDIOUS, ["ECONNRESET"], "no-common-suite")
failure("no-common-suite", "tedious", TEDIOUS, ["ECONNRESET"], "no-common-suite", "--close=rst", suffix="-rst")
failure("no-common-suite", "tedious", TEDIOUS, ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"], "no-common-suite", "--close=alert", suffix="-alert")

# One in two fails: eight connections, and more until some did and some did not (60 of one kind: one in 2^59).
MIXED = until_said(TEDIOUS, ["ECONNRESET", "queried"], least=8, most=60)
failure("dhe-leading-zero", "tedious", MIXED, ["ECONNRESET", "queried"], "dhe-leading-zero", seconds=8, exact=[{"dhe-leading-zero": "likely"}])
failure("dhe-yc-padded", "tedious", MIXED, ["ECONNRESET", "queried"], "dhe-leading-zero", seconds=8)
failure("dhe-leading-zero-rare", "tsql", REQUIRE, ["[exit 0]"], None)
# Its own certificate is known from a TLS 1.0 client, which says nothing about signatures and is served.
failure("certificate-hash-refused", "tsql tedious", one_after_other(OLD_TSQL, TEDIOUS), ["ECONNRESET", "Microsoft SQL Server"],
        "certificate-hash-refused", fixed=TEDIOUS, after=LOGIN_OK["tedious"], exact=[{"certificate-hash-refused": "likely"}])
failure("certificate-hash-refused", "tedious", TEDIOUS, ["ECONNRESET"], "certificate-hash-refused", suffix="-alone")
failure("weak-intermediate", "tedious", TEDIOUS, ["ECONNRESET"], "certificate-hash-refused")
STORM = tedious(count=24, clients=["127.0.0.1", "127.0.0.3"], connectTimeout=4000, **TRUSTING)
failure("accept-starvation", "tedious", STORM, ["ETIMEOUT", "queried"], "accept-starvation", seconds=8, exact=[{"accept-starvation": "likely"}])
failure("rsa-key-exchange-disabled", "tedious", tedious(**TRUSTING, cryptoCredentialsDetails={"ciphers": "AES256-GCM-SHA384"}), ["ECONNRESET"],
        "no-common-suite", fixed=TEDIOUS)
failure("ecdsa-certificate", "tedious", tedious(**TRUSTING, cryptoCredentialsDetails={"ciphers": "ECDHE-RSA-AES256-GCM-SHA384"}), ["ECONNRESET"],
        "no-common-suite")
NODES = [tedious(server=address, **TRUSTING, serverName="localhost") for address in ("127.0.0.1", "127.0.0.2")]
failure("cluster-nodes-differ", "tedious", one_after_other(*NODES), ["ECONNRESET", "queried"], "cluster-nodes-differ",
        exact=[{"cluster-nodes-differ": "likely"}])
failure("driver-too-old", "tsql tedious", one_after_other(OLD_TSQL, TEDIOUS), [REFUSED, "queried"], "driver-too-old",
        fixed=OLD_TSQL, after=LOGIN_OK["tsql"], exact=[{"driver-too-old": "likely"}])
failure("reset-after-login", "tedious", TEDIOUS, ["ECONNRESET"], "reset-after-login", exact=[{"reset-after-login": "possible"}])
failure("kerberos-not-tls", "tsql", tsql("encryption = request"), ["18452"], "kerberos-not-tls")
failure("policy-without-old-suites", "tsql", OLD_TSQL, [REFUSED], "no-common-version")
failure("server-build-too-old", "jtds", jtds("require"), ["exit 1"], "server-build-too-old")
failure("private-key-unusable", "tedious", TEDIOUS, ["ECONNRESET"], "closed-by-server")
failure("certificate-expired", "tedious", tedious(**VERIFYING), ["certificate has expired"], "certificate-expired")
failure("certificate-not-yet-valid", "tedious", tedious(**VERIFYING), ["certificate is not yet valid"], "certificate-expired")
failure("certificate-name-mismatch", "tedious", tedious(**VERIFYING), ["altnames"], "certificate-name-mismatch")
failure("strict-only-server", "tedious", TEDIOUS, ["ECONNRESET"], "strict-mismatch")
failure("strict-client-old-server", "tedious", tedious(**STRICT_LAB), ["ECONNRESET"], "strict-mismatch")
failure("certificate-untrusted", "tedious", tedious(encrypt=True, trustServerCertificate=False), ["self-signed certificate"], "certificate-untrusted",
        fixed=tedious(**VERIFYING))


def twice(place):
    """The second connection resumes the session of the first."""
    session = place.path("session.pem")
    return https(f"-tls1_2 -sess_out {session}")(place) + https(f"-tls1_2 -sess_in {session}")(place)


failure("ems-mismatch", "openssl", twice, ["akushu lab", "inconsistent extms"], "ems-mismatch", tds=False)
failure("encryption-not-supported", "jtds", jtds("require"), ["Encryption is not enabled at the server"], "encryption-setting-conflict")
failure("encryption-forced", "tedious", tedious(encrypt=False), ["EENCRYPT"], "encryption-setting-conflict", fixed=TEDIOUS)
failure("login-downgraded", "tedious", TEDIOUS, ["queried"], "login-downgraded")
failure("cleartext-login", "jtds", jtds(""), ["queried"], "cleartext-login", fixed=jtds("require"))
failure("signature-algorithm-mismatch", "tsql tedious", one_after_other(OLD_TSQL, TEDIOUS), ["ECONNRESET", "Microsoft SQL Server"],
        "signature-algorithm-mismatch", fixed=TEDIOUS, after=LOGIN_OK["tedious"])
failure("rsa-key-too-short", "tedious", tedious(**VERIFYING, cryptoCredentialsDetails={"ciphers": "DEFAULT@SECLEVEL=2"}), ["key too weak"],
        "rsa-key-too-short")
failure("dh-group-refused", "tedious", tedious(**TRUSTING, cryptoCredentialsDetails={"ciphers": "DHE@SECLEVEL=2"}), ["dh key too small"],
        "dh-group-refused")
failure("packet-size-too-large", "tedious", TEDIOUS, ["ECONNRESET"], "reset-after-login")
failure("middlebox-reset", "tedious", TEDIOUS, ["ECONNRESET"], "middlebox-reset", exact=[{"middlebox-reset": "likely"}])
PATIENT = tedious(**TRUSTING, connectTimeout=5000)
failure("no-answer", "tedious", PATIENT, ["ETIMEOUT"], "no-answer", seconds=7)
failure("no-answer-to-hello", "tedious", PATIENT, ["ETIMEOUT"], "no-answer", seconds=7)
failure("slow-connect", "tedious", TEDIOUS, ["queried"], "slow-connect", seconds=8)
failure("tls-inspection", "openssl", s_client(f"-servername {HOST} -verify_return_error", "GET / HTTP/1.0\n\n", r"akushu lab|error|errno"),
        ["unable to get local issuer certificate", "[exit 1]"], "tls-inspection", fixed=https(f"-servername {HOST}"), tds=False)
failure("service-requires-tls12", "openssl", https(f"-servername {HOST} -tls1 -cipher DEFAULT@SECLEVEL=0"), ["alert protocol version", "[exit 1]"],
        "service-requires-tls12", tds=False)
failure("service-requires-tls12", "openssl", https(f"-servername {HOST} -tls1 -cipher DEFAULT@SECLEVEL=0"), ["[exit 1]"],
        "service-requires-tls12", "--close=rst", tds=False, suffix="-rst")
AGENT = "-servername we-jobruntimedata-prod-su1.azure-automation.net"
failure("azure-agents", "openssl", https(f"{AGENT} -tls1 -cipher DEFAULT@SECLEVEL=0"), ["alert protocol version", "[exit 1]"],
        "service-requires-tls12", tds=False)
add("lab-azure-agents-tls12", "openssl", "azure-agents", https(f"{AGENT} -verify_hostname {AGENT.split()[1]}"), findings=[{}],
    says=LOGIN_OK["openssl"], tds=False)
# ---------------------------------------------------------------- failures that need a machine of their own


def script(name, *arguments):
    """A client of our own, clients/NAME.py."""
    return lambda place: place.client([sys.executable, os.path.join(lab.HERE, "clients", f"{name}.py"), "PORT", *arguments])


def tuned(client, **settings):
    """The client on a machine whose TCP has these settings: /proc/sys/net/ipv4 of the scenario's own network."""
    def run(place):
        for name, value in settings.items():
            with open(f"/proc/sys/net/ipv4/{name}", "w") as f:
                f.write(value)
        return client(place)
    return run


PEER = script("endpoint_peer")
failure("endpoint-no-cipher", "openssl", PEER, ["HANDSHAKE_FAILURE", "[exit 1]"], "no-common-suite", "--port=5022", tds=False,
        after=["handshake TLSv1.2", "[exit 0]"])


def old_java(place):
    """Java that has its old versions back, with a limit for each answer."""
    return legacy_java(place, ";socketTimeout=6")


failure("record-splitting", "jtds", old_java, ["Read timed out"], "record-splitting", exact=[{"record-splitting": "possible"}], seconds=9)
# Half a second of idleness, then ten probes a second apart: no probe is answered.
IDLE = tuned(tedious(**TRUSTING, idle=1000, patience=20000), tcp_keepalive_intvl="1", tcp_keepalive_probes="10")
failure("idle-drop", "tedious", IDLE, ["queried", "ETIMEDOUT"], "idle-drop", exact=[{"idle-drop": "likely"}], seconds=14,
        fixed=tuned(tedious(**TRUSTING, idle=1000, patience=3000), tcp_keepalive_intvl="1"))
PORTS = {"ip_local_port_range": "30000 34199", "tcp_tw_reuse": "0"}
failure("port-exhaustion", "openssl", tuned(script("storm", "5000"), **PORTS), ["then EADDRNOTAVAIL", "[exit 1]"], "port-exhaustion",
        exact=[{"port-exhaustion": "possible"}], seconds=15, fixed=tuned(script("storm", "500"), **PORTS), after=["opened 500", "[exit 0]"])
NO_RENEGOTIATION = 1 << 30  # OpenSSL: SSL_OP_NO_RENEGOTIATION
failure("renegotiation-refused", "tedious", tedious(**TRUSTING, cryptoCredentialsDetails={"secureOptions": NO_RENEGOTIATION}), ["error"],
        "reset-after-login")
add("lab-renegotiation-accepted", "tedious", "renegotiation-refused", TEDIOUS, findings=[{}], says=LOGIN_OK["tedious"])
failure("fips-suites", "tedious", tedious(**TRUSTING, cryptoCredentialsDetails={"ciphers": "ECDHE-RSA-CHACHA20-POLY1305"}), ["ECONNRESET"],
        "no-common-suite")
failure("no-common-group", "openssl", https("-tls1_2 -groups P-256"), ["handshake failure", "[exit 1]"], "no-common-group", tds=False)
failure("no-common-alpn", "openssl", https("-alpn http/1.1"), ["no application protocol", "[exit 1]"], "no-common-alpn", tds=False)
failure("client-certificate-required", "openssl", https("-tls1_2"), ["handshake failure", "[exit 1]"], "client-certificate-required", tds=False)
failure("tls13-in-prelogin", "tsql", REQUIRE, [REFUSED, "[exit 1]"], "tls13-in-prelogin")
failure("login-refused", "tsql", REQUIRE, ["Login failed for user 'sa'.", "18456"], "login-refused")
failure("talks-forever", "tedious", PATIENT, ["error"], None, seconds=7)
failure("huge-certificate", "openssl", https("-tls1_2"), ["excessive message size", "[exit 1]"], "closed-by-client", tds=False)
failure("one-byte-a-second", "tedious", PATIENT, ["ETIMEOUT"], None, seconds=7)
add("lab-routing", "tedious", "routing", tedious(**TRUSTING), says=["queried"])


def browser(place):
    """FreeTDS asks SQL Browser where the instance is."""
    return place.client(["tsql", "-L", "-H", "127.0.0.1"])


add("lab-browser", "tsql", "healthy --instance=LAB", browser, [], None, ["LAB", "16.0.4135"], tds=True)
