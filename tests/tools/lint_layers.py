#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An include may only point left or down in the picture of the architecture page: which folder may include which.

usage: lint_layers.py [--root DIR]

Quoted includes are "folder/name.h". Headers made at build time are "generated/name.h" and belong to model or report.
"""
import argparse
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ALLOWED = {
    "base": "", "os": "base", "model": "base", "codec": "base model", "observe": "base model codec",
    "trace": "base model codec observe", "probe": "base model codec observe predict", "windows": "base model codec observe",
    "logs": "base model codec observe", "predict": "base model observe",
    "rewrite": "base model codec observe trace",
    "intake": "base os model codec observe trace windows logs",
    "diagnose": "base model observe predict", "remedy": "base model observe windows predict diagnose",
    "report": "base model observe predict probe diagnose remedy",
}
EVERY = "base os model codec observe trace rewrite probe windows logs predict intake diagnose remedy report"
ALLOWED["library"] = EVERY
ALLOWED["lab"] = EVERY + " library"
ALLOWED["cli"] = EVERY + " library lab"
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def sources(root, *tops):
    for top in tops:
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def wrong_includes(root, path):
    here = path.split(os.sep)[1]
    if here not in ALLOWED:
        return [f"{path}: folder {here} is not in the picture"]
    may = set(ALLOWED[here].split()) | {here, "akushu"}
    if "model" in may or "report" in may:
        may.add("generated")
    with open(os.path.join(root, path), encoding="utf-8") as f:
        names = INCLUDE.findall(f.read())
    wrong = [f'{path}: "{n}" names no folder' for n in names if "/" not in n]
    wrong += [f'{path}: {here} may not include "{n}"' for n in names if "/" in n and n.split("/")[0] not in may]
    own = os.path.splitext(path)[0][len("src") + 1:] + ".h"
    if path.endswith(".c") and os.path.exists(os.path.join(root, "src", own)) and (not names or names[0] != own):
        wrong.append(f"{path}: does not include its own header first")
    return wrong


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--root", default=ROOT)
    a = ap.parse_args()
    files = list(sources(a.root, "src"))
    wrong = [x for path in files for x in wrong_includes(a.root, path)]
    for path in sources(a.root, "include"):
        with open(os.path.join(a.root, path), encoding="utf-8") as f:
            wrong += [f'{path}: "{n}" is not installed' for n in INCLUDE.findall(f.read()) if not n.startswith("akushu/")]
    print("\n".join(wrong + [f"lint.layers: {len(files)} files: {'FAILED' if wrong else 'ok'}"]))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
