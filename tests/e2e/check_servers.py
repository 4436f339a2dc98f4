# SPDX-License-Identifier: Apache-2.0
"""`akushu check` alone: real servers, the leading-zero probe against right and wrong ones, and servers that cost whoever asks them.

No other client talks to these servers. What each was told to be is what the check must find.
"""
import contextlib
import socket
import threading

import lab
from checks import MOST_HEALTHY, MOST_ZERO, Check, harness
from lab_scenarios import lab_server
from scenarios import GCM256, TABLE, TLS13, Scenario, gnutls_serv, jsse_server, s_server, selfserv
from services import own_key, place_file, postgresql

WEB = "https://127.0.0.1:PORT"


def asked(name, needs, server, *checks):
    """A scenario without a client."""
    TABLE.append(Scenario(f"check-{name}", needs.split(), server, None, None, None, [], False, sum(c.seconds or 1 for c in checks), check=checks))


# ---------------------------------------------------------------- real servers, as they were configured

GCM128, DHE128 = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"
AES128, RC4, DES3 = "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_RC4_128_MD5", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"
NO_VERSION, NO_SUITE = {"no-common-version": "certain"}, {"no-common-suite": "certain"}
RSA2048 = ("rsa", 2048, "sha256WithRSAEncryption")
OLD, NEW = "--as=ws2008", ""  # SSL 3.0 and TLS 1.0; TLS 1.2 and 1.3


def tried(text):
    """"1.2+ 1.3-": these versions are accepted and refused, and nothing is said of others."""
    def check(seen):
        signs = {"accepted": "+", "refused": "-"}
        return sorted(text.split()) == sorted(v["version"] + signs.get(v["tried"], "?") for v in seen or [])
    check.__doc__ = text
    return check


def dh_bits(bits):
    def look(objects):
        seen = {talk["akushu"].get("dh", {}).get("prime_bits") for talk in harness.conversations(objects)}
        return [] if bits in seen else [f"Diffie-Hellman with {seen} bits, not {bits}"]
    return look


def certificate(kind):
    names = ("public_key_algorithm", "public_key_size", "signature_algorithm")
    return {"tls.server.x509.subject.distinguished_name": "CN=localhost", **{f"tls.server.x509.{n}": v for n, v in zip(names, kind)}}


def works(options, version, cipher, curve, versions, dh=None, end="reached", findings=None, kind=RSA2048, at=WEB):
    return Check(options, findings or {}, at, 1 if findings else 0, most=MOST_HEALTHY, judge=dh and dh_bits(dh),
                 wants={"end": end, "version": version, "cipher": cipher, "curve": curve, "versions": tried(versions), **certificate(kind)})


def refused(options, findings, refusal, versions, proof, kind=RSA2048, at=WEB):
    """`refusal`: an alert's number, "fin" or "rst". `proof`: version, suite and group of the smallest change that helped."""
    form = {"end": refusal} if isinstance(refusal, str) else {"end": "alert", "alert": refusal}
    shown = {f"proof.{name}": value for name, value in zip(("version", "cipher", "curve"), proof)}
    return Check(options, findings, at, 1, wants={**form, "versions": tried(versions), **shown, **certificate(kind)})


def as_sql(end, rule=None, alert=None):
    """The PRELOGIN of SQL Server, to a server that speaks TLS alone: each stack has its own way to turn it down."""
    return Check("--timeout=4", {rule: "possible"} if rule else {}, "tds://127.0.0.1:PORT", 1, wants={"end": end, "alert": alert},
                 seconds=3 * (4 + 2))


def agree(name, needs, server, *checks):
    asked(f"server-{name}", needs, server, *checks)


def own_certificate(*arguments):
    """s_server with a certificate of its own."""
    def start(place):
        place.certs.openssl("req", "-x509", "-subj", "/CN=localhost", "-days", "2", "-nodes", "-keyout", place.path("c.key"),
                            "-out", place.path("c.pem"), *arguments)
        place.serve(["openssl", "s_server", "-accept", "127.0.0.1:PORT", "-cert", place.path("c.pem"), "-key", place.path("c.key"), "-tls1_2", "-www"])
    return start


