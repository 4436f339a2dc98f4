/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NETBIOS Name:               CON2016
 *
 *     Client/Server  TLS Version  Default  Enabled in Reg         Disabled By Default    ...
 *     -------------  -----------  -------  ---------------------  ---------------------  ...
 *     Client         SSL 2.0      Enabled  False (0x00000000) ok  True  (0x00000001) ok  ...
 *
 * The dashes tell the columns; a blank line ends a table.
 */
#include "codec/sqlcheck_text.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf16.h"
#include "codec/log_text.h"

#include "base/banned.h"

#define SOFTWARE "HKEY_LOCAL_MACHINE\\SOFTWARE\\"
#define CONTROL "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\"
#define SUITE_LIST "SSL\\00010002"

enum { SZ = 1, DWORD = 4, MULTI_SZ = 7 };
enum { COLUMNS = 16, CELL = 256, NAME = 64, WOW = 64, ROW = 4096, SNIFF = 4096 };

static const char banner[] = "SQL Server Connectivity Check v";

enum table { TABLE_OTHER, TABLE_TLS, TABLE_SUITES, TABLE_DRIVERS, TABLE_INSTANCES };

/* Of "Details for SQL Server Instance: NAME (Edition)", as the lines say it. */
struct instance {
    char name[NAME], edition[CELL], version[CELL], clustered[CELL], always_on[CELL];
    char certificate[CELL], force_encryption[CELL], force_strict[CELL], hidden[CELL];
    char protection[CELL], tcp[CELL], all_addresses[CELL], port[CELL], dynamic[CELL], path[CELL];
};

struct report {
    bool (*each)(void *context, const struct ak_reg_text_item *item);
    void *context;
    bool stopped, ended;
    uint64_t line;
    struct ak_text utf8, data, local, policy; /* lists of suites, each name with a NUL */
    bool in_table;
    enum table table;
    char row[ROW], above[ROW]; /* this line and the one before it, as ASCII */
    size_t from[COLUMNS], to[COLUMNS], columns;
    char name[COLUMNS][32]; /* of the columns */
    char wow[WOW][NAME];    /* names of 32-bit instances */
    size_t wow_count;
    struct instance instance;
};

/* ---- what is told ---- */

static void tell(struct report *r, struct ak_reg_text_item *item)
{
    item->line = r->line;
    if (!r->stopped)
        r->stopped = !r->each(r->context, item);
}

static void put_key(struct report *r, const char *path)
{
    struct ak_reg_text_item item = {.kind = AK_REG_TEXT_KEY, .path = path};
    tell(r, &item);
}

static void put(struct report *r, const char *name, uint32_t type, struct ak_span data)
{
    struct ak_reg_text_item item = {.kind = AK_REG_TEXT_VALUE, .type = type, .data = data};
    item.name.bytes = (const uint8_t *)name;
    item.name.size = strlen(name);
    tell(r, &item);
}

static void put_number(struct report *r, const char *name, uint32_t n)
{
    uint8_t bytes[4] = {(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)(n >> 24)};
    struct ak_span data = {bytes, sizeof bytes};
    put(r, name, DWORD, data);
}

/* `utf8` may hold NULs: the strings of a MULTI_SZ. */
static void put_utf8(struct report *r, const char *name, uint32_t type, struct ak_span utf8)
{
    ak_text_clear(&r->data);
    ak_utf8_to_utf16le(utf8, &r->data);
    ak_utf16le_put(0, &r->data);
    struct ak_span data = {(const uint8_t *)r->data.bytes, r->data.size};
    if (!r->data.failed)
        put(r, name, type, data);
}

static void put_text(struct report *r, const char *name, const char *text)
{
    struct ak_span span = {(const uint8_t *)text, strlen(text)};
    put_utf8(r, name, SZ, span);
}

/* "True" and "False" as 1 and 0; anything else tells nothing. */
static void put_truth(struct report *r, const char *name, const char *word)
{
    if (strcmp(word, "True") == 0 || strcmp(word, "False") == 0)
        put_number(r, name, *word == 'T');
}

