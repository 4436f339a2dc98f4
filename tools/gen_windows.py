#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn what is known of each Windows into const tables of the model.

    gen_windows.py --data data --out DIR

writes DIR/generated/windows_tables.c, only if its content changes. An unknown suite, group or system, a key that stands
twice, a priority that is missing or a row without a source is reported as `file:line: what`, all of it in one run; then
nothing is written and the exit code is 1.
"""

import argparse
import os
import re
import sys

from gen_model import CIPHERS, CONFIDENCES, HASHES, KEY_EXCHANGES, Model, c_file, c_string, counted, write_if_changed

PROTOCOLS = "PCT10 SSL20 SSL30 TLS10 TLS11 TLS12 TLS13 DTLS10 DTLS12".split()
PROTOCOL_NAMES = "PCT 1.0|SSL 2.0|SSL 3.0|TLS 1.0|TLS 1.1|TLS 1.2|TLS 1.3|DTLS 1.0|DTLS 1.2".split("|")
ROLES = ("client", "server")
DEFAULTS = {
    ("no", "not_supported"): "NOT_SUPPORTED", ("yes", "disabled"): "DISABLED",
    ("yes", "disabled_by_default"): "ON_REQUEST", ("yes", "enabled"): "ENABLED",
}
SUITE_STATES = {
    "default": "DEFAULT", "supported_not_default": "AVAILABLE", "listed_explicit_request_only": "ON_REQUEST",
    "psk_on_request": "ON_REQUEST", "historic_default": "HISTORIC",
}
STATE_ORDER = ("DEFAULT", "AVAILABLE", "ON_REQUEST", "HISTORIC")
VERSION_BITS = {"ssl3": 1, "tls10": 2, "tls11": 4, "tls12": 8, "tls13": 16, "ssl2": 0}
GROUP_VERSIONS = {"TLS 1.0": 2, "1.1": 4, "1.2": 8, "1.3": 16, "TLS 1.3": 16, "TLS 1.2": 8, "TLS 1.1": 4}
SYSTEM = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*\Z")
DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})?\Z")
CURVES = {"secp256r1": (0x0017, "_P256"), "secp384r1": (0x0018, "_P384"), "secp521r1": (0x0019, "_P521")}


def made_here(text):
    return text.replace("tools/gen_model.py", "tools/gen_windows.py", 1)


def confidence(row):
    return "AK_CONFIDENCE_" + row.one_of("confidence", CONFIDENCES).upper()


class Windows:
    def __init__(self, data):
        self.model = Model(data, "")
        self.problems = self.model.problems

    def table(self, name, columns):
        return self.model.table(name, columns)

    def known(self, name, columns, digits):
        table = self.table(name, columns)
        return {row.code("code", digits): row["name"] for row in table.rows if len(row["code"]) == digits + 2}

    # -- the parts of a system ---------------------------------------------------------------------

    def protocols(self):
        table = self.table("schannel_protocol_defaults.csv", "os_id role protocol supported default_state note")
        out = {}
        for (system, role, protocol), row in table.unique(lambda r: (r["os_id"], r["role"], r["protocol"])):
            row.one_of("role", ROLES)
            row.one_of("protocol", PROTOCOL_NAMES)
            state = DEFAULTS.get((row["supported"], row["default_state"]))
            if state is None:
                row.bad(f"supported '{row['supported']}' and default_state '{row['default_state']}' do not go together")
            out[system, role, protocol] = f"{{AK_SCHANNEL_DEFAULT_{state}, {confidence(row)}}}"
        return out

    def suite(self, row, known):
        code = int(row["iana_hex"], 16) if re.match(r"[0-9A-F]{4}\Z", row["iana_hex"]) else 0
        if known.get(code) != row["suite"]:
            row.bad(f"suite {row['suite']} is not {row['iana_hex']} in tls_cipher_suites.csv ({known.get(code)})")
        group = 0
        if row["curve_suffix"]:
            group, suffix = CURVES.get(row.one_of("curve_suffix", CURVES), (0, ""))
            if not row["schannel_name"].endswith(suffix):
                row.bad("schannel_name does not end in curve_suffix")
        versions = 0
        for word in row["protocols"].split():
            if word not in VERSION_BITS:
                row.bad(f"protocols holds '{word}'")
            versions |= VERSION_BITS.get(word, 0)
        state = SUITE_STATES[row["state"]]
        fips = "true" if row.one_of("fips_mode_column", ("yes", "no", "")) != "no" else "false"
        text = (
            f"{{{c_string(row.text('schannel_name'))}, 0x{code:04X}, 0x{group:04X}, {versions}, "
            f"AK_SCHANNEL_SUITE_{state}, {confidence(row)}, {fips}}}"
        )
        priority = row.number("priority", 1, 999) if row["priority"] else 0
        if not priority and state in ("DEFAULT", "HISTORIC"):
            row.bad("a default without priority")
        return (STATE_ORDER.index(state), priority), text

    def suites(self):
        known = self.known("tls_cipher_suites.csv", "code name key_exchange authentication cipher hash tag_bytes hash_bytes "
                           "min_version max_version", 4)
        table = self.table(
            "schannel_cipher_suites.csv",
            "os_id state priority suite schannel_name curve_suffix iana_hex openssl_name protocols "
            "allowed_with_sch_use_strong_crypto fips_mode_column note")
        out, seen = {}, {}
        for row in table.rows:
            row.one_of("state", tuple(SUITE_STATES) + ("same_as",))
            if row["state"] not in SUITE_STATES or len(row["iana_hex"]) == 6:
                continue  # SSL 2.0's kinds play no part in a negotiation that is modelled
            key = (row["os_id"], row["state"], row["schannel_name"])
            if key in seen:
                row.bad(f"{' '.join(key)} stands in line {seen[key]} already")
            seen[key] = row.line
            out.setdefault(row["os_id"], []).append(self.suite(row, known))
        return {system: [text for _, text in sorted(rows, key=lambda r: r[0])] for system, rows in out.items()}

    def groups(self):
        known = self.known("tls_groups.csv", "code name kind", 4)
        table = self.table(
            "schannel_curves.csv", "os_id state priority schannel_name iana_name iana_id iana_hex protocols fips_mode note")
        out = {}
        for (system, state, name), row in table.unique(lambda r: (r["os_id"], r["state"], r["schannel_name"])):
            row.one_of("state", ("default", "supported_not_default", "historic_default"))
            if state == "historic_default" or not row["iana_hex"]:
                continue
            code = row.number("iana_id", 1, 0xFFFF)
            if code != int(row["iana_hex"], 16) or (known.get(code) or "").lower() != row["iana_name"].lower():
                row.bad(f"group {row['iana_name']} is not {row['iana_hex']} in tls_groups.csv ({known.get(code)})")
            versions = 0
            for word in row["protocols"].split(", "):
                if word not in GROUP_VERSIONS:
                    row.bad(f"protocols holds '{word}'")
                versions |= GROUP_VERSIONS.get(word, 0)
            default = state == "default"
            priority = row.number("priority", 1, 999) if default else 999
            text = (f"{{{c_string(name)}, 0x{code:04X}, {versions}, {str(default).lower()}, "
                    f"{str(row['fips_mode'] != 'no').lower()}, {confidence(row)}}}")
            out.setdefault(system, []).append(((not default, priority, name), text))
        return {system: [text for _, text in sorted(rows)] for system, rows in out.items()}

    def schemes(self):
        known = self.known("tls_signature_schemes.csv", "code name versions", 4)
        table = self.table("schannel_sigalgs.csv",
                           "row_type os_id_or_topic condition priority sigalg_hex sigalg_name rule")
        out = {}
        for row in table.rows:
            if row.one_of("row_type", ("offer", "rule")) == "rule":
                row.text("rule")
                continue
            code = int(row.matching("sigalg_hex", re.compile(r"[0-9A-F]{4}\Z"), "four hex digits") or "0", 16)
            if known.get(code) != row["sigalg_name"]:
                row.bad(f"scheme {row['sigalg_name']} is not {row['sigalg_hex']} in tls_signature_schemes.csv")
            unpatched = row["condition"].startswith("without")
            key = (unpatched, row.number("priority", 1, 99))
            rows = out.setdefault(row["os_id_or_topic"], {})
            if key in rows:
                row.bad(f"priority {key[1]} stands twice")
            rows[key] = f"{{0x{code:04X}, {str(unpatched).lower()}, {confidence(row)}}}"
        return {system: [rows[key] for key in sorted(rows)] for system, rows in out.items()}

    # -- the systems -------------------------------------------------------------------------------

    def systems(self):
        table = self.table(
            "windows_systems.csv",
            "os_id name nt_version protocols_of suites_of groups_of schemes_of dhe_fix certificate_choice dh_server_bits "
            "winhttp_default")
        table.unique(lambda row: row.matching("os_id", SYSTEM, "words joined by underscores"))
        protocols, suites, groups, schemes = self.protocols(), self.suites(), self.groups(), self.schemes()
        arrays, rows = [], []
        for kind, name, parts in (("suite", "suites", suites), ("group", "groups", groups), ("scheme", "schemes", schemes)):
            for system in sorted(parts):
                body = ",\n".join("    " + text for text in parts[system])
                arrays.append(f"static const struct ak_schannel_{kind} {name}_{system}[] = {{\n{body},\n}};\n\n")
        used = {row[c] for row in table.rows for c in ("suites_of", "groups_of", "schemes_of")}
        arrays = [a for a in arrays if a.split("[")[0].split(" ")[-1].split("_", 1)[1] in used]
        for row in table.rows:
            cells = []
            for role in ROLES:
                states = [protocols.get((row["protocols_of"], role, p), "{AK_SCHANNEL_DEFAULT_UNKNOWN, AK_CONFIDENCE_LOW}")
                          for p in PROTOCOL_NAMES]
                cells.append("{" + ", ".join(states) + "}")
            if (row["protocols_of"], "client", "TLS 1.0") not in protocols:
                row.bad(f"no protocol defaults of {row['protocols_of']}")
            slices = []
            for column, name, parts in (("suites_of", "suites", suites), ("groups_of", "groups", groups),
                                        ("schemes_of", "schemes", schemes)):
                if row[column] and row[column] not in parts:
                    row.bad(f"{column}: no rows of {row[column]}")
                slices.append(f"{name}_{row[column]}, {len(parts.get(row[column], ()))}" if row[column] else "NULL, 0")
            major, _, minor = row.matching("nt_version", re.compile(r"[0-9]+\.[0-9]+\Z"), "major.minor").partition(".")
            fix, ubr = row["dhe_fix"], 0
            if fix not in ("yes", "no"):
                ubr = int(row.matching("dhe_fix", re.compile(r"[0-9]+\.[0-9]+\Z"), "build.ubr").split(".")[1])
                fix = "from_ubr"
            rows.append(
                f"{{{c_string(row['os_id'])}, {c_string(row.text('name'))}, {major}, {minor},\n     {{{', '.join(cells)}}},\n"
                f"     {', '.join(slices)}, AK_DHE_FIX_{fix.upper()}, {ubr}U, "
                f"{str(row.one_of('certificate_choice', ('only', 'listed')) == 'only').lower()}, "
                f"{row.number('dh_server_bits', 512, 8192)}, "
                f"{row.number('winhttp_default', 0, 0xFFFF, '0x[0-9a-f]+' + chr(92) + 'Z')}, {confidence(row)}}}")
        ids = [row["os_id"] for row in table.rows]
        return "".join(arrays) + counted("struct ak_windows", "ak_windows_rows", "ak_windows_row_count", rows), ids

    def releases(self, ids):
        table = self.table(
            "windows_versions.csv",
            "os_id name kind nt_version build release_date mainstream_or_active_end support_end esu_end note")
        rows = []
        for row in table.rows:
            if row["os_id"] not in ids:
                continue  # older than what is modelled
            for column in ("release_date", "support_end", "esu_end"):
                row.matching(column, DATE, "a date")
            server = row.one_of("kind", ("server", "client")) == "server"
            rows.append(
                f"{{&ak_windows_rows[{ids.index(row['os_id'])}], {c_string(row.text('name'))}, "
                f"{row.number('build', 1, 999999)}U, {str(server).lower()}, {c_string(row['support_end'])}, "
                f"{c_string(row['esu_end'])}, {confidence(row)}}}")
        return counted("struct ak_windows_release", "ak_windows_release_rows", "ak_windows_release_row_count", rows)

    # -- algorithms and .NET Framework -------------------------------------------------------------

    def algorithms(self):
        table = self.table("schannel_algorithms.csv", "kind name word code")
        words = {"cipher": ("AK_CIPHER_", CIPHERS), "hash": ("AK_HASH_", HASHES), "key_exchange": ("AK_KX_", KEY_EXCHANGES)}
        rows = []
        for (kind, name), row in table.unique(lambda r: (r["kind"], r["name"])):
            row.one_of("kind", ("Ciphers", "Hashes", "KeyExchangeAlgorithms"))
            prefix, allowed = words[row.one_of("word", tuple(words)) if row["word"] in words else "cipher"]
            code = prefix + row.one_of("code", allowed).upper()
            rows.append(f"{{{c_string(kind)}, {c_string(name)}, AK_ALGORITHM_{row['word'].upper()}, {code}, {confidence(row)}}}")
        return counted("struct ak_schannel_algorithm", "ak_schannel_algorithm_rows", "ak_schannel_algorithm_row_count", rows)

    def dotnet(self):
        table = self.table("dotnet_releases.csv", "row_type release_dword version_or_item os_or_key default_protocols "
                           "how_to_change note")
        exact, minimum = {}, {}
        for row in table.rows:
            kind = row.one_of("row_type", ("release", "minimum", "key_old", "tls_default", "appcontext"))
            if kind not in ("release", "minimum"):
                continue
            number = row.number("release_dword", 1, 9999999)
            part = exact if kind == "release" else minimum
            if number in part:
                row.bad(f"release {number} stands twice")
            part[number] = row.text("version_or_item")
        rows = [f"{{{number}U, {c_string(version)}, {str(number in exact).lower()}}}"
                for number, version in sorted({**exact, **minimum}.items())]
        return counted("struct ak_dotnet_release", "ak_dotnet_release_rows", "ak_dotnet_release_row_count", rows)

    def dotnet_defaults(self):
        table = self.table("dotnet_defaults.csv",
                           "target minimum_release strong_crypto system_default asked_weak asked_strong")
        bits = {"3.0": 1, "1.0": 2, "1.1": 4, "1.2": 8, "1.3": 16}
        rows = []
        for row in table.rows:
            asked = []
            for column in ("asked_weak", "asked_strong"):
                for word in row[column].split():
                    if word not in bits:
                        row.bad(f"{column} holds '{word}'")
                asked.append(sum(bits.get(word, 0) for word in row[column].split()))
            flags = [str(row.one_of(c, ("yes", "no")) == "yes").lower() for c in ("strong_crypto", "system_default")]
            rows.append(f"{{{c_string(row.text('target'))}, {row.number('minimum_release', 0, 9999999)}U, {', '.join(flags)}, "
                        f"{asked[0]}, {asked[1]}, {confidence(row)}}}")
        return counted("struct ak_dotnet_rule", "ak_dotnet_rule_rows", "ak_dotnet_rule_row_count", rows)

    # -- programs that talk TLS -------------------------------------------------------------------

    def agents(self):
        table = self.table("agents.csv", "id name service key checks suites")
        rows = []
        for key, row in table.unique(lambda r: r["id"]):
            if not row["service"] and not row["key"]:
                row.bad("neither service nor key")
            flags = [str(row.one_of(c, ("yes", "no")) == "yes").lower() for c in ("checks", "suites")]
            words = ", ".join(c_string(row.text(c, c in ("service", "key"))) for c in ("id", "name", "service", "key"))
            rows.append(f"{{{words}, {', '.join(flags)}, {confidence(row)}}}")
        return counted("struct ak_agent", "ak_agent_rows", "ak_agent_row_count", rows)

    def drivers(self):
        table = self.table("sql_drivers.csv", "name minor_from minor_to third_for_tls12 strict_from mandatory in_windows")
        special = {"all": "0U", "never": "AK_DRIVER_NO_BUILD", "by-windows": "AK_DRIVER_BY_WINDOWS"}
        rows = []
        for _, row in table.unique(lambda r: (r["name"], r.number("minor_from", 0, 65535))):
            third, strict = row["third_for_tls12"], row["strict_from"]
            third = special[third] if third in special else f"{row.number('third_for_tls12', 1, 99999)}U"
            numbers = [0, 0] if strict == "never" else [int(n) for n in strict.split(".")]
            flags = [str(row.one_of(c, ("yes", "no")) == "yes").lower() for c in ("mandatory", "in_windows")]
            rows.append(f"{{{c_string(row.text('name'))}, {row.number('minor_from', 0, 65535)}, {row.number('minor_to', 0, 65535)}, "
                        f"{third}, {numbers[0]}, {numbers[1]}, {', '.join(flags)}, {confidence(row)}}}")
        return counted("struct ak_sql_driver", "ak_sql_driver_rows", "ak_sql_driver_row_count", rows)

    def tls_programs(self):
        table = self.table("tls_programs.csv", "image tls")
        kinds = {"windows": "AK_PROGRAM_TLS_WINDOWS", "dotnet": "AK_PROGRAM_TLS_DOTNET"}
        rows = []
        for image, row in table.unique(lambda r: r["image"]):
            if image != image.lower():
                row.bad("image is compared in lower case")
            rows.append(f"{{{c_string(row.text('image'))}, {kinds[row.one_of('tls', tuple(kinds))]}, {confidence(row)}}}")
        return counted("struct ak_tls_program", "ak_tls_program_rows", "ak_tls_program_row_count", rows)

    def text(self):
        systems, ids = self.systems()
        return made_here(c_file(["model/windows_tables.h", "model/programs.h", "model/tls_names.h"],
                                systems + self.releases(ids) + self.algorithms() + self.dotnet() + self.dotnet_defaults()
                                + self.agents() + self.drivers() + self.tls_programs()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", required=True, help="folder of the CSV files")
    parser.add_argument("--out", required=True, help="folder to make generated/ in")
    options = parser.parse_args()
    windows = Windows(options.data)
    files = {"windows_tables.c": windows.text()}
    if windows.problems.lines:
        print("\n".join(windows.problems.lines), file=sys.stderr)
        return 1
    folder = os.path.join(options.out, "generated")
    os.makedirs(folder, exist_ok=True)
    for name, text in files.items():
        write_if_changed(os.path.join(folder, name), text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
