/* What users write to name a server. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "library/target.h"
#include "support/random.h"

static struct ak_target parsed(const char *text)
{
    struct ak_target t;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    if (ak_target_parse(text, &t, &error) != AK_ERR_NONE)
        fail_msg("%s: %s", text, error.text);
    return t;
}

static void refused(const char *text, const char *why)
{
    struct ak_target t;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    if (ak_target_parse(text, &t, &error) != AK_ERR_USAGE || strstr(error.text, why) == NULL)
        fail_msg("'%s' is taken as %s, port %u, or says '%s'", text, t.host, t.port, error.text);
}

/* ---- forms ---- */

static void takes_what_sql_clients_take(void **state)
{
    static const struct {
        const char *text, *host, *instance;
        uint16_t port;
        bool dac, guessed;
    } rows[] = {
        {"sql01", "sql01", "", 0, false, true},
        {"sql01.corp.example", "sql01.corp.example", "", 0, false, true},
        {"sql01\\INSTANCE", "sql01", "INSTANCE", 0, false, true},
        {"sql01,1433", "sql01", "", 1433, false, false},
        {"sql01:1433", "sql01", "", 1433, false, false},
        {"sql01,14330", "sql01", "", 14330, false, true},
        {"sql01\\INSTANCE,1500", "sql01", "INSTANCE", 1500, false, true},
        {"tcp:sql01,1433", "sql01", "", 1433, false, false},
        {"TCP:sql01", "sql01", "", 0, false, true},
        {"admin:sql01", "sql01", "", 0, true, true},
        {"admin:sql01\\B", "sql01", "B", 0, true, true},
        {"tcp:admin:sql01,1434", "sql01", "", 1434, true, true},
        {".", "localhost", "", 0, false, true},
        {".\\SQLEXPRESS", "localhost", "SQLEXPRESS", 0, false, true},
        {"(local)", "localhost", "", 0, false, true},
        {"(LOCAL),1433", "localhost", "", 1433, false, false},
        {"192.0.2.5", "192.0.2.5", "", 0, false, true},
        {"192.0.2.5\\B", "192.0.2.5", "B", 0, false, true},
    };
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_target t = parsed(rows[i].text);
        assert_string_equal(t.host, rows[i].host);
        assert_string_equal(t.instance, rows[i].instance);
        assert_int_equal(t.port, rows[i].port);
        assert_int_equal(t.dac, rows[i].dac);
        assert_int_equal(t.guessed, rows[i].guessed);
        assert_int_equal(t.way, AK_PROBE_TDS);
        assert_string_equal(t.scheme, "tds");
        assert_null(t.alpn);
    }
}

static void takes_ipv6(void **state)
{
    static const struct {
        const char *text, *host;
        uint16_t port;
    } rows[] = {
        {"2001:db8::5", "2001:db8::5", 0},
        {"::1", "::1", 0},
        {"[2001:db8::5]", "2001:db8::5", 0},
        {"[2001:db8::5]:1433", "2001:db8::5", 1433},
        {"[2001:db8::5],1433", "2001:db8::5", 1433},
        {"tcp:[::1],1433", "::1", 1433},
        {"tds://[::1]/", "::1", 1433},
        {"tds8://[::1]:1500", "::1", 1500},
    };
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_target t = parsed(rows[i].text);
        assert_string_equal(t.host, rows[i].host);
        assert_int_equal(t.port, rows[i].port);
    }
    struct ak_target t = parsed("[::1]\\B");
    assert_string_equal(t.instance, "B");
}

