#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn data/collect_keys.csv, data/agents.csv and the templates of data/collect/ into const tables of report/.

    gen_collect.py --data data --out DIR

writes DIR/generated/collect_tables.c, only if its content changes. A key that must never leave a machine, a whole root, a key of secrets,
a value that holds one: each is an error here, so that no later row of the table can bring it in.
"""
import argparse
import os
import re
import sys

import gen_model

TAKES = ("tree", "values", "below", "list", "names", "key", "like", "children", "agents", "parameters")
ROLES = ("both", "client", "server")
# Below these whole keys may be exported; everywhere else only values that are named.
TREES = (
    r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL",
    r"HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL",
    r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL",
    r"HKLM\SOFTWARE\Microsoft\Microsoft SQL Server\Instance Names\SQL",
    r"HKLM\SOFTWARE\WOW6432Node\Microsoft\Microsoft SQL Server\Instance Names\SQL",
    r"HKLM\SOFTWARE\Microsoft\Microsoft SQL Server\*\MSSQLServer\SuperSocketNetLib",
    r"HKLM\SOFTWARE\WOW6432Node\Microsoft\Microsoft SQL Server\*\MSSQLServer\SuperSocketNetLib",
)
FORBIDDEN = re.compile(r"\\(SAM|SECURITY)(\\|$)|\\Policy\\Secrets|\\Lsa\\(JD|Skew1|GBG|Data)|Winlogon", re.I)
SECRET = re.compile(r"password|secret|ProductId|connection|DefaultUserName", re.I)
PATH = re.compile(r"HK(LM|CU)(\\[^\\|\"%&<>^!']+)+\Z")
WHERE = re.compile(r"[A-Za-z]+~[A-Za-z0-9]+\Z")
TEMPLATES = ("powershell.ps1", "cmd.cmd", "sql.sql")


def check(row, take, path, values):
    if take == "tree" and path not in TREES:
        row.bad("a whole key that tools/gen_collect.py does not allow")
    if FORBIDDEN.search(path):
        row.bad("a key that holds secrets")
    if path.count("\\") < 3 and take != "agents":
        row.bad("too near to a root")
    for value in values:
        if SECRET.search(value):
            row.bad(f"the value {value} may hold a secret")
    if (take in ("values", "below", "children", "parameters")) != bool(values):
        row.bad("values are named for values, below, children and parameters, and for no others")


def agents(data, problems):
    """Of each agent the start of its service, and whether its key is there."""
    rows = []
    table = gen_model.Table(data, "agents.csv", "id name service key checks suites", problems, [])
    for row in table.rows:
        if row["service"]:
            rows.append((f"agent-{row['id']}", "values", rf"HKLM\SYSTEM\CurrentControlSet\Services\{row['service']}", ["Start"], "", "both"))
        if row["key"]:
            kind = "names" if row["key"].endswith("\\*") else "like" if row["key"].endswith("*") else "key"
            rows.append((f"agent-{row['id']}-key", kind, row["key"].removesuffix("\\*"), [], "", "both"))
    return rows


def keys(data, problems):
    table = gen_model.Table(data, "collect_keys.csv", "id take path values where role reason", problems, [])
    table.unique(lambda row: row.matching("id", re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*\Z"), "words joined by hyphens"))
    rows = []
    for row in table.rows:
        take, role = row.one_of("take", TAKES), row.one_of("role", ROLES)
        row.text("reason")
        values = [v for v in row["values"].split("|") if v]
        check(row, take, row["path"], values)
        if take == "agents":
            rows += agents(data, problems)
            continue
        row.matching("path", PATH, "a path below HKLM or HKCU")
        if take == "children":
            row.matching("where", WHERE, "VALUE~WORD")
        rows.append((row["id"], take, row["path"], values, row["where"], role))
    return rows


def template(data, name, problems):
    path = os.path.join(data, "collect", name)
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    for number, line in enumerate(text.split("\n"), 1):
        if not line.isascii() or "\t" in line or "\r" in line or line != line.rstrip():
            problems.add(path, number, "only ASCII, no tab, no carriage return, no blank at the end")
    ident = re.sub(r"\W", "_", name.split(".")[0])
    return f"const char ak_collect_{ident}[] =\n{gen_model.c_lines(text)};\n\n"


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--data", required=True)
    ap.add_argument("--out", required=True)
    a = ap.parse_args()
    problems = gen_model.Problems()
    rows = []
    for id_, take, path, values, where, role in keys(a.data, problems):
        rows.append(f"{{{gen_model.c_string(id_)}, {TAKES.index(take)}, {gen_model.c_string(path)}, {gen_model.c_string('|'.join(values))}, "
                    f"{gen_model.c_string(where)}, {ROLES.index(role)}}}")
    body = ('#if defined(__GNUC__)\n#pragma GCC diagnostic ignored "-Woverlength-strings"\n#endif\n\n'
            + "".join(template(a.data, name, problems) for name in TEMPLATES)
            + gen_model.counted("struct ak_collect_key", "ak_collect_key_rows", "ak_collect_key_count", rows))
    if problems.lines:
        print("\n".join(problems.lines), file=sys.stderr)
        sys.exit(1)
    os.makedirs(os.path.join(a.out, "generated"), exist_ok=True)
    path = os.path.join(a.out, "generated", "collect_tables.c")
    text = gen_model.c_file(["report/collect_tables.h"], body).replace("tools/gen_model.py", "tools/gen_collect.py", 1)
    if not os.path.exists(path) or open(path, encoding="utf-8").read() != text:
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    os.utime(path)


if __name__ == "__main__":
    main()
