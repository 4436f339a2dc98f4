# SPDX-License-Identifier: Apache-2.0
"""The table of end-to-end scenarios: a server, a client, what akushu must say of it and what the client says itself.

Where one alert number stands for several causes (40 above all), `findings` lists first the cause that is true here and then
what the wire may honestly be taken for.
"""
import dataclasses
import json
import os
from collections.abc import Callable

import lab

GCM256 = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
TLS13 = "TLS_AES_256_GCM_SHA384"
PASSWORD = "Passw0rd!"
AKUSHU_SLOW = 3  # a client that gives up sooner has not shown silence (DESIGN.md, `timeout`)


@dataclasses.dataclass
class Scenario:
    name: str
    needs: list
    server: Callable
    client: Callable
    talks: list
    findings: list  # acceptable sets of {rule: grade}
    says: list
    tds: bool
    seconds: float = 1  # rough length, to begin with the slow ones
    names: str = None  # a rule that must be found, or be among the rivals of what is found
    spares: str = None  # a rule that may not be found
    check: tuple = ()  # checks.Check: `akushu check` of the same server


TABLE = []


def scenario(name, needs, server, client, *talks, findings=None, says=(), tds=False, seconds=1.0):
    findings = findings if isinstance(findings, list) else [findings or {}]
    TABLE.append(Scenario(name, needs.split(), server, client, list(talks), findings, list(says), tds, seconds))


def talk(text, version=None, cipher=None, alerts=None, **more):
    """"protocol outcome stage closed_by close" (alternatives between strokes) and what else the conversation line must hold.

    `__` in a name is a dot.
    """
    want = {name: one_of(word) for name, word in zip(("protocol", "outcome", "stage", "closed_by", "close"), text.split())}
    want.update({"tls.version": version, "tls.cipher": cipher})
    if alerts is not None:
        want["alerts"] = alert_list(alerts)
    want.update({name.replace("__", "."): value for name, value in more.items()})
    return want


def alert_list(text):
    def check(seen):
        return " ".join(f"{a['by']}:{a['code']}" for a in seen or []) == text
    check.__doc__ = f"alerts {text or 'none'}"
    return check


def one_of(text):
    """A word, or a check for one of several words between strokes."""
    words = text.split("/")
    if len(words) == 1:
        return text

    def check(seen):
        return seen in words
    check.__doc__ = " or ".join(words)
    return check


def has(text):
    def check(seen):
        return text in (seen or "").split() if isinstance(seen, str) else text in (seen or [])
    check.__doc__ = f"something with {text}"
    return check


# ---------------------------------------------------------------- servers

def tds_server(arguments="", cert="self"):
    return lambda place: place.tds(*arguments.split(), cert=cert)


def s_server(arguments, cert="self"):
    """openssl s_server; `-rev` answers a line with its letters reversed."""
    def start(place):
        c = place.certs.folder
        place.serve(["openssl", "s_server", "-accept", "127.0.0.1:PORT", "-cert", f"{c}/{cert}.pem", "-key", f"{c}/{cert}.key",
                     *arguments.format(certs=c).split()])
    return start


def gnutls_serv(arguments, priority="NORMAL"):
    def start(place):
        c = place.certs.folder
        place.serve(["gnutls-serv", "--port", "PORT", "--echo", "--x509certfile", f"{c}/self.pem", "--x509keyfile", f"{c}/self.key",
                     "--priority", priority, *arguments.split()])
    return start


def jsse_server(arguments):
    def start(place):
        place.serve([*java(), "Jsse", "server", "PORT", f"store={place.certs.folder}/self.p12", *arguments.split()])
    return start


def nss_database(place):
    folder = place.path("nss")
    os.mkdir(folder)
    for command in (["certutil", "-N", "-d", f"sql:{folder}", "--empty-password"],
                    ["pk12util", "-i", f"{place.certs.folder}/self.p12", "-d", f"sql:{folder}", "-W", "akushu"]):
        complaint = lab.run_tool(*command)
        if complaint:
            raise lab.Problem(complaint)
    return f"sql:{folder}"


