#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `akushu fix` writes, merged into the hive that it came from, makes the finding disappear; its undo brings everything back.

usage: fix_test.py [--akushu PATH] [--tools DIR] [--shared] [CASE...]

Every case reg-*-fires* of tests/golden becomes hives (hivexregedit over an empty one). For each rule with a configuration remedy: the .reg
file, merged by libhivex, read again: the finding is gone, or milder; the .undo.reg merged: the tree is what it was, by our reader and by
libhivex. Our own reader of exports over the unconverted file gives the same tree. The .cmd and .ps1 files, run by strict little
interpreters (windows_forms.py), lead to the same tree as the .reg, and so do policy's two forms with each other. The same with every
template. --shared does it with real hives. 77 when hivexregedit is absent.
"""
import csv
import glob
import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    jsonschema = None

import harness
import make_hive
import windows_forms as forms

HIVES = {"SYSTEM": "HKEY_LOCAL_MACHINE\\SYSTEM", "SOFTWARE": "HKEY_LOCAL_MACHINE\\SOFTWARE"}
# The machines to which every template is put.
MANY = ("reg-misspelt-registry-key-fires", "reg-policy-removed-suites-fires", "reg-two-no-common-version-fires", "reg-agent-prerequisites-fires",
        "reg-self-connection-impossible-fires")
TEMPLATES = ("tls12-only", "tls12-compatible", "strict", "legacy-temporary")
# Cases in which more than values of the registry is needed, which fix says.
REMAIN = {}
# What is offered to whoever names the finding, and to whoever does not: (host, set, answer).
OFFERED = {
    "reg-two-encryption-setting-conflict-fires": ({("APP01", "change:version", "ready"), ("SQL01", "change:encryption", "ready")},
                                                  {("APP01", "change:version", "ready")}),
    "reg-two-encryption-setting-conflict-fires-second-instance": (
        {("APP01", "change:version", "ready"), ("SQL01", "change:encryption", "ready")}, {("APP01", "change:version", "ready")}),
    "reg-two-encryption-setting-conflict-fires-no-tls12": ({("SQL01", "change:encryption", "ready")},
                                                           {("APP01", "encryption-setting-conflict", "not_asked")}),
    "reg-two-strict-mismatch-fires": ({("SQL01", "change:strict", "ready")}, {("APP01", "strict-mismatch", "not_asked")}),
    "reg-two-strict-mismatch-fires-second-instance": ({("SQL01", "change:strict", "ready")}, {("APP01", "strict-mismatch", "not_asked")}),
    "reg-two-dhe-leading-zero-fires": ({("APP01", "dhe-leading-zero", "ready")}, {("APP01", "dhe-leading-zero", "ready")}),
    "reg-two-dhe-leading-zero-fires-policy": ({("APP01", "dhe-leading-zero", "ready")}, {("APP01", "dhe-leading-zero", "ready")}),
    "reg-two-dhe-leading-zero-fires-nothing-else": ({("APP01", "dhe-leading-zero", "no_agreement")},
                                                    {("APP01", "dhe-leading-zero", "no_agreement")}),
    "reg-two-server-build-too-old-fires": (
        {("PC01", "change:old-version", "ready"), ("SQL01", "server-build-too-old", "no_remedy")},
        {("PC01", "server-build-too-old", "not_asked")}),
    "reg-fips-mode-fires": ({("APP01", "fips-mode", "ready")}, {("APP01", "fips-mode", "not_asked")}),
}
# The instance that they are about is not the first one.
SECOND = {"reg-two-encryption-setting-conflict-fires-second-instance": ("MSSQL15.SALES", "ForceEncryption"),
          "reg-two-strict-mismatch-fires-second-instance": ("MSSQL16.SALES", "ForceStrict")}
CHECKED = []


class Failed(Exception):
    pass


def expect(good, text):
    if not good:
        raise Failed(text)
    CHECKED.append(1)


# ---------------------------------------------------------------- machines

def steps_of(path):
    """Of an export as the golden cases hold them: any encoding, both headers."""
    with open(path, "rb") as f:
        data = f.read()
    for encoding in ("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "cp932"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    lines = text.replace("\r\n", "\n").split("\n")
    short = {"HKLM\\": "HKEY_LOCAL_MACHINE\\"}
    for what, key, name, kind, value in forms.reg_steps(lines[1:]):
        for brief, whole in short.items():
            key = whole + key[len(brief):] if key.startswith(brief) else key
        if lines[0] == "REGEDIT4" and kind in (2, 7):
            value = forms.utf16(value.decode("cp1252"))
        yield what, key, name, kind, value


class Machine:
    """A folder with the hives of one machine."""

    def __init__(self, folder, steps):
        self.folder = folder
        os.makedirs(folder)
        # What tells each hive's place in the registry.
        steps = list(steps) + [("value", HIVES["SYSTEM"] + "\\Select", "Current", 4, b"\1\0\0\0")]
        steps += [("key", f"{HIVES['SOFTWARE']}\\{name}", None, None, None) for name in ("Microsoft", "Classes")]
        for name, prefix in HIVES.items():
            if any(s[1].lower().startswith(prefix.lower() + "\\") for s in steps):
                with open(self.path(name), "wb") as f:
                    f.write(make_hive.empty_hive())
                make_hive.merge(self.path(name), prefix, steps, set())

    def path(self, name):
        return os.path.join(self.folder, name)

    def names(self):
        return [n for n in HIVES if os.path.exists(self.path(n))]

    def tree(self):
        tree = forms.Tree()
        for name in self.names():
            prefix = HIVES[name]
            text = make_hive.export(self.path(name), prefix)
            for what, path, value, kind, data in export_steps(text):
                path = path.rstrip("\\")
                if what == "key":
                    tree.make(path)
                else:
                    tree.put(path, value, kind, data)
        return tree

    def put(self, data):
        steps = list(forms.reg_steps(forms.reg_text(data)))
        for name in self.names():
            make_hive.merge(self.path(name), HIVES[name], steps)

    def save(self):
        return {n: open(self.path(n), "rb").read() for n in self.names()}

    def load(self, hives):
        for name, data in hives.items():
            with open(self.path(name), "wb") as f:
                f.write(data)


def export_steps(text):
    """hivexregedit's own export: as .reg, but str(N):"text" for texts."""
    lines = []
    for line in text.split("\n"):
        found = re.fullmatch(r'(@|"(?:[^"\\]|\\.)*")=str(?:\(([0-9a-f]+)\))?:"(.*)"', line)
        if found:
            value = re.sub(r"\\(.)", r"\1", found.group(3))
            line = found.group(1) + "=" + make_hive.data_text(int(found.group(2) or "1", 16), forms.utf16(value + "\0"))
        lines.append(line)
    return forms.reg_steps(lines[1:])