def stunnel(place):
    pem, key = own_key(place)
    place.serve_configured(["stunnel4"], lambda port: place_file(
        place, "stunnel.conf", f"foreground = yes\npid =\n[s]\naccept = 127.0.0.1:{port}\nconnect = 127.0.0.1:9\n"
        f"cert = {pem}\nkey = {key}\nsslVersionMin = TLSv1.2\n"))


def nginx(settings):
    def start(place):
        pem, key = own_key(place)
        folders = "".join(f"{name}_temp_path {place.path(name)};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        place.serve_configured(["nginx", "-p", place.folder, "-c"], lambda port: place_file(
            place, "nginx.conf", f"daemon off; master_process off; pid {place.path('nginx.pid')}; error_log stderr; events {{}}\n"
            f"http {{ access_log off; {folders} server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {pem}; ssl_certificate_key {key};\n"
            f"{settings} return 200; }} }}\n"))
    return start


def node(options):
    def start(place):
        script = place_file(place, "server.js", "const [,, port, cert, key, more] = process.argv, {readFileSync: read} = require('fs');\n"
                            "require('https').createServer({cert: read(cert), key: read(key), ...JSON.parse(more)}, (_, r) => r.end('x'))"
                            ".listen(+port, '127.0.0.1');\n")
        place.serve(["node", script, "PORT", *own_key(place), options])
    return start


TLS12_ALONE, TLS12_UP = "3.0- 1.0- 1.1- 1.2+ 1.3-", "3.0- 1.0- 1.1- 1.2+ 1.3+"
TLS13_ALONE = "3.0- 1.0- 1.1- 1.2- 1.3+"
NEW_TLS12, NEW_TLS13 = "1.0- 1.1- 1.2+", "1.0- 1.1- 1.3+"

agree("openssl-tls12", "openssl", s_server("-tls1_2 -www"), refused(OLD, NO_VERSION, 70, TLS12_ALONE, ("1.2", AES128)),
      works(NEW, "1.2", GCM256, "x25519", NEW_TLS12), as_sql("fin", "strict-mismatch"))
agree("openssl-tls10-tls13", "openssl", s_server("-www -cipher ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA:@SECLEVEL=0"),
      works(OLD, "1.0", AES128, None, "1.0+"), works(NEW, "1.3", TLS13, "x25519", "1.1+ 1.3+"),
      refused("--as=AES256-SHA:CAMELLIA256-SHA", NO_SUITE, 40, "3.0- 1.0+ 1.1+ 1.2+ 1.3+", ()))
agree("openssl-tls13", "openssl", s_server("-tls1_3 -www"), refused(OLD, NO_VERSION, 70, TLS13_ALONE, ("1.3", TLS13, "secp256r1")),
      works(NEW, "1.3", TLS13, "x25519", NEW_TLS13))
agree("openssl-tls13-retry", "openssl", s_server("-tls1_3 -www -groups P-384"), refused(OLD, NO_VERSION, 70, TLS13_ALONE, ("1.3", TLS13, "secp384r1")),
      works(NEW, "1.3", TLS13, "secp384r1", NEW_TLS13))
agree("openssl-dh1024", "openssl", s_server(f"-tls1_2 -www -cipher DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0 -dhparam {lab.HERE}/dh1024.pem"),
      works(NEW, "1.2", DHE128, None, "1.2+", 1024, "rejected", {"dh-group-refused": "likely"}),
      works("--as=tedious-19", "1.2", DHE128, None, "1.2+", 1024), refused("--as=win10", NO_SUITE, 40, TLS12_ALONE, ("1.2", DHE128)))
agree("openssl-dh2048", "openssl", s_server("-tls1_2 -www -cipher DHE-RSA-AES128-GCM-SHA256"), works(NEW, "1.2", DHE128, None, NEW_TLS12, 2048),
      refused(OLD, NO_VERSION, 70, TLS12_ALONE, ("1.2", DHE128)))
agree("openssl-ecdsa", "openssl", own_certificate("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-sha384"),
      works(NEW, "1.2", GCM256.replace("RSA", "ECDSA"), "x25519", NEW_TLS12, kind=("ec", 384, "ecdsa-with-SHA384")))
agree("openssl-rsa3072", "openssl", own_certificate("-newkey", "rsa:3072", "-sha512"),
      works(NEW, "1.2", GCM256, "x25519", NEW_TLS12, kind=("rsa", 3072, "sha512WithRSAEncryption")))
