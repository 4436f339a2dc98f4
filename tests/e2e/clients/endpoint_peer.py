# SPDX-License-Identifier: Apache-2.0
"""usage: endpoint_peer.py PORT

The other replica of a mirroring endpoint, as far as the wire shows it: some bytes of its own, an answer, then TLS. The protocol is
not published; the bytes mean nothing. Prints what OpenSSL says.
"""
import socket
import ssl
import sys

GREETING = bytes.fromhex("0900002c0100a15e0207134461676e6f77007372657665000100c45252000b0c")


def main():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) as plain:
        plain.sendall(GREETING)
        if not plain.recv(4096):
            print("closed before TLS")
            return 1
        try:
            with context.wrap_socket(plain) as tls:
                print("handshake", tls.version(), tls.cipher()[0])
                tls.sendall(GREETING)
                print("answered", len(tls.recv(4096)))
        except OSError as error:
            print("error", error)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
