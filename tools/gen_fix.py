#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn the remedies that are values of the registry into const tables.

    gen_fix.py --data data --out DIR

writes DIR/generated/fix_tables.c (the changes) and DIR/generated/fix_words.c (what they do and whom they may hurt), only if the
content changes. An unknown set, condition or verb, an order that has a hole, a value without its key or a row without a source is
reported as `file:line: what`, all of it in one run; then nothing is written and the exit code is 1.
"""

import argparse
import os
import re
import sys

from gen_model import CONFIDENCES, Model, c_file, c_string, counted, write_if_changed

SET = re.compile(r"((template|change):)?[a-z0-9]+(-[a-z0-9]+)*\Z")
KEY = re.compile(r"(HKLM|HKCU)(\\[^\\\x00-\x1f]+)+\Z")
VERBS = {"dword": "DWORD", "delete-value": "DELETE_VALUE", "suites-add": "SUITES_ADD", "suites-keep": "SUITES_KEEP",
         "suites-drop": "SUITES_DROP", "groups-add": "GROUPS_ADD", "oddity": "ODDITY"}
LISTS = ("suites-add", "suites-keep", "suites-drop", "groups-add")
WHENS = "always supported unsupported not-on not-off wow64 clr2 clr4 winhttp-old client-tls12 none-of above below instance-64 instance-32".split()
PLACEHOLDERS = "{protocol} {role} {instance}".split()
ODDITIES = "misspelt_key misspelt_value wrong_level dead_key unnamed_value enabled_one wrong_type".split()
ACTIONS = "move-key move-value delete-key delete-value make-number all-bits".split()
ALL = "template:all"  # all sets of one host together: has no values of its own
SEVERITIES = "note warning error".split()
RESTARTS = "none service host".split()


class Fixes:
    def __init__(self, data):
        self.model = Model(data, "")
        self.problems = self.model.problems

    def when(self, row):
        known = ODDITIES if row["verb"] == "oddity" else WHENS
        words = row["when"].split()
        for word in words:
            if word not in known:
                row.bad(f"when holds '{word}'")
        return "" if words == ["always"] else row["when"]

    def number(self, row):
        if row["verb"] == "oddity" and row["data"] not in ACTIONS:
            row.bad(f"data '{row['data']}' is nothing to do with an oddity")
        if row["verb"] == "suites-drop" and row["data"] != "dhe":
            row.bad(f"data '{row['data']}' is no key exchange that suites are dropped for")
        if not (row["verb"] == "dword" or row["verb"] == "delete-value" and row["data"]) or re.match(r"\{[a-z]+\}\Z", row["data"]):
            return 0
        return row.number("data", 0, 0xFFFFFFFF, r"(0x[0-9a-f]+|[0-9]+)\Z")

    def values(self, sets):
        table = self.model.table("fix_values.csv", "set order when key name verb data")
        out, weakest = {}, {}
        for row in table.rows:
            if row["set"] not in sets:
                row.bad(f"set {row['set']} is not in fix_sets.csv")
            rows = out.setdefault(row["set"], [])
            if row.number("order", 1, 999) != len(rows) + 1:
                row.bad(f"order is {row['order']}, not {len(rows) + 1}")
            verb = row.one_of("verb", tuple(VERBS))
            if verb in ("dword", "delete-value"):
                row.matching("key", KEY, "a whole path")
                for word in re.findall(r"\{[^}]*\}", row["key"]):
                    if word not in PLACEHOLDERS:
                        row.bad(f"key holds {word}")
                row.text("name")
            elif verb in LISTS:
                row.text("name")
            rows.append(f"{{{c_string(self.when(row))}, {c_string(row['key'])}, {c_string(row['name'])}, AK_FIX_VERB_{VERBS.get(verb)}, "
                        f"{self.number(row):#x}, {c_string(row['data'])}}}")
            level = CONFIDENCES.index(row.one_of("confidence", CONFIDENCES))
            weakest[row["set"]] = max(weakest.get(row["set"], 0), level)
        return out, weakest

    def programs(self, sets):
        table = self.model.table("fix_programs.csv", "template kind name value")
        rows = []
        for row in table.rows:
            if f"template:{row['template']}" not in sets:
                row.bad(f"template {row['template']} is not in fix_sets.csv")
            row.one_of("kind", ("openssl", "java"))
            rows.append("{" + ", ".join(c_string(row.text(c)) for c in ("template", "kind", "name", "value")) + "}")
        return counted("struct ak_fix_setting", "ak_fix_settings", "ak_fix_setting_count", rows)

    def text(self):
        table = self.model.table("fix_sets.csv", "set from asked restart verify what_en what_ja risk_en risk_ja")
        sets = {key: row for key, row in table.unique(lambda r: r["set"])}
        rules = {row["id"] for row in self.model.table(
            "rules.csv", "id severity title_en title_ja cause_en cause_ja").rows}
        for key, row in sets.items():
            if ":" not in key and key not in rules:
                row.bad(f"{key} is no rule of rules.csv")
        values, weakest = self.values(sets)
        body, abouts, words = [], [], []
        for index, (key, row) in enumerate(sets.items()):
            row.matching("set", SET, "a rule, template or change")
            if key not in values and key != ALL:
                row.bad("has no row in fix_values.csv")
                continue
            if key == ALL:
                values[key] = ["{\"\", \"\", \"\", 0, 0, \"\"}"]
            body.append(f"static const struct ak_fix_row rows_{index}[] = {{\n    " + ",\n    ".join(values[key]) + "};\n\n")
            abouts.append(
                f"{{{c_string(key)}, AK_SEVERITY_{row.one_of('from', SEVERITIES).upper()}, {'true' if row.one_of('asked', ('any', 'named')) == 'named' else 'false'}, AK_FIX_RESTART_{row.one_of('restart', RESTARTS).upper()}, {c_string(row.text('verify'))}, "
                f"rows_{index}, {len(values[key]) if key != ALL else 0}, AK_CONFIDENCE_{CONFIDENCES[weakest.get(key, 0)].upper()}}}")
            words.append(f"{{{c_string(key)}, {{{c_string(row.text('what_en'))}, {c_string(row.text('what_ja'))}}}, "
                         f"{{{c_string(row.text('risk_en'))}, {c_string(row.text('risk_ja'))}}}}}")
        tables = c_file(["remedy/fix_tables.h"], "".join(body) + counted(
            "struct ak_fix_about", "ak_fix_abouts", "ak_fix_about_count", abouts) + "\n" + self.programs(sets))
        said = c_file(["report/fix_words.h"], counted("struct ak_fix_words", "ak_fix_words_rows", "ak_fix_words_count", words))
        return [t.replace("tools/gen_model.py", "tools/gen_fix.py", 1) for t in (tables, said)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", required=True, help="folder of the CSV files")
    parser.add_argument("--out", required=True, help="folder to make generated/ in")
    options = parser.parse_args()
    fixes = Fixes(options.data)
    texts = fixes.text()
    if fixes.problems.lines:
        print("\n".join(fixes.problems.lines), file=sys.stderr)
        return 1
    os.makedirs(os.path.join(options.out, "generated"), exist_ok=True)
    for name, text in zip(("fix_tables.c", "fix_words.c"), texts):
        write_if_changed(os.path.join(options.out, "generated", name), text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