/* A port that belongs to one service tells the way; any other is taken for SQL Server's. */
static void a_port_tells_the_way(void **state)
{
    static const struct {
        const char *text, *scheme;
        enum ak_probe_way way;
        enum ak_service service;
        bool guessed;
    } rows[] = {
        {"host:443", "https", AK_PROBE_TLS, AK_SERVICE_NONE, false},
        {"host,443", "https", AK_PROBE_TLS, AK_SERVICE_NONE, false},
        {"[2001:db8::5]:443", "https", AK_PROBE_TLS, AK_SERVICE_NONE, false},
        {"192.0.2.5:3269", "ldaps", AK_PROBE_TLS, AK_SERVICE_NONE, false},
        {"host:3389", "rdp", AK_PROBE_STARTTLS, AK_SERVICE_RDP, false},
        {"host:5432", "postgresql", AK_PROBE_STARTTLS, AK_SERVICE_POSTGRESQL, false},
        {"host:25", "smtp", AK_PROBE_STARTTLS, AK_SERVICE_SMTP, false},
        {"host:1433", "tds", AK_PROBE_TDS, AK_SERVICE_NONE, false},
        {"host:5022", "tds", AK_PROBE_TDS, AK_SERVICE_NONE, true},
        {"host\\B,443", "tds", AK_PROBE_TDS, AK_SERVICE_NONE, true},
        {"admin:host,443", "tds", AK_PROBE_TDS, AK_SERVICE_NONE, true},
    };
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_target t = parsed(rows[i].text);
        assert_string_equal(t.scheme, rows[i].scheme);
        assert_int_equal(t.way, rows[i].way);
        assert_int_equal(t.service, rows[i].service);
        assert_int_equal(t.guessed, rows[i].guessed);
    }
}

static void schemes_name_way_and_port(void **state)
{
    static const struct {
        const char *text, *host;
        uint16_t port;
        enum ak_probe_way way;
        enum ak_service service;
        const char *alpn;
    } rows[] = {
        {"https://host", "host", 443, AK_PROBE_TLS, AK_SERVICE_NONE, NULL},
        {"https://host/a/b?c#d", "host", 443, AK_PROBE_TLS, AK_SERVICE_NONE, NULL},
        {"HTTPS://host:8443/", "host", 8443, AK_PROBE_TLS, AK_SERVICE_NONE, NULL},
        {"ldap://host", "host", 389, AK_PROBE_STARTTLS, AK_SERVICE_LDAP, NULL},
        {"ldaps://host:3269", "host", 3269, AK_PROBE_TLS, AK_SERVICE_NONE, NULL},
        {"tds8://sql01", "sql01", 1433, AK_PROBE_STRICT, AK_SERVICE_NONE, "tds/8.0"},
        {"tds://sql01", "sql01", 1433, AK_PROBE_TDS, AK_SERVICE_NONE, NULL},
        {"tds://sql01\\B", "sql01", 0, AK_PROBE_TDS, AK_SERVICE_NONE, NULL},
        {"tds://sql01:443", "sql01", 443, AK_PROBE_TDS, AK_SERVICE_NONE, NULL},
        {"postgres://db", "db", 5432, AK_PROBE_STARTTLS, AK_SERVICE_POSTGRESQL, NULL},
        {"tls://host:4443", "host", 4443, AK_PROBE_TLS, AK_SERVICE_NONE, NULL},
    };
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_target t = parsed(rows[i].text);
        assert_string_equal(t.host, rows[i].host);
        assert_int_equal(t.port, rows[i].port);
        assert_int_equal(t.way, rows[i].way);
        assert_int_equal(t.service, rows[i].service);
        assert_false(t.guessed);
        if (rows[i].alpn == NULL)
            assert_null(t.alpn);
        else
            assert_string_equal(t.alpn, rows[i].alpn);
    }
}

/* Every scheme that help shows is taken, and none is shown twice. */
static void schemes_are_listed(void **state)
{
    size_t count = 0;
    (void)state;
    for (; ak_target_scheme(count) != NULL; count++) {
        char text[64];
        (void)snprintf(text, sizeof text, "%s://host", ak_target_scheme(count));
        struct ak_target t = parsed(text);
        assert_string_equal(t.scheme, ak_target_scheme(count));
        assert_int_not_equal(t.port, 0);
        for (size_t i = 0; i < count; i++)
            assert_string_not_equal(ak_target_scheme(i), ak_target_scheme(count));
    }
    assert_true(count >= 15);
    assert_null(ak_target_scheme(count + 1));
}

/* ---- what is refused ---- */