def dump(tool, *args):
    """Lines of a hive without times and order: (path, name, type, size, digest)."""
    done = subprocess.run([tool, *args], capture_output=True)
    expect(done.returncode == 0, f"{tool} {args}: {done.stdout[-300:]!r} {done.stderr[-300:]!r}")
    path, out = [], set()
    for line in done.stdout.decode().splitlines():
        if line.startswith("K "):
            _, depth, _, name = line.split(" ", 3)
            path = path[:int(depth)] + [name.lower()]
            out.add("\\".join(path))
        else:
            out.add(("\\".join(path), line.lower()))
    return out


# ---------------------------------------------------------------- one case

class Bench:
    def __init__(self, akushu, tools):
        self.akushu, self.tools, self.schema = akushu, tools, None

    def findings(self, *folders, rule):
        return [f for f in harness.findings(harness.read(self.akushu, *folders)) if f["rule"]["id"] == rule]

    def fix(self, out, folders, *options):
        done = subprocess.run([self.akushu, "fix", "--format=jsonl", "--output-dir", out, *options, *folders], capture_output=True)
        expect(done.returncode in (0, 1, 3), f"fix {options}: exit {done.returncode}: {done.stderr.decode(errors='replace')[:2000]}")
        expect(b"runtime error" not in done.stderr and b"Sanitizer" not in done.stderr, done.stderr.decode(errors="replace")[:2000])
        answers = [harness.json.loads(line) for line in done.stdout.decode().splitlines()]
        if jsonschema is not None:
            if self.schema is None:
                self.schema = jsonschema.Draft202012Validator(harness.json.loads(harness.run(self.akushu, "schema").stdout))
            for answer in answers:
                wrong = [e.message[:300] for e in self.schema.iter_errors(answer)]
                expect(not wrong, f"fix {options}: {wrong[:2]}: {answer}")
        return answers

    def trees(self, machine):
        ours = {n: dump(os.path.join(self.tools, "registry_dump"), "lines", machine.path(n)) for n in machine.names()}
        theirs = {n: dump(os.path.join(self.tools, "hivex_dump"), "lines", machine.path(n)) for n in machine.names()}
        expect(ours == theirs, f"{machine.folder}: our tree is not libhivex's")
        return ours

    def check_forms(self, machine, out, files):
        """All forms on one tree; returns what .reg makes of it."""
        def beside(name):
            with open(os.path.join(out, name), "rb") as f:
                return f.read()

        start = machine.tree()
        for undo in (False, True):
            trees = {}
            for name in files:
                ending = re.search(r"(\.undo)?\.(reg|cmd|ps1|lgpo\.txt|gpp\.xml|task\.xml)$", name)
                expect(ending, f"{name}: no known ending")
                if bool(ending.group(1)) != undo or ending.group(2) == "task.xml":
                    continue
                tree = start.copy() if not undo else self.done[ending.group(2)].copy()
                run = {"reg": forms.run_reg, "lgpo.txt": forms.run_lgpo, "gpp.xml": forms.run_gpp}.get(ending.group(2))
                if run:
                    run(tree, beside(name))
                elif ending.group(2) == "cmd":
                    forms.run_cmd(tree, beside(name), beside)
                else:
                    forms.run_ps1(tree, beside(name), beside)
                trees[ending.group(2)] = tree
            if not undo:
                self.done = trees
            for group in (("reg", "cmd", "ps1"), ("lgpo.txt", "gpp.xml")):
                there = [trees[x] for x in group if x in trees]
                expect(len(there) in (0, len(group)), f"{out}: of {group} only {[x for x in group if x in trees]}")
                for tree in there[1:]:
                    expect(tree.same() == there[0].same(), f"{out}: {group} do not lead to the same tree (undo: {undo})")
                if undo and there and group[0] == "reg":
                    expect(there[0].same() == start.same(), f"{out}: the undo does not lead back")

    def apply(self, machine, out, files, check):
        """The .reg of a fix into the hives, `check`, and back."""
        def bytes_of(ending):
            names = [f for f in files if f.endswith(ending) and ".undo." not in f]
            return names and open(os.path.join(out, names[0]), "rb").read()

        before, saved = self.trees(machine), machine.save()
        data = bytes_of(".reg")
        if data:
            path = os.path.join(out, next(f for f in files if f.endswith(".reg") and ".undo." not in f))
            merged = {n: dump(os.path.join(self.tools, "registry_dump"), "merge", machine.path(n), path) for n in machine.names()}
            machine.put(data)
            expect(self.trees(machine) == merged, f"{path}: our reader of exports and libhivex do not make the same tree")
        policy = bytes_of(".lgpo.txt")
        if policy:
            tree = forms.Tree()
            forms.run_lgpo(tree, policy)
            steps = [("value", path, name, kind, value) for path, values in tree.keys.values() for name, kind, value in values.values()]
            for name in machine.names():
                make_hive.merge(machine.path(name), HIVES[name], steps)
        check()
        if data and not policy:
            with open(path.replace(".reg", ".undo.reg"), "rb") as f:
                machine.put(f.read())
            expect(self.trees(machine) == before, f"{path}: the undo does not bring the tree back")
        machine.load(saved)


