#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `akushu predict` says of every system as it is installed, and of documented pairs.

    scenarios_test.py --akushu PATH [--bless]

One file for each system and role under tests/scenarios/, reviewed as text; the default suites of each file must also be those of
data/schannel_cipher_suites.csv, in their order. tests/scenarios/pairs.csv holds pairs with the result that a source documents.
"""
import argparse
import csv
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, "tests", "scenarios")
ENV = dict(os.environ, LC_ALL="C", LANGUAGE="", COLUMNS="100", NO_COLOR="1")


def rows(name):
    with open(os.path.join(ROOT, "data", name), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def run(akushu, *words):
    return subprocess.run([akushu, "predict", *words], capture_output=True, text=True, env=ENV, check=False)


def documented(system):
    """The default suites in the order of their first rows: before 10 one suite stands once for each curve.
    SSL 2.0's kinds play no part in what is predicted."""
    own = [r for r in rows("schannel_cipher_suites.csv") if r["os_id"] == system["suites_of"] and r["state"] == "default"
           and not r["suite"].startswith("SSL_CK_")]
    own.sort(key=lambda r: int(r["priority"]))
    return list(dict.fromkeys(r["suite"] for r in own))


def shown_suites(text):
    """Names behind the numbers of the list of suites."""
    out, within = [], False
    for line in text.splitlines():
        if line.startswith("Suites"):
            within = True
        elif within and not line.startswith(" "):
            break
        if within:
            words = line.removeprefix("Suites").split()
            if len(words) == 2 and words[0].isdigit():
                out.append(words[1])
    return out


def systems(akushu, bless):
    bad = 0
    names = set()
    for system in rows("windows_systems.csv"):
        if not system["suites_of"]:
            continue  # no table tells what it offers
        for role in ("client", "server"):
            name = f"{system['os_id']}-{role}.txt"
            names.add(name)
            path = os.path.join(FOLDER, name)
            done = run(akushu, f"--role={role}", system["os_id"])
            if done.returncode != 0:
                print(f"{name}: exit {done.returncode}: {done.stderr.strip()}")
                bad += 1
                continue
            if shown_suites(done.stdout) != documented(system):
                print(f"{name}: suites are not those that are documented")
                bad += 1
            if bless:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(done.stdout)
                continue
            try:
                with open(path, encoding="utf-8") as file:
                    expected = file.read()
            except FileNotFoundError:
                expected = None
            if expected != done.stdout:
                print(f"{name}: differs; look at it and run with --bless")
                bad += 1
    stray = {n for n in os.listdir(FOLDER) if n.endswith(".txt")} - names
    for name in sorted(stray):
        print(f"{name}: is of no system")
    return bad + len(stray), len(names)


def result_words(result):
    if result["established"]:
        version = result["version"]
        return f"TLS {version} {result['cipher']}"
    return f"{result['refusal']} at {result['stage']}"


def words_of(line):
    a = line["akushu"]
    parts = [result_words(a["result"])]
    named = a.get("result_for_callers_that_name_versions")
    if named:
        parts.append("named " + result_words(named))
    parts += [f"hazard {h}" for h in a["hazards"]]
    return "; ".join(parts)


def pairs(akushu):
    bad = 0
    with open(os.path.join(FOLDER, "pairs.csv"), encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    for row in table:
        done = run(akushu, "--format=jsonl", *row["options"].split(), row["client"], row["server"])
        try:
            said = words_of(json.loads(done.stdout))
        except (ValueError, KeyError) as error:
            said = f"exit {done.returncode}: {error} {done.stderr.strip()}"
        if said != row["expected"]:
            print(f"{row['client']} {row['server']} {row['options']}: {said}; documented: {row['expected']} ({row['source']})")
            bad += 1
    return bad, len(table)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--akushu", required=True)
    parser.add_argument("--bless", action="store_true", help="write the files of the systems anew")
    options = parser.parse_args()
    wrong_systems, count = systems(options.akushu, options.bless)
    wrong_pairs, pair_count = pairs(options.akushu)
    print(f"{count} files, {wrong_systems} wrong; {pair_count} pairs, {wrong_pairs} wrong")
    return 1 if wrong_systems or wrong_pairs or count < 56 or pair_count < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
