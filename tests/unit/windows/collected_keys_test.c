/* SPDX-License-Identifier: Apache-2.0 */
/* What the views of a registry look up is what `akushu collect` gathers: every look-up of the views
 * is recorded, and each must lie in a row of data/collect_keys.csv. */
#include "windows/host_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/text.h"
#include "base/upcase.h"
#include "report/collect_tables.h"
#include "windows/registry_load.h"

/* The linker hands the views' calls to these (see tests/CMakeLists.txt). */
const struct ak_registry_key *__real_ak_registry_find(const struct ak_registry *registry,
                                                      const char *path);
const struct ak_registry_key *__wrap_ak_registry_find(const struct ak_registry *registry,
                                                      const char *path);
const struct ak_registry_key *__real_ak_registry_below(const struct ak_registry_key *key,
                                                       const char *path);
const struct ak_registry_key *__wrap_ak_registry_below(const struct ak_registry_key *key,
                                                       const char *path);
const struct ak_registry_value *__real_ak_registry_value(const struct ak_registry_key *key,
                                                         const char *name);
const struct ak_registry_value *__wrap_ak_registry_value(const struct ak_registry_key *key,
                                                         const char *name);
size_t __real_ak_registry_value_count(const struct ak_registry_key *key);
size_t __wrap_ak_registry_value_count(const struct ak_registry_key *key);
size_t __real_ak_registry_key_count(const struct ak_registry_key *key);
size_t __wrap_ak_registry_key_count(const struct ak_registry_key *key);

enum looked { LOOKED_KEY, LOOKED_VALUE, LOOKED_VALUES, LOOKED_CHILDREN };
enum { MOST = 4096 };

static struct look {
    enum looked kind;
    char path[320], value[64];
} looks[MOST];
static size_t look_count;
static bool recording;

static void note(enum looked kind, const char *path, const char *value)
{
    if (!recording)
        return;
    for (size_t i = 0; i < look_count; i++)
        if (looks[i].kind == kind && strcmp(looks[i].path, path) == 0 &&
            strcmp(looks[i].value, value) == 0)
            return;
    assert_true(look_count < MOST);
    looks[look_count].kind = kind;
    (void)snprintf(looks[look_count].path, sizeof looks[0].path, "%s", path);
    (void)snprintf(looks[look_count].value, sizeof looks[0].value, "%s", value);
    look_count++;
}

static void note_key(enum looked kind, const struct ak_registry_key *key, const char *below,
                     const char *value)
{
    struct ak_text path;
    if (key == NULL)
        return;
    ak_text_init(&path, 4096);
    ak_registry_key_path(key, &path);
    ak_text_format(&path, "%s%s", *below != '\0' ? "\\" : "", below);
    note(kind, ak_text_string(&path), value);
    ak_text_release(&path);
}

const struct ak_registry_key *__wrap_ak_registry_find(const struct ak_registry *registry,
                                                      const char *path)
{
    note(LOOKED_KEY, path, "");
    return __real_ak_registry_find(registry, path);
}

const struct ak_registry_key *__wrap_ak_registry_below(const struct ak_registry_key *key,
                                                       const char *path)
{
    note_key(LOOKED_KEY, key, path, "");
    return __real_ak_registry_below(key, path);
}

const struct ak_registry_value *__wrap_ak_registry_value(const struct ak_registry_key *key,
                                                         const char *name)
{
    note_key(LOOKED_VALUE, key, "", name);
    return __real_ak_registry_value(key, name);
}

size_t __wrap_ak_registry_value_count(const struct ak_registry_key *key)
{
    note_key(LOOKED_VALUES, key, "", "");
    return __real_ak_registry_value_count(key);
}

size_t __wrap_ak_registry_key_count(const struct ak_registry_key *key)
{
    note_key(LOOKED_CHILDREN, key, "", "");
    return __real_ak_registry_key_count(key);
}

/* ---- the table ---- */

static bool same(const char *a, size_t size, const char *b)
{
    struct ak_span x = {(const uint8_t *)a, size}, y = {(const uint8_t *)b, strlen(b)};
    return ak_upcase_equal(x, y);
}

/* Does the path begin with a row's? "*" fits any part, "name*" its beginning; *rest is what
 * follows. */