SEVERITY = {"note": 0, "warning": 1, "error": 2}


def worst(findings):
    return max((SEVERITY[f["akushu"]["severity"]] for f in findings), default=-1)


def check_offers(bench, case, machines, answers, out, sets):
    """What weakens comes only to whoever names the finding, and never into the file of all."""
    def told(some):
        return {(a["host"]["name"], a["akushu"]["set"], a["akushu"]["answer"]) for a in some}

    def edits(some):
        return {(a["host"]["name"], e["key"], e.get("name")) for a in some for e in a["akushu"].get("edits", ())}

    named = [a for a in answers if a["akushu"]["set"] != "template:all"]
    asked = [a for a in named if sets.get(a["akushu"]["set"], {}).get("asked") == "named"]
    unnamed = bench.fix(out, list(machines), "--allow-lockout")
    ready = [a for a in unnamed if a["akushu"]["answer"] == "ready"]
    expect(not [a for a in ready if sets[a["akushu"]["set"]]["asked"] == "named"], f"{case}: a set that nobody named")
    for some in (answers, unnamed):
        whole = [a for a in some if a["akushu"]["set"] == "template:all"]
        expect(not edits(whole) & edits(asked), f"{case}: what was named stands in the file of all")
    if case in OFFERED:
        expect(told(named) == OFFERED[case][0], f"{case}: named: {told(named)}")
        expect(OFFERED[case][1] <= told(unnamed), f"{case}: unnamed: {told(unnamed)}")
    if case in SECOND:
        instance, name = SECOND[case]
        found = [e for a in named for e in a["akushu"].get("edits", ()) if e.get("name") == name]
        expect(len(found) == 1 and f"\\{instance}\\" in found[0]["key"], f"{case}: {found}")


