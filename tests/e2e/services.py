# SPDX-License-Identifier: Apache-2.0
"""Scenarios in which TLS begins after some talk in clear: real servers of mail, files, directories and databases, and proxies."""
import os
import shutil
import sys

import lab
from scenarios import GCM256, PASSWORD, TLS13, s_client, s_server, scenario, talk

ESTABLISHED = "tls established P5b/P7 client/server fin/rst"
REFUSED = "unknown refused P2 client/server fin"


def place_file(place, name, text, mode=0o600):
    path = place.path(name)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def own_key(place, owner=None):
    """Copies of the self-signed certificate and its key that a server with demands on files takes."""
    paths = []
    for kind in ("pem", "key"):
        path = place.path(f"own.{kind}")
        shutil.copy(f"{place.certs.folder}/self.{kind}", path)
        os.chmod(path, 0o600)
        if owner:
            shutil.chown(path, owner)
        paths.append(path)
    return paths


# ---------------------------------------------------------------- mail

def smtp(tls=True):
    def start(place):
        certificate, key = own_key(place)
        place.serve(["aiosmtpd", "-n", "-l", "127.0.0.1:PORT", "-c", "aiosmtpd.handlers.Sink",
                     *(["--tlscert", certificate, "--tlskey", key] if tls else [])])
    return start


def dovecot(place):
    certificate, key = own_key(place)
    user = "nobody" if os.geteuid() == 0 else os.environ.get("USER", "nobody")
    for name in ("run", "state"):
        os.mkdir(place.path(name))
    os.chmod(place.folder, 0o755)

    def config(port):
        text = f"""base_dir = {place.path("run")}
state_dir = {place.path("state")}
log_path = /dev/stderr
protocols = imap pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {"nogroup" if user == "nobody" else user}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home={place.folder}
}}
service anvil {{
  chroot =
}}
"""
        for name, other in (("imap", "imaps"), ("pop3", "pop3s")):
            text += f"service {name}-login {{\n  chroot =\n  inet_listener {name} {{\n    port = {port if name == place.wanted else 0}\n  }}\n"
            text += f"  inet_listener {other} {{\n    port = 0\n  }}\n}}\n"
        return place_file(place, "dovecot.conf", text)
    place.serve_configured(["dovecot", "-F", "-c"], config)


def mailbox(protocol):
    def start(place):
        place.wanted = protocol
        dovecot(place)
    return start


scenario("smtp-starttls", "aiosmtpd", smtp(), s_client("-starttls smtp -tls1_2", "QUIT\n", "221 "),
         talk(ESTABLISHED, "1.2", GCM256, service="smtp", starttls="accepted", starttls_answer="220"))
scenario("smtp-curl-in-clear", "aiosmtpd curl", smtp(tls=False),
         lambda place: place.client(["curl", "-sS", "--ssl-reqd", "smtp://127.0.0.1:PORT", "--mail-from", "a@b.example", "--mail-rcpt", "c@d.example",
                                     "-T", place_file(place, "mail.txt", "Subject: x\n\nx\n")]),
         talk("unknown plaintext/refused P2/P7 client/server fin", service="smtp", tls=None), says=["curl: (64)"])
scenario("imap-starttls", "dovecot", mailbox("imap"), s_client("-starttls imap", "a LOGOUT\n", "a OK"),
         talk(ESTABLISHED, "1.3", TLS13, service="imap", starttls="accepted", starttls_answer="OK"))
scenario("imap-curl-starttls", "dovecot curl", mailbox("imap"),
         lambda place: place.client(["curl", "-sSk", "--ssl-reqd", "--tls-max", "1.2", "-u", f"nobody:{PASSWORD}", "-X", "NOOP", "imap://127.0.0.1:PORT/"]),
         talk(ESTABLISHED, "1.2", None, service="imap", starttls="accepted", **{"tls__cipher": lambda seen: seen is not None}))
scenario("pop3-starttls", "dovecot", mailbox("pop3"), s_client("-starttls pop3", "QUIT\n", r"\+OK Logging out"),
         talk(ESTABLISHED, "1.3", TLS13, service="pop3", starttls="accepted", starttls_answer="+OK"))


# ---------------------------------------------------------------- files and directories

def vsftpd(tls=True):
    def start(place):
        certificate, key = own_key(place)
        ssl = f"ssl_enable=YES\nssl_tlsv1=YES\nrsa_cert_file={certificate}\nrsa_private_key_file={key}\nallow_anon_ssl=YES\n" if tls else ""
        place.serve_configured(["vsftpd"], lambda port: place_file(
            place, "vsftpd.conf", f"listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\nbackground=NO\nanonymous_enable=YES\n"
            f"run_as_launching_user=YES\nsecure_chroot_dir={place.folder}\nanon_root={place.folder}\nseccomp_sandbox=NO\n{ssl}"))
    return start