static bool begins(const char *path, const char *pattern, const char **rest)
{
    while (*pattern != '\0') {
        size_t n = strcspn(path, "\\"), m = strcspn(pattern, "\\");
        bool star = m != 0 && pattern[m - 1] == '*';
        char part[128];
        if (n == 0)
            return false;
        (void)snprintf(part, sizeof part, "%.*s", (int)(star ? m - 1 : m), pattern);
        if (star ? n < m - 1 || !same(path, m - 1, part) : !same(path, n, part))
            return false;
        path += n + (path[n] == '\\');
        pattern += m + (pattern[m] == '\\');
    }
    *rest = path;
    return true;
}

static bool names_value(const char *values, const char *name)
{
    while (*values != '\0') {
        size_t n = strcspn(values, "|");
        if (same(values, n, name))
            return true;
        values += n + (values[n] == '|');
    }
    return false;
}

static bool row_covers(const struct ak_collect_key *row, const struct look *look)
{
    const char *rest;
    bool child = strchr(look->path, '\\') != NULL;
    if (!child || !begins(look->path, row->path, &rest))
        return false;
    bool here = *rest == '\0', one_below = !here && strchr(rest, '\\') == NULL;
    switch (row->take) {
    case AK_COLLECT_TREE:
        return true;
    case AK_COLLECT_BELOW:
        return look->kind != LOOKED_VALUE || names_value(row->values, look->value);
    case AK_COLLECT_VALUES:
        return here && (look->kind == LOOKED_KEY ||
                        (look->kind == LOOKED_VALUE && names_value(row->values, look->value)));
    case AK_COLLECT_LIST:
        return here;
    case AK_COLLECT_NAMES:
        return (here && look->kind == LOOKED_CHILDREN) || (one_below && look->kind == LOOKED_KEY) ||
               (here && look->kind == LOOKED_KEY);
    case AK_COLLECT_KEY:
    case AK_COLLECT_LIKE:
        return here && look->kind == LOOKED_KEY;
    case AK_COLLECT_CHILDREN:
        return (here && look->kind != LOOKED_VALUE) ||
               (one_below && (look->kind == LOOKED_KEY || (look->kind == LOOKED_VALUE &&
                                                           names_value(row->values, look->value))));
    default:
        return false;
    }
}

/* A key on the way to a row's key comes with it: it needs no row of its own. */
static bool on_the_way(const struct look *look)
{
    char path[340];
    const char *rest;
    if (look->kind != LOOKED_KEY && look->kind != LOOKED_CHILDREN)
        return false;
    for (size_t i = 0; i < ak_collect_key_count; i++) {
        const char *row = ak_collect_key_rows[i].path;
        size_t size = strlen(look->path);
        for (size_t n = strcspn(row, "\\"); row[n] == '\\'; n += 1 + strcspn(row + n + 1, "\\")) {
            if (n > sizeof path - 1 || size > sizeof path - 1)
                continue;
            (void)snprintf(path, sizeof path, "%.*s", (int)n, row);
            if (begins(look->path, path, &rest) && *rest == '\0' &&
                (look->kind == LOOKED_KEY || ak_collect_key_rows[i].take == AK_COLLECT_LIKE))
                return true;
        }
    }
    return false;
}

/* These the tree resolves itself; an export holds what they lead to. */
static bool is_own(const struct look *look)
{
    return same(look->path, strlen(look->path), "HKLM\\SYSTEM\\Select");
}

