#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn data/log_events.csv and data/log_texts.csv into const tables of model/.

    gen_logs.py --data data --out DIR

writes DIR/generated/{log_tables.c,log_words.c}, each only if its content changes. What is wrong with the input is reported as `file:line:
what`, all of it in one run; then nothing is written and the exit code is 1. The words of a number stand in data/error_codes.csv (spaces `sql`
and `event`) when `akushu explain` knows it, else in data/log_events.csv, and never in both.
"""
import argparse
import csv
import os
import sys

import gen_model

PROVIDERS = ("sql", "agent", "schannel", "scm", "health")
SPACES = {"sql": "sql", "schannel": "event"}
CODE_SPACES = ("status", "winsock", "state")
WEIGHTS = ("fact", "note", "fault")
# Messages without a number that end with "[CLIENT: ...]", and in some languages begin with an argument.
WITH_CLIENT = (28047, 28048)
LANGUAGES = ("any", "en", "ja", "de", "fr", "es", "it", "pt", "zh", "ko", "ru")


def known_codes(data):
    with open(os.path.join(data, "error_codes.csv"), encoding="utf-8", newline="") as f:
        return {(r["space"], r["value"]): (r["symbol"], r["meaning_en"], r["meaning_ja"]) for r in csv.DictReader(f)}


def events(data, problems):
    """(the table of model/, its words for report/)"""
    table = gen_model.Table(data, "log_events.csv", "provider number weight meaning_en meaning_ja", problems, [])
    rows, words, codes = [], [], known_codes(data)
    for (provider, number), row in table.unique(
        lambda row: (PROVIDERS.index(row.one_of("provider", PROVIDERS)), row.number("number", 0, 99999999))
    ):
        weight = WEIGHTS.index(row.one_of("weight", WEIGHTS))
        own = [row.text("meaning_en", True), row.text("meaning_ja", True)]
        known = codes.get((SPACES.get(row["provider"]), row["number"]))
        if known and any(own):
            row.bad("its words stand in error_codes.csv already")
        if not known and not all(own):
            row.bad("no words, neither here nor in error_codes.csv")
        meaning = known[1:] if known else own
        rows.append(f"{{{provider}, {weight}, {number}}}")
        words.append(f"{{{provider}, {number}, {{{', '.join(map(gen_model.c_string, meaning))}}}}}")
    return (gen_model.counted("struct ak_log_event", "ak_log_event_rows", "ak_log_event_count", rows),
            gen_model.counted("struct ak_log_event_words", "ak_log_event_words_rows", "ak_log_event_words_count", words))


def code_words(data):
    """Names and meanings of the codes that events carry."""
    rows = []
    for (space, value), (symbol, en, ja) in known_codes(data).items():
        if space in CODE_SPACES and value:
            number = int(value, 0)
            rows.append((CODE_SPACES.index(space), number, f"{{{CODE_SPACES.index(space)}, 0x{number:X}U, {gen_model.c_string(symbol)}, "
                         f"{{{gen_model.c_string(en)}, {gen_model.c_string(ja)}}}}}"))
    return gen_model.counted("struct ak_log_code_words", "ak_log_code_words_rows", "ak_log_code_words_count",
                             [r[2] for r in sorted(rows)])


def texts(data, problems):
    table = gen_model.Table(data, "log_texts.csv", "number lang pattern", problems, [])
    rows = []
    for (number, lang, pattern), row in table.unique(lambda row: (row.number("number", 1, 99999), row["lang"], row["pattern"])):
        row.one_of("lang", LANGUAGES)
        row.text("pattern")
        if "**" in pattern or pattern.endswith("*") or len(pattern.split("*")[0].encode()) in (1, 2, 3):
            row.bad("a pattern ends with a fragment, no two stars stand together, and what it begins with has at least four bytes")
        if pattern.startswith("*") and number not in WITH_CLIENT:
            row.bad("only a message that ends with its client's address may begin with anything")
        sure = "false" if row["confidence"] == "low" else "true"
        rows.append(f"{{{number}, {gen_model.c_string(lang)}, {gen_model.c_string(pattern)}, {sure}}}")
    return gen_model.counted("struct ak_log_text", "ak_log_text_rows", "ak_log_text_count", rows)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--data", required=True)
    ap.add_argument("--out", required=True)
    a = ap.parse_args()
    problems = gen_model.Problems()
    tables, words = events(a.data, problems)
    files = {"log_tables.c": gen_model.c_file(["model/log_tables.h"], tables + texts(a.data, problems)),
             "log_words.c": gen_model.c_file(["report/log_words.h"], words + code_words(a.data))}
    if problems.lines:
        print("\n".join(problems.lines), file=sys.stderr)
        sys.exit(1)
    os.makedirs(os.path.join(a.out, "generated"), exist_ok=True)
    for name, text in files.items():
        path = os.path.join(a.out, "generated", name)
        text = text.replace("tools/gen_model.py", "tools/gen_logs.py", 1)
        if not os.path.exists(path) or open(path, encoding="utf-8").read() != text:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        os.utime(path)


if __name__ == "__main__":
    main()
