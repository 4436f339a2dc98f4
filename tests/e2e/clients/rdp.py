# SPDX-License-Identifier: Apache-2.0
"""The beginning of an RDP connection: X.224 negotiation ([MS-RDPBCGR] 2.2.1.1), then TLS. usage: rdp.py PORT PROTOCOLS"""
import socket
import ssl
import struct
import sys


def main():
    port, protocols = int(sys.argv[1]), int(sys.argv[2])
    with socket.create_connection(("127.0.0.1", port), 20) as s:
        cookie = b"Cookie: mstshash=someone\r\n"
        body = struct.pack(">BBHHB", 0, 0xE0, 0, 0, 0)[1:] + cookie + struct.pack("<BBHI", 1, 0, 8, protocols)
        s.sendall(struct.pack(">BBHB", 3, 0, len(body) + 5, len(body)) + body)
        answer = s.recv(100)
        kind, value = (answer[11], struct.unpack_from("<I", answer, 15)[0]) if len(answer) >= 19 else (0, 0)
        print("selected" if kind == 2 else "failure", value)
        if kind != 2 or value == 0:
            print("failure")
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(s) as t:
            print(t.version())


if __name__ == "__main__":
    main()