static void mistakes_are_named(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "no host name"},
        {":1433", "no host name"},
        {",1433", "no host name"},
        {"\\B", "no host name"},
        {"tcp:", "no host name"},
        {"https://", "no host name"},
        {"https:///path", "no host name"},
        {"sql01:", "port from 1 to 65535"},
        {"sql01,", "port from 1 to 65535"},
        {"sql01:0", "port from 1 to 65535"},
        {"sql01:65536", "port from 1 to 65535"},
        {"sql01:99999999999999999999", "port from 1 to 65535"},
        {"sql01:14x", "port from 1 to 65535"},
        {"sql01:-1", "port from 1 to 65535"},
        {"sql01: 1433", "port from 1 to 65535"},
        {"sql01,1433,1434", "port from 1 to 65535"},
        {"sql01\\", "the name of an instance"},
        {"sql01\\,1433", "the name of an instance"},
        {"[2001:db8::5", "IPv6 address in brackets"},
        {"[]:1433", "IPv6 address in brackets"},
        {"[::1]x", "port from 1 to 65535"},
        {"np:\\\\sql01\\pipe\\sql\\query", "named pipes"},
        {"LPC:sql01", "shared memory"},
        {"gopher://host", "unknown scheme"},
        {"://host", "unknown scheme"},
        {"https://user:word@host/", "port from 1 to 65535"},
        {"sql 01", "no host name"},
        {"sql01;drop", "no host name"},
        {"user@sql01", "no host name"},
    };
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        refused(rows[i].text, rows[i].why);
}

static void lengths_are_bounded(void **state)
{
    char text[700];
    (void)state;
    for (size_t size = 200; size < sizeof text - 16; size++) {
        struct ak_target t;
        struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
        memset(text, 'a', size);
        text[size] = '\0';
        bool fits = size < sizeof t.host;
        assert_int_equal(ak_target_parse(text, &t, &error), fits ? AK_ERR_NONE : AK_ERR_USAGE);
        memcpy(text, "tds://", 6);
        fits = size - 6 < sizeof t.host;
        assert_int_equal(ak_target_parse(text, &t, &error), fits ? AK_ERR_NONE : AK_ERR_USAGE);
        text[0] = 'a';
        text[1] = '\\';
        text[2] = text[3] = text[4] = text[5] = 'B';
        refused(text, "the name of an instance");
    }
}

/* What a protocol, a terminal or a shell could trip over never becomes a host. */
static void hostile_hosts_are_refused(void **state)
{
    (void)state;
    for (unsigned c = 1; c < 256; c++) {
        char text[] = {'a', (char)c, 'b', '\0'};
        struct ak_target t;
        struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
        bool bad = c <= ' ' || c == 0x7f || strchr("/;?#@<>\"'`|", (int)c) != NULL;
        if (c == '\\' || c == ',' || c == ':')
            continue;
        assert_int_equal(ak_target_parse(text, &t, &error), bad ? AK_ERR_USAGE : AK_ERR_NONE);
    }
}

static void random_text_never_overflows(void **state)
{
    static const char *const words[] = {
        "sql01", "\\", ",",      ":",    "[", "]",       "://",  "tds",     "https", "tcp:", "1",
        "::1",   ".",  "admin:", "1433", "/", "\x1b[2J", "\xff", "(local)", "%s",    "np:",  "@"};
    uint32_t seed = 7;
    (void)state;
    for (int n = 0; n < 20000; n++) {
        char text[256] = "";
        uint8_t dice[9];
        struct ak_target t;
        struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
        ak_test_random(&seed, dice, sizeof dice);
        for (int i = 0; i < dice[8] % 9; i++) {
            size_t used = strlen(text);
            (void)snprintf(text + used, sizeof text - used, "%s", words[dice[i] % AK_COUNT(words)]);
        }
        if (ak_target_parse(text, &t, &error) != AK_ERR_NONE) {
            assert_true(error.text[0] != '\0');
            continue;
        }
        assert_true(t.host[0] != '\0');
        assert_non_null(t.scheme);
        assert_null(strchr(t.host, '\x1b'));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_sql_clients_take), cmocka_unit_test(takes_ipv6),
        cmocka_unit_test(a_port_tells_the_way),        cmocka_unit_test(schemes_name_way_and_port),
        cmocka_unit_test(schemes_are_listed),          cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(lengths_are_bounded),         cmocka_unit_test(hostile_hosts_are_refused),
        cmocka_unit_test(random_text_never_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
