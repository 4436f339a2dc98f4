#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn data/*.csv and docs/rules/*.md into the const tables of the model and of the report's words.

    gen_model.py --data data --pages docs/rules --out DIR [--depfile FILE]

writes DIR/generated/{tls_tables.c,sql_tables.c,microsoft_tables.c,service_tables.c,thresholds.h,thresholds.c,report_words.c}, each only
if its content changes. Everything that is wrong with the input is reported as `file:line: what`, all
of it in one run, and then nothing is written and the exit code is 1.
"""

import argparse
import csv
import os
import re
import sys

CONFIDENCES = ("high", "medium", "low")
SEVERITIES = ("error", "warning", "note")
LANGUAGES = ("en", "ja")
STAGES = {"P0": 0, "P1": 1, "P2": 2, "P3": 3, "P4": 4, "P5": 5, "P5b": 6, "P6": 7, "P7": 8}
TLS_VERSIONS = {"1.0": "0x0301", "1.1": "0x0302", "1.2": "0x0303", "1.3": "0x0304"}
HOST = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+\Z")
ENDPOINT = re.compile(r"(\{(region|workspace)\}|[a-z0-9-]+)([.-](\{(region|workspace)\}|[a-z0-9-]+))+")
NEXT_SIDES = ("client", "server", "both", "host")
CLOSES = ("any", "alert", "fin", "rst", "timeout", "none")
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
RESTART = re.compile(r"(none|host|service:\S+)\Z")

# The words of the enums in model/tls_names.h, in the columns of tls_cipher_suites.csv.
KEY_EXCHANGES = (
    "null rsa dhe ecdhe dh ecdh psk dhe_psk ecdhe_psk rsa_psk srp krb5 tls13 other".split()
)
AUTHENTICATIONS = "null rsa ecdsa dss psk tls13 other".split()
CIPHERS = (
    "null rc2_cbc_40 rc2_cbc_56 rc4_40 rc4_56 rc4_128 des40_cbc des_cbc 3des_ede_cbc idea_cbc "
    "seed_cbc aes_128_cbc aes_256_cbc aes_128_gcm aes_256_gcm aes_128_ccm aes_256_ccm aes_128_ocb "
    "aes_256_ocb camellia_128_cbc camellia_256_cbc camellia_128_gcm camellia_256_gcm aria_128_cbc "
    "aria_256_cbc aria_128_gcm aria_256_gcm chacha20_poly1305 sm4_gcm sm4_ccm aegis_128l aegis_256 "
    "gost other"
).split()
HASHES = "null md5 sha1 sha256 sha384 sha512 sm3 gost other".split()
PRODUCT_TLS12 = ("never", "by-build", "built-in")

# One string literal may hold this much for every compiler that we name (MSVC's cap is 65535).
LITERAL_MAXIMUM = 60000


class Problems:
    """Collects what is wrong, so that one run shows all of it."""

    def __init__(self):
        self.lines = []

    def add(self, path, line, text):
        self.lines.append(f"{path}:{line}: {text}")


class Row:
    """One record of a CSV file, which knows where it stands."""

    def __init__(self, table, line, cells):
        self.table = table
        self.line = line
        self.cells = cells

    def __getitem__(self, column):
        return self.cells[column]

    def bad(self, text):
        self.table.problems.add(self.table.path, self.line, text)

    def text(self, column, empty_allowed=False):
        value = self.cells[column]
        if not value and not empty_allowed:
            self.bad(f"{column} is empty")
        if value != value.strip():
            self.bad(f"{column} begins or ends with white space")
        return value

    def one_of(self, column, allowed):
        value = self.cells[column]
        if value not in allowed:
            self.bad(f"{column} is '{value}', not one of: {', '.join(allowed)}")
        return value

    def matching(self, column, pattern, what):
        value = self.cells[column]
        if not pattern.match(value):
            self.bad(f"{column} '{value}' is not {what}")
        return value

    def number(self, column, low, high, pattern=r"-?[0-9]+\Z"):
        """A number between low and high; low if it is none, so that the run can go on."""
        value = self.cells[column]
        if not re.match(pattern, value):
            self.bad(f"{column} '{value}' is not written as a number of this column")
            return low
        number = int(value, 0) if value.startswith("0x") else int(value)
        if not low <= number <= high:
            self.bad(f"{column} {value} is outside {low}..{high}")
            return low
        return number

    def code(self, column, digits):
        return self.number(column, 0, 16**digits - 1, rf"0x[0-9A-F]{{{digits}}}\Z")


class Table:
    """A CSV file with a fixed header, whose every row has a source and a confidence."""

    def __init__(self, directory, name, columns, problems, inputs):
        self.path = os.path.join(directory, name)
        self.problems = problems
        self.rows = []
        self.columns = columns.split() + ["source", "confidence"]
        inputs.append(self.path)
        try:
            with open(self.path, encoding="utf-8", newline="") as file:
                self.read(file)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            problems.add(self.path, 1, f"cannot be read: {error}")

    def read(self, file):
        reader = csv.reader(file, strict=True)
        line = 1
        header_seen = False
        for cells in reader:
            here, line = line, reader.line_num + 1
            if not header_seen:
                header_seen = True
                if cells != self.columns:
                    self.problems.add(
                        self.path, here, f"header is {','.join(cells)}, not {','.join(self.columns)}"
                    )
                    return
            elif len(cells) != len(self.columns):
                self.problems.add(
                    self.path, here, f"{len(cells)} columns, not {len(self.columns)}"
                )
            else:
                row = Row(self, here, dict(zip(self.columns, cells)))
                row.text("source")
                row.one_of("confidence", CONFIDENCES)
                self.rows.append(row)
        if not self.rows:
            self.problems.add(self.path, 1, "no rows")

    def unique(self, key_of):
        """The rows as (key, row), in ascending order of the key; reports keys that come twice."""
        seen = {}
        for row in self.rows:
            key = key_of(row)
            if key in seen:
                row.bad(f"key {key} stands in line {seen[key].line} already")
            else:
                seen[key] = row
        return sorted(seen.items(), key=lambda item: item[0])


def c_string(text):
    """A C literal in pure ASCII: octal escapes mean the same to every compiler and locale."""
    out = []
    for byte in text.encode("utf-8"):
        char = chr(byte)
        if char == "\n":
            out.append("\\n")
        elif char == "\t":
            out.append("\\t")
        elif char in '"\\?':
            out.append("\\" + char)
        elif 0x20 <= byte < 0x7F:
            out.append(char)
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


def c_lines(text):
    """The literal of a long text, one source line a line of the text."""
    return "\n".join("    " + c_string(line) for line in text.splitlines(keepends=True))


def c_name(word):
    return word.upper().replace("-", "_")


def c_file(included, body):
    lines = ["// SPDX-License-Identifier: Apache-2.0", "// Made by tools/gen_model.py: do not edit."]
    lines += [f'#include "{name}"' for name in included]
    return "\n".join(lines) + "\n\n" + body


def counted(kind, name, count_name, rows):
    """A table and its length."""
    body = ",\n".join("    " + row for row in rows)
    return (
        f"const {kind} {name}[] = {{\n{body},\n}};\n\n"
        f"const size_t {count_name} = sizeof({name}) / sizeof({name}[0]);\n\n"
    )


def suite_pages(codes):
    """Row numbers by code in two steps: a page for each high byte that occurs, 0 where there is none."""
    high = sorted({code >> 8 for code in codes})
    pages = [high.index(byte) + 1 if byte in high else 0 for byte in range(256)]
    text = f"const uint8_t ak_cipher_suite_page[256] = {{{', '.join(map(str, pages))}}};\n"
    slots = []
    for byte in high:
        row = {code & 255: number + 1 for number, code in enumerate(codes) if code >> 8 == byte}
        slots.append("{" + ", ".join(str(row.get(low, 0)) for low in range(256)) + "}")
    joined = ",\n    ".join(slots)
    return text + f"const uint16_t ak_cipher_suite_slot[{len(high)}][256] = {{\n    {joined}}};\n"


def code_table(name, pairs):
    """A table of codes and names behind a struct ak_code_table."""
    body = ",\n".join(f"    {{0x{code:X}U, {c_string(text)}}}" for code, text in pairs)
    return (
        f"static const struct ak_code_name {name}_rows[] = {{\n{body},\n}};\n\n"
        f"const struct ak_code_table {name} = {{\n"
        f"    {name}_rows, sizeof({name}_rows) / sizeof({name}_rows[0])}};\n\n"
    )


class Model:
    def __init__(self, data, pages):
        self.data = data
        self.pages = pages
        self.problems = Problems()
        self.inputs = [os.path.abspath(__file__)]

    def table(self, name, columns):
        return Table(self.data, name, columns, self.problems, self.inputs)

    # -- TLS --------------------------------------------------------------------------------------

    def cipher_suite(self, row):
        low, high = row.code("min_version", 4), row.code("max_version", 4)
        if low > high:
            row.bad("min_version is above max_version")
        words = [
            ("AK_KX_", row.one_of("key_exchange", KEY_EXCHANGES)),
            ("AK_AUTH_", row.one_of("authentication", AUTHENTICATIONS)),
            ("AK_CIPHER_", row.one_of("cipher", CIPHERS)),
            ("AK_HASH_", row.one_of("hash", HASHES)),
        ]
        fields = ", ".join(prefix + c_name(word) for prefix, word in words)
        tag, size = row.number("tag_bytes", 0, 64), row.number("hash_bytes", 0, 64)
        return f"{fields}, {tag}, {size}, 0x{low:04X}, 0x{high:04X}, {c_string(row.text('name'))}"

    def cipher_suites(self):
        """Codes of four digits are TLS suites, of six the cipher kinds of SSL 2.0."""
        table = self.table(
            "tls_cipher_suites.csv",
            "code name key_exchange authentication cipher hash tag_bytes hash_bytes min_version "
            "max_version",
        )
        suites, kinds = [], []
        for _, row in table.unique(lambda row: row["code"]):
            fields = self.cipher_suite(row)
            if len(row["code"]) == 8:
                kinds.append((row.code("code", 6), row["name"]))
            else:
                suites.append((row.code("code", 4), fields))
        rows = [f"{{0x{code:04X}, {fields}}}" for code, fields in sorted(suites)]
        return counted(
            "struct ak_cipher_suite", "ak_cipher_suite_rows", "ak_cipher_suite_row_count", rows
        ) + suite_pages([code for code, _ in sorted(suites)]) + code_table("ak_ssl2_cipher_table", sorted(kinds))

    def alerts(self):
        table = self.table("tls_alerts.csv", "code name schannel_status")
        rows, default = [], None
        for key, row in table.unique(lambda row: row["code"]):
            status = row.code("schannel_status", 8) if row["schannel_status"] else 0
            if key == "default":
                default = status
            else:
                code, name = row.code("code", 2), c_string(row.text("name"))
                rows.append(f"{{0x{code:02X}, 0x{status:08X}U, {name}}}")
        if not default:
            self.problems.add(table.path, 1, "no row 'default' with a schannel_status")
        return (
            counted("struct ak_alert_row", "ak_alert_rows", "ak_alert_row_count", rows)
            + f"const uint32_t ak_schannel_default_status = 0x{default or 0:08X}U;\n"
        )

    def names(self, file, columns, digits, name):
        table = self.table(file, columns)
        pairs = table.unique(lambda row: row.code("code", digits))
        return code_table(name, [(code, row.text("name")) for code, row in pairs])

    def tls_tables(self):
        return c_file(
            ["model/model_tables.h"],
            self.cipher_suites()
            + self.names("tls_groups.csv", "code name kind", 4, "ak_tls_group_table")
            + self.names(
                "tls_signature_schemes.csv",
                "code name versions",
                4,
                "ak_tls_signature_scheme_table",
            )
            + self.names("tls_extensions.csv", "code name", 4, "ak_tls_extension_table")
            + self.alerts(),
        )

    # -- SQL Server -------------------------------------------------------------------------------

    def products(self):
        table = self.table("sql_products.csv", "major minor name tls12 azure_third")
        rows, keys = [], {}
        for key, row in table.unique(
            lambda row: (row.number("major", 1, 999), row.number("minor", 0, 999))
        ):
            tls12 = row.one_of("tls12", PRODUCT_TLS12)
            keys[key] = tls12
            azure = row["azure_third"] and f"{row.number('azure_third', 0, 99999)}U"
            rows.append(
                f"{{{key[0]}, {key[1]}, AK_PRODUCT_TLS12_{c_name(tls12)}, "
                f"{azure or 'AK_SQL_NO_BUILD'}, {c_string(row.text('name'))}}}"
            )
        text = counted(
            "struct ak_sql_product_row", "ak_sql_product_rows", "ak_sql_product_row_count", rows
        )
        return text, keys

    def cutoffs(self, products):
        table = self.table(
            "sqlserver_build_cutoffs.csv", "major from_third to_third min_third_for_tls12 note"
        )
        rows, last = [], {}

        def key_of(row):
            version = row.matching("major", re.compile(r"[0-9]+\.[0-9]+\Z"), "major.minor")
            major, _, minor = version.partition(".")
            return int(major or 0), int(minor or 0), row.number("from_third", 0, 99999)

        for (major, minor, low), row in table.unique(key_of):
            if products.get((major, minor)) != "by-build":
                row.bad(f"{major}.{minor} is no product with tls12 by-build in sql_products.csv")
            high = row.number("to_third", low, 99999) if row["to_third"] else None
            if low <= last.get((major, minor), -1):
                row.bad(f"range from {low} overlaps the one before it")
            last[(major, minor)] = 99999 if high is None else high
            minimum = "AK_SQL_NO_BUILD"
            if row["min_third_for_tls12"] != "never":
                minimum = f"{row.number('min_third_for_tls12', low, high or 99999)}U"
            certain = "true" if row["confidence"] == "high" else "false"
            rows.append(
                f"{{{major}, {minor}, {low}U, {'UINT32_MAX' if high is None else f'{high}U'}, "
                f"{minimum}, {certain}, {c_string(row.text('note'))}}}"
            )
        return counted(
            "struct ak_sql_cutoff_row", "ak_sql_cutoff_rows", "ak_sql_cutoff_row_count", rows
        )

    def sql_tables(self):
        products, keys = self.products()
        errors = self.table("sql_errors.csv", "number name")
        pairs = errors.unique(lambda row: row.number("number", 1, 2**31 - 1))
        return c_file(
            ["model/model_tables.h"],
            products
            + self.cutoffs(keys)
            + self.names("tds_versions.csv", "code name", 8, "ak_tds_version_table")
            + code_table("ak_sql_error_table", [(key, row.text("name")) for key, row in pairs]),
        )

    # -- Services ---------------------------------------------------------------------------------

    def service_tables(self):
        table = self.table("service_tls.csv", "pattern service minimum")
        rows = []
        for pattern, row in table.unique(
            lambda row: row.matching("pattern", HOST, "a host name, or *. and one")
        ):
            minimum = TLS_VERSIONS[row.one_of("minimum", tuple(TLS_VERSIONS))]
            certain = "true" if row["confidence"] == "high" else "false"
            rows.append(
                f"{{{c_string(pattern)}, {c_string(row.text('service'))}, {minimum}, {certain}}}"
            )
        return c_file(
            ["model/model_tables.h"],
            counted("struct ak_service_tls", "ak_service_tls_rows", "ak_service_tls_row_count", rows)
            + self.azure_endpoints(),
        )

    def azure_endpoints(self):
        table = self.table("azure_endpoints.csv", "host port service")
        rows = []
        for host, row in table.unique(lambda row: row.matching("host", ENDPOINT, "a host name, with {region} or {workspace}")):
            port = row.number("port", 1, 65535)
            certain = "true" if row["confidence"] == "high" else "false"
            rows.append(f"{{{c_string(host)}, {port}, {c_string(row.text('service'))}, {certain}}}")
        return counted("struct ak_azure_endpoint", "ak_azure_endpoint_rows", "ak_azure_endpoint_row_count", rows)

    # -- Thresholds -------------------------------------------------------------------------------

    def thresholds(self):
        table = self.table("thresholds.csv", "id value unit meaning")
        table.unique(lambda row: row.matching("id", ID, "words joined by hyphens"))
        values, rows = [], []
        for row in table.rows:
            value = row.number("value", -(2**53), 2**53)
            unit, meaning = row.text("unit"), row.text("meaning")
            name = f"AK_THRESHOLD_{c_name(row['id'])}"
            comment = f"{unit}: {meaning}".replace("*/", "* /")
            values.append(f"    /* {comment} */\n    {name},\n")
            rows.append(f"    [{name}] = {{{value}, {c_string(row['id'])}}},\n")
        header = (
            "// The ids of data/thresholds.csv as an enum; include model/thresholds.h instead.\n"
            "// SPDX-License-Identifier: Apache-2.0\n"
            "// Made by tools/gen_model.py: do not edit.\n"
            "#ifndef AK_GENERATED_THRESHOLDS_H\n#define AK_GENERATED_THRESHOLDS_H\n\n"
            "enum ak_threshold {\n" + "".join(values) + "    AK_THRESHOLD_COUNT\n};\n\n#endif\n"
        )
        source = c_file(
            ["generated/thresholds.h", "model/model_tables.h"],
            "const struct ak_threshold_row ak_threshold_rows[] = {\n" + "".join(rows) + "};\n",
        )
        return header, source

    # -- Microsoft's hosts and who certifies them ----------------------------------------------------

    def microsoft_tables(self):
        hosts = self.table("microsoft_hosts.csv", "suffix service")
        issuers = self.table("microsoft_issuers.csv", "organisation about")
        for row in hosts.rows:
            row.text("service")
        for row in issuers.rows:
            row.text("about")
        suffix = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+\Z")
        names = [
            c_string(key)
            for key, _ in hosts.unique(
                lambda row: row.matching("suffix", suffix, "a host name in lower case")
            )
        ]
        organisations = [c_string(key) for key, _ in issuers.unique(lambda row: row.text("organisation"))]
        kind = "char *const"
        return c_file(
            ["model/model_tables.h"],
            counted(kind, "ak_microsoft_hosts", "ak_microsoft_host_count", names)
            + counted(kind, "ak_microsoft_issuers", "ak_microsoft_issuer_count", organisations),
        )

    # -- Words ------------------------------------------------------------------------------------

    def page(self, rule, language):
        path = os.path.join(self.pages, f"{rule['id']}.{language}.md")
        self.inputs.append(path)
        try:
            with open(path, encoding="utf-8", newline="") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError) as error:
            rule.bad(f"page {path} cannot be read: {error}")
            return "\n"
        if not text.strip() or not text.endswith("\n"):
            self.problems.add(path, 1, "is empty or does not end with a line feed")
        for line, content in enumerate(text.split("\n"), 1):
            if "\r" in content or "\0" in content:
                self.problems.add(path, line, "holds a carriage return or a NUL")
        if len(text.encode("utf-8")) > LITERAL_MAXIMUM:
            self.problems.add(path, 1, f"is longer than {LITERAL_MAXIMUM} bytes")
        return text or "\n"

    def stray_pages(self, ids):
        try:
            names = sorted(os.listdir(self.pages))
        except OSError as error:
            self.problems.add(self.pages, 1, f"cannot be read: {error}")
            return
        for name in names:
            stem, _, end = name.partition(".")
            if end in ("en.md", "ja.md") and stem not in ids:
                self.problems.add(os.path.join(self.pages, name), 1, "is the page of no rule")

    def remedies(self, ids):
        table = self.table(
            "remedies.csv", "rule order side action_en action_ja restart risk_en risk_ja verify"
        )
        of_rule = {}
        for (rule, _), row in table.unique(lambda row: (row["rule"], row.number("order", 1, 99))):
            if rule not in ids:
                row.bad(f"remedy of the unknown rule '{rule}'")
            if bool(row["risk_en"]) != bool(row["risk_ja"]):
                row.bad("risk stands in one language only")
            words = [
                row.matching("side", ID, "words joined by hyphens"),
                [row.text("action_en"), row.text("action_ja")],
                row.matching("restart", RESTART, "none, host or service:NAME"),
                [row.text("risk_en", True), row.text("risk_ja", True)],
                row.text("verify"),
            ]
            of_rule.setdefault(rule, []).append(words)
        return of_rule

    def rules(self):
        table = self.table("rules.csv", "id severity title_en title_ja cause_en cause_ja")
        rules = table.unique(lambda row: row.matching("id", ID, "words joined by hyphens"))
        remedies = self.remedies({key for key, _ in rules})
        self.stray_pages({key for key, _ in rules})
        parts, rows = [], []
        for index, (key, row) in enumerate(rules):
            for language in LANGUAGES:
                text = c_lines(self.page(row, language))
                parts.append(f"static const char page_{index}_{language}[] =\n{text};\n\n")
            listed = remedies.get(key, [])
            if listed:
                body = "".join(f"    {c_record(words)},\n" for words in listed)
                parts.append(
                    f"static const struct ak_remedy_words remedies_{index}[] = {{\n{body}}};\n\n"
                )
            words = [
                key,
                row.one_of("severity", SEVERITIES),
                [row.text("title_en"), row.text("title_ja")],
                [row.text("cause_en"), row.text("cause_ja")],
            ]
            pages = f"{{page_{index}_en, page_{index}_ja}}"
            array = f"remedies_{index}, {len(listed)}" if listed else "NULL, 0"
            rows.append(f"{c_record(words)[:-1]}, {pages}, {array}}}")
        return "".join(parts) + counted(
            "struct ak_rule_words", "ak_rule_words_rows", "ak_rule_words_row_count", rows
        )

    def next_commands(self):
        """What to type on Windows for a step, as lines that are not wrapped: with four blanks before them 80 columns."""
        table = self.table("next_commands.csv", "step side note_en note_ja command_1 command_2 command_3")
        found = {}
        for key, row in table.unique(lambda row: row.matching("step", ID, "words joined by hyphens")):
            listed = [row.text("command_1"), row.text("command_2", True), row.text("command_3", True)]
            for command in listed:
                if len(command) > 76 or not command.isascii() or "\n" in command:
                    row.bad(f"more than 76 columns, or not plain: {command}")
                if re.search(r"reg save|password|\\SAM|\\SECURITY\\|-exportPFX", command, re.I):
                    row.bad(f"takes what must stay: {command}")
            if listed[2] and not listed[1]:
                row.bad("the second command is missing")
            found[key] = [row.one_of("side", NEXT_SIDES), [row.text("note_en"), row.text("note_ja")], listed]
        return found

    def next_steps(self):
        table = self.table("next_steps.csv", "id side text_en text_ja")
        commands = self.next_commands()
        rows = []
        for key, row in table.unique(lambda row: row.matching("id", ID, "words joined by hyphens")):
            side = row.matching("side", ID, "words joined by hyphens")
            rows.append(c_record([key, side, [row.text("text_en"), row.text("text_ja")], *commands.pop(key, ["", ["", ""], ["", "", ""]])]))
        for key in commands:
            self.problems.add(table.path, 1, f"next_commands.csv has commands for {key}, which is no step")
        return counted(
            "struct ak_next_words", "ak_next_words_rows", "ak_next_words_row_count", rows
        )

    def error_texts(self):
        table = self.table("error_texts.csv", "id stage_from stage_to close text_en text_ja")
        table.unique(lambda row: row.matching("id", ID, "words joined by hyphens"))
        rows = []
        for row in table.rows:
            first = STAGES.get(row.one_of("stage_from", STAGES), 0)
            last = STAGES.get(row.one_of("stage_to", STAGES), 0)
            if first > last:
                row.bad("stage_from is after stage_to")
            close = row.one_of("close", CLOSES)
            english = row.text("text_en")
            texts = [english, row.text("text_ja", True) or english]
            rows.append(
                f"{{{c_string(row['id'])}, {first}, {last}, {c_string(close)}, {c_record(texts)}}}"
            )
        return counted(
            "struct ak_error_text", "ak_error_text_rows", "ak_error_text_row_count", rows
        )

    def report_words(self):
        # A page is one literal. C11 promises 4095 bytes only; every compiler that we name takes more.
        pragma = (
            "#if defined(__GNUC__)\n"
            '#pragma GCC diagnostic ignored "-Woverlength-strings"\n'
            "#endif\n\n"
        )
        return c_file(
            ["report/words_tables.h"], pragma + self.rules() + self.next_steps() + self.error_texts()
        )


def c_record(words):
    """A brace list of strings and of lists of them."""
    cells = (c_string(word) if isinstance(word, str) else c_record(word) for word in words)
    return "{" + ", ".join(cells) + "}"


def write_if_changed(path, text):
    data = text.encode("ascii" if path.endswith(".c") else "utf-8")
    try:
        with open(path, "rb") as file:
            if file.read() == data:
                return
    except FileNotFoundError:
        pass
    with open(path, "wb") as file:
        file.write(data)


def write_depfile(path, outputs, inputs):
    def escape(name):
        return name.replace(" ", "\\ ").replace("#", "\\#").replace("$", "$$")

    sources = " \\\n ".join(escape(name) for name in inputs)
    write_if_changed(path, f"{' '.join(escape(name) for name in outputs)}: \\\n {sources}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", required=True, help="folder of the CSV files")
    parser.add_argument("--pages", required=True, help="folder of the rules' pages")
    parser.add_argument("--out", required=True, help="folder to make generated/ in")
    parser.add_argument("--depfile", help="also write a Makefile fragment that lists all inputs")
    options = parser.parse_args()

    model = Model(options.data, options.pages)
    header, thresholds = model.thresholds()
    files = {
        "tls_tables.c": model.tls_tables(),
        "sql_tables.c": model.sql_tables(),
        "microsoft_tables.c": model.microsoft_tables(),
        "service_tables.c": model.service_tables(),
        "thresholds.h": header,
        "thresholds.c": thresholds,
        "report_words.c": model.report_words(),
    }
    if model.problems.lines:
        print("\n".join(model.problems.lines), file=sys.stderr)
        return 1
    folder = os.path.join(options.out, "generated")
    os.makedirs(folder, exist_ok=True)
    outputs = [os.path.join(folder, name) for name in files]
    for path, text in zip(outputs, files.values()):
        write_if_changed(path, text)
    if options.depfile:
        write_depfile(options.depfile, outputs, model.inputs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
