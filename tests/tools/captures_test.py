#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every file of the reference captures is read without a crash, a hang or a sanitizer report.

usage: captures_test.py [--akushu PATH]   (skips when the captures are absent)"""
import concurrent.futures
import os
import subprocess
import sys

import harness

ALLOWED = (0, 1, 3)


def read(program, path, form):
    try:
        run = subprocess.run([program, "read", f"--format={form}", path], capture_output=True, timeout=120)
    except subprocess.TimeoutExpired:
        return f"{path}: hangs ({form})"
    report = run.stderr.decode(errors="replace")
    if run.returncode not in ALLOWED or "ERROR: " in report or "runtime error" in report:
        return f"{path}: exit {run.returncode} ({form})\n{report[-600:]}"
    return None


def main():
    a = harness.parser(__doc__).parse_args()
    harness.need_binary(a.akushu)
    top = harness.need_shared("captures")
    files = sorted(os.path.join(folder, name) for folder, _, names in os.walk(top) for name in names)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(read, a.akushu, path, form) for path in files for form in ("jsonl", "text")]
        wrong = [job.result() for job in jobs if job.result()]
    for line in wrong:
        print(line)
    print(f"captures: {len(files)} files, {len(jobs)} runs: {'FAILED, %d' % len(wrong) if wrong else 'ok'}")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