def check_case(bench, case, folder, sets):
    source = os.path.join(harness.GOLDEN, case)
    exports = sorted(glob.glob(os.path.join(source, "*.reg")) + glob.glob(os.path.join(source, "*", "*.reg")))
    if not exports or glob.glob(os.path.join(source, "**", "*.pol"), recursive=True):
        return "no exports"
    with open(os.path.join(source, "expect.txt"), encoding="utf-8") as f:
        rule = next(line.split()[1] for line in f if line.startswith("fires "))
    groups = {}
    for path in exports:
        groups.setdefault(os.path.dirname(path), []).append(path)
    machines = {}
    for number, (_, paths) in enumerate(sorted(groups.items())):
        machine = Machine(os.path.join(folder, f"machine{number}"), [s for p in paths for s in steps_of(p)])
        machines[machine.folder] = machine
    before = bench.findings(*machines, rule=rule)
    expect(before, f"{rule} does not fire on the hives")
    out = os.path.join(folder, "out")
    answers = [a for a in bench.fix(out, list(machines), "--finding", rule, "--allow-lockout")]
    check_offers(bench, case, machines, answers, os.path.join(folder, "unnamed"), sets)
    ready = [a for a in answers if a["akushu"]["answer"] == "ready" and a["akushu"]["set"] != "template:all"]
    if not ready:
        expect(rule not in sets or len(machines) > 1 or SEVERITY[sets[rule]["from"]] > worst(before), f"{rule}: {answers}")
        return f"{rule}: no value helps"
    for answer in ready:
        files = answer["akushu"]["written"]
        machine = machine_of(answer, machines, bench)
        bench.check_forms(machine, out, files)
        remains, about = answer["akushu"].get("remains"), answer["akushu"]["finding"]

        def gone():
            was = [f for f in before if f["akushu"]["id"] == about]
            after = [f for f in bench.findings(*machines, rule=rule) if f["akushu"]["id"] == about]
            if remains:
                expect(case in REMAIN, f"{rule}: fix says that the finding remains")
            else:
                expect(worst(after) < worst(was), f"{rule}: still there: {after[0]['akushu'].get('evidence') if after else ''}")
        bench.apply(machine, out, files, gone)
    return f"{rule}: {sum(len(a['akushu']['edits']) for a in ready)} changes"


def machine_of(answer, machines, bench):
    """By the computer's name."""
    if len(machines) == 1:
        return next(iter(machines.values()))
    for machine in machines.values():
        hosts = harness.kind(harness.read(bench.akushu, machine.folder), "host")
        if hosts[0].get("host", {}).get("name") == answer["host"]["name"]:
            return machine
    raise Failed(f"no machine is called {answer['host']['name']!r}")


def check_template(bench, machine, folder, template, scripts=True):
    os.makedirs(folder, exist_ok=True)
    out = os.path.join(folder, template)
    options = ["--template", template, "--allow-lockout"] + (["--until", "2030-01-31"] if template == "legacy-temporary" else [])
    answers = bench.fix(out, [machine.folder], *options)
    expect(len(answers) == 1, f"{template}: {len(answers)} answers")
    if answers[0]["akushu"]["answer"] == "nothing_to_change":
        return
    files = answers[0]["akushu"]["written"]
    expect((template == "legacy-temporary") == any(f.endswith(".task.xml") for f in files), f"{template}: {files}")
    if scripts:  # the texts of real hives hold what libhivex cannot export as lines
        bench.check_forms(machine, out, files)

    def again():
        second = os.path.join(folder, template + "-again")
        local = [v for a in bench.fix(second, [machine.folder], *options) for v in a["akushu"].get("edits", ())
                 if v["key"].split("\\")[1] in machine.names() and not v["policy"]]
        expect(not local, f"{template}: a second fix still changes {local[:3]}")
    bench.apply(machine, out, files, again)


