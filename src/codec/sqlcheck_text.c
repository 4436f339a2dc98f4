/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NETBIOS Name:               CON2016
 *
 *     Client/Server  TLS Version  Default  Enabled in Reg         Disabled By Default    ...
 *     -------------  -----------  -------  ---------------------  ---------------------  ...
 *     Client         SSL 2.0      Enabled  False (0x00000000) ok  True  (0x00000001) ok  ...
 *
 * Lines of one fact have a label and begin at the margin; tables are set in, and a blank line ends
 * one.
 */
#include "codec/sqlcheck_text.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/limits.h"
#include "base/text.h"
#include "codec/log_text.h"
#include "codec/sqlcheck_instances.h"
#include "codec/sqlcheck_out.h"
#include "codec/sqlcheck_table.h"

#include "base/banned.h"

enum { ROW = 4096, SNIFF = 4096 };

static const char banner[] = "SQL Server Connectivity Check v";

struct report {
    struct ak_sqlcheck_out out;
    struct ak_sqlcheck_table table;
    struct ak_sqlcheck_instances instances;
    struct ak_text utf8;
    char row[ROW], above[ROW]; /* this line and the one before it, as ASCII */
    bool ended;
};

/* Decimal digits alone. */
static bool decimal(const char *text, uint32_t *number)
{
    uint64_t n = 0;
    size_t i = 0;
    for (; text[i] >= '0' && text[i] <= '9' && i < 10; i++)
        n = n * 10 + (uint64_t)(text[i] - '0');
    *number = (uint32_t)n;
    return i != 0 && text[i] == '\0' && n <= UINT32_MAX;
}

static void put_windows(struct ak_sqlcheck_out *out, const char *name, const char *text)
{
    ak_sqlcheck_put_key(out, AK_SQLCHECK_SOFTWARE "Microsoft\\Windows NT\\CurrentVersion");
    ak_sqlcheck_put_text(out, name, text);
}

/* "Windows Server 2016 Standard (1607)": the release is the tool's. */
static void windows_name(struct ak_sqlcheck_out *out, char *text)
{
    char *release = strstr(text, " (");
    if (release != NULL)
        *release = '\0';
    put_windows(out, "ProductName", text);
}

/* "10.0.14393.4583", from Windows 10 on: the last number is the revision. */
static void windows_version(struct ak_sqlcheck_out *out, char *text)
{
    const char *last = strrchr(text, '.');
    uint32_t revision;
    if (strncmp(text, "10.", 3) != 0 || !decimal(last + 1, &revision) || revision == 0)
        return;
    ak_sqlcheck_put_key(out, AK_SQLCHECK_SOFTWARE "Microsoft\\Windows NT\\CurrentVersion");
    ak_sqlcheck_put_number(out, "UBR", revision);
}

static void windows_build(struct ak_sqlcheck_out *out, char *text)
{
    put_windows(out, "CurrentBuild", text);
}

static void computer_name(struct ak_sqlcheck_out *out, char *text)
{
    ak_sqlcheck_put_key(out, AK_SQLCHECK_CONTROL "ComputerName\\ComputerName");
    ak_sqlcheck_put_text(out, "ComputerName", text);
}

static void strong_crypto(struct ak_sqlcheck_out *out, const char *path, const char *text)
{
    uint32_t number;
    if (!decimal(text, &number))
        return; /* "Not set", or a type that is none */
    ak_sqlcheck_put_key(out, path);
    ak_sqlcheck_put_number(out, "SchUseStrongCrypto", number);
}

static void strong_crypto_4(struct ak_sqlcheck_out *out, char *text)
{
    strong_crypto(out, AK_SQLCHECK_SOFTWARE "Microsoft\\.NETFramework\\v4.0.30319", text);
}

static void strong_crypto_4_x86(struct ak_sqlcheck_out *out, char *text)
{
    strong_crypto(out, AK_SQLCHECK_SOFTWARE "WOW6432Node\\Microsoft\\.NETFramework\\v4.0.30319",
                  text);
}

static void strong_crypto_2(struct ak_sqlcheck_out *out, char *text)
{
    strong_crypto(out, AK_SQLCHECK_SOFTWARE "Microsoft\\.NETFramework\\v2.0.50727", text);
}

static void strong_crypto_2_x86(struct ak_sqlcheck_out *out, char *text)
{
    strong_crypto(out, AK_SQLCHECK_SOFTWARE "WOW6432Node\\Microsoft\\.NETFramework\\v2.0.50727",
                  text);
}

