#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every command and option of the table in src/cli/option_table.c is in both man pages, in --help, and in at least one test.

usage: lint_options.py [--akushu PATH]

In a man page: `.It Cm NAME` for a command, `.It Fl x , Fl -NAME` for an option. In a test: the command as a word in quotes, the option
as --NAME, in some script or C file under tests/ or fuzz/. mandoc -T lint may say nothing above STYLE.
"""
import os
import re
import subprocess

import harness

OPTION = re.compile(r'\{"([a-z-]+)",\s*(0|\'.\'),\s*(?:NULL|"([^"]*)"),\s*([A-Z| ]+),')
COMMAND = re.compile(r'\{AK_COMMAND_([A-Z]+),\s*"([a-z-]+)"')
MASK = re.compile(r"\b([A-Z]+) = 1u << AK_COMMAND_([A-Z]+)")
PAGES = ("man/akushu.1", "man/ja/akushu.1")


def text_of(*parts):
    with open(os.path.join(harness.ROOT, *parts), encoding="utf-8") as f:
        return f.read()


def table():
    """Commands as names; options as (name, letter, commands that take it)."""
    source = text_of("src", "cli", "option_table.c")
    commands = {enum: name for enum, name in COMMAND.findall(source)}
    masks = dict(MASK.findall(source))
    options = []
    for name, letter, _, mask in OPTION.findall(source):
        words = [w.strip() for w in mask.split("|")]
        taken = list(commands.values()) if "ANY" in words else [commands[masks[w]] for w in words]
        options.append((name, letter.strip("'0"), taken))
    return list(commands.values()), options


def check_page(page, commands, options):
    heads = [re.sub(r"^\.It ", "", line) for line in text_of(page).splitlines() if line.startswith(".It ")]
    wrong = [f"{page}: no .It Cm {c}" for c in commands if not any(re.fullmatch(rf"Cm {c}", h) for h in heads)]
    for name, letter, _ in options:
        start = (rf"Fl {letter} , " if letter else "") + rf"Fl -{name}\b"
        if not any(re.match(start, h) for h in heads):
            wrong.append(f"{page}: no .It {start}".replace("\\b", ""))
    return wrong


def check_mandoc(page):
    try:
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", os.path.join(harness.ROOT, page)], capture_output=True, text=True)
    except FileNotFoundError:
        return ["mandoc: not found (package mandoc)"]
    return [line.replace(harness.ROOT + os.sep, "") for line in done.stdout.splitlines() if "STYLE" not in line]


def check_help(binary, commands, options):
    general = harness.run(binary, "--help").stdout.decode()
    wrong = [f"--help: no akushu {c}" for c in commands if f"akushu {c}" not in general]
    for command in commands:
        text = harness.run(binary, "help", command).stdout.decode()
        for name, letter, taken in options:
            shown = re.search(rf"^\s+{'-' + letter + ', ' if letter else ''}\s*--{name}(\[?=|\s|$)", text, re.M)
            if (command in taken) != bool(shown):
                wrong.append(f"help {command}: --{name} {'is missing' if command in taken else 'is not taken by it'}")
    return wrong


def check_tests(commands, options):
    text = ""
    for top in ("tests", "fuzz"):
        for folder, _, names in os.walk(os.path.join(harness.ROOT, top)):
            for name in names:
                if name.endswith((".py", ".sh", ".c", ".cmake", "CMakeLists.txt")) and name != "lint_options.py":
                    text += text_of(folder, name)
    wrong = [f"tests: no test names the command \"{c}\"" for c in commands if not re.search(rf"[\"']{c}[\"']|akushu\"? {c}\b", text)]
    return wrong + [f"tests: no test uses --{n}" for n, _, _ in options if not re.search(rf"--{n}\b(?!-)", text)]


def main():
    a = harness.parser(__doc__).parse_args()
    harness.need_binary(a.akushu)
    commands, options = table()
    failures = [] if len(commands) >= 5 and len(options) >= 11 else [f"only {len(commands)} commands and {len(options)} options found in the table"]
    for page in PAGES:
        failures += check_page(page, commands, options) + check_mandoc(page)
    failures += check_help(a.akushu, commands, options) + check_tests(commands, options)
    harness.finish(failures, f"lint.options: {len(commands)} commands, {len(options)} options")


if __name__ == "__main__":
    main()