agree("gnutls-tls12", "gnutls-serv", gnutls_serv("", "NORMAL:-VERS-ALL:+VERS-TLS1.2"), refused(OLD, NO_VERSION, 70, TLS12_ALONE, ("1.2", AES128)),
      works(NEW, "1.2", GCM256, "x25519", NEW_TLS12), as_sql("alert", "closed-by-server", 10))
agree("gnutls-tls13", "gnutls-serv", gnutls_serv("", "NORMAL:-VERS-ALL:+VERS-TLS1.3"), refused("--as=win10", NO_VERSION, 40, TLS13_ALONE, ("1.3", TLS13)),
      works(NEW, "1.3", TLS13, "x25519", NEW_TLS13))
agree("nss", "nss", selfserv("-V tls1.2:tls1.3"), refused(OLD, NO_VERSION, 70, TLS12_UP, ("1.2",)),
      works(NEW, "1.3", "TLS_AES_128_GCM_SHA256", "x25519", NEW_TLS13), as_sql("timeout", "no-answer"))
# Java 17 has no export suites any more: RC4 and 3DES are its weakest.
agree("jsse-ssl3-rc4", "jsse", jsse_server("legacy=1 protocols=SSLv3 suites=SSL_RSA_WITH_RC4_128_MD5"), works(OLD, "3.0", RC4, None, "3.0+"),
      refused(NEW, NO_VERSION, 70, "3.0+ 1.0- 1.1- 1.2- 1.3-", ("3.0", RC4)))
agree("jsse-tls10-3des", "jsse", jsse_server("legacy=1 protocols=TLSv1 suites=SSL_RSA_WITH_3DES_EDE_CBC_SHA"), works(OLD, "1.0", DES3, None, "1.0+"),
      refused(NEW, NO_VERSION, 70, "3.0- 1.0+ 1.1- 1.2- 1.3-", ("1.0", DES3)))
agree("jsse-tls12", "jsse", jsse_server("protocols=TLSv1.2"), refused(OLD, NO_VERSION, 70, TLS12_ALONE, ("1.2",)),
      works(NEW, "1.2", GCM256, "x25519", NEW_TLS12), as_sql("alert", "closed-by-server", 10))
agree("stunnel", "stunnel4", stunnel, refused(OLD, NO_VERSION, 70, TLS12_UP, ("1.2", AES128)), works(NEW, "1.3", TLS13, "x25519", NEW_TLS13),
      as_sql("rst", "strict-mismatch"))
agree("nginx", "nginx", nginx("ssl_protocols TLSv1.2 TLSv1.3;"), refused(OLD, NO_VERSION, 70, TLS12_UP, ("1.2", AES128)),
      works(NEW, "1.3", TLS13, "x25519", NEW_TLS13), as_sql("nonsense"))
agree("nginx-narrow", "nginx", nginx("ssl_protocols TLSv1.2; ssl_ciphers ECDHE-RSA-AES256-GCM-SHA384; ssl_ecdh_curve secp384r1;"),
      refused(OLD, NO_VERSION, 70, TLS12_ALONE, ("1.2", GCM256, "secp384r1")), works(NEW, "1.2", GCM256, "secp384r1", NEW_TLS12))
agree("node", "node", node('{"minVersion": "TLSv1.2", "maxVersion": "TLSv1.2"}'), refused(OLD, NO_VERSION, 70, TLS12_ALONE, ("1.2",)),
      works(NEW, "1.2", GCM128, "x25519", NEW_TLS12), as_sql("fin", "strict-mismatch"))
SQL = "postgresql://127.0.0.1:PORT"
agree("postgresql", "postgres", postgresql(), refused(OLD, NO_VERSION, 70, TLS12_UP, ("1.2",), at=SQL),
      works(NEW, "1.3", TLS13, "secp256r1", NEW_TLS13, at=SQL))

# ---------------------------------------------------------------- leading zeros

DHE_ONLY = "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256 -www"
GNUTLS_DHE = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+DHE-RSA"