def selfserv(arguments):
    def start(place):
        place.serve(["selfserv", "-d", nss_database(place), "-p", "PORT", "-n", "server", *arguments.split()])
    return start


def nothing_listens(place):
    place.port = lab.free_port()


# ---------------------------------------------------------------- clients

def java(jar=None):
    return ["java", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto", "-cp", f"{lab.BUILD}:{jar}" if jar else lab.BUILD]


def tsql(settings="", disabled="", tds="7.4"):
    """FreeTDS. With a fixed TDS version it never tries the clear login of TDS 5.0. `disabled`: TLS versions that its GnuTLS lacks."""
    def run(place):
        with open(place.path("freetds.conf"), "w") as f:
            f.write(f"[server]\nhost = 127.0.0.1\nport = {place.port}\ntds version = {tds}\n")
            f.write(settings.format(certs=place.certs.folder).replace(";", "\n") + "\n")
        with open(place.path("gnutls.conf"), "w") as f:
            f.write("[overrides]\n" + "".join(f"disabled-version = {v}\n" for v in disabled.split()))
        environment = {"FREETDSCONF": place.path("freetds.conf"), "FREETDS": place.path("freetds.conf"),
                       "GNUTLS_SYSTEM_PRIORITY_FILE": place.path("gnutls.conf"), "HOME": place.folder}
        return place.client(["tsql", "-S", "server", "-U", "sa", "-P", PASSWORD], "select @@version\ngo\nexit\n", environment=environment)
    return run


def tedious(server="127.0.0.1", count=1, clients=(), idle=0, patience=0, **options):
    """`ca`: True for this laboratory's, or a path in the scenario's folder; `count` connections at once, of these addresses in turn."""
    def run(place):
        wanted = dict(options)
        ca = wanted.pop("ca", False)
        if ca:
            with open(place.certs.ca_pem if ca is True else place.path(ca)) as f:
                wanted["cryptoCredentialsDetails"] = {"ca": f.read(), **wanted.get("cryptoCredentialsDetails", {})}
        script = os.path.join(lab.HERE, "clients", "tedious.js")
        talk = {"server": server, "count": count, "from": clients, "idle": idle, "patience": patience, "port": place.port, "options": wanted}
        return place.client(["node", "--no-deprecation", script, json.dumps(talk)], environment={"TEDIOUS_HOME": lab.BUILD})
    return run


def jtds(ssl):
    url = f"jdbc:jtds:sqlserver://127.0.0.1:PORT/master;loginTimeout=20;" + (f"ssl={ssl}" if ssl else "")
    return lambda place: place.client([*java(lab.JTDS), "Jtds", url.rstrip(";")])


def jsse(arguments):
    return lambda place: place.client([*java(), "Jsse", "client", "PORT", *arguments.split()])


def s_client(arguments, say="hello\n", until="olleh"):
    def run(place):
        return place.client(["openssl", "s_client", "-connect", "127.0.0.1:PORT", *arguments.split()], say, until)
    return run


def s_client_twice(arguments):
    """The second connection resumes the session of the first."""
    def run(place):
        session = place.path("session.pem")
        first = s_client(f"{arguments} -sess_out {session}")(place)
        return first + s_client(f"{arguments} -sess_in {session}")(place)
    return run


def gnutls_cli(arguments, priority="NORMAL"):
    def run(place):
        return place.client(["gnutls-cli", "--insecure", "--port", "PORT", "--priority", priority, *arguments.split(), "127.0.0.1"],
                            "hello\n", r"(?m)^hello|\*\*\* ")
    return run


def tstclnt(arguments):
    """Leaves after the handshake (-Q)."""
    return lambda place: place.client(["tstclnt", "-h", "127.0.0.1", "-p", "PORT", "-o", "-D", "-Q", *arguments.split()])


# ---------------------------------------------------------------- FreeTDS

LOGGED_IN = "tds established P7 client fin"
ENCRYPTED = {"encryption__scope": "session", "cleartext_login": False}

scenario("tsql-ok", "tsql", tds_server(), tsql("encryption = require"),
         talk(LOGGED_IN, "1.2", GCM256, encryption__client="on", encryption__server="on", server_build="16.0.4135.4",
              server_product="SQL Server 2022", **ENCRYPTED), says=["1>"], tds=True)
scenario("tsql-force-encryption", "tsql", tds_server("--encryption req --version 15.0.2000.5"), tsql("encryption = request"),
         talk(LOGGED_IN, "1.2", GCM256, encryption__client="off", encryption__server="req", server_product="SQL Server 2019", **ENCRYPTED), tds=True)
scenario("tsql-login-only", "tsql", tds_server("--encryption off"), tsql("encryption = request"),
         talk(LOGGED_IN, "1.2", GCM256, encryption__scope="login", cleartext_login=False), tds=True)
scenario("tsql-no-encryption", "tsql", tds_server("--encryption not_sup"), tsql("encryption = off"),
         talk("tds plaintext P7 client fin", encryption__client="not_sup", encryption__server="not_sup", cleartext_login=True, tls=None),
         findings={"cleartext-login": "certain"}, tds=True)
scenario("tsql-require-not-supported", "tsql", tds_server("--encryption not_sup"), tsql("encryption = require"),
         talk("tds refused P2 client fin", encryption__client="on", encryption__server="not_sup", tls=None),
         findings={"encryption-setting-conflict": "certain"}, tds=True)
scenario("tsql-min-version-tls10-server", "tsql", tds_server("--min 1.0 --max 1.0"), tsql("encryption = require", "tls1.0 tls1.1"),
         talk("tds failed P3 server alert", alerts="server:70", offered_versions=["1.3", "1.2"]),
         findings={"no-common-version": "likely"}, tds=True)
scenario("tsql-tls10-min-version-server", "tsql", tds_server("--min 1.2"), tsql("encryption = require", "tls1.1 tls1.2 tls1.3"),
         talk("tds failed P3 server alert", alerts="server:70", offered_versions=["1.0"]),
         findings={"no-common-version": "likely"}, tds=True)
scenario("tsql-tls10-both", "tsql", tds_server("--min 1.0 --max 1.0"), tsql("encryption = require"),
         talk(LOGGED_IN, "1.0", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"), tds=True)
scenario("tsql-wrong-ca", "tsql", tds_server(), tsql("encryption = require;ca file = {certs}/ca.pem"),
         talk("tds failed P4 client fin", "1.2", GCM256), findings={"certificate-untrusted": "possible"}, tds=True)
scenario("tsql-login-refused", "tsql", tds_server("--login 18456"), tsql("encryption = require"),
         talk("tds established P7 client/server fin", "1.2", GCM256), findings={"login-refused": "possible"},
         says=["Login failed for user 'sa'."], tds=True)
scenario("tsql-rst-after-prelogin", "tsql", tds_server("--stop-after prelogin --close rst"), tsql("encryption = require"),
         talk("tds refused P1 server rst"), findings={"strict-mismatch": "possible"}, tds=True)
scenario("tsql-falls-back-to-clear-login", "tsql", tds_server("--stop-after prelogin"), tsql("encryption = require", tds="auto"),
         talk("tds refused P1 server fin"), talk("tds plaintext P6 server fin", cleartext_login=True),
         findings={"strict-mismatch": "possible", "cleartext-login": "certain"}, tds=True)
scenario("tsql-fin-after-client-hello", "tsql", tds_server("--stop-after client_hello"), tsql("encryption = require"),
         talk("tds failed P3 server fin"), findings={"closed-by-server": "possible"}, tds=True)
scenario("tsql-tls13-in-prelogin", "tsql", tds_server("--min 1.3 --max 1.3 --patience 2"), tsql("encryption = require"),
         talk("tds failed P4 server fin", "1.3", TLS13), findings={"tls13-in-prelogin": "likely"}, tds=True)

# ---------------------------------------------------------------- tedious

TRUSTING = {"encrypt": True, "trustServerCertificate": True}
VERIFYING = {"encrypt": True, "trustServerCertificate": False, "ca": True, "serverName": "localhost"}
STRICT = {"encrypt": "strict", "ca": True, "serverName": "localhost"}

scenario("tedious-ok", "tedious", tds_server(), tedious(**TRUSTING),
         talk(LOGGED_IN, "1.2", GCM256, encryption__client="on", encryption__server="on", client_version="19.2.2.0", **ENCRYPTED),
         says=["connected", "queried"], tds=True)
scenario("tedious-trusted", "tedious", tds_server(cert="server"), tedious(**VERIFYING),
         talk(LOGGED_IN, "1.2", GCM256), says=["queried"], tds=True)
scenario("tedious-self-signed", "tedious", tds_server(), tedious(encrypt=True, trustServerCertificate=False),
         talk("tds established P5b client fin", "1.2", GCM256), findings={"certificate-untrusted": "likely"},
         says=["self-signed certificate"], tds=True)
scenario("tedious-downgraded", "tedious", tds_server("--encryption not_sup"), tedious(**TRUSTING),
         talk("tds plaintext P7 client fin", encryption__client="on", encryption__server="not_sup", cleartext_login=True, tls=None),
         findings={"login-downgraded": "certain", "cleartext-login": "certain"}, says=["queried"], tds=True)
scenario("tedious-off-against-required", "tedious", tds_server("--encryption req"), tedious(encrypt=False),
         talk("tds refused P2 client fin", encryption__client="not_sup", encryption__server="req", tls=None),
         findings={"encryption-setting-conflict": "certain"}, says=["EENCRYPT"], tds=True)
scenario("tedious-strict-ok", "tedious", tds_server("--strict --max 1.3", cert="server"), tedious(**STRICT),
         talk("tds8 established P7 client fin", "1.3", TLS13, tls__next_protocol=None), says=["queried"])
scenario("tedious-strict-tls12", "tedious", tds_server("--strict", cert="server"), tedious(**STRICT),
         talk("tds8 established P7 client fin", "1.2", GCM256, tls__next_protocol="tds/8.0"), says=["queried"])
scenario("tedious-strict-against-tds7", "tedious", tds_server(), tedious(encrypt="strict"),
         talk("tds8 failed P3 server fin"), findings={"strict-mismatch": "possible"})
scenario("tedious-against-strict-only", "tedious", tds_server("--strict"), tedious(**TRUSTING),
         talk("tds refused P1 server fin"), findings={"strict-mismatch": "possible"}, tds=True)
scenario("tedious-login-refused", "tedious", tds_server("--login 18456"), tedious(**TRUSTING),
         talk("tds established P7 client/server fin", "1.2", GCM256), findings={"login-refused": "possible"}, says=["18456"], tds=True)
scenario("tedious-no-common-suite", "tedious", tds_server("--ciphers CAMELLIA256-SHA"), tedious(**TRUSTING),
         talk("tds failed P3 server alert", alerts="server:40"), findings={"no-common-suite": "possible"}, tds=True)
scenario("tedious-no-common-version", "tedious", tds_server("--min 1.0 --max 1.0"), tedious(**TRUSTING),
         talk("tds failed P4 client alert", "1.0", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", alerts="client:70"),
         findings={"no-common-version": "certain"}, tds=True)
scenario("tedious-no-common-version-silent", "tedious", tds_server("--min 1.3 --max 1.3 --no-alert --close rst"), tedious(**TRUSTING),
         talk("tds failed P3 server rst", offered_versions=["1.2"]), findings={"closed-by-server": "possible"}, tds=True)
scenario("tedious-rst-after-client-finished", "tedious", tds_server("--stop-after client_finished --close rst"), tedious(**TRUSTING),
         talk("tds failed P5 server rst", "1.2", GCM256), findings={"closed-by-server": "possible"}, tds=True)
scenario("tedious-rst-after-login", "tedious", tds_server("--stop-after login --close rst"), tedious(**TRUSTING),
         talk("tds established P6 server rst", "1.2", GCM256), findings={"reset-after-login": "possible"}, tds=True)
scenario("tedious-silence-after-client-hello", "tedious", tds_server("--stop-after client_hello --close silent"),
         tedious(connectTimeout=(AKUSHU_SLOW + 1) * 1000, **TRUSTING),
         talk("tds unanswered P3 client timeout"), findings={"no-answer": "possible"}, says=["ETIMEOUT"], tds=True, seconds=6)
scenario("tedious-nobody-listens", "tedious", nothing_listens, tedious(**TRUSTING),
         talk("unknown refused P0 server rst"), findings={"closed-by-server": "possible"}, says=["Could not connect"])

# ---------------------------------------------------------------- jTDS

scenario("jtds-ok", "jtds", tds_server(), jtds("require"),
         talk(LOGGED_IN, "1.2", GCM256, encryption__client="on", **ENCRYPTED), says=["connected"], tds=True, seconds=2)
scenario("jtds-self-signed", "jtds", tds_server(), jtds("authenticate"),
         talk("tds failed P4 client fin", "1.2", GCM256), findings={"certificate-untrusted": "possible"},
         says=["PKIX path building failed"], tds=True, seconds=2)
scenario("jtds-not-supported", "jtds", tds_server("--encryption not_sup"), jtds("require"),
         talk("tds refused P2 client fin", tls=None), findings={"encryption-setting-conflict": "certain"},
         says=["Encryption is not enabled at the server"], tds=True, seconds=2)
scenario("jtds-no-prelogin", "jtds", tds_server(), jtds("off"),
         talk("tds plaintext P7 client fin", cleartext_login=True, tls=None), findings={"cleartext-login": "certain"},
         says=["connected"], tds=True, seconds=2)

# ---------------------------------------------------------------- OpenSSL

# When both have sent close_notify it is a race who closes first: tshark is asked who it was.
DONE = "tls established P7 client/server fin"

scenario("openssl-tls12", "openssl", s_server("-tls1_2 -rev"), s_client("-tls1_2"),
         talk(DONE, "1.2", GCM256, tls__resumed=False), says=["olleh"])
scenario("openssl-tls13", "openssl", s_server("-tls1_3 -rev"), s_client("-tls1_3"), talk(DONE, "1.3", TLS13), says=["olleh"])
scenario("openssl-tls13-retry", "openssl", s_server("-tls1_3 -rev -groups P-384"), s_client("-tls1_3 -groups X25519:P-384"),
         talk(DONE, "1.3", TLS13, letters=has("<HRR"), tls__curve="secp384r1"))
scenario("openssl-dhe", "openssl", s_server("-tls1_2 -rev"), s_client("-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256"),
         talk(DONE, "1.2", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", letters=has("<SK")))
scenario("openssl-rsa-key-exchange", "openssl", s_server("-tls1_2 -rev"), s_client("-tls1_2 -cipher AES256-SHA256"),
         talk(DONE, "1.2", "TLS_RSA_WITH_AES_256_CBC_SHA256"))
scenario("openssl-tls10", "openssl", s_server("-tls1 -rev -cipher ALL:@SECLEVEL=0"), s_client("-tls1 -cipher ALL:@SECLEVEL=0"),
         talk(DONE, "1.0", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"))
scenario("openssl-no-common-version", "openssl", s_server("-tls1_3 -rev"), s_client("-tls1_2"),
         talk("tls failed P3 server alert", alerts="server:70"), findings={"no-common-version": "likely"}, says=["alert number 70"])
scenario("openssl-no-common-suite", "openssl", s_server("-tls1_2 -rev -cipher ECDHE-RSA-AES256-GCM-SHA384"),
         s_client("-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256"),
         talk("tls failed P3 server alert", alerts="server:40"), findings={"no-common-suite": "possible"}, says=["alert number 40"])
scenario("openssl-no-common-group", "openssl", s_server("-tls1_3 -rev -groups P-384"), s_client("-tls1_3 -groups X25519"),
         talk("tls failed P3 server alert", alerts="server:40"), findings=[{"no-common-group": "possible"}, {"no-common-suite": "possible"}])
scenario("openssl-resumed-tls12-id", "openssl", s_server("-tls1_2 -rev -no_ticket"), s_client_twice("-tls1_2 -no_ticket"),
         talk(DONE, "1.2", GCM256, tls__resumed=False), talk(DONE, "1.2", GCM256, tls__resumed=True))
scenario("openssl-reconnect-tls12", "openssl", s_server("-tls1_2"), s_client("-tls1_2 -reconnect", "", "(?s)(Reused, .*){5}"),
         talk("tls established P5b client/server fin/rst", "1.2", GCM256, tls__resumed=False),
         *[talk("tls established P5b client/server fin/rst", "1.2", GCM256, tls__resumed=True)] * 5)
scenario("openssl-resumed-tls13", "openssl", s_server("-tls1_3 -rev"), s_client_twice("-tls1_3"),
         talk(DONE, "1.3", TLS13, tls__resumed=False), talk(DONE, "1.3", TLS13, tls__resumed=True))
scenario("openssl-client-certificate-tls12", "openssl", s_server("-tls1_2 -rev -Verify 1"), s_client("-tls1_2"),
         talk("tls failed P5 server alert", "1.2", GCM256, alerts="server:40", letters=has("<CR")),
         findings={"client-certificate-required": "likely"})
scenario("openssl-client-certificate-given", "openssl", s_server("-tls1_2 -rev -Verify 1 -CAfile {certs}/ca.pem"),
         lambda place: s_client(f"-tls1_2 -cert {place.certs.server_pem} -key {place.certs.server_key}")(place), talk(DONE, "1.2", GCM256))
scenario("openssl-client-certificate-tls13", "openssl", s_server("-tls1_3 -rev -Verify 1"), s_client("-tls1_3", "", "certificate required"),
         talk("tls established P5b client/server fin", "1.3", TLS13), findings={"client-certificate-required": "possible"},
         says=["alert number 116"])
scenario("openssl-alpn", "openssl", s_server("-tls1_2 -rev -alpn h2,http/1.1"), s_client("-tls1_2 -alpn http/1.1"),
         talk(DONE, "1.2", GCM256, tls__next_protocol="http/1.1"))
scenario("openssl-alpn-mismatch", "openssl", s_server("-tls1_2 -rev -alpn h2"), s_client("-tls1_2 -alpn http/1.1"),
         talk("tls failed P3 server alert", alerts="server:120"), findings={"no-common-alpn": "likely"})
scenario("openssl-untrusted", "openssl", s_server("-tls1_2 -rev"), s_client("-tls1_2 -verify_return_error -verify 1"),
         talk("tls failed P4 client alert", "1.2", GCM256, alerts="client:48"), findings={"certificate-untrusted": "certain"})
scenario("openssl-name-mismatch", "openssl", s_server("-tls1_2 -rev", cert="server"),
         lambda place: s_client(f"-tls1_2 -verify_return_error -CAfile {place.certs.ca_pem} -servername sql01 -verify_hostname sql01")(place),
         talk("tls failed P4 client alert", "1.2", GCM256, alerts="client:42", tls__client__server_name="sql01"),
         findings={"certificate-name-mismatch": "likely"})

# ---------------------------------------------------------------- GnuTLS

scenario("gnutls-tls13", "gnutls-cli gnutls-serv", gnutls_serv(""), gnutls_cli(""), talk(DONE, "1.3", TLS13), says=["hello"])
scenario("gnutls-tls12", "gnutls-cli gnutls-serv", gnutls_serv(""), gnutls_cli("", "NORMAL:-VERS-ALL:+VERS-TLS1.2"), talk(DONE, "1.2", GCM256))
scenario("gnutls-no-common-version", "gnutls-cli gnutls-serv", gnutls_serv("", "NORMAL:-VERS-ALL:+VERS-TLS1.3"),
         gnutls_cli("", "NORMAL:-VERS-ALL:+VERS-TLS1.2"),
         talk("tls failed P3 server alert", alerts="server:40"), findings=[{"no-common-version": "possible"}, {"no-common-suite": "possible"}])
scenario("gnutls-no-common-suite", "gnutls-cli gnutls-serv", gnutls_serv("", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-GCM"),
         gnutls_cli("", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+CHACHA20-POLY1305"),
         talk("tls failed P3 server alert", alerts="server:40"), findings={"no-common-suite": "possible"})
scenario("gnutls-alpn-mismatch", "gnutls-cli gnutls-serv", gnutls_serv("--alpn h2 --alpn-fatal"), gnutls_cli("--alpn http/1.1"),
         talk("tls failed P3 server alert", alerts="server:120"), findings={"no-common-alpn": "likely"})
scenario("gnutls-client-certificate-tls12", "gnutls-cli gnutls-serv", gnutls_serv("--require-client-cert"),
         gnutls_cli("", "NORMAL:-VERS-ALL:+VERS-TLS1.2"),
         talk("tls failed P5 server alert", "1.2", GCM256, alerts="server:50", letters=has("<CR")),
         findings=[{"client-certificate-required": "likely"}, {"closed-by-server": "possible"}])

# ---------------------------------------------------------------- NSS

# P5b: tstclnt sends nothing but a close_notify. P7 is what akushu makes of two alert-sized records today.
scenario("nss-tls13", "nss", selfserv("-V tls1.2:tls1.3"), tstclnt("-V tls1.2:tls1.3"),
         talk("tls established P5b/P7 client/server fin", "1.3", "TLS_AES_128_GCM_SHA256"))
scenario("nss-no-common-version", "nss", selfserv("-V tls1.3:tls1.3"), tstclnt("-V tls1.2:tls1.2"),
         talk("tls failed P3 server alert", alerts="server:70"), findings={"no-common-version": "likely"})

# ---------------------------------------------------------------- JSSE

scenario("jsse-openssl-tls13", "jsse openssl", s_server("-tls1_3 -rev"), jsse("protocols=TLSv1.3"),
         talk(DONE, "1.3", TLS13), says=["olleh"], seconds=2)
scenario("jsse-openssl-tls12", "jsse openssl", s_server("-tls1_2 -rev"), jsse("alpn=tds/8.0"),
         talk("tds8 established P7 client/server fin", "1.2", GCM256), seconds=2)
scenario("jsse-openssl-no-common-version", "jsse openssl", s_server("-tls1_2 -rev"), jsse("protocols=TLSv1.3"),
         talk("tls failed P3 server alert", alerts="server:70"), findings={"no-common-version": "likely"}, says=["protocol_version"], seconds=2)
scenario("openssl-jsse-tls12", "jsse openssl", jsse_server("protocols=TLSv1.2"), s_client("-tls1_2"), talk(DONE, "1.2", GCM256), seconds=2)
scenario("jsse-ssl3-rc4", "jsse", jsse_server("legacy=1 protocols=SSLv3 suites=SSL_RSA_WITH_RC4_128_MD5"),
         jsse("legacy=1 protocols=SSLv3 suites=SSL_RSA_WITH_RC4_128_MD5"), talk(DONE, "3.0", "TLS_RSA_WITH_RC4_128_MD5"), seconds=2)
scenario("jsse-tls10-3des", "jsse", jsse_server("legacy=1 protocols=TLSv1 suites=SSL_RSA_WITH_3DES_EDE_CBC_SHA"),
         jsse("legacy=1 protocols=TLSv1 suites=SSL_RSA_WITH_3DES_EDE_CBC_SHA"), talk(DONE, "1.0", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"), seconds=2)

# ---------------------------------------------------------------- services: in a file of their own

import lab_scenarios  # noqa: E402,F401  these add their scenarios to the table
import services  # noqa: E402,F401
import check_servers  # noqa: E402,F401
import lab_checks  # noqa: E402,F401  and this one checks to those of the lab
