#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every text that the program can show in another language stands translated in po/ja.po, with the same placeholders.

usage: lint_messages.py [--root DIR] [--pot]

Texts are the literals in N_() and in ak_tr(), the error texts of intake, os, codec and windows that hold no %, what these say of damaged
registry files, and what the summary counts as not understood. An entry that is missing, fuzzy, empty, used nowhere or has other placeholders fails. msgfmt --check must be silent.
--pot prints a template instead, for msgmerge (po/README.md).
"""
import argparse
import os
import re
import subprocess
import sys

from lint_layers import ROOT, sources

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|[A-Za-z_]\w*|\s+|.', re.S)
ESCAPE = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
ERRORS = ("intake", "os", "codec", "windows")
PLACE = re.compile(r"\{[0-9]+\}")
DIRECTIVE = re.compile(r"%[-+ #0]*[0-9]*(?:\.[0-9]+)?(?:hh|h|ll|l|z|j|t)?[a-zA-Z%]")


def tokens(path):
    """Names, signs and literals of a C file; adjacent literals are one, written ("text", ...)."""
    with open(path, encoding="utf-8") as f:
        words = [w for w in TOKEN.findall(f.read()) if not w.isspace() and not w.startswith(("//", "/*"))]
    out = []
    for word in words:
        if word[0] != '"':
            out.append(word)
            continue
        text = re.sub(r"\\(.)", lambda m: ESCAPE.get(m.group(1), m.group(1)), word[1:-1])
        if out and isinstance(out[-1], tuple):
            text = out.pop()[1] + text
        out.append(("text", text))
    return out


def arguments(words, opening):
    """(number of the argument, token) of everything at the top level of a call; inner calls are left out."""
    depth, number = 0, 1
    for word in words[opening:]:
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(word, 0) if isinstance(word, str) else 0
        if depth == 0:
            return
        if depth == 1 and word == ",":
            number += 1
        elif depth == 1:
            yield number, word


def texts_of(root, path):
    """The texts of one file in order."""
    words, folder = tokens(os.path.join(root, path)), path.split(os.sep)[1]
    takes = {"N_": 1, "ak_tr": 2}
    if folder in ERRORS:
        takes.update({"ak_error_set": 3, "bad": 3, "ak_regf_damaged": 3, "ak_registry_source_damaged": 3, "AK_REGF_WHY": 1})
    if path.endswith(("reg_text.c", "registry_pol.c")):
        takes["bad"] = 2
    listing = False
    for i, word in enumerate(words):
        if word in takes and words[i + 1:i + 2] == ["("]:
            for number, inner in arguments(words, i + 1):
                wanted = number == takes[word] and isinstance(inner, tuple)
                if wanted and not (word in ("ak_error_set", "bad") and "%" in inner[1]):
                    yield inner[1]
        # The rows {"what", count} and the calls sink(context, "what", count) of one function.
        if word == "ak_not_understood_each" and path.endswith("jsonl_findings.c"):
            listing = True
        elif listing and word == "write_not_understood":
            listing = False
        elif listing and isinstance(word, tuple) and (words[i - 1] == "{" or words[i - 4:i] == ["sink", "(", "context", ","]):
            yield word[1]


def all_texts(root):
    """Text: the files that hold it, both in order of appearance."""
    found = {}
    for path in sorted(sources(root, "src")):
        if path.endswith(".c"):
            for text in texts_of(root, path):
                files = found.setdefault(text, [])
                if path not in files:
                    files.append(path)
    found.pop("", None)
    return found


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def unquoted(line):
    return re.sub(r"\\(.)", lambda m: ESCAPE.get(m.group(1), m.group(1)), line[line.index('"') + 1:line.rindex('"')])


def print_template(found):
    print('msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"')
    for text, files in found.items():
        print("\n#: " + " ".join(files) + ("\n#, c-format" if DIRECTIVE.search(text) else ""))
        print(f"msgid {quoted(text)}\nmsgstr \"\"")


def catalogue(path):
    """msgid: (msgstr, fuzzy)."""
    out, key, field, value, fuzzy = {}, None, None, {"msgid": "", "msgstr": ""}, False
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines() + [""]
    for line in lines:
        if line.startswith("#,"):
            fuzzy = "fuzzy" in line
        elif line.startswith(("msgid ", "msgstr ")):
            field = line.split()[0]
            value[field] = unquoted(line)
        elif line.startswith('"'):
            value[field] += unquoted(line)
        elif not line.strip() and field == "msgstr":
            key = value["msgid"]
            if key:
                out[key] = (value["msgstr"], fuzzy)
            field, fuzzy = None, False
    return out


def compare(text, entry):
    """What is wrong with the translation of one text."""
    if entry is None:
        return "is missing"
    translation, fuzzy = entry
    if fuzzy or not translation:
        return "is fuzzy" if fuzzy else "is empty"
    if DIRECTIVE.findall(text) != DIRECTIVE.findall(translation):
        return "has other % directives"
    if sorted(PLACE.findall(text)) != sorted(PLACE.findall(translation)):
        return "has other {n} placeholders"
    if text.endswith("\n") != translation.endswith("\n"):
        return "ends otherwise"
    return None


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--root", default=ROOT)
    ap.add_argument("--pot", action="store_true")
    a = ap.parse_args()
    found = all_texts(a.root)
    if a.pot:
        print_template(found)
        return
    po = os.path.join(a.root, "po", "ja.po")
    have = catalogue(po)
    wrong = [f"{files[0]}: {quoted(t)} {fault}" for t, files in found.items() for fault in [compare(t, have.get(t))] if fault]
    wrong += [f"po/ja.po: {quoted(t)} is in no source" for t in have if t not in found]
    try:
        done = subprocess.run(["msgfmt", "--check", "--output-file=/dev/null", po], capture_output=True, text=True)
        wrong += [line for line in done.stderr.splitlines() if line]
        if done.returncode and not done.stderr:
            wrong.append(f"msgfmt --check: exit {done.returncode}")
    except FileNotFoundError:
        wrong.append("msgfmt: not found (package gettext)")
    if len(found) < 100:
        wrong.append(f"only {len(found)} texts found in src: does this script still know how they are marked?")
    print("\n".join(wrong + [f"lint.messages: {len(found)} texts: {'FAILED' if wrong else 'ok'}"]))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