static const char machine[] =
    "REGEDIT4\n"
    "[HKEY_LOCAL_"
    "MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols"
    "\\TLS 1.0\\Client]\n\"Enabled\"=dword:0\n"
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Ciphers"
    "\\RC4 128/128]\n\"Enabled\"=dword:1\n"
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL "
    "\\X]\n\"Enabled\"=dword:1\n"
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\FipsAlgorithmPolicy]\n"
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Windows]\n\"CSDBuildNumber\"=dword:"
    "1\n"
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ProductOptions]\n"
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName]\n"
    "[HKEY_LOCAL_"
    "MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Cryptography\\Configuration\\Local\\SSL"
    "\\00010002]\n\"Functions\"=hex(7):41,00\n"
    "[HKEY_LOCAL_"
    "MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Cryptography\\Configuration\\Local\\SSL"
    "\\00010003]\n"
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\himds]\n\"Start\"=dword:2\n"
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\HealthService]\n"
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\SQLServerExtension1]\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\HybridRunbookWorker\\a]\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows Azure\\HandlerState\\a]\n"
    "[HKEY_LOCAL_"
    "MACHINE\\SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002]\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows "
    "NT\\CurrentVersion]\n\"CurrentBuild\"=\"14393\"\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet  Settings]\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet "
    "Settings\\WinHttp]\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{A}]\n"
    "\"DisplayName\"=\"Microsoft ODBC Driver 17 for SQL Server\"\n\"DisplayVersion\"=\"17\"\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\ODBC\\ODBCINST.INI\\ODBC Drivers]\n"
    "\"ODBC Driver 17 for SQL Server\"=\"Installed\"\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes\\SQLOLEDB]\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes\\MSOLEDBSQL19]\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\NET Framework Setup\\NDP\\v3.0\\Setup]\n"
    "\"InstallSuccess\"=dword:1\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\NET Framework "
    "Setup\\NDP\\v3.5]\n\"Install\"=dword:1\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\NET Framework Setup\\NDP\\v4\\Full]\n"
    "\"Release\"=dword:60000\n\"Install\"=dword:1\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319]\n"
    "\"SchUseStrongCrypto\"=dword:1\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.3031]\n"
    "\"SchUseStrongCrypto\"=dword:1\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\WOW6432Node\\Microsoft\\.NETFramework\\v4.0.30319]\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\PowerShell\\3\\PowerShellEngine]\n"
    "[HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings]\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Microsoft SQL Server\\Instance Names\\SQL]\n"
    "\"SQL2\"=\"MSSQL16.SQL2\"\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Microsoft SQL Server\\MSSQL16.SQL2\\Setup]\n"
    "\"Version\"=\"16.0.1000.6\"\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Microsoft SQL "
    "Server\\MSSQL16.SQL2\\MSSQLServer\\HADR]\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Microsoft SQL Server\\MSSQL16.SQL2\\MSSQLServer"
    "\\SuperSocketNetLib\\Tcp\\IPAll]\n\"TcpPort\"=\"1433\"\n";

static void record_all(void)
{
    struct ak_hash_key key = {1, 2};
    struct ak_error error;
    static struct ak_host host;
    struct ak_registry *registry = ak_registry_new(key);
    struct ak_span text = {(const uint8_t *)machine, sizeof machine - 1};
    assert_non_null(registry);
    assert_int_equal(ak_registry_load_text(registry, "machine.reg", text, &error), AK_ERR_NONE);
    look_count = 0;
    recording = true;
    assert_int_equal(ak_host_view(registry, NULL, &host, &error), AK_ERR_NONE);
    recording = false;
    ak_host_release(&host);
    ak_registry_free(registry);
}

static void each_look_up_is_collected(void **state)
{
    (void)state;
    size_t missing = 0, values = 0;
    record_all();
    for (size_t i = 0; i < look_count; i++) {
        bool covered = is_own(&looks[i]) || on_the_way(&looks[i]);
        for (size_t r = 0; r < ak_collect_key_count && !covered; r++)
            covered = row_covers(&ak_collect_key_rows[r], &looks[i]);
        if (!covered) {
            (void)fprintf(stderr, "not collected: %s [%s] %d\n", looks[i].path, looks[i].value,
                          (int)looks[i].kind);
            missing++;
        }
        values += looks[i].kind == LOOKED_VALUE;
    }
    (void)fprintf(stderr, "%zu look-ups, %zu of them values\n", look_count, values);
    assert_true(look_count > 150 && values > 50);
    assert_int_equal(missing, 0);
}

/* Of "...\\name*" the view goes through what lies beside it. */
static bool is_parent(const struct look *look, const struct ak_collect_key *row)
{
    const char *last = strrchr(row->path, '\\');
    return row->take == AK_COLLECT_LIKE && look->kind == LOOKED_CHILDREN &&
           same(row->path, (size_t)(last - row->path), look->path);
}

/* The other way round: each row serves a view, but the one that tells where ERRORLOG lies. */
static void each_row_is_looked_up(void **state)
{
    (void)state;
    size_t idle = 0;
    record_all();
    for (size_t r = 0; r < ak_collect_key_count; r++) {
        const struct ak_collect_key *row = &ak_collect_key_rows[r];
        bool used = row->take == AK_COLLECT_PARAMETERS;
        for (size_t i = 0; i < look_count && !used; i++)
            used = row_covers(row, &looks[i]) || is_parent(&looks[i], row);
        /* Of instances and programs there are none in the 32-bit view, nor a second PowerShell. */
        used = used || (strstr(row->path, "WOW6432Node") != NULL) ||
               strcmp(row->id, "powershell-1") == 0;
        if (!used) {
            (void)fprintf(stderr, "nobody looks up: %s\n", row->path);
            idle++;
        }
    }
    assert_int_equal(idle, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_look_up_is_collected),
        cmocka_unit_test(each_row_is_looked_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
