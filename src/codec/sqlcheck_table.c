/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     Client/Server  TLS Version  Default  Enabled in Reg         Disabled By Default    ...
 *     -------------  -----------  -------  ---------------------  ---------------------  ...
 *     Client         SSL 2.0      Enabled  False (0x00000000) ok  True  (0x00000001) ok  ...
 */
#include "codec/sqlcheck_table.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/limits.h"

#include "base/banned.h"

#define SUITE_LIST "SSL\\00010002"

void ak_sqlcheck_table_init(struct ak_sqlcheck_table *t)
{
    memset(t, 0, sizeof *t);
    ak_text_init(&t->local, AK_MAX_LOG_LINE);
    ak_text_init(&t->policy, AK_MAX_LOG_LINE);
}

void ak_sqlcheck_table_release(struct ak_sqlcheck_table *t)
{
    ak_text_release(&t->local);
    ak_text_release(&t->policy);
}

bool ak_sqlcheck_is_dashes(const char *row)
{
    bool any = false;
    for (; *row != '\0'; row++) {
        if (*row != '-' && *row != ' ')
            return false;
        any = any || *row == '-';
    }
    return any;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "True  (0x00000001) ok": the number in it. */
static bool shown_number(const char *cell, uint32_t *number)
{
    const char *at = strstr(cell, "(0x");
    unsigned digits = 0;
    *number = 0;
    for (at = at != NULL ? at + 3 : ""; digits < 8 && hex_digit(*at) >= 0; at++, digits++)
        *number = *number << 4 | (uint32_t)hex_digit(*at);
    return digits != 0 && *at == ')';
}

/* The part of a row below one column, without blanks around it. */
static void cell_of(const struct ak_sqlcheck_table *t, const char *row, size_t column, char *out,
                    size_t room)
{
    size_t size = strlen(row), from = t->from[column], to = t->to[column];
    to = to < size ? to : size;
    while (from < to && row[from] == ' ')
        from++;
    while (to > from && row[to - 1] == ' ')
        to--;
    size_t n = to > from ? to - from : 0;
    n = n < room ? n : room - 1;
    memcpy(out, row + (n != 0 ? from : 0), n);
    out[n] = '\0';
}

static size_t column_of(const struct ak_sqlcheck_table *t, const char *name)
{
    size_t i = 0;
    while (i < t->columns && strcmp(t->name[i], name) != 0)
        i++;
    return i;
}

/* False: this table has no such column. */
static bool cell(const struct ak_sqlcheck_table *t, const char *row, const char *name, char *out,
                 size_t room)
{
    size_t i = column_of(t, name);
    out[0] = '\0';
    if (i < t->columns)
        cell_of(t, row, i, out, room);
    return i < t->columns;
}

void ak_sqlcheck_table_begin(struct ak_sqlcheck_table *t, const char *row, const char *above)
{
    static const struct {
        const char *first, *second;
        enum ak_sqlcheck_table_kind kind;
    } rows[] = {{"Client/Server", "TLS Version", AK_SQLCHECK_TABLE_TLS},
                {"Registry List", "Policy List", AK_SQLCHECK_TABLE_SUITES},
                {"Service Type", "Instance Name", AK_SQLCHECK_TABLE_INSTANCES}};
    t->open = true;
    t->columns = 0;
    for (size_t i = 0; row[i] != '\0' && t->columns < AK_SQLCHECK_COLUMNS;) {
        size_t from = i;
        while (row[i] == '-')
            i++;
        if (i != from) {
            t->from[t->columns] = from;
            t->to[t->columns++] = i;
        } else {
            i++;
        }
    }
    for (size_t i = 0; i < t->columns; i++)
        cell_of(t, above, i, t->name[i], sizeof t->name[i]);
    t->kind = AK_SQLCHECK_TABLE_OTHER;
    for (size_t i = 0; i < AK_COUNT(rows) && t->columns >= 2; i++)
        if (strcmp(t->name[0], rows[i].first) == 0 && strcmp(t->name[1], rows[i].second) == 0)
            t->kind = rows[i].kind;
    if (column_of(t, "TLS 1.2") < t->columns && column_of(t, "Type") < t->columns)
        t->kind = AK_SQLCHECK_TABLE_DRIVERS;
}

static const struct {
    const char *column, *name;
} tls_values[] = {{"Enabled in Reg", "Enabled"}, {"Disabled By Default", "DisabledByDefault"}};

static void tls_value(const struct ak_sqlcheck_table *t, const char *row, const char *column,
                      const char *path, const char *name, struct ak_sqlcheck_out *out)
{
    char seen[AK_SQLCHECK_CELL];
    uint32_t number;
    if (!cell(t, row, column, seen, sizeof seen) || !shown_number(seen, &number))
        return;
    ak_sqlcheck_put_key(out, path);
    ak_sqlcheck_put_number(out, name, number);
}

/* One row of the form before 1.0.1160 is one value, later it is both. */
static void tls_row(const struct ak_sqlcheck_table *t, const char *row, struct ak_sqlcheck_out *out)
{
    char role[AK_SQLCHECK_CELL], version[AK_SQLCHECK_CELL], path[4 * AK_SQLCHECK_CELL];
    char setting[AK_SQLCHECK_CELL];
    (void)cell(t, row, "Client/Server", role, sizeof role);
    (void)cell(t, row, "TLS Version", version, sizeof version);
    bool known = (strcmp(role, "Client") == 0 || strcmp(role, "Server") == 0) &&
                 (strncmp(version, "SSL ", 4) == 0 || strncmp(version, "TLS ", 4) == 0);
    if (!known || strchr(version, '\\') != NULL)
        return;
    (void)snprintf(path, sizeof path,
                   AK_SQLCHECK_CONTROL "SecurityProviders\\SCHANNEL\\Protocols\\%s\\%s", version,
                   role);
    bool one = cell(t, row, "Setting", setting, sizeof setting);
    for (size_t i = 0; i < AK_COUNT(tls_values); i++)
        if (!one)
            tls_value(t, row, tls_values[i].column, path, tls_values[i].name, out);
        else if (strcmp(setting, tls_values[i].name) == 0)
            tls_value(t, row, "Registry", path, setting, out);
}

/* "TLS_AES_256_GCM_SHA384 (TLS 1.3)": without what the tool says of it. */
static void take_suite(const struct ak_sqlcheck_table *t, const char *row, const char *column,
                       struct ak_text *list)
{
    char suite[AK_SQLCHECK_CELL];
    (void)cell(t, row, column, suite, sizeof suite);
    size_t size = strcspn(suite, " ");
    if (size == 0)
        return;
    ak_text_bytes(list, suite, size);
    ak_text_char(list, '\0');
}

static void put_suites(struct ak_sqlcheck_table *t, struct ak_sqlcheck_out *out)
{
    struct ak_span local = {(const uint8_t *)t->local.bytes, t->local.size};
    if (t->local.size != 0 && !t->local.failed) {
        ak_sqlcheck_put_key(out,
                            AK_SQLCHECK_CONTROL "Cryptography\\Configuration\\Local\\" SUITE_LIST);
        ak_sqlcheck_put_strings(out, "Functions", local);
    }
    if (t->policy.size != 0 && !t->policy.failed) {
        for (size_t i = 0; i + 1 < t->policy.size; i++)
            if (t->policy.bytes[i] == '\0')
                t->policy.bytes[i] = ',';
        ak_sqlcheck_put_key(out, AK_SQLCHECK_SOFTWARE
                            "Policies\\Microsoft\\Cryptography\\Configuration\\" SUITE_LIST);
        ak_sqlcheck_put_text(out, "Functions", ak_text_string(&t->policy));
    }
    ak_text_clear(&t->local);
    ak_text_clear(&t->policy);
}

/* A 32-bit one of a 64-bit Windows lies in SysWOW64 or Program Files (x86). */
static void driver_row(const struct ak_sqlcheck_table *t, const char *row,
                       struct ak_sqlcheck_out *out)
{
    char name[AK_SQLCHECK_CELL], type[AK_SQLCHECK_CELL], path[AK_SQLCHECK_CELL],
        key[2 * AK_SQLCHECK_CELL];
    (void)cell(t, row, "Name", name, sizeof name);
    (void)cell(t, row, "Type", type, sizeof type);
    (void)cell(t, row, "Path", path, sizeof path);
    bool narrow = strstr(path, "SysWOW64") != NULL || strstr(path, "(x86)") != NULL;
    bool odbc = strcmp(type, "ODBC") == 0;
    if (name[0] == '\0' || strchr(name, '\\') != NULL || (!odbc && strcmp(type, "OLE DB") != 0))
        return;
    (void)snprintf(key, sizeof key, AK_SQLCHECK_SOFTWARE "%s%s", narrow ? "WOW6432Node\\" : "",
                   odbc ? "ODBC\\ODBCINST.INI\\ODBC Drivers" : "Classes\\");
    if (!odbc)
        (void)snprintf(key + strlen(key), sizeof key - strlen(key), "%s", name);
    ak_sqlcheck_put_key(out, key);
    if (odbc)
        ak_sqlcheck_put_text(out, name, "Installed");
}

static void instance_row(const struct ak_sqlcheck_table *t, const char *row,
                         struct ak_sqlcheck_instances *instances)
{
    char type[AK_SQLCHECK_CELL], name[AK_SQLCHECK_CELL], narrow[AK_SQLCHECK_CELL];
    (void)cell(t, row, "Service Type", type, sizeof type);
    (void)cell(t, row, "Instance Name", name, sizeof name);
    (void)cell(t, row, "32-bit", narrow, sizeof narrow);
    if (strcmp(type, "SQL") == 0 && strcmp(narrow, "True") == 0)
        ak_sqlcheck_instances_narrow(instances, name);
}

void ak_sqlcheck_table_row(struct ak_sqlcheck_table *t, const char *row,
                           struct ak_sqlcheck_out *out, struct ak_sqlcheck_instances *instances)
{
    switch (t->kind) {
    case AK_SQLCHECK_TABLE_TLS:
        tls_row(t, row, out);
        break;
    case AK_SQLCHECK_TABLE_SUITES:
        take_suite(t, row, "Registry List", &t->local);
        take_suite(t, row, "Policy List", &t->policy);
        break;
    case AK_SQLCHECK_TABLE_DRIVERS:
        driver_row(t, row, out);
        break;
    case AK_SQLCHECK_TABLE_INSTANCES:
        instance_row(t, row, instances);
        break;
    case AK_SQLCHECK_TABLE_OTHER:
        break;
    }
}

void ak_sqlcheck_table_end(struct ak_sqlcheck_table *t, struct ak_sqlcheck_out *out)
{
    if (t->open && t->kind == AK_SQLCHECK_TABLE_SUITES)
        put_suites(t, out);
    /* No row with a value, and the key is there all the same: nothing is configured in it. */
    if (t->open && t->kind == AK_SQLCHECK_TABLE_TLS)
        ak_sqlcheck_put_key(out, AK_SQLCHECK_CONTROL "SecurityProviders\\SCHANNEL");
    t->open = false;
}