def zero(name, needs, server, verdict, at=WEB, faulty=False, base=MOST_HEALTHY):
    """--rounds times: every verdict right, in at most four connections beside those that any server costs."""
    asked(f"zero-{name}", needs, server, Check("--leading-zero", {"dhe-leading-zero": "certain"} if faulty else {}, at, int(faulty),
                                               most=base + MOST_ZERO, wants={"leading_zero": verdict}, repeated=True, seconds=20))


zero("openssl", "openssl", s_server(DHE_ONLY), "correct", base=2)
zero("gnutls", "gnutls-serv", gnutls_serv("", GNUTLS_DHE), "correct", base=2)
for fault, verdict in (("dhe-leading-zero", "keeps-zero"), ("dhe-yc-padded", "refuses-yc"), ("dhe-yc-unpadded", "refuses-yc")):
    zero(f"{fault}", "openssl", lab_server(f"{fault}-rare"), verdict, "127.0.0.1:PORT", True)
    zero(f"{fault}-fixed", "openssl", lab_server(f"{fault}-rare --fixed"), "correct", "127.0.0.1:PORT")

# ---------------------------------------------------------------- servers that cost whoever asks them

PATIENCE = 4  # who gives up before three seconds has not shown silence


def listening(place, backlog=16):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(backlog)
    place.port = listener.getsockname()[1]
    place.sockets = [listener]
    return listener


def black_hole(place):
    """Its queue is full: the kernel drops every further SYN."""
    listener = listening(place, 0)
    for _ in range(3):
        place.sockets.append(socket.socket())
        place.sockets[-1].setblocking(False)
        place.sockets[-1].connect_ex(listener.getsockname())


def never_accepts(place):
    """Half open: the kernel takes the connection, nobody ever reads."""
    listening(place)


def serving(talk):
    """A server that does with every connection what `talk` does."""
    def run(connection):
        with connection, contextlib.suppress(OSError):
            talk(connection)

    def start(place):
        listener = listening(place)

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=run, args=(listener.accept()[0],), daemon=True).start()
        threading.Thread(target=accept, daemon=True).start()
    return start


def endless(piece):
    def talk(connection):
        while True:
            connection.sendall(piece)
    return talk


def endless_hello(connection):
    """A ServerHello of 16 MB, a byte a record."""
    connection.recv(65536)
    connection.sendall(bytes.fromhex("160303000402ffffff"))
    endless(bytes.fromhex("160303000100") * 4096)(connection)


def half_an_answer(connection):
    """The first half of a PRELOGIN reply, then nothing."""
    connection.recv(4096)
    connection.sendall(bytes.fromhex("0401002b00000100000015000601"))
    while connection.recv(4096):
        pass
    threading.Event().wait()


def hostile(name, server, says, end, at="127.0.0.1:PORT", stage=None, attempts=2, rule=None, status=1):
    wants = {"end": end, **({"stage": stage} if stage else {})}
    asked(f"hostile-{name}", "", server, Check(f"--timeout={PATIENCE}", rule or {}, at, status, wants=wants, says=(says,),
                                                  seconds=attempts * (PATIENCE + 2)))


SILENT = {"no-answer": "possible"}
hostile("black-hole", black_hole, "no answer in time, the connection was not made", "timeout", stage="P0", attempts=1, status=4)
hostile("half-open", never_accepts, "no answer in time, its first word unanswered", "timeout", stage="P1", rule=SILENT)
hostile("half-open-web", never_accepts, "no answer in time, after the ClientHello", "timeout", WEB, "P3", 3, SILENT)
hostile("half-an-answer", serving(half_an_answer), "no answer in time, after the first answer", "timeout")
hostile("zeros-forever", serving(endless(bytes(65536))), "the server speaks another protocol", "nonsense")
hostile("text-forever", serving(endless(b"HTTP/1.1 200 OK\r\n" * 1000)), "the server speaks another protocol", "nonsense", WEB)
hostile("hello-forever", serving(endless_hello), "the server sends too much: a handshake message larger than any", "too-much", WEB)
hostile("packets-forever", lab_server("talks-forever"), "the server sends too much: the server sends on and on", "too-much")
hostile("huge-certificate", lab_server("huge-certificate"), "the server sends too much: a handshake message larger than any", "too-much", WEB)
hostile("one-byte-a-second", lab_server("one-byte-a-second"), "no answer in time, after the first answer", "timeout")