def golden(bench, a, folder, sets):
    failures, told = [], []
    cases = a.cases or harness.share_of([c for c in harness.cases() if re.match(r"reg-.*-fires", c)], a.share)
    for case in cases:
        place = os.path.join(folder, case)
        try:
            told.append(f"{case}: {check_case(bench, case, place, sets)}")
        except (Failed, forms.Wrong, RuntimeError, harness.Crash) as error:
            failures.append(f"{case}: {error}")
        for template in TEMPLATES:
            for machine in sorted(glob.glob(os.path.join(place, "machine*"))) if case in MANY else ():
                try:
                    check_template(bench, Reopened(machine), os.path.join(place, "t-" + os.path.basename(machine)), template)
                except (Failed, forms.Wrong, RuntimeError, harness.Crash) as error:
                    failures.append(f"{case}, {template}: {error}")
        shutil.rmtree(place, ignore_errors=True)
    print("\n".join(told))
    return failures, len(cases)


class Reopened(Machine):
    def __init__(self, folder):
        self.folder = folder


REAL = (("regipy/SYSTEM.xz", "SYSTEM"), ("regipy/SYSTEM_2.xz", "SYSTEM"), ("derived/SYSTEM_win81_hardened.xz", "SYSTEM"),
        ("derived/SOFTWARE_synth2016.xz", "SOFTWARE"))


def real(bench, folder):
    failures, count = [], 0
    root = harness.need_shared("windows")
    for name, kind in REAL:
        place = os.path.join(folder, name.replace("/", "-"))
        os.makedirs(os.path.join(place, "machine"))
        with lzma.open(os.path.join(root, name)) as packed, open(os.path.join(place, "machine", kind), "wb") as f:
            shutil.copyfileobj(packed, f)
        machine = Reopened(os.path.join(place, "machine"))
        rules = sorted({f["rule"]["id"] for f in harness.findings(harness.read(bench.akushu, machine.folder))})
        out = os.path.join(place, "out")
        for rule in rules:
            before = bench.findings(machine.folder, rule=rule)
            for answer in bench.fix(os.path.join(out, rule), [machine.folder], "--finding", rule, "--allow-lockout"):
                if answer["akushu"]["answer"] != "ready":
                    continue
                count += 1

                def gone():
                    if not answer["akushu"].get("remains"):
                        expect(worst(bench.findings(machine.folder, rule=rule)) < worst(before), f"{rule}: still there")
                try:
                    bench.apply(machine, os.path.join(out, rule), answer["akushu"]["written"], gone)
                except (Failed, forms.Wrong, RuntimeError, harness.Crash) as error:
                    failures.append(f"{name}, {rule}: {error}")
        for template in TEMPLATES:
            count += 1
            try:
                check_template(bench, machine, os.path.join(place, "t"), template, scripts=False)
            except (Failed, forms.Wrong, RuntimeError, harness.Crash) as error:
                failures.append(f"{name}, {template}: {error}")
    return failures, count


def main():
    ap = harness.parser(__doc__)
    ap.add_argument("--tools", default=os.path.join(harness.ROOT, "build", "dev", "tests"))
    ap.add_argument("--shared", action="store_true")
    ap.add_argument("cases", nargs="*")
    a = ap.parse_args()
    harness.need_binary(a.akushu)
    if not make_hive.usable() or not os.path.exists(os.path.join(a.tools, "hivex_dump")):
        print("hivexregedit or libhivex: absent, skipped")
        sys.exit(harness.SKIP)
    with open(os.path.join(harness.ROOT, "data", "fix_sets.csv"), encoding="utf-8", newline="") as f:
        sets = {row["set"]: row for row in csv.DictReader(f)}
    bench = Bench(a.akushu, a.tools)
    with tempfile.TemporaryDirectory() as folder:
        failures, count = real(bench, folder) if a.shared else golden(bench, a, folder, sets)
    harness.finish(failures, f"fix: {count} cases, {len(CHECKED)} checks")


if __name__ == "__main__":
    main()
