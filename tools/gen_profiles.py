#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn named parties and observed clients into const tables of the model.

    gen_profiles.py --data data --out DIR

writes DIR/generated/profile_tables.c, only if its content changes. An unknown suite, group, scheme, system or client and an
alias that stands twice are reported as `file:line: what`, all in one run; then nothing is written and the exit code is 1.
"""

import argparse
import os
import re
import sys

from gen_model import Model, c_file, c_string, counted, write_if_changed
from gen_windows import confidence

COLUMNS = (
    "client_id client_name kind schannel_os_id record_version client_version supported_versions lowest_protocol "
    "highest_protocol cipher_suites_hex extensions extension_names groups sigalgs_hex alpn compression grease sni "
    "min_dh_bits max_dh_bits min_rsa_bits max_rsa_bits min_ecdsa_bits requires_sha2 curves ja3_md5 services "
    "still_current note")
KINDS = {"windows": "WINDOWS", "client": "CLIENT", "sql-client": "SQL_CLIENT", "sql-server": "SQL_SERVER"}
HEX = re.compile(r"[0-9A-Fa-f]{4}\Z")


class Profiles:
    def __init__(self, data):
        self.model = Model(data, "")
        self.problems = self.model.problems
        groups = self.model.table("tls_groups.csv", "code name kind")
        self.groups = {row["name"].lower(): int(row["code"], 16) for row in groups.rows}

    def hexes(self, row, column):
        """Four hex digits each; SSL 2.0's kinds (six) are left out."""
        out = []
        for word in row[column].split():
            if HEX.match(word):
                out.append(int(word, 16))
            elif len(word) != 6:
                row.bad(f"{column} holds '{word}'")
        return out

    def group_codes(self, row):
        out = []
        for word in row["groups"].split():
            if word.lower() in self.groups:
                out.append(self.groups[word.lower()])
            elif HEX.match(word):
                out.append(int(word, 16))
            else:
                row.bad(f"groups holds '{word}'")
        return out

    def clients(self):
        table = self.model.table("clients.csv", COLUMNS)
        arrays, rows, ids = [], [], []
        for key, row in table.unique(lambda r: r["client_id"]):
            if row.one_of("kind", ("observed", "derived")) == "derived":
                continue  # these follow from the system's own tables
            lists = [
                ("suites", self.hexes(row, "cipher_suites_hex")), ("groups", self.group_codes(row)),
                ("schemes", self.hexes(row, "sigalgs_hex")), ("versions", self.hexes(row, "supported_versions")),
                ("extensions", [int(x) for x in row["extensions"].split() if x.isdigit()])]
            index = len(ids)
            ids.append(key)
            pointers, counts = [], []
            for name, codes in lists:
                if codes:
                    text = ", ".join(f"0x{code:04X}" for code in codes)
                    arrays.append(f"static const uint16_t {name}_{index}[] = {{{text}}};\n")
                pointers.append(f"{name}_{index}" if codes else "NULL")
                counts.append(str(len(codes)))
            limits = [str(row.number(c, -1, 99999)) if row[c] else "-1" for c in ("min_dh_bits", "max_dh_bits", "min_rsa_bits", "max_rsa_bits")]
            low, high = (row.number(c, 0x0200, 0x0304, "0x[0-9a-f]{4}" + chr(92) + "Z")
                         for c in ("lowest_protocol", "highest_protocol"))
            rows.append(
                f"{{{c_string(key)}, {c_string(row.text('client_name'))}, {c_string(row['schannel_os_id'])}, 0x{low:04X}, "
                f"0x{high:04X}, {', '.join(pointers)}, {', '.join(counts)}, {', '.join(limits)}, {confidence(row)}}}")
        return "".join(arrays) + counted(
            "struct ak_client_profile", "ak_client_profile_rows", "ak_client_profile_row_count", rows), ids

    def profiles(self, clients):
        systems = [row["os_id"] for row in self.model.table(
            "windows_systems.csv", "os_id name nt_version protocols_of suites_of groups_of schemes_of dhe_fix "
            "certificate_choice dh_server_bits winhttp_default").rows]
        table = self.model.table("profiles.csv", "alias kind ref role sql note")
        table.unique(lambda row: row["alias"].lower())
        rows = []
        for row in table.rows:
            row.matching("alias", re.compile(r"[a-z0-9]+([-.][a-z0-9]+)*\Z"), "words joined by hyphens")
            kind = row.one_of("kind", tuple(KINDS))
            known = clients if kind == "client" else systems
            if row["ref"] not in known:
                row.bad(f"ref {row['ref']} is no {'client' if kind == 'client' else 'system'}")
                continue
            place = known.index(row["ref"])
            system = "NULL" if kind == "client" else f"&ak_windows_rows[{place}]"
            client = f"&ak_client_profile_rows[{place}]" if kind == "client" else "NULL"
            role = row.one_of("role", ("client", "server", "both"))
            sql = row.one_of("sql", ("none", "off", "on", "strict"))
            rows.append(
                f"{{{c_string(row['alias'])}, AK_PROFILE_{KINDS[kind]}, {system}, {client}, {str(role != 'server').lower()}, "
                f"{str(role != 'client').lower()}, AK_PROFILE_SQL_{sql.upper()}, {c_string(row.text('note'))}, "
                f"{confidence(row)}}}")
        return counted("struct ak_profile", "ak_profile_rows", "ak_profile_row_count", rows)

    def text(self):
        clients, ids = self.clients()
        text = c_file(["model/profile_tables.h"], clients + self.profiles(ids))
        return text.replace("tools/gen_model.py", "tools/gen_profiles.py", 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", required=True, help="folder of the CSV files")
    parser.add_argument("--out", required=True, help="folder to make generated/ in")
    options = parser.parse_args()
    profiles = Profiles(options.data)
    text = profiles.text()
    if profiles.problems.lines:
        print("\n".join(profiles.problems.lines), file=sys.stderr)
        return 1
    os.makedirs(os.path.join(options.out, "generated"), exist_ok=True)
    write_if_changed(os.path.join(options.out, "generated", "profile_tables.c"), text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
