#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn the tables behind `akushu explain TEXT` into const tables of diagnose/ and report/.

    gen_symptoms.py --data data --out DIR

writes DIR/generated/{symptom_tables.c,explain_words.c}, each only if its content changes. What is
wrong with the input is reported as `file:line: what`, all of it in one run; then nothing is written
and the exit code is 1.
"""

import argparse
import os
import re
import sys

from gen_model import ID, STAGES, Model, c_file, c_record, c_string, counted, write_if_changed

KINDS = ("text", "stack", "hint")
CODE_KINDS = ("code", "other")
# The names of enum ak_number_space, in its order.
SPACES = (
    "winsock win32 status event state alert sql sqlstate errno openssl dblib sni symbol"
).split()
VALUE = re.compile(r"(0x[0-9A-F]{1,8}|[0-9]{1,10})\Z")
DASHES, SINGLE, DOUBLE = "‐‑‒–—―−", "‘’‚‛", "“”„‟"
# Only base/fold.c composes these, so a pattern is written without them.
STRANGE = re.compile("[\uff01-\uff9f\u3099\u309a\u200b-\u200f\ufeff]")


def fold(text):
    """As ak_fold of base/fold.c, for texts without half-width and combining characters."""
    out = []
    for char in text:
        if char == "ー":
            continue
        if char in DASHES:
            char = "-"
        elif char in SINGLE:
            char = "'"
        elif char in DOUBLE:
            char = '"'
        elif char == "、":
            char = ","
        elif char == "。":
            char = "."
        elif char <= " " or "\u2000" <= char <= "\u206f" or (
            "\u3000" <= char <= "\u303f" and char not in "々〇"
        ):
            char = " "
        elif "A" <= char <= "Z":
            char = char.lower()
        if char != " " or not out or out[-1] != " ":
            out.append(char)
    return "".join(out)


def made_here(text):
    return text.replace("tools/gen_model.py", "tools/gen_symptoms.py", 1)


def letters(text):
    """As ak_fold_letters."""
    return "".join(c for c in fold(text) if c in "abcdefghijklmnopqrstuvwxyz0123456789" or c > "\x7f")


class Symptoms:
    def __init__(self, data):
        self.model = Model(data, "")
        self.problems = self.model.problems

    def table(self, name, columns):
        return self.model.table(name, columns)

    def ids(self, table):
        return [
            (row.matching("id", ID, "words joined by hyphens"), row)
            for _, row in table.unique(lambda row: row["id"])
        ]

    def both(self, row, stem, empty_allowed=False):
        """A text in both languages, or in none."""
        texts = [row.text(f"{stem}_{lang}", empty_allowed) for lang in ("en", "ja")]
        if bool(texts[0]) != bool(texts[1]):
            row.bad(f"{stem} stands in one language only")
        return texts

    # -- small tables -----------------------------------------------------------------------------

    def read_stacks(self):
        table = self.table("symptom_stacks.csv", "id name_en name_ja")
        self.stacks = {key: self.both(row, "name") for key, row in self.ids(table)}

    def read_steps(self):
        table = self.table("explain_steps.csv", "id order text_en text_ja command")
        self.steps = {}
        for (key, _), row in table.unique(lambda row: (row["id"], row.number("order", 1, 9))):
            row.matching("id", ID, "words joined by hyphens")
            words = self.both(row, "text")
            self.steps.setdefault(key, []).append([words, row.text("command", True)])

    def read_causes(self):
        """Every rule is a cause; the others have words of their own until they become rules."""
        rules = dict(self.ids(self.table("rules.csv", "id severity title_en title_ja cause_en cause_ja")))
        table = self.table(
            "causes.csv",
            "id title_en title_ja cause_en cause_ja wire_en wire_ja log_en log_ja step",
        )
        self.causes = {}
        for key, row in self.ids(table):
            own = [self.both(row, stem, True) for stem in ("title", "cause")]
            if key in rules:
                if any(own[0] + own[1]):
                    row.bad(f"title and cause of the rule {key} stand in rules.csv")
                own = [self.both(rules[key], stem) for stem in ("title", "cause")]
            elif not all(own[0] + own[1]):
                row.bad(f"'{key}' is no rule of rules.csv and has no title and cause of its own")
            words = own + [self.both(row, stem) for stem in ("wire", "log")]
            self.causes[key] = (words, self.step(row, True), key in rules)
        for key, row in rules.items():
            if key not in self.causes:
                row.bad(f"rule {key} has no row in causes.csv")

    # -- symptoms ---------------------------------------------------------------------------------

    def step(self, row, empty_allowed=False):
        name = row.text("step", empty_allowed)
        if name and name not in self.steps:
            row.bad(f"unknown step '{name}'")
        return name

    def cause_list(self, row):
        names = row["causes"].split()
        order = list(self.causes)
        for name in names:
            if name not in self.causes:
                row.bad(f"unknown rule id or cause '{name}'")
        if len(set(names)) != len(names):
            row.bad("a cause stands twice")
        return [order.index(name) for name in names if name in order]

    def stages(self, row):
        first = STAGES.get(row.one_of("stage_from", STAGES), 0)
        last = STAGES.get(row.one_of("stage_to", STAGES), 0)
        if first > last:
            row.bad("stage_from is after stage_to")
        return first, last

    def stack(self, row):
        name = row["stack"]
        if name and name not in self.stacks:
            row.bad(f"unknown stack '{name}'")
        return name

    def add_symptom(self, row, key, kind, stack, step):
        first, last = self.stages(row)
        self.symptoms.append(
            (key, stack, step, kind, first, last, self.cause_list(row), self.both(row, "meaning"),
             row["confidence"] == "low")
        )
        return len(self.symptoms) - 1

    def read_symptoms(self):
        table = self.table(
            "symptoms.csv", "id kind stack stage_from stage_to causes step meaning_en meaning_ja"
        )
        self.symptoms, self.places = [], {}
        rows = self.ids(table)
        for kind in KINDS:  # what is known goes before what hints, if there is no room for all
            for key, row in rows:
                if row.one_of("kind", KINDS) != kind:
                    continue
                if kind == "text" and not row["step"]:
                    row.bad("a text needs a step")
                if kind != "text" and row["causes"]:
                    row.bad(f"a {kind} has no causes")
                if kind == "stack" and not row["stack"]:
                    row.bad("which stack?")
                place = self.add_symptom(row, key, kind, self.stack(row), self.step(row, True))
                self.places[key] = place

    def pattern(self, row):
        text = row.text("pattern")
        if STRANGE.search(text):
            row.bad("write full-width letters and half-width kana in their usual form")
        parts = text.split("*")
        if len(parts) > 8:
            row.bad("more than 8 fragments")
        folded = []
        for part in parts:
            part = part.strip()
            inner = letters(part)
            if len(inner.encode()) < 3:
                row.bad(f"fragment '{part}' is too short")
            folded.append("<" * part.startswith("<") + inner + ">" * part.endswith(">"))
        return "*".join(folded)

    def read_patterns(self):
        table = self.table("symptom_patterns.csv", "symptom lang pattern")
        self.patterns, used = [], set()
        for row in table.rows:
            row.one_of("lang", ("en", "ja", "any"))
            if row["symptom"] not in self.places:
                row.bad(f"unknown symptom '{row['symptom']}'")
                continue
            used.add(row["symptom"])
            self.patterns.append((self.places[row["symptom"]], self.pattern(row), row))
        seen = {}
        for place, text, row in self.patterns:
            key = (self.symptoms[place][3], text)  # a text may be what names the stack too
            if key in seen:
                row.bad(f"the pattern stands in line {seen[key]} already")
            seen[key] = row.line
        for key in set(self.places) - used:
            self.problems.add(table.path, 1, f"symptom {key} has no pattern")

    # -- numbers ----------------------------------------------------------------------------------

    def value(self, row):
        text = row["value"]
        if not text:
            return None
        if not VALUE.match(text):
            row.bad(f"value '{text}' is neither decimal nor 0x and capital hexadecimal digits")
            return None
        number = int(text, 0) if text.startswith("0x") else int(text)
        if number > 0xFFFFFFFF:
            row.bad("value is above 32 bits")
        return number & 0xFFFFFFFF

    def parameters(self, row):
        names = row["parameters"].split()
        for name in names:
            if name not in SPACES:
                row.bad(f"unknown space '{name}' in parameters")
        if len(names) > 3:
            row.bad("more than 3 parameters")
        return [SPACES.index(name) + 1 for name in names if name in SPACES][:3]

    def read_codes(self):
        table = self.table(
            "error_codes.csv",
            "space value symbol kind stage_from stage_to causes step parameters meaning_en meaning_ja",
        )
        self.codes, keys = [], {}
        for row in table.rows:
            space = row.one_of("space", SPACES)
            number, symbol = self.value(row), letters(row["symbol"])
            if number is None and not symbol:
                row.bad("neither value nor symbol")
            kind = row.one_of("kind", CODE_KINDS)
            if kind == "other" and row["causes"]:
                row.bad("a number of another matter has no causes")
            for key in [(space, number)] * (number is not None) + [(space, symbol)] * bool(symbol):
                if key in keys:
                    row.bad(f"{space} {key[1]} stands in line {keys[key]} already")
                keys[key] = row.line
            name = f"{space}:{row['value'] or row['symbol']}"
            place = self.add_symptom(row, name, kind, "", self.step(row, kind == "other"))
            self.codes.append((space, number, symbol, place, self.parameters(row), row["symbol"]))

    def read_contexts(self):
        table = self.table("number_contexts.csv", "phrase within spaces")
        self.contexts = []
        for key, row in table.unique(lambda row: row["phrase"]):
            if not key or STRANGE.search(key):
                row.bad("phrase is empty or holds full-width or half-width forms")
            bits = 0
            for name in row["spaces"].split():
                if name not in SPACES:
                    row.bad(f"unknown space '{name}'")
                else:
                    bits |= 1 << SPACES.index(name)
            self.contexts.append((fold(key), row.number("within", 0, 60), bits))

    # -- output -----------------------------------------------------------------------------------

    def symptom_tables(self):
        parts, rows = [], []
        for index, (key, stack, step, kind, first, last, causes, _, _) in enumerate(self.symptoms):
            name = "NULL"
            if causes:
                name = f"causes_{index}"
                body = ", ".join(str(cause) for cause in causes)
                parts.append(f"static const uint8_t {name}[] = {{{body}}};\n")
            rows.append(
                f"{{{c_string(key)}, {c_string(stack)}, {c_string(step)}, "
                f"AK_SYMPTOM_{kind.upper()}, {first}, {last}, {len(causes)}, {name}}}"
            )
        codes = []
        for space, number, symbol, place, parameters, _ in self.codes:
            padded = ", ".join(str(p) for p in (parameters + [0, 0, 0])[:3])
            codes.append(
                f"{{AK_SPACE_{space.upper()}, 0x{number or 0:X}U, "
                f"{'false' if number is None else 'true'}, {c_string(symbol)}, {place}, {{{padded}}}}}"
            )
        return c_file(
            ["diagnose/symptom_tables.h"],
            "".join(parts)
            + "\n"
            + counted("struct ak_symptom", "ak_symptom_rows", "ak_symptom_row_count", rows)
            + counted(
                "struct ak_symptom_pattern", "ak_symptom_pattern_rows", "ak_symptom_pattern_row_count",
                [f"{{{place}, {c_string(text)}}}" for place, text, _ in self.patterns],
            )
            + counted("struct ak_error_code", "ak_error_code_rows", "ak_error_code_row_count", codes)
            + counted(
                "struct ak_number_context", "ak_number_context_rows", "ak_number_context_row_count",
                [f"{{{c_string(t)}, {within}, 0x{bits:X}U}}" for t, within, bits in self.contexts],
            )
            + counted(
                "char *const", "ak_cause_ids", "ak_cause_id_count", [c_string(c) for c in self.causes]
            ),
        )

    def explain_words(self):
        symbols = {place: symbol for _, _, _, place, _, symbol in self.codes}
        meanings = [
            f"{{{c_string(symbols.get(index, ''))}, {c_record(words)}, {'true' if low else 'false'}}}"
            for index, (*_, words, low) in enumerate(self.symptoms)
        ]
        causes = [
            f"{{{c_string(key)}, {c_record(words[0])}, {c_record(words[1])}, {c_record(words[2])}, "
            f"{c_record(words[3])}, {c_string(step)}, {'true' if rule else 'false'}}}"
            for key, (words, step, rule) in self.causes.items()
        ]
        steps = [
            f"{{{c_string(key)}, {c_record(words)}, {c_string(command)}}}"
            for key, lines in self.steps.items()
            for words, command in lines
        ]
        stacks = [f"{{{c_string(key)}, {c_record(words)}}}" for key, words in self.stacks.items()]
        return c_file(
            ["report/explain_words.h"],
            counted("struct ak_symptom_words", "ak_symptom_words_rows", "ak_symptom_words_count", meanings)
            + counted("struct ak_cause_words", "ak_cause_words_rows", "ak_cause_words_count", causes)
            + counted("struct ak_step_words", "ak_step_words_rows", "ak_step_words_count", steps)
            + counted("struct ak_stack_words", "ak_stack_words_rows", "ak_stack_words_count", stacks),
        )

    def read(self):
        self.read_stacks()
        self.read_steps()
        self.read_causes()
        self.read_symptoms()
        self.read_patterns()
        self.read_codes()
        self.read_contexts()
        if len(self.causes) > 128:
            self.problems.add("causes.csv", 1, "more than 128 causes: AK_SYMPTOM_CAUSES")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", required=True, help="folder of the CSV files")
    parser.add_argument("--out", required=True, help="folder to make generated/ in")
    options = parser.parse_args()
    symptoms = Symptoms(options.data)
    symptoms.read()
    if symptoms.problems.lines:
        print("\n".join(symptoms.problems.lines), file=sys.stderr)
        return 1
    folder = os.path.join(options.out, "generated")
    os.makedirs(folder, exist_ok=True)
    write_if_changed(os.path.join(folder, "symptom_tables.c"), made_here(symptoms.symptom_tables()))
    write_if_changed(os.path.join(folder, "explain_words.c"), made_here(symptoms.explain_words()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