def slapd(place):
    certificate, key = own_key(place)
    os.mkdir(place.path("ldap"))
    config = place_file(place, "slapd.conf", "include /etc/ldap/schema/core.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\n"
                        f"TLSCertificateFile {certificate}\nTLSCertificateKeyFile {key}\npidfile {place.path('slapd.pid')}\n"
                        f"database mdb\nmaxsize 1048576\nsuffix \"dc=example\"\nrootdn \"cn=admin,dc=example\"\nrootpw {PASSWORD}\n"
                        f"directory {place.path('ldap')}\n")
    place.serve(["slapd", "-f", config, "-h", "ldap://127.0.0.1:PORT", "-d", "0"])


def ldapsearch(*arguments):
    return lambda place: place.client(["ldapsearch", "-x", "-H", "ldap://127.0.0.1:PORT", "-s", "base", *arguments],
                                      environment={"LDAPTLS_REQCERT": "never"})


scenario("ftp-auth-tls", "vsftpd", vsftpd(), s_client("-starttls ftp -tls1_2", "QUIT\n", "221 "),
         talk(ESTABLISHED, "1.2", GCM256, service="ftp", starttls="accepted", starttls_answer="234"))
scenario("ftp-curl-refused", "vsftpd curl", vsftpd(tls=False),
         lambda place: place.client(["curl", "-sS", "--ssl-reqd", "ftp://127.0.0.1:PORT/"]),
         talk("unknown refused P2 client/server fin", service="ftp", starttls="refused", starttls_answer="530", tls=None),
         findings={"starttls-refused": "likely"}, says=["curl: (64)"])
scenario("ldapsearch-starttls", "slapd ldapsearch", slapd, ldapsearch("-ZZ", "-b", "", "namingContexts"),
         talk(ESTABLISHED, "1.3", None, service="ldap", starttls="accepted", starttls_answer="0", **{"tls__cipher": lambda seen: seen is not None}),
         says=["namingContexts"])
scenario("ldapsearch-in-clear", "slapd ldapsearch", slapd, ldapsearch("-D", "cn=admin,dc=example", "-w", PASSWORD, "-b", "", "namingContexts"),
         talk("unknown plaintext P7 client/server fin", service="ldap", starttls=None, tls=None), says=["namingContexts"])


# ---------------------------------------------------------------- databases

def as_user(place, user, *paths):
    """The front of a command that a server runs under which refuses to be root."""
    if os.geteuid() != 0:
        return []
    os.chmod(place.folder, 0o755)
    for path in paths:
        shutil.chown(path, user)
    return ["setpriv", f"--reuid={user}", "--regid=nogroup", "--clear-groups"]


def postgresql(tls=True):
    def start(place):
        data = place.path("data")
        os.mkdir(data)
        front = as_user(place, "nobody", data)
        complaint = lab.run_tool(*front, "initdb", "-D", data, "-A", "trust", "-U", "someone", "--no-sync", "--no-instructions",
                                 "--locale=C", "--encoding=UTF8")
        if complaint:
            raise lab.Problem(complaint)
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]
        if tls:
            certificate, key = own_key(place, "nobody" if front else None)
            options += ["-c", "ssl=on", "-c", f"ssl_cert_file={certificate}", "-c", f"ssl_key_file={key}"]
        place.serve([*front, "postgres", "-D", data, "-p", "PORT", *options])
    return start


def psql(mode):
    return lambda place: place.client(["psql", f"host=127.0.0.1 port={place.port} user=someone dbname=postgres sslmode={mode} gssencmode=disable",
                                       "-Atc", "select 40+2"])


def mariadb_server(tls=True):
    def start(place):
        data = place.path("data")
        os.mkdir(data)
        os.chmod(place.folder, 0o755)
        user = "nobody" if os.geteuid() == 0 else os.environ.get("USER", "nobody")
        if os.geteuid() == 0:
            shutil.chown(data, user)
        certificate, key = own_key(place, user if os.geteuid() == 0 else None)
        tls_options = [f"--ssl-cert={certificate}", f"--ssl-key={key}"] if tls else ["--skip-ssl"]
        place.serve(["mariadbd", "--no-defaults", f"--user={user}", f"--datadir={data}", "--bind-address=127.0.0.1", "--port=PORT",
                     f"--socket={data}/sock", "--skip-grant-tables", "--skip-networking=0", "--innodb=OFF",
                     "--default-storage-engine=MyISAM", "--default-tmp-storage-engine=MyISAM", *tls_options])
    return start


