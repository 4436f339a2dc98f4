# SPDX-License-Identifier: Apache-2.0
"""The logs of the golden cases as seeds; of EVTX files what is in use of their chunk."""
import pathlib
import struct

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden"
HEADER = 4096


def add(corpus):
    for path in sorted(GOLDEN.glob("log-*/evidence/*")):
        data = path.read_bytes()
        if data.startswith(b"ElfFile\0"):
            used = struct.unpack_from("<I", data, HEADER + 48)[0]
            corpus.add("fuzz_evtx", data[HEADER:HEADER + used])
            data = data[:HEADER + used]
        corpus.add("fuzz_log_reader", data)
        if b"akushu-collect" in data.replace(b"\0", b""):
            corpus.add("fuzz_collected", data)
