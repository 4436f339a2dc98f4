#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One thread and four give the same bytes, in every format and in what is handed over: of all golden captures, or with --shared of all
reference captures. So does a filter that everything passes: with it every segment takes the long way through the tracker (trace/segment.c).

usage: threads_test.py [--akushu PATH] [--shared]
"""
import os
import subprocess
import sys
import tempfile

import harness

CAPTURES = (".pcap", ".pcapng", ".cap", ".etl", ".gz", ".zst", ".trc", ".snoop", ".erf")


def shared_captures():
    top = harness.need_shared("captures")
    return sorted(os.path.join(at, n) for at, _, names in os.walk(top) if "bench" not in at for n in names if n.endswith(CAPTURES))


def said(binary, *words):
    done = subprocess.run([binary, "read", *words], capture_output=True, timeout=900, env=harness.sparing())
    if done.returncode not in (0, 1, 3) or b"Sanitizer" in done.stderr:
        raise harness.Crash(f"{' '.join(words[:4])}: exit {done.returncode}\n{done.stderr.decode(errors='replace')[-2000:]}")
    return done.returncode, done.stdout, done.stderr


def written(binary, folder, threads, files):
    path = os.path.join(folder, f"by-{threads}.pcapng")
    said(binary, f"--threads={threads}", "--quiet", "--fail-on=never", "--pseudonymize", "--key=threads", f"--write={path}", *files)
    with open(path, "rb") as f:
        return f.read()


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("--shared", action="store_true")
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    files = shared_captures() if a.shared else [p for c in harness.captures() for p in [harness.capture(c)]]
    wrong = []
    for options, counts in ((["--format=jsonl"], (2, 4)), (["--format=jsonl", "--separate", "--max-memory=64M"], (3,)), (["--format=text", "--all"], (4,)),
                            (["--format=csv"], (4,))):
        one = said(a.akushu, *options, "--threads=1", *files)
        for threads in counts:
            if said(a.akushu, *options, f"--threads={threads}", *files) != one:
                wrong.append(f"{' '.join(options)}: {threads} threads tell something else than one")
        if len(one[1]) < 100 * len(files) and options != ["--format=text", "--all"]:
            wrong.append(f"{' '.join(options)}: only {len(one[1])} bytes of {len(files)} files")
    if said(a.akushu, "--format=jsonl", "--until=2200-01-01T00:00:00Z", *files) != said(a.akushu, "--format=jsonl", *files):
        wrong.append("segments that take the long way tell something else")
    with tempfile.TemporaryDirectory(prefix="akushu-threads-") as folder:
        if not a.shared and written(a.akushu, folder, 1, files) != written(a.akushu, folder, 4, files):
            wrong.append("--write: four threads write other bytes than one")
    return harness.finish(wrong, f"{len(files)} captures")


if __name__ == "__main__":
    sys.exit(main())
