#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tables of code pages 932 and 1252 and of upper case as a C file. usage: gen_codepages.py OUT.c

From Python's codecs (cp932 is Windows-31J) and its Unicode data. Upper case is what names in the registry are compared by: one UTF-16
unit to one unit, without the few letters that Windows leaves alone (NTFS's table does the same)."""
import sys

# Their capital is another letter's, or they are compatibility forms: Windows keeps them as they are.
LEFT_ALONE = {0x00B5, 0x0131, 0x017F, 0x0345, 0x1E9B, 0x1FBE, 0x03D0, 0x03D1, 0x03D5, 0x03D6, 0x03F0, 0x03F1, 0x03F5}


def unit(raw, codec):
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError:
        return 0
    return ord(text) if len(text) == 1 and ord(text) < 0x10000 else 0


def upcase(c):
    up = chr(c).upper()
    if c in LEFT_ALONE or 0xD800 <= c < 0xE000 or len(up) != 1 or ord(up) >= 0x10000:
        return c
    return ord(up)


def runs():
    """(first, last, step, add) in ascending order, none inside another."""
    changes = [(c, (upcase(c) - c) & 0xFFFF) for c in range(0x10000) if upcase(c) != c]
    out, at = [], 0
    while at < len(changes):
        first, add = changes[at]
        step, end = 1, at
        if at + 1 < len(changes) and changes[at + 1] == (first + 2, add):
            step = 2
        while end + 1 < len(changes) and changes[end + 1] == (changes[end][0] + step, add):
            end += 1
        out.append((first, changes[end][0], step, add))
        at = end + 1
    return out


def table(name, numbers):
    lines = [f"const uint16_t {name}[] = {{"]
    for at in range(0, len(numbers), 16):
        lines.append("    " + " ".join(f"0x{n:04x}," for n in numbers[at:at + 16]))
    return lines + ["};", ""]


def main():
    leads = [*range(0x81, 0xA0), *range(0xE0, 0xFD)]
    # Bytes that Windows maps to a control character and Python does not know.
    western = [unit(bytes([b]), "cp1252") or b for b in range(256)]
    single = [0 if b in leads else unit(bytes([b]), "cp932") for b in range(256)]
    double = [unit(bytes([lead, trail]), "cp932") for lead in leads for trail in range(0x40, 0xFD)]
    found = runs()
    lines = ["/* Made by tools/gen_codepages.py. */", '#include "base/codepage_tables.h"', ""]
    lines += table("ak_codepage_1252", western) + table("ak_codepage_932_single", single) + table("ak_codepage_932_double", double)
    lines += ["const struct ak_upcase_run ak_upcase_runs[] = {"]
    lines += [f"    {{0x{first:04x}, 0x{last:04x}, {step}, 0x{add:04x}}}," for first, last, step, add in found]
    lines += ["};", f"const size_t ak_upcase_run_count = {len(found)};", ""]
    with open(sys.argv[1], "w", encoding="ascii") as f:
        f.write("\n".join(lines))


if __name__ == "__main__":
    main()