/* ---- numbers ---- */

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

/* ---- tables ---- */

static bool is_dashes(const char *row)
{
    bool any = false;
    for (; *row != '\0'; row++) {
        if (*row != '-' && *row != ' ')
            return false;
        any = any || *row == '-';
    }
    return any;
}

/* The part of a row below one column, without blanks around it. */
static void cell_of(const struct report *r, const char *row, size_t column, char *out, size_t room)
{
    size_t size = strlen(row), from = r->from[column], to = r->to[column];
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

/* False: this table has no such column. */
static bool cell(const struct report *r, const char *name, char *out, size_t room)
{
    out[0] = '\0';
    for (size_t i = 0; i < r->columns; i++)
        if (strcmp(r->name[i], name) == 0) {
            cell_of(r, r->row, i, out, room);
            return true;
        }
    return false;
}

static void begin_table(struct report *r)
{
    static const struct {
        const char *first, *second;
        enum table table;
    } rows[] = {{"Client/Server", "TLS Version", TABLE_TLS},
                {"Registry List", "Policy List", TABLE_SUITES},
                {"Service Type", "Instance Name", TABLE_INSTANCES}};
    char supported[32];
    r->in_table = true;
    r->columns = 0;
    for (size_t i = 0; r->row[i] != '\0' && r->columns < COLUMNS;) {
        size_t from = i;
        while (r->row[i] == '-')
            i++;
        if (i != from) {
            r->from[r->columns] = from;
            r->to[r->columns++] = i;
        } else {
            i++;
        }
    }
    for (size_t i = 0; i < r->columns; i++)
        cell_of(r, r->above, i, r->name[i], sizeof r->name[i]);
    r->table = TABLE_OTHER;
    for (size_t i = 0; i < AK_COUNT(rows) && r->columns >= 2; i++)
        if (strcmp(r->name[0], rows[i].first) == 0 && strcmp(r->name[1], rows[i].second) == 0)
            r->table = rows[i].table;
    if (cell(r, "TLS 1.2", supported, sizeof supported) &&
        cell(r, "Type", supported, sizeof supported))
        r->table = TABLE_DRIVERS;
}

/* One row of the form before 1.0.1160 is one value, later it is both. */
static void tls_row(struct report *r)
{
    static const char *const values[][2] = {{"Enabled in Reg", "Enabled"},
                                            {"Disabled By Default", "DisabledByDefault"}};
    char role[CELL], version[CELL], setting[CELL], seen[CELL], path[4 * CELL];
    uint32_t number;
    (void)cell(r, "Client/Server", role, sizeof role);
    (void)cell(r, "TLS Version", version, sizeof version);
    bool known = (strcmp(role, "Client") == 0 || strcmp(role, "Server") == 0) &&
                 (strncmp(version, "SSL ", 4) == 0 || strncmp(version, "TLS ", 4) == 0);
    if (!known || strchr(version, '\\') != NULL)
        return;
    (void)snprintf(path, sizeof path, CONTROL "SecurityProviders\\SCHANNEL\\Protocols\\%s\\%s",
                   version, role);
    if (cell(r, "Setting", setting, sizeof setting)) {
        if (cell(r, "Registry", seen, sizeof seen) && shown_number(seen, &number)) {
            put_key(r, path);
            put_number(r, setting, number);
        }
        return;
    }
    for (size_t i = 0; i < AK_COUNT(values); i++)
        if (cell(r, values[i][0], seen, sizeof seen) && shown_number(seen, &number)) {
            put_key(r, path);
            put_number(r, values[i][1], number);
        }
}

/* "TLS_AES_256_GCM_SHA384 (TLS 1.3)": without what the tool says of it. */
static void take_suite(const struct report *r, const char *column, struct ak_text *list)
{
    char suite[CELL];
    (void)cell(r, column, suite, sizeof suite);
    size_t size = strcspn(suite, " ");
    if (size == 0)
        return;
    ak_text_bytes(list, suite, size);
    ak_text_char(list, '\0');
}

static void put_suites(struct report *r)
{
    struct ak_span local = {(const uint8_t *)r->local.bytes, r->local.size};
    if (r->local.size != 0 && !r->local.failed) {
        put_key(r, CONTROL "Cryptography\\Configuration\\Local\\" SUITE_LIST);
        put_utf8(r, "Functions", MULTI_SZ, local);
    }
    if (r->policy.size != 0 && !r->policy.failed) {
        for (size_t i = 0; i + 1 < r->policy.size; i++)
            if (r->policy.bytes[i] == '\0')
                r->policy.bytes[i] = ',';
        put_key(r, SOFTWARE "Policies\\Microsoft\\Cryptography\\Configuration\\" SUITE_LIST);
        put_text(r, "Functions", ak_text_string(&r->policy));
    }
    ak_text_clear(&r->local);
    ak_text_clear(&r->policy);
}

/* A 32-bit one of a 64-bit Windows lies in SysWOW64 or Program Files (x86). */
static void driver_row(struct report *r)
{
    char name[CELL], type[CELL], path[CELL], key[2 * CELL];
    (void)cell(r, "Name", name, sizeof name);
    (void)cell(r, "Type", type, sizeof type);
    (void)cell(r, "Path", path, sizeof path);
    bool narrow = strstr(path, "SysWOW64") != NULL || strstr(path, "(x86)") != NULL;
    bool odbc = strcmp(type, "ODBC") == 0;
    if (name[0] == '\0' || strchr(name, '\\') != NULL || (!odbc && strcmp(type, "OLE DB") != 0))
        return;
    (void)snprintf(key, sizeof key, SOFTWARE "%s%s", narrow ? "WOW6432Node\\" : "",
                   odbc ? "ODBC\\ODBCINST.INI\\ODBC Drivers" : "Classes\\");
    if (!odbc)
        (void)snprintf(key + strlen(key), sizeof key - strlen(key), "%s", name);
    put_key(r, key);
    if (odbc)
        put_text(r, name, "Installed");
}

static void instance_row(struct report *r)
{
    char type[CELL], name[CELL], narrow[CELL];
    (void)cell(r, "Service Type", type, sizeof type);
    (void)cell(r, "Instance Name", name, sizeof name);
    (void)cell(r, "32-bit", narrow, sizeof narrow);
    if (strcmp(type, "SQL") == 0 && strcmp(narrow, "True") == 0 && r->wow_count < WOW)
        (void)snprintf(r->wow[r->wow_count++], NAME, "%.*s", NAME - 1, name);
}

static void table_row(struct report *r)
{
    switch (r->table) {
    case TABLE_TLS:
        tls_row(r);
        break;
    case TABLE_SUITES:
        take_suite(r, "Registry List", &r->local);
        take_suite(r, "Policy List", &r->policy);
        break;
    case TABLE_DRIVERS:
        driver_row(r);
        break;
    case TABLE_INSTANCES:
        instance_row(r);
        break;
    case TABLE_OTHER:
        break;
    }
}

static void end_table(struct report *r)
{
    if (r->in_table && r->table == TABLE_SUITES)
        put_suites(r);
    /* No row with a value, and the key is there all the same: nothing is configured in it. */
    if (r->in_table && r->table == TABLE_TLS)
        put_key(r, CONTROL "SecurityProviders\\SCHANNEL");
    r->in_table = false;
}

/* ---- SQL Server ---- */

/* "C:\Program Files\Microsoft SQL Server\MSSQL13.MSSQLSERVER\MSSQL\Binn": the folder above MSSQL
 * is the instance's id. */
static bool id_of(const char *path, char *id, size_t room)
{
    const char *end = strstr(path, "\\MSSQL\\"), *begin = end;
    while (begin != NULL && begin > path && begin[-1] != '\\')
        begin--;
    size_t size = begin != NULL ? (size_t)(end - begin) : 0;
    if (size < 7 || size >= room || strncmp(begin, "MSSQL", 5) != 0 ||
        memchr(begin, '.', size) == NULL)
        return false;
    memcpy(id, begin, size);
    id[size] = '\0';
    return true;
}

/* "13.0.5026.0 SP 2 Patch Level: 13.2.5865.1" */
static void put_version(struct report *r, char *version)
{
    static const char patch[] = "Patch Level: ";
    const char *level = strstr(version, patch);
    if (level != NULL)
        put_text(r, "PatchLevel", level + strlen(patch));
    version[strcspn(version, " ")] = '\0';
    put_text(r, "Version", version);
}

/* One from the ERRORLOG ("not hard-coded", with or without a slip of the pen, or "Self-generated")
 * is none that is configured. */
static void put_certificate(struct report *r, const char *certificate)
{
    size_t digits = strcspn(certificate, " ;(");
    char thumbprint[CELL];
    (void)snprintf(thumbprint, sizeof thumbprint, "%.*s", (int)digits, certificate);
    if (certificate[0] == '\0')
        return;
    bool chosen = strstr(certificate, "not hard-coded") != NULL ||
                  strstr(certificate, "Self-generated") != NULL;
    put_text(r, "Certificate", chosen ? "" : thumbprint);
}

static void put_network(struct report *r, const char *key)
{
    const struct instance *i = &r->instance;
    char path[4 * CELL];
    (void)snprintf(path, sizeof path, "%s\\MSSQLServer\\SuperSocketNetLib", key);
    put_key(r, path);
    put_certificate(r, i->certificate);
    put_truth(r, "ForceEncryption", i->force_encryption);
    put_truth(r, "ForceStrict", i->force_strict);
    put_truth(r, "HideInstance", i->hidden);
    if (strcmp(i->protection, "Off") == 0)
        put_number(r, "ExtendedProtection", 0);
    (void)snprintf(path, sizeof path, "%s\\MSSQLServer\\SuperSocketNetLib\\Tcp", key);
    put_key(r, path);
    put_truth(r, "Enabled", i->tcp);
    if (strcmp(i->all_addresses, "True") != 0)
        return;
    (void)snprintf(path, sizeof path, "%s\\MSSQLServer\\SuperSocketNetLib\\Tcp\\IPAll", key);
    put_key(r, path);
    put_text(r, "TcpPort", i->port);
    put_text(r, "TcpDynamicPorts", i->dynamic);
}

static void put_instance(struct report *r)
{
    struct instance *i = &r->instance;
    char id[NAME], key[2 * CELL], path[3 * CELL];
    bool narrow = false;
    for (size_t k = 0; k < r->wow_count; k++)
        narrow = narrow || strcmp(r->wow[k], i->name) == 0;
    if (i->name[0] != '\0' && id_of(i->path, id, sizeof id)) {
        const char *root = narrow ? SOFTWARE "WOW6432Node\\Microsoft\\Microsoft SQL Server"
                                  : SOFTWARE "Microsoft\\Microsoft SQL Server";
        (void)snprintf(key, sizeof key, "%s\\%s", root, id);
        (void)snprintf(path, sizeof path, "%s\\Instance Names\\SQL", root);
        put_key(r, path);
        put_text(r, i->name, id);
        (void)snprintf(path, sizeof path, "%s\\Setup", key);
        put_key(r, path);
        put_version(r, i->version);
        put_text(r, "Edition", i->edition);
        put_truth(r, "SQLCluster", i->clustered);
        put_network(r, key);
        /* "False" also comes from a name of a value that the tool spells as a path. */
        if (strcmp(i->always_on, "True") == 0) {
            (void)snprintf(path, sizeof path, "%s\\MSSQLServer\\HADR", key);
            put_key(r, path);
            put_number(r, "HADR_Enabled", 1);
        }
    }
    memset(i, 0, sizeof *i);
}

static void begin_instance(struct report *r, const char *title)
{
    const char *edition = strrchr(title, '(');
    size_t name = edition != NULL ? (size_t)(edition - title) : strlen(title);
    put_instance(r);
    while (name != 0 && title[name - 1] == ' ')
        name--;
    if (name >= NAME || memchr(title, '\\', name) != NULL)
        return;
    memcpy(r->instance.name, title, name);
    if (edition != NULL)
        (void)snprintf(r->instance.edition, CELL, "%.*s", (int)strcspn(edition + 1, ")"),
                       edition + 1);
}

/* ---- lines of one fact ---- */

static void put_windows(struct report *r, const char *name, const char *text)
{
    put_key(r, SOFTWARE "Microsoft\\Windows NT\\CurrentVersion");
    put_text(r, name, text);
}

/* "Windows Server 2016 Standard (1607)": the release is the tool's. */
static void windows_name(struct report *r, char *text)
{
    char *release = strstr(text, " (");
    if (release != NULL)
        *release = '\0';
    put_windows(r, "ProductName", text);
}

/* "10.0.14393.4583", from Windows 10 on: the last number is the revision. */
static void windows_version(struct report *r, char *text)
{
    const char *last = strrchr(text, '.');
    uint32_t revision;
    if (strncmp(text, "10.", 3) != 0 || !decimal(last + 1, &revision) || revision == 0)
        return;
    put_key(r, SOFTWARE "Microsoft\\Windows NT\\CurrentVersion");
    put_number(r, "UBR", revision);
}

static void windows_build(struct report *r, char *text)
{
    put_windows(r, "CurrentBuild", text);
}

static void computer_name(struct report *r, char *text)
{
    put_key(r, CONTROL "ComputerName\\ComputerName");
    put_text(r, "ComputerName", text);
}

static void strong_crypto(struct report *r, const char *path, const char *text)
{
    uint32_t number;
    if (!decimal(text, &number))
        return; /* "Not set", or a type that is none */
    put_key(r, path);
    put_number(r, "SchUseStrongCrypto", number);
}

static void strong_crypto_4(struct report *r, char *text)
{
    strong_crypto(r, SOFTWARE "Microsoft\\.NETFramework\\v4.0.30319", text);
}

static void strong_crypto_4_x86(struct report *r, char *text)
{
    strong_crypto(r, SOFTWARE "WOW6432Node\\Microsoft\\.NETFramework\\v4.0.30319", text);
}

static void strong_crypto_2(struct report *r, char *text)
{
    strong_crypto(r, SOFTWARE "Microsoft\\.NETFramework\\v2.0.50727", text);
}

static void strong_crypto_2_x86(struct report *r, char *text)
{
    strong_crypto(r, SOFTWARE "WOW6432Node\\Microsoft\\.NETFramework\\v2.0.50727", text);
}

static const struct {
    const char *label;
    void (*fact)(struct report *r, char *text);
} facts[] = {
    {"NETBIOS Name:", computer_name},
    {"Windows Name and Edition:", windows_name},
    {"Windows Version:", windows_version},
    {"Windows Build:", windows_build},
    {"CLR 4.0 Strong Crypto:", strong_crypto_4},
    {"CLR 4.0 Strong Crypto x86:", strong_crypto_4_x86},
    {"CLR 2.0 Strong Crypto:", strong_crypto_2},
    {"CLR 2.0 Strong Crypto x86:", strong_crypto_2_x86},
};

#define OF_INSTANCE(label, field)                                                                  \
    {                                                                                              \
        label, offsetof(struct instance, field)                                                    \
    }
static const struct {
    const char *label;
    size_t field;
} instance_lines[] = {
    OF_INSTANCE("Version:", version),
    OF_INSTANCE("Clustered:", clustered),
    OF_INSTANCE("Always-On:", always_on),
    OF_INSTANCE("Certificate:", certificate),
    OF_INSTANCE("ForceEncryption:", force_encryption),
    OF_INSTANCE("ForceStrict:", force_strict),
    OF_INSTANCE("Hidden Instance:", hidden),
    OF_INSTANCE("Extended Protection:", protection),
    OF_INSTANCE("TCP Enabled:", tcp),
    OF_INSTANCE("Listen on all IPs:", all_addresses),
    OF_INSTANCE("TCP Port(s):", port),
    OF_INSTANCE("Dynamic TCP Port(s):", dynamic),
    OF_INSTANCE("Install Path:", path),
};

/* What stands behind the label, without blanks; NULL: another line. */
static const char *behind(const char *line, const char *label)
{
    size_t size = strlen(label);
    if (strncmp(line, label, size) != 0)
        return NULL;
    while (line[size] == ' ')
        size++;
    return line + size;
}

static void fact_line(struct report *r, const char *line)
{
    char text[CELL];
    const char *found = behind(line, "Details for SQL Server Instance:");
    if (found != NULL) {
        begin_instance(r, found);
        return;
    }
    for (size_t i = 0; r->instance.name[0] != '\0' && i < AK_COUNT(instance_lines); i++)
        if ((found = behind(line, instance_lines[i].label)) != NULL) {
            (void)snprintf((char *)&r->instance + instance_lines[i].field, CELL, "%s", found);
            return;
        }
    for (size_t i = 0; r->instance.name[0] == '\0' && i < AK_COUNT(facts); i++)
        if ((found = behind(line, facts[i].label)) != NULL && found[0] != '\0' &&
            strlen(found) < sizeof text) {
            (void)snprintf(text, sizeof text, "%s", found);
            facts[i].fact(r, text);
            return;
        }
}

/* ---- the whole ---- */

static void take_line(struct report *r, enum ak_log_units units, struct ak_span line)
{
    memcpy(r->above, r->row, sizeof r->above);
    size_t size = ak_log_ascii(units, line, r->row, sizeof r->row - 1);
    while (size != 0 && (r->row[size - 1] == ' ' || r->row[size - 1] == '\r'))
        size--;
    r->row[size] = '\0';
    r->line++;
    if (size == 0) {
        end_table(r);
    } else if (is_dashes(r->row)) {
        begin_table(r);
    } else if (r->in_table) {
        table_row(r);
    } else if (strstr(r->row, "- End of Report -") != NULL) {
        r->ended = true;
    } else if (r->row[0] != ' ') {
        ak_text_clear(&r->utf8);
        ak_log_utf8(units, line, &r->utf8);
        while (r->utf8.size != 0 &&
               (r->utf8.bytes[r->utf8.size - 1] == ' ' || r->utf8.bytes[r->utf8.size - 1] == '\r'))
            r->utf8.size--;
        if (!r->utf8.failed)
            fact_line(r, ak_text_string(&r->utf8));
    }
}

static void read_lines(struct report *r, struct ak_span bytes)
{
    size_t mark;
    enum ak_log_units units = ak_log_units_guess(bytes, &mark);
    struct ak_span rest = {bytes.bytes + mark, bytes.size - mark}, line;
    while (!r->stopped && !r->ended && ak_log_line(units, &rest, &line))
        take_line(r, units, line);
    if (!r->stopped && !r->ended && rest.size != 0)
        take_line(r, units, rest);
    end_table(r);
    put_instance(r);
    if (!r->ended) {
        struct ak_reg_text_item item = {.kind = AK_REG_TEXT_BAD,
                                        .why = "the report ends before its end"};
        tell(r, &item);
    }
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
    r->each = each;
    r->context = context;
    ak_text_init(&r->utf8, 4 * AK_MAX_LOG_LINE);
    ak_text_init(&r->data, 4 * AK_MAX_LOG_LINE);
    ak_text_init(&r->local, AK_MAX_LOG_LINE);
    ak_text_init(&r->policy, AK_MAX_LOG_LINE);
    read_lines(r, bytes);
    ak_text_release(&r->utf8);
    ak_text_release(&r->data);
    ak_text_release(&r->local);
    ak_text_release(&r->policy);
    ak_free(r);
    return AK_ERR_NONE;
}
