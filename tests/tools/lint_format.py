#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every C file under src, tests, fuzz and bench is formatted as .clang-format says."""
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def main():
    tool = shutil.which("clang-format") or shutil.which("clang-format-14")
    if not tool:
        print("clang-format: not installed, skipped")
        return 77
    files = [os.path.join(folder, name)
             for top in ("src", "tests", "fuzz", "bench")
             for folder, _, names in os.walk(os.path.join(ROOT, top)) if "node_modules" not in folder
             for name in names if name.endswith((".c", ".h"))]
    run = subprocess.run([tool, "--dry-run", "--Werror", *sorted(files)], cwd=ROOT, capture_output=True, text=True)
    wrong = sorted({line.split(":")[0] for line in run.stderr.splitlines() if "[-Wclang-format" in line})
    for path in wrong:
        print(f"{os.path.relpath(path, ROOT)}: not formatted (clang-format -i)")
    print(f"lint.format: {len(files)} files: {'FAILED' if wrong else 'ok'}")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
