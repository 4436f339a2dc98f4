#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn what is known of TLS stacks into the const tables behind src/model/stacks.h and tls_spellings.h.

    gen_stacks.py --data data --out DIR

reads stack_ways, stack_defaults, openssl_suites, gnutls_keywords and tls_aliases.csv and writes DIR/generated/stack_tables.c if its content changes. Everything that is wrong with the input is reported as
`file:line: what` in one run; then nothing is written and the exit code is 1.
"""
import argparse
import os
import sys

import gen_model

STACKS = "other schannel openssl gnutls nss jsse".split()
WAYS = ("supported-versions key-shares hello-needs-suite version-needs-suite suite-sees-schemes key-needs-scheme suite-sees-curve reads-versions scheme-binds-curve "
        "no-scheme-behind-hello pss-size-seen curve-by-key group-order "
        "share-order chain-schemes-sent tls13-needs-scheme "
        "ecdhe-needs-groups offer-needs-group offer-needs-scheme key-curve-listed retry-order sha1-in-tls13 scheme-order chain-by-scheme ffdhe rsa-needs-scheme ffdhe-offered chain-check client-chain-check client-refuses-sha1 share-kinds own-order dh-bits dh-min rsa-min level "
        "old-versions-at-level-0 weak-suites-built refusal alert-no-version alert-no-suite "
        "alert-no-group alert-no-scheme").split()


def ways(data, problems):
    table = gen_model.Table(data, "stack_ways.csv", "stack way value", problems, [])
    values = {}
    for key, row in table.unique(lambda row: (row.one_of("stack", STACKS), row.one_of("way", WAYS))):
        values[key] = row.number("value", 0, 9999)
    for way in WAYS:
        if ("other", way) not in values:
            problems.add(table.path, 1, f"no row other,{way}")
    rows = []
    for stack in STACKS:
        numbers = ", ".join(str(values.get((stack, way), values.get(("other", way), 0))) for way in WAYS)
        rows.append(f"    /* {stack} */ {{{numbers}}}")
    names = ", ".join(gen_model.c_string(stack) for stack in STACKS)
    return (
        "extern const int16_t ak_stack_way_rows[AK_STACKS][AK_WAYS];\nextern const char *const ak_stack_names[AK_STACKS];\n\n"
        "const int16_t ak_stack_way_rows[AK_STACKS][AK_WAYS] = {\n" + ",\n".join(rows) + ",\n};\n\n"
        f"const char *const ak_stack_names[AK_STACKS] = {{{names}}};\n"
        "extern const char *const ak_way_names[AK_WAYS];\n"
        f"const char *const ak_way_names[AK_WAYS] = {{{', '.join(gen_model.c_string(w) for w in WAYS)}}};\n\n")


def openssl_suites(data, problems):
    """Rows stay in the order of the file, which is OpenSSL's order of preference."""
    table = gen_model.Table(data, "openssl_suites.csv", "code name min_version class default build", problems, [])
    table.unique(lambda row: row["code"])
    table.unique(lambda row: row["name"])
    rows = []
    for row in table.rows:
        strength = ("null", "medium", "high").index(row.one_of("class", ("null", "medium", "high")))
        default = row.one_of("default", ("yes", "no")) == "yes"
        weak = row.one_of("build", ("usual", "weak")) == "weak"
        rows.append(f"{{0x{row.code('code', 4):04X}, 0x{row.code('min_version', 4):04X}, {strength}, {str(default).lower()}, "
                    f"{str(weak).lower()}, {gen_model.c_string(row.text('name'))}}}")
    return gen_model.counted("struct ak_openssl_suite", "ak_openssl_suite_rows", "ak_openssl_suite_row_count", rows)


def spellings(data, problems):
    table = gen_model.Table(data, "tls_aliases.csv", "kind alias code", problems, [])
    kinds = {"group": [], "scheme": []}
    for (kind, alias), row in table.unique(lambda row: (row["kind"], row["alias"])):
        if alias != alias.lower().replace("-", "").replace("_", ""):
            row.bad(f"alias {alias} is not in lower case without - and _")
        kinds[row.one_of("kind", list(kinds))].append(f"{{0x{row.code('code', 4):04X}U, {gen_model.c_string(alias)}}}")
    text = ""
    for kind, rows in kinds.items():
        name = f"ak_{kind}_spelling_row"
        text += f"extern const struct ak_code_name {name}s[];\nextern const size_t {name}_count;\n"
        text += gen_model.counted("struct ak_code_name", name + "s", name + "_count", rows)
    return text


def defaults(data, problems):
    """(program, part) and its text, as it stands: the reader of each part is in C."""
    table = gen_model.Table(data, "stack_defaults.csv", "program stack part value", problems, [])
    rows = []
    parts = ("versions", "suites", "groups", "schemes", "disabled", "ways")
    for (program, part), row in table.unique(lambda row: (row["program"], row["part"])):
        stack = STACKS.index(row.one_of("stack", STACKS))
        row.one_of("part", parts)
        confidence = gen_model.CONFIDENCES[::-1].index(row["confidence"]) + 1
        rows.append(f"{{{gen_model.c_string(program)}, {gen_model.c_string(part)}, {gen_model.c_string(row.text('value'))}, {stack}, {confidence}}}")
    return gen_model.counted("struct ak_stack_default", "ak_stack_default_rows", "ak_stack_default_row_count", rows)


def keywords(data, problems):
    table = gen_model.Table(data, "gnutls_keywords.csv", "keyword part value", problems, [])
    rows = []
    parts = ("versions", "ciphers", "macs", "exchanges", "groups", "schemes")
    for (keyword, part), row in table.unique(lambda row: (row["keyword"], row["part"])):
        row.one_of("part", parts)
        rows.append(f"{{{gen_model.c_string(keyword)}, {gen_model.c_string(part)}, {gen_model.c_string(row.text('value'))}, 0, 3}}")
    return gen_model.counted("struct ak_stack_default", "ak_gnutls_keyword_rows", "ak_gnutls_keyword_row_count", rows)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--data", required=True)
    ap.add_argument("--out", required=True)
    a = ap.parse_args()
    problems = gen_model.Problems()
    text = gen_model.c_file(["model/model_tables.h", "model/stacks.h", "model/tls_spellings.h"],
                            "".join(part(a.data, problems) for part in (ways, openssl_suites, spellings, defaults, keywords)))
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
