#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn data/stack_ways.csv into the const table behind src/model/stacks.h.

    gen_stacks.py --data data --out DIR

writes DIR/generated/stack_tables.c if its content changes. Everything that is wrong with the input is reported as
`file:line: what` in one run; then nothing is written and the exit code is 1.
"""
import argparse
import os
import sys

import gen_model

STACKS = "other schannel openssl gnutls nss jsse".split()
WAYS = ("supported-versions key-shares hello-needs-suite version-needs-suite suite-sees-schemes suite-sees-curve group-order "
        "share-order retry-order scheme-order ffdhe rsa-needs-scheme chain-check client-chain-check refusal alert-no-version alert-no-suite "
        "alert-no-group alert-no-scheme").split()


def ways(data, problems):
    table = gen_model.Table(data, "stack_ways.csv", "stack way value", problems, [])
    values = {}
    for key, row in table.unique(lambda row: (row.one_of("stack", STACKS), row.one_of("way", WAYS))):
        values[key] = row.number("value", 0, 255)
    for way in WAYS:
        if ("other", way) not in values:
            problems.add(table.path, 1, f"no row other,{way}")
    rows = []
    for stack in STACKS:
        numbers = ", ".join(str(values.get((stack, way), values.get(("other", way), 0))) for way in WAYS)
        rows.append(f"    /* {stack} */ {{{numbers}}}")
    names = ", ".join(gen_model.c_string(stack) for stack in STACKS)
    return gen_model.c_file(
        ["model/stacks.h"],
        "extern const int16_t ak_stack_way_rows[AK_STACKS][AK_WAYS];\nextern const char *const ak_stack_names[AK_STACKS];\n\n"
        "const int16_t ak_stack_way_rows[AK_STACKS][AK_WAYS] = {\n" + ",\n".join(rows) + ",\n};\n\n"
        f"const char *const ak_stack_names[AK_STACKS] = {{{names}}};\n")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--data", required=True)
    ap.add_argument("--out", required=True)
    a = ap.parse_args()
    problems = gen_model.Problems()
    text = ways(a.data, problems)
    if problems.lines:
        print("\n".join(problems.lines), file=sys.stderr)
        sys.exit(1)
    path = os.path.join(a.out, "generated", "stack_tables.c")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if not os.path.exists(path) or open(path, encoding="utf-8").read() != text:
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    os.utime(path)


if __name__ == "__main__":
    main()
