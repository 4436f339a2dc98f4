#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A proxy that opens TLS: it ends the client's connection with a certificate of its own CA for the name asked for, and speaks TLS to the service itself.

usage: inspector.py PORT --origin PORT --ca FILE --ca-key FILE --folder FOLDER

Whatever host CONNECT asks for, the service is the one at the origin's port of this machine.
"""
import argparse
import os
import select
import socket
import ssl
import subprocess
import threading


def certificate(folder, ca, ca_key, host):
    """Paths of a certificate for the host's domain (a wildcard one) and its key, as inspecting devices make them."""
    name = "*." + host.split(".", 1)[1]
    key, request, names, leaf = (os.path.join(folder, f"inspected.{kind}") for kind in ("key", "csr", "cnf", "pem"))
    with open(names, "w") as f:
        f.write(f"subjectAltName=DNS:{name},DNS:{host}\n")
    for command in (["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-subj", f"/CN={name}", "-out", request],
                    ["x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-set_serial", "7", "-days", "2", "-extfile", names, "-out", leaf]):
        subprocess.run(["openssl", *command], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return leaf, key


def take(source):
    """What is there; None when a record held nothing for us (a session ticket), b"" at the end."""
    source.setblocking(False)
    try:
        return source.recv(16384)
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return None
    except OSError:
        return b""
    finally:
        source.setblocking(True)


def relay(inner, service):
    """One thread for both ways: a TLS connection of OpenSSL is not to be used by two at a time."""
    while True:
        ready = [s for s in (inner, service) if s.pending()] or select.select([inner, service], [], [], 20)[0]
        if not ready:
            return
        for source in ready:
            target = service if source is inner else inner
            data = take(source)
            if data:
                target.sendall(data)
            elif data == b"":
                try:
                    target.unwrap()
                except (OSError, ValueError):
                    pass
                return


def request_of(client):
    head = b""
    while b"\r\n\r\n" not in head:
        data = client.recv(4096)
        if not data:
            return None
        head += data
    method, target = head.split(b" ", 2)[:2]
    return target.decode().rsplit(":", 1)[0] if method == b"CONNECT" else None


def serve(client, a):
    with client:
        host = request_of(client)
        if not host:
            return
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        shown.load_cert_chain(*certificate(a.folder, a.ca, a.ca_key, host))
        shown.maximum_version = ssl.TLSVersion.TLSv1_2
        try:
            inner = shown.wrap_socket(client, server_side=True)
        except OSError:
            return
        asked = ssl.create_default_context()
        asked.check_hostname, asked.verify_mode = False, ssl.CERT_NONE
        with inner, asked.wrap_socket(socket.create_connection(("127.0.0.1", a.origin)), server_hostname=host) as service:
            relay(inner, service)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("port", type=int)
    ap.add_argument("--origin", type=int, required=True)
    ap.add_argument("--ca", required=True)
    ap.add_argument("--ca-key", required=True)
    ap.add_argument("--folder", required=True)
    a = ap.parse_args()
    with socket.create_server(("127.0.0.1", a.port)) as listener:
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0], a), daemon=True).start()


if __name__ == "__main__":
    main()
