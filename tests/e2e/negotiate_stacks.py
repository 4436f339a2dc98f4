# SPDX-License-Identifier: Apache-2.0
"""Random configurations of four TLS stacks: as commands that run them, and as descriptions for the test program.

OpenSSL is told by an openssl.cnf, GnuTLS by a priority string, JSSE by a file like java.security, and akushu reads these very texts;
only NSS, which has none, is described code by code.
"""
import csv
import os
import random
import shutil
import socket
import subprocess
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
SECONDS = 10


def table(name):
    with open(os.path.join(ROOT, "data", name), encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


MODEL = {int(r["code"], 16): (r["key_exchange"], r["name"]) for r in table("tls_cipher_suites.csv") if len(r["code"]) == 6}
OPENSSL = {int(r["code"], 16): r["name"] for r in table("openssl_suites.csv")}
VERSIONS = ["0301", "0302", "0303", "0304"]
# Suites that the stacks have in common, by and large.
OLD = [0xC02C, 0xC030, 0x009F, 0xCCA9, 0xCCA8, 0xCCAA, 0xC02B, 0xC02F, 0x009E, 0xC024, 0xC028, 0x006B, 0xC023, 0xC027, 0x0067,
       0xC00A, 0xC014, 0x0039, 0xC009, 0xC013, 0x0033, 0x009D, 0x009C, 0x003D, 0x003C, 0x0035, 0x002F]
NEW = [0x1301, 0x1302, 0x1303]
KEYS = ["rsa1024", "rsa2048", "rsa2048", "rsa3072", "p256", "p256", "p384"]
HASHES = ["sha256", "sha256", "sha1", "sha384", "sha512"]
CURVES = {"p256": "0017", "p384": "0018"}


def some(rnd, items, least=1):
    """A part of the items in random order; often all in their order."""
    if rnd.random() < 0.25:
        return list(items)
    return rnd.sample(items, rnd.randint(min(least, len(items)), len(items)))


def versions(rnd):
    low = rnd.choice([0, 0, 1, 2, 2, 3])
    return low, rnd.randint(low, 3)


def run(command, **more):
    done = subprocess.run(command, **QUIET, timeout=120, **more)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout.decode(errors='replace')[-500:]}")


