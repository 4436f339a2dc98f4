# SPDX-License-Identifier: Apache-2.0
"""`akushu check` alone: the leading-zero probe against right and wrong servers, and servers that cost whoever asks them.

No other client talks to these servers. What each was told to be is what the check must find.
"""
import contextlib
import socket
import threading

from checks import MOST_HEALTHY, MOST_ZERO, Check
from lab_scenarios import lab_server
from scenarios import TABLE, Scenario, gnutls_serv, s_server

WEB = "https://127.0.0.1:PORT"


def asked(name, needs, server, *checks):
    """A scenario without a client."""
    TABLE.append(Scenario(f"check-{name}", needs.split(), server, None, None, None, [], False, sum(c.seconds or 1 for c in checks), check=checks))


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