def mariadb(*arguments):
    return lambda place: place.client(["mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", "PORT", "-u", "someone", *arguments, "-Ne", "select 40+2"])


scenario("postgresql-starttls", "postgres psql", postgresql(), psql("require"),
         talk(ESTABLISHED, "1.3", TLS13, service="postgresql", starttls="accepted", starttls_answer="S"), says=["42"], seconds=3)
scenario("postgresql-refused", "postgres psql", postgresql(tls=False), psql("require"),
         talk(REFUSED, service="postgresql", starttls="refused", starttls_answer="N", tls=None),
         findings={"starttls-refused": "likely"}, says=["does not support SSL"], seconds=3)
scenario("postgresql-prefer-in-clear", "postgres psql", postgresql(tls=False), psql("prefer"),
         talk("unknown plaintext P7 client/server fin", service="postgresql", starttls="refused", tls=None),
         findings={"starttls-refused": "likely"}, says=["42"], seconds=3)
scenario("mysql-starttls", "mariadbd mariadb", mariadb_server(), mariadb("--ssl"),
         talk(ESTABLISHED, "1.3", None, service="mysql", starttls="accepted", **{"tls__cipher": lambda seen: seen is not None}), says=["42"], seconds=3)
scenario("mysql-in-clear", "mariadbd mariadb", mariadb_server(tls=False), mariadb(),
         talk("unknown plaintext P7 client/server fin", service="mysql", starttls=None, tls=None), says=["42"], seconds=3)


# ---------------------------------------------------------------- RDP

def xrdp(place):
    certificate, key = own_key(place)
    place.serve_configured(["xrdp", "--nodaemon", "-c"], lambda port: place_file(
        place, "xrdp.ini", f"[Globals]\nini_version=1\nfork=true\nport=tcp://127.0.0.1:{port}\nsecurity_layer=tls\ncertificate={certificate}\n"
        f"key_file={key}\nssl_protocols=TLSv1.2, TLSv1.3\nruntime_user=root\n[Logging]\nLogFile={place.path('xrdp.log')}\nLogLevel=DEBUG\n"))


def rdp_client(protocols):
    script = os.path.join(lab.HERE, "clients", "rdp.py")
    return lambda place: place.client([sys.executable, script, str(place.port), str(protocols)])


if os.geteuid() == 0:  # xrdp keeps its pid file in /run
    scenario("rdp-tls", "xrdp", xrdp, rdp_client(1),
             talk(ESTABLISHED, "1.3", TLS13, service="rdp", starttls="accepted", starttls_answer="ssl", rdp_requested=["ssl"]), says=["selected 1"])
    scenario("rdp-nothing-common", "xrdp", xrdp, rdp_client(0),
             talk("unknown refused/plaintext P2/P6/P7 client/server fin/rst", service="rdp", tls=None), says=["failure"])


# ---------------------------------------------------------------- proxies

def behind(proxy, server):
    """`server` answers beside; `proxy(place, port)` is the one that is recorded."""
    def start(place):
        place.behind = place.beside(server)
        proxy(place, place.behind)
    return start


def tinyproxy(place, port, allowed=True):
    place.serve_configured(["tinyproxy", "-d", "-c"], lambda own: place_file(
        place, "tinyproxy.conf", f"Port {own}\nListen 127.0.0.1\nTimeout 20\nConnectPort {port if allowed else 9}\n"))


def microsocks(place, port):
    place.serve(["microsocks", "-i", "127.0.0.1", "-p", "PORT"])


def microsocks_with_password(place, port):
    place.serve(["microsocks", "-i", "127.0.0.1", "-p", "PORT", "-u", "someone", "-P", PASSWORD])


def curl(*arguments):
    return lambda place: place.client(["curl", "-sSk", "--tls-max", "1.2", *[a.replace("PROXY", str(place.port)) for a in arguments],
                                       f"https://localhost:{place.behind}/"])


def haproxy(way):
    """HAProxy before itself: what passes from the one to the other begins with a PROXY header, and that is recorded."""
    def start(place):
        certificate, key = own_key(place)
        with open(place.path("both.pem"), "w") as both:
            for path in (certificate, key):
                with open(path) as part:
                    both.write(part.read())
        place.behind = lab.free_port()
        place.serve_configured(["haproxy", "-db", "-f"], lambda port: place_file(
            place, "haproxy.cfg", "defaults\n  mode tcp\n  timeout client 20s\n  timeout server 20s\n  timeout connect 20s\n"
            f"listen front\n  bind 127.0.0.1:{place.behind}\n  server inner 127.0.0.1:{port} {way}\n"
            f"frontend inner\n  mode http\n  bind 127.0.0.1:{port} accept-proxy ssl crt {place.path('both.pem')}\n  http-request return status 200\n"))
    return start