def free_port(taken=set(), lock=threading.Lock()):  # noqa: B006
    """A port that no one else gets: outside the range that connections and other servers of this run take theirs from."""
    while True:
        port = random.randrange(12000, 32000)
        with lock, socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port not in taken:
                taken.add(port)
                return port


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Place:
    """The folder of one run: certificates in every form, and the machines of Java."""

    def __init__(self, folder):
        self.folder, self.lock, self.count, self.machines = folder, threading.Lock(), 0, {}
        self.two_certificates = False  # servers of OpenSSL and GnuTLS have a second one, of another kind of key
        self.environment = {**os.environ, "OPENSSL_CONF": "/dev/null", "MALLOC_CHECK_": "0"}

    def path(self, name):
        return os.path.join(self.folder, name)

    def fresh(self, name, text):
        with self.lock:
            self.count += 1
            path = self.path(f"{self.count}-{name}")
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        return path

    def prepare(self, here):
        names = [s.name for s in here]
        self.authority()
        for key in sorted(set(KEYS)):
            for digest in sorted(set(HASHES)):
                self.leaf(key, digest, "nss" in names, "jsse" in names)
        for bits in (1024, 2048):
            run(["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", f"group:{'ffdhe2048' if bits == 2048 else 'modp_1536'}",
                 "-out", self.path(f"dh{bits}.pem")]) if bits == 2048 else shutil.copy(os.path.join(HERE, "dh1024.pem"), self.path("dh1024.pem"))
        if "nss" in names:
            self.database("trust", None)
        if "jsse" in names:
            run(["javac", "-d", self.folder, os.path.join(HERE, "clients", "Negotiate.java")])
            run(["keytool", "-importcert", "-noprompt", "-alias", "root", "-file", self.path("root.pem"), "-keystore", self.path("trust.p12"),
                 "-storetype", "PKCS12", "-storepass", "changeit"])

    def authority(self):
        run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "3000", "-subj", "/CN=test authority",
             "-keyout", self.path("root.key"), "-out", self.path("root.pem"), "-addext", "basicConstraints=critical,CA:TRUE",
             "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-config", os.path.join(HERE, "request.cnf")], env=self.environment)

    def leaf(self, key, digest, nss, jsse):
        name = f"{key}-{digest}"
        kind = ["-newkey", f"rsa:{key[3:]}"] if key.startswith("rsa") else ["-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:P-{key[1:]}"]
        run(["openssl", "req", *kind, "-nodes", "-subj", "/CN=localhost", "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.csr"),
             "-config", os.path.join(HERE, "request.cnf")], env=self.environment)
        extensions = self.fresh("leaf.cnf", "subjectAltName=DNS:localhost,IP:127.0.0.1\nkeyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
        run(["openssl", "x509", "-req", "-in", self.path(f"{name}.csr"), "-CA", self.path("root.pem"), "-CAkey", self.path("root.key"),
             "-CAcreateserial", f"-{digest}", "-days", "2000", "-extfile", extensions, "-out", self.path(f"{name}.pem")], env=self.environment)
        run(["openssl", "pkcs12", "-export", "-in", self.path(f"{name}.pem"), "-inkey", self.path(f"{name}.key"), "-certfile", self.path("root.pem"),
             "-name", "leaf", "-passout", "pass:changeit", "-out", self.path(f"{name}.p12")], env=self.environment)
        if nss:
            self.database(name, self.path(f"{name}.p12"))

    def database(self, name, p12):
        folder = self.path(f"db-{name}")
        os.mkdir(folder)
        run(["certutil", "-N", "-d", folder, "--empty-password"])
        run(["certutil", "-A", "-d", folder, "-n", "root", "-t", "CT,,", "-i", self.path("root.pem")])
        if p12:
            run(["pk12util", "-i", p12, "-d", folder, "-W", "changeit", "-K", ""])

    def machine(self, key, options):
        with self.lock:
            if key not in self.machines:
                self.machines[key] = Machine(self, options)
            return self.machines[key]

    def end(self):
        for machine in self.machines.values():
            machine.process.kill()


class Machine:
    """A Java machine that runs many servers and clients of one set of properties."""

    def __init__(self, place, options):
        self.lock = threading.Lock()
        self.process = subprocess.Popen(["java", "-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *options, "-cp", place.folder, "Negotiate"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def ask(self, line):
        with self.lock:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            return self.process.stdout.readline().strip()


class Party:
    """One configuration; `settings` describe it to the test program."""

    def __init__(self, stack, settings, shown):
        self.stack, self.settings, self.shown, self.output, self.port, self.process = stack, settings, shown, "", 0, None
        self.certificate = None

    def __str__(self):
        return f"{self.stack}: {self.shown}"

    def said(self):
        lines = [line for line in self.output.splitlines() if "rror" in line or "lert" in line or "xception" in line]
        return " / ".join(lines)[-300:]


class Command(Party):
    """A client or server that is a process of its own. PORT in its words becomes the port."""

    def __init__(self, stack, settings, shown, words, environment):
        super().__init__(stack, settings, shown)
        self.words, self.environment = words, environment

    def command(self, port):
        return [w.replace("PORT", str(port)) for w in self.words]

    def run(self, port, over):
        """Some clients stay once the handshake is over."""
        with subprocess.Popen(self.command(port), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self.environment) as process:
            reader = threading.Thread(target=lambda: setattr(self, "output", process.stdout.read().decode(errors="replace")), daemon=True)
            reader.start()
            deadline, pause = time.monotonic() + SECONDS, 0.002
            while process.poll() is None and not over():
                if time.monotonic() > deadline:
                    self.output = "error: timeout"
                    break
                time.sleep(pause)
                pause = min(pause * 1.5, 0.02)
            process.kill()
            reader.join(1)

    def start(self):
        for _ in range(5):
            self.port = free_port()
            self.process = subprocess.Popen(self.command(self.port), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                            env=self.environment)
            deadline = time.monotonic() + SECONDS
            while self.process.poll() is None and time.monotonic() < deadline:
                if answers(self.port):
                    threading.Thread(target=self.process.stderr.read, daemon=True).start()
                    return
                time.sleep(0.01)
        raise RuntimeError(f"{self}: did not start: {self.process.stderr.read().decode(errors='replace')[-500:]}")

    def stop(self):
        self.process.kill()
        self.process.wait()


def choose_certificate(rnd, weak=True):
    key = rnd.choice(KEYS if weak else [k for k in KEYS if k != "rsa1024"])
    digest = rnd.choice(HASHES if weak else [h for h in HASHES if h != "sha1"])
    return key, digest


def describe_certificate(key, digest):
    if key.startswith("rsa"):
        return f"chain rsa {key[3:]} 0000 {digest} rsa"
    return f"chain ec {key[1:]} {CURVES[key]} {digest} rsa"


def second_certificate(place, rnd, first, weak=True):
    """(key, digest) of another kind of key than the first one; None when servers have only one."""
    if not place.two_certificates or rnd.random() < 0.2:
        return None
    key, digest = choose_certificate(rnd, weak)
    while (key[0] == "p") == (first[0] == "p"):
        key, digest = choose_certificate(rnd, weak)
    return key, digest


# ---------------------------------------------------------------- OpenSSL

class OpenSsl:
    name = "openssl"
    GROUPS = "X25519 P-256 P-384 P-521 X448 ffdhe2048 ffdhe3072".split()
    SCHEMES = ("rsa_pss_rsae_sha256 rsa_pss_rsae_sha384 rsa_pss_rsae_sha512 RSA+SHA256 RSA+SHA384 RSA+SHA512 RSA+SHA1 ECDSA+SHA256 ECDSA+SHA384 "
               "ECDSA+SHA512 ECDSA+SHA1 ed25519").split()
    RULES = ("ECDHE+AESGCM DHE+AESGCM kRSA ECDHE DHE AESGCM CHACHA20 AES128 AES256 HIGH SHA1 SHA256 SHA384 aRSA aECDSA kRSA+AESGCM ECDHE+CHACHA20 "
             "DHE+AES TLSv1.2 AESCCM CAMELLIA").split()
    NAMES = ["SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]

    @staticmethod
    def present():
        return shutil.which("openssl") is not None

    @classmethod
    def cipher_string(cls, rnd, level):
        kind = rnd.random()
        if kind < 0.35:
            rules = ["ALL" if level == 0 else "DEFAULT"] + [rnd.choice("-!+") + rnd.choice(cls.RULES) for _ in range(rnd.randint(0, 2))]
        elif kind < 0.7:
            rules = [rnd.choice(cls.RULES) for _ in range(rnd.randint(1, 4))] + ["!eNULL", "!aNULL", "!PSK", "!SRP"]
        else:
            rules = [OPENSSL[c] for c in rnd.sample(OLD, rnd.randint(1, 8))]
        return ":".join([*rules, f"@SECLEVEL={level}"])

    @classmethod
    def config(cls, rnd, server, level):
        low, high = versions(rnd)
        if level and high < 2:
            low, high = low, 2
        lines = [f"MinProtocol = {cls.NAMES[low + 1]}", f"MaxProtocol = {cls.NAMES[high + 1]}", f"CipherString = {cls.cipher_string(rnd, level)}"]
        if rnd.random() < 0.5:
            lines.append("Ciphersuites = " + ":".join(MODEL[c][1] for c in some(rnd, NEW)))
        if rnd.random() < 0.7:
            lines.append("Groups = " + ":".join(some(rnd, cls.GROUPS)))
        if rnd.random() < 0.6:
            lines.append("SignatureAlgorithms = " + ":".join(some(rnd, cls.SCHEMES, 2)))
        if server and rnd.random() < 0.5:
            lines.append("Options = ServerPreference")
        return lines

    @classmethod
    def party(cls, place, lines, more, words):
        path = place.fresh("openssl.cnf", "openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = tls\n[tls]\n" + "\n".join(lines) + "\n")
        return Command(cls.name, ["program openssl-3.0", f"text {path}", *more], " ; ".join([*lines, *more]), words,
                       {**place.environment, "OPENSSL_CONF": path})

    @classmethod
    def client(cls, place, rnd):
        level = rnd.choice([0, 0, 0, 1, 2])
        lines = cls.config(rnd, False, level)
        return cls.party(place, lines, [], ["openssl", "s_client", "-connect", "127.0.0.1:PORT", "-CAfile", place.path("root.pem"), "-verify_return_error",
                                            "-verify", "3"])

    @classmethod
    def server(cls, place, rnd):
        level = rnd.choice([0, 0, 0, 1, 2])
        key, digest = choose_certificate(rnd, level == 0)
        lines, bits = cls.config(rnd, True, level), rnd.choice([1024, 2048]) if level < 2 else 2048
        dh = rnd.random() < 0.8
        name = f"{key}-{digest}"
        words = ["openssl", "s_server", "-accept", "127.0.0.1:PORT", "-www", "-quiet", "-cert", place.path(f"{name}.pem"), "-key", place.path(f"{name}.key"),
                 *(["-dhparam", place.path(f"dh{bits}.pem")] if dh else ["-no_dhe"])]
        more = [describe_certificate(key, digest)]
        if (other := second_certificate(place, rnd, key, level == 0)) is not None:
            name = "-".join(other)
            words += ["-dcert", place.path(f"{name}.pem"), "-dkey", place.path(f"{name}.key")]
            more.append(describe_certificate(*other))
        return cls.party(place, lines, [*more, f"dh {bits if dh else 0}"], words)


# ---------------------------------------------------------------- GnuTLS

class GnuTls:
    name = "gnutls"
    CIPHERS = "AES-256-GCM AES-128-GCM CHACHA20-POLY1305 AES-256-CBC AES-128-CBC AES-256-CCM AES-128-CCM".split()
    MACS = "AEAD SHA1 SHA256 SHA384".split()
    EXCHANGES = "ECDHE-ECDSA ECDHE-RSA RSA DHE-RSA".split()
    GROUPS = "GROUP-SECP256R1 GROUP-SECP384R1 GROUP-SECP521R1 GROUP-X25519 GROUP-X448 GROUP-FFDHE2048 GROUP-FFDHE3072".split()
    SCHEMES = ("SIGN-RSA-SHA256 SIGN-RSA-PSS-RSAE-SHA256 SIGN-ECDSA-SHA256 SIGN-ECDSA-SECP256R1-SHA256 SIGN-RSA-SHA384 SIGN-RSA-PSS-RSAE-SHA384 "
               "SIGN-ECDSA-SHA384 SIGN-ECDSA-SECP384R1-SHA384 SIGN-RSA-SHA512 SIGN-RSA-PSS-RSAE-SHA512 SIGN-ECDSA-SHA512 SIGN-RSA-SHA1 SIGN-ECDSA-SHA1").split()

    @staticmethod
    def present():
        return shutil.which("gnutls-serv") is not None and shutil.which("gnutls-cli") is not None

    @classmethod
    def priority(cls, rnd, server):
        low, high = versions(rnd)
        wanted = [f"VERS-TLS1.{v}" for v in range(high, low - 1, -1)]
        if rnd.random() < 0.5:
            words = [rnd.choice(["NORMAL", "NORMAL", "SECURE128", "PERFORMANCE", "PFS"]), "-VERS-ALL"] + [f"+{v}" for v in wanted]
            words += ["-" + rnd.choice(cls.CIPHERS + cls.EXCHANGES + cls.GROUPS + cls.SCHEMES) for _ in range(rnd.randint(0, 4))]
        else:
            lists = [wanted, some(rnd, cls.CIPHERS, 2), some(rnd, cls.MACS, 2), some(rnd, cls.EXCHANGES, 2), some(rnd, cls.GROUPS, 2),
                     some(rnd, cls.SCHEMES, 3)]
            words = ["NONE"] + [f"+{w}" for names in lists for w in names] + ["+CTYPE-X509", "+COMP-NULL"]
        if server and rnd.random() < 0.5:
            words.append("%SERVER_PRECEDENCE")
        if not server and rnd.random() < 0.7:
            words.append("%VERIFY_ALLOW_SIGN_WITH_SHA1")
        if rnd.random() < 0.1:
            words.append("%NO_SESSION_HASH")
        return ":".join(words)

    @classmethod
    def party(cls, place, priority, more, words):
        path = place.fresh("priority", priority + "\n")
        return Command(cls.name, ["program gnutls-3.7", f"text {path}", *more], " ; ".join([priority, *more]), [*words, "--priority", priority],
                       place.environment)

    @classmethod
    def client(cls, place, rnd):
        return cls.party(place, cls.priority(rnd, False), [], ["gnutls-cli", "-p", "PORT", "127.0.0.1", "--x509cafile", place.path("root.pem")])

    @staticmethod
    def starts(priority):
        """A server that has no suite for its versions ends at once: there is nothing to be predicted."""
        done = subprocess.run(["gnutls-cli", "--list", "--priority", priority], **QUIET)
        return done.returncode == 0 and b"Cipher suites for" in done.stdout and b"rror" not in done.stdout

    @classmethod
    def server(cls, place, rnd):
        priority = cls.priority(rnd, True)
        while not cls.starts(priority):
            priority = cls.priority(rnd, True)
        key, digest = choose_certificate(rnd)
        bits = rnd.choice([0, 1024, 2048])
        words = ["gnutls-serv", "-p", "PORT", "-q", "--http", "--x509certfile", place.path(f"{key}-{digest}.pem"), "--x509keyfile", place.path(f"{key}-{digest}.key"),
                 "--disable-client-cert", *(["--dhparams", place.path(f"dh{bits}.pem")] if bits else [])]
        more = [describe_certificate(key, digest)]
        if (other := second_certificate(place, rnd, key)) is not None:
            name = "-".join(other)
            words += ["--x509certfile", place.path(f"{name}.pem"), "--x509keyfile", place.path(f"{name}.key")]
            more.append(describe_certificate(*other))
        return cls.party(place, priority, [*more, *([f"dh {bits}", "way ffdhe 1"] if bits else [])], words)


# ---------------------------------------------------------------- NSS

class Nss:
    name = "nss"
    # The order is the library's own, whatever is switched on.
    SUITES = [0x1301, 0x1303, 0x1302, 0xC02B, 0xC02F, 0xCCA9, 0xCCA8, 0xC02C, 0xC030, 0xC00A, 0xC009, 0xC013, 0xC023, 0xC027, 0xC014, 0xC024, 0xC028, 0x009E, 0xCCAA,
              0x009F, 0x0033, 0x0067, 0x0039, 0x006B, 0x009C, 0x009D, 0x002F, 0x003C, 0x0035, 0x003D]
    GROUPS = {"x25519": "001D", "P256": "0017", "P384": "0018", "P521": "0019", "FF2048": "0100", "FF3072": "0101"}
    SCHEMES = {"ecdsa_secp256r1_sha256": "0403", "ecdsa_secp384r1_sha384": "0503", "ecdsa_secp521r1_sha512": "0603", "ecdsa_sha1": "0203",
               "rsa_pss_rsae_sha256": "0804", "rsa_pss_rsae_sha384": "0805", "rsa_pss_rsae_sha512": "0806", "rsa_pkcs1_sha256": "0401",
               "rsa_pkcs1_sha384": "0501", "rsa_pkcs1_sha512": "0601", "rsa_pkcs1_sha1": "0201"}

    @staticmethod
    def present():
        return all(map(shutil.which, ("tstclnt", "selfserv", "certutil", "pk12util")))

    @classmethod
    def choose(cls, rnd):
        low, high = versions(rnd)
        suites = set(some(rnd, cls.SUITES, 3))
        suites = [c for c in cls.SUITES if c in suites]
        words = ["-V", f"tls1.{low}:tls1.{high}", "-c", "".join(f":{c:04X}" for c in suites)]
        settings = ["program nss-3.87", f"versions {VERSIONS[low]} {VERSIONS[high]}", "suites " + " ".join(f"{c:04X}" for c in suites)]
        if rnd.random() < 0.7:
            groups = some(rnd, list(cls.GROUPS), 2)
            words += ["-I", ",".join(groups)]
            settings.append("groups " + " ".join(cls.GROUPS[g] for g in groups))
        if rnd.random() < 0.6:
            schemes = some(rnd, list(cls.SCHEMES), 3)
            words += ["-J", ",".join(schemes)]
            settings.append("schemes " + " ".join(cls.SCHEMES[s] for s in schemes))
        return words, settings

    @classmethod
    def client(cls, place, rnd):
        words, settings = cls.choose(rnd)
        return Command(cls.name, settings, " ; ".join(settings), ["tstclnt", "-h", "127.0.0.1", "-p", "PORT", "-d", place.path("db-trust"), "-Q", *words],
                       place.environment)

    @classmethod
    def server(cls, place, rnd):
        key, digest = choose_certificate(rnd)
        words, settings = cls.choose(rnd)
        settings += [describe_certificate(key, digest), "dh 2048"]
        nickname = ["-n", "leaf"] if key.startswith("rsa") else ["-e", "leaf"]
        return Command(cls.name, settings, " ; ".join(settings), ["selfserv", "-p", "PORT", "-d", place.path(f"db-{key}-{digest}"), *nickname, "-H", "1", *words],
                       place.environment)


# ---------------------------------------------------------------- JSSE

class JsseParty(Party):
    def __init__(self, settings, shown, machine, words):
        super().__init__("jsse", settings, shown)
        self.machine, self.words = machine, words

    def run(self, port, over):
        self.output = self.machine.ask(f"client {port} {' '.join(self.words)}")

    def start(self):
        self.port = int(self.machine.ask("server " + " ".join(self.words)).split()[1])

    def stop(self):
        pass


class Jsse:
    name = "jsse"
    GROUPS = "x25519 secp256r1 secp384r1 secp521r1 x448 ffdhe2048 ffdhe3072".split()
    SCHEMES = ("ecdsa_secp256r1_sha256 ecdsa_secp384r1_sha384 ecdsa_secp521r1_sha512 rsa_pss_rsae_sha256 rsa_pss_rsae_sha384 rsa_pss_rsae_sha512 "
               "rsa_pkcs1_sha256 rsa_pkcs1_sha384 rsa_pkcs1_sha512 ecdsa_sha1 rsa_pkcs1_sha1").split()
    FLAVOURS = 6

    @staticmethod
    def present():
        return all(map(shutil.which, ("java", "javac", "keytool")))

    @classmethod
    def flavour(cls, place, rnd, role, more):
        """Groups and schemes belong to a machine, so that there are few of them. `more` is what a machine sets on each socket."""
        number = rnd.randrange(cls.FLAVOURS)
        own = random.Random(f"flavour {number} {role}")
        lines = ["jdk.tls.disabledAlgorithms=" + ("SSLv3" if number != 1 else "SSLv3, SHA1, 3DES_EDE_CBC, DH keySize < 1024"), "jdk.certpath.disabledAlgorithms=",
                 "jdk.tls.legacyAlgorithms=" + ("" if number != 2 else "AES_128_CBC, ECDHE_RSA")]
        properties = {}
        if number > 2:
            properties["jdk.tls.namedGroups"] = ",".join(some(own, cls.GROUPS, 2))
        if number > 3:
            properties[f"jdk.tls.{role}.SignatureSchemes"] = ",".join(some(own, cls.SCHEMES, 4))
        if role == "server":
            properties["jdk.tls.ephemeralDHKeySize"] = own.choice(["1024", "2048"])
        text = "\n".join(lines) + "\n"
        path = place.fresh("java.security", text)
        whole = place.fresh("properties", text + "".join(f"{k}={v}\n" for k, v in {**properties, **more}.items()))
        machine = place.machine((number, role), [f"-Djava.security.properties={path}", *(f"-D{k}={v}" for k, v in properties.items())])
        return machine, ["program jdk-17", f"text {whole}"], f"{number} {properties} {more}"

    @classmethod
    def choose(cls, place, rnd, role):
        low, high = versions(rnd)
        protocols = ",".join(["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"][low:high + 1])
        suites = ",".join(MODEL[c][1] for c in some(rnd, NEW + OLD, 3))
        machine, settings, shown = cls.flavour(place, rnd, role, {f"jdk.tls.{role}.protocols": protocols, f"jdk.tls.{role}.cipherSuites": suites})
        return machine, settings, shown, protocols, suites

    @classmethod
    def client(cls, place, rnd):
        machine, settings, shown, protocols, suites = cls.choose(place, rnd, "client")
        return JsseParty(settings, shown, machine, [place.path("trust.p12"), protocols, suites])

    @classmethod
    def server(cls, place, rnd):
        machine, settings, shown, protocols, suites = cls.choose(place, rnd, "server")
        key, digest = choose_certificate(rnd)
        own = rnd.choice(["0", "1"])
        more = [describe_certificate(key, digest), f"own-order {own}"]
        return JsseParty(settings + more, f"{shown} ; {' ; '.join(more)}", machine, [place.path(f"{key}-{digest}.p12"), protocols, suites, own])


STACKS = [OpenSsl, GnuTls, Nss, Jsse]