static const struct {
    const char *label;
    void (*fact)(struct ak_sqlcheck_out *out, char *text);
} facts[] = {
    {"NETBIOS Name", computer_name},
    {"Windows Name and Edition", windows_name},
    {"Windows Version", windows_version},
    {"Windows Build", windows_build},
    {"CLR 4.0 Strong Crypto", strong_crypto_4},
    {"CLR 4.0 Strong Crypto x86", strong_crypto_4_x86},
    {"CLR 2.0 Strong Crypto", strong_crypto_2},
    {"CLR 2.0 Strong Crypto x86", strong_crypto_2_x86},
};

/* `line` is cut at its first colon. */
static void fact_line(struct report *r, char *line)
{
    char *text = strchr(line, ':');
    if (text == NULL)
        return;
    *text++ = '\0';
    text += strspn(text, " ");
    if (strcmp(line, "Details for SQL Server Instance") == 0) {
        ak_sqlcheck_instances_begin(&r->instances, &r->out, text);
        return;
    }
    if (ak_sqlcheck_instances_open(&r->instances)) {
        ak_sqlcheck_instances_line(&r->instances, line, text);
        return;
    }
    for (size_t i = 0; i < AK_COUNT(facts); i++)
        if (strcmp(line, facts[i].label) == 0 && text[0] != '\0' && strlen(text) < AK_SQLCHECK_CELL)
            facts[i].fact(&r->out, text);
}

static void text_line(struct report *r, enum ak_log_units units, struct ak_span line)
{
    ak_text_clear(&r->utf8);
    ak_log_utf8(units, line, &r->utf8);
    while (r->utf8.size != 0 &&
           (r->utf8.bytes[r->utf8.size - 1] == ' ' || r->utf8.bytes[r->utf8.size - 1] == '\r'))
        r->utf8.size--;
    ak_text_char(&r->utf8, '\0');
    if (!r->utf8.failed)
        fact_line(r, r->utf8.bytes);
}

static void take_line(struct report *r, enum ak_log_units units, struct ak_span line)
{
    memcpy(r->above, r->row, sizeof r->above);
    size_t size = ak_log_ascii(units, line, r->row, sizeof r->row - 1);
    while (size != 0 && (r->row[size - 1] == ' ' || r->row[size - 1] == '\r'))
        size--;
    r->row[size] = '\0';
    r->out.line++;
    if (size == 0)
        ak_sqlcheck_table_end(&r->table, &r->out);
    else if (ak_sqlcheck_is_dashes(r->row))
        ak_sqlcheck_table_begin(&r->table, r->row, r->above);
    else if (r->table.open)
        ak_sqlcheck_table_row(&r->table, r->row, &r->out, &r->instances);
    else if (strstr(r->row, "- End of Report -") != NULL)
        r->ended = true;
    else if (r->row[0] != ' ')
        text_line(r, units, line);
}

static void read_lines(struct report *r, struct ak_span bytes)
{
    size_t mark;
    enum ak_log_units units = ak_log_units_guess(bytes, &mark);
    struct ak_span rest = {bytes.bytes + mark, bytes.size - mark}, line;
    while (!r->out.stopped && !r->ended && ak_log_line(units, &rest, &line))
        take_line(r, units, line);
    if (!r->out.stopped && !r->ended && rest.size != 0)
        take_line(r, units, rest);
    ak_sqlcheck_table_end(&r->table, &r->out);
    ak_sqlcheck_instances_end(&r->instances, &r->out);
    if (!r->ended)
        ak_sqlcheck_put_bad(&r->out, "the report ends before its end");
}

bool ak_sqlcheck_text_is(struct ak_span bytes)
{
    char text[SNIFF];
    size_t mark;
    enum ak_log_units units = ak_log_units_guess(bytes, &mark);
    if (mark > bytes.size)
        return false;
    struct ak_span head = {bytes.bytes + mark, bytes.size - mark};
    size_t size = ak_log_ascii(units, head, text, sizeof text - 1);
    text[size] = '\0';
    const char *at = strstr(text, banner);
    return at != NULL && (at == text || at[-1] == '\n');
}

enum ak_err ak_sqlcheck_text_read(struct ak_span bytes,
                                  bool (*each)(void *context, const struct ak_reg_text_item *item),
                                  void *context, struct ak_error *error)
{
    if (!ak_sqlcheck_text_is(bytes))
        return ak_error_set(error, AK_ERR_FORMAT, "not a report of SQLCHECK");
    struct report *r = ak_alloc(1, sizeof *r);
    if (r == NULL)
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    ak_sqlcheck_out_init(&r->out, each, context);
    ak_sqlcheck_table_init(&r->table);
    ak_text_init(&r->utf8, 4 * AK_MAX_LOG_LINE);
    read_lines(r, bytes);
    ak_text_release(&r->utf8);
    ak_sqlcheck_table_release(&r->table);
    ak_sqlcheck_out_release(&r->out);
    ak_free(r);
    return AK_ERR_NONE;
}