WEB = s_server("-tls1_2 -www")
GRANTED = {"proxy__granted": True, "proxy__code": 200, "proxy__kind": "connect", "proxy__host": "localhost"}
scenario("connect-tls", "tinyproxy curl openssl", behind(tinyproxy, WEB), curl("-x", "http://127.0.0.1:PROXY"),
         talk(ESTABLISHED, "1.2", GCM256, **GRANTED), says=["s_server"])
scenario("connect-refused", "tinyproxy curl openssl", behind(lambda place, port: tinyproxy(place, port, False), WEB),
         curl("-x", "http://127.0.0.1:PROXY"),
         talk("unknown refused P2 client/server fin", proxy__granted=False, proxy__code=403, proxy__kind="connect", tls=None),
         findings={"proxy-denied": "likely"}, says=["403"])
scenario("connect-failed-handshake", "tinyproxy curl openssl", behind(tinyproxy, s_server("-tls1_3 -www")), curl("-x", "http://127.0.0.1:PROXY"),
         talk("tls failed P3 server alert", alerts="server:70", **GRANTED), findings={"no-common-version": "likely"})
scenario("socks5-tls", "microsocks curl openssl", behind(microsocks, WEB), curl("--socks5-hostname", "127.0.0.1:PROXY"),
         talk(ESTABLISHED, "1.2", GCM256, proxy__kind="socks5", proxy__host="localhost", proxy__granted=True), says=["s_server"])
scenario("socks5-password", "microsocks curl openssl", behind(microsocks_with_password, WEB),
         curl("--socks5-hostname", f"someone:{PASSWORD}@127.0.0.1:PROXY"),
         talk(ESTABLISHED, "1.2", GCM256, proxy__kind="socks5", proxy__granted=True), says=["s_server"])
for name, way, client in (("1", "send-proxy", "127.0.0.1"), ("2", "send-proxy-v2", "127.0.0.1")):
    scenario(f"proxy-header-{name}", "haproxy curl", haproxy(way), curl(),
             talk(ESTABLISHED, "1.2", None, proxy__kind="proxy-protocol", proxy__client_ip=client, **{"tls__cipher": lambda seen: seen is not None}))


# ---------------------------------------------------------------- a proxy that opens TLS

AGENT_HOST = "workspace.ods.opinsights.azure.com"


def inspected(place):
    """The client asks tinyproxy, which hands on to the inspecting proxy, which speaks TLS with both sides."""
    c = place.certs
    origin = place.beside(s_server("-tls1_3 -www"))
    inspector = place.beside(lambda p: p.serve([sys.executable, os.path.join(lab.HERE, "inspector.py"), "PORT", "--origin", str(origin),
                                                "--ca", c.ca_pem, "--ca-key", c.ca_key, "--folder", place.folder]))
    place.serve_configured(["tinyproxy", "-d", "-c"], lambda own: place_file(
        place, "tinyproxy.conf", f"Port {own}\nListen 127.0.0.1\nTimeout 20\nConnectPort 443\nUpstream http 127.0.0.1:{inspector}\n"))


def agent(*arguments):
    return lambda place: place.client(["curl", "-sS", "-x", f"http://127.0.0.1:{place.port}", *[a.replace("CA", place.certs.ca_pem) for a in arguments],
                                       f"https://{AGENT_HOST}/"])


OPENED = {"proxy__granted": True, "proxy__host": AGENT_HOST, "tls__client__server_name": AGENT_HOST,
          "tls__server__x509__issuer__common_name": ["akushu end-to-end CA"]}
scenario("inspected-not-trusted", "tinyproxy curl openssl", inspected, agent(),
         talk("tls failed P4 client alert", "1.2", None, alerts="client:48", **{"tls__cipher": lambda seen: seen is not None}, **OPENED),
         findings={"tls-inspection": "likely", "certificate-untrusted": "certain"}, says=["certificate"])
scenario("inspected-and-trusted", "tinyproxy curl openssl", inspected, agent("--cacert", "CA"),
         talk(ESTABLISHED, "1.2", None, **{"tls__cipher": lambda seen: seen is not None}, **OPENED),
         findings={"tls-inspection": "likely"}, says=["s_server"])
