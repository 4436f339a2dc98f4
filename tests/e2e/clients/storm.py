# SPDX-License-Identifier: Apache-2.0
"""usage: storm.py PORT CONNECTIONS

A program without a connection pool: opens so many connections and closes each, so that every port stays in TIME_WAIT. Prints how many it
opened and, when no port is left, the error that a program then sees. Some 500 a second, so that a recorder loses none.
"""
import errno
import socket
import sys
import time


def main():
    port, wanted = map(int, sys.argv[1:])
    for opened in range(wanted):
        with socket.socket() as s:
            try:
                s.connect(("127.0.0.1", port))
            except OSError as error:
                print(f"opened {opened}, then {errno.errorcode[error.errno]}: {error.strerror}")
                return 1
        time.sleep(0.002)
    print(f"opened {wanted}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
