#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns po/ja.po into a sorted C table. usage: gen_messages.py po/ja.po OUT.h

Fuzzy and empty translations are left out; msgfmt --check (make lint) judges the catalogue."""
import ast
import sys


def entries(lines):
    key = value = None
    field = None
    fuzzy = pending_fuzzy = False
    for line in lines + [""]:
        line = line.strip()
        if line.startswith("#"):
            if line.startswith("#,") and "fuzzy" in line:
                pending_fuzzy = True
            continue
        if line.startswith("msgid "):
            if key is not None and not fuzzy:
                yield key, value
            fuzzy, pending_fuzzy = pending_fuzzy, False
            key, value, field = ast.literal_eval(line[6:]), "", "key"
        elif line.startswith("msgstr "):
            value, field = ast.literal_eval(line[7:]), "value"
        elif line.startswith('"'):
            if field == "key":
                key += ast.literal_eval(line)
            else:
                value += ast.literal_eval(line)
    if key is not None and not fuzzy:
        yield key, value


def c_string(text):
    out = []
    for byte in text.encode():
        char = chr(byte)
        if char in '"\\':
            out.append("\\" + char)
        elif 32 <= byte < 127:
            out.append(char)
        else:
            out.append("\\%03o" % byte)
    return '"' + "".join(out) + '"'


def main():
    source, target = sys.argv[1:3]
    with open(source, encoding="utf-8") as file:
        table = {k: v for k, v in entries(file.read().splitlines()) if k and v}
    lines = ["/* The Japanese message catalogue. */",
             "/* SPDX-License-Identifier: Apache-2.0 */",
             "/* Made by tools/gen_messages.py from po/ja.po: do not edit. */",
             "#ifndef AK_GENERATED_MESSAGES_JA_H", "#define AK_GENERATED_MESSAGES_JA_H", "",
             "#include <stddef.h>", "",
             "static const struct {", "    const char *text, *translation;",
             "} ak_messages_ja[] = {"]
    for key in sorted(table, key=lambda k: k.encode()):
        lines.append("    {%s,\n     %s}," % (c_string(key), c_string(table[key])))
    if not table:
        lines.append('    {"", ""},')
    lines += ["};", "",
              "static const size_t ak_messages_ja_count =",
              "    sizeof ak_messages_ja / sizeof ak_messages_ja[0];", "", "#endif", ""]
    text = "\n".join(lines)
    try:
        with open(target, encoding="utf-8") as file:
            if file.read() == text:
                return
    except OSError:
        pass
    with open(target, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
